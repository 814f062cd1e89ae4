"""What travels from a source to the corpus: a reference to an item, and the item as its source tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from hub.errors import HubError
from hub.record import Link, Point, Translation


class Unreadable(HubError):
    """A listing, page or file cannot be read as what it should be; the message says why, in one sentence."""


class FetchFailed(HubError):
    """An address gave no usable answer; the message says why, in one sentence.

    `kind` is `gone` (404, 410), `refused` (robots.txt, a private address, 401, 403, a wrong type or size: trying again
    is of no use), or `failing` (429, 5xx, no connection, too slow: another time it may work). `status` is 0 where
    there was no answer.
    """

    def __init__(self, message: str, kind: str, status: int = 0) -> None:
        super().__init__(message)
        self.kind = kind
        self.status = status


class Response(Struct, frozen=True):
    """What an address answered: whole, decompressed and within the limits.

    `url` is where it came from in the end, after redirects; `content_type` is lower case without parameters, `charset`
    its parameter or empty; names of `headers` are lower case. `unchanged`: the server said so, or nothing was asked
    because an interrupted run had fetched it.
    """

    url: str
    status: int
    content_type: str
    charset: str
    body: bytes
    headers: Mapping[str, str]
    unchanged: bool = False


# Fetches an address: get("https://…", kinds=("json",)). Raises FetchFailed.
Get = Callable[..., Response]


class Reference(Struct, frozen=True):
    """One item of a source, before it is read: the source's own id of it and where it is.

    `data` is what the listing said of it (plain JSON-like data), `url` its page, `modified` the date of its last
    change as the source states it. `gone`: the source says that it was deleted. `kind` is the protocol that knows the
    data, where that is not the source's own, or `html`: a page, which is to be read; `file` is where on this machine.
    """

    id: str
    url: str = ""
    modified: str = ""
    data: Mapping[str, Any] | None = None
    gone: bool = False
    kind: str = ""
    file: str = ""


class Skipped(Struct, frozen=True):
    """An entry of a listing that is no item, or part of a listing that could not be read, and why."""

    id: str
    reason: str
    failed: bool = False


# gather(source, get, since): all items that a source lists; `since` (a date or empty) asks for changes only.
Gathered = Iterator[Reference | Skipped]


class Item(Struct, frozen=True):
    """What a source says of one case, in our terms: plain text, checked values, but not yet a record.

    Texts hold paragraphs divided by an empty line. `countries` are ISO 3166-1 alpha-3 codes, dates ISO 8601 as in
    records, `language` a BCP 47 tag; what a source does not say is empty. `read` says what was read.
    """

    id: str = ""
    url: str = ""
    title: str = ""
    abstract: str = ""
    challenge: str = ""
    action: str = ""
    results: str = ""
    lessons: str = ""
    text: str = ""
    language: str = ""
    type: str = ""
    place: str = ""
    countries: tuple[str, ...] = ()
    point: Point | None = None
    began: str = ""
    ended: str = ""
    issued: str = ""
    modified: str = ""
    organisations: tuple[str, ...] = ()
    publisher: str = ""
    contact: str = ""
    license: str = ""
    rights: str = ""
    source_tags: tuple[str, ...] = ()
    also_at: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    images: tuple[Link, ...] = ()
    documents: tuple[Link, ...] = ()
    translations: Mapping[str, Translation] | None = None
    read: str = ""


class PageRules(Struct, frozen=True):
    """How to read the pages of a source, where the general way does not do.

    `select` gives a field the text of what a CSS selector finds; `remove` are selectors of what is dropped first.
    """

    select: Mapping[str, str] = {}
    remove: tuple[str, ...] = ()
