"""Where a query stands in the records of one page: marked titles, the best passage, the words it was found as.

Positions say where; a text is read only around the places that are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from hub.engine.whoosh.analysis import word_at
from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.evaluate import Match, together
from hub.engine.whoosh.reader import NOWHERE, POSITION, Reader
from hub.engine.whoosh.schema import MARK_EVERY, TEXT_FIELDS
from hub.engine.whoosh.segment import Shown
from hub.query import Hit, Span, Why
from hub.record import Record
from hub.text import fold

WIDTH = 280  # characters of a snippet
_WORDS = 40  # words that a snippet may hold
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)|\n+")
_FIELDS = tuple(TEXT_FIELDS)
_BONUS = {"title": -1, "abstract": 1}  # the title is shown anyway; of equal passages the abstract's is better


class Place(NamedTuple):
    """One occurrence in a text: character offsets, which part of the query, and as which words."""

    start: int
    end: int
    match: int
    form: str


class Passages:
    """The occurrences of a query in the documents of one page, and the best passage of each.

    Occurrences are numbers, place of the document and position in one, rising; beside each stand its part of the query
    and its text.
    """

    def __init__(self, reader: Reader, documents: Array, matches: tuple[Match, ...]) -> None:
        self.documents = [reader.document(number) for number in documents.tolist()]
        self.lengths = [len(match.words) for match in matches]
        keys, owners = _occurrences(reader, reader.places(documents), matches)
        places = np.arange(len(documents)) << 32
        self.fields = self._fields(keys, owners, places)
        self.texts = [shown for document in self.documents for shown in document.shown]
        at = places.repeat([len(document.shown) for document in self.documents])
        begins = at + np.array([shown.start for shown in self.texts])
        ends = at + np.array([shown.end for shown in self.texts])
        text = begins.searchsorted(keys, "right") - 1
        kept = ((text >= 0) & (keys < ends[text])).nonzero()[0]
        keys, owners, text = keys[kept], owners[kept], text[kept]
        self._worth = self._worths(keys, owners, text, ends)
        self.cuts: list[int] = [*keys.searchsorted(places).tolist(), len(keys)]
        self.positions: list[int] = (keys & POSITION).tolist()
        self.owners: list[int] = owners.tolist()
        self.text: list[int] = text.tolist()

    def _fields(self, keys: Array, owners: Array, places: Array) -> dict[tuple[int, int], list[str]]:
        """The text fields in which each part of the query occurs, by document and part."""
        starts = (places[:, None] + np.array([document.starts for document in self.documents])).ravel()
        codes = (starts.searchsorted(keys, "right") - 1) * len(self.lengths) + owners
        found: dict[tuple[int, int], list[str]] = {}
        for code in sorted(set(codes.tolist())):
            at, match = divmod(code, len(self.lengths))
            place, field = divmod(at, len(_FIELDS))
            found.setdefault((place, match), []).append(_FIELDS[field])
        return found

    def _worths(self, keys: Array, owners: Array, text: Array, ends: Array) -> list[int]:
        """How good a passage is that begins at each occurrence: different parts, then the abstract, then how many."""
        limit = np.minimum(keys + _WORDS, ends[text])
        last = keys.searchsorted(limit)
        count = last - np.arange(len(keys))
        before = np.zeros((len(keys) + 1, len(self.lengths)), np.int32)  # of each part, occurrences before this one
        before[np.arange(1, len(keys) + 1), owners] = 1
        before.cumsum(axis=0, out=before)
        different = np.count_nonzero(before[last] > before[:-1], axis=1)
        names = np.array([_BONUS.get(shown.field, 0) for shown in self.texts])[text]
        worth: list[int] = np.where(names < 0, 0, ((2 * different + names) << 32) + count).tolist()
        return worth

    def best(self, place: int) -> int | None:
        """The occurrence that the best passage of a document begins at; None where only the title has any."""
        low, high = self.cuts[place], self.cuts[place + 1]
        worth = max(self._worth[low:high], default=0)
        return self._worth.index(worth, low, high) if worth else None

    def at(self, text: str, at: int) -> Place:
        """An occurrence as offsets in its text."""
        shown, match, first = self.texts[self.text[at]], self.owners[at], self.positions[at]
        start, end = _word(text, shown, first)
        if self.lengths[match] > 1:
            _, end = _word(text, shown, first + self.lengths[match] - 1)
        return Place(start, end, match, text[start:end])

    def around(self, text: str, place: int, best: int, anchor: Place, start: int) -> list[Place]:
        """The occurrences in a passage that begins at `start`; one of them is `best`, which stands at `anchor`."""
        found, end = [anchor], start + WIDTH
        own, low, high = self.text[best], best - 1, best + 1
        while low >= self.cuts[place] and self.text[low] == own and (before := self.at(text, low)).start >= start:
            found.insert(0, before)
            low -= 1
        while high < self.cuts[place + 1] and self.text[high] == own and (after := self.at(text, high)).end <= end:
            found.append(after)
            high += 1
        return found


def _occurrences(reader: Reader, places: Array, matches: tuple[Match, ...]) -> tuple[Array, Array]:
    """Where the parts of the query occur in some documents, and which part it is; rising."""
    single = [number for number, match in enumerate(matches) if len(match.words) == 1]
    keys, owners = [], []
    if single:
        found, which = reader.occurrences([matches[number].words[0] for number in single], places)
        keys.append(found)
        owners.append(which if len(single) == len(matches) else np.array(single)[which])
    for number, match in enumerate(matches):
        if len(match.words) > 1:
            keys.append(together(reader, match.words, places))
            owners.append(np.full(len(keys[-1]), number))
    every, whose = np.concatenate([NOWHERE.docs, *keys]), np.concatenate([NOWHERE.docs, *owners])
    order = every.argsort(kind="stable")
    return every[order], whose[order]


def _word(text: str, shown: Shown, position: int) -> tuple[int, int]:
    """The character offsets of the word at a position."""
    block, number = divmod(position - shown.start, MARK_EVERY)
    return word_at(text, shown.marks[block], number)


def hits(reader: Reader, ranked: Array, scores: Iterable[float], matches: tuple[Match, ...]) -> Iterator[Hit]:
    """The documents of one page, in order, as hits."""
    if not matches or not len(ranked):
        yield from (plain_hit(reader.document(number).record, 0.0) for number in ranked.tolist())
        return
    documents = np.sort(ranked)
    passages = Passages(reader, documents, matches)
    for place, score in zip(documents.searchsorted(ranked).tolist(), scores, strict=True):
        record = passages.documents[place].record
        title = _title(passages, place, record)
        field, spans, shown = _snippet(passages, place, record)
        why = _why(passages, place, record, [*title, *shown], matches)
        yield Hit(record, round(score, 4), mark(record.title, title), spans, field, why)


def plain_hit(record: Record, score: float) -> Hit:
    """A hit that nothing was looked for in: the beginning of its abstract."""
    return Hit(record, round(score, 4), (Span(record.title),), cut(record.abstract, [], 0), "abstract")


def _title(passages: Passages, place: int, record: Record) -> list[Place]:
    found = []
    for at in range(passages.cuts[place], passages.cuts[place + 1]):
        if passages.texts[passages.text[at]].field != "title":
            break
        found.append(passages.at(record.title, at))
    return found


def _snippet(passages: Passages, place: int, record: Record) -> tuple[str, tuple[Span, ...], list[Place]]:
    """The passage that shows most of the query: field, spans, what is marked. The abstract where nothing is found."""
    best = passages.best(place)
    if best is None:
        return "abstract", cut(record.abstract, [], 0), []
    field = passages.texts[passages.text[best]].field
    text: str = getattr(record, field)
    anchor = passages.at(text, best)
    start = _begin(text, anchor)
    shown = passages.around(text, place, best, anchor, start)
    return field, cut(text, shown, start), shown


def _begin(text: str, anchor: Place) -> int:
    """Where a passage begins: with the sentence of its first occurrence if that is near, else a little before it."""
    low = max(anchor.end - WIDTH // 2, 0)
    sentences = [match.end() for match in _SENTENCE.finditer(text, low, anchor.start + 1)]
    near = [start for start in (0, *sentences) if low <= start <= anchor.start]
    return near[-1] if near else max(anchor.start - WIDTH // 4, 0)


def cut(text: str, shown: list[Place], start: int) -> tuple[Span, ...]:
    """A passage of a text from about `start` on, as spans, with what is marked in it."""
    start, end = _trim(text, start, min(start + WIDTH, len(text)), shown)
    spans = mark(text, shown, start, end)
    if start > 0:
        spans = (Span("… "), *spans)
    if end < len(text):
        spans = (*spans, Span(" …"))
    return spans


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
    passages: Passages, place: int, record: Record, marked: list[Place], matches: tuple[Match, ...]
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
    low, high = passages.cuts[place], passages.cuts[place + 1]
    for match in sorted(set(passages.owners[low:high]) - marked):
        at = passages.owners.index(match, low, high)
        yield passages.at(getattr(record, passages.texts[passages.text[at]].field), at)
