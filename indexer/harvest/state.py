"""What the harvest remembers between its runs, in `instance/harvest/state.sqlite`: it can be lost without harm.

Which record an item became stands in the corpus (source and source_id), not here. Without this file the next run reads
everything again, and cannot tell who wrote what stands in a record: changes are then put beside it, not into it.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from hub.config import Config
from hub.record import Record
from indexer.harvest.item import Item
from indexer.sqlite_file import SqliteFile

_T = TypeVar("_T", Item, Record)
_RESUMED = timedelta(hours=48)  # an interrupted run that is older starts anew
_KEPT = timedelta(days=180)  # for so long a page that was read need not be read again
_TABLES = """
CREATE TABLE IF NOT EXISTS item (
  source TEXT, id TEXT, item BLOB, draft BLOB, run TEXT, missed INTEGER DEFAULT 0, PRIMARY KEY (source, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page (url TEXT PRIMARY KEY, key TEXT, item BLOB, read TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (
  source TEXT PRIMARY KEY, run TEXT, started TEXT, tried TEXT, finished TEXT
) WITHOUT ROWID;
"""
_ITEM = "SELECT item, draft, run, missed FROM item WHERE source = ?"
_KNOWN = "SELECT item, draft FROM item WHERE source = ? AND id = ?"
_PAGE = "SELECT item FROM page WHERE url = ? AND key = ?"
_FINISH = "UPDATE run SET run = '', tried = ?, finished = coalesce(?, finished) WHERE source = ?"
_RUN = "SELECT run, started, tried, finished FROM run WHERE source = ?"


class Known(Struct, frozen=True):
    """What is known of an item: what its source said last, whole, and the draft that this made."""

    item: Item
    draft: Record


class State:
    """The memory of the harvest. One file, many threads; what was told to it survives a kill."""

    def __init__(self, path: Path | None) -> None:
        """`path` None: a memory for one run, that leaves nothing."""
        self._file = SqliteFile(path, _TABLES, (_RUN, _ITEM))

    @property
    def notice(self) -> str:
        """What a person should know of the file: that it was damaged."""
        return self._file.notice

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def begin(self, source: str, now: datetime) -> tuple[str, bool]:
        """Begin a run of a source, or take up the one that was interrupted: its name, and whether it is taken up."""
        name = now.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")

        def begun(db: sqlite3.Connection) -> tuple[str, bool]:
            row = db.execute(_RUN, (source,)).fetchone() or ("", "", None, None)
            if row[0] and now - datetime.fromisoformat(row[1]) < _RESUMED:
                return str(row[0]), True
            db.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?, ?)", (source, name, now.isoformat(), *row[2:]))
            db.execute("DELETE FROM page WHERE read < ?", ((now - _KEPT).isoformat(),))
            return name, False

        return self._file.do(begun)

    def finish(self, source: str, now: datetime, whole: bool) -> None:
        """Note that a run of a source came to its end; `whole`: with all that the source lists, and no trouble."""
        row = (now.isoformat(), now.isoformat() if whole else None, source)
        self._file.do(lambda db: db.execute(_FINISH, row))

    def last(self, source: str) -> tuple[datetime | None, datetime | None]:
        """When a source was last tried, and when it was last harvested as a whole."""
        row = self._file.do(lambda db: db.execute(_RUN, (source,)).fetchone()) or ("", "", None, None)
        tried, finished = (datetime.fromisoformat(text) if text else None for text in row[2:])
        return tried, finished

    def known(self, source: str, item_id: str) -> Known | None:
        """What is known of an item."""
        row = self._file.do(lambda db: db.execute(_KNOWN, (source, item_id)).fetchone())
        item, draft = (_unpacked(row[0], Item), _unpacked(row[1], Record)) if row else (None, None)
        return Known(item, draft) if item and draft else None

    def remember(self, source: str, item: Item, draft: Record, run: str) -> None:
        """Keep what a source says of an item, as the source's own text beside a record that may not hold it."""
        row = (source, item.id, _packed(item), _packed(draft), run)
        self._file.do(lambda db: db.execute("INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, 0)", row))

    def page(self, url: str, key: str) -> Item | None:
        """What was read from a page, if it was read in the same state and way (`key`)."""
        row = self._file.do(lambda db: db.execute(_PAGE, (url, key)).fetchone())
        return _unpacked(row[0], Item) if row else None

    def keep_page(self, url: str, key: str, item: Item) -> None:
        """Keep what was read from a page: most are the same the next time, and reading is slow."""
        row = (url, key, _packed(item), datetime.now(UTC).isoformat())
        self._file.do(lambda db: db.execute("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?)", row))

    def missed(self, source: str, item_ids: Mapping[str, str], run: str) -> dict[str, int]:
        """Count one more complete run in which a source did not have these items: how many runs so far, by id."""

        def counted(db: sqlite3.Connection) -> dict[str, int]:
            counts = {}
            for item_id in item_ids:
                db.execute(
                    "INSERT INTO item VALUES (?, ?, NULL, NULL, ?, 1) ON CONFLICT DO UPDATE SET"
                    " missed = missed + (run <> excluded.run), run = excluded.run",
                    (source, item_id, run),
                )
                row = db.execute("SELECT missed FROM item WHERE source = ? AND id = ?", (source, item_id))
                counts[item_id] = int(row.fetchone()[0])
            return counts

        return self._file.do(counted)


def state_file(config: Config) -> Path:
    """Where the memory of the harvest is."""
    return config.harvest / "state.sqlite"


def _packed(value: Item | Record) -> bytes:
    return zlib.compress(msgspec.json.encode(value), 3)


def _unpacked(packed: bytes | None, kind: type[_T]) -> _T | None:
    try:
        return msgspec.json.decode(zlib.decompress(packed), type=kind) if packed else None
    except (msgspec.DecodeError, zlib.error, TypeError):  # written by another version of the hub
        return None
