"""The link check: what counts as broken, moved or unknown, who is asked, and what is kept."""

import socket
import threading

import pytest
from conftest import make_record
from msgspec.structs import replace

from hub.links import LinkStatus, addresses
from hub.record import Link
from indexer.fetch.client import Fetcher, LinkState
from indexer.fetch.store import Store
from indexer.harvest.item import Unreadable
from indexer.harvest.links import (
    Keeper,
    check_links,
    judge,
    read_links,
    report_json,
    summary,
    write_links,
)

URL = "https://example.org/cases/7"
NO_HOST = LinkState(URL, kind="failing", reason=f"{URL} cannot be reached: the name example.org is not known")


def works(url, final="", permanent=""):
    return LinkState(url, 200, final or url, permanent)


def states(statuses):
    return {status.url: status.state for status in statuses}


def test_addresses_of_a_record_with_their_fields():
    record = replace(
        make_record(url=URL + "#part", also_at=["https://example.net/"], references=[URL, "https://example.net/"]),
        documents=(Link("https://example.org/a.pdf"),),
        images=(Link("https://example.org/a.jpg"), Link("https://example.org/a.jpg")),
    )
    assert addresses(record) == {
        URL: ["url", "references"],
        "https://example.net/": ["also_at", "references"],
        "https://example.org/a.pdf": ["documents"],
        "https://example.org/a.jpg": ["images"],
    }


@pytest.mark.parametrize(
    ("probed", "state"),
    [
        (works(URL), "ok"),
        (LinkState(URL, 404, URL, kind="gone", reason="answered 404"), "broken"),
        (LinkState(URL, 410, URL, kind="gone", reason="answered 410"), "broken"),
        (LinkState(URL, 401, URL, kind="refused", reason="answered 401"), "unknown"),
        (LinkState(URL, 403, URL, kind="refused", reason="answered 403"), "unknown"),
        (LinkState(URL, 429, kind="failing", reason="answered 429"), "unknown"),
        (LinkState(URL, 503, kind="failing", reason="answered 503"), "unknown"),
        (LinkState(URL, kind="failing", reason="took longer than 60 s"), "unknown"),
        (LinkState(URL, kind="refused", reason="robots.txt forbids it"), "unknown"),
        (NO_HOST, "unknown"),
        # For good or for now, the same page or another one
        (works(URL, "https://example.org/projects/7", "https://example.org/projects/7"), "moved"),
        (works(URL, "https://example.org/projects/7"), "ok"),
        (works(URL, "https://www.example.org/en/cases/7/", "https://www.example.org/en/cases/7/"), "ok"),
        # Away from the page, whatever the server calls it
        (works(URL, "https://example.org/", "https://example.org/"), "unknown"),
        (works(URL, "https://new.example.com/en/home.html", "https://new.example.com/en/home.html"), "unknown"),
        (works(URL, "https://example.org/page-not-found", "https://example.org/page-not-found"), "unknown"),
        (works(URL, "https://example.org/errors/404.html"), "unknown"),
        (works(URL, "https://example.org/index.php?error=404"), "unknown"),
        (works(URL, "https://example.org/login?next=7", "https://example.org/login?next=7"), "unknown"),
        # A home page may move to a home page, and a word within a name is no error
        (works("https://example.org", "https://example.com/", "https://example.com/"), "moved"),
        (works(URL, "https://example.org/error-reports", "https://example.org/error-reports"), "moved"),
    ],
)  # fmt: skip
def test_what_a_probe_says_of_a_link(probed, state):
    status = judge(probed, None, "2026-11-22")
    assert (status.url, status.state, status.since, status.checked) == (probed.url, state, "2026-11-22", "2026-11-22")
    assert bool(status.reason) == (state != "ok")
    assert status.to == (probed.permanent if state == "moved" else "")


def test_a_state_keeps_its_first_day():
    first = judge(works(URL), None, "2026-11-01")
    second = judge(works(URL), first, "2026-11-20")
    gone = judge(LinkState(URL, 404, URL, kind="gone", reason="answered 404"), second, "2026-11-21")
    assert (second.since, second.checked) == ("2026-11-01", "2026-11-20")
    assert (gone.since, gone.checked) == ("2026-11-21", "2026-11-21")


def test_a_host_must_be_unknown_on_two_days_to_be_gone():
    first = judge(NO_HOST, None, "2026-11-01")
    same_day = judge(NO_HOST, first, "2026-11-01")
    next_day = judge(NO_HOST, same_day, "2026-11-02")
    later = judge(NO_HOST, next_day, "2026-11-02")
    assert [status.state for status in (first, same_day, next_day, later)] == ["unknown", "unknown", "broken", "broken"]
    slow = LinkStatus(URL, "unknown", reason="took longer than 60 s", since="2026-10-01", checked="2026-10-30")
    assert judge(NO_HOST, slow, "2026-11-01").state == "unknown"


def test_the_words_of_the_fetcher_for_a_host_that_does_not_exist(tmp_path):
    def resolve(host):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    fetcher = Fetcher(Store(tmp_path / "store"), "test", resolve=resolve, sleep=lambda seconds: None)
    probed = fetcher.probe(URL)
    assert judge(probed, judge(probed, None, "2026-11-01"), "2026-11-02").state == "broken"


