"""The declared names of places and the words around them: reads and checks `corpus/tagging/places/*.yaml`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from hub.canonical import read_yaml
from hub.errors import InvalidRecord, Problem
from hub.vocabulary import Vocabularies

Names = tuple[str, ...]
T = TypeVar("T")


class CountryNames(Struct, frozen=True, forbid_unknown_fields=True):
    """Further names of countries, and names of parts of them, by country id."""

    names: dict[str, Names]
    parts: dict[str, Names]


class RegionNames(Struct, frozen=True, forbid_unknown_fields=True):
    """Names of regions, words that hint at them, and phrases such as `worldwide`, by region id."""

    names: dict[str, Names]
    adjectives: dict[str, Names]
    phrases: dict[str, Names]


class Feature(Struct, frozen=True, forbid_unknown_fields=True):
    """A river, range, sea or landscape with the countries it lies in."""

    names: Names
    countries: Names
    region: str


class Surroundings(Struct, frozen=True, forbid_unknown_fields=True):
    """Words that tell a place of action from a mere mention or from no place at all; see words.yaml."""

    not_places: tuple[Names, ...]
    wary: Names
    never: Names
    locatives: dict[str, Names]
    reach: int
    mentions: dict[str, Names]
    actors: Names
    giving: Names
    outsiders: Names
    origins: Names
    articles: Names
    predicates: Names
    organisms: Names
    links: Names
    joining: Names
    language_words: Names
    language_in: Names
    capital_adjectives: Names
    capital_nouns: Names
    inflections: dict[str, dict[str, Names]]
    endings: dict[str, Names]
    prefixes: dict[str, Names]
    everywhere: Names
    endonyms: Names
    zones: dict[str, Names]


class PlaceData(Struct, frozen=True):
    """Everything declared about places: one attribute per file."""

    names: CountryNames
    adjectives: dict[str, dict[str, str | Names]]
    features: tuple[Feature, ...]
    regions: RegionNames
    words: Surroundings


def read_place_data(folder: Path, vocabularies: Vocabularies) -> PlaceData:
    """The five files of a folder. Raises InvalidRecord naming file and entry."""
    data = PlaceData(
        names=_read(folder / "names.yaml", CountryNames),
        adjectives=_read(folder / "adjectives.yaml", dict[str, dict[str, str | Names]]),
        features=_read(folder / "features.yaml", tuple[Feature, ...]),
        regions=_read(folder / "regions.yaml", RegionNames),
        words=_read(folder / "words.yaml", Surroundings),
    )
    problems = tuple(_unknown(data, vocabularies))
    if problems:
        raise InvalidRecord(problems)
    return data


def _read(path: Path, form: Callable[..., T] | type[T]) -> T:
    file = f"places/{path.name}"
    data = read_yaml(path, file)
    try:
        return msgspec.convert(data, form, strict=False)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at ")
        raise InvalidRecord((Problem(file, where.strip("`").removeprefix("$."), message),)) from None


def _unknown(data: PlaceData, vocabularies: Vocabularies) -> Iterator[Problem]:
    countries, regions = vocabularies["country"], vocabularies["region"]
    listed: tuple[tuple[str, Mapping[str, object]], ...] = (
        ("names.yaml", data.names.names),
        ("names.yaml", data.names.parts),
        ("adjectives.yaml", data.adjectives),
    )
    for file, entries in listed:
        yield from _missing(file, entries, "country", countries.__contains__)
    for feature in data.features:
        entry = feature.names[0] if feature.names else "an entry without names"
        for country in feature.countries:
            if country not in countries:
                yield Problem("places/features.yaml", entry, f"no country {country!r}")
        if feature.region and feature.region not in regions:
            yield Problem("places/features.yaml", entry, f"no region {feature.region!r}")
    for zone, ids in data.words.zones.items():
        yield from (Problem("places/words.yaml", zone, f"no country {i!r}") for i in ids if i not in countries)
    for given in (data.regions.names, data.regions.adjectives, data.regions.phrases):
        yield from _missing("regions.yaml", given, "region", regions.__contains__)


def _missing(file: str, entries: Iterable[str], kind: str, known: Callable[[object], bool]) -> Iterator[Problem]:
    for entry in entries:
        if not known(entry):
            yield Problem(f"places/{file}", entry, f"no {kind} {entry!r}")
