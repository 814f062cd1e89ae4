"""A record as texts that people edit: nothing is lost on the way, and everything wrong is said beside its field."""

import re

import pytest
from conftest import make_record, tag
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.curation.form import (
    EDITABLE,
    decide,
    decide_proposal,
    from_form,
    is_editable,
    requoted,
    to_form,
    translation_field,
)
from hub.errors import InvalidRecord, NotFound
from hub.parse import CONTROL
from hub.record import FIELDS, Decision, Evidence, Link, Method, Point, Translation
from indexer.tag.suggestion import Suggestion
from indexer.tag.tagger import with_suggestions

ACCEPTED, SUGGESTED, REJECTED = Decision.ACCEPTED, Decision.SUGGESTED, Decision.REJECTED
ME = ("j.doe", "2026-11-26")
AWKWARD = ["|", " | ", "a | b", "=1", "'", "-", ",", "(exact)", "\r", "\r\n", "\n", "\t", "\u2028", "Ελλάδα", "中文"]

texts = st.lists(st.text(max_size=20) | st.sampled_from(AWKWARD), min_size=1, max_size=8).map(" ".join)
several = texts.map(lambda text: CONTROL.sub("", text).strip()).filter(bool)
one_line = several.map(lambda text: " ".join(text.split()))
degrees = st.floats(-90, 90, allow_nan=False)
links = st.lists(
    st.fixed_dictionaries({"url": st.sampled_from(["https://a.org", "https://b.org/x|y|"]), "alt": one_line,
                           "credit": one_line | st.just("")}),
    max_size=4,
)  # fmt: skip


def plain(name, decision="suggested", method="rule", **more):
    vocabulary, concept = name.split()
    return {"vocabulary": vocabulary, "concept": concept, "decision": decision, "method": method, **more}


def wrong(record, **given):
    with pytest.raises(InvalidRecord) as caught:
        from_form(record, {name.replace("__", "."): text for name, text in given.items()})
    return {problem.field: problem.message for problem in caught.value.problems}


@settings(deadline=None)
@given(one_line, several, st.lists(one_line, max_size=4), links, degrees)
@example("=1+1", "one\r\ntwo\rthree", ["a | b", "- c", "a | b"], [{"url": "https://a.org", "alt": "|"}], -1e-7)
def test_nothing_is_lost_on_the_way_there_and_back(line, text, entries, pictures, lat):
    record = make_record(
        title=line, abstract=line, text=text, lessons=text, place=line, organisations=entries, images=pictures,
        documents=pictures[::-1], point={"lat": lat, "lon": -lat / 3, "precision": "exact"},
        translations={"pt-BR": {"title": line, "abstract": line}}, tags=[tag("target", "GBF-TARGET-02")],
    )  # fmt: skip
    form = to_form(record)
    assert from_form(record, form) == record
    assert from_form(record, {name: re.sub(r"\r\n|\r|\n", "\r\n", text) for name, text in form.items()}) == record
    # One line more in each list changes no other.
    longer = {"organisations": f"{form['organisations']}\nOne more", "images": f"{form['images']}\nhttps://c.org"}
    edited = from_form(record, longer)
    assert edited.organisations == (*record.organisations, "One more")
    assert edited.images == (*record.images, Link("https://c.org"))


def test_nothing_of_the_real_corpus_is_lost(real_corpus):
    for entry in real_corpus.entries():
        assert from_form(entry.record, to_form(entry.record)) == entry.record


def test_every_field_that_can_be_edited_is_one_of_the_record_model():
    assert set(EDITABLE) <= set(FIELDS)
    assert set(FIELDS) - set(EDITABLE) == {
        *("id", "status", "translations", "tags", "proposals", "changes", "source", "source_id", "source_tags"),
        *("replaces", "provenance"),
    }
    assert list(to_form(make_record())) == list(EDITABLE)
    assert is_editable("title") and is_editable(translation_field("pt-BR", "title"))
    assert not any(map(is_editable, ("id", "translation.xx_Y.title", "translation.fr.text", "translation.fr", "")))


def test_fields_not_given_stay_and_an_empty_text_empties_its_field():
    record = make_record(place="Lake Clara", point={"lat": 1, "lon": 2, "precision": "exact"}, organisations=["A", "B"])
    edited = from_form(
        record, {"title": "  New\t", "text": "one\r\n\r\ntwo\rthree ", "point": " ", "organisations": "\n"}
    )
    assert (edited.title, edited.text, edited.point, edited.organisations) == ("New", "one\n\ntwo\nthree", None, ())
    assert replace(edited, title=record.title, text="", point=record.point, organisations=("A", "B")) == record


