"""Query -> documents and scores, exactly. Plain sets and dictionaries over the postings of one reader.

A word matches a document by its literal form or by its stem in the document's language. A function word of the
document's language, or of the reader's, need not occur: *zones humides de la Loire* finds what has *zones*,
*humides* and *Loire*. Scores are BM25F: word frequencies of all fields, weighted and normalised by length, are added
before saturation; a part of a query weighs by how few records have it in any form.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hub.engine.whoosh.analysis import stem, stop_words, surface, tokens
from hub.engine.whoosh.reader import Reader
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.query import Clause, Filters, Kind
from hub.vocabulary import NOT_STATED

K1 = 1.2

Occurrences = Mapping[int, Mapping[str, Collection[int]]]  # document -> field -> positions
Sequence = tuple[str, ...]  # terms that have to follow each other


@dataclass(frozen=True)
class Match:
    """One part of the query, where it occurs, and in which documents it need not."""

    clause: Clause
    found: Occurrences
    optional: frozenset[int]


@dataclass(frozen=True)
class Answer:
    """What a query finds: score of every document, and how many of the required parts each has at least."""

    scores: Mapping[int, float]
    matches: tuple[Match, ...]
    required: int


def sequences(clause: Clause, languages: Iterable[str]) -> frozenset[Sequence]:
    """The term sequences that count as an occurrence of a word or phrase: literal, and stemmed by language."""
    words = list(tokens(clause.text))
    if not words:
        return frozenset()
    literal = tuple(surface(word.folded) for word in words)
    return frozenset({literal, *(tuple(stem(word.surface, tag) for word in words) for tag in languages)})


def occurrences(reader: Reader, clause: Clause) -> Occurrences:
    """Where one part of a query occurs."""
    found: dict[int, dict[str, set[int]]] = defaultdict(dict)
    wanted = sequences(clause, reader.spoken)
    for field in TEXT_FIELDS:
        alternatives = wanted
        if clause.kind is Kind.PREFIX:
            alternatives = _completions(reader, field, clause)
        for sequence in alternatives:
            for document, positions in _together(reader, field, sequence).items():
                found[document].setdefault(field, set()).update(positions)
    return found


def _completions(reader: Reader, field: str, clause: Clause) -> frozenset[Sequence]:
    words = [word.folded for word in tokens(clause.text)]
    if not words:
        return frozenset()
    before = tuple(surface(word) for word in words[:-1])
    return frozenset((*before, term) for term in reader.expand(field, surface(words[-1])))


def _together(reader: Reader, field: str, sequence: Sequence) -> Mapping[int, Collection[int]]:
    """Documents where the terms follow each other, with the position of the first."""
    first = reader.postings(field, sequence[0])
    if len(sequence) == 1 or not first:
        return first
    rest = [reader.postings(field, term) for term in sequence[1:]]
    found = {}
    for document in set(first).intersection(*rest):
        starts = set(first[document])
        for offset, postings in enumerate(rest, 1):
            starts &= {position - offset for position in postings[document]}
        if starts:
            found[document] = starts
    return found


def evaluate(
    reader: Reader, clauses: tuple[Clause, ...], language: str, within: frozenset[int], required: int | None = None
) -> Answer:
    """The documents of `within` that answer a query.

    Where none has all words and phrases, those with the most of them answer, or those with at least `required`
    parts where that is given; exclusions always hold.
    """
    wanted = [clause for clause in clauses if not clause.excluded]
    optional = _optional(reader, wanted, language)
    matches = tuple(Match(clause, occurrences(reader, clause), optional[clause]) for clause in wanted)
    candidates = set(within)
    for clause in clauses:
        if clause.excluded:
            candidates -= occurrences(reader, clause).keys()
    documents, had = _with_most(candidates, matches, required)
    return Answer(_scores(reader, documents, matches), matches, had)


def _with_most(candidates: set[int], matches: tuple[Match, ...], required: int | None) -> tuple[set[int], int]:
    """The candidates with as many parts as required, or as any has, and that number; an optional part is had."""
    if not matches:
        return candidates, 0
    parts: dict[int, int] = defaultdict(int)
    some: set[int] = set()
    for match in matches:
        some |= match.found.keys()
        for document in match.found.keys() | match.optional:
            parts[document] += 1
    touched = candidates & some
    most = max((parts[document] for document in touched), default=len(matches)) if required is None else required
    return {document for document in touched if parts[document] >= most}, most


def _optional(reader: Reader, clauses: list[Clause], language: str) -> dict[Clause, frozenset[int]]:
    words = {clause: list(tokens(clause.text)) for clause in clauses}
    single = {c: w[0].folded for c, w in words.items() if c.kind is Kind.WORD and len(w) == 1}
    result: dict[Clause, frozenset[int]] = dict.fromkeys(clauses, frozenset())
    for tag in {*reader.languages, language}:
        stops = stop_words(tag)
        idle = {clause for clause, word in single.items() if word in stops}
        if len(idle) == len(clauses):
            continue  # a query of function words only means them
        for clause in idle:
            result[clause] |= reader.docs if tag == language else reader.languages.get(tag, frozenset())
    return result


def _scores(reader: Reader, documents: set[int], matches: tuple[Match, ...]) -> dict[int, float]:
    scores = dict.fromkeys(documents, 0.0)
    for match in matches:
        weight = idf(len(match.found), len(reader.docs))
        for document in documents & match.found.keys():
            scores[document] += weight * saturated(reader, document, match.found[document])
    return scores


def idf(having: int, of: int) -> float:
    """How much a part of a query tells, by how many of all documents have it (Lucene's form, never negative)."""
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def saturated(reader: Reader, document: int, found: Mapping[str, Collection[int]]) -> float:
    """BM25F's term weight of one document: fields are added up before saturation."""
    lengths = reader.cards[document]["lengths"]
    frequency = 0.0
    for name, positions in found.items():
        field = TEXT_FIELDS[name]
        norm = 1 - field.b + field.b * lengths[name] / reader.mean_length[name]
        frequency += field.weight * len(positions) / norm
    return frequency * (K1 + 1) / (K1 + frequency)


def chosen(reader: Reader, filters: Filters, but: str = "") -> frozenset[int]:
    """The documents that pass the filters: any value of a facet, every facet, leaving out the facet `but`."""
    passing = reader.docs
    for name, values in filters:
        if name != but:
            passing &= frozenset().union(*(_having(reader, name, value) for value in values))
    return passing


def _having(reader: Reader, name: str, value: str) -> frozenset[int]:
    if value == NOT_STATED:
        return reader.docs - reader.stated[name]
    if name == "year" and "-" in value:
        low, _, high = value.partition("-")
        years = reader.facets[name]
        return frozenset().union(*(years[year] for year in years if (low or year) <= year <= (high or year)))
    return reader.facets[name].get(value, frozenset())
