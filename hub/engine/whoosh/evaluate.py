"""Query -> the documents that answer it, exactly, over the columns of one generation.

A word matches a document by its literal form or by its stem in the language of the text; what the lexicon understood of
the query matches by the ideas that texts express, and a value that the query names by having it. Function words need
not occur: *zones humides de la Loire* finds what has *zones*, *humides* and *Loire*. Word for word, only those of the
document's language or of the reader's need not.

Where few documents have all parts of a query, those with one part less answer too, and so on, until there are enough of
them or more than half of the parts would be missing; where none has all, not those either that have only what tells
little. Parts that no document has are left out of account, and said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
from msgspec import Struct

from hub.engine.whoosh.analysis import idle_in, tokens
from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.reader import NOWHERE, POSITION, Entries, Reader, Slot, contained, joined
from hub.engine.whoosh.schema import WRITTEN
from hub.lexicon import Stretch, Value
from hub.query import TOGETHER, Clause, Filters, Kind
from hub.vocabulary import NOT_STATED

Span = tuple[Stretch, tuple[int, ...]]  # a stretch of the query, and the numbers of its matches
ENOUGH = 20  # documents: fewer are made more by asking for less of the query
LEAST = 0.3  # share of what a query tells that a document has to have where none has all
_WIDENINGS = 32  # of a query at most


class Match(Struct, frozen=True):
    """One part of the query: where it occurs, and whether it is a function word.

    `keys` are the occurrences of a part of several words, rising: document and first position as one number.
    `documents` and `optional` are masks: where it occurs, and where it need not (None: it must everywhere).
    """

    clause: Clause
    length: int
    found: Entries
    keys: Array | None
    documents: Array
    count: int
    optional: Array | None = None
    idle: bool = False


class Widening(Struct, frozen=True):
    """What a stretch of the query was understood as: where it occurs; `covers` are the numbers of its matches."""

    match: Match
    covers: tuple[int, ...]


class Having(Struct, frozen=True):
    """A value of a facet that a stretch of the query names or speaks for, and the documents (a mask) with it."""

    value: Value
    strength: float
    named: bool
    covers: tuple[int, ...]
    documents: Array
    count: int


class Question(Struct, frozen=True):
    """A query, what was understood of it, the reader's language, and how it is to be taken.

    `verbatim`: word for word; `least`: how many of its parts a document must have, None for as many as there are.
    """

    clauses: tuple[Clause, ...]
    stretches: tuple[Stretch, ...]
    language: str
    verbatim: bool = False
    least: int | None = None


@dataclass(frozen=True)
class Answer:
    """The documents (a mask) a query finds in its scope, and how.

    `required` is how many telling parts each of them has, `whole` a mask of those that have all. `covered` has a mask
    for each telling part: the documents that have it in any way.
    """

    documents: Array
    whole: Array
    matches: tuple[Match, ...]
    widenings: tuple[Widening, ...]
    values: tuple[Having, ...]
    covered: tuple[Array, ...]
    required: int

    @property
    def telling(self) -> tuple[Match, ...]:
        """The parts without function words, unless there are only those."""
        return tuple(match for match in self.matches if not match.idle)

    @property
    def found(self) -> tuple[Match, ...]:
        """All that counts and is shown: the telling parts as typed, then what was understood."""
        return (*self.telling, *(widening.match for widening in self.widenings))


@lru_cache(maxsize=10_000)
def _split(text: str) -> tuple[tuple[str, str], ...]:
    """The words of a part of a query, as written and folded; none for signs that fold to nothing."""
    return tuple((word.surface, word.folded) for word in tokens(text) if word.folded)


def words_of(reader: Reader, clause: Clause) -> tuple[Entries, ...]:
    """The postings of each word of a part of a query, in order."""
    words = _split(clause.text)
    if clause.kind is Kind.WORD and clause.text in reader.acronyms:
        slots = [reader.literal(folded) for _, folded in words]  # an acronym has no other forms: SUDS is not sud
    elif clause.kind is Kind.PREFIX:
        slots = [*(reader.literal(folded) for _, folded in words[:-1]), *(reader.prefix(f) for _, f in words[-1:])]
    else:
        slots = [reader.slot(*word) for word in words]
    return tuple(reader.entries(slot) for slot in slots)


def following(reader: Reader, words: tuple[Entries, ...]) -> tuple[Entries, Array | None]:
    """The documents where words follow each other, what that is worth in each, and the `keys` of several words."""
    if len(words) < 2:
        return words[0] if words else NOWHERE, None
    docs = reduce(np.bitwise_and, (reader.mask(word.docs) for word in words)).nonzero()[0]
    keys, which = reader.occurrences(words, reader.select(words, docs))
    found = np.sort(keys[which == 0])
    for offset in range(1, len(words)):
        found = found[contained(found + offset, np.sort(keys[which == offset]))]
    places = found >> 32
    weights = np.bincount(places, reader.worth(docs, found), len(docs))
    having = weights.nonzero()[0]
    return Entries(docs[having], weights[having], NOWHERE.slot), (docs[places] << 32) + (found & POSITION)


def evaluate(reader: Reader, question: Question, scope: Array) -> Answer:
    """The documents of `scope` (a mask) that answer a query. Exclusions always hold."""
    clauses = question.clauses
    wanted = list(dict.fromkeys(clause for clause in clauses if not clause.excluded))
    numbers = {clause: number for number, clause in enumerate(wanted)}
    idle, optional = _function_words(reader, wanted, question)
    matches = tuple(_match(reader, clause, optional.get(clause), clause in idle) for clause in wanted)
    candidates = scope
    for clause in clauses:
        if clause.excluded:
            candidates = candidates & ~reader.mask(following(reader, words_of(reader, clause))[0].docs)
    spans = [(stretch, _covers(stretch, clauses, numbers)) for stretch in question.stretches]
    widenings = () if question.verbatim else _widenings(reader, clauses, numbers, spans, matches)
    values = tuple(_values_meant(reader, spans))
    covered = _covered(matches, widenings, values)
    documents, whole, required = _answering(candidates, matches, covered, question)
    return Answer(documents, whole, matches, widenings, values, tuple(covered.values()), required)


def _match(reader: Reader, clause: Clause, optional: Array | None, idle: bool) -> Match:
    words = words_of(reader, clause)
    found, keys = following(reader, words)
    documents = reader.mask(found.docs)
    return Match(clause, max(len(words), 1), found, keys, documents, int(np.count_nonzero(documents)), optional, idle)


def _covers(stretch: Stretch, clauses: Sequence[Clause], numbers: dict[Clause, int]) -> tuple[int, ...]:
    return tuple(numbers[clause] for clause in clauses[stretch.first : stretch.last + 1] if clause in numbers)


def _widenings(
    reader: Reader,
    clauses: Sequence[Clause],
    numbers: dict[Clause, int],
    spans: list[Span],
    matches: tuple[Match, ...],
) -> tuple[Widening, ...]:
    """Other words for stretches of the query, and two words written as one; those of the same telling parts are one."""
    slots: dict[tuple[int, ...], list[Slot]] = {}
    for stretch, covers in spans:
        telling = tuple(number for number in covers if not matches[number].idle) or covers
        slots.setdefault(telling, []).extend(reader.idea(name) for name in stretch.ideas)
    for words, slot in _written_as_one(reader, clauses):
        if not all(matches[numbers[clause]].idle for clause in words):
            slots.setdefault(tuple(numbers[clause] for clause in words), []).append(slot)
    found = []
    for covers, several in slots.items():
        entries = [reader.entries(slot) for slot in several if slot.ranges]
        if entries and covers:
            together = joined(entries)
            documents = reader.mask(together.docs)
            text = " ".join(matches[number].clause.text for number in covers)
            match = Match(Clause(Kind.WORD, text), 1, together, None, documents, int(np.count_nonzero(documents)))
            found.append(Widening(match, covers))
    return tuple(found[:_WIDENINGS])


def _written_as_one(reader: Reader, clauses: Sequence[Clause]) -> Iterable[tuple[tuple[Clause, ...], Slot]]:
    """`rain water` and `rain-water` are `rainwater` too."""
    plain = [clause.kind is Kind.WORD and not clause.excluded for clause in clauses]
    words = [_split(clause.text) if is_plain else () for clause, is_plain in zip(clauses, plain, strict=True)]
    for number, parts in enumerate(words):
        following_parts = words[number + 1] if number + 1 < len(words) else ()
        if len(parts) == 2:
            pair, own = parts, clauses[number : number + 1]
        elif len(parts) == len(following_parts) == 1:
            pair, own = (*parts, *following_parts), clauses[number : number + 2]
        else:
            continue
        if all(folded.isalpha() for _, folded in pair):
            (one, one_folded), (other, other_folded) = pair
            yield tuple(own), reader.slot(one + other, one_folded + other_folded)


def _values_meant(reader: Reader, spans: list[Span]) -> Iterable[Having]:
    """Each value once: by its name if that stands in the query, else by what speaks for it most strongly."""
    best: dict[Value, tuple[bool, float, tuple[int, ...]]] = {}
    for stretch, covers in spans:
        for value, strength in stretch.values.items():
            new = (value in stretch.named, strength, covers)
            if covers and (value not in best or new > best[value]):
                best[value] = new
    for value, (named, strength, covers) in best.items():
        if value[1] in reader.catalogue.values.get(value[0], ()):
            documents = reader.catalogue.having(value[0], (value[1],))
            yield Having(value, strength, named, covers, documents, int(np.count_nonzero(documents)))


def _covered(
    matches: tuple[Match, ...], widenings: tuple[Widening, ...], values: tuple[Having, ...]
) -> dict[int, Array]:
    """By number of telling match: the documents that have it as typed, in other words, or as a value it names."""
    covered = {number: match.documents for number, match in enumerate(matches) if not match.idle}
    wider = [(widening.covers, widening.match.documents) for widening in widenings]
    wider += [(having.covers, having.documents) for having in values if having.named]
    for covers, documents in wider:
        for number in covers:
            if number in covered:
                covered[number] = covered[number] | documents
    return covered


def _answering(
    candidates: Array, matches: tuple[Match, ...], covered: dict[int, Array], question: Question
) -> tuple[Array, Array, int]:
    """The candidates that answer, those of them that have everything, and how many telling parts each has."""
    if not matches:
        return candidates, candidates, 0
    whole = candidates & reduce(np.bitwise_or, covered.values())
    for number, match in enumerate(matches):
        if match.idle and not question.verbatim:
            continue  # *la tourbière* means *bog* too, which has no *la*
        having = covered.get(number, match.documents)
        whole &= having if match.optional is None else having | match.optional
    if question.least is None and np.count_nonzero(whole) >= (1 if question.verbatim else ENOUGH):
        return whole, whole, len(covered)
    had = np.zeros(len(candidates), np.uint8)  # a query has fewer than 256 parts
    for documents in covered.values():
        had += documents
    had *= candidates
    whole = whole | (had == len(covered))
    if not (question.least or question.verbatim or whole.any()):
        enough = _telling_enough(candidates, covered)
        if (had * enough).any():
            had *= enough
    most = max(int(had.max(initial=0)), 1)
    if question.least or question.verbatim:
        return had >= (question.least or most), whole, question.least or most
    floor = -(-most // 2)
    required = next((n for n in range(most, floor, -1) if np.count_nonzero(had >= n) >= ENOUGH), floor)
    answering = (had >= required) | whole
    had[whole] = len(covered)
    return answering, whole, int(had[answering].min(initial=len(covered)))


def _telling_enough(candidates: Array, covered: dict[int, Array]) -> Array:
    """The documents with parts of the query that tell LEAST of what all the parts that any has would tell."""
    told, every, count = np.zeros(len(candidates)), 0.0, int(np.count_nonzero(candidates))
    for documents in covered.values():
        if having := int(np.count_nonzero(documents & candidates)):
            worth = idf(having, count)
            told += worth * documents
            every += worth
    return np.asarray(told >= LEAST * every)


def idf(having: int, of: int) -> float:
    """How much a part of a query tells, by how many of all documents have it (Lucene's form, never negative)."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def _function_words(
    reader: Reader, clauses: list[Clause], question: Question
) -> tuple[set[Clause], dict[Clause, Array]]:
    """The parts that are function words in some language, and masks of the documents that need not have them.

    Where there are other parts, function words need not occur, and there are no masks. Word for word, and in a query of
    function words only, which means them, that holds for the documents in a language of which the word is one; for all,
    where it is one of the reader's language.
    """
    words = {clause: _split(clause.text) for clause in clauses if clause.kind is Kind.WORD}
    stops = {clause: idle_in(found[0][1]) for clause, found in words.items() if len(found) == 1}
    languages = {*reader.spoken, question.language}
    idle = {clause for clause, tags in stops.items() if not tags.isdisjoint(languages)}
    if not idle or (len(idle) < len(clauses) and not question.verbatim):
        return idle, {}
    optional: dict[Clause, Array] = {}
    for tag in sorted(languages.intersection(set().union(*stops.values()))):
        of_tag = [clause for clause, tags in stops.items() if tag in tags]
        if len(of_tag) < len(clauses):
            catalogue = reader.catalogue
            some = catalogue.live if tag == question.language else catalogue.having(WRITTEN, (tag,))
            for clause in of_tag:
                optional[clause] = optional[clause] | some if clause in optional else some
    return (idle if len(idle) < len(clauses) else set()), optional


def chosen(reader: Reader, filters: Filters) -> dict[str, Array]:
    """Facet -> the documents (a mask) that have any of its chosen values; region and country are one facet."""
    facets: dict[str, Array] = {}
    for name, values in filters:
        facet = TOGETHER.get(name, name)
        having = reader.catalogue.having(name, _values(reader, name, values))
        facets[facet] = facets[facet] | having if facet in facets else having
    return facets


def _values(reader: Reader, name: str, values: Iterable[str]) -> Iterable[str]:
    """The values that are meant: a span of years is every year in it."""
    for value in values:
        if name == "year" and "-" in value and value != NOT_STATED:
            low, _, high = value.partition("-")
            years = reader.catalogue.values.get(name, {})
            yield from (y for y in years if y != NOT_STATED and (low or y) <= y <= (high or y))
        else:
            yield value
