"""The source's own text of a record that may not hold it, as the harvest keeps it for curators to read beside."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import msgspec
from msgspec import Struct

from hub.record import Record

_LONGEST = 2_000_000  # bytes of one item, unpacked
_SHOWN = 40_000  # characters of one text


class Original(Struct, frozen=True):
    """What a source says of a case, as far as a curator reads it."""

    title: str = ""
    abstract: str = ""
    challenge: str = ""
    action: str = ""
    results: str = ""
    lessons: str = ""
    text: str = ""
    read: str = ""


def original_of(record: Record, state: Path) -> Original | None:
    """The text of a record's source from the memory of the harvest (`state.sqlite`); None where it is not known."""
    if not record.source_id:
        return None
    try:
        with closing(open_read_only(state)) as db:
            query = "SELECT item FROM item WHERE source = ? AND id = ?"
            row = db.execute(query, (record.source, record.source_id)).fetchone()
        if row is None or row[0] is None:
            return None
        found = msgspec.json.decode(zlib.decompressobj().decompress(row[0], _LONGEST), type=Original)
    except (sqlite3.Error, zlib.error, msgspec.MsgspecError, ValueError, TypeError):  # damaged in one way or another
        return None
    shortened = {name: text[:_SHOWN] for name in found.__struct_fields__ if len(text := getattr(found, name)) > _SHOWN}
    return msgspec.structs.replace(found, **shortened) if shortened else found


def open_read_only(state: Path) -> sqlite3.Connection:
    """The memory of the harvest, to read in it beside the harvest. Raises sqlite3.Error where there is none."""
    return sqlite3.connect(f"{state.absolute().as_uri()}?mode=ro", uri=True, timeout=2)
