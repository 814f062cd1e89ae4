"""The tagger as a whole: what it suggests, that it quotes the record, and that curators have the last word."""

from __future__ import annotations

from datetime import date

import pytest
from bounded import bounded
from conftest import make_record, tag
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.corpus import check_record, format_record
from hub.record import Decision, Method, Record
from indexer.tag.classify import MOST
from indexer.tag.suggestion import Suggestion
from indexer.tag.tagger import NAME, TAGS, Tagger, with_suggestions

TODAY = date(2026, 1, 1)


def offered(tagger: Tagger, record: Record) -> dict[str, list[Suggestion]]:
    found: dict[str, list[Suggestion]] = {}
    for one in tagger.read(record, TODAY).suggestions:
        found.setdefault(one.vocabulary, []).append(one)
    return found


def first(tagger: Tagger, vocabulary: str, **fields) -> str:
    found = offered(tagger, make_record(**fields)).get(vocabulary)
    return found[0].concept if found else ""


@pytest.mark.parametrize(
    ("language", "title", "abstract", "concepts"),
    [
        ("en", "Ranger training in Zambia", "Park rangers of three national parks were trained in patrol methods.",
         ("GBF-TARGET-20", "ZMB")),
        ("en", "Rats gone", "In Kenya an island was freed of invasive rats by aerial baiting.",
         ("GBF-TARGET-06", "KEN")),
        ("fr", "Une tourbière retrouve son eau", "Dans le Jura suisse, des fossés sont bouchés et la tourbière est "
         "restaurée.", ("GBF-TARGET-02", "CHE")),
        ("es", "Pago por servicios ambientales en Costa Rica", "El fondo paga a los dueños por conservar el bosque.",
         ("GBF-TARGET-18", "CRI")),
        ("de", "Gründächer für Hamburg", "Die Stadt fördert Dachbegrünung und neue Parks in dicht bebauten Vierteln.",
         ("GBF-TARGET-12", "DEU")),
        ("it", "Donne custodi dei semi", "In Italia le donne di una cooperativa guidano la banca dei semi.",
         ("GBF-TARGET-23", "ITA")),
        ("pt", "Protocolo de Nagoia no Brasil", "A repartição de benefícios de recursos genéticos foi regulamentada.",
         ("GBF-TARGET-13", "BRA")),
        ("pl", "Usuwanie barszczu Sosnowskiego", "W Polsce gmina zwalcza inwazyjne gatunki obce, usuwając barszcz.",
         ("GBF-TARGET-06", "POL")),
        ("ru", "Восстановление болот", "В Беларуси осушенные торфяники вновь обводнили, болота восстанавливаются.",
         ("GBF-TARGET-02", "BLR")),
    ],
)  # fmt: skip
def test_the_first_suggestions_in_many_languages(tagger, language, title, abstract, concepts):
    target, country = concepts
    found = offered(tagger, make_record(language=language, title=title, abstract=abstract))
    assert target in [one.concept for one in found["target"]][:2]
    assert [one.concept for one in found["country"]] == [country]


def test_every_suggestion_of_the_real_corpus_is_a_valid_tag(tagger, real_corpus):
    vocabularies = real_corpus.vocabularies()
    for entry in real_corpus.entries():
        bare = replace(entry.record, tags=())
        tagged = with_suggestions(bare, tagger.read(bare, TODAY).suggestions, "2026-01-01")
        assert list(check_record(tagged, vocabularies)) == []
        assert format_record(tagged)
        assert tagged.source_tags == entry.record.source_tags
        for name, most in MOST.items():
            assert sum(one.vocabulary == name for one in (*tagged.tags, *tagged.proposals)) <= most


PIECES = ["wetland restoration in Kenya. ", "Die Moore\n", "el río; ", "training of rangers ", "«été 2014» ", "Ω ",
          "1,200 ha ", "e.g. X ", "\u2028", "not a ", "the University of Ghent ", "WWF (Spain) ", "from 2003 to 2011 ",
          "女性 "]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.sampled_from(["en", "de", "es", "zh", "xx"]))
