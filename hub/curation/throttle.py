"""Failed log-ins are counted, and who fails too often has to wait: longer each time, but never more than 15 minutes.

Counted are a name tried from an address, and an address whatever the name. Nobody can lock a colleague out from
elsewhere: a name alone is not counted. The file holds neither names nor addresses, only keyed digests of them, and
forgets each an hour after its last wait.
"""

from __future__ import annotations

import hmac
import json
import sqlite3
from ipaddress import IPv6Address, IPv6Network, ip_address
from pathlib import Path

from hub.curation.store import Store

TRIES = 5  # failures of a name from an address, within the window
TRIES_OF_ADDRESS = 20  # failures from an address: an office may share one
WINDOW = 15 * 60.0  # seconds
FIRST = 30.0  # seconds of the first wait; each further failure doubles it
LONGEST = 15 * 60.0
REMEMBERED = 60 * 60.0  # seconds after a wait in which one more failure means the next, longer wait
MOST = 50_000  # rows: whoever wants to fill the disk gets this far and no further

_TABLES = (
    "CREATE TABLE IF NOT EXISTS secret (key BLOB NOT NULL)",
    """CREATE TABLE IF NOT EXISTS failures (
        who BLOB PRIMARY KEY, times TEXT NOT NULL, waits INTEGER NOT NULL, until REAL NOT NULL, forget REAL NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS by_forget ON failures (forget)",
    "INSERT INTO secret SELECT randomblob(32) WHERE NOT EXISTS (SELECT 1 FROM secret)",
)
_MAKE_ROOM = """DELETE FROM failures WHERE who IN (
    SELECT who FROM failures ORDER BY forget DESC LIMIT -1 OFFSET ?)"""


class Throttle:
    """The counts in the file at a path, made on demand; threads and processes share it.

    `now` is the time in seconds, the same clock for all (`time.time()`). Raises HubError where the file cannot be
    used; then nobody may try.
    """

    def __init__(self, path: Path) -> None:
        self._store = Store(path, _TABLES, "If it is damaged, delete it: it only counts failed log-ins")

    def wait(self, name: str, address: str, now: float) -> float:
        """Seconds until this name may be tried from this address again; 0 where it may be tried now."""
        return self._store.do(lambda db: max(_left(db, who, now) for who, _ in _counted(db, name, address)))

    def failed(self, name: str, address: str, now: float) -> None:
        """Count a failure."""

        def note(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM failures WHERE forget <= ?", (now,))
            for who, tries in _counted(db, name, address):
                _count(db, who, tries, now)
            db.execute(_MAKE_ROOM, (MOST,))

        self._store.do(note)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name from this address; those of the address alone stay."""

        def clear(db: sqlite3.Connection) -> None:
            (who, _), _ = _counted(db, name, address)
            db.execute("DELETE FROM failures WHERE who = ?", (who,))

        self._store.do(clear)


def _counted(db: sqlite3.Connection, name: str, address: str) -> tuple[tuple[bytes, int], tuple[bytes, int]]:
    """What a try counts for, each with the failures that it may have: the name from the address, and the address."""
    (key,) = db.execute("SELECT key FROM secret").fetchone()
    network = _network(address)
    return (_digest(key, network, name), TRIES), (_digest(key, network), TRIES_OF_ADDRESS)


def _digest(key: bytes, *parts: str) -> bytes:
    return hmac.digest(key, repr(parts).encode(), "sha256")[:16]


def _network(address: str) -> str:
    """What one person has of the net: an address of IPv4, the first half of one of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


def _left(db: sqlite3.Connection, who: bytes, now: float) -> float:
    row = db.execute("SELECT until FROM failures WHERE who = ?", (who,)).fetchone()
    left = row[0] - now if row else 0.0
    # A wait that ends much later than any can was noted before the clock was set back.
    return min(left, LONGEST) if 0 < left < 2 * LONGEST else 0.0


def _count(db: sqlite3.Connection, who: bytes, tries: int, now: float) -> None:
    row = db.execute("SELECT times, waits FROM failures WHERE who = ?", (who,)).fetchone()
    earlier, waits = (json.loads(row[0]), row[1]) if row else ([], 0)
    times = [*(time for time in earlier if abs(now - time) < WINDOW), now][-tries:]
    until, forget = 0.0, now + WINDOW
    if waits or len(times) >= tries:
        until = now + min(FIRST * 2 ** min(waits, 10), LONGEST)
        forget = until + REMEMBERED
        waits += 1
    db.execute("REPLACE INTO failures VALUES (?, ?, ?, ?, ?)", (who, json.dumps(times), waits, until, forget))
