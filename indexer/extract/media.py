"""Pictures and documents of a case, with what is said of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from bs4 import Tag

from hub.record import Link
from indexer.extract.blocks import Block
from indexer.extract.facts import Facts, text_of
from indexer.extract.meta import Head
from indexer.harvest.plain import line
from indexer.harvest.values import address_of

_MOST_IMAGES = 5
_MOST_DOCUMENTS = 10
_SMALL = 100  # pixels; what is smaller is an icon
_NO_PICTURE = re.compile(
    r"(?:logo|icon|avatar|gravatar|sprite|pixel|spacer|blank|placeholder|1x1|badge|banner|emoji)", re.I
)
_CREDIT = re.compile(
    r"(?:©|\(c\)|\b(?:photo(?:graph)?s?|image|picture|foto|fotos|credits?|crédits?|bild|quelle|source)\b[^:©]{0,20}:)\s*(.{2,200})",
    re.I,
)


def images(head: Head, facts: Facts, blocks: Sequence[Block], base: str) -> tuple[Link, ...]:
    """At most five pictures: what the page declares, then those of its main text."""
    found: dict[str, Link] = {}
    shown = [link for block in blocks for picture in block.pictures if (link := _shown(picture, base))]
    for link in (*_declared(head, facts, base), *shown):
        key = urlsplit(link.url).path.rpartition("/")[2] or link.url
        known = found.get(key)
        found[key] = Link(known.url, known.alt or link.alt, known.credit or link.credit) if known else link
    return tuple(found.values())[:_MOST_IMAGES]


def _declared(head: Head, facts: Facts, base: str) -> Iterator[Link]:
    alt = head.first("og:image:alt", "twitter:image:alt")
    for address in head.every("og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src")[
        :3
    ]:
        if (url := address_of(address, base)) and not _NO_PICTURE.search(urlsplit(url).path):
            yield Link(url, alt[:500])
    for value in facts.values("image", "primaryImageOfPage", "thumbnailUrl"):
        address, words, credit = value, "", ""
        if isinstance(value, dict):
            address = _first(value, "contentUrl", "url", "@id")
            words, credit = (
                _first(value, "caption", "name", "description"),
                _first(value, "creditText", "copyrightHolder", "copyrightNotice"),
            )
        if (
            isinstance(address, str)
            and (url := address_of(address, base))
            and not _NO_PICTURE.search(urlsplit(url).path)
        ):
            yield Link(url, words[:500], credit[:500])


def _first(node: dict[str, list[Any]], *names: str) -> str:
    return next((text for name in names for value in node.get(name, ()) if (text := text_of(value))), "")


def _shown(picture: Tag, base: str) -> Link | None:
    if any(_pixels(picture.get(side)) < _SMALL for side in ("width", "height")):
        return None
    address = next(
        (str(picture[n]) for n in ("data-src", "data-lazy-src", "data-original", "src") if picture.get(n)), ""
    )
    url = "" if address.startswith("data:") else address_of(address, base)
    if not url or _NO_PICTURE.search(urlsplit(url).path) or urlsplit(url).path.endswith(".svg"):
        return None
    figure = picture.find_parent("figure")
    caption = figure.find("figcaption") if figure else None
    words = line(caption.get_text(" "))[:2000] if caption else ""
    credit = _CREDIT.search(words)
    alt = line(str(picture.get("alt") or "")) or words
    return Link(url, alt[:500], line(credit[1]).strip("()[] ")[:500] if credit else "")


def _pixels(value: Any) -> float:
    found = re.match(r"\s*(\d{1,5})(?:px)?\s*$", str(value or ""))
    return float(found[1]) if found else _SMALL


def documents(blocks: Iterable[Block], base: str) -> tuple[Link, ...]:
    """At most ten PDF files that the main text links to."""
    found: dict[str, Link] = {}
    for block in blocks:
        for address, words in block.links:
            url = address_of(address, base)
            if url and urlsplit(url).path.lower().endswith(".pdf"):
                found.setdefault(url, Link(url, words[:500]))
    return tuple(found.values())[:_MOST_DOCUMENTS]
