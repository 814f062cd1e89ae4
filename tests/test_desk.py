"""What curators do on one record: claim it, check it, tell it from another or join the two, or begin it by hand."""

import pytest
from conftest import make_record, tag
from msgspec.structs import replace

from hub.curation.checklist import checklist
from hub.curation.claims import HELD, Claims, Working
from hub.curation.creation import new_record
from hub.curation.duplicates import joined, told_apart
from hub.curation.shelf import Row, row_of
from hub.errors import HubError, InvalidRecord
from hub.links import LinkStatus
from hub.record import Decision, Method, Provenance, Status, Tag

ME = ("anna", "2026-11-26")
PLACED = [tag("target", "GBF-TARGET-02"), tag("country", "DEU")]
READY = {"status": "draft", "abstract": "word " * 39 + "word", "license": "CC BY 4.0", "tags": PLACED}
NOW = 1_800_000_000.0
TYPED = {"title": ["New"], "do": []}
THEIRS = {"provenance": {"harvester": "test", "first_seen": "2026-01-01", "last_seen": "2026-01-01", "words": "source"}}


@pytest.fixture(scope="module")
def vocabularies(real_corpus):
    return real_corpus.vocabularies()


@pytest.fixture
def claims(tmp_path):
    return Claims(tmp_path / "curation" / "desk.sqlite")


# -- claims


def test_a_record_is_taken_by_one_only(claims):
    assert claims.take(["a", "b"], "anna", NOW) == ["a", "b"]
    assert claims.take(["b", "c"], "ben", NOW) == ["c"]
    assert claims.of(NOW) == {"a": "anna", "b": "anna", "c": "ben"}
    assert claims.take(["a", "b"], "ben", NOW, over=True) == ["a", "b"]
    assert claims.of(NOW) == {"a": "ben", "b": "ben", "c": "ben"}


def test_a_claim_runs_out_and_goes_on_where_it_is_taken_again(claims):
    claims.take(["a", "b"], "anna", NOW)
    assert claims.take(["a"], "anna", NOW + HELD - 1) == ["a"]
    assert claims.take(["b"], "ben", NOW + HELD - 1) == []
    assert claims.of(NOW + HELD) == {"a": "anna"}
    assert claims.take(["a", "b"], "ben", NOW + HELD) == ["b"]


def test_only_ones_own_claims_are_given_back(claims):
    claims.take(["a", "b"], "anna", NOW)
    claims.free(["a"], "ben")
    claims.free(["b", "c"], "anna")
    assert claims.of(NOW) == {"a": "anna"}


def test_what_somebody_typed_is_kept_for_that_person_and_record_alone(claims):
    claims.keep("a", "anna", {"title": ["Old"]}, NOW)
    claims.keep("a", "anna", TYPED, NOW + 1)
    claims.keep("a", "ben", {"title": ["Ben's"]}, NOW)
    assert claims.working("a", "anna") == Working(NOW + 1, TYPED)
    assert claims.working("b", "anna") is None
    claims.drop("a", "anna")
    assert (claims.working("a", "anna"), claims.working("a", "ben")) == (None, Working(NOW, {"title": ["Ben's"]}))


def test_a_desk_that_cannot_be_used_says_which_file_it_is(tmp_path):
    (tmp_path / "desk.sqlite").write_bytes(b"this is no database at all" * 40)
    with pytest.raises(HubError, match=r"desk\.sqlite cannot be used"):
        Claims(tmp_path / "desk.sqlite").of(NOW)


# -- checklist


@pytest.mark.parametrize(
    "changes",
    [
        {"proposals": [tag("also_at", "https://a.org", "rejected")]},
        {"abstract": "word " * 59 + "word"},
        {"tags": [PLACED[0], tag("region", "150")]},
        THEIRS,
    ],
)
def test_of_a_record_that_is_ready_everything_is_in_order(vocabularies, changes):
    checks = checklist(make_record(**{**READY, **changes}), vocabularies, [LinkStatus("https://a.org", "broken")])
    assert all(check.ok and not check.message for check in checks)
    assert {check.name for check in checks if check.must} == {"Target", "Rules of the corpus"}


