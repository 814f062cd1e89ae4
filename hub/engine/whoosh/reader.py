"""One generation of the index, open for reading: all its segments as one. Nothing here can change anything.

Documents are numbered through, segment after segment; a word's postings are those of its rows in every segment, put
one after the other, without documents that were deleted since.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from hub.engine.whoosh.analysis import stem
from hub.engine.whoosh.catalogue import Catalogue
from hub.engine.whoosh.columnfile import Array, Damaged
from hub.engine.whoosh.derive import fields_of
from hub.engine.whoosh.schema import SPOKEN
from hub.engine.whoosh.segment import Rows, Segment, Shown, alone
from hub.engine.whoosh.store import read_edition
from hub.errors import IndexUnavailable
from hub.query import FACETS
from hub.record import Record
from hub.vocabulary import NOT_STATED

VERIFIED_AT_ONCE = 32 << 20  # bytes
_FEW = 16  # documents that a dense table must be worth more than
_decode = msgspec.json.Decoder(Record).decode

# Where a word or a prefix stands: rows by segment.
Slot = tuple[tuple[int, Rows], ...]


class Postings(NamedTuple):
    """Documents (rising, each once) and what a part of a query is worth in each: its weighted frequency."""

    docs: Array
    weights: Array


NOWHERE = Postings(np.zeros(0, np.int64), np.zeros(0, np.float64))


class Reader:
    """A generation open for reading; safe to share between threads."""

    def __init__(self, generation: Path) -> None:
        self.edition, self.info = read_edition(generation)
        try:
            self.catalogue = catalogue = Catalogue(generation)
            self.segments = [Segment(generation, name) for name, _ in catalogue.segments]
        except Damaged as damage:
            raise unavailable(damage) from damage
        self.bases = np.concatenate(([0], np.cumsum([segment.size for segment in self.segments]))).astype(int).tolist()
        self._intact = [
            bool(catalogue.live[low:high].all()) for low, high in zip(self.bases, self.bases[1:], strict=False)
        ]
        everything = np.flatnonzero(catalogue.live)
        self.spoken = tuple(sorted(catalogue.counts(everything, (SPOKEN,))[SPOKEN])) if len(everything) else ()
        self.counts = catalogue.counts(everything, FACETS)
        self.slot = lru_cache(maxsize=10_000)(self._slot)
        self.literal = lru_cache(maxsize=1_000)(self._literal)
        self.prefix = lru_cache(maxsize=1_000)(self._prefix)
        self.record = lru_cache(maxsize=1_000)(self._record)
        self.damage: IndexUnavailable | None = None
        self._verify()

    def _verify(self) -> None:
        """Read every byte of the columns: now where that is quick, else beside the first answers."""
        files = [
            self.catalogue.file,
            *(file for segment in self.segments for file in (segment.columns, segment.weighed)),
        ]

        def verify() -> None:
            try:
                for file in files:
                    file.verify()
            except Damaged as damage:
                self.damage = unavailable(damage)

        if sum(file.size for file in files) > VERIFIED_AT_ONCE:
            threading.Thread(target=verify, daemon=True).start()
            return
        verify()
        if self.damage is not None:
            raise self.damage

    # -- words

    def _slot(self, word: str, folded: str) -> Slot:
        """Where a word stands: with its stem in any language, or literally with another stem."""
        stems = [stem(word, language).encode() for language in self.spoken]
        found: list[tuple[int, Rows]] = []
        for number, segment in enumerate(self.segments):
            rows = segment.stems(stems)
            found += ((number, one) for one in (*rows, *alone(segment.form(folded.encode()), rows)))
        return tuple(found)

    def _literal(self, folded: str) -> Slot:
        """Where a folded word stands literally."""
        return tuple(
            (number, rows)
            for number, segment in enumerate(self.segments)
            for rows in alone(segment.form(folded.encode()), ())
        )

    def _prefix(self, folded: str) -> Slot:
        """Where words stand that start so."""
        return tuple(
            (number, rows) for number, segment in enumerate(self.segments) for rows in segment.starting(folded.encode())
        )

    def postings(self, slot: Slot) -> Postings:
        """The living documents of some rows, with the sum of their weights."""
        docs, weights = [], []
        for number, rows in slot:
            segment, base = self.segments[number], self.bases[number]
            here = segment.postings(rows)
            found, worth = segment.docs[here], segment.weights[here]
            if base:
                found = found + base
            if not self._intact[number]:
                living = self.catalogue.live[found]
                found, worth = found[living], worth[living]
            docs.append(found)
            weights.append(worth)
        if not docs:
            return NOWHERE
        single = all(rows.high - rows.low == 1 for _, rows in slot) and len({number for number, _ in slot}) == len(slot)
        if len(docs) == 1 and single:
            return Postings(docs[0], weights[0])
        return self.added(np.concatenate(docs), np.concatenate(weights), single)

    def added(self, docs: Array, weights: Array, rising: bool = False) -> Postings:
        """Documents each once, their weights added up."""
        if rising or len(docs) < 2:
            return Postings(docs, weights)
        if len(docs) * _FEW < self.catalogue.size:
            unique, places = np.unique(docs, return_inverse=True)
            return Postings(unique, np.bincount(places, weights))
        sums = np.bincount(docs, weights, self.catalogue.size)
        unique = np.flatnonzero(sums)
        return Postings(unique, sums[unique])

    def inside(self, wanted: Array, docs: Array) -> Array:
        """Which of `wanted` are among `docs`; both rise."""
        if len(wanted) * _FEW < self.catalogue.size:
            return contained(wanted, docs)
        table = np.zeros(self.catalogue.size, bool)
        table[docs] = True
        return table[wanted]

    def at(self, wanted: Array, postings: Postings) -> Array:
        """The weights of some documents (rising), 0 where they are not among the postings."""
        docs, weights = postings
        if len(wanted) * _FEW < self.catalogue.size and len(docs):
            places = np.minimum(docs.searchsorted(wanted), len(docs) - 1)
            return np.where(docs[places] == wanted, weights[places], 0.0)
        table = np.zeros(self.catalogue.size)
        table[docs] = weights
        return table[wanted]

    def occurrences(self, slot: Slot, docs: Array) -> Array:
        """Where rows occur in some documents (rising): place in `docs` and position as one number, rising."""
        keys = [np.zeros(0, np.int64)]
        cuts = docs.searchsorted(self.bases).tolist()
        for number, rows in slot:
            low, high = cuts[number], cuts[number + 1]
            if low < high:
                owners, positions = self.segments[number].occurrences(rows, docs[low:high] - self.bases[number])
                keys.append((owners.astype(np.int64) + low << 32) + positions)
        return np.sort(np.concatenate(keys))

    def worth(self, docs: Array, keys: Array) -> Array:
        """What occurrences are worth by field and length of their document; `keys` as from `occurrences`."""
        worth = np.zeros(len(keys))
        owners = docs[keys >> 32]
        cuts = owners.searchsorted(self.bases).tolist()
        for number, segment in enumerate(self.segments):
            here = slice(cuts[number], cuts[number + 1])
            local = owners[here] - self.bases[number]
            worth[here] = segment.factors[local, fields_of(segment.starts[local], keys[here] & 0xFFFFFFFF)]
        return worth

    # -- documents

    def place(self, number: int) -> tuple[Segment, int]:
        """The segment of a document, and its number there."""
        at = max(index for index, base in enumerate(self.bases[:-1]) if base <= number)
        return self.segments[at], number - self.bases[at]

    def shown(self, number: int) -> list[Shown]:
        """The texts of a document that can be shown."""
        segment, local = self.place(number)
        return segment.shown(local)

    def starts(self, number: int) -> list[int]:
        """First positions of the text fields of a document."""
        segment, local = self.place(number)
        return [int(start) for start in segment.starts[local].tolist()]

    def facets(self, number: int, name: str) -> list[str]:
        """The values of a facet that a document has; not the one that says it has none."""
        values = self.catalogue.counts(np.array([number]), (name,))[name]
        return [value for value in values if value != NOT_STATED]

    def _record(self, number: int) -> Record:
        segment, local = self.place(number)
        return _decode(segment.record(local))

    def fingerprints(self) -> dict[str, str]:
        """Record id -> fingerprint of its document."""
        found: dict[str, str] = {}
        for segment, base in zip(self.segments, self.bases, strict=False):
            prints = segment.texts("fingerprints")
            for local in np.flatnonzero(self.catalogue.live[base : base + segment.size]).tolist():
                found[self.catalogue.ids[base + local].decode()] = prints[local].decode()
        return found


def unavailable(damage: Damaged) -> IndexUnavailable:
    """The damage in the words of whoever looks after the site."""
    return IndexUnavailable(f"The index is damaged: {damage}. Mend it with: indexer build")


def contained(wanted: Array, docs: Array) -> Array:
    """Which of `wanted` are in `docs`; both rise."""
    if not len(docs):
        return np.zeros(len(wanted), bool)
    at = docs.searchsorted(wanted)
    at[at == len(docs)] = 0
    return np.asarray(docs[at] == wanted)
