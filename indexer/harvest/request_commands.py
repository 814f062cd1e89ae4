"""`indexer requests`: bring in the pages that somebody asked for, one by one."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import click
from msgspec.structs import replace

from hub.config import Config, load_config
from hub.corpus import Corpus
from hub.errors import HubError, NotFound
from hub.record import Status
from hub.requests import Request, Requests
from indexer.fetch.terms import shown
from indexer.harvest.commands import fetching
from indexer.harvest.desk import Verdict
from indexer.harvest.reading import PageReader
from indexer.harvest.report import Outcome
from indexer.harvest.requests import Carrier, Refused
from indexer.harvest.source import read_sources
from indexer.harvest.state import State, state_file
from indexer.tagging import tag_records
from indexer.terminal import say, warn

_KEPT = timedelta(days=30)  # so long people can see what came of a request


@click.command("requests")
def requests_command() -> None:
    """Bring in the pages that somebody asked for (requests/*.yaml in the corpus), as drafts with suggested tags.

    What came of a request is written into its file: the record, or why there is none; then it is not tried again until
    somebody asks for that. An interrupted run is taken up by the next. Exit status 1: something could not be done.
    """
    config = load_config()
    corpus = Corpus(config.corpus)
    requests = Requests(corpus.folder)
    asked, problems = requests.read()
    for problem in problems:
        warn(str(problem))
    requests.forget((datetime.now(UTC) - _KEPT).date().isoformat())
    pending = [request for request in asked if request.pending]
    failed = bool(problems)
    if pending:
        failed |= not _carried_out(config, corpus, requests, pending)
    else:
        say("Nothing is asked for.")
    if failed:
        sys.exit(1)


def _carried_out(config: Config, corpus: Corpus, requests: Requests, pending: Sequence[Request]) -> bool:
    """Carry out requests; whether all went well.

    One counts as carried out when its record has its tags: whatever ends this before, the next run does the rest.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell had it ignored
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        done = dict(_fetched(config, corpus, requests, pending))
        untagged = list(_untagged(corpus, done.values()))
        tagged = not untagged or _tagged(config, untagged)
    except KeyboardInterrupt:
        warn("Interrupted: the next run goes on from here.")
        return False
    by_id = {request.id: request for request in pending}
    for request_id, record_id in done.items():
        _settle(requests, by_id[request_id], record=record_id)
    return tagged and len(done) == len(pending)


def _fetched(
    config: Config, corpus: Corpus, requests: Requests, pending: Iterable[Request]
) -> Iterator[tuple[str, str]]:
    """Ids of the requests that became a record, or were one, and the record's; of the others, the reason is written."""
    sources, problems = read_sources(corpus.folder)
    for problem in problems:
        warn(str(problem))
    state = State(state_file(config))
    if state.notice:
        warn(state.notice)
    try:
        with fetching(config) as fetcher, PageReader(state) as pages:
            carrier = Carrier(corpus, state, sources, pages, fetcher.get)
            for request in pending:
                try:
                    verdict = carrier.carry_out(request.url)
                except Refused as error:
                    warn(_about(request, str(error)))
                    _settle(requests, request, failed=str(error), tries=request.tries + 1)
                except HubError as error:
                    warn(_about(request, f"{error} (it stays asked for)"))
                else:
                    say(_about(request, _told(verdict)))
                    yield request.id, verdict.record
    finally:
        state.close()


def _about(request: Request, text: str) -> str:
    """A line about a request: its address, unless the text begins with that, and the text."""
    address = shown(request.url)
    return text if text.startswith(address) else f"{address}: {text}"


def _told(verdict: Verdict) -> str:
    if verdict.outcome is Outcome.NEW:
        return f"new draft {verdict.record}, {verdict.told}"
    return f"record {verdict.record} ({verdict.reason or verdict.outcome})"


def _untagged(corpus: Corpus, ids: Iterable[str]) -> Iterator[str]:
    """Those that are drafts without a tag: new ones, and what an interrupted run left."""
    for record_id in dict.fromkeys(ids):
        try:
            record = corpus.entry(record_id).record
        except NotFound:  # deleted in the meantime
            continue
        if record and record.status is Status.DRAFT and not record.tags:
            yield record_id


def _tagged(config: Config, ids: Sequence[str]) -> bool:
    """Suggest tags for new records; whether that worked. Without tags a draft is a draft all the same."""
    try:
        return not tag_records(config, ids)["failed"]
    except HubError as error:
        warn(str(error))
        return False


def _settle(requests: Requests, request: Request, **outcome: str | int) -> None:
    """Write what came of a request, unless somebody changed or deleted it in the meantime."""
    try:
        stands = requests.get(request.id)
    except HubError:
        return
    if stands == request:
        requests.write(replace(request, **outcome))
