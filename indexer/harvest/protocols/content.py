"""Files of any kind: what one holds is told by its content first, then by its name, and its items are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from indexer.harvest.item import Reference, Skipped, Unreadable
from indexer.harvest.protocols import dcat, feed, oai, shapes, sitemap, table, xml_list
from indexer.harvest.protocols.cells import is_xlsx
from indexer.harvest.protocols.json_text import read_json
from indexer.harvest.protocols.xml_safe import is_html, local, mend_xml, start_of

Entries = Iterable[Reference | Skipped]

_FILE = "the file"  # how messages name it: they stand beside its name
_TAG = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_RSS = (b"http://purl.org/rss/1.0/", b"http://my.netscape.com/rdf/simple/", b"http://channel.netscape.com/rdf/simple/")
_ROOTS = {
    "rss": "feed",
    "feed": "feed",
    "channel": "feed",
    "entry": "feed",
    "rdf": "dcat",
    "oai-pmh": "oai",
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
}
_SUFFIXES = {
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".xlsx": "table",
    ".xlsm": "table",
    ".ttl": "dcat",
    ".n3": "dcat",
    ".nt": "dcat",
    ".htm": "html",
    ".html": "html",
    ".xhtml": "html",
    ".xml": "xml",
    ".rss": "feed",
    ".atom": "feed",
    ".rdf": "dcat",
    ".json": "json",
    ".jsonld": "json",
    ".geojson": "json",
}
_STARTS = (
    (b"HTTP/", "json"),  # a recorded answer
    (b"{", "json"),
    (b"[", "json"),
    (b"@prefix", "dcat"),
    (b"@base", "dcat"),
)
_TRIPLES = (".ttl", ".n3", ".nt")
_LISTING = re.compile(rb"<title>\s*Index of\b", re.IGNORECASE)
_GLOBAL = re.compile(r"(?:https?://|file:///|oai:|urn:|tag:|doi:|info:|hdl:)")


class NotRead(Unreadable):
    """A file that is in order but holds nothing that we read; the message says what it is."""


class Content(Struct, frozen=True):
    """What a file holds: the protocol whose `FIELDS` fit its items, and the items."""

    kind: str
    entries: Entries


def read(name: str, body: bytes, address: str) -> Content:
    """The items in a file, already unpacked; `address` stands for it. Raises Unreadable, saying what it is instead."""
    kind = kind_of(name, body)
    if kind == "html" and _LISTING.search(body[:4000]):
        raise NotRead("is the listing of a folder")
    if kind == "html":
        return Content(kind, ())
    if kind == "json":
        return _json(body, address)
    return Content(kind, _READERS[kind](body, address))


def kind_of(name: str, body: bytes) -> str:
    """The protocol that a file belongs to (or `html`). Raises NotRead where it is none that we read."""
    suffix = PurePosixPath(name).suffix.lower()
    if is_xlsx(body):
        if suffix == ".zip":
            raise NotRead("is an archive, which is not opened")
        return "table"
    start = start_of(body)
    usual = _SUFFIXES.get(suffix, "")
    if start.startswith(b"<") and suffix not in _TRIPLES:
        return _kind_of_markup(start, usual)
    kind = next((kind for mark, kind in _STARTS if start.startswith(mark)), usual)
    if kind:
        return kind
    if sitemap.addresses(body):
        return "sitemap"
    raise NotRead("is of no kind that is read")


def _kind_of_markup(start: bytes, usual: str) -> str:
    """The kind of XML or HTML, by its first tag."""
    if is_html(start):
        return "html"
    tag = _TAG.search(start)
    name = tag[1].decode("ascii", "replace").lower() if tag else ""
    if name == "rdf" and any(space in start for space in _RSS):
        return "feed"
    return _ROOTS.get(name) or ("html" if usual == "html" else "xml")


def told(content: Content, prefix: str) -> Iterator[Reference | Skipped]:
    """The items of a file with the kind whose `FIELDS` fit them (`kind`) and with ids unlike those of other files.

    `prefix` is the file's name; it comes before ids that mean something in their file only.
    """
    for entry in content.entries:
        known = entry.id if _GLOBAL.match(entry.id) else f"{prefix}#{entry.id}".removesuffix("#" + _FILE)
        if isinstance(entry, Skipped):
            yield Skipped(known, entry.reason, entry.failed)
        else:
            yield replace(entry, id=known, kind=content.kind)


def _json(body: bytes, address: str) -> Content:
    """The items in JSON: of a JSON Feed, of one of the known answers, of JSON-LD that describes data sets."""
    if b"jsonfeed.org" in body[:2000]:
        return Content("feed", feed.read(body, _FILE, address).entries)
    if not body.startswith(b"HTTP/"):
        read_json(body)  # what is damaged is told from what is not for us
    try:
        return Content(shapes.recognise(body), list(shapes.items_of(body, "", address)))
    except Unreadable as error:
        try:
            return Content("dcat", dcat.read(body, _FILE, address).entries)
        except Unreadable:
            raise NotRead(str(error)) from None


def _of_xml(body: bytes, address: str) -> Entries:
    root, wrong = mend_xml(body, _FILE)
    if local(root) == "OpenSearchDescription":
        raise NotRead("describes a search and holds no results of one")
    yield from ([xml_list.broken(_FILE, wrong)] if wrong else [])
    yield from xml_list.records(root, _FILE, address, {})


def _of_oai(body: bytes, address: str) -> Entries:
    page = oai.read(body, _FILE)
    return (*([xml_list.broken(_FILE, page.wrong)] if page.wrong else []), *page.entries)


def _of_dcat(body: bytes, address: str) -> Entries:
    page = dcat.read(body, _FILE, address)
    return (*([xml_list.broken(_FILE, page.wrong)] if page.wrong else []), *page.entries)


def _of_sitemap(body: bytes, address: str) -> Entries:
    listed = sitemap.read(body, _FILE, address)
    number = len(listed.pages) + len(listed.sitemaps)
    raise NotRead(f"is a sitemap; what it lists lies elsewhere (addresses: {number})")


_READERS: Mapping[str, Callable[[bytes, str], Entries]] = {
    "feed": lambda body, address: feed.read(body, _FILE, address).entries,
    "oai": _of_oai,
    "sitemap": _of_sitemap,
    "dcat": _of_dcat,
    "table": lambda body, address: table.rows(body, _FILE, "", {}, address),
    "xml": _of_xml,
}
