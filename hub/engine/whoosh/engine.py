"""The embedded search engine: Whoosh keeps the index, columns derived from it are what is read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import partial, reduce
from pathlib import Path

import numpy as np

from hub.engine import Document, Edition, IndexInfo
from hub.engine.whoosh import store, write
from hub.engine.whoosh.analysis import stop_words, tokens
from hub.engine.whoosh.catalogue import Catalogue
from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.evaluate import Answer, chosen, evaluate, idf, saturated, scored
from hub.engine.whoosh.reader import Entries, Reader, Selection
from hub.engine.whoosh.snippets import hits, plain_hit
from hub.errors import Conflict, IndexUnavailable, Moved, NotFound, Withdrawn
from hub.query import TOGETHER, FacetCounts, Hit, Results, SearchRequest, parse_query
from hub.record import Record
from hub.vocabulary import NOT_STATED
from hub.words import base

SIMILAR_TERMS = 25  # most telling words of a record that similar ones are looked for by
SIMILAR_FACETS = {"target": 1.0, "theme": 1.0, "country": 0.5}  # worth of a shared value, times its idf


class WhooshEngine:
    """An engine over a folder of index generations; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._open: tuple[tuple[int, int], Reader] | None = None

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
                    reader = Reader(store.current(self._folder))
                except IndexUnavailable:
                    # The pointer may have moved on between reading it and opening what it names.
                    if last_try or store.stamp(self._folder) == seen:
                        raise
                    continue
                if seen is not None:
                    self._open = (seen, reader)
                return reader
        raise IndexUnavailable("The index changes faster than it can be opened; try again.")

    # -- reading

    def search(self, request: SearchRequest, least: int | None = None) -> Results:
        """The records that answer a request, best first, with exact counts.

        `least` says how many of the parts a record must have; None: all of them, or the most that any has.
        """
        reader = self._reader()
        clauses = parse_query(request.q)
        scope = _all_of(reader.catalogue.live, chosen(reader, request.scope))
        answer = evaluate(reader, clauses, request.language, scope, least)
        filters = chosen(reader, request.filters)
        documents = _all_of(answer.documents, filters)
        ranked, scores, shown = _ranked(reader, documents, answer, request)
        return Results(
            total=int(np.count_nonzero(documents)),
            hits=tuple(hits(reader, ranked, scores.tolist(), answer.matches, shown)),
            facets=_counts(reader, request, answer, filters),
            words=tuple((match.clause.text, match.count) for match in answer.telling),
            required=answer.required,
            revision=reader.info.revision,
        )

    def get(self, record_id: str) -> Record:
        """One record. Raises NotFound, Withdrawn or Moved."""
        reader = self._reader()
        return reader.record(_number(reader, record_id))

    def similar(self, record_id: str, limit: int) -> list[Hit]:
        """Records that share telling words, targets, themes and countries with this one, most alike first."""
        reader = self._reader()
        own = _number(reader, record_id)
        scores = np.zeros(reader.catalogue.size)
        for weight, found in _telling(reader, own):
            scores += weight * saturated(np.bincount(found.docs, found.weights, len(scores)))
        for name, worth in SIMILAR_FACETS.items():
            for value in reader.facets(own, name):
                having = reader.catalogue.having(name, (value,))
                scores[having] += worth * idf(int(np.count_nonzero(having)), reader.catalogue.count)
        scores[own] = 0.0
        alike = ((scores > 0) & reader.catalogue.live).nonzero()[0]
        best = alike[_best(reader, alike, scores[alike], limit)]
        pairs = zip(best.tolist(), scores[best].tolist(), strict=True)
        return [plain_hit(reader.record(number), score) for number, score in pairs]

    def edition(self) -> Edition:
        """The vocabularies and former ids of the state that is indexed."""
        return self._reader().edition

    def fingerprints(self) -> Mapping[str, str]:
        """Record id -> fingerprint of everything that is indexed."""
        return self._reader().fingerprints()

    def info(self) -> IndexInfo:
        """Which index answers now."""
        return self._reader().info

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
        return self._new_generation(partial(write.build, documents), edition, None)

    def update(self, changed: Iterable[Document], removed: Iterable[str], edition: Edition, since: str) -> IndexInfo:
        """Make a new generation from generation `since`, with these documents changed and those removed.

        It is in force before segments are merged, which makes one more.
        """
        self._reader()  # never build upon a damaged index
        info = self._new_generation(partial(write.change, changed, removed), edition, since)
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


def _ranked(
    reader: Reader, documents: Array, answer: Answer, request: SearchRequest
) -> tuple[Array, Array, Selection | None]:
    """The documents of the wanted page in order, their scores, and the postings of the query in them."""
    page = slice((request.page - 1) * request.per_page, request.page * request.per_page)
    by_score = request.sort == "relevance" and answer.matches
    if by_score:
        numbers = documents.nonzero()[0]
    else:
        order = reader.catalogue.by_title if request.sort == "title" else reader.catalogue.by_newest
        numbers = reader.catalogue.first(order, documents, page.stop)[page]
    if not answer.matches or not len(numbers):
        return numbers, np.zeros(len(numbers)), None
    selection = reader.select([match.found for match in answer.matches], np.sort(numbers).astype(np.int64))
    scores = scored(reader, selection, answer.matches)
    if by_score:
        places = _best(reader, numbers, scores, page.stop)[page]
        return numbers[places], scores[places], selection.only(np.sort(places)) if len(places) else None
    return numbers, scores[selection.documents.searchsorted(numbers)], selection


def _best(reader: Reader, documents: Array, scores: Array, limit: int) -> Array:
    """The places of the best documents, exactly; the newest first of equally good ones."""
    scores = scores.round(9)  # sums in another order differ in the last digits
    places = np.arange(len(scores))
    if limit < len(scores):
        places = (scores >= np.partition(scores, -limit)[-limit]).nonzero()[0] if limit else places[:0]
    order = np.lexsort((reader.catalogue.rank[documents[places]], -scores[places]))[:limit]
    return places[order]


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
        every = documents is reader.catalogue.live
        found = reader.counts if every else reader.catalogue.counts(documents, names)
        counts |= {name: dict(found.get(name, ())) for name in names}
    return {name: FacetCounts(counts[name], counts[name].pop(NOT_STATED, 0)) for name in request.facets}


def _telling(reader: Reader, number: int) -> list[tuple[float, Entries]]:
    """The words of a record's title and abstract that tell most: weight, and where else they occur."""
    record = reader.record(number)
    language = base(record.language)
    words = {
        token.folded: token.surface
        for text in (record.title, record.abstract)
        for token in tokens(text)
        if token.folded not in stop_words(language) and not token.folded.isdecimal()
    }
    found = [reader.entries(reader.slot(word, folded)) for folded, word in sorted(words.items())]
    counts = [int(np.count_nonzero(reader.mask(entries.docs))) for entries in found]
    telling = [(idf(n, reader.catalogue.count), one) for n, one in zip(counts, found, strict=True) if n > 1]
    return sorted(telling, key=lambda item: -item[0])[:SIMILAR_TERMS]
