"""Bodies: decompressed within their limit, and known by how they look."""

from __future__ import annotations

import gzip
import itertools
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from bounded import bounded
from conftest import FETCH_AGENT
from hypothesis import given, settings
from hypothesis import strategies as st
from misbehaving import (
    answer,
    failure,
)

from indexer.fetch.body import accepted_encodings, collect, look, mismatch, read_body
from indexer.fetch.client import Fetcher
from indexer.fetch.terms import Limits, Trouble

PAGE = b"<!DOCTYPE html><title>Reed</title><p>Reed beds."


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("x-gzip", gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:]) + b"\0\0"),
        ("GZIP", PAGE),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
        ("deflate, gzip", gzip.compress(zlib.compress(PAGE))),
        ("", gzip.compress(PAGE)),
        ("gzip", gzip.compress(gzip.compress(PAGE))),
        ("identity", PAGE),
        ("gzip", b""),
    ],
    ids=itertools.count(),
)
def test_decompressed(server, fetcher, encoding, packed):
    server.route("/a", answer(packed, content_encoding=encoding))
    assert fetcher.get(server.url("/a"), delay=0).body == (PAGE if packed else b"")


def test_brotli(server, fetcher):
    brotli = pytest.importorskip("brotli")
    if "br" not in accepted_encodings():
        pytest.skip("this brotli cannot decompress piece by piece")
    server.route("/a", answer(brotli.compress(PAGE), content_encoding="br"))
    server.route("/bomb", answer(brotli.compress(b"0" * 5_000_000), content_encoding="br"))
    server.route("/cut", answer(brotli.compress(PAGE)[:-5], content_encoding="br"))
    assert fetcher.get(server.url("/a"), delay=0).body == PAGE
    assert failure(lambda: fetcher.get(server.url("/bomb"), delay=0)).kind == "refused"
    assert failure(lambda: fetcher.get(server.url("/cut"), delay=0)).kind == "failing"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip", "", "br"])
def test_bombs(server, store, encoding):
    data = bytes(50_000_000)
    if encoding == "br":
        packed = pytest.importorskip("brotli").compress(data, quality=3)
    else:
        packed = zlib.compress(data) if encoding == "deflate" else gzip.compress(data)
        packed = gzip.compress(packed) if encoding == "gzip, gzip" else packed
    del data
    fetcher = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=Limits(body=1_000_000))
    server.route("/a", answer(packed, content_encoding=encoding))
    tracemalloc.start()
    try:
        failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert failed.kind == "refused"
    assert "larger than 1 MB" in str(failed)
    assert peak < 3_000_000


def test_a_bomb_of_many_small_pieces():
    pieces = gzip.compress(b"") * 20_000
    with pytest.raises(Trouble, match="too many gzip pieces"):
        read_body(iter([pieces]), "gzip", 10_000_000)


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(b"text")[:-9], gzip.compress(b"text")[:12] + b"\xff" * 20, b"\x1f\x8b"],
    ids=itertools.count(),
)
def test_damaged_gzip(server, fetcher, packed):
    server.route("/a", answer(packed, content_encoding="gzip"))
    failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
    assert (failed.kind, len(server.asked("/a"))) == ("failing", 3)


@pytest.mark.parametrize("encoding", ["rot13", "gzip, gzip, gzip, gzip", "\x01"])
def test_unknown_compression(server, fetcher, encoding):
    server.route("/a", answer(b"x", content_encoding=encoding))
    assert failure(lambda: fetcher.get(server.url("/a"), delay=0)).kind == "refused"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_as_a_body(body):
    look(body)
    for encoding in ("gzip", "deflate", "br", ""):
        try:
            read_body(iter([body[:7], body[7:]]), encoding, 1000)
        except Trouble:
            continue


def test_collect_holds_no_more_than_the_limit_and_a_chunk():
    taken = []

    def chunks() -> Iterator[bytes]:
        for place in itertools.count():
            taken.append(place)
            yield b"x" * 10

    assert collect(chunks(), 25, cut=True) == b"x" * 25
    assert len(taken) == 3


