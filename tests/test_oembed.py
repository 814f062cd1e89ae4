"""oEmbed 1.0: what a site is told that was given the address of a search or a record."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from hub.app import create_app
from hub.config import load_config
from hub.serialize.oembed import Frame, Origin, oembed, oembed_xml


def ask(client, url, **more):
    return client.get("/oembed", query_string={"url": url, **more})


def frame(answer):
    return BeautifulSoup(answer["html"], "html.parser").iframe


@pytest.mark.parametrize(
    ("url", "src"),
    [
        ("http://localhost/search?q=reed&target=2", "/embed/search?q=reed&target=2"),
        (
            "http://localhost/fr/search?target=2&target=8&sort=title",
            "/embed/search?target=2&target=8&sort=title&lang=fr",
        ),
        ("http://localhost/es/search", "/embed/search?lang=es"),
        ("http://LOCALHOST/search?utm_source=x&from=2010&to=2012&page=1", "/embed/search?year=2010-2012"),
        ("https://localhost/search?target=GBF-TARGET-08", "/embed/search?target=8"),
        ("http://localhost/records/reed-bed", "/embed/records/reed-bed"),
        ("http://localhost/fr/records/reed-bed#results", "/embed/records/reed-bed?lang=fr"),
        ("http://localhost/records/old-case", "/embed/records/merged-case"),
    ],
)
def test_pages_of_the_hub_have_a_frame(client, url, src):
    answer = ask(client, url)
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = answer.json
    assert (found["type"], found["version"], found["provider_name"]) == ("rich", "1.0", "Knowledge Hub")
    assert frame(found)["src"] == "http://localhost" + src
    assert frame(found)["sandbox"] == ["allow-popups", "allow-popups-to-escape-sandbox"]
    assert (frame(found)["width"], frame(found)["height"]) == (str(found["width"]), str(found["height"]))
    assert client.get(src).status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/", "http://localhost/about", "http://localhost/targets/2", "http://localhost/nope",
        "http://localhost/records/nope", "http://localhost/records/draft-case", "http://localhost/records/gone-case",
        "http://localhost/search?target=99", "http://localhost/api/v1/search", "http://localhost/embed/search",
        "http://elsewhere.example/search", "http://localhost:81/search", "http://localhost@evil.example/search",
        "http://user@localhost/search", "ftp://localhost/search", "//localhost/search", "/search",
        "javascript:alert(1)", "http://[", "http://localhost/search/../about", "x" * 9_000,
        "http://localhost/search?" + "&".join(["q=a"] * 300),
        "http://localhost/records/<script>", "http://localhost/search?q=" + "a" * 1_001,
    ],
)  # fmt: skip
def test_any_other_address_is_not_found(client, url):
    answer = ask(client, url)
    assert answer.status_code == 404 and answer.mimetype == "application/problem+json"


def test_a_format_that_there_is_not_is_not_implemented(client):
    answer = ask(client, "http://localhost/search", format="yaml")
    assert answer.status_code == 501 and "json, xml" in answer.json["detail"]


@pytest.mark.parametrize(
    "query", ["", "url=", "url=http://localhost/search&maxwidth=wide", "url=http://localhost/search&maxheight=0",
              "url=http://localhost/search&maxwidth=-3", "url=http://localhost/search&callback=x"],
)  # fmt: skip
def test_a_request_that_makes_no_sense_is_refused(client, query):
    assert client.get(f"/oembed?{query}").status_code == 400


def test_of_a_parameter_that_comes_twice_the_last_with_a_value_counts(client):
    twice = "url=http://localhost/records/reed-bed&url=&format=json&format=xml&format=%20&maxwidth=320&maxwidth="
    answer = client.get(f"/oembed?{twice}")
    assert answer.status_code == 200 and answer.mimetype == "text/xml"
    root = ElementTree.fromstring(answer.data)  # noqa: S314 - our own
    assert root.findtext("width") == "320" and "/records/reed-bed" in root.findtext("html")


@pytest.mark.parametrize("url", ["http://localhost/search", "http://localhost/records/reed-bed"])
def test_a_frame_takes_no_more_room_than_there_is(client, url):
    usual = ask(client, url).json
    assert usual["width"] == 600 and usual["height"] > 300
    small = ask(client, url, maxwidth="320", maxheight="200").json
    assert (small["width"], small["height"]) == (320, 200)
    large = ask(client, url, maxwidth="2000", maxheight="9000").json
    assert (large["width"], large["height"]) == (usual["width"], usual["height"])


def test_few_cases_take_little_room(client):
    heights = [
        ask(client, f"http://localhost/search?{query}").json["height"] for query in ("", "country=FRA", "q=qxqxqx")
    ]
    assert heights == sorted(heights, reverse=True) and len(set(heights)) == 3


def test_the_same_answer_as_xml(client):
    url = "http://localhost/fr/search?q=<b>%26eau&target=2"
    found = ask(client, url).json
    answer = ask(client, url, format="xml")
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.data)  # noqa: S314 - our own
    assert root.tag == "oembed"
    assert {part.tag: part.text for part in root} == {name: str(value) for name, value in found.items()}


def test_a_record_names_its_source_as_author(client):
    found = ask(client, "http://localhost/records/reed-bed").json
    assert (found["author_name"], found["author_url"]) == ("Example Portal", "https://example.org/cases/reed-bed")
    assert found["title"] == "Reed beds clean the water of a lake"
    assert "author_name" not in ask(client, "http://localhost/search").json


PAGES = (
    "/search?q=reed&target=2", "/es/search?q=xyzzyq", "/fr/search?target=2", "/records/reed-bed",
    "/es/records/reed-bed",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_pages_say_where_to_ask(client, path):
    page = BeautifulSoup(client.get(path).text, "html.parser")
    for kind in ("json", "xml"):
        media = {"json": "application/json+oembed", "xml": "text/xml+oembed"}[kind]
        (link,) = page.find_all("link", type=media)
        asked = parse_qs(urlsplit(link["href"]).query)
        assert asked == {"url": ["http://localhost" + path], "format": [kind]}
        answer = client.get(link["href"])
        assert answer.status_code == 200 and kind in answer.mimetype


def test_only_the_public_address_of_the_hub_is_its_own(engine):
    client = create_app(load_config({"HUB_BASE_URL": "https://hub.example.org"}), engine).test_client()
    assert ask(client, "https://hub.example.org/search").status_code == 200
    assert ask(client, "http://localhost/search").status_code == 404
    assert frame(ask(client, "https://hub.example.org/search").json)["src"] == "https://hub.example.org/embed/search"


def test_control_characters_do_not_break_xml():
    answer = oembed(
        Frame("https://hub.example.org/x?a=1&b=2", 'a\x00b\x0b"<&>\ufffe', 600, 400), Origin("Hub", "https://h")
    )
    root = ElementTree.fromstring(oembed_xml(answer))  # noqa: S314 - our own
    assert root.find("title").text == 'ab"<&>'
    assert BeautifulSoup(root.find("html").text, "html.parser").iframe["src"] == "https://hub.example.org/x?a=1&b=2"
