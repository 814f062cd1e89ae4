"""A harvest: all sources side by side, every host at its own pace, every item on its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlsplit

from msgspec.structs import replace

from hub.corpus import Corpus
from hub.errors import HubError, InvalidRecord
from indexer.fetch.client import Fetcher, headers_for
from indexer.harvest.desk import Desk, Verdict
from indexer.harvest.item import FetchFailed, Reference, Skipped
from indexer.harvest.mapping import Mapper
from indexer.harvest.protocols import NEWEST, protocol
from indexer.harvest.protocols.identity import short_id
from indexer.harvest.reading import PageReader, Reader
from indexer.harvest.report import Outcome, SourceReport, Tally
from indexer.harvest.source import Source, folder_of, secrets_of, wanted, with_secrets
from indexer.harvest.state import State
from indexer.harvest.values import date_of
from indexer.tag.tagger import FOLDER as TAGGING

SECONDS = 6 * 3600  # of one run; what is left is for the next
_SOURCES = 16  # read at the same time
_LANES = 64
_WAITING = 100  # items of one source that wait to be read, so that memory stays flat

Told = Callable[[str, Tally], None]


@dataclass(frozen=True)
class Wanted:
    """What is asked of a run: how many items of each source (0: all), only what changed since, whether to write."""

    limit: int = 0
    since: str = ""
    dry: bool = False

    @property
    def whole(self) -> bool:
        """Whether the run sees all that a source lists."""
        return not (self.limit or self.since)


@dataclass
class _Progress:
    """How far one source is."""

    run: str
    resumed: bool
    tally: Tally
    wanted: int = 0
    seen: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    broken: bool = False  # a part of the listing could not be read


class Harvest:
    """Harvests sources into a corpus. `told` hears of every item as it is done."""

    def __init__(self, corpus: Corpus, state: State, fetcher: Fetcher, asked: Wanted, told: Told) -> None:
        vocabularies = corpus.vocabularies()
        today = datetime.now(UTC).date().isoformat()
        self._folder = corpus.folder
        self._state = State(None) if asked.dry else state
        self._desk = Desk(corpus, vocabularies, self._state, today, asked.dry)
        self._mapper = Mapper(vocabularies, corpus.folder / TAGGING)
        self._fetcher = fetcher
        self._asked = asked
        self._told = told
        self._pages = PageReader(self._state)
        self._lanes: dict[str, ThreadPoolExecutor] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._until = time.monotonic() + SECONDS

    def run(self, sources: Iterable[Source]) -> list[SourceReport]:
        """Harvest the sources and report on each. An interruption (Ctrl+C) ends it early; the next run goes on."""
        with self._pages, ThreadPoolExecutor(_SOURCES) as pool:
            jobs = [pool.submit(self._source, source) for source in sources]
            try:
                while not all(job.done() for job in jobs):
                    wait(jobs, timeout=0.5)
            except KeyboardInterrupt:
                self._stop.set()
                self._fetcher.close()
            finally:
                reports = [job.result() for job in jobs]
                for lane in self._lanes.values():
                    lane.shutdown()
        return reports

    def _source(self, source: Source) -> SourceReport:
        begun, now, trouble = time.monotonic(), datetime.now(UTC), ""
        progress = _Progress("", False, Tally(secrets_of(source)))
        try:
            if self._asked.whole:
                progress.run, progress.resumed = self._state.begin(source.id, now)
            trouble = self._items(source, progress)
            if self._asked.whole and not self._interrupted():
                self._state.finish(source.id, datetime.now(UTC), whole=True)
        except HubError as error:
            trouble = self._ended(source, str(error))
        except Exception as error:
            trouble = self._ended(source, f"could not be listed ({type(error).__name__}: {error})")
        if self._interrupted():
            why = "interrupted" if self._stop.is_set() else f"stopped after {SECONDS // 3600} hours"
            trouble = f"{why}: the next harvest goes on from here"
        tally = progress.tally
        seconds, started = time.monotonic() - begun, now.isoformat(timespec="seconds")
        told = tuple(tally.entries)
        return SourceReport(
            source.id, started, seconds, dict(tally.counts), told, tally.clean(trouble), progress.resumed
        )

    def _ended(self, source: Source, trouble: str) -> str:
        """Note that a run came to a bad end; what went wrong, with what goes wrong in noting it."""
        try:
            if self._asked.whole and not self._interrupted():
                self._state.finish(source.id, datetime.now(UTC), whole=False)
        except HubError as error:
            return f"{trouble}; {error}"
        return trouble

    def _interrupted(self) -> bool:
        return self._stop.is_set() or time.monotonic() > self._until

    def _items(self, source: Source, progress: _Progress) -> str:
        """Read all items of a source; returns what is doubtful about its listing."""
        asked = with_secrets(source)  # for those who ask the portal, and for nobody else
        if source.protocol == "folder":
            asked = replace(asked, address=str(folder_of(asked, self._folder)))
        headers = headers_for(asked.address, asked.headers)
        get = partial(self._fetcher.get, delay=source.delay, run=progress.run, headers=headers)
        reader = Reader(asked, self._mapper, self._pages, get)
        jobs: set[Future[None]] = set()
        try:
            for found in protocol(source.protocol).gather(asked, get, self._asked.since):
                if self._interrupted() or self._enough(progress):
                    return ""
                if isinstance(found, Skipped):
                    progress.broken |= found.failed
                    outcome = Outcome.FAILED if found.failed else Outcome.SKIPPED
                    self._count(source, progress, found.id, Verdict(outcome, found.reason))
                    continue
                found = replace(found, id=short_id(found.id))  # noqa: PLW2901 - ids come from outside
                if self._is_wanted(source, found, progress):
                    progress.wanted += 1
                    jobs.add(self._lane(source, reader, found).submit(self._item, source, reader, found, progress))
                    jobs = _few(jobs)
        finally:
            wait(jobs)
        return self._missing(source, progress)

    def _enough(self, progress: _Progress) -> bool:
        return bool(self._asked.limit) and progress.wanted >= self._asked.limit

    def _is_wanted(self, source: Source, found: Reference, progress: _Progress) -> bool:
        """Whether an item is to be read; deleted ones, strangers, old ones and what is listed twice are not."""
        if found.gone:
            progress.deleted.add(found.id)
            return False
        if found.id in progress.seen:
            self._count(source, progress, found.id, Verdict(Outcome.SKIPPED, "is listed twice"))
            return False
        progress.seen.add(found.id)
        if found.url and not wanted(source, found.url):
            self._count(source, progress, found.id, Verdict(Outcome.SKIPPED, "is none that the source's file takes"))
            return False
        since, modified = self._asked.since, date_of(found.modified)
        length = min(len(since), len(modified))
        if length and modified[:length] < since[:length]:
            self._count(source, progress, found.id, Verdict(Outcome.UNCHANGED))
            return False
        return True

    def _lane(self, source: Source, reader: Reader, found: Reference) -> ThreadPoolExecutor:
        """The queue of a host: two threads, so that one item is fetched while another is being read."""
        address = found.url if reader.follows and found.url else source.address
        host = urlsplit(address).netloc
        with self._lock:
            if host not in self._lanes and len(self._lanes) >= _LANES:
                host = sorted(self._lanes)[len(host) % _LANES]
            if host not in self._lanes:
                self._lanes[host] = ThreadPoolExecutor(2, thread_name_prefix=host)
            return self._lanes[host]

    def _item(self, source: Source, reader: Reader, found: Reference, progress: _Progress) -> None:
        if self._interrupted():
            return
        try:
            verdict = self._desk.take(reader.read(found), source, progress.run)
        except FetchFailed as error:
            if self._interrupted():
                return
            if error.kind == "gone" and found.data is None:  # the page is all that there is of it
                progress.seen.discard(found.id)
            verdict = Verdict(Outcome.FAILED, str(error))
        except InvalidRecord as error:
            verdict = Verdict(Outcome.FAILED, "; ".join(str(problem) for problem in error.problems))
        except HubError as error:
            verdict = Verdict(Outcome.FAILED, str(error))
        except Exception as error:
            verdict = Verdict(Outcome.FAILED, f"could not be read ({type(error).__name__}: {error})"[:500])
        self._count(source, progress, found.id, verdict)

    def _missing(self, source: Source, progress: _Progress) -> str:
        """Flag what the source does not list any more, if all that it lists was seen; what is doubtful about that."""
        if source.protocol in NEWEST or not self._asked.whole or self._interrupted():
            return ""
        if progress.broken:
            return "a part of the listing failed, so nobody looked for items that are gone"
        if progress.resumed:
            return ""  # its listing is from before the interruption; the next run looks
        flagged, doubt = self._desk.missing(source, progress.seen, progress.deleted, progress.run)
        for item_id, verdict in flagged.items():
            self._count(source, progress, item_id, verdict)
        return doubt

    def _count(self, source: Source, progress: _Progress, item_id: str, verdict: Verdict) -> None:
        progress.tally.add(item_id, verdict.outcome, verdict.reason, verdict.record, verdict.told)
        self._told(source.id, progress.tally)


def _few(jobs: set[Future[None]]) -> set[Future[None]]:
    """The jobs that are not done; waits until they are few."""
    while len(jobs := {job for job in jobs if not job.done()}) >= _WAITING:
        wait(jobs, return_when=FIRST_COMPLETED)
    return jobs
