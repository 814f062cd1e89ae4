"""What a harvest did: counts and reasons, for people (a text, a line per source) and for programs (JSON)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec
from msgspec import Struct

from indexer.harvest.plain import line as line_of

KEPT = 10_000  # items of one source that a report names as skipped


class Outcome(StrEnum):
    """What became of one item."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    GONE = "gone"
    SKIPPED = "skipped"
    FAILED = "failed"


class Entry(Struct, frozen=True):
    """One item in a report: what became of it, why, the record it is or would be, and its title."""

    id: str
    outcome: Outcome
    reason: str = ""
    record: str = ""
    title: str = ""


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
    """Counts what becomes of the items of one source while it is harvested, by many threads.

    `secrets` are texts that nobody must read, and what to write in their place.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._secrets = secrets or {}
        self.counts: Counter[str] = Counter()
        self.entries: list[Entry] = []

    def add(self, item_id: str, outcome: Outcome, reason: str = "", record: str = "", title: str = "") -> None:
        """Count one item; it is named in the report unless it is unchanged, or one of very many that were skipped."""
        with self._lock:
            self.counts[outcome] += 1
            many = outcome is Outcome.SKIPPED and self.counts[outcome] > KEPT
            if outcome is not Outcome.UNCHANGED and not many:
                id_, why, called = (self.clean(text) for text in (item_id, reason, title))
                self.entries.append(Entry(id_, outcome, why, record, called))

    def clean(self, text: str) -> str:
        """A text that came from outside, on one line, without control characters and without secrets."""
        for secret, name in self._secrets.items():
            text = text.replace(secret, name)
        return line_of(text)[:1000]


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
            reason = (
                entry.reason.replace(entry.id, "…") if "://" in entry.id else entry.reason
            )  # the same trouble with another address is the same reason
            kinds.setdefault((entry.outcome, reason), []).append(entry.id)
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
            record = f" -> {entry.record}" if entry.record else ""
            lines.append(f"  {entry.outcome:9} {rest}{record}{f' ({entry.title})' if entry.title else ''}")
        left_out = report.counts.get(Outcome.SKIPPED, 0) - KEPT
        lines += [f"  and {left_out:,} more were skipped"] if left_out > 0 else []
        lines.append("")
    return "\n".join(lines)


def as_json(reports: Iterable[SourceReport]) -> str:
    """The same for programs."""
    return msgspec.json.format(msgspec.json.encode({"sources": list(reports)}), indent=1).decode()
