"""The Clearing-House: its index and documents, targets, languages, and the examples in national reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harvest_json_web import Web, source, split

from hub.corpus import Corpus
from hub.record import Link
from indexer.harvest.item import Reference, Unreadable
from indexer.harvest.mapping import Mapper
from indexer.harvest.protocols import cbd

ROOT = Path(__file__).resolve().parents[1]
API = "https://api.example/api/v2013"
INDEX = f"{API}/index/select?q=schema_s:resource"
FIRST = f"{INDEX}&start=0&wt=json&rows=100"


@pytest.fixture(scope="module")
def mapper() -> Mapper:
    return Mapper(Corpus(ROOT / "corpus").vocabularies(), ROOT / "corpus" / "tagging")


def _index(*docs: Any, found: int | None = None) -> dict[str, Any]:
    facets = {"facet_fields": {"gbfTargets_REL_ss": ["GBF-TARGET-02", 12, "GBF-TARGET-03", 9]}}
    return {"response": {"numFound": len(docs) if found is None else found, "docs": list(docs)}, "facet_counts": facets}


def _entry(number: int, **more: Any) -> dict[str, Any]:
    given = {"identifier_s": f"ID-{number}@2", "schema_s": "resource", "title_t": f"Title {number}"}
    return {
        **given,
        "updatedDate_dt": f"2025-0{number}-09T10:00:00Z",
        "url_ss": [f"https://chm.example/{number}"],
        **more,
    }


def _document(number: int, **more: Any) -> dict[str, Any]:
    return {"header": {"identifier": f"ID-{number}", "schema": "resource", "languages": ["en"]}, **more}


def test_reads_the_index_page_by_page_with_documents(mapper: Mapper) -> None:
    body = _document(
        1,
        title={"en": "Reed beds", "fr": "Roselières"},
        summary={"en": "Short", "fr": "Court"},
        publicationDate="2024-12",
        covers=[{"url": "/api/v2013/x.jpg", "name": "x.jpg"}],
        countryRegions=[{"identifier": "ao"}, {"identifier": "A23DD6C0-44C5-418D-83B5-461D79D2721A"}],
        gbfTargets=[{"identifier": "GBF-TARGET-01"}],
        cbdSubjects=[{"identifier": "CBD-SUBJECT-AGR"}],
    )
    web = Web(
        {
            FIRST: _index(_entry(1), _entry(2), found=3),
            f"{INDEX}&wt=json&rows=100&start=2": _index(_entry(3), found=3),
            f"{API}/documents/ID-1": {"body": body},
            f"{API}/documents/ID-2": _document(2, title={"en": "Two"}),
            f"{API}/documents/ID-3": 503,
        }
    )
    items, skipped = split(cbd.gather(source("cbd", INDEX), web, ""))
    assert [item.id for item in items] == ["ID-1", "ID-2"]
    assert [(skip.id, skip.failed) for skip in skipped] == [("ID-3", True)]
    item = mapper.item(items[0], cbd.FIELDS, items[0].url)
    assert (item.title, item.abstract, item.issued, item.language) == ("Reed beds", "Short", "2024-12", "en")
    assert (item.url, item.modified, item.countries) == ("https://chm.example/1", "2025-01-09", ("AGO",))
    assert item.source_tags == ("GBF-TARGET-01", "CBD-SUBJECT-AGR")
    assert item.images == (Link("https://api.example/api/v2013/x.jpg", "x.jpg"),)
    assert item.translations is not None
    assert item.translations["fr"].title == "Roselières"


def test_what_the_index_says_will_do_where_a_document_is_closed() -> None:
    items, skipped = split(cbd.gather(source("cbd", INDEX), Web({FIRST: _index(_entry(1))}), ""))
    assert ([item.id for item in items], skipped) == (["ID-1"], [])


def test_asks_for_changes_only() -> None:
    address = f"{INDEX}&fq=NOT%20version_s:*"
    web = Web({})
    with pytest.raises(Exception, match="404"):
        list(cbd.gather(source("cbd", address), web, "2025-02-01"))
    assert "fq=%28NOT%20version_s:*%29%20AND%20%28updatedDate_dt:%5B2025-02-01T00:00:00Z%20TO%20*%5D%29" in web.asked[0]


@pytest.mark.parametrize(
    ("entry", "targets"),
    [
        ({"gbfTargets_ss": ["GBF-TARGET-02"], "gbfTargets_REL_ss": ["GBF-TARGET-03"]}, ["GBF-TARGET-02"]),
        ({"gbfTargets_REL_ss": ["GBF-TARGET-03", "GBF-GOAL-A", "GBF-TARGET-031", "GBF-TARGET-03"]}, ["GBF-TARGET-03"]),
        ({"gbfTargets_REL_ss": [None, 3]}, []),
        ({}, []),
    ],
)
def test_targets_are_targets_only(entry: dict[str, Any], targets: list[str]) -> None:
    items, _ = split(cbd.references(_index(_entry(1, **entry)), API))
    assert items[0].data is not None
    assert items[0].data["targets"] == targets


def test_languages_of_the_index_and_texts_repeated_in_all() -> None:
    told = {"title_EN_t": "Hope", "title_FR_t": "Espoir", "summary_EN_t": "Same", "summary_FR_t": "Same"}
    items, _ = split(cbd.references(_index(_entry(1, **told)), API))
    assert items[0].data is not None
    assert (items[0].data["titles"], items[0].data["summaries"]) == ({"en": "Hope", "fr": "Espoir"}, {})


@pytest.mark.parametrize(
    ("given", "known"),
    [("A-B@2", "A-B"), ("A-B", "A-B"), ("ort-nt7m-pa-1-1", "ort-nt7m-pa-1-1"), ("a@b.org", "a@b.org")],
)
def test_identifiers_lose_their_revision(given: str, known: str) -> None:
    assert cbd.identifier(given) == known


def test_skips_what_is_no_case() -> None:
    docs = [
        _entry(1, schema_s="nationalTarget7"),
        _entry(2, schema_s="focalPoint"),
        _entry(3, title_t=""),
        {"schema_s": "resource"},
        "text",
        _entry(4, schema_s="nationalReport7"),
    ]
    items, skipped = split(cbd.references(_index(*docs), API))
    assert not items
    assert [(skip.reason, skip.failed) for skip in skipped] == [
        ("is a document of the kind nationalTarget7, not a case", False),
        ("is a document of the kind focalPoint, not a case", False),
        ("has no title", False),
        ("is an entry without an identifier", True),
        ("is not an object with fields", True),
        ("is a national report of which section III is not at hand", False),
    ]


def test_a_case_study_of_the_old_kind_is_a_case(mapper: Mapper) -> None:
    document = {"header": {"schema": "caseStudy", "identifier": "C"}, "title": {"en": "T"}, "summary": {"en": "S"}}
    document |= {"description": {"en": "D"}, "countries": [{"identifier": "be"}], "startDate": "2012-01-01"}
    document |= {"languages": [{"identifier": "lang-en"}]}
    found = next(iter(cbd.references(document, "file.json")))
    assert isinstance(found, Reference)
    item = mapper.item(found, cbd.FIELDS, "")
    assert (item.title, item.text, item.countries, item.began, item.language) == (
        "T",
        "D",
        ("BEL",),
        "2012-01-01",
        "en",
    )


REPORT = {
    "header": {"identifier": "NR7-BE", "schema": "nationalReport7", "languages": ["en"]},
    "government": {"identifier": "be"},
    "sectionIII": [
        {
            "target": {"identifier": "NT-1@3"},
            "mainActionsSummary": {"en": "<p>We acted.</p>"},
            "progressSummary": {"en": "<p>It went on.</p>"},
            "keyChallengesSummary": {"en": "<p>Money.</p>"},
            "actionEffectivenessSummary": {"en": "<p>Case: <a href='https://x.example'>link</a></p>"},
        },
        {"target": {"identifier": "GBF-TARGET-03"}, "actionEffectivenessInfo": {"fr": "<p>Un exemple</p>"}},
        {"target": {"identifier": "NT-2"}, "actionEffectivenessSummary": {"en": "<p>&nbsp;</p>"}},
        {"actionEffectivenessSummary": {"en": "Whose?"}},
    ],
}


def test_each_example_of_a_national_report_is_an_item(mapper: Mapper) -> None:
    entry = _entry(1, identifier_s="NR7-BE", schema_s="nationalReport7", title_EN_t="Report of Belgium", title_t=None)
    target = {"header": {"schema": "nationalTarget7", "identifier": "NT-1"}, "title": {"en": "Restore rivers"}}
    web = Web({FIRST: _index(entry), f"{API}/documents/NR7-BE": REPORT, f"{API}/documents/NT-1": target})
    items, skipped = split(cbd.gather(source("cbd", INDEX), web, ""))
    assert [item.id for item in items] == ["NR7-BE#NT-1", "NR7-BE#GBF-TARGET-03"]
    assert [(skip.id, skip.reason) for skip in skipped] == [
        ("NR7-BE#NT-2", "has no example of effective action"),
        ("NR7-BE", "a part of its section III names no target"),
    ]
    first, second = (mapper.item(item, cbd.FIELDS, item.url) for item in items)
    assert (first.title, first.text, first.action) == ("Restore rivers", "Case: link", "We acted.")
    assert (first.results, first.challenge, first.countries) == ("It went on.", "Money.", ("BEL",))
    assert (second.title, second.text) == ("Report of Belgium: GBF-TARGET-03", "Un exemple")
    assert second.source_tags == ("GBF-TARGET-03",)
    assert f"{API}/documents/GBF-TARGET-03" not in web.asked


def test_a_report_whose_document_fails_is_told_of() -> None:
    entry = _entry(1, schema_s="nationalReport7")
    _, skipped = split(cbd.gather(source("cbd", INDEX), Web({FIRST: _index(entry)}), ""))
    assert [(skip.id, skip.failed) for skip in skipped] == [("ID-1", True)]


def test_rows_of_the_reporting_tool(mapper: Mapper) -> None:
    row = {"uniqueId": "ORT-1", "target": "Target one", "government": "Belgium", "recordUrl": "https://ort.example/1"}
    rows = [{**row, "actionEffectivenessSummary": "An example", "globalTargets": "GBF-TARGET-02, GBF-TARGET-10"}]
    rows += [{**row, "target": "Two", "actionEffectivenessSummary": ""}, {"actionEffectivenessSummary": "Whose?"}]
    items, skipped = split(cbd.references(rows, API))
    item = mapper.item(items[0], cbd.FIELDS, items[0].url)
    assert (item.id, item.url, item.title, item.text) == (
        "ORT-1#Target one",
        "https://ort.example/1",
        "Target one",
        "An example",
    )
    assert item.countries == ("BEL",)
    assert set(item.source_tags) == {"GBF-TARGET-02", "GBF-TARGET-10", "Target one"}
    assert [skip.failed for skip in skipped] == [False, True]


def test_errors_of_the_index_are_told_in_its_words() -> None:
    with pytest.raises(Unreadable, match="is an error of the index: undefined field x"):
        cbd.entries({"error": {"msg": "undefined field x", "code": 400}})
    with pytest.raises(Unreadable, match="neither an answer"):
        cbd.entries({"x": 1})
