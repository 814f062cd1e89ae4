"""The words things are tagged with: targets, themes, regions, countries, types (SKOS terms).

A vocabulary is a list of concepts; a concept has an id that never changes, labels by language, and broader
concepts. Names that a maintained library keeps (countries, M49 regions, languages) come from Babel (CLDR).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from hub.canonical import read_yaml
from hub.errors import InvalidRecord, NotFound, Problem
from hub.text import fold

UN_LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")
BESIDE = ("synonyms.yaml",)  # files among the vocabularies that are none
NOT_STATED = "not-stated"  # the value that stands for "this record does not say" in every facet

Labels = Mapping[str, str]
Lists = Mapping[str, tuple[str, ...]]


def label_in(labels: Labels, language: str) -> str:
    """The label in `language`, in English where there is none."""
    return labels.get(language) or labels["en"]


@dataclass(frozen=True)
class Concept:
    """One term of a vocabulary, such as target 8 or Kenya.

    `notation` is the short form used in addresses (`8`); it equals the id where there is no shorter one.
    `title` is the longer official heading where one exists. `includes` and `excludes` say in whole sentences
    what belongs here and what belongs elsewhere. `note` is a caution that has to be shown with the concept.
    `member` lists the countries of a group of countries. `exact_match` and `related` hold ids of the same or
    related terms elsewhere (CBD, SDG, Aichi, ISO, M49).
    """

    id: str
    vocabulary: str
    notation: str
    pref_label: Labels
    alt_labels: Lists = field(default_factory=dict)
    title: Labels = field(default_factory=dict)
    definition: Labels = field(default_factory=dict)
    includes: Lists = field(default_factory=dict)
    excludes: Lists = field(default_factory=dict)
    note: Labels = field(default_factory=dict)
    broader: tuple[str, ...] = ()
    member: tuple[str, ...] = ()
    assignable: bool = True
    exact_match: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    see_also: str = ""

    def label(self, language: str) -> str:
        """The name in `language`, in English where there is none."""
        return label_in(self.pref_label, language)


@dataclass(frozen=True)
class Vocabulary:
    """A named list of concepts in their given order."""

    id: str
    label: Labels
    concepts: tuple[Concept, ...]

    @cached_property
    def _by_name(self) -> dict[str, Concept]:
        names = {concept.notation.lower(): concept for concept in self.concepts}
        return names | {concept.id.lower(): concept for concept in self.concepts}

    @cached_property
    def _narrower(self) -> dict[str, tuple[Concept, ...]]:
        found: dict[str, list[Concept]] = {}
        for concept in self.concepts:
            for parent in concept.broader:
                found.setdefault(parent, []).append(concept)
        return {parent: tuple(children) for parent, children in found.items()}

    @cached_property
    def groups(self) -> tuple[Concept, ...]:
        """The concepts at the top that have others below them."""
        return tuple(c for c in self.concepts if not c.broader and self.narrower(c.id))

    @cached_property
    def assignable(self) -> tuple[Concept, ...]:
        """The concepts that a record can be tagged with."""
        return tuple(concept for concept in self.concepts if concept.assignable)

    def __iter__(self) -> Iterator[Concept]:
        return iter(self.concepts)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._by_name

    def get(self, name: str) -> Concept:
        """The concept with this id or notation, in any case (`GBF-TARGET-08`, `8`, `ken`). NotFound."""
        concept = self.find(name)
        if concept is None:
            raise NotFound(f"{self.id} has no concept {name!r}")
        return concept

    def find(self, name: str) -> Concept | None:
        """The same, None where there is none."""
        return self._by_name.get(name.lower())

    def name_of(self, name: str, language: str) -> str:
        """What a concept is called; its id where the vocabulary does not have it (any more)."""
        concept = self.find(name)
        return concept.label(language) if concept else name

    def named(self, text: str) -> Concept | None:
        """The concept that goes by this id, notation or name in any of its languages, however it is written."""
        return self.find(text) or self._by_label.get(fold(text))

    @cached_property
    def _by_label(self) -> dict[str, Concept]:
        found: dict[str, Concept] = {}
        for concept in self.concepts:
            others = (label for labels in concept.alt_labels.values() for label in labels)
            for label in (*concept.pref_label.values(), *others):
                found.setdefault(fold(label), concept)
        return found

    def narrower(self, concept_id: str) -> tuple[Concept, ...]:
        """The concepts directly below this one, in their given order."""
        return self._narrower.get(concept_id, ())

    def ancestors(self, concept_id: str) -> tuple[str, ...]:
        """Ids of every broader concept of this vocabulary, nearest first, each once."""
        found: dict[str, None] = {}
        queue = [concept_id]
        while queue:
            for parent in self.get(queue.pop(0)).broader:
                if parent in self and parent not in found:
                    found[parent] = None
                    queue.append(parent)
        return tuple(found)


Vocabularies = Mapping[str, Vocabulary]


def territory_labels(code: str, languages: Iterable[str] = UN_LANGUAGES) -> dict[str, str]:
    """Names of a country (ISO 3166-1 alpha-2) or M49 region in the given languages, from CLDR."""
    return {tag: name for tag in languages if (name := _locale(tag).territories.get(code))}


def language_labels(tag: str, languages: Iterable[str] = UN_LANGUAGES) -> dict[str, str]:
    """Names of a language in the given languages, with a capital where it stands alone."""
    names = {into: _language_name(tag, _locale(into)) for into in languages}
    return {into: name[:1].upper() + name[1:] for into, name in names.items()}


def _language_name(tag: str, locale: Locale) -> str:
    key, base = tag.replace("-", "_"), tag.split("-", maxsplit=1)[0]
    return str(locale.languages.get(key) or locale.languages.get(base, tag))


def language_vocabulary(tags: Iterable[str]) -> Vocabulary:
    """The languages that records are written in, as a vocabulary."""
    concepts = (Concept(tag, "language", tag, language_labels(tag)) for tag in sorted(set(tags)))
    label = {"en": "Language", "fr": "Langue", "es": "Idioma"}
    return Vocabulary("language", label, tuple(concepts))


def source_vocabulary(names: Mapping[str, str]) -> Vocabulary:
    """Where records come from: {source id: name as printed}, as a vocabulary."""
    concepts = (Concept(key, "source", key, {"en": name}) for key, name in sorted(names.items()))
    return Vocabulary("source", {"en": "Source", "fr": "Source", "es": "Fuente"}, tuple(concepts))


def _locale(tag: str) -> Locale:
    try:
        return Locale.parse(tag)
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def load_vocabularies(folder: Path) -> dict[str, Vocabulary]:
    """All vocabularies of a folder of YAML files, by id. Raises InvalidRecord with every problem found."""
    problems: list[Problem] = []
    found: dict[str, Vocabulary] = {}
    for path in sorted(folder.glob("*.yaml")):
        if path.name in BESIDE:
            continue
        try:
            found[path.stem] = _read_vocabulary(path)
        except InvalidRecord as error:
            problems.extend(error.problems)
    if not found and not problems:
        problems.append(Problem(str(folder), "", "no vocabulary files here"))
    if problems:
        raise InvalidRecord(tuple(problems))
    return _with_members(found)


def _read_vocabulary(path: Path) -> Vocabulary:
    file = f"vocabularies/{path.name}"
    data = read_yaml(path, file)
    if not isinstance(data, dict) or not isinstance(data.get("concepts"), list):
        raise InvalidRecord((Problem(file, "concepts", "a vocabulary needs a list of concepts"),))
    if not isinstance(data.get("label"), dict):
        raise InvalidRecord((Problem(file, "label", "a vocabulary needs its name by language"),))
    problems: list[Problem] = []
    concepts: list[Concept] = []
    for number, item in enumerate(data["concepts"], 1):
        try:
            concepts.append(concept_from_data(item, path.stem))
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            name = item.get("id", f"number {number}") if isinstance(item, dict) else f"number {number}"
            problems.append(Problem(file, f"concept {name}", f"cannot be read: {error}"))
    problems.extend(_inconsistencies(file, concepts))
    if problems:
        raise InvalidRecord(tuple(problems))
    return Vocabulary(path.stem, data["label"], tuple(concepts))


def concept_from_data(item: Mapping[str, Any], vocabulary: str) -> Concept:
    """A concept from its YAML or JSON form; labels missing there come from CLDR by `territory`."""
    known = {"territory", *Concept.__dataclass_fields__}
    if unknown := set(item) - known:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r}")
    for name, given in item.items():
        if not _fits(name, given):
            raise ValueError(f"{name} is not of the right form")
    labels = dict(item.get("pref_label", {}))
    if "territory" in item:
        labels = territory_labels(item["territory"]) | labels
    if not labels.get("en"):
        raise ValueError("pref_label needs an English name")
    lists = {
        name: {tag: tuple(texts) for tag, texts in item.get(name, {}).items()}
        for name in ("alt_labels", "includes", "excludes")
    }
    return Concept(
        id=item["id"],
        vocabulary=vocabulary,
        notation=item.get("notation", item["id"]),
        pref_label=labels,
        title=item.get("title", {}),
        definition=item.get("definition", {}),
        note=item.get("note", {}),
        broader=tuple(item.get("broader", ())),
        assignable=item.get("assignable", "true") in ("true", True),
        member=tuple(item.get("member", ())),
        exact_match=tuple(item.get("exact_match", ())),
        related=tuple(item.get("related", ())),
        see_also=item.get("see_also", ""),
        **lists,
    )


_LABELS = ("pref_label", "title", "definition", "note")
_LISTS = ("broader", "member", "exact_match", "related")


def _fits(name: str, given: Any) -> bool:
    if name in _LABELS:
        return isinstance(given, Mapping) and all(isinstance(text, str) for text in given.values())
    if name in ("alt_labels", "includes", "excludes"):
        return isinstance(given, Mapping) and all(isinstance(texts, list | tuple) for texts in given.values())
    if name in _LISTS:
        return isinstance(given, list | tuple)
    return given in ("true", "false", True, False) if name == "assignable" else isinstance(given, str)


def _inconsistencies(file: str, concepts: list[Concept]) -> Iterator[Problem]:
    seen: set[str] = set()
    for concept in concepts:
        for name in {concept.id.lower(), concept.notation.lower()}:
            if name in seen:
                yield Problem(file, f"concept {concept.id}", f"{name!r} names two concepts")
            seen.add(name)
        if NOT_STATED in (concept.notation, concept.id):
            yield Problem(file, f"concept {concept.id}", f"{NOT_STATED!r} is kept for records that do not say")


def _with_members(found: dict[str, Vocabulary]) -> dict[str, Vocabulary]:
    """Countries know their groups: a group lists its members once, the broader links follow from that."""
    if "country" not in found or "region" not in found:
        return found
    problems = [
        Problem("vocabularies/region.yaml", group.id, f"no country {country!r}")
        for group in found["region"]
        for country in group.member
        if country not in found["country"]
    ]
    if problems:
        raise InvalidRecord(tuple(problems))
    groups: dict[str, list[str]] = {}
    for group in found["region"]:
        for country in group.member:
            groups.setdefault(country, []).append(group.id)
    countries = tuple(
        replace(country, broader=country.broader + tuple(groups.get(country.id, ()))) for country in found["country"]
    )
    return found | {"country": replace(found["country"], concepts=countries)}


def regions_of(country_id: str, vocabularies: Vocabularies) -> tuple[str, ...]:
    """Ids of every region and group that a country lies in, the nearest first, each once."""
    regions = vocabularies["region"]
    found: dict[str, None] = {}
    for region in vocabularies["country"].get(country_id).broader:
        found |= dict.fromkeys((region, *regions.ancestors(region)))
    return tuple(found)


def to_data(vocabulary: Vocabulary) -> dict[str, Any]:
    """A vocabulary as plain data, for JSON; `from_data` reads it back."""
    concepts = []
    for concept in vocabulary:
        item = {name: getattr(concept, name) for name in Concept.__dataclass_fields__ if name != "vocabulary"}
        keep = {name: value for name, value in item.items() if value or name == "assignable"}
        concepts.append(keep)
    return {"id": vocabulary.id, "label": dict(vocabulary.label), "concepts": concepts}


def from_data(data: Mapping[str, Any]) -> Vocabulary:
    """A vocabulary from the plain data of `to_data`."""
    concepts = tuple(concept_from_data(item, data["id"]) for item in data["concepts"])
    return Vocabulary(data["id"], data["label"], concepts)
