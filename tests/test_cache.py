"""Answers that are kept: the same as fresh ones, and never of another state."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from conftest import make_record
from flask import request, request_started

from hub.app import create_app
from hub.config import load_config
from hub.web import cache
from indexer.build import build

PAGES = (
    "/", "/fr/", "/search", "/search?q=reed", "/fr/search?q=reed&target=2&country=DEU",
    "/search?q=%3Cb%3E+%22reed%22&utm_source=mail", "/records/reed-bed", "/es/records/tourbiere-du-plateau",
    "/targets/2", "/themes/eco", "/countries/KEN", "/regions/sids", "/coverage", "/about", "/api",
)  # fmt: skip
API = (
    "/api/v1/search", "/api/v1/search?q=reed&lang=fr", "/api/v1/search?q=xyzzy", "/api/v1/records/reed-bed",
    "/api/v1/vocabularies", "/api/v1/vocabularies/target", "/api/v1/openapi.json",
)  # fmt: skip
# Each with the status that it has; none of them is kept.
OTHERS = {
    "/nope": 404, "/api/v1/nope": 404, "/records/nope": 404, "/records/gone-case": 410, "/records/old-case": 301,
    "/api/v1/records/old-case": 301, "/targets/02": 301, "/targets": 302, "/search?from=2010": 302,
    "/search?target=99": 400, "/api/v1/search?targt=3": 400, "/search?page=2&q=reed": 404,
    "/api/v1/records/gone-case": 410, "/assets/none/hub.css": 200, "/search?q=xyzzy": 200,
}  # fmt: skip


@contextmanager
def seen_by(client):
    """The addresses that reach the application meanwhile."""
    found: list[str] = []

    def note(*_, **__):
        found.append(request.full_path.rstrip("?"))

    with request_started.connected_to(note, client.application):
        yield found


@pytest.fixture
def forgetful(engine, monkeypatch):
    """The same site, keeping nothing."""
    client = create_app(load_config({}), engine).test_client()
    monkeypatch.setattr(client.application.wsgi_app, "_keep", lambda *_: None)
    return client


def whole(answer):
    body = answer.data[:4] + answer.data[8:] if answer.headers.get("Content-Encoding") == "gzip" else answer.data
    headers = sorted((name, value) for name, value in answer.headers.items() if name != "Date")
    return answer.status, headers, body  # gzip notes the time in bytes 4 to 8


@pytest.mark.parametrize("coding", ["", "gzip", "br, gzip"])
def test_a_kept_answer_is_that_of_the_application_to_the_byte(client, forgetful, coding):
    headers = {"Accept-Encoding": coding}
    for url in (*PAGES, *API):
        fresh, first = forgetful.get(url, headers=headers), client.get(url, headers=headers)
        with seen_by(client) as seen:
            kept, head = client.get(url, headers=headers), client.head(url, headers=headers)
        assert seen == []
        assert fresh.status_code == 200 and fresh.headers.get("Content-Encoding", "") == coding.partition(",")[0], url
        assert whole(first) == whole(kept) == whole(fresh), url
        assert (whole(head)[:2], head.data) == (whole(fresh)[:2], b""), url


def test_only_whole_answers_without_a_rule_of_their_own_are_kept(client, forgetful):
    for url, status in OTHERS.items():
        first = client.get(url)
        with seen_by(client) as seen:
            again = client.get(url)
        assert len(seen) == 1, url
        assert (first.status_code, first.headers["Cache-Control"]) == (status, "no-cache"), url
        assert whole(first) == whole(again) == whole(forgetful.get(url)), url


def test_what_is_not_reading_always_reaches_the_application(client):
    client.get("/search?q=reed")
    with seen_by(client) as seen:
        assert client.post("/search?q=reed").status_code == 405
        assert client.options("/search?q=reed").status_code == 200
    assert len(seen) == 2


def test_the_answer_to_head_serves_get(client, forgetful):
    client.head("/search?q=reed")
    with seen_by(client) as seen:
        assert whole(client.get("/search?q=reed")) == whole(forgetful.get("/search?q=reed"))
    assert seen == []


@pytest.mark.parametrize("url", ["/search?q=reed", "/api/v1/search?q=reed"])
@pytest.mark.parametrize("form", ["{}", '"other", {}', "*"])
def test_a_reader_that_has_the_answer_is_told_so_before_any_work(client, forgetful, url, form):
    etag = forgetful.get(url).headers["ETag"]
    headers = {"If-None-Match": form.format(etag), "Accept-Encoding": "br"}
    if form == "*":  # true of any answer, if there is one
        client.get(url, headers={"Accept-Encoding": "br"})
    with seen_by(client) as seen:
        answer = client.get(url, headers=headers)
    assert seen == []
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", etag)
    described = {"Content-Type", "Content-Length", "Content-Encoding", "Link"}
    fresh = forgetful.get(url, headers={"Accept-Encoding": "br"}).headers
    assert dict(answer.headers) == {name: value for name, value in fresh.items() if name not in described}


def test_any_version_will_do_only_where_there_is_one(client):
    assert client.get("/nope", headers={"If-None-Match": "*"}).status_code == 404
    assert client.get("/about", headers={"If-None-Match": "*"}).status_code == 304


def test_each_host_and_each_order_of_parameters_has_its_own_answer(client):
    urls = ("/api/v1/search?q=reed&target=2", "/api/v1/search?target=2&q=reed", "/fr/search?q=reed", "/search?q=reed")
    bases = ("http://one.example", "https://one.example", "http://two.example", "http://one.example:8000")
    with seen_by(client) as seen:
        etags = {client.get(url, base_url=base).headers["ETag"] for url in urls for base in bases}
    assert len(etags) == len(seen) == len(urls) * len(bases)
    for base in bases:
        assert client.get(urls[0], base_url=base).json["links"]["self"].startswith(f"{base}/api/")


def test_an_index_that_came_into_force_is_seen_at_once(client, corpus, engine, tmp_path):
    assert client.get("/api/v1/search?q=reed").json["total"] == client.get("/api/v1/search?q=reed").json["total"] == 2
    corpus.write(make_record("reed-two", title="More reed"), None)
    build(corpus, engine)
    assert client.get("/api/v1/search?q=reed").json["total"] == 3
    shutil.rmtree(tmp_path / "instance")
    assert client.get("/api/v1/search?q=reed").status_code == 503


def reaches(client, url) -> bool:
    """Whether an answer was not kept."""
    with seen_by(client) as seen:
        client.get(url)
    return bool(seen)


def test_what_nobody_asks_again_is_not_kept(client):
    for size, fresh in ((1000, False), (3000, True)):
        url = "/about?utm_source=" + "x" * size
        client.get(url)
        assert reaches(client, url) is fresh
    client.get("/api/v1/search?cursor=")
    assert reaches(client, "/api/v1/search?cursor=")
    client.get("/api/v1/search?q=cursor%3D")
    assert not reaches(client, "/api/v1/search?q=cursor%3D")


def test_a_huge_answer_is_not_kept(client, monkeypatch):
    monkeypatch.setattr(cache, "LARGEST", 20_000)
    client.get("/api/v1/vocabularies/country")
    client.get("/about")
    assert reaches(client, "/api/v1/vocabularies/country")
    assert not reaches(client, "/about")


def test_what_was_not_asked_for_longest_makes_room(client, monkeypatch):
    sizes = [len(client.get(f"/about?utm_source={n}").data) + cache.BESIDE for n in range(3)]
    monkeypatch.setattr(cache, "ROOM", sum(sizes))
    assert not reaches(client, "/about?utm_source=0")
    client.get("/about?utm_source=3")
    assert [reaches(client, f"/about?utm_source={n}") for n in (0, 2, 3, 1)] == [False, False, False, True]


def test_threads_share_what_is_kept(client, forgetful, monkeypatch):
    monkeypatch.setattr(cache, "ROOM", 60_000)
    urls = [*PAGES[:6], *API[:5]]
    expected = {url: whole(forgetful.get(url)) for url in urls}
    app = client.application

    def ask(number):
        url = urls[number % len(urls)]
        return url, whole(app.test_client().get(url))

    with ThreadPoolExecutor(8) as threads:
        for url, answer in threads.map(ask, range(200)):
            assert answer == expected[url], url


def test_what_many_ask_for_at_once_is_made_once(client):
    def ask(_):
        return client.application.test_client().get("/api/v1/search?q=reed+at+once").status_code

    with seen_by(client) as seen, ThreadPoolExecutor(8) as threads:
        assert set(threads.map(ask, range(24))) == {200}
    assert seen == ["/api/v1/search?q=reed+at+once"]
