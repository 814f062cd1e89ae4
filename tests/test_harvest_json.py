"""JSON however broken, paging to an end, lists of any shape, and local files told apart by their content."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from harvest_json_web import Web, answer, source, split

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Reference, Response, Skipped, Unreadable
from indexer.harvest.protocols import json_list, paging, protocol, shapes
from indexer.harvest.protocols.json_text import as_dict, as_list, read_json, text_at
from indexer.harvest.protocols.paging import absolute, query_value, set_query, with_query

SITE = "https://portal.example/api"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        ('{"a": "Caf\u00e9 \u2013 bar"}'.encode("cp1252"), {"a": "Café – bar"}),
        (b'{"a": NaN, "b": [Infinity, 1e999, 2.5]}', {"a": None, "b": [None, None, 2.5]}),
        (b'{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        (rb'{"a": "\ud83d x \ude00 \ud83d\ude00"}', {"a": "\ufffd x \ufffd \U0001f600"}),
    ],
    ids=["plain", "utf-8 mark", "utf-16", "latin", "no numbers", "raw line break", "half signs"],
)
def test_reads_json_as_portals_send_it(body: bytes, expected: Any) -> None:
    assert read_json(body) == expected


def test_reads_json_in_the_stated_encoding() -> None:
    assert read_json('{"a": "žluť"}'.encode("cp1250"), "cp1250") == {"a": "žluť"}
    assert read_json(b'{"a": 1}', "no-such-encoding") == {"a": 1}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"<!DOCTYPE html><html></html>", "is a web page, not JSON"),
        (b'<?xml version="1.0"?><a/>', "is an XML document, not JSON"),
        (b'{"a": [1,\n 2', "is not complete: the JSON breaks off in line 2"),
        (b'{"a": "tex', "is not complete: the JSON breaks off in line 1"),
        (b'{"a": 1\n "b": 2}', "is not valid JSON: line 2, character 2: a comma is missing"),
        (b'{"a": 1} {"b": 2}', "is not valid JSON: line 1, character 10: there is something after its end"),
        (b"{'a': 1}", "is not valid JSON: line 1, character 2: a name in double quotes is missing"),
        (b"[" * 100_000 + b"]" * 100_000, "is nested too deeply to be read"),
        (b'{"a": ' * 50_000, "is nested too deeply to be read"),
    ],
)
def test_says_where_json_breaks(body: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as error:
        read_json(body)
    assert str(error.value) == message


def test_a_number_of_thousands_of_digits_is_no_crash() -> None:
    try:
        read_json(b'{"a": ' + b"7" * 6000 + b"}")
    except Unreadable as error:
        assert "digits" in str(error)


def test_looks_into_values_without_trusting_their_kind() -> None:
    assert (as_dict([1]), as_list("abc"), as_dict({"a": 1})) == ({}, [], {"a": 1})
    assert text_at({"a": "  ", "b": None, "c": True, "d": 12, "e": "x"}, "a", "b", "c", "d", "e") == "12"
    assert text_at({"a": {"x": 1}}, "a") == ""


def test_changes_parameters_and_nothing_else() -> None:
    address = "https://a.example/x?page%5Blimit%5D=50&q=a,b:(c)&page=1#top"
    assert with_query(address, page=2) == "https://a.example/x?page%5Blimit%5D=50&q=a,b:(c)&page=2#top"
    assert set_query("https://a.example/x", {"page[offset]": 50}) == "https://a.example/x?page%5Boffset%5D=50"
    assert set_query("https://a.example/x?page[offset]=5", {"page[offset]": 50}).count("offset") == 1
    assert query_value(address, "q") == "a,b:(c)"
    assert query_value(address, "rows") is None


def test_messages_hide_keys() -> None:
    assert shown(f"{SITE}?api_key=abc123&page=2") == f"{SITE}?api_key=…&page=2"


def test_whole_addresses_or_none() -> None:
    assert absolute("https://a.example/en/x", "/y") == "https://a.example/y"
    assert absolute("https://a.example/", "javascript:alert(1)") == ""
    assert absolute("https://a.example/", "http://[broken") == ""
    assert absolute("/local/file.json", "/y") == ""


def _entries(data: Any) -> list[Any]:
    if "list" not in data:
        raise Unreadable("has no list")
    return list(data["list"])


def _pages(web: Web, following: dict[str, str]) -> list[paging.Page | Skipped]:
    return list(paging.pages(web, "p1", _entries, lambda page: following.get(page.address, "")))


def test_paging_ends_where_pages_lead_in_a_circle() -> None:
    web = Web({"p1": {"list": [1]}, "p2": {"list": [2]}})
    assert len(_pages(web, {"p1": "p2", "p2": "p1"})) == 2
    assert web.asked == ["p1", "p2"]


def test_paging_ends_where_a_server_repeats_a_page() -> None:
    web = Web({"p1": {"list": [{"id": 1}]}, "p2": {"list": [{"id": 1}], "at": "another time"}, "p3": {"list": [3]}})
    assert len(_pages(web, {"p1": "p2", "p2": "p3"})) == 1


def test_paging_ends_at_an_empty_page() -> None:
    web = Web({"p1": {"list": [1]}, "p2": {"list": []}, "p3": {"list": [3]}})
    assert len(_pages(web, {"p1": "p2", "p2": "p3"})) == 1


def test_paging_that_never_ends_is_ended_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MOST_PAGES", 20)
    counter = itertools.count()

    def get(url: str, kinds: tuple[str, ...]) -> Response:
        return answer(url, {"list": [next(counter)]})

    found = list(paging.pages(get, "0", _entries, lambda page: str(page.number + 1)))
    assert len(found) == 21
    assert found[-1] == Skipped("20", "the listing has more than 20 pages", failed=True)


@pytest.mark.parametrize("broken", [500, b"<html>", {"other": []}])
def test_a_later_page_that_fails_leaves_what_came_before(broken: Any) -> None:
    found = _pages(Web({"p1": {"list": [1]}, "p2": broken}), {"p1": "p2"})
    assert isinstance(found[0], paging.Page)
    assert isinstance(found[1], Skipped)
    assert found[1].failed
    assert found[1].id == "p2"


@pytest.mark.parametrize(("broken", "error"), [(500, FetchFailed), (b"{", Unreadable), ({"other": []}, Unreadable)])
def test_a_first_page_that_fails_is_raised(broken: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        _pages(Web({"p1": broken}), {})


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        ("cbd", {"response": {"numFound": 0, "docs": []}}),
        ("ckan", {"result": []}),
        ("geojson", {"type": "FeatureCollection", "features": []}),
        ("json", {"results": []}),
        ("jsonapi", {"data": []}),
        ("plone", {"@id": f"{SITE}/@search", "items": []}),
        ("wordpress", []),
    ],
)
def test_a_listing_without_items_says_so(name: str, empty: Any) -> None:
    def get(url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
        return answer(url, empty)

    found = list(protocol(name).gather(source(name, f"{SITE}?key=s3cret"), get, ""))
    assert found == [Skipped(f"{SITE}?key=…", "holds no items")]


HOSTILE = "two\nlines \x1b]0;x\x07 \x9b31m"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cbd", {"response": {"docs": [{"id": HOSTILE, "schema_s": "meeting"}, {"id": HOSTILE, "title_t": "T"}]}}),
        ("ckan", {"result": [{"id": HOSTILE, "title": "T"}, {"id": HOSTILE}]}),
        ("geojson", {"features": [{"id": HOSTILE, "properties": {"title": "T"}}, {"properties": {"title": HOSTILE}}]}),
        ("json", [{"id": HOSTILE, "title": "T"}, {"title": HOSTILE}]),
        ("jsonapi", {"data": [{"type": f"{HOSTILE}_type--x", "id": HOSTILE}, {"type": "a--b", "id": HOSTILE}]}),
        ("plone", {"items": [{"UID": HOSTILE, "title": HOSTILE, "review_state": HOSTILE}]}),
        ("wordpress", [{"id": HOSTILE, "status": HOSTILE}]),
    ],
)
def test_no_control_characters_get_into_ids_and_reasons(name: str, data: Any) -> None:
    def get(url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
        return answer(url, data)

    found = list(protocol(name).gather(source(name, SITE), get, ""))
    assert found
    for entry in found:
        assert entry.id.isprintable()
        assert isinstance(entry, Reference) or entry.reason.isprintable()
    assert "two lines ]0;x 31m" in str(found)


def test_errors_of_a_portal_are_shown_on_one_short_line() -> None:
    web = Web({SITE: {"success": False, "error": {"message": HOSTILE + "x" * 5_000}}})
    with pytest.raises(Unreadable) as raised:
        list(protocol("ckan").gather(source("ckan", SITE), web, ""))
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 600


def test_an_id_of_nothing_to_be_seen_gives_way_to_the_address() -> None:
    entries = [{"id": "\x1b", "url": "/a", "title": "T"}, {"id": "\x1b", "title": "T"}]
    items, skipped = split(json_list.gather(source("json", SITE), Web({SITE: entries}), ""))
    assert [item.id for item in items] == ["https://portal.example/a"]
    assert [skip.failed for skip in skipped] == [True]


def test_the_key_of_a_listing_gets_into_no_id() -> None:
    address = f"{SITE}?key=s3cret"
    entries = [{"url": url, "title": "T"} for url in ("#one", "?", "")]
    items, skipped = split(json_list.gather(source("json", address), Web({address: entries}), ""))
    assert items == []
    assert len(skipped) == 3
    assert [item.id for item in json_list.references({"label": "x", "list": [{"a": 1}]}, address)] == [SITE]


CASES = [{"id": n, "title": f"Case {n}", "link": f"/case/{n}", "updated": f"2024-0{n}-01"} for n in (1, 2, 3)]


def test_list_follows_the_next_address_as_seen_from_the_answer() -> None:
    web = Web(
        {f"{SITE}/list": {"results": CASES[:2], "next": "?page=2"}, f"{SITE}/list?page=2": {"results": CASES[2:]}}
    )
    items, skipped = split(json_list.gather(source("json", f"{SITE}/list", options={"next": "next"}), web, ""))
    assert [(item.id, item.url, item.modified) for item in items] == [
        ("1", "https://portal.example/case/1", "2024-01-01"),
        ("2", "https://portal.example/case/2", "2024-02-01"),
        ("3", "https://portal.example/case/3", "2024-03-01"),
    ]
    assert not skipped


def test_list_counts_pages_from_the_first_number() -> None:
    options = {"items": "found.cases", "page": "page", "first": "0", "size": "limit=2"}
    web = Web(
        {
            f"{SITE}?key=k&limit=2&page=0": {"found": {"cases": CASES[:2]}},
            f"{SITE}?key=k&limit=2&page=1": {"found": {"cases": CASES[2:]}},
            f"{SITE}?key=k&limit=2&page=2": {"found": {"cases": []}},
        }
    )
    items, _ = split(json_list.gather(source("json", f"{SITE}?key=k", options=options), web, ""))
    assert [item.id for item in items] == ["1", "2", "3"]


def test_list_passes_over_entries_until_the_total() -> None:
    options = {"items": "hits", "offset": "from", "size": "n=2", "total": "total"}
    web = Web(
        {f"{SITE}?n=2&from=0": {"hits": CASES[:2], "total": 3}, f"{SITE}?n=2&from=2": {"hits": CASES[2:], "total": 3}}
    )
    items, skipped = split(json_list.gather(source("json", SITE, options=options), web, ""))
    assert (len(items), skipped, len(web.asked)) == (3, [], 2)


def test_list_leaves_out_what_did_not_change_since() -> None:
    items, _ = split(json_list.gather(source("json", SITE), Web({SITE: CASES}), "2024-02-01"))
    assert [item.id for item in items] == ["2", "3"]


def test_list_joins_the_document_of_each_entry() -> None:
    listing = {"results": [{"code": "a", "doc": "a.json"}, {"code": "b", "doc": "b.json"}, {"code": "c"}]}
    web = Web({f"{SITE}/": listing, f"{SITE}/a.json": {"text": "Long"}, f"{SITE}/b.json": b"<html>"})
    items, skipped = split(json_list.gather(source("json", f"{SITE}/", options={"detail": "doc"}), web, ""))
    assert [item.data for item in items] == [{"code": "a", "doc": "a.json", "detail": {"text": "Long"}}]
    assert [(skip.id, skip.failed) for skip in skipped] == [("b", True), ("c", True)]
    assert "is a web page, not JSON" in skipped[0].reason


def test_list_makes_many_items_of_one_document() -> None:
    web = Web(
        {f"{SITE}/": [{"id": "report", "doc": "r.json"}], f"{SITE}/r.json": {"sections": [{"id": "s1"}, {"x": 1}]}}
    )
    options = {"detail": "doc", "each": "sections"}
    items, skipped = split(json_list.gather(source("json", f"{SITE}/", options=options), web, ""))
    assert [item.id for item in items] == ["report#s1"]
    assert items[0].data is not None
    assert set(items[0].data) == {"entry", "detail", "part"}
    assert skipped[0].failed
    fields = {"id": ("join('/', [entry.id, part.x || part.id])",)}
    items, _ = split(json_list.gather(source("json", f"{SITE}/", options=options, fields=fields), web, ""))
    assert [item.id for item in items] == ["report/s1"]


def test_list_skips_what_is_no_entry_and_goes_on() -> None:
    items, skipped = split(json_list.gather(source("json", SITE), Web({SITE: ["x", {"a": 1}, *CASES]}), ""))
    assert len(items) == 3
    assert all(skip.failed for skip in skipped)
    assert len(skipped) == 2


def test_list_says_where_it_looked() -> None:
    with pytest.raises(Unreadable, match="has no list at 'found'"):
        split(json_list.gather(source("json", SITE, options={"items": "found"}), Web({SITE: {"x": 1}}), ""))


def test_list_finds_entries_where_they_usually_are() -> None:
    assert json_list.entries({"count": 2, "tags": ["a"], "results": CASES}) == CASES
    assert json_list.entries({"cases": CASES, "names": ["a", "b"]}) == CASES
    assert json_list.entries({"cases": [{"case": entry} for entry in CASES]}) == CASES
    assert json_list.entries({"title": "One", "parts": CASES}) == [{"title": "One", "parts": CASES}]


RECORDED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"type": "FeatureCollection", "features": []}, "geojson"),
        ({"response": {"numFound": 0, "docs": [{"schema_s": "resource"}]}}, "cbd"),
        ({"header": {"schema": "resource", "identifier": "A"}}, "cbd"),
        ({"jsonapi": {}, "data": []}, "jsonapi"),
        ({"data": [{"type": "node--page", "id": "1", "title": "T"}]}, "jsonapi"),
        ([{"type": "node--page", "id": "1", "attributes": {"title": "T"}}], "jsonapi"),
        ({"success": True, "result": {"count": 0, "results": []}}, "ckan"),
        ({"result": {"name": "x", "resources": []}}, "ckan"),
        ([{"title": "T", "notes": "N", "extras": []}], "ckan"),
        ({"dataset": [{"title": "T", "keyword": ["a"]}]}, "ckan"),
        ({"@id": "https://a.example/@search", "items": [], "items_total": 0}, "plone"),
        ({"@id": "https://a.example/x", "@type": "Document", "title": "T"}, "plone"),
        ([{"id": 1, "title": {"rendered": "T"}, "content": {"rendered": "C"}}], "wordpress"),
        ([{"id": 1, "title": "T"}], "json"),
        ({"cases": [{"name": "T"}]}, "json"),
        ({"_how": "found", "response_shape": {"type": "FeatureCollection", "features": []}}, "geojson"),
        ({"data": {"jsonapi": {}, "data": []}, "status": 200, "headers": {}, "config": {}}, "jsonapi"),
    ],
)
@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", RECORDED, RECORDED.replace(b"\r", b"")])
def test_recognises_files_by_content(data: Any, kind: str, head: bytes) -> None:
    assert shapes.recognise(head + json.dumps(data).encode()) == kind


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{}", "is an empty answer"),
        (b"[]", "is an empty answer"),
        (b"3", "is a single value, not a list of entries"),
        (b'[{"termId": 1, "name": "A"}]', "is a vocabulary, a list of terms"),
        (b'[{"x": 1}]', "is a list of entries without titles"),
        (b'{"a": {"b": ["c"]}}', "is JSON without a list of entries that have titles"),
        (
            b'{"@id": "https://a.example/@addons/x", "items": []}',
            "is a Plone response about addons, which lists no content",
        ),
        (b'{"message": "Done"}', "is a message, which lists no content: Done"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "is a recorded answer without content: 204 No Content"),
        (b"HTTP/1.1 404 Not Found\n\n{}", "is a recorded answer that the server refused: 404 Not Found"),
        (b"GET /x HTTP/1.1\nHost: a\n\n", "is a recorded request, not an answer"),
        (b'{"data": "<html>", "status": 404, "headers": {}}', "is a recorded answer that the server refused: 404"),
        (b'{"@context": {"a": "b"}, "x": 1}', "is JSON-LD, which is read as part of a page"),
    ],
)
def test_says_what_a_file_holds_instead_of_items(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as error:
        shapes.recognise(body)
    assert str(error.value) == reason
    with pytest.raises(Unreadable):
        list(shapes.items_of(body, "application/json", "file.json"))


def test_items_of_a_recorded_answer_have_the_address_that_was_asked() -> None:
    node = {"type": "node--page", "id": "u1", "attributes": {"title": "T", "path": {"alias": "/t"}}}
    record = {
        "data": {"data": [node]},
        "status": 200,
        "config": {"baseURL": "https://a.example", "url": "/en/jsonapi/node/page"},
    }
    items = list(shapes.items_of(json.dumps(record).encode(), "application/json", "file.json"))
    assert items == [Reference("u1", "https://a.example/en/t", "", items[0].data)]  # type: ignore[union-attr]


def test_items_of_one_document_without_an_id_are_named_after_the_file() -> None:
    body = '{"title": "Río", "body": "Texto"}'.encode("latin-1")
    items = list(shapes.items_of(body, "application/json; charset=latin-1", "cases/rio.json"))
    assert [(item.id, item.data) for item in items if isinstance(item, Reference)] == [
        ("cases/rio.json", {"title": "Río", "body": "Texto"})
    ]
