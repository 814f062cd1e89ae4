"""Tables, CSV or XLSX: each row below the header is an item, its columns are the item's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from indexer.fetch.terms import shown
from indexer.harvest.item import Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.plain import line
from indexer.harvest.protocols.cells import csv_rows, is_xlsx, xlsx_rows
from indexer.harvest.protocols.identity import references
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.source import Source


def _columns(*names: str) -> tuple[str, ...]:
    """Expressions for columns called so, however they are capitalised."""
    spellings = dict.fromkeys(form for name in names for form in (name, name.capitalize(), name.title(), name.upper()))
    return tuple(f'"{name}"' for name in spellings)


def _pieces(*names: str) -> tuple[str, ...]:
    return tuple(f"split({column}, '{mark}')" for column in _columns(*names) for mark in (";", "|"))


OPTIONS: Mapping[str, str] = {
    "header": "the number of the row that names the columns, counted from 1 (default: found out)",
    "sheet": "the name of the worksheet (default: the first that holds anything)",
    "id": "the column that holds the id",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "url": _columns("url", "link", "website", "web page", "source url", "web link"),
    "title": _columns("title", "name", "case title", "project title", "project name", "national target title"),
    "abstract": _columns("abstract", "summary", "description", "short description", "project description"),
    "challenge": _columns("challenge", "challenges", "problem"),
    "action": _columns("action", "actions", "solution", "solutions"),
    "results": _columns("results", "outcomes", "impact", "impacts"),
    "lessons": _columns("lessons", "lessons learned"),
    "text": _columns("text", "body", "content", "full text"),
    "language": _columns("language", "lang"),
    "place": _columns("place", "location", "site", "city"),
    "countries": _pieces("country", "countries") + _columns("country", "countries", "government", "country code"),
    "point": tuple(
        f'{{lat: "{lat}", lon: "{lon}"}}'
        for pair in (("latitude", "longitude"), ("lat", "lon"), ("lat", "lng"), ("lat", "long"))
        for lat, lon in (pair, tuple(name.capitalize() for name in pair), tuple(name.upper() for name in pair))
    )
    + _columns("coordinates", "point", "geometry"),
    "began": _columns("start", "start date", "start year", "began", "from"),
    "ended": _columns("end", "end date", "end year", "ended", "to"),
    "issued": _columns("issued", "published", "published on", "publication date", "date", "year"),
    "modified": _columns("modified", "updated", "last updated", "changed"),
    "organisations": _pieces("organisation", "organisations", "organization", "organizations", "lead", "partners"),
    "publisher": _columns("publisher"),
    "contact": _columns("contact", "e-mail", "email"),
    "license": _columns("license", "licence"),
    "source_tags": _pieces("tags", "keywords", "themes", "global targets")
    + tuple(f"split({column}, ',')" for column in _columns("tags", "keywords", "global targets"))
    + _columns("theme", "category", "sector", "topic"),
    "images": _columns("image", "image url", "photo"),
    "documents": _columns("document", "documents", "pdf"),
}
FOLLOWS = False

_LOOKED_AT = 20  # rows in which the header is looked for
_FULL = 0.7  # the header names that part of the columns at least


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """A reference for every row with anything in it."""
    response = get(source.address, kinds=("csv", "xlsx", "text"))
    return rows(response.body, shown(source.address), response.charset, source.options, response.url)


def rows(body: bytes, what: str, charset: str, options: Mapping[str, str], base: str) -> Iterator[Reference | Skipped]:
    """The items in a table; `base` is its address, `charset` what its server says. Raises Unreadable."""
    body = unpacked(body, what)
    given = xlsx_rows(body, what, options.get("sheet", "")) if is_xlsx(body) else csv_rows(body, what, charset)
    filled = [(number, row) for number, row in given if any(row)]
    if not filled:
        return iter(())
    top = _header(filled, what, options.get("header", ""))
    names = _names(filled[top][1], max(_width(row) for _, row in filled[top:]))
    below = [
        (f"row {number}", {names[place]: cell for place, cell in enumerate(row) if cell})
        for number, row in filled[top + 1 :]
    ]
    return references(below, _chosen(options.get("id", ""), names, what), base)


def _header(filled: Sequence[tuple[int, list[str]]], what: str, chosen: str) -> int:
    """Which of the rows names the columns: the chosen one, else the first that is about as full as any."""
    if chosen:
        for place, (number, _) in enumerate(filled):
            if str(number) == chosen.strip():
                return place
        raise Unreadable(f"{what} has nothing in row {chosen}, which should name the columns")
    counts = [sum(1 for cell in row if cell) for _, row in filled[:_LOOKED_AT]]
    return next(place for place, count in enumerate(counts) if count >= _FULL * max(counts))


def _width(row: Sequence[str]) -> int:
    return max(place + 1 for place, cell in enumerate(row) if cell)


def _names(header: Sequence[str], width: int) -> list[str]:
    """A name for every column, each another one."""
    names: dict[str, None] = {}
    for place in range(width):
        name = line(header[place])[:200] if place < len(header) else ""
        name = name or f"column {place + 1}"
        again, unique = 1, name
        while unique in names:
            again += 1
            unique = f"{name} ({again})"
        names[unique] = None
    return list(names)


def _chosen(wanted: str, names: Sequence[str], what: str) -> str:
    """The column that holds the id, found without regard to capitals."""
    if not wanted:
        return ""
    for name in names:
        if name.lower() == wanted.strip().lower():
            return name
    raise Unreadable(f"{what} has no column {wanted!r}, which should hold the id")
