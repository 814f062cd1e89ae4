"""What is known of every document of a generation, over all its segments: alive or not, order, facet values.

It is small beside the columns of the words, so each commit writes it anew from them. Documents are numbered through,
segment after segment. Of each facet value there is a row of bits, one bit a document, to filter and to count large
results; and of each document the list of its values, to count small ones.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import pairwise
from pathlib import Path

import numpy as np

from hub.engine.whoosh import store
from hub.engine.whoosh.columnfile import Array, ColumnFile, Damaged, Texts, packed, write
from hub.engine.whoosh.segment import Segment
from hub.query import FACETS
from hub.vocabulary import NOT_STATED

CATALOGUE = "catalogue 1"
FILE = "catalogue.columns"
_BITS = 64
RECENT = 20  # years
_STEP = 4096  # documents looked at in one go
_LISTED = 4  # reading a value from a list takes as long as so many times 64 bits


def compile_catalogue(folder: Path, segments: Sequence[Segment], deleted: Mapping[str, Iterable[int]]) -> int:
    """Write the catalogue of a generation; `deleted` are numbers by segment. How many documents are alive."""
    live = np.concatenate([np.zeros(0, bool), *(_alive(segment, deleted) for segment in segments)])
    titles = [text for segment in segments for text in segment.texts("titles").all()]
    ids = [text for segment in segments for text in segment.texts("ids").all()]
    newest = np.concatenate([np.zeros(0, np.int64), *(segment.columns["newest"] for segment in segments)])
    numbers = sorted(live.nonzero()[0].tolist(), key=ids.__getitem__)
    by_id = np.array(numbers, np.int32)
    by_title = np.array(sorted(numbers, key=titles.__getitem__), np.int32)
    by_newest = by_title[np.argsort(-newest[by_title], kind="stable")]
    rank = np.zeros(len(live), np.int32)
    rank[by_newest] = np.arange(len(by_newest))
    values, owners, found = _values(segments, live)
    arrays = {
        "live": live,
        "by_title": by_title,
        "by_newest": by_newest,
        "rank": rank,
        "by_id": by_id,
        **dict(zip(("ids", "id_ends"), packed(ids), strict=True)),
        **_facets(owners, found, values, len(live)),
    }
    sizes = [[segment.name, segment.size] for segment in segments]
    write(folder / FILE, CATALOGUE, store.generation_of(folder), arrays, {"values": values, "segments": sizes})
    return len(numbers)


def _alive(segment: Segment, deleted: Mapping[str, Iterable[int]]) -> Array:
    alive = np.ones(segment.size, bool)
    alive[np.fromiter(deleted.get(segment.name, ()), np.int64)] = False
    return alive


def _values(segments: Sequence[Segment], live: Array) -> tuple[list[tuple[str, str]], Array, Array]:
    """All (facet, value) pairs in order, and which document has which, documents rising."""
    owners, found = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    known: dict[tuple[str, str], int] = {}
    base = 0
    for segment in segments:
        local = [known.setdefault((facet, value), len(known)) for facet, value in segment.columns.meta["values"]]
        counts = np.diff(segment.columns["value_ends"])
        owners.append(np.repeat(np.arange(base, base + segment.size), counts))
        found.append(np.array(local, np.int64)[segment.columns["values"]])
        base += segment.size
    owner, value = np.concatenate(owners), np.concatenate(found)
    kept = live[owner]
    owner, value = owner[kept], value[kept]
    facet_of = np.array([FACETS.index(facet) if facet in FACETS else len(FACETS) for facet, _ in known], np.int64)
    stated = np.zeros((len(FACETS) + 1, len(live)), bool)
    stated[facet_of[value], owner] = True
    for facet, states in zip(FACETS, stated, strict=False):
        missing = (live & ~states).nonzero()[0]
        owner = np.concatenate((owner, missing))
        value = np.concatenate((value, np.full(len(missing), known.setdefault((facet, NOT_STATED), len(known)))))
    values = sorted(known)
    place = np.empty(len(known), np.int64)
    place[[known[pair] for pair in values]] = np.arange(len(values))
    order = np.argsort(owner, kind="stable")
    return values, owner[order], place[value[order]]


def _facets(owners: Array, found: Array, values: Sequence[tuple[str, str]], documents: int) -> dict[str, Array]:
    """Bits: values x documents. Lists: documents x as many columns as a facet has values at most, facet after facet.

    Places that are left over hold the number of values. `spans` are the columns of each facet, in the order of values.
    """
    width = -(-documents // _BITS) * _BITS // 8
    bits = np.zeros(len(values) * width, np.uint8)
    np.add.at(bits, found * width + (owners >> 3), (1 << (owners & 7)).astype(np.uint8))  # no pair comes twice
    lists, spans = [], [0]
    for facet in dict.fromkeys(facet for facet, _ in values):
        low, high = bisect_left(values, (facet, "")), bisect_left(values, (facet, "\U0010ffff"))
        own = ((found >= low) & (found < high)).nonzero()[0]
        counts = np.bincount(owners[own], minlength=documents)
        table = np.full((documents, counts.max(initial=0)), len(values), np.uint16)
        table[owners[own], np.arange(len(own)) - np.repeat(np.cumsum(counts) - counts, counts)] = found[own]
        lists.append(table)
        spans.append(spans[-1] + table.shape[1])
    return {
        "bits": bits.reshape(len(values), width).view(np.uint64),
        "lists": np.concatenate([np.zeros((documents, 0), np.uint16), *lists], axis=1),
        "spans": np.array(spans, np.int64),
    }


class Catalogue:
    """The catalogue of a generation, open for reading."""

    def __init__(self, folder: Path) -> None:
        self.file = file = ColumnFile(folder / FILE, CATALOGUE, store.generation_of(folder))
        self.segments: list[tuple[str, int]] = [(name, size) for name, size in file.meta["segments"]]
        self.live, self.rank = file["live"], file["rank"]
        self.by_title, self.by_newest, self._by_id = file["by_title"], file["by_newest"], file["by_id"]
        self.ids = Texts(file["ids"], file["id_ends"])
        self._bits, self._lists = file["bits"], file["lists"]
        self._names = np.array([value for _, value in file.meta["values"]], object)
        self._names.flags.writeable = False
        self.values: dict[str, dict[str, int]] = {}
        for number, (facet, value) in enumerate(file.meta["values"]):
            self.values.setdefault(facet, {})[value] = number
        self._ranges = {facet: (min(of.values()), max(of.values()) + 1) for facet, of in self.values.items()}
        spans = file["spans"].tolist()
        self._spans = dict(zip(self.values, pairwise(spans), strict=True))
        self._few = {facet: self._worth_listing(facet) for facet in self.values}
        self.size = len(self.live)
        self.count = len(self.by_title)
        if len(self.rank) != self.size:
            raise Damaged(file.path, "contradicts itself")

    def number(self, record_id: bytes) -> int | None:
        """The document with an id, None where there is none."""
        at = bisect_left(range(self.count), record_id, key=lambda place: self.ids[int(self._by_id[place])])
        number = int(self._by_id[at]) if at < self.count else -1
        return number if number >= 0 and self.ids[number] == record_id else None

    def after(self, record_id: bytes, mask: Array) -> Array:
        """The documents of a set whose ids come after an id, in the order of ids."""
        at = bisect_right(range(self.count), record_id, key=lambda place: self.ids[int(self._by_id[place])])
        rest = self._by_id[at:]
        return np.asarray(rest[mask[rest]])

    def _worth_listing(self, facet: str) -> int:
        """How many documents a facet is counted for by their lists at most; the bits of more are less to read."""
        (low, high), (first, last) = self._ranges[facet], self._spans[facet]
        return int((high - low) * self._bits.shape[1] // (_LISTED * max(last - first, 1)))

    def first(self, order: Array, mask: Array, count: int) -> Array:
        """The first so many documents of an order that are in a set."""
        found, have = [order[:0]], 0
        for begin in range(0, len(order), _STEP):
            if have >= count:
                break
            step = order[begin : begin + _STEP]
            found.append(step[mask[step]])
            have += len(found[-1])
        return np.concatenate(found)[:count]

    # -- sets of documents: masks, one bool a document

    def having(self, facet: str, values: Iterable[str]) -> Array:
        """The documents that have any of these values of a facet."""
        known = self.values.get(facet, {})
        rows = [self._bits[known[value]] for value in values if value in known]
        bits = reduce(np.bitwise_or, rows) if rows else np.zeros(self._bits.shape[1], np.uint64)
        return np.unpackbits(bits.view(np.uint8), count=self.size, bitorder="little").view(bool)

    def counts(self, mask: Array, facets: Iterable[str]) -> dict[str, dict[str, int]]:
        """How many of some documents have each value of these facets; values without any are left out.

        A facet is counted by the lists of its documents, or by its bits where that is less to read.
        """
        documents = mask.nonzero()[0]
        facets = [facet for facet in facets if facet in self._ranges]
        many = [facet for facet in facets if len(documents) > self._few[facet]]
        counted = self._listed(documents, [facet for facet in facets if facet not in many])
        bits = self._pack(mask) if many else None
        for facet in many:
            own = slice(*self._ranges[facet])
            counted[own] = np.bitwise_count(self._bits[own] & bits).sum(axis=1, dtype=np.uint32)
        found = counted[: len(self._names)].nonzero()[0]
        names, values = self._names[found].tolist(), counted[found].tolist()
        cuts = found.searchsorted([self._ranges[facet] for facet in facets]).tolist() if facets else ()
        pairs = zip(facets, cuts, strict=True)
        return {facet: dict(zip(names[low:high], values[low:high], strict=True)) for facet, (low, high) in pairs}

    def newness(self) -> Array:
        """How recent each document is: 1 for the latest year of the index, 0 for RECENT years before and unknown."""
        newness = np.zeros(self.size, np.float32)
        living = self.counts(self.live, ("year",)).get("year", {})  # deleted documents may have later years
        years = sorted(year for year in living if year != NOT_STATED)
        latest = max(map(int, years), default=0)
        for year in years:
            if (share := 1 - (latest - int(year)) / RECENT) > 0:
                newness[self.having("year", (year,))] = share
        return newness

    def _pack(self, mask: Array) -> Array:
        """A mask as a row of bits."""
        padded = np.zeros(self._bits.shape[1] * _BITS, bool)
        padded[: self.size] = mask
        return np.packbits(padded, bitorder="little").view(np.uint64)

    def _listed(self, documents: Array, facets: Sequence[str]) -> Array:
        """Counts of all values of these facets, by the lists of the documents."""
        if 2 * len(facets) > len(self._spans):
            cells = self._lists[documents].ravel()  # some facets more than asked for, but in one go
        else:
            spans = [self._lists[:, slice(*self._spans[facet])] for facet in facets]
            cells = np.concatenate([np.zeros(0, np.uint16), *(span[documents].ravel() for span in spans)])
        return np.bincount(cells, minlength=len(self._names) + 1)
