"""Text -> terms, in the language the text is written in.

The term of a word is its stem, the language of the text and its folded form: `tourbi:fr=tourbieres`. So *tourbière*
finds *tourbières* by the first part and never an English word that happens to share the stem, while literal words and
prefixes are found by the last. A query word is stemmed in every language of the index.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from whoosh.lang.stopwords import stoplists

from hub import words
from hub.text import fold
from hub.words import base, find_words

# Function words of languages Whoosh has no list for; a record need not contain them to be found.
_MORE_STOP_WORDS = {
    "el": "ο η το οι τα του της των τον την και να με σε για από που στο στη στην στις στα στον ένα μια είναι ως",
    "pl": "i w we z ze na do od o u po dla przez przy pod nad za a oraz lub jest są to się nie jak który które",
    "ro": "și a al ai ale cu de din în la pe pentru prin un o unei unui sau este sunt ce care nu mai",
    "sq": "e i të së në me për nga një dhe ose që si është janë",
    "sr": "i u na za sa od do iz po o je su se da koji koja koje ili и у на за са од до из по о је су се да",
    "uk": "і й та в у на з із зі до від для по про за що як який яка які або є не це",
    "ca": "el la els les de del dels i a al als en per amb un una que o és són",
}
_MORE_STOP_WORDS |= dict.fromkeys(("hr", "bs", "cnr"), _MORE_STOP_WORDS["sr"])


HYPHENS = "-‐‑"


class Terms(NamedTuple):
    """A text as terms: one a word, with the characters at which the words begin, and the words themselves.

    `joined` are words that a hyphen parts, written as one (`runoff` for *run-off*), with the number of the first.
    """

    terms: list[str]
    offsets: array[int]
    joined: list[tuple[str, int]]
    words: list[str]


class Token(NamedTuple):
    """A word of a text, as written."""

    surface: str

    @property
    def folded(self) -> str:
        """The word without case and accents."""
        return fold(self.surface)


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in order."""
    return (Token(word) for word, _ in find_words(text))


def terms(text: str, language: str) -> Terms:
    """The words of a text as terms, in order."""
    found = list(find_words(text))
    joined = [
        (term(one + other, language), at)
        for at, ((one, start), (other, next_start)) in enumerate(pairwise(found))
        if next_start == start + len(one) + 1 and text[next_start - 1] in HYPHENS
    ]
    offsets = array("I", [start for _, start in found])
    return Terms([term(word, language) for word, _ in found], offsets, joined, [word for word, _ in found])


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The stem of a word in one language, folded after stemming: `("Tourbières", "fr")` -> `tourbi:fr=`.

    A language without stemmer keeps the word whole.
    """
    return stems(word, (base(language),))[0]


def stems(word: str, tags: tuple[str, ...]) -> list[str]:
    """The stems of a word in languages without script and region, each with its language."""
    return [f"{stem}:{tag}=" for stem, tag in zip(words.stems(word, tags), tags, strict=True)]


@lru_cache(maxsize=200_000)
def term(word: str, language: str) -> str:
    """The term a word is indexed as: `("Tourbières", "fr")` -> `tourbi:fr=tourbieres`."""
    return stem(word, language) + fold(word)


def idea_stem(name: str) -> str:
    """The stem of the terms of an idea of the lexicon, which stand wherever a text expresses it."""
    return f"\x02{name.replace('=', ' ')}="


@cache
def stop_words(language: str) -> frozenset[str]:
    """Folded function words of a language, such as *the*, *de*, *und*."""
    tag = base(language)
    words = set(stoplists.get(tag, ())) | set(_MORE_STOP_WORDS.get(tag, "").split())
    return frozenset(fold(word) for word in words)


@lru_cache(maxsize=10_000)
def idle_in(folded: str) -> frozenset[str]:
    """The languages of which a folded word is a function word."""
    return frozenset(tag for tag in {*stoplists, *_MORE_STOP_WORDS} if folded in stop_words(tag))
