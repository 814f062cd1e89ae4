"""What was fetched, kept in one SQLite file: to ask only for what changed, and to go on where a run was interrupted."""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from indexer.sqlite_file import SqliteFile

_TABLES = """
CREATE TABLE IF NOT EXISTS page (url TEXT PRIMARY KEY, status INTEGER NOT NULL, content_type TEXT NOT NULL,
  charset TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL, fetched_at TEXT NOT NULL, run TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS redirect (url TEXT PRIMARY KEY, final TEXT NOT NULL, fetched_at TEXT NOT NULL,
  run TEXT NOT NULL);
"""
_FIND = "SELECT url, status, content_type, charset, fetched_at, run, headers, body FROM page WHERE url = ?"
_FINAL = "SELECT final, run FROM redirect WHERE url = ?"
_SAVE = """
INSERT OR REPLACE INTO page (url, status, content_type, charset, fetched_at, run, headers, body)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""


class Stored(Struct, frozen=True):
    """An answer kept: what a final address gave, and when and in which run it was last fetched or confirmed."""

    url: str
    status: int
    content_type: str
    charset: str
    fetched_at: str
    run: str
    headers: Mapping[str, str]
    body: bytes


class Store:
    """The file of what was fetched; safe to use from several threads, and after its process was killed.

    A damaged file is set aside and made anew; `notice` then says so in a sentence.
    """

    def __init__(self, path: Path) -> None:
        self._file = SqliteFile(path, _TABLES, (_FIND, _FINAL))

    @property
    def notice(self) -> str:
        """What a person should know of the file: that it was damaged."""
        return self._file.notice

    def find(self, url: str) -> Stored | None:
        """What a final address gave the last time; None if that is not known."""
        row = self._file.do(lambda db: db.execute(_FIND, (url,)).fetchone())
        if row is None:
            return None
        found, status, content_type, charset, fetched_at, run, headers, body = row
        try:
            headers, body = json.loads(headers), zlib.decompress(body)
            return Stored(found, status, content_type, charset, fetched_at, run, headers, body)
        except (ValueError, TypeError, zlib.error):
            return None

    def final(self, url: str) -> tuple[str, str]:
        """Where an address led to the last time, and in which run; itself and "" if it is not known to lead on."""
        row = self._file.do(lambda db: db.execute(_FINAL, (url,)).fetchone())
        return (row[0], row[1]) if row else (url, "")

    def save(self, asked: str, page: Stored) -> None:
        """Keep an answer, and that the address that was asked for leads to it."""
        headers = json.dumps(dict(page.headers), ensure_ascii=False)
        body = zlib.compress(page.body, 6)
        row = (page.url, page.status, page.content_type, page.charset, page.fetched_at, page.run, headers, body)

        def write(db: sqlite3.Connection) -> None:
            db.execute(_SAVE, row)
            _lead(db, asked, page)

        self._file.do(write)

    def confirm(self, asked: str, page: Stored) -> None:
        """Note that what is kept still stands: `fetched_at`, `run` and headers become those of `page`."""
        headers = json.dumps(dict(page.headers), ensure_ascii=False)

        def write(db: sqlite3.Connection) -> None:
            row = (headers, page.fetched_at, page.run, page.url)
            db.execute("UPDATE page SET headers = ?, fetched_at = ?, run = ? WHERE url = ?", row)
            _lead(db, asked, page)

        self._file.do(write)

    def forget(self, before: str) -> int:
        """Drop what was last fetched or confirmed before a date or time (ISO 8601, UTC); how many pages that were."""

        def write(db: sqlite3.Connection) -> int:
            db.execute("DELETE FROM redirect WHERE fetched_at < ?", (before,))
            return db.execute("DELETE FROM page WHERE fetched_at < ?", (before,)).rowcount

        count = self._file.do(write)
        self._file.do(lambda db: db.execute("PRAGMA incremental_vacuum").fetchall())
        return count

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _lead(db: sqlite3.Connection, asked: str, page: Stored) -> None:
    """Note that one address leads to another, or no longer does."""
    if asked == page.url:
        db.execute("DELETE FROM redirect WHERE url = ?", (asked,))
    else:
        db.execute("INSERT OR REPLACE INTO redirect VALUES (?, ?, ?, ?)", (asked, page.url, page.fetched_at, page.run))
