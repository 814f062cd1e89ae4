"""Fetching as it should go: what is asked for, kept and not asked for again, tried again, followed and probed."""

from __future__ import annotations

import pytest
from conftest import FETCH_AGENT, FETCH_LIMITS
from misbehaving import (
    answer,
    chunked,
    failure,
    redirect,
    reset,
    silence,
    unless_unchanged,
)

from indexer.fetch.body import accept, accepted_encodings
from indexer.fetch.client import Fetcher, headers_for

PAGE = b"<!DOCTYPE html><title>Reed</title><p>Reed beds."


def test_answer_and_request(server, fetcher):
    server.route(
        "/a", answer(PAGE, content_type='Text/HTML; Charset="ISO-8859-1"', x_wp_totalpages="3", set_cookie="a=b")
    )
    got = fetcher.get(server.url("/a?q=ü b#part"), delay=0, kinds=("html",))
    assert (got.url, got.status, got.body) == (server.url("/a?q=%C3%BC%20b"), 200, PAGE)
    assert (got.content_type, got.charset, got.unchanged) == ("text/html", "iso-8859-1", False)
    assert got.headers["x-wp-totalpages"] == "3"
    assert "set-cookie" not in got.headers
    asked = server.asked("/a?q=%C3%BC%20b")[0]
    assert asked.headers["user-agent"] == FETCH_AGENT
    assert asked.headers["accept"] == accept(("html",)) == "text/html, application/xhtml+xml, */*;q=0.5"
    assert asked.headers["accept-encoding"] == accepted_encodings()
    assert asked.headers["host"] == f"one.test:{server.port}"
    assert not {"if-none-match", "if-modified-since", "cookie"} & set(asked.headers)


