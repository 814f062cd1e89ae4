"""Terms that need no table: free keywords that are labels of ours, names of countries and their codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from hub.record import Record
from hub.vocabulary import Concept, Vocabularies
from hub.words import find_words, stems
from indexer.tag.crosswalk.tables import Mapped, Relation, key

KEYWORDS = ("target", "theme")  # the vocabularies whose labels are free keywords of many sources
PLACES = ("country", "region")  # the vocabularies whose names are unmistakable as a whole tag

_INFLECTION = 3  # letters that one and many differ by in a word: communs and communication share a stem
_SHORT = 4  # letters; mar, the sea, and mare, a pond, share a stem too

_CBD = re.compile(r"\b(?:GBF-(?:TARGET|GOAL)|AICHI-TARGET|SDG-GOAL|CBD-SUBJECT)-")
_CLEARING_HOUSE = re.compile(r"(?:^|-)(?:chm|bioland|clearing-house)(?:-|$)")
_CLEARING_HOUSE_HOST = ".chm-cbd.net"


class Keywords:
    """The labels of targets and themes in every language, compared by the stems of their words."""

    def __init__(self, vocabularies: Vocabularies) -> None:
        self._labels: dict[str, dict[tuple[str, ...], list[tuple[str, str]]]] = {}
        self._acronyms: dict[str, dict[str, Relation]] = {}
        for name in KEYWORDS:
            for concept in vocabularies[name].assignable:
                for language, label in _labels(concept):
                    self._add(concept.id, language, label)

    def _add(self, concept: str, language: str, label: str) -> None:
        if _is_acronym(label):
            self._acronyms.setdefault(label, {})[concept] = Relation.CLOSE
        else:
            known = self._labels.setdefault(language, {})
            known.setdefault(_stems(label, language), []).append((label, concept))

    def find(self, term: str) -> Mapped:
        """The concepts that a term is a label of: in any language, one or many, acronyms only in capitals."""
        found = {
            concept: Relation.CLOSE
            for language, known in self._labels.items()
            for label, concept in known.get(_stems(term, language), ())
            if _alike(key(term), key(label))
        }
        return found | self._acronyms.get(term, {})


def _labels(concept: Concept) -> Iterator[tuple[str, str]]:
    yield from concept.pref_label.items()
    for language, labels in concept.alt_labels.items():
        yield from ((language, label) for label in labels)


def _is_acronym(label: str) -> bool:
    return len(label) > 1 and label.isalpha() and label.isupper()


def _alike(one: str, other: str) -> bool:
    """Whether two terms with the same stems are forms of each other; short words are only by a plural s."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) < _SHORT:
        return longer in (shorter, shorter + "s")
    return len(longer) - len(shorter) <= _INFLECTION * (1 + shorter.count(" "))


def _stems(text: str, language: str) -> tuple[str, ...]:
    return tuple(stems(word, (language,))[0] for word, _ in find_words(text))


def place_names(vocabularies: Vocabularies) -> dict[str, Mapped]:
    """Names of countries and regions in every language of the vocabularies, by key. Of two places, neither."""
    found: dict[str, set[str]] = {}
    for name in PLACES:
        for concept in vocabularies[name].assignable:
            for label in concept.pref_label.values():
                found.setdefault(key(label), set()).add(concept.id)
    return {name: dict.fromkeys(ids, Relation.EXACT) for name, ids in found.items() if len(ids) == 1}


def headings(vocabularies: Vocabularies) -> dict[str, Mapped]:
    """The official headings of targets, by key."""
    concepts = vocabularies["target"].assignable
    return {key(title): {concept.id: Relation.EXACT} for concept in concepts for title in concept.title.values()}


def country_codes(vocabularies: Vocabularies) -> dict[str, Mapped]:
    """ISO 3166-1 codes as sources write them in lists of identifiers: `be`, `BEL`."""
    found: dict[str, Mapped] = {}
    for country in vocabularies["country"].assignable:
        two = [name.removeprefix("ISO3166-") for name in country.exact_match if name.startswith("ISO3166-")]
        found |= {code: {country.id: Relation.EXACT} for code in (country.id, *(name.lower() for name in two))}
    return found


def writes_codes(record: Record) -> bool:
    """Whether a record's short tags can be codes of countries: elsewhere `no`, `de` and `it` are words."""
    host = urlsplit(record.url).hostname or ""
    return (
        bool(_CLEARING_HOUSE.search(record.source))
        or host.endswith(_CLEARING_HOUSE_HOST)
        or any(_CBD.search(tag) for tag in record.source_tags)
    )
