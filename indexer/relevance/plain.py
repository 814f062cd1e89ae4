"""Plain BM25, to compare with: each record a bag of English stems, no fields, no languages, no synonyms."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Container, Iterable

import Stemmer

from hub.record import SECTIONS, Record

K1, B = 1.2, 0.75
STOP_WORDS = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this "
    "to was will with"
)
_STOPS = frozenset(STOP_WORDS.split())
_WORD = re.compile(r"\w\w+")

Ranking = tuple[tuple[str, float], ...]  # ids of records with their scores, best first


class PlainSearch:
    """Finds the records that hold any word of a query."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._stem = Stemmer.Stemmer("english").stemWord
        bags = {record.id: self._bag(_text(record)) for record in records}
        lengths = {record: bag.total() for record, bag in bags.items()}
        mean = sum(lengths.values()) / len(lengths) if lengths else 0.0
        self._count = len(bags)
        self._weights: dict[str, dict[str, float]] = {}  # stem -> weight in each record that holds it
        for record, bag in bags.items():
            for stem, count in bag.items():
                weight = count / (count + K1 * (1 - B + B * lengths[record] / mean))
                self._weights.setdefault(stem, {})[record] = weight

    def search(self, words: str, among: Container[str] | None = None) -> Ranking:
        """Every record that holds a word of the query, best first; `among`: only these."""
        found: dict[str, float] = {}
        for stem, times in self._bag(words).items():
            weights = self._weights.get(stem, {})
            rarity = math.log(1 + (self._count - len(weights) + 0.5) / (len(weights) + 0.5))
            for record, weight in weights.items():
                if among is None or record in among:
                    found[record] = found.get(record, 0.0) + times * rarity * weight
        return tuple(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    def _bag(self, text: str) -> Counter[str]:
        words = _WORD.findall(text.lower())
        return Counter(self._stem(word) for word in words if word not in _STOPS)


def _text(record: Record) -> str:
    parts = [record.title, record.abstract, *(getattr(record, name) for name in SECTIONS), record.text]
    for translation in (record.translations or {}).values():
        parts += [translation.title, translation.abstract]
    return " ".join((*parts, record.place, *record.organisations, *record.source_tags))
