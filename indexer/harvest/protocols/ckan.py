"""CKAN's action interface (package_search, package_show) and catalogues in data.json (Project Open Data)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from indexer.fetch.terms import shown
from indexer.harvest.item import Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.protocols.json_text import as_dict, as_list, read_json, text_at
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import (
    Page,
    absolute,
    listed,
    number_of,
    objects,
    pages,
    query_value,
    set_query,
)
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title_translated", "title", "name"),
    "abstract": ("notes_translated", "notes", "description"),
    "language": ("language", "extras.language"),
    "place": ("extras.spatial_text", "spatial_text"),
    "countries": ("extras.country", "country", "extras.countries"),
    "point": ("extras.spatial", "from_json(spatial)", "spatial", "spatial_coverage[0].centroid"),
    "began": ("temporal_coverage[0].start", "extras.temporal_start", "extras.temporal_coverage_from"),
    "ended": ("temporal_coverage[0].end", "extras.temporal_end", "extras.temporal_coverage_to"),
    "issued": ("issued", "extras.issued", "extras.dcat_issued", "release_date", "metadata_created"),
    "modified": ("modified", "extras.modified", "extras.dcat_modified", "metadata_modified"),
    "organisations": ("organization.[title || name][]", "publisher.name", "publisher[].name"),
    "publisher": (
        "organization.title",
        "publisher.name",
        "publisher[0].name",
        "extras.publisher_name",
        "extras.dcat_publisher_name",
    ),
    "contact": ("contact[0].email", "contactPoint.hasEmail", "extras.contact_email"),
    "license": ("license_url", "license_title", "license_id", "license", "distribution[0].license"),
    "rights": ("access_rights", "rights", "extras.access_rights"),
    "source_tags": (
        "tags[?type(@)=='object'].[display_name || name][]",
        "tags[?type(@)=='string']",
        "keyword",
        "groups[].[title || name][]",
        "theme",
        "extras.theme",
    ),
    "references": ("documentation", "is_referenced_by", "references"),
    "documents": (
        "resources[?url].{url: url, alt: name}",
        "distribution[].{url: downloadURL || accessURL, alt: title} | [?url]",
    ),
}
FOLLOWS = False
_ROWS = 100
_DATASET = ("distribution", "landingPage", "keyword", "accessLevel")
_PACKAGE = ("resources", "notes", "extras", "owner_org", "license_id", "metadata_modified")


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """The packages that a search finds, page after page, or those of a catalogue."""
    address = source.address
    if "package_search" in address:
        wanted: dict[str, str | int] = {"start": 0}
        if query_value(address, "rows") is None:
            wanted["rows"] = _ROWS
        if since:
            limit = f"metadata_modified:[{since[:10]}T00:00:00Z TO *]"
            wanted["fq"] = " AND ".join(part for part in (query_value(address, "fq"), limit) if part)
        address = set_query(address, wanted)
    yield from listed(pages(get, address, entries, _next), references, since)


def entries(data: Any) -> list[Any]:
    """The packages in an answer, a catalogue or a file. Raises Unreadable, with CKAN's own reason if it gives any."""
    if isinstance(data, list):
        return data
    answer = as_dict(data)
    if answer.get("success") is False:
        error = answer.get("error")
        reason = text_at(as_dict(error), "message", "__type") or (error if isinstance(error, str) else "")
        raise Unreadable(f"is a refusal of CKAN: {reason or 'no reason given'}")
    result = answer.get("result", answer)
    if isinstance(result, list):
        return result
    for name in ("results", "dataset"):
        if isinstance(as_dict(result).get(name), list):
            return list(result[name])
    if is_package(result):
        return [result]
    raise Unreadable("is no answer of CKAN and no catalogue of datasets")


def references(data: Any, url: str) -> Gathered:
    """The items of one answer."""
    for package in objects(entries(data), url):
        yield package if isinstance(package, Skipped) else _reference(package, url)


def is_package(value: Any) -> bool:
    """Whether an object describes a dataset, in CKAN's words or in those of Project Open Data."""
    entry = as_dict(value)
    return bool(text_at(entry, "title", "name")) and any(name in entry for name in _DATASET + _PACKAGE)


def _next(page: Page) -> str:
    if "package_search" not in page.address:
        return ""
    count = number_of(as_dict(as_dict(page.data).get("result")).get("count"))
    done = page.before + len(page.entries)
    over = not page.entries or (count is not None and done >= count)
    return "" if over else set_query(page.address, {"start": done})


def _reference(package: dict[str, Any], url: str) -> Reference | Skipped:
    address = _page_of(package, url)
    name = text_at(package, "id", "identifier", "name") or address
    title = text_at(package, "title", "name")
    modified = text_at(package, "metadata_modified", "modified")
    if not name:
        return Skipped(title or shown(url), "has neither an id nor an address", failed=True)
    if package.get("state") == "deleted":
        return Reference(name, address, modified, gone=True)
    if package.get("private") is True or package.get("state") == "draft":
        return Skipped(name, "is not open to the public")
    if package.get("type") == "harvest":
        return Skipped(name, "is the setting of a harvest, not a dataset")
    if not title and not as_dict(package.get("title_translated")):
        return Skipped(name, "has no title")
    return Reference(name, address, modified, {**package, "extras": _extras(package.get("extras"))})


def _extras(given: Any) -> dict[str, Any]:
    """CKAN's list of further fields as one object; values that are JSON themselves are read."""
    pairs = [(text_at(entry, "key"), entry.get("value")) for entry in as_list(given) if isinstance(entry, dict)]
    return {name: _read(value) for name, value in [*as_dict(given).items(), *pairs] if name}


def _read(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return read_json(value.encode())
        except (Unreadable, UnicodeEncodeError):
            return value
    return value


def _page_of(package: Mapping[str, Any], url: str) -> str:
    """The page of a dataset at its portal: the site's address is what stands before /api/."""
    site = url.partition("/api/")[0] if "/api/" in url else ""
    name = text_at(package, "name", "id")
    if site.startswith("http") and name and "distribution" not in package:
        return absolute(url, f"{site}/dataset/{name}")
    return absolute(url, text_at(package, "landingPage", "url"))
