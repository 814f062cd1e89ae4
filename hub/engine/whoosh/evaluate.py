"""Query -> documents and scores, exactly, over the columns of one generation.

A word matches a document by its literal form or by its stem in the language of the text. A function word of the
document's language, or of the reader's, need not occur: *zones humides de la Loire* finds what has *zones*,
*humides* and *Loire*. Scores are BM25F: word frequencies of all fields, weighted and normalised by length, are added
before saturation; a part of a query weighs by how few records of the whole index have it in any form.
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
from hub.engine.whoosh.reader import NOWHERE, POSITION, Entries, Reader, Selection, contained
from hub.engine.whoosh.schema import WRITTEN
from hub.query import TOGETHER, Clause, Filters, Kind
from hub.vocabulary import NOT_STATED

K1 = 1.2


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
    optional: Array | None
    idle: bool


@dataclass(frozen=True)
class Answer:
    """The documents (a mask) a query finds in its scope, and how: `required` is how many telling parts each has."""

    documents: Array
    matches: tuple[Match, ...]
    required: int

    @property
    def telling(self) -> tuple[Match, ...]:
        """The parts without function words, unless there are only those."""
        return tuple(match for match in self.matches if not match.idle)


@lru_cache(maxsize=10_000)
def _split(text: str) -> tuple[tuple[str, str], ...]:
    """The words of a part of a query, as written and folded."""
    return tuple((word.surface, word.folded) for word in tokens(text))


def words_of(reader: Reader, clause: Clause) -> tuple[Entries, ...]:
    """The postings of each word of a part of a query, in order."""
    words = _split(clause.text)
    if clause.kind is Kind.PREFIX:
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


def evaluate(
    reader: Reader, clauses: tuple[Clause, ...], language: str, scope: Array, least: int | None = None
) -> Answer:
    """The documents of `scope` (a mask) that answer a query.

    Each has all parts, or `least` of those that tell something. Where none has all, those with the most answer.
    Exclusions always hold.
    """
    wanted = [clause for clause in clauses if not clause.excluded]
    idle, optional = _function_words(reader, wanted, language)
    matches = []
    for clause in wanted:
        words = words_of(reader, clause)
        found, keys = following(reader, words)
        documents = reader.mask(found.docs)
        count = int(np.count_nonzero(documents))
        where = (documents, count, optional.get(clause), clause in idle)
        matches.append(Match(clause, max(len(words), 1), found, keys, *where))
    candidates = scope
    for clause in clauses:
        if clause.excluded:
            candidates = candidates & ~reader.mask(following(reader, words_of(reader, clause))[0].docs)
    answering, required = _answering(candidates, matches, least)
    return Answer(answering, tuple(matches), required)


def _answering(candidates: Array, matches: list[Match], least: int | None) -> tuple[Array, int]:
    """The candidates that answer, and how many telling parts each has."""
    if not matches:
        return candidates, 0
    telling = [match for match in matches if not match.idle]
    if least is None:
        whole = candidates & reduce(np.bitwise_or, (match.documents for match in matches))
        for match in matches:
            whole &= match.documents if match.optional is None else match.documents | match.optional
        if whole.any():
            return whole, len(telling)
    had = np.zeros(len(candidates), np.uint8)  # a query has fewer than 256 parts
    for match in telling:
        had += match.documents
    had *= candidates
    most = least or int(had.max(initial=0)) or len(telling)
    return had >= most, most


def _function_words(reader: Reader, clauses: list[Clause], language: str) -> tuple[set[Clause], dict[Clause, Array]]:
    """The parts that are function words in some language, and masks of the documents that need not have them.

    Those are the documents in a language of which the word is one; all, where it is one of the reader's language.
    A query of function words only means them.
    """
    words = {clause: _split(clause.text) for clause in clauses if clause.kind is Kind.WORD}
    stops = {clause: idle_in(found[0][1]) for clause, found in words.items() if len(found) == 1}
    optional: dict[Clause, Array] = {}
    idle: set[Clause] = set()
    if not any(stops.values()):
        return idle, optional
    for tag in sorted({*reader.spoken, language}.intersection(set().union(*stops.values()))):
        of_tag = {clause for clause, tags in stops.items() if tag in tags}
        idle |= of_tag
        if len(of_tag) < len(clauses):
            catalogue = reader.catalogue
            some = catalogue.live if tag == language else catalogue.having(WRITTEN, (tag,))
            for clause in of_tag:
                optional[clause] = optional[clause] | some if clause in optional else some
    return (idle if len(idle) < len(clauses) else set()), optional


def scored(reader: Reader, selection: Selection, matches: Sequence[Match]) -> Array:
    """The BM25F score of each document, given the postings of the parts of the query there."""
    telling = np.array([idf(match.count, reader.catalogue.count) for match in matches])
    weights = np.concatenate([match.found.weights for match in matches])[selection.postings]
    ends = np.array([len(match.found.docs) for match in matches]).cumsum()
    cells = selection.places + ends.searchsorted(selection.postings, "right") * len(selection.documents)
    frequencies = np.bincount(cells, weights, len(matches) * len(selection.documents)).reshape(len(matches), -1)
    return np.asarray((telling[:, None] * saturated(frequencies)).sum(axis=0))


def idf(having: int, of: int) -> float:
    """How much a part of a query tells, by how many of all documents have it (Lucene's form, never negative)."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def saturated(frequencies: Array) -> Array:
    """BM25's saturation of weighted word frequencies: the tenth occurrence says less than the second."""
    return frequencies * (K1 + 1) / (K1 + frequencies)


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
