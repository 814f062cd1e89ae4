"""Plone's REST interface (plone.restapi): searches, folders and single pages, those built with Volto too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.protocols.json_text import as_dict, read_json, text_at
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import Page, absolute, changed, objects, pages
from indexer.harvest.protocols.volto import blocks_html, blocks_images
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
_REAL_DAY = "[?type(@)=='string' && !starts_with(@, '1969-12-3')] | [0]"  # Plone's way to say `never published`
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "abstract": ("description",),
    "challenge": ("challenges.data",),
    "action": ("solutions.data",),
    "results": ("success_limitations.data",),
    "text": ("text.data", "long_description.data", "blocks_html", "text"),
    "language": ("language.token", "language"),
    "place": ("location",),
    "countries": ("countries", "country"),
    "point": ("geolocation", "coordinates"),
    "began": ("start",),
    "ended": ("end",),
    "issued": (f"[effective, created] | {_REAL_DAY}",),
    "modified": ("modified",),
    "publisher": ("publisher",),
    "contact": ("contact_email",),
    "rights": ("rights",),
    "source_tags": ("subjects", "Subject", "keywords", "sectors", "climate_impacts", "elements"),
    "references": ("remoteUrl", "event_url", "websites"),
    "images": (
        "[image, preview_image, primary_photo, promotional_image] | [?download].{url: download, alt: filename}",
        "blocks_images",
    ),
    "documents": ("file.{url: download, alt: filename}",),
}
FOLLOWS = False
_LISTING = ("@search", "@querystring-search")
_CONTAINERS = {"Collection", "Folder", "LRF", "LIF", "Plone Site", "Topic", "Subsite"}
_OTHER = {"File": "a file", "Image": "a picture", "Link": "a link to another page", "Comment": "a comment"}
_PUBLIC = {"", "published", "visible", "publish", "external", "externally_visible"}
_API = "/++api++"


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """What a search finds; the whole of each page is fetched where the search tells only a part of it."""
    for page in pages(get, source.address, entries, _next):
        if isinstance(page, Skipped):
            yield page
            continue
        for found in references(page.data, page.url):
            if isinstance(found, Skipped) or _is_whole(found.data or {}):
                item = found
            elif changed(found.modified, since):
                item = _fetched(found, get, page.url)
            else:
                continue
            if isinstance(item, Skipped) or changed(item.modified, since):
                yield item


def entries(data: Any) -> list[Any]:
    """The entries of a listing, or one page alone. Raises Unreadable, saying what the answer is about instead."""
    if isinstance(data, list):
        return data
    answer = as_dict(data)
    if reason := about(answer):
        raise Unreadable(reason)
    if not any(name in answer for name in ("@id", "items", "blocks", "UID")):
        raise Unreadable("is no answer of Plone that lists content")
    if isinstance(answer.get("items"), list) and (not _kind(answer) or _kind(answer) in _CONTAINERS):
        return list(answer["items"])
    return [answer]


def references(data: Any, url: str) -> Gathered:
    """The items of one answer."""
    answer = as_dict(data)
    found = entries(data)
    if _kind(answer) in _CONTAINERS and isinstance(answer.get("items"), list):
        name = text_at(answer, "@id") or shown(url)
        yield Skipped(name, f"is a {_kind(answer)}, which only lists other pages")
    for entry in objects(found, url):
        yield entry if isinstance(entry, Skipped) else _reference(entry, url)


def about(answer: Mapping[str, Any]) -> str:
    """What an answer of Plone tells of, where that is no content; empty where it may be."""
    service = _service(text_at(answer, "@id"))
    if service and service not in _LISTING:
        return f"is a Plone response about {service.lstrip('@')}, which lists no content"
    if "available_roles" in answer:
        return "is a Plone response about sharing, which lists no content"
    if "fieldsets" in answer and "properties" in answer:
        return "is a Plone description of a type of content, which lists no content"
    if "message" in answer and set(answer) <= {"message", "type", "traceback", "error_type"}:
        return f"is a message, which lists no content: {text_at(answer, 'message')[:200]}"
    return ""


def _service(address: str) -> str:
    """The service that an address asks, as @search or @navigation; empty for a page."""
    parts = [part for part in address.partition("?")[0].split("/") if part.startswith("@") and part[:2] != "@@"]
    return parts[0] if parts else ""


def _kind(entry: Mapping[str, Any]) -> str:
    return text_at(entry, "@type")


def _is_whole(data: Mapping[str, Any]) -> bool:
    return any(name in data for name in ("@components", "text", "blocks")) or ("UID" in data and "layout" in data)


def _next(page: Page) -> str:
    batching = as_dict(as_dict(page.data).get("batching"))
    following = absolute(page.url, batching.get("next"))
    return _through(page.address, following) if following else ""


def _through(listing: str, address: str) -> str:
    """The address as the interface answers it: sites with Volto show people's pages where it is not asked for."""
    if _API in listing and _API not in address and urlsplit(address).netloc == urlsplit(listing).netloc:
        parts = urlsplit(address)
        return parts._replace(path=_API + parts.path).geturl()
    return address


def _reference(entry: dict[str, Any], url: str) -> Reference | Skipped:
    address = absolute(url, text_at(entry, "@id", "getURL")).replace(_API, "")
    name = text_at(entry, "UID") or address
    title = text_at(entry, "title", "Title")
    kind, state = _kind(entry) or text_at(entry, "portal_type"), text_at(entry, "review_state")
    if kind in _OTHER or kind in _CONTAINERS:
        what = _OTHER.get(kind) or f"a {kind}, which only lists other pages"
        return Skipped(name or shown(url), f"is {what}" + (", not a page" if kind in _OTHER else ""))
    if state not in _PUBLIC:
        return Skipped(name or shown(url), f"is not published ({state})")
    if not title:
        what = "is the layout of a page, without a title" if "blocks_layout" in entry else "has no title"
        return Skipped(name or shown(url), what)
    if not name:
        return Skipped(title, "has neither an id nor an address", failed=True)
    return Reference(address or name, address, text_at(entry, "modified"), _with_blocks(entry))


def _with_blocks(entry: dict[str, Any]) -> dict[str, Any]:
    if "blocks" not in entry:
        return entry
    return {**entry, "blocks_html": blocks_html(entry), "blocks_images": blocks_images(entry)}


def _fetched(found: Reference, get: Get, listing: str) -> Reference | Skipped:
    """The reference with the whole of its page."""
    try:
        response = get(_through(listing, found.url), kinds=("json",))
        whole = read_json(response.body, response.charset)
    except (FetchFailed, Unreadable) as error:
        return Skipped(found.id, f"its page cannot be read: {error}", failed=True)
    if not isinstance(whole, dict) or not text_at(whole, "title"):
        return Skipped(found.id, "its page is not what Plone answers for one", failed=True)
    data = _with_blocks({**(found.data or {}), **whole})
    return Reference(found.id, found.url, text_at(whole, "modified") or found.modified, data)
