"""Whoosh segment -> columns: the same content, laid out so that a search reads arrays instead of walking objects.

`<segment>.columns` is derived from the segment alone, once, and never changes. `<segment>.weights` holds what BM25F
makes of its word frequencies; that depends on the mean lengths of the whole index too, so it has a file of its own.

Words (rows are terms in the order of their bytes, `tourbi:fr=tourbieres`; so the rows of a stem lie side by side):

    stems, stem_ends, stem_rows       sorted stems; the rows of stem i are stem_rows[i] to stem_rows[i + 1]
    stem_keys                         first 8 bytes of each stem as a number, to find many at once
    forms, form_ends, form_rows_ends  sorted folded words; their rows are form_rows[ends[i] : ends[i + 1]]
    form_keys                         as stem_keys
    row_ends, docs, counts_ends       postings of a row: document numbers, where their positions lie
    positions                         rising within a posting

Documents:

    ids, fingerprints, titles, records (each with _ends), newest
    starts, lengths                   documents x text fields: first position, number of words
    parts, part_ends                  texts that can be shown: part, first position, words, what to add to a position
    offsets                           for its place here: the character of its text that the word there begins at
    values, value_ends                facet values, as numbers of meta["values"] = [[facet, value], ...]
    vectors of <model>                if a model made any: documents x dimensions, zeros where it made none
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from hub.engine.whoosh.columnfile import Array, ColumnFile, ends_of, keys_of, packed, write
from hub.engine.whoosh.schema import TEXT_FIELDS, Card

COLUMNS = "columns 2"  # kind and version; raise the number when the layout changes
WEIGHTS = "weights 1"
_CHUNK = 1 << 20  # postings weighed at a time


def columns_path(folder: Path, segment: str) -> Path:
    """The columns of a segment."""
    return folder / f"{segment}.columns"


def weights_path(folder: Path, segment: str) -> Path:
    """The weights of a segment."""
    return folder / f"{segment}.weights"


def derive(reader: Any, path: Path) -> None:
    """Write the columns of one Whoosh segment, read through Whoosh's own reader of it."""
    documents, values = _documents(reader)
    write(path, COLUMNS, path.stem, _words(reader) | documents, {"values": values})


