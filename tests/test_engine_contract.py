"""What every search engine behind the hub has to do; another engine is added to ENGINES."""

from __future__ import annotations

import pytest
from conftest import ROOT, SMALL, make_record
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.engine import Edition
from hub.engine.whoosh.engine import WhooshEngine
from hub.query import FACETS, SORTS, SearchRequest, filters_of
from hub.vocabulary import NOT_STATED, language_vocabulary, load_vocabularies, source_vocabulary
from indexer.build import to_document

ENGINES = [WhooshEngine]  # factories: folder -> Engine

VOCABULARIES = load_vocabularies(ROOT / "corpus" / "vocabularies")


@pytest.fixture(params=ENGINES, ids=lambda factory: factory.__name__, scope="module")
def new_engine(request, tmp_path_factory):
    """A function that makes an engine without an index."""
    return lambda: request.param(tmp_path_factory.mktemp("engine") / "index")


@pytest.fixture(scope="module")
def engine(new_engine):
    """An engine with the published records of the small corpus; tests only read it."""
    return fill(new_engine(), [record for record in SMALL if record.status == "published"])


def documents(records):
    return [to_document(record, VOCABULARIES, repr(record)) for record in records]


def edition(records, revision="r1"):
    found = VOCABULARIES | {
        "language": language_vocabulary(record.language for record in records),
        "source": source_vocabulary({record.source: record.publisher for record in records}),
    }
    moved = {former: record.id for record in records for former in record.replaces}
    return Edition(revision, found, moved, ("gone-case",))


def fill(engine, records, revision="r1"):
    engine.build(documents(records), edition(records, revision))
    return engine


def ask(engine, q="", *, scope=None, per_page=100, reader="en", **more):
    """Ask with filters given by their names, and anything else that can be asked."""
    chosen = filters_of({name: more.pop(name) for name in FACETS if name in more})
    return engine.search(SearchRequest(q, chosen, filters_of(scope or {}), per_page=per_page, language=reader, **more))


def ids(results):
    return [hit.record.id for hit in results.hits]


def found(engine, q="", **more):
    return set(ids(ask(engine, q, **more)))


# -- words


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("reed", {"reed-bed", "merged-case"}),
        ("REED lake", {"reed-bed", "merged-case"}),
        ("mangrove honey", {"mangrove-nursery"}),
        ('"reed beds"', {"reed-bed", "merged-case"}),
        ('"beds reed"', set()),
        ('"honey the shore"', set()),
        ("reed -nitrogen", {"merged-case"}),
        ('reed -"reed roots"', {"merged-case"}),
        ("mangrove -mangrove", set()),
        ("seedl*", {"mangrove-nursery"}),
        ("edlings*", set()),
        ("ree* -nitro*", {"merged-case"}),
        ("tourbiere", {"tourbiere-du-plateau"}),
        ("TOURBIÈRE", {"tourbiere-du-plateau"}),
        ("tourbie\u0300re", {"tourbiere-du-plateau"}),
        ("indice", {"indice-de-ciudades"}),
        ("xylophone", set()),
        ("Kenia", {"mangrove-nursery"}),
        ("Deutschland", set()),
        ("Allemagne", {"reed-bed"}),
    ],
)
def test_words_phrases_exclusions_and_prefixes_find_exactly_these(engine, q, expected):
    assert found(engine, q, verbatim=True) == expected
    assert ask(engine, q, verbatim=True).total == len(expected)


def test_an_exclusion_alone_leaves_everything_else(engine):
    assert found(engine, "-reed") == found(engine) - found(engine, "reed")


