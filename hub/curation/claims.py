"""Who works on which record, so that two people do not start on the same; and what they have typed and not yet saved.

A help, not a lock: what keeps people from overwriting each other is the revision that every save is checked against.
Kept in `instance/curation/desk.sqlite`, which can be lost without losing anything that was saved.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from hub.curation.store import Store

HELD = 3 * 24 * 3600  # seconds after which a claim that nobody works on is free again
_TABLES = (
    "CREATE TABLE IF NOT EXISTS claim (record TEXT PRIMARY KEY, who TEXT NOT NULL, at REAL NOT NULL) WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS working (
        record TEXT, who TEXT, at REAL NOT NULL, form TEXT NOT NULL, PRIMARY KEY (record, who)
    ) WITHOUT ROWID""",
)


@dataclass(frozen=True)
class Working:
    """What somebody has typed into the editor of a record and not yet saved: the fields of the form, and when."""

    at: float
    form: Mapping[str, list[str]]


class Claims:
    """The file at a path; safe to share between threads and processes. Moments are seconds since 1970."""

    def __init__(self, path: Path) -> None:
        self._store = Store(path, _TABLES, "It may be removed while nobody curates")

    def of(self, now: float) -> Mapping[str, str]:
        """Who has which record: account by id of the record."""
        rows = self._store.do(
            lambda db: db.execute("SELECT record, who FROM claim WHERE at > ?", (now - HELD,)).fetchall()
        )
        return dict(rows)

    def take(self, records: Iterable[str], who: str, now: float, over: bool = False) -> list[str]:
        """Claim records, and return those that were got; with `over` from whoever has them."""

        def taken(db: sqlite3.Connection) -> list[str]:
            got = []
            for record in records:
                done = db.execute(
                    "INSERT INTO claim VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET who = excluded.who, at = excluded.at"
                    " WHERE claim.who = excluded.who OR claim.at <= ? OR ?",
                    (record, who, now, now - HELD, over),
                )
                got += [record] if done.rowcount else []
            return got

        return self._store.do(taken)

    def free(self, records: Iterable[str], who: str) -> None:
        """Give back one's own claims."""
        rows = [(record, who) for record in records]
        self._store.do(lambda db: db.executemany("DELETE FROM claim WHERE record = ? AND who = ?", rows))

    def keep(self, record: str, who: str, form: Mapping[str, list[str]], now: float) -> None:
        """Keep what somebody has typed, in place of what was kept before."""
        row = (record, who, now, msgspec.json.encode(form).decode())
        self._store.do(lambda db: db.execute("INSERT OR REPLACE INTO working VALUES (?, ?, ?, ?)", row))

    def working(self, record: str, who: str) -> Working | None:
        """What somebody has typed and not saved."""
        query = "SELECT at, form FROM working WHERE record = ? AND who = ?"
        row = self._store.do(lambda db: db.execute(query, (record, who)).fetchone())
        return Working(row[0], msgspec.json.decode(row[1], type=dict[str, list[str]])) if row else None

    def drop(self, record: str, who: str) -> None:
        """Forget what somebody has typed: it was saved, or is not wanted."""
        self._store.do(lambda db: db.execute("DELETE FROM working WHERE record = ? AND who = ?", (record, who)))