def test_quotations_stand_in_the_record_word_for_word(tagger, text, language):
    record = make_record(text=text.strip(), language=language, source_tags=["wetlands", "GBF-TARGET-02,ke"])
    for one in tagger.read(record, TODAY).suggestions:
        field = getattr(record, one.evidence.field)
        assert any(one.evidence.quote in each for each in ([field] if isinstance(field, str) else field))
        assert len(one.evidence.quote.splitlines()) == 1
        assert all(words in one.evidence.quote for words in one.matched)
        assert 0 < one.score <= 1


HOSTILE = ["ﷺ" * 20_000, "ß" * 20_000, "a" * 20_000, "a " * 10_000, "restor" + "x" * 1_200, "1" * 20_000,
           "They trained " + "x" * 1_200 + " rangers.", "Kenya " * 3_300, "funded by wetland " * 1_100, "A. " * 6_600,
           "The University of " * 1_100, "( [ « \" ' " * 1_000, "wetland" * 2_800]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_read_in_bounded_time_and_room(tagger, text):
    record = make_record(challenge=text[:20_000], action=text[:20_000], text=text[:20_000], place=text[:400])
    with bounded(15):  # a text of 600 words takes a hundredth of a second
        written = tagged(tagger, record)
    assert format_record(written)


def test_the_same_record_gives_the_same_suggestions(tagger, real_corpus):
    records = [real_corpus.get(record_id) for record_id in real_corpus.ids()[:10]]
    once = [tagger.read(record, TODAY) for record in records]
    assert [tagger.read(record, TODAY) for record in reversed(records)] == once[::-1]


def test_themes_of_one_group_do_not_say_the_same_twice(tagger):
    found = offered(
        tagger, make_record(title="Plastic litter", abstract="Plastic litter was collected from the beach.")
    )
    pressures = [one.concept for one in found["theme"] if one.concept.startswith("thr-")]
    assert pressures == ["thr-plastic"]


RAT = {
    "title": "Rat eradication",
    "abstract": "Invasive rats were eradicated from an island in Kenya; petrels nest again.",
}


def tags_of(record: Record, decision: Decision) -> list[tuple[str, str]]:
    return [(one.vocabulary, one.concept) for one in record.tags if one.decision is decision]


def tagged(tagger: Tagger, record: Record, at: str = "2026-01-01") -> Record:
    return with_suggestions(record, tagger.read(record, TODAY).suggestions, at)


def test_suggestions_are_written_as_suggested_tags_with_their_grounds(tagger):
    record = tagged(tagger, make_record(**RAT))
    (target,) = (one for one in record.tags if one.concept == "GBF-TARGET-06")
    assert (target.decision, target.method, target.by, target.at) == ("suggested", "model", NAME, "2026-01-01")
    assert "rat" in target.evidence.quote.lower()
    assert record.tags[0] is target
    assert ("country", "KEN") in tags_of(record, Decision.SUGGESTED)


def test_decisions_stand_and_are_not_offered_again(tagger):
    given_tags = [tag("target", "GBF-TARGET-06", "rejected"), tag("target", "GBF-TARGET-05"), tag("country", "UGA")]
    record = tagged(tagger, make_record(**RAT, tags=given_tags))
    assert tags_of(record, Decision.REJECTED) == [("target", "GBF-TARGET-06")]
    assert tags_of(record, Decision.ACCEPTED) == [("target", "GBF-TARGET-05"), ("country", "UGA")]
    suggested = tags_of(record, Decision.SUGGESTED)
    assert ("target", "GBF-TARGET-06") not in suggested
    assert ("country", "KEN") in suggested


def test_old_suggestions_of_machines_go_and_those_of_people_stay(tagger):
    machine = tag("target", "GBF-TARGET-15", "suggested") | {"method": "model"}
    person = tag("target", "GBF-TARGET-16", "suggested")
    suggested = tags_of(tagged(tagger, make_record(**RAT, tags=[machine, person])), Decision.SUGGESTED)
    assert ("target", "GBF-TARGET-15") not in suggested
    assert ("target", "GBF-TARGET-16") in suggested


def test_tagging_again_changes_nothing(tagger):
    once = tagged(tagger, make_record(**RAT))
    assert tagged(tagger, once, "2026-02-02") == once


