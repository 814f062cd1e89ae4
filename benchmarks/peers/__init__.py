"""The search engines that are measured, one module each, all asked the same.

Only the standard library is needed here: one of them runs under another Python.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FACETS = ("target", "theme", "region", "country", "type", "year", "evidence", "language", "source")
WEIGHTS = {"title": 3.0, "abstract": 1.5, "body": 1.0, "keywords": 1.0}
TOP = 10
WIDTH = 280  # characters of a snippet


@dataclass(frozen=True)
class Plain:
    """A document as a peer is given it; `body` is everything between abstract and keywords."""

    id: str
    language: str
    title: str
    abstract: str
    body: str
    keywords: str
    facets: dict[str, list[str]]


@dataclass(frozen=True)
class Query:
    """One question: words that all must occur (or `any` of them, or as a `phrase`), a word's beginning, filters."""

    kind: str
    words: tuple[str, ...] = ()
    prefix: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether one of the words is enough."""
        return self.kind == "or"

    @property
    def phrase(self) -> bool:
        """Whether the words must follow each other."""
        return self.kind == "phrase"

    @property
    def text(self) -> str:
        """As typed into a search box; empty when only filters are chosen."""
        words = " ".join(self.words)
        return f'"{words}"' if self.phrase else f"{words} {self.prefix}*" if self.prefix else words


def read_queries(path: Path) -> dict[str, list[Query]]:
    """The questions that `benchmarks.queries` keeps, by kind."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    return {
        kind: [Query(**query | {"words": tuple(query["words"])}) for query in found] for kind, found in kept.items()
    }


@dataclass(frozen=True)
class Answer:
    """The whole answer: how many documents, the ten best, the counts of all facets, a snippet of each of the ten."""

    total: int
    ids: list[str]
    facets: Mapping[str, Mapping[str, int]]
    snippets: Sequence[object]


class Peer(Protocol):
    """What each engine can do."""

    def version(self) -> str:
        """What is measured, in words."""

    def build(self, documents: Iterable[Plain]) -> None:
        """Make the index of these documents."""

    def open(self) -> None:
        """Make ready for searching."""

    def search(self, query: Query) -> Answer:
        """The complete answer to one question."""
