"""The embedded search engine: Whoosh keeps the index, the modules beside this one read it."""

from __future__ import annotations

import heapq
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from whoosh import index
from whoosh.writing import IndexWriter

from hub.engine import Document, Edition, IndexInfo
from hub.engine.whoosh import store
from hub.engine.whoosh.analysis import base, stem, stop_words, tokens
from hub.engine.whoosh.evaluate import Answer, chosen, evaluate, idf, saturated, scored
from hub.engine.whoosh.reader import Reader
from hub.engine.whoosh.schema import schema, to_fields
from hub.engine.whoosh.snippets import Place, forms, mark, passages, places, snippet
from hub.errors import IndexUnavailable, Moved, NotFound, Withdrawn
from hub.query import (
    Clause,
    FacetCounts,
    Hit,
    Results,
    SearchRequest,
    Span,
    Why,
    parse_query,
)
from hub.record import Record
from hub.text import fold

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

    def search(self, request: SearchRequest) -> Results:
        """The records that answer a request, best first, with exact counts."""
        reader = self._reader()
        clauses = parse_query(request.q)
        answer = evaluate(reader, clauses, request.language, chosen(reader, request.scope))
        scores = scored(reader, answer.documents & chosen(reader, request.filters), answer.matches)
        wanted = tuple(match.clause for match in answer.matches)
        return Results(
            total=len(scores),
            hits=tuple(
                _hit(reader, number, scores[number], answer, wanted)
                for number in _ranked(reader, scores, bool(wanted), request)
            ),
            facets=_counts(reader, request, answer),
            words=tuple((match.clause.text, len(match.found)) for match in answer.telling),
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
        scores: dict[int, float] = defaultdict(float)
        for weight, found in _telling(reader, own):
            for document in found:
                scores[document] += weight * saturated(reader, document, {"title": found[document]})
        for name, worth in SIMILAR_FACETS.items():
            for value in reader.cards[own]["facets"].get(name, ()):
                having = reader.facets[name][value]
                for document in having:
                    scores[document] += worth * idf(len(having), len(reader.docs))
        scores.pop(own, None)
        best = heapq.nsmallest(limit, scores, key=lambda n: (-scores[n], reader.cards[n]["id"]))
        return [_plain_hit(reader.record(number), scores[number]) for number in best]

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

    def build(self, documents: Iterable[Document], edition: Edition) -> IndexInfo:
        """Make a new generation of exactly these documents."""
        return self._new_generation(partial(_fill, documents), edition, None)

    def update(self, changed: Iterable[Document], removed: Iterable[str], edition: Edition, since: str) -> IndexInfo:
        """Make a new generation from generation `since`, with these documents changed and those removed."""
        self._reader()  # never build upon a damaged index
        return self._new_generation(partial(_change, changed, removed), edition, since)

    def _new_generation(self, fill: store.Fill, edition: Edition, since: str | None) -> IndexInfo:
        generation = store.new_generation(self._folder, edition, fill, since)
        return store.read_edition(generation)[1]


def _fill(documents: Iterable[Document], folder: Path) -> int:
    whoosh_index = index.create_in(str(folder), schema())
    return _write(whoosh_index, documents, ())


def _change(changed: Iterable[Document], removed: Iterable[str], folder: Path) -> int:
    return _write(index.open_dir(str(folder)), changed, removed)


def _write(whoosh_index: index.Index, documents: Iterable[Document], removed: Iterable[str]) -> int:
    writer: IndexWriter = whoosh_index.writer(compound=False, limitmb=256)
    try:
        for record_id in removed:
            writer.delete_by_term("id", record_id)
        for document in documents:
            writer.update_document(**to_fields(document))
        writer.commit()
    except BaseException:
        writer.cancel()
        raise
    return int(whoosh_index.doc_count())


def _number(reader: Reader, record_id: str) -> int:
    if record_id in reader.number:
        return reader.number[record_id]
    if record_id in reader.edition.moved:
        raise Moved(reader.edition.moved[record_id])
    if record_id in reader.edition.withdrawn:
        raise Withdrawn(f"record {record_id!r} was withdrawn")
    raise NotFound(f"there is no record {record_id!r}")


def _ranked(reader: Reader, scores: Mapping[int, float], asked: bool, request: SearchRequest) -> list[int]:
    def newest(number: int) -> tuple[int, ...]:
        return tuple(-int(text.replace("-", "").ljust(8, "0")) for text in reader.cards[number]["newest"])

    def key(number: int) -> tuple[object, ...]:
        card = reader.cards[number]
        if request.sort == "title":
            return (fold(card["title"].lstrip("\"“«'‘([¿¡ \u00a0")), card["id"])
        if request.sort == "newest" or not asked:
            return (*newest(number), fold(card["title"]), card["id"])
        return (-round(scores[number], 9), *newest(number), card["id"])

    start = (request.page - 1) * request.per_page
    return heapq.nsmallest(start + request.per_page, scores, key=key)[start:]


def _counts(reader: Reader, request: SearchRequest, answer: Answer) -> dict[str, FacetCounts]:
    """Counts of the wanted facets; each ignores its own filter, so that it says what choosing would give."""
    counts = {}
    for name in request.facets:
        documents = answer.documents & chosen(reader, request.filters, but=name)
        values = Counter(v for n in documents for v in reader.cards[n]["facets"].get(name, ()))
        counts[name] = FacetCounts(dict(values), len(documents - reader.stated[name]))
    return counts


def _hit(reader: Reader, number: int, score: float, answer: Answer, clauses: tuple[Clause, ...]) -> Hit:
    record = reader.record(number)
    title = places(record.title, record.language, clauses)
    body = passages(record, clauses)
    everywhere = [*title, *(place for found in body.values() for place in found)]
    field, spans = snippet(record, body)
    return Hit(
        record, round(score, 4), mark(record.title, title), spans, field, _why(number, answer, everywhere, clauses)
    )


def _why(number: int, answer: Answer, found: list[Place], clauses: tuple[Clause, ...]) -> tuple[Why, ...]:
    other = forms(found, clauses)
    return tuple(
        Why(match.clause.text, tuple(match.found[number]), other.get(place, ()))
        for place, match in enumerate(answer.matches)
        if number in match.found
    )


def _plain_hit(record: Record, score: float) -> Hit:
    field, spans = snippet(record, {})
    return Hit(record, round(score, 4), (Span(record.title),), spans, field)


def _telling(reader: Reader, number: int) -> list[tuple[float, dict[int, tuple[int, ...]]]]:
    """The words of a record's title and abstract that tell most: weight, and which titles or abstracts have them."""
    record = reader.record(number)
    language = base(record.language)
    terms = {
        stem(token.surface, language)
        for text in (record.title, record.abstract)
        for token in tokens(text)
        if token.folded not in stop_words(language) and not token.folded.isdecimal()
    }
    found = []
    for term in sorted(terms):
        postings = {**reader.postings("abstract", term), **reader.postings("title", term)}
        if len(postings) > 1:
            found.append((idf(len(postings), len(reader.docs)), postings))
    return sorted(found, key=lambda item: -item[0])[:SIMILAR_TERMS]