@pytest.mark.parametrize(
    ("language", "text", "q"),
    [
        ("fr", "tourbières", "tourbière"),
        ("en", "restored", "restoration"),
        ("es", "humedales", "humedal"),
        ("de", "Wälder", "Wald"),
        ("ru", "болота", "болото"),
        ("uk", "болота", "болото"),
        ("pl", "torfowiska", "torfowisko"),
        ("sr-Cyrl", "мочваре", "močvara"),
        ("pt-BR", "florestas", "floresta"),
        ("en", "L’Aquila’s otters", "otter"),
        ("zh", "在Kenya的项目", "Kenya"),
        ("en", "the sampling_design file", "design"),
    ],
)
def test_a_word_finds_its_other_forms_in_the_language_of_the_text(new_engine, language, text, q):
    engine = fill(new_engine(), [make_record("one", language=language, title=text), make_record("two")])
    assert found(engine, q) == {"one"}


@pytest.mark.parametrize("q", ["restoration", "planting", "animal"])
def test_an_english_word_never_matches_through_a_french_stem(new_engine, q):
    french = make_record("one", language="fr", title="Restaurer", abstract="Les plantes animées restaurées.")
    english = make_record("two", abstract="Restored by animals and planted.")
    assert found(fill(new_engine(), [french, english]), q) == {"two"}


def test_translations_are_found_like_the_original(new_engine):
    texts = {"en": {"title": "Peatlands breathe again", "abstract": "Ditches were blocked."}}
    record = make_record("one", language="fr", title="Une tourbière", abstract="Des fossés.", translations=texts)
    engine = fill(new_engine(), [record, make_record("two")])
    assert found(engine, "peatland ditch") == {"one"}


def test_a_word_in_no_form_is_tried_as_a_plural_and_as_a_singular(new_engine):
    records = [make_record("one", language="gl", title="Lontras"), make_record("two", language="gl", title="Lontra")]
    assert found(fill(new_engine(), records[:1]), "lontra") == {"one"}
    assert found(fill(new_engine(), records[1:]), "lontras") == {"two"}
    assert found(fill(new_engine(), records), "lontra") == {"two"}


@pytest.mark.parametrize("q", ["runoff", "run-off", '"run off"', '"surface runoff"', '"runoff water"', "runof*"])
def test_words_that_a_hyphen_parts_are_found_as_one_too(new_engine, q):
    records = [make_record("one", title="Surface run‑off water"), make_record("two", title="Water runs")]
    (hit,) = ask(fill(new_engine(), records), q, verbatim=True).hits
    assert hit.record.id == "one"
    if '"' not in q:
        assert [span.text for span in hit.title if span.match] == ["run‑off"]


@pytest.mark.parametrize(("q", "finds"), [("rain-water", True), ("rain water", True), ("rain -pond water", False)])
def test_two_words_are_found_written_as_one_unless_words_are_meant_as_typed(new_engine, q, finds):
    engine = fill(new_engine(), [make_record("one", title="Use of rainwater", abstract="…"), make_record("two")])
    assert ("one" in found(engine, q)) is finds
    assert "one" not in found(engine, q, verbatim=True)


@pytest.mark.parametrize("verbatim", [False, True])
def test_function_words_need_not_occur(engine, verbatim):
    assert found(engine, "les tourbières avec un plateau", reader="fr") == {"tourbiere-du-plateau"}
    results = ask(engine, "the reeds of a lake", verbatim=verbatim)
    assert {hit.record.id for hit in results.hits if not hit.missing} == {"reed-bed", "merged-case"}
    assert [word for word, _ in results.words] == ["reeds", "lake"]


def test_a_query_of_function_words_only_means_them(engine):
    assert found(engine, "around its") == {"reed-bed", "merged-case"}


@pytest.mark.parametrize("verbatim", [False, True])
def test_of_function_words_only_those_of_its_own_language_may_lack(new_engine, verbatim):
    titles = {"de": "La Maus", "en": "La, the, und", "fr": "Otters"}
    records = [make_record(tag, language=tag, title=title, abstract="…") for tag, title in titles.items()]
    results = ask(fill(new_engine(), records), "la the und", verbatim=verbatim)
    assert {hit.record.id: hit.missing for hit in results.hits} == {"de": (), "en": ()}
    assert results.whole == 2
    results = ask(fill(new_engine(), [*records, make_record("some", title="The", abstract="…")]), "the la")
    assert {hit.record.id: hit.missing for hit in results.hits} == {"de": (), "en": (), "some": ("la",)}


