"""`indexer watch`: keep the index at the state of the corpus; harvest what is due, bring in what is asked for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from hub.config import Config, load_config
from hub.corpus import INDEXED, Corpus
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import HubError
from hub.requests import Requests
from indexer.build import Done, build
from indexer.bulk import is_current
from indexer.harvest.commands import is_due
from indexer.harvest.source import read_sources
from indexer.harvest.state import State, state_file
from indexer.terminal import say, warn

_LOOK = 1.0  # seconds between two looks at the corpus
_AGAIN = 30.0  # seconds to the next try of what could not be done
_PATIENCE = 60.0  # seconds in which a harvest has to stop
_DUE = 60.0  # seconds between two looks at the schedules
_BULK = 300.0  # seconds from one bulk file to the next, at least: it is written whole whatever little has changed

Signature = tuple[tuple[str, int, int], ...]


@click.command("watch")
def watch_command() -> None:
    """Bring every change of the corpus into the index within seconds, and keep the schedules of the sources.

    Beside it, one after the other, the pages that somebody asks for are brought in, and what is due is harvested and
    tagged. Runs until it is stopped (Ctrl+C).
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    Watch(load_config()).run()


class Watch:
    """What `indexer watch` does, one step a second."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._corpus = Corpus(config.corpus)
        self._engine = WhooshEngine(config.index, config.semantic)
        self._built: Signature | None = None
        self._failed: Signature | None = None  # the state of which no index could be made
        self._next_try = 0.0
        self._harvest: subprocess.Popen[bytes] | None = None  # or what brings in the pages that are asked for
        self._next_look = 0.0
        self._bulk: subprocess.Popen[bytes] | None = None
        self._next_bulk = 0.0
        self._requests = Requests(config.corpus)
        self._asked: Signature = ()
        self._next_request = 0.0

    def run(self) -> None:
        """Go on until interrupted; a harvest that is running is then asked to stop, and waited for."""
        say(f"Watching {self._config.corpus} (stop with Ctrl+C).")
        try:
            while True:
                self.step(time.monotonic())
                time.sleep(_LOOK)
        except KeyboardInterrupt:
            self.stop()
            say("Stopped.")

    def stop(self) -> None:
        """End what runs beside this."""
        for process in (self._bulk, self._harvest):
            if process is not None and process.poll() is None:
                process.terminate()
                try:
                    process.wait(_PATIENCE)
                except subprocess.TimeoutExpired:
                    process.kill()

    def step(self, now: float) -> None:
        """Look once: build where the corpus is another than it was, fetch where something is asked for or due."""
        state = signature(self._config.corpus)
        if state != self._built and (state != self._failed or now >= self._next_try):
            built = self._build()
            self._built, self._failed = (state, None) if built else (self._built, state)
            self._next_try = now + _AGAIN
        self._make_bulk(now)
        if self._harvest is not None and self._harvest.poll() is None:
            return  # only one at a time goes out into the web
        if self._is_asked(now):
            self._harvest = _started("requests")
        elif now >= self._next_look:
            self._next_look = now + _DUE
            if self._due():
                self._harvest = _started("harvest", "--due", "--tag")

    def _make_bulk(self, now: float) -> None:
        """Have the bulk file made where it is of another state; in a process of its own, so that no change waits."""
        if now < self._next_bulk or (self._bulk is not None and self._bulk.poll() is None):
            return
        try:
            if is_current(self._engine, self._config):
                return
        except HubError:  # there is no index to make it from
            return
        self._next_bulk = now + _BULK
        self._bulk = _started("bulk")
        os.setpriority(os.PRIO_PROCESS, self._bulk.pid, 10)  # the next change of the index goes first

    def _build(self) -> bool:
        """Bring the index to the state of the corpus; whether that worked."""
        try:
            report = build(self._corpus, self._engine, changes=self._config.changes)
        except HubError as error:
            warn(str(error))
            return False
        for problem in report.problems:
            warn(str(problem))
        if report.added or report.changed or report.removed or report.done is Done.FRESH:
            changed = f"{report.added} added, {report.changed} changed, {report.removed} removed"
            say(f"{datetime.now(UTC).strftime('%H:%M:%S')} {report.info.records} records in the index: {changed}.")
        return True

    def _is_asked(self, now: float) -> bool:
        """Whether a request waits; they are read where one has changed, and now and then."""
        files = listing(self._requests.folder)
        changed = files != self._asked
        if not (changed or now >= self._next_request):
            return False
        self._asked, self._next_request = files, now + _AGAIN
        requests, problems = self._requests.read()
        for problem in problems if changed else ():
            warn(str(problem))
        return any(request.pending for request in requests)

    def _due(self) -> bool:
        sources, problems = read_sources(self._config.corpus)
        for problem in problems:
            warn(str(problem))
        state = State(state_file(self._config))
        try:
            return any(is_due(source, state, datetime.now(UTC)) for source in sources)
        finally:
            state.close()


def _started(*command: str) -> subprocess.Popen[bytes]:
    # In a session of its own: Ctrl+C reaches it through us alone, and once.
    return subprocess.Popen([sys.executable, "-m", "indexer", *command], start_new_session=True)  # noqa: S603


def signature(corpus: Path) -> Signature:
    """What tells one state of a corpus from another without reading it: names, sizes and times of its files."""
    paths = [path for part in INDEXED for path in corpus.glob(part.replace("*.", "[!.]*."))]
    found = []
    for path in sorted(paths):
        try:
            status = path.stat()
        except FileNotFoundError:  # replaced or deleted in this moment: the next look sees it
            continue
        found.append((path.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def listing(folder: Path) -> Signature:
    """The same for a single folder, which may be missing."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.stat()) for entry in entries if not entry.name.startswith(".")]
    except OSError:  # there is none, or a file was deleted in this moment: the next look sees it
        return ()
    return tuple(sorted((name, status.st_mtime_ns, status.st_size) for name, status in found))
