"""What to curate next: where records are missing, what grew stale, how sources do, how right the tagger is."""

import json
import sqlite3
from contextlib import closing
from datetime import date

import pytest
from conftest import make_record, tag

from hub.curation.overview import Month, coverage_of, sources_of, stale, tagger_quality
from hub.curation.shelf import row_of

TODAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def vocabularies(real_corpus):
    return real_corpus.vocabularies()


@pytest.fixture
def harvest(tmp_path):
    """The folder of the harvest: one source was tried again since it was done, one is begun."""
    folder = tmp_path / "odd#name%41"
    (folder / "reports").mkdir(parents=True)
    with closing(sqlite3.connect(folder / "state.sqlite")) as db, db:
        db.execute("CREATE TABLE run (source, tried, finished)")
        runs = [("lakes", "2026-11-21T08:00", "2026-11-20T08:00"), ("peat", None, None)]
        db.executemany("INSERT INTO run VALUES (?, ?, ?)", runs)
    return folder


def rows(*records):
    return [row_of(record) for record in records]


def many(source, drafts, published=0):
    """So many rows of one source."""
    statuses = ["draft"] * drafts + ["published"] * published
    return rows(*(make_record(f"{source}-{n}", source=source, status=s) for n, s in enumerate(statuses)))


def report(folder, name, *sources):
    (folder / "reports" / f"{name}.json").write_text(json.dumps({"sources": sources}))


def seen(record_id, last_seen, **changes):
    provenance = {"harvester": "test", "first_seen": "2020-01-01", "last_seen": last_seen}
    return make_record(record_id, provenance=provenance, **changes)


def decided(concept, decision, at="2026-11-02", method="rule", **more):
    return {**tag("theme", concept, decision), "method": method, "score": 0.9, "by": "anna", "at": at, **more}


def test_a_record_counts_once_in_every_region_that_holds_one_of_its_places(vocabularies):
    unknown = [tag("country", "XXX"), tag("region", "atlantis")]
    places = [*unknown, tag("country", "DEU"), tag("country", "FRA"), tag("region", "014")]
    coverage = coverage_of(rows(make_record(tags=[tag("target", "GBF-TARGET-02"), *places])), vocabularies)
    found = {region for _, region in coverage.cells} - {"atlantis"}
    assert found == {"155", "150", "001", "eu27", "un-weog", "mediterranean", "014", "202", "002"}
    assert set(coverage.cells.values()) == {1}
    assert (coverage.count("GBF-TARGET-02", "150"), coverage.count("GBF-TARGET-02", "019")) == (1, 0)


