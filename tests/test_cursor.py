"""All records of a search through the API: each once, whatever comes into the collection or leaves it meanwhile."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from conftest import make_record
from hypothesis import given
from hypothesis import strategies as st

from hub.app import create_app
from hub.config import load_config
from hub.engine import Every
from hub.errors import InvalidRequest
from hub.web.cursor import after, cursor_of
from indexer.build import build

START = "http://localhost/api/v1/search?cursor="


def page(client, url):
    answer = client.get(url)
    assert answer.status_code == 200, answer.text
    return answer.json


def through(client, url):
    """The ids of all pages, one list for each."""
    found = []
    while url:
        answer = page(client, url)
        found.append([record["id"] for record in answer["records"]])
        url = answer["links"]["next"]
    return found


@pytest.mark.parametrize("query", ["", "q=forest", "q=agua&target=2", "country=FRA&country=KEN&lang=fr", "q=xyzzy"])
@pytest.mark.parametrize("size", [7, 100])
def test_the_links_lead_through_what_the_search_finds_by_id(real_client, query, size):
    pages = through(real_client, f"{START}&per_page={size}&{query}")
    found = [one for ids in pages for one in ids]
    total = page(real_client, f"/api/v1/search?per_page=1&{query}")["total"]
    assert len(found) == total and found == sorted(set(found))
    assert all(len(ids) == size for ids in pages[:-1]) and (total == 0 or pages[-1])
    hits = page(real_client, f"/api/v1/search?per_page=100&{query}")["hits"]
    assert {hit["id"] for hit in hits} <= set(found)


def test_what_was_asked_is_said_again_and_kept_in_the_links(client):
    first = page(client, f"{START}&q=reed&country=DEU&country=POL&per_page=1&lang=fr&verbatim=1")
    assert first["request"] == {
        "q": "reed", "filters": {"country": ["DEU", "POL"]}, "per_page": 1, "language": "fr", "verbatim": True,
    }  # fmt: skip
    assert first["links"]["html"] == ("http://localhost/fr/search?q=reed&country=DEU&country=POL&per_page=1&verbatim=1")
    again = page(client, first["links"]["self"])
    assert again == first
    assert first["records"][0]["links"]["html"].startswith("http://localhost/fr/records/")


def test_records_are_those_of_the_api_to_the_key(client):
    for record in page(client, START)["records"]:
        assert record == page(client, record["links"]["self"])


def test_the_header_has_the_next_link_alone(client):
    answer = client.get(f"{START}&per_page=2")
    assert answer.headers["Link"] == f'<{answer.json["links"]["next"]}>; rel="next"'
    last = client.get(f"{START}&per_page=5")
    assert last.json["links"]["next"] is None and "Link" not in last.headers


def test_an_update_on_the_way_loses_nothing_that_stays_and_repeats_nothing(client, corpus, engine):
    first = page(client, f"{START}&per_page=2")
    assert [record["id"] for record in first["records"]] == ["indice-de-ciudades", "mangrove-nursery"]
    corpus.write(make_record("a-new-one-behind"), None)
    corpus.write(make_record("new-one-ahead"), None)
    for gone in ("mangrove-nursery", "merged-case"):  # one already read, which the cursor names, and one to come
        (corpus.folder / "records" / f"{gone}.yaml").unlink()
    build(corpus, engine)
    rest = through(client, first["links"]["next"])
    assert rest == [["new-one-ahead", "reed-bed"], ["tourbiere-du-plateau"]]


@pytest.mark.parametrize("name", ["sort=title", "page=2", "page=1", "explain=1", "sort=relevance"])
def test_what_a_cursor_makes_meaningless_is_refused_by_name(client, name):
    answer = client.get(f"{START}&q=reed&{name}")
    assert answer.status_code == 400
    assert answer.json["parameter"] == name.partition("=")[0] and "cursor" in answer.json["detail"]


def test_empty_values_and_the_last_of_several_count_as_elsewhere(client):
    begin = page(client, START)
    assert page(client, f"{START}&sort=&page=&explain=") == begin
    second = cursor_of("mangrove-nursery")
    assert page(client, f"{START}{second}&cursor=")["records"] == page(client, START + second)["records"]


@pytest.mark.parametrize(
    "cursor", ["x", "reed-bed", "MQ", "Mi5yZWVkLWJlZA", "MS5SZWVk", "MS4", "MS5yZWVkLWJlZA==", "é", "A" * 5000, "%00"]
)
def test_what_is_no_cursor_is_refused(client, cursor):
    answer = client.get(f"{START}{cursor}")
    assert (answer.status_code, answer.json["parameter"]) == (400, "cursor")


def test_a_page_after_the_last_record_is_empty(client):
    answer = page(client, START + cursor_of("zzz"))
    assert (answer["records"], answer["links"]["next"], answer["total"]) == ([], None, 5)


@given(st.from_regex(re.compile("[a-z0-9]{1,30}(?:-[a-z0-9]{1,9}){0,5}"), fullmatch=True))
def test_a_cursor_is_read_back(record_id):
    assert after(cursor_of(record_id)) == record_id
    assert re.fullmatch("[A-Za-z0-9_-]+", cursor_of(record_id))


@given(st.text(max_size=40))
def test_any_cursor_is_read_or_refused(text):
    try:
        assert cursor_of(after(text)) == text or text == ""
    except InvalidRequest as error:
        assert error.parameter == "cursor"


def test_no_more_is_read_than_a_page_needs(engine, monkeypatch):
    client = create_app(load_config({}), engine).test_client()
    read = []

    def noted(request, begin=None):
        every = type(engine).every(engine, request, begin)
        return replace(every, records=(read.append(one.id) or one for one in every.records))

    monkeypatch.setattr(engine, "every", noted)
    assert isinstance(engine.every(client.application.extensions["hub"].search.request({}, "en"), ""), Every)
    page(client, f"{START}&per_page=2")
    assert len(read) == 3, "the third says that there are more"
