"""Sessions that were ended by signing out: their cookies are good for nothing any more, whoever has a copy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from hub.curation.store import Store

_TABLES = (
    "CREATE TABLE IF NOT EXISTS ended (session TEXT PRIMARY KEY, at REAL NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS by_at ON ended (at)",
)


class Sessions:
    """The file at a path. `now` is the time in seconds; sessions are told by ids that nobody can guess.

    `longest` is how many seconds a cookie is good for without a click, after which an ended one is forgotten.
    """

    def __init__(self, path: Path, longest: float) -> None:
        self._store = Store(
            path, _TABLES, "If it is damaged, delete it; then change HUB_SECRET_KEY to end all sessions"
        )
        self._longest = longest

    def end(self, session: str, now: float) -> None:
        """End a session for good."""

        def note(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM ended WHERE at < ?", (now - self._longest,))
            db.execute("INSERT OR IGNORE INTO ended VALUES (?, ?)", (session, now))

        self._store.do(note)

    def is_over(self, session: str) -> bool:
        """Whether a session was ended."""
        query = "SELECT 1 FROM ended WHERE session = ?"
        return self._store.do(lambda db: db.execute(query, (session,)).fetchone()) is not None
