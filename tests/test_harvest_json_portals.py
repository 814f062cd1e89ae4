"""JSON:API, CKAN and WordPress: what is an item, what is not and why, and paging."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harvest_json_web import Web, answer, source, split

from hub.corpus import Corpus
from hub.record import Link
from indexer.harvest.item import Item, Reference, Unreadable
from indexer.harvest.mapping import Mapper
from indexer.harvest.protocols import ckan, jsonapi, protocol, wordpress

ROOT = Path(__file__).resolve().parents[1]
SITE = "https://site.example"


@pytest.fixture(scope="module")
def mapper() -> Mapper:
    return Mapper(Corpus(ROOT / "corpus").vocabularies(), ROOT / "corpus" / "tagging")


def _item(mapper: Mapper, name: str, found: Reference) -> Item:
    return mapper.item(found, protocol(name).FIELDS, found.url or SITE)


def _node(number: int, **attributes: Any) -> dict[str, Any]:
    given = {"title": f"Node {number}", "status": True, "changed": f"2024-0{number}-01T10:00:00+00:00", **attributes}
    return {"type": "node--case", "id": f"uuid-{number}", "attributes": given}


def test_jsonapi_resolves_what_a_node_includes(mapper: Mapper) -> None:
    node = _node(
        1, path={"alias": "/cases/reed"}, body={"processed": "<p>Long text</p>", "summary": "Short"}, langcode="fr"
    )
    node["relationships"] = {
        "field_tags": {"data": [{"type": "taxonomy_term--tags", "id": "t1"}]},
        "field_image": {"data": {"type": "file--file", "id": "f1", "meta": {"alt": "A reed bed"}}},
        "field_none": {"data": None},
    }
    included = [
        {"type": "taxonomy_term--tags", "id": "t1", "attributes": {"name": "Wetlands"}},
        {"type": "file--file", "id": "f1", "attributes": {"uri": {"url": "/files/reed.jpg"}}},
    ]
    address = f"{SITE}/fr/jsonapi/node/case"
    items, skipped = split(
        jsonapi.gather(source("jsonapi", address), Web({address: {"data": [node], "included": included}}), "")
    )
    assert not skipped
    item = _item(mapper, "jsonapi", items[0])
    assert (item.id, item.url, item.language) == ("uuid-1", f"{SITE}/fr/cases/reed", "fr")
    assert (item.title, item.abstract, item.text) == ("Node 1", "Short", "Long text")
    assert item.source_tags == ("Wetlands",)
    assert item.images == (Link(f"{SITE}/files/reed.jpg", "A reed bed"),)
    assert item.modified == "2024-01-01"


def test_jsonapi_reads_nodes_that_have_all_in_place(mapper: Mapper) -> None:
    picture = {"type": "media--image", "field_media_image": {"uri": {"url": "/f/r.jpg"}, "meta": {"alt": "A river"}}}
    node = {"type": "node--content", "id": "u", "title": "River", "drupal_internal__nid": 412}
    node |= {
        "field_tags": "GBF-TARGET-02, be,CBD-SUBJECT-FOR",
        "field_attachments": [picture],
        "field_start_date": "2023-01-01",
    }
    address = f"{SITE}/en/jsonapi/node/content?jsonapi_include=1"
    items, _ = split(jsonapi.gather(source("jsonapi", address), Web({address: {"data": [node]}}), ""))
    item = _item(mapper, "jsonapi", items[0])
    assert item.url == f"{SITE}/en/node/412"
    assert item.source_tags == ("GBF-TARGET-02", "be", "CBD-SUBJECT-FOR")
    assert item.countries == ("BEL",)
    assert item.images == (Link(f"{SITE}/f/r.jpg", "A river"),)
    assert item.began == "2023-01-01"


def test_jsonapi_takes_any_text_where_there_is_no_body(mapper: Mapper) -> None:
    node = _node(
        1,
        field_steps={"processed": "<p>First</p>"},
        field_more={"processed": "<p>Then</p>"},
        field_x={"processed": None},
    )
    found = next(iter(jsonapi.references({"data": node}, SITE)))
    assert isinstance(found, Reference)
    assert _item(mapper, "jsonapi", found).text == "First\n\nThen"


def test_jsonapi_follows_links_to_the_last_page() -> None:
    one, two = f"{SITE}/jsonapi/node/case", f"{SITE}/jsonapi/node/case?page=2"
    web = Web(
        {one: {"data": [_node(1)], "links": {"next": {"href": two}}}, two: {"data": [_node(2)], "links": {"next": two}}}
    )
    items, _ = split(jsonapi.gather(source("jsonapi", one), web, ""))
    assert [item.id for item in items] == ["uuid-1", "uuid-2"]
    items, _ = split(jsonapi.gather(source("jsonapi", one), web, "2024-01-15"))
    assert [item.id for item in items] == ["uuid-2"]


def test_jsonapi_skips_with_reasons() -> None:
    resources: list[Any] = [
        _node(1, title=None),
        _node(2, status=False),
        {"type": "menu_link_content--menu_link_content", "id": "m", "attributes": {"title": "Home"}},
        {"type": "taxonomy_term--tags", "id": "t", "attributes": {"name": "Tag"}},
        {"type": "entity_view_display--entity_view_display", "id": "s"},
        {"type": "node--case"},
        "text",
    ]
    hidden = {
        "omitted": {"links": {"help": {"href": "x"}, "item--1": {"href": "/secret", "meta": {"detail": "No access."}}}}
    }
    items, skipped = split(jsonapi.references({"data": resources, "meta": hidden}, SITE))
    assert not items
    assert [(skip.reason, skip.failed) for skip in skipped] == [
        ("has no title", False),
        ("is not published", False),
        ("is an entry of a menu, not a page", False),
        ("is a term of a vocabulary, not a page", False),
        ("is a setting of the site (entity_view_display), not a page", False),
        ("is a resource without an id", True),
        ("is not an object with fields", True),
        ("is not open to the public: No access.", False),
    ]


def test_jsonapi_knows_its_index_and_errors() -> None:
    index = {"data": [], "links": {"node--article": {"href": "x"}, "self": {"href": "y"}}}
    _, skipped = split(jsonapi.gather(source("jsonapi", SITE), Web({SITE: index}), ""))
    assert "index of resource types" in skipped[0].reason
    with pytest.raises(Unreadable, match="is an error: Not here"):
        list(jsonapi.gather(source("jsonapi", SITE), Web({SITE: {"errors": [{"detail": "Not here"}]}}), ""))


def test_jsonapi_that_includes_itself_ends() -> None:
    node = _node(1) | {"relationships": {"field_same": {"data": {"type": "node--case", "id": "uuid-1"}}}}
    items, _ = split(jsonapi.references({"data": [node], "included": [node]}, SITE))
    assert len(json.dumps(items[0].data)) < 3000


def test_jsonapi_that_includes_one_thing_many_times_stays_small() -> None:
    many = [{"type": "media--image", "id": "m"}] * 3000
    media = {"type": "media--image", "id": "m", "attributes": {"name": "x" * 1000}}
    media["relationships"] = {"field_same": {"data": many}}  # type: ignore[assignment]
    node = _node(1) | {"relationships": {"field_many": {"data": many}}}
    items, _ = split(jsonapi.references({"data": [node], "included": [media]}, SITE))
    assert len(json.dumps(items[0].data)) < 1_000_000


PACKAGE = {
    "id": "p1",
    "name": "wetlands",
    "title": "Wetlands",
    "notes": "About wetlands",
    "tags": [{"name": "wet", "display_name": "Wet"}],
    "license_url": "http://creativecommons.org/licenses/by/4.0/",
    "organization": {"name": "org", "title": "The Office"},
    "metadata_modified": "2024-05-01T10:00:00",
    "extras": [
        {"key": "language", "value": '["en"]'},
        {"key": "theme", "value": '["http://theme.example/1"]'},
        {"key": "spatial", "value": '{"type": "Point", "coordinates": [4.35, 50.85]}'},
        {"key": "broken", "value": "[1,"},
    ],
    "resources": [{"url": "https://files.example/x.pdf", "name": "Report"}],
}


def test_ckan_reads_a_package(mapper: Mapper) -> None:
    address = f"{SITE}/api/3/action/package_show?id=wetlands"
    items, _ = split(ckan.gather(source("ckan", address), Web({address: {"success": True, "result": PACKAGE}}), ""))
    assert items[0].data is not None
    assert items[0].data["extras"]["broken"] == "[1,"
    item = _item(mapper, "ckan", items[0])
    assert (item.id, item.url, item.title) == ("p1", f"{SITE}/dataset/wetlands", "Wetlands")
    assert (item.license, item.language, item.publisher) == ("CC BY 4.0", "en", "The Office")
    assert item.source_tags == ("Wet", "http://theme.example/1")
    assert item.point is not None
    assert (item.point.lon, item.point.lat) == (4.35, 50.85)
    assert item.documents == (Link("https://files.example/x.pdf", "Report"),)


def test_ckan_counts_on_from_what_it_was_given() -> None:
    address = f"{SITE}/api/3/action/package_search"
    pages = [[{**PACKAGE, "id": name} for name in names] for names in ("ab", "c")]
    web = Web(
        {
            f"{address}?q=wet&start=0&rows=100": {"success": True, "result": {"count": 3, "results": pages[0]}},
            f"{address}?q=wet&rows=100&start=2": {"success": True, "result": {"count": 3, "results": pages[1]}},
        }
    )
    items, skipped = split(ckan.gather(source("ckan", f"{address}?q=wet"), web, ""))
    assert ([item.id for item in items], skipped) == (["a", "b", "c"], [])


def test_ckan_asks_for_changes_only() -> None:
    web = Web({})
    with pytest.raises(Exception, match="404"):
        list(ckan.gather(source("ckan", f"{SITE}/api/action/package_search?fq=a:b"), web, "2024-01-31"))
    assert "fq=a:b%20AND%20metadata_modified:%5B2024-01-31T00:00:00Z%20TO%20*%5D" in web.asked[0]


def test_ckan_tells_of_refusals_and_of_what_is_no_item() -> None:
    refusal = {"success": False, "error": {"message": "Not found: Dataset", "__type": "Not Found Error"}}
    with pytest.raises(Unreadable, match="is a refusal of CKAN: Not found: Dataset"):
        list(ckan.gather(source("ckan", SITE), Web({SITE: refusal}), ""))
    data = [
        {**PACKAGE, "state": "deleted"},
        {**PACKAGE, "private": True},
        {**PACKAGE, "type": "harvest"},
        {"id": "x", "notes": "N"},
        {"notes": "N"},
    ]
    items, skipped = split(ckan.references(data, SITE))
    assert [(item.id, item.gone) for item in items] == [("p1", True)]
    assert [skip.reason for skip in skipped] == [
        "is not open to the public",
        "is the setting of a harvest, not a dataset",
        "has no title",
        "has neither an id nor an address",
    ]


def test_ckan_reads_catalogues_of_project_open_data(mapper: Mapper) -> None:
    dataset = {
        "title": "Widgets",
        "identifier": "w-1",
        "landingPage": f"{SITE}/w",
        "keyword": ["a", "b"],
        "description": "D",
    }
    dataset |= {
        "distribution": [{"downloadURL": f"{SITE}/w.csv", "title": "Table"}, {"title": "None"}],
        "modified": "2011-11-19",
    }
    address = f"{SITE}/data.json"
    items, _ = split(ckan.gather(source("ckan", address), Web({address: {"dataset": [dataset]}}), ""))
    item = _item(mapper, "ckan", items[0])
    assert (item.id, item.url, item.abstract, item.modified) == ("w-1", f"{SITE}/w", "D", "2011-11-19")
    assert item.source_tags == ("a", "b")
    assert item.documents == (Link(f"{SITE}/w.csv", "Table"),)


POSTS = f"{SITE}/wp-json/wp/v2/case-study"


def _post(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "type": "case-study",
        "status": "publish",
        "link": f"{SITE}/case-{number}/",
        "modified_gmt": f"2024-0{number}-01T10:00:00",
        "title": {"rendered": f"Case &#8211; {number}"},
        "content": {"rendered": "<p>Text</p>", "protected": False},
        "excerpt": {"rendered": "<p>Short</p>"},
        **more,
    }


def test_wordpress_reads_posts_with_their_terms_and_picture(mapper: Mapper) -> None:
    embedded = {
        "wp:term": [[{"taxonomy": "category", "name": "Water"}], [{"taxonomy": "country", "name": "Kenya"}]],
        "wp:featuredmedia": [{"source_url": f"{SITE}/a.jpg", "alt_text": "A lake"}, {"code": "rest_forbidden"}],
    }
    asked = f"{POSTS}?per_page=100&_embed=1"
    web = Web({asked: answer(asked, [_post(1, _embedded=embedded)], x_wp_totalpages="1")})
    items, _ = split(wordpress.gather(source("wordpress", POSTS), web, ""))
    item = _item(mapper, "wordpress", items[0])
    assert (item.id, item.url, item.title) == ("1", f"{SITE}/case-1/", "Case – 1")
    assert (item.abstract, item.text, item.modified) == ("Short", "Text", "2024-01-01")
    assert item.source_tags == ("Water", "Kenya")
    assert item.countries == ("KEN",)
    assert item.images == (Link(f"{SITE}/a.jpg", "A lake"),)


@pytest.mark.parametrize("how", ["total", "link", "status", "empty"])
def test_wordpress_knows_its_last_page(how: str) -> None:
    one, two, three = (f"{POSTS}?per_page=100&_embed=1{part}" for part in ("", "&page=2", "&page=3"))
    headers = {"x_wp_totalpages": "2"} if how == "total" else {}
    following = {"link": f'<{POSTS}>; rel="prev", <{two}>; rel="next"'} if how == "link" else {}
    last = {"link": f'<{one}>; rel="prev"'} if how == "link" else {}
    web = Web({one: answer(one, [_post(1)], **headers, **following), two: answer(two, [_post(2)], **headers, **last)})
    web.answers = {**web.answers, three: 400 if how == "status" else []}
    items, skipped = split(wordpress.gather(source("wordpress", POSTS), web, ""))
    assert ([item.id for item in items], skipped) == (["1", "2"], [])
    assert (three in web.asked) == (how != "total")


def test_wordpress_skips_with_reasons() -> None:
    posts = [
        _post(1, content={"rendered": "", "protected": True}),
        _post(2, status="draft"),
        _post(3, title={"rendered": " "}),
        {"id": 4, "type": "attachment", "media_type": "image", "title": {"rendered": "IMG"}},
        {"id": 5, "taxonomy": "post_tag", "name": "Tag"},
        {"title": {"rendered": "No id"}},
    ]
    items, skipped = split(wordpress.references(posts, POSTS))
    assert not items
    assert [(skip.reason, skip.failed) for skip in skipped] == [
        ("is protected by a password", False),
        ("is not published (draft)", False),
        ("has no title", False),
        ("is a picture or file, not a page", False),
        ("is a term of a vocabulary, not a page", False),
        ("is an entry without an id", True),
    ]


def test_wordpress_reads_one_post_and_its_errors() -> None:
    items, _ = split(
        wordpress.gather(source("wordpress", f"{POSTS}/1"), Web({f"{POSTS}/1?per_page=100&_embed=1": _post(1)}), "")
    )
    assert [item.id for item in items] == ["1"]
    error = {"code": "rest_no_route", "message": "No route was found", "data": {"status": 404}}
    with pytest.raises(Unreadable, match="is an error of WordPress: No route was found"):
        list(wordpress.references(error, POSTS))


def test_wordpress_asks_for_changes_only() -> None:
    web = Web({f"{POSTS}?per_page=5&_embed=1&modified_after=2024-02-01T00:00:00": [_post(1), _post(2)]})
    items, _ = split(wordpress.gather(source("wordpress", f"{POSTS}?per_page=5"), web, "2024-02-01"))
    assert [item.id for item in items] == ["2"]
