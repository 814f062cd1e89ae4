"""Where the parts of a query stand in some documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hub.engine.whoosh.columnfile import Array, stretches
from hub.engine.whoosh.evaluate import Match
from hub.engine.whoosh.reader import NOWHERE, POSITION, Reader, Selection, among


class Occurrences(NamedTuple):
    """All occurrences in some documents (rising numbers), rising by place of the document and position in it.

    A key is place and position as one number; the owner is the number of the part of the query. Of a phrase it is the
    position of its first word.
    """

    documents: Array
    keys: Array
    owners: Array

    def only(self, places: Array) -> Occurrences:
        """Those in the documents at some places (rising)."""
        kept, found = among(self.keys >> 32, places, len(self.documents))
        return Occurrences(
            self.documents[places], (found.astype(np.int64) << 32) + (self.keys[kept] & POSITION), self.owners[kept]
        )


def occurrences(reader: Reader, matches: Sequence[Match], selection: Selection) -> Occurrences:
    """The occurrences of the parts of a query in documents, given the postings there."""
    documents = selection.documents
    words = [match.found if match.keys is None else NOWHERE for match in matches]
    longer = [(number, match.keys) for number, match in enumerate(matches) if match.keys is not None]
    pieces = []
    if len(longer) < len(matches):
        pieces.append(reader.occurrences(words, reader.select(words, documents) if longer else selection))
    for number, every in longer:
        begins, ends = every.searchsorted(np.stack((documents, documents + 1)) << 32)
        counts = ends - begins
        places = (np.arange(len(counts)) << 32).repeat(counts)
        pieces.append((places + (every[stretches(begins, counts)] & POSITION), np.full(len(places), number)))
    keys, owners = (np.concatenate(column) for column in zip(*pieces, strict=True))
    order = keys.argsort(kind="stable")
    return Occurrences(documents, keys[order], owners[order])
