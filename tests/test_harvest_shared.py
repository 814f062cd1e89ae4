"""Real files of every kind, harvested from end to end: each gives a draft, or a reason that somebody foresaw."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from indexer.extract.page import extract
from indexer.fetch.client import Fetcher
from indexer.fetch.store import Store
from indexer.harvest.run import Harvest, Wanted
from indexer.harvest.source import Source
from indexer.harvest.state import State

SHARED = Path(__file__).resolve().parents[2] / "shared" / "harvest"
FOLDERS = [*sorted(SHARED.glob("fixtures/*")), SHARED / "payloads"] if SHARED.is_dir() else []
pytestmark = pytest.mark.skipif(not FOLDERS, reason="the real files in ../shared/harvest are not here")


@pytest.fixture(autouse=True)
def _read_here(monkeypatch):
    """Pages are read in this process: to start one that reads takes seconds."""
    monkeypatch.setattr("indexer.harvest.reading.PageReader._read", lambda _, *page: extract(*page))


@pytest.fixture
def harvest(corpus, tmp_path):
    """Harvests a folder; nothing of it may go out into the web."""
    store, state = Store(tmp_path / "fetched.sqlite"), State(tmp_path / "state.sqlite")

    def nowhere(host):
        raise AssertionError(f"asks for {host}")

    fetcher = Fetcher(store, "hub-test/1", resolve=nowhere)

    def run(folder):
        source = Source(
            "local", "Local", "folder", str(folder), "https://local.example/", language="en", full_text=True
        )
        (report,) = Harvest(corpus, state, fetcher, Wanted(), lambda *_: None).run([source])
        return report

    yield run
    fetcher.close()
    store.close()
    state.close()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_is_harvested_or_reported_with_a_reason(corpus, harvest, folder):
    if not folder.is_dir():
        pytest.skip("a file about the folders")
    before = set(corpus.check())
    first = harvest(folder)
    assert first.trouble in ("", "a part of the listing failed, so nobody looked for items that are gone")
    assert sum(first.counts.values()) >= 1
    for entry in first.entries:
        assert entry.outcome == "new" or entry.reason, entry
        assert "could not be read (" not in entry.reason, entry
    assert set(corpus.check()) == before
    files = {path.name: path.read_bytes() for path in corpus.records.glob("*.yaml")}
    again = harvest(folder)
    moved = Counter(first.counts)
    assert again.counts.get("unchanged", 0) == moved["new"]
    assert again.counts.get("new", 0) == again.counts.get("changed", 0) == again.counts.get("gone", 0) == 0
    assert {path.name: path.read_bytes() for path in corpus.records.glob("*.yaml")} == files
