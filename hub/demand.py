"""What was looked for in vain: which words, how often and on which days, and nothing of who asked.

Curators read here what is missing. It is the one thing that the process which serves the public writes, so it has a
folder of its own, `instance/demand`: that process needs to write nothing else. One row for each day, language of the
reader and text, with the number of searches; no time of day, no address, no browser, no session. Texts that may hold
personal data are not counted at all, and days are forgotten after 400 days.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
import threading
import unicodedata
import weakref
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from hub.errors import HubError
from hub.text import fold
from hub.words import find_words

LONGEST = 80  # characters of a text
MOST_WORDS = 12
KEPT = 400  # days
# Whoever wants to fill the disk gets this far and no further.
A_DAY = 10_000  # different texts of one day
IN_ALL = 1_000_000  # rows

WAIT = 0.2  # seconds that a search waits while another process writes; then it goes uncounted
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_LOG = logging.getLogger("hub.demand")

_UNWANTED = re.compile(
    "|".join(
        (
            r"\d(?:[\W_]*\d){4}",  # telephone numbers, cards, dates of birth, however they are grouped
            r"(?:\d\D*){8}",  # accounts and keys, which mix digits with letters
            r"@|[\[({]\s*at\s*[\])}]|\bat\b.*\bdot\b",
            r"://|\b(?:https?|ftp|mailto|tel|data|javascript):\S|\bwww\.|[^\W_]\.[^\W\d_]{2,}",
            r"[<>{}\\=]|\.\./",  # what machines try
        )
    ),
    re.IGNORECASE | re.DOTALL,
)

_TABLE = """CREATE TABLE IF NOT EXISTS searches (
    day TEXT NOT NULL, language TEXT NOT NULL, text TEXT NOT NULL, times INTEGER NOT NULL,
    PRIMARY KEY (day, language, text)
) WITHOUT ROWID"""  # without rowid nothing tells in which order they came
_AGAIN = "UPDATE searches SET times = times + 1 WHERE day = ? AND language = ? AND text = ?"
_FIRST = "INSERT INTO searches SELECT ?1, ?2, ?3, 1 WHERE (SELECT count(*) FROM searches WHERE day = ?1) < ?4"
_MOST = """SELECT text, language, sum(times) AS times, count(*) AS days, max(day) FROM searches WHERE day >= ?
    GROUP BY text, language ORDER BY times DESC, days DESC, text, language LIMIT ?"""


@dataclass(frozen=True)
class Wanted:
    """A text that was looked for in vain: how many times, on how many days, and on which day last (UTC)."""

    text: str
    language: str
    times: int
    days: int
    last_day: date


class Demand:
    """The counts in the file at a path; without a path nothing is counted.

    Threads and processes share the file. The path must be on a disk of this machine.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._stopped = path is None
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._day: date | None = None  # for which room was made
        self._full: date | None = None  # has no room for further texts

    def count(self, query: str, language: str) -> None:
        """Note that a search found nothing; quick, and never an error.

        `language` is the reader's. Where the file cannot be written, that is logged once and counting ends.
        """
        if self._path is None or self._stopped:
            return
        text = countable(query)
        if not text:
            return
        with self._lock:
            if self._stopped:
                return
            try:
                self._write(self._connected(self._path), text, language)
            except (sqlite3.Error, OSError) as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _BUSY:
                    self._stop(error)

    def most(self, limit: int, since: date) -> tuple[Wanted, ...]:
        """What was looked for in vain most often since a day, at most `limit` texts.

        Nothing where nothing was counted yet. Raises HubError where the file cannot be read.
        """
        try:
            if self._path is None or not self._path.exists():
                return ()
            # Reading makes no file that the server, maybe another user, could not write. Without a log nobody writes.
            mode = "mode=ro" if self._path.with_name(f"{self._path.name}-wal").exists() else "immutable=1"
            address = f"{self._path.resolve().as_uri()}?{mode}"
            with closing(sqlite3.connect(address, uri=True)) as db:
                rows = db.execute(_MOST, (since.isoformat(), limit)).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise HubError(f"{self._path} cannot be read: {_reason(error)}. If it is damaged, delete it.") from None
        return tuple(
            Wanted(text, language, times, days, date.fromisoformat(last)) for text, language, times, days, last in rows
        )

    def _write(self, db: sqlite3.Connection, text: str, language: str) -> None:
        day = today()
        row = (day.isoformat(), language, text)
        full = False
        with db:
            if day != self._day:
                _make_room(db, day)
            if not db.execute(_AGAIN, row).rowcount and day != self._full:
                full = not db.execute(_FIRST, (*row, A_DAY)).rowcount
        self._day = day
        if full:
            self._full = day

    def _connected(self, path: Path) -> sqlite3.Connection:
        """The connection; a new one where the file is gone or another, as the instance can be deleted at any time."""
        if self._db is None or self._file != _identity(path):
            if self._db is not None:
                self._db.close()
            self._db = self._day = self._full = None
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = _open(path)
            self._file = _identity(path)
            weakref.finalize(self, self._db.close)
        return self._db

    def _stop(self, error: Exception) -> None:
        self._stopped = True
        if self._db is not None:  # else other processes may wait for what this one could not finish
            self._db.close()
        _LOG.warning(
            "Searches that find nothing are not counted from now until a restart: %s: %s.", self._path, _reason(error)
        )


def countable(query: str) -> str:
    """A query as it is counted, `Tourbières  du NORD` -> `tourbieres du nord`; empty where it must not be.

    Not counted is what may hold an e-mail address, an address on the web, an account or a telephone number, what is
    too long for a search, and what has no letter. Of a long text the last words are left out.
    """
    plain = unicodedata.normalize("NFKC", query)
    if _UNWANTED.search(plain):
        return ""
    pieces: list[str] = []
    words, end = 0.0, -1
    for word, start in find_words(plain):
        if start == end:  # signs of Chinese, Japanese or Korean: about two make a word
            pieces[-1] += word
            words += 0.5
        else:
            pieces.append(word)
            words += 1
        end = start + len(word)
    text = unicodedata.normalize("NFC", " ".join(map(fold, pieces)))
    if words > MOST_WORDS or _UNWANTED.search(text) or not any(map(str.isalpha, text)):
        return ""
    while len(text) > LONGEST:
        text = text.rpartition(" ")[0]
    return text


def today() -> date:
    """The day at hand, in UTC."""
    return datetime.now(UTC).date()


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=WAIT, isolation_level="IMMEDIATE", check_same_thread=False)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA secure_delete = ON")
        db.execute("PRAGMA journal_size_limit = 1000000")
        db.execute(_TABLE)
    except BaseException:
        db.close()
        raise
    return db


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - asked at every count; a Path costs several times as much
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _make_room(db: sqlite3.Connection, day: date) -> None:
    """Forget the days that are too old, and the oldest of the others where a full day would have no room."""
    db.execute("DELETE FROM searches WHERE day < ?", ((day - timedelta(days=KEPT - 1)).isoformat(),))
    rows = 0
    for one, texts in db.execute("SELECT day, count(*) FROM searches GROUP BY day ORDER BY day DESC").fetchall():
        rows += texts
        if rows > IN_ALL - A_DAY:
            db.execute("DELETE FROM searches WHERE day <= ?", (one,))
            break


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
