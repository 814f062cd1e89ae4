"""`indexer sources`: the portals that cases are harvested from; list them, check their files, add one."""

from __future__ import annotations

import sys
from functools import partial

import click
from rich.table import Table

from hub.config import load_config
from hub.corpus import Corpus, replace_file
from hub.errors import HubError
from indexer.harvest.check import check_sources
from indexer.harvest.commands import fetching
from indexer.harvest.source import FOLDER, read_sources, source_files
from indexer.harvest.state import State, state_file
from indexer.terminal import out, say, warn

_NOT_YET = "not yet"


@click.group("sources", invoke_without_command=True)
@click.pass_context
def sources_group(context: click.Context) -> None:
    """List the portals that cases are harvested from; each is a file in the corpus (sources/*.yaml)."""
    if context.invoked_subcommand:
        return
    config = load_config()
    corpus = Corpus(config.corpus)
    state = State(state_file(config)) if state_file(config).exists() else State(None)
    table = Table(box=None, pad_edge=False)
    for heading in ("Source", "Protocol", "Schedule", "Last harvest"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Name", overflow="fold")
    sources, problems = read_sources(corpus.folder)
    for source in sources:
        _, last = state.last(source.id)
        tried = last.date().isoformat() if last else source.last_run or _NOT_YET
        table.add_row(source.id, source.protocol, source.schedule, tried, source.name)
    out.print(table)
    say(f"{_NOT_YET}: its definition has not been run against the live site.")
    for problem in problems:
        warn(str(problem))
    if problems:
        sys.exit(1)


@sources_group.command("check")
def check_command() -> None:
    """Say everything that is wrong with the files of sources, one line each; exit status 1 if there is anything."""
    corpus = Corpus(load_config().corpus)
    problems = check_sources(corpus)
    for problem in problems:
        say(str(problem))
    if problems:
        sys.exit(1)
    say(f"{len(source_files(corpus.folder))} sources, nothing wrong.")


@sources_group.command("add")
@click.argument("address")
@click.option("--id", "source_id", default="", metavar="NAME", help="Name of the source; otherwise made of the host.")
def add_command(address: str, source_id: str) -> None:
    """Find out how the portal at ADDRESS offers its cases, and write a file for it.

    Asks the portal a few times, politely, says what there is, and writes the best of it to the corpus
    (sources/NAME.yaml) for you to complete. Then: `indexer harvest NAME --limit 5 --dry-run`.
    """
    from indexer.discover.discover import as_file, discover  # noqa: PLC0415 - the other commands need no protocols

    config = load_config()
    folder = Corpus(config.corpus).folder / FOLDER
    with fetching(config) as fetcher:
        offers = discover(address, partial(fetcher.get, delay=0.5), name=source_id)
    best, others = offers[0], offers[1:]
    path = folder / f"{best.source.id}.yaml"
    if path.exists():
        raise HubError(f"{path} exists already; choose another name with --id.")
    folder.mkdir(exist_ok=True)
    replace_file(path, as_file(best, others))
    say(f"{best.reason}. For example:")
    for example in best.examples:
        say(f"  {example}")
    for other in others:
        say(f"There is also: {other.reason} ({other.source.address}).")
    say(f"Written: {path}. Complete it, then try: indexer harvest {best.source.id} --limit 5 --dry-run")
