"""Items brought to the desk: what becomes of them in the corpus, and what is remembered."""

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest
from conftest import make_record
from msgspec.structs import replace

from hub.errors import HubError, InvalidRecord
from hub.record import Decision, Status, Tag
from indexer.harvest.desk import Desk
from indexer.harvest.item import Item
from indexer.harvest.original import quoting_original, with_original
from indexer.harvest.report import Outcome, SourceReport, Tally, as_json, as_text, line, reasons
from indexer.harvest.source import Source
from indexer.harvest.state import State
from indexer.tag.tagger import with_suggestions

SOURCE = Source("new-portal", "New Portal", "json", "https://new.example/api", license="CC BY 4.0", full_text=True)
ITEM = Item(
    id="17",
    url="https://new.example/cases/17",
    title="Otters return to the upper river",
    abstract="Otters were seen again after fish passes were built.",
    text="Fish passes were built at nine weirs.",
    language="en",
)


@pytest.fixture
def state(tmp_path):
    state = State(tmp_path / "state.sqlite")
    yield state
    state.close()


@pytest.fixture
def desk(corpus, state):
    return make_desk(corpus, state)


def make_desk(corpus, state, today="2026-01-01", dry=False):
    return Desk(corpus, corpus.vocabularies(), state, today, dry)


def files(corpus):
    return {path.name: path.read_bytes() for path in corpus.records.glob("*.yaml")}


def test_a_new_item_becomes_a_draft_and_the_same_again_changes_nothing(corpus, state, desk):
    first = desk.take(ITEM, SOURCE, "run-1")
    assert (first.outcome, first.record) == (Outcome.NEW, "otters-return-to-the-upper-river")
    record = corpus.get(first.record)
    assert (record.status, record.source, record.source_id) == (Status.DRAFT, "new-portal", "17")
    before = files(corpus)
    assert desk.take(ITEM, SOURCE, "run-2").outcome is Outcome.UNCHANGED
    assert make_desk(corpus, state, "2026-05-05").take(ITEM, SOURCE, "run-3").outcome is Outcome.UNCHANGED
    assert make_desk(corpus, State(None), "2026-05-05").take(ITEM, SOURCE, "run-4").outcome is Outcome.UNCHANGED
    assert files(corpus) == before
    assert [problem for problem in corpus.check() if problem.file.startswith("records/otters")] == []


def test_a_changed_item_changes_its_record_and_no_other(corpus, state, desk):
    desk.take(ITEM, SOURCE, "run-1")
    verdict = make_desk(corpus, state, "2026-02-02").take(replace(ITEM, text="Ten weirs."), SOURCE, "run-2")
    assert (verdict.outcome, verdict.reason) == (Outcome.CHANGED, "")
    assert corpus.get(verdict.record).text == "Ten weirs."
    assert len(files(corpus)) == 8


def test_what_a_curator_did_meanwhile_is_kept(corpus, state, desk):
    name = desk.take(ITEM, SOURCE, "run-1").record
    entry = corpus.entry(name)
    tag = Tag("theme", "eco-freshwater", Decision.REJECTED, "curator", by="j.doe")
    corpus.write(replace(entry.record, title="Otters come back", tags=(tag,)), entry.revision)
    changed = replace(ITEM, title="Otters return to the whole river", text="Ten weirs.")
    verdict = make_desk(corpus, state, "2026-02-02").take(changed, SOURCE, "run-2")
    record = corpus.get(name)
    assert verdict.reason == "1 changes await a decision"
    assert (record.title, record.text, record.tags) == ("Otters come back", "Ten weirs.", (tag,))
    assert [(c.field, c.value) for c in record.changes] == [
        ("title", "Otters return to the whole river"),
        ("text", ""),
    ]


