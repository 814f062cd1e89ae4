"""Two versions of a record: what differs, field by field; and what two people made of one, brought together.

A tag is a unit of its own, named `tags target GBF-TARGET-08`; so are a proposal, a change at the source and a
translation, and each part of the provenance. Every other field is one unit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import chain, count
from typing import Any

from msgspec import Struct
from msgspec.structs import fields, replace

from hub.record import FIELDS, Change, Link, Point, Provenance, Record, Tag, Translation

# A unit: a field, and the entry of it where the field has entries that stand for themselves.
Unit = tuple[str, str]
_Keyed = Mapping[str, Callable[[Any], str]]

_KEYED: _Keyed = {
    "tags": lambda tag: f"{tag.vocabulary} {tag.concept}",
    "proposals": lambda tag: f"{tag.vocabulary} {tag.concept}",
    "changes": lambda change: change.field,
}
_SEEN = ("harvester", "first_seen", "last_seen")  # what a provenance cannot be without
_OURS = ("words", "note")  # of the provenance; the rest is kept by the machine, and whoever wrote last is right


class Difference(Struct, frozen=True):
    """One unit that differs between two versions: its field, the entry in it, and both values as people read them.

    `before` is empty where it is new, `after` where it is gone.
    """

    field: str
    entry: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """`title`, `tags target GBF-TARGET-08`."""
        return f"{self.field} {self.entry}".rstrip()


def differences(before: Record | None, after: Record) -> tuple[Difference, ...]:
    """What has changed between two versions of a record, in the order of its fields; everything in a new one."""
    old, new = _units(before) if before else {}, _units(after)
    found = []
    for unit in _in_order(old, new):
        if old.get(unit) != new.get(unit):
            found.append(Difference(*unit, as_text(old.get(unit)), as_text(new.get(unit))))
    return tuple(found)


def merged(
    base: Record, ours: Record, theirs: Record, yielding: Collection[str] = ()
) -> tuple[Record, tuple[str, ...]]:
    """Our version with what they changed since `base`, and the names of the units that both changed differently.

    There ours stands, except in those named as `yielding`.
    """
    old, mine, other = _units(base), _units(ours), _units(theirs)
    units, both = dict(mine), []
    for unit in _in_order(mine, other):
        if other.get(unit) == old.get(unit) or other.get(unit) == mine.get(unit):
            continue
        name = " ".join(unit).rstrip()
        is_ours = unit[0] != "provenance" or unit[1] in _OURS
        if mine.get(unit) != old.get(unit) and is_ours:
            both.append(name)
            if name not in yielding:
                continue
        if unit in other:
            units[unit] = other[unit]
        else:
            units.pop(unit, None)
    return _record(ours, {unit: units[unit] for unit in _in_order(units, {})}), tuple(both)


def _in_order(one: Mapping[Unit, Any], other: Mapping[Unit, Any]) -> list[Unit]:
    """The units of two versions, by field, those of the first before those that only the second has."""
    order = {name: number for number, name in enumerate(FIELDS)}
    return sorted({**one, **other}, key=lambda unit: order[unit[0]])


def _units(record: Record) -> dict[Unit, Any]:
    """The units of a record that hold something."""
    found: dict[Unit, Any] = {}
    for name in FIELDS:
        value = getattr(record, name)
        if name in _KEYED:
            for entry in value:
                key = _KEYED[name](entry)
                # Of one name there should be one entry; where a file has more, none is dropped.
                found[next((name, one) for one in _numbered(key) if (name, one) not in found)] = entry
        elif name == "translations":
            found |= {(name, tag): entry for tag, entry in (value or {}).items()}
        elif name == "provenance":
            found |= {(name, part): text for part, text in _filled(value)}
        elif value not in (None, "", ()):
            found[name, ""] = value
    return found


def _numbered(key: str) -> Iterable[str]:
    return chain([key], (f"{key} ({number})" for number in count(2)))


def _record(record: Record, units: Mapping[Unit, Any]) -> Record:
    """The record with exactly these units; what a record cannot be without stays where they lack it."""
    values: dict[str, Any] = {field.name: field.default for field in fields(Record) if not field.required}
    values |= dict.fromkeys(_KEYED, ()) | {"translations": {}}
    parts: dict[str, str] = {}
    for (name, entry), value in units.items():
        if name in _KEYED:
            values[name] = (*values[name], value)
        elif name == "translations":
            values[name] = values[name] | {entry: value}
        elif name == "provenance":
            parts[entry] = value
        else:
            values[name] = value
    seen = Provenance(**{name: getattr(record.provenance, name) for name in _SEEN} | parts)
    return replace(record, **values | {"translations": values["translations"] or None, "provenance": seen})


def as_text(value: Any) -> str:  # noqa: PLR0911 - one for each kind
    """A value as people read it, one entry a line; nothing for nothing."""
    match value:
        case Tag():
            score = "" if value.score is None else f"{value.score:g}"
            quote = f"“{value.evidence.quote}” ({value.evidence.field})" if value.evidence else ""
            said = (value.decision, value.method, score, value.by, value.at, quote)
            return ", ".join(str(part) for part in said if part)
        case Change():
            return f"{value.at}: {value.value}" if value.value else value.at
        case Point():
            return f"{value.lat:.9g}, {value.lon:.9g} ({value.precision})"
        case Link():
            return " ".join(part for part in (value.url, value.alt, value.credit and f"({value.credit})") if part)
        case Translation():
            return f"{value.title}\n{value.abstract}"
        case tuple():
            return "\n".join(map(as_text, value))
    return "" if value is None else str(value)


def _filled(value: Struct) -> Iterable[tuple[str, Any]]:
    return ((name, text) for name in value.__struct_fields__ if (text := getattr(value, name)))
