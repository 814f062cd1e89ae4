"""Fetching from hosts that are broken or mean: it costs bounded time and memory, and ends in a sentence."""

from __future__ import annotations

import itertools
import random
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import FETCH_AGENT, FETCH_LIMITS
from misbehaving import (
    Misbehaving,
    answer,
    endless,
    failure,
    head,
    raw,
    redirect,
    reset,
    silence,
)

from indexer.fetch.client import Fetcher
from indexer.fetch.terms import Limits
from indexer.harvest.item import FetchFailed

CHUNKED = head(200, {"Transfer-Encoding": "chunked"})


def timed(ask: Callable[[], object]) -> tuple[FetchFailed, float]:
    begun = time.monotonic()
    failed = failure(ask)
    return failed, time.monotonic() - begun


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (silence(), "sent nothing for 0.3 s"),
        (raw(b"HTTP/1.1 200 OK\r\nX: 1", b"2" * 9, b"", b"", pause=0.25), "took longer than 0.8 s"),
        (endless(b"HTTP/1.1 200 OK\r\nX: 1", itertools.repeat(b"2"), 0.05), "took longer than 0.8 s"),
        (endless(head(200, {}), itertools.repeat(b"x"), 0.05), "took longer than 0.8 s"),
        (endless(head(200, {"Content-Length": "99"}), [b"x"] * 99, 0.1), "took longer than 0.8 s"),
        (endless(CHUNKED, itertools.repeat(b"1\r\nx\r\n"), 0.05), "took longer than"),
        (endless(head(200, {"Content-Encoding": "gzip"}), itertools.repeat(b"\0"), 0.1), "took longer than 0.8 s"),
        (raw(head(200, {"Content-Length": "9"}) + b"x", b"", b"", b"", pause=0.6), "for 0.3 s"),
    ],
)  # fmt: skip
def test_slow_hosts_cost_bounded_time(server, fetcher, behaviour, words):
    server.route("/a", behaviour)
    failed, took = timed(lambda: fetcher.get(server.url("/a"), delay=0))
    assert failed.kind == "failing"
    assert words in str(failed) or "took longer than 0.8 s" in str(failed)
    assert took < 20


def test_silence_counts_towards_the_total(server, store):
    server.route("/a", silence())
    fetcher = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=Limits(total=0.5))
    failed, took = timed(lambda: fetcher.get(server.url("/a"), delay=0))
    assert "took longer than 0.5 s" in str(failed)
    assert took < 20


def test_nobody_listens(fetcher):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    failed = failure(lambda: fetcher.get(f"http://one.test:{port}/", delay=0))
    assert failed.kind == "failing"
    assert "refuses the connection" in str(failed)


def test_too_large(server, fetcher):
    server.route("/declared", endless(head(200, {"Content-Length": "100001"}), [b"x" * 1000] * 200))
    server.route("/undeclared", endless(head(200, {}), itertools.repeat(b"x" * 10_000)))
    server.route("/more", endless(head(200, {"Content-Length": "9" * 5000}), [b"x"]))
    server.route("/fits", answer(b"x" * 100_000))
    for path in ("/declared", "/undeclared", "/more"):
        failed = failure(lambda: fetcher.get(server.url(path), delay=0))  # noqa: B023 - called at once
        assert failed.kind == "refused"
        assert "larger than 100 kB" in str(failed)
        assert len(server.asked(path)) == 1
    assert len(fetcher.get(server.url("/fits"), delay=0).body) == 100_000


