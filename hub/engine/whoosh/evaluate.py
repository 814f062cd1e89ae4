"""Query -> documents and scores, exactly, over the columns of one generation.

A word matches a document by its literal form or by its stem in the language of the text. A function word of the
document's language, or of the reader's, need not occur: *zones humides de la Loire* finds what has *zones*,
*humides* and *Loire*. Scores are BM25F: word frequencies of all fields, weighted and normalised by length, are added
before saturation; a part of a query weighs by how few records of the whole index have it in any form.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

from hub.engine.whoosh.analysis import stop_words, tokens
from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.reader import NOWHERE, Postings, Reader, Slot, contained
from hub.engine.whoosh.schema import WRITTEN
from hub.query import TOGETHER, Clause, Filters, Kind
from hub.vocabulary import NOT_STATED

K1 = 1.2


@dataclass(frozen=True)
class Match:
    """One part of the query: its words one after the other, where it occurs, whether it is a function word.

    `optional` masks the documents in which it need not occur; None where there are none.
    """

    clause: Clause
    slots: tuple[Slot, ...]
    found: Postings
    optional: Array | None
    idle: bool


@dataclass(frozen=True)
class Answer:
    """The documents a query finds in its scope, and how: `required` is how many telling parts each has."""

    documents: Array
    matches: tuple[Match, ...]
    required: int

    @property
    def telling(self) -> tuple[Match, ...]:
        """The parts without function words, unless there are only those."""
        return tuple(match for match in self.matches if not match.idle)


def slots_of(reader: Reader, clause: Clause) -> tuple[Slot, ...]:
    """Where each word of a part of a query stands, in order."""
    words = list(tokens(clause.text))
    if clause.kind is Kind.PREFIX:
        return (*(reader.literal(word.folded) for word in words[:-1]), *(reader.prefix(w.folded) for w in words[-1:]))
    return tuple(reader.slot(word.surface, word.folded) for word in words)


def postings_of(reader: Reader, slots: tuple[Slot, ...]) -> Postings:
    """The documents where words follow each other, and what that is worth in each."""
    if len(slots) < 2:
        return reader.postings(slots[0]) if slots else NOWHERE
    single = [reader.postings(slot).docs for slot in slots]
    docs = reduce(lambda one, other: one[reader.inside(one, other)], sorted(single, key=len))
    keys = together(reader, slots, docs)
    weights = np.bincount(keys >> 32, reader.worth(docs, keys), len(docs))
    having = np.flatnonzero(weights)
    return Postings(docs[having], weights[having])


def together(reader: Reader, slots: tuple[Slot, ...], docs: Array) -> Array:
    """Where words follow each other in some documents (rising): place in `docs` and first position as one number."""
    keys = reader.occurrences(slots[0], docs)
    for offset, slot in enumerate(slots[1:], 1):
        keys = keys[contained(keys + offset, reader.occurrences(slot, docs))]
    return keys


def evaluate(
    reader: Reader, clauses: tuple[Clause, ...], language: str, scope: Array | None, least: int | None = None
) -> Answer:
    """The documents of `scope` (bits, None for all) that answer a query.

    Each has all parts, or `least` of those that tell something. Where none has all, those with the most answer.
    Exclusions always hold.
    """
    wanted = [clause for clause in clauses if not clause.excluded]
    idle, optional = _function_words(reader, wanted, language)
    matches = []
    for clause in wanted:
        slots = slots_of(reader, clause)
        matches.append(Match(clause, slots, postings_of(reader, slots), optional.get(clause), clause in idle))
    candidates = None if scope is None else reader.catalogue.mask(scope)
    for clause in clauses:
        if clause.excluded:
            candidates = reader.catalogue.live.copy() if candidates is None else candidates
            candidates[postings_of(reader, slots_of(reader, clause)).docs] = False
    documents, required = _answering(reader, candidates, matches, least)
    return Answer(documents, tuple(matches), required)


def _answering(reader: Reader, candidates: Array | None, matches: list[Match], least: int | None) -> tuple[Array, int]:
    """The candidates (a mask, None for all) that answer, and how many telling parts each has."""
    if not matches:
        return np.flatnonzero(reader.catalogue.live if candidates is None else candidates), 0
    telling = [match for match in matches if not match.idle]
    if least is None:
        whole = _having_all(reader, candidates, matches)
        if len(whole):
            return whole, len(telling)
    had = np.bincount(np.concatenate([match.found.docs for match in telling]), minlength=reader.catalogue.size)
    if candidates is not None:
        had[~candidates] = 0
    most = least or int(had.max(initial=0)) or len(telling)
    return np.flatnonzero(had >= most), most


def _having_all(reader: Reader, candidates: Array | None, matches: list[Match]) -> Array:
    """The candidates that have every part, except where it need not occur; and one part at least."""
    strict = sorted((match.found.docs for match in matches if match.optional is None), key=len)
    if strict:
        docs = reduce(lambda one, other: one[reader.inside(one, other)], strict)
    else:
        docs = np.unique(np.concatenate([match.found.docs for match in matches]))
    if candidates is not None:
        docs = docs[candidates[docs]]
    for match in matches:
        if match.optional is not None:
            docs = docs[match.optional[docs] | reader.inside(docs, match.found.docs)]
    return docs


def _function_words(reader: Reader, clauses: list[Clause], language: str) -> tuple[set[Clause], dict[Clause, Array]]:
    """The parts that are function words in some language, and masks of the documents that need not have them.

    Those are the documents in a language of which the word is one; all, where it is one of the reader's language.
    A query of function words only means them.
    """
    words = {clause: list(tokens(clause.text)) for clause in clauses}
    single = {c: w[0].folded for c, w in words.items() if c.kind is Kind.WORD and len(w) == 1}
    idle: set[Clause] = set()
    optional: dict[Clause, Array] = {}
    for tag in sorted({*reader.spoken, language}):
        stops = {clause for clause, word in single.items() if word in stop_words(tag)}
        if 0 < len(stops) < len(clauses):
            catalogue = reader.catalogue
            some = catalogue.live if tag == language else catalogue.mask(catalogue.having(WRITTEN, (tag,)))
            for clause in stops:
                optional[clause] = optional[clause] | some if clause in optional else some
        idle |= stops
    return (idle if len(idle) < len(clauses) else set()), optional


def scored(reader: Reader, documents: Array, matches: Iterable[Match]) -> Array:
    """The BM25F score of each of the documents (rising)."""
    scores = np.zeros(len(documents))
    for match in matches:
        scores += idf(len(match.found.docs), reader.catalogue.count) * saturated(reader.at(documents, match.found))
    return scores


def idf(having: int, of: int) -> float:
    """How much a part of a query tells, by how many of all documents have it (Lucene's form, never negative)."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def saturated(frequencies: Array) -> Array:
    """BM25's saturation of weighted word frequencies: the tenth occurrence says less than the second."""
    return frequencies * (K1 + 1) / (K1 + frequencies)


def chosen(reader: Reader, filters: Filters, but: str = "") -> Array | None:
    """The documents (bits) that pass the filters: any value of a facet, every facet, without the facet of `but`.

    None where nothing is chosen.
    """
    facets: dict[str, Array] = {}
    for name, values in filters:
        facet = TOGETHER.get(name, name)
        having = reader.catalogue.having(name, _values(reader, name, values))
        facets[facet] = facets[facet] | having if facet in facets else having
    facets.pop(TOGETHER.get(but, but), None)
    return reduce(np.bitwise_and, facets.values()) if facets else None


def _values(reader: Reader, name: str, values: Iterable[str]) -> Iterable[str]:
    """The values that are meant: a span of years is every year in it."""
    for value in values:
        if name == "year" and "-" in value and value != NOT_STATED:
            low, _, high = value.partition("-")
            years = reader.catalogue.values.get(name, {})
            yield from (y for y in years if y != NOT_STATED and (low or y) <= y <= (high or y))
        else:
            yield value
