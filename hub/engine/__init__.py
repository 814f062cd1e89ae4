"""The line between the hub and whatever searches: a few verbs on our own types, the same for every engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.lexicon import EMPTY, Lexicon
from hub.query import Hit, Results, SearchRequest, Spelling
from hub.record import Record
from hub.vocabulary import Vocabularies


@dataclass(frozen=True)
class Document:
    """A published record made ready for an engine.

    `facets` holds every value it counts under, broader ones included; `keywords` pairs of (language, text):
    the names of its concepts, its place, its organisations, its source's own terms. `fingerprint` changes
    whenever anything here does.
    """

    record: Record
    facets: Mapping[str, tuple[str, ...]]
    keywords: tuple[tuple[str, str], ...]
    fingerprint: str


@dataclass(frozen=True)
class Edition:
    """What belongs to one state of the corpus besides its documents.

    `revision` names the state. `moved` leads from former ids to the present one; `withdrawn` ids are gone.
    `lexicon` is what its words mean.
    """

    revision: str
    vocabularies: Vocabularies
    moved: Mapping[str, str]
    withdrawn: tuple[str, ...]
    lexicon: Lexicon = EMPTY


@dataclass(frozen=True)
class Every:
    """All records that answer a request, in its order: how many there are, and each as it is asked for.

    They are of one state of the index, whatever comes into force meanwhile.
    """

    total: int
    records: Iterator[Record]
    revision: str


@dataclass(frozen=True)
class IndexInfo:
    """Which index answers: the corpus revision it was made from, how many records, when (UTC, ISO 8601)."""

    revision: str
    generation: str
    records: int
    built: str


class Engine(Protocol):
    """What every search engine behind the hub can do. All reading verbs may raise IndexUnavailable."""

    def search(self, request: SearchRequest) -> Results:
        """The records that answer a request, best first, with exact counts."""
        ...

    def every(self, request: SearchRequest, after: str | None = None) -> Every:
        """All records that answer a request; its page says nothing.

        With `after` they come in order of their ids, those after this one: whoever goes on from the last id that was
        read misses nothing that stayed in the index, and reads nothing twice.
        """
        ...

    def get(self, record_id: str) -> Record:
        """One record. Raises NotFound, Withdrawn or Moved."""
        ...

    def similar(self, record_id: str, limit: int) -> list[Hit]:
        """The records most like this one, without itself. Raises like `get`."""
        ...

    def spellings(self, word: str, language: str) -> tuple[Spelling, ...]:
        """What a reader of a language may have meant by a word that is not known: words of records or of the lexicon.

        Folded, best first; several words where it was perhaps written as one. Nothing where none is close.
        """
        ...

    def edition(self) -> Edition:
        """The vocabularies and former ids of the state that is indexed."""
        ...

    def fingerprints(self) -> Mapping[str, str]:
        """Record id -> fingerprint of everything that is indexed."""
        ...

    def info(self) -> IndexInfo:
        """Which index answers now."""
        ...

    @property
    def adds(self) -> str:
        """What the engine adds to documents on its own, by name and version: it belongs into their fingerprints."""
        ...

    def titled(self, words: Sequence[str], limit: int) -> list[Record]:
        """The newest records whose titles have all of some folded words, the last as the beginning of one."""
        ...

    def repair(self) -> tuple[str, ...]:
        """Make again what is damaged, from what is whole. One line for each damage; nothing where all is well."""
        ...

    def build(self, documents: Iterable[Document], edition: Edition) -> IndexInfo:
        """Make a new index of exactly these documents. Readers see the old one until the new is whole."""
        ...

    def update(self, changed: Iterable[Document], removed: Iterable[str], edition: Edition, since: str) -> IndexInfo:
        """Bring changed and new documents in and take removed ones out, all or nothing.

        `since` names the generation the difference was taken from. Conflict where another is in force by now.
        """
        ...