def test_a_run_has_a_limit(server, fetcher):
    server.route("/a", answer(b"x" * 90_000))
    for _ in range(33):
        fetcher.get(server.url("/a"), delay=0)
    failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
    assert failed.kind == "refused"
    assert "more than 3 MB" in str(failed)


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\nbody"), "refused"),
        (raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 150 + b"\r\nbody"), "refused"),
        (raw(b"HTTP/1.1 200 OK\r\n" + (b"X: " + b"y" * 5000 + b"\r\n") * 50 + b"\r\nbody"), "refused"),
        (endless(b"HTTP/1.1 200 OK\r\n", itertools.repeat(b"X" * 4000)), "refused"),
        (endless(b"", itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")), "refused"),
        (raw(b"\x16\x03\x01 not http"), "failing"),
        (raw(b"<html>no status line"), "failing"),
        (raw(b"HTTP/1.1 abc\r\n\r\n"), "failing"),
        (raw(b""), "failing"),
        (reset(), "failing"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"), "failing"),
        (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nshort"), "failing"),
        (raw(CHUNKED + b"5\r\nab"), "failing"),
        (raw(CHUNKED + b"5\r\nabcde\r\n"), "failing"),
        (raw(CHUNKED + b"zz\r\nabcde\r\n0\r\n\r\n"), "failing"),
        (raw(CHUNKED + b"ffffffffff\r\nab"), "failing"),
        (endless(CHUNKED + b"-1\r\n", itertools.repeat(b"x" * 9999)), "refused"),
        (endless(CHUNKED + b"-5\r\n", itertools.repeat(b"x" * 9999)), "failing"),
        (endless(CHUNKED + b"0\r\n", itertools.repeat(b"a: b\r\n" * 99)), "refused"),
        (endless(CHUNKED, itertools.repeat(b"1;" + b"y" * 999 + b"\r\nx\r\n")), "refused"),
        (redirect("", 302), "refused"),
        (redirect("ftp://one.test/"), "refused"),
        (redirect("http://"), "refused"),
        (redirect("http://[::1"), "refused"),
        (redirect("javascript:alert(1)"), "refused"),
        (redirect("file:///etc/passwd"), "refused"),
        (redirect("http://user:pw@one.test/"), "refused"),
        (redirect("/" + "x" * 9000), "refused"),
    ],
)  # fmt: skip
def test_nonsense_ends_in_a_sentence(server, fetcher, behaviour, kind):
    server.route("/a", behaviour)
    failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
    assert failed.kind == kind
    assert str(failed).startswith(server.url("/a") + " ")
    assert "\n" not in str(failed)
    assert len(str(failed)) < 800


def test_odd_headers_are_lived_with(server, fetcher, caplog):
    odd = b"HTTP/1.1 200\r\nno colon here\r\nContent-Type: text/html;\r\n charset=utf-8\r\nContent-Length: -7\r\n"
    server.route("/a", raw(odd + b"X: \xff\0\r\n\r\n<p>x"))
    assert fetcher.get(server.url("/a?api_key=hidden"), delay=0).body.endswith(b"<p>x")
    assert caplog.text == ""


def test_random_bytes(server, fetcher):
    chance = random.Random(5)  # noqa: S311
    starts = [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        head(200, {"Transfer-Encoding": "chunked"}),
        head(200, {"Content-Encoding": "gzip"}),
    ]
    for place in range(60):
        noise = chance.randbytes(chance.randint(0, 200))
        server.route(f"/{place}", raw(chance.choice(starts) + noise))
        try:
            fetcher.get(server.url(f"/{place}", f"h{place}.test"), delay=0)
        except FetchFailed:
            continue


def test_redirect_loops(server, fetcher):
    server.route("/a", redirect("/b"))
    server.route("/b", redirect("/a#again"))
    server.route("/self", redirect("self"))
    for place in range(9):
        server.route(f"/{place}", redirect(f"/{place + 1}"))
    server.route("/9", answer(b"end"))
    for path, count in (("/a", 2), ("/self", 1), ("/3", 6)):
        server.log.clear()
        failed = failure(lambda: fetcher.get(server.url(path), delay=0))  # noqa: B023
        assert failed.kind == "refused"
        assert "redirect" in str(failed)
        assert len(server.asked()) == count
    assert fetcher.get(server.url("/4"), delay=0).body == b"end"
    assert "in a circle" in fetcher.probe(server.url("/a"), delay=0).reason


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A certificate and key for one.test, signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    made = folder / "made.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=one.test",
         "-addext", "subjectAltName=DNS:one.test", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    made.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return made


def test_tls(certificate, store, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    asked_for: list[str] = []
    context.sni_callback = lambda _, name, __: asked_for.append(name)
    with Misbehaving(context) as server:
        server.route("/a", answer(b"a"))
        server.route("/slow", endless(head(200, {}), itertools.repeat(b"x"), 0.05))
        strict = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=FETCH_LIMITS)
        failed = failure(lambda: strict.get(server.url("/a"), delay=0))
        assert failed.kind == "failing"
        assert "certificate that cannot be trusted" in str(failed)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        trusting = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=FETCH_LIMITS)
        assert trusting.get(server.url("/a"), delay=0).body == b"a"
        assert "one.test" in asked_for
        assert "certificate" in str(failure(lambda: trusting.get(server.url("/a", "two.test"), delay=0)))
        failed, took = timed(lambda: trusting.get(server.url("/slow"), delay=0))
        assert "took longer" in str(failed)
        assert took < 20
        plain = server.url("/a").replace("https", "http")
        assert failure(lambda: trusting.get(plain, delay=0)).kind == "failing"


def test_tls_with_a_host_that_speaks_none_or_not_at_all(server, fetcher):
    server.route("/a", answer(b"a"))
    failed, took = timed(lambda: fetcher.get(server.url("/a").replace("http:", "https:"), delay=0))
    assert failed.kind == "failing"
    assert took < 20
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://mute.test:{mute.getsockname()[1]}/"
        failed, took = timed(lambda: fetcher.get(url, delay=0))
    assert failed.kind == "failing"
    assert took < 20