def test_no_proxy_from_the_environment(server, fetcher, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.route("/a", answer(b"x"))
    assert fetcher.get(server.url("/a"), delay=0).body == b"x"


def test_chunked(server, fetcher):
    server.route("/a", chunked(b"one ", b"two"))
    assert fetcher.get(server.url("/a"), delay=0).body == b"one two"


@pytest.mark.parametrize(
    "validators",
    [{"etag": '"v1"'}, {"modified": "Tue, 01 Jul 2025 10:00:00 GMT"}, {"etag": 'W/"2"', "modified": "yesterday"}],
)
def test_unchanged_is_not_transferred_again(server, fetcher, validators):
    server.route("/a", unless_unchanged(PAGE, content_type="text/html; charset=utf-8", **validators))
    first = fetcher.get(server.url("/a"), delay=0, run="1")
    again = fetcher.get(server.url("/a"), delay=0, run="2")
    assert (first.unchanged, again.unchanged) == (False, True)
    assert (again.body, again.status, again.charset, again.url) == (PAGE, 200, "utf-8", first.url)
    assert len(server.asked("/a")) == 2
    server.route("/a", unless_unchanged(b"<html>new", etag='"v9"'))
    changed = fetcher.get(server.url("/a"), delay=0, run="3")
    assert (changed.unchanged, changed.body) == (False, b"<html>new")


def test_an_interrupted_run_goes_on(server, store, fetcher):
    server.route("/a", redirect("/b"))
    server.route("/b", answer(PAGE, link="<x>; rel=next"))
    first = fetcher.get(server.url("/a"), delay=0, run="1")
    other = Fetcher(store, FETCH_AGENT, private=True, resolve=server.resolve, limits=FETCH_LIMITS)
    for address in ("/a", "/b"):
        again = other.get(server.url(address), delay=0, run="1")
        assert (again.body, again.url, again.unchanged) == (PAGE, server.url("/b"), True)
        assert again.headers["link"] == first.headers["link"]
    assert len(server.asked()) == 2
    assert other.get(server.url("/a"), delay=0, run="2").unchanged is False
    assert other.get(server.url("/a"), delay=0).unchanged is False
    assert len(server.asked()) == 6


def test_one_page_under_two_addresses_is_asked_for_once_in_a_run(server, fetcher):
    server.route("/a", redirect("/b"))
    server.route("/b", answer(PAGE))
    fetcher.get(server.url("/b"), delay=0, run="1")
    assert fetcher.get(server.url("/a"), delay=0, run="1").unchanged
    assert len(server.asked("/b")) == 1


def test_validators_belong_to_the_final_address(server, fetcher):
    server.route("/a", redirect("/b"), redirect("/b"), redirect("/c"))
    server.route("/b", unless_unchanged(PAGE, etag='"b"'))
    server.route("/c", unless_unchanged(b"<p>c", etag='"c"'))
    assert fetcher.get(server.url("/a"), delay=0, run="1").body == PAGE
    assert fetcher.get(server.url("/a"), delay=0, run="2").unchanged
    moved = fetcher.get(server.url("/a"), delay=0, run="3")
    assert (moved.body, moved.unchanged, moved.url) == (b"<p>c", False, server.url("/c"))
    assert all("if-none-match" not in asked.headers for asked in server.asked("/a"))
    assert [asked.headers.get("if-none-match") for asked in server.asked("/b")] == [None, '"b"']
    assert server.asked("/c")[0].headers.get("if-none-match") is None


def test_another_kind_of_content_is_asked_for_anew(server, fetcher):
    server.route("/a", unless_unchanged(PAGE, modified="x"))
    fetcher.get(server.url("/a"), delay=0, kinds=("html",), run="1")
    server.route("/a", unless_unchanged(b'{"a": 1}', modified="x"))
    assert fetcher.get(server.url("/a"), delay=0, kinds=("json",), run="1").body == b'{"a": 1}'


def test_304_out_of_the_blue(server, fetcher):
    server.route("/a", answer(b"", 304))
    assert failure(lambda: fetcher.get(server.url("/a"), delay=0)).status == 304


@pytest.mark.parametrize(
    ("status", "kind", "tries"),
    [
        (404, "gone", 1), (410, "gone", 1), (401, "refused", 1), (403, "refused", 1), (451, "refused", 1),
        (418, "refused", 1), (300, "refused", 1), (408, "failing", 1), (425, "failing", 1), (429, "failing", 3),
        (500, "failing", 3), (501, "failing", 1), (502, "failing", 3), (503, "failing", 3), (504, "failing", 3),
        (999, "failing", 1),
    ],
)  # fmt: skip
def test_status(server, fetcher, status, kind, tries):
    server.route("/a", answer(b"no", status))
    failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
    assert (failed.kind, failed.status, len(server.asked("/a"))) == (kind, status, tries)
    assert f"answered {status}" in str(failed)


@pytest.mark.parametrize(
    "first", [answer(b"", 500), answer(b"", 429), reset(), silence(), answer(b"x", content_length="9")]
)
def test_fails_and_then_works(server, fetcher, first):
    server.route("/a", first, answer(b"fine"))
    assert fetcher.get(server.url("/a"), delay=0).body == b"fine"
    assert len(server.asked("/a")) == 2


def test_redirects(server, fetcher):
    server.route("/a", redirect("/b?x=1#part", 301))
    server.route("/b", redirect(f"//two.test:{server.port}/c", 307))
    server.route("/c", redirect("d/../é", 308))
    server.route("/%C3%A9", redirect("/utf-8/Ã©".encode("latin-1").decode("latin-1"), 303))
    server.route("/utf-8/%C3%A9", redirect("/end", 302))
    server.route("/end", answer(b"end"))
    assert fetcher.get(server.url("/a"), delay=0).url == server.url("/end", "two.test")


def test_probe(server, fetcher):
    server.route("/a", redirect("/b", 301))
    server.route("/b", redirect("/c", 308))
    server.route("/c", redirect("/d", 302))
    server.route("/d", answer(b"x" * 500_000))
    state = fetcher.probe(server.url("/a#x"), delay=0)
    assert (state.status, state.kind, state.reason) == (200, "", "")
    assert (state.final, state.permanent) == (server.url("/d"), server.url("/c"))
    assert {asked.method for asked in server.asked()} == {"HEAD"}
    assert fetcher.probe(server.url("/c"), delay=0).permanent == ""


@pytest.mark.parametrize("refusal", [405, 501, 403, 404, 500])
def test_probe_without_head(server, fetcher, refusal):
    server.route("/a", answer(b"", refusal), answer(b"x" * 1024, 206))
    state = fetcher.probe(server.url("/a"), delay=0)
    assert (state.status, state.kind) == (200, "")
    assert [(asked.method, asked.headers.get("range")) for asked in server.asked("/a")] == [
        ("HEAD", None), ("GET", "bytes=0-1023"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "kind"), [(404, "gone"), (410, "gone"), (403, "refused"), (500, "failing"), (416, "")]
)
def test_probe_of_a_broken_link(server, fetcher, status, kind):
    server.route("/a", answer(b"", status))
    state = fetcher.probe(server.url("/a"), delay=0)
    assert (state.kind, state.status) == (kind, status if kind else 200)
    assert not kind or f"answered {status}" in state.reason
    assert fetcher.probe("mailto:a@b.example").kind == "refused"


def test_headers_of_a_source_go_to_its_own_origin_alone(server, store):
    server.route("/list", redirect(server.url("/list", "two.test")), host="one.test")
    server.route("/list", answer(b"{}", content_type="application/json"), host="two.test")
    fetcher = Fetcher(store, "Agent/1", private=True, resolve=server.resolve)
    headers = headers_for(server.url("/", "one.test"), {"Authorization": "Token x", "User-Agent": "other"})
    fetcher.get(server.url("/list", "one.test"), delay=0, headers=headers)
    fetcher.get(server.url("/list?again", "two.test"), delay=0, headers=headers)
    first, *others = [asked for asked in server.asked() if asked.path != "/robots.txt"]
    assert (first.headers["authorization"], first.headers["user-agent"]) == ("Token x", "Agent/1")
    assert len(others) == 2
    assert all("authorization" not in asked.headers for asked in (*others, *server.asked("/robots.txt")))
    assert headers_for("https://x.test/a", {}) is None
    assert headers_for("https://x.test/a", {"A": "b"}).origin != headers_for("http://x.test/a", {"A": "b"}).origin
    fetcher.close()
