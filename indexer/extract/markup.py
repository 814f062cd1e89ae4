"""A page's text made ready for its parsers: without scripts and pictures in it, and no larger than can be read."""

from __future__ import annotations

import re

from indexer.harvest.item import Unreadable

LARGEST = 3_000_000  # characters of markup, scripts taken out; no case fills so much
_HEAVY = ("script", "style", "svg")
_DATA = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=\s]{100,}", re.I)
_DATA_SCRIPT = re.compile(r"<script\b[^<>]{0,1000}ld\+json", re.I)
_SCRIPT = re.compile(r"<script(?=[\s>])(?![^<>]{0,1000}ld\+json)", re.I)
_GAP = re.compile(r"[ \t\r\n]{200,}")
_DECLARATION = re.compile(r"\s*(?:<\?[^<>]{0,500}>\s*)+")  # of XML, which a parser of HTML has no use for
_LADEN = re.compile(r"<([a-z][a-z0-9-]*)\s[^<>]{50000,}>", re.I)  # attributes so long are data, not text
_NUL = re.compile(r"[\x00\ufeff]")
_TAG = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|div|p|article|main|section|table|h[1-6]|a|span|ul|br|frameset)\b",
    re.I,
)
_OTHER = (
    (b"%PDF", "a PDF file"),
    (b"PK\x03\x04", "a ZIP or office file"),
    (b"\xd0\xcf\x11\xe0", "an office file"),
    (b"\x89PNG", "an image"),
    (b"GIF8", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"RIFF", "an image or film"),
    (b"\x1f\x8b", "a compressed file"),
    (b"{\\rtf", "an RTF file"),
)
_FEEDS = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(rss|feed|rdf:RDF|urlset|sitemapindex|OAI-PMH|kml|gpx)\b", re.S
)


def check_bytes(body: bytes) -> None:
    """Raises Unreadable for what is a file of another kind."""
    start = body[:1024].lstrip()
    for mark, name in _OTHER:
        if start.startswith(mark):
            raise Unreadable(f"This is {name}, not a web page.")
    if not start:
        raise Unreadable("The page is empty.")


def prepared(text: str) -> str:
    """The markup without scripts, styles, drawings and pictures in it (JSON-LD stays); Unreadable if it is no HTML."""
    if feed := _FEEDS.match(text[:2000]):
        raise Unreadable(f"This is an XML file ({feed[1]}), not a web page.")
    text = without_declaration(_NUL.sub("", text))
    if not _TAG.search(text):
        raise Unreadable("This is not a web page: it has no HTML in it.")
    for name in _HEAVY:
        text = _without(text, name)
    text = _LADEN.sub(r"<\1>", _DATA.sub("data:,", text))
    return _GAP.sub("\n", text)[:LARGEST]


def without_declaration(text: str) -> str:
    """Markup without a declaration of XML before it."""
    found = _DECLARATION.match(text)
    return text[found.end() :] if found else text


def has_scripts(text: str) -> bool:
    """Whether a page has scripts that do something, other than data."""
    return bool(_SCRIPT.search(text))


def _without(text: str, name: str) -> str:
    """Text without elements of one name; one that is never closed ends the search, so that time stays linear."""
    opens, closes = re.compile(rf"<{name}(?=[\s>/])", re.I), re.compile(rf"</{name}\s*>", re.I)
    pieces = []
    place = 0
    while start := opens.search(text, place):
        end = closes.search(text, start.end())
        if end is None:
            break
        keep = bool(_DATA_SCRIPT.match(text, start.start()))
        pieces.append(text[place : end.end() if keep else start.start()])
        place = end.end()
    return "".join((*pieces, text[place:]))