@pytest.mark.parametrize(
    ("changes", "name", "said", "must"),
    [
        ({"abstract": "word " * 38 + "word"}, "Summary", "has 39 words; 40 to 60 read best", False),
        ({"abstract": "word " * 60 + "word"}, "Summary", "has 61 words; 40 to 60 read best", False),
        ({"license": None}, "Licence", "not stated: summary and link only", False),
        ({"license": None, **THEIRS}, "Licence", "the words are the source's, which states no licence", True),
        ({"tags": PLACED[1:]}, "Target", "no target is accepted yet", True),
        ({"tags": [PLACED[1], tag("target", "GBF-TARGET-02", "rejected")]}, "Target", "no target is accepted", True),
        ({"tags": [PLACED[0], tag("region", "150", "rejected")]}, "Place", "no country or region", False),
        ({"tags": [*PLACED, tag("theme", "eco-urban", "suggested")],
          "proposals": [tag("began", "2014", "suggested"), tag("ended", "2015")]}, "Tags", "2 to decide", False),
        ({"url": "https://example.org/gone#part"}, "Link", "broken since 2026-03-01: not found", False),
        ({"changes": [{"field": "title", "at": "2026-02-01"}]}, "Source", "has changed the case", False),
        ({"type": "poem"}, "Rules of the corpus", "type: 'poem' is not in vocabulary", True),
    ],
)  # fmt: skip
def test_what_is_not_in_order_is_said_alone(vocabularies, changes, name, said, must):
    broken = [LinkStatus("https://example.org/gone", "broken", 404, reason="not found", since="2026-03-01")]
    (wrong,) = (each for each in checklist(make_record(**{**READY, **changes}), vocabularies, broken) if not each.ok)
    assert (wrong.name, wrong.must) == (name, must)
    assert wrong.message.startswith(said)


def test_what_is_only_suggested_is_to_decide(vocabularies):
    tags = [tag("target", "GBF-TARGET-02", "suggested"), tag("region", "150", "suggested")]
    record = make_record(**{**READY, "tags": tags}, proposals=[tag("also_at", "https://a.org", "suggested")])
    found = [each.name for each in checklist(record, vocabularies) if not each.ok]
    assert found == ["Target", "Place", "Tags", "Duplicates"]


# -- duplicates


def test_what_is_told_apart_is_rejected_for_every_address_of_the_other_and_for_no_more():
    other = make_record("other", also_at=["https://b.org"])
    proposals = [tag("also_at", each, "suggested") for each in (other.url, "https://b.org", "https://c.org")]
    record = told_apart(make_record(proposals=[*proposals, tag("began", "2014", "suggested")]), other, *ME)
    decided = [("rejected", "anna")] * 2 + [("suggested", "")] * 2
    assert [(each.decision, each.by) for each in record.proposals] == decided


def test_what_nobody_proposed_is_told_apart_all_the_same():
    assert told_apart(make_record(), make_record("other", url="https://a.org"), *ME).proposals == (
        Tag("also_at", "https://a.org", Decision.REJECTED, Method.CURATOR, by="anna", at="2026-11-26"),
    )


ORDER = [None, "suggested", "rejected", "accepted"]


@pytest.mark.parametrize("own", ORDER)
@pytest.mark.parametrize("theirs", ORDER)
def test_of_two_decisions_on_a_tag_the_weightier_stays_with_our_own_quotation(own, theirs):
    one, two = ({**tag("theme", "eco-urban", each), "by": by} for each, by in ((own, "a"), (theirs, "b")))
    one["evidence"] = {"field": "title", "quote": "Reed beds"}
    stays, _ = joined(make_record(tags=[one] if own else []), make_record("other", tags=[two] if theirs else []), *ME)
    wanted = (own, "a") if ORDER.index(own) >= ORDER.index(theirs) else (theirs, "b")
    assert [(each.decision, each.by) for each in stays.tags] == ([wanted] if own or theirs else [])
    assert all(bool(each.evidence) == bool(own) for each in stays.tags)


def test_a_joined_record_leads_to_both_addresses_and_from_every_former_id():
    proposals = [tag("also_at", url, "suggested") for url in ("https://second.org", "https://third.org")]
    kept = make_record("kept", also_at=["https://a.org"], replaces=["older"], proposals=proposals)
    proposals = [tag("also_at", url, "suggested") for url in (kept.url, "https://a.org")]
    other = make_record("other", url="https://second.org", also_at=["https://b.org", kept.url],
                        replaces=["oldest", "kept"], proposals=proposals)  # fmt: skip
    stays, goes = joined(kept, other, *ME)
    assert stays.also_at == ("https://a.org", "https://second.org", "https://b.org")
    assert (stays.id, stays.url, stays.replaces) == ("kept", kept.url, ("older", "other", "oldest"))
    first, second = stays.proposals
    assert (first.concept, first.decision, first.by) == ("https://second.org", "accepted", "anna")
    assert (second.concept, second.decision) == ("https://third.org", "suggested")
    assert goes == replace(other, status=Status.WITHDRAWN, replaces=())


