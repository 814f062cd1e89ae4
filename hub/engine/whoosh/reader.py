"""One generation of the index, open for reading. Everything the hub reads from Whoosh passes through here.

Whoosh's own readers cannot be shared between threads, so each call into it holds a lock and its answer is kept.
Evaluating a query needs only four things: postings, lengths, facet values, stored records.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from whoosh import index
from whoosh.reading import TermNotFound

from hub.engine.whoosh.analysis import base, stem
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.engine.whoosh.store import DAMAGED, read_edition
from hub.errors import IndexUnavailable
from hub.query import FACETS
from hub.record import Record, parse_record

Postings = Mapping[int, tuple[int, ...]]  # document number -> positions of the term in one field


class Reader:
    """A generation in memory-light form; `docs` are the numbers of its documents."""

    def __init__(self, generation: Path) -> None:
        self.edition, self.info = read_edition(generation)
        try:
            self._reader: Any = index.open_dir(str(generation), schema=None).reader()
            self.cards: dict[int, Any] = {
                number: json.loads(stored["card"]) for number, stored in self._reader.iter_docs()
            }
            self._index_cards()
        except Exception as error:  # Whoosh raises whatever a damaged file makes it stumble over
            raise IndexUnavailable(DAMAGED) from error
        # A reader is let go of when no thread uses it any more; only then may its files be closed.
        weakref.finalize(self, self._reader.close)
        self._lock = threading.Lock()
        for tag in self.spoken:
            stem("a", tag)  # loads dictionaries now, not while the first reader waits
        self.postings = lru_cache(maxsize=50_000)(self._postings)
        self.expand = lru_cache(maxsize=1_000)(self._expand)
        self.record = lru_cache(maxsize=1_000)(self._record)

    def _index_cards(self) -> None:
        self.docs = frozenset(self.cards)
        self.number = {card["id"]: number for number, card in self.cards.items()}
        languages: dict[str, set[int]] = defaultdict(set)
        facets: dict[str, dict[str, set[int]]] = {name: defaultdict(set) for name in FACETS}
        for number, card in self.cards.items():
            languages[base(card["language"])].add(number)
            for name, values in card["facets"].items():
                for value in values:
                    facets[name][value].add(number)
        self.spoken = frozenset().union(*(card["spoken"] for card in self.cards.values()))
        self.languages = {tag: frozenset(docs) for tag, docs in languages.items()}
        self.facets = {n: {v: frozenset(docs) for v, docs in by.items()} for n, by in facets.items()}
        self.stated = {name: frozenset().union(*by.values()) for name, by in self.facets.items()}
        count = max(len(self.docs), 1)
        self.mean_length = {
            name: max(sum(card["lengths"][name] for card in self.cards.values()) / count, 1.0) for name in TEXT_FIELDS
        }

    @contextmanager
    def _whoosh(self) -> Iterator[None]:
        """Alone with Whoosh's reader; whatever it stumbles over in a damaged file is said in our words."""
        with self._lock:
            try:
                yield
            except Exception as error:
                raise IndexUnavailable(DAMAGED) from error

    def _postings(self, field: str, term: str) -> Postings:
        """Where a term occurs in a text field; empty where it does not."""
        found: dict[int, tuple[int, ...]] = {}
        with self._whoosh():
            try:
                matcher = self._reader.postings(field, term)
            except TermNotFound:
                return found
            while matcher.is_active():
                found[matcher.id()] = tuple(matcher.value_as("positions"))
                matcher.next()
        return found

    def _expand(self, field: str, prefix: str) -> tuple[str, ...]:
        """The terms of a field that start so."""
        with self._whoosh():
            return tuple(term.decode() for term in self._reader.expand_prefix(field, prefix))

    def _record(self, number: int) -> Record:
        with self._whoosh():
            stored = self._reader.stored_fields(number)
        return parse_record(json.loads(stored["record"]), f"{stored['id']}.yaml")

    def fingerprints(self) -> dict[str, str]:
        """Record id -> fingerprint of its document."""
        return {card["id"]: card["fingerprint"] for card in self.cards.values()}
