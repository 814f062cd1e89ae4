"""Words compared as people compare them: without case and accents."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters that Unicode does not take apart into a base letter and an accent, and signs that only join or stretch.
_FOLD = str.maketrans(
    {"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ς": "σ"}
    | dict.fromkeys("\u0640\u200c\u200d", "")
)


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """A word in lower case without accents: `Tourbières` -> `tourbieres`."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold().translate(_FOLD))
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_FOLD)
