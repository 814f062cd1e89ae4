"""Suggestions from the terms that a record's source gave it: its own tags, read in our vocabularies.

What corresponds to what is declared: by the vocabularies (labels, `exact_match`, `related`) and by the tables of
`corpus/tagging/crosswalk`. The source's terms themselves stay as they are; each suggestion quotes one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from hub.record import Evidence, Method, Record
from hub.vocabulary import Vocabularies
from indexer.tag.crosswalk.names import Keywords, country_codes, headings, place_names, writes_codes
from indexer.tag.crosswalk.tables import Mapped, Relation, Scheme, identifiers_of, key, merge, read_schemes
from indexer.tag.suggestion import Suggestion

# What a relation is worth. closeMatch is measured with the free keywords of the starter corpus that are labels of ours:
# records have 87 of 100 of the themes (which were chosen with these keywords in view) and 82 of 100 of the targets; a
# reader who saw no keywords gave the records 82 of 100 of these targets.
SCORES: Mapping[Relation, float] = {
    Relation.EXACT: 0.95,
    Relation.CLOSE: 0.8,
    Relation.BROAD: 0.6,
    Relation.RELATED: 0.3,
}
FEW = 2  # related concepts that a term may have before each of them is worth less

_JOINTS = (
    re.compile(r"[;|\n]| > |<>"),
    re.compile(r","),
)  # the weaker last: names hold commas more often than semicolons
_HEAD = re.compile(r"(.{0,40}?\d[\w.]*?)\s*(?::|\.\s|\s[-–—]\s)\s*\S")  # `SDG 15: Life on land`, `GBF-T02. Restore …`
_NUMBER = re.compile(r"(?:[A-Za-z]?\d+(?:\.\d+)*[.:)]?|[A-Z][.:)])\s+(?=\D)")  # `8.1 Invasive …`, `A1: Policy …`


class Crosswalks:
    """All that is declared of terms elsewhere, and the search for a term in it."""

    def __init__(self, schemes: tuple[Scheme, ...], vocabularies: Vocabularies) -> None:
        self.schemes = schemes
        self.vocabulary_of = {c.id: name for name, vocabulary in vocabularies.items() for c in vocabulary}
        self._identifiers = identifiers_of(vocabularies)
        self._names = place_names(vocabularies)
        self._headings = headings(vocabularies)
        self._codes = country_codes(vocabularies)
        self._keywords = Keywords(vocabularies)
        self.terms = lru_cache(maxsize=20_000)(self._all_terms)  # portals use the same tags again and again

    def _all_terms(self, tag: str, source: str, codes: bool = False) -> tuple[tuple[str, Mapped], ...]:
        """The terms of a tag of a source, each with the concepts that correspond.

        A tag that is no known term as a whole is a list joined by semicolons, commas or `>`. `codes`: read codes of
        countries.
        """
        return tuple(self._terms(tag, source, codes, 0))

    def _terms(self, text: str, source: str, codes: bool, depth: int) -> Iterator[tuple[str, Mapped]]:
        mapped = self._known(text, source, codes)
        if mapped:
            yield text, mapped
        elif depth < len(_JOINTS):
            for piece in _JOINTS[depth].split(text):
                if piece.strip():
                    yield from self._terms(piece.strip(), source, codes, depth + 1)

    def _known(self, term: str, source: str, codes: bool) -> Mapped:
        if codes and term in self._codes:
            return self._codes[term]
        spellings = tuple(_spellings(term))
        own = [scheme.maps for scheme in self.schemes if source in scheme.sources]
        if mapped := _first(spellings, own):  # what a source means by its own term, whatever others mean by it
            return mapped
        free = [scheme.maps for scheme in self.schemes if not scheme.sources]
        mapped = _first(spellings, [self._identifiers, self._headings, self._names, *free])
        return merge(mapped, self._keywords.find(term))


def _first(spellings: tuple[str, ...], tables: list[Mapping[str, Mapped]]) -> Mapped:
    found = (merge(*(table[name] for table in tables if name in table)) for name in spellings)
    return next((mapped for mapped in found if mapped), {})


def _spellings(term: str) -> Iterator[str]:
    yield key(term)
    if head := _HEAD.match(term):
        yield key(head[1])
    if number := _NUMBER.match(term):
        yield key(term[number.end() :])


def load_crosswalks(folder: Path, vocabularies: Vocabularies) -> Crosswalks:
    """The crosswalks of a folder of tagging data (`corpus/tagging`).

    Raises InvalidRecord with everything that is wrong in the files.
    """
    return Crosswalks(read_schemes(folder / "crosswalk", vocabularies), vocabularies)


def suggestions_from(record: Record, crosswalks: Crosswalks) -> tuple[Suggestion, ...]:
    """The concepts that the tags of a record's source correspond to, each once, the likeliest first."""
    best: dict[str, Suggestion] = {}
    codes = writes_codes(record)
    for tag in record.source_tags:
        evidence = Evidence("source_tags", tag)
        for term, mapped in crosswalks.terms(tag, record.source, codes):
            for concept, score in _scores(mapped).items():
                if concept not in best or best[concept].score < score:
                    vocabulary = crosswalks.vocabulary_of[concept]
                    best[concept] = Suggestion(vocabulary, concept, Method.SOURCE, score, evidence, (term,))
    return tuple(sorted(best.values(), key=lambda suggestion: -suggestion.score))


def _scores(mapped: Mapped) -> dict[str, float]:
    """What a term is worth for each of its concepts: a term that is related to many says little of any of them."""
    related = Counter(mapped.values())[Relation.RELATED]
    share = {Relation.RELATED: max(1, related - FEW)}
    return {concept: round(SCORES[relation] / share.get(relation, 1), 3) for concept, relation in mapped.items()}
