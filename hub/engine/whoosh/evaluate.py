"""Query -> documents and scores, exactly. Plain sets and dictionaries over the postings of one reader.

A word matches a document by its literal form or by its stem in the document's language. A function word of the
document's language, or of the reader's, need not occur: *zones humides de la Loire* finds what has *zones*,
*humides* and *Loire*. Scores are BM25F: word frequencies of all fields, weighted and normalised by length, are added
before saturation; a part of a query weighs by how few records have it in any form.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from hub.engine.whoosh.analysis import stem, stop_words, surface, tokens
from hub.engine.whoosh.reader import Reader
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.query import TOGETHER, Clause, Filters, Kind
from hub.vocabulary import NOT_STATED

K1 = 1.2

Occurrences = Mapping[int, Mapping[str, Collection[int]]]  # document -> field -> positions
Sequence = tuple[str, ...]  # terms that have to follow each other


@dataclass(frozen=True)
class Match:
    """One part of the query, where it occurs, in which documents it need not, and whether it is a function word."""

    clause: Clause
    found: Occurrences
    optional: frozenset[int]
    idle: bool


@dataclass(frozen=True)
class Answer:
    """The documents a query finds in its scope, and how: `required` is how many telling parts each has."""

    documents: frozenset[int]
    matches: tuple[Match, ...]
    required: int

    @property
    def telling(self) -> tuple[Match, ...]:
        """The parts without function words, unless there are only those."""
        return tuple(match for match in self.matches if not match.idle)


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


def evaluate(reader: Reader, clauses: tuple[Clause, ...], language: str, scope: frozenset[int]) -> Answer:
    """The documents of `scope` that answer a query.

    Where none has all parts, those with the most of the parts that tell something answer. Exclusions always hold.
    """
    wanted = [clause for clause in clauses if not clause.excluded]
    idle, optional = _function_words(reader, wanted, language)
    matches = tuple(
        Match(clause, occurrences(reader, clause), optional.get(clause, frozenset()), clause in idle)
        for clause in wanted
    )
    candidates = set(scope)
    for clause in clauses:
        if clause.excluded:
            candidates -= occurrences(reader, clause).keys()
    documents, required = _answering(candidates, matches)
    return Answer(frozenset(documents), matches, required)


def _answering(candidates: set[int], matches: tuple[Match, ...]) -> tuple[set[int], int]:
    """The candidates that answer, and how many telling parts each has."""
    if not matches:
        return candidates, 0
    telling = [match for match in matches if not match.idle]
    whole = candidates & set().union(*(match.found for match in matches))
    for match in matches:
        whole &= match.found.keys() | match.optional
    if whole:
        return whole, len(telling)
    parts = Counter(document for match in telling for document in match.found.keys() & candidates)
    most = max(parts.values(), default=len(telling))
    return {document for document, had in parts.items() if had >= most}, most


def _function_words(
    reader: Reader, clauses: list[Clause], language: str
) -> tuple[set[Clause], dict[Clause, frozenset[int]]]:
    """The parts that are function words in some language, and the documents that need not have them.

    Those are the documents in a language of which the word is one; all, where it is one of the reader's language.
    A query of function words only means them.
    """
    words = {clause: list(tokens(clause.text)) for clause in clauses}
    single = {c: w[0].folded for c, w in words.items() if c.kind is Kind.WORD and len(w) == 1}
    idle: set[Clause] = set()
    optional: dict[Clause, frozenset[int]] = defaultdict(frozenset)
    for tag in sorted({*reader.spoken, language}):
        stops = {clause for clause, word in single.items() if word in stop_words(tag)}
        if len(stops) < len(clauses):
            for clause in stops:
                optional[clause] |= reader.docs if tag == language else reader.languages.get(tag, frozenset())
        idle |= stops
    return (idle if len(idle) < len(clauses) else set()), optional


def scored(reader: Reader, documents: frozenset[int], matches: tuple[Match, ...]) -> dict[int, float]:
    """The BM25F score of each of the documents."""
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
    """The documents that pass the filters: any value of a facet, every facet, leaving out the facet of `but`."""
    facets: dict[str, set[int]] = defaultdict(set)
    for name, values in filters:
        for value in values:
            facets[TOGETHER.get(name, name)] |= _having(reader, name, value)
    facets.pop(TOGETHER.get(but, but), None)
    return reader.docs.intersection(*facets.values())


def _having(reader: Reader, name: str, value: str) -> frozenset[int]:
    if value == NOT_STATED:
        return reader.docs - reader.stated[name]
    if name == "year" and "-" in value:
        low, _, high = value.partition("-")
        years = reader.facets[name]
        return frozenset().union(*(years[year] for year in years if (low or year) <= year <= (high or year)))
    return reader.facets[name].get(value, frozenset())
