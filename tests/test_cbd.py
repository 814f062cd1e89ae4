"""Records in the form of the Clearing-House: field by field, in its terms, and nothing that is not known."""

from __future__ import annotations

import re

import pytest
from conftest import PLAIN, ROOT, make_record, tag

from hub.engine.whoosh.engine import WhooshEngine
from hub.record import Decision
from hub.serialize.cbd import MANDATORY, NO_COUNTRIES, SUBJECTS, TO_ADD, identifiers, resource_json

PAGE = "https://hub.example.org/records/reed-bed"
SITE = "Knowledge Hub"
WHOLE = {
    "language": "fr", "title": "La roselière", "abstract": "Une roselière nettoie l’eau.",
    "translations": {"en": {"title": "The reed bed", "abstract": "Reed cleans water."}},
    "challenge": "L’eau était trouble.\n\nPersonne ne s’y baignait.",
    "action": "On planta <b>des roseaux</b> & des saules.", "results": "Plus claire.", "lessons": "Faucher.",
    "tags": [
        tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-11"), tag("target", "GBF-TARGET-08", "suggested"),
        tag("target", "GBF-TARGET-07", "rejected"), tag("theme", "eco-coast"), tag("theme", "eco-marine"),
        tag("theme", "act-restoration"), tag("theme", "gov-policy"), tag("theme", "thr-invasive", "suggested"),
        tag("country", "FRA"), tag("country", "NCL"), tag("region", "150"),
    ],
    "issued": "2024-12", "publisher": "Agence de l’eau", "license": "CC BY 4.0", "rights": "Agence",
    "also_at": ["https://example.org/again"], "references": ["https://example.org/paper"],
    "images": [{"url": "https://example.org/files/reed.jpg", "alt": "Une roselière", "credit": "Agence"},
               {"url": "https://example.org/files/lake.jpg"}],
    "documents": [{"url": "https://example.org/report.pdf", "alt": "Le rapport"}],
    "source": "example-portal", "source_id": "17", "contact": "office@example.org", "place": "Un lac",
    "organisations": ["Une ville"],
}  # fmt: skip


@pytest.fixture(scope="module")
def vocabularies(small):
    return WhooshEngine(small / "index").edition().vocabularies


def test_everything_that_is_known_has_its_place(vocabularies):
    assert resource_json(make_record("reed-bed", **WHOLE), vocabularies, PAGE, SITE) == {
        "header": {"schema": "resource", "languages": ["fr", "en"]},
        "title": {"fr": "La roselière", "en": "The reed bed"},
        "summary": {"fr": "Une roselière nettoie l’eau.", "en": "Reed cleans water."},
        "resourceTypes": [{"identifier": "6E27B530-7639-4091-AF58-9D61A77B4A28"}],
        "publisher": {"fr": "Agence de l’eau"},
        "source": {"fr": "Example Portal"},
        "publicationDate": "2024-12",
        "rights": {"fr": "CC BY 4.0. Agence"},
        "resourceLinks": [
            {"url": "https://example.org/cases/reed-bed", "name": "La roselière", "language": "fr"},
            {"url": "https://example.org/again", "name": "La roselière"},
        ],
        "covers": [
            {"url": "https://example.org/files/reed.jpg", "name": "Une roselière"},
            {"url": "https://example.org/files/lake.jpg", "name": "lake.jpg"},
        ],
        "countryRegions": [{"identifier": "fr"}],
        "gbfTargets": [{"identifier": "GBF-TARGET-02"}, {"identifier": "GBF-TARGET-11"}],
        "cbdSubjects": [{"identifier": "CBD-SUBJECT-MAR"}, {"identifier": "CBD-SUBJECT-ECORES"}],
        "relevantInformation": {
            "fr": "<p>L’eau était trouble.</p><p>Personne ne s’y baignait.</p>"
            "<p>On planta &lt;b&gt;des roseaux&lt;/b&gt; &amp; des saules.</p><p>Plus claire.</p><p>Faucher.</p>"
        },
        "relevantDocuments": [
            {"url": PAGE, "name": "La roselière – Knowledge Hub", "language": "fr"},
            {"url": "https://example.org/report.pdf", "name": "Le rapport"},
            {"url": "https://example.org/paper", "name": "https://example.org/paper"},
        ],
    }


def test_what_is_not_known_is_not_there(vocabularies):
    found = resource_json(make_record("reed-bed", publisher=None), vocabularies, PAGE, SITE)
    assert set(found) == {
        "header", "title", "summary", "resourceTypes", "source", "resourceLinks", "relevantDocuments",
    }  # fmt: skip
    assert "identifier" not in found["header"]
    assert not set(TO_ADD) & set(found)


def test_subjects_are_related_to_the_themes_in_the_vocabulary_too(vocabularies):
    for theme, subject in SUBJECTS.items():
        assert subject in vocabularies["theme"].get(theme).related, theme


def test_territories_that_the_thesaurus_lacks_are_ours_and_no_members_of_the_united_nations(vocabularies):
    def code(country):
        (found,) = (name[8:].lower() for name in country.exact_match if name.startswith("ISO3166-"))
        return found

    countries = {country.id: code(country) for country in vocabularies["country"]}
    assert set(countries.values()) > NO_COUNTRIES
    assert len(countries) - len(NO_COUNTRIES) == 197  # 198 in the thesaurus, with the European Union
    members = {name for group in vocabularies["region"] if group.id.startswith("un-") for name in group.member}
    assert len(members) == 192 and not {countries[name] for name in members} & NO_COUNTRIES


def test_identifiers_are_those_of_the_tags_that_count(vocabularies):
    record = make_record("reed-bed", **WHOLE)
    assert identifiers(record, vocabularies, Decision.ACCEPTED, Decision.SUGGESTED) == {
        "targets": ["GBF-TARGET-02", "GBF-TARGET-11", "GBF-TARGET-08"],
        "subjects": ["CBD-SUBJECT-MAR", "CBD-SUBJECT-ECORES", "CBD-SUBJECT-IAS"],
        "countries": ["fr", "nc"],
    }
    assert identifiers(make_record("x", tags=[tag("target", "GBF-GOAL-A"), tag("country", "ZZZ")]), vocabularies) == {
        "targets": [], "subjects": [], "countries": [],
    }  # fmt: skip


def test_the_page_knows_its_address_and_the_site_its_name(client):
    found = client.get("/records/reed-bed.cbd.json")
    assert (found.status_code, found.mimetype) == (200, "application/json")
    assert found.json["relevantDocuments"][0] == {
        "url": "http://localhost/records/reed-bed", "name": f"{PLAIN['title']} – Knowledge Hub", "language": "en",
    }  # fmt: skip
    assert found.headers["ETag"] and found.headers["Access-Control-Allow-Origin"] == "*"


def test_what_is_left_to_the_editor_is_written_down():
    guide = (ROOT / "docs" / "clearing-house.md").read_text(encoding="utf-8")
    to_do = guide.partition("## Before you submit")[2]
    for name in (*TO_ADD, "header.identifier", "publicationDate", "cbdSubjects"):
        assert re.search(rf"^\| `{name}` \|", to_do, re.M), name
    for name in MANDATORY:
        assert f"`{name}`" in guide, name
