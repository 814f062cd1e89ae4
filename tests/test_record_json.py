"""Records as JSON: every field, and nothing that is for curators only."""

from __future__ import annotations

import json

import pytest
from conftest import PLAIN, make_record, tag
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from hub.record import CURATORS_ONLY, FIELDS
from hub.serialize.record_json import record_json, vocabularies_json, vocabulary_json
from hub.vocabulary import from_data
from hub.web.openapi import openapi_document

FULL = {
    "challenge": "a", "action": "b", "results": "c", "lessons": "d", "text": "e",
    "translations": {"fr": {"title": "t", "abstract": "a"}, "sr-Latn": {"title": "t", "abstract": "a"}},
    "tags": [tag("target", "GBF-TARGET-08") | {"score": "0", "by": "TSCC", "at": "2026-01-02", "method": "model",
                                               "evidence": {"field": "text", "quote": "e"}}],
    "place": "Lake", "point": {"lon": "0", "lat": "-3.5", "precision": "exact"}, "began": "2014-05", "ended": "2019",
    "issued": "2020-01-31", "modified": "2021", "evidence_level": "measured", "organisations": ["A town"],
    "publisher": "Example Portal", "contact": "office@example.org", "source_id": "17", "license": "CC BY 4.0",
    "rights": "all", "source_tags": ["reed"], "also_at": ["https://example.org/a"], "references": ["https://example.org/b"],
    "replaces": ["reeds"], "images": [{"url": "https://example.org/c.jpg", "alt": "reed", "credit": "Town"}],
    "documents": [{"url": "https://example.org/d.pdf", "alt": "report", "credit": "Town"}],
    "provenance": PLAIN["provenance"] | {"content_hash": "ab", "words": "source", "read": "page", "note": "look again"},
}  # fmt: skip


@pytest.fixture
def vocabularies(engine):
    return engine.edition().vocabularies


def address(kind, name):
    return f"https://hub.example.org/{kind}/{name}"


def test_every_field_of_a_record_is_written_and_described(vocabularies):
    data = record_json(make_record("reed-bed", **FULL), vocabularies, address)
    document = openapi_document()
    registry = Registry().with_resource("urn:api", DRAFT202012.create_resource(document))
    Draft202012Validator({"$ref": "urn:api#/components/schemas/Record"}, registry=registry).validate(data)
    assert tuple(data) == (*(name for name in FIELDS if name not in (*CURATORS_ONLY, "tags")), "tags", "links")
    schemas = document["components"]["schemas"]
    properties = schemas["Record"]["properties"]
    assert set(data) == set(properties)
    for part in ("point", "provenance"):
        assert set(data[part]) == set(properties[part]["properties"])
    assert set(data["tags"][0]) == set(schemas["Tag"]["properties"])
    assert set(data["images"][0]) == set(schemas["MediaLink"]["properties"])
    assert (data["tags"][0]["score"], data["point"]) == (0.0, {"lon": 0.0, "lat": -3.5, "precision": "exact"})


def test_links_are_made_by_who_knows_the_addresses(vocabularies):
    assert record_json(make_record("reed-bed"), vocabularies, address)["links"] == {
        "self": "https://hub.example.org/record/reed-bed",
        "html": "https://hub.example.org/html/reed-bed",
        "source": "https://example.org/cases/reed-bed",
    }


def test_a_record_has_tags_even_where_there_are_none(vocabularies):
    assert record_json(make_record(tags=None), vocabularies, address)["tags"] == []


def test_a_record_shows_nothing_that_is_for_curators_only(vocabularies):
    record = make_record(
        tags=[tag("target", "GBF-TARGET-02", "rejected"), tag("target", "GBF-TARGET-03", "suggested")],
        contact="office@example.org",
        proposals=[tag("type", "tool", "suggested")],
        provenance={"harvester": "t", "first_seen": "2026", "last_seen": "2026", "note": "look again", "gone": "2026"},
        changes=[{"field": "title", "at": "2026", "value": "Another"}],
    )
    data = record_json(record, vocabularies, address)
    assert [(t["concept"], t["decision"]) for t in data["tags"]] == [("GBF-TARGET-03", "suggested")]
    assert not {"contact", "proposals", "changes"} & set(data)
    assert data["provenance"] == {"harvester": "t", "first_seen": "2026", "last_seen": "2026"}


def test_a_tag_whose_concept_is_unknown_keeps_its_id(vocabularies):
    record = make_record(tags=[tag("target", "GBF-TARGET-99"), tag("mood", "merry")])
    data = record_json(record, vocabularies, address)
    assert [(t["notation"], t["pref_label"]) for t in data["tags"]] == [("GBF-TARGET-99", {}), ("merry", {})]


def test_a_vocabulary_can_be_read_back(vocabularies):
    for vocabulary in vocabularies.values():
        data = json.loads(json.dumps(vocabulary_json(vocabulary, address)))
        assert data.pop("links") == {"self": f"https://hub.example.org/vocabulary/{vocabulary.id}"}
        assert from_data(data) == vocabulary


def test_vocabularies_are_listed_by_id(vocabularies):
    listed = vocabularies_json(vocabularies, address)["vocabularies"]
    assert [entry["id"] for entry in listed] == sorted(vocabularies)
    assert all(entry["concepts"] == len(vocabularies[entry["id"]].concepts) for entry in listed)
