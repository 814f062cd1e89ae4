"""Asking a portal a few things, each once, and trying a source: do references come of it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

from msgspec import Struct

from hub.errors import HubError
from indexer.discover.offers import Offer
from indexer.fetch.body import mismatch
from indexer.harvest.item import FetchFailed, Get, Reference, Response, Skipped, Unreadable
from indexer.harvest.mapping import find
from indexer.harvest.plain import title_line
from indexer.harvest.protocols import MODULES, protocol
from indexer.harvest.protocols.json_text import read_json
from indexer.harvest.source import Source, wanted

FIRST = 5  # references that a try takes
_LOOKED_AT = 200  # references among which a try looks for them
_REQUESTS = 8  # of one try
_ALL = 40  # requests of everything together
_EXAMPLES = 3
_LONGEST = 100  # characters of an example


class Enough(HubError):
    """No more is asked of the portal."""


class Candidate(Struct, frozen=True):
    """A source that may work: how near it is to what was asked for (`rank`, 0 is best), and what it is (`reason`)."""

    source: Source
    reason: str
    rank: int
    weight: int = 0


class Tried(Struct, frozen=True):
    """A candidate that works: the offer it makes, and the first references that came of it."""

    offer: Offer
    rank: int
    weight: int
    references: tuple[Reference, ...]


class Asking:
    """Fetches like `get`, but nothing twice and not for ever: then it raises Enough."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._left = _ALL
        self._known: dict[str, Response] = {}
        self._failed: dict[tuple[str, tuple[str, ...]], FetchFailed] = {}

    def __call__(self, url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
        """The answer of an address. Raises FetchFailed, Enough."""
        known = self._known.get(url)
        if known is not None and not mismatch(known.body, known.content_type, kinds):
            return known
        if (url, kinds) in self._failed:
            raise self._failed[url, kinds]
        if self._left <= 0:
            raise Enough("the portal was asked often enough")
        self._left -= 1
        try:
            self._known[url] = self._get(url, kinds=kinds)
        except FetchFailed as error:
            self._failed[url, kinds] = error
            raise
        return self._known[url]

    @contextmanager
    def at_most(self, requests: int) -> Iterator[None]:
        """Allows no more than so many requests within."""
        before = self._left
        self._left = min(before, requests)
        allowed = self._left
        try:
            yield
        finally:
            self._left += before - allowed

    def answer(self, url: str, kinds: tuple[str, ...]) -> Response | None:
        """The answer of an address, or None where it gives none."""
        try:
            return self(url, kinds)
        except (FetchFailed, Enough):
            return None

    def json(self, url: str) -> Any:
        """The JSON at an address, or None where there is none."""
        response = self.answer(url, ("json",))
        try:
            return None if response is None else read_json(response.body, response.charset)
        except Unreadable:
            return None


def taken(source: Source, asking: Asking, count: int = FIRST) -> tuple[Reference, ...]:
    """The first references that a source really gives; none where it cannot be read."""
    found: list[Reference] = []
    with asking.at_most(_REQUESTS), suppress(FetchFailed, Unreadable, Enough):
        gathered = protocol(source.protocol).gather(source, asking, "")
        listed = (entry for entry in gathered if isinstance(entry, Reference) and not entry.gone)
        for entry in islice(listed, _LOOKED_AT):
            found += [entry] if not entry.url or wanted(source, entry.url) else []
            if len(found) == count:
                break
    return tuple(found)


def attempt(candidate: Candidate, asking: Asking) -> Tried | None:
    """What comes of a candidate; None where nothing does."""
    references = taken(candidate.source, asking)
    if not references:
        return None
    examples = dict.fromkeys(example(reference, candidate.source) for reference in references)
    shown = tuple(text for text in examples if text)[:_EXAMPLES]
    offer = Offer(candidate.source, len(references), candidate.reason, shown)
    return Tried(offer, candidate.rank, candidate.weight, references)


def trouble(source: Source, asking: Asking) -> str:
    """Why nothing comes of a source, as its protocol says it; empty where it does not say."""
    try:
        first = next(protocol(source.protocol).gather(source, asking, ""), None)
    except HubError as error:
        return str(error)
    return f"{first.id} {first.reason}" if isinstance(first, Skipped) else ""


def example(reference: Reference, source: Source) -> str:
    """The title of an item, else its address, short enough to show."""
    data = reference.data or {}
    kind = reference.kind or source.protocol
    usual = protocol(kind).FIELDS.get("title", ()) if kind in MODULES else ()
    said = (title_line(text_of(find(path, data))) for path in source.fields.get("title", usual))
    text = next((text for text in said if text), "") or title_line(reference.url or reference.id)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 2].rstrip() + " …"


def text_of(value: Any) -> str:
    """The text in a value: itself, or the first of a list or of a mapping by language."""
    inner = next(iter(value.values()), "") if isinstance(value, Mapping) else value
    inner = next(iter(inner), "") if isinstance(inner, list) else inner
    return inner if isinstance(inner, str) else ""
