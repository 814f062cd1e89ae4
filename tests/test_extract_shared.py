"""Real pages: how much of the text, the titles and the languages is right; and no page makes it fail."""

from __future__ import annotations

import gzip
import importlib
from pathlib import Path

import pytest
from conftest import ROOT

from hub.record import SECTIONS
from indexer.extract.page import extract
from indexer.harvest.item import Unreadable

SHARED = Path(__file__).resolve().parents[2] / "shared" / "harvest"
FIXTURES = SHARED / "fixtures"
pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the real files in ../shared/harvest are not here")


@pytest.fixture
def result(monkeypatch):
    """Measures a set of pages as the benchmark does."""
    monkeypatch.syspath_prepend(ROOT)
    benchmark = importlib.import_module("benchmarks.extraction")
    return lambda name: benchmark.measure(benchmark.SETS[name](FIXTURES / name), benchmark.ours)


def share(values):
    return sum(values) / len(values)


def test_articles(result):
    assert share(result("html-pages-article-benchmark").f1) >= 0.95


def test_reader_pages(result):
    found = result("html-pages-with-expected")
    assert share(found.f1) >= 0.93
    assert share(found.lenient) >= 0.95
    assert share(found.language) >= 0.97


def test_phrases(result):
    found = result("html-pages")
    assert share(found.phrases) >= 0.93
    assert share(found.foreign) >= 0.9


@pytest.mark.parametrize("folder", ["html-pages", "structured-data", "html-pages-article-benchmark"])
def test_no_page_makes_it_fail(folder):
    for path in sorted((FIXTURES / folder).glob("*.html*")):
        body = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        try:
            item = extract(body, "https://www.example.org/a/page")
        except Unreadable as reason:
            assert folder == "structured-data", f"{path.name}: {reason}"
            continue
        assert item.title or folder == "structured-data", path.name
        assert any(getattr(item, field) for field in ("abstract", "text", *SECTIONS))
