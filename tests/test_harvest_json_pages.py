"""Plone and GeoJSON: pages built of blocks, folders and searches; maps whose features are cases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harvest_json_web import Web, source, split

from hub.corpus import Corpus
from hub.record import Link
from indexer.harvest.item import Item, Reference, Unreadable
from indexer.harvest.mapping import Mapper
from indexer.harvest.protocols import geojson, plone, protocol

ROOT = Path(__file__).resolve().parents[1]
SITE = "https://site.example"


@pytest.fixture(scope="module")
def mapper() -> Mapper:
    return Mapper(Corpus(ROOT / "corpus").vocabularies(), ROOT / "corpus" / "tagging")


def _item(mapper: Mapper, name: str, found: Reference) -> Item:
    return mapper.item(found, protocol(name).FIELDS, found.url or SITE)


def test_geojson_reads_the_map_of_climate_adapt(mapper: Mapper) -> None:
    properties = {
        "title": "River",
        "description": "<p>A <b>river</b></p>",
        "url": "/en/case-studies/river",
        "image": "/pic.jpg",
        "sectors": ",AGRICULTURE,WATERMANAGEMENT,",
        "elements": ",MEASUREACTION",
        "adaptation_options": "Restoration of rivers<>Wetland restoration",
        "sectors_str": "Agriculture, Water management",
    }
    place = {"type": "Point", "coordinates": [4.35, 50.85], "svg": {}}
    features = [
        {"properties": properties, "geometry": place},
        {"properties": {**properties, "title": "The same"}, "geometry": place},
        {"properties": {**properties, "url": "/en/b"}, "geometry": {"type": "Point", "coordinates": [0, 0]}},
        {"properties": {**properties, "url": "/en/c"}},
        {"properties": {"url": "/en/d"}},
        {"properties": None},
    ]
    data = {
        "type": "FeatureCollection",
        "metadata": {"count": 10739, "url": "https://other.example/x"},
        "features": features,
    }
    address = f"{SITE}/@@map.json"
    items, skipped = split(geojson.gather(source("geojson", address), Web({address: data}), ""))
    assert [item.url for item in items] == [f"{SITE}/en/case-studies/river", f"{SITE}/en/b", f"{SITE}/en/c"]
    assert [skip.reason for skip in skipped] == [
        "is on the map more than once",
        "has no title",
        "has neither an id nor an address",
    ]
    item = _item(mapper, "geojson", items[0])
    assert item.source_tags == (
        "AGRICULTURE",
        "WATERMANAGEMENT",
        "MEASUREACTION",
        "Restoration of rivers",
        "Wetland restoration",
    )
    assert item.abstract == "A river"
    assert item.images == (Link(f"{SITE}/pic.jpg"),)
    assert item.point is not None
    assert [_item(mapper, "geojson", other).point for other in items[1:]] == [None, None]


def test_geojson_follows_links_and_remembers_across_pages() -> None:
    def feature(name: str) -> dict[str, Any]:
        return {"id": name, "properties": {"name": name}, "geometry": None}

    links = [{"rel": "self", "href": "x"}, {"rel": "next", "href": "?page=2"}]
    web = Web(
        {
            f"{SITE}/f": {"features": [feature("a")], "links": links},
            f"{SITE}/f?page=2": {"features": [feature("b"), feature("a")]},
        }
    )
    items, skipped = split(geojson.gather(source("geojson", f"{SITE}/f"), web, ""))
    assert [item.id for item in items] == ["a", "b"]
    assert [skip.id for skip in skipped] == ["a"]
    with pytest.raises(Unreadable, match="no `features`"):
        geojson.entries({"type": "FeatureCollection"})


SEARCH = f"{SITE}/++api++/@search?portal_type=case"


def _entry(name: str, **more: Any) -> dict[str, Any]:
    given = {"@id": f"{SITE}/{name}", "@type": "case", "title": name.title(), "review_state": "published"}
    return {**given, "modified": "2024-05-01T10:00:00+00:00", **more}


def test_plone_fetches_pages_that_a_search_tells_a_part_of(mapper: Mapper) -> None:
    text = {"text": {"data": "<p>Long</p>", "content-type": "text/html"}, "subjects": ["Water"], "@components": {}}
    second = f"{SITE}/++api++/@search?b_start=1"
    web = Web(
        {
            SEARCH: {"@id": SEARCH, "items": [_entry("one")], "items_total": 3, "batching": {"next": second}},
            second: {"items": [_entry("two", **text), _entry("three")], "items_total": 3},
            f"{SITE}/++api++/one": _entry(
                "one", **text, language={"title": "Deutsch", "token": "de"}, effective="1969-12-31T00:00:00"
            ),
            f"{SITE}/++api++/three": b"<html></html>",
        }
    )
    items, skipped = split(plone.gather(source("plone", SEARCH), web, ""))
    assert [item.id for item in items] == [f"{SITE}/one", f"{SITE}/two"]
    assert f"{SITE}/++api++/two" not in web.asked
    assert [(skip.id, skip.failed) for skip in skipped] == [(f"{SITE}/three", True)]
    item = _item(mapper, "plone", items[0])
    assert (item.text, item.language, item.issued) == ("Long", "de", "")
    assert item.source_tags == ("Water",)


def test_plone_skips_with_reasons() -> None:
    entries = [
        _entry("a", review_state="private"),
        _entry("b", **{"@type": "Image"}),
        _entry("c", **{"@type": "Folder"}),
        _entry("d", title=""),
        {"blocks": {}, "blocks_layout": {"items": []}},
    ]
    items, skipped = split(plone.references({"@id": SEARCH, "items": entries}, SEARCH))
    assert not items
    assert [skip.reason for skip in skipped] == [
        "is not published (private)",
        "is a picture, not a page",
        "is a Folder, which only lists other pages",
        "has no title",
        "is the layout of a page, without a title",
    ]


def test_plone_lists_what_a_collection_holds() -> None:
    folder = {"@id": f"{SITE}/f", "@type": "Collection", "title": "F", "items": [_entry("one"), _entry("two")]}
    items, skipped = split(plone.references(folder, SITE))
    assert [item.id for item in items] == [f"{SITE}/one", f"{SITE}/two"]
    assert "Collection" in skipped[0].reason


def _slate(kind: str, *children: dict[str, Any]) -> dict[str, Any]:
    return {"@type": "slate", "value": [{"type": kind, "children": list(children)}]}


def test_plone_reads_blocks_in_the_order_of_the_layout(mapper: Mapper) -> None:
    link = {"type": "link", "data": {"url": "https://x.example/?a=1&b=2"}, "children": [{"text": "linked"}]}
    inner = {"blocks": {"i": _slate("p", {"text": "Inside"})}, "blocks_layout": {"items": ["i"]}}
    blocks = {
        "t": {"@type": "title"},
        "b": _slate("p", {"text": "Second & "}, link),
        "a": _slate("h2", {"text": "First"}),
        "g": {"@type": "columnsBlock", "data": {"blocks": {"c": inner}, "blocks_layout": {"items": ["c"]}}},
        "d": {"@type": "text", "text": {"blocks": [{"text": "Draft"}]}},
        "r": {"@type": "slateTable", "table": {"rows": [{"cells": [{"value": [{"text": "Cell"}]}]}]}},
        "p": {"@type": "image", "url": f"{SITE}/p.jpg", "alt": "A view"},
        "x": {"@type": "unknown", "text": "Other"},
    }
    page = _entry(
        "one", blocks=blocks, blocks_layout={"items": ["t", "a", "b", "g", "g", "d", "r", "p", "x", "gone", 3]}
    )
    items, _ = split(plone.references(page, SITE))
    assert items[0].data is not None
    assert '<a href="https://x.example/?a=1&amp;b=2">linked</a>' in items[0].data["blocks_html"]
    item = _item(mapper, "plone", items[0])
    assert item.text.split("\n\n") == ["First", "Second & linked", "Inside", "Draft", "Cell", "Other"]
    assert item.images == (Link(f"{SITE}/p.jpg", "A view"),)


def test_plone_blocks_nested_without_end_are_no_trouble() -> None:
    block: dict[str, Any] = _slate("p", {"text": "deep"})
    text: dict[str, Any] = {"text": "deep"}
    for _ in range(300):
        block = {"@type": "group", "data": {"blocks": {"x": block}, "blocks_layout": {"items": ["x"] * 50}}}
        text = {"type": "p", "children": [text]}
    page = _entry("one", blocks={"x": block, "y": _slate("p", text)}, blocks_layout={"items": ["x", "y"]})
    assert len(list(plone.references(page, SITE))) == 1
