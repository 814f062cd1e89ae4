"""What somebody may have meant by a word that no record has: words close to it, or the two words it is made of."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from rapidfuzz import process
from rapidfuzz.distance import OSA

LONG = 8  # letters: a word as long as this is hardly another one but for a single mistake
_SHORTEST = 4  # letters; shorter words have close neighbours that have nothing to do with them
_LINKS = ("", "s", "es", "n", "en")  # between the parts of a German word

# What a mistake weighs. One more is made up for by four times as many records that have the word.
_LETTER, _SLIP, _DOUBLE = 4, 3, 2
_VOWELS = frozenset("aeiouyаеиоуыэюяєіαεηιουω")
_WEAK = _VOWELS | {"h"}  # letters that are written or left out by mistake where they are hardly heard
_ALIKE = frozenset(frozenset(pair) for pair in ("bv", "ck", "cs", "cz", "dt", "fv", "gj", "kq", "mn", "sz"))


def close(word: str, known: Sequence[str], counts: Callable[[int], int] | Sequence[int], limit: int = 3) -> list[str]:
    """The known words that somebody may have meant by a word, best first; all of them folded, none twice.

    Those with fewer mistakes come first, and of these the ones with the same first letter. Then it counts how small the
    mistakes are (a letter doubled or not, then vowels and letters that sound alike, then others) and how many records
    have the word: `counts` tells it for a place in `known`.
    """
    most = _mistakes_in(word)
    if not most:
        return []
    found = process.extract(word, known, scorer=OSA.distance, processor=None, score_cutoff=most, limit=None)
    count = counts if callable(counts) else counts.__getitem__
    best: list[str] = []
    for distance, same in groupby(sorted(found, key=itemgetter(1)), key=itemgetter(1)):
        if len(best) < limit:
            others = {other: count(index) for other, _, index in same if 0 < distance <= _mistakes_in(other)}
            best += sorted(others, key=lambda other: _rank(word, other, others[other]))
    return best[:limit]


def _rank(word: str, other: str, count: int) -> tuple[bool, float, int, str]:
    likely = _weight(word, other) - math.log(max(count, 1), 4)
    return other[0] != word[0], likely, abs(len(other) - len(word)), other


def _mistakes_in(word: str) -> int:
    """How many mistakes are likely in a word of this length."""
    if len(word) < _SHORTEST or any(letter.isdigit() for letter in word):
        return 0
    return 1 if len(word) < 6 else 2 if len(word) < 12 else 3


def _weight(word: str, other: str) -> int:
    """What the mistakes between two words weigh together: optimal string alignment with weights."""
    begin, end = _differing(word, other)
    columns = range(begin, len(other) - end)
    before: list[int] = []
    last = [0]
    for j in columns:
        last.append(last[-1] + _extra(other, j))
    for i in range(begin, len(word) - end):
        row = [last[0] + _extra(word, i)]
        for k, j in enumerate(columns):
            least = min(last[k] + _swapped(word[i], other[j]), last[k + 1] + _extra(word, i), row[k] + _extra(other, j))
            if i > begin and j > begin and word[i] == other[j - 1] and word[i - 1] == other[j]:
                least = min(least, before[k - 1] + _SLIP)
            row.append(least)
        before, last = last, row
    return last[-1]


def _differing(word: str, other: str) -> tuple[int, int]:
    """How many letters two words begin with and end with alike."""
    shorter = min(len(word), len(other))
    begin = next((i for i in range(shorter) if word[i] != other[i]), shorter)
    end = next((i for i in range(shorter - begin) if word[-1 - i] != other[-1 - i]), shorter - begin)
    return begin, end


def _extra(word: str, at: int) -> int:
    """What a letter weighs that the other word lacks."""
    letter = word[at]
    if letter in (word[at - 1 : at], word[at + 1 : at + 2]):
        return _DOUBLE
    return _SLIP if letter in _WEAK else _LETTER


def _swapped(one: str, two: str) -> int:
    """What one letter in the place of another weighs."""
    if one == two:
        return 0
    slip = (one in _VOWELS and two in _VOWELS) or frozenset((one, two)) in _ALIKE
    return _SLIP if slip else _LETTER


def parts(word: str, known: Collection[str]) -> tuple[str, ...]:
    """The two known words that an unknown one is made of: `rainwater` -> `rain`, `water`; () where there are none.

    Of several ways to part it, the one whose shorter part is longest; German linking letters may stand between.
    """
    ways = [(min(map(len, way)), -link, way) for link, way in _ways(word, known)]
    return max(ways, default=(0, 0, ()))[2]


def _ways(word: str, known: Collection[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for end in range(_SHORTEST, len(word) - _SHORTEST + 1):
        if word[:end] in known:
            for link in _LINKS:
                second = word[end + len(link) :]
                if word.startswith(link, end) and len(second) >= _SHORTEST and second in known:
                    yield len(link), (word[:end], second)
