"""A portal as a stranger sees it: what its page says of the site, and which part of the site an address is about."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from anyascii import anyascii
from bs4 import BeautifulSoup, Tag
from bs4.exceptions import ParserRejectedMarkup
from msgspec import Struct

from hub import parse
from hub.words import base
from indexer.discover.guesses import alike, weight
from indexer.extract.decode import decode
from indexer.extract.meta import Head, head_of
from indexer.harvest.item import Response
from indexer.harvest.plain import soup, title_line
from indexer.harvest.source import Source
from indexer.harvest.values import language_of

_FEEDS = re.compile(r"application/(?:rss\+xml|atom\+xml|rdf\+xml|feed\+json)", re.I)
_COMMENTS = re.compile(r"/comments?/|comments?[-_/]feed|kommentar|commentaire|comentario", re.I)
_SECOND_LEVEL = {"ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "net", "or", "org"}
_BETWEEN = re.compile(r"\s+[|\u2013\u2014\u00b7\u00bb\u2022-]\s+|\s*[|\u00bb]\s*")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][a-zA-Z]{2})?")
_ENTRANCE = re.compile(r"(?:index|default|home)\.\w{1,5}", re.I)
_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp|cfm)", re.I)
_SIDEWAYS = re.compile(
    r"/(?:tags?|categor\w+|authors?|users?|page|search|login|media|sites|files|wp-content|topics?)(?:/|$)", re.I
)
_AROUND = ("nav", "header", "footer", "aside")
_INSIDE = ("main", "article")
_MOST_LINKS = 2_000
_FEW = 3  # links to one folder that make it a list
_MANY = 8  # the same where its name says nothing


class Portal(Struct, frozen=True):
    """What a page says of its site. `url` is where it was found in the end; `named` and `language` are its own words.

    `feeds` and `sitemaps` are linked in its head, `interface` is the root of WordPress's interface, `links` are the
    addresses on the same host that its main part leads to. `scripted`: it shows nothing without running programs.
    """

    url: str
    named: str = ""
    language: str = ""
    html: str = ""
    generator: str = ""
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    interface: str = ""
    links: tuple[str, ...] = ()
    scripted: bool = False

    @property
    def origin(self) -> str:
        """Scheme and host, without a slash."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def host(self) -> str:
        """The host without www."""
        return host_of(self.url)

    def source(self, protocol: str, address: str, **more: Any) -> Source:
        """A source at this portal."""
        name = (self.named or self.host)[:120].strip()
        known: dict[str, Any] = {"home": f"{self.origin}/", "language": self.language, **more}
        return Source(id=id_of(self.host), name=name, protocol=protocol, address=address, **known)


class Scope(Struct, frozen=True):
    """The part of a site that an address is about: pages below `folder` (empty: the whole site).

    `inside`: the address given is itself one of these pages.
    """

    folder: str = ""
    inside: bool = False

    @property
    def pattern(self) -> str:
        """The pattern of addresses to include; empty for the whole site."""
        if not self.folder:
            return ""
        spellings = dict.fromkeys(_quoted(text) for text in (self.folder, unquote(self.folder)))
        return (next(iter(spellings)) if len(spellings) == 1 else f"(?:{'|'.join(spellings)})") + "/."

    @property
    def segments(self) -> list[str]:
        """The names in the folder's path, without a language before them."""
        return segments_of(self.folder)

    def names(self, *names: str) -> bool:
        """Whether one of these names says what the folder is about."""
        return any(alike(name, segment) for name in names for segment in self.segments)

    def holds(self, address: str) -> bool:
        """Whether a page belongs to it."""
        return bool(self.pattern and re.search(self.pattern, address))


def host_of(address: str) -> str:
    """The host of an address without www.; empty where it is no http(s) address."""
    try:
        parts = urlsplit(address)
        return (parts.hostname or "").removeprefix("www.") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def safe(base_address: str, address: object) -> str:
    """An address from the web as a source's file may hold it, resolved; empty where it is none.

    Braces are encoded: in a source's file they stand for environment variables of ours.
    """
    try:
        found = urljoin(base_address, str(address or "").strip()).partition("#")[0]
        return str(parse.url(found.replace("{", "%7B").replace("}", "%7D")))
    except ValueError:  # parse.Wrong is one
        return ""


def id_of(host: str) -> str:
    """A name for the source at a host: its labels but for the last ones, joined by hyphens."""
    labels = [label for label in host.split(".") if label]
    if len(labels) > 1 and not labels[-1].isdigit():
        country = len(labels.pop()) == 2
        if country and len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
            labels.pop()
    return "-".join(re.findall(r"[a-z0-9]+", anyascii(" ".join(labels)).lower())) or "source"


def read_portal(response: Response) -> Portal:
    """What a page says of its site."""
    html = decode(response.body, response.charset)
    try:
        page = soup(html)
    except ParserRejectedMarkup:
        return Portal(response.url)
    head = head_of(page)
    root = page.find("html")
    within = page.find("base", href=True)
    here = safe(response.url, within["href"]) if isinstance(within, Tag) else ""
    here = here if host_of(here) == host_of(response.url) else response.url
    links = tuple(_links(page, here, host_of(response.url)))
    return Portal(
        url=response.url,
        named=_named(page, head, response.url),
        language=base(language_of(str(root.get("lang") or root.get("xml:lang") or "")))
        if isinstance(root, Tag)
        else "",
        html=html,
        generator=head.first("generator"),
        feeds=tuple(dict.fromkeys(_feeds(page, here))),
        sitemaps=_linked(head, "sitemap", here),
        interface=next(iter(_linked(head, "https://api.w.org/", here)), ""),
        links=links,
        scripted=len(links) < _FEW and len(title_line(html[:200_000])) < 300 and page.find("script") is not None,
    )


