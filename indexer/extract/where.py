"""Where a case is: its point, countries and place, from what a page says of itself as data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pycountry
from bs4 import BeautifulSoup, Tag

from hub.record import Point
from indexer.extract.facts import Facts, text_of
from indexer.extract.meta import Head
from indexer.harvest.values import point_of

_PLACES = ("contentLocation", "spatialCoverage", "spatial", "location", "locationCreated")
_CODE = re.compile(r"(?:.{0,80}[:/ -])?([A-Za-z]{2,3})")
_ATTRIBUTES = (("data-lat", "data-lon"), ("data-lat", "data-lng"), ("data-latitude", "data-longitude"))


def point(page: BeautifulSoup, head: Head, facts: Facts) -> Point | None:
    """The first point that the page gives for its case."""
    return next((found for value in _points(page, head, facts) if (found := point_of(value))), None)


def _points(page: BeautifulSoup, head: Head, facts: Facts) -> Iterator[Any]:
    for node in _places(facts):
        for value in (node, *node.get("geo", ())):
            if isinstance(value, dict):
                yield {name: _number(value, name) for name in ("latitude", "longitude") if name in value}
            else:
                yield value
    for name in ("geo.position", "icbm", "georss:point"):
        yield from (value.replace(";", ",") for value in head.every(name))
    latitude, longitude = (
        head.first(f"place:location:{name}", f"og:{name}", name) for name in ("latitude", "longitude")
    )
    yield {"latitude": latitude, "longitude": longitude}
    yield from _marked(page)


def _marked(page: BeautifulSoup) -> Iterator[Any]:
    """Points in the text: GeoRSS, the microformat `geo`, and the centre of a map if there is only one."""
    centres = set()
    for element in page.find_all(_is_marked, limit=50):
        if element.get("property") == "georss:point":
            yield str(element.get("content") or element.get_text())
        elif element.get("class"):
            parts = [element.find(class_=name) for name in ("longitude", "latitude")]
            yield [str(part.get("title") or part.get_text()).strip() for part in parts if part]
        centres |= {(str(element[a]), str(element[b])) for a, b in _ATTRIBUTES if element.get(a) and element.get(b)}
    if len(centres) == 1:
        latitude, longitude = centres.pop()
        yield {"lat": latitude.strip(), "lon": longitude.strip()}


def _is_marked(element: Tag) -> bool:
    attributes = element.attrs
    return (
        attributes.get("property") == "georss:point"
        or "geo" in attributes.get("class", ())
        or any(name in attributes for name, _ in _ATTRIBUTES)
    )


def _number(node: dict[str, list[Any]], name: str) -> Any:
    return next((value.strip() for value in node[name] if isinstance(value, str)), "")


def _places(facts: Facts) -> Iterator[dict[str, list[Any]]]:
    for value in facts.values(*_PLACES):
        if isinstance(value, dict):
            yield value
    yield from (dict(node) for node in facts.nodes if "geo" in node)


def place(facts: Facts) -> str:
    """The names of the places that a case is about."""
    found = [text for value in facts.values(*_PLACES[:3]) if (text := text_of(value)) and not _is_data(text)]
    return ", ".join(dict.fromkeys(found))[:500]


def _is_data(text: str) -> bool:
    return "://" in text or not re.search(r"[^\W\d_]{3}", text)


def countries(facts: Facts) -> tuple[str, ...]:
    """ISO 3166-1 alpha-3 codes of the countries that addresses and identifiers of a case's places name."""
    found = []
    for node in _places(facts):
        addresses = [value for value in node.get("address", ()) if isinstance(value, dict)]
        named = [value for address in (node, *addresses) for value in address.get("addressCountry", ())]
        if "Country" in node.get("@type", ()):
            named += node.get("name", [])
        found += [code for value in named for code in _country(value, True)]
        found += [code for value in node.get("identifier", ()) for code in _country(value, False)]
    return tuple(dict.fromkeys(found))


def _country(value: Any, by_name: bool) -> Iterable[str]:
    if isinstance(value, dict):
        return [
            code
            for name in ("identifier", "value", "name")
            for v in value.get(name, ())
            for code in _country(v, by_name)
        ][:1]
    text = str(value).strip()
    code = _CODE.fullmatch(text)
    entry = None
    if code and (code[1] == code[1].upper() or len(text) <= 3):
        short = code[1].upper()
        entry = pycountry.countries.get(alpha_2=short) if len(short) == 2 else pycountry.countries.get(alpha_3=short)
    if entry is None and by_name and len(text) > 3:
        try:
            entry = pycountry.countries.lookup(text)
        except LookupError:
            return []
    return [entry.alpha_3] if entry else []
