"""The rules of robots.txt (RFC 9309), read once a day for each origin: what may be fetched, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable

from msgspec import Struct
from protego import Protego

from indexer.fetch.address import Target
from indexer.fetch.terms import Trouble
from indexer.harvest.item import FetchFailed

# The text of an origin's robots.txt, empty where there is none; raises FetchFailed where it cannot be read.
Read = Callable[[Target], str]
_DAY = 86_400.0


class _Rules(Struct, frozen=True):
    """What one origin says; with a failure, nothing may be fetched from it."""

    read_at: float
    file: Protego | None = None
    failure: FetchFailed | None = None


class Robots:
    """What the origins' robots.txt files let us do, by the token of our user agent."""

    def __init__(self, read: Read, agent: str, clock: Callable[[], float]) -> None:
        self._read = read
        self._token = agent.partition("/")[0].strip() or "*"
        self._clock = clock
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._rules: dict[str, _Rules] = {}

    def gap(self, target: Target) -> float:
        """The pause between two requests that the origin asks for; Trouble where the address may not be fetched."""
        rules = self._of(target)
        if rules.failure:
            raise Trouble(f"was not asked for: {rules.failure}", rules.failure.kind)
        if rules.file is None:
            return 0.0
        if not rules.file.can_fetch(target.url, self._token):
            raise Trouble(f"may not be fetched: the robots.txt of {target.authority} forbids it")
        rate = rules.file.request_rate(self._token)
        return max(rules.file.crawl_delay(self._token) or 0.0, rate.seconds / rate.requests if rate else 0.0)

    def _of(self, target: Target) -> _Rules:
        origin = target.origin
        with self._lock:
            lock = self._locks.setdefault(origin, threading.Lock())
        with lock:
            rules = self._rules.get(origin)
            if rules is None or self._clock() - rules.read_at > _DAY:
                rules = self._rules[origin] = self._fetched(target)
            return rules

    def _fetched(self, target: Target) -> _Rules:
        origin = target.origin
        place = Target(f"{origin}/robots.txt", target.scheme, target.host, target.port, "/robots.txt")
        try:
            text = self._read(place)
        except FetchFailed as failure:
            return _Rules(self._clock(), failure=failure.with_traceback(None))
        return _Rules(self._clock(), Protego.parse(text) if text.strip() else None)
