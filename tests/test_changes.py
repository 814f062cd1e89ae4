"""The journal of changes: what moves a datestamp and what does not, and that it outlives indexes, kills and losses."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from conftest import make_record, tag
from msgspec.structs import replace

from hub.changes import Changes, Selection
from hub.config import load_config
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import HubError, IndexUnavailable
from hub.record import Decision, Link, Method, Status, Tag, Translation
from indexer.build import Done, build
from indexer.cli import cli
from indexer.watch import Watch

PUBLISHED = {"reed-bed", "mangrove-nursery", "tourbiere-du-plateau", "indice-de-ciudades", "merged-case"}
GONE = {"gone-case", "old-case"}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "instance" / "changes.sqlite"


@pytest.fixture
def journal(corpus, engine, path):
    """The journal after a first build."""
    build(corpus, engine, changes=path)
    return Changes(path)


def state(journal, **selection):
    """Id -> (datestamp, deleted) of all changes that are asked for."""
    return {one.id: (one.datestamp, one.deleted) for one in journal.after(Selection(**selection), ("", ""), 1000)}


def edit(corpus, record_id="reed-bed", **changes):
    entry = corpus.entry(record_id)
    corpus.write(replace(entry.record, **changes), entry.revision)


def test_a_first_build_dates_what_is_published_and_what_the_corpus_knows_to_be_gone(journal):
    found = state(journal)
    assert {one for one, (_, deleted) in found.items() if not deleted} == PUBLISHED
    assert {one for one, (_, deleted) in found.items() if deleted} == GONE, "no draft"
    (stamp,) = {stamp for stamp, _ in found.values()}
    assert abs((datetime.now(UTC) - datetime.fromisoformat(stamp)).total_seconds()) < 60


@pytest.mark.parametrize("fresh", [False, True])
def test_a_build_that_changes_nothing_leaves_the_journal_alone(corpus, engine, path, journal, fresh):
    before = state(journal)
    build(corpus, engine, fresh, changes=path)
    assert state(journal) == before


def test_another_index_made_of_the_same_corpus_changes_nothing(corpus, path, journal, tmp_path):
    before = state(journal)
    assert build(corpus, WhooshEngine(tmp_path / "other"), changes=path).done is Done.FRESH
    assert state(journal) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Reed beds clean lakes"},
        {"translations": {"fr": Translation("Des roselières", "Elles nettoient l’eau d’un lac.")}},
        {"tags": (Tag("country", "POL", Decision.ACCEPTED, Method.CURATOR),)},
        {"also_at": ("https://example.org/elsewhere",)},
        {"documents": (Link("https://example.org/report.pdf"),)},
    ],
)
def test_what_is_published_moves_the_datestamp_of_that_record_alone(corpus, engine, path, journal, change):
    before = state(journal)
    edit(corpus, **change)
    build(corpus, engine, changes=path)
    after = state(journal)
    assert after.pop("reed-bed") > before.pop("reed-bed")
    assert after == before


def test_what_only_curators_see_moves_nothing(corpus, engine, path, journal):
    before = state(journal)
    record = corpus.entry("reed-bed").record
    rejected = Tag("theme", "eco-coast", Decision.REJECTED, Method.CURATOR)
    edit(
        corpus,
        tags=(*record.tags, rejected),
        contact="office@example.org",
        proposals=(Tag("began", "2015", Decision.SUGGESTED, Method.RULE),),
        provenance=replace(record.provenance, note="Ask them again."),
    )
    assert build(corpus, engine, changes=path).changed == 1
    assert state(journal) == before


def test_another_name_of_a_concept_moves_the_records_that_have_it(corpus, engine, path, journal):
    before = state(journal)
    file = corpus.folder / "vocabularies" / "theme.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("en: Cities and", "en: Towns and"), encoding="utf-8")
    assert build(corpus, engine, changes=path).changed == 5, "all are indexed anew"
    moved = {one for one, (stamp, _) in state(journal).items() if stamp != before[one][0]}
    assert moved == {"indice-de-ciudades"}


def test_sets_follow_the_tags_with_the_broader_ones(corpus, engine, path, journal):
    assert set(state(journal, set="target:2")) == {"reed-bed", "mangrove-nursery", "tourbiere-du-plateau"}
    assert set(state(journal, set="country")) == PUBLISHED - {"indice-de-ciudades"}
    assert "target:reducing-threats" in journal.find("reed-bed").sets
    edit(corpus, tags=(Tag("target", "GBF-TARGET-14", Decision.ACCEPTED, Method.CURATOR),))
    build(corpus, engine, changes=path)
    assert set(state(journal, set="target:2")) == {"mangrove-nursery", "tourbiere-du-plateau"}
    assert set(state(journal, set="target:14")) == {"reed-bed"}
    assert "country:DEU" not in journal.sets() and {"target", "target:14", "source:example-portal"} <= {*journal.sets()}


def test_a_withdrawn_record_stays_as_a_deletion_in_its_sets_and_may_come_back(corpus, engine, path, journal):
    begun = journal.find("reed-bed")
    edit(corpus, status=Status.WITHDRAWN)
    build(corpus, engine, changes=path)
    gone = journal.find("reed-bed")
    assert gone.deleted and gone.datestamp > begun.datestamp and gone.sets == begun.sets
    assert "reed-bed" in state(journal, set="country:DEU")
    edit(corpus, status=Status.PUBLISHED)
    build(corpus, engine, changes=path)
    back = journal.find("reed-bed")
    assert not back.deleted and back.datestamp > gone.datestamp


def test_a_merged_and_a_removed_record_are_deletions(corpus, engine, path, journal):
    edit(corpus, "reed-bed", status=Status.WITHDRAWN)
    edit(corpus, "merged-case", replaces=("old-case", "reed-bed"))
    (corpus.folder / "records" / "mangrove-nursery.yaml").unlink()
    build(corpus, engine, changes=path)
    assert {one for one, (_, deleted) in state(journal).items() if deleted} == {*GONE, "reed-bed", "mangrove-nursery"}


def test_a_record_that_cannot_be_read_for_a_while_is_as_it_was(corpus, engine, path, journal):
    before = state(journal)
    file = corpus.folder / "records" / "reed-bed.yaml"
    sound = file.read_text(encoding="utf-8")
    file.write_text("id: [", encoding="utf-8")
    build(corpus, engine, changes=path)
    assert state(journal) == before
    file.write_text(sound, encoding="utf-8")
    build(corpus, engine, changes=path)
    assert state(journal) == before


def test_a_record_whose_country_is_no_country_any_more_is_kept_with_what_is_left(corpus, engine, path, journal):
    file = corpus.folder / "vocabularies" / "country.yaml"
    text = file.read_text(encoding="utf-8")
    at = text.index("- id: KEN\n")
    file.write_text(text[:at] + text[text.index("- id: ", at + 5) :], encoding="utf-8")
    region = corpus.folder / "vocabularies" / "region.yaml"
    region.write_text(region.read_text(encoding="utf-8").replace("  - KEN\n", ""), encoding="utf-8")
    assert build(corpus, engine, changes=path).problems
    found = journal.find("mangrove-nursery")
    assert not found.deleted and found.sets == ("source:other-portal",)


def test_a_build_that_was_stopped_before_the_journal_is_made_good_by_the_next(corpus, engine, path, journal):
    before = state(journal)
    edit(corpus, title="Reed beds clean lakes")
    build(corpus, engine)
    assert state(journal) == before
    assert build(corpus, engine, changes=path).done is Done.NOTHING
    assert state(journal)["reed-bed"] > before["reed-bed"]


def test_after_a_loss_everything_is_new_and_what_went_is_told_again(corpus, engine, path, journal):
    edit(corpus, status=Status.WITHDRAWN)
    build(corpus, engine, changes=path)
    path.unlink()
    assert build(corpus, engine, changes=path).done is Done.NOTHING
    assert {one for one, (_, deleted) in state(journal).items() if deleted} == {*GONE, "reed-bed"}
    assert len(state(journal)) == len(PUBLISHED | GONE)


def test_a_writer_that_was_killed_leaves_a_journal_that_the_next_build_makes_whole(
    corpus, engine, path, journal, tmp_path
):
    before = state(journal)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_size = 1")  # pages go to the disk before the end
    writer.execute("BEGIN EXCLUSIVE")
    writer.execute("UPDATE records SET form = hex(zeroblob(20000)), datestamp = '2126-01-01T00:00:00Z'")
    left = tmp_path / "left"
    left.mkdir()
    for file in (path, path.with_name(path.name + "-journal")):
        shutil.copy(file, left)
    writer.close()
    half = Changes(left / path.name)
    with pytest.raises(IndexUnavailable):
        half.earliest()
    assert not build(corpus, engine, changes=left / path.name).mended
    assert state(half) == before


@pytest.mark.parametrize("wrong", [b"no database", b"SQLite format 3\x00" + b"x" * 4096])
def test_a_damaged_journal_is_begun_anew_and_the_report_says_so(corpus, engine, path, journal, wrong):
    path.write_bytes(wrong)
    with pytest.raises(IndexUnavailable):
        journal.earliest()
    assert "changes.sqlite.damaged" in " ".join(build(corpus, engine, changes=path).mended)
    assert set(state(journal)) == PUBLISHED | GONE


def test_a_journal_of_other_tables_is_begun_anew(corpus, engine, path):
    path.parent.mkdir(exist_ok=True)
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE records (id TEXT, note TEXT)")
    other.close()
    assert build(corpus, engine, changes=path).mended
    assert set(state(Changes(path))) == PUBLISHED | GONE


def test_a_journal_that_cannot_be_written_is_said_in_a_sentence(corpus, engine, path):
    path.mkdir(parents=True)
    with pytest.raises(HubError, match="cannot be used"):
        build(corpus, engine, changes=path)


def test_readers_find_nothing_where_there_is_no_journal(path):
    missing = Changes(path)
    with pytest.raises(IndexUnavailable, match="indexer build"):
        missing.find("reed-bed")
    assert missing.changed(["reed-bed"]) == {} and not path.exists()


def test_readers_leave_nothing_beside_the_journal(journal, path):
    state(journal)
    assert [file.name for file in path.parent.iterdir() if file.name.startswith("changes")] == ["changes.sqlite"]


def test_a_path_with_signs_of_addresses_is_read(corpus, engine, tmp_path):
    path = tmp_path / "a?mode=rw#1 %41" / "changes.sqlite"
    build(corpus, engine, changes=path)
    assert set(state(Changes(path))) == PUBLISHED | GONE


def test_changed_tells_when_records_changed_that_are_there(journal):
    wanted = ["reed-bed", "gone-case", "unheard", *(f"more-{number}" for number in range(1200)), "merged-case"]
    found = journal.changed(wanted)
    assert set(found) == {"reed-bed", "merged-case"} and found["reed-bed"] == journal.find("reed-bed").datestamp


def test_datestamps_rise_even_where_the_clock_goes_back(corpus, engine, path, journal):
    with sqlite3.connect(path) as file:
        file.execute("UPDATE records SET datestamp = '2126-01-01T00:00:00Z' WHERE id = 'merged-case'")
    file.close()
    edit(corpus, title="Reed beds clean lakes")
    build(corpus, engine, changes=path)
    assert journal.find("reed-bed").datestamp == "2126-01-01T00:00:01Z"


def test_whoever_reads_while_changes_are_written_waits_for_them(path, journal):
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    found = []
    reader = threading.Thread(target=lambda: found.append(journal.find("reed-bed").datestamp))
    reader.start()
    time.sleep(0.2)
    assert not found
    writer.execute("UPDATE records SET datestamp = '2126-01-01T00:00:00Z' WHERE id = 'reed-bed'")
    writer.execute("COMMIT")
    reader.join(10)
    writer.close()
    assert found == ["2126-01-01T00:00:00Z"]


def test_lists_go_on_behind_the_last_one_and_count_what_is_asked_for(corpus, engine, path, journal):
    first = journal.earliest()
    for number in range(3):
        corpus.write(make_record(f"new-{number}", tags=[tag("country", "DEU")]), None)
        build(corpus, engine, changes=path)
    later = journal.find("new-1").datestamp
    assert set(state(journal, since=later)) == {"new-1", "new-2"} and journal.count(Selection(since=later)) == 2
    assert set(state(journal, until=first)) == PUBLISHED | GONE and journal.count(Selection(until=first)) == 7
    assert set(state(journal, since=later, until=later, set="country:DEU")) == {"new-1"}
    assert journal.count(Selection(set="country:DEU")) == 4
    for selection in (Selection(), Selection(set="country:DEU")):
        found, last = [], ("", "")
        while some := journal.after(selection, last, 2):
            found += [one.id for one in some]
            last = (some[-1].datestamp, some[-1].id)
        assert found == [one.id for one in journal.after(selection, ("", ""), 100)]
    assert journal.after(Selection(since=later), (first, "merged-case"), 1)[0].id == "new-1", (
        "from holds for the rest too"
    )


def test_the_commands_that_build_keep_the_journal(corpus, tmp_path, monkeypatch):
    environ = {"HUB_CORPUS": str(corpus.folder), "HUB_INSTANCE": str(tmp_path / "instance")}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert CliRunner().invoke(cli, ["build"]).exit_code == 0
    journal = Changes(load_config(environ).changes)
    first = journal.find("reed-bed").datestamp
    edit(corpus, title="Reed beds clean lakes")
    watch = Watch(load_config(environ))
    watch.step(0.0)
    watch.stop()
    assert journal.find("reed-bed").datestamp > first


def test_lists_are_read_along_an_index_and_nothing_is_sorted(path, journal):
    from hub import changes  # noqa: PLC0415 - its statements

    journal.earliest()
    with sqlite3.connect(path) as file:
        for statement, values in ((changes._ALL, ("", "", "9", 1)), (changes._OF_SET, ("target", "", "", "9", 1))):
            plan = " ".join(row[3] for row in file.execute(f"EXPLAIN QUERY PLAN {statement}", values))
            assert "SCAN" not in plan and "TEMP B-TREE" not in plan, plan
    file.close()