def _words(reader: Any) -> dict[str, Array]:
    """The postings of all words."""
    docs, counts, positions = array("I"), array("I"), bytearray()
    terms: list[bytes] = []
    row_ends = array("q", (0,))
    for term in reader.lexicon("words"):
        matcher = reader.postings("words", term)
        while matcher.is_active():
            value = matcher.value()
            docs.append(matcher.id())
            counts.append(len(value) // 4)
            positions += value
            matcher.next()
        terms.append(term)
        row_ends.append(len(docs))
    flat = np.frombuffer(positions, np.uint32)
    ends = np.zeros(len(counts) + 1, np.uint32)
    np.cumsum(np.frombuffer(counts, np.uint32), out=ends[1:])
    found: dict[str, Array] = {
        "docs": np.frombuffer(docs, np.int32) if docs else np.zeros(0, np.int32),
        "row_ends": np.array(row_ends, np.int64),
        "counts_ends": ends,
        "positions": _narrow(flat),
    }
    return found | _stems(terms) | _forms(terms)


def _narrow(numbers: Array) -> Array:
    """The same numbers in 16 bits where they fit."""
    return numbers if numbers.max(initial=0) >= 1 << 16 else numbers.astype(np.uint16)


def _stem_of(term: bytes) -> bytes:
    return term[: term.index(b"=") + 1]


def _stems(terms: list[bytes]) -> dict[str, Array]:
    first: dict[bytes, int] = {}
    for row, term in enumerate(terms):
        first.setdefault(_stem_of(term), row)
    stems = list(first)
    blob, ends = packed(stems)
    rows = np.array([*first.values(), len(terms)], np.int32)
    return {"stems": blob, "stem_ends": ends, "stem_rows": rows, "stem_keys": keys_of(stems)}


def _forms(terms: list[bytes]) -> dict[str, Array]:
    rows: dict[bytes, list[int]] = {}
    for row, term in enumerate(terms):
        rows.setdefault(term[term.index(b"=") + 1 :], []).append(row)
    forms = sorted(rows)
    blob, ends = packed(forms)
    return {
        "forms": blob,
        "form_ends": ends,
        "form_keys": keys_of(forms),
        "form_rows": np.array([row for form in forms for row in rows[form]], np.int32),
        "form_rows_ends": ends_of(len(rows[form]) for form in forms),
    }


@dataclass
class _Rows:
    """What is gathered document by document."""

    texts: dict[str, list[bytes]] = field(
        default_factory=lambda: {name: [] for name in ("ids", "fingerprints", "titles", "records")}
    )
    cards: list[Card] = field(default_factory=list)
    facets: dict[tuple[str, str], int] = field(default_factory=dict)
    values: list[list[int]] = field(default_factory=list)

    def add(self, stored: Mapping[str, str]) -> None:
        card = msgspec.json.decode(stored["card"], type=Card)
        texts = (card.id, card.fingerprint, card.title, stored["record"])
        for kept, text in zip(self.texts.values(), texts, strict=True):
            kept.append(text.encode())
        pairs = ((name, value) for name, values in card.facets.items() for value in values)
        self.values.append([self.facets.setdefault(pair, len(self.facets)) for pair in pairs])
        self.cards.append(card)


def _documents(reader: Any) -> tuple[dict[str, Array], list[tuple[str, str]]]:
    """What is known of each document, and the facet values that occur."""
    rows = _Rows()
    for number in range(reader.doc_count_all()):
        rows.add(reader.stored_fields(number))
    columns: dict[str, Array] = {}
    for name, texts in rows.texts.items():
        columns[name], columns[f"{name}_ends"] = packed(texts)
    cards = rows.cards
    shape = (len(cards), len(TEXT_FIELDS))
    parts = [part for card in cards for part in card.parts]
    begins = ends_of(part.words for part in parts).tolist()
    table = [(part.part, part.start, part.words, at - part.start) for part, at in zip(parts, begins, strict=False)]
    columns |= {
        "newest": np.array([card.newest for card in cards], np.int64),
        "starts": np.array([card.starts for card in cards], np.uint32).reshape(shape),
        "lengths": np.array([card.lengths for card in cards], np.uint32).reshape(shape),
        "parts": np.array(table, np.int32).reshape(-1, 4),
        "part_ends": ends_of(len(card.parts) for card in cards),
        "offsets": _narrow(np.frombuffer(b"".join(part.offsets for part in parts), np.uint32)),
        "values": np.array([value for values in rows.values for value in values], np.int32),
        "value_ends": ends_of(len(values) for values in rows.values),
    }
    return columns | _vectors(cards), list(rows.facets)


def _vectors(cards: list[Card]) -> dict[str, Array]:
    """What models made of the meaning of documents; one model, but for documents that could not be read again."""
    found: dict[str, Array] = {}
    for number, card in enumerate(cards):
        if card.model:
            vector = np.frombuffer(card.vector, np.float16)
            name = vectors_of(card.model)
            if name not in found:
                found[name] = np.zeros((len(cards), len(vector)), np.float16)
            found[name][number] = vector
    return found


def vectors_of(model: str) -> str:
    """The column of the vectors that a model made."""
    return f"vectors of {model}"


def mean_lengths(lengths: Iterable[Array]) -> tuple[float, ...]:
    """Mean number of words by text field over all documents, to two digits.

    Rounded so that a changed record does not change the weight of every word of the index.
    """
    whole = np.concatenate([*lengths, np.zeros((0, len(TEXT_FIELDS)), np.uint32)])
    means = whole.mean(axis=0, dtype=np.float64) if len(whole) else np.ones(len(TEXT_FIELDS))
    return tuple(max(float(f"{mean:.1e}"), 1.0) for mean in means)


def factors(lengths: Array, means: tuple[float, ...]) -> Array:
    """What one occurrence is worth, documents x text fields: weight of the field over its length normalisation."""
    b = np.array([one.b for one in TEXT_FIELDS.values()])
    weight = np.array([one.weight for one in TEXT_FIELDS.values()])
    return np.asarray(weight / (1 - b + b * lengths / np.array(means)), np.float32)


def fields_of(starts: Array, positions: Array) -> Array:
    """The text field of each position, given the field starts of its document (one row a position)."""
    return np.asarray(np.count_nonzero(positions[:, None] >= starts[:, 1:], axis=1))


def weigh(columns: ColumnFile, means: tuple[float, ...], path: Path) -> None:
    """Write the weights of a segment: for each posting the sum of what its occurrences are worth."""
    factor = factors(columns["lengths"], means)
    docs, ends, positions, starts = (columns[name] for name in ("docs", "counts_ends", "positions", "starts"))
    weights = np.zeros(len(docs), np.float32)
    for begin in range(0, len(docs), _CHUNK):
        until = min(begin + _CHUNK, len(docs))
        inner = ends[begin : until + 1].astype(np.int64)
        owner = np.repeat(docs[begin:until], np.diff(inner))
        worth = factor[owner, fields_of(starts[owner], positions[inner[0] : inner[-1]])]
        weights[begin:until] = np.add.reduceat(worth, inner[:-1] - inner[0], dtype=np.float64)
    write(path, WEIGHTS, columns.identity, {"weights": weights, "factors": factor}, {"means": means})
