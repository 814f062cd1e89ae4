"""What the harvest remembers between its runs, in `instance/harvest/state.sqlite`: it can be lost without harm.

Which record an item became stands in the corpus (source and source_id), not here. Without this file the next run reads
everything again, and cannot tell who wrote what stands in a record: changes are then put beside it, not into it.
"""

from __future__ import annotations

import sqlite3
import threading
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from hub.config import Config
from indexer.harvest.item import Item

_RESUMED = timedelta(hours=48)  # an interrupted run that is older starts anew
_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
  source TEXT, id TEXT, item BLOB, hash TEXT, record TEXT, run TEXT, missed INTEGER DEFAULT 0, PRIMARY KEY (source, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pages (url TEXT PRIMARY KEY, key TEXT, item BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (source TEXT PRIMARY KEY, run TEXT, started TEXT, finished TEXT) WITHOUT ROWID;
"""


class Known(Struct, frozen=True):
    """What is known of an item: what its source said last (whole), as a hash, and the record that it became."""

    item: Item
    hash: str
    record: str


class State:
    """The memory of the harvest. One file, many threads; what was told to it survives a kill."""

    def __init__(self, path: Path | None) -> None:
        """`path` None: a memory for one run, that leaves nothing."""
        self._lock = threading.Lock()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = _opened(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def begin(self, source: str, now: datetime) -> tuple[str, bool]:
        """Begin a run of a source, or take up the one that was interrupted: its name, and whether it is taken up."""
        with self._lock, self._db:
            row = self._db.execute("SELECT run, started, finished FROM runs WHERE source = ?", (source,)).fetchone()
            if row and not row[2] and now - datetime.fromisoformat(row[1]) < _RESUMED:
                return str(row[0]), True
            run = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
            self._db.execute("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, NULL)", (source, run, now.isoformat()))
            return run, False

    def finish(self, source: str, now: datetime) -> None:
        """Note that a run of a source came to its end."""
        with self._lock, self._db:
            self._db.execute("UPDATE runs SET finished = ? WHERE source = ?", (now.isoformat(), source))

    def finished(self, source: str) -> datetime | None:
        """When the last run of a source came to its end; None where none did, or one is interrupted."""
        with self._lock:
            row = self._db.execute("SELECT finished FROM runs WHERE source = ?", (source,)).fetchone()
        return datetime.fromisoformat(row[0]) if row and row[0] else None

    def known(self, source: str, item_id: str) -> Known | None:
        """What is known of an item."""
        with self._lock:
            row = self._db.execute(
                "SELECT item, hash, record FROM items WHERE source = ? AND id = ?", (source, item_id)
            ).fetchone()
        item = _unpacked(row[0]) if row else None
        return Known(item, row[1], row[2]) if item else None

    def page(self, url: str, key: str) -> Item | None:
        """What was read from a page, if it was read in the same state and way (`key`)."""
        with self._lock:
            row = self._db.execute("SELECT item FROM pages WHERE url = ? AND key = ?", (url, key)).fetchone()
        return _unpacked(row[0]) if row else None

    def keep_page(self, url: str, key: str, item: Item) -> None:
        """Keep what was read from a page: most are the same the next time, and reading is slow."""
        with self._lock, self._db:
            self._db.execute("INSERT OR REPLACE INTO pages VALUES (?, ?, ?)", (url, key, _packed(item)))

    def remember(self, source: str, item: Item, hash_: str, record: str, run: str) -> None:
        """Keep what a source says of an item, as the source's own text beside a record that may not hold it."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, 0)",
                (source, item.id, _packed(item), hash_, record, run),
            )

    def missed(self, source: str, item_ids: Mapping[str, str], run: str) -> dict[str, int]:
        """Count one more complete run in which a source did not have these items (id -> record): how many so far."""
        counts = {}
        with self._lock, self._db:
            for item_id, record in item_ids.items():
                self._db.execute(
                    "INSERT INTO items VALUES (?, ?, NULL, '', ?, ?, 1) ON CONFLICT DO UPDATE SET"
                    " missed = missed + (run <> excluded.run), run = excluded.run",
                    (source, item_id, record, run),
                )
                row = self._db.execute("SELECT missed FROM items WHERE source = ? AND id = ?", (source, item_id))
                counts[item_id] = int(row.fetchone()[0])
        return counts


def _packed(item: Item) -> bytes:
    return zlib.compress(msgspec.json.encode(item), 3)


def _unpacked(packed: bytes | None) -> Item | None:
    try:
        return msgspec.json.decode(zlib.decompress(packed), type=Item) if packed else None
    except (msgspec.DecodeError, zlib.error):  # written by another version of the hub
        return None


def state_file(config: Config) -> Path:
    """Where the memory of the harvest is."""
    return config.harvest / "state.sqlite"


def _opened(path: Path | None) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.DatabaseError:
        if path is None:
            raise
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return _connected(path)


def _connected(path: Path | None) -> sqlite3.Connection:
    db = sqlite3.connect(path or ":memory:", check_same_thread=False, timeout=30)
    db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;" + _SCHEMA)
    return db