def test_word_for_word_the_most_of_a_query_is_found_where_no_record_has_all(engine):
    results = ask(engine, "reed honey Kwale", verbatim=True)
    assert [(hit.record.id, hit.missing) for hit in results.hits] == [("mangrove-nursery", ("reed",))]
    assert (results.required, results.whole, len(results.words)) == (2, 0, 3)
    assert ask(engine, "mangrove honey", verbatim=True).required == 2


def test_where_few_records_have_all_words_those_with_some_answer_too_and_say_what_they_lack(engine):
    results = ask(engine, "reed nitrogen")
    assert [(hit.record.id, hit.missing) for hit in results.hits] == [("reed-bed", ()), ("merged-case", ("nitrogen",))]
    assert (results.required, results.whole, results.total) == (1, 1, 2)
    assert ids(ask(engine, "reed nitrogen", verbatim=True)) == ["reed-bed"]


def test_where_enough_records_have_all_words_others_do_not_answer(new_engine):
    both = [make_record(f"both-{number}", title="Otters eat carp") for number in range(20)]
    some = [make_record(f"some-{number}", title="Otters") for number in range(3)]
    results = ask(fill(new_engine(), [*both, *some]), "otter carp")
    assert (results.total, results.whole, results.required) == (20, 20, 2)
    results = ask(fill(new_engine(), [*both[1:], *some]), "otter carp")
    assert (results.total, results.whole, results.required) == (22, 19, 1)


@pytest.mark.parametrize(
    ("half", "expected"),
    [
        ("Carp and pike", [("all", ("xylophone",)), ("half", ("otter", "perch", "xylophone"))]),
        ("Otter and perch", [("all", ("xylophone",))]),  # which tells little, as more records have them
    ],
)
def test_no_more_than_half_of_what_is_asked_may_be_missing(new_engine, half, expected):
    titles = {"all": "Otter, carp, pike and perch", "half": half, "one": "Perch"}
    engine = fill(new_engine(), [make_record(name, title=title) for name, title in titles.items()])
    results = ask(engine, "otter carp pike perch xylophone")
    assert [(hit.record.id, hit.missing) for hit in results.hits] == expected


def test_exclusions_hold_in_a_relaxed_query(engine):
    assert found(engine, "reed honey Kwale -mangrove") == {"reed-bed", "merged-case"}


def test_words_say_in_how_many_records_each_part_occurs_whatever_the_filters(engine):
    results = ask(engine, 'reed "mangrove seedlings" xylophone -honey', target=("8",))
    assert results.words == (("reed", 2), ("mangrove seedlings", 1), ("xylophone", 0))
    assert results.total == 0


@given(
    q=st.text(max_size=80) | st.lists(st.sampled_from(['"', "-", "*", "'", "the", "reed", "ﷺ", "ﾞ", "_"])).map("".join)
)
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_query(engine, q):
    results = ask(engine, q, facets=FACETS, target=("2",))
    assert results.total == len(results.hits)
    for hit in results.hits:
        assert "GBF-TARGET-02" in hit.record.concepts("target")
        assert "".join(span.text for span in hit.title) == hit.record.title


@pytest.mark.parametrize("q", ["_", "...", '- * ""', "!?"])
def test_a_query_without_letters_and_digits_asks_for_everything(engine, q):
    assert found(engine, q) == found(engine)


