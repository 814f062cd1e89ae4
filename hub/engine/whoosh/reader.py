"""One generation of the index, open for reading: all its segments as one. Nothing here can change anything.

Documents are numbered through, segment after segment; a word's postings are those of its rows in every segment, put
one after the other, without documents that were deleted since.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from hub.engine.whoosh.analysis import stem
from hub.engine.whoosh.catalogue import Catalogue
from hub.engine.whoosh.columnfile import Array, Damaged, stretches
from hub.engine.whoosh.derive import fields_of
from hub.engine.whoosh.schema import SPOKEN
from hub.engine.whoosh.segment import Segment, Shown, alone
from hub.engine.whoosh.store import read_edition
from hub.errors import IndexUnavailable
from hub.query import FACETS
from hub.record import Record
from hub.vocabulary import NOT_STATED

VERIFIED_AT_ONCE = 32 << 20  # bytes
_decode = msgspec.json.Decoder(Record).decode

POSITION = (1 << 32) - 1  # the part of an occurrence that is its position; what is above it is its document
_FEW = 8  # slices that are put together faster than index by index


class Slot(NamedTuple):
    """Where a word or a prefix stands: ranges of postings, segment after segment."""

    ranges: tuple[tuple[int, slice], ...]
    segments: Array
    firsts: Array
    counts: Array

    @staticmethod
    def of(ranges: Iterable[tuple[int, slice]]) -> Slot:
        """A slot of (segment, postings there)."""
        kept = tuple(ranges)
        table = [(segment, here.start, here.stop - here.start) for segment, here in kept]
        return Slot(kept, *np.array(table, np.int64).reshape(-1, 3).T)


class Entries(NamedTuple):
    """Postings of a slot: documents, and what the word is worth in each (weighted frequency).

    They stand as in the segments, one range after the other, so a document can come several times, a deleted one too.
    """

    docs: Array
    weights: Array
    slot: Slot


NOWHERE = Entries(np.zeros(0, np.int64), np.zeros(0, np.float32), Slot.of(()))


class Document(NamedTuple):
    """What is shown of a document: its record, its texts, and where its text fields begin."""

    record: Record
    shown: list[Shown]
    starts: list[int]


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
        self._intact = catalogue.count == catalogue.size
        self.spoken = tuple(sorted(catalogue.counts(catalogue.live, (SPOKEN,)).get(SPOKEN, ())))
        self.counts = catalogue.counts(catalogue.live, FACETS)
        self.slot = lru_cache(maxsize=5_000)(self._slot)
        self.literal = lru_cache(maxsize=1_000)(self._literal)
        self.prefix = lru_cache(maxsize=1_000)(self._prefix)
        self.document = lru_cache(maxsize=3_000)(self._document)  # about 10 kB each
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
        found: list[tuple[int, slice]] = []
        for number, segment in enumerate(self.segments):
            rows = segment.stems(stems)
            found += ((number, segment.postings(one)) for one in (*rows, *alone(segment.form(folded.encode()), rows)))
        return Slot.of(found)

    def _literal(self, folded: str) -> Slot:
        """Where a folded word stands literally."""
        return Slot.of(
            (number, segment.postings(rows))
            for number, segment in enumerate(self.segments)
            for rows in alone(segment.form(folded.encode()), ())
        )

    def _prefix(self, folded: str) -> Slot:
        """Where words stand that start so."""
        return Slot.of(
            (number, segment.postings(rows))
            for number, segment in enumerate(self.segments)
            for rows in segment.starting(folded.encode())
        )

    def entries(self, slot: Slot) -> Entries:
        """The postings of a slot, as they stand in the segments."""
        if not slot.ranges:
            return NOWHERE
        docs, weights = [], []
        if len(slot.ranges) <= _FEW:
            for number, here in slot.ranges:
                segment, base = self.segments[number], self.bases[number]
                docs.append(segment.docs[here] + base if base else segment.docs[here])
                weights.append(segment.weights[here])
        else:
            for number, segment in enumerate(self.segments):
                own = slot.segments == number
                index = stretches(slot.firsts[own], slot.counts[own])
                docs.append(segment.docs[index] + self.bases[number])
                weights.append(segment.weights[index])
        return Entries(np.concatenate(docs), np.concatenate(weights), slot)

    def mask(self, docs: Array) -> Array:
        """Those of some documents that are alive."""
        mask = np.zeros(self.catalogue.size, bool)
        mask[docs] = True
        return mask if self._intact else mask & self.catalogue.live

    def places(self, docs: Array) -> Array:
        """A table: of each document its place in `docs` (rising), -1 where it is not among them."""
        table = np.full(self.catalogue.size, -1, np.int32)
        table[docs] = np.arange(len(docs), dtype=np.int32)
        return table

    def frequencies(self, parts: Sequence[Entries], documents: Array) -> Array:
        """The weighted frequencies of parts of a query in some documents (rising): parts x documents."""
        owners = self.places(documents)[np.concatenate([part.docs for part in parts])]
        weights = np.concatenate([part.weights for part in parts])
        chosen = (owners >= 0).nonzero()[0]
        ends = np.array([len(part.docs) for part in parts]).cumsum()
        cells = owners[chosen] + ends.searchsorted(chosen, "right") * len(documents)
        return np.bincount(cells, weights[chosen], len(parts) * len(documents)).reshape(len(parts), -1)

    def occurrences(self, words: Sequence[Entries], places: Array) -> tuple[Array, Array]:
        """Where words occur in some documents, given their `places`.

        Place and position as one number, and which of the words it is; word after word, otherwise in no order.
        """
        owners = places[np.concatenate([word.docs for word in words])]
        chosen = (owners >= 0).nonzero()[0]
        segments = np.concatenate([word.slot.segments for word in words])
        firsts = np.concatenate([word.slot.firsts for word in words])
        counts = np.concatenate([word.slot.counts for word in words])
        begins = counts.cumsum() - counts
        piece = begins.searchsorted(chosen, "right") - 1
        postings = chosen + (firsts - begins)[piece]
        which = np.arange(len(words)).repeat([len(word.slot.ranges) for word in words])[piece]
        found, positions = self._positions_of(postings, segments[piece])
        return (owners[chosen].astype(np.int64) << 32).repeat(found) + positions, which.repeat(found)

    def _positions_of(self, postings: Array, segments: Array) -> tuple[Array, Array]:
        """How many positions each of some postings has, and the positions one after the other."""
        if len(self.segments) == 1:
            return self.segments[0].positions_of(postings)
        counts = np.zeros(len(postings), np.int64)
        found = []
        for number, segment in enumerate(self.segments):
            here = (segments == number).nonzero()[0]
            if len(here):
                counts[here], positions = segment.positions_of(postings[here])
                found.append((here, positions))
        if len(found) == 1:
            return counts, found[0][1]
        order = np.concatenate([here.repeat(counts[here]) for here, _ in found]) if found else NOWHERE.docs
        whole = np.concatenate([NOWHERE.docs, *(positions for _, positions in found)])
        return counts, whole[order.argsort(kind="stable")]

    def worth(self, docs: Array, keys: Array) -> Array:
        """What occurrences are worth by field and length of their document; `keys` as from `occurrences`."""
        worth = np.zeros(len(keys))
        owners = docs[keys >> 32]
        cuts = owners.searchsorted(self.bases).tolist()
        for number, segment in enumerate(self.segments):
            here = slice(cuts[number], cuts[number + 1])
            local = owners[here] - self.bases[number]
            worth[here] = segment.factors[local, fields_of(segment.starts[local], keys[here] & POSITION)]
        return worth

    # -- documents

    def _document(self, number: int) -> Document:
        at = bisect_right(self.bases, number) - 1
        segment, local = self.segments[at], number - self.bases[at]
        return Document(_decode(segment.record(local)), segment.shown(local), segment.starts[local].tolist())

    def facets(self, number: int, name: str) -> list[str]:
        """The values of a facet that a document has; not the one that says it has none."""
        values = self.catalogue.counts(self.mask(np.array([number])), (name,)).get(name, {})
        return [value for value in values if value != NOT_STATED]

    def fingerprints(self) -> dict[str, str]:
        """Record id -> fingerprint of its document."""
        found: dict[str, str] = {}
        for segment, base in zip(self.segments, self.bases, strict=False):
            prints, ids = segment.texts("fingerprints").all(), segment.texts("ids").all()
            for local in self.catalogue.live[base : base + segment.size].nonzero()[0].tolist():
                found[ids[local].decode()] = prints[local].decode()
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
