"""Text -> terms, in the language the text is written in.

The term of a word is its stem, the language of the text and its folded form: `tourbi:fr=tourbieres`. So *tourbière*
finds *tourbières* by the first part and never an English word that happens to share the stem, while literal words and
prefixes are found by the last. A query word is stemmed in every language of the index.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

import simplemma
import Stemmer
from whoosh.lang.stopwords import stoplists

from hub.text import fold

# Language of a record -> Snowball algorithm. Serbian, Croatian, Bosnian and Montenegrin share one.
SNOWBALL = {
    "ar": "arabic",
    "bs": "serbian",
    "ca": "catalan",
    "cnr": "serbian",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hr": "serbian",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "nb": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "fa": "persian",
}
# Languages without a Snowball algorithm: dictionary form instead of stem. The letters of their words: a dictionary
# takes up to 65 MB and half a second to load, so it is not loaded for words that cannot be in it.
LEMMAS = {"sq": re.compile("[a-zçë]+"), "uk": re.compile("[а-яёіїєґ'’ʼ]+")}

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

_MARKS = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_LETTER = rf"[^\W_{_CJK}]"
_ONE = rf"({_LETTER}++(?:[{_MARKS}\u200c\u200d]++{_LETTER}*+)*+|[{_CJK}])(?:['’][sS]\b)?"
_ARTICLES = ["qu", "jusqu", "lorsqu", "puisqu", "dell", "all", "nell", "sull", "dall", "un", "quell", "gl"]
_ELIDED = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in article) for article in _ARTICLES)
# Written out twice, and without flags, it takes half the time that an optional article before each word would.
_WORD = re.compile(rf"(?<![^\W_])(?:[ldjmnstcLDJMNSTC]|{_ELIDED})['’]{_ONE}|{_ONE}")
_BARE = re.compile(_ONE)


class Token(NamedTuple):
    """A word of a text, as written."""

    surface: str

    @property
    def folded(self) -> str:
        """The word without case and accents."""
        return fold(self.surface)


def _group(match: re.Match[str]) -> int:
    """Which group of a match is the word: there is one with an elided article before it and one without."""
    return match.lastindex or 1


def tokens(text: str) -> Iterator[Token]:
    """The words of a text in order. Elided articles and a possessive s are not words; a CJK sign is one."""
    return (Token(match[_group(match)]) for match in _WORD.finditer(text))


def terms(text: str, language: str) -> tuple[list[str], array[int]]:
    """The terms of the words of a text in order, and the character offsets at which the words begin."""
    matches = list(_WORD.finditer(text))
    found = [term(match[_group(match)], language) for match in matches]
    return found, array("I", [match.start(_group(match)) for match in matches])


def word_end(text: str, start: int) -> int:
    """Character offset of the end of the word that begins at one."""
    match = _BARE.match(text, start)
    return match.end(1) if match else start


def base(language: str) -> str:
    """The language of a tag without script and region: `sr-Latn` -> `sr`."""
    return language.split("-", maxsplit=1)[0]


@cache
def _stemmer(tag: str) -> Callable[[str], str]:
    if tag in LEMMAS:
        known = LEMMAS[tag].fullmatch
        return lambda word: simplemma.lemmatize(word, lang=tag) if known(word) else word
    return Stemmer.Stemmer(SNOWBALL[tag]).stemWord if tag in SNOWBALL else str


_STEMMING = threading.Lock()  # a Snowball stemmer keeps the word at hand in itself


@lru_cache(maxsize=200_000)
def stem(word: str, language: str) -> str:
    """The stem of a word in one language, folded after stemming: `("Tourbières", "fr")` -> `tourbi:fr=`.

    A language without stemmer keeps the word whole.
    """
    return stems(word, (base(language),))[0]


def stems(word: str, tags: Iterable[str]) -> list[str]:
    """The stems of a word in languages without script and region."""
    lower = unicodedata.normalize("NFC", word.lower())
    with _STEMMING:
        return [f"{fold(_stemmer(tag)(lower))}:{tag}=" for tag in tags]


@lru_cache(maxsize=200_000)
def term(word: str, language: str) -> str:
    """The term a word is indexed as: `("Tourbières", "fr")` -> `tourbi:fr=tourbieres`."""
    return stem(word, language) + fold(word)


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
