"""`indexer`: the batch side of the hub on the command line."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.config import load_config
from hub.corpus import Corpus
from hub.engine import Document
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import HubError
from indexer.build import Done, Report, build

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
    columns = (TextColumn("Indexing"), BarColumn(), MofNCompleteColumn(), TextColumn("records"), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield from progress.track(documents, total=total)


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
