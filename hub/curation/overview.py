"""What to curate next, at a glance: gaps, stale records, links, sources, and how right the tagger is."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from hub.curation.original import open_read_only
from hub.curation.shelf import Row, is_public
from hub.links import LinkStatus
from hub.record import Decision, Method
from hub.vocabulary import Vocabularies, regions_of

STALE = 365  # days that a published record may go unseen at its source


@dataclass(frozen=True)
class Coverage:
    """How many published records there are on each target (row) in each region (column)."""

    cells: Mapping[tuple[str, str], int]
    targets: Mapping[str, int]

    def count(self, target: str, region: str) -> int:
        """The number of one cell."""
        return self.cells.get((target, region), 0)


def coverage_of(rows: Iterable[Row], vocabularies: Vocabularies) -> Coverage:
    """The coverage of a corpus; a record counts in every region that holds one of its places."""
    cells: Counter[tuple[str, str]] = Counter()
    targets: Counter[str] = Counter()
    known: dict[str, tuple[str, ...]] = {}
    for row in filter(is_public, rows):
        regions = dict.fromkeys(row.concepts("region"))
        for region in tuple(regions):
            if region in vocabularies["region"]:
                regions |= dict.fromkeys(vocabularies["region"].ancestors(region))
        for country in row.concepts("country"):
            if country in vocabularies["country"]:
                known.setdefault(country, regions_of(country, vocabularies))
                regions |= dict.fromkeys(known[country])
        own = row.concepts("target")
        targets.update(own)
        cells.update((target, region) for target in own for region in regions)
    return Coverage(cells, targets)


def stale(rows: Iterable[Row], today: date, days: int = STALE) -> list[Row]:
    """Published records that were not seen at their source for so many days, those unseen longest first."""
    limit = (today - timedelta(days=days)).isoformat()
    return sorted((r for r in rows if is_public(r) and r.last_seen < limit), key=lambda row: (row.last_seen, row.id))


@dataclass(frozen=True)
class Month:
    """How many machine suggestions curators accepted and rejected in one month (`2026-11`)."""

    month: str
    accepted: int
    rejected: int

    @property
    def right(self) -> float:
        """The share of suggestions that were accepted."""
        return self.accepted / (self.accepted + self.rejected)


def tagger_quality(rows: Iterable[Row]) -> list[Month]:
    """How right the tagger was, month by month, by what curators decided; the newest first."""
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        for at, method, decision in row.decided:
            if method in (Method.RULE, Method.MODEL) and decision in (Decision.ACCEPTED, Decision.REJECTED):
                counts[at[:7], decision] += 1
    months = sorted({month for month, _ in counts}, reverse=True)
    return [Month(m, counts[m, Decision.ACCEPTED], counts[m, Decision.REJECTED]) for m in months]


def links_by_state(links: Mapping[str, LinkStatus]) -> Mapping[str, int]:
    """How many links are in each state."""
    return Counter(link.state for link in links.values())


class _Report(Struct, frozen=True):
    source: str
    started: str = ""
    counts: dict[str, int] = {}
    trouble: str = ""


class _Reports(Struct, frozen=True):
    sources: tuple[_Report, ...]


@dataclass(frozen=True)
class SourceState:
    """A source: how many of its records there are, and what its last harvest did."""

    id: str
    name: str
    records: int
    drafts: int
    tried: str = ""
    finished: str = ""
    counts: Mapping[str, int] | None = None
    trouble: str = ""


def sources_of(rows: Iterable[Row], harvest: Path) -> list[SourceState]:
    """The sources of all records, with their last harvests: those in trouble first, then those with most drafts."""
    records: Counter[str] = Counter()
    drafts: Counter[str] = Counter()
    names: dict[str, str] = {}
    for row in rows:
        records[row.source] += 1
        drafts[row.source] += row.status == "draft"
        names.setdefault(row.source, row.publisher)
    runs, reports = _runs(harvest / "state.sqlite"), _reports(harvest / "reports")
    found = []
    for name in sorted({*records, *runs} - {""}, key=lambda each: (-drafts[each], -records[each], each)):
        tried, finished = runs.get(name, ("", ""))
        report = reports.get(name)
        counts, trouble = (report.counts, report.trouble) if report else (None, "")
        found.append(
            SourceState(name, names.get(name, name), records[name], drafts[name], tried, finished, counts, trouble)
        )
    return sorted(found, key=lambda each: not each.trouble)


def _runs(state: Path) -> dict[str, tuple[str, str]]:
    """When each source was last tried and last harvested as a whole."""
    with suppress(sqlite3.Error), closing(open_read_only(state)) as db:
        rows = db.execute("SELECT source, tried, finished FROM run")
        return {str(source): (tried or "", finished or "") for source, tried, finished in rows}
    return {}


def _reports(folder: Path) -> dict[str, _Report]:
    """The newest report of each source."""
    found: dict[str, _Report] = {}
    for path in sorted(folder.glob("*.json"), reverse=True):
        with suppress(OSError, msgspec.MsgspecError, ValueError):  # bytes that are no UTF-8 are a ValueError
            for report in msgspec.json.decode(path.read_bytes(), type=_Reports).sources:
                found.setdefault(report.source, report)
    return found