def test_each_address_is_asked_for_once_and_hosts_at_the_same_time():
    meeting = threading.Barrier(2, timeout=10)
    asked = []

    def probe(url):
        asked.append(url)
        meeting.wait()
        return works(url)

    # Two addresses at each of two hosts: one host after the other would never meet.
    records = [
        make_record("one", url="https://a.example.org/1#x", references=["https://b.example.org/1"]),
        make_record("two", url="https://a.example.org/1#y", references=["https://a.example.org/2", "https://b.example.org/2"]),
    ]  # fmt: skip
    told = []
    statuses = check_links(records, probe, {}, "2026-11-22", told.append)
    assert sorted(asked) == [status.url for status in statuses]
    assert len(asked) == 4
    assert sorted(told, key=lambda status: status.url) == statuses


def test_one_host_is_asked_for_one_thing_at_a_time():
    busy = threading.Lock()

    def probe(url):
        assert busy.acquire(blocking=False)
        threading.Event().wait(0.01)
        busy.release()
        return works(url)

    record = make_record(references=[f"https://example.org/{n}" for n in range(5)], url="https://example.org/")
    assert len(check_links([record], probe, {}, "2026-11-22")) == 6


def test_what_was_checked_lately_is_not_asked_for_again():
    record = make_record(url=URL, references=["https://example.org/2", "https://example.org/3"])
    previous = {
        URL: LinkStatus(URL, "ok", 200, since="2026-01-01", checked="2026-11-16"),
        "https://example.org/2": LinkStatus(
            "https://example.org/2", "ok", 200, since="2026-01-01", checked="2026-11-15"
        ),
        "https://example.org/gone-from-records": LinkStatus("https://example.org/gone-from-records", "ok"),
    }
    asked = []
    statuses = check_links(
        [record], lambda url: asked.append(url) or works(url), previous, "2026-11-22", max_age=7
    )  # fmt: skip
    assert asked == ["https://example.org/2", "https://example.org/3"]
    assert [(status.url, status.checked) for status in statuses] == [
        ("https://example.org/2", "2026-11-22"), ("https://example.org/3", "2026-11-22"), (URL, "2026-11-16"),
    ]  # fmt: skip


def no_host(url):
    return LinkState(url, kind="failing", reason=f"{url} cannot be reached: the name x.example is not known")


def test_no_host_is_gone_while_nothing_at_all_can_be_reached():
    record = make_record(url=URL, references=["https://other.example.net/"])
    first = {status.url: status for status in check_links([record], no_host, {}, "2026-11-01")}
    told = []
    offline = check_links([record], no_host, first, "2026-11-02", told.append)
    assert set(states(offline).values()) == {"unknown"}
    assert len(told) == 2
    online = check_links([record], lambda url: works(url) if url == URL else no_host(url), first, "2026-11-02")
    assert states(online) == {URL: "ok", "https://other.example.net/": "broken"}


def test_what_came_in_before_an_interruption_is_kept(tmp_path):
    path = tmp_path / "harvest" / "links.json"

    def probe(url):
        if url.endswith("/3"):
            raise KeyboardInterrupt
        return works(url)

    record = make_record(url="https://example.org/1", references=["https://example.org/2", "https://example.org/3"])
    before = {"https://example.org/3": LinkStatus("https://example.org/3", "ok", 200, since="2026-01-01")}
    with pytest.raises(KeyboardInterrupt), Keeper(path, before) as keeper:
        check_links([record], probe, before, "2026-11-22", keeper)
    kept = read_links(path)
    assert sorted(kept) == ["https://example.org/1", "https://example.org/2", "https://example.org/3"]
    assert kept["https://example.org/3"].since == "2026-01-01"


def test_results_are_written_while_they_come_in(tmp_path, monkeypatch):
    monkeypatch.setattr("indexer.harvest.links.PAUSE", 0.0)
    path = tmp_path / "links.json"
    with Keeper(path, {}) as keeper:
        keeper(LinkStatus(URL, "ok", 200))
        assert list(read_links(path)) == [URL]


def test_statuses_read_back_as_they_were_written(tmp_path):
    path = tmp_path / "links.json"
    assert read_links(path) == {}
    moved = LinkStatus(URL, "moved", 200, "https://example.org/ü", "has moved", "2026-11-01", "2026-11-22")
    write_links(path, [moved, LinkStatus("https://example.org/a", "ok")])
    assert list(read_links(path)) == ["https://example.org/a", URL]
    assert read_links(path)[URL] == moved


@pytest.mark.parametrize("content", ["{", '{"a": 1}', '[{"url": 1}]', "\x00"])
def test_a_damaged_file_is_named(tmp_path, content):
    path = tmp_path / "links.json"
    path.write_text(content)
    with pytest.raises(Unreadable, match=r"links\.json cannot be read as the results of a link check"):
        read_links(path)


def test_a_report_counts_states_and_names_who_holds_what_is_broken():
    records = [make_record("one", url=URL), make_record("two", url="https://example.org/2", references=[URL])]
    statuses = [
        LinkStatus(URL, "broken", 404, reason="answered 404", since="2026-11-01", checked="2026-11-22"),
        LinkStatus("https://example.org/2", "ok", 200, since="2026-11-01", checked="2026-11-22"),
    ]
    report = report_json(statuses, records)
    assert report["counts"] == {"broken": 1, "moved": 0, "unknown": 0, "ok": 1}
    (broken,) = report["broken"]
    assert broken["records"] == [{"id": "one", "fields": ["url"]}, {"id": "two", "fields": ["references"]}]
    assert (report["moved"], report["unknown"], "ok" in report) == ([], [], False)
    assert summary(report) == [
        "2 links: 1 broken, 0 moved, 0 unknown, 1 ok",
        f"broken since 2026-11-01: {URL}: answered 404; in one (url), two (references)",
    ]
