"""URL parameters <-> search requests: one grammar for pages, API, feeds and embeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from hub.query import PER_PAGE, SearchRequest
from hub.search import PARAMETERS, single
from hub.vocabulary import NOT_STATED

# `from` and `to` are what the year form of the filter panel sends; the address then says year=2010-2020.
FORM_ONLY = ("from", "to")
_DIGITS = 9  # of a year; what has more is refused later, by name
# What an embed shows and how, beside the search.
COLOURS = ("accent", "paper", "ink")
LOOK = ("limit", "lang", *COLOURS, "scheme")


def parameters(request: SearchRequest, **changes: Any) -> list[tuple[str, str]]:
    """The parameters of a request in one fixed order, without defaults; `changes` replace values (None removes).

    Any change but of the page leads back to page 1.
    """
    values: dict[str, Any] = {"q": request.q, **dict(request.filters), "sort": request.sort, "page": request.page}
    values |= {"per_page": request.per_page, "verbatim": int(request.verbatim), "explain": int(request.explain)}
    if changes and "page" not in changes:
        values["page"] = 1
    values |= changes
    usual = {
        "sort": "relevance" if values.get("q") else "newest",
        "page": 1,
        "per_page": PER_PAGE,
        "verbatim": 0,
        "explain": 0,
    }
    pairs: list[tuple[str, str]] = []
    for name in PARAMETERS:
        value = values.get(name)
        if value in (None, "", ()) or value == usual.get(name):
            continue
        many = value if isinstance(value, tuple) else (value,)
        pairs.extend((name, str(entry)) for entry in many)
    return pairs


def query_string(request: SearchRequest, **changes: Any) -> str:
    """`?q=…&target=3` for a request, or nothing where it asks for everything."""
    return encoded(parameters(request, **changes))


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """Parameters as the end of an address: `?q=…&target=3`, or nothing where there are none."""
    text = "&".join(_encoded(name, value) for name, value in pairs)
    return "?" + text if text else ""


@lru_cache(maxsize=1024)
def _encoded(name: str, value: str) -> str:
    return urlencode({name: value})  # a page has the same few in dozens of addresses


def without(request: SearchRequest, name: str, value: str) -> tuple[str, ...]:
    """The values of a facet that stay when one is taken away."""
    return tuple(entry for entry in dict(request.filters).get(name, ()) if entry != value)


def from_form(given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The parameters of a page request, the two year fields of the filter panel joined into one."""
    found = {name: list(values) for name, values in given.items() if name not in FORM_ONLY}
    low, high = (single(given, name) for name in FORM_ONLY)
    if all(year.isdecimal() and len(year) <= _DIGITS for year in (low, high)) and int(low) > int(high):
        low, high = high, low
    if low or high:
        kept = [value for value in found.get("year", []) if "-" not in value or value == NOT_STATED]
        found["year"] = [*kept, f"{low}-{high}"]
    return found
