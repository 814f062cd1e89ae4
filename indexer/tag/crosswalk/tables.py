"""The tables of `corpus/tagging/crosswalk`: terms of other schemes and the concepts of ours that they correspond to.

One file is one scheme: its name (`scheme`), the short names of the sources whose tags its terms are (`sources`; left
out where they are unmistakable), and `maps`, the entries, with the fields

    tags      terms as sources write them
    codes     what stands for {} in the file's `spellings`: `15` in "SDG {}" and "ODD {}"
    to        our concepts, each with one of SKOS's mapping relations
    same_as   an identifier that the vocabularies name in `exact_match` or `related`; what they say of it holds here
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from msgspec import Struct

from hub.canonical import read_yaml
from hub.errors import InvalidRecord, Problem
from hub.text import fold
from hub.vocabulary import Concept, Vocabularies


class Relation(StrEnum):
    """How a term corresponds to a concept of ours, the closest first (SKOS mapping relations).

    `broadMatch`: the concept is broader than the term.
    """

    EXACT = "exactMatch"
    CLOSE = "closeMatch"
    BROAD = "broadMatch"
    RELATED = "relatedMatch"


CLOSENESS: Mapping[Relation, int] = {relation: -place for place, relation in enumerate(Relation)}

Mapped = Mapping[str, Relation]  # concept id -> relation

_WORD = re.compile(r"[^\W_]+")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")


class Scheme(Struct, frozen=True):
    """One scheme: its name, the sources that use it (none: its terms are unmistakable), its terms by their key."""

    name: str
    sources: frozenset[str]
    maps: Mapping[str, Mapped]


def key(term: str) -> str:
    """What two spellings of a term share: no case, accents, punctuation or leading zeros (`SDG-02` -> `sdg 2`)."""
    words = _WORD.findall(fold(term.replace("&", " and ")))
    return _ZEROS.sub("", " ".join(words))


def merge(*several: Mapped) -> dict[str, Relation]:
    """Several mappings of one term as one; of two relations to a concept the closer holds."""
    merged: dict[str, Relation] = {}
    for mapped in several:
        for concept, relation in mapped.items():
            known = merged.get(concept)
            if known is None or CLOSENESS[relation] > CLOSENESS[known]:
                merged[concept] = relation
    return merged


def identifiers_of(vocabularies: Vocabularies) -> dict[str, Mapped]:
    """What the vocabularies say of identifiers of their own and elsewhere (`exact_match`, `related`), by key."""
    found: dict[str, Mapped] = {}
    for vocabulary in vocabularies.values():
        for concept in vocabulary.assignable:
            for identifier, relation in _identifiers(concept):
                name = key(identifier)
                found[name] = merge(found.get(name, {}), {concept.id: relation})
    return found


def _identifiers(concept: Concept) -> Iterator[tuple[str, Relation]]:
    if concept.vocabulary in ("target", "theme"):  # ids of the others are words or codes that also mean other things
        yield concept.id, Relation.EXACT
    yield from ((identifier, Relation.EXACT) for identifier in concept.exact_match)
    yield from ((identifier, Relation.RELATED) for identifier in concept.related)


def read_schemes(folder: Path, vocabularies: Vocabularies) -> tuple[Scheme, ...]:
    """The schemes of a folder of files. Raises InvalidRecord with everything that is wrong in any of them."""
    known = {concept.id for vocabulary in vocabularies.values() for concept in vocabulary.assignable}
    identifiers = identifiers_of(vocabularies)
    problems: list[Problem] = []
    schemes: list[Scheme] = []
    for path in sorted(folder.glob("*.yaml")):
        file = f"tagging/{folder.name}/{path.name}"
        try:
            data = read_yaml(path, file)
        except InvalidRecord as error:
            problems.extend(error.problems)
            continue
        reader = _Reader(known, identifiers)
        schemes.append(reader.scheme(data))
        problems.extend(Problem(file, place, message) for place, message in reader.wrong)
    if problems:
        raise InvalidRecord(tuple(problems))
    return tuple(schemes)


class _Reader:
    """Reads one file and collects what is wrong in it, as (place, message)."""

    def __init__(self, known: set[str], identifiers: Mapping[str, Mapped]) -> None:
        self._known = known
        self._identifiers = identifiers
        self.wrong: list[tuple[str, str]] = []

    def scheme(self, data: Any) -> Scheme:
        """The scheme that a file's data describes, as far as it can be read."""
        if not isinstance(data, dict) or not isinstance(data.get("maps"), list):
            self.wrong.append(("", "needs the fields scheme and maps, a list of entries"))
            return Scheme("", frozenset(), {})
        if unknown := set(data) - {"scheme", "sources", "spellings", "maps"}:
            self.wrong.append((str(sorted(map(str, unknown))[0]), "is not a field of a crosswalk"))
        if not _is_text(data.get("scheme")):
            self.wrong.append(("scheme", "needs the name of the scheme"))
        spellings = self._spellings(data)
        maps: dict[str, Mapped] = {}
        for number, item in enumerate(data["maps"], 1):
            try:
                self._add(item, spellings, maps)
            except ValueError as error:
                self.wrong.append((f"entry {number}", str(error)))
        return Scheme(str(data.get("scheme")), frozenset(self._texts(data, "sources")), maps)

    def _spellings(self, data: Mapping[str, Any]) -> list[str]:
        spellings = self._texts(data, "spellings")
        self.wrong.extend(("spellings", f"{text!r} has no {{}}") for text in spellings if "{}" not in text)
        return spellings

    def _texts(self, data: Mapping[str, Any], name: str) -> list[str]:
        try:
            return _list(data, name)
        except ValueError as error:
            self.wrong.append((name, str(error)))
            return []

    def _add(self, item: Any, spellings: list[str], maps: dict[str, Mapped]) -> None:
        if not isinstance(item, dict):
            raise ValueError("is not a set of fields")
        if unknown := set(item) - {"tags", "codes", "to", "same_as"}:
            raise ValueError(f"{sorted(map(str, unknown))[0]!r} is not a field of an entry")
        codes = _list(item, "codes")
        if codes and not spellings:
            raise ValueError("codes need spellings in the head of the file")
        terms = _list(item, "tags") + [text.replace("{}", code) for code in codes for text in spellings]
        if not terms:
            raise ValueError("needs tags or codes")
        mapped = self._mapped(item)
        for term in terms:
            name = key(term)
            if not name:
                raise ValueError(f"{term!r} has no letters or digits")
            if name in maps:
                raise ValueError(f"{term!r} is given twice (case, accents and punctuation make no difference)")
            maps[name] = mapped

    def _mapped(self, item: Mapping[str, Any]) -> Mapped:
        given = item.get("to", {})
        if not isinstance(given, dict) or not (given or "same_as" in item):
            raise ValueError("needs a field to: the concepts that correspond, each with a relation")
        for concept, relation in given.items():
            if concept not in self._known:
                raise ValueError(f"there is no concept {concept!r} to give to a record")
            if relation not in list(Relation):
                raise ValueError(f"{relation!r} is not one of {', '.join(Relation)}")
        mapped = {concept: Relation(relation) for concept, relation in given.items()}
        return merge(mapped, self._named(item["same_as"])) if "same_as" in item else mapped

    def _named(self, identifier: Any) -> Mapped:
        found = self._identifiers.get(key(identifier)) if isinstance(identifier, str) else None
        if found is None:
            raise ValueError(f"same_as: no vocabulary names {identifier!r}")
        return found


def _list(data: Mapping[str, Any], name: str) -> list[str]:
    texts = data.get(name, [])
    if not isinstance(texts, list) or not all(_is_text(text) for text in texts):
        raise ValueError(f"{name} needs a list of texts")
    return texts


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
