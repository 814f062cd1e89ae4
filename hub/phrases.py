"""Phrases found among words: by inflection, by beginning or ending, acronyms, and words with others between.

The grammar of a phrase, as editors write it under `corpus/tagging/cues` and in `corpus/vocabularies/synonyms.yaml`:

    wetland            this word and its close inflections (wetlands), whatever its case and accents
    restor*            any word that begins so; *moor and *moor* for endings and middles
    PES                all in capitals: only in capitals
    train* ~ ranger*   in this order in one sentence, at most five other words between
    fell ~ #           # stands for anything with a digit in it
    payment by results words that follow each other
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from hub.inflection import is_inflection
from hub.text import fold
from hub.words import SNOWBALL, base, find_words, stems

GAP = 5  # other words that `~` allows
_INFLECTION = 3  # characters that forms of one word differ by in length: organ is the stem of organic and organisation

_JOINED = re.compile(r"[-‐‑/]")

# Serbian is written in two scripts; phrases are written in Latin letters.
_LATIN = str.maketrans(
    dict(zip("абвгдђежзијклмнопрстћуфхцчш", "abvgdđežzijklmnoprstćufhcčš", strict=True))
    | {"љ": "lj", "њ": "nj", "џ": "dž"}
)
TWO_SCRIPTS = ("sr", "bs", "cnr")
# Languages whose texts are read with another's phrases, being so close.
SAME_PHRASES = dict.fromkeys(TWO_SCRIPTS, "hr")

Element = tuple[str, str]  # how a word is compared, and with what
_Step = tuple[int, int]  # other words allowed before, number of the element
_Phrase = tuple[tuple[_Step, ...], int]  # the steps behind the first word, and the owner


class _Known(Struct, frozen=True, gc=False):
    """A word met: its elements, and the phrases that begin with one of them, so that few have to be tried.

    `alone` owns phrases of this one word; `onwards` holds longer ones by their second element: how many words on it
    may come at most, the steps behind it, the owner. `seconds` are its keys, `reach` is the largest of these numbers.
    """

    elements: frozenset[int]
    begins: bool
    alone: tuple[int, ...]
    onwards: dict[int, list[tuple[int, tuple[_Step, ...], int]]]
    seconds: frozenset[int]
    reach: int


class Match(Struct, frozen=True, gc=False):
    """A phrase among words: whose it is, and the numbers of its first and its last word."""

    owner: int
    first: int
    last: int


def phrases_in(phrases: Mapping[str, tuple[str, ...]], language: str) -> Iterator[str]:
    """Those of some phrases by language that are looked for in texts of one: its own, and acronyms of English."""
    yield from phrases.get(language) or phrases.get(SAME_PHRASES.get(language, ""), ())
    if language != "en":
        yield from filter(is_acronym, phrases.get("en", ()))


class PhraseFinder:
    """All phrases of one language, found in one pass over the words of a sentence.

    `phrases` are (phrase, number of its owner) pairs. Words met before are remembered, up to a bound. Where `strict`,
    only inflections of a word are the same: *wetlands* for *wetland*, not *costs* for *costly*.
    """

    _REMEMBERED = 20_000

    def __init__(self, phrases: Iterable[tuple[str, int]], language: str, strict: bool = False) -> None:
        self._tags = (base(language),)
        self._strict = strict
        self._forms: dict[str, list[tuple[str, int]]] = {}  # stem -> words of phrases with it, and their elements
        self._two_scripts = base(language) in TWO_SCRIPTS
        self._numbers: dict[Element, int] = {}
        self._first: dict[int, list[_Phrase]] = {}
        self._met: dict[str, _Known] = {}
        parts: dict[str, tuple[int, ...]] = {}
        for phrase, owner in phrases:
            steps = []
            for gap, part in _parts(phrase):
                if part not in parts:
                    parts[part] = tuple(map(self._number, self._elements(part)))
                steps += [(0 if place else gap, number) for place, number in enumerate(parts[part])]
            if steps:
                self._first.setdefault(steps[0][1], []).append((tuple(steps[1:]), owner))
        self._middles = [(text, number) for (kind, text), number in self._numbers.items() if kind == "middle"]

    def _elements(self, part: str) -> Iterator[Element]:
        """What the words of a part are compared with."""
        for kind, text in _elements_of(part):
            if kind != "inflected":
                yield kind, text
                continue
            stem, folded = _stem(text, self._tags), fold(text)
            element = ("form", folded) if self._strict else ("stem", f"{stem}:{len(folded)}")
            if self._strict and element not in self._numbers:
                self._forms.setdefault(stem, []).append((folded, self._number(element)))
            yield element

    def _number(self, element: Element) -> int:
        return self._numbers.setdefault(element, len(self._numbers))

    def find(self, words: Iterable[str]) -> Iterator[Match]:
        """Every phrase in a sentence of these words, once for each owner and word it begins at."""
        met = [self._known(word) for word in words]
        for position, word in enumerate(met):
            if not word.begins:
                continue
            owners = dict.fromkeys(word.alone, position)
            for second in range(position + 1, min(position + 1 + word.reach, len(met))):
                for element in word.seconds & met[second].elements:
                    for most, steps, owner in word.onwards[element]:
                        if second - position <= most:
                            owners[owner] = max(owners.get(owner, -1), _follow(met, second, steps))
            for owner, last in owners.items():
                if last >= 0:
                    yield Match(owner, position, last)

    def _known(self, word: str) -> _Known:
        found = self._met.get(word)
        if found is None:
            if len(self._met) >= self._REMEMBERED:
                self._met.clear()
            elements = frozenset(self._matching(word))
            begun = [phrase for element in sorted(elements) for phrase in self._first.get(element, ())]
            found = self._met[word] = _known(elements, begun) if elements else _NOTHING
        return found

    def _matching(self, word: str) -> Iterator[int]:
        if self._two_scripts:
            word = word.lower().translate(_LATIN) if not word.isascii() else word
        folded, numbers = fold(word), self._numbers
        stem = _stem(word, self._tags)
        tag = self._tags[0]
        yield from (number for form, number in self._forms.get(stem, ()) if is_inflection(form, folded, tag))
        wanted = [("stem", f"{stem}:{length}") for length in _lengths(folded)] if not self._strict else []
        wanted += [("word", folded), ("capitals", word)]
        wanted += [("start", folded[:end]) for end in range(1, len(folded) + 1)]
        wanted += [("end", folded[begin:]) for begin in range(len(folded))]
        if word[:2].isupper():
            wanted += [("capital start", word[:end]) for end in range(2, len(word) + 1)]
        if any(sign.isdigit() for sign in word):
            wanted.append(("number", ""))
        yield from (numbers[element] for element in wanted if element in numbers)
        yield from (number for text, number in self._middles if text in folded)


_NOTHING = _Known(frozenset(), False, (), {}, frozenset(), 0)


def _known(elements: frozenset[int], begun: list[_Phrase]) -> _Known:
    onwards: dict[int, list[tuple[int, tuple[_Step, ...], int]]] = {}
    for steps, owner in begun:
        if steps:
            gap, second = steps[0]
            onwards.setdefault(second, []).append((gap + 1, steps[1:], owner))
    alone = tuple(dict.fromkeys(owner for steps, owner in begun if not steps))
    reach = max((most for rest in onwards.values() for most, _, _ in rest), default=0)
    return _Known(elements, bool(begun), alone, onwards, frozenset(onwards), reach)


def _stem(word: str, tags: tuple[str, ...]) -> str:
    """The stem of a word; the word itself where that takes a dictionary, which is slow and knows few plurals."""
    return stems(word, tags)[0] if tags[0] in SNOWBALL else fold(word)


def _lengths(folded: str) -> range:
    return range(len(folded) - _INFLECTION, len(folded) + _INFLECTION + 1)


def _follow(met: list[_Known], position: int, steps: tuple[_Step, ...]) -> int:
    """Position of the last word of a phrase that begins at one; -1 where it does not go on."""
    ends = {position}
    for gap, number in steps:
        reach = {ahead for end in ends for ahead in range(end + 1, min(end + 2 + gap, len(met)))}
        ends = {ahead for ahead in reach if number in met[ahead].elements}
    return max(ends, default=-1)


def phrases_of(item: Any, others: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The phrases of an entry of a file, by language; `others` are its fields besides.

    ValueError says what is wrong.
    """
    if not isinstance(item, dict):
        raise ValueError("is not a set of fields")
    found = {name: given for name, given in item.items() if name not in others}
    for language, phrases in found.items():
        if not re.fullmatch("[a-z]{2,3}", str(language)):
            raise ValueError(f"{language!r} is no language: two or three letters, such as en")
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
            raise ValueError(f"{language} needs a list of phrases")
        for phrase in phrases:
            if not is_phrase(phrase):
                raise ValueError(f"{phrase!r} ({language}) holds nothing to look for")
    return {language: tuple(phrases) for language, phrases in found.items()}


