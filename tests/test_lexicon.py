"""The lexicon: what a query says in other words and languages, and what searches find by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from babel import Locale
from conftest import make_record
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine import Document, Edition
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.schema import analysed
from hub.lexicon import EMPTY, Idea, Lexicon, Phrasebook, phrasebook_of
from hub.query import FACETS, SearchRequest, filters_of, parse_query
from hub.text import fold

NAMES = {
    "africa": "region:002",
    "south africa": "country:ZAF",
    "guinea": "country:GIN",
    "guinea bissau": "country:GNB",
    "papua new guinea": "country:PNG",
    "costa rica": "country:CRI",
    "cote ivoire": "country:CIV",
    "target 8": "target:8",
    "cible 8": "target:8",
    "meta 8": "target:8",
    "gbf 8": "target:8",
    "t8": "target:8",
    "肯 尼 亚": "country:KEN",
}
LEXICON = Lexicon(
    (
        Idea("rodent", {"en": ("rodent",), "fr": ("rongeur",), "es": ("roedor",), "la": ("Rodentia", "Mus musculus")}),
        Idea("mouse", {"en": ("mouse", "mice"), "fr": ("souris",), "de": ("maus",)}, broader=("rodent",)),
        Idea("harvest mouse", {"en": ("harvest mouse",), "fr": ("rat des moissons",)}, broader=("mouse",)),
        Idea("wetland", {"en": ("wetland",), "fr": ("zone humide",), "de": ("feuchtgebiet",)}, {"theme:eco": 0.6}),
        Idea("pie", {"en": ("pie", "tart"), "fr": ("tarte",)}),
        Idea("foot", {"en": ("foot", "feet"), "es": ("pie",), "it": ("piede", "maus")}),
        Idea("payment", {"en": ("PES", "payment for ecosystem services"), "fr": ("PSE",)}),
        Idea("help", {"en": ("aid", "help")}),
        Idea("aid model", {"en": ("AID", "artificial intelligence for dams")}),
        Idea("name of coast", {"en": ("coast",), "es": ("costa",)}, {"theme:eco-coast": 1.0}, is_name=True),
    ),
    NAMES,
    "small",
)
BOOK = Phrasebook(LEXICON)


def understood(q, language="en", known=""):
    """What the small lexicon makes of a query, where texts in the first languages have the known words."""
    return BOOK.understand(parse_query(q), language, lambda word: fold(word) in known.split())


def ideas(q, language="en", known=""):
    return {name for stretch in understood(q, language, known) for name in stretch.ideas}


def named(q, language="en", book=None):
    found = book.understand(parse_query(q), language, lambda _: True) if book else understood(q, language)
    return {value for stretch in found for value in stretch.named}


def written(text, language="en"):
    return list(BOOK.written(text.split(), language))


# -- ideas


def test_a_query_is_read_in_the_language_of_the_reader_and_in_english():
    assert ideas("souris", "fr") == ideas("mice", "fr") == ideas("Mice") == {"mouse"}
    assert ideas("pie") == {"pie"}
    assert ideas("pie", "es") == {"pie", "foot"}
    assert ideas("zones humides", "fr-CA") == ideas("wetlands", "fr-CA") == {"wetland"}


def test_it_is_read_in_others_only_where_these_leave_words_open():
    assert ideas("souris") == ideas("souris", "de") == {"mouse"}
    assert ideas("souris", known="souris") == set()
    assert ideas("wetland souris", known="souris") == {"wetland"}
    assert ideas("pie souris") == {"pie", "mouse"}


def test_of_others_those_that_say_most_are_read():
    assert ideas("Maus") == {"mouse", "foot"}
    assert ideas("Feuchtgebiet Maus") == {"wetland", "mouse"}


def test_an_acronym_may_be_typed_in_small_letters_but_stands_in_texts_in_capitals():
    assert ideas("PES") == ideas("pes") == ideas("pes", "fr") == {"payment"}
    assert ideas("pse", "fr") == {"payment"}
    assert written("The PES scheme") == [("payment", 1)]
    assert written("The pes scheme") == []


def test_what_means_something_in_small_letters_is_no_acronym():
    assert ideas("aid") == {"help"}
    assert ideas("AID") == {"help", "aid model"}


def test_acronyms_of_english_stand_in_texts_of_all_languages():
    assert written("Le PES et le PSE", "fr") == [("payment", 1), ("payment", 4)]
    assert written("Ein PES und ein PSE", "de") == [("payment", 1)]


@pytest.mark.parametrize("language", ["en", "fr", "pt-BR", "zh", "el"])
def test_scientific_names_stand_in_texts_and_queries_of_any_language(language):
    assert written("Rodentia Mus musculus", language) == [("rodent", 0), ("rodent", 1), ("rodent", 2)]
    assert ideas("mus musculus", language) == {"rodent"}


def test_a_text_expresses_the_broader_ideas_too_and_a_query_only_what_it_says():
    expressed = set(written("Two harvest mouse nests and mice"))
    assert {word for name, word in expressed if name == "harvest mouse"} == {1, 2}
    assert {word for name, word in expressed if name == "mouse"} == {1, 2, 5}
    assert {word for name, word in expressed if name == "rodent"} == {1, 2, 5}
    assert ideas("rodent") == {"rodent"}
    assert ideas("mice") == {"mouse"}


def test_a_text_expresses_ideas_in_its_own_language_only():
    assert written("Deux souris", "fr") == [("mouse", 1), ("rodent", 1)]
    assert written("Two souris", "en") == []


def test_ideas_that_are_kinds_of_each_other_do_no_harm():
    ant, bee = Idea("a", {"en": ("ant",)}, broader=("b",)), Idea("b", {"en": ("bee",)}, broader=("a",))
    assert set(Phrasebook(Lexicon((ant, bee))).written(["bee"], "en")) == {("a", 0), ("b", 0)}


def test_a_stretch_says_which_parts_of_the_query_it_is():
    (stretch,) = understood("restore zones humides today", "fr")
    assert (stretch.first, stretch.last, stretch.ideas) == (1, 2, ("wetland",))
    assert dict(stretch.values) == {("theme", "eco"): 0.6}
    assert stretch.named == frozenset()


@pytest.mark.parametrize("q", ['"mouse"', "-mouse", "mouse*", '-"zone humide"', '"costa rica"', "-guinea"])
def test_what_is_quoted_excluded_or_a_prefix_is_left_alone(q):
    assert understood(q) == understood(q, "fr") == ()


@pytest.mark.parametrize("q", ['zone "très" humide', "zone -sèche humide", "costa ric* rica", 'south "of" africa'])
def test_nothing_is_understood_across_them(q):
    assert "wetland" not in ideas(q, "fr")
    assert not {("country", "CRI"), ("country", "ZAF")} & named(q, "es")


def test_a_word_of_a_longer_one_is_not_what_it_says():
    assert understood("mouse-proof") == ()
    assert ideas("harvest-mouse") == {"harvest mouse"}


def test_an_empty_lexicon_understands_nothing():
    assert Phrasebook(EMPTY).understand(parse_query("mouse"), "en", lambda _: False) == ()
    assert list(Phrasebook(EMPTY).written(["mouse"], "en")) == []


def test_a_phrasebook_is_made_once_for_each_source():
    assert phrasebook_of(LEXICON) is phrasebook_of(replace_source(LEXICON, "small"))
    assert phrasebook_of(replace_source(LEXICON, "other")) is not phrasebook_of(LEXICON)


def replace_source(lexicon, source):
    return Lexicon(lexicon.ideas, lexicon.names, source)


# -- names


@pytest.mark.parametrize("q", ["target 8", "Target 8", "T8", "t8", "GBF 8", "cible 8", "meta 8"])
def test_a_target_may_be_called_by_its_number(q):
    (stretch,) = understood(f"mammals {q} harvest")
    assert (stretch.first, stretch.last) == (1, len(q.split()))
    assert stretch.named == {("target", "8")}
    assert dict(stretch.values) == {("target", "8"): 1.0}


@pytest.mark.parametrize(
    ("q", "values"),
    [
        ("Papua New Guinea", {("country", "PNG")}),
        ("papua guinea", {("country", "GIN")}),
        ("Guinea-Bissau", {("country", "GNB")}),
        ("South Africa", {("country", "ZAF")}),
        ("guinea south africa", {("country", "GIN"), ("country", "ZAF")}),
        ("CÔTE D’IVOIRE", {("country", "CIV")}),
        ("肯尼亚", {("country", "KEN")}),
        ("target", set()),
        ("target 88", set()),
        ("african", set()),
    ],
)
def test_the_longest_name_is_meant_whatever_its_case_and_accents(q, values):
    assert named(q) == values


def test_the_name_of_a_concept_names_it_but_not_within_a_longer_name():
    assert named("costa", "es") == named("coasts") == {("theme", "eco-coast")}
    assert named("costa rica", "es") == {("country", "CRI")}
    assert understood("coast")[0].ideas == ()
    assert written("A coast") == []


# -- the real lexicon


@pytest.fixture(scope="module")
def book(real_engine):
    return phrasebook_of(real_engine.edition().lexicon)


@pytest.mark.parametrize("word", ["target {}", "Cible {}", "meta {}", "T{}", "GBF {}", "GBF target {}", "KMGBF{}"])
def test_every_target_is_understood_by_its_number(book, real_corpus, word):
    targets = [concept.notation for concept in real_corpus.vocabularies()["target"].assignable]
    assert len(targets) == 23
    for target in targets:
        assert named(word.format(target), "en", book) == {("target", target)}


NOT_UNDERSTOOD = {("de", "ISL")}  # German Island is an English word


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "ru", "zh", "de", "it", "pt"])
def test_every_country_is_understood_by_its_name(book, real_corpus, language):
    countries = real_corpus.vocabularies()["country"]
    names = {concept.notation: name_of(concept, language) for concept in countries}
    assert len(names) == len(set(map(fold, names.values()))) >= 249  # no two countries share one
    wrong = {(language, code) for code, name in names.items() if countries_named(name, language, book) != {code}}
    assert wrong == {(tag, code) for tag, code in NOT_UNDERSTOOD if tag == language}


def name_of(concept, language):
    (code,) = [name.removeprefix("ISO3166-") for name in concept.exact_match if name.startswith("ISO3166-")]
    return Locale.parse(language).territories[code]


def countries_named(name, language, book):
    return {value for facet, value in named(name, language, book) if facet == "country"}


@pytest.mark.parametrize("word", ["island", "region", "killing", "Grünland", "Bären", "sepia", "boma", "fr"])
def test_ordinary_words_are_no_countries(book, word):
    assert {facet for facet, _ in named(word, "en", book)} <= {"theme", "target", "type"}


@pytest.mark.parametrize(
    ("language", "q", "forms"),
    [
        ("fr", "tourbière", {"peat", "peatland", "raised bog"}),
        ("es", "manglares", {"mangrove", "mangroves"}),
        ("de", "Bestäuber", {"pollinators", "pollination"}),
        ("it", "impollinatori", {"pollinators", "pollination"}),
        ("pt", "manguezal", {"mangrove", "mangroves"}),
    ],
)
@pytest.mark.parametrize("reader", ["en", "own"])
def test_a_query_finds_english_records_and_says_by_which_words(real_engine, language, q, forms, reader):
    request = SearchRequest(q, per_page=100, language=language if reader == "own" else reader)
    as_typed = {hit.record.id for hit in real_engine.search(replace(request, verbatim=True)).hits}
    english = [hit for hit in real_engine.search(request).hits if hit.record.language == "en"]
    found = [hit for hit in english if hit.record.id not in as_typed]
    assert found
    assert all(why.clause == q for hit in found for why in hit.why)
    assert forms & {form for hit in found for why in hit.why for form in why.forms}


@pytest.mark.parametrize(("q", "language"), [("zones humides cible 8", "fr"), ("wetlands target 8", "en")])
def test_the_number_of_a_target_is_no_number_in_a_text(real_engine, q, language):
    hits = real_engine.search(SearchRequest(q, language=language, explain=True)).hits
    assert len(hits) == 10
    for hit in hits:
        assert "GBF-TARGET-08" in {each.concept for each in hit.record.tags}
        assert {part.text for part in hit.parts if part.kind == "word"} <= {"zones", "humides", "wetlands"}


@pytest.mark.parametrize(
    "q", ["peat", "target 8", "mangrove Kenya women", "tourbières de France", 'rain garden "green roof"', "wet*"]
)
@pytest.mark.parametrize("verbatim", [False, True])
def test_the_parts_of_a_score_add_up_to_it(real_engine, q, verbatim):
    for hit in real_engine.search(SearchRequest(q, per_page=100, verbatim=verbatim, explain=True)).hits:
        assert sum(part.score for part in hit.parts) == pytest.approx(hit.score, abs=1e-4 * (len(hit.parts) + 1))
        assert {part.kind for part in hit.parts} <= {"word", "idea", "value", "near", "measured", "recent"}
        assert all(part.score > 0 for part in hit.parts)


def test_parts_of_a_score_are_told_only_where_they_were_asked_for(real_engine):
    assert {hit.parts for hit in real_engine.search(SearchRequest("peat")).hits} == {()}


# -- made-up collections


WORDS = ["mouse", "mice", "souris", "rodent", "rongeur", "roedor", "zone humide", "wetlands", "feuchtgebiet", "pie"]
WORDS += ["PES", "pes", "costa rica", "costa", "target 8", "harvest-mouse", "rain", "rain-water"]
FUNCTION_WORDS = {"the", "la", "de", "und"}
WORDS += sorted(FUNCTION_WORDS)
SAID = st.lists(st.sampled_from([*WORDS, "reed", "rainwater"]), min_size=1, max_size=6).map(" ".join)
LABELS = {"target": ["8", "9"], "theme": ["eco", "eco-coast"], "country": ["CRI", "GIN"], "type": ["tool"]}


@st.composite
def documents(draw):
    """A few records in several languages."""
    made = []
    for number in range(draw(st.integers(1, 8))):
        language = draw(st.sampled_from(["en", "fr", "es", "de"]))
        facets = {
            name: tuple(draw(st.lists(st.sampled_from(values), max_size=2, unique=True)))
            for name, values in LABELS.items()
        }
        record = make_record(f"case-{number}", language=language, title=draw(SAID), abstract=draw(SAID))
        made.append(Document(record, {name: values for name, values in facets.items() if values}, (), str(number)))
    return made


PARTS = st.sampled_from([*WORDS, *WORDS, "reed", '"zone humide"', "-mice", "rode*", "xylophone"])
CHOSEN = ({}, {"type": ("tool",)}, {"country": ("CRI",), "theme": ("eco",)})
REQUESTS = st.builds(
    SearchRequest,
    q=st.lists(PARTS, max_size=5).map(" ".join),
    filters=st.sampled_from(CHOSEN).map(filters_of),
    facets=st.just(FACETS),
    per_page=st.just(100),
    language=st.sampled_from(["en", "fr", "es"]),
)


@given(collection=documents(), requests=st.lists(REQUESTS, min_size=8, max_size=8), enough=st.sampled_from([1, 3, 20]))
@settings(max_examples=40, deadline=None)
def test_a_wider_search_loses_nothing_counts_right_and_says_what_is_missing(collection, requests, enough):
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.engine.whoosh.evaluate.ENOUGH", enough)
        engine = WhooshEngine(Path(folder))
        engine.build(collection, Edition("r1", {}, {}, (), LEXICON))
        facets = {document.record.id: document.facets for document in collection}
        for request in requests:
            wide, typed = engine.search(request), engine.search(replace(request, verbatim=True))
            for results in (wide, typed):
                check(results, request, facets)
            assert not typed.understood
            if not FUNCTION_WORDS & set(request.q.split()):  # which depend on the language of a record
                assert {hit.record.id for hit in typed.hits if not hit.missing} <= {hit.record.id for hit in wide.hits}
                assert wide.whole >= typed.whole


def check(results, request, facets):
    """Hold the counts of an answer against its hits, all of which are on the page."""
    assert results.total == len(results.hits)
    assert results.whole == sum(not hit.missing for hit in results.hits)
    parts = [text for text, _ in results.words]
    assert all(set(hit.missing) <= set(parts) for hit in results.hits)
    ids = [hit.record.id for hit in results.hits]
    chosen = {name for name, _ in request.filters}
    for name in FACETS:
        if name not in chosen and not (name == "region" and "country" in chosen):
            values = Counter(value for record_id in ids for value in facets[record_id].get(name, ()))
            counts = results.facets[name]
            assert dict(counts.values) == values
            assert counts.not_stated == sum(not facets[record_id].get(name) for record_id in ids)


def filled(folder, texts, facets=None, lexicon=LEXICON):
    """How to find the ids of records with these titles."""
    records = [make_record(name, title=text, abstract="Reed.") for name, text in texts.items()]
    made = [Document(record, (facets or {}).get(record.id, {}), (), record.id) for record in records]
    engine = WhooshEngine(folder)
    engine.build(made, Edition("r1", {}, {}, (), lexicon))
    return lambda q, **more: {hit.record.id for hit in engine.search(SearchRequest(q, **more)).hits}


@pytest.fixture
def found(tmp_path):
    texts = {"one": "A harvest mouse.", "two": "A rodent.", "three": "Otters."}
    return filled(
        tmp_path, texts, {"one": {"theme": ("eco",)}, "three": {"country": ("CRI",), "theme": ("eco-coast",)}}
    )


def test_an_acronym_in_capitals_has_no_other_forms(tmp_path):
    found = filled(tmp_path, {"one": "The AID model.", "two": "Aids.", "three": "Reeds."})
    assert found("AID", verbatim=True) == {"one"}
    assert found("aid", verbatim=True) == found('"AID"', verbatim=True) == {"one", "two"}
    assert found("REED", verbatim=True) == {"one", "two", "three"}


def test_a_search_for_the_broader_finds_the_narrower_and_not_the_other_way(found):
    assert found("rodent") == found("rongeurs") == {"one", "two"}
    assert found("mouse") == found("souris") == {"one"}
    assert found("rodent", verbatim=True) == {"two"}
    assert found("rongeurs", verbatim=True) == found('"rongeurs"') == set()
    assert found("reed -rodent") == {"one", "three"}


def test_records_with_a_value_answer_to_its_name_not_to_what_speaks_for_it(found):
    assert found("costa rica") == found("otters costa rica") == found("coast") == {"three"}
    assert found("costa rica", verbatim=True) == found("wetland") == set()


def test_the_name_of_an_idea_may_hold_any_sign(tmp_path):
    lexicon = Lexicon((Idea("a=b:c", {"en": ("moor", "heath")}),), {}, "signs")
    assert filled(tmp_path, {"one": "A heath"}, lexicon=lexicon)("moor") == {"one"}


def test_positions_of_a_word_or_an_idea_rise():
    record = make_record("one", title="Mice, run-off, runoff", abstract="Mouse-mouse-mouse, a harvest mouse and mice.")
    words, _ = analysed(Document(record, {}, (("en", "run-off"),), ""), BOOK)
    assert len(words["runoff:en=runoff"]) == 3
    assert all(list(positions) == sorted({*positions}) for positions in words.values())
