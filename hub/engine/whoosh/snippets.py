"""Where a query stands in the records of one page: marked titles, the best passage, the words it was found as.

Positions say where; a text is read only around the places that are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from hub.engine.whoosh.analysis import token_at
from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.derive import fields_of
from hub.engine.whoosh.evaluate import Match, together
from hub.engine.whoosh.reader import Reader
from hub.engine.whoosh.schema import MARK_EVERY, TEXT_FIELDS
from hub.engine.whoosh.segment import Shown
from hub.query import Hit, Span, Why
from hub.record import Record
from hub.text import fold

WIDTH = 280  # characters of a snippet
_WORDS = 40  # words that a snippet may hold
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)|\n+")
_FIELDS = tuple(TEXT_FIELDS)


@dataclass(frozen=True)
class Place:
    """One occurrence in a text: character offsets, which part of the query, and as which words."""

    start: int
    end: int
    match: int
    form: str


class Passages:
    """The occurrences of a query in some documents, and the best passage of each document.

    Occurrences are numbers, document and position in one, rising; beside each stand its part of the query and its text.
    """

    def __init__(self, reader: Reader, documents: Array, matches: tuple[Match, ...]) -> None:
        self.documents = documents  # rising
        self.lengths = [len(match.slots) for match in matches]
        found = [together(reader, match.slots, documents) for match in matches if match.slots]
        which = [number for number, match in enumerate(matches) if match.slots]
        keys = np.concatenate([np.zeros(0, np.int64), *found])
        owners = np.repeat(np.array(which, np.int64), [len(one) for one in found])
        order = np.lexsort((owners, keys))
        keys, owners = keys[order], owners[order]
        self.fields = self._fields(reader, keys, owners)
        self.texts = [
            (place, shown) for place, number in enumerate(documents.tolist()) for shown in reader.shown(number)
        ]
        begins = np.array([(place << 32) + shown.start for place, shown in self.texts], np.int64)
        ends = np.array([(place << 32) + shown.end for place, shown in self.texts], np.int64)
        text = begins.searchsorted(keys, "right") - 1
        kept = (text >= 0) & (keys < ends[text]) if len(ends) else np.zeros(len(keys), bool)
        self.keys, self.owners, self.text = keys[kept], owners[kept], text[kept]
        self._worth = self._worths(ends) if len(self.keys) else self.keys
        self.cuts = self.keys.searchsorted(np.arange(len(documents) + 1) << 32).tolist()

    def _fields(self, reader: Reader, keys: Array, owners: Array) -> dict[tuple[int, int], list[str]]:
        """The text fields in which each part of the query occurs, by document and part."""
        starts = np.array([reader.starts(number) for number in self.documents.tolist()]).reshape(-1, len(_FIELDS))
        fields = fields_of(starts[keys >> 32], keys & 0xFFFFFFFF) if len(keys) else keys
        found: dict[tuple[int, int], list[str]] = {}
        for code in np.unique(((keys >> 32) << 16) + (owners << 4) + fields).tolist():
            found.setdefault((code >> 16, (code >> 4) & 0xFFF), []).append(_FIELDS[code & 15])
        return found

    def _worths(self, ends: Array) -> Array:
        """How good a passage is that begins at each occurrence: different parts, then the abstract, then how many."""
        limit = np.minimum(self.keys + _WORDS, ends[self.text])
        count = self.keys.searchsorted(limit) - np.arange(len(self.keys))
        different = np.zeros(len(self.keys), np.int64)
        for number in np.unique(self.owners).tolist():
            own = self.keys[self.owners == number]
            different += own.searchsorted(limit) > own.searchsorted(self.keys)
        names = np.array([{"title": -1, "abstract": 1}.get(shown.field, 0) for _, shown in self.texts])[self.text]
        return np.where(names < 0, 0, ((2 * different + names) << 32) + count)

    def best(self, place: int) -> int | None:
        """The occurrence that the best passage of a document begins at; None where only the title has any."""
        low, high = self.cuts[place], self.cuts[place + 1]
        if low == high:
            return None
        at = low + int(self._worth[low:high].argmax())
        return at if self._worth[at] else None

    def places(self, text: str, low: int, high: int) -> list[Place]:
        """Occurrences `low` to `high`, all in one text, as offsets in it."""
        found = []
        for at in range(low, high):
            _, shown = self.texts[self.text[at]]
            match = int(self.owners[at])
            first = int(self.keys[at] & 0xFFFFFFFF)
            start, end = _word(text, shown, first)
            if self.lengths[match] > 1:
                _, end = _word(text, shown, first + self.lengths[match] - 1)
            found.append(Place(start, end, match, text[start:end]))
        return sorted(found, key=lambda place: (place.start, -place.end, place.match))


def _word(text: str, shown: Shown, position: int) -> tuple[int, int]:
    """The character offsets of the word at a position."""
    block, number = divmod(position - shown.start, MARK_EVERY)
    token = token_at(text, shown.marks[block], number)
    return token.start, token.end


def hits(reader: Reader, ranked: Array, scores: Iterable[float], matches: tuple[Match, ...]) -> Iterator[Hit]:
    """The documents of one page, in order, as hits."""
    documents = np.sort(ranked)
    passages = Passages(reader, documents, matches)
    for place, number, score in zip(documents.searchsorted(ranked).tolist(), ranked.tolist(), scores, strict=True):
        record = reader.record(number)
        title = _title(passages, place, record)
        field, spans, shown = _snippet(passages, place, record)
        why = _why(passages, place, record, (*title, *shown), matches)
        yield Hit(record, round(score, 4), mark(record.title, title), spans, field, why)


def plain_hit(record: Record, score: float) -> Hit:
    """A hit that nothing was looked for in: the beginning of its abstract."""
    return Hit(record, round(score, 4), (Span(record.title),), cut(record.abstract, [], 0)[0], "abstract")


def _title(passages: Passages, place: int, record: Record) -> list[Place]:
    low = high = passages.cuts[place]
    while high < passages.cuts[place + 1] and passages.texts[passages.text[high]][1].field == "title":
        high += 1
    return passages.places(record.title, low, high)


def _snippet(passages: Passages, place: int, record: Record) -> tuple[str, tuple[Span, ...], list[Place]]:
    """The passage that shows most of the query: field, spans, what is marked. The abstract where nothing is found."""
    best = passages.best(place)
    if best is None:
        return "abstract", cut(record.abstract, [], 0)[0], []
    field = passages.texts[passages.text[best]][1].field
    text: str = getattr(record, field)
    same = passages.text == passages.text[best]
    near = same & (abs(passages.keys - passages.keys[best]) < 2 * _WORDS)
    around = np.flatnonzero(near).tolist()
    found = passages.places(text, around[0], around[-1] + 1)
    anchor = passages.places(text, best, best + 1)[0]
    spans, shown = cut(text, found, _begin(text, anchor))
    return field, spans, shown


def _begin(text: str, anchor: Place) -> int:
    """Where a passage begins: with the sentence of its first occurrence if that is near, else a little before it."""
    low = max(anchor.end - WIDTH // 2, 0)
    sentences = [match.end() for match in _SENTENCE.finditer(text, low, anchor.start + 1)]
    near = [start for start in (0, *sentences) if low <= start <= anchor.start]
    return near[-1] if near else max(anchor.start - WIDTH // 4, 0)


def cut(text: str, found: list[Place], start: int) -> tuple[tuple[Span, ...], list[Place]]:
    """A passage of a text from about `start` on, as spans, and what is marked in it."""
    end = min(start + WIDTH, len(text))
    shown = [place for place in found if start <= place.start and place.end <= end]
    start, end = _trim(text, start, end, shown)
    spans = mark(text, shown, start, end)
    if start > 0:
        spans = (Span("… "), *spans)
    if end < len(text):
        spans = (*spans, Span(" …"))
    return spans, shown


def _trim(text: str, start: int, end: int, shown: list[Place]) -> tuple[int, int]:
    """The window without half words at its ends, as far as that takes no occurrence away."""
    first, last = (shown[0].start, max(place.end for place in shown)) if shown else (end, start)
    if start > 0 and not text[start - 1].isspace():
        start = text.find(" ", start, first) + 1 or start
    if end < len(text) and not text[end].isspace():
        before = text.rfind(" ", max(last, start + 1), end)
        end = before if before > 0 else end
    while end > max(start, last) and text[end - 1] in " ,;:–-\n":
        end -= 1
    return start, end


def mark(text: str, found: Iterable[Place], start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """A stretch of text as spans, occurrences marked; overlapping ones become one."""
    stop = len(text) if end is None else end
    spans: list[Span] = []
    at = start
    for place in found:
        if place.end <= at or place.start < start or place.end > stop:
            continue
        begin = max(place.start, at)
        if begin > at:
            spans.append(Span(text[at:begin]))
        spans.append(Span(text[begin : place.end], True))
        at = place.end
    if at < stop:
        spans.append(Span(text[at:stop]))
    return tuple(spans)


def _why(
    passages: Passages, place: int, record: Record, marked: Iterable[Place], matches: tuple[Match, ...]
) -> tuple[Why, ...]:
    """How each part of the query matched a document: in which fields, and as which other words."""
    forms: dict[int, dict[str, str]] = {}
    for here in (*marked, *_elsewhere(passages, place, record, {here.match for here in marked})):
        folded = fold(here.form)
        if folded != fold(matches[here.match].clause.text):
            forms.setdefault(here.match, {}).setdefault(folded, here.form.lower())
    return tuple(
        Why(match.clause.text, tuple(passages.fields[place, number]), tuple(forms.get(number, {}).values())[:3])
        for number, match in enumerate(matches)
        if (place, number) in passages.fields
    )


def _elsewhere(passages: Passages, place: int, record: Record, marked: set[int]) -> Iterator[Place]:
    """The first occurrence of each part of the query that the title and the passage do not show."""
    for at in range(passages.cuts[place], passages.cuts[place + 1]):
        if passages.owners[at] not in marked:
            marked.add(int(passages.owners[at]))
            text: str = getattr(record, passages.texts[passages.text[at]][1].field)
            yield from passages.places(text, at, at + 1)
