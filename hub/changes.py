"""When each record last changed or went: the journal that `indexer build` keeps, open for reading.

Harvesters ask what is new since they came last, so the dates must outlive the index, which can be made again at any
time. The journal is one SQLite file that the indexer alone writes (`indexer/journal.py`); here it is only read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hub.errors import IndexUnavailable

# `sets` are joined by spaces. Membership repeats the datestamps, so that a set is read in their order.
TABLES = """
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, datestamp TEXT NOT NULL, deleted INTEGER NOT NULL, form TEXT NOT NULL, sets TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_time ON records (datestamp, id);
CREATE TABLE IF NOT EXISTS membership (
    spec TEXT NOT NULL, datestamp TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (spec, datestamp, id)
) WITHOUT ROWID;
"""

_WAIT = 10.0  # seconds that a reader waits while the indexer writes
_NO_END = "9999-12-31T23:59:59Z"
_ONE = "SELECT id, datestamp, deleted, sets FROM records WHERE id = ?"
_ALL = """SELECT id, datestamp, deleted, sets FROM records
    WHERE (datestamp, id) > (?, ?) AND datestamp <= ? ORDER BY datestamp, id LIMIT ?"""
_OF_SET = """SELECT r.id, r.datestamp, r.deleted, r.sets FROM membership AS m CROSS JOIN records AS r ON r.id = m.id
    WHERE m.spec = ? AND (m.datestamp, m.id) > (?, ?) AND m.datestamp <= ? ORDER BY m.datestamp, m.id LIMIT ?"""
_COUNT = "SELECT count(*) FROM records WHERE datestamp >= ? AND datestamp <= ?"
_COUNT_OF_SET = "SELECT count(*) FROM membership WHERE spec = ? AND datestamp >= ? AND datestamp <= ?"
# From one name to the next, without reading all that is between.
_SETS = """WITH RECURSIVE found (spec) AS (
    SELECT min(spec) FROM membership
    UNION ALL SELECT (SELECT min(spec) FROM membership WHERE spec > found.spec) FROM found WHERE found.spec IS NOT NULL
) SELECT spec FROM found WHERE spec IS NOT NULL"""
_STAMPS = "SELECT id, datestamp FROM records WHERE NOT deleted AND id IN ({})"


@dataclass(frozen=True)
class Change:
    """The last change of a record: when (UTC, `2026-11-26T09:30:00Z`), whether it went, and the sets it is in."""

    id: str
    datestamp: str
    deleted: bool
    sets: tuple[str, ...]


@dataclass(frozen=True)
class Selection:
    """Which changes are asked for: from and until a time, both included, and of one set; empty for all."""

    since: str = ""
    until: str = ""
    set: str = ""


class Changes:
    """The journal in the file at a path. What reads it raises IndexUnavailable where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def earliest(self) -> str:
        """The datestamp before which there is none; empty where there is nothing yet."""
        with self._open() as journal:
            return str(journal.execute("SELECT min(datestamp) FROM records").fetchone()[0] or "")

    def find(self, record_id: str) -> Change | None:
        """The last change of one record; None for an id that was never published."""
        with self._open() as journal:
            row = journal.execute(_ONE, (record_id,)).fetchone()
        return _change(row) if row else None

    def after(self, selection: Selection, last: tuple[str, str], most: int) -> list[Change]:
        """The changes that are asked for in order of datestamp and id, those after the last one that was read.

        A record that changes meanwhile moves behind all that were read, so whoever goes on misses nothing.
        """
        start = max(last, (selection.since, ""))
        span = (*start, selection.until or _NO_END, most)
        with self._open() as journal:
            rows = journal.execute(_OF_SET, (selection.set, *span)) if selection.set else journal.execute(_ALL, span)
            return [_change(row) for row in rows]

    def count(self, selection: Selection) -> int:
        """How many changes are asked for."""
        span = (selection.since, selection.until or _NO_END)
        with self._open() as journal:
            asked = (_COUNT_OF_SET, (selection.set, *span)) if selection.set else (_COUNT, span)
            return int(journal.execute(*asked).fetchone()[0])

    def sets(self) -> list[str]:
        """The names of all sets that have records, present or gone."""
        with self._open() as journal:
            return [spec for (spec,) in journal.execute(_SETS)]

    def changed(self, ids: Iterable[str]) -> dict[str, str]:
        """When some records last changed; without those that are not known or gone. Nothing where there is no journal.

        For whoever can do without, such as a sitemap.
        """
        found: dict[str, str] = {}
        try:
            with self._open() as journal:
                wanted = list(ids)
                for start in range(0, len(wanted), 500):
                    some = wanted[start : start + 500]
                    found.update(journal.execute(_STAMPS.format(",".join("?" * len(some))), some))
        except IndexUnavailable:
            return {}
        return found

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """The file, opened anew: another may stand in its place."""
        address = f"{self._path.absolute().as_uri()}?mode=ro"
        try:
            with closing(sqlite3.connect(address, timeout=_WAIT, uri=True)) as journal:
                yield journal
        except sqlite3.Error as error:
            message = f"The journal of changes cannot be read: {error}. It is made by: indexer build"
            raise IndexUnavailable(message) from None


def _change(row: tuple[str, str, int, str]) -> Change:
    return Change(row[0], row[1], bool(row[2]), tuple(row[3].split()))
