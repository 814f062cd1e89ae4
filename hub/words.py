"""Words: where they begin and end in a text of any language, and their stems."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import simplemma
import Stemmer

from hub.spelling_en import one_spelling
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

_MARKS = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_LETTER = rf"[^\W_{_CJK}]"
_ONE = rf"({_LETTER}++(?:[{_MARKS}\u200c\u200d]++{_LETTER}*+)*+|[{_CJK}])(?:['’][sS]\b)?"
_ARTICLES = ["qu", "jusqu", "lorsqu", "puisqu", "dell", "all", "nell", "sull", "dall", "un", "quell", "gl"]
_ELIDED = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in article) for article in _ARTICLES)
# Written out twice, and without flags, it takes half the time that an optional article before each word would.
_WORD = re.compile(rf"(?<![^\W_])(?:[ldjmnstcLDJMNSTC]|{_ELIDED})['’]{_ONE}|{_ONE}")
_BARE = re.compile(_ONE)
SIGN = re.compile(f"[{_CJK}]")  # of Chinese, Japanese and Korean: a word each


def find_words(text: str) -> Iterator[tuple[str, int]]:
    """The words of a text in order, each with the character offset at which it begins.

    Elided articles and a possessive s are not words; a CJK sign is one.
    """
    for match in _WORD.finditer(text):
        group = match.lastindex or 1  # one group stands behind an elided article, the other alone
        yield match[group], match.start(group)


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
    stemmed = Stemmer.Stemmer(SNOWBALL[tag]).stemWord if tag in SNOWBALL else str
    return (lambda word: stemmed(one_spelling(word))) if tag == "en" else stemmed


_STEMMING = threading.Lock()  # a Snowball stemmer keeps the word at hand in itself


def stems(word: str, tags: Iterable[str]) -> list[str]:
    """The stems of a word in languages without script and region, folded after stemming: `Tourbières` -> `tourbi`.

    A language without stemmer keeps the word whole. British and American words have the same stems.
    """
    lower = unicodedata.normalize("NFC", word.lower())
    with _STEMMING:
        return [fold(_stemmer(tag)(lower)) for tag in tags]