@pytest.mark.parametrize(
    ("kind", "content_type", "body"),
    [
        ("json", "text/plain", b'\xef\xbb\xbf {"a": 1}'), ("json", "text/html", b"[1]"),
        ("json", "application/json", b"null"),
        ("xml", "text/html", b"<?xml version='1.0'?><rss/>"),
        ("xml", "application/octet-stream", b"\n<!-- x --><feed>"),
        ("xml", "text/plain", '<?xml version="1.0" encoding="utf-16"?><a/>'.encode("utf-16")),
        ("xml", "text/html", b"<?xml version='1.0'?><article>"), ("xml", "", b"<OAI-PMH xmlns='x'>"),
        ("xml", "application/xml", b"<html xmlns='x'>"),
        ("html", "text/html", PAGE), ("html", "", b"<!-- a -->\n<HTML>"), ("html", "text/html", b"Warning: <b>x"),
        ("html", "application/xhtml+xml", b"<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>"),
        ("html", "text/html", b"<my-app>"), ("html", "text/plain", b"<div>x"),
        ("csv", "text/plain", b"id,name\n1,x"), ("csv", "application/octet-stream", "é;b\n".encode("latin-1")),
        ("csv", "text/csv", b"[id],name"), ("csv", "text/csv", "a\tb\n".encode("utf-16-le") * 9),
        ("xlsx", "application/octet-stream", b"PK\3\4xxxx"), ("text", "text/x", b""), ("any", "x/y", b"\0\1"),
    ],
)  # fmt: skip
def test_content_that_fits(kind, content_type, body):
    assert mismatch(body, content_type, (kind,)) == ""


@pytest.mark.parametrize(
    ("kind", "content_type", "body", "words"),
    [
        ("html", "text/html", b"\x89PNG\r\n\x1a\n", ("an image", "an HTML page")),
        ("html", "image/jpeg", b"\xff\xd8\xff\xe0", ("an image", "image/jpeg")),
        ("html", "application/pdf", b"%PDF-1.7", ("a PDF file", "an HTML page")),
        ("html", "application/json", b'{"a": 1}', ("JSON", "an HTML page")),
        ("html", "text/html", b"  \n", ("nothing", "an HTML page")),
        ("json", "application/json", PAGE, ("an HTML page", "JSON")),
        ("json", "text/html", b"<?xml version='1.0'?><error/>", ("XML", "JSON")),
        ("json", "application/json", b"", ("nothing", "JSON")),
        ("xml", "text/html", PAGE, ("an HTML page", "XML")), ("xml", "text/xml", b"oops", ("text", "XML")),
        ("csv", "text/html", PAGE, ("an HTML page", "a CSV table")), ("csv", "text/csv", b"PK\3\4", ("zip", "CSV")),
        ("xlsx", "text/html", PAGE, ("an HTML page", "an Excel table")),
        ("xlsx", "application/vnd.ms-excel", b"\xd0\xcf\x11\xe0\xa1", ("an old Office file", "an Excel table")),
        ("text", "text/plain", bytes(range(256)), ("a binary file", "text")),
    ],
)  # fmt: skip
def test_content_that_does_not_fit(kind, content_type, body, words):
    said = mismatch(body, content_type, (kind,))
    assert all(word in said for word in words)


def test_any_of_several_kinds(server, fetcher):
    server.route("/a", answer(PAGE, content_type="text/html"))
    assert fetcher.get(server.url("/a"), delay=0, kinds=("xml", "html")).body == PAGE
    failed = failure(lambda: fetcher.get(server.url("/a"), delay=0, kinds=("xml", "json")))
    assert (failed.kind, failed.status) == ("refused", 200)
    assert str(failed).endswith("holds an HTML page, sent as text/html, where XML or JSON was expected")


def test_look():
    assert [look(body) for body in (b"BM\0\0x", b"BMW is a car", b"GIF89a", b"\0\0\1\2" * 9)] == [
        "image", "text", "image", "binary file",
    ]  # fmt: skip


def test_look_takes_linear_time():
    for body in (b"<!--" * 5000, b"<?" * 9000, b" " * 9000 + b"<", b"<!doctype" + b" " * 9000, b"<a" * 9000):
        with bounded(2):
            look(body)
