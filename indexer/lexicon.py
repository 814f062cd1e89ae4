"""The lexicon of a corpus, put together from all that editors and maintained libraries say words mean.

Ideas are the synonyms of `vocabularies/synonyms.yaml`, the cues of `tagging/cues` and names of rivers and ranges; names
are those of countries and regions in all languages of CLDR, with the adjectives, and the numbers of the targets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from babel import Locale, localedata
from msgspec.structs import replace

from hub.corpus import INDEXED, Corpus
from hub.lexicon import ANY, CAPITALS, LONGEST_NAME, Idea, Lexicon
from hub.synonyms import load_synonyms
from hub.text import fold
from hub.vocabulary import Vocabularies
from hub.words import find_words
from indexer.tag.cues import load_cues
from indexer.tag.places.data import PlaceData, read_place_data
from indexer.tag.places.names import alpha2_to_id
from indexer.tag.tagger import FOLDER

# What a target of the Framework is called before its number, and the Framework itself.
TARGETS = (
    "target cible objectif meta objetivo alvo ziel handlungsziel obiettivo traguardo doel cel cíl mål tavoite cilj "
    "ținta στόχος цель задача ціль hedef 目标 目標 هدف الهدف"
)
FRAMEWORKS = ("gbf", "kmgbf", "cmb", "mmb")
# Languages whose short names of countries are taken too: elsewhere a short one is likely to be another word here.
WELL_KNOWN = ("en", "fr", "es", "de", "it", "pt", "ar", "ru", "zh", "nl", "pl")
_SHORT = 5  # letters
_SPEAKING = ("target", "theme", "type")


def load_lexicon(corpus: Corpus, previous: Lexicon | None = None) -> Lexicon:
    """The lexicon of a corpus; `previous` itself where it was made from the same. Raises InvalidRecord."""
    source = _source(corpus.folder)
    if previous is None or previous.source != source:
        previous = _made.get(source) or _make(corpus, source)
        _made.clear()
        _made[source] = previous
    return previous


_made: dict[str, Lexicon] = {}  # the last one: it takes seconds to make


def _make(corpus: Corpus, source: str) -> Lexicon:
    vocabularies = corpus.vocabularies()
    folder = corpus.folder / FOLDER / "places"
    places = read_place_data(folder, vocabularies) if folder.exists() else None  # a corpus need not have any of these
    ideas = {idea.name: idea for idea in load_synonyms(corpus.folder / "vocabularies")}
    for idea in chain(_cues(corpus.folder / FOLDER, vocabularies), _features(places)):
        ideas[idea.name] = _joined(ideas[idea.name], idea) if idea.name in ideas else idea
    return Lexicon(tuple(ideas.values()), _names(vocabularies, places, ideas.values()), source)


def _source(folder: Path) -> str:
    """Changes with the files that a lexicon is made from, and with the code and the library that make it."""
    digest = hashlib.sha256(Path(__file__).read_bytes() + version("Babel").encode())
    for part in (one for one in INDEXED if not one.startswith("records")):
        for path in sorted(folder.glob(part)):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _joined(one: Idea, other: Idea) -> Idea:
    tags = dict.fromkeys((*one.phrases, *other.phrases))
    phrases = {tag: tuple(dict.fromkeys((*one.phrases.get(tag, ()), *other.phrases.get(tag, ())))) for tag in tags}
    return replace(one, phrases=phrases, values={**other.values, **one.values})


def _cues(folder: Path, vocabularies: Vocabularies) -> Iterator[Idea]:
    """The cues that speak for a target or a theme, and the names of concepts."""
    known = {
        concept.id: f"{name}:{concept.notation}" for name in _SPEAKING for concept in vocabularies[name].assignable
    }
    for cue in load_cues(folder, vocabularies).cues:
        values = {known[name]: strength for name, strength in cue.points_to.items() if name in known and strength > 0}
        if not values or (all(value.startswith("type:") for value in values) and not cue.is_name):
            continue
        strengths = dict.fromkeys(values, 1.0) if cue.is_name else values
        yield Idea(cue.name.replace("=", " "), cue.phrases, strengths, is_name=cue.is_name)


def _features(places: PlaceData | None) -> Iterator[Idea]:
    for feature in places.features if places else ():
        if len(feature.names) > 1:
            yield Idea(feature.names[0], {ANY: feature.names})


def _names(vocabularies: Vocabularies, places: PlaceData | None, ideas: Iterable[Idea]) -> dict[str, str]:
    """Folded names of one value each; of a name of several the first holds.

    What is a word for something else in English is no name from another language (German *Island*); what is one in any
    language is no name from a language that few know.
    """
    phrases = [(tag, _folded(phrase)) for idea in ideas for tag, of in idea.phrases.items() for phrase in of]
    words, english = {phrase for _, phrase in phrases}, {phrase for tag, phrase in phrases if tag == "en"}
    others = sorted(set(_languages()) - set(WELL_KNOWN))
    listed: tuple[tuple[Iterable[tuple[str, str]], Set[str]], ...] = (
        (chain(_targets(vocabularies), _declared(vocabularies, places)), frozenset()),
        (_territories(vocabularies, WELL_KNOWN, 1), english),
        (_territories(vocabularies, others, _SHORT), words),
    )
    found: dict[str, str] = {}
    for pairs, taken in listed:
        for name, value in pairs:
            folded = _folded(name)
            if folded and folded not in taken and folded.count(" ") < LONGEST_NAME:
                found.setdefault(CAPITALS + name if _is_code(name) else folded, value)
    return found


def _is_code(name: str) -> bool:
    """Whether a name is one in capitals only, being a word otherwise: `US`, `CAR`."""
    return len(name) < _SHORT and name.isalpha() and name.isupper() and name.isascii()


def _folded(name: str) -> str:
    return " ".join(fold(word) for word, _ in find_words(name))


def _targets(vocabularies: Vocabularies) -> Iterator[tuple[str, str]]:
    for concept in vocabularies["target"].assignable:
        number, value = concept.notation, f"target:{concept.notation}"
        yield from ((f"{word} {number}", value) for word in (*TARGETS.split(), *FRAMEWORKS))
        yield from ((f"{word}{number}", value) for word in ("T", *FRAMEWORKS))
        yield from ((f"{name} {word} {number}", value) for name in FRAMEWORKS for word in TARGETS.split())


def _declared(vocabularies: Vocabularies, places: PlaceData | None) -> Iterator[tuple[str, str]]:
    """The names that editors wrote down."""
    for name in ("country", "region"):
        for concept in vocabularies[name]:
            labels = (*concept.pref_label.values(), *chain.from_iterable(concept.alt_labels.values()))
            yield from ((label, f"{name}:{concept.notation}") for label in labels)
    if places is None:
        return
    listed: Iterable[tuple[str, Mapping[str, Iterable[str]]]] = (
        ("country", places.names.names),
        ("region", places.regions.names),
    )
    for name, entries in listed:
        for code, names in entries.items():
            yield from ((one, f"{name}:{code}") for one in names)
    for code, by_language in places.adjectives.items():
        for given in by_language.values():
            yield from ((one, f"country:{code}") for one in ((given,) if isinstance(given, str) else given))


def _territories(vocabularies: Vocabularies, tags: Iterable[str], least: int) -> Iterator[tuple[str, str]]:
    """Names of countries and regions of so many letters in some languages of CLDR, also without what is in brackets."""
    codes = {code: f"country:{country}" for code, country in alpha2_to_id(vocabularies).items()}
    codes |= {concept.notation: f"region:{concept.notation}" for concept in vocabularies["region"]}
    for tag in tags:
        names = Locale.parse(tag).territories
        for code, value in codes.items():
            name = names.get(code, "")
            bare = name.partition(" (")[0] if name.endswith(")") else name
            yield from ((one, value) for one in dict.fromkeys((name, bare)) if len(one) >= least)


def _languages() -> Iterator[str]:
    """The languages of CLDR, in each of their scripts, without those of single countries."""
    for tag in localedata.locale_identifiers():
        _, _, rest = tag.partition("_")
        if not rest or (len(rest) == 4 and rest.isalpha()):
            yield tag
