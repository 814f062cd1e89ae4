"""Feeds: RSS, Atom, RDF, CDF and JSON Feed, page after page."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from lxml import etree
from msgspec import Struct

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Response, Skipped, Unreadable
from indexer.harvest.plain import line
from indexer.harvest.protocols.identity import made_id
from indexer.harvest.protocols.json_text import read_json
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import absolute
from indexer.harvest.protocols.tamed import BIGGEST, parsed_feed
from indexer.harvest.protocols.trail import Trail
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.protocols.xml_data import data_of
from indexer.harvest.protocols.xml_safe import found, in_text, is_html, local, mend_xml
from indexer.harvest.source import Source
from indexer.harvest.values import date_of

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "url": ("properties.url", "link", "url", "external_url"),
    "title": ("properties.title", "title", "media_title"),
    "abstract": ("properties.description", "properties.summary", "summary", "media_description"),
    "text": ("content[0].value", "content_html", "content_text", "properties.body"),
    "language": ("language", "content[0].language", "title_detail.language", "dc_language", "feed.language"),
    "place": ("properties.city", "properties.location"),
    "countries": ("properties.country", "properties.countries"),
    "point": ("where", "geometry", "{lat: properties.latitude, lon: properties.longitude}"),
    "began": ("properties.start",),
    "ended": ("properties.end",),
    "issued": ("published", "date_published", "created"),
    "modified": ("properties.updated", "updated", "date_modified"),
    "publisher": ("publisher", "source.title", "feed.title"),
    "license": ("license", "links[?rel=='license'].href | [0]"),
    "rights": ("rights", "feed.rights"),
    "source_tags": ("tags[].not_null(label, term)", "tags[?type(@)=='string']"),
    "images": (
        "image",
        "banner_image",
        "media_content[?medium=='image' || contains(not_null(type, ''), 'image/')]",
        "media_thumbnail",
        "links[?rel=='enclosure' && contains(not_null(type, ''), 'image/')]",
        "attachments[?contains(not_null(mime_type, ''), 'image/')]",
    ),
    "documents": (
        "links[?rel=='enclosure' && contains(not_null(type, ''), 'application/')]",
        "attachments[?contains(not_null(mime_type, ''), 'application/')]",
    ),
    "references": ("links[?rel=='related' || rel=='via'].href",),
}
FOLLOWS = True

_NEXT = ("next", "prev-archive")  # RFC 5005: the next page, the archive before this feed
_ROOTS = ("rss", "feed", "channel", "entry", "rdf")
_KEPT = ("title", "link", "language", "rights")
_JSON_KEPT = {"title": "title", "link": "home_page_url", "language": "language"}


class Feed(Struct, frozen=True):
    """One page of a feed: its entries and the address of the page after it."""

    entries: tuple[Reference | Skipped, ...]
    after: str = ""


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """A reference for every entry that has changed `since`, page after page."""
    address, trail, firsts = source.address, Trail(), Trail()
    while address and not trail.ends(address):
        try:
            response: Response = get(address, kinds=("xml", "json"))
            feed = read(unpacked(response.body, shown(address)), shown(address), response.url, response.charset)
        except (FetchFailed, Unreadable) as error:
            if address == source.address:
                raise
            yield Skipped(shown(address), str(error), failed=True)
            return
        known = [entry.id for entry in feed.entries if isinstance(entry, Reference)]
        if not feed.entries or firsts.ends(*known[:1]):
            return
        for entry in feed.entries:
            if isinstance(entry, Skipped) or not _is_before(entry.modified, since):
                yield entry
        address = feed.after


def read(body: bytes, what: str, base: str, charset: str = "") -> Feed:
    """One page of a feed; `base` is its address, `charset` what its server says.

    Raises Unreadable where this is no feed.
    """
    if len(body) > BIGGEST:
        raise Unreadable(f"{what} is larger than {BIGGEST // 1_000_000} MB, too large for a feed")
    if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return _read_json(body, what, base)
    parsed = parsed_feed(in_text(body, charset), what, base)
    version, entries = parsed.get("version", ""), parsed.get("entries", [])
    root = None
    if not version or any("m_properties" in entry for entry in entries):
        root = _root(body, what)
        if local(root).lower() not in _ROOTS:
            raise Unreadable(f"{what} is no feed but XML of the kind {local(root)!r}")
    properties = _properties(root, len(entries))
    about = {name: text for name in _KEPT if (text := parsed.get("feed", {}).get(name))}
    found_entries = []
    for number, entry in enumerate(entries):
        data = _data(entry)
        data |= {"feed": about} if about else {}
        data |= {"properties": properties[number]} if properties else {}
        found_entries.append(_reference(data, f"entry {number + 1} of {what}", base))
    links = parsed.get("feed", {}).get("links", [])
    after = next((link["href"] for rel in _NEXT for link in links if link.get("rel") == rel and link.get("href")), "")
    return Feed(tuple(found_entries), absolute(base, after) if after else "")


def _root(body: bytes, what: str) -> etree._Element:
    if is_html(body):
        raise Unreadable(f"{what} is a web page, not a feed")
    return mend_xml(body, what)[0]


def _properties(root: etree._Element | None, entries: int) -> list[Any]:
    """The properties of OData in every entry, which feedparser would run together."""
    if root is None:
        return []
    nodes = [root] if local(root) == "entry" else list(found(root, "entry"))
    inner = [next(found(node, "properties"), None) for node in nodes]
    values = [{} if node is None else data_of(node) for node in inner]
    return values if len(values) == entries and any(values) else []


def _data(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as plain data, without what feedparser worked out itself and what belongs to OData."""
    data = {
        name: value
        for name, given in dict.items(entry)  # its own way to look up names warns of old ones
        if not name.startswith(("m_", "d_")) and (value := _plain(given)) not in (None, "", [], {})
    }
    if "geo_lat" in data and "geo_long" in data:
        data.setdefault("where", {"lat": data["geo_lat"], "lon": data["geo_long"]})
    return data