def test_themes_fill_up_to_four(tagger):
    mine = [tag("theme", name) for name in ("eco-forest", "eco-coast", "sec-fish")]
    record = tagged(tagger, make_record(**RAT, tags=mine))
    assert sum(one.vocabulary == "theme" for one in record.tags) == 4


def test_values_of_fields_are_proposed_where_they_differ(tagger):
    abstract = "The project ran from 2003 to 2011. The University of Ghent measured the lake and planted its banks."
    record = make_record(title="The Foundation restores a lake", abstract=abstract, language="fr", began="2003")
    proposed = {(one.vocabulary, one.concept) for one in tagged(tagger, record).proposals}
    assert {("language", "en"), ("ended", "2011"), ("organisations", "University of Ghent")} <= proposed
    assert not any(name == "began" for name, _ in proposed)


def test_a_rejected_proposal_is_not_made_again(tagger):
    record = make_record(abstract="From 2003 to 2011 a lake was restored.")
    once = tagged(tagger, record)
    decided = [replace(one, decision=Decision.REJECTED) for one in once.proposals]
    again = tagged(tagger, replace(once, proposals=tuple(decided)))
    assert [one for one in again.proposals if one.decision is Decision.SUGGESTED] == []


def test_what_is_rejected_makes_room_for_what_comes_next(tagger, real_corpus):
    record = replace(real_corpus.get("alliance-integrated-development-nepal"), tags=())
    once = tagged(tagger, record)
    decided = tuple(replace(one, decision=Decision.REJECTED) for one in once.tags)
    again = tags_of(tagged(tagger, replace(once, tags=decided)), Decision.SUGGESTED)
    assert any(vocabulary == "theme" for vocabulary, _ in again)
    assert not {(one.vocabulary, one.concept) for one in decided} & set(again)


@pytest.mark.parametrize(
    ("language", "years"), [("en-GB", {"began": "2003-05-01", "ended": "2011-10"}), ("en", {"began": "2012"})]
)
def test_nothing_is_proposed_that_the_record_says_better_or_that_contradicts_it(tagger, language, years):
    record = make_record(abstract="The project ran from 2003 to 2011 and restored a lake.", language=language, **years)
    assert [one for one in tagged(tagger, record).proposals if one.vocabulary in ("language", "ended")] == []


def test_an_accepted_proposal_is_not_reopened(tagger):
    record = make_record(abstract="The project ran from 2003 to 2011.", proposals=[tag("ended", "2012")])
    assert [one.concept for one in tagged(tagger, record).proposals if one.vocabulary == "ended"] == ["2012"]


def test_tags_of_the_source_are_evidence_too(tagger):
    record = make_record(title="A project", abstract="It went well.", source_tags=["GBF-TARGET-02,be,CBD-SUBJECT-FOR"])
    found = offered(tagger, record)
    (target,) = (one for one in found["target"] if one.concept == "GBF-TARGET-02")
    assert (target.method, target.evidence.field, target.evidence.quote) == (
        Method.SOURCE, "source_tags", record.source_tags[0])  # fmt: skip
    assert [one.concept for one in found["country"]] == ["BEL"]


def test_text_and_source_together_are_surer(tagger):
    alone = make_record(**RAT)
    both = make_record(**RAT, source_tags=["invasive alien species"])
    scores = [offered(tagger, record)["theme"][0] for record in (alone, both)]
    assert [one.concept for one in scores] == ["thr-invasive", "thr-invasive"]
    assert scores[0].score <= scores[1].score
    assert scores[1].evidence.field == "title"


def test_a_tag_that_says_little_lowers_nothing(tagger):
    scores = []
    for tags in ([], ["SDG-15"]):
        found = offered(tagger, make_record(**RAT, source_tags=tags))
        scores.append({one.concept: one.score for one in found["target"]}["GBF-TARGET-06"])
    assert scores[0] <= scores[1]


def test_a_text_without_words_suggests_nothing_of_its_subject(tagger):
    found = offered(tagger, make_record(title="…", abstract="…"))
    assert not set(found) & set(TAGS)
