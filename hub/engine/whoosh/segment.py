"""The columns of one segment, open for reading. Document numbers here count from the segment's first document."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from hub.engine.whoosh.columnfile import Array, ColumnFile, Dictionary, Texts, stretches, view
from hub.engine.whoosh.derive import COLUMNS, WEIGHTS, columns_path, vectors_of, weights_path
from hub.record import Record

_decode = msgspec.json.Decoder(Record).decode


class Rows(NamedTuple):
    """Rows `low` to `high` (without it): terms that lie side by side, and so do their postings."""

    low: int
    high: int


class Segment:
    """What a search reads of one segment; safe to share between threads."""

    def __init__(self, folder: Path, name: str) -> None:
        self.columns = columns = ColumnFile(columns_path(folder, name), COLUMNS, name)
        self.weighed = ColumnFile(weights_path(folder, name), WEIGHTS, columns.identity)
        self.name = name
        self.docs, self.positions = columns["docs"], columns["positions"]
        self.starts = columns["starts"]
        self.weights, self.factors = self.weighed["weights"], self.weighed["factors"]
        self.size = len(self.starts)
        self._position_ends = columns["counts_ends"]
        self._row_ends = view(columns["row_ends"])
        self._stems = Dictionary(Texts(columns["stems"], columns["stem_ends"]), columns["stem_keys"])
        self._stem_rows = view(columns["stem_rows"])
        self._forms = Dictionary(Texts(columns["forms"], columns["form_ends"]), columns["form_keys"])
        self._form_rows = columns["form_rows"]
        self._form_rows_ends = view(columns["form_rows_ends"])
        self._records = Texts(columns["records"], columns["records_ends"])
        self._parts, self._part_ends = columns["parts"], view(columns["part_ends"])
        self.offsets = columns["offsets"]

    # -- words

    def stems(self, wanted: Sequence[bytes], keys: Array) -> list[Rows]:
        """The rows of each of these stems that occurs; `keys` are theirs."""
        return [Rows(self._stem_rows[at], self._stem_rows[at + 1]) for at in self._stems.places(wanted, keys)]

    def form(self, folded: bytes, keys: Array) -> list[int]:
        """The rows of a folded word, one for each stem it was reduced to; `keys` has its own."""
        rows: list[int] = []
        for at in self._forms.places((folded,), keys):
            rows += self._form_rows[self._form_rows_ends[at] : self._form_rows_ends[at + 1]].tolist()
        return rows

    def stem_of(self, row: int) -> bytes:
        """The stem of the term of a row."""
        return self._stems.texts[bisect_right(self._stem_rows, row) - 1]

    def starting(self, prefix: bytes) -> list[Rows]:
        """The rows of all folded words that start so, rows that follow each other taken together."""
        low, high = self._forms.starting(prefix)
        rows = np.sort(self._form_rows[self._form_rows_ends[low] : self._form_rows_ends[high]])
        breaks = np.flatnonzero(np.diff(rows) != 1) + 1
        lows = rows[np.concatenate(([0], breaks))] if len(rows) else rows
        highs = rows[np.concatenate((breaks - 1, [len(rows) - 1]))] + 1 if len(rows) else rows
        return [Rows(*pair) for pair in zip(lows.tolist(), highs.tolist(), strict=True)]

    def known_words(self) -> dict[str, int]:
        """The folded words of the texts, with how many postings each has; ideas have no form."""
        rows = self._form_rows
        ends = np.asarray(self.columns["row_ends"])
        held = np.add.reduceat(ends[rows + 1] - ends[rows], np.asarray(self.columns["form_rows_ends"])[:-1])
        counts = zip(self._forms.texts.all(), held.tolist(), strict=True) if len(rows) else ()
        return {form.decode(): count for form, count in counts if form}

    def postings(self, rows: Rows) -> slice:
        """Where the postings of these rows lie in `docs` and `weights`."""
        return slice(self._row_ends[rows.low], self._row_ends[rows.high])

    def positions_of(self, postings: Array) -> tuple[Array, Array]:
        """How many positions each of some postings has, and the positions one after the other."""
        begins = self._position_ends[postings].astype(np.int64)
        counts = self._position_ends[postings + 1] - begins
        return counts, self.positions[stretches(begins, counts)]

    # -- documents

    def record(self, number: int) -> Record:
        """The stored record of a document."""
        return _decode(self._records[number])

    def parts(self, number: int) -> Array:
        """The texts of a document that can be shown: part, first position, words, shift.

        A word at some position of a text begins at character `offsets[position + shift]` of it.
        """
        return self._parts[self._part_ends[number] : self._part_ends[number + 1]]

    def vectors(self, model: str) -> Array | None:
        """What a model made of the meaning of the documents; None where it has seen none of them."""
        return self.columns.get(vectors_of(model))

    def texts(self, name: str) -> Texts:
        """One of the texts kept of each document: ids, fingerprints, titles."""
        return Texts(self.columns[name], self.columns[f"{name}_ends"])
