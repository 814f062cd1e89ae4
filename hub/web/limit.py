"""How often one reader may ask: a limit on the answers for programs, counted around the whole application.

It stands outside the answers that are kept, as nobody who asks can know which these are: they count like any other,
and what is told about the limit is never kept with them. What costs nothing is not counted: to hear that nothing has
changed (304), and what browsers ask first (OPTIONS). Who takes over all records page by page has an allowance apart,
so large that one page after the other never exceeds it.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from hub.errors import HubError
from hub.web.errors import problem
from hub.web.headers import harvests, headers_of, is_oai, limited
from hub.web.visitor import address_of, reader_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = logging.getLogger(__name__)

HARVEST = 10  # times as many pages of all records as other answers
Header = tuple[str, str]


class Allowance(NamedTuple):
    """What one reader may ask for. Its name is in the headers, and in a store that others use too."""

    name: str
    limit: RateLimitItem

    @property
    def policy(self) -> Header:
        """The header that tells it."""
        return "RateLimit-Policy", f'"{self.name}";q={self.limit.amount};w={self.limit.get_expiry()}'


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
        self._proxy = proxy
        usual = parse(limit)
        self._usual = Allowance("hub", usual)
        self._harvest = Allowance("hub-harvest", type(usual)(usual.amount * HARVEST, usual.multiples))
        self._counter = _counter(storage)
        self._warned = False

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The answer to one request, or that it is one too many."""
        path = "/" + environ.get("PATH_INFO", "").lstrip("/")
        if not limited(path) or environ["REQUEST_METHOD"] == "OPTIONS":
            return self._app(environ, start_response)
        self._warn(environ)
        reader = reader_of(address_of(environ, self._proxy))
        allowance = self._harvest if harvests(path, environ.get("QUERY_STRING", "")) else self._usual
        left = self._left(allowance, reader)
        if left and not left.answers:
            status, headers, body = _refused(allowance, left, path)
            start_response(status, [*headers, *_told(allowance, left), *headers_of(path).items()])
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
        made = environ.get("HTTP_IF_NONE_MATCH", "").strip() == "*"  # the answer is, only to see whether there is one

        def told(status: str, headers: list[Header], exc_info: Any = None) -> Callable[[bytes], object]:
            now = self._left(allowance, reader, counted=made or not status.startswith("304"))
            return start_response(status, [*headers, *_told(allowance, now)], exc_info)

        return self._app(environ, told)

    def _left(self, allowance: Allowance, reader: str, counted: bool = False) -> Left | None:
        """What is left for a reader, after this answer where it is counted; None where the storage does not answer."""
        name, limit = allowance
        try:
            if counted:
                self._counter.hit(limit, name, reader)
            reset, answers = self._counter.get_window_stats(limit, name, reader)
        except StorageError as error:
            log.warning("HUB_RATE_STORAGE does not answer, so nobody is limited: %s", error.storage_error)
            return None
        return Left(answers, max(math.ceil(reset - time.time()), 0))

    def _warn(self, environ: WSGIEnvironment) -> None:
        if not self._warned and not self._proxy and "HTTP_X_FORWARDED_FOR" in environ:
            self._warned = True
            log.warning("Requests come through a proxy: without HUB_PROXY_ADDRESS all its visitors share one limit.")


def _told(allowance: Allowance, left: Left | None) -> tuple[Header, ...]:
    """The headers of the IETF draft (draft-ietf-httpapi-ratelimit-headers)."""
    if not left:
        return ()
    return allowance.policy, ("RateLimit", f'"{allowance.name}";r={left.answers};t={left.seconds}')


def _refused(allowance: Allowance, left: Left, path: str) -> tuple[str, list[Header], bytes]:
    """That it is one too many, when to come back, and how to need less. OAI-PMH has 503 for that."""
    seconds = max(left.seconds, 1)
    said = (
        f"One address may ask {allowance.limit.amount} times in {allowance.limit.get_expiry()} seconds here. "
        f"Ask again in {seconds} seconds; large pages (per_page=100) and If-None-Match help to ask less."
    )
    status = HTTPStatus.SERVICE_UNAVAILABLE if is_oai(path) else HTTPStatus.TOO_MANY_REQUESTS
    body = msgspec.json.encode(problem(status, said)) + b"\n"
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Retry-After", str(seconds)),
    ]
    return f"{status} {status.phrase.upper()}", headers, body


def _counter(storage: str) -> FixedWindowRateLimiter:
    try:
        return FixedWindowRateLimiter(storage_from_string(storage, wrap_exceptions=True))
    except (ConfigurationError, ValueError) as error:  # not in its words: they repeat the address with its password
        kind = storage.partition(":")[0][:20]
        said = f"the library limits does not know {kind!r}, or a library for it is not installed"
        raise HubError(f"HUB_RATE_STORAGE cannot be used: {said}") from error
