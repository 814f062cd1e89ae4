"""The journal of changes: when each record was last changed in what is published of it, and which have gone.

Written after every build, and by nothing else; `hub/changes.py` reads it. A record that goes stays in it for good, as a
deletion. Where the file was lost every record is new again, and the corpus still tells what was withdrawn and moved.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from hub.changes import TABLES
from hub.engine import Document, Edition
from hub.record import Decision
from indexer.sqlite_file import SqliteFile

FORM = 1  # raised when harvesters are given other metadata of the same records: all of them have changed then
SETS = ("target", "theme", "source", "country")  # facets whose values are sets
_PROBES = (
    "SELECT datestamp, deleted, form, sets FROM records WHERE id = ?",
    "SELECT id FROM membership WHERE spec = ?",
)


class State(NamedTuple):
    """What is published of a record, in short, and the sets it is in; no form where it has gone."""

    form: str
    sets: tuple[str, ...]


class _Row(NamedTuple):
    """A record as the journal has it."""

    id: str
    datestamp: str
    state: State


def note_changes(path: Path, documents: Iterable[Document], edition: Edition) -> str:
    """Bring the journal in a file to what is published now; a sentence where the file was damaged and begun anew.

    Raises HubError where the file cannot be used.
    """
    now = {document.record.id: State(form_of(document), sets_of(document)) for document in documents}
    gone = {record_id for record_id in (*edition.withdrawn, *edition.moved) if record_id not in now}
    file = SqliteFile(path, TABLES, _PROBES, shared=True)
    try:
        if file.do(lambda journal: _different(_known(journal), now, gone)):
            file.do(lambda journal: _note(journal, now, gone))
        return file.notice
    finally:
        file.close()


def form_of(document: Document) -> str:
    """What changes with everything that is published of a record: its texts, its tags and their names."""
    record = document.record
    public = replace(
        record,
        tags=tuple(tag for tag in record.tags if tag.decision is not Decision.REJECTED),
        provenance=replace(record.provenance, note="", gone=""),
    )
    form = msgspec.json.encode([FORM, public, document.facets, document.keywords], order="sorted")
    return hashlib.sha256(form).hexdigest()[:32]


def sets_of(document: Document) -> tuple[str, ...]:
    """The sets a record is in, such as `target:8`; a set with narrower ones has their records too."""
    return tuple(f"{name}:{value}" for name in SETS for value in document.facets.get(name, ()))


def _known(journal: sqlite3.Connection) -> dict[str, _Row]:
    rows = journal.execute("SELECT id, datestamp, form, sets FROM records")
    return {row[0]: _Row(row[0], row[1], State(row[2], tuple(row[3].split()))) for row in rows}


def _different(known: Mapping[str, _Row], now: Mapping[str, State], gone: set[str]) -> dict[str, State]:
    """The records that are not as the journal has them."""
    found = {
        record_id: state
        for record_id, state in now.items()
        if record_id not in known or known[record_id].state != state
    }
    found |= {row.id: State("", row.state.sets) for row in known.values() if row.state.form and row.id not in now}
    return found | {record_id: State("", ()) for record_id in gone if record_id not in known}


def _note(journal: sqlite3.Connection, now: Mapping[str, State], gone: set[str]) -> None:
    """Write the differences, all with the same datestamp.

    Nobody reads from before the datestamp is taken until all is written: an answer that lacks these changes is then
    older than them, and whoever asks for what came after that answer gets them.
    """
    journal.execute("BEGIN EXCLUSIVE")
    known = _known(journal)
    stamp = _stamp(journal)
    changed = _different(known, now, gone)
    old = [known[record_id] for record_id in changed if record_id in known]
    members = sorted((spec, row.datestamp, row.id) for row in old for spec in _with_roots(row.state.sets))
    journal.executemany("DELETE FROM membership WHERE spec = ? AND datestamp = ? AND id = ?", members)
    rows = sorted((record_id, stamp, not form, form, " ".join(sets)) for record_id, (form, sets) in changed.items())
    journal.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)
    members = sorted(
        (spec, stamp, record_id) for record_id, state in changed.items() for spec in _with_roots(state.sets)
    )
    journal.executemany("INSERT INTO membership VALUES (?, ?, ?)", members)


def _with_roots(sets: tuple[str, ...]) -> set[str]:
    """`target:8` and, above it, `target`."""
    return {*sets, *(spec.partition(":")[0] for spec in sets)}


def _stamp(journal: sqlite3.Connection) -> str:
    """The time, later than all datestamps so far: a record that changes comes behind those that were read before."""
    now = datetime.now(UTC).replace(microsecond=0)
    last = journal.execute("SELECT max(datestamp) FROM records").fetchone()[0]
    if last:
        now = max(now, datetime.fromisoformat(last) + timedelta(seconds=1))
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
