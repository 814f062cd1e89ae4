"""What a harvest did: counts and reasons, for people (a text, a line per source) and for programs (JSON)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

import msgspec
from msgspec import Struct

KEPT = 10_000  # entries of one source that a report names


class Outcome(StrEnum):
    """What became of one item."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    GONE = "gone"
    SKIPPED = "skipped"
    FAILED = "failed"


class Entry(Struct, frozen=True):
    """One item in a report: what became of it, why, the record it is."""

    id: str
    outcome: Outcome
    reason: str = ""
    record: str = ""


class SourceReport(Struct, frozen=True):
    """What a run did with one source. `trouble` is why it could not be listed to its end; `resumed`: taken up."""

    source: str
    started: str
    seconds: float
    counts: dict[str, int]
    entries: tuple[Entry, ...]
    trouble: str = ""
    resumed: bool = False

    @property
    def failed(self) -> bool:
        """Whether anything did not work that should have."""
        return bool(self.trouble or self.counts.get(Outcome.FAILED))


class Tally:
    """Counts what becomes of the items of one source while it is harvested, by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.entries: list[Entry] = []

    def add(self, item_id: str, outcome: Outcome, reason: str = "", record: str = "") -> None:
        """Count one item; it is named in the report unless it is unchanged."""
        with self._lock:
            self.counts[outcome] += 1
            if outcome is not Outcome.UNCHANGED and len(self.entries) < KEPT:
                self.entries.append(Entry(item_id, outcome, reason, record))


def line(report: SourceReport) -> str:
    """A source's outcome in one line: `bise: 12 new, 3 changed, 120 unchanged, 2 skipped, 1 failed`."""
    counts = ", ".join(f"{report.counts.get(name, 0)} {name}" for name in Outcome if _shown(name, report))
    resumed = " (taken up where it was interrupted)" if report.resumed else ""
    trouble = f"; {report.trouble}" if report.trouble else ""
    return f"{report.source}: {counts}{resumed}{trouble}"


def _shown(name: Outcome, report: SourceReport) -> bool:
    return bool(report.counts.get(name)) or name in (Outcome.NEW, Outcome.CHANGED, Outcome.UNCHANGED)


def reasons(report: SourceReport, most: int = 5) -> list[str]:
    """The commonest reasons why items were skipped or failed, each with how often and one of them."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for entry in report.entries:
        if entry.outcome in (Outcome.SKIPPED, Outcome.FAILED):
            kinds.setdefault((entry.outcome, entry.reason), []).append(entry.id)
    often = sorted(kinds.items(), key=lambda kind: (kind[0][0] != Outcome.FAILED, -len(kind[1])))
    lines = [
        f"  {outcome}: {reason} ({ids[0]}{f' and {len(ids) - 1} more' if len(ids) > 1 else ''})"
        for (outcome, reason), ids in often[:most]
    ]
    return lines + ([f"  and {len(often) - most} more reasons, see the report"] if len(often) > most else [])


def as_text(reports: Iterable[SourceReport]) -> str:
    """All that happened, one line each: for every source its line, then each item that is not as it was."""
    lines: list[str] = []
    for report in reports:
        lines += [f"{line(report)} (began {report.started}, {report.seconds:.0f} s)"]
        for entry in sorted(report.entries, key=lambda entry: (list(Outcome).index(entry.outcome), entry.id)):
            rest = ": ".join(part for part in (entry.id, entry.reason) if part)
            lines.append(f"  {entry.outcome:9} {rest}{f' -> {entry.record}' if entry.record else ''}")
        lines.append("")
    return "\n".join(lines)


def as_json(reports: Iterable[SourceReport]) -> str:
    """The same for programs."""
    return msgspec.json.format(msgspec.json.encode({"sources": list(reports)}), indent=1).decode()
