"""Suggestions as you type: targets, themes, places and records whose names have the words typed so far.

Every word typed has to be in a name; the last one may still be unfinished. Case and accents make no difference.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from hub.engine import Engine, IndexInfo
from hub.query import SearchRequest
from hub.record import Record
from hub.text import fold
from hub.vocabulary import Concept, Vocabulary, label_in
from hub.words import SIGN, base, find_words

KINDS = ("target", "theme", "country", "region")  # each a vocabulary and a facet
RECORD = "record"
LIMIT = 8
MOST_CONCEPTS, MOST_RECORDS = 5, 3
LOOKED_AT = 100  # characters; nobody types as much to have the rest suggested

# How well a name fits, best first; records come behind the names that begin as typed.
_SAME, _BEGINS, _OTHER_BEGINS, _INSIDE = range(4)


@dataclass(frozen=True)
class Suggestion:
    """Something whose name the reader may be typing.

    `kind` is record, target, theme, country or region; `value` what its page and its facet know it by. `count` is how
    many records a concept has, 0 for a record. `language` is that of the label.
    """

    kind: str
    label: str
    value: str
    count: int
    language: str


class _Name(NamedTuple):
    """One name of a concept, as folded words; `other` where it is not the one that is shown."""

    words: tuple[str, ...]
    concept: int
    other: bool


class _Names(NamedTuple):
    """The names of all concepts with records, for readers of one language.

    `words` holds each word of each name with the number of the name, sorted.
    """

    concepts: tuple[Suggestion, ...]
    names: tuple[_Name, ...]
    words: tuple[tuple[str, int], ...]


class SuggestService:
    """Answers what a reader may be typing; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._kept: tuple[IndexInfo | None, dict[str, _Names]] = (None, {})

    def suggest(self, text: str, language: str, limit: int = LIMIT) -> tuple[Suggestion, ...]:
        """At most `limit` suggestions: concepts whose name begins so, then records, then other concepts.

        Nothing for fewer than two letters, but for the number of a target.
        """
        text = text[:LOOKED_AT]
        typed = _words(text)
        letters = "".join(typed)
        long_enough = len(letters) > 1 or SIGN.search(text) is not None  # a sign says as much as two letters
        if not long_enough and not letters.isdecimal():
            return ()
        found = _fitting(self._names(language), typed)[:MOST_CONCEPTS]
        records = self.engine.titled(typed, MOST_RECORDS) if long_enough else []
        ordered = [
            *(concept for fit, concept in found if fit < _INSIDE),
            *(_record(record, typed, language) for record in records),
            *(concept for fit, concept in found if fit == _INSIDE),
        ]
        return tuple(ordered[:limit])

    def _names(self, language: str) -> _Names:
        """The names for readers of a language, made once for each state of the index."""
        info = self.engine.info()
        kept, made = self._kept
        if kept != info:
            made = {}
            self._kept = (info, made)
        if language not in made:
            made[language] = self._read(language)
        return made[language]

    def _read(self, language: str) -> _Names:
        counts = self.engine.search(SearchRequest(facets=KINDS, per_page=0)).facets
        vocabularies = self.engine.edition().vocabularies
        concepts: list[Suggestion] = []
        names: list[_Name] = []
        for kind in KINDS:
            for concept in vocabularies[kind]:
                count = counts[kind].values.get(concept.notation, 0)
                if count:
                    spoken = language if language in concept.pref_label else "en"
                    every = dict.fromkeys(_names_of(concept, vocabularies[kind], language))
                    names += [_Name(words, len(concepts), other) for words, other in every]
                    concepts.append(Suggestion(kind, concept.label(language), concept.notation, count, spoken))
        words = sorted((word, number) for number, name in enumerate(names) for word in dict.fromkeys(name.words))
        return _Names(tuple(concepts), tuple(names), tuple(words))


def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(word) for word, _ in find_words(text))


def _names_of(concept: Concept, vocabulary: Vocabulary, language: str) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The names of a concept in the reader's language and in English, and whether each is another than the usual."""
    for tag in (language, "en"):
        yield _words(concept.pref_label.get(tag, "")), False
        for name in concept.alt_labels.get(tag, ()):
            yield _words(name), True
        if concept.notation.isdecimal() and vocabulary.id == "target":
            yield (concept.notation,), False
            yield (*_words(label_in(vocabulary.label, tag)), concept.notation), False


def _fitting(known: _Names, typed: tuple[str, ...]) -> list[tuple[int, Suggestion]]:
    """The concepts with a name that has all the words, and how well it fits: best fit first, then most records."""
    best: dict[int, int] = {}
    starting = takewhile(
        lambda pair: pair[0].startswith(typed[-1]), known.words[bisect_left(known.words, typed[-1:]) :]
    )
    for name in (known.names[number] for _, number in starting):
        if set(typed[:-1]) <= set(name.words):
            best[name.concept] = min(best.get(name.concept, _INSIDE), _fit(name, typed))
    order = sorted((fit, -known.concepts[place].count, place) for place, fit in best.items())
    return [(fit, known.concepts[place]) for fit, _, place in order]


def _fit(name: _Name, typed: tuple[str, ...]) -> int:
    if name.words == typed and not name.other:
        return _SAME
    begin = name.words[: len(typed)]
    if len(begin) == len(typed) and begin[:-1] == typed[:-1] and begin[-1].startswith(typed[-1]):
        return _OTHER_BEGINS if name.other else _BEGINS
    return _INSIDE


def _record(record: Record, typed: Sequence[str], language: str) -> Suggestion:
    """A record by the title that has the words: the reader's, else its own, else any other."""
    titles = {record.language: record.title}
    titles |= {tag: other.title for tag, other in (record.translations or {}).items()}
    order = sorted(titles, key=lambda tag: (base(tag) != language, tag != record.language))
    shown = next((tag for tag in order if _has(titles[tag], typed)), record.language)
    return Suggestion(RECORD, titles[shown], record.id, 0, shown)


def _has(title: str, typed: Sequence[str]) -> bool:
    words = _words(title)
    return set(typed[:-1]) <= set(words) and any(word.startswith(typed[-1]) for word in words)