# -- filters and facets


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"target": ("11",)}, {"reed-bed"}),
        ({"target": ("11", "23")}, {"reed-bed", "mangrove-nursery"}),
        ({"target": ("2",), "theme": ("eco-freshwater",)}, {"reed-bed", "tourbiere-du-plateau"}),
        ({"target": ("11",), "country": ("KEN",)}, set()),
        ({"region": ("002",)}, {"mangrove-nursery"}),
        ({"region": ("202",)}, {"mangrove-nursery"}),
        ({"region": ("150",)}, {"reed-bed", "tourbiere-du-plateau", "merged-case"}),
        ({"region": ("019",)}, {"indice-de-ciudades"}),
        ({"theme": ("eco",)}, {"reed-bed", "mangrove-nursery", "tourbiere-du-plateau", "indice-de-ciudades"}),
        ({"target": ("meeting-needs",)}, {"reed-bed", "indice-de-ciudades"}),
        ({"country": (NOT_STATED,)}, {"indice-de-ciudades"}),
        ({"country": (NOT_STATED, "KEN")}, {"indice-de-ciudades", "mangrove-nursery"}),
        ({"theme": (NOT_STATED,)}, {"merged-case"}),
        ({"year": ("2014",)}, {"reed-bed"}),
        ({"year": ("2010-2019",)}, {"reed-bed", "mangrove-nursery"}),
        ({"year": ("-2014",)}, {"reed-bed", "merged-case"}),
        ({"year": ("2014-",)}, {"reed-bed", "mangrove-nursery"}),
        ({"year": ("2001", "2019-2019")}, {"merged-case", "mangrove-nursery"}),
        ({"year": (NOT_STATED,)}, {"tourbiere-du-plateau", "indice-de-ciudades"}),
        ({"language": ("fr", "es"), "type": ("tool",)}, {"indice-de-ciudades"}),
        ({"source": ("other-portal",), "evidence": (NOT_STATED,)}, {"mangrove-nursery"}),
        ({"target": ("99",)}, set()),
    ],
)
def test_filters_are_or_within_a_facet_and_and_across(engine, filters, expected):
    assert found(engine, **filters) == expected
    assert found(engine, scope=filters) == expected


def test_counts_say_how_many_records_each_value_has(engine):
    counts = ask(engine, facets=FACETS).facets
    assert set(counts) == set(FACETS)
    assert counts["target"].values["2"] == 3
    assert counts["country"].values == {"DEU": 1, "KEN": 1, "FRA": 1, "BEL": 1, "POL": 1}
    assert counts["country"].not_stated == 1
    assert counts["region"].values["202"] == counts["region"].values["002"] == 1
    assert (counts["region"].values["155"], counts["region"].values["150"]) == (2, 3)
    assert counts["theme"].values == {"eco": 4, "eco-freshwater": 2, "eco-coast": 1, "eco-urban": 1}
    assert counts["target"].values["meeting-needs"] == 2
    assert counts["year"].values == {"2014": 1, "2019": 1, "2001": 1}


def test_only_wanted_facets_are_counted(engine):
    assert set(ask(engine, facets=("year",)).facets) == {"year"}


def test_counts_ignore_the_choice_in_their_own_facet_only(engine):
    counts = ask(engine, facets=("country", "language"), country=("DEU",)).facets
    assert counts["country"].values == {"DEU": 1, "KEN": 1, "FRA": 1, "BEL": 1, "POL": 1}
    assert counts["language"].values == {"en": 1}


def test_counts_never_ignore_the_scope(engine):
    counts = ask(engine, facets=("country", "target"), scope={"country": ("DEU", "KEN")}, target=("11",)).facets
    assert counts["country"].values == {"DEU": 1}
    assert counts["target"].values["23"] == 1
    assert "8" not in counts["target"].values


def test_a_facet_in_scope_and_in_the_filters_keeps_to_the_scope(engine):
    scope = {"country": ("DEU", "KEN")}
    results = ask(engine, facets=("country",), scope=scope, country=("DEU", "POL"))
    assert ids(results) == ["reed-bed"]
    assert results.facets["country"].values == {"DEU": 1, "KEN": 1}


@pytest.mark.parametrize(
    ("verbatim", "polish", "counts"), [(True, [], {"DEU": 1}), (False, ["merged-case"], {"DEU": 1, "POL": 1})]
)
def test_what_is_relaxed_does_not_depend_on_the_filters_so_that_counts_come_true(engine, verbatim, polish, counts):
    q = "reed nitrogen xylophone"
    results = ask(engine, q, facets=("country",), country=("POL",), verbatim=verbatim)
    assert (ids(results), dict(results.facets["country"].values)) == (polish, counts)
    assert ids(ask(engine, q, country=("DEU",), verbatim=verbatim)) == ["reed-bed"]


