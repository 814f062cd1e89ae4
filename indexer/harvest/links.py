"""Checks the links of records: which work, which have moved, which are broken, and of which nothing can be said.

Only what is certain counts as broken: a page that its server says is gone, a host that no longer exists. Whoever
refuses, fails or takes too long may well answer a person with a browser.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import to_builtins

from hub.corpus import replace_file
from hub.links import LinkStatus, addresses
from hub.record import Record
from indexer.fetch.client import LinkState
from indexer.harvest.item import Unreadable
from indexer.harvest.twins import canonical_address

HOSTS = 16  # asked at the same time
STATES = ("broken", "moved", "unknown", "ok")  # in the order of what there is to do
PAUSE = 5.0  # seconds between two writings of the file

_NO_HOST = re.compile(r"the name \S+ (?:is not known|has no address)")
_HOME = re.compile(r"(?:/[a-z]{2}(?:[-_][a-z]{2})?)?(?:/(?:home|index|default|start)(?:\.\w+)?)?/*", re.IGNORECASE)
_ERROR_PAGE = re.compile(r"(?<![\w-])(?:404|410|(?:page[-_]?)?not[-_]?found|(?:server)?error)(?![\w-])", re.IGNORECASE)
_LOGIN = re.compile(r"/(?:log-?in|sign-?in|sso|auth|account/login)(?:[/.]|$)", re.IGNORECASE)


def judge(probed: LinkState, before: LinkStatus | None, today: str) -> LinkStatus:
    """What a probe says of a link, given what was known before.

    A host name that does not exist makes a link broken only when it did not exist on an earlier day either.
    """
    state, reason, to = _state(probed)
    if before and state == "unknown" and _NO_HOST.search(reason) and _NO_HOST.search(before.reason):
        state = "broken" if before.state == "broken" or before.checked < today else state
    since = before.since if before and before.state == state else today
    return LinkStatus(probed.url, state, probed.status, to, reason, since, today)


def _state(probed: LinkState) -> tuple[str, str, str]:
    """State, reason and new address."""
    if probed.kind:
        return ("broken" if probed.kind == "gone" else "unknown"), probed.reason, ""
    final = probed.final or probed.url
    if canonical_address(final) != canonical_address(probed.url):
        asked, reached = urlsplit(probed.url), urlsplit(final)
        if _is_home(reached) and not _is_home(asked):
            return "unknown", f"leads to the home page {final}: the page may be gone", ""
        if _ERROR_PAGE.search(reached.path + "?" + reached.query):
            return "unknown", f"leads to what looks like an error page: {final}", ""
        if _LOGIN.search(reached.path):
            return "unknown", f"leads to a page to log in: {final}", ""
    if probed.permanent and canonical_address(probed.permanent) != canonical_address(probed.url):
        return "moved", f"has moved to {probed.permanent}", probed.permanent
    return "ok", "", ""


def _is_home(parts: SplitResult) -> bool:
    return bool(_HOME.fullmatch(parts.path)) and not parts.query


def check_links(  # noqa: PLR0913 - what is asked for, and what is known
    records: Iterable[Record],
    probe: Callable[[str], LinkState],
    previous: Mapping[str, LinkStatus],
    today: str,
    progress: Callable[[LinkStatus], None] = lambda status: None,
    *,
    max_age: int = 0,
) -> list[LinkStatus]:
    """Ask for every address of the records once, one after the other at each host, and say how it stands with them.

    `progress` gets every result at once, in the calling thread. What was checked less than `max_age` days ago is not
    asked for again. All statuses come back in order of address, those not asked for among them.
    """
    urls = {url for record in records for url in addresses(record)}
    found = {url: previous[url] for url in urls & previous.keys() if _age(previous[url], today) < max_age}
    waiting: list[LinkStatus] = []
    online = False

    def tell(status: LinkStatus) -> None:
        found[status.url] = status
        progress(status)

    with closing(_probe_all(urls - found.keys(), probe)) as answers:
        for probed in answers:
            online = online or probed.status > 0
            status = judge(probed, previous.get(probed.url), today)
            # Where no host at all exists it is our own network that is down.
            if not online and status.state == "broken":
                waiting.append(status)
            else:
                tell(status)
    for status in waiting:
        tell(status if online else previous[status.url])
    return [found[url] for url in sorted(found)]


def _age(status: LinkStatus, today: str) -> float:
    """Days since a link was checked."""
    try:
        return (date.fromisoformat(today) - date.fromisoformat(status.checked)).days
    except ValueError:
        return math.inf


def _probe_all(urls: Iterable[str], probe: Callable[[str], LinkState]) -> Generator[LinkState, None, None]:
    """What asking for each address gave, as soon as it is known; each host has a thread of its own."""
    hosts: defaultdict[str, list[str]] = defaultdict(list)
    for url in sorted(urls):
        hosts[urlsplit(url).hostname or ""].append(url)
    results: SimpleQueue[LinkState | BaseException] = SimpleQueue()
    stopped = Event()

    def ask(host: str) -> None:
        try:
            for url in hosts[host]:
                if not stopped.is_set():
                    results.put(probe(url))
        except BaseException as error:  # raised again where the results are waited for
            results.put(error)

    with ThreadPoolExecutor(HOSTS, "links") as pool:
        try:
            for host in hosts:
                pool.submit(ask, host)
            for _ in range(sum(map(len, hosts.values()))):
                result = results.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)


def read_links(path: Path) -> dict[str, LinkStatus]:
    """The statuses that an earlier check left in a file, by address; none where there is no file."""
    try:
        statuses = msgspec.json.decode(path.read_bytes(), type=list[LinkStatus])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path} cannot be read as the results of a link check ({error}); remove it") from None
    return {status.url: status for status in statuses}


def write_links(path: Path, statuses: Iterable[LinkStatus]) -> None:
    """Keep statuses in a file, in order of address; it is written whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(statuses, key=lambda status: status.url)
    replace_file(path, msgspec.json.format(msgspec.json.encode(ordered), indent=1).decode() + "\n")


