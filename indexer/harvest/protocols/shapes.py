"""Which kind of JSON a file holds, told by its content, and its items; recorded HTTP answers are unpacked first."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from indexer.harvest.item import Gathered, Unreadable
from indexer.harvest.protocols import cbd, ckan, geojson, json_list, jsonapi, plone, wordpress
from indexer.harvest.protocols.json_text import as_dict, as_list, read_json, text_at

_ANSWER = re.compile(rb"(?:\xef\xbb\xbf)?HTTP/\d(?:\.\d)? (\d{3}) ?([^\r\n]{0,100})\r?\n")
_REQUEST = re.compile(rb"(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S{1,2000} HTTP/\d")
_BLANK = re.compile(rb"\r?\n\r?\n")
_READERS: Mapping[str, Callable[[Any, str], Gathered]] = {
    "cbd": cbd.references,
    "ckan": ckan.references,
    "geojson": geojson.references,
    "json": json_list.references,
    "jsonapi": jsonapi.references,
    "plone": plone.references,
    "wordpress": wordpress.references,
}


def items_of(body: bytes, content_type: str, address: str) -> Gathered:
    """The items of one file, with data for the FIELDS of the protocol that `recognise` names. Raises Unreadable."""
    kind, data, origin = _opened(body, content_type)
    return _READERS[kind](data, origin or address)


def recognise(body: bytes) -> str:
    """The protocol whose answers look like this file. Raises Unreadable with what it holds instead of items."""
    return _opened(body, "")[0]


def _opened(body: bytes, content_type: str) -> tuple[str, Any, str]:
    charset = content_type.partition("charset=")[2].partition(";")[0].strip("\"' ").lower()
    data, origin = _axios(read_json(_http(body), charset))
    if reason := plone.about(as_dict(data)):
        raise Unreadable(reason)
    for candidate in (data, *_wrapped(data)):
        if kind := kind_of(candidate):
            return kind, candidate, origin
    raise Unreadable(_reason(data))


def _http(body: bytes) -> bytes:
    """The body of a recorded answer; anything else as it is."""
    if _REQUEST.match(body):
        raise Unreadable("is a recorded request, not an answer")
    start = _ANSWER.match(body)
    if not start:
        return body
    status, said = int(start[1]), f"{start[1].decode()} {start[2].decode('latin-1').strip()}".strip()
    end = _BLANK.search(body, start.end() - 1)
    content = body[end.end() :] if end else b""
    if status >= 300:
        raise Unreadable(f"is a recorded answer that the server refused: {said}")
    if not content.strip():
        raise Unreadable(f"is a recorded answer without content: {said}")
    return content


def _axios(data: Any) -> tuple[Any, str]:
    """What a recorded answer of the library axios holds, and the address that was asked."""
    record = as_dict(data)
    status = record.get("status")
    marks = {"headers", "config", "statusText", "request"}
    if not (
        isinstance(status, int) and "data" in record and (marks & set(record) or set(record) == {"data", "status"})
    ):
        return data, ""
    if not 200 <= status < 300:
        raise Unreadable(
            f"is a recorded answer that the server refused: {status} {text_at(record, 'statusText')}".strip()
        )
    config = as_dict(record.get("config"))
    address = text_at(config, "url")
    if address.startswith("/"):
        address = text_at(config, "baseURL").rstrip("/") + address
    inside = record["data"]
    return read_json(inside.encode("utf-8", "replace")) if isinstance(inside, str) else inside, address


def _wrapped(data: Any) -> list[Any]:
    """What lies one level down: some put a note or a name around an answer."""
    return [value for value in as_dict(data).values() if isinstance(value, dict | list) and value]


def kind_of(data: Any) -> str:
    """The protocol that decoded data look like, or empty."""
    if isinstance(data, list):
        return _kind_of_list(data)
    found = as_dict(data)
    for kind, looks in _LOOKS:
        if looks(found):
            return kind
    return ""


def _kind_of_list(entries: list[Any]) -> str:
    sample = [entry for entry in entries[:20] if isinstance(entry, dict)]
    if not sample or all("termId" in entry for entry in sample):
        return ""
    if any(cbd.is_row(entry) for entry in sample):
        return "cbd"
    if "--" in text_at(sample[0], "type") and "id" in sample[0]:
        return "jsonapi"
    named = next((kind for kind, looks in _LOOKS if kind not in ("jsonapi", "json") and looks(sample[0])), "")
    if named:
        return named
    return "json" if any(text_at(entry, "title", "name", "headline") for entry in sample) else ""


def _is_geojson(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("features"), list) or (data.get("type") == "Feature" and "properties" in data)


def _is_cbd(data: Mapping[str, Any]) -> bool:
    docs = as_list(as_dict(data.get("response")).get("docs"))
    solr = isinstance(as_dict(data.get("response")).get("docs"), list)
    known = any(
        name in as_dict(entry) for entry in docs[:5] for name in ("schema_s", "identifier_s", "uniqueIdentifier_s")
    )
    return (
        (solr and (known or not docs))
        or "schema_s" in data
        or cbd.is_document(data)
        or cbd.is_document(data.get("body"))
    )


def _is_jsonapi(data: Mapping[str, Any]) -> bool:
    resources = data["data"] if isinstance(data.get("data"), list) else [data.get("data")]
    typed = any("--" in text_at(as_dict(entry), "type") for entry in resources[:5])
    attributes = any({"type", "id", "attributes"} <= set(as_dict(entry)) for entry in resources[:5])
    return "jsonapi" in data or typed or attributes


def _is_plone(data: Mapping[str, Any]) -> bool:
    if "@context" in data:
        return False
    listed = as_list(data.get("items"))
    entries = any("@id" in as_dict(entry) and "@type" in as_dict(entry) for entry in listed[:5])
    address = text_at(data, "@id")
    own = bool(address) and ("@type" in data or "items_total" in data or isinstance(data.get("items"), list))
    return own or entries or {"blocks", "blocks_layout"} <= set(data)


def _is_ckan(data: Mapping[str, Any]) -> bool:
    result = data.get("result")
    answered = isinstance(data.get("success"), bool) and ("result" in data or "error" in data)
    inside = as_dict(result)
    packages = ckan.is_package(result) or any(ckan.is_package(entry) for entry in as_list(inside.get("results"))[:5])
    catalogue = any(ckan.is_package(entry) or "@type" in as_dict(entry) for entry in as_list(data.get("dataset"))[:5])
    return answered or packages or catalogue or ckan.is_package(data)


def _is_wordpress(data: Mapping[str, Any]) -> bool:
    refused = isinstance(data.get("code"), str) and "message" in data and "status" in as_dict(data.get("data"))
    return wordpress.is_post(data) or refused


def _is_json(data: Mapping[str, Any]) -> bool:
    try:
        entries = [entry for entry in json_list.entries(data) if isinstance(entry, dict)]
    except Unreadable:
        return False
    return any(text_at(entry, "title", "name", "headline", "label") for entry in entries[:20])


# In this order: what says most of itself comes first.
_LOOKS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("geojson", _is_geojson),
    ("cbd", _is_cbd),
    ("wordpress", _is_wordpress),
    ("jsonapi", _is_jsonapi),
    ("ckan", _is_ckan),
    ("plone", _is_plone),
    ("json", _is_json),
)


def _reason(data: Any) -> str:
    """Why data hold no items."""
    if data in ({}, []):
        return "is an empty answer"
    if isinstance(data, list):
        terms = all("termId" in as_dict(entry) for entry in data[:20])
        return "is a vocabulary, a list of terms" if terms else "is a list of entries without titles"
    found = as_dict(data)
    if not found:
        return "is a single value, not a list of entries"
    if "@context" in found or "@graph" in found:
        return "is JSON-LD, which is read as part of a page"
    return "is JSON without a list of entries that have titles"
