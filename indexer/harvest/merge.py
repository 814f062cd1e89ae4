"""A record that was harvested before and its source's new state, brought together: nobody's work is lost."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from hub.corpus import quotes
from hub.curation.form import shown
from hub.record import NOTHING, Change, Decision, Record, Status, Tag, Translation
from indexer.harvest.draft import HARVESTED, NAME

_ALWAYS = ("source_tags",)  # the source's own terms: nobody but the source changes them


def merged(ours: Record, base: Record | None, theirs: Record, today: str) -> Record:
    """Our record with what its source has changed.

    `base` is the draft of what the source said before, None where that is not known. A field that nobody touched in a
    draft takes the new value; where a curator wrote another, or the record is published, ours stays and the new value
    is put beside it under `changes`. Tags and decisions stay; so do values that the source has not changed.
    """
    updates: dict[str, Any] = {}
    changes = {change.field: change for change in ours.changes}
    for name in HARVESTED:
        old, new, mine = (getattr(record, name, None) for record in (base, theirs, ours))
        if new == mine:
            if name in changes and changes[name].value:
                del changes[name]
        elif base is not None and new == old:
            continue
        elif name in _ALWAYS and ours.provenance.harvester == NAME:
            updates[name] = new
        elif base is not None and mine == old and ours.status is Status.DRAFT:
            updates[name] = new
            changes[name] = Change(name, today)
        else:
            changes[name] = Change(name, today, _text(new))
    provenance = replace(
        ours.provenance,
        last_seen=today,
        content_hash=theirs.provenance.content_hash,
        read=theirs.provenance.read,
        gone="",
    )
    found = replace(ours, provenance=provenance, changes=tuple(changes.values()), **updates)
    return _requoted(found, set(updates))


def _text(value: Any) -> str:
    """A value as curators read and edit it, one entry a line."""
    return (_lines(value) or NOTHING)[:20_000]


def _lines(value: Any) -> str:
    match value:
        case Translation():
            return f"{value.title}\n{value.abstract}"
        case dict():
            return "\n\n".join(f"{name}: {_lines(entry)}" for name, entry in value.items())
    return shown(value)


def _requoted(record: Record, changed: set[str]) -> Record:
    """A record whose tags quote only what still stands there: an undecided one goes, of others the quotation."""
    return replace(
        record,
        tags=tuple(tag for old in record.tags if (tag := _still(record, old, changed))),
        proposals=tuple(tag for old in record.proposals if (tag := _still(record, old, changed))),
    )


def _still(record: Record, tag: Tag, changed: set[str]) -> Tag | None:
    said = tag.evidence
    if said is None or said.field not in changed or quotes(record, said.field, said.quote):
        return tag
    return None if tag.decision is Decision.SUGGESTED else replace(tag, evidence=None)


def flagged_gone(record: Record, missed: int, withdraw_after: int, today: str) -> Record:
    """A record flagged as gone at its source, and withdrawn where the source's policy says so after `missed` runs."""
    provenance = replace(record.provenance, gone=record.provenance.gone or today)
    withdrawn = withdraw_after and missed >= withdraw_after
    return replace(record, provenance=provenance, status=Status.WITHDRAWN if withdrawn else record.status)


def flagged_back(record: Record) -> Record:
    """A record that its source has again; what was withdrawn stays so until a curator decides."""
    return replace(record, provenance=replace(record.provenance, gone=""))