class Keeper:
    """Keeps statuses in their file while they come in: every few seconds, and the rest at the end of `with`.

    It is called with each new status. What the file held of other addresses stays in it.
    """

    def __init__(self, path: Path, statuses: Mapping[str, LinkStatus]) -> None:
        self._path = path
        self._statuses = dict(statuses)
        self._written = time.monotonic()

    def __call__(self, status: LinkStatus) -> None:
        """Keep a status, in place of an earlier one of its address."""
        self._statuses[status.url] = status
        if time.monotonic() - self._written > PAUSE:
            self._write()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()

    def _write(self) -> None:
        write_links(self._path, self._statuses.values())
        self._written = time.monotonic()


def report_json(statuses: Sequence[LinkStatus], records: Iterable[Record]) -> dict[str, Any]:
    """How many links are in each state, and every one that does not simply work with the records that hold it."""
    holders: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in records:
        for url, fields in addresses(record).items():
            holders[url].append({"id": record.id, "fields": fields})
    counts = Counter(status.state for status in statuses)
    report: dict[str, Any] = {"counts": {state: counts[state] for state in STATES}}
    for state in STATES[:-1]:
        there = (status for status in statuses if status.state == state)
        report[state] = [{**to_builtins(status), "records": holders[status.url]} for status in there]
    return report


def summary(report: Mapping[str, Any]) -> list[str]:
    """A report in lines: how many links are in each state, then the broken and the moved ones and who holds them."""
    counts = report["counts"]
    lines = [f"{sum(counts.values()):,} links: " + ", ".join(f"{counts[state]:,} {state}" for state in STATES)]
    for state in ("broken", "moved"):
        for link in report[state]:
            held = ", ".join(f"{holder['id']} ({', '.join(holder['fields'])})" for holder in link["records"])
            lines.append(f"{state} since {link['since']}: {link['url']}: {link['reason']}; in {held}")
    return lines
