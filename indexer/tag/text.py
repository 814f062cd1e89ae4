"""A record's words, made ready for all that look for something in them: sentences, each with its words in place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from hub.record import SECTIONS, Record
from hub.words import find_words

FIELDS = ("title", "abstract", *SECTIONS, "text")
QUOTE = 300  # characters; a longer sentence is cut, for a curator reads quotations at a glance
LONGEST = 100  # letters; what is longer is no word of any language, and costs the square of its length to look for

_LINES = r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]"
_LINE = re.compile(_LINES)
_END = re.compile(
    r"(?<=[.!?…;])(?:[ \u00a0\u202f]?[\"'”’»)\]])*\s+(?=[\"'“‘«¿¡(\[]*[^\W_a-z])"  # a mark, a space, a capital or digit
    r"|(?<=[。！？；])"
    rf"|{_LINES}+"
)
_SHORT = (
    r"approx ca cf dr e\.g i\.e etc inc mr mrs ms no prof sp spp ssp subsp st ste vs var vol art bzw z\.b u\.a d\.h nr"
    r" pp fig al"
)
_ABBREVIATION = re.compile(rf"(?:\b[^\W\d_]|\b(?:{'|'.join(_SHORT.split())}))\.$", re.I)


class Word(Struct, frozen=True, gc=False):
    """One word of a sentence as written, and where it stands in the sentence (characters)."""

    text: str
    start: int
    end: int


class Sentence(Struct, frozen=True, gc=False):
    """A sentence: a verbatim piece of the field it comes from, `number` counts within the field from 0."""

    field: str
    number: int
    text: str
    words: tuple[Word, ...]

    def quote(self, start: int, end: int) -> str:
        """The sentence, or where it is long at most QUOTE characters around the given ones, cut between words."""
        if len(self.text) <= QUOTE:
            return self.text
        first = max(0, min(start - (QUOTE - (end - start)) // 2, len(self.text) - QUOTE, start))
        bounds = [word for word in self.words if word.start >= first and word.end <= first + QUOTE]
        return self.text[bounds[0].start : bounds[-1].end] if bounds else self.text[first : first + QUOTE].strip()


class Reading(Struct, frozen=True, gc=False):
    """The sentences of a record in the order of its fields, and the language they are in."""

    language: str
    sentences: tuple[Sentence, ...]


def read(record: Record, fields: tuple[str, ...] = FIELDS) -> Reading:
    """The sentences of a record."""
    found = [sentence for name in fields for sentence in sentences_of(name, getattr(record, name))]
    return Reading(record.language, tuple(found))


def sentences_of(field: str, text: str) -> Iterator[Sentence]:
    """A field's text cut into sentences; each is a verbatim piece of it."""
    for number, piece in enumerate(_pieces(text)):
        found = find_words(piece)
        words = tuple([Word(word, start, start + len(word)) for word, start in found if len(word) <= LONGEST])
        yield Sentence(field, number, piece, words)


def _pieces(text: str) -> Iterator[str]:
    begin = 0
    for end in _END.finditer(text):
        if not _LINE.search(end[0]) and _ABBREVIATION.search(text, max(begin, end.start() - 12), end.start()):
            continue
        if piece := text[begin : end.end()].strip():
            yield piece
        begin = end.end()
    if piece := text[begin:].strip():
        yield piece
