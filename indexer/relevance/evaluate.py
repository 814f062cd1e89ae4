"""Judged queries put to the hub, as a person would ask them, and to plain BM25; and what both are worth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from msgspec import Struct

from hub.config import LANGUAGES
from hub.engine import Engine
from hub.errors import InvalidRecord, InvalidRequest, Problem
from hub.query import MAX_PER_PAGE, SearchRequest
from hub.search import SearchService
from indexer.relevance.judged import Judged, Query
from indexer.relevance.measures import Scores, mean, scores
from indexer.relevance.plain import PlainSearch, Ranking

LEAST = 4  # queries that a category needs to be measured
Watched = Callable[[Collection[Query]], Iterable[Query]]


class Answer(Struct, frozen=True):
    """What one query was answered with, by the hub and by plain BM25: judged records only, best first."""

    query: Query
    grades: Mapping[str, int]
    hub: tuple[str, ...]
    plain: tuple[str, ...]


class Comparison(Struct, frozen=True):
    """The mean measures of the queries of one category, of the hub and of plain BM25."""

    category: str
    queries: int
    hub: Scores
    plain: Scores


class Evaluation(Struct, frozen=True):
    """The answers to all judged queries; `run` is all the hub said; `absent` are judged records it does not have."""

    answers: tuple[Answer, ...]
    run: Mapping[str, Ranking]
    absent: tuple[str, ...]

    @property
    def answerable(self) -> tuple[Answer, ...]:
        """Those that some record answers."""
        return tuple(answer for answer in self.answers if answer.grades)

    @property
    def unanswerable(self) -> tuple[Answer, ...]:
        """Those that no record answers: the fewer hits, the better."""
        return tuple(answer for answer in self.answers if not answer.grades)


def evaluate_search(engine: Engine, judged: Judged, watched: Watched | None = None) -> Evaluation:
    """Put every judged query to an engine and to plain BM25 over the same records.

    Records that were not judged are left out of both. Raises InvalidRecord where a filter cannot be used.
    """
    service = SearchService(engine)
    known = sorted(engine.fingerprints())
    plain = PlainSearch(map(engine.get, known))
    answers, run = [], {}
    for query in watched(judged.queries) if watched else judged.queries:
        request = _request(service, query)
        run[query.id] = tuple((hit.record.id, hit.score) for hit in service.search(request).results.hits)
        other = plain.search(query.query, _filtered(engine, request, len(known)))
        grades = judged.grades.get(query.id, {})
        answers.append(Answer(query, grades, _judged(run[query.id], judged), _judged(other[:MAX_PER_PAGE], judged)))
    return Evaluation(tuple(answers), run, tuple(sorted(judged.collection.difference(known))))


def _request(service: SearchService, query: Query) -> SearchRequest:
    """A query as a person types it: in the interface of its language, in the English one where there is none."""
    language = query.language if query.language in LANGUAGES else "en"
    parameters = {**query.filters, "q": (query.query,), "per_page": (str(MAX_PER_PAGE),)}
    try:
        return service.request(parameters, language)
    except InvalidRequest as error:
        raise InvalidRecord((Problem(f"query {query.id}", error.parameter, str(error)),)) from error


def _filtered(engine: Engine, request: SearchRequest, most: int) -> frozenset[str] | None:
    """The records that the filters of a request let through; None: all."""
    if not request.filters:
        return None
    found = engine.search(replace(request, q="", sort="title", facets=(), per_page=most))
    return frozenset(hit.record.id for hit in found.hits)


def _judged(ranking: Ranking, judged: Judged) -> tuple[str, ...]:
    return tuple(record for record, _ in ranking if record in judged.collection)


def compare(category: str, answers: Sequence[Answer]) -> Comparison:
    """The hub beside plain BM25, on answers to queries that some record answers."""
    hub = [scores(answer.hub, answer.grades) for answer in answers]
    plain = [scores(answer.plain, answer.grades) for answer in answers]
    return Comparison(category, len(answers), mean(hub), mean(plain))


def by_category(answers: Sequence[Answer]) -> list[Comparison]:
    """The hub beside plain BM25 for each category of at least `LEAST` queries, the largest first."""
    counts = Counter(tag for answer in answers for tag in dict.fromkeys(answer.query.tags))
    large = sorted((tag for tag in counts if counts[tag] >= LEAST), key=lambda tag: (-counts[tag], tag))
    return [compare(tag, [answer for answer in answers if tag in answer.query.tags]) for tag in large]