def _linked(head: Head, relation: str, here: str) -> tuple[str, ...]:
    return tuple(address for link in head.links.get(relation, ()) if (address := safe(here, link)))


def _named(page: BeautifulSoup, head: Head, url: str) -> str:
    """What the site calls itself: it says so, or it is that part of the title that is like its host."""
    if said := head.first("og:site_name", "application-name"):
        return said
    title = page.find("title")
    text = title_line(title.get_text()) if isinstance(title, Tag) else ""
    parts = [part for part in _BETWEEN.split(text) if part]
    host = _letters(host_of(url))
    own = next((part for part in parts if len(_letters(part)) > 1 and _letters(part) in host), "")
    at_home = not segments_of(urlsplit(url).path)
    return own or (parts[0 if at_home else -1] if parts else "")


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _feeds(page: BeautifulSoup, here: str) -> Iterator[str]:
    """Feeds that the head links to, but for those of comments."""
    for link in page.find_all("link", href=True, limit=200):
        relations = [link["rel"]] if isinstance(link.get("rel"), str) else link.get("rel") or []
        if "alternate" in relations and _FEEDS.match(str(link.get("type") or "")):
            address = safe(here, link["href"])
            if address and not _COMMENTS.search(f"{address} {link.get('title') or ''}"):
                yield address


def _links(page: BeautifulSoup, here: str, host: str) -> Iterator[str]:
    """Addresses on the same host that the main part of a page leads to, each once; all, where it has no main part."""
    found = page.find_all("a", href=True, limit=_MOST_LINKS)
    inner = [link for link in found if not _is_around(link)]
    chosen = inner if len(inner) >= _FEW else found
    addresses = dict.fromkeys(safe(here, link["href"]).partition("?")[0] for link in chosen)
    return (address for address in addresses if host_of(address) == host)


def _is_around(link: Tag) -> bool:
    """Whether a link stands in a menu, banner or footer rather than in the content."""
    names = [parent.name for parent in link.parents]
    place = next((name for name in names if name in (*_AROUND, *_INSIDE)), "")
    return place in ("nav", "aside") or (place in _AROUND and not any(name in _INSIDE for name in names))


def segments_of(path: str) -> list[str]:
    """The names in a path, without a language before them."""
    found = [unquote(segment) for segment in path.split("/") if segment]
    return found[1:] if found and _LANGUAGE.fullmatch(found[0]) else found


def folder_of(address: str) -> str:
    """The folder that an address stands for: its path without a file's ending; empty for a home page."""
    path = urlsplit(address).path.rstrip("/")
    above, _, last = path.rpartition("/")
    if _ENTRANCE.fullmatch(last):
        return above
    return f"{above}/{_ENDING.split(last)[0]}" if last else above


def scopes(portal: Portal) -> list[Scope]:
    """What an address may be about, the likeliest first: its folder, one that it links to a lot, the one above it."""
    own = folder_of(portal.url)
    counts = Counter(folder for link in portal.links if (folder := _above(link)))
    below = sum(link.startswith(f"{portal.origin}{own}/") for link in portal.links) if own else 0
    groups = [folder for folder, count in counts.most_common(20) if _is_list(folder, count, own)]
    groups.sort(key=lambda folder: (-weight(folder), -counts[folder]))
    above = _above(own)
    found = [Scope(folder, inside=folder == above) for folder in groups[:2] if folder != own]
    if own and segments_of(own):
        found.insert(0 if below >= max((counts[scope.folder] for scope in found), default=0) else 1, Scope(own))
    if above and not below and segments_of(above):
        found.append(Scope(above, inside=True))
    return list(dict.fromkeys(found))


def _above(path: str) -> str:
    """The folder in which an address or a path lies; empty for the root."""
    return urlsplit(path).path.rstrip("/").rpartition("/")[0]


def _is_list(folder: str, count: int, own: str) -> bool:
    """Whether links to so many pages of a folder make it a list of what the address is about."""
    segments = segments_of(folder)
    if not segments or count < _FEW or _SIDEWAYS.search(folder):
        return False
    related = any(alike(segments[-1], segment) for segment in segments_of(own))
    return related or weight(segments[-1]) > 1 or (bool(segments_of(own)) and count >= _MANY)


def listed_scope(addresses: Iterable[str]) -> Scope | None:
    """The folder of a site that its name says holds cases, and that holds most pages; None where there is none."""
    counts = Counter(folder for address in addresses if (folder := _above(address)))
    usable = [
        (weight(segments[-1]), count, folder)
        for folder, count in counts.items()
        if (segments := segments_of(folder)) and count >= _FEW and not _SIDEWAYS.search(folder)
    ]
    best = max(usable, default=(0, 0, ""))
    return Scope(best[2]) if best[0] > 1 else None


def choose(candidates: Sequence[Scope], addresses: Sequence[str]) -> Scope | None:
    """The first of these scopes to which listed addresses belong; None where there is none.

    A folder around the address comes last: what has pages below it is no single page, however few links it shows.
    """
    ordered = sorted(candidates, key=lambda scope: scope.inside)
    return next((scope for scope in ordered if any(scope.holds(address) for address in addresses)), None)


def _quoted(path: str) -> str:
    """A path as a regular expression that stays readable."""
    return re.sub(r"([.+*?()\[\]{}|^$\\])", r"\\\1", path)
