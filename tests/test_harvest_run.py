"""Whole harvests from a real server on this machine into a corpus on disk."""

import json
import time

import pytest
from misbehaving import answer, head, hostile_reader, raw, redirect, silence, unless_unchanged
from msgspec.structs import replace

from hub.record import Status
from indexer.extract.page import extract
from indexer.fetch.client import Fetcher
from indexer.fetch.store import Store
from indexer.fetch.terms import Limits
from indexer.harvest.item import PageRules
from indexer.harvest.run import Harvest, Wanted
from indexer.harvest.source import Source
from indexer.harvest.state import State

FAST = Limits(connect=2, read=2, total=4, wait=1, back_off=0.01)
PAGE = """<!doctype html><html lang="en"><head><title>{title} | Portal</title>
<meta name="description" content="{title}: how a river was restored together with the people who live along it.">
</head><body><nav><a href="/">Home</a> <a href="/about">About us</a></nav><main><h1>{title}</h1>
<h2>Challenge</h2><p>The river had been straightened in the last century, and its fish and its floodplain forests were
lost. Floods became worse downstream and the town of Clara lost its beaches.</p>
<h2>Actions</h2><p>The town and its farmers removed three weirs, opened two old branches of the river and planted
willows on both banks. Volunteers counted fish and dragonflies every summer.</p>
<h2>Results</h2><p>After five years the number of fish species rose from nine to twenty-one, and no house was flooded
again. Visitors came back to the river, {extra} and the town now looks after it.</p>
</main><footer>Imprint</footer></body></html>"""


@pytest.fixture(autouse=True)
def _read_here(monkeypatch, request):
    """Pages are read in this process, but where a test is about the others: to start one takes seconds."""
    if "other_processes" not in request.keywords:
        monkeypatch.setattr("indexer.harvest.reading.PageReader._read", lambda _, *page: extract(*page))


@pytest.fixture
def harvest(corpus, tmp_path, server):
    """Harvests sources the way the command does; every call is a new run of a new process, as far as it can tell."""

    def run(*sources, limits=FAST, **asked):
        store, state = Store(tmp_path / "fetched.sqlite"), State(tmp_path / "state.sqlite")
        fetcher = Fetcher(store, "hub-test/1", private=True, resolve=server.resolve, limits=limits)
        try:
            reports = Harvest(corpus, state, fetcher, Wanted(**asked), lambda *_: None).run(sources)
        finally:
            fetcher.close()
            store.close()
            state.close()
        return reports[0] if len(reports) == 1 else reports

    return run


def page(title="The river", extra="", etag='"1"'):
    body = PAGE.format(title=title, extra=extra).encode()
    return unless_unchanged(body, etag, content_type="text/html; charset=utf-8")


def sitemap(server, *paths, host="one.test"):
    entries = "".join(f"<url><loc>{server.url(path, host)}</loc></url>" for path in paths)
    text = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    return answer(text.encode(), content_type="application/xml")


def site(server, name="portal", host="one.test", **rest):
    return Source(name, "Portal", "sitemap", server.url("/sitemap.xml", host), delay=0, full_text=True, **rest)


def files(corpus):
    return {path.name: path.read_bytes() for path in corpus.records.glob("*.yaml")}


def harvested(corpus, source="portal"):
    return {r.source_id: r for r in (corpus.get(name) for name in corpus.ids()) if r.source == source}


