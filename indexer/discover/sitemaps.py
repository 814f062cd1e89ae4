"""A portal's sitemaps, looked into far enough to see whether they list what an address is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from msgspec import Struct

from indexer.discover.attempt import Asking, Candidate, Tried, attempt
from indexer.discover.guesses import stem, weight
from indexer.discover.portal import Portal, Scope, host_of, safe, segments_of
from indexer.discover.systems import PART, WHOLE
from indexer.harvest.item import Unreadable
from indexer.harvest.protocols import sitemap

_USUAL = ("/sitemap.xml", "/sitemap_index.xml")
_NAMED = re.compile(r"(?im)^\s*sitemap\s*:\s*(\S{1,2000})")
_MOST = 3  # sitemaps that are looked into
_PARTS = 5  # files of one sitemap that are looked into
_LISTED = 200_000  # addresses


class Listing(Struct, frozen=True):
    """One sitemap: its address, and the pages that its files list, as (address of the file, address of the page)."""

    address: str
    pages: tuple[tuple[str, str], ...]

    @property
    def addresses(self) -> list[str]:
        """The addresses of its pages."""
        return [page for _, page in self.pages]


def listings(portal: Portal, asking: Asking) -> list[Listing]:
    """The sitemaps that the page or robots.txt name, else those at the usual places."""
    robots = asking.answer(f"{portal.origin}/robots.txt", ("text",))
    text = robots.body.decode("utf-8", "replace") if robots and robots.url.endswith("/robots.txt") else ""
    named = [address for found in _NAMED.finditer(text) if (address := safe(portal.url, found[1]))]
    named = list(dict.fromkeys((*portal.sitemaps, *named)))[:_MOST]
    found = [listing for address in named if (listing := _listing(address, portal, asking))]
    for path in () if found else _USUAL:
        if listing := _listing(portal.origin + path, portal, asking):
            return [listing]
    return found


def _listing(address: str, portal: Portal, asking: Asking) -> Listing | None:
    top = _read(address, asking)
    if top is None:
        return None
    pages = [(address, page.url) for page in top.pages]
    for file in sorted(top.sitemaps, key=lambda file: -_promise(file, portal))[:_PARTS]:
        inner = _read(file, asking)
        pages += [(file, page.url) for page in inner.pages] if inner else []
    return Listing(address, tuple(pages[:_LISTED])) if pages or top.sitemaps else None


def _promise(file: str, portal: Portal) -> int:
    """How likely a file of a sitemap lists what is looked for, by its name."""
    name = file.rpartition("/")[2].partition("?")[0]
    asked = any(stem(segment) in stem(name) for segment in segments_of(urlsplit(portal.url).path))
    return weight(name) + 4 * asked


def _read(address: str, asking: Asking) -> sitemap.Sitemap | None:
    response = asking.answer(address, ("xml", "text"))
    try:
        return None if response is None else sitemap.read(response.body, address, response.url)
    except Unreadable:
        return None


def restricted(found: Sequence[Listing], scope: Scope, portal: Portal, asking: Asking) -> Iterator[Tried]:
    """The sitemap that lists pages in the folder, restricted to it; of many files the one that is for it."""
    counts = [(sum(scope.holds(page) for page in listing.addresses), listing) for listing in found]
    count, listing = max(counts, key=lambda entry: entry[0], default=(0, None))
    if listing is None or not count:
        return
    files = dict.fromkeys(file for file, page in listing.pages if scope.holds(page))
    reason = f"Sitemap, pages under {scope.folder}/"
    reason += " (the address given is one of these pages)" if scope.inside else ""
    alone = [file for file in files if len(files) == 1 and _promise(file, portal)]
    for address in dict.fromkeys((*alone, listing.address, *files)):
        source = portal.source("sitemap", address, include=(scope.pattern,), options=_hosts(address, portal))
        if tried := attempt(Candidate(source, reason, PART), asking):
            yield tried
            return


def whole(found: Sequence[Listing], portal: Portal, asking: Asking) -> Iterator[Tried]:
    """The sitemap of the whole site, for want of anything better."""
    for listing in found[:1]:
        source = portal.source("sitemap", listing.address, options=_hosts(listing.address, portal))
        reason = "Sitemap of the whole site (include must say which pages are cases)"
        if tried := attempt(Candidate(source, reason, WHOLE), asking):
            yield tried


def _hosts(address: str, portal: Portal) -> dict[str, str]:
    """The option for a sitemap that lies elsewhere than the pages."""
    return {} if host_of(address) == portal.host else {"hosts": portal.host}
