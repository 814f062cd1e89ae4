"""One generation of the index, open for reading: all its segments as one. Nothing here can change anything.

Documents are numbered through, segment after segment; a word's postings are those of its rows in every segment, put
one after the other, without documents that were deleted since.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence, Set
from functools import cached_property, lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hub.engine.whoosh.analysis import idea_stem, idle_in, stems
from hub.engine.whoosh.catalogue import Catalogue
from hub.engine.whoosh.columnfile import Array, Damaged, ends_of, keys_of, stretches
from hub.engine.whoosh.dense import gathered
from hub.engine.whoosh.derive import fields_of
from hub.engine.whoosh.dictionary import Known, inflections, known_words, spellings
from hub.engine.whoosh.schema import SPOKEN
from hub.engine.whoosh.segment import Rows, Segment
from hub.engine.whoosh.store import read_edition
from hub.errors import IndexUnavailable
from hub.lexicon import Stretch, phrasebook_of
from hub.query import FACETS, Clause, Spelling
from hub.record import Record
from hub.text import fold
from hub.vocabulary import NOT_STATED

VERIFIED_AT_ONCE = 32 << 20  # bytes

POSITION = (1 << 32) - 1  # the part of an occurrence that is its position; what is above it is its document
_FEW = 8  # slices that are put together faster than index by index


class Slot(NamedTuple):
    """Where a word or a prefix stands: ranges of postings, segment after segment.

    The same as a table: segments, first postings, numbers of postings.
    """

    ranges: tuple[tuple[int, slice], ...]
    table: Array

    @staticmethod
    def of(ranges: Iterable[tuple[int, slice]]) -> Slot:
        """A slot of (segment, postings there)."""
        kept = tuple(ranges)
        rows = [(segment, here.start, here.stop - here.start) for segment, here in kept]
        return Slot(kept, np.array(rows, np.int64).reshape(-1, 3).T)


class Entries(NamedTuple):
    """Postings of a slot: documents, and what the word is worth in each (weighted frequency).

    They stand as in the segments, one range after the other, so a document can come several times, a deleted one too.
    """

    docs: Array
    weights: Array
    slot: Slot


class Selection(NamedTuple):
    """The postings of some parts of a query in some documents (rising), and of each the place of its document there.

    Postings are numbered through over all parts, as if their entries stood one after the other.
    """

    documents: Array
    postings: Array
    places: Array

    def only(self, places: Array) -> Selection:
        """Those in the documents at some places (rising)."""
        kept, found = among(self.places, places, len(self.documents))
        return Selection(self.documents[places], self.postings[kept], found)


NOWHERE = Entries(np.zeros(0, np.int64), np.zeros(0, np.float32), Slot.of(()))


class Layout(NamedTuple):
    """Where the texts of some documents lie in their rows of positions; documents are named by their place.

    `starts`: documents x text fields. The rest is about texts that can be shown: which document, which of PARTS, first
    position, number of words, and what to add to a position to have its word's number for `Reader.offsets`.
    """

    starts: Array
    places: Array
    parts: Array
    firsts: Array
    words: Array
    shifts: Array


class Reader:
    """A generation open for reading, with the vectors of a model if one is named; safe to share between threads."""

    def __init__(self, generation: Path, model: str = "") -> None:
        self.edition, self.info = read_edition(generation)
        try:
            self.catalogue = catalogue = Catalogue(generation)
            self.segments = [Segment(generation, name) for name, _ in catalogue.segments]
        except Damaged as damage:
            raise unavailable(damage) from damage
        self.bases: list[int] = ends_of(segment.size for segment in self.segments).tolist()
        self._word_bases: list[int] = ends_of(len(segment.offsets) for segment in self.segments).tolist()
        self._intact = catalogue.count == catalogue.size
        self.spoken = tuple(sorted(catalogue.counts(catalogue.live, (SPOKEN,)).get(SPOKEN, ())))
        self.counts = catalogue.counts(catalogue.live, FACETS)
        self.newness = catalogue.newness()
        self.measured = catalogue.having("evidence", ("measured",))
        self.vectors = gathered((one.size, one.vectors(model)) for one in self.segments) if model else None
        self.slot = lru_cache(maxsize=5_000)(self._slot)
        self.literal = lru_cache(maxsize=1_000)(self._literal)
        self.spellings = lru_cache(maxsize=1_000)(self._spellings)
        self.understood = lru_cache(maxsize=1_000)(self._understood)
        self.idea = lru_cache(maxsize=5_000)(self._idea)
        self.prefix = lru_cache(maxsize=1_000)(self._prefix)
        self.record = lru_cache(maxsize=500)(self.read)  # about 10 kB each
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
        """Where a word stands in any form: with its stem in any language, or with one that it has in a text.

        The latter finds *reintroducciones* for *reintroduccion*, which has the stem of its accented form there. A stem
        of less than half of a word is of another language: *côtires* is no *cota*. A word found in no form is tried as
        a plural and as a singular.
        """
        own = {stem.encode() for stem in stems(word, self.spoken) if 2 * stem.index(":") >= len(folded)}
        found = self._stemmed(own | self._stems_of(folded))
        if any(self._is_alive(*here) for here in found.ranges):
            return found
        return self._stemmed(set().union(*map(self._stems_of, inflections(folded))))

    def _stemmed(self, wanted: Set[bytes]) -> Slot:
        """Where words with some stems stand."""
        ordered = sorted(wanted)
        keys = keys_of(ordered)
        return self._slot_of(lambda segment: segment.stems(ordered, keys))

    def _stems_of(self, folded: str) -> set[bytes]:
        """The stems that a folded word has in texts of the whole index, each with its language."""
        keys = keys_of((form := folded.encode(),))
        return {
            segment.stem_of(row)
            for number, segment in enumerate(self.segments)
            for row in segment.form(form, keys)
            if self._is_alive(number, segment.postings(Rows(row, row + 1)))
        }

    def _is_alive(self, number: int, postings: slice) -> bool:
        """Whether some of these postings of a segment belong to documents that were not deleted since."""
        documents = self.segments[number].docs[postings]
        return self._intact or bool(self.catalogue.live[documents + self.bases[number]].any())

    def _idea(self, name: str) -> Slot:
        """Where texts express an idea of the lexicon."""
        return self._stemmed({idea_stem(name).encode()})

    def stands_in(self, word: str, languages: tuple[str, ...]) -> bool:
        """Whether a word, or another form of it, stands in texts of any of these languages."""
        found = self._stemmed({stem.encode() for stem in stems(word, languages)})
        return any(self._is_alive(*here) for here in found.ranges)

    def _literal(self, folded: str) -> Slot:
        """Where a folded word stands literally."""
        form = folded.encode()
        keys = keys_of((form,))
        return self._slot_of(lambda segment: [Rows(row, row + 1) for row in segment.form(form, keys)])

    def _prefix(self, folded: str) -> Slot:
        """Where words stand that start so."""
        return self._slot_of(lambda segment: segment.starting(folded.encode()))

    def _slot_of(self, rows_in: Callable[[Segment], list[Rows]]) -> Slot:
        """The postings of some rows of each segment."""
        return Slot.of(
            (number, segment.postings(rows))
            for number, segment in enumerate(self.segments)
            for rows in rows_in(segment)
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
                index = stretches(*slot.table[1:, slot.table[0] == number])
                docs.append(segment.docs[index] + self.bases[number])
                weights.append(segment.weights[index])
        return Entries(_joined(docs), _joined(weights), slot)

    def mask(self, docs: Array) -> Array:
        """Those of some documents that are alive."""
        mask = np.zeros(self.catalogue.size, bool)
        mask[docs] = True
        return mask if self._intact else mask & self.catalogue.live

    def select(self, parts: Sequence[Entries], documents: Array) -> Selection:
        """The postings of parts of a query in some documents (rising)."""
        return Selection(
            documents, *among(np.concatenate([part.docs for part in parts]), documents, self.catalogue.size)
        )

    def occurrences(self, words: Sequence[Entries], selection: Selection) -> tuple[Array, Array]:
        """Where words occur in documents, given the postings there.

        Place and position as one number, and which of the words it is; word after word, otherwise in no order.
        """
        segments, firsts, counts = np.concatenate([word.slot.table for word in words], axis=1)
        begins = counts.cumsum() - counts
        piece = begins.searchsorted(selection.postings, "right") - 1
        postings = selection.postings + (firsts - begins)[piece]
        which = np.arange(len(words)).repeat([len(word.slot.ranges) for word in words])[piece]
        found, positions = self._positions_of(postings, segments[piece])
        return (selection.places.astype(np.int64) << 32).repeat(found) + positions, which.repeat(found)

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
        for number, here in self._by_segment(owners, self.bases):
            segment, local = self.segments[number], owners[here] - self.bases[number]
            worth[here] = segment.factors[local, fields_of(segment.starts[local], keys[here] & POSITION)]
        return worth

    def _understood(self, clauses: tuple[Clause, ...], language: str) -> tuple[Stretch, ...]:
        """What the lexicon makes of a query of a reader of some language."""
        read_first = tuple(dict.fromkeys((language, "en")))

        def familiar(word: str) -> bool:
            return not idle_in(fold(word)).isdisjoint(read_first) or self.stands_in(word, read_first)

        return phrasebook_of(self.edition.lexicon).understand(clauses, language, familiar)

    def prepare(self) -> None:
        """Make ready what the first searches would have to wait for."""
        phrasebook_of(self.edition.lexicon).prepare()
        self.known  # noqa: B018 - made when it is first asked for

    def _spellings(self, word: str, language: str) -> tuple[Spelling, ...]:
        """What a reader of some language may have meant by a word."""
        return spellings(self.known, word, lambda other: self.stands_in(other, (language, "en")))

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """The acronyms that the lexicon has."""
        return phrasebook_of(self.edition.lexicon).acronyms

    @cached_property
    def known(self) -> Known:
        """Every word of the texts and of the lexicon."""
        return known_words(self.segments, phrasebook_of(self.edition.lexicon))

    # -- documents

    def _local(self, number: int) -> tuple[int, int]:
        """The segment of a document, and the document's number there."""
        at = bisect_right(self.bases, number) - 1
        return at, number - self.bases[at]

    def read(self, number: int) -> Record:
        """The record of a document, read from the disk."""
        at, local = self._local(number)
        return self.segments[at].record(local)

    def layout(self, documents: Array) -> Layout:
        """Where the texts of some documents lie; one by one, as they are few."""
        starts, parts, counts, bases = [], [], [], []
        for at, local in map(self._local, documents.tolist()):
            starts.append(self.segments[at].starts[local])
            parts.append(self.segments[at].parts(local))
            counts.append(len(parts[-1]))
            bases.append(self._word_bases[at])
        places = np.arange(len(counts)).repeat(counts)
        part, firsts, words, shifts = np.concatenate(parts).astype(np.int64).T
        return Layout(np.array(starts), places, part, firsts, words, shifts + np.array(bases)[places])

    def offsets(self, words: Array) -> Array:
        """The character of its text that each of some words (rising numbers) begins at."""
        pieces = self._by_segment(words, self._word_bases)
        found = [self.segments[number].offsets[words[here] - self._word_bases[number]] for number, here in pieces]
        return _joined(found) if found else NOWHERE.docs

    def _by_segment(self, numbers: Array, bases: list[int]) -> list[tuple[int, slice]]:
        """Which stretches of rising numbers belong to which segment, given the first number of each."""
        if len(self.segments) == 1:
            return [(0, slice(len(numbers)))]
        cuts = numbers.searchsorted(bases).tolist()
        return [(at, slice(*cut)) for at, cut in enumerate(pairwise(cuts)) if cut[0] < cut[1]]

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


def _joined(arrays: list[Array]) -> Array:
    """Arrays one after the other; a single one need not be copied."""
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def joined(entries: Sequence[Entries]) -> Entries:
    """The postings of several slots as those of one."""
    if len(entries) == 1:
        return entries[0]
    return Entries(
        np.concatenate([one.docs for one in entries]),
        np.concatenate([one.weights for one in entries]),
        Slot.of(chain.from_iterable(one.slot.ranges for one in entries)),
    )


def among(numbers: Array, wanted: Array, size: int) -> tuple[Array, Array]:
    """Which of some numbers below `size` are among those wanted, and the place of each there."""
    table = np.full(size, -1, np.int32)
    table[wanted] = np.arange(len(wanted), dtype=np.int32)
    places = table[numbers]
    found = (places >= 0).nonzero()[0]
    return found, places[found]


def contained(wanted: Array, docs: Array) -> Array:
    """Which of `wanted` are in `docs`; both rise."""
    if not len(docs):
        return np.zeros(len(wanted), bool)
    at = docs.searchsorted(wanted)
    at[at == len(docs)] = 0
    return np.asarray(docs[at] == wanted)
