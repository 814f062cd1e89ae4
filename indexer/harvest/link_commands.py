"""`indexer links`: which links of the records work, which have moved, which are broken."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.config import load_config
from hub.corpus import Corpus
from hub.links import LinkStatus, addresses
from hub.record import Status
from indexer.harvest.commands import fetching
from indexer.harvest.links import Keeper, check_links, read_links, report_json, summary
from indexer.terminal import err, say

_DAYS = 7  # so long a link counts as checked


@click.command("links")
@click.option("--again", is_flag=True, help=f"Also check what was checked within the last {_DAYS} days.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def links_command(again: bool, as_json: bool) -> None:
    """Check the links of all records: which work, which have moved, which are broken.

    Only what a server says is gone counts as broken. One that refuses, fails or is too slow says nothing of a link: it
    is unknown then. What is found is kept in HUB_INSTANCE/harvest/links.json. Exit status 1: there are broken links.
    """
    config = load_config()
    path = config.harvest / "links.json"
    entries = Corpus(config.corpus).entries()
    records = [entry.record for entry in entries if entry.record and entry.record.status is not Status.WITHDRAWN]
    urls = {url for record in records for url in addresses(record)}
    before = read_links(path)
    columns = (TextColumn("Checking"), BarColumn(), MofNCompleteColumn(), TextColumn("links"), TimeRemainingColumn())
    with (
        fetching(config) as fetcher,
        Keeper(path, before) as keep,
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress,
    ):
        task = progress.add_task("links", total=len(urls))

        def done(status: LinkStatus) -> None:
            keep(status)
            progress.advance(task)

        today = datetime.now(UTC).date().isoformat()
        found = check_links(records, fetcher.probe, before, today, done, max_age=0 if again else _DAYS)
    report = report_json(found, records)
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for text in summary(report):
            say(text)
    if report["counts"]["broken"]:
        sys.exit(1)