def test_lists_have_one_entry_a_line_and_links_three_parts():
    given = {
        "organisations": "Town of Clara\n\n  Reed | Co  ",
        "images": "https://x.org/a.jpg | Reeds, seen from above | © J. Doe\nhttps://x.org/b.jpg |  | © J. Doe",
        "documents": "https://x.org/c.pdf|d\nhttps://x.org/e.pdf| Report",
    }
    record = from_form(make_record(), given)
    assert record.organisations == ("Town of Clara", "Reed | Co")
    assert record.images == (
        Link("https://x.org/a.jpg", "Reeds, seen from above", "© J. Doe"),
        Link("https://x.org/b.jpg", "", "© J. Doe"),
    )
    assert record.documents == (Link("https://x.org/c.pdf|d"), Link("https://x.org/e.pdf", "Report"))
    assert from_form(record, to_form(record)) == record


@pytest.mark.parametrize(
    "text", ["47.6, -10.4 (approximate)", "47.6,-10.4(approximate)", " 47.6 ; -10.4  ( approximate )"]
)
def test_a_point_is_latitude_longitude_and_precision(text):
    record = from_form(make_record(), {"point": text})
    assert record.point == Point(lon=-10.4, lat=47.6, precision="approximate")
    assert to_form(record)["point"] == "47.6, -10.4 (approximate)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("47.6, 10.4", "is not of the form 47.6, 10.4 (approximate)"),
        ("97.6, 10.4 (exact)", "lat: 97.6 lies outside -90 to 90"),
        ("47.6, 10.4 (roughly)", "precision: 'roughly' is not of the form exact, approximate or country"),
        ("nan, north (exact)", "lon: 'north' is not a number; lat: nan lies outside"),
    ],
)
def test_what_is_wrong_with_a_point_is_said(text, said):
    assert wrong(make_record(), point=text)["point"].startswith(said)


def test_everything_wrong_is_said_at_once_beside_its_field():
    found = wrong(
        make_record(began="2014"), title="", type="Case Study", abstract="x" * 2001, place="one\ntwo", url="ftp://x.org",
        ended="2010", contact="me", references="https://x.org\n\nx.org\nhttps://y.org\ny",
        images="https://x.org | a | b | c", documents="x.org | a", text="bell \x07", source="other",
        translation__fr__title="Roseaux",
    )  # fmt: skip
    assert found == {
        "title": "is missing",
        "type": "'Case Study' is not of the form words-joined-by-hyphens (a-z, 0-9)",
        "abstract": "is 2,001 characters long, at most 2,000",
        "place": "must be one line",
        "url": "'ftp://x.org' is not an http(s) address",
        "contact": "'me' is not of the form office@example.org",
        "references": "line 3: 'x.org' is not an http(s) address; line 5: 'y' is not an http(s) address",
        "images": "line 1: has more than three parts: url | description | credit",
        "documents": "line 1 url: 'x.org' is not an http(s) address",
        "text": "holds control characters",
        "source": "is not a field that can be edited here",
        "translation.fr.abstract": "is missing",
        "ended": "2010 lies before began 2014",
    }


def test_what_cannot_be_read_contradicts_nothing():
    record = make_record(began="2014", ended="2019")
    assert wrong(record, began="2020", ended="later") == {
        "ended": "'later' is not a year or date such as 2014, 2014-05 or 2014-05-31"
    }
    assert list(wrong(record, began="later", ended="2010")) == ["began"]


def test_a_record_that_lacks_what_it_needs_is_no_record():
    empty = replace(make_record(), title="", url="")
    assert wrong(empty, abstract="Something") == {"title": "is missing", "url": "is missing"}


def test_translations_are_two_fields_a_language():
    record = make_record(translations={"fr": {"title": "Roseaux", "abstract": "Une ville."}})
    assert to_form(record)["translation.fr.title"] == "Roseaux"
    added = from_form(record, {"translation.sr-Latn.title": "Trska", "translation.sr-Latn.abstract": "Grad."})
    assert added.translations == {**record.translations, "sr-Latn": Translation("Trska", "Grad.")}
    edited = from_form(record, {"translation.fr.title": "Des roseaux"})
    assert edited.translations == {"fr": Translation("Des roseaux", "Une ville.")}
    assert from_form(record, {"translation.fr.title": "", "translation.fr.abstract": " "}).translations is None
    assert from_form(record, {"translation.es.title": ""}) == record
    assert wrong(record, translation__fr__title="") == {"translation.fr.title": "is missing"}
    assert list(wrong(record, translation__x_Y__abstract="x")) == ["translation.x_Y.abstract"]


def test_a_quotation_goes_where_its_words_went():
    said = {"field": "abstract", "quote": "planted reed beds"}
    elsewhere = {"field": "original", "quote": "as the page says"}
    record = make_record(tags=[plain("target GBF-TARGET-02", "accepted", evidence=said, score=0.9),
                               plain("target GBF-TARGET-07", evidence=elsewhere)])  # fmt: skip
    assert requoted(record) == record
    kept, other = requoted(from_form(record, {"abstract": "A town did something."})).tags
    assert (kept.evidence, kept.decision, kept.score) == (None, ACCEPTED, 0.9)
    assert other.evidence == Evidence("original", "as the page says")


