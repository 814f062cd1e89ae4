"""The addresses of the site's pages for search engines (sitemaps.org), made piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from xml.sax.saxutils import escape, quoteattr

MEDIA_TYPE = "application/xml"
_START = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SITEMAPS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XHTML = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'
_AT_ONCE = 200  # pages in one piece of text


@dataclass(frozen=True)
class Page:
    """One page: its address by language of the interface, and the day on which it last changed."""

    addresses: Mapping[str, str]
    changed: date


def sitemap_index(parts: Iterable[str], changed: date) -> str:
    """The list of the parts that the sitemap is cut into."""
    entries = (
        f"<sitemap><loc>{escape(part)}</loc><lastmod>{changed.isoformat()}</lastmod></sitemap>\n" for part in parts
    )
    return f"{_START}<sitemapindex {_SITEMAPS}>\n{''.join(entries)}</sitemapindex>\n"


def sitemap(pages: Iterable[Page]) -> Iterator[str]:
    """One part: each page once for every language, with its addresses in the others."""
    rest = iter(pages)
    yield f"{_START}<urlset {_SITEMAPS} {_XHTML}>\n"
    while some := "".join(map(_page, islice(rest, _AT_ONCE))):
        yield some
    yield "</urlset>\n"


def _page(page: Page) -> str:
    named = [*page.addresses.items(), ("x-default", page.addresses["en"])]
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag}" href={quoteattr(address)}/>' for tag, address in named
    )
    changed = f"<lastmod>{page.changed.isoformat()}</lastmod>"
    return "".join(f"<url><loc>{escape(address)}</loc>{changed}{others}</url>\n" for address in page.addresses.values())
