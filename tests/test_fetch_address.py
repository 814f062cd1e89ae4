"""Addresses: none leads into a private network, whatever it is dressed as, and none tells a secret."""

from __future__ import annotations

import socket

import pytest
from bounded import bounded
from conftest import FETCH_AGENT, FETCH_LIMITS
from hypothesis import given, settings
from hypothesis import strategies as st
from misbehaving import (
    answer,
    failure,
    redirect,
    silence,
)

from indexer.fetch import wire
from indexer.fetch.address import addresses, is_public, resolve_name, target
from indexer.fetch.client import Fetcher
from indexer.fetch.terms import Trouble, shown

PUBLIC = "93.184.216.34"


@pytest.fixture
def dialled(monkeypatch, server) -> list[str]:
    """The addresses that are connected to; public ones lead to the server here, nothing leaves this machine."""
    found: list[str] = []
    connect = socket.create_connection

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        found.append(address[0])
        return connect(("127.0.0.1" if is_public(address[0]) else address[0], server.port), timeout)

    monkeypatch.setattr(wire.socket, "create_connection", dial)
    return found


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1/",
        "http://two.test/",
        "http://[::1]/",
        "http://2130706433/",
        "http://[::ffff:10.0.0.1]/",
        "//0/",
    ],
)
def test_redirect_into_a_private_network(server, store, dialled, to):
    names = {"one.test": PUBLIC, "two.test": "192.168.1.1"}
    fetcher = Fetcher(store, FETCH_AGENT, resolve=lambda host: (names[host],), limits=FETCH_LIMITS)
    server.route("/a", redirect(to))
    for _ in range(2):
        assert failure(lambda: fetcher.get("http://one.test/a", delay=0)).kind == "refused"
    assert fetcher.probe("http://one.test/a", delay=0).kind == "refused"
    assert set(dialled) == {PUBLIC}


def test_robots_redirected_into_a_private_network(server, store, dialled):
    fetcher = Fetcher(store, FETCH_AGENT, resolve=lambda _: (PUBLIC,), limits=FETCH_LIMITS)
    server.route("/robots.txt", redirect("http://127.0.0.1/robots.txt"))
    server.route("/a", answer(b"a"))
    assert failure(lambda: fetcher.get("http://one.test/a", delay=0)).kind == "refused"
    assert dialled == [PUBLIC]


def test_rebinding(server, store, dialled):
    """A name that is public when it is checked and private later: it is resolved once for each connection."""
    answers: list[tuple[str, ...]] = []

    def resolve(_: str) -> tuple[str, ...]:
        answers.append((PUBLIC,) if len(answers) < 2 else ("127.0.0.1",))
        return answers[-1]

    server.route("/a", answer(b"a"))
    fetcher = Fetcher(store, FETCH_AGENT, resolve=resolve, limits=FETCH_LIMITS)
    assert fetcher.get("http://one.test/a", delay=0).body == b"a"
    assert (len(answers), dialled) == (2, [PUBLIC, PUBLIC])
    failed = failure(lambda: fetcher.get("http://one.test/a", delay=0))
    assert failed.kind == "refused"
    assert "not public (127.0.0.1)" in str(failed)
    assert (len(answers), dialled) == (3, [PUBLIC, PUBLIC])


def test_one_private_address_among_public_ones(store, dialled):
    fetcher = Fetcher(store, FETCH_AGENT, resolve=lambda _: (PUBLIC, "10.1.2.3"), limits=FETCH_LIMITS)
    assert failure(lambda: fetcher.get("http://one.test/", delay=0)).kind == "refused"
    assert dialled == []


