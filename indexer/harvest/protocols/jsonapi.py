"""Drupal's JSON:API: nodes with their attributes and what they include, as plain nested data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from indexer.fetch.terms import shown
from indexer.harvest.item import Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.protocols.json_text import as_dict, as_list, text_at
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import Page, absolute, listed, objects, pages
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
_TEXTS = "values(@)[?type(@)=='object'].processed | [?type(@)=='string'] | join(`\"\\n\\n\"`, @)"
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "name", "label"),
    "abstract": (
        "body.summary",
        "field_summary.processed",
        "field_summary.value",
        "field_summary",
        "field_abstract.processed",
        "field_teaser.processed",
        "field_description.processed",
    ),
    "challenge": ("field_challenge.processed", "field_challenges.processed"),
    "results": ("field_results.processed", "field_impacts.processed"),
    "lessons": ("field_lessons_learned.processed", "field_lessons.processed"),
    "text": ("body.processed", "body.value", "field_body.processed", "field_body.value", _TEXTS),
    "language": ("langcode",),
    "place": ("field_location.name", "field_place"),
    "countries": ("field_countries", "field_country", "split(field_tags, ',')"),
    "point": ("field_geofield", "field_location", "field_geolocation"),
    "began": ("field_start_date", "field_date.value", "field_date"),
    "ended": ("field_end_date", "field_date.end_value"),
    "issued": ("field_published", "created"),
    "modified": ("changed",),
    "organisations": ("field_organisations", "field_organizations", "field_organization"),
    "source_tags": (
        "split(field_tags, ',')",
        "field_tags[].name",
        "field_categories[].name",
        "field_category[].name",
        "field_topics[].name",
        "field_type_placement.name",
    ),
    "references": ("field_url.uri", "field_link.uri", "field_links[].uri"),
    "images": (
        "field_attachments[].field_media_image | [?uri].{url: uri.url, alt: meta.alt}",
        "[field_media_image.field_media_image, field_media_image, field_image] | [?uri].{url: uri.url, alt: meta.alt}",
    ),
    "documents": (
        "field_attachments[].[field_media_document, field_media_file][] | [?uri].{url: uri.url, alt: filename}",
        "[field_document, field_file] | [?uri].{url: uri.url, alt: filename}",
    ),
}
FOLLOWS = False
_LEVELS = 2  # node -> media -> file
_TIMES = 3  # that one included resource is set into a node; without a bound a small answer could unfold to a huge one
# What Drupal keeps beside its content, by the first half of a resource's type.
_NOT_CONTENT: Mapping[str, str] = {
    "block": "a block of the site's layout",
    "block_content": "a block of the site's layout",
    "comment": "a comment",
    "contact_message": "a message",
    "file": "a file",
    "media": "a picture or file",
    "menu": "a menu",
    "menu_items": "an entry of a menu",
    "menu_link_content": "an entry of a menu",
    "paragraph": "a part of a page",
    "shortcut": "a shortcut of the editors",
    "taxonomy_term": "a term of a vocabulary",
    "taxonomy_vocabulary": "a vocabulary",
    "user": "an account",
    "user_role": "a role of accounts",
    "view": "the settings of a list",
}
_SETTINGS = ("field_config", "field_storage_config", "base_field_override")


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """The resources of a collection, following `links.next`."""
    yield from listed(pages(get, source.address, entries, _next), references, since)


def entries(data: Any) -> list[Any]:
    """The resources in an answer. Raises Unreadable where it is none of JSON:API."""
    if isinstance(data, list):
        return data
    document = as_dict(data)
    if errors := as_list(document.get("errors")):
        error = as_dict(errors[0])
        raise Unreadable(f"is an error: {text_at(error, 'detail', 'title', 'status') or 'without a reason'}")
    found = document.get("data")
    if not isinstance(found, list | dict):
        raise Unreadable("is no JSON:API document: it has no `data`")
    return found if isinstance(found, list) else [found]


def references(data: Any, url: str) -> Gathered:
    """The items of one document."""
    if _is_index(data):
        yield Skipped(shown(url), "is an index of resource types, which lists no content itself")
        return
    document = as_dict(data)
    links = as_dict(document.get("links"))
    origin = url if url.startswith("http") else _href(links.get("self")) or url
    included = {
        _key(resource): resource for resource in as_list(document.get("included")) if isinstance(resource, dict)
    }
    for resource in objects(entries(data), origin):
        yield resource if isinstance(resource, Skipped) else _reference(resource, included, origin)
    hidden = as_dict(as_dict(as_dict(document.get("meta")).get("omitted")).get("links"))
    for name, link in hidden.items():
        if name != "help":
            detail = text_at(as_dict(as_dict(link).get("meta")), "detail") or "the site does not show it"
            yield Skipped(shown(_href(link) or name), f"is not open to the public: {detail}")


def _is_index(data: Any) -> bool:
    document = as_dict(data)
    return not document.get("data") and any("--" in name for name in as_dict(document.get("links")))


def _next(page: Page) -> str:
    return absolute(page.url, _href(as_dict(as_dict(page.data).get("links")).get("next")))


def _href(link: Any) -> str:
    return link if isinstance(link, str) else text_at(as_dict(link), "href")


def _key(resource: Mapping[str, Any]) -> tuple[str, str]:
    return text_at(resource, "type"), text_at(resource, "id")


def _reference(resource: dict[str, Any], included: Mapping[Any, dict[str, Any]], url: str) -> Reference | Skipped:
    kind, name = _key(resource)
    if not name:
        return Skipped(shown(url), "is a resource without an id", failed=True)
    entity = kind.partition("--")[0]
    if entity in _NOT_CONTENT:
        return Skipped(name, f"is {_NOT_CONTENT[entity]}, not a page")
    if entity in _SETTINGS or entity.endswith(("_display", "_type", "_format", "_mode")):
        return Skipped(name, f"is a setting of the site ({entity}), not a page")
    data = _plain(resource, included, _LEVELS, Counter())
    _whole_addresses(data, url)
    if data.get("status") is False:
        return Skipped(name, "is not published")
    if not text_at(data, "title", "name", "label"):
        return Skipped(name, "has no title")
    return Reference(name, _page_of(data, url), text_at(data, "changed"), data)


def _plain(
    resource: Mapping[str, Any], included: Mapping[Any, dict[str, Any]], levels: int, used: Counter[tuple[str, str]]
) -> dict[str, Any]:
    """A resource as one flat object: attributes beside what it is related to, that again as objects."""
    data = {name: value for name, value in resource.items() if name not in ("attributes", "relationships", "links")}
    data |= as_dict(resource.get("attributes"))
    for name, relation in as_dict(resource.get("relationships")).items():
        linked = as_dict(relation).get("data")
        if isinstance(linked, list):
            data[name] = [_linked(entry, included, levels, used) for entry in linked if isinstance(entry, dict)]
        elif isinstance(linked, dict):
            data[name] = _linked(linked, included, levels, used)
    return data


def _linked(
    link: dict[str, Any], included: Mapping[Any, dict[str, Any]], levels: int, used: Counter[tuple[str, str]]
) -> dict[str, Any]:
    found = included.get(_key(link)) if levels and used[_key(link)] < _TIMES else None
    used[_key(link)] += 1
    resource = _plain(found, included, levels - 1, used) if found else {}
    return {**resource, **link, "meta": {**as_dict(resource.get("meta")), **as_dict(link.get("meta"))}}


def _whole_addresses(data: dict[str, Any], url: str) -> None:
    """Drupal gives the addresses of files as seen from the site's root."""
    stack: list[Any] = [data]
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            if isinstance(value.get("url"), str) and value["url"].startswith("/"):
                value["url"] = absolute(url, value["url"]) or value["url"]
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(value)


def _page_of(data: Mapping[str, Any], url: str) -> str:
    """The page of a node: the part of the address before /jsonapi (it holds the language), then the alias."""
    site = url.partition("/jsonapi")[0] if "/jsonapi" in url else absolute(url, "/").rstrip("/")
    if not site.startswith("http"):
        return ""
    alias = text_at(as_dict(data.get("path")), "alias")
    number = text_at(data, "drupal_internal__nid")
    if alias.startswith("/"):
        return absolute(url, site + alias)
    return absolute(url, f"{site}/node/{number}") if number else ""
