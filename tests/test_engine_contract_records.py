"""What every search engine has to do with hits, single records and changes; the engines are those of ENGINES."""

from __future__ import annotations

from itertools import pairwise

import pytest
from conftest import SMALL, make_record, tag
from hypothesis import given, settings
from hypothesis import strategies as st
from test_engine_contract import ENGINES, ask, documents, edition, fill, found

from hub.errors import Moved, NotFound, Withdrawn
from hub.query import FACETS, SORTS
from indexer.build import build

WORDS = ["reed", "lake", "peat", "honey", "town", "fish", "seed", "owner", "dam", "river", "marsh", "otter"]


@pytest.fixture(params=ENGINES, ids=lambda factory: factory.__name__, scope="module")
def new_engine(request, tmp_path_factory):
    """A function that makes an engine without an index."""
    return lambda: request.param(tmp_path_factory.mktemp("engine") / "index")


@pytest.fixture(scope="module")
def engine(new_engine):
    """An engine with the published records of the small corpus; tests only read it."""
    return fill(new_engine(), [record for record in SMALL if record.status == "published"])


# -- hits


def test_spans_join_to_the_original_text_and_hold_no_markup(new_engine):
    abstract = "The <b>peat</b> & moss. " + "Water stands in the ditches of the moor. " * 20 + "Bogs grow."
    record = make_record("one", title='Peat < "water" &amp; moss', abstract=abstract, action="Peat " * 200)
    engine = fill(new_engine(), [record, make_record("two")])
    for q in ("peat", "bog moss", '"the moor" ditch*', "", "honey"):
        for hit in ask(engine, q).hits:
            assert "".join(span.text for span in hit.title) == hit.record.title
            shown = "".join(span.text for span in hit.snippet).removeprefix("… ").removesuffix(" …")
            assert shown in getattr(hit.record, hit.snippet_field)
            assert len(shown) <= 400 or not any(span.match for span in hit.snippet)
            assert all(span.text for span in (*hit.title, *hit.snippet))


def test_spans_mark_the_words_of_the_query_in_their_forms(engine):
    hit = ask(engine, "sphaigne tourbières").hits[0]
    assert [span.text for span in hit.title if span.match] == ["tourbière"]
    assert [span.text for span in hit.snippet if span.match] == ["sphaignes", "tourbières"]


def test_the_snippet_comes_from_the_field_that_shows_the_query(engine):
    hit = ask(engine, "nitrogen").hits[0]
    assert hit.snippet_field == "text"
    assert [span.text for span in hit.snippet if span.match] == ["nitrogen"]


@pytest.mark.parametrize(
    ("language", "text", "q"),
    [
        ("en", f"See {'x' * 200}-otter-{'y' * 200} and other places for more.", "otter"),
        ("zh", "保护区的人们在河边种树" * 40 + "恢复了湿地" + "并清除入侵物种" * 40, "湿地"),
    ],
)
def test_a_snippet_shows_the_match_where_no_space_is_near(new_engine, language, text, q):
    hit = ask(fill(new_engine(), [make_record("one", language=language, text=text)]), q).hits[0]
    assert hit.snippet_field == "text"
    assert "".join(span.text for span in hit.snippet if span.match) == q
    assert sum(len(span.text) for span in hit.snippet) > 100


def test_without_a_query_the_abstract_is_shown_unmarked(engine):
    for hit in ask(engine).hits:
        assert hit.snippet_field == "abstract"
        assert not any(span.match for span in (*hit.title, *hit.snippet))
        assert hit.record.abstract.startswith("".join(span.text for span in hit.snippet).removesuffix(" …"))


def test_why_tells_fields_and_other_forms_of_each_part(engine):
    why = {reason.clause: reason for reason in ask(engine, "sphaigne tourbière Belgique").hits[0].why}
    assert set(why["tourbière"].fields) == {"title", "abstract"}
    assert why["tourbière"].forms == ("tourbières",)
    assert set(why["sphaigne"].fields) == {"abstract"}
    assert set(why["Belgique"].fields) == {"keywords"}


# -- single records


def test_get_gives_the_record_without_its_contact(new_engine):
    record = make_record("one", contact="office@example.org", tags=[tag("country", "KEN")], began="2014")
    assert fill(new_engine(), [record]).get("one") == make_record("one", tags=[tag("country", "KEN")], began="2014")


@pytest.mark.parametrize("verb", ["get", "similar"])
def test_unknown_withdrawn_and_moved_records_are_told_apart(engine, verb):
    def call(record_id):
        return getattr(engine, verb)(record_id, *([5] if verb == "similar" else []))

    with pytest.raises(NotFound):
        call("draft-case")
    with pytest.raises(Withdrawn):
        call("gone-case")
    with pytest.raises(Moved) as moved:
        call("old-case")
    assert moved.value.record_id == "merged-case"