def test_a_curator_who_saves_in_the_same_moment_loses_nothing(corpus, state, desk, monkeypatch):
    name = desk.take(ITEM, SOURCE, "run-1").record
    again = make_desk(corpus, state, "2026-02-02")
    check, saved = again._check, []

    def check_while_somebody_saves(record, known):
        check(record, known)
        if not saved:
            entry = corpus.entry(name)
            saved.append(corpus.write(replace(entry.record, place="Upper River"), entry.revision))

    monkeypatch.setattr(again, "_check", check_while_somebody_saves)
    assert again.take(replace(ITEM, text="Ten weirs."), SOURCE, "run-2").outcome is Outcome.CHANGED
    assert (corpus.get(name).place, corpus.get(name).text) == ("Upper River", "Ten weirs.")


def test_an_address_that_the_corpus_has_already_makes_no_second_record(desk, corpus):
    verdict = desk.take(replace(ITEM, url="http://www.example.org/cases/reed-bed/"), SOURCE, "run-1")
    assert verdict.outcome is Outcome.SKIPPED
    assert corpus.get(verdict.record).url == "https://example.org/cases/reed-bed"
    assert "this address already" in verdict.reason


def test_the_same_case_elsewhere_is_proposed_and_not_merged(corpus, desk):
    text = "Fish passes were built at nine weirs of the river so that salmon and otters could move again. " * 3
    first = desk.take(replace(ITEM, text=text), SOURCE, "run-1").record
    other = Source("second-portal", "Second", "json", "https://second.example/", full_text=True)
    copy = replace(ITEM, id="a", url="https://second.example/a", text=text + "Contact us.")
    second = corpus.get(desk.take(copy, other, "run-1").record)
    assert [(p.vocabulary, p.concept, p.decision) for p in second.proposals] == [
        ("also_at", corpus.get(first).url, Decision.SUGGESTED)
    ]
    assert second.also_at == ()
    assert [p.concept for p in with_suggestions(second, (), "2026-02-02").proposals] == [corpus.get(first).url]


def test_an_item_that_can_be_no_record_is_refused_with_its_reason(desk, corpus):
    before = files(corpus)
    with pytest.raises(InvalidRecord, match="title: the source does not say it"):
        desk.take(replace(ITEM, title=""), SOURCE, "run-1")
    with pytest.raises(InvalidRecord, match="'nonsense' is not in vocabulary 'type'"):
        desk.take(ITEM, replace(SOURCE, type="nonsense"), "run-1")
    assert files(corpus) == before


def test_a_dry_run_writes_nothing(corpus, state):
    before = files(corpus)
    assert make_desk(corpus, state, dry=True).take(ITEM, SOURCE, "run-1").outcome is Outcome.NEW
    assert files(corpus) == before


