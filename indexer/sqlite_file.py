"""One SQLite file that can be lost without harm: for many threads, whole after a kill, made anew when damaged."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from hub.errors import HubError

_T = TypeVar("_T")
# The file is not what it should be: not SQLite, damaged pages, other tables.
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH}


class SqliteFile:
    """The file at a path, or a database in memory (None). `notice` says so in a sentence if it was damaged.

    `tables` makes the tables; `probes` are queries with one text parameter that a sound file answers. `shared` is for a
    file that processes read which may not write beside it: they wait while it is written.
    """

    def __init__(self, path: Path | None, tables: str, probes: Sequence[str] = (), shared: bool = False) -> None:
        self.notice = ""
        self._mode = "DELETE" if shared else "WAL"
        self._path = path
        self._tables = tables
        self._probes = probes
        self._lock = threading.RLock()
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._open()
        except sqlite3.Error as error:
            self._set_aside(error)
        except OSError as error:
            raise self._unusable(error) from None

    def do(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        """Do something with the database, all of it or nothing; once more, with a new one, where it was damaged.

        Raises HubError where the file cannot be used (no room, no right, locked by another for long).
        """
        with self._lock:
            try:
                return self._done(action)
            except sqlite3.Error as error:
                self._set_aside(error)
            try:
                return self._done(action)
            except sqlite3.Error as error:
                raise self._unusable(error) from None

    def _done(self, action: Callable[[sqlite3.Connection], _T]) -> _T:
        with self._db:
            return action(self._db)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path or ":memory:", timeout=30, check_same_thread=False)
        try:
            db.execute("PRAGMA auto_vacuum = INCREMENTAL")
            db.execute(f"PRAGMA journal_mode = {self._mode}")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA journal_size_limit = 10000000")
            db.executescript(self._tables)
            for query in self._probes:
                db.execute(query, ("",)).fetchone()
        except BaseException:
            db.close()
            raise
        return db

    def _set_aside(self, error: sqlite3.Error) -> None:
        """A damaged file goes out of the way, in place of one set aside before; other trouble is told."""
        if self._path is None or getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGED:
            raise self._unusable(error) from None
        with suppress(AttributeError, sqlite3.Error):
            self._db.close()
        aside = self._path.with_name(f"{self._path.name}.damaged")
        try:
            self._path.replace(aside)
            for part in ("-wal", "-shm"):
                self._path.with_name(self._path.name + part).unlink(missing_ok=True)
            self._db = self._open()
        except (OSError, sqlite3.Error) as again:
            raise self._unusable(again) from None
        self.notice = f"{self._path} was damaged; it was set aside as {aside.name} and begun anew."

    def _unusable(self, error: Exception) -> HubError:
        reason = getattr(error, "strerror", None) or str(error)
        return HubError(f"{self._path or 'The memory of the harvest'} cannot be used: {reason}.")
