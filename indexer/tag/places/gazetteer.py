"""A gazetteer: what the names of places in a text may stand for.

Names come from maintained lists (`names`) and declared ones (`data`). They are kept word by word,
so that a text is read once whatever the number of names; a language's own names are added at its first text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from functools import lru_cache
from pathlib import Path

from msgspec import Struct

from hub.text import fold
from hub.vocabulary import Vocabularies
from hub.words import base, find_words
from indexer.tag.places import names as lists
from indexer.tag.places.data import PlaceData, read_place_data

Key = Callable[[str], str]

_SIGNS = ("CN", "HK", "JP", "KP", "KR", "MO", "TW")  # countries whose own names are written in signs


class Kind(IntEnum):
    """How directly a name says the country, the surest first."""

    NAME = 0  # the country's name
    PART = 1  # a declared part of it, or a city that stands for a time zone
    PROVINCE = 2  # a part by ISO 3166-2
    FEATURE = 3  # a river, range or sea
    DEMONYM = 4  # an adjective of a language that writes them with a capital
    ADJECTIVE = 5
    REGION = 6  # a region's name
    REGION_ADJECTIVE = 7
    PHRASE = 8  # "worldwide"
    NOTHING = 9  # no place, though there is a name in it


class Case(IntEnum):
    """How a name has to be written."""

    ANY = 0
    CAPITAL = 1  # its first letter
    CAPITALS = 2  # all of them: US


class Meaning(Struct, frozen=True, gc=False):
    """One thing that a name may stand for: countries that belong together, a region, or both."""

    kind: Kind
    countries: tuple[str, ...] = ()
    region: str = ""


class Name(Struct, frozen=True, gc=False):
    """The words of a name as compared, how it is written, and what it may stand for."""

    words: tuple[str, ...]
    case: Case
    meanings: tuple[Meaning, ...]
    wary: bool = False  # also a common word or a surname

    @property
    def small(self) -> bool:
        """Whether it may be written without a capital."""
        return self.case is Case.ANY and self.meanings[0].kind is not Kind.DEMONYM


class Lexicon(Struct, frozen=True):
    """Names by their first word, the longest first; `key` makes a word of a text comparable.

    `small` holds those alone that may be written without a capital, for most words of a text have none.
    """

    first: Mapping[str, tuple[Name, ...]]
    small: Mapping[str, tuple[Name, ...]]
    key: Key

    def beginning(self, keys: tuple[str, ...], at: int, capital: bool) -> tuple[Name, ...]:
        """The names that begin at a word, with or without a `capital`, the longest first."""
        begun = (self.first if capital else self.small).get(keys[at], ())
        return tuple([name for name in begun if len(name.words) == 1 or keys[at : at + len(name.words)] == name.words])


Phrases = Mapping[str, tuple[tuple[str, ...], ...]]


class Words(Struct, frozen=True):
    """The words around names that say what a mention is worth, folded."""

    locatives: frozenset[str]
    mentions: Phrases
    reach: int
    actors: frozenset[str]
    giving: Phrases
    outsiders: frozenset[str]
    origins: frozenset[str]
    between: frozenset[str]  # links, origins and articles
    predicates: frozenset[str]
    organisms: frozenset[str]
    links: frozenset[str]
    joining: frozenset[str]
    language_words: frozenset[str]
    language_in: frozenset[str]
    capital_nouns: bool


class Gazetteer:
    """What names of places stand for, in every language, and the words that tell a mere mention."""

    def __init__(self, data: PlaceData, vocabularies: Vocabularies) -> None:
        self._data = data
        self.ids = lists.alpha2_to_id(vocabularies)
        self.regions = frozenset(concept.id for concept in vocabularies["region"])
        zones = ((zone, self.ids.get(alpha2)) for zone, alpha2 in lists.zone_countries().items())
        self.zones = {zone: (country,) for zone, country in zones if country} | data.words.zones
        self._never = {_phrase(name) for name in data.words.never}
        self._wary = {_phrase(name) for name in data.words.wary}
        self._lexicons: dict[str, Lexicon] = {}
        self._words: dict[str, Words] = {}
        self._declared = tuple(_declared(data))
        self.shared = self._lexicon((*self._declared, *self._everywhere(vocabularies)), fold)

    def lexicon(self, language: str) -> Lexicon:
        """The names of one language; made at its first text."""
        if language not in self._lexicons:
            self._lexicons[language] = self._of_language(language)
        return self._lexicons[language]

    def words(self, language: str) -> Words:
        """The words around names, of one language together with English."""
        if language not in self._words:
            given, plain = self._data.words, base(language)
            by_language = (given.locatives.get(plain, ()), given.locatives["en"])
            self._words[language] = Words(
                locatives=_folded(word for words in by_language for word in words),
                mentions=_by_first((*given.mentions.get(plain, ()), *given.mentions["en"])),
                reach=given.reach,
                actors=_folded(given.actors),
                giving=_by_first(given.giving),
                outsiders=_folded(given.outsiders),
                origins=_folded(given.origins),
                between=_folded((*given.links, *given.origins, *given.articles)),
                predicates=_folded(given.predicates),
                organisms=_folded(given.organisms),
                links=_folded(given.links),
                joining=_folded(given.joining),
                language_words=_folded(given.language_words),
                language_in=_folded(given.language_in),
                capital_nouns=plain in given.capital_nouns,
            )
        return self._words[language]

    def _everywhere(self, vocabularies: Vocabularies) -> Iterator[tuple[str, Meaning]]:
        for language in self._data.words.everywhere:
            yield from self._territories(language)
        for alpha2, country in self.ids.items():
            own = (language for language in lists.official_languages(alpha2) if language in self._data.words.endonyms)
            for language in own:
                for name in lists.territory_names(language).get(alpha2, ()):
                    if _phrase(name) not in self._never:
                        yield name, Meaning(Kind.NAME, (country,))
        for concept in vocabularies["country"]:
            labels = (*concept.pref_label.values(), *(n for names in concept.alt_labels.values() for n in names))
            yield from ((name, Meaning(Kind.NAME, (concept.id,))) for name in labels)
        for language in ("", *self._data.words.everywhere):
            yield from self._parts(language)

    def _of_language(self, language: str) -> Lexicon:
        plain = base(language)
        endings, prefixes = self._data.words.endings.get(plain, ()), self._data.words.prefixes.get(plain, ())
        key = _stemmer(tuple(fold(e) for e in endings), tuple(prefixes)) if endings or prefixes else fold
        names = [*self._territories(language), *self._parts(language), *self._adjectives(plain)]
        return self._lexicon((*names, *(self._declared if endings else ())), key)

    def _territories(self, language: str) -> Iterator[tuple[str, Meaning]]:
        for code, names in lists.territory_names(language).items():
            if code in self.ids:
                yield from ((name, Meaning(Kind.NAME, (self.ids[code],))) for name in names)
            elif code in self.regions:
                yield from ((name, Meaning(Kind.REGION, (), code)) for name in names if code != "001")

    def _parts(self, language: str) -> Iterator[tuple[str, Meaning]]:
        cities = lists.zone_cities(language) if language else ()
        for kind, names in ((Kind.PART, cities), (Kind.PROVINCE, lists.subdivision_names(language))):
            for alpha2, name in names:
                told = kind is Kind.PART or _is_long(name, alpha2)
                if told and alpha2 in self.ids and _phrase(name) not in self._never:
                    yield name, Meaning(kind, (self.ids[alpha2],))

    def _adjectives(self, language: str) -> Iterator[tuple[str, Meaning]]:
        rules = self._data.words.inflections.get(language, {})
        kind = Kind.DEMONYM if language in self._data.words.capital_adjectives else Kind.ADJECTIVE
        for country, by_language in self._data.adjectives.items():
            listed = by_language.get(language, ())
            for word in (listed,) if isinstance(listed, str) else listed:
                yield from ((form, Meaning(kind, (country,))) for form in _inflected(word, rules))

    def _lexicon(self, names: Iterable[tuple[str, Meaning]], key: Key) -> Lexicon:
        found: dict[tuple[tuple[str, ...], Case], dict[Meaning, None]] = {}
        for name, meaning in names:
            words = tuple([key(word) for word in _split(name)])
            if words:
                found.setdefault((words, _case(name, meaning.kind)), {})[meaning] = None
        wary = {tuple(key(word) for word in phrase) for phrase in self._wary}
        first: dict[str, list[Name]] = {}
        for (words, case), meanings in found.items():
            first.setdefault(words[0], []).append(Name(words, case, _settled(tuple(meanings)), words in wary))
        names_by_first = {word: tuple(sorted(n, key=lambda x: -len(x.words))) for word, n in first.items()}
        small = {word: kept for word, n in names_by_first.items() if (kept := tuple([x for x in n if x.small]))}
        return Lexicon(names_by_first, small, key)


def load_gazetteer(folder: Path, vocabularies: Vocabularies) -> Gazetteer:
    """The gazetteer of a folder of tagging data (`corpus/tagging`). Raises InvalidRecord naming file and entry."""
    return Gazetteer(read_place_data(folder / "places", vocabularies), vocabularies)


def _declared(data: PlaceData) -> Iterator[tuple[str, Meaning]]:
    for kind, names in ((Kind.NAME, data.names.names), (Kind.PART, data.names.parts)):
        for country, listed in names.items():
            yield from ((name, Meaning(kind, (country,))) for name in listed)
    for feature in data.features:
        meaning = Meaning(Kind.FEATURE, feature.countries, feature.region)
        yield from ((name, meaning) for name in feature.names)
    regions = data.regions
    for kind, by_region in (
        (Kind.REGION, regions.names),
        (Kind.REGION_ADJECTIVE, regions.adjectives),
        (Kind.PHRASE, regions.phrases),
    ):
        for region, listed in by_region.items():
            yield from ((name, Meaning(kind, (), region)) for name in listed)
    for group in data.words.not_places:
        yield from ((name, Meaning(Kind.NOTHING)) for name in group)


_ANY_CASE = (Kind.ADJECTIVE, Kind.REGION_ADJECTIVE, Kind.PHRASE, Kind.NOTHING)


def _case(name: str, kind: Kind) -> Case:
    if len(name) < 6 and name.isupper() and kind is not Kind.NOTHING and name[0].lower() != name[0]:
        return Case.CAPITALS
    return Case.ANY if kind in _ANY_CASE else Case.CAPITAL


def _settled(meanings: tuple[Meaning, ...]) -> tuple[Meaning, ...]:
    """Without those that a surer one makes needless: a province named as its river, a town within its own country."""
    if len(meanings) == 1:
        return meanings
    if any(meaning.kind is Kind.NOTHING for meaning in meanings):
        return (Meaning(Kind.NOTHING),)
    best: dict[tuple[tuple[str, ...], str], Meaning] = {}
    for meaning in sorted(meanings, key=lambda m: m.kind):
        best.setdefault((meaning.countries, meaning.region), meaning)
    return tuple(best.values())


def _is_long(name: str, alpha2: str) -> bool:
    """Whether a province's name is no accident: two signs of Chinese or Japanese are only in their own countries."""
    if name.isascii():
        return len(name) > 4
    return len(name) > 2 or name[0] < "\u3041" or alpha2 in _SIGNS