@pytest.mark.other_processes
def test_pages_become_drafts_with_sections_language_and_their_own_words(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1"))
    server.route("/cases/1", page())
    report = harvest(site(server))
    assert (report.counts, report.trouble) == ({"new": 1}, "")
    (record,) = harvested(corpus).values()
    assert (record.title, record.language, record.status) == ("The river", "en", Status.DRAFT)
    assert record.challenge.startswith("The river had been straightened")
    assert record.action.startswith("The town and its farmers removed three weirs")
    assert record.results.startswith("After five years")
    assert (record.url, record.provenance.read) == (server.url("/cases/1"), "page")
    assert "Imprint" not in record.text
    assert corpus.check() == []


def test_the_same_again_asks_for_changes_only_and_touches_no_file(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1", "/cases/2"))
    server.route("/cases/1", page("One river"))
    server.route("/cases/2", page("Another river"))
    harvest(site(server))
    before, asked = files(corpus), len(server.asked())
    report = harvest(site(server))
    assert report.counts == {"unchanged": 2}
    assert files(corpus) == before
    again = [asked for asked in server.asked()[asked:] if asked.path.startswith("/cases")]
    assert [request.headers.get("if-none-match") for request in again] == ['"1"', '"1"']


def test_only_what_changed_changes(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1", "/cases/2"))
    server.route("/cases/1", page("One river"), page("One river", "with their children", '"2"'))
    server.route("/cases/2", page("Another river"))
    harvest(site(server))
    before = files(corpus)
    report = harvest(site(server))
    assert report.counts == {"changed": 1, "unchanged": 1}
    changed = [name for name, text in files(corpus).items() if before[name] != text]
    assert changed == ["one-river.yaml"]
    assert "with their children" in corpus.get("one-river").results
    assert [change.field for change in corpus.get("one-river").changes] == ["results"]


def test_bad_items_stop_nothing_and_are_reported_with_their_reasons(server, corpus, harvest):
    bad = {
        "/huge": (raw(head(200, {"Content-Type": "text/html", "Content-Length": "99999999999"})), "larger than"),
        "/500": (answer(b"no", 500), "500"),
        "/gone": (answer(b"no", 404), "404"),
        "/image": (answer(b"\x89PNG\r\n\x1a\n" + b"0" * 99, content_type="image/png"), "image/png"),
        "/loop": (redirect("/loop"), "loop"),
        "/empty": (answer(b"<html><body>Loading...</body></html>", content_type="text/html"), ""),
    }
    server.route("/sitemap.xml", sitemap(server, *bad, "/cases/1"))
    server.route("/cases/1", page())
    for path, (behaviour, _) in bad.items():
        server.route(path, behaviour)
    report = harvest(site(server))
    assert report.counts == {"new": 1, "failed": len(bad)}
    reasons = {entry.id: entry.reason for entry in report.entries if entry.outcome == "failed"}
    for path, (_, word) in bad.items():
        assert word in reasons[server.url(path)], reasons
        assert len(reasons[server.url(path)]) > 10


def test_a_stuck_host_blocks_no_other(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1"), host="one.test")
    server.route("/sitemap.xml", silence(30), host="two.test")
    server.route("/robots.txt", answer(b"", 404))
    server.route("/cases/1", page())
    begun = time.monotonic()
    first, second = harvest(site(server), site(server, "stuck", "two.test"), limits=replace(FAST, read=1, total=2))
    assert (first.counts, first.trouble) == ({"new": 1}, "")
    assert "two.test" in second.trouble
    assert time.monotonic() - begun < 25


def test_a_limit_ends_early_and_flags_nothing_as_gone(server, corpus, harvest):
    paths = [f"/cases/{n}" for n in range(5)]
    server.route("/sitemap.xml", sitemap(server, *paths))
    for path in paths:
        server.route(path, page(f"River number {path[-1]}"))
    assert harvest(site(server)).counts == {"new": 5}
    assert harvest(site(server), limit=2).counts == {"unchanged": 2}
    assert all(record.provenance.gone == "" for record in harvested(corpus).values())


def test_what_the_source_does_not_list_any_more_is_flagged(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1", "/cases/2"), sitemap(server, "/cases/1"))
    server.route("/cases/1", page("One river"))
    server.route("/cases/2", page("Another river"))
    harvest(site(server))
    report = harvest(site(server))
    assert report.counts == {"unchanged": 1, "gone": 1}
    gone = {record.id: bool(record.provenance.gone) for record in harvested(corpus).values()}
    assert gone == {"one-river": False, "another-river": True}
    before = files(corpus)
    harvest(site(server))
    assert files(corpus) == before


def test_what_a_feed_does_not_list_any_more_is_only_old(server, corpus, harvest):
    def feed(*numbers):
        items = "".join(
            f"<item><title>Case number {n}</title><guid>g{n}</guid><description>What was done.</description>"
            f"<link>{server.url(f'/cases/{n}')}</link></item>"
            for n in numbers
        )
        return answer(f'<rss version="2.0"><channel>{items}</channel></rss>'.encode(), content_type="text/xml")

    server.route("/feed", feed(1, 2), feed(2, 3))
    source = Source("portal", "P", "feed", server.url("/feed"), delay=0, follow=False, language="en")
    assert harvest(source).counts == {"new": 2}
    assert harvest(source).counts == {"unchanged": 1, "new": 1}
    assert all(record.provenance.gone == "" for record in harvested(corpus).values())


def test_a_dry_run_reads_everything_and_writes_no_record(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1"))
    server.route("/cases/1", page())
    before = files(corpus)
    assert harvest(site(server), dry=True).counts == {"new": 1}
    assert files(corpus) == before
    assert harvest(site(server)).counts == {"new": 1}


def test_patterns_of_the_source_choose_among_its_pages(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1", "/news/1", "/cases/old-2"))
    server.route("/cases/1", page())
    report = harvest(site(server, include=("/cases/",), exclude=("old",)))
    assert (report.counts["new"], len(harvested(corpus))) == (1, 1)
    assert [asked.path for asked in server.asked() if asked.path != "/sitemap.xml"] == ["/cases/1"]


def test_rules_of_the_source_read_its_pages_where_the_general_way_does_not_do(server, corpus, harvest):
    server.route("/sitemap.xml", sitemap(server, "/cases/1"))
    server.route("/cases/1", page())
    harvest(site(server, page=PageRules({"place": "footer", "lessons": "nav"}, ("h1",))))
    (record,) = harvested(corpus).values()
    assert (record.place, "Home" in record.lessons) == ("Imprint", True)


def test_a_listing_s_facts_and_its_pages_texts_come_together(server, corpus, harvest):
    entry = {"id": 5, "name": "Listed title", "link": "/cases/5", "land": "France", "geo": [2.3, 48.8]}
    listing = answer(json.dumps({"results": [entry]}).encode(), content_type="application/json")
    server.route("/api", listing)
    server.route("/cases/5", page("Title on the page"))
    source = Source(
        "portal", "Portal", "json", server.url("/api"), delay=0, full_text=True, follow=True,
        options={"items": "results"},
        fields={"id": ("id",), "title": ("name",), "url": ("link",), "countries": ("land",), "point": ("geo",)},
    )  # fmt: skip
    report = harvest(source)
    assert report.counts == {"new": 1}, report
    record = harvested(corpus)["5"]
    assert (record.title, record.place, record.point.lat) == ("Listed title", "France", 48.8)
    assert record.challenge.startswith("The river had been straightened")


def test_the_language_of_data_is_told_by_its_text(server, corpus, harvest):
    french = (
        "Les digues ont été ouvertes et la rivière a retrouvé ses prairies inondables, avec ses oiseaux et ses fleurs. "
    )
    entries = [
        {"id": 1, "title": "La rivière retrouve ses prairies", "abstract": french * 3, "url": "/1"},
        {"id": 2, "title": "La rivière", "abstract": french * 3, "url": "/2", "language": "en"},
    ]
    server.route("/api", answer(json.dumps(entries).encode(), content_type="application/json"))
    names = ("id", "title", "abstract", "url", "language")
    source = Source("portal", "P", "json", server.url("/api"), delay=0, fields={name: (name,) for name in names})
    harvest(source)
    assert [record.language for record in harvested(corpus).values()] == ["fr", "fr"]


def test_robots_txt_is_obeyed_and_named_as_the_reason(server, corpus, harvest):
    server.route("/robots.txt", answer(b"User-agent: *\nDisallow: /cases/\n", content_type="text/plain"))
    server.route("/sitemap.xml", sitemap(server, "/cases/1"))
    server.route("/cases/1", page())
    report = harvest(site(server))
    assert report.counts == {"failed": 1}
    assert "robots.txt" in report.entries[0].reason
    assert server.asked("/cases/1") == []


def test_a_source_that_cannot_be_listed_is_trouble_in_its_own_words(server, corpus, harvest):
    server.route("/sitemap.xml", answer(b"<html><body>Sorry</body></html>", content_type="text/html"))
    missing = replace(site(server), id="keyed", address=server.url("/x?key={NO_SUCH_KEY}"))
    first, second = harvest(site(server), missing)
    assert first.trouble
    assert second.trouble == "needs the environment variable NO_SUCH_KEY, which is not set"
    assert first.failed


def test_local_files_are_harvested_too(corpus, harvest, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "river.html").write_text(PAGE.format(title="A river on disk", extra=""), encoding="utf-8")
    (folder / "feed.xml").write_text(
        '<rss version="2.0"><channel><title>t</title><item><title>A fed case</title><guid>g1</guid>'
        "<link>https://fed.example/1</link><description>What was done in a few words.</description></item>"
        "</channel></rss>",
        encoding="utf-8",
    )
    (folder / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    source = Source("local", "Local", "folder", "pages", "https://local.example/", language="en", full_text=True)
    report = harvest(source)
    assert (report.counts["new"], report.counts["skipped"]) == (2, 1)
    assert {record.title for record in harvested(corpus, "local").values()} == {"A river on disk", "A fed case"}
    before = files(corpus)
    assert harvest(source).counts["unchanged"] == 2
    assert files(corpus) == before


def test_an_unforeseen_error_costs_one_item_or_one_source_alone(server, corpus, harvest, monkeypatch):
    server.route("/sitemap.xml", sitemap(server, "/cases/1", "/cases/2"))
    server.route("/cases/1", page("One river"))
    server.route("/cases/2", page("Another river"))
    take = Harvest._item

    def broken(self, source, reader, found, progress):
        if found.url.endswith("/2"):
            monkeypatch.setattr(reader, "read", lambda _: 1 / 0)
        take(self, source, reader, found, progress)

    monkeypatch.setattr(Harvest, "_item", broken)
    report = harvest(site(server))
    assert report.counts["failed"] >= 1
    assert "ZeroDivisionError" in next(entry.reason for entry in report.entries if entry.outcome == "failed")
    monkeypatch.setattr("indexer.harvest.run.Reader", lambda *_: 1 / 0)
    assert "could not be listed (ZeroDivisionError" in harvest(site(server)).trouble


def test_an_interruption_is_taken_up_without_asking_again(server, corpus, harvest, monkeypatch):
    paths = [f"/cases/{n}" for n in range(6)]
    server.route("/sitemap.xml", sitemap(server, *paths))
    for path in paths:
        server.route(path, page(f"River number {path[-1]}"))
    count, take = [], Harvest._item

    def until_third(self, *rest):
        take(self, *rest)
        count.append(1)
        if len(count) == 3:
            self._stop.set()

    monkeypatch.setattr(Harvest, "_item", until_third)
    report = harvest(site(server))
    assert report.trouble == "interrupted: the next harvest goes on from here"
    done, asked = len(harvested(corpus)), len(server.asked())
    assert 3 <= done < 6
    monkeypatch.setattr(Harvest, "_item", take)
    report = harvest(site(server))
    assert report.resumed
    assert report.counts == {"unchanged": done, "new": 6 - done}
    assert len(server.asked()) - asked <= 6 - done


def test_a_listing_cannot_name_files_of_this_machine(server, corpus, harvest, tmp_path):
    secret = tmp_path / "secret.html"
    secret.write_text(PAGE.format(title="A secret", extra=""))
    entry = {
        "id": 1,
        "title": "Harmless",
        "file": str(secret),
        "kind": "html",
        "_protocol": "folder",
        "url": str(secret),
    }
    server.route("/api", answer(json.dumps([entry]).encode(), content_type="application/json"))
    fields = {name: (name,) for name in ("id", "title", "url")} | {"abstract": ("title",)}
    source = Source("portal", "Portal", "json", server.url("/api"), "https://p.example/", delay=0, fields=fields)
    harvest(replace(source, language="en"))
    assert [record.title for record in harvested(corpus).values()] == ["Harmless"]
    assert "straightened" not in str(files(corpus))


def rows(server, entries, path="/api"):
    server.route(path, *(answer(json.dumps(part).encode(), content_type="application/json") for part in entries))
    names = ("id", "title", "abstract", "url", "modified")
    fields = {name: (name,) for name in names}
    return Source("portal", "P", "json", server.url(path), delay=0, language="en", follow=False, fields=fields)


def row(number, **rest):
    return {"id": number, "title": f"Case number {number}", "abstract": "What was done.", "url": f"/{number}"} | rest


def test_a_dead_page_of_a_listed_item_leaves_the_item_what_its_listing_says(server, corpus, harvest):
    source = replace(rows(server, [[row(1), row(2)]]), follow=True)
    assert harvest(source).counts == {"new": 2}
    assert harvest(source).counts == {"unchanged": 2}
    assert all(record.provenance.gone == "" for record in harvested(corpus).values())


def test_since_takes_what_has_no_date_or_a_coarse_one(server, corpus, harvest):
    dates = ("2026-04-09", "2026-04-11", "2026-04", "2026", "Q3/2026", "")
    source = rows(server, [[row(n, modified=date) for n, date in enumerate(dates)]])
    assert harvest(source, since="2026-04-10").counts == {"new": 5}
    assert harvest(source, since="2026-04-10", limit=2).counts == {"unchanged": 2}


def test_what_the_patterns_leave_out_is_counted_and_not_gone(server, corpus, harvest):
    source = rows(server, [[row(1), row(2)]])
    harvest(source)
    report = harvest(replace(source, exclude=("/2$",)))
    assert report.counts == {"unchanged": 1, "skipped": 1}
    assert report.entries[0].reason == "is none that the source's file takes"


def test_a_listing_from_before_an_interruption_makes_nothing_gone(server, corpus, harvest, monkeypatch):
    source = rows(server, [[row(n) for n in range(4)], [row(n) for n in range(4)], [row(n) for n in range(3)]])
    harvest(source)
    take = Harvest._item
    monkeypatch.setattr(Harvest, "_item", lambda self, *rest: self._stop.set())
    assert "interrupted" in harvest(source).trouble
    monkeypatch.setattr(Harvest, "_item", take)
    report = harvest(source)
    assert (report.resumed, report.counts) == (True, {"unchanged": 4})
    assert harvest(source).counts == {"unchanged": 3, "gone": 1}


def test_a_listing_that_failed_in_part_says_that_nobody_looked_for_what_is_gone(server, corpus, harvest):
    report = harvest(rows(server, [[row(1), "no object"]]))
    assert report.trouble == "a part of the listing failed, so nobody looked for items that are gone"


def test_keys_and_escape_sequences_reach_no_report(server, corpus, harvest, monkeypatch):
    monkeypatch.setenv("PORTAL_KEY", "s3cret")
    source = rows(server, [[row("1\x1b]0;owned\x07", title=""), row(2, url="#"), row(3, title="s3cret")]])
    report = harvest(replace(source, address=server.url("/api/?pwd={PORTAL_KEY}")))
    assert "s3cret" not in str(report)
    server.route(
        "/api/",
        answer(json.dumps([row("1\x1b]0;owned\x07", title=""), row(2, url="?"), row(3, title="s3cret")]).encode()),
    )
    report = harvest(replace(source, address=server.url("/api/?pwd={PORTAL_KEY}")))
    assert "s3cret" not in str(report) + str(files(corpus))
    assert "holds a key of its source" in str(report)
    assert "\\x1b" not in repr(report)
    assert "{PORTAL_KEY}" in harvest(replace(source, address=server.url("/{PORTAL_KEY}/x"))).trouble


def test_headers_with_a_key_go_to_the_source_alone(server, corpus, harvest, monkeypatch):
    monkeypatch.setenv("PORTAL_TOKEN", "s3cret")
    source = rows(server, [[row(1, url=server.url("/1", "two.test"))]])
    harvest(replace(source, follow=True, headers={"Authorization": "Token {PORTAL_TOKEN}"}))
    assert server.asked("/api")[0].headers["authorization"] == "Token s3cret"
    assert "authorization" not in server.asked("/1", "two.test")[0].headers


@pytest.mark.other_processes
def test_a_page_that_crashes_or_hangs_its_reader_costs_itself_alone(server, corpus, harvest, monkeypatch):
    monkeypatch.setattr("indexer.harvest.reading.SECONDS", 4)
    monkeypatch.setattr("indexer.harvest.reading._extract", hostile_reader)
    server.route("/sitemap.xml", sitemap(server, "/crash", "/hang", "/cases/1"))
    for path in ("/crash", "/hang", "/cases/1"):
        server.route(path, page(f"The {path} river"))
    report = harvest(site(server))
    assert report.counts == {"new": 1, "failed": 2}, report.entries
    reasons = {entry.id: entry.reason for entry in report.entries if entry.reason}
    assert "crashed the reader" in reasons[server.url("/crash")]
    assert reasons[server.url("/hang")] == "reading the page took longer than 4 seconds"
