"""Shows how well made-up records fit the real ones: lengths, growth of the vocabulary, skew of the facets."""

from __future__ import annotations

import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import corpus
from benchmarks.peers import FACETS
from benchmarks.text import counted, words_of
from hub.record import Record
from indexer.build import facets_of, keywords_of


def tables(where: Path) -> str:
    """The fit of one corpus in Markdown, kept beside it."""
    path = where / "fit.md"
    if not path.exists():
        seconds = json.loads((where / "about.json").read_text())["seconds"]
        lines = [
            f"{int(where.name):,} records were made in {seconds} s.",
            "",
            *lengths(where),
            "",
            *growth(where),
            "",
            *facets(where),
            "",
        ]
        path.write_text("\n".join(lines), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _lengths(records: Iterable[Record]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {name: [] for name in (*corpus.TEXTS, "all texts", "keywords")}
    for record in records:
        for name in corpus.TEXTS:
            if text := getattr(record, name):
                found[name].append(len(words_of(text)))
        found["all texts"].append(len(words_of(corpus.full_text(record))))
        keywords = keywords_of(record, corpus.vocabularies())
        found["keywords"].append(sum(len(words_of(text)) for _, text in keywords))
    return found


def lengths(where: Path) -> Iterator[str]:
    """How long each field is and how many records have it, as a Markdown table."""
    yield "| words | records with it, real | made | mean, real | made | deviation, real | made |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    real, made = _lengths(corpus.real_records()), _lengths(_first(where, 5000))
    for name in real:
        cells = []
        for measure in (lambda x, every: f"{len(x) / len(every):.0%}", _mean, _deviation):
            cells += [measure(found[name], found["title"]) for found in (real, made)]
        yield f"| {name} | {' | '.join(cells)} |"


def _mean(numbers: list[int], _: list[int]) -> str:
    return f"{statistics.mean(numbers):.1f}"


def _deviation(numbers: list[int], _: list[int]) -> str:
    return f"{statistics.pstdev(numbers):.1f}"


def _first(where: Path, count: int) -> Iterator[Record]:
    yield from (record for record, _ in zip(corpus.records(where), range(count), strict=False))


def growth(where: Path) -> Iterator[str]:
    """Different words among so many, as a Markdown table: what the fitted curves say, and what there is."""
    real = corpus.real_records()
    generator = corpus.Generator(real)
    shares: Counter[str] = Counter()
    for record in real:
        shares[record.language] += len(words_of(corpus.full_text(record)))
    total = shares.total()

    def curve(words: float) -> str:
        by_language = (generator.growth[tag].at(words * shares[tag] / total) for tag in shares)
        return f"{sum(by_language):,.0f}"

    for tag in ("en", "fr", "es"):
        yield f"{tag}: V(n) = {generator.growth[tag].k:.2f} n^{generator.growth[tag].beta:.3f}"
    yield "\n| texts | words | different words | fitted |\n|---|--:|--:|--:|"
    parts = (0.125, 0.25, 0.5, 1.0)
    for part, (n, v) in zip(parts, counted([words_of(corpus.full_text(r)) for r in real], parts), strict=True):
        yield f"| real, {part * len(real):.0f} records | {n:,.0f} | {v:,.0f} | {curve(n)} |"
    seen: set[str] = set()
    words, marks = 0, {335, 1000, 10_000, 30_000, int(where.name)}
    for number, record in enumerate(corpus.records(where), 1):
        found = words_of(corpus.full_text(record))
        words += len(found)
        seen.update(found)
        if number in marks:
            yield f"| made, {number:,} records | {words:,} | {len(seen):,} | {curve(words)} |"


def _counts(records: Iterable[Record]) -> tuple[dict[str, Counter[str]], int]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    number = 0
    for record in records:
        number += 1
        for name, values in facets_of(record, corpus.vocabularies()).items():
            counts[name].update(values)
    return counts, number


def facets(where: Path) -> Iterator[str]:
    """Values of each facet, how many a record has, and the shares of the most frequent, as a Markdown table."""
    yield "| facet | values, real | made | a record, real | made | shares of the 1st, 3rd, 10th, real | made |"
    yield "|---|--:|--:|--:|--:|---|---|"
    both = [_counts(corpus.real_records()), _counts(corpus.records(where))]
    for name in FACETS:
        cells: list[list[str]] = [[], [], []]
        for counts, number in both:
            common = [n / number for _, n in counts[name].most_common(10)]
            cells[0].append(f"{len(counts[name]):,}")
            cells[1].append(f"{counts[name].total() / number:.2f}")
            cells[2].append(", ".join(f"{common[place]:.0%}" for place in (0, 2, 9) if place < len(common)))
        yield f"| {name} | " + " | ".join(text for pair in cells for text in pair) + " |"
