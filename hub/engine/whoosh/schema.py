"""How a document lies in the Whoosh index: its words with their positions, its facet values, its stored forms.

All texts of a document share one row of positions, field after field, with one place left free between two texts, so
that no phrase reaches across. Where fields and texts begin stands in the stored card.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import merge
from typing import Any, NamedTuple

import msgspec
from whoosh import fields, formats

from hub.engine import Document
from hub.engine.whoosh.analysis import Terms, idea_stem, terms
from hub.engine.whoosh.dense import Dense
from hub.lexicon import Phrasebook
from hub.query import FACETS
from hub.record import FIELDS, SECTIONS, Record
from hub.text import fold
from hub.words import base

FORMAT = 4  # raise it whenever documents of an older index would be read wrongly: the next build is then fresh


class Field(NamedTuple):
    """BM25F parameters of a text field: `weight` of its words, `b` the share of length normalisation."""

    weight: float
    b: float


# One table says what counts how much; the order is that of positions.
TEXT_FIELDS = {
    "title": Field(3.0, 0.5),
    "abstract": Field(1.5, 0.5),
    "sections": Field(1.0, 0.6),
    "text": Field(1.0, 0.6),
    "keywords": Field(1.0, 0.5),
}
PARTS = ("title", "abstract", *SECTIONS, "text")  # the texts of a record that can be shown

# What narrows a search besides the facets: the languages of any text of a record, and the one it is written in.
SPOKEN, WRITTEN = "spoken", "written"


class Part(NamedTuple):
    """A text of a record that can be shown: which of PARTS, its first position, how many words.

    `offsets` are the characters at which its words begin, 32 bits each.
    """

    part: int
    start: int
    words: int
    offsets: bytes


@dataclass
class Card:
    """What the columns need to know of a document besides its words; stored as JSON.

    `starts` and `lengths` are by text field: first position and number of words. `newest` and `title` sort.
    `vector` is what `model` made of its meaning, if there is one (`dense`).
    """

    id: str
    fingerprint: str
    newest: int
    title: str
    facets: Mapping[str, tuple[str, ...]]
    starts: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    model: str = ""
    vector: bytes = b""


class Positions(formats.Positions):  # type: ignore[misc]
    """Positions as plain 32-bit numbers, so that they are copied into columns as they are."""

    def word_values(self, value: Mapping[str, bytes], _analyzer: Any, **_: Any) -> Iterator[tuple[Any, ...]]:
        """Whoosh's (term, frequency, weight, value) for words that are analysed already."""
        for word, positions in value.items():
            yield word.encode(), len(positions) // 4, 1.0, positions

    def decode_positions(self, valuestring: bytes) -> list[int]:
        """The positions of one posting."""
        return array("I", valuestring).tolist()

    def decode_frequency(self, valuestring: bytes) -> int:
        """How often a word occurs in one document."""
        return len(valuestring) // 4

    decode_weight = decode_frequency


class Words(fields.FieldType):  # type: ignore[misc]
    """A field that takes its words analysed: a mapping of term to positions, 32 bits each."""

    def __init__(self) -> None:
        super().__init__(format=Positions(), analyzer=None)

    def index(self, value: Mapping[str, bytes], **_: Any) -> Iterator[tuple[Any, ...]]:
        """Postings of one document."""
        return self.format.word_values(value, None)  # type: ignore[no-any-return]


def schema() -> fields.Schema:
    """The Whoosh schema: words, a term field per facet, and the stored record with its card."""
    facets = {f"facet_{name}": fields.KEYWORD(stored=False, commas=True) for name in FACETS}
    return fields.Schema(
        id=fields.ID(unique=True, stored=True), words=Words(), record=fields.STORED, card=fields.STORED, **facets
    )


def text_segments(record: Record) -> dict[str, tuple[tuple[str, str, int], ...]]:
    """The texts of a record by text field: language, text, and which of PARTS (-1: a translation, never shown)."""
    own = record.language
    others = (record.translations or {}).items()
    shown = {name: ((own, text, at),) for at, name in enumerate(PARTS) if (text := getattr(record, name))}
    return {
        "title": (*shown["title"], *((tag, other.title, -1) for tag, other in others)),
        "abstract": (*shown.get("abstract", ()), *((tag, other.abstract, -1) for tag, other in others)),
        "sections": tuple(text for name in SECTIONS for text in shown.get(name, ())),
        "text": shown.get("text", ()),
    }


_names = lru_cache(maxsize=10_000)(terms)  # keywords are mostly names of concepts, the same again and again


def analysed(document: Document, phrasebook: Phrasebook) -> tuple[dict[str, array[int]], Card]:
    """The words of a document with their positions, the ideas they express with theirs, and its card."""
    record = document.record
    words: dict[str, array[int]] = {}
    spoken: set[str] = set()
    newest = [int(text.replace("-", "").ljust(8, "0") or 0) for text in (record.provenance.first_seen, record.began)]
    card = Card(
        record.id,
        document.fingerprint,
        newest[0] * 10**8 + newest[1],
        fold(record.title.lstrip("\"“«'‘([¿¡ \u00a0")),
        {},
    )
    position = 0
    keywords = tuple((language, text, -1) for language, text in document.keywords)
    for name, texts in (text_segments(record) | {"keywords": keywords}).items():
        card.starts.append(position)
        card.lengths.append(0)
        for language, text, part in texts:
            spoken.add(base(language))
            found = (_names if name == "keywords" else terms)(text, language)
            if part >= 0:
                card.parts.append(Part(part, position, len(found.terms), found.offsets.tobytes()))
            beside = _beside(found, language, position, phrasebook) if name != "keywords" else ()
            _add(words, merge(enumerate(found.terms, position), beside))
            card.lengths[-1] += len(found.terms)
            position += len(found.terms) + 1
    card.facets = {**document.facets, SPOKEN: tuple(sorted(spoken)), WRITTEN: (base(record.language),)}
    return words, card


def _add(words: dict[str, array[int]], found: Iterable[tuple[int, str]]) -> None:
    for at, key in found:
        if key in words:
            words[key].append(at)
        else:
            words[key] = array("I", (at,))


def _beside(found: Terms, language: str, position: int, phrasebook: Phrasebook) -> Iterator[tuple[int, str]]:
    """What stands at the places of words besides themselves, rising: words that a hyphen parts, and ideas."""
    joined = [(position + at + place, term) for term, at in found.joined for place in (0, 1)]
    ideas = {(position + at, idea_stem(name)) for name, at in phrasebook.written(found.words, language)}
    yield from sorted({*joined, *ideas})


def to_fields(document: Document, phrasebook: Phrasebook, dense: Dense | None = None) -> dict[str, Any]:
    """A document as keyword arguments of Whoosh's `add_document`. Raises before Whoosh sees anything wrong."""
    words, card = analysed(document, phrasebook)
    if dense is not None:
        card.model, card.vector = dense.name, dense.vector(document.record)
    record = {name: value for name in FIELDS if (value := getattr(document.record, name))}
    return {
        "id": document.record.id,
        "words": {word: positions.tobytes() for word, positions in words.items()},
        "record": msgspec.json.encode(record).decode(),
        "card": msgspec.json.encode(card).decode(),
        **{f"facet_{name}": ",".join(document.facets.get(name, ())) for name in FACETS},
    }
