"""GeoJSON: the features of a map, each a case with its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from indexer.fetch.terms import shown
from indexer.harvest.item import Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.protocols.json_text import as_dict, as_list, text_at
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import Page, absolute, changed, objects, pages
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("properties.title", "properties.name", "properties.Title", "properties.Name"),
    "abstract": ("properties.summary", "properties.abstract", "properties.description", "properties.long_description"),
    "text": ("properties.text", "properties.body"),
    "language": ("properties.language", "properties.lang"),
    "place": ("properties.location", "properties.place"),
    "countries": ("properties.countries", "properties.country", "properties.country_code"),
    "point": ("geometry",),
    "began": ("properties.start_date", "properties.begin"),
    "ended": ("properties.end_date",),
    "issued": ("properties.issued", "properties.published", "properties.date"),
    "modified": ("properties.modified", "properties.updated", "properties.changed"),
    "organisations": ("properties.organisations", "properties.organisation"),
    "license": ("properties.license",),
    "source_tags": (
        "properties.tags",
        "properties.keywords",
        "properties.themes",
        "properties.sectors",
        "properties.elements",
        "properties.impacts",
        "properties.ktms",
        "properties.ipccs",
        "properties.adaptation_options",
        "properties.measures[].title",
        "properties.typology_of_measures",
        "properties.nwrm_type",
    ),
    "images": ("properties.image", "properties.images"),
}
FOLLOWS = False
_PROSE = ("title", "name", "summary", "abstract", "description", "long_description", "text", "body", "url", "path")
_IDS = ("id", "nid", "uid", "UID", "uuid", "identifier", "@id", "OBJECTID", "fid")


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """The features of a collection, and of the pages after it where it links to them."""
    seen: set[str] = set()
    for page in pages(get, source.address, entries, _next):
        if isinstance(page, Skipped):
            yield page
            continue
        for found in _once(_all(page.data, page.url), seen):
            if isinstance(found, Skipped) or changed(found.modified, since):
                yield found


def entries(data: Any) -> list[Any]:
    """The features of a collection; what it says of their number is not trusted. Raises Unreadable."""
    if isinstance(data, list):
        return data
    collection = as_dict(data)
    if collection.get("type") == "Feature":
        return [collection]
    features = collection.get("features")
    if not isinstance(features, list):
        raise Unreadable("is no GeoJSON collection: it has no `features`")
    return features


def references(data: Any, url: str) -> Gathered:
    """The items of one collection, each once."""
    yield from _once(_all(data, url), set())


def _all(data: Any, url: str) -> Gathered:
    for feature in objects(entries(data), url):
        yield feature if isinstance(feature, Skipped) else _reference(feature, url)


def _once(found: Gathered, seen: set[str]) -> Gathered:
    for item in found:
        if isinstance(item, Reference):
            marks = {mark for mark in (item.id, item.url) if mark}
            if marks & seen:
                yield Skipped(item.id, "is on the map more than once")
                continue
            seen |= marks
        yield item


def _next(page: Page) -> str:
    links = [as_dict(link) for link in as_list(as_dict(page.data).get("links"))]
    return next((absolute(page.url, link.get("href")) for link in links if link.get("rel") == "next"), "")


def _reference(feature: dict[str, Any], url: str) -> Reference | Skipped:
    given = as_dict(feature.get("properties"))
    properties = {name: value if name in _PROSE else _listed(value) for name, value in given.items()}
    address = absolute(url, text_at(properties, "url", "link", "href") or text_at(properties, "path"))
    name = text_at(feature, "id") or text_at(properties, *_IDS) or address or text_at(properties, "url", "path")
    title = text_at(properties, "title", "name", "Title", "Name")
    if not name:
        return Skipped(title or shown(url), "has neither an id nor an address", failed=True)
    if not title:
        return Skipped(name, "has no title")
    if isinstance(properties.get("image"), str):
        properties["image"] = absolute(url, properties["image"])
    data = {"properties": properties, "geometry": _place(feature.get("geometry"))}
    return Reference(name, address, text_at(properties, "modified", "updated", "changed"), data)


def _listed(value: Any) -> Any:
    """Lists that a text holds: ",A,B," and "A<>B", as Climate-ADAPT writes them. All else stays as it is."""
    if not isinstance(value, str):
        return value
    separator = "<>" if "<>" in value else "," if value.startswith(",") else ""
    return [piece.strip() for piece in value.split(separator) if piece.strip()] if separator else value


def _place(geometry: Any) -> dict[str, Any] | None:
    """A geometry that says something: 0, 0 in the Gulf of Guinea stands for a place that nobody entered."""
    shape = as_dict(geometry)
    if shape.get("type") != "Point":
        return shape or None
    place = as_list(shape.get("coordinates"))[:2]
    good = len(place) == 2 and all(isinstance(part, int | float) and not isinstance(part, bool) for part in place)
    return shape if good and any(place) else None