def test_region_and_country_are_one_facet_and_widen_each_other(engine):
    results = ask(engine, "", facets=("country", "region"), region=("002",), country=("POL",))
    assert set(ids(results)) == {"mangrove-nursery", "merged-case"}
    assert results.facets["country"].values["DEU"] == 1
    assert results.facets["region"].values["150"] == 3


def test_function_words_never_count_when_words_are_missing(engine):
    results = ask(engine, "the mangrove of an otter")
    assert ids(results) == ["mangrove-nursery"]
    assert [word for word, _ in results.words] == ["mangrove", "otter"]


# -- order and pages


def test_a_record_about_a_word_comes_before_one_that_mentions_it(new_engine):
    about = make_record("zz-about", title="Otters", abstract="Otters, and again otters.")
    mention = make_record("aa-mention", title="A lake", abstract="Fish and one otter live in the lake of a town.")
    engine = fill(new_engine(), [mention, about, make_record("none")])
    results = ask(engine, "otter")
    assert ids(results) == ["zz-about", "aa-mention"]
    assert results.hits[0].score > results.hits[1].score > 0


def test_words_that_stand_together_count_more(new_engine):
    together = make_record("zz-together", title="Case", abstract="Moss grows on peat moss where water stood in May.")
    apart = make_record("aa-apart", title="Case", abstract="Moss grows where moss and water stood in May on peat.")
    engine = fill(new_engine(), [apart, together, make_record("none")])
    for verbatim in (False, True):
        results = ask(engine, "peat moss", verbatim=verbatim)
        assert ids(results) == ["zz-together", "aa-apart"]
        assert results.hits[0].score > results.hits[1].score


def test_measured_results_and_recent_work_raise_a_score(new_engine):
    def score(**changes):
        otters = [make_record("one", title="Otters", **changes), make_record("two", title="Ponds", began="2020")]
        return ask(fill(new_engine(), [*otters, make_record("three")]), "otter").hits[0].score

    plain = score()
    assert score(evidence_level="measured") > score(evidence_level="described") == plain
    assert score(began="2020") > score(began="2010") > score(began="1990") == plain


def test_the_newest_come_first_and_the_undated_last(new_engine):
    def seen(day):
        return {"harvester": "test", "first_seen": day, "last_seen": "2026-06-01"}

    records = [
        make_record("a-undated", provenance=seen("2026-01-01")),
        make_record("b-old", provenance=seen("2025-12-31"), began="2024"),
        make_record("c-early", provenance=seen("2026-01-01"), began="1999"),
        make_record("d-late", provenance=seen("2026-01-01"), began="2020"),
    ]
    engine = fill(new_engine(), records)
    expected = ["d-late", "c-early", "a-undated", "b-old"]
    assert ids(ask(engine, "reed", sort="newest")) == expected
    assert ids(ask(engine)) == expected


def test_titles_sort_without_regard_to_case_accents_and_opening_marks(new_engine):
    titles = {"a": "zebra", "b": "Étang", "c": "«Estuaire»", "d": "eagle", "e": "¿Flores?"}
    engine = fill(new_engine(), [make_record(name, title=title) for name, title in titles.items()])
    assert ids(ask(engine, sort="title")) == ["d", "c", "b", "e", "a"]


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("q", ["", "reed"])
def test_pages_are_disjoint_complete_and_in_the_order_of_the_whole(new_engine, sort, q):
    records = [make_record(f"case-{number}", began=str(2000 + number % 3)) for number in range(11)]
    engine, other = fill(new_engine(), records), fill(new_engine(), records[::-2] + records[-2::-2])
    whole = ids(ask(engine, q, sort=sort))
    pages = [ids(ask(engine, q, sort=sort, page=page, per_page=4)) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [4, 4, 3, 0]
    assert [record_id for page in pages for record_id in page] == whole == ids(ask(other, q, sort=sort))
    assert set(whole) == {record.id for record in records}
