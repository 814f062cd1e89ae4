"""Plain data (from YAML or JSON) -> typed values, naming everything that is wrong and where.

A parser is a function from one plain value to a typed one; it raises `Wrong` with every problem found below it.
`partial(text, limit=100)`, `partial(items, url)` and `partial(struct, Point, {...})` put larger ones together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import fields

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
YEARS = range(1500, 2151)

Parser = Callable[[Any], Any]


class Wrong(ValueError):
    """Everything wrong inside one value: pairs of (path below the value, message)."""

    def __init__(self, *found: tuple[str, str]) -> None:
        super().__init__(found)
        self.found = found


def text(value: Any, limit: int = 500, lines: bool = False) -> str:
    """A text without control characters, trimmed; one line unless `lines`, at most `limit` characters."""
    if not isinstance(value, str):
        raise Wrong(("", f"must be text, not {_kind(value)}"))
    found = value.strip()
    if CONTROL.search(found):
        raise Wrong(("", "holds control characters"))
    if len(found) > limit:
        raise Wrong(("", f"is {len(found):,} characters long, at most {limit:,}"))
    if not lines and len(found.splitlines()) > 1:
        raise Wrong(("", "must be one line"))
    return found


def _kind(value: Any) -> str:
    return {dict: "a mapping", list: "a list", type(None): "empty"}.get(type(value), f"{value!r}")


def match(pattern: re.Pattern[str], example: str, value: Any) -> str:
    """A text of a given form; `example` shows it in messages."""
    found = text(value)
    if not pattern.fullmatch(found):
        raise Wrong(("", f"{found!r} is not of the form {example}"))
    return found


def one_of(kind: type[StrEnum], value: Any) -> StrEnum:
    """A member of an enumeration, by its value."""
    try:
        return kind(text(value))
    except ValueError as error:
        if isinstance(error, Wrong):
            raise
        raise Wrong(("", f"{value!r} is not one of {', '.join(kind)}")) from None


def url(value: Any) -> str:
    """An http or https address."""
    found = text(value, 2048)
    try:
        parts = urlsplit(found)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"]", found)
    except ValueError:
        good = False
    if not good:
        raise Wrong(("", f"{found!r} is not an http(s) address"))
    return found


def when(value: Any) -> str:
    """A year, month or day (ISO 8601): 2014, 2014-05 or 2014-05-31."""
    found = text(value)
    try:
        if not re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", found):
            raise ValueError
        day = date.fromisoformat((found + "-01-01")[:10] if len(found) != 7 else found + "-01")
    except ValueError:
        raise Wrong(("", f"{found!r} is not a year or date such as 2014, 2014-05 or 2014-05-31")) from None
    if day.year not in YEARS:
        raise Wrong(("", f"{found!r} lies outside the years {YEARS.start} to {YEARS.stop - 1}"))
    return found


def number(low: float, high: float, value: Any) -> float:
    """A number within bounds."""
    try:
        found = float(value if isinstance(value, int | float) else text(value))
    except ValueError:
        raise Wrong(("", f"{value!r} is not a number")) from None
    if not low <= found <= high:
        raise Wrong(("", f"{found:g} lies outside {low:g} to {high:g}"))
    return found


def items(item: Parser, value: Any) -> tuple[Any, ...]:
    """A list, each entry read by `item`."""
    if not isinstance(value, list):
        raise Wrong(("", f"must be a list, not {_kind(value)}"))
    found: list[tuple[str, str]] = []
    result = []
    for place, entry in enumerate(value, 1):
        try:
            if isinstance(entry, str) and not entry.strip():
                raise Wrong(("", "is empty"))
            result.append(item(entry))
        except Wrong as wrong:
            found.extend((f"{place}{path and '.' + path}", message) for path, message in wrong.found)
    if found:
        raise Wrong(*found)
    return tuple(result)


def struct(kind: type[Struct], spec: Mapping[str, Parser], value: Any) -> Any:
    """A struct from a mapping; fields without a default are required, unknown ones are wrong."""
    if not isinstance(value, dict):
        raise Wrong(("", f"must be a mapping, not {_kind(value)}"))
    found = [(str(name), "is not a field of the record model") for name in value if name not in spec]
    result: dict[str, Any] = {}
    for entry in fields(kind):
        given = value.get(entry.name)
        given = given.strip() if isinstance(given, str) else given
        if given in (None, "", [], {}):
            if entry.required:
                found.append((entry.name, "is missing"))
            continue
        try:
            result[entry.name] = spec[entry.name](given)
        except Wrong as wrong:
            found.extend((f"{entry.name}{path and '.' + path}", message) for path, message in wrong.found)
    if found:
        raise Wrong(*found)
    return kind(**result)


def by_language(item: Parser, value: Any) -> dict[str, Any]:
    """A mapping from language tag to a value read by `item`."""
    if not isinstance(value, dict):
        raise Wrong(("", f"must be a mapping from language to text, not {_kind(value)}"))
    found: list[tuple[str, str]] = []
    result = {}
    for tag, entry in value.items():
        try:
            result[language(tag)] = item(entry)
        except Wrong as wrong:
            found.extend((f"{tag}{path and '.' + path}", message) for path, message in wrong.found)
    if found:
        raise Wrong(*found)
    return result


def language(value: Any) -> str:
    """A BCP 47 language tag of the usual parts: language, script, region."""
    return match(LANGUAGE_TAG, "en, pt-BR or sr-Latn", value)
