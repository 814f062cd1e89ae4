"""Sitemaps: the addresses of a site's pages, as it lists them for search engines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from urllib.parse import urlsplit

from lxml import etree
from msgspec import Struct

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import absolute
from indexer.harvest.protocols.trail import Trail
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.protocols.xml_safe import child, found, is_html, local, mend_xml, text_in
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {"hosts": "other hosts, divided by commas, whose addresses count too"}
FIELDS: Mapping[str, tuple[str, ...]] = {"language": ("language",)}
FOLLOWS = True

_DEEPEST = 5
_BIGGEST = 60_000_000  # bytes unpacked; the standard allows 50 MB
_MOST_TOLD = 20
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")


class _Left(Enum):
    """Why addresses are left out, in words for one and for many."""

    MISFIT = ("address fits none of the patterns", "addresses fit none of the patterns")
    EXCLUDED = ("address fits a pattern to exclude", "addresses fit a pattern to exclude")
    FOREIGN = ("more address lies elsewhere", "more addresses lie elsewhere")
    EMPTY = ("more entry has no address", "more entries have no address")
    DEEP = ("more sitemap lies too deep", "more sitemaps lie too deep")


_TOLD = (_Left.FOREIGN, _Left.EMPTY, _Left.DEEP)  # the first of these are told one by one


class Page(Struct, frozen=True):
    """One page that a sitemap lists: its address, the last change, its versions by language (language, address)."""

    url: str
    modified: str = ""
    alternates: tuple[tuple[str, str], ...] = ()


class Sitemap(Struct, frozen=True):
    """What one sitemap file says: the pages it lists, or further sitemaps; `wrong`: why it could not be read whole."""

    pages: tuple[Page, ...] = ()
    sitemaps: tuple[str, ...] = ()
    wrong: str = ""


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """A reference for every page listed, of pages in several languages one for all."""
    response = get(source.address, kinds=("xml", "text"))
    top = read(response.body, shown(source.address), response.url)
    walk = _Walk(source, get, since, response.url)
    yield from walk.walk(top, response.url, 1)
    yield from walk.left_out()


def read(body: bytes, what: str, base: str) -> Sitemap:
    """A sitemap file, packed or not, in XML or as a plain list. `base` is its address. Raises Unreadable."""
    body = unpacked(body, what, _BIGGEST)
    if not is_html(body) and (plain := addresses(body)):
        return Sitemap(tuple(Page(url) for url in plain))
    root, wrong = mend_xml(body, what)
    name = local(root).lower()
    if name == "sitemapindex" or (name != "urlset" and _holds(root, "sitemap")):
        entries = [text_in(child(node, "loc")) for node in found(root, "sitemap")]
        return Sitemap(sitemaps=tuple(_page_address(base, entry) for entry in entries if entry), wrong=wrong)
    if name == "urlset" or _holds(root, "url"):
        return Sitemap(tuple(_page(node, base) for node in found(root, "url")), wrong=wrong)
    raise Unreadable(f"{what} is no sitemap but {_called(name)}")


def addresses(body: bytes) -> list[str]:
    """The addresses in a plain-text sitemap, one a line; empty where this is no such file."""
    if body.lstrip()[:1] == b"<":
        return []
    lines = [line for raw in body.decode("utf-8-sig", "replace").splitlines() if (line := raw.strip())]
    return lines if lines and all(re.match(r"https?://\S+$", line) for line in lines) else []


def _holds(root: etree._Element, name: str) -> bool:
    return next(found(root, name), None) is not None


def _called(name: str) -> str:
    known = {"rss": "a feed", "feed": "a feed", "rdf": "RDF", "oai-pmh": "an OAI-PMH response", "html": "a web page"}
    return known.get(name, f"XML of the kind {name!r}")


def _page(node: etree._Element, base: str) -> Page:
    links = [link for link in node.iterchildren(etree.Element) if local(link) == "link" and link.get("hreflang")]
    alternates = ((link.get("hreflang") or "", _page_address(base, link.get("href") or "")) for link in links)
    loc = text_in(child(node, "loc"))
    return Page(
        _page_address(base, loc) if loc else "",
        text_in(child(node, "lastmod")),
        tuple((language, url) for language, url in alternates if url),
    )


def _page_address(base: str, address: str) -> str:
    return (absolute(base, address) or address.strip()).partition("#")[0]


class _Walk:
    """One run over a site's sitemaps."""

    def __init__(self, source: Source, get: Get, since: str, address: str) -> None:
        self._get = get
        self._since = since[:10]
        self._language = source.language
        hosts = re.split(r"[,\s]+", source.options.get("hosts", ""))
        self._host = _host(address)
        self._hosts = {self._host, _host(source.address), *(_bare(host) for host in hosts if host)}
        self._include, self._exclude = _patterns(source.include), _patterns(source.exclude)
        self._trail = Trail()
        self._trail.ends(source.address, address)
        self._taken: set[str] = set()
        self._counts: Counter[_Left] = Counter()
        self._address = source.address

    def walk(self, sitemap: Sitemap, address: str, depth: int) -> Gathered:
        """The pages of a sitemap and of those below it."""
        if sitemap.wrong:
            why = f"is not well-formed; what could be read was taken ({sitemap.wrong})"
            yield Skipped(shown(address), why, failed=True)
        modified = {page.url: page.modified for page in sitemap.pages if page.modified}
        for page in sitemap.pages:
            yield from self._of(page, modified)
        for url in sitemap.sitemaps:
            yield from self._below(url, depth + 1)

    def _below(self, url: str, depth: int) -> Gathered:
        if problem := self._foreign(url):
            yield from self._left(_Left.FOREIGN, url, f"is a sitemap that {problem}")
        elif depth > _DEEPEST:
            yield from self._left(_Left.DEEP, url, f"lies more than {_DEEPEST} sitemaps deep")
        elif not self._trail.ends(url):
            try:
                response = self._get(url, kinds=("xml", "text"))
                sitemap = read(response.body, shown(url), response.url)
            except (FetchFailed, Unreadable) as error:
                yield Skipped(shown(url), str(error), failed=True)
            else:
                yield from self.walk(sitemap, response.url, depth)

    def _of(self, page: Page, modified: Mapping[str, str]) -> Iterator[Reference | Skipped]:
        if not page.url:
            yield from self._left(_Left.EMPTY, "(no address)", "is an entry without an address")
            return
        if page.url in self._taken:
            return
        language, url = self._best(page)
        self._taken.update((page.url, url), (other for _, other in page.alternates))
        changed = modified.get(url, page.modified)
        if problem := self._foreign(url):
            yield from self._left(_Left.FOREIGN, url, problem)
        elif misfit := self._misfit(url):
            self._counts[misfit] += 1
        elif not _is_before(changed, self._since):
            others = [{"language": tag, "url": other} for tag, other in page.alternates if other != url]
            told = {"language": language, "alternates": others}
            data = {name: value for name, value in told.items() if value}
            yield Reference(id=url, url=url, modified=changed, data=data)

    def _best(self, page: Page) -> tuple[str, str]:
        """Language and address of the version of a page that is read."""
        own = next((tag for tag, url in page.alternates if url == page.url and tag != "x-default"), "")
        if self._language:
            for wanted in (str.lower, _primary):
                for tag, url in page.alternates:
                    if wanted(tag) == wanted(self._language) and not self._foreign(url):
                        return tag, url
        return own, page.url

    def left_out(self) -> Iterator[Skipped]:
        """What was left out and not told one by one, as a number for each reason."""
        for left in _Left:
            if (number := self._counts[left] - (left in _TOLD) * _MOST_TOLD) > 0:
                one, many = left.value
                reason = f"1 {one}" if number == 1 else f"{number:,} {many}"
                yield Skipped(shown(self._address), reason, failed=left is _Left.DEEP)

    def _left(self, left: _Left, url: str, reason: str) -> Iterator[Skipped]:
        """Tells of something left out, unless there were many like it."""
        self._counts[left] += 1
        if self._counts[left] <= _MOST_TOLD:
            yield Skipped(shown(url), reason, failed=left is _Left.DEEP)

    def _misfit(self, url: str) -> _Left | None:
        """How an address misses the patterns; None where it fits."""
        if self._include and not any(pattern.search(url) for pattern in self._include):
            return _Left.MISFIT
        return _Left.EXCLUDED if any(pattern.search(url) for pattern in self._exclude) else None

    def _foreign(self, url: str) -> str:
        host = _host(url)
        if not host:
            return "is no web address"
        return "" if host in self._hosts else f"lies on another host than the sitemap ({self._host})"


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        return _bare(parts.hostname or "") if parts.scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _bare(host: str) -> str:
    return host.strip().lower().removeprefix("www.")


def _primary(tag: str) -> str:
    return re.split("[-_]", tag.lower())[0]


def _patterns(texts: Sequence[str]) -> list[re.Pattern[str]]:
    try:
        return [re.compile(text) for text in texts]
    except re.error as error:
        raise Unreadable(f"a pattern of addresses to include or exclude is no regular expression: {error}") from None


def _is_before(stated: str, since: str) -> bool:
    """Whether a date is surely earlier; what is not known is not."""
    date = _DATE.match(stated)
    return date is not None and date[0] < since[: len(date[0])]