def test_facts_that_are_missing_come_from_the_other_and_lists_are_put_together():
    french, spanish = ({name: {"title": name, "abstract": "A lake"}} for name in ("fr", "es"))
    ours, theirs = ([{"field": name, "at": "2026-01-01"}] for name in ("title", "abstract"))
    kept = make_record(place="Lake Clara", organisations=["Town", "Trust"], translations=french, changes=ours)
    other = make_record(
        "other", title="Theirs", place="Elsewhere", evidence_level="measured", began="2014", ended="2019",
        organisations=["Trust", "Club"], translations={**spanish, "fr": spanish["es"]}, changes=theirs,
    )  # fmt: skip
    stays, _ = joined(kept, other, *ME)
    assert (stays.title, stays.place, stays.evidence_level) == (kept.title, "Lake Clara", "measured")
    assert (stays.began, stays.ended, stays.organisations) == ("2014", "2019", ("Town", "Trust", "Club"))
    assert {name: each.title for name, each in stays.translations.items()} == {"fr": "fr", "es": "es"}
    assert {each.field for each in stays.changes} == {"title", "abstract"}
    late, _ = joined(make_record(began="2020"), other, *ME)
    assert (late.began, late.ended) == ("2020", "")


@pytest.mark.parametrize(
    ("kept", "other", "together", "words"),
    [
        ({}, {}, True, ""),
        ({"license": "CC BY 4.0"}, {"license": "CC BY 4.0", **THEIRS}, True, "source"),
        ({"license": "CC BY 4.0"}, {"license": "CC BY-SA 4.0", **THEIRS}, False, ""),
        ({"license": "CC BY 4.0", **THEIRS}, {"license": "CC BY-SA 4.0"}, False, "source"),
        ({}, {"license": "CC BY 4.0", **THEIRS}, False, ""),
        (THEIRS, {"license": "CC BY 4.0"}, False, "source"),
    ],
)
def test_texts_and_what_they_are_quoted_for_come_only_where_they_may_be_published_together(
    kept, other, together, words
):
    fields = {"eco-urban": "results", "eco-coast": "action", "eco-freshwater": "title"}
    quoted = [{**tag("theme", name), "evidence": {"field": each, "quote": "reed"}} for name, each in fields.items()]
    french = {"fr": {"title": "Roseaux", "abstract": "Un lac."}}
    other = make_record("other", results="reed", action="reed", tags=quoted, translations=french, **other)
    stays, _ = joined(make_record(action="ours", **kept), other, *ME)
    assert (bool(stays.translations), stays.provenance.words) == (together, words)
    assert stays.license == kept.get("license", ""), "that of the page it is linked to"
    assert (stays.results, stays.action) == ("reed" if together else "", "ours")
    assert [each.concept for each in stays.tags if each.evidence] == ["eco-urban"] * together


# -- begun by hand

FORM = {"title": "Reeds", "abstract": "A town planted reeds.", "language": "en", "url": "https://www.lakes.org/reed"}


def made(*records, **changes):
    return new_record({**FORM, **changes}, {record.id: row_of(record) for record in records}, "anna")


def wrong(*records, **changes):
    with pytest.raises(InvalidRecord) as caught:
        made(*records, **changes)
    return {problem.field: problem.message for problem in caught.value.problems}


def test_a_record_begun_by_hand_is_a_draft_that_names_who_began_it():
    record = made(place="Lake Clara", status="published", do="create")
    assert (record.id, record.status, record.source, record.place) == ("reeds", "draft", "lakes-org", "Lake Clara")
    assert {name: getattr(record, name) for name in FORM} == FORM
    day = record.provenance.first_seen
    assert record.provenance == Provenance("workbench (anna)", day, day)
    other = made(type="tool", source="peat")
    assert (record.type, other.type, other.source) == ("case-study", "tool", "peat")


def test_what_is_missing_is_said_by_field_and_at_once():
    found = wrong(title="", abstract="", url="", language="")
    assert set(found) == {"title", "abstract", "url", "language"}
    assert all(said.startswith("is needed") for said in found.values())
    assert list(wrong(make_record(), began="later")) == ["began"]
    assert wrong(url="https://[") == {"url": "is no address"}
    damaged = {"bad": Row("bad", (0, 0, 0), problem="damaged")}
    with pytest.raises(InvalidRecord, match="not an http"):
        new_record({**FORM, "url": "https://"}, damaged, "anna")


@pytest.mark.parametrize("url", ["https://example.org/cases/reed-bed", "http://www.Example.org/cases/reed-bed/#top",
                                 "https://second.org/"])  # fmt: skip
@pytest.mark.parametrize("status", ["published", "draft", "withdrawn"])
def test_an_address_that_the_corpus_has_is_refused(url, status):
    known = make_record(title="Known", also_at=["https://second.org"], status=status)
    assert list(wrong(known, url=url, title="")) == ["title", "url"]
    assert wrong(known, url=url) == {"url": "is that of a record already: reed-bed (Known)"}


def test_an_id_is_neither_that_of_a_record_nor_a_former_one():
    assert made(make_record("reeds")).id == "reeds-lakes-org"
    assert made(make_record("other", replaces=["reeds"])).id == "reeds-lakes-org"
    assert made(make_record("reeds"), make_record("other", replaces=["reeds-lakes-org"])).id == "reeds-lakes-org-2"
