"""All records of a search as one file: CSV, JSON Lines, GeoJSON, RIS, BibTeX, CSL-JSON.

Each writer takes the records one by one and gives the text of the file piece by piece, so that a file of any length
takes no memory. What is left out is said in the file where its format has a place for that.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from hub.cells import guarded, guarded_pieces
from hub.record import Record
from hub.serialize.cite import Reference, bibtex, csl, ris
from hub.serialize.facts import COLUMNS, facts
from hub.serialize.record_json import Address, record_json
from hub.vocabulary import Vocabularies

BYTE_ORDER_MARK = "\ufeff"  # by which Excel knows UTF-8


@dataclass(frozen=True)
class Site:
    """What a file says beside the records: whose it is, in which language names are, where records are.

    `cite` gives the address to cite a record by: the same one for readers of all languages.
    """

    name: str
    language: str
    vocabularies: Vocabularies
    address: Address
    cite: Callable[[str], str]

    def reference(self, record: Record) -> Reference:
        """A record to be cited."""
        return Reference(record, self.cite(record.id), self.name)


@dataclass(frozen=True)
class Extent:
    """How many records there are, how many of them the file has at most, and ids that were asked for and are none."""

    total: int
    most: int
    missing: tuple[str, ...] = ()

    @property
    def given(self) -> int:
        """How many records the file has."""
        return min(self.total, self.most)


Writer = Callable[[Iterable[Record], Site, Extent], Iterator[str]]


def csv_table(records: Iterable[Record], site: Site, extent: Extent, separator: str = ",") -> Iterator[str]:
    """A table with a row for each record (RFC 4180). Texts of others cannot be formulas; lists are cut at `; `."""
    line = io.StringIO()
    writer = csv.writer(line, delimiter=separator)
    other = ";" if separator == "," else ","

    def written(cells: Iterable[Any]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    yield written(COLUMNS)
    for record in records:
        found = facts(record, site.vocabularies, site.language, site.address("html", record.id))
        yield written(_cell(value, other) for value in found.values())


def _cell(value: str | float | list[str], other: str) -> str | float:
    """A value as a cell; a text is no formula either where a program that expects another separator cuts it up."""
    if isinstance(value, list):
        value = "; ".join(value)
    return guarded_pieces(guarded(value), other) if isinstance(value, str) else value


def json_lines(records: Iterable[Record], site: Site, extent: Extent) -> Iterator[str]:
    """A line for each record, as the API has it at `/records/<id>`."""
    for record in records:
        yield _json(record_json(record, site.vocabularies, site.address)) + "\n"


def geojson(records: Iterable[Record], site: Site, extent: Extent) -> Iterator[str]:
    """A FeatureCollection (RFC 7946). A record without a point is a feature without a place: `geometry` is null.

    Foreign members say how many there are: `total` found, `given` here, `located` of these.
    """
    start = {"type": "FeatureCollection", "total": extent.total, "given": extent.given, "missing": extent.missing}
    yield _json(start)[:-1] + ',"features":['
    located = 0
    for number, record in enumerate(records):
        located += record.point is not None
        yield (",\n" if number else "\n") + _json(_feature(record, site))
    yield f'\n],"located":{located}}}\n'


def _feature(record: Record, site: Site) -> dict[str, Any]:
    found = facts(record, site.vocabularies, site.language, site.address("html", record.id))
    lon, lat = found.pop("lon"), found.pop("lat")
    geometry = {"type": "Point", "coordinates": [lon, lat]} if record.point else None
    properties = {name: value for name, value in found.items() if value not in ("", [])}
    return {"type": "Feature", "id": record.id, "geometry": geometry, "properties": properties}


def ris_file(records: Iterable[Record], site: Site, extent: Extent) -> Iterator[str]:
    """References for Zotero, EndNote, Mendeley and others."""
    for record in records:
        yield ris(site.reference(record)) + "\n\n"


def bibtex_file(records: Iterable[Record], site: Site, extent: Extent) -> Iterator[str]:
    """References for LaTeX; what stands between entries is a comment."""
    if extent.given < extent.total:
        yield f"The first {extent.given} of {extent.total} records.\n\n"
    if extent.missing:
        yield f"{len(extent.missing)} of the records that were asked for are not here.\n\n"
    for record in records:
        yield bibtex(site.reference(record)) + "\n\n"


def csl_json(records: Iterable[Record], site: Site, extent: Extent) -> Iterator[str]:
    """References for pandoc, Zotero and citation processors."""
    start = "[\n"
    for record in records:
        yield start + _json(csl(site.reference(record)))
        start = ",\n"
    yield "\n]\n" if start.startswith(",") else "[]\n"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
