"""Pages that somebody asks for by their address: the file, what is done with it, and the watch that notices it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from conftest import ROOT, make_record
from filelock import FileLock
from misbehaving import answer, head, raw, redirect, silence
from msgspec.structs import replace
from test_harvest_run import PAGE, page, sitemap

import indexer.cli
from hub.canonical import to_yaml
from hub.config import load_config
from hub.corpus import Corpus
from hub.errors import Conflict, InvalidRecord, InvalidRequest, NotFound
from hub.record import Status
from hub.requests import Request, Requests, plain_address
from indexer.extract.page import extract
from indexer.harvest.reading import PageReader
from indexer.harvest.report import Outcome
from indexer.harvest.requests import Carrier, Refused, source_of
from indexer.harvest.source import Source
from indexer.harvest.state import State
from indexer.watch import Watch

URL = "https://example.net/cases/river"
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC).timestamp()


@pytest.fixture
def requests(corpus):
    return Requests(corpus.folder)


@pytest.fixture
def read_here(monkeypatch):
    """Pages are read in this process: to start another takes seconds."""
    monkeypatch.setattr("indexer.harvest.reading.PageReader._read", lambda _, *page: extract(*page))


def test_a_request_is_a_file_of_its_own_in_canonical_form(requests):
    request = requests.add(f" {URL} ", "Ada", NOW)
    assert request.id.startswith("20260301-093000-")
    assert (request.url, request.by, request.at) == (URL, "Ada", "2026-03-01T09:30:00Z")
    (path,) = requests.folder.iterdir()
    said = {"id": request.id, "url": URL, "by": "Ada", "at": "2026-03-01T09:30:00Z"}
    assert (path.name, path.read_text()) == (f"{request.id}.yaml", to_yaml(said))
    failed = replace(request, failed="The page asks to log in: no.", tries=2)
    requests.write(failed)
    assert requests.all() == [failed] == [requests.get(request.id)]
    assert requests.pending() == []


@pytest.mark.parametrize(
    "url",
    ["", "river", "ftp://example.net/", "javascript:alert(1)", "https://", "https://x y/", "http://x:99999/",
     "http://x:0/", "https://ada:secret@example.net/", f"https://example.net/{'a' * 2048}", "https://x/\ud800\x00"],
)  # fmt: skip
def test_what_is_no_address_is_refused(requests, url):
    with pytest.raises(InvalidRequest, match="The address") as caught:
        requests.add(url, "Ada", NOW)
    assert caught.value.parameter == "url"
    assert requests.all() == []


def test_an_address_is_asked_for_once(requests):
    request = requests.add(URL, "Ada", NOW)
    for same in (URL, "http://www.EXAMPLE.net/cases/river/", f"{URL}#results"):
        with pytest.raises(InvalidRequest, match="already, by Ada"):
            requests.add(same, "Ben", NOW)
    requests.write(replace(request, failed="It was not there.", tries=1))
    with pytest.raises(InvalidRequest, match="have it tried again"):
        requests.add(URL, "Ben", NOW)
    requests.write(replace(request, record="reed-bed"))
    with pytest.raises(InvalidRequest, match="as record 'reed-bed'"):
        requests.add(URL, "Ben", NOW)
    requests.write(replace(request, record="deleted-since"))
    assert requests.add(URL, "Ben", NOW).pending
    assert requests.add(f"{URL}?page=2", "Ben", NOW).pending


def test_two_who_ask_at_once_ask_once(requests):
    def ask(_: int) -> bool:
        try:
            return bool(requests.add(URL, "Ada", NOW))
        except InvalidRequest:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1
    assert len(requests.all()) == 1


def test_a_request_that_failed_is_tried_again_only_when_somebody_asks(requests):
    request = replace(requests.add(URL, "Ada", NOW), failed="It was not there.", tries=1)
    requests.write(request)
    assert requests.again(request.id) == replace(request, failed="")
    assert requests.again(request.id).pending
    assert requests.pending() == [replace(request, failed="")]
    requests.write(replace(request, failed="", record="reed-bed"))
    with pytest.raises(Conflict, match="reed-bed"):
        requests.again(request.id)
    for nothing in ("nobody", "../records/reed-bed", ""):
        with pytest.raises(NotFound):
            requests.again(nothing)


def test_editors_write_requests_by_hand_and_damaged_files_stop_nothing(requests):
    assert requests.read() == ([], [])
    requests.folder.mkdir()
    for name, text in {
        "a-river": f"url: {URL}\nby: Ada\nat: 2026-03-01\n",
        "no-yaml": "url: [",
        "list": "- url",
        "wrong": "id: other\nurl: ftp://x\nby: Ada\nat: 2026-02-31\ncolour: red\n",
        "other": f"id: another\nurl: {URL}\nby: Ada\nat: 2026-03-01\n",
        "secret": "url: https://ada:secret@example.net/\nby: Ada\nat: 2026-03-01\n",
    }.items():
        (requests.folder / f"{name}.yaml").write_text(text)
    (requests.folder / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    (requests.folder / "folder.yaml").mkdir()
    (requests.folder / ".half.yaml").write_text("{")
    found, problems = requests.read()
    assert found == [Request("a-river", URL, "Ada", "2026-03-01")]
    assert {problem.file for problem in problems} == {
        f"requests/{name}.yaml" for name in ("no-yaml", "list", "wrong", "other", "secret", "binary", "folder")
    }
    assert {problem.field for problem in problems if problem.file == "requests/wrong.yaml"} == {"url", "at", "colour"}
    with pytest.raises(InvalidRecord, match="requests/no-yaml"):
        requests.get("no-yaml")


def test_what_would_not_read_back_is_not_written(requests):
    request = requests.add(URL, "Ada", NOW)
    for wrong in ({"failed": "two\nlines"}, {"url": "nowhere"}, {"tries": -1}):
        with pytest.raises(InvalidRecord):
            requests.write(replace(request, **wrong))
    assert requests.all() == [request]


def test_the_folder_of_requests_is_no_part_of_what_is_published(corpus, requests):
    revision = corpus.revision()
    requests.add(URL, "Ada", NOW)
    (requests.folder / "damaged.yaml").write_text("{")
    assert corpus.check() == []
    assert corpus.revision() == revision


def test_the_oldest_come_first_and_old_ones_that_were_carried_out_are_forgotten(requests):
    late, early = (requests.add(f"{URL}/{day}", "Ada", NOW + day * 86400) for day in (5, 1))
    failed = replace(requests.add(URL, "Ada", NOW), failed="It was not there.", tries=1)
    requests.write(failed)
    assert requests.all() == [failed, early, late]
    for request in (early, late):
        requests.write(replace(request, record="reed-bed"))
    assert requests.forget("2026-03-06") == [early.id]
    assert [request.id for request in requests.all()] == [failed.id, late.id]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.example.org/a/", "http://example.org/a", True),
        ("https://example.org/a#part", "https://example.org/a", True),
        ("https://EXAMPLE.org", "https://example.org/", True),
        ("https://example.org/#/cases/1", "https://example.org/#/cases/2", False),
        ("https://example.org/A", "https://example.org/a", False),
        ("https://example.org/a?id=1", "https://example.org/a?id=2", False),
    ],
)
def test_addresses_are_compared_without_what_tells_no_pages_apart(one, other, same):
    assert (plain_address(one) == plain_address(other)) == same


def named(name: str, **rest) -> Source:
    return Source(name, name.title(), "json", **{"address": "https://api.example.org/", **rest})


def test_a_page_is_read_by_the_source_that_its_site_is():
    whole = named(
        "whole", home="https://www.example.org/", license="CC BY 4.0", language="en", fields={"title": ("a",)}
    )
    french = named("french", home="https://example.org/fr/", language="fr")
    part = named("part", home="https://example.org/en/", include=("/cases/",), exclude=("/cases/old",))
    sources = (french, whole, part)
    found = source_of("http://example.org/projects/1", sources)
    assert (found.name, found.license, found.language) == ("Whole", "CC BY 4.0", "en")
    assert (found.id, found.protocol, found.fields) == ("example-org", "sitemap", {}), "nothing that the source lists"
    assert source_of("https://example.org/fr/projets/1", sources).name == "French"
    assert source_of("https://example.org/cases/1", (part,)).name == "Part"
    for stranger in ("https://example.org/cases/old/1", "https://example.org/en/about", "https://example.net/cases/1"):
        found = source_of(stranger, (part,))
        assert (found.name, found.license, found.full_text) == (found.id.replace("-", "."), "", False)
    assert source_of("https://www.example.org/1", (named("example-org"),)).id == "example-org-pages"
    assert source_of("https://bücher.example/1", ()).id == "bucher-example"
    assert source_of("https://例え.テスト/1", ()).id
    assert len(source_of(f"https://{'a-' * 100}.example/1", ()).id) <= 60


@pytest.fixture
def carrier(corpus, server, fetcher, read_here):
    """Carries out requests at hosts that all lead to the server."""
    (corpus.folder / "tagging").symlink_to(ROOT / "corpus" / "tagging")
    server.route("/robots.txt", answer(b"User-agent: *\nDisallow: /private/"))
    state = State(None)

    def carry(*sources):
        return Carrier(corpus, state, sources, PageReader(state), fetcher.get)

    yield carry
    state.close()


def test_a_page_becomes_a_draft_with_an_abstract_only(server, corpus, carrier):
    server.route("/cases/1", page())
    verdict = carrier().carry_out(server.url("/cases/1"))
    assert (verdict.outcome, verdict.record) == (Outcome.NEW, "the-river")
    record = corpus.get("the-river")
    assert (record.status, record.source, record.publisher) == (Status.DRAFT, "one-test", "one.test")
    assert (record.url, record.license) == (server.url("/cases/1"), "")
    assert record.abstract.startswith("The river: how a river was restored")
    assert record.challenge == record.action == record.text == ""
    assert corpus.check() == []


def test_the_rules_and_licence_of_a_source_of_the_corpus_count(server, corpus, carrier):
    server.route("/cases/1", answer(PAGE.format(title="The river", extra="").encode(), content_type="text/html"))
    portal = named("portal", home=server.url("/"), license="CC BY 4.0", full_text=True, type="method", delay=0)
    record = corpus.get(carrier(portal).carry_out(server.url("/cases/1")).record)
    assert (record.license, record.type) == ("CC BY 4.0", "method")
    assert record.challenge.startswith("The river had been straightened")


def test_a_page_that_lies_elsewhere_in_the_end_has_nothing_of_the_source(server, corpus, carrier):
    server.route("/go", redirect(server.url("/cases/1", "two.test")))
    server.route("/cases/1", page())
    portal = named("portal", home=server.url("/"), license="CC BY 4.0", full_text=True)
    record = corpus.get(carrier(portal).carry_out(server.url("/go")).record)
    assert (record.source, record.url) == ("two-test", server.url("/cases/1", "two.test"))
    assert record.license == record.challenge == ""


def test_an_address_that_a_record_has_is_not_even_fetched(server, corpus, carrier):
    corpus.write(make_record("here", url=server.url("/a"), also_at=[server.url("/b")]), None)
    for path in ("/a", "/b/", "/b#part", "/a?utm_source=letter"):
        verdict = carrier().carry_out(server.url(path, "one.test"))
        assert (verdict.outcome, verdict.record) == (Outcome.SKIPPED, "here")
    assert server.log == []


def test_the_same_page_under_other_addresses_becomes_one_record(server, corpus, carrier):
    body = PAGE.format(title="The river", extra="").replace("<head>", '<head><link rel="canonical" href="/cases/1">')
    server.route("/cases/1", answer(body.encode(), content_type="text/html"))
    server.route("/print/1", answer(body.encode(), content_type="text/html"))
    server.route("/old", redirect("/cases/1", 301))
    for _ in range(2):
        carry = carrier()
        for path in ("/print/1", "/old", "/cases/1"):
            assert carry.carry_out(server.url(path)).record == "the-river"
    assert [name for name in corpus.ids() if "river" in name] == ["the-river"]


def test_the_same_case_elsewhere_is_proposed_as_in_a_harvest(server, corpus, carrier):
    licence = '<head><link rel="license" href="https://creativecommons.org/licenses/by/4.0/">'
    body = PAGE.format(title="The river", extra="").replace("<head>", licence)
    server.route("/cases/1", answer(body.encode(), content_type="text/html"))
    one, two = (carrier().carry_out(server.url("/cases/1", host)).record for host in ("one.test", "two.test"))
    assert [tag.concept for tag in corpus.get(two).proposals] == [corpus.get(one).url]


BAD = {
    "/gone": (answer(b"", 404), "answered 404"),
    "/private/1": (page(), "robots.txt"),
    "/image": (answer(b"\x89PNG\r\n\x1a\n" + b"0" * 99, content_type="image/png"), "image/png"),
    "/huge": (raw(head(200, {"Content-Type": "text/html", "Content-Length": "99999999"})), "larger than"),
    "/slow": (silence(), "took longer"),
    "/empty": (answer(b"<html><body></body></html>", content_type="text/html"), "no text to speak of"),
    "/untold": (answer(b"<html><body>" + b"<p>%s</p>" % (b"1234 " * 60), content_type="text/html"), "language"),
}


@pytest.mark.parametrize("path", BAD)
def test_what_cannot_be_brought_in_is_refused_with_its_reason(server, corpus, carrier, path):
    behaviour, why = BAD[path]
    server.route(path, behaviour)
    before = corpus.ids()
    with pytest.raises(Refused, match=why) as caught:
        carrier().carry_out(server.url(path))
    assert "\n" not in str(caught.value)
    assert corpus.ids() == before


def test_a_page_that_nobody_foresaw_is_refused_like_any_other(server, carrier, monkeypatch):
    def broken(*_):
        raise ValueError("what\nnow")

    monkeypatch.setattr("indexer.harvest.reading.PageReader._read", broken)
    server.route("/cases/1", page())
    with pytest.raises(Refused, match=r"^The page could not be read \(ValueError: what now\)$"):
        carrier().carry_out(server.url("/cases/1"))


@pytest.fixture
def folder(folder, server):
    """The same, and a server that forbids nothing."""
    server.route("/robots.txt", answer(b"", 404))
    return folder


def run(*arguments):
    return CliRunner().invoke(indexer.cli.cli, [*(arguments or ("requests",))])


def ask(folder, server, path):
    return Requests(folder).add(server.url(path, "127.0.0.1"), "Ada", time.time())


def test_requests_are_carried_out_and_tagged_and_say_what_came_of_them(folder, server, read_here):
    server.route("/cases/1", page())
    good, bad = ask(folder, server, "/cases/1"), ask(folder, server, "/gone")
    (folder / "requests" / "damaged.yaml").write_text("{")
    found = run()
    assert found.exit_code == 1
    assert "requests/damaged.yaml: line" in found.output
    assert "/cases/1: new draft the-river, “The river”" in found.output
    assert Corpus(folder).get("the-river").tags
    requests = Requests(folder)
    assert requests.get(good.id) == replace(good, record="the-river")
    reason = f"{bad.url} answered 404 (Not Found)"
    assert requests.get(bad.id) == replace(bad, failed=reason, tries=1)
    asked = len(server.log)
    (folder / "requests" / "damaged.yaml").unlink()
    assert (run().output, len(server.log)) == ("Nothing is asked for.\n", asked), "not tried by itself"
    requests.again(bad.id)
    run()
    assert requests.get(bad.id).tries == 2


def test_private_addresses_are_refused_unless_they_are_allowed(folder, server, monkeypatch):
    monkeypatch.setenv("HUB_PRIVATE_ADDRESSES", "refuse")
    request = ask(folder, server, "/cases/1")
    assert run().exit_code == 1
    assert "not public" in Requests(folder).get(request.id).failed
    assert server.log == []


def test_a_harvest_of_the_site_makes_no_second_record_and_calls_none_gone(folder, server, read_here):
    server.route("/cases/1", page())
    server.route("/cases/2", page("Another river"))
    server.route("/cases/3", page("A third river"))
    server.route("/sitemap.xml", sitemap(server, "/cases/1", "/cases/3", host="127.0.0.1"))
    portal = {"name": "Portal", "protocol": "sitemap", "address": server.url("/sitemap.xml", "127.0.0.1"), "delay": "0"}
    (folder / "sources" / "portal.yaml").write_text(to_yaml(portal))
    for path in ("/cases/1", "/cases/2"):
        ask(folder, server, path)
    assert run().exit_code == 0
    for counts in ("1 new, 0 changed, 0 unchanged, 1 skipped", "0 new, 0 changed, 1 unchanged, 1 skipped"):
        found = run("harvest")
        assert f"portal: {counts}" in found.output
        assert "gone" not in found.output
    assert sorted(name for name in Corpus(folder).ids() if "river" in name) == [
        "a-third-river",
        "another-river",
        "the-river",
    ]


def test_whatever_ends_a_run_the_next_one_goes_on_and_makes_no_second_record(folder, server, read_here, monkeypatch):
    server.route("/cases/1", page())
    request = ask(folder, server, "/cases/1")

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("indexer.harvest.request_commands.tag_records", interrupted)
        assert "goes on from here" in run().output
    corpus, requests = Corpus(folder), Requests(folder)
    assert requests.all() == [request]
    assert not corpus.get("the-river").tags
    assert run().exit_code == 0
    assert requests.get(request.id).record == "the-river"
    assert corpus.get("the-river").tags
    assert len(server.asked("/cases/1")) == 1
    requests.write(request)
    assert "record the-river (the corpus has a record" in run().output
    assert [name for name in corpus.ids() if "river" in name] == ["the-river"]


def test_a_request_that_is_deleted_while_it_is_carried_out_stays_deleted(folder, server):
    request = ask(folder, server, "/gone")

    def deleted(asked, line):
        (folder / "requests" / f"{request.id}.yaml").unlink()
        answer(b"", 404)(asked, line)

    server.route("/gone", deleted)
    assert run().exit_code == 1
    assert Requests(folder).all() == []


def test_what_is_not_the_fault_of_a_page_leaves_its_request_as_it_was(folder, server, tmp_path):
    request = ask(folder, server, "/cases/1")
    with FileLock(tmp_path / "instance" / "harvest" / ".lock"):
        found = run()
    assert "Another harvest or link check is running" in str(found.exception)
    assert Requests(folder).all() == [request]


def test_what_was_carried_out_long_ago_is_cleared(folder):
    requests = Requests(folder)
    old, new = (requests.add(f"{URL}/{now}", "Ada", now) for now in (time.time() - 32 * 86400, time.time()))
    for request in (old, new):
        requests.write(replace(request, record="reed-bed"))
    assert run().exit_code == 0
    assert [request.id for request in requests.all()] == [new.id]


def test_the_watch_notices_requests_and_carries_them_out_one_run_at_a_time(folder, server):
    server.route("/cases/1", page())
    watch = Watch(load_config())
    watch.step(0.0)
    request = ask(folder, server, "/cases/1")
    watch.step(1.0)
    carrying = watch._harvest
    due = {"name": "P", "protocol": "sitemap", "address": server.url("/none.xml", "127.0.0.1"), "schedule": "daily"}
    (folder / "sources" / "portal.yaml").write_text(to_yaml(due))
    assert carrying.wait(60) == 0
    assert Requests(folder).get(request.id).record == "the-river"
    assert Corpus(folder).get("the-river").tags
    watch.step(2.0)
    watch.step(40.0)
    assert watch._harvest is carrying, "nothing is asked for any more"
    watch.step(61.0)
    harvesting = watch._harvest
    assert harvesting is not carrying
    ask(folder, server, "/gone")
    watch.step(62.0)
    assert watch._harvest is harvesting or harvesting.poll() is not None
    harvesting.wait(60)
    watch.step(63.0)
    assert watch._harvest.wait(60) == 1
    assert any(request.failed for request in Requests(folder).all())
    watch.stop()


def test_the_watch_tries_again_what_could_not_be_done(folder, server, tmp_path):
    (folder / "requests").mkdir()
    (folder / "requests" / "damaged.yaml").write_text("{")
    watch = Watch(load_config())
    watch.step(0.0)
    assert watch._harvest is None, "only a damaged file"
    request = ask(folder, server, "/gone")
    with FileLock(tmp_path / "instance" / "harvest" / ".lock"):
        watch.step(1.0)
        assert watch._harvest.wait(60) == 1
        first = watch._harvest
        watch.step(2.0)
        assert watch._harvest is first
    watch.step(31.0)
    assert watch._harvest.wait(60) == 1
    assert Requests(folder).get(request.id).failed
    watch.stop()


def test_the_watch_ends_what_it_began_when_it_is_told_to(folder, server):
    server.route("/cases/1", silence())
    request = ask(folder, server, "/cases/1")
    process = subprocess.Popen(
        [sys.executable, "-m", "indexer", "watch"], env=os.environ.copy(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 60
    while not server.asked("/cases/1") and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, b"Stopped." in out) == (0, True)
    assert b"Interrupted: the next run goes on from here." in err
    assert Requests(folder).all() == [request]
