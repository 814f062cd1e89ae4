"""One reference read into an item: its data mapped, its page extracted, both brought together."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import threading
from collections.abc import Mapping
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from msgspec.structs import replace
from pebble import ProcessExpired, ProcessPool

from indexer.extract.language import language
from indexer.harvest.item import FetchFailed, Get, Item, PageRules, Reference, Response, Unreadable
from indexer.harvest.mapping import Mapper
from indexer.harvest.protocols import protocol
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.source import Source
from indexer.harvest.state import State

SECONDS = 30  # to read one page; hostile ones may take for ever
_MEMORY = 2_000_000_000  # bytes that a reading process may have
_BATCH = 500  # pages that a process reads before a fresh one takes its place: libraries keep what they saw
_TEXTS = ("challenge", "action", "results", "lessons", "text")
_LISTS = ("source_tags", "references", "documents", "also_at")
_DATA_FIRST = {"id", "url", "read", *_TEXTS, *_LISTS}


class PageReader:
    """Reads pages in other processes, so that a page that crashes, hangs or swells the reader stops nothing else.

    A page in the state in which it was read the last time is not read again.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._pool: ProcessPool | None = None
        self._lock = threading.Lock()
        self._way = _way_of_reading()

    def __enter__(self) -> PageReader:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()

    def read(self, body: bytes, url: str, charset: str, rules: PageRules) -> Item:
        """The item that a page holds. Raises Unreadable."""
        key = hashlib.sha256(b"\0".join((self._way, repr((charset, rules)).encode(), body))).hexdigest()
        found = self._state.page(url, key)
        if found is None:
            found = self._read(body, url, charset, rules)
            self._state.keep_page(url, key, found)
        return found

    def _read(self, body: bytes, url: str, charset: str, rules: PageRules) -> Item:
        with self._lock:
            if self._pool is None or not self._pool.active:
                workers = max(1, min(8, os.cpu_count() or 1))
                self._pool = ProcessPool(workers, max_tasks=_BATCH, initializer=_bounded, context=get_context("spawn"))
        try:
            found: Item = self._pool.schedule(_extract, (body, url, charset, rules), timeout=SECONDS).result()
        except TookTooLong as error:
            raise Unreadable(f"reading the page took longer than {SECONDS} seconds") from error
        except (ProcessExpired, BrokenProcessPool, MemoryError) as error:
            raise Unreadable("reading the page crashed the reader, or took too much memory") from error
        return found


def _way_of_reading() -> bytes:
    """Changes with the code that reads pages, for then they have to be read again."""
    folder = Path(__file__).resolve().parent.parent / "extract"
    code = b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))
    return hashlib.sha256(version("trafilatura").encode() + code).digest()


def _bounded() -> None:
    """Let a reading process have only so much memory, and leave Ctrl+C to the harvest."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, _MEMORY))


def _extract(body: bytes, url: str, charset: str, rules: PageRules) -> Item:
    from indexer.extract.page import extract  # noqa: PLC0415 - large libraries, wanted in the reading process alone

    return extract(body, url, charset, rules)


class Reader:
    """Reads the references of one source."""

    def __init__(self, source: Source, mapper: Mapper, pages: PageReader, get: Get) -> None:
        self._source = source
        self._mapper = mapper
        self._pages = pages
        self._get = get
        self.follows = protocol(source.protocol).FOLLOWS if source.follow is None else source.follow

    def fields(self, reference: Reference) -> Mapping[str, tuple[str, ...]]:
        """Where our fields are in a reference's data: as its protocol has it, with what the source's file says."""
        kind = reference.kind if reference.kind not in ("", "html") else self._source.protocol
        usual = {name: texts for name, texts in protocol(kind).FIELDS.items() if name not in ("id", "modified")}
        return {**usual, **self._source.fields}

    def read(self, reference: Reference) -> Item:
        """The item that a reference leads to. Raises Unreadable, FetchFailed."""
        base = self._source.home or self._source.address.partition("?")[0]
        if reference.file:
            return self._file(reference)
        item = self._mapper.item(reference, self.fields(reference), base, self._source.language)
        whole = "\n\n".join(text for name in ("title", "abstract", *_TEXTS) if (text := getattr(item, name)))
        spoken = language((item.language, self._source.language), whole) if whole else ""
        item = replace(item, language=spoken, url=item.url or self._source.home, read=self._source.protocol)
        if not ((self.follows or reference.kind == "html") and item.url):
            return item
        try:
            response = self._get(item.url, kinds=("html",))
        except FetchFailed as error:
            if error.kind != "failing" and item.title and item.abstract:  # another time, the page may be there
                return item
            raise
        return self._with_page(item, response, alone=not item.title)

    def _file(self, reference: Reference) -> Item:
        """The item that a page on this machine holds."""
        body = unpacked(Path(reference.file).read_bytes(), "the file")
        found = self._pages.read(body, reference.url, "", self._source.page)
        return replace(found, id=reference.id, url=found.url or reference.url or self._source.home, read="file")

    def _with_page(self, item: Item, response: Response, alone: bool) -> Item:
        try:
            page = self._pages.read(response.body, response.url, response.charset, self._source.page)
        except Unreadable:
            if item.title and item.abstract:
                return item
            raise
        return replace(joined(item, page), url=(page.url or response.url) if alone else item.url)


def joined(item: Item, page: Item) -> Item:
    """An item of a listing with what its page says: the listing's facts, the page's text, both one's terms."""
    rest = {
        name: getattr(page, name)
        for name in item.__struct_fields__
        if name not in _DATA_FIRST and not getattr(item, name)
    }
    rest |= {name: tuple(dict.fromkeys((*getattr(item, name), *getattr(page, name)))) for name in _LISTS}
    if not any(getattr(item, name) for name in _TEXTS):
        rest |= {name: getattr(page, name) for name in _TEXTS}
    return replace(item, read="page", **rest)
