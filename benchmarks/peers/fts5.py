"""SQLite's full-text index FTS5, with facets counted by SQL or in numpy arrays beside it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.peers import FACETS, TOP, WEIGHTS, Answer, Plain, Query

_MAKE = """
pragma journal_mode = off;
pragma synchronous = off;
pragma page_size = 8192;
create table document (number integer primary key, id text, language text);
create virtual table fts using fts5 (title, abstract, body, keywords, facets,
  tokenize = 'porter unicode61 remove_diacritics 2');
insert into fts (fts, rank) values ('rank', 'bm25(3.0, 1.5, 1.0, 1.0, 0.0)');
create table value (number integer primary key, facet text, name text);
create table has (document integer, value integer, primary key (document, value)) without rowid;
"""
_INSERT = "insert into fts (rowid, title, abstract, body, keywords, facets) values (?, ?, ?, ?, ?, ?)"
_HIGHLIGHTED = "snippet(fts, -1, '<b>', '</b>', '…', 40)"


class Fts5:
    """A database file; `numpy` to count facets in arrays, `plain_snippets` to show passages with module `passages`."""

    def __init__(self, folder: Path, numpy: bool, plain_snippets: bool = False) -> None:
        self._folder = folder
        self._numpy = numpy
        self._plain_snippets = plain_snippets

    def version(self) -> str:
        """What is measured, in words."""
        return f"SQLite {sqlite3.sqlite_version} FTS5, facets {'in numpy arrays' if self._numpy else 'by SQL'}"

    # -- building

    def build(self, documents: Iterable[Plain]) -> None:
        """Make the database of these documents, merged into one segment."""
        database = sqlite3.connect(self._folder / "fts5.db")
        database.executescript(_MAKE)
        values: dict[tuple[str, str], int] = {}
        having: list[list[int]] = []
        for number, document in enumerate(documents):
            pairs = [(name, value) for name, found in document.facets.items() for value in found]
            having.append([values.setdefault(pair, len(values)) for pair in pairs])
            database.execute("insert into document values (?, ?, ?)", (number, document.id, document.language))
            texts = [getattr(document, name) for name in WEIGHTS]
            marks = " ".join(f"f{value}" for value in having[-1])
            database.execute(_INSERT, (number, *texts, marks))
            if not self._numpy:
                database.executemany("insert into has values (?, ?)", ((number, value) for value in having[-1]))
        database.executemany("insert into value values (?, ?, ?)", ((n, *pair) for pair, n in values.items()))
        database.execute("insert into fts (fts) values ('optimize')")
        database.commit()
        database.execute("analyze")
        database.commit()
        database.close()
        if self._numpy:
            from benchmarks.peers.columns import Columns  # noqa: PLC0415 - this peer alone needs numpy

            Columns.save(self._folder, having, len(values))

    # -- searching

    def open(self) -> None:
        """Open the database for reading, all of it mapped into memory."""
        path = self._folder / "fts5.db"
        self._database = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, isolation_level=None)
        for setting in ("mmap_size = 8000000000", "cache_size = -200000", "temp_store = memory"):
            self._database.execute(f"pragma {setting}")
        self._database.execute("create temp table found (document integer primary key)")
        values = self._database.execute("select facet, name, number from value").fetchall()
        self._marks = {(facet, name): f"f{number}" for facet, name, number in values}
        self._values = {number: (facet, name) for facet, name, number in values}
        if self._numpy:
            from benchmarks.peers.columns import Columns  # noqa: PLC0415

            self._columns = Columns(self._folder)
        if self._plain_snippets:
            from benchmarks.peers.passages import shower  # noqa: PLC0415

            self._shower = shower

    def search(self, query: Query) -> Answer:
        """The complete answer to one question."""
        match = self._match(query)
        top = self._top(query, match)
        total, counts = (self._counted_in_arrays if self._numpy else self._counted_by_sql)(match)
        facets: dict[str, dict[str, int]] = {name: {} for name in FACETS}
        for value, count in counts:
            facet, name = self._values[value]
            facets[facet][name] = count
        return Answer(total, [row[0] for row in top], facets, self._shown(query, top))

    def _match(self, query: Query) -> str:
        if query.phrase:
            text = query.text
        else:
            words = [f'"{word}"' for word in query.words] + ([f'"{query.prefix}" *'] if query.prefix else [])
            text = (" OR " if query.any else " AND ").join(words)
        marks = [self._marks[pair] for pair in query.filters.items()]
        return " AND ".join([*([f"({text})"] if text else []), *marks])

    def _top(self, query: Query, match: str) -> list[tuple[Any, ...]]:
        shown = "abstract" if not query.text else "language, abstract, body" if self._plain_snippets else _HIGHLIGHTED
        order = "order by rank" if query.text else ""
        return self._database.execute(
            f"select id, {shown} from fts join document on number = fts.rowid where fts match ? {order} limit {TOP}",  # noqa: S608
            (match,),
        ).fetchall()

    def _shown(self, query: Query, top: list[tuple[Any, ...]]) -> list[str]:
        if not (query.text and self._plain_snippets):
            return [row[1] for row in top]
        show = self._shower(query)
        return [show(*row[1:]) for row in top]

    def _counted_by_sql(self, match: str) -> tuple[int, Iterable[tuple[int, int]]]:
        run = self._database.execute
        run("delete from found")
        run("insert into found select rowid from fts where fts match ?", (match,))
        total = run("select count(*) from found").fetchone()[0]
        return total, run(
            "select value, count(*) from found cross join has on has.document = found.document group by value"
        ).fetchall()

    def _counted_in_arrays(self, match: str) -> tuple[int, Iterator[tuple[int, int]]]:
        import numpy as np  # noqa: PLC0415

        rows = self._database.execute("select rowid from fts where fts match ?", (match,)).fetchall()
        documents = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
        counts = self._columns.counts(documents)
        present = np.flatnonzero(counts)
        return len(rows), zip(present.tolist(), counts[present].tolist(), strict=True)