def _plain(value: Any) -> Any:
    if isinstance(value, time.struct_time):
        return None
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in dict.items(value)}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _reference(data: dict[str, Any], what: str, base: str) -> Reference | Skipped:
    """An entry as a reference: it needs a title, a text or an address."""
    address = _text(data, "properties.url") or _link(data)
    url = absolute(base, address) if address else ""
    words = _text(data, "title") or _text(data, "summary") or _content(data)
    if not url and not words:
        return Skipped(_text(data, "id") or what, "has no address, no title and no text")
    identity = _text(data, "properties.id") or _text(data, "id") or url or made_id(words)
    modified = _text(data, "properties.updated") or _text(data, "updated") or _text(data, "date_modified")
    issued = _text(data, "published") or _text(data, "date_published")
    return Reference(
        id=identity,
        url=url,
        modified=modified or issued,
        data=data,
    )


def _read_json(body: bytes, what: str, base: str) -> Feed:
    """One page of a JSON Feed."""
    try:
        data = read_json(body)
    except Unreadable as error:
        raise Unreadable(f"{what} {error}") from None
    if not is_json_feed(data):
        raise Unreadable(f"{what} is JSON, but no JSON Feed")
    about = {name: text for name, key in _JSON_KEPT.items() if isinstance(text := data.get(key), str) and text}
    entries: list[Reference | Skipped] = []
    for number, item in enumerate(data["items"], 1):
        name = f"entry {number} of {what}"
        if isinstance(item, dict):
            entries.append(_reference(item | ({"feed": about} if about else {}), name, base))
        else:
            entries.append(Skipped(name, "is no JSON object", failed=True))
    after = data.get("next_url")
    return Feed(tuple(entries), absolute(base, after) if isinstance(after, str) else "")


def is_json_feed(data: Any) -> bool:
    """Whether JSON data is a JSON Feed, 1.0 or 1.1."""
    version = data.get("version") if isinstance(data, dict) else None
    return isinstance(version, str) and "jsonfeed.org/version/" in version and isinstance(data.get("items"), list)


def _is_before(stated: str, since: str) -> bool:
    """Whether a date is surely earlier; what cannot be read is not."""
    date = date_of(stated) if since else ""
    return bool(date) and date < since[: len(date)]


def _link(data: Mapping[str, Any]) -> str:
    if "properties" in data:  # links of OData lead to the service, not to pages
        return ""
    return _text(data, "link") or _text(data, "url") or _text(data, "external_url")


def _text(data: Mapping[str, Any], path: str) -> str:
    value: Any = data
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return line(str(value)) if isinstance(value, str | int | float) else ""


def _content(data: Mapping[str, Any]) -> str:
    parts = data.get("content")
    texts = [part.get("value") for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    return next((line(text) for text in (*texts, data.get("content_html"), data.get("content_text")) if text), "")