@lru_cache(maxsize=50_000)  # most provinces have one name in all languages
def _split(name: str) -> tuple[str, ...]:
    return tuple([word for word, _ in find_words(name)])


@lru_cache(maxsize=50_000)
def _phrase(name: str) -> tuple[str, ...]:
    return tuple([fold(word) for word in _split(name)])


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(fold(word) for word in words)


def _by_first(phrases: Iterable[str]) -> Phrases:
    first: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        words = _phrase(phrase)
        first.setdefault(words[0], []).append(words)
    return {word: tuple(found) for word, found in first.items()}


def _inflected(word: str, rules: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    folded = " ".join(fold(part) for part in word.split(" "))
    for ending in sorted(rules, key=len, reverse=True):
        if folded.endswith(ending):
            stem = folded.removesuffix(ending) if ending else folded
            yield from (stem + form for form in rules[ending])
            return
    yield folded


def _stemmer(endings: tuple[str, ...], prefixes: tuple[str, ...]) -> Key:
    ends, lengths = frozenset(endings), sorted({len(ending) for ending in endings}, reverse=True)
    starts = tuple(sorted(prefixes, key=len, reverse=True))

    @lru_cache(maxsize=50_000)
    def key(word: str) -> str:
        folded = fold(word)
        if folded.startswith(starts):
            folded = next(
                (folded[len(s) :] for s in starts if folded.startswith(s) and len(folded) - len(s) > 3), folded
            )
        for length in lengths:
            if len(folded) - length > 3 and folded[-length:] in ends:
                return folded[:-length]
        return folded

    return key
