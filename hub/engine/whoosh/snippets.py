"""Where a query stands in a text: marked titles, the best passage, and the words it was found as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hub.engine.whoosh.analysis import Token, base, stem, surface, tokens
from hub.engine.whoosh.evaluate import sequences
from hub.query import Clause, Kind, Span
from hub.record import SECTIONS, Record
from hub.text import fold

WIDTH = 280  # characters of a snippet
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)|\n+")


@dataclass(frozen=True)
class Place:
    """One occurrence in a text: character offsets, which clause, and as which words."""

    start: int
    end: int
    clause: int
    form: str


def places(text: str, language: str, clauses: tuple[Clause, ...]) -> list[Place]:
    """Every occurrence of the clauses in a text of one language, in order."""
    if not clauses:
        return []
    words = list(tokens(text))
    forms = [{surface(word.folded), stem(word.surface, language)} for word in words]
    found = set()
    for number, clause in enumerate(clauses):
        runs = _completed(words, clause) if clause.kind is Kind.PREFIX else _runs(forms, language, clause)
        for first, last in runs:
            start, end = words[first].start, words[last].end
            found.add(Place(start, end, number, text[start:end]))
    return sorted(found, key=lambda place: (place.start, -place.end, place.clause))


def _completed(words: list[Token], clause: Clause) -> Iterator[tuple[int, int]]:
    parts = [token.folded for token in tokens(clause.text)]
    for at in range(len(words) - len(parts) + 1 if parts else 0):
        run = [word.folded for word in words[at : at + len(parts)]]
        if run[:-1] == parts[:-1] and run[-1].startswith(parts[-1]):
            yield at, at + len(parts) - 1


def _runs(forms: list[set[str]], language: str, clause: Clause) -> Iterator[tuple[int, int]]:
    wanted = sequences(clause, (base(language),))
    length = len(next(iter(wanted), ()))
    for at in range(len(forms) - length + 1 if length else 0):
        if any(all(term in forms[at + k] for k, term in enumerate(sequence)) for sequence in wanted):
            yield at, at + length - 1


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


def passages(record: Record, clauses: tuple[Clause, ...]) -> dict[str, list[Place]]:
    """Where the clauses stand in each text of a record, by field."""
    texts = ((field, getattr(record, field)) for field in ("abstract", *SECTIONS, "text"))
    return {field: places(text, record.language, clauses) for field, text in texts if text}


def snippet(record: Record, found: Mapping[str, list[Place]]) -> tuple[str, tuple[Span, ...]]:
    """The passage of a record that shows most of the query: (field, spans). The abstract where nothing matches."""
    best = ("abstract", 0, len(record.abstract), (-1.0, -1))
    for field, here in found.items():
        for start, end, shown in _windows(getattr(record, field), here):
            worth = len({place.clause for place in shown}) + (0.5 if field == "abstract" else 0.0)
            if (worth, len(shown)) > best[3]:
                best = (field, start, end, (worth, len(shown)))
    field, start, end, _ = best
    text: str = getattr(record, field)
    here = found.get(field, [])
    start, end = _trim(text, start, end, [place for place in here if start <= place.start and place.end <= end])
    spans = mark(text, here, start, end)
    if start > 0:
        spans = (Span("… "), *spans)
    if end < len(text):
        spans = (*spans, Span(" …"))
    return field, spans


def _windows(text: str, found: list[Place]) -> Iterator[tuple[int, int, list[Place]]]:
    """A window for each occurrence, from the start of its sentence where that is near, with what it shows."""
    starts = [0, *(match.end() for match in _SENTENCE.finditer(text))]
    for place in found:
        sentence = max(start for start in starts if start <= place.start)
        start = sentence if place.end - sentence <= WIDTH // 2 else max(place.start - WIDTH // 4, 0)
        end = min(start + WIDTH, len(text))
        yield start, end, [other for other in found if start <= other.start and other.end <= end]


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


def forms(found: Iterable[Place], clauses: tuple[Clause, ...]) -> dict[int, tuple[str, ...]]:
    """For each clause, the up to three other words it was found as (`peat` as *peatland*)."""
    others: dict[int, dict[str, str]] = {}
    for place in found:
        folded = fold(place.form)
        if folded != fold(clauses[place.clause].text):
            others.setdefault(place.clause, {}).setdefault(folded, place.form.lower())
    return {number: tuple(words.values())[:3] for number, words in others.items()}
