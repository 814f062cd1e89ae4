"""Where a query stands in the records of one page: marked titles, the best passage, the words it was found as.

Positions say where, and where the words of a text begin is known: nothing is searched in texts themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.evaluate import Answer, Match
from hub.engine.whoosh.occurrences import Occurrences
from hub.engine.whoosh.ranking import Page
from hub.engine.whoosh.reader import POSITION, Reader
from hub.engine.whoosh.schema import PARTS, TEXT_FIELDS
from hub.query import Hit, Span, Why
from hub.record import Record
from hub.text import fold
from hub.words import word_end

WIDTH = 280  # characters of a snippet
_PHRASE = 6  # occurrences behind one that may belong to its phrase
_WORDS = 40  # words that a snippet may hold
_END = re.compile("[.!?…؟।] |\n|。")  # of a sentence
_SETS = 1 << len(TEXT_FIELDS)  # of text fields, each field a bit
_FIELDS = tuple(tuple(name for bit, name in enumerate(TEXT_FIELDS) if number >> bit & 1) for number in range(_SETS))
_BITS = 1 << np.arange(len(TEXT_FIELDS))
_TITLE = PARTS.index("title")
_BONUS = np.array([part == "abstract" for part in PARTS], np.int64)  # of equal passages the abstract's is better


class Place(Struct, frozen=True, gc=False):
    """One occurrence in a text: character offsets, which part of the query, and as which words."""

    start: int
    end: int
    match: int
    form: str


class Passages:
    """The occurrences of a query in the documents of one page, and the best passage of each.

    Occurrences are numbered through, rising by place of the document and position in it. Of each there is its part of
    the query (`owners`), its text (`parts`), and the characters there at which its first and its last word begin.
    """

    def __init__(self, reader: Reader, matches: tuple[Match, ...], found: Occurrences) -> None:
        documents, keys, owners = found
        self.records = [reader.record(number) for number in documents.tolist()]
        self._layout = layout = reader.layout(documents)
        self.fields = self._fields(keys, owners, len(matches))
        begins = (layout.places << 32) + layout.firsts
        ends = begins + layout.words
        texts = begins.searchsorted(keys, "right") - 1
        kept = ((texts >= 0) & (keys < ends[texts])).nonzero()[0]
        keys, owners, texts = keys[kept], owners[kept], texts[kept]
        self._worth = self._worths(keys, owners, texts, ends, len(matches))
        self.cuts: list[int] = keys.searchsorted(np.arange(len(documents) + 1) << 32).tolist()
        words = (keys & POSITION) + layout.shifts[texts]
        self._starts: list[int] = reader.offsets(words).tolist()
        self._last = self._starts
        if any(match.length > 1 for match in matches):
            lengths = np.array([match.length for match in matches])
            self._last = reader.offsets(words + lengths[owners] - 1).tolist()
        self.owners: list[int] = owners.tolist()
        self.parts: list[int] = layout.parts[texts].tolist()

    def _fields(self, keys: Array, owners: Array, parts: int) -> list[list[int]]:
        """The text fields in which each part of the query occurs, documents x parts, as numbers of _FIELDS."""
        starts = self._layout.starts
        begins = (np.arange(len(starts))[:, None] << 32) + starts
        having = np.zeros((starts.size, parts), bool)
        having[begins.ravel().searchsorted(keys, "right") - 1, owners] = True
        found: list[list[int]] = (_BITS @ having.reshape(*starts.shape, parts)).tolist()
        return found

    def _worths(self, keys: Array, owners: Array, texts: Array, ends: Array, parts: int) -> list[int]:
        """How good a passage is that begins at each occurrence: different parts, then the abstract, then how many.

        Nothing in the title, as that is shown anyway.
        """
        last = keys.searchsorted(np.minimum(keys + _WORDS, ends[texts]))
        before = np.zeros((parts, len(keys) + 1), np.int32)  # of each part, occurrences before this one
        before[owners, np.arange(1, len(keys) + 1)] = 1
        before.cumsum(axis=1, out=before)
        different = (before[:, last] > before[:, :-1]).sum(axis=0)
        shown = self._layout.parts[texts]
        worth = ((2 * different + _BONUS[shown]) << 32) + last - np.arange(len(keys))
        found: list[int] = (worth * (shown != _TITLE)).tolist()
        return found

    def best(self, place: int) -> int | None:
        """The occurrence that the best passage of a document begins at; None where only the title has any."""
        low, high = self.cuts[place], self.cuts[place + 1]
        worth = max(self._worth[low:high], default=0)
        return self._worth.index(worth, low, high) if worth else None

    def at(self, text: str, at: int) -> Place:
        """An occurrence as offsets in its text."""
        start, end = self._starts[at], word_end(text, self._last[at])
        return Place(start, end, self.owners[at], text[start:end])

    def phrase(self, text: str, at: int, until: int) -> Place:
        """An occurrence with the words behind it that belong to the same phrase."""
        owner, part = self.owners[at], self.parts[at]
        near = range(at, min(at + _PHRASE, until))
        same = [one for one in near if self.owners[one] == owner and self.parts[one] == part]
        return joined(text, [self.at(text, one) for one in same])[0]

    def around(self, text: str, place: int, best: int, start: int) -> list[Place]:
        """The occurrences in a passage that begins at `start`; one of them is `best`."""
        part, low, high = self.parts[best], best, best + 1
        while low > self.cuts[place] and self.parts[low - 1] == part and self._starts[low - 1] >= start:
            low -= 1
        while high < self.cuts[place + 1] and self.parts[high] == part and self._starts[high] < start + WIDTH:
            high += 1
        found = joined(text, [self.at(text, at) for at in range(low, high)])
        return [here for here in found if here.end <= start + WIDTH or here.start == self._starts[best]]


def hits(reader: Reader, page: Page, answer: Answer) -> Iterator[Hit]:
    """The documents of one page, in order, as hits."""
    if page.found is None:
        yield from (plain_hit(reader.record(number), 0.0) for number in page.documents.tolist())
        return
    passages = Passages(reader, answer.found, page.found)
    texts = [(match.clause.text, fold(match.clause.text)) for match in answer.found]
    missing = _missing(answer, page.documents)
    places = page.found.documents.searchsorted(page.documents).tolist()
    parts = page.parts or ((),) * len(places)
    for place, score, lacks, why_score in zip(places, page.scores, missing, parts, strict=True):
        record = passages.records[place]
        title = _title(passages, place, record)
        field, spans, shown = _snippet(passages, place, record)
        why = _why(passages, place, record, [*title, *shown], texts)
        yield Hit(record, round(score, 4), mark(record.title, title), spans, field, why, lacks, why_score)


def _missing(answer: Answer, documents: Array) -> list[tuple[str, ...]]:
    """The telling parts of the query that each document has in no way."""
    whole = answer.whole[documents]  # what may lack function words, in a query of nothing else, lacks nothing
    if whole.all():
        return [()] * len(documents)
    texts = [match.clause.text for match in answer.telling]
    having = np.array([covered[documents] | whole for covered in answer.covered])
    return [tuple(text for text, has in zip(texts, column, strict=True) if not has) for column in having.T.tolist()]


def plain_hit(record: Record, score: float) -> Hit:
    """A hit that nothing was looked for in: the beginning of its abstract."""
    return Hit(record, round(score, 4), (Span(record.title),), cut(record.abstract, [], 0), "abstract")


def _title(passages: Passages, place: int, record: Record) -> list[Place]:
    found = []
    for at in range(passages.cuts[place], passages.cuts[place + 1]):
        if passages.parts[at] != _TITLE:
            break
        found.append(passages.at(record.title, at))
    return joined(record.title, found)


def _snippet(passages: Passages, place: int, record: Record) -> tuple[str, tuple[Span, ...], list[Place]]:
    """The passage that shows most of the query: field, spans, what is marked. The abstract where nothing is found."""
    best = passages.best(place)
    if best is None:
        return "abstract", cut(record.abstract, [], 0), []
    field = PARTS[passages.parts[best]]
    text: str = getattr(record, field)
    start = _begin(text, passages.at(text, best))
    shown = passages.around(text, place, best, start)
    return field, cut(text, shown, start), shown


def _begin(text: str, anchor: Place) -> int:
    """Where a passage begins: with the sentence of its first occurrence if that is near, else a little before it."""
    low = max(anchor.end - WIDTH // 2, 0)
    ends = [end.end() for end in _END.finditer(text, low, anchor.start)]
    if ends or not low:
        return ends[-1] if ends else 0
    return max(anchor.start - WIDTH // 4, 0)


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
    first, last = (shown[0].start, max([place.end for place in shown])) if shown else (end, start)
    if start > 0 and not text[start - 1].isspace():
        start = text.find(" ", start, first) + 1 or start
    if end < len(text) and not text[end].isspace():
        before = text.rfind(" ", max(last, start + 1), end)
        end = before if before > 0 else end
    while end > max(start, last) and text[end - 1] in " ,;:–-\n":
        end -= 1
    return start, end


def joined(text: str, found: list[Place]) -> list[Place]:
    """Occurrences in a text, with the words of a phrase that a part of the query was understood as taken together."""
    if len(found) < 2:
        return found
    places: list[Place] = []
    last: dict[int, int] = {}
    for here in found:
        before = places[last[here.match]] if here.match in last else None
        if before is None or here.start > before.end + 1:
            last[here.match] = len(places)
            places.append(here)
        elif here.end > before.end:
            places[last[here.match]] = Place(before.start, here.end, here.match, text[before.start : here.end])
    places.sort(key=_wider_first)
    return places


def _wider_first(place: Place) -> tuple[int, int]:
    return place.start, -place.end


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
    passages: Passages, place: int, record: Record, marked: list[Place], texts: list[tuple[str, str]]
) -> tuple[Why, ...]:
    """How each part of the query (its text, as it is and folded) matched a document: in which fields, as which words.

    What a part was understood as is told with the part.
    """
    fields: dict[str, int] = {}
    for (text, _), having in zip(texts, passages.fields[place], strict=True):
        if having:
            fields[text] = fields.get(text, 0) | having
    forms: dict[str, dict[str, str]] = {text: {} for text in fields}
    for here in (*marked, *_elsewhere(passages, place, record, {here.match for here in marked})):
        text, same = texts[here.match]
        if here.form != text and (folded := fold(here.form)) != same:
            forms[text].setdefault(folded, here.form.lower())
    return tuple([Why(text, _FIELDS[fields[text]], tuple(others.values())[:3]) for text, others in forms.items()])


def _elsewhere(passages: Passages, place: int, record: Record, marked: set[int]) -> list[Place]:
    """The first occurrence of each part of the query that the title and the passage do not show."""
    low, high = passages.cuts[place], passages.cuts[place + 1]
    owners = {*passages.owners[low:high]} - marked
    first = [passages.owners.index(match, low, high) for match in sorted(owners)] if owners else []
    return [passages.phrase(getattr(record, PARTS[passages.parts[at]]), at, high) for at in first]
