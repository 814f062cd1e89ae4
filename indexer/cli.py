"""`indexer`: the batch side of the hub on the command line."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from hub.bulk import BulkFile
from hub.config import Config, load_config
from hub.corpus import Corpus
from hub.engine import Document
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import HubError
from hub.record import Record, Status
from indexer.build import Done, Report, build
from indexer.bulk import is_current, make_bulk
from indexer.evaluate import evaluate, read_second
from indexer.explain import explain as explained
from indexer.harvest.commands import harvest_command
from indexer.harvest.link_commands import links_command
from indexer.harvest.request_commands import requests_command
from indexer.harvest.source_commands import sources_group
from indexer.relevance.evaluate import Evaluation, evaluate_search
from indexer.relevance.judged import QUERIES, Judged, Query, read_judged
from indexer.relevance.report import relevance_tables, run_lines
from indexer.report import document, grid, mistakes, tables
from indexer.tag.cues import load_cues
from indexer.tag.learn import learn, lessons_of
from indexer.tag.model import save_model
from indexer.tag.tagger import FOLDER, MODEL, Opinion, Tagger
from indexer.tagging import tag_records
from indexer.terminal import err, out, say, warn, watched
from indexer.watch import watch_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="knowledge-hub")
def cli() -> None:
    """Bring the corpus into the index.

    The corpus (YAML files, HUB_CORPUS) is the truth; the index (HUB_INSTANCE) can always be made again from it.
    """


for _command in (harvest_command, links_command, requests_command, sources_group, watch_command):
    cli.add_command(_command)


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
    engine = WhooshEngine(config.index, config.semantic)
    report = build(Corpus(config.corpus), engine, fresh, _progress, config.changes)
    for damage in report.mended:
        warn(f"Mended: {damage}")
    for problem in report.problems:
        warn(str(problem))
    say(_sentence(report))
    try:
        if not is_current(engine, config):
            say(_told(make_bulk(engine, config, _written)))
    except (HubError, OSError) as error:  # the index is in force all the same
        warn(f"The bulk file was not made, the next build tries again: {_reason(error)}")


@cli.command("bulk")
def bulk_command() -> None:
    """Write everything that is published to one file that others can download from the site (under /bulk/).

    `indexer build` and `indexer watch` do this by themselves after a change. The file is a list of JSON objects, one a
    line, packed with gzip; the last three are kept, in HUB_INSTANCE/bulk.
    """
    config = load_config()
    say(_told(make_bulk(WhooshEngine(config.index), config, _written)))


def _written(records: Iterable[Record], total: int) -> Iterator[Record]:
    return watched(records, total, "Writing the bulk file")


def _told(file: BulkFile) -> str:
    return f"Bulk file {file.name}: {file.records} records, {file.bytes / 1e6:.1f} MB."


def _progress(documents: Iterable[Document], total: int) -> Iterator[Document]:
    return watched(documents, total, "Indexing")


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
    if tag_records(load_config(), ids, _explain if explain else None)["failed"]:
        sys.exit(1)


def _explain(record: Record, opinion: Opinion, tagger: Tagger) -> None:
    cues, vocabularies = tagger.classifier.cues.cues, tagger.classifier.vocabularies
    out.print(explained(record, opinion, cues, vocabularies, plain=not out.is_terminal), "")


@tag_group.command("train")
def train_command() -> None:
    """Learn from all decisions of curators, and write what was learned to the corpus (tagging/model.json)."""
    corpus = Corpus(load_config().corpus)
    vocabularies = corpus.vocabularies()
    cues = load_cues(corpus.folder / FOLDER, vocabularies)
    records = _records(corpus)
    lessons = list(lessons_of(watched(records, len(records), "Reading"), cues, vocabularies))
    model = learn(lessons, cues, vocabularies)
    save_model(model, corpus.folder / FOLDER / MODEL)
    learned = ", ".join(f"{name} from {part.texts} texts" for name, part in model.vocabularies.items())
    say(f"Learned: {learned or 'nothing, too few decisions'}.")


def _records(corpus: Corpus) -> list[Record]:
    entries = list(corpus.entries())
    for problem in (problem for entry in entries for problem in entry.problems):
        warn(str(problem))
    return [entry.record for entry in entries if entry.record is not None]


@cli.group("evaluate")
def evaluate_group() -> None:
    """Measure tags and search against what people decided."""


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


@evaluate_group.command("search")
@click.option(
    "--queries",
    type=click.Path(path_type=Path),
    default=QUERIES,
    help="Folder of judged queries (NAME.jsonl, NAME.qrels.tsv, collection.txt); default: those of the project.",
)
@click.option("--per-query", is_flag=True, help="Also show the figures of each query.")
@click.option("--run", type=click.Path(dir_okay=False, path_type=Path), help="Also write all hits to this file.")
def evaluate_search_command(queries: Path, per_query: bool, run: Path | None) -> None:
    """How right the order of hits is: nDCG, reciprocal rank, recall and success beside those of plain BM25.

    Builds an index of the corpus in a temporary folder (as HUB_SEMANTIC says) and asks it every judged query as a
    person would. Records that nobody judged are left out. A run holds a line for each hit: query, record, rank, score.
    """
    if run and not run.parent.is_dir():
        raise HubError(f"{run.parent} is no folder to write the run to.")
    found = _measured(load_config(), read_judged(queries))
    if found.absent:
        warn(f"The index lacks {len(found.absent)} of the judged records, {found.absent[0]} the first of them.")
    for table in relevance_tables(found, per_query):
        out.print(grid(table), "")
    if run:
        run.write_text("".join(run_lines(found.run)), encoding="utf-8")


def _measured(config: Config, judged: Judged) -> Evaluation:
    with TemporaryDirectory(prefix="hub-") as folder:
        engine = WhooshEngine(Path(folder) / "index", config.semantic)
        for problem in build(Corpus(config.corpus), engine, progress=_progress).problems:
            warn(str(problem))
        return evaluate_search(engine, judged, _asked)


def _asked(queries: Collection[Query]) -> Iterator[Query]:
    return watched(queries, len(queries), "Asking", "queries")


def _folds(numbers: Collection[int]) -> Iterator[int]:
    return watched(numbers, len(numbers), "Evaluating", "parts")


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
    except OSError as error:  # a folder that cannot be written, a disk that is full
        err.print(_reason(error), style="red", markup=False)
        sys.exit(1)


def _reason(error: HubError | OSError) -> str:
    if isinstance(error, OSError):
        return f"{error.filename or 'A file'} cannot be used: {error.strerror}."
    return str(error)
