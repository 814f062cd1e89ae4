"""Turning pages: one listing, many answers, and an end in any case."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, unquote_plus, urljoin, urlsplit

import msgspec
from msgspec import Struct

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Skipped, Unreadable
from indexer.harvest.protocols.json_text import read_json

MOST_PAGES = 10_000
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class Page(Struct, frozen=True):
    """One answer of a listing: what was asked, where it came from, what it holds. `number` counts from 0.

    `before` is how many entries the pages before it held.
    """

    address: str
    url: str
    data: Any
    entries: list[Any]
    headers: Mapping[str, str]
    number: int = 0
    before: int = 0


def pages(
    get: Get,
    first: str,
    entries: Callable[[Any], list[Any]],
    following: Callable[[Page], str],
    over: Collection[int] = (),
) -> Iterator[Page | Skipped]:
    """The pages of a listing from `first` on; `following` gives the next address, or nothing at the end.

    `entries` finds the entries in an answer. `over` are statuses by which a server says that there are no more pages.
    Trouble with the first page is raised (FetchFailed, Unreadable), with a later one it is told and ends the listing.
    """
    address, before, asked, seen = first, 0, {first}, set[bytes]()
    for number in range(MOST_PAGES):
        try:
            page = _read(get, address, entries, number, before)
        except (FetchFailed, Unreadable) as error:
            if number == 0:
                raise
            if not (isinstance(error, FetchFailed) and error.status in over):
                yield Skipped(shown(address), str(error), failed=True)
            return
        mark = _mark(page.entries)
        if number and (not page.entries or mark in seen):
            return
        seen.add(mark)
        yield page
        before += len(page.entries)
        address = following(page)
        if not address or address in asked:
            return
        asked.add(address)
    yield Skipped(shown(address), f"the listing has more than {MOST_PAGES:,} pages", failed=True)


def listed(turned: Iterator[Page | Skipped], references: Callable[[Any, str], Gathered], since: str) -> Gathered:
    """The items on the pages of a listing that changed since a day, as `references` finds them in an answer."""
    for page in turned:
        if isinstance(page, Skipped):
            yield page
            continue
        for found in references(page.data, page.url):
            if isinstance(found, Skipped) or changed(found.modified, since):
                yield found


def _read(get: Get, address: str, entries: Callable[[Any], list[Any]], number: int, before: int) -> Page:
    response = get(address, kinds=("json",))
    try:
        data = read_json(response.body, response.charset)
        found = entries(data)
    except Unreadable as error:
        raise Unreadable(f"{shown(address)} {error}") from None
    return Page(address, response.url, data, found, response.headers, number, before)


def _mark(entries: list[Any]) -> bytes:
    """What tells a page from others: its first entry. Servers that ignore the page asked for repeat it."""
    try:
        return blake2b(msgspec.json.encode(entries[:1]), digest_size=16).digest()
    except RecursionError:
        return b""


def objects(entries: Iterable[Any], url: str) -> Iterator[dict[str, Any] | Skipped]:
    """The entries that are objects; the others are skipped."""
    for place, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            yield entry
        else:
            yield Skipped(f"{shown(url)} ({place})", "is not an object with fields", failed=True)


def with_query(address: str, **parameters: str | int) -> str:
    """The address with these query parameters in place of former ones of that name; all else stays as it is written."""
    return set_query(address, parameters)


def set_query(address: str, parameters: Mapping[str, str | int]) -> str:
    """As `with_query`, for parameters whose names are no Python names."""
    main, hash_, fragment = address.partition("#")
    path, _, query = main.partition("?")
    kept = [part for part in query.split("&") if part and unquote_plus(part.partition("=")[0]) not in parameters]
    added = [f"{quote(name, safe='_')}={quote(str(value), safe=':*')}" for name, value in parameters.items()]
    return path + "?" + "&".join(kept + added) + hash_ + fragment


def query_value(address: str, name: str) -> str | None:
    """The value of a query parameter of the address, or None."""
    query = address.partition("#")[0].partition("?")[2]
    pairs = (part.partition("=") for part in query.split("&"))
    return next((unquote_plus(value) for key, _, value in pairs if unquote_plus(key) == name), None)


def absolute(base: str, address: Any) -> str:
    """An http or https address, whole, as seen from `base`; empty where there is none.

    A place within `base` itself (#top) is no address: `base` would come back with whatever was asked of it.
    """
    if not isinstance(address, str) or not address.strip():
        return ""
    try:
        if not any(urlsplit(address.strip())[:4]):
            return ""
        whole = urljoin(base, address.strip())
        return whole if urlsplit(whole).scheme in ("http", "https") and urlsplit(whole).hostname else ""
    except ValueError:
        return ""


def unasked(address: str) -> str:
    """An address without what is asked of it and by whom: a key may be a part of that."""
    parts = urlsplit(address.partition("#")[0].partition("?")[0])
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def number_of(value: Any) -> int | None:
    """A count as JSON or headers state it, or None."""
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit() and len(value) < 16:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def changed(modified: str, since: str) -> bool:
    """Whether something may have changed since a day; yes where the source does not say."""
    return not (_DAY.match(modified) and _DAY.match(since)) or modified[:10] >= since[:10]
