"""One page brought into the corpus because somebody asked for it: fetched, read and drafted as in a harvest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from msgspec.structs import replace

from hub.corpus import Corpus
from hub.errors import HubError, InvalidRecord
from hub.ids import slug
from hub.requests import REASON, plain_address
from indexer.harvest.desk import Desk, Verdict
from indexer.harvest.item import FetchFailed, Get, Reference, Unreadable
from indexer.harvest.mapping import Mapper
from indexer.harvest.plain import line
from indexer.harvest.protocols.identity import short_id
from indexer.harvest.reading import PageReader, Reader
from indexer.harvest.report import Outcome
from indexer.harvest.source import Source, wanted
from indexer.harvest.state import State
from indexer.harvest.values import address_of
from indexer.tag.tagger import FOLDER as TAGGING


class Refused(HubError):
    """A page cannot be brought in, and trying again by itself is of no use; the message says why, in one sentence."""


class Carrier:
    """Carries out requests, one after the other. What the corpus has already is not made a second time."""

    def __init__(self, corpus: Corpus, state: State, sources: Sequence[Source], pages: PageReader, get: Get) -> None:
        vocabularies = corpus.vocabularies()
        self._desk = Desk(corpus, vocabularies, state, datetime.now(UTC).date().isoformat())
        self._mapper = Mapper(vocabularies, corpus.folder / TAGGING)
        self._sources = sources
        self._pages = pages
        self._get = get
        records = [entry.record for entry in corpus.entries() if entry.record]
        self._known = {plain_address(url): each.id for each in records for url in each.also_at}
        self._known |= {plain_address(each.url): each.id for each in records}

    def carry_out(self, url: str) -> Verdict:
        """Bring a page into the corpus; `record` is the one that it became, or is already.

        Raises Refused where it cannot be brought in; another HubError where that is not the page's fault.
        """
        try:
            return self._taken(address_of(url, "") or url)
        except (FetchFailed, Unreadable) as error:
            raise Refused(_sentence(str(error))) from error
        except InvalidRecord as error:
            why = "; ".join(str(problem) for problem in error.problems)
            raise Refused(_sentence(f"The page does not make a record: {why}")) from error
        except (HubError, OSError):
            raise
        except Exception as error:  # one page that nobody foresaw stops no other
            raise Refused(_sentence(f"The page could not be read ({type(error).__name__}: {error})")) from error

    def _taken(self, address: str) -> Verdict:
        if there := self._there(address):
            return there
        source = source_of(address, self._sources)
        get = partial(self._get, delay=source.delay)
        reference = Reference(short_id(address), address, kind="html")
        item = Reader(source, self._mapper, self._pages, get).read(reference)
        if there := self._there(item.url):
            return there
        if _host(item.url) != _host(address):  # what a source's file says of its pages says nothing of this one
            source = _plain_source(item.url, self._sources)
        verdict = self._desk.take(item, source, "")
        self._known[plain_address(item.url)] = verdict.record
        return verdict

    def _there(self, address: str) -> Verdict | None:
        record_id = self._known.get(plain_address(address))
        said = "the corpus has a record with this address already"
        return Verdict(Outcome.SKIPPED, said, record_id) if record_id else None


def source_of(address: str, sources: Sequence[Source]) -> Source:
    """What to read a page by: rules, language, licence of the corpus' source that its site is; else only its host.

    Its name is never that of a source's file: what was asked for by itself is nothing that the source lists, and the
    next harvest would make it a second time, or call it gone.
    """
    plain = _plain_source(address, sources)
    found = [source for source in sources if _takes(source, address)]
    if not found:
        return plain
    best = max(found, key=lambda source: len(plain_address(source.home)) * _is_below(source, address))
    # The page is all that there is of it: no listing tells anything, and no key is sent.
    return replace(best, id=plain.id, protocol="sitemap", address=address, home="", headers={}, options={}, fields={})


def _plain_source(address: str, sources: Iterable[Source]) -> Source:
    """A source that nothing is known of but its host."""
    host = _host(address)
    name = slug(host) or "page"
    taken = any(source.id == name for source in sources)
    return Source(f"{name}-pages" if taken else name, host, "sitemap", address)


def _takes(source: Source, address: str) -> bool:
    """Whether an address is one of a source's: on its host, and as its patterns say, or else below its home."""
    hosts = {_host(source.home), _host(source.address), *re.split(r"[,\s]+", source.options.get("hosts", ""))}
    return _host(address) in hosts and wanted(source, address) and (bool(source.include) or _is_below(source, address))


def _is_below(source: Source, address: str) -> bool:
    return plain_address(address).startswith(plain_address(source.home))


def _host(url: str) -> str:
    """The host of an address without www; empty where it has none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _sentence(text: str) -> str:
    return line(text)[:REASON].strip()
