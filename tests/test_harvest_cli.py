"""`indexer harvest`, `sources`, `links` and `watch` as people and schedulers run them."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from conftest import ROOT
from filelock import FileLock
from misbehaving import Misbehaving, answer
from test_harvest_run import page, sitemap

import indexer.cli
from hub.canonical import to_yaml
from hub.config import load_config
from hub.corpus import Corpus
from indexer.harvest.commands import is_due
from indexer.harvest.source import Source, read_source
from indexer.harvest.state import State
from indexer.watch import Watch, signature


@pytest.fixture
def server():
    with Misbehaving() as server:
        server.route("/robots.txt", answer(b"", 404))
        yield server


def run(*arguments):
    return CliRunner().invoke(indexer.cli.cli, [*arguments])


def write(folder, source, **data):
    usual = {"name": "Portal", "protocol": "sitemap", "delay": "0", "full_text": "true"}
    (folder / "sources" / f"{source}.yaml").write_text(to_yaml(usual | data), encoding="utf-8")


def local(server, path="/sitemap.xml"):
    return f"http://127.0.0.1:{server.port}{path}"


def pages(server, number):
    paths = [f"/cases/{n}" for n in range(number)]
    for path in paths:
        server.route(path, page(f"River number {path.rsplit('/', 1)[1]}"))
    server.route("/sitemap.xml", sitemap(server, *paths, host="127.0.0.1"))


def test_a_harvest_says_what_it_did_and_keeps_a_report(folder, server, tmp_path):
    pages(server, 2)
    write(folder, "portal", address=local(server))
    found = run("harvest")
    assert found.exit_code == 0, found.output
    assert "portal: 2 new, 0 changed, 0 unchanged\n" in found.output
    (report,) = (tmp_path / "instance" / "harvest" / "reports").glob("*.json")
    (source,) = json.loads(report.read_text())["sources"]
    assert (source["source"], source["counts"]) == ("portal", {"new": 2})
    assert "river-number-1" in report.with_suffix(".txt").read_text()
    assert "portal: 0 new, 0 changed, 2 unchanged" in run("harvest", "portal").output


def test_new_drafts_are_tagged_at_once_where_that_is_asked(folder, server):
    pages(server, 1)
    write(folder, "portal", address=local(server))
    found = run("harvest", "--tag")
    assert "1 records read, 1 changed, 0 not tagged." in found.output
    assert Corpus(folder).get("river-number-0").tags


def test_one_bad_source_stops_no_other_and_the_status_tells(folder, server):
    pages(server, 1)
    write(folder, "portal", address=local(server))
    write(folder, "broken", address="nowhere", fields={"colour": "a["}, trust="blind")
    found = run("harvest")
    assert found.exit_code == 1
    assert "sources/broken.yaml: trust: 'blind' is not of the form" in found.output
    assert "portal: 1 new" in found.output
    assert run("harvest", "nobody").exit_code == 1


def test_the_agent_names_its_operator(folder, server):
    pages(server, 1)
    write(folder, "portal", address=local(server))
    run("harvest")
    assert server.asked("/sitemap.xml")[0].headers["user-agent"].startswith("knowledge-hub/")
    assert "office@example.org" in server.asked("/sitemap.xml")[0].headers["user-agent"]


def test_private_addresses_are_refused_unless_they_are_allowed(folder, server, monkeypatch):
    pages(server, 1)
    write(folder, "portal", address=local(server))
    monkeypatch.setenv("HUB_PRIVATE_ADDRESSES", "refuse")
    found = run("harvest")
    assert found.exit_code == 1
    assert "private" in found.output
    assert server.log == []


def test_sources_are_listed_and_checked(folder):
    write(folder, "portal", address="https://example.org/sitemap.xml", name="A portal")
    found = run("sources")
    assert "A portal" in found.output
    assert "not yet" in found.output
    assert run("sources", "check").output == "1 sources, nothing wrong.\n"
    write(
        folder, "wrong", protocol="smoke", address="ftp://x", type="novel", delay="-1", include=["("],
        options={"a": "b"}, fields={"colour": "a", "title": "a["}, page={"select": {"title": "h1["}},
    )  # fmt: skip
    found = run("sources", "check")
    assert found.exit_code == 1
    assert "sources/wrong.yaml: include.1: '(' is no regular expression" in found.output
    write(
        folder, "wrong", protocol="smoke", address="ftp://x", type="novel",
        options={"a": "b"}, fields={"colour": "a", "title": "a["}, page={"select": {"title": "h1[", "x": "p"}},
    )  # fmt: skip
    lines = run("sources", "check").output
    for word in (
        "'smoke'",
        "'ftp://x'",
        "'novel'",
        "fields.colour",
        "fields.title",
        "select.title",
        "select.x",
    ):
        assert word in lines, lines
    write(folder, "wrong", protocol="sitemap", address="https://x.example/", options={"a": "b"})
    assert "options.a: is no option of sitemap" in run("sources", "check").output


def test_the_shipped_sources_are_in_order():
    paths = sorted((ROOT / "corpus" / "sources").glob("*.yaml"))
    assert len(paths) >= 8
    assert run("sources", "check").output == f"{len(paths)} sources, nothing wrong.\n"
    for path in paths:
        assert read_source(path).schedule == "never", "nobody has run it yet: its editor switches it on"


@pytest.mark.parametrize(("schedule", "days", "due"), [("daily", 1, True), ("weekly", 6, False), ("never", 99, False)])
def test_a_source_is_due_when_its_schedule_says_so(schedule, days, due):
    state, now = State(None), datetime(2026, 3, 1, tzinfo=UTC)
    source = Source("s", "S", "sitemap", "https://x.example/", schedule=schedule)
    assert is_due(source, state, now) == (schedule != "never")
    state.begin("s", now - timedelta(days=days))
    state.finish("s", now - timedelta(days=days), whole=True)
    assert is_due(source, state, now) == due


def test_a_harvest_that_failed_is_tried_again_after_some_hours():
    state, now = State(None), datetime(2026, 3, 1, tzinfo=UTC)
    source = Source("s", "S", "sitemap", "https://x.example/", schedule="monthly")
    state.begin("s", now)
    state.finish("s", now, whole=False)
    assert not is_due(source, state, now + timedelta(hours=1))
    assert is_due(source, state, now + timedelta(hours=7))


def test_only_one_harvest_at_a_time(folder, server, tmp_path):
    pages(server, 1)
    write(folder, "portal", address=local(server))
    with FileLock(tmp_path / "instance" / "harvest" / ".lock"):
        found = run("harvest")
    assert found.exit_code == 1
    assert "Another harvest or link check is running" in str(found.exception or found.output)


def test_links_are_checked_and_remembered(folder, server, tmp_path):
    server.route("/ok", answer(b"fine", content_type="text/plain"))
    server.route("/busy", answer(b"", 503))
    corpus = Corpus(folder)
    for number, name in enumerate(corpus.ids()):
        entry = corpus.entry(name)
        path = ("/ok", "/gone", "/busy")[number % 3]
        url = f"{local(server, path)}?{name}"
        text = (corpus.records / f"{name}.yaml").read_text().replace(entry.record.url, url)
        (corpus.records / f"{name}.yaml").write_text(text)
    found = run("links")
    assert found.exit_code == 1
    counts = found.output.splitlines()[0]
    assert counts == "6 links: 1 broken, 0 moved, 2 unknown, 3 ok"
    asked = len(server.log)
    again = json.loads(run("links", "--json").output)
    assert len(server.log) == asked, "checked within a week"
    assert again["counts"]["unknown"] == 2


def harvest_process(folder):
    return subprocess.Popen(
        [sys.executable, "-m", "indexer", "harvest"], env=os.environ.copy(), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def test_killed_in_the_middle_no_item_is_lost_and_none_doubled(folder, server):
    pages(server, 30)
    write(folder, "portal", address=local(server), delay="0.05")
    corpus = Corpus(folder)
    done = lambda: [name for name in corpus.ids() if name.startswith("river-number")]  # noqa: E731
    for wanted in (5, 15):
        process = harvest_process(folder)
        until = time.monotonic() + 60
        while len(done()) < wanted and time.monotonic() < until:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert wanted <= len(done()) < 30
    assert run("harvest").exit_code == 0
    records = [corpus.get(name) for name in done()]
    assert len(records) == 30
    assert len({record.source_id for record in records}) == 30
    assert len([asked for asked in server.asked() if asked.path.startswith("/cases")]) <= 36, "fetched again"
    assert corpus.check() == []


def test_watching_brings_changes_into_the_index_and_harvests_what_is_due(folder, server, tmp_path):
    pages(server, 1)
    watch = Watch(load_config())
    watch.step(0.0)
    assert watch._engine.info().records == 5
    before = signature(folder)
    path = folder / "records" / "draft-case.yaml"
    path.write_text(path.read_text().replace("status: draft", "status: published"))
    assert signature(folder) != before
    watch.step(1.0)
    assert watch._engine.info().records == 6
    assert watch._harvest is None
    write(folder, "portal", address=local(server), schedule="daily")
    watch.step(100.0)
    assert watch._harvest.wait(60) == 0
    assert Corpus(folder).get("river-number-0").tags
    watch.step(200.0)
    watch.step(300.0)
    assert watch._harvest.returncode == 0
    (folder / "vocabularies" / "target.yaml").write_text("nonsense")
    watch.step(301.0)
    assert watch._engine.info().records == 6
    watch.stop()


def test_the_watch_ends_its_harvest_and_itself_when_it_is_told_to(folder, server):
    pages(server, 30)
    write(folder, "portal", address=local(server), delay="0.5", schedule="daily")
    process = subprocess.Popen(
        [sys.executable, "-m", "indexer", "watch"], env=os.environ.copy(), stdout=subprocess.PIPE
    )
    until = time.monotonic() + 60
    while len(server.asked("/cases/1")) < 1 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"Stopped." in out
    assert b"interrupted: the next harvest goes on from here" in out
