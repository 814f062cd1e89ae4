"""The whole collection in one file to download, as the indexer leaves it in the instance folder.

    bulk/latest.json                                    which files there are, the latest first; replaced in one step
    bulk/gbf-cases-2026-11-26-1a2b3c4d.jsonl.gz         named by its day and the first digits of its SHA-256
    bulk/gbf-cases-2026-11-26-1a2b3c4d.jsonl.gz.sha256

A name always stands for the same bytes. hub.serialize.bulk_json says what the lines of a file hold.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

MANIFEST = "latest.json"
SUM = ".sha256"  # behind the name of a file: that of its checksum
NAME = re.compile(r"gbf-cases-[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{8}\.jsonl\.gz", re.ASCII)


class BulkFile(Struct, frozen=True):
    """One file: the day (ISO 8601) and the revision of the index it is of, and what tells it from any other."""

    name: str
    issued: str
    revision: str
    records: int
    bytes: int
    sha256: str


class Manifest(Struct, frozen=True):
    """All files that are kept, the latest first; what the latest says of itself, and from which index it was made.

    `gone` are the ids of all records that are withdrawn: a file from before one of them went is not kept.
    """

    generation: str
    dataset: dict[str, Any]
    files: tuple[BulkFile, ...]
    gone: tuple[str, ...] = ()

    @property
    def latest(self) -> BulkFile:
        """The file of the newest state."""
        return self.files[0]


def read_manifest(folder: Path) -> Manifest | None:
    """What there is in the folder of bulk files; None where there is nothing yet, or nothing to rely on."""
    try:
        found = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
    named = all(NAME.fullmatch(file.name) for file in found.files)
    return found if found.files and named else None


def checksum_line(file: BulkFile) -> str:
    """The checksum of a file as `sha256sum -c` reads it."""
    return f"{file.sha256}  {file.name}\n"
