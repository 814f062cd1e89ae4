"""The embedded search engine: Whoosh keeps the index, columns derived from it are what is read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial, reduce
from pathlib import Path

import numpy as np

from hub.engine import Document, Edition, Every, IndexInfo
from hub.engine.whoosh import store, write
from hub.engine.whoosh.catalogue import Catalogue
from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.dense import opened
from hub.engine.whoosh.evaluate import Answer, Question, chosen, evaluate
from hub.engine.whoosh.ranking import ranked
from hub.engine.whoosh.reader import Reader
from hub.engine.whoosh.similar import similar
from hub.engine.whoosh.snippets import hits, plain_hit
from hub.engine.whoosh.titles import titled
from hub.errors import Conflict, IndexUnavailable, Moved, NotFound, Withdrawn
from hub.query import TOGETHER, FacetCounts, Hit, Results, SearchRequest, Spelling, Understood, parse_query
from hub.record import Record
from hub.vocabulary import NOT_STATED
from hub.words import base


class WhooshEngine:
    """An engine over a folder of index generations; safe to share between threads.

    `semantic` lets meaning count as well. Raises HubError where what that needs is not installed.
    """

    def __init__(self, folder: Path, semantic: bool = False) -> None:
        self._folder = folder
        self._dense = opened(semantic)
        self._lock = threading.Lock()
        self._open: tuple[tuple[int, int], Reader] | None = None
        self._prepared = False

    def _reader(self) -> Reader:
        """The generation in force; opened anew when another has come into force."""
        seen = store.stamp(self._folder)
        kept = self._open
        if kept is not None and kept[0] == seen:
            if kept[1].damage is not None:
                raise kept[1].damage
            return kept[1]
        with self._lock:
            for last_try in (False, True):
                seen = store.stamp(self._folder)
                if self._open is not None and self._open[0] == seen:
                    return self._open[1]
                try:
                    reader = Reader(store.current(self._folder), self.adds)
                except IndexUnavailable:
                    # The pointer may have moved on between reading it and opening what it names.
                    if last_try or store.stamp(self._folder) == seen:
                        raise
                    continue
                if seen is not None:
                    self._open = (seen, reader)
                if self._prepared:
                    threading.Thread(target=reader.prepare, daemon=True).start()
                return reader
        raise IndexUnavailable("The index changes faster than it can be opened; try again.")

    # -- reading

    def prepare(self) -> None:
        """Make ready what the first searches would have to wait for, now and with every index that follows."""
        self._prepared = True
        self._reader().prepare()

    def search(self, request: SearchRequest, least: int | None = None) -> Results:
        """The records that answer a request, best first, with exact counts.

        `least` says how many of its parts a record must have; None: as `evaluate` tells.
        """
        reader = self._reader()
        answer = _answered(reader, request, least)
        filters = chosen(reader, request.filters)
        documents = _all_of(answer.documents, filters)
        total = int(np.count_nonzero(documents))
        alike = self._alike(reader, request) if total and request.per_page else None
        page = ranked(reader, documents, answer, request, alike)
        return Results(
            total=total,
            hits=tuple(hits(reader, page, answer)),
            facets=_counts(reader, request, answer, filters),
            words=tuple(
                (match.clause.text, int(np.count_nonzero(having)))
                for match, having in zip(answer.telling, answer.covered, strict=True)
            ),
            required=answer.required,
            revision=reader.info.revision,
            whole=int(np.count_nonzero(documents & answer.whole)),
            understood=_understood(answer),
        )

    def every(self, request: SearchRequest, after: str | None = None) -> Every:
        """All records that answer a request, in its order, or in that of their ids."""
        reader = self._reader()
        answer = _answered(reader, request)
        documents = _all_of(answer.documents, chosen(reader, request.filters))
        total = int(np.count_nonzero(documents))
        if after is not None:
            numbers = reader.catalogue.after(after.encode(), documents)
        else:
            whole = replace(request, page=1, per_page=max(total, 1), explain=False)
            alike = self._alike(reader, request) if total else None
            numbers = ranked(reader, documents, answer, whole, alike, marked=False).documents
        return Every(total, map(reader.read, numbers.tolist()), reader.info.revision)

    def _alike(self, reader: Reader, request: SearchRequest) -> Array | None:
        """How near in meaning documents are, where that counts."""
        if self._dense is None or request.verbatim or request.sort != "relevance":
            return None
        return self._dense.alike(reader.vectors, reader.catalogue.live, parse_query(request.q))

    def get(self, record_id: str) -> Record:
        """One record. Raises NotFound, Withdrawn or Moved."""
        reader = self._reader()
        return reader.record(_number(reader, record_id))

    def similar(self, record_id: str, limit: int) -> list[Hit]:
        """Records with words, ideas, targets, themes and countries of this one, most alike first; not the same case."""
        reader = self._reader()
        own = _number(reader, record_id)
        alike = similar(reader, own, limit)
        return [plain_hit(record, score) for record, score in alike]

    def spellings(self, word: str, language: str) -> tuple[Spelling, ...]:
        """What a reader of a language may have meant by a word that is not known, best first."""
        return self._reader().spellings(word, base(language))

    def edition(self) -> Edition:
        """The vocabularies and former ids of the state that is indexed."""
        return self._reader().edition

    def fingerprints(self) -> Mapping[str, str]:
        """Record id -> fingerprint of everything that is indexed."""
        return self._reader().fingerprints()

    def info(self) -> IndexInfo:
        """Which index answers now."""
        return self._reader().info

    @property
    def adds(self) -> str:
        """The model that reads documents, with its version; empty for none."""
        return self._dense.name if self._dense else ""

    def titled(self, words: Sequence[str], limit: int) -> list[Record]:
        """The newest records whose titles have all of some folded words, the last as the beginning of one."""
        reader = self._reader()
        return [reader.record(number) for number in titled(reader, words, limit)]

    # -- writing

    def repair(self) -> tuple[str, ...]:
        """Derive damaged columns again from their segments, in a new generation. One line for each damage.

        Where more is damaged than that, nothing is done: the next build starts afresh.
        """
        try:
            generation = store.current(self._folder)
            edition, info = store.read_edition(generation)
            damages = write.damages(generation)
            if damages:
                names = [damage.path.name for damage in damages]
                self._new_generation(partial(write.mend, names), edition, info.generation)
        except IndexUnavailable:
            return ()
        return tuple(map(str, damages))

    def build(self, documents: Iterable[Document], edition: Edition) -> IndexInfo:
        """Make a new generation of exactly these documents."""
        return self._new_generation(partial(write.build, documents, edition.lexicon, self._dense), edition, None)

    def update(self, changed: Iterable[Document], removed: Iterable[str], edition: Edition, since: str) -> IndexInfo:
        """Make a new generation from generation `since`, with these documents changed and those removed.

        It is in force before segments are merged, which makes one more.
        """
        self._reader()  # never build upon a damaged index
        fill = partial(write.change, changed, removed, edition.lexicon, self._dense)
        info = self._new_generation(fill, edition, since)
        catalogue = Catalogue(self._folder / info.generation)
        worn = write.to_merge(write.sizes_of(catalogue))
        if not worn:
            return info
        names = [catalogue.segments[number][0] for number in worn]
        try:
            return self._new_generation(partial(write.merge, names), edition, info.generation)
        except Conflict:  # the update is in force; whoever came between merges after it
            return info

    def _new_generation(self, fill: store.Fill, edition: Edition, since: str | None) -> IndexInfo:
        generation = store.new_generation(self._folder, edition, fill, since)
        return store.read_edition(generation)[1]


def _answered(reader: Reader, request: SearchRequest, least: int | None = None) -> Answer:
    """What answers the query of a request in its scope, before its filters."""
    clauses = parse_query(request.q)
    scope = _all_of(reader.catalogue.live, chosen(reader, request.scope))
    stretches = () if request.verbatim else reader.understood(clauses, base(request.language))
    return evaluate(reader, Question(clauses, stretches, request.language, request.verbatim, least), scope)


def _number(reader: Reader, record_id: str) -> int:
    number = reader.catalogue.number(record_id.encode())
    if number is not None:
        return number
    if record_id in reader.edition.moved:
        raise Moved(reader.edition.moved[record_id])
    if record_id in reader.edition.withdrawn:
        raise Withdrawn(f"record {record_id!r} was withdrawn")
    raise NotFound(f"there is no record {record_id!r}")


def _all_of(documents: Array, facets: Mapping[str, Array]) -> Array:
    return reduce(np.bitwise_and, facets.values(), documents)


def _understood(answer: Answer) -> tuple[Understood, ...]:
    order = sorted(answer.values, key=lambda having: (not having.named, -having.strength, having.covers[0]))
    return tuple(
        Understood(" ".join(answer.matches[at].clause.text for at in each.covers), *each.value, each.named)
        for each in order
    )


def _counts(
    reader: Reader, request: SearchRequest, answer: Answer, filters: Mapping[str, Array]
) -> dict[str, FacetCounts]:
    """Counts of the wanted facets; each ignores its own filter, so that it says what choosing would give."""
    kinds: dict[str, list[str]] = {}  # "" for all that nothing is chosen of
    for name in request.facets:
        kind = TOGETHER.get(name, name)
        kinds.setdefault(kind if kind in filters else "", []).append(name)
    counts: dict[str, dict[str, int]] = {}
    for kind, names in kinds.items():
        documents = _all_of(answer.documents, {other: having for other, having in filters.items() if other != kind})
        if documents is reader.catalogue.live:
            counts |= {name: dict(reader.counts.get(name, ())) for name in names}  # kept: others are given them too
        else:
            counts |= {name: {} for name in names} | reader.catalogue.counts(documents, names)
    return {name: FacetCounts(counts[name], counts[name].pop(NOT_STATED, 0)) for name in request.facets}