def is_acronym(phrase: str) -> bool:
    """Whether a phrase is an acronym, which is used in other languages too."""
    return len(phrase) > 2 and phrase.isupper() and " " not in phrase


def is_phrase(phrase: str) -> bool:
    """Whether a phrase holds anything to look for."""
    return any(part == "#" or any(find_words(part)) for _, part in _parts(phrase))


def _parts(phrase: str) -> Iterator[tuple[int, str]]:
    gap = 0
    for piece in phrase.split():
        if piece == "~":
            gap = GAP
            continue
        for part in (piece,) if piece.isalnum() else _JOINED.sub(" ", piece).split():
            yield gap, part
            gap = 0


def _elements_of(part: str) -> Iterator[Element]:
    """How the words of a part are meant: whole words with their inflections, others by the letters they have."""
    if part == "#":
        yield "number", ""
        return
    opened, closed = part.startswith("*"), part.endswith("*")
    bare = part.strip("*")
    plain = bare.isalnum() and bare[0] < "\u3000"  # a word as it stands: no apostrophe, no signs that are words
    words = [bare] if plain else [word for word, _ in find_words(bare)]
    for place, word in enumerate(words):
        first, last = place == 0, place == len(words) - 1
        folded = fold(word)
        if opened and closed and first and last:
            yield "middle", folded
        elif closed and last:
            yield ("capital start", word) if len(word) > 1 and word.isupper() else ("start", folded)
        elif opened and first:
            yield "end", folded
        elif len(word) > 1 and word.isupper():
            yield "capitals", word
        elif len(folded) < 4:
            yield "word", folded
        else:
            yield "inflected", word
