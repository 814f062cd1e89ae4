"""How a document lies in the Whoosh index: its fields, and what each is worth in ranking."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from whoosh import fields
from whoosh.analysis import Analyzer, Token

from hub.engine import Document
from hub.engine.whoosh.analysis import base, stem, surface, tokens
from hub.query import FACETS
from hub.record import SECTIONS, Record, record_to_data

FORMAT = 1  # raise it whenever documents of an older index would be read wrongly: the next build is then fresh

_SEGMENT, _LANGUAGE = "\x1f", "\x1e"  # records hold no control characters
_GAP = 100  # positions between two segments, so that no phrase reaches across


class Field(NamedTuple):
    """BM25F parameters of a text field: `weight` of its words, `b` the share of length normalisation."""

    weight: float
    b: float


# One table says what counts how much.
TEXT_FIELDS = {
    "title": Field(3.0, 0.5),
    "abstract": Field(1.5, 0.5),
    "sections": Field(1.0, 0.6),
    "text": Field(1.0, 0.6),
    "keywords": Field(1.0, 0.5),
}


class TaggedText(Analyzer):  # type: ignore[misc]
    """Whoosh's view of our analysis: text tagged with its language becomes surface terms and stems."""

    def __call__(self, value: str, **_: Any) -> Iterator[Token]:
        """Two tokens a word, both at the word's position; the same Token object again and again, as Whoosh does."""
        token = Token(positions=True, chars=False, removestops=False, mode="index")
        token.boost, token.stopped = 1.0, False
        position = 0
        for segment in value.split(_SEGMENT):
            language, _separator, text = segment.partition(_LANGUAGE)
            for word in tokens(text):
                token.pos = position
                for term in (surface(word.folded), stem(word.surface, language)):
                    token.text = term
                    yield token
                position += 1
            position += _GAP


def tagged(*segments: tuple[str, str]) -> str:
    """Pairs of (language, text) as one value for `TaggedText`."""
    return _SEGMENT.join(f"{language}{_LANGUAGE}{text}" for language, text in segments)


def schema() -> fields.Schema:
    """The Whoosh schema: text fields, a term field per facet, and the stored record with its card."""
    texts = {name: fields.TEXT(analyzer=TaggedText(), phrase=True, stored=False) for name in TEXT_FIELDS}
    facets = {f"facet_{name}": fields.KEYWORD(stored=False, commas=True) for name in FACETS}
    return fields.Schema(
        id=fields.ID(unique=True, stored=True), record=fields.STORED, card=fields.STORED, **texts, **facets
    )


def text_segments(record: Record) -> dict[str, tuple[tuple[str, str], ...]]:
    """The texts of a record by text field, each with its language; translations count like the original."""
    own = record.language
    others = (record.translations or {}).items()
    sections = tuple((own, text) for name in SECTIONS if (text := getattr(record, name)))
    return {
        "title": ((own, record.title), *((tag, other.title) for tag, other in others)),
        "abstract": ((own, record.abstract), *((tag, other.abstract) for tag, other in others)),
        "sections": sections,
        "text": ((own, record.text),) if record.text else (),
    }


def to_fields(document: Document) -> dict[str, Any]:
    """A document as keyword arguments of Whoosh's `add_document`. Raises before Whoosh sees anything wrong."""
    record = document.record
    segments = text_segments(record) | {"keywords": document.keywords}
    lengths = {name: sum(len(list(tokens(text))) for _, text in parts) for name, parts in segments.items()}
    card = {
        "id": record.id,
        "language": record.language,
        "facets": document.facets,
        "lengths": lengths,
        "spoken": sorted({base(tag) for parts in segments.values() for tag, _ in parts}),
        "fingerprint": document.fingerprint,
        "title": record.title,
        "newest": [record.provenance.first_seen, record.began],
    }
    values = {f"facet_{name}": ",".join(document.facets.get(name, ())) for name in FACETS}
    texts = {name: tagged(*parts) for name, parts in segments.items()}
    stored: dict[str, str] = {
        "record": json.dumps(record_to_data(record), ensure_ascii=False),
        "card": json.dumps(card, ensure_ascii=False),
    }
    return {"id": record.id, **texts, **values, **stored}
