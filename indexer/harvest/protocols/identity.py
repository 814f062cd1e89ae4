"""Ids for the rows of a list: the list's own where it has any, else one made from what the row says."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from indexer.harvest.item import Reference, Skipped, Unreadable
from indexer.harvest.plain import line
from indexer.harvest.protocols.paging import absolute

Row = Mapping[str, Any]

_IDS = ("id", "identifier", "uuid", "guid", "uniqueid", "itemid", "nid", "recordid", "caseid", "projectid", "about")
_ADDRESSES = ("url", "link", "address", "website", "webpage", "page", "uri", "href", "weblink", "sourceurl", "path")
_TITLES = ("title", "name", "fieldtitle", "label", "projecttitle", "projectname", "casetitle", "titleen", "headline")
_MODIFIED = ("modified", "changed", "updated", "lastmodified", "itemchanged", "lastmod", "lastupdated", "datestamp")
_LONGEST = 400  # characters of an id
_KEPT = 300


def references(rows: Sequence[tuple[str, Row]], chosen: str = "", base: str = "") -> Iterator[Reference | Skipped]:
    """Each row as a reference; `rows` are pairs of a name for messages and the row.

    `base` resolves addresses; `chosen` is the field that holds the id. Otherwise it is the first that looks like one
    and tells all rows apart, else the address, else a number made from the title or, in the end, from the whole row.
    Raises Unreadable where no row has `chosen`.
    """
    if chosen and rows and not any(_text(row.get(chosen)) for _, row in rows):
        raise Unreadable(f"no row has anything in {chosen!r}, which should hold the id")
    key = chosen or _key(rows, _IDS) or _key(rows, _ADDRESSES, "http")
    title = "" if key else _key(rows, _TITLES)
    seen: dict[str, str] = {}
    for name, row in rows:
        known = short_id(_text(row.get(key))) if key else made_id(_text(row.get(title)) if title else row)
        if not known:
            yield Skipped(name, f"has nothing in {key!r}, which should hold the id", failed=True)
        elif known in seen:
            yield Skipped(name, f"has the same id as {seen[known]}: {known}", failed=True)
        else:
            seen[known] = name
            yield Reference(id=known, url=_address(row, base), modified=_first(row, _MODIFIED), data=row)


def has_id(row: Row) -> bool:
    """Whether a row has something that looks like an id or address."""
    return bool(_first(row, (*_IDS, *_ADDRESSES)))


def short_id(text: str) -> str:
    """An id as it is kept: on one line, without control characters; the end of a very long one stands as a number."""
    clean = line(text)
    if len(clean) <= _LONGEST:
        return clean
    return f"{clean[:_KEPT]}#{hashlib.sha256(clean.encode('utf-8', 'replace')).hexdigest()[:16]}"


def made_id(value: Any) -> str:
    """An id made from what a row says, the same whenever it says the same."""
    text = line(value) if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _key(rows: Sequence[tuple[str, Row]], names: Sequence[str], start: str = "") -> str:
    """The first field with one of these names that every row has, each with another value that begins so."""
    columns: dict[str, list[str]] = {}
    for column in dict.fromkeys(column for _, row in rows[:100] for column in row):
        columns.setdefault(_plain(column), []).append(column)
    candidates = (column for name in names for column in columns.get(name, ()))
    return next((column for column in candidates if _tells_apart(rows, column, start)), "")


def _tells_apart(rows: Sequence[tuple[str, Row]], column: str, start: str) -> bool:
    """Whether every row has another value in a column; looks no further than the first that has none."""
    seen: set[str] = set()
    for _, row in rows:
        value = _text(row.get(column))
        if not value or value in seen or not value.startswith(start):
            return False
        seen.add(value)
    return True


def _first(row: Row, names: Sequence[str]) -> str:
    plain = {_plain(column): column for column in reversed(list(row))}
    return next((text for name in names if (text := _text(row.get(plain.get(name, ""))))), "")


def _address(row: Row, base: str) -> str:
    plain = {_plain(column): column for column in reversed(list(row))}
    found = (_text(row.get(plain.get(name, ""))) for name in _ADDRESSES)
    found = (absolute(base, text) for text in found if text.startswith(("http://", "https://", "/")))
    return next((text for text in found if text), "")


def _text(value: Any) -> str:
    """The text of a value that holds one, as an id or address must be."""
    if isinstance(value, Mapping):
        value = value.get("value") or value.get("@href") or ""
    if isinstance(value, list):
        value = value[0] if value else ""
    return line(str(value)) if isinstance(value, str | int | float) else ""
