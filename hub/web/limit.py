"""How often one reader may ask: a limit on the answers for programs, counted around the whole application.

It stands outside the answers that are kept, as nobody who asks can know which these are: they count like any other,
and what is told about the limit is never kept with them. What costs nothing is not counted: to hear that nothing has
changed (304), and what browsers ask first (OPTIONS).
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from limits import parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from hub.errors import HubError
from hub.web.errors import problem
from hub.web.headers import headers_of, limited
from hub.web.visitor import address_of, reader_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

NAME = "hub"  # of the limit in the headers, and before the names of counters in a store that others use too
Header = tuple[str, str]


class Left(NamedTuple):
    """How many answers are left for a reader, and in how many seconds there are all of them again."""

    answers: int
    seconds: int


class RateLimit:
    """A WSGI application around another; threads share it, and processes too where the storage is shared.

    `limit` is like `300 per minute`, `storage` an address such as redis://host:6379. HubError where it cannot be used.
    While a shared storage does not answer, nobody is limited: readers are worth more than the limit.
    """

    def __init__(self, app: WSGIApplication, limit: str, storage: str, proxy: str) -> None:
        self._app = app
        self._said = limit
        self._proxy = proxy
        self._limit = parse(limit)
        self._counter = _counter(storage)
        self._policy = ("RateLimit-Policy", f'"{NAME}";q={self._limit.amount};w={self._limit.get_expiry()}')
        self._warned = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The answer to one request, or that it is one too many."""
        path = "/" + environ.get("PATH_INFO", "").lstrip("/")
        if not limited(path) or environ["REQUEST_METHOD"] == "OPTIONS":
            return self._app(environ, start_response)
        self._warn(environ)
        reader = reader_of(address_of(environ, self._proxy))
        left = self._left(reader)
        if left and not left.answers:
            body = self._refused(left)
            start_response(
                "429 TOO MANY REQUESTS", [*_described(body, left), *self._told(left), *headers_of(path).items()]
            )
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

        def told(status: str, headers: list[Header], exc_info: Any = None) -> Callable[[bytes], object]:
            now = self._left(reader, counted=not status.startswith("304"))
            return start_response(status, [*headers, *self._told(now)], exc_info)

        return self._app(environ, told)

    def _left(self, reader: str, counted: bool = False) -> Left | None:
        """What is left for a reader, after this answer where it is counted; None where the storage does not answer."""
        try:
            if counted:
                self._counter.hit(self._limit, NAME, reader)
            reset, answers = self._counter.get_window_stats(self._limit, NAME, reader)
        except StorageError as error:
            log.warning("HUB_RATE_STORAGE does not answer, so nobody is limited: %s", error.storage_error)
            return None
        return Left(answers, max(math.ceil(reset - time.time()), 0))

    def _told(self, left: Left | None) -> tuple[Header, ...]:
        """The headers of the IETF draft (draft-ietf-httpapi-ratelimit-headers)."""
        return (self._policy, ("RateLimit", f'"{NAME}";r={left.answers};t={left.seconds}')) if left else ()

    def _refused(self, left: Left) -> bytes:
        """That it is one too many, when to come back, and how to need less."""
        said = (
            f"One address may ask {self._said} here. Ask again in {max(left.seconds, 1)} seconds; "
            "large pages (per_page=100) and If-None-Match help to ask less."
        )
        return msgspec.json.encode(problem(429, said)) + b"\n"

    def _warn(self, environ: WSGIEnvironment) -> None:
        if not self._warned and not self._proxy and "HTTP_X_FORWARDED_FOR" in environ:
            self._warned = True
            log.warning("Requests come through a proxy: without HUB_PROXY_ADDRESS all its visitors share one limit.")


def _described(body: bytes, left: Left) -> list[Header]:
    """The headers of a refusal."""
    return [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(max(left.seconds, 1))),
    ]


def _counter(storage: str) -> FixedWindowRateLimiter:
    try:
        return FixedWindowRateLimiter(storage_from_string(storage, wrap_exceptions=True))
    except (ConfigurationError, ValueError) as error:  # not in its words: they repeat the address with its password
        kind = storage.partition(":")[0][:20]
        said = f"the library limits does not know {kind!r}, or a library for it is not installed"
        raise HubError(f"HUB_RATE_STORAGE cannot be used: {said}") from error
