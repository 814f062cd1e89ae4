"""Made-up text that behaves like the real texts of one language: word pairs are real, and new words keep appearing."""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from functools import lru_cache
from itertools import pairwise

WORD = re.compile(r"\w+")
_INNER = re.compile(r"(\W*)([^\W\d_]{5,})(\W*)")
_JUMP = 0.1  # how often a text leaves the word pairs of the real texts, so that no long stretch is repeated
_NEW = 0.1  # share of longer words that give way to a made-up one, the same throughout a text
_BEHIND = 0.35  # the same while the vocabulary is smaller than it should be
_SHUFFLES = 5
FEWEST = 20  # texts that a growth curve of their own can be fitted to


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, cut as plainly as possible."""
    return WORD.findall(text.lower())


class Growth:
    """How many different words a text of so many words holds: Heaps' law, V(n) = k * n ** beta."""

    def __init__(self, k: float, beta: float) -> None:
        self.k, self.beta = k, beta

    def at(self, words: float) -> float:
        """Different words expected among so many."""
        return float(self.k * words**self.beta)


def counted(texts: list[list[str]], parts: tuple[float, ...]) -> list[tuple[float, float]]:
    """(words, different words) of growing shares of some texts, averaged over a few orders of them."""
    wanted = [max(1, round(len(texts) * part)) for part in parts]
    sums = [[0.0, 0.0] for _ in parts]
    for seed in range(_SHUFFLES):
        order = texts[:]
        random.Random(seed).shuffle(order)
        seen: set[str] = set()
        words = 0
        for number, text in enumerate(order, 1):
            words += len(text)
            seen.update(text)
            for place in (place for place, want in enumerate(wanted) if want == number):
                sums[place][0] += words / _SHUFFLES
                sums[place][1] += len(seen) / _SHUFFLES
    return [(words, different) for words, different in sums]


def fitted(texts: list[list[str]], beta: float | None = None) -> Growth:
    """The curve through the growth of real texts, by least squares of the logarithms; through its end for a `beta`."""
    points = [(math.log(n), math.log(v)) for n, v in counted(texts, (0.125, 0.25, 0.5, 1.0))]
    if beta is None:
        x, y = (sum(axis) / len(points) for axis in zip(*points, strict=True))
        beta = sum((a - x) * (b - y) for a, b in points) / sum((a - x) ** 2 for a, _ in points)
    end_x, end_y = points[-1]
    return Growth(math.exp(end_y - beta * end_x), beta)


class Chain:
    """Texts made word by word: mostly a word that follows the last one in a real text."""

    def __init__(self, texts: list[str]) -> None:
        self.follows: dict[str, list[str]] = defaultdict(list)
        self.words: list[str] = []
        self.starts: list[str] = []
        for text in texts:
            words = text.split()
            self.words.extend(words)
            self.starts.append(words[0])
            for word, after in pairwise(words):
                continued = self.starts if word[-1] in ".!?" else self.follows[word]
                continued.append(after)

    def make(self, rng: random.Random, length: int) -> list[str]:
        """So many words, punctuation included, ending with a full stop."""
        made: list[str] = []
        after: list[str] = []
        while len(made) < length:
            source = after if after and rng.random() > _JUMP else self.words if after else self.starts
            made.append(source[int(rng.random() * len(source))])
            after = self.follows.get(made[-1], [])
        made[-1] = made[-1].rstrip(",;:-–—(.!?") + "."
        return made


class Lexicon:
    """The words of one language, to which new ones are added as fast as its growth curve says."""

    def __init__(self, texts: list[str], growth: Growth) -> None:
        self.growth = growth
        self.total = self.made = 0
        self.seen: set[str] = set()
        long = [word for word in words_of(" ".join(texts)) if len(word) > 6 and word.isalpha()]
        rng = random.Random(len(long))
        self._heads, self._tails = sorted({word[:4] for word in long}), sorted({word[-4:] for word in long})
        rng.shuffle(self._heads)
        rng.shuffle(self._tails)
        counts = Counter(words_of(" ".join(texts)))
        self.common = {word for word, _ in counts.most_common(len(counts) // 40)}

    def note(self, words: list[str]) -> None:
        """Count what was written, except words made here, which are counted already."""
        self.total += len(words)
        self.seen.update(words)

    def new(self, rng: random.Random) -> str:
        """A made-up word: one nobody has used while there are too few, else a used one, older ones more often."""
        if len(self.seen) < self.growth.at(self.total):
            self.made += 1
            return self._spelled(self.made)
        return self._spelled(int(self.made ** rng.random()))

    def _spelled(self, number: int) -> str:
        rest, head = divmod(number, len(self._heads))
        round_, _ = divmod(rest, len(self._tails))
        middle = self._heads[round_ % len(self._heads)] if round_ else ""
        return self._heads[head] + middle + self._tails[(rest + 7 * head) % len(self._tails)]

    def changed(self, rng: random.Random, words: list[str], swaps: dict[str, str]) -> list[str]:
        """Words of a text with some replaced by made-up ones; `swaps` keeps which, for the rest of the document."""
        made = []
        share = _BEHIND if len(self.seen) < self.growth.at(self.total) else _NEW
        for word in words:
            parts = _taken_apart(word)
            if parts is None or parts[1].lower() in self.common:
                made.append(word)
                continue
            before, inner, after = parts
            if inner not in swaps:
                swaps[inner] = self.new(rng) if rng.random() < share else inner
                if inner[0].isupper():
                    swaps[inner] = swaps[inner][0].upper() + swaps[inner][1:]
            made.append(before + swaps[inner] + after)
        return made


@lru_cache(maxsize=500_000)
def _taken_apart(word: str) -> tuple[str, str, str] | None:
    found = _INNER.fullmatch(word)
    return (found[1], found[2], found[3]) if found else None
