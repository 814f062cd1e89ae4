"""The evaluation of the search as tables, and its run as lines that other tools read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from indexer.relevance.evaluate import Answer, Comparison, Evaluation, by_category, compare
from indexer.relevance.measures import MEASURES, scores
from indexer.relevance.plain import Ranking
from indexer.report import Table

BESIDE = ("hub", "plain BM25", "ratio")
NOTE = f"The last column is the {MEASURES['ndcg']} of plain BM25."


def relevance_tables(evaluation: Evaluation, per_query: bool = False) -> Iterator[Table]:
    """Everything that is reported, in order; each query on its own where that is wanted."""
    answers = evaluation.answerable
    every = compare("all queries", answers)
    rows = tuple((title, str(every.queries), *_beside(every, measure)) for measure, title in MEASURES.items())
    yield Table("All queries with an answer", ("", "queries", *BESIDE), rows)
    categories = by_category(answers)
    for measure, title in MEASURES.items() if categories else ():
        lines = tuple((one.category, str(one.queries), *_beside(one, measure)) for one in categories)
        yield Table(f"{title} by category", ("", "queries", *BESIDE), lines)
    if evaluation.unanswerable:
        yield _unanswerable(evaluation.unanswerable)
    if per_query:
        yield _each(answers)


def _beside(one: Comparison, measure: str) -> tuple[str, str, str]:
    hub, plain = getattr(one.hub, measure), getattr(one.plain, measure)
    return f"{hub:.3f}", f"{plain:.3f}", f"{hub / plain:.2f}" if plain else "–"


def _unanswerable(answers: Sequence[Answer]) -> Table:
    rows = []
    for name, counts in (("hub", [len(a.hub) for a in answers]), ("plain BM25", [len(a.plain) for a in answers])):
        rows.append((name, str(len(counts)), str(counts.count(0)), f"{sum(counts) / len(counts):.1f}"))
    headings = ("", "queries", "empty lists", "mean hits")
    return Table("Queries without an answer", headings, tuple(rows), "The fewer hits, the better.")


def _each(answers: Sequence[Answer]) -> Table:
    rows = []
    for answer in answers:
        hub, plain = scores(answer.hub, answer.grades), scores(answer.plain, answer.grades)
        figures = (*(getattr(hub, measure) for measure in MEASURES), plain.ndcg)
        rows.append((f"{answer.query.id} {answer.query.query}", *(f"{figure:.2f}" for figure in figures)))
    return Table("Each query", ("", *MEASURES.values(), "plain"), tuple(rows), NOTE)


def run_lines(run: Mapping[str, Ranking]) -> Iterator[str]:
    """A run, one hit a line: query, record, rank and score, with tabs between."""
    for query, ranking in run.items():
        for rank, (record, score) in enumerate(ranking, 1):
            yield f"{query}\t{record}\t{rank}\t{score:.6f}\n"
