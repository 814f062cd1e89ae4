"""The commands of the harvest: `indexer harvest`, `sources`, `links` and `watch`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import click
from filelock import FileLock, Timeout
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from hub.config import Config, load_config
from hub.corpus import Corpus, replace_file
from hub.errors import HubError, InvalidRecord, Problem
from hub.parse import Wrong, when
from hub.record import Status
from indexer.fetch.client import Fetcher
from indexer.fetch.store import Store
from indexer.harvest.check import wrong_in
from indexer.harvest.report import Outcome, SourceReport, Tally, as_json, as_text, line, reasons
from indexer.harvest.run import Harvest, Wanted
from indexer.harvest.source import SCHEDULES, Source, find_source, read_source, source_files
from indexer.harvest.state import State, state_file
from indexer.tagging import tag_records
from indexer.terminal import err, say, warn

_EXAMPLES = 10  # drafts that a dry run shows
_REPORTS = 50  # kept; older ones are deleted
_FORGOTTEN = timedelta(days=180)  # what was not fetched for so long need not be kept
_AGAIN = timedelta(hours=6)  # after a harvest that failed
_EARLY = timedelta(hours=1)  # a daily harvest that took long must not slip by a day


@contextmanager
def fetching(config: Config) -> Iterator[Fetcher]:
    """The polite way out into the web, with what was fetched before; only one command at a time."""
    config.harvest.mkdir(parents=True, exist_ok=True)
    lock = FileLock(config.harvest / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise HubError("Another harvest or link check is running; try again when it has ended.") from None
    if not config.contact:
        warn("Set HUB_CONTACT to a mailbox: portals should be able to write to whoever harvests them.")
    who = "; ".join(part for part in (config.base_url and f"+{config.base_url}", config.contact) if part)
    agent = f"knowledge-hub/{version('knowledge-hub')}{f' ({who})' if who else ''}"
    store = Store(config.harvest / "fetched.sqlite")
    if store.notice:
        warn(store.notice)
    fetcher = Fetcher(store, agent, private=config.private_addresses)
    try:
        yield fetcher
        store.forget((datetime.now(UTC) - _FORGOTTEN).isoformat())
    finally:
        fetcher.close()
        store.close()
        lock.release()


def _date(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        return when(value) if value else ""
    except Wrong as wrong:
        raise click.BadParameter(wrong.found[0][1]) from None


@click.command("harvest")
@click.argument("names", metavar="[SOURCE]...", nargs=-1)
@click.option("--due", is_flag=True, help="Only sources whose schedule says that it is time.")
@click.option("--dry-run", is_flag=True, help="Read and report, and write no record.")
@click.option("--tag", is_flag=True, help="Then suggest tags for the records that are new or changed.")
@click.option("--limit", type=click.IntRange(1), default=None, metavar="N", help="At most N items of each source.")
@click.option(
    "--since", callback=_date, default="", metavar="DATE", help="Only what changed since this day (2026-01-31)."
)
def harvest_command(names: tuple[str, ...], limit: int | None, since: str, **how: bool) -> None:
    """Bring cases from their sources into the corpus, as drafts; without SOURCE, from all of them.

    A second run asks for changes only and touches only what changed. An interrupted run is taken up by the next.
    Exit status 1: something could not be harvested; the report in HUB_INSTANCE/harvest/reports says what and why.
    """
    config = load_config()
    corpus = Corpus(config.corpus)
    sources, unreadable = _sources(corpus, names)
    for problem in unreadable:
        warn(str(problem))
    state = State(state_file(config))
    if how["due"]:
        sources = [source for source in sources if is_due(source, state, datetime.now(UTC))]
    if state.notice:
        warn(state.notice)
    if not sources:
        say("Nothing to harvest: `indexer sources` lists what could be.")
    reports = _harvested(config, corpus, state, sources, Wanted(limit or 0, since, how["dry_run"])) if sources else []
    state.close()
    failed = bool(unreadable) or any(report.failed for report in reports)
    if how["tag"] and not how["dry_run"] and (written := list(dict.fromkeys(_to_tag(corpus, reports)))):
        failed |= bool(tag_records(config, written)["failed"])
    if failed:
        sys.exit(1)


def _to_tag(corpus: Corpus, reports: list[SourceReport]) -> Iterator[str]:
    """Records that are new or changed, and drafts of these sources that an earlier harvest left without a tag."""
    for report in reports:
        yield from (entry.record for entry in report.entries if entry.outcome in (Outcome.NEW, Outcome.CHANGED))
    names = {report.source for report in reports}
    for entry in corpus.entries():
        record = entry.record
        if record and record.source in names and record.status is Status.DRAFT and not record.tags:
            yield record.id


def _harvested(
    config: Config, corpus: Corpus, state: State, sources: list[Source], asked: Wanted
) -> list[SourceReport]:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell had it ignored
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with fetching(config) as fetcher, _shown(sources) as told:
        reports = Harvest(corpus, state, fetcher, asked, told).run(sources)
    path = _written(reports, config.harvest / "reports")
    for report in reports:
        say(line(report))
        for reason in reasons(report):
            (warn if report.failed else say)(reason)
        for entry in [entry for entry in report.entries if entry.title][:_EXAMPLES] if asked.dry else ():
            say(f"  {entry.outcome}: {entry.title}")
    say(f"{'Dry run: no record was written. ' if asked.dry else ''}Report: {path}")
    return reports


def _sources(corpus: Corpus, names: tuple[str, ...]) -> tuple[list[Source], list[Problem]]:
    """The sources of these names, or all; and what is wrong with those that cannot be harvested."""
    vocabularies = corpus.vocabularies()
    sources: list[Source] = []
    problems: list[Problem] = []
    known = {path.stem: path for path in source_files(corpus.folder)}
    for name in dict.fromkeys(names) or known:
        try:
            source = read_source(known[name]) if name in known else find_source(corpus.folder, name)
        except InvalidRecord as error:
            problems.extend(error.problems)
            continue
        wrong = [Problem(f"sources/{name}.yaml", *found) for found in wrong_in(source, vocabularies)]
        problems.extend(wrong)
        sources += [] if wrong else [source]
    return sources, problems


def is_due(source: Source, state: State, now: datetime) -> bool:
    """Whether a source's schedule says that it is time to harvest it."""
    days, (tried, finished) = SCHEDULES[source.schedule], state.last(source.id)
    if not days or (tried and now - tried < _AGAIN and tried != finished):
        return False
    return finished is None or now - finished >= timedelta(days=days) - _EARLY


@contextmanager
def _shown(sources: list[Source]) -> Iterator[Callable[[str, Tally], None]]:
    """Progress with a line for each source, where somebody watches."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(20),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        tasks: dict[str, TaskID] = {s.id: progress.add_task(s.id, total=None, counts="listing …") for s in sources}

        def told(source_id: str, tally: Tally) -> None:
            counts = ", ".join(f"{count} {name}" for name, count in sorted(tally.counts.items()))
            progress.update(tasks[source_id], counts=counts)

        yield told


def _written(reports: list[SourceReport], folder: Path) -> Path:
    """Keep a report as text and as JSON; of older ones, the newest fifty stay."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC).strftime('%Y-%m-%dT%H%M%SZ')}.txt"
    replace_file(path, as_text(reports))
    replace_file(path.with_suffix(".json"), as_json(reports))
    for suffix in (".txt", ".json"):
        for old in sorted(folder.glob(f"*{suffix}"))[:-_REPORTS]:
            old.unlink(missing_ok=True)
    return path