def test_similar_excludes_the_record_itself_and_keeps_to_the_limit(engine):
    for record_id in found(engine):
        hits = engine.similar(record_id, 3)
        assert record_id not in [hit.record.id for hit in hits]
        assert len(hits) <= 3
        assert all(first.score >= second.score for first, second in pairwise(hits))
    assert engine.similar("reed-bed", 1)[0].record.id == "merged-case"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["ree"], ["reed-bed"]),
        (["beds", "reed"], ["reed-bed"]),
        (["ree", "beds"], []),
        (["tourbiere"], ["tourbiere-du-plateau"]),
        (["sphaignes"], []),
        (["lake"], ["merged-case", "reed-bed"]),
        ([], []),
    ],
)
def test_records_are_found_by_their_titles(engine, words, expected):
    assert sorted(record.id for record in engine.titled(words, 10)) == expected


def test_of_titles_the_newest_come_first_and_translations_count(new_engine):
    texts = {"en": {"title": "Otters are back", "abstract": "They swim."}}
    records = [make_record(f"case-{year}", title="A lake", began=str(year)) for year in range(2001, 2006)]
    records.append(make_record("case-2000", language="fr", title="Un lac", began="2000", translations=texts))
    engine = fill(new_engine(), records)
    assert [record.id for record in engine.titled(["lak"], 3)] == ["case-2005", "case-2004", "case-2003"]
    assert [record.id for record in engine.titled(["otters", "ba"], 3)] == ["case-2000"]
    assert engine.titled(["otters", "swi"], 3) == []


def test_drafts_and_withdrawn_records_are_never_found(new_engine, corpus):
    engine = new_engine()
    build(corpus, engine)
    assert found(engine) == set(engine.fingerprints()) == {r.id for r in SMALL if r.status == "published"}
    assert found(engine, "draft nobody withdrawn") == set()


# -- changes


def test_the_index_tells_its_edition_and_fingerprints(new_engine):
    records = [make_record("one"), make_record("two", replaces=["old"])]
    made = documents(records)
    engine = new_engine()
    info = engine.build(made, edition(records, "r7"))
    assert info == engine.info()
    assert (info.revision, info.records, ask(engine).revision) == ("r7", 2, "r7")
    assert engine.edition() == edition(records, "r7")
    assert engine.fingerprints() == {document.record.id: document.fingerprint for document in made}


def test_updates_and_removals_are_seen_at_once(new_engine):
    engine = fill(new_engine(), [make_record("one"), make_record("two")])
    new = [make_record("two", title="Otters"), make_record("three", abstract="Otter holts.")]
    info = engine.update(documents(new), ["one", "never-was"], edition(new, "r2"), engine.info().generation)
    assert (info.revision, info.records) == ("r2", 2)
    assert found(engine, "otter") == found(engine) == {"two", "three"}
    with pytest.raises(NotFound):
        engine.get("one")


RECORD = st.builds(
    lambda number, words, target, year: make_record(
        f"case-{number:02d}", title=f"{words[0]} and {words[1]}", abstract=" ".join(words), began=year,
        tags=[tag("target", f"GBF-TARGET-{target:02d}")] if target else None,
    ),
    st.integers(0, 19), st.lists(st.sampled_from(WORDS), min_size=2, max_size=9), st.integers(0, 5),
    st.sampled_from([None, "2001", "2014-05"]),
)  # fmt: skip
CHANGES = st.tuples(st.lists(RECORD, max_size=8, unique_by=lambda r: r.id), st.sets(st.integers(0, 29), max_size=6))


@given(steps=st.lists(CHANGES, min_size=1, max_size=6), size=st.sampled_from([3, 30]))
@settings(max_examples=25, deadline=None)
def test_an_updated_index_answers_like_a_fresh_one(new_engine, steps, size):
    titles = {f"case-{n:02d}": f"{WORDS[n % 12]} and {WORDS[n * 5 % 11]}" for n in range(size)}
    state = {record_id: make_record(record_id, title=title) for record_id, title in titles.items()}
    updated = fill(new_engine(), state.values())
    for changed, numbers in steps:
        gone = {f"case-{n:02d}" for n in numbers} - {record.id for record in changed}
        state = {name: record for name, record in state.items() if name not in gone}
        state |= {record.id: record for record in changed}
        updated.update(documents(changed), sorted(gone), edition(state.values(), "r2"), updated.info().generation)
    fresh = fill(new_engine(), state.values(), "r2")
    for q in ("", "reed", "lake fish otter", "peat -dam", '"honey town"', "ma* ri*"):
        for sort in SORTS:
            more = {"facets": FACETS, "sort": sort, "target": ("2", "3") if q == "reed" else ()}
            assert ask(updated, q, **more) == ask(fresh, q, **more)
    for record_id in state:
        assert updated.get(record_id) == fresh.get(record_id)
        assert updated.similar(record_id, 5) == fresh.similar(record_id, 5)
    for words in (["ma"], ["and", "r"], ["reed", "and", "la"], ["dam"]):
        assert updated.titled(words, 5) == fresh.titled(words, 5)


def test_a_build_replaces_everything(new_engine):
    engine = fill(fill(new_engine(), [make_record("one")]), [make_record("two")])
    assert found(engine) == set(engine.fingerprints()) == {"two"}


def test_an_empty_collection_answers_with_nothing(new_engine):
    engine = fill(new_engine(), [])
    results = ask(engine, "reed", facets=FACETS)
    assert (results.total, results.words, engine.info().records) == (0, (("reed", 0),), 0)
    assert engine.titled(["reed"], 3) == []
