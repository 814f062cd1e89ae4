"""Any list of objects in JSON, in one answer or many, with or without a document of its own for each entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.mapping import find
from indexer.harvest.protocols.json_text import as_list, read_json, text_at
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import (
    Page,
    absolute,
    changed,
    number_of,
    objects,
    pages,
    query_value,
    set_query,
    unasked,
)
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {
    "items": "JMESPath to the list of entries; without it the list is looked for",
    "next": "JMESPath to the address of the next page",
    "page": "query parameter that takes the number of a page",
    "first": "number of the first page; 1 unless said",
    "offset": "query parameter that takes how many entries to pass over",
    "size": "query parameter and number of entries per page, such as limit=100",
    "total": "JMESPath to the number of all entries",
    "detail": "JMESPath, from an entry, to the address of its own document, which joins the entry as `detail`",
    "each": "JMESPath, from that document, to a list whose parts are one item each; data: entry, detail, part",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "identifier", "uuid", "uid", "_id", '"@id"', "code", "nid", "slug"),
    "url": ("url", "link", "href", "permalink", "landingPage", "web_url"),
    "modified": ("modified", "updated", "changed", "updated_at", "last_modified", "dateModified", "updatedAt"),
    "title": ("title", "name", "headline", "label"),
    "abstract": ("abstract", "summary", "excerpt", "description", "teaser"),
    "challenge": ("challenge", "challenges", "problem"),
    "action": ("action", "actions", "solution", "approach", "activities"),
    "results": ("results", "result", "impact", "impacts", "outcomes"),
    "lessons": ("lessons", "lessons_learned", "lessonsLearned"),
    "text": ("text", "body", "content", "full_text", "story", "articleBody"),
    "language": ("language", "lang", "langcode", "locale", "inLanguage"),
    "place": ("place", "location", "site"),
    "countries": ("countries", "country", "country_code", "country_name"),
    "point": ("point", "geometry", "coordinates", "{lat: latitude, lon: longitude}", "{lat: lat, lon: lon || lng}"),
    "began": ("began", "start_date", "startDate", "start"),
    "ended": ("ended", "end_date", "endDate", "end"),
    "issued": ("issued", "published", "date", "publication_date", "datePublished", "publishedAt", "created"),
    "organisations": ("organisations", "organizations", "organisation", "organization", "partners"),
    "publisher": ("publisher",),
    "license": ("license", "licence"),
    "rights": ("rights", "copyright"),
    "source_tags": ("tags", "keywords", "keyword", "categories", "subjects", "themes", "theme", "topics"),
    "references": ("references", "links"),
    "images": ("images", "image", "preview_image", "thumbnail", "photos"),
    "documents": ("documents", "attachments", "files"),
}
FOLLOWS = False
_LISTS = ("results", "items", "data", "records", "docs", "entries", "content", "features", "list", "rows")


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """Every entry of a list of objects, page after page."""
    options = source.options
    fields = {**FIELDS, **source.fields}
    asked = _paged(source.address, options)
    for page in pages(
        get, asked, lambda data: entries(data, options.get("items", "")), lambda page: _next(page, options)
    ):
        if isinstance(page, Skipped):
            yield page
            continue
        for entry in objects(page.entries, page.url):
            found = entry if isinstance(entry, Skipped) else _items(entry, page.url, get, options, fields)
            for item in [found] if isinstance(found, Skipped) else found:
                if isinstance(item, Skipped) or changed(item.modified, since):
                    yield item


def references(data: Any, url: str) -> Gathered:
    """The items of one document."""
    found = entries(data)
    for entry in objects(found, url):
        item = entry if isinstance(entry, Skipped) else _reference(entry, url, FIELDS)
        if isinstance(item, Skipped) and isinstance(entry, dict) and len(found) == 1:
            item = Reference(unasked(url), data=entry)  # one document in one file: the file's name tells it from others
        yield item


def entries(data: Any, path: str = "") -> list[Any]:
    """The list of entries in an answer: where `path` says, else where such lists usually are. Raises Unreadable."""
    if path:
        found = find(path, data)
        if isinstance(found, dict):
            return [found]
        if not isinstance(found, list):
            raise Unreadable(f"has no list at {path!r}")
        return found
    found = _list_in(data)
    if found is None:
        raise Unreadable("holds no list of entries")
    names = {tuple(entry) if isinstance(entry, dict) else () for entry in found}
    inside = [value for entry in found if isinstance(entry, dict) for value in entry.values()]
    if len(names) == 1 and len(inside) == len(found) and all(isinstance(value, dict) for value in inside):
        return inside  # [{"solution": {…}}, {"solution": {…}}]
    return found


def _list_in(data: Any) -> list[Any] | None:
    """The list that most likely holds the entries; one document alone is a list of one."""
    if not isinstance(data, dict):
        return data if isinstance(data, list) else None
    lists = {name: value for name, value in data.items() if isinstance(value, list)}
    known = next((lists[name] for name in _LISTS if name in lists), None)
    full = [value for value in lists.values() if value and all(isinstance(entry, dict) for entry in value)]
    if known is not None:
        return known
    if text_at(data, "title", "name", "headline"):
        return [data]
    return full[0] if len(full) == 1 else None


def _paged(address: str, options: Mapping[str, str]) -> str:
    wanted: dict[str, str | int] = {}
    if "size" in options:
        name, _, number = options["size"].partition("=")
        wanted[name.strip()] = number.strip()
    if "page" in options:
        wanted[options["page"]] = options.get("first", "1")
    if "offset" in options:
        wanted[options["offset"]] = 0
    return set_query(address, wanted) if wanted else address


def _next(page: Page, options: Mapping[str, str]) -> str:
    done = page.before + len(page.entries)
    total = number_of(find(options["total"], page.data)) if "total" in options else None
    if total is not None and done >= total:
        return ""
    if "next" in options:
        return absolute(page.url, find(options["next"], page.data))
    if "page" in options and page.entries:
        current = number_of(query_value(page.address, options["page"])) or 0
        return set_query(page.address, {options["page"]: current + 1})
    if "offset" in options and page.entries:
        return set_query(page.address, {options["offset"]: done})
    return ""


def _items(
    entry: dict[str, Any], url: str, get: Get, options: Mapping[str, str], fields: Mapping[str, tuple[str, ...]]
) -> list[Reference | Skipped]:
    """The items that one entry stands for: itself, or the parts of its document."""
    if "detail" in options:
        name = _said(entry, fields, "id") or _said(entry, FIELDS, "id") or shown(url)
        address = absolute(url, find(options["detail"], entry))
        if not address:
            return [Skipped(name, f"has no address of its own document at {options['detail']!r}", failed=True)]
        try:
            response = get(address, kinds=("json",))
            detail = read_json(response.body, response.charset)
        except (FetchFailed, Unreadable) as error:
            return [Skipped(name, f"its document {shown(address)} cannot be read: {error}", failed=True)]
        if "each" not in options:
            return [_reference({**entry, "detail": detail}, url, fields)]
    else:
        detail = entry
        if "each" not in options:
            return [_reference(entry, url, fields)]
    parts = as_list(find(options["each"], detail))
    return [_part({"entry": entry, "detail": detail, "part": part}, url, fields) for part in parts]


def _part(data: dict[str, Any], url: str, fields: Mapping[str, tuple[str, ...]]) -> Reference | Skipped:
    whole = _said(data["entry"], FIELDS, "id")
    own = _said(data["part"], FIELDS, "id")
    found = _said(data, fields, "id") or (f"{whole}#{own}" if whole and own else "")
    if not found:
        return Skipped(
            whole or shown(url), "a part of it has no id: `fields: {id: …}` has to say where it is", failed=True
        )
    address = _said(data, fields, "url") or _said(data["entry"], FIELDS, "url")
    return Reference(found, absolute(url, address), _said(data, fields, "modified"), data)


def _reference(data: dict[str, Any], url: str, fields: Mapping[str, tuple[str, ...]]) -> Reference | Skipped:
    address = absolute(url, _said(data, fields, "url"))
    name = _said(data, fields, "id") or address
    if not name:
        title = _said(data, fields, "title")
        return Skipped(title or shown(url), "has neither an id nor an address of its own", failed=True)
    return Reference(name, address, _said(data, fields, "modified"), data)


def _said(data: Any, fields: Mapping[str, tuple[str, ...]], name: str) -> str:
    """What data say of a field, by the first expression that finds text or a number there."""
    for path in fields.get(name, ()):
        if text := text_at({"found": find(path, data)}, "found"):
            return text
    return ""
