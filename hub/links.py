"""The links of records, and what the last check of them found, as `indexer links` leaves it in the instance folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urldefrag

import msgspec
from msgspec import Struct

from hub.record import Record


class LinkStatus(Struct, frozen=True):
    """How it stands with one address: `state` is ok, moved (`to` where), broken or unknown; `reason` says why.

    `since` is the first day in this state, `checked` the day it was last asked for; `status` is 0 without an answer.
    """

    url: str
    state: str
    status: int = 0
    to: str = ""
    reason: str = ""
    since: str = ""
    checked: str = ""


def asked(url: str) -> str:
    """What is asked for of an address, and what its status goes by: all but the fragment."""
    return urldefrag(url).url


def addresses(record: Record) -> dict[str, list[str]]:
    """All addresses that a record links to, without fragment, and the fields each stands in."""
    fields = {
        "url": (record.url,),
        "also_at": record.also_at,
        "references": record.references,
        "documents": tuple(link.url for link in record.documents),
        "images": tuple(link.url for link in record.images),
    }
    found: dict[str, list[str]] = {}
    for name, urls in fields.items():
        for url in urls:
            names = found.setdefault(asked(url), [])
            if name not in names:
                names.append(name)
    return found


class Links:
    """The file of the check, read again when it changed; without a file nothing is known of any link."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._known: Mapping[str, LinkStatus] = {}

    def known(self) -> Mapping[str, LinkStatus]:
        """What is known, by address without fragment."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                found = msgspec.json.decode(self._path.read_bytes(), type=list[LinkStatus])
                self._known, self._stamp = {link.url: link for link in found}, stamp
        except (OSError, msgspec.MsgspecError, ValueError):
            return {}
        return self._known
