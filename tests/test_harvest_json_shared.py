"""Real answers of portals, where they are at hand: items or a true reason, and what is known of their oddities."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hub.corpus import Corpus
from indexer.harvest.check import check_sources
from indexer.harvest.item import Item, Reference, Skipped, Unreadable
from indexer.harvest.mapping import Mapper
from indexer.harvest.protocols import protocol
from indexer.harvest.protocols.shapes import items_of, recognise
from indexer.harvest.source import Source, find_source, source_files

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "harvest"
FOLDERS = ("ckan-dcat", "drupal-jsonapi", "plone-restapi", "wordpress-rest", "scbd-json")
shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the collection of real answers is not at hand")


def _files() -> list[Path]:
    names = [path for folder in FOLDERS for path in sorted((SHARED / "fixtures" / folder).glob("*"))]
    names += sorted((SHARED / "payloads").glob("*"))
    return [path for path in names if path.suffix in (".json", ".resp", ".jsonld") and "schemaorg" not in path.name]


@cache
def _mapper() -> Mapper:
    return Mapper(Corpus(ROOT / "corpus").vocabularies(), ROOT / "corpus" / "tagging")


def _read(name: str) -> tuple[str, list[Reference], list[Skipped]]:
    path = next(path for path in _files() if path.name == name)
    kind = recognise(path.read_bytes())
    found = list(items_of(path.read_bytes(), "application/json", "https://portal.example/data.json"))
    return kind, [i for i in found if isinstance(i, Reference)], [i for i in found if isinstance(i, Skipped)]


def _item(kind: str, found: Reference, fields: Mapping[str, Any] | None = None) -> Item:
    return _mapper().item(found, {**protocol(kind).FIELDS, **(fields or {})}, found.url or "https://portal.example/")


@shared
@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_every_real_file_gives_items_or_a_reason(path: Path) -> None:
    try:
        kind = recognise(path.read_bytes())
        found = list(items_of(path.read_bytes(), "application/json", path.name))
    except Unreadable as error:
        assert str(error).startswith("is ")
        return
    assert found
    for entry in found:
        if isinstance(entry, Skipped):
            assert entry.reason
            assert not entry.failed
        else:
            assert entry.id
            assert _item(kind, entry).title


@shared
@pytest.mark.parametrize(
    ("name", "kind", "items"),
    [
        ("ckan__catalog.json", "ckan", 2),
        ("geodatagov__datasets_category_tags.json", "ckan", 3),
        ("dcat__catalog_pod.jsonld", "ckan", 1),
        ("get__64298e0287d27fab0128979741c9dece.json", "jsonapi", 8),
        ("get__ece33697bde993c7482fa55bd7d1d825.json", "jsonapi", 9),
        ("get__82b5bee41b110a3b4878543a451f5d5f.json", "jsonapi", 0),
        ("RobJacobson__pages.json", "wordpress", 10),
        ("RobJacobson__media_parent_2.json", "wordpress", 0),
        ("search.resp", "plone", 0),
        ("panorama_api_v1_solutions.json", "json", 1),
        ("wocat_qcat_v2_questionnaires.json", "json", 2),
    ],
)
def test_real_files_give_as_many_items_as_they_list(name: str, kind: str, items: int) -> None:
    found, references, _ = _read(name)
    assert (found, len(references)) == (kind, items)


@shared
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("geodatagov__sample6_bad_data.json", "is not valid JSON: line 82, character 7: a comma is missing"),
        ("get__5bee0d1fd2e0ecabbfae045266e65729.json", "is a recorded answer that the server refused: 404 Not Found"),
        ("navigation.resp", "is a Plone response about navigation, which lists no content"),
        ("addons_install_profile.resp", "is a recorded answer without content: 204 No Content"),
        ("scbd_gbf_targets_thesaurus.json", "is a vocabulary, a list of terms"),
    ],
)
def test_real_files_without_items_say_what_they_are(name: str, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        _read(name)
    assert str(error.value) == reason


@shared
def test_recorded_drupal_pages_have_their_own_address() -> None:
    kind, references, _ = _read("get__fcda4a04a801470374b13740a7437fe9.json")
    item = _item(kind, references[0])
    assert item.url == "https://demo-api.druxtjs.org/en/recipes/deep-mediterranean-quiche"
    assert item.abstract.startswith("An Italian inspired quiche")
    assert "Preheat the oven" in item.text


@shared
def test_1_climate_adapt_counts_wrongly_and_holds_lists_in_texts() -> None:
    kind, references, skipped = _read("eea_climateadapt_case_studies_map.json")
    assert (len(references), skipped) == (1, [])
    item = _item(kind, references[0])
    assert {"AGRICULTURE", "WATERMANAGEMENT", "MEASUREACTION", "D1", "Wetland restoration"} <= set(item.source_tags)
    assert item.url == "https://portal.example/en/metadata/case-studies/example"
    assert item.abstract == "HTML…"
    assert item.point is not None


@shared
def test_2_panorama_has_its_point_as_json_in_a_text() -> None:
    kind, references, _ = _read("panorama_api_v1_solutions.json")
    item = _item(kind, references[0], _source("panorama").fields)
    assert item.point is not None
    assert (item.point.lon, item.point.lat) == (-85.45, 10.15)
    assert (item.id, item.countries, item.text, item.results, item.abstract) == ("1234", ("CRI",), "…", "…", "…")
    assert {"Restoration"} <= set(item.source_tags)
    assert len(item.images) == 1


@shared
def test_3_bioland_has_five_kinds_of_identifiers_in_one_text() -> None:
    kind, references, _ = _read("bioland_jsonapi_node_content.json")
    item = _item(kind, references[0])
    assert item.source_tags == ("GBF-TARGET-02", "be", "CBD-SUBJECT-FOR", "SDG-GOAL-15", "Project")
    assert item.countries == ("BEL",)
    assert item.images[0].alt == "A river"


@shared
def test_4_5_cbd_targets_come_without_goals_and_facets_are_no_entries() -> None:
    kind, references, _ = _read("scbd_index_kmhub_request.json")
    assert (kind, len(references)) == ("cbd", 1)
    item = _item(kind, references[0])
    assert {"GBF-TARGET-02", "Case study"} <= set(item.source_tags)
    assert not any("GOAL" in tag for tag in item.source_tags)
    assert (item.type, item.countries) == ("case-study", ("AGO",))


@shared
def test_6_national_reports_give_their_examples() -> None:
    kind, references, _ = _read("scbd_nationalReport7_sectionIII.json")
    item = _item(kind, references[0])
    assert item.text.startswith("Case …")
    assert item.countries == ("BEL",)


@shared
def test_8_9_resources_have_references_with_revisions_and_dates_of_months() -> None:
    kind, references, _ = _read("scbd_document_resource.json")
    item = _item(kind, references[0])
    assert (item.id, item.issued) == ("38555401-8018-6255-B396-CB427060D564", "2024-12")
    assert item.countries == ("AGO",)
    assert "GBF-TARGET-17" in item.source_tags


@shared
def test_wocat_answers_stand_where_the_source_says() -> None:
    source = _source("wocat")
    _, references, _ = _read("wocat_qcat_v2_questionnaires.json")
    detail = json.loads((SHARED / "payloads" / "wocat_qcat_v2_questionnaire_detail.json").read_text("utf-8"))
    found = Reference("a", "", "", {**(references[0].data or {}), "detail": detail})
    item = _mapper().item(found, {**protocol("json").FIELDS, **source.fields}, "https://qcat.wocat.net/en/api/v2/")
    assert (item.type, item.url) == ("method", "https://qcat.wocat.net/en/wocat/approaches/view/approaches_2350/")
    assert item.images[0].url == "https://qcat.wocat.net/upload/ef/e/efe3d278.jpg"


def _source(name: str) -> Source:
    return find_source(ROOT / "corpus", name)


def _written() -> list[str]:
    return [path.stem for path in source_files(ROOT / "corpus")]


def test_the_sources_written_here_are_in_order() -> None:
    json_kinds = {"cbd", "ckan", "geojson", "json", "jsonapi", "plone", "wordpress"}
    known = [name for name in _written() if _source(name).protocol in json_kinds]
    assert {"cbd-resources", "cbd-nr7", "panorama", "climate-adapt", "wocat", "weadapt", "bise"} <= set(known)
    problems = [problem for problem in check_sources(Corpus(ROOT / "corpus")) if Path(problem.file).stem in known]
    assert problems == []


def _rows(name: str) -> dict[str, Any]:
    """A questionnaire of WOCAT as public programs read it: section, children, value."""
    values = {"tech_qg_1": ("tech_definition", "Terraces on slopes"), "tech_qg_2": ("tech_description", "Long text")}
    groups = {
        group: {"children": {question: {"value": [{"value": text}]}}} for group, (question, text) in values.items()
    }
    groups["qg_location"] = {
        "children": {"country": {"value": [{"value": "Kenya"}]}, "state_province": {"value": [{"value": "Meru"}]}}
    }
    groups["tech_qg_160"] = {"children": {"tech_implementation_year": {"value": [{"value": 2009}]}}}
    sections = {"section_specifications": {"children": {"tech__2": {"children": {"tech__2__1": {"children": groups}}}}}}
    return {"code": name, "name": "Terraces", "url": "/en/wocat/view/1/", "detail": sections}


def test_wocat_questions_are_found_in_any_part_of_a_questionnaire() -> None:
    fields = {**protocol("json").FIELDS, **_source("wocat").fields}
    item = _mapper().item(Reference("a", data=_rows("technologies_1")), fields, "https://qcat.wocat.net/")
    assert (item.type, item.title, item.abstract, item.text) == (
        "good-practice",
        "Terraces",
        "Terraces on slopes",
        "Long text",
    )
    assert (item.countries, item.place, item.began) == (("KEN",), "Meru", "2009")


SEEDS = [
    b'{"type":"FeatureCollection","features":[{"properties":{"title":"T","url":"/a"},"geometry":{"coordinates":[1,2]}}]}',
    b'{"data":[{"type":"node--a","id":"1","attributes":{"title":"T","body":{"processed":"x"}}}],"included":[]}',
    b'{"success":true,"result":{"results":[{"id":"a","title":"T","extras":[{"key":"k","value":"[1]"}],"tags":[]}]}}',
    b'[{"id":1,"title":{"rendered":"T"},"content":{"rendered":"x"},"_embedded":{"wp:term":[[{"name":"n"}]]}}]',
    b'{"@id":"http://a/@search","items":[{"@id":"http://a/x","@type":"D","title":"T","blocks":{"a":{"value":[]}}}]}',
    b'{"response":{"docs":[{"identifier_s":"a","schema_s":"resource","title_t":"T","url_ss":["http://a/"]}]}}',
    b'{"header":{"schema":"nationalReport7","identifier":"a"},"sectionIII":[{"target":{"identifier":"t"}}]}',
    b'{"results":[{"id":1,"title":"T","link":"/x"}]}',
]
WRECKS = [b"null", b"[]", b"{}", b"0", b'"x"', b"true", b"[[]]", b'{"a":1}', b"-1.5", b'"http://["', b'"\\ud800"']


def test_values_of_any_kind_in_any_place_are_no_crash() -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    tried = 0
    for _ in range(1500):
        body = chance.choice(SEEDS)
        places = [place for place, sign in enumerate(body) if sign in b":,[" and place + 1 < len(body)]
        start = chance.choice(places) + 1
        end = next((place for place in range(start, len(body)) if body[place] in b",}]"), len(body))
        try:
            found = list(items_of(body[:start] + chance.choice(WRECKS) + body[end:], "", "x.json"))
            kind = recognise(body[:start] + chance.choice(WRECKS) + body[end:])
        except Unreadable:
            continue
        tried += 1
        for entry in found:
            if isinstance(entry, Reference):
                assert _item(kind, entry).id
    assert tried > 300
