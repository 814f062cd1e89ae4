"""What was fetched, kept in one SQLite file: to ask only for what changed, and to go on where a run was interrupted."""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from hub.errors import HubError

_T = TypeVar("_T")
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
# The file is not what it should be: not SQLite, damaged pages, other tables.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}


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
        self.notice = ""
        self._path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._open()
        except sqlite3.Error as error:
            self._set_aside(error)
        except OSError as error:
            raise self._unusable(error) from None

    def find(self, url: str) -> Stored | None:
        """What a final address gave the last time; None if that is not known."""
        row = self._do(lambda: self._file.execute(_FIND, (url,)).fetchone())
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
        row = self._do(lambda: self._file.execute(_FINAL, (url,)).fetchone())
        return (row[0], row[1]) if row else (url, "")

    def save(self, asked: str, page: Stored) -> None:
        """Keep an answer, and that the address that was asked for leads to it."""
        headers = json.dumps(dict(page.headers), ensure_ascii=False)
        body = zlib.compress(page.body, 6)
        row = (page.url, page.status, page.content_type, page.charset, page.fetched_at, page.run, headers, body)

        def write() -> None:
            with self._file:
                self._file.execute(_SAVE, row)
                self._lead(asked, page)

        self._do(write)

    def confirm(self, asked: str, page: Stored) -> None:
        """Note that what is kept still stands: `fetched_at`, `run` and headers become those of `page`."""
        headers = json.dumps(dict(page.headers), ensure_ascii=False)

        def write() -> None:
            with self._file:
                self._file.execute(
                    "UPDATE page SET headers = ?, fetched_at = ?, run = ? WHERE url = ?",
                    (headers, page.fetched_at, page.run, page.url),
                )
                self._lead(asked, page)

        self._do(write)

    def forget(self, before: str) -> int:
        """Drop what was last fetched or confirmed before a date or time (ISO 8601, UTC); how many pages that were."""

        def write() -> int:
            with self._file:
                self._file.execute("DELETE FROM redirect WHERE fetched_at < ?", (before,))
                count = self._file.execute("DELETE FROM page WHERE fetched_at < ?", (before,)).rowcount
            self._file.execute("PRAGMA incremental_vacuum").fetchall()
            return count

        return self._do(write)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def _lead(self, asked: str, page: Stored) -> None:
        if asked == page.url:
            self._file.execute("DELETE FROM redirect WHERE url = ?", (asked,))
        else:
            row = (asked, page.url, page.fetched_at, page.run)
            self._file.execute("INSERT OR REPLACE INTO redirect VALUES (?, ?, ?, ?)", row)

    def _open(self) -> sqlite3.Connection:
        file = sqlite3.connect(self._path, timeout=30, check_same_thread=False)
        try:
            file.execute("PRAGMA auto_vacuum = INCREMENTAL")
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")
            file.execute("PRAGMA journal_size_limit = 10000000")
            file.executescript(_TABLES)
            for query in (_FIND, _FINAL):
                file.execute(query, ("",)).fetchone()
        except BaseException:
            file.close()
            raise
        return file

    def _do(self, action: Callable[[], _T]) -> _T:
        """Do something with the file; once more, with a new one, where it turns out to be damaged."""
        with self._lock:
            try:
                return action()
            except sqlite3.Error as error:
                self._set_aside(error)
            try:
                return action()
            except sqlite3.Error as error:
                raise self._unusable(error) from None

    def _set_aside(self, error: sqlite3.Error) -> None:
        """A damaged file goes out of the way, in place of one set aside before; other trouble is told."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise self._unusable(error) from None
        with suppress(AttributeError, sqlite3.Error):
            self._file.close()
        aside = self._path.with_name(f"{self._path.name}.damaged")
        try:
            self._path.replace(aside)
            for part in ("-wal", "-shm"):
                self._path.with_name(self._path.name + part).unlink(missing_ok=True)
            self._file = self._open()
        except (OSError, sqlite3.Error) as again:
            raise self._unusable(again) from None
        self.notice = f"{self._path} was damaged; it was set aside as {aside.name} and begun anew."

    def _unusable(self, error: Exception) -> HubError:
        reason = getattr(error, "strerror", None) or str(error)
        return HubError(f"What was fetched cannot be kept in {self._path}: {reason}.")
