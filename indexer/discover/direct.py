"""An address that is no page but the items themselves: which protocol reads it, and where our fields are in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from msgspec.structs import replace

from indexer.discover.attempt import Asking, Candidate, Tried, attempt, taken, text_of, trouble
from indexer.discover.guesses import Row, fields_for, list_in, paging_of, total_of, words
from indexer.discover.portal import Portal, host_of
from indexer.fetch.body import look
from indexer.fetch.terms import shown
from indexer.harvest.item import Reference, Response, Unreadable
from indexer.harvest.mapping import find
from indexer.harvest.plain import title_line
from indexer.harvest.protocols import content, feed, json_list, protocol, shapes, table
from indexer.harvest.protocols.json_text import read_json, text_at
from indexer.harvest.protocols.listing import said
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.source import Source

_SAMPLE = 50  # entries from which names are learned
_LONG = 200  # characters from which something is a text of its own
_CALLED = {
    "cbd": "Index of the CBD Clearing-House",
    "ckan": "CKAN catalogue",
    "dcat": "Catalogue of data (DCAT) or metadata records",
    "feed": "Feed",
    "geojson": "Map (GeoJSON)",
    "json": "JSON list",
    "jsonapi": "Drupal JSON:API",
    "oai": "OAI-PMH repository",
    "plone": "Plone REST",
    "sitemap": "Sitemap",
    "table": "Table",
    "wordpress": "WordPress REST",
    "xml": "XML list of records",
}
# What asks for one page of a listing or a part of its items; a harvest asks for all.
_PARTS = {
    "ckan": ("rows", "start"),
    "jsonapi": ("page[offset]",),
    "oai": ("verb", "resumptionToken", "from", "until", "identifier"),
    "plone": ("b_start",),
    "wordpress": ("page", "per_page", "offset", "_fields"),
}
_LEARNED = ("geojson", "json", "table", "xml")  # lists in which everybody calls things as they like
_OWN_IDS = ("id", "identifier", "uuid", "guid")
_TEXTS = ("text", "challenge", "action", "results", "lessons", "abstract")


def kind_of(response: Response) -> str:
    """The protocol that reads this answer, `html` for a page, `json` for JSON of any kind, empty for anything else."""
    body = unpacked(response.body, response.url)
    name = PurePosixPath(urlsplit(response.url).path.removesuffix(".gz")).name
    tabular = re.search(r"csv|tab-separated", response.content_type)
    turtle = re.search(r"turtle|n-triples|n3", response.content_type)
    try:
        kind = content.kind_of("x.csv" if tabular else "x.ttl" if turtle else name, body)
    except Unreadable:
        return "table" if look(body) == "text" and _is_table(body, response) else ""
    if kind == "table" and look(body) == "HTML":
        return "html"
    return "json" if kind == "json" else kind


def _is_table(body: bytes, response: Response) -> bool:
    """Whether a text has rows of several cells."""
    try:
        rows = list(table.rows(body, response.url, response.charset, {}, response.url))
    except Unreadable:
        return False
    full = sum(len(row.data or {}) > 1 for row in rows if isinstance(row, Reference))
    return full > len(rows) / 2


def offered(response: Response, kind: str, portal: Portal, asking: Asking) -> Tried:
    """How the items in this answer can be had. `portal` is the site it belongs to. Raises Unreadable: why not."""
    reasons = [f"{shown(response.url)} holds no items that can be read as cases"]
    try:
        for candidate in _candidates(response, kind, portal, asking):
            if tried := attempt(candidate, asking):
                return tried
            reasons.append(trouble(candidate.source, asking))
    except Unreadable as error:
        reasons.append(f"{shown(response.url)} {error}")
    raise Unreadable(said(next(reason for reason in (*reasons[1:], reasons[0]) if reason)))


def _candidates(response: Response, kind: str, portal: Portal, asking: Asking) -> Iterator[Candidate]:
    if kind != "json":
        yield _candidate(kind, response, portal, asking)
        if kind in ("xml", "dcat"):
            yield _candidate("dcat" if kind == "xml" else "xml", response, portal, asking)
        return
    body = unpacked(response.body, response.url)
    data = read_json(body, response.charset)
    try:
        named, reason = "feed" if feed.is_json_feed(data) else shapes.recognise(body), ""
    except Unreadable as error:
        named, reason = "", str(error)
    if named and named != "json":
        yield _candidate(named, response, portal, asking)
    if isinstance(data, dict) and ("@context" in data or "@graph" in data):
        yield _candidate("dcat", response, portal, asking)
    # What is one of the other kinds and gives nothing has no list of items somewhere else in it.
    if named in ("", "json", "geojson") and (candidate := _list(data, response, portal)):
        yield candidate
    if reason:
        raise Unreadable(reason)


def _candidate(kind: str, response: Response, portal: Portal, asking: Asking) -> Candidate:
    """The answer's own address as a source of this protocol."""
    source = portal.source(kind, without(response.url, _PARTS.get(kind, ())))
    if kind in _LEARNED:
        references = taken(source, asking, _SAMPLE)
        samples = [reference.data for reference in references if reference.data]
        fields = fields_for(samples, protocol(kind).FIELDS)
        own = fields.pop("id", ("",))[0]
        options = {"id": _member(own)} if kind in ("table", "xml") and _is_unique(own, samples) else {}
        urls = [reference.url or _said(reference.data, fields.get("url", ())) for reference in references]
        if references and all(reference.url for reference in references):
            fields.pop("url", "")
        source = replace(source, fields=fields, options=options)
        source = replace(source, follow=_follows(source, samples, urls))
        if not any(_said(sample, _titles(source)) for sample in samples):
            names = ", ".join(dict.fromkeys(title_line(name)[:40] for sample in samples[:1] for name in sample))
            return Candidate(source, f"{_CALLED[kind]} (fields must say what holds the title, of: {names[:400]})", 0)
    return Candidate(source, _CALLED[kind], 0)


