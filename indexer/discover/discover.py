"""From an address to a source: how does this portal offer its cases? Asked politely, tried, the best first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from msgspec.structs import replace

from indexer.discover import direct, sitemaps
from indexer.discover.attempt import Asking, Candidate, Tried, attempt
from indexer.discover.offers import Offer, as_file
from indexer.discover.portal import Portal, Scope, choose, host_of, listed_scope, read_portal, safe, scopes
from indexer.discover.systems import ABOUT, FEED, systems_of
from indexer.fetch.body import look
from indexer.fetch.terms import shown
from indexer.harvest.item import Get, Response, Unreadable

__all__ = ["Offer", "as_file", "discover"]

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SITEMAPS = 8  # requests for sitemaps
_FEEDS = 3
_ADVICE = (
    "look for a link to RSS, an API or a sitemap, or ask the portal for an export as table (CSV, XLSX) or JSON,"
    " and give the address of that"
)
_SCRIPTED = (
    "the page is put together by a program in the browser: open the browser's developer tools (F12, network), reload,"
    " find the request that brings the list as JSON, and give its address"
)


def discover(address: str, get: Get, *, name: str = "") -> list[Offer]:
    """The ways to harvest what is at an address, tried, the best first; `name` is the id of the source, if given.

    Raises FetchFailed where the address gives no answer, and Unreadable, with advice, where nothing was found.
    """
    given = _checked(address, name)
    asking = Asking(get)
    response = asking(given)
    kind = direct.kind_of(response)
    found = _at_page(read_portal(response), asking) if kind == "html" else _at_data(response, kind, given, asking)
    offers: dict[object, Offer] = {}
    for tried in sorted(found, key=lambda tried: (tried.rank, -tried.weight)):
        source = tried.offer.source
        offers.setdefault((source.protocol, source.address, source.include), tried.offer)
    led = host_of(response.url) if kind == "html" and host_of(response.url) != host_of(given) else ""
    return [_completed(offer, name, led) for offer in offers.values()]


def _checked(address: str, name: str) -> str:
    """The address as it is asked for. Raises Unreadable where it is none, or the name is none."""
    if name and not _ID.fullmatch(name):
        raise Unreadable(f"{name!r} is no name for a source: use small letters, digits and hyphens, as in forest-cases")
    text = address.strip()
    given = safe("", text if "://" in text else f"https://{text}")
    if not given:
        raise Unreadable(f"{shown(text)[:200]!r} is not an http(s) address")
    return given


def _completed(offer: Offer, name: str, led: str) -> Offer:
    """An offer under the name that was asked for; it says so where the address led to another site, `led`."""
    reason = f"{offer.reason} (the address leads to {led})" if led else offer.reason
    return replace(offer, source=replace(offer.source, id=name or offer.source.id), reason=reason)


def _at_data(response: Response, kind: str, given: str, asking: Asking) -> list[Tried]:
    """What can be had where the address is that of data. Raises Unreadable."""
    if not kind:
        what = look(response.body)
        raise Unreadable(f"{shown(given)} is no page or list but {_article(what)}; give the address of a page or list")
    home = asking.answer(f"{Portal(given).origin}/", ("html",))
    site = read_portal(home) if home and host_of(home.url) == host_of(given) else Portal(given)
    # A redirect may lead to a place that exists for an hour; what was given stays.
    try:
        return [direct.offered(replace(response, url=given), kind, site, asking)]
    except Unreadable as error:
        if kind == "json" and (found := _of_systems(site, Scope(), asking)):
            return found
        raise Unreadable(f"{error}; {_ADVICE}") from None


def _article(what: str) -> str:
    return what if what in ("text", "JSON", "XML") else f"a{'n' if what[:1] in 'aeiou' else ''} {what}"


def _at_page(portal: Portal, asking: Asking) -> list[Tried]:
    """What can be had where the address is that of a page. Raises Unreadable."""
    candidates = scopes(portal)
    with asking.at_most(_SITEMAPS):
        listings = sitemaps.listings(portal, asking)
    addresses = [page for listing in listings for page in listing.addresses]
    scope = choose(candidates, addresses) or next(iter(candidates), None) or listed_scope(addresses) or Scope()
    found = _listing(portal, asking)
    found += _of_systems(portal, scope, asking)
    found += sitemaps.restricted(listings, scope, portal, asking)
    found += _feeds(portal, scope, asking)
    found += sitemaps.whole(listings, portal, asking)
    if found:
        return [_with_place(tried, scope) for tried in found]
    advice = _SCRIPTED if portal.scripted else _ADVICE
    raise Unreadable(
        f"{shown(portal.url)} is a web page, and nothing was found beside it that lists its cases (WordPress, Drupal,"
        f" Plone, CKAN, OAI-PMH, a sitemap, a feed); {advice}"
    )


def _of_systems(portal: Portal, scope: Scope, asking: Asking) -> list[Tried]:
    """What the system offers that the portal runs on: the first that answers."""
    for system in systems_of(portal):
        if found := list(system(portal, scope, asking)):
            return found
    return []


def _listing(portal: Portal, asking: Asking) -> list[Tried]:
    """The files in a server's plain list of a folder."""
    if not re.search(r"<title>\s*Index of\b", portal.html[:4000], re.I):
        return []
    source = portal.source("waf", portal.url)
    tried = attempt(Candidate(source, "Folder of files with metadata", ABOUT), asking)
    return [tried] if tried else []


def _feeds(portal: Portal, scope: Scope, asking: Asking) -> Iterator[Tried]:
    """The feeds that the page links to, that of its own folder first; they hold the newest items only."""
    nearest = sorted(portal.feeds, key=lambda address: not scope.holds(address))
    for address in nearest[:_FEEDS]:
        where = f" of {urlsplit(address).path}" if scope.holds(address) else ""
        source = portal.source("feed", address)
        candidate = Candidate(source, f"Feed{where}, the newest items only", FEED, int(scope.holds(address)))
        if tried := attempt(candidate, asking):
            yield tried


def _with_place(tried: Tried, scope: Scope) -> Tried:
    """Says where the address given is one case of those that an offer brings."""
    if not scope.inside or tried.rank != ABOUT:
        return tried
    reason = f"{tried.offer.reason} (the address given is one page of {scope.folder}/)"
    return replace(tried, offer=replace(tried.offer, reason=reason))
