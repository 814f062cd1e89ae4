"""The pace of each host: one request at a time, a pause between two, longer ones where it asks or fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from indexer.fetch.terms import Limits, Trouble, seconds


class _Host:
    """What is known of one host in this run."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.begun: float | None = None
        self.not_before: float | None = None
        self.failures = 0


class Pace:
    """Gives out turns: hosts never wait for each other, requests to one host follow each other at its pace.

    `pause` waits for so many seconds and says whether the waiting was broken off, because all fetching ends.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float], pause: Callable[[float], object]) -> None:
        self._limits = limits
        self._clock = clock
        self._pause = pause
        self._lock = threading.Lock()
        self._hosts: dict[str, _Host] = {}

    @contextmanager
    def turn(self, name: str, delay: float, asked: float = 0.0) -> Iterator[None]:
        """The turn of one request; Trouble where it cannot be given.

        It begins so many seconds after the last one began as we want (`delay`) and as the host wants (`asked`).
        """
        host = self._host(name)
        with host.turn:
            if host.failures >= self._limits.given_up:
                raise Trouble(
                    f"was not asked for: {name} failed {host.failures} times in a row and is left alone for now",
                    "failing",
                )
            self._wait(name, host, delay, asked)
            host.begun = self._clock()
            yield

    def _wait(self, name: str, host: _Host, delay: float, asked: float) -> None:
        now = self._clock()
        due = now if host.begun is None else host.begun + max(delay, asked)
        wait = max(due, host.not_before or now) - now
        if wait > max(self._limits.wait, delay):
            raise Trouble(f"was not asked for: {name} asks to wait {seconds(wait)} before the next request", "failing")
        if self._pause(max(wait, 0.0)):
            raise Trouble("was not asked for: the fetching was ended", "failing")

    def hold(self, name: str, wait: float) -> None:
        """Nothing is asked of a host for so many seconds from now."""
        host = self._host(name)
        with self._lock:
            host.not_before = max(host.not_before or 0.0, self._clock() + wait)

    def worked(self, name: str) -> None:
        """A host answered as it should: its failures are forgotten."""
        host = self._host(name)
        with self._lock:
            host.failures = 0

    def failed(self, name: str) -> None:
        """All tries of one item failed at a host."""
        host = self._host(name)
        with self._lock:
            host.failures += 1

    def _host(self, name: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(name, _Host())
