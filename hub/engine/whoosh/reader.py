"""One generation of the index, open for reading: all its segments as one. Nothing here can change anything.

Documents are numbered through, segment after segment; a word's postings are those of its rows in every segment, put
one after the other, without documents that were deleted since.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
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
_decode = msgspec.json.Decoder(Record).decode

# Where a word or a prefix stands: rows by segment.
Slot = tuple[tuple[int, Rows], ...]


class Entries(NamedTuple):
    """Postings of some rows: documents, and what the rows are worth in each (weighted frequency).

    They stand as in the segments, one piece after the other, so a document can come several times, a deleted one too.
    `pieces` are segment, first posting there, first place here.
    """

    docs: Array
    weights: Array
    pieces: tuple[tuple[int, int, int], ...]


class Document(NamedTuple):
    """What is shown of a document: its record, its texts, and where its text fields begin."""

    record: Record
    shown: list[Shown]
    starts: list[int]


NOWHERE = Entries(np.zeros(0, np.int64), np.zeros(0, np.float32), ())


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
        self.spoken = tuple(sorted(catalogue.counts(catalogue.live, (SPOKEN,))[SPOKEN]))
        self.counts = catalogue.counts(catalogue.live, FACETS)
        self.slot = lru_cache(maxsize=10_000)(self._slot)
        self.literal = lru_cache(maxsize=1_000)(self._literal)
        self.prefix = lru_cache(maxsize=1_000)(self._prefix)
        self.document = lru_cache(maxsize=1_000)(self._document)
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

    def entries(self, slot: Slot) -> Entries:
        """The postings of some rows, as they stand in the segments."""
        docs, weights, pieces = [], [], []
        length = 0
        for number, rows in slot:
            segment, base = self.segments[number], self.bases[number]
            here = segment.postings(rows)
            docs.append(segment.docs[here] + base if base else segment.docs[here])
            weights.append(segment.weights[here])
            pieces.append((number, here.start, length))
            length += here.stop - here.start
        if len(docs) == 1:
            return Entries(docs[0], weights[0], tuple(pieces))
        return Entries(np.concatenate(docs), np.concatenate(weights), tuple(pieces)) if docs else NOWHERE

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

    def frequencies(self, entries: Entries, places: Array, count: int) -> Array:
        """The weighted frequencies in some documents, given their `places` and how many they are."""
        owners = places[entries.docs]
        chosen = (owners >= 0).nonzero()[0]
        return np.bincount(owners[chosen], entries.weights[chosen], count)

    def occurrences(self, words: Sequence[Entries], places: Array) -> tuple[Array, Array]:
        """Where words occur in some documents, given their `places`.

        Place and position as one number, and which of the words it is; word after word, otherwise in no order.
        """
        owners = places[words[0].docs if len(words) == 1 else np.concatenate([word.docs for word in words])]
        chosen = (owners >= 0).nonzero()[0]
        shift, begin, segment, which, length = [], [], [], [], 0
        for number, word in enumerate(words):
            for at, first, start in word.pieces:
                begin.append(length + start)
                shift.append(first - length - start)
                segment.append(at)
                which.append(number)
            length += len(word.docs)
        piece = np.array(begin).searchsorted(chosen, "right") - 1
        postings = chosen + np.array(shift, np.int64)[piece]
        counts, positions = self._positions_of(postings, np.array(segment, np.int64)[piece])
        keys = (owners[chosen].astype(np.int64) << 32).repeat(counts) + positions
        return keys, np.array(which, np.int64)[piece].repeat(counts)

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
            worth[here] = segment.factors[local, fields_of(segment.starts[local], keys[here] & 0xFFFFFFFF)]
        return worth

    # -- documents

    def _document(self, number: int) -> Document:
        at = bisect_right(self.bases, number) - 1
        segment, local = self.segments[at], number - self.bases[at]
        return Document(_decode(segment.record(local)), segment.shown(local), segment.starts[local].tolist())

    def facets(self, number: int, name: str) -> list[str]:
        """The values of a facet that a document has; not the one that says it has none."""
        values = self.catalogue.counts(self.mask(np.array([number])), (name,))[name]
        return [value for value in values if value != NOT_STATED]

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