def _titles(source: Source) -> tuple[str, ...]:
    return source.fields.get("title") or protocol(source.protocol).FIELDS["title"]


def _member(path: str) -> str:
    """A member's name as it is, from how JMESPath wants it."""
    return str(read_json(path.encode())) if path.startswith('"') else path


def _is_unique(path: str, samples: Sequence[Row]) -> bool:
    """Whether an entry's own member tells the entries apart, and would not be taken for its id anyway."""
    if not path or ("." in path and not path.startswith('"')) or words(_member(path)) in _OWN_IDS:
        return False
    values = [text_at({"found": find(path, sample)}, "found") for sample in samples]
    return all(values) and len(set(values)) == len(values)


def _list(data: Any, response: Response, portal: Portal) -> Candidate | None:
    """Any list of objects in JSON, with what its names tell of fields and of further pages."""
    path, entries = list_in(data)
    if not entries:
        return None
    fields = fields_for(entries, json_list.FIELDS)
    known = {**json_list.FIELDS, **fields}
    titles = [title for entry in entries if (title := _said(entry, known["title"]))]
    if len(titles) * 2 < len(entries):
        return None
    if not any(_said(entry, (*known["id"], *known["url"])) for entry in entries[:_SAMPLE]):
        if len(set(titles)) < len(entries):
            return None
        fields = {"id": known["title"], **fields}
    options = {} if _is_usual(data, entries) else {"items": path}
    paging = paging_of(data, response.url)
    total = total_of(data)
    reason = f"{_CALLED['json']}, {len(entries):,} item{'s' if len(entries) > 1 else ''}" + (
        f" of {total:,}" if total > len(entries) else ""
    )
    if total > len(entries) and not paging:
        reason += " (the options page or offset must say how the others are asked for)"
    source = portal.source("json", response.url, options={**options, **paging}, fields=fields)
    urls = [_said(entry, known["url"]) for entry in entries[:_SAMPLE]]
    return Candidate(replace(source, follow=_follows(source, entries[:_SAMPLE], urls)), reason, 0)


def _is_usual(data: Any, entries: Sequence[Row]) -> bool:
    """Whether the list is found without being told where it is."""
    try:
        return [entry for entry in json_list.entries(data) if isinstance(entry, dict)] == list(entries)
    except Unreadable:
        return False


def _said(data: Any, expressions: Sequence[str]) -> str:
    return next((text for path in expressions if (text := text_at({"found": find(path, data)}, "found"))), "")


def _follows(source: Source, samples: Sequence[Row], urls: Sequence[str]) -> bool | None:
    """Whether the items' pages must be read: the list has no text, and the pages lie on the same site."""
    fields: Mapping[str, tuple[str, ...]] = {**protocol(source.protocol).FIELDS, **source.fields}
    paths = [path for name in _TEXTS for path in fields.get(name, ())]
    long = sum(any(len(text_of(find(path, sample))) > _LONG for path in paths) for sample in samples)
    near = sum(host_of(url) == host_of(source.address) or url.startswith("/") for url in urls)
    return True if near * 2 > len(urls) and long * 2 < len(samples) else None


def without(address: str, names: Sequence[str]) -> str:
    """The address without these query parameters."""
    path, _, query = address.partition("?")
    kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in names]
    return path + ("?" + "&".join(kept) if kept else "")