def test_many_threads_make_one_record_of_one_item(corpus, desk):
    verdicts = []
    threads = [threading.Thread(target=lambda: verdicts.append(desk.take(ITEM, SOURCE, "r"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdict.outcome for verdict in verdicts) == ["new", *["unchanged"] * 7]


def test_what_is_missing_is_flagged_withdrawn_by_policy_and_comes_back(corpus, state, desk):
    source = replace(SOURCE, withdraw_after=2)
    name = desk.take(ITEM, source, "run-1").record
    flagged, doubt = make_desk(corpus, state, "2026-02-02").missing(source, {"another"}, set(), "run-2")
    assert ({i: v.outcome for i, v in flagged.items()}, doubt) == ({"17": Outcome.GONE}, "")
    assert (corpus.get(name).status, corpus.get(name).provenance.gone) == (Status.DRAFT, "2026-02-02")
    make_desk(corpus, state, "2026-02-03").missing(
        source, {"another"}, set(), "run-2"
    )  # the same run again counts once
    assert corpus.get(name).status is Status.DRAFT
    back = make_desk(corpus, state, "2026-03-03").take(ITEM, source, "run-3")
    assert (back.outcome, back.reason) == (Outcome.CHANGED, "the source has it again")
    assert corpus.get(name).provenance.gone == ""
    for number, status in ((4, Status.DRAFT), (5, Status.WITHDRAWN)):
        make_desk(corpus, state, f"2026-0{number}-01").missing(source, {"another"}, set(), f"run-{number}")
        assert corpus.get(name).status is status
    assert make_desk(corpus, state).missing(source, {"another"}, set(), "run-6") == ({}, "")


def test_a_listing_that_lost_most_of_its_items_is_doubted_and_not_believed(corpus, state, desk):
    for number in range(20):
        item = replace(ITEM, id=str(number), url=f"https://new.example/{number}", title=f"Case number {number}")
        desk.take(item, SOURCE, "run-1")
    before = files(corpus)
    flagged, doubt = desk.missing(SOURCE, {"1", "2"}, set(), "run-2")
    assert (flagged, files(corpus)) == ({}, before)
    assert doubt == "18 of 20 items are not listed any more: none is flagged, look at the source"
    flagged, _ = desk.missing(SOURCE, {"1", "2"}, {"7"}, "run-2")
    assert set(flagged) == {"7"}
    assert desk.missing(Source("x", "X", "json", ""), set(), set(), "r") == ({}, "")
    assert desk.missing(SOURCE, set(), set(), "r")[0] == {}, "an empty answer says nothing"


def test_the_state_knows_what_a_source_said_last_and_survives(tmp_path):
    path = tmp_path / "state.sqlite"
    record = make_record("otters")
    state = State(path)
    state.remember("s", ITEM, record, "run")
    state.close()
    state = State(path)
    assert (state.known("s", "17").item, state.known("s", "17").draft) == (ITEM, record)
    assert state.known("s", "18") is None
    state.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE item SET item = ?", (b"no zip",))
    db.close()
    state = State(path)
    assert state.known("s", "17") is None
    state.close()
    path.write_bytes(b"not a database at all" * 100)
    state = State(path)
    assert "was damaged" in state.notice
    assert state.known("s", "17") is None
    state.close()


def test_a_state_that_another_holds_is_not_thrown_away(tmp_path, monkeypatch):
    path = tmp_path / "state.sqlite"
    state = State(path)
    state.remember("s", ITEM, make_record("otters"), "run")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda name, **rest: connect(name, **(rest | {"timeout": 0.1})))
    other = connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(HubError, match="locked"):
        State(path)
    other.execute("ROLLBACK")
    other.close()
    assert state.known("s", "17").item == ITEM
    state.close()


def test_an_interrupted_run_is_taken_up_for_two_days(state):
    now = datetime(2026, 1, 1, tzinfo=UTC)
    run, resumed = state.begin("s", now)
    assert not resumed
    assert state.last("s") == (None, None)
    assert state.begin("s", now + timedelta(hours=3)) == (run, True)
    later, resumed = state.begin("s", now + timedelta(hours=60))
    assert (later != run, resumed) == (True, False)
    state.finish("s", now + timedelta(hours=61), whole=True)
    state.begin("s", now + timedelta(hours=62))
    state.finish("s", now + timedelta(hours=63), whole=False)
    assert state.last("s") == (now + timedelta(hours=63), now + timedelta(hours=61))
    assert state.begin("s", now + timedelta(hours=64))[1] is False


def test_what_this_machine_remembers_counts_only_for_the_record_that_it_made(corpus, state, desk):
    name = desk.take(ITEM, SOURCE, "run-1").record
    older = (corpus.records / f"{name}.yaml").read_bytes()
    make_desk(corpus, state).take(replace(ITEM, text="Ten weirs."), SOURCE, "run-2")
    (corpus.records / f"{name}.yaml").write_bytes(older)  # as git does when a branch is left
    verdict = make_desk(corpus, state).take(replace(ITEM, text="Ten weirs."), SOURCE, "run-3")
    assert verdict.outcome is Outcome.CHANGED
    assert [(change.field, change.value) for change in corpus.get(name).changes] == [("text", "Ten weirs.")]


def test_what_the_editor_corrects_in_the_source_s_file_reaches_its_drafts(corpus, state):
    closed = replace(SOURCE, full_text=False, license="")
    name = make_desk(corpus, state).take(ITEM, closed, "run-1").record
    assert corpus.get(name).text == ""
    make_desk(corpus, state).take(ITEM, SOURCE, "run-2")
    assert (corpus.get(name).text, corpus.get(name).license) == (ITEM.text, "CC BY 4.0")
    make_desk(corpus, state).take(ITEM, closed, "run-3")
    assert (corpus.get(name).text, corpus.get(name).license) == ("", "")


def test_what_a_curator_merged_into_another_does_not_come_back(corpus, state, desk):
    name = desk.take(ITEM, SOURCE, "run-1").record
    entry = corpus.entry("reed-bed")
    (corpus.records / f"{name}.yaml").unlink()
    corpus.write(replace(entry.record, replaces=(name,)), entry.revision)
    verdict = make_desk(corpus, state).take(ITEM, SOURCE, "run-2")
    assert (verdict.outcome, verdict.record) == (Outcome.SKIPPED, "reed-bed")


def test_items_of_one_source_may_share_an_address(corpus, desk):
    first = desk.take(ITEM, SOURCE, "run-1")
    second = desk.take(replace(ITEM, id="18", title="Beavers too"), SOURCE, "run-1")
    assert (first.outcome, second.outcome) == (Outcome.NEW, Outcome.NEW)


def test_a_key_of_the_source_never_comes_into_the_corpus(corpus, desk, monkeypatch):
    monkeypatch.setenv("PORTAL_KEY", "s3cret/x")
    source = replace(SOURCE, address="https://new.example/api?key={PORTAL_KEY}")
    with pytest.raises(InvalidRecord, match="holds a key of its source"):
        desk.take(replace(ITEM, url="https://new.example/api?key=s3cret%2Fx"), source, "run-1")


def test_a_dry_run_refuses_what_a_real_one_would(corpus, state):
    with pytest.raises(InvalidRecord):
        make_desk(corpus, state, dry=True).take(replace(ITEM, id="x" * 501), SOURCE, "run-1")


def test_the_tagger_reads_the_original_and_quotes_it_where_the_record_may_not_hold_it(corpus, state, tagger):
    closed = replace(SOURCE, full_text=False, license="")
    item = replace(
        ITEM,
        text="Invasive rats were eradicated from the island. Invasive alien species were gone after three years.",
    )
    name = make_desk(corpus, state).take(item, closed, "run-1").record
    record = corpus.get(name)
    assert record.text == ""
    read = with_original(record, state)
    assert read.text == item.text
    tagged = with_suggestions(record, quoting_original(tagger.read(read).suggestions, record), "2026-02-02")
    found = {tag.concept: tag.evidence for tag in tagged.tags if tag.evidence}
    assert all(len(said.quote.split()) <= 15 for said in found.values() if said.field == "original")
    assert found["GBF-TARGET-06"].field == "original"
    assert found["GBF-TARGET-06"].quote in item.text
    corpus.write(tagged, corpus.entry(name).revision)
    assert [problem for problem in corpus.check() if name in problem.file] == []
    own = replace(record, provenance=replace(record.provenance, words=""))
    assert with_original(own, state) == own
    assert with_original(record, State(None)) == record


def test_a_report_says_what_happened_in_lines_in_full_and_for_programs():
    tally = Tally()
    tally.add("1", Outcome.NEW, record="a-case")
    tally.add("2", Outcome.UNCHANGED)
    for number in range(3, 6):
        tally.add(str(number), Outcome.FAILED, "answered 500")
    tally.add("9", Outcome.SKIPPED, "is a \x1b[31mmenu")
    report = SourceReport(
        "bise", "2026-01-01T00:00:00+00:00", 2.0, dict(tally.counts), tuple(tally.entries), resumed=True
    )
    assert line(report) == (
        "bise: 1 new, 0 changed, 1 unchanged, 1 skipped, 3 failed (taken up where it was interrupted)"
    )
    assert reasons(report) == ["  failed: answered 500 (3 and 2 more)", "  skipped: is a [31mmenu (9)"]
    assert reasons(report, 1)[-1] == "  and 1 more reasons, see the report"
    assert report.failed
    assert "  new       1 -> a-case\n  skipped   9: is a [31mmenu\n  failed    3: answered 500\n" in as_text([report])
    assert '"reason": "answered 500"' in as_json([report])
    assert not SourceReport("x", "", 0, {}, ()).failed
    assert line(SourceReport("x", "", 0, {}, (), "no answer")) == "x: 0 new, 0 changed, 0 unchanged; no answer"