def test_a_decision_keeps_how_a_tag_came_about():
    said = {"field": "abstract", "quote": "planted reed beds"}
    machine = plain("target GBF-TARGET-02", evidence=said, score=0.9, by="indexer tag", at="2026-01-01")
    record = make_record(tags=[tag("theme", "eco-urban"), machine])
    decided = decide(record, "target", "GBF-TARGET-02", REJECTED, *ME).tags[1]
    assert (decided.decision, decided.by, decided.at) == (REJECTED, *ME)
    assert (decided.method, decided.score, decided.evidence.quote) == (Method.RULE, 0.9, "planted reed beds")


def test_a_decision_that_stands_keeps_who_made_it():
    record = decide(make_record(), "target", "GBF-TARGET-02", ACCEPTED, *ME)
    assert decide(record, "target", "GBF-TARGET-02", ACCEPTED, "somebody.else", "2026-12-01") == record


def test_a_tag_of_a_curator_goes_where_it_is_undecided_and_that_of_a_machine_stays():
    record = make_record(tags=[plain("target GBF-TARGET-02", by="indexer tag", at="2026-01-01")])
    both = decide(decide(record, "target", "GBF-TARGET-02", ACCEPTED, *ME), "theme", "eco-urban", REJECTED, *ME)
    assert [(one.concept, one.method) for one in both.tags] == [("GBF-TARGET-02", "rule"), ("eco-urban", "curator")]
    one = decide(both, "theme", "eco-urban", SUGGESTED, *ME)
    undecided = decide(one, "target", "GBF-TARGET-02", SUGGESTED, *ME)
    assert [(t.concept, t.decision, t.by, t.at) for t in undecided.tags] == [("GBF-TARGET-02", SUGGESTED, "", "")]
    assert decide(record, "target", "GBF-TARGET-02", SUGGESTED, *ME) == record
    assert decide(record, "target", "GBF-TARGET-07", SUGGESTED, *ME) == record


def test_tagging_again_changes_no_decision_and_suggests_anew_what_is_undecided():
    record = make_record(
        tags=[plain("target GBF-TARGET-02"), plain("target GBF-TARGET-07"), plain("target GBF-TARGET-08")]
    )
    record = decide(record, "target", "GBF-TARGET-02", REJECTED, *ME)
    record = decide(record, "target", "GBF-TARGET-07", ACCEPTED, *ME)
    record = decide(decide(record, "target", "GBF-TARGET-08", ACCEPTED, *ME), "target", "GBF-TARGET-08", SUGGESTED, *ME)
    evidence = Evidence("abstract", "planted reed beds")
    again = [Suggestion("target", f"GBF-TARGET-0{n}", Method.MODEL, 0.8, evidence) for n in (2, 7, 8)]
    tagged = with_suggestions(record, again, "2026-12-01")
    assert tagged.tags[:2] == record.tags[:2]
    assert [(one.concept, one.decision, one.at) for one in tagged.tags[2:]] == [
        ("GBF-TARGET-08", SUGGESTED, "2026-12-01")
    ]


def test_an_accepted_value_goes_into_its_field():
    proposals = [plain("began 2014"), plain("began 2015"), plain("ended 2019"), plain("organisations Town")]
    record = make_record(organisations=["Lake Trust"], proposals=proposals)
    record = decide_proposal(record, "began", "2014", ACCEPTED, *ME)
    record = decide_proposal(record, "organisations", "Town", ACCEPTED, *ME)
    record = decide_proposal(record, "ended", "2019", REJECTED, *ME)
    assert (record.began, record.ended, record.organisations) == ("2014", "", ("Lake Trust", "Town"))
    assert [one.decision for one in record.proposals] == [ACCEPTED, SUGGESTED, REJECTED, ACCEPTED]
    assert decide_proposal(record, "organisations", "Town", ACCEPTED, *ME) == record
    again = with_suggestions(record, [Suggestion("ended", "2019", Method.RULE, 1, Evidence("abstract", "x"))], ME[1])
    assert again.proposals == tuple(one for one in record.proposals if one.decision is not SUGGESTED)
    other = decide_proposal(record, "began", "2015", ACCEPTED, *ME)
    assert other.began == "2015"
    assert [(one.decision, one.by) for one in other.proposals[:2]] == [(SUGGESTED, ""), (ACCEPTED, "j.doe")]


def test_a_value_that_its_field_cannot_have_is_not_accepted():
    record = make_record(began="2014", proposals=[plain("ended 2010"), plain("type Poem!"), plain("status published")])
    for field, value in (("ended", "2010"), ("type", "Poem!"), ("status", "published")):
        with pytest.raises(InvalidRecord) as caught:
            decide_proposal(record, field, value, ACCEPTED, *ME)
        assert [problem.field for problem in caught.value.problems] == [field]
    assert decide_proposal(record, "ended", "2010", REJECTED, *ME).proposals[0].decision is REJECTED
    with pytest.raises(NotFound, match="no proposal '2011' for 'ended'"):
        decide_proposal(record, "ended", "2011", ACCEPTED, *ME)
