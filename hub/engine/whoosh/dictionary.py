"""The words of an index: other forms of one, and all that are known, to find what was meant by one that is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from rapidfuzz.distance import OSA

from hub.engine.whoosh.segment import Segment
from hub.engine.whoosh.spelling import LONG, close, parts
from hub.lexicon import Phrasebook
from hub.query import Spelling
from hub.text import fold

_ENDINGS = ("s", "es", "x", "n", "e", "i", "en")  # of plurals, in the languages that mark them so
_SHORTEST = 4  # letters of a word that is tried in other forms


class Known(NamedTuple):
    """Words that are known: each with how many postings it has, and its place in the list."""

    words: list[str]
    counts: list[int]
    places: dict[str, int]


def known_words(segments: Iterable[Segment], phrasebook: Phrasebook) -> Known:
    """Every word of the texts, and the plain words of the lexicon."""
    counts: Counter[str] = Counter()
    for segment in segments:
        counts.update(segment.known_words())
    counts.update(dict.fromkeys(phrasebook.words - counts.keys(), 1))
    words = list(counts)
    return Known(words, list(counts.values()), dict(zip(words, range(len(words)), strict=True)))


def spellings(known: Known, word: str, is_read: Callable[[str], bool]) -> tuple[Spelling, ...]:
    """What may have been meant by a word, best first; nothing where it is known itself.

    `is_read` tells whether a word stands in texts of the reader's languages.
    """
    folded = fold(word)
    if folded in known.places:
        return ()

    def is_sure(other: str) -> bool:
        """Long words with one mistake are unlike all others; a shorter one may be a name, or of another language."""
        mistakes = OSA.distance(folded, other)
        if mistakes == 1 and len(other) >= LONG:
            return True
        likely = mistakes == 1 or len(other) >= LONG
        return likely and not word[:1].isupper() and known.counts[known.places[other]] > 1 and is_read(other)

    found = [Spelling(other, is_sure(other)) for other in close(folded, known.words, known.counts)]
    parted = parts(folded, known.places)
    return (*found, Spelling(" ".join(parted), True)) if parted else tuple(found)


def inflections(folded: str) -> list[str]:
    """A word as a plural and as a singular: `tourbiere` -> `tourbieres`. Nothing for short ones."""
    if len(folded) < _SHORTEST:
        return []
    longer = [folded + ending for ending in _ENDINGS]
    return longer + [folded.removesuffix(ending) for ending in _ENDINGS if folded.endswith(ending)]
