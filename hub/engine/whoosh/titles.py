"""Words -> the records whose titles have them, newest first: what somebody may be typing the title of.

Titles are the first of the texts in a document's row of positions, and positions rise within a posting. So the first
position of a posting tells whether the word stands in a title, without a look at the others or at the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np

from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.reader import Reader, Slot
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.engine.whoosh.segment import Segment

_BEHIND = tuple(TEXT_FIELDS).index("title") + 1  # the field that begins where titles end


def titled(reader: Reader, words: Sequence[str], limit: int) -> list[int]:
    """The newest documents whose titles, translations of them too, have all of some folded words.

    The last word need only be the beginning of one.
    """
    if not words:
        return []
    slots = [*map(reader.literal, words[:-1]), reader.prefix(words[-1])]
    found = reduce(np.bitwise_and, (_in_titles(reader, slot) for slot in slots), reader.catalogue.live)
    newest: list[int] = reader.catalogue.first(reader.catalogue.by_newest, found, limit).tolist()
    return newest


def _in_titles(reader: Reader, slot: Slot) -> Array:
    """A mask of the documents that have a word in a title."""
    mask = np.zeros(reader.catalogue.size, bool)
    for number, here in slot.ranges:
        mask[_of_titles(reader.segments[number], here) + reader.bases[number]] = True
    return mask


def _of_titles(segment: Segment, postings: slice) -> Array:
    """The documents of those of some postings that lie in a title."""
    ends = segment.starts[:, _BEHIND]
    firsts = segment.positions.take(segment.columns["counts_ends"][postings])
    early = np.flatnonzero(firsts < ends.max(initial=0))  # nearly all words stand behind the end of the longest title
    docs = segment.docs[postings][early]
    return np.asarray(docs[firsts[early] < ends[docs]])
