"""Small SQLite files beside the corpus: what the workbench remembers, and can lose without losing anything saved."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from hub.errors import HubError

T = TypeVar("T")


class Store:
    """A file with tables, both made on demand and readable by their owner alone; threads and processes share it.

    `tables` are the statements that make them, `hint` says what may be done with a file that is damaged. Raises
    HubError where the file cannot be used.
    """

    def __init__(self, path: Path, tables: tuple[str, ...], hint: str) -> None:
        self._path = path
        self._tables = tables
        self._hint = hint

    def do(self, action: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the file, all of it or nothing, while no other process does."""
        try:
            with closing(self._open()) as db, db:
                db.execute("BEGIN IMMEDIATE")
                for statement in self._tables:
                    db.execute(statement)
                return action(db)
        except (sqlite3.Error, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise HubError(f"{self._path} cannot be used: {reason}. {self._hint}.") from None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite would make it readable for all
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA secure_delete = ON")
        except BaseException:
            db.close()
            raise
        return db
