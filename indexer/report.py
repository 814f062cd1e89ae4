"""An evaluation as tables: for the terminal, and as Markdown for the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from rich.table import Table as Grid
from rich.text import Text

from hub.record import Record
from hub.vocabulary import Vocabularies
from indexer.evaluate import Evaluation, worst
from indexer.measures import Measures, by_language, measure

NOTE = (
    "Targets, themes, types and levels of evidence are judged on texts of sources that nothing was learned from. The "
    "other rows are rules; places and organisations were written while looking at half of these texts, so expect a "
    "little less of others. Themes were once given by way of the source's tags: their row with them says little. Years "
    "count only where curators gave one."
)
HEADINGS = ("", "texts", "precision", "recall", "F1", "macro F1", "hit@1", "hit@3", "calibration error")
WORST = 12  # mistakes shown of each vocabulary
_EXCERPT = 240  # characters of a mistake's text


class Table(Struct, frozen=True):
    """A table with a title and, where one is needed, a sentence that says how to read it."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(evaluation: Evaluation, vocabularies: Vocabularies) -> Iterator[Table]:
    """Everything that is reported but the mistakes, in order."""
    found = {name: measure(answers) for name, answers in evaluation.answers.items()}
    yield _table("All vocabularies", found, NOTE)
    untaught = {name: measure(answers) for name, answers in evaluation.untaught.items()}
    yield _table("Without learning", untaught, "The phrases and strengths that editors wrote down, alone.")
    for title, row in evaluation.second.items():
        yield _table(
            title, row, "A second reader read the same texts; in the last row their tags are measured like ours."
        )
    for name in ("target", "theme"):
        yield _table(f"{name.capitalize()}s by language", by_language(evaluation.answers[name]))
    for name in ("target", "theme"):
        yield _concepts(name, found[name], vocabularies)
    for name in ("target", "theme"):
        yield _calibration(name, found[name])


def _table(title: str, rows: Mapping[str, Measures], note: str = "") -> Table:
    return Table(title, HEADINGS, tuple((name, *_numbers(one)) for name, one in rows.items()), note)


def _numbers(one: Measures) -> tuple[str, ...]:
    counts = one.counts
    figures = (counts.precision, counts.recall, counts.f1, one.macro, one.hit1, one.hit3, one.calibration_error)
    return (str(one.texts), *(f"{figure:.2f}" for figure in figures))


def _concepts(name: str, measures: Measures, vocabularies: Vocabularies) -> Table:
    rows = []
    for concept in vocabularies[name].assignable:
        counts = measures.concepts.get(concept.id)
        if counts:
            figures = (f"{figure:.2f}" for figure in (counts.precision, counts.recall, counts.f1))
            rows.append((f"{concept.notation} {concept.label('en')}", str(counts.right + counts.missed), *figures))
    return Table(f"{name.capitalize()}s one by one", ("", "given", "precision", "recall", "F1"), tuple(rows))


def _calibration(name: str, measures: Measures) -> Table:
    rows = tuple((f"{each.score:.2f}", str(each.count), f"{each.right:.2f}") for each in measures.bins)
    return Table(f"Scores of {name}s", ("mean score", "suggestions", "share right"), rows)


def mistakes(evaluation: Evaluation, records: Mapping[str, Record], vocabularies: Vocabularies) -> Iterator[Table]:
    """The mistakes that the tagger was surest of, with the beginning of the text."""
    for name in ("target", "theme", "country"):
        rows = []
        for answer, concept, surprise in worst(evaluation.answers[name], WORST):
            said = f"suggested, {surprise:.2f}" if surprise > 0 else f"missed, {1 + surprise:.2f}"
            record = records[answer.id]
            text = f"{record.title}. {record.abstract}"[:_EXCERPT]
            rows.append((vocabularies[name].name_of(concept, "en"), said, f"{answer.id}: {text}"))
        yield Table(f"Worst mistakes: {name}", ("concept", "what", "text"), tuple(rows))


def grid(table: Table) -> Grid:
    """A table for the terminal."""
    title, note = Text(table.title), Text(table.note) if table.note else None
    drawn = Grid(title=title, caption=note, title_justify="left", caption_justify="left", box=None)
    for number, heading in enumerate(table.headings):
        drawn.add_column(Text(heading), justify="right" if number and _figures(table.rows) else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*map(Text, row))  # titles of records are text, whatever brackets they hold
    return drawn


def _figures(rows: Iterable[Sequence[str]]) -> bool:
    return all(cell.replace(".", "").isdigit() or cell == "–" for row in rows for cell in row[1:])


HEAD = """# How right the suggested tags are

Written by `make evaluation` (`indexer evaluate tags --second tests/data/second-reading.json --report …`).
Each text is judged by what was learned from other sources only; F1 is over all tags together (micro), macro F1 the mean
of the concepts; hit@3: one of the first three suggestions is among the curators' tags.

"""


def document(found: Iterable[Table]) -> str:
    """The page of the documentation."""
    return HEAD + _markdown(found)


def _markdown(found: Iterable[Table]) -> str:
    parts = []
    for table in found:
        lines = [f"## {table.title}", ""]
        lines += [table.note, ""] if table.note else []
        lines.append("| " + " | ".join(table.headings) + " |")
        lines.append("|---|" + "---:|" * (len(table.headings) - 1))
        lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table.rows]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
