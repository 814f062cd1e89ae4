"""`indexer`: the batch side of the hub on the command line."""

from __future__ import annotations

import gc
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.config import load_config
from hub.corpus import Corpus, Entry
from hub.engine import Document
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import HubError, InvalidRecord
from hub.record import Record, Status
from indexer.build import Done, Report, build
from indexer.evaluate import evaluate, read_second
from indexer.explain import explain as explained
from indexer.report import document, grid, mistakes, tables
from indexer.tag.cues import load_cues
from indexer.tag.learn import learn, lessons_of
from indexer.tag.model import save_model
from indexer.tag.tagger import FOLDER, MODEL, load_tagger, with_suggestions

T = TypeVar("T")
RARELY = (
    200_000,
    50,
    50,
)  # the tagger's tables stay to the end: to look through them for garbage took a fifth of the time

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="knowledge-hub")
def cli() -> None:
    """Bring the corpus into the index.

    The corpus (YAML files, HUB_CORPUS) is the truth; the index (HUB_INSTANCE) can always be made again from it.
    """


@cli.command("build")
@click.option(
    "--fresh",
    is_flag=True,
    help="Make the whole index again, even where nothing changed; unreadable records are then left out.",
)
def build_command(fresh: bool) -> None:
    """Bring the index to the state of the corpus.

    Does only what is needed: nothing, an update of the records that changed, or a fresh index. Readers keep the
    old index until the new one is whole. Records that cannot be read are listed and left as they were.
    """
    config = load_config()
    report = build(Corpus(config.corpus), WhooshEngine(config.index), fresh, _progress)
    for damage in report.mended:
        err.print(f"Mended the index: {damage}", style="yellow", markup=False, soft_wrap=True)
    for problem in report.problems:
        err.print(str(problem), style="yellow", markup=False, soft_wrap=True)
    out.print(_sentence(report), markup=False, soft_wrap=True)


def _progress(documents: Iterable[Document], total: int) -> Iterator[Document]:
    return _watched(documents, total, "Indexing")


def _watched(items: Iterable[T], total: int, doing: str, what: str = "records") -> Iterator[T]:
    """The items one by one, with a progress bar where somebody watches."""
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield from progress.track(items, total=total)


class _TagGroup(click.Group):
    """Takes ids of records where the name of a command would stand: `indexer tag ID` is `indexer tag suggest ID`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, "-h", "--help"):
            args = ["suggest", *args]
        return super().parse_args(ctx, args)


@cli.group("tag", cls=_TagGroup)
def tag_group() -> None:
    """Suggest targets, themes, places and more; `indexer tag ID...` is short for `indexer tag suggest ID...`."""


@tag_group.command("suggest")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--explain", is_flag=True, help="Say why, and write nothing.")
def suggest_command(ids: tuple[str, ...], explain: bool) -> None:
    """Suggest tags for records, each with a score and a quotation; without ID, for all drafts.

    What a curator accepted or rejected stays and is not offered again; earlier suggestions of machines are replaced.
    """
    gc.set_threshold(*RARELY)
    corpus = Corpus(load_config().corpus)
    tagger = load_tagger(corpus)
    vocabularies, today = tagger.classifier.vocabularies, date.today()
    wanted, counts = ids or corpus.ids(), Counter[str]()
    for record_id in wanted if explain else _watched(wanted, len(wanted), "Tagging"):
        try:
            entry = corpus.entry(record_id)
            if entry.record is None:
                raise InvalidRecord(entry.problems)
            if not ids and entry.record.status is not Status.DRAFT:
                continue
            counts["read"] += 1
            opinion = tagger.read(entry.record, today)
            if explain:
                plain = not out.is_terminal
                out.print(explained(entry.record, opinion, tagger.classifier.cues.cues, vocabularies, plain), "")
            else:
                tagged = with_suggestions(entry.record, opinion.suggestions, today.isoformat())
                counts["changed"] += _write(corpus, entry, tagged)
        except HubError as error:
            counts["failed"] += 1
            err.print(str(error), style="yellow", markup=False, soft_wrap=True)
        except Exception as error:  # one record that nobody foresaw stops no batch
            counts["failed"] += 1
            message = f"{record_id}: could not be tagged ({type(error).__name__}: {error})"
            err.print(message, style="yellow", markup=False, soft_wrap=True)
    if not explain:
        said = f"{counts['read']} records read, {counts['changed']} changed, {counts['failed']} not tagged."
        out.print(said, markup=False)
    if counts["failed"]:
        sys.exit(1)


def _write(corpus: Corpus, entry: Entry, tagged: Record) -> bool:
    if tagged != entry.record:
        corpus.write(tagged, entry.revision)
    return tagged != entry.record


@tag_group.command("train")
def train_command() -> None:
    """Learn from all decisions of curators, and write what was learned to the corpus (tagging/model.json)."""
    corpus = Corpus(load_config().corpus)
    vocabularies = corpus.vocabularies()
    cues = load_cues(corpus.folder / FOLDER, vocabularies)
    records = _records(corpus)
    lessons = list(lessons_of(_watched(records, len(records), "Reading"), cues, vocabularies))
    model = learn(lessons, cues, vocabularies)
    save_model(model, corpus.folder / FOLDER / MODEL)
    learned = ", ".join(f"{name} from {part.texts} texts" for name, part in model.vocabularies.items())
    out.print(f"Learned: {learned or 'nothing, too few decisions'}.", markup=False)


def _records(corpus: Corpus) -> list[Record]:
    entries = list(corpus.entries())
    for problem in (problem for entry in entries for problem in entry.problems):
        err.print(str(problem), style="yellow", markup=False, soft_wrap=True)
    return [entry.record for entry in entries if entry.record is not None]


@cli.group("evaluate")
def evaluate_group() -> None:
    """Measure the indexer's work against what curators decided."""


@evaluate_group.command("tags")
@click.option(
    "--second",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file with what a second reader gave: {record: [numbers of targets]}.",
)
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write the tables to this file.")
def evaluate_tags_command(second: Path | None, report: Path | None) -> None:
    """How right the suggested tags are: precision, recall, F1, hits among the first, calibration, worst mistakes.

    Ten times, nine tenths of the sources teach and the rest are judged, so that nothing is measured on what it
    was learned from. Takes about a minute.
    """
    if report and not report.parent.is_dir():
        raise HubError(f"{report.parent} is no folder to write the report to.")
    corpus = Corpus(load_config().corpus)
    records = [record for record in _records(corpus) if record.status is Status.PUBLISHED]
    vocabularies = corpus.vocabularies()
    evaluation = evaluate(corpus, records, read_second(second) if second else {}, _folds)
    found = list(tables(evaluation, vocabularies))
    for table in (*found, *mistakes(evaluation, {record.id: record for record in records}, vocabularies)):
        out.print(grid(table), "")
    if report:
        report.write_text(document(found), encoding="utf-8")


def _folds(numbers: Collection[int]) -> Iterator[int]:
    return _watched(numbers, len(numbers), "Evaluating", "parts")


def _sentence(report: Report) -> str:
    what = {
        Done.NOTHING: "Nothing to do: the index is up to date.",
        Done.UPDATED: f"Index updated: {report.added} added, {report.changed} changed, {report.removed} removed.",
        Done.FRESH: "Index built afresh.",
    }[report.done]
    left_out = f" {len(report.problems)} problems, see above." if report.problems else ""
    return f"{what} It holds {report.info.records} records (revision {report.info.revision}).{left_out}"


def main() -> None:
    """Run the command; trouble the hub can explain is one line and exit status 1."""
    try:
        cli(standalone_mode=True)
    except HubError as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        sys.exit(1)
