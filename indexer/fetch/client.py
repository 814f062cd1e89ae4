"""Fetches addresses politely and safely: robots.txt, pace, retries, redirects, limits and what was fetched before."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urljoin

from msgspec import Struct
from msgspec.structs import replace

from indexer.fetch.address import Resolve, Target, resolve_name, target
from indexer.fetch.body import accept, accepted_encodings, mismatch
from indexer.fetch.pace import Pace
from indexer.fetch.robots import Robots
from indexer.fetch.store import Store, Stored
from indexer.fetch.terms import Limits, Trouble, seconds, shown
from indexer.fetch.wire import Answer, Budget, Request, Wire
from indexer.harvest.item import FetchFailed, Response

_REDIRECTS = (301, 302, 303, 307, 308)
_PERMANENT = (301, 308)
_RETRIED = (429, 500, 502, 503, 504)
# What a server says of HEAD and would say of GET as well; anything else bad about HEAD is asked again with GET.
_SURE = (401, 410, 429)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_STANDARD = Limits()


class LinkState(Struct, frozen=True):
    """How it stands with a link: `kind` and `reason` are empty where it works, and as `FetchFailed` has them if not.

    `final` is where it leads in the end; `permanent` where its server says it has moved for good, if it works there.
    """

    url: str
    status: int = 0
    final: str = ""
    permanent: str = ""
    kind: str = ""
    reason: str = ""


class Headers(Struct, frozen=True):
    """Headers of a source, such as a key, and the origin (scheme, host, port) that they are for: no other gets them."""

    origin: str
    values: Mapping[str, str]


class _Ask(Struct, frozen=True):
    """What a caller wants, the same at every address on the way."""

    delay: float
    kinds: tuple[str, ...] = ("any",)
    run: str = ""
    limit: int = 0
    probe: bool = False
    robots_obeyed: bool = True
    headers: Headers | None = None


class _End(Struct, frozen=True):
    """Where the way ended: at an answer, or (None) at what the store has from the same run."""

    target: Target
    answer: Answer | None
    stored: Stored | None
    permanent: str


class Fetcher:
    """Fetches for one run. Several threads may use it; a host is asked for one thing at a time, at its pace.

    `private` lets it into private networks. `close` ends all waiting; what waited fails.
    """

    def __init__(  # noqa: PLR0913 - the last three are for tests
        self,
        store: Store,
        agent: str,
        private: bool = False,
        resolve: Resolve = resolve_name,
        *,
        limits: Limits = _STANDARD,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._store = store
        self._agent = agent
        self._limits = limits
        self._closed = threading.Event()
        self._wire = Wire(resolve, private, limits)
        self._pace = Pace(limits, clock, sleep or self._closed.wait)
        self._robots = Robots(self._robots_text, agent, clock)

    def get(
        self,
        url: str,
        *,
        delay: float = 1.0,
        kinds: tuple[str, ...] = ("any",),
        run: str = "",
        headers: Headers | None = None,
    ) -> Response:
        """What an address answers, if it is one of `kinds`; FetchFailed says why there is nothing usable.

        Only what changed is transferred. What the same `run` fetched already is not asked for again.
        """
        asked = _target(url)
        ask = _Ask(delay, kinds, run, self._limits.body, headers=headers)
        final, led_in = self._store.final(asked.url)
        if run and (final == asked.url or led_in == run):
            stored = self._known(final, ask)
            if stored and stored.run == run:
                return _response(stored, unchanged=True)
        end = self._walk(asked, ask)
        try:
            return self._received(asked, end, ask)
        except Trouble as trouble:
            raise _failed(end.target, trouble) from None

    def probe(self, url: str, *, delay: float = 1.0) -> LinkState:
        """Whether a link works, with as little transferred as can be; never raises FetchFailed."""
        try:
            end = self._walk(_target(url), _Ask(delay, probe=True))
        except FetchFailed as failure:
            return LinkState(url, failure.status, kind=failure.kind, reason=str(failure))
        answer = end.answer or Answer(0, {})
        # A range that cannot be had is one of a file that is there.
        if 200 <= answer.status < 300 or answer.status == 416:
            return LinkState(url, 200, end.target.url, end.permanent)
        reason = f"{shown(end.target.url)} {_answered(answer.status)}"
        return LinkState(url, answer.status, end.target.url, kind=_kind(answer.status), reason=reason)

    def close(self) -> None:
        """End all waiting, for good."""
        self._closed.set()

    def _received(self, asked: Target, end: _End, ask: _Ask) -> Response:
        """The response for the end of the way, kept in the store."""
        answer, stored = end.answer, end.stored
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if answer is None and stored:
            self._store.confirm(asked.url, stored)
            return _response(stored, unchanged=True)
        if answer is None or not (200 <= answer.status < 300 or (answer.status == 304 and stored)):
            status = answer.status if answer else 0
            raise Trouble(_answered(status), _kind(status), status=status)
        headers = {name: value for name, value in answer.headers.items() if name != "set-cookie"}
        if answer.status == 304 and stored:
            fresh = {name: value for name, value in headers.items() if not name.startswith(("content-", "transfer-"))}
            stored = replace(stored, headers={**stored.headers, **fresh}, fetched_at=now, run=ask.run)
            self._store.confirm(asked.url, stored)
            return _response(stored, unchanged=True)
        content_type, charset = _content_type(headers)
        if wrong := mismatch(answer.body, content_type, ask.kinds):
            raise Trouble(wrong, status=answer.status)
        page = Stored(end.target.url, answer.status, content_type, charset, now, ask.run, headers, answer.body)
        if answer.status == HTTPStatus.OK:
            self._store.save(asked.url, page)
        return _response(page)

    def _walk(self, asked: Target, ask: _Ask) -> _End:
        """Follow redirects to the end; each address on the way is checked like the first."""
        place, permanent, for_good = asked, "", True
        seen = {asked.url}
        budget = Budget(self._limits.total)
        while True:
            try:
                stored = None if ask.probe or not ask.robots_obeyed else self._known(place.url, ask)
                if stored and ask.run and stored.run == ask.run:
                    return _End(place, None, stored, permanent)
                answer = self._tried(place, ask, stored, budget)
                if answer.status not in _REDIRECTS:
                    return _End(place, answer, stored, permanent)
                place = self._next(place, answer, seen)
            except Trouble as trouble:
                raise _failed(place, trouble) from None
            for_good = for_good and answer.status in _PERMANENT
            permanent = place.url if for_good else permanent

    def _next(self, place: Target, answer: Answer, seen: set[str]) -> Target:
        """Where a redirect leads."""
        location = answer.headers.get("location", "")
        status = answer.status
        if not location:
            raise Trouble(f"answered {status}, a redirect, without saying where to", status=status)
        with suppress(UnicodeError):  # some servers send the bytes of UTF-8 as they are
            location = location.encode("latin-1").decode()
        try:
            found = target(urljoin(place.url, location))
        except (Trouble, ValueError) as error:
            reason = error.reason if isinstance(error, Trouble) else "is not a usable address"
            raise Trouble(f"redirects to {shown(location)}, which {reason}", status=status) from None
        if found.url in seen:
            raise Trouble(f"redirects in a circle, back to {shown(found.url)}", status=status)
        if len(seen) > self._limits.redirects:
            raise Trouble(f"is redirected more than {self._limits.redirects} times", status=status)
        seen.add(found.url)
        return found

    def _tried(self, place: Target, ask: _Ask, stored: Stored | None, budget: Budget) -> Answer:
        """The answer of one address, asked for again where that may help."""
        asked = self._robots.gap(place) if ask.robots_obeyed else 0.0
        attempt = 1
        while True:
            with self._pace.turn(place.host, ask.delay, asked):
                request = self._request(place, ask, stored, attempt)
                try:
                    answer = self._wire.exchange(place, request, budget)
                    self._judge(answer, request)
                except Trouble as trouble:
                    if not self._goes_on(place.host, trouble, attempt, budget):
                        raise
                else:
                    self._pace.worked(place.host)
                    return answer
            attempt += 1

    def _goes_on(self, host: str, trouble: Trouble, attempt: int, budget: Budget) -> bool:
        """Whether there is another try; the host is left alone until then."""
        again = trouble.again and attempt < self._limits.tries and budget.left > 0
        if trouble.kind != "failing":
            return again
        jitter = random.uniform(0.5, 1.5)  # noqa: S311 - spreads requests, guards no secret
        back_off = self._limits.back_off * 2 ** (attempt - 1) * jitter if again else 0.0
        self._pace.hold(host, max(trouble.wait, back_off))
        if not again:
            self._pace.failed(host)
        return again

    def _judge(self, answer: Answer, request: Request) -> None:
        """Trouble for an answer that is none, so that another try is made."""
        status = answer.status
        if _kind(status) == "failing":
            wait = _retry_after(answer.headers)
            said = _answered(status)
            if wait > self._limits.wait:
                raise Trouble(f"{said} and asks to wait {seconds(wait)}", "failing", status=status, wait=wait)
            raise Trouble(said, "failing", status in _RETRIED or request.method == "HEAD", status=status, wait=wait)
        if request.method == "HEAD" and status >= 400 and status not in _SURE:
            raise Trouble(_answered(status), _kind(status), again=True, status=status)

    def _request(self, place: Target, ask: _Ask, stored: Stored | None, attempt: int) -> Request:
        given = ask.headers.values if ask.headers and place.origin == ask.headers.origin else {}
        headers = {
            **given,
            "User-Agent": self._agent,
            "Accept": accept(ask.kinds),
        }
        if ask.probe:
            if attempt == 1:
                return Request("HEAD", headers)
            return Request("GET", {**headers, "Range": "bytes=0-1023"})
        headers["Accept-Encoding"] = accepted_encodings()
        for name, kept in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")):
            if stored and stored.headers.get(kept):
                headers[name] = stored.headers[kept]
        return Request("GET", headers, ask.limit, cut=not ask.robots_obeyed)

    def _known(self, url: str, ask: _Ask) -> Stored | None:
        """What the store has of a final address, if it is of the kinds that are wanted now."""
        stored = self._store.find(url)
        return None if stored is None or mismatch(stored.body, stored.content_type, ask.kinds) else stored

    def _robots_text(self, place: Target) -> str:
        """The robots.txt of an origin: empty where there is none, FetchFailed where that is unknown (RFC 9309)."""
        end = self._walk(place, _Ask(0.0, limit=self._limits.robots, robots_obeyed=False))
        answer = end.answer or Answer(0, {})
        if 400 <= answer.status < 500:
            return ""
        if not 200 <= answer.status < 300:
            raise _failed(end.target, Trouble(_answered(answer.status), _kind(answer.status), status=answer.status))
        text = answer.body.decode("utf-8-sig", "replace")
        # A rule that is cut in two says something else than the whole.
        return text if len(answer.body) < self._limits.robots else text.rpartition("\n")[0]


def headers_for(address: str, values: Mapping[str, str]) -> Headers | None:
    """Headers for the origin of an address; None where there are none."""
    return Headers(_target(address).origin, values) if values else None


def _target(url: str) -> Target:
    try:
        return target(url)
    except Trouble as trouble:
        raise FetchFailed(f"{shown(url)} {trouble.reason}", trouble.kind) from None


def _failed(place: Target, trouble: Trouble) -> FetchFailed:
    return FetchFailed(f"{shown(place.url)} {trouble.reason}", trouble.kind, trouble.status)


def _response(page: Stored, unchanged: bool = False) -> Response:
    return Response(page.url, page.status, page.content_type, page.charset, page.body, page.headers, unchanged)


def _content_type(headers: Mapping[str, str]) -> tuple[str, str]:
    """Type and charset that the server states, lower case; empty where it does not."""
    said = headers.get("content-type", "")
    charset = _CHARSET.search(said)
    return said.partition(";")[0].strip().lower(), charset[1].lower() if charset else ""


def _kind(status: int) -> str:
    """The kind of FetchFailed for a status."""
    if status in (404, 410):
        return "gone"
    return "failing" if status in (408, 425, 429) or status >= 500 else "refused"


def _answered(status: int) -> str:
    try:
        return f"answered {status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return f"answered {status}"


def _retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that a server asks to wait; 0 where it does not say so in a usable way."""
    said = headers.get("retry-after", "")
    if said.isascii() and said.isdecimal():
        return float(said[:12])
    try:
        until = parsedate_to_datetime(said)
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