def test_the_second_address_is_tried(server, store, monkeypatch):
    connect = socket.create_connection

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        if address[0] == "2606:4700::1":
            raise OSError("no route")
        return connect(("127.0.0.1", server.port), timeout)

    monkeypatch.setattr(wire.socket, "create_connection", dial)
    server.route("/a", answer(b"a"))
    fetcher = Fetcher(store, FETCH_AGENT, resolve=lambda _: ("2606:4700::1", PUBLIC), limits=FETCH_LIMITS)
    assert fetcher.get("http://one.test/a", delay=0).body == b"a"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1",  # noqa: S104
        "169.254.169.254",
        "100.64.0.1", "100.127.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%1",
        "fc00::1",
        "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "2001::1", "3fff::1", "5f00::1", "100::1", "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::808:808",
        "2002:7f00:1::",
        "2002:a00:1::1", "2002:c0a8:101::", "::ffff:0:10.0.0.1", "nonsense", "", "127.1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not is_public(address)
    with pytest.raises(Trouble) as caught:
        addresses("one.test", lambda _: [PUBLIC, address], private=False)
    assert caught.value.kind == "refused"


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "192.0.1.1", "223.255.255.255",
     "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"],
)  # fmt: skip
def test_addresses_that_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://0177.0.0.1/", "http://0x7f000001/",
        "http://127.0.0.1./",
        "http://017700000001/", "http://127.0.0.0x1", "http://１２７.0.0.1/", "http://127。0。0。1/", "http://[::1]/",
        "http://[::ffff:7f00:1]/", "http://[fe80::1%25eth0]/", "http://localhost/", "http://LOCALHOST./", "http://0/",
        "http://0x/",
        "ftp://one.test/", "file:///etc/passwd", "gopher://one.test/", "javascript:1", "//one.test/", "one.test", "",
        "http://",
        "http:///path", "http://one.test:99999/", "http://one.test:0/", "http://one.test:x/", "http://user@one.test/",
        "http://user:pw@one.test/", "http://one.test@127.0.0.1/", "http://one.test\\@127.0.0.1/",
        "http://127.0.0.1\\.one.test/",
        "http://one.test%2e/", "http://%31%32%37.0.0.1/", "http://a b/", "http://one.test\n.evil/", "http://a..b/",
        "http://-a.test/",
        "http://[::1", "http://[zz]/", "http://[127.0.0.1]/", "http://" + "a" * 64 + ".test/",
        "http://" + "a." * 130 + "test/",
        "http://xn--é.test/", "http://one.test/\x00", "http://one.test/" + "x" * 9000,
        "http://é" + "é" * 5000 + ".test/", "http://[]/",
        "http://[::1]x/", "http://one.test/\ud800", "http://\ud800.test/",
    ],
)  # fmt: skip
def test_tricks_with_addresses_end_refused(store, dialled, url):
    fetcher = Fetcher(store, FETCH_AGENT, limits=FETCH_LIMITS)
    failed = failure(lambda: fetcher.get(url, delay=0))
    assert failed.kind == "refused"
    assert fetcher.probe(url).kind == "refused"
    assert dialled == []
    str(failed).encode()


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("HTTP://One.Test:80/a", "http://one.test/a"), ("https://one.test.:443", "https://one.test/"),
        ("https://bücher.example/ß?ß", "https://xn--bcher-kva.example/%C3%9F?%C3%9F"), ("http://a_b.test/", "http://a_b.test/"),
        ("http://one.test:8080/a?b=c&d[]=e#f", "http://one.test:8080/a?b=c&d[]=e"), ("http://one.test?x", "http://one.test/?x"),
        ("http://one.test/a b/%20/%zz", "http://one.test/a%20b/%20/%zz"), (" http://one.test/ ", "http://one.test/"),
        ("http://one.test/a/./b/../c/..", "http://one.test/a/"), ("http://one.test/../..", "http://one.test/"),
        ("http://one.test//a//b/", "http://one.test//a//b/"), ("http://[2606:4700::01]:8/", "http://[2606:4700::1]:8/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"), ("http://1.example/", "http://1.example/"),
    ],
)  # fmt: skip
def test_usual_form_of_an_address(url, found):
    assert target(url).url == found
    assert target(found).url == found


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(), st.text().map(lambda text: "http://" + text), st.text().map(lambda text: "http://a.test/" + text)
    )
)
def test_any_text_as_an_address(url):
    try:
        found = target(url)
    except Trouble:
        return
    assert target(found.url) == found
    assert found.url.isascii()
    assert "#" not in found.url


def test_unknown_names(store):
    def unknown(_: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "not known")

    fetcher = Fetcher(store, FETCH_AGENT, resolve=unknown, limits=FETCH_LIMITS)
    failed = failure(lambda: fetcher.get("http://one.test/", delay=0))
    assert failed.kind == "failing"
    assert "the name one.test is not known" in str(failed)
    empty = Fetcher(store, FETCH_AGENT, resolve=lambda _: (), limits=FETCH_LIMITS)
    assert "no address" in str(failure(lambda: empty.get("http://one.test/", delay=0)))
    assert "127.0.0.1" in resolve_name("127.0.0.1")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.test/x?api_key=S3CR3T&q=1", "https://a.test/x?api_key=…&q=1"),
        ("https://a.test/?q=1;Access_Token=S3CR3T#t", "https://a.test/?q=1;Access_Token=…#t"),
        ("https://a.test/?api%5Fk%65y=S3CR3T", "https://a.test/?api%5Fk%65y=…"),
        ("https://a.test/?client-secret=S3CR3T&userPassword=S3CR3T", "https://a.test/?client-secret=…&userPassword=…"),
        ("https://me:S3CR3T@a.test/", "https://…@a.test/"),
        ("https://a.test/?key=S3C R3T?S3CR3T&q=1", "https://a.test/?key=…&q=1"),
        ("https://a.test/?q=\n\x1b[31mred\u202e", "https://a.test/?q= [31mred "),
    ],
)
def test_secrets_are_not_shown(url, safe):
    assert shown(url) == safe
    assert len(shown(url + "x" * 5000)) < 400
    for tricky in ("x?" + "key" * 100_000, "?" * 100_000, "x://" + "@" * 100_000, "?a" * 50_000, "&=" * 50_000):
        with bounded(3):
            shown(tricky)


def test_secrets_are_not_told(server, fetcher):
    server.route("/a", answer(b"", 404))
    server.route("/b", redirect("/c?token=S3CR3T"))
    server.route("/c", redirect("http://x:S3CR3T@one.test/?password=S3CR3T"))
    server.route("/d", silence())
    server.route("/robots.txt", answer(b"User-agent: *\nDisallow: /no"))
    for path in ("/a?api_key=S3CR3T", "/b", "/d?secret=S3CR3T", "/no?key=S3CR3T"):
        assert "S3CR3T" not in str(failure(lambda: fetcher.get(server.url(path), delay=0)))  # noqa: B023
        assert "S3CR3T" not in fetcher.probe(server.url(path), delay=0).reason