def test_a_record_counts_on_each_of_its_targets_with_or_without_a_place(vocabularies):
    two = make_record("a", tags=[tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-08"), tag("country", "KEN")])
    nowhere = make_record("b", tags=[tag("target", "GBF-TARGET-02")])
    coverage = coverage_of(rows(two, nowhere), vocabularies)
    assert coverage.targets == {"GBF-TARGET-02": 2, "GBF-TARGET-08": 1}
    assert (coverage.count("GBF-TARGET-02", "002"), coverage.count("GBF-TARGET-08", "002")) == (1, 1)


REJECTED = [tag("target", "GBF-TARGET-02", "rejected"), tag("country", "KEN")]


@pytest.mark.parametrize("changes", [{"status": "draft"}, {"status": "withdrawn"}, {"tags": REJECTED}])
def test_what_the_public_does_not_see_does_not_count(vocabularies, changes):
    tags = [tag("target", "GBF-TARGET-02"), tag("country", "KEN")]
    coverage = coverage_of(rows(make_record(**{"tags": tags, **changes})), vocabularies)
    assert (dict(coverage.cells), dict(coverage.targets)) == ({}, {})


def test_stale_is_what_is_published_and_was_unseen_for_longer_than_the_limit():
    day = seen("at-the-limit", "2025-11-26")
    old = [seen("b", "2025-11-25"), seen("a", "2025-11-25"), seen("oldest", "2024-01-01")]
    hidden = [seen("draft", "2020-01-01", status="draft"), seen("gone", "2020-01-01", status="withdrawn")]
    assert [row.id for row in stale(rows(day, *old, *hidden), TODAY)] == ["oldest", "a", "b"]
    assert [row.id for row in stale(rows(day), TODAY, days=364)] == ["at-the-limit"]


def test_the_tagger_is_judged_by_what_people_decided_of_its_suggestions_by_month():
    first = [decided("eco-urban", "accepted"), decided("eco-coast", "rejected", "2026-11-30", "model")]
    second = [decided("eco-urban", "accepted", "2026-10-31"), decided("eco-coast", "accepted", "2026-11-01")]
    months = tagger_quality(rows(make_record("a", tags=first), make_record("b", tags=second)))
    assert months == [Month("2026-11", 2, 1), Month("2026-10", 1, 0)]
    assert [month.right for month in months] == [pytest.approx(2 / 3), 1]


@pytest.mark.parametrize("more", [{"method": "curator"}, {"method": "source"}, {"decision": "suggested"}, {"by": None}])
def test_what_is_no_decision_about_a_machine_does_not_judge_it(more):
    entry = {name: value for name, value in {**decided("eco-urban", "accepted"), **more}.items() if value}
    assert tagger_quality(rows(make_record(tags=[entry]))) == []


def test_sources_in_trouble_come_first_and_then_those_with_most_drafts(harvest):
    report(harvest, "20261121", {"source": "peat", "trouble": "the list broke off", "counts": {"new": 2}})
    found = sources_of([*many("few", 1, 9), *many("lakes", 3, 1), *many("more", 1, 10), *many("peat", 0, 1)], harvest)
    assert [(each.id, each.drafts, each.records) for each in found] == [
        ("peat", 0, 1), ("lakes", 3, 4), ("more", 1, 11), ("few", 1, 10),
    ]  # fmt: skip
    assert (found[0].trouble, found[0].counts, found[1].counts) == ("the list broke off", {"new": 2}, None)


def test_a_source_is_called_as_its_records_print_it_and_has_its_last_run_though_it_has_no_record_yet(harvest):
    lakes, peat = sources_of(rows(make_record(source="lakes", publisher="Lakes of the World")), harvest)
    assert (lakes.name, lakes.tried, lakes.finished) == ("Lakes of the World", "2026-11-21T08:00", "2026-11-20T08:00")
    assert (peat.name, peat.records, peat.tried, peat.finished) == ("peat", 0, "", "")


def test_of_several_reports_on_a_source_the_newest_counts(harvest):
    report(harvest, "20261101", {"source": "lakes", "trouble": "old"}, {"source": "peat", "counts": {"new": 1}})
    report(harvest, "20261120", {"source": "lakes", "counts": {"new": 7}})
    lakes, peat = sources_of(many("lakes", 1), harvest)
    assert (lakes.trouble, lakes.counts, peat.counts) == ("", {"new": 7}, {"new": 1})


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"sources": [{"counts": 1}]}', b'{"sources": [{"source": "\xff"}]}']
)
def test_a_damaged_report_hides_no_other(harvest, content):
    report(harvest, "20261101", {"source": "lakes", "trouble": "still said"})
    (harvest / "reports" / "20261120.json").write_bytes(content)
    assert sources_of(many("lakes", 1), harvest)[0].trouble == "still said"


@pytest.mark.parametrize("content", [None, b"", b"this is no database at all" * 40])
def test_without_a_memory_of_the_harvest_sources_are_listed_all_the_same(tmp_path, content):
    if content is not None:
        (tmp_path / "state.sqlite").write_bytes(content)
    found = sources_of(many("lakes", 2), tmp_path)
    assert [(each.id, each.drafts, each.tried) for each in found] == [("lakes", 2, "")]
