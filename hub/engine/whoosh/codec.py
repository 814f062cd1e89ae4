"""How Whoosh writes a segment for us: its own format, with what costs time and is never read left out."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from whoosh import index
from whoosh.codec.whoosh3 import W3Codec
from whoosh.writing import IndexWriter

Posting = tuple[str, bytes, int, float, bytes]


class _Codec(W3Codec):  # type: ignore[misc]
    length_stats = False  # the length of its field is not looked up for each posting: scores are not Whoosh's


class _Pool:
    """Postings waiting to be written, by term; documents come in order, so only terms have to be sorted.

    Whoosh's own pool keeps an object for each posting, and sorts them all.
    """

    def __init__(self) -> None:
        self._docs: dict[tuple[str, bytes], array[int]] = {}
        self._ends: dict[tuple[str, bytes], array[int]] = {}
        self._values: dict[tuple[str, bytes], bytearray] = {}

    def add(self, item: Posting) -> None:
        """Take one posting in."""
        field, term, document, _, value = item
        key = (field, term)
        if key not in self._docs:
            self._docs[key], self._ends[key], self._values[key] = array("I"), array("I"), bytearray()
        values = self._values[key]
        values += value or b""
        self._docs[key].append(document)
        self._ends[key].append(len(values))

    def iter_postings(self) -> Iterator[Posting]:
        """All postings in the order Whoosh writes them in."""
        for key in sorted(self._docs):
            values, start = bytes(self._values[key]), 0
            for document, end in zip(self._docs[key], self._ends[key], strict=True):
                yield *key, document, 1.0, values[start:end]
                start = end

    def cleanup(self) -> None:
        """Let go of everything."""
        self._docs.clear()
        self._ends.clear()
        self._values.clear()

    cancel = cleanup


def writer(whoosh_index: index.Index) -> IndexWriter:
    """A writer for one more segment."""
    # Compressed, postings would be a tenth smaller, and a segment would take a tenth longer to write.
    made = whoosh_index.writer(compound=False, codec=_Codec(compression=0))
    made.pool = _Pool()
    return made
