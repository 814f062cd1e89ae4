"""What the head of a page says: its meta elements and links, by name in small letters."""

from __future__ import annotations

from collections.abc import Mapping

from bs4 import BeautifulSoup
from msgspec import Struct

from indexer.harvest.plain import title_line

_LONGEST = 10_000  # characters of one value


class Head(Struct, frozen=True):
    """Contents of meta elements by name, and addresses of links by relation, in the page's order."""

    meta: Mapping[str, tuple[str, ...]]
    links: Mapping[str, tuple[str, ...]]

    def first(self, *names: str) -> str:
        """The first content that one of the names has, the names in order of trust."""
        return next((content for name in names for content in self.meta.get(name, ())), "")

    def every(self, *names: str) -> list[str]:
        """All contents of all the names."""
        return [content for name in names for content in self.meta.get(name, ())]


def head_of(page: BeautifulSoup) -> Head:
    """Reads the meta elements and links of a page, wherever they stand; properties (RDFa) come before plain names."""
    meta: dict[str, list[str]] = {}
    links: dict[str, list[str]] = {}
    elements = page.find_all("meta")
    for key in ("property", "itemprop", "name", "http-equiv"):
        for element in elements:
            content = title_line(str(element.get("content") or "")[:_LONGEST]) if element.has_attr(key) else ""
            for name in str(element.get(key) or "").lower().split() if content else ():
                meta.setdefault(_usual(name), []).append(content)
    for element in page.find_all(("link", "a", "area"), rel=True):
        relations = element["rel"]
        for relation in [relations] if isinstance(relations, str) else relations:
            if address := str(element.get("href") or "").strip():
                links.setdefault(relation.lower(), []).append(address)
    return Head({name: tuple(dict.fromkeys(v)) for name, v in meta.items()}, {r: tuple(v) for r, v in links.items()})


def _usual(name: str) -> str:
    """Dublin Core by one name: `DC.Title`, `dcterms.title` and `dc:title` are `dc.title`."""
    for prefix in ("dcterms.", "dcterms:", "dcterm:", "dc:", "dc."):
        if name.startswith(prefix):
            return "dc." + name.removeprefix(prefix)
    return name
