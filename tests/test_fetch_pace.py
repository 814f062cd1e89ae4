"""Politeness: robots.txt, the pace of each host, how long to wait after a failure, and when to give up."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from conftest import FETCH_AGENT, FETCH_LIMITS
from hypothesis import given, settings
from hypothesis import strategies as st
from misbehaving import (
    Clock,
    answer,
    failure,
    redirect,
    reset,
    silence,
)
from protego import Protego

from indexer.fetch.client import Fetcher
from indexer.fetch.terms import Limits
from indexer.harvest.item import FetchFailed


def test_back_off_grows(server, store):
    clock = Clock()
    fetcher = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=Limits(), clock=clock.now, sleep=clock.sleep)
    server.route("/a", answer(b"", 500))
    failure(lambda: fetcher.get(server.url("/a"), delay=0))
    first, second = (wait for wait in clock.waits if wait)
    assert 1 <= first <= 3
    assert 2 <= second <= 6


@pytest.mark.parametrize(
    ("said", "least", "most"),
    [
        ("7", 7, 7),
        (timedelta(seconds=90), 60, 90),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0, 0.1), ("soon", 0, 0.1), ("-5", 0, 0.1), ("0", 0, 0.1),
    ],
)  # fmt: skip
def test_retry_after(server, store, said, least, most):
    clock = Clock()
    limits = Limits(back_off=0.02)
    fetcher = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=limits, clock=clock.now, sleep=clock.sleep)
    server.route("/a", answer(b"", 429, retry_after=_stated(said)), answer(b"fine"))
    assert fetcher.get(server.url("/a"), delay=0).body == b"fine"
    assert least <= sum(clock.waits) <= most


def _stated(said: str | timedelta) -> str:
    """Retry-After as text, or as the date so long from now."""
    return said if isinstance(said, str) else format_datetime(datetime.now(UTC) + said, usegmt=True)


@pytest.mark.parametrize("said", ["3600", timedelta(days=1), "9" * 99])
def test_retry_after_too_long(server, fetcher, said):
    server.route("/a", answer(b"", 503, retry_after=_stated(said)))
    server.route("/b", answer(b"fine"))
    failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
    assert (failed.kind, failed.status, len(server.asked("/a"))) == ("failing", 503, 1)
    assert "asks to wait " in str(failed)
    assert said != "3600" or str(failed).endswith("asks to wait 3,600 s")
    # The host wants to be left alone, whatever is asked for.
    assert "asks to wait" in str(failure(lambda: fetcher.get(server.url("/b"), delay=0)))
    assert fetcher.get(server.url("/b", "two.test"), delay=0).body == b"fine"


def test_a_host_that_fails_is_given_up(server, fetcher):
    for place in range(8):
        server.route(f"/{place}", answer(b"", 500))
    server.route("/fine", answer(b"fine"))
    for place in (0, 1, 2, 3, "fine", 4, 5, 6, 7):
        if place == "fine":
            assert fetcher.get(server.url("/fine"), delay=0).body == b"fine"
        else:
            failure(lambda: fetcher.get(server.url(f"/{place}"), delay=0))  # noqa: B023 - called at once
    assert fetcher.get(server.url("/fine"), delay=0).body == b"fine"
    for place in range(5):
        failure(lambda: fetcher.get(server.url(f"/{place}"), delay=0))  # noqa: B023
    asked = len(server.log)
    failed = failure(lambda: fetcher.get(server.url("/fine"), delay=0))
    assert (failed.kind, len(server.log)) == ("failing", asked)
    assert "one.test failed 5 times in a row" in str(failed)
    assert fetcher.get(server.url("/fine", "two.test"), delay=0).body == b"fine"


def test_missing_pages_are_no_failures_of_a_host(server, fetcher):
    for place in range(7):
        failure(lambda: fetcher.get(server.url(f"/{place}"), delay=0))  # noqa: B023
    server.route("/fine", answer(b"fine"))
    assert fetcher.get(server.url("/fine"), delay=0).body == b"fine"


def test_robots_forbid(server, fetcher):
    server.route(
        "/robots.txt", answer(b"User-agent: *\nDisallow: /\n\nUser-agent: harvesttest\nDisallow: /no\nAllow: /no/yes")
    )
    server.route("/a", answer(b"a"))
    server.route("/no/yes", answer(b"yes"))
    assert fetcher.get(server.url("/a"), delay=0).body == b"a"
    assert fetcher.get(server.url("/no/yes"), delay=0).body == b"yes"
    for path in ("/no", "/no/other", "/a/../no/x", "/a/%2e%2E/no", "/no?yes"):
        failed = failure(lambda: fetcher.get(server.url(path), delay=0))  # noqa: B023
        assert (failed.kind, failed.status) == ("refused", 0)
        assert "robots.txt of one.test" in str(failed)
    assert {asked.path for asked in server.asked()} == {"/a", "/no/yes"}
    assert len(server.asked("/robots.txt")) == 1


def test_the_host_of_a_redirect_has_its_own_robots(server, fetcher):
    server.route("/a", redirect(server.url("/b", "two.test")))
    server.route("/b", answer(b"b"))
    server.route("/robots.txt", answer(b"user-agent: *\ndisallow: /b"), host="two.test")
    assert failure(lambda: fetcher.get(server.url("/a"), delay=0)).kind == "refused"
    assert fetcher.probe(server.url("/a"), delay=0).kind == "refused"
    assert server.asked("/b") == []
    assert len(server.asked("/robots.txt", "two.test")) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_no_robots_no_rules(server, fetcher, status):
    server.route("/robots.txt", answer(b"User-agent: *\nDisallow: /", status))
    server.route("/a", answer(b"a"))
    assert fetcher.get(server.url("/a"), delay=0).body == b"a"


@pytest.mark.parametrize("wrong", [answer(b"", 500), answer(b"", 501), answer(b"", 429), reset(), silence()])
def test_robots_out_of_reach_forbid_all(server, fetcher, wrong):
    server.route("/robots.txt", wrong)
    server.route("/a", answer(b"a"))
    for _ in range(2):
        failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
        assert failed.kind == "failing"
        assert "/robots.txt" in str(failed)
    assert server.asked() == []
    assert len(server.asked("/robots.txt")) <= 3


def test_robots_redirected_and_large(server, fetcher):
    rules = b"User-agent: *\n" + b"Disallow: /%06d\n" * 40_000 % tuple(range(40_000))
    server.route("/robots.txt", redirect("/rules"))
    server.route("/rules", answer(rules + b"Disallow: /late"))
    server.route("/late", answer(b"late"))
    assert fetcher.get(server.url("/late"), delay=0).body == b"late"
    assert failure(lambda: fetcher.get(server.url("/000007"), delay=0)).kind == "refused"


def test_robots_are_read_once_a_day(server, store):
    clock = Clock()
    fetcher = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=FETCH_LIMITS, clock=clock.now, sleep=clock.sleep)
    server.route("/a", answer(b"a"))
    for hours in (0, 23, 2):
        clock.time += hours * 3600
        fetcher.get(server.url("/a"), delay=0)
    assert len(server.asked("/robots.txt")) == 2


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.text(max_size=30),
            st.sampled_from(
                ["User-agent: *", "Disallow: /*a*$", "Allow: %", "Crawl-delay: nan", "Request-rate: 1/0", "Disallow:"]
            ),
        )
    )
)
def test_any_text_as_robots(lines):
    rules = Protego.parse("\n".join(lines))
    rules.can_fetch("http://one.test/a?b", "HarvestTest")
    rules.crawl_delay("HarvestTest")
    rules.request_rate("HarvestTest")


def test_robots_that_ask_for_a_lifetime(server, fetcher):
    server.route("/robots.txt", answer(b"User-agent: *\nCrawl-delay: 86400"))
    server.route("/a", answer(b"a"))
    begun = time.monotonic()
    failed = failure(lambda: fetcher.get(server.url("/a"), delay=0))
    assert time.monotonic() - begun < 60
    assert "asks to wait 86,400 s" in str(failed)


@pytest.mark.parametrize(
    ("rules", "delay", "gap"),
    [("Crawl-delay: 3", 1, 3), ("Crawl-delay: 0.5", 1, 1), ("Request-rate: 1/4", 1, 4), ("Request-rate: 30/1m", 1, 2),
     ("Crawl-delay: 2\nRequest-rate: 1/7", 1, 7), ("Crawl-delay: x", 2, 2), ("", 1.5, 1.5)],
)  # fmt: skip
def test_pace_is_the_slowest_of_ours_and_theirs(server, store, rules, delay, gap):
    clock = Clock()
    fetcher = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=FETCH_LIMITS, clock=clock.now, sleep=clock.sleep)
    server.route("/robots.txt", answer(f"User-agent: *\n{rules}\nDisallow: /no".encode()))
    server.route("/a", answer(b"a"))
    if gap > FETCH_LIMITS.wait:
        assert "asks to wait 7 s" in str(failure(lambda: fetcher.get(server.url("/a"), delay=delay)))
        return
    for _ in range(3):
        fetcher.get(server.url("/a"), delay=delay)
    assert [wait for wait in clock.waits if wait] == pytest.approx([gap, gap, gap])


def test_our_own_pace_may_be_as_slow_as_we_like(server, store):
    clock = Clock()
    fetcher = Fetcher(store, FETCH_AGENT, True, server.resolve, limits=FETCH_LIMITS, clock=clock.now, sleep=clock.sleep)
    server.route("/a", answer(b"a"))
    fetcher.get(server.url("/a"), delay=600)
    fetcher.get(server.url("/a"), delay=600)
    assert sum(clock.waits) == 1200


def test_pace_of_each_host_by_the_clock_on_the_wall(server, fetcher):
    slow = 0.3
    for host in ("one.test", "two.test"):
        server.route("/a", answer(b"a"), host=host)

    def fetch(host: str) -> None:
        fetcher.get(server.url("/a", host), delay=slow)

    threads = [threading.Thread(target=fetch, args=(host,)) for host in ("one.test", "two.test") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times = {host: [asked.began for asked in server.log if asked.host == host] for host in ("one.test", "two.test")}
    for begun in times.values():
        assert len(begun) == 4
        assert min(late - early for early, late in pairwise(begun)) > slow / 3  # a busy machine is late by some of it
    # Side by side, not one host after the other.
    assert max(begun[0] for begun in times.values()) < min(begun[-1] for begun in times.values())


def test_one_request_in_flight_per_host(server, fetcher):
    server.route("/a", _slow(0.1))
    threads = [threading.Thread(target=fetcher.get, args=(server.url("/a"),), kwargs={"delay": 0}) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spans = sorted((asked.began, asked.ended) for asked in server.asked("/a"))
    assert len(spans) == 4
    assert all(late[0] > early[0] + 0.09 for early, late in pairwise(spans))


def _slow(seconds: float):
    def behave(asked, line):
        line.wait(seconds)
        answer(b"slow")(asked, line)

    return behave


def test_a_stuck_host_does_not_hold_up_another(server, fetcher):
    server.route("/a", silence(), host="one.test")
    server.route("/a", answer(b"fine"), host="two.test")
    stuck = threading.Thread(target=lambda: failure(lambda: fetcher.get(server.url("/a"), delay=0)))
    stuck.start()
    time.sleep(0.1)
    assert fetcher.get(server.url("/a", "two.test"), delay=0).body == b"fine"
    assert stuck.is_alive()
    stuck.join()


def test_closing_ends_the_waiting(server, fetcher):
    server.route("/a", answer(b"a"))
    caught: list[FetchFailed] = []
    thread = threading.Thread(target=lambda: caught.append(failure(lambda: fetcher.get(server.url("/a"), delay=4))))
    thread.start()
    time.sleep(0.2)
    fetcher.close()
    thread.join(3)
    assert not thread.is_alive()
    assert "was ended" in str(caught[0])
    failure(lambda: fetcher.get(server.url("/a", "two.test"), delay=0))
    assert server.asked() == []
