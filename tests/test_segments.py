"""However documents are spread over segments, and whoever wrote them, the index answers the same."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
from contextlib import suppress
from dataclasses import replace

import pytest
from conftest import make_record, tag
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs
from test_engine_contract import ask, documents, edition, found
from test_store import generations, in_force

from hub.engine.whoosh import derive
from hub.engine.whoosh.catalogue import Catalogue
from hub.engine.whoosh.columnfile import ColumnFile
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.write import SOON, to_merge
from hub.errors import IndexUnavailable, NotFound
from hub.query import FACETS, SORTS

WORDS = ["reed", "lake", "peat", "honey", "town", "fish", "seed", "owner", "dam", "river", "marsh", "otter"]


def record(number, state="first", length=9):
    """A record whose words depend on its number; `length` is how many its longest text has."""
    words = [WORDS[number * step % 12] for step in (1, 5, 7)]
    text = " ".join(WORDS[(number + at * at) % 12] for at in range(length))
    title = f"The {words[0]} and the {words[1]} {state}"
    tags = [tag("target", f"GBF-TARGET-{number % 5 + 1:02d}"), tag("country", ("KEN", "DEU", "FRA")[number % 3])]
    began = str(2000 + number % 4)
    return make_record(f"case-{number:02d}", title=title, abstract=" ".join(words), text=text, tags=tags, began=began)


def filled(folder, *numbers):
    """An engine with these records."""
    engine, records = WhooshEngine(folder), [record(number) for number in numbers]
    engine.build(documents(records), edition(records))
    return engine


def update(engine, changed, removed=()):
    engine.update(documents(changed), removed, edition(changed), engine.info().generation)


def answers(engine):
    """Whatever a reader can ask for."""
    queries = ("", "reed", "lake fish otter", "peat -dam", '"honey town"', '"the reed"', "ma* ri*", "xylophone reed")
    more = {"facets": FACETS, "per_page": 100}
    results = [ask(engine, q, sort=sort, **more) for q in queries for sort in SORTS]
    results += [ask(engine, q, target=("2", "3"), scope={"country": ("KEN", "DEU")}, **more) for q in queries]
    ids = sorted(engine.fingerprints())
    singles = [(engine.get(record_id), engine.similar(record_id, 4)) for record_id in ids]
    return results, singles, engine.fingerprints(), engine.info().records


def segments(folder):
    """Name and size of each segment of the generation in force."""
    return Catalogue(in_force(folder)).segments


@pytest.fixture
def unmerged(monkeypatch):
    """Segments stay as they are."""
    monkeypatch.setattr("hub.engine.whoosh.write.to_merge", lambda *_: [])


# -- which segments to merge


def merged(sizes, new=0, most=None):
    """The segments after some of them and `new` documents became one, and how many documents that moved.

    Where more than `most` would be moved, nothing is.
    """
    chosen = set(to_merge(sizes, new))
    living = sum(sizes[number][0] for number in chosen)
    if most is not None and living > most:
        chosen, living = set(), 0
    kept = [size for number, size in enumerate(sizes) if number not in chosen]
    return [*kept, (living + new, living + new)] if living + new else kept, living


def after(updates):
    """The segments after updates, each of some new documents and of some gone from every segment, and what moved."""
    sizes, moved = [], 0
    for new, gone in updates:
        sizes = [(living - int(living * gone), every) for living, every in sizes]
        for step in ((new, SOON), ()):
            sizes, more = merged(sizes, *step)
            moved += more
    return sizes, moved


NEW = st.sampled_from([0, 1, 2, 3, 10, 100, 400, 600, 1000, 3000])
GONE = st.sampled_from([0, 0, 0, 0.1, 0.6, 1])


@given(updates=st.lists(st.tuples(NEW, GONE), max_size=60))
@example(updates=[(2 * SOON, 0)] + [(6 * SOON, 0)] * 40)
@example(updates=[(50 * SOON, 0), (2 * SOON, 0), (1, 0)] + [(6 * SOON, 0)] * 40)
@settings(max_examples=200, deadline=None)
def test_the_number_of_segments_grows_with_the_logarithm_of_the_collection(updates):
    sizes, _ = after(updates)
    assert len(sizes) <= 3 + 2 * math.log2(1 + sum(living for living, _ in sizes))


@pytest.mark.parametrize("new", [1, 7, 2 * SOON])
def test_a_document_is_moved_a_few_times_only(new):
    count = 600
    _, moved = after([(new, 0)] * count)
    assert moved <= 2 * count * new * math.log2(count)


@given(factors=st.lists(st.integers(3, 9), max_size=8), shuffled=st.randoms(use_true_random=False))
def test_nothing_is_merged_where_sizes_grow_geometrically(factors, shuffled):
    sizes = [math.prod(factors[:number]) for number in range(len(factors) + 1)]
    shuffled.shuffle(sizes)
    assert to_merge([(size, size) for size in sizes]) == []


@given(sizes=st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)).map(lambda two: (two[0], sum(two)))))
def test_what_is_half_deleted_is_rewritten_and_then_all_is_well(sizes):
    chosen = to_merge(sizes)
    assert chosen == sorted(set(chosen))
    assert {number for number, (living, every) in enumerate(sizes) if 2 * living < every} <= set(chosen)
    for _ in sizes:
        sizes, _ = merged(sizes)
    assert to_merge(sizes) == []


# -- the index


def test_merging_changes_no_answer(tmp_path, monkeypatch):
    engines = {name: filled(tmp_path / name, *range(20)) for name in ("merging", "apart")}
    for step in range(6):
        changed = [record(step, f"state {step}"), *(record(20 + 3 * step + more) for more in range(step % 3 + 1))]
        for name, engine in engines.items():
            with monkeypatch.context() as patch:
                if name == "apart":
                    patch.setattr("hub.engine.whoosh.write.to_merge", lambda *_: [])
                update(engine, changed, [f"case-{19 - step}"])
        assert answers(engines["merging"]) == answers(engines["apart"])
    assert len(segments(tmp_path / "apart")) == 7
    assert len(segments(tmp_path / "merging")) < 5


def test_a_worn_segment_is_rewritten_without_what_was_deleted(tmp_path):
    engine = filled(tmp_path, *range(40))
    before = segments(tmp_path)
    update(engine, [], [f"case-{number:02d}" for number in range(25)])
    assert [size for _, size in before] == [40]
    assert [size for _, size in segments(tmp_path)] == [15]
    assert answers(engine) == answers(filled(tmp_path / "fresh", *range(25, 40)))


@pytest.mark.usefixtures("unmerged")
def test_forms_and_years_are_those_of_the_whole_index_without_what_was_deleted(tmp_path):
    said = [("es", "Reintroducción", "2000"), ("es", "Reintroducciones", "1999"), ("gl", "Lontras", "1998")]
    said += [("es", "Nutria", "2025"), ("gl", "Lontra", "2025")]
    records = [
        make_record(f"case-{number}", language=language, title=title, abstract="Nutrias.", began=began)
        for number, (language, title, began) in enumerate(said)
    ]
    engine, fresh = WhooshEngine(tmp_path), WhooshEngine(tmp_path / "fresh")
    engine.build(documents(records[4:]), edition(records))
    for one in records[3::-1]:
        update(engine, [one])
    update(engine, [], ["case-3", "case-4"])
    fresh.build(documents(records[:3]), edition(records))
    assert len(segments(tmp_path)) > 1
    expected = {"reintroduccion": {"case-0", "case-1"}, "reintroducciones": {"case-0", "case-1"}, "lontra": {"case-2"}}
    for q, ids in expected.items():
        assert found(engine, q) == ids
        assert ask(engine, q).hits == ask(fresh, q).hits


def zebra(number):
    title, text = f"Zebra mussels {number}", "Zebra mussels stick to the reed."
    return structs.replace(record(number), title=title, text=text, began="1987")


@pytest.mark.usefixtures("unmerged")
def test_what_is_deleted_or_changed_is_gone_at_once_from_everything(tmp_path):
    engine = filled(tmp_path, *range(20))
    update(engine, [zebra(20), zebra(21), zebra(22)])
    assert ask(engine, "zebra").words == (("zebra", 3),)
    assert {"case-21", "case-22"} <= {hit.record.id for hit in engine.similar("case-20", 5)}
    update(engine, [structs.replace(record(21), began="1990")], ["case-20"])
    assert len(segments(tmp_path)) == 3
    for q in ("zebra", "zebr*", '"zebra mussels"', '"mussels stick"'):
        assert found(engine, q) == {"case-22"}
        results = ask(engine, q, facets=FACETS)
        assert (results.words, results.total) == (((q.strip('"'), 1),) if "*" not in q else (("zebr", 1),), 1)
        assert results.facets["year"].values == {"1987": 1}
    assert ask(engine, facets=("year",)).facets["year"].values["1987"] == 1
    assert ask(engine, year=("1987",)).total == 1
    assert "case-20" not in engine.fingerprints()
    assert "case-20" not in {hit.record.id for hit in engine.similar("case-22", 100)}
    with pytest.raises(NotFound):
        engine.get("case-20")
    assert engine.get("case-21").began == "1990"
    state = [
        *(record(number) for number in range(20)),
        structs.replace(record(21), began="1990"),
        zebra(22),
    ]
    fresh = WhooshEngine(tmp_path / "fresh")
    fresh.build(documents(state), edition(state))
    assert answers(engine) == answers(fresh)


def weights(folder):
    """The file of weights of each segment of the generation in force, and the mean lengths they are made with."""
    paths = [derive.weights_path(in_force(folder), name) for name, _ in segments(folder)]
    return {path.name: (path, tuple(ColumnFile(path, derive.WEIGHTS).meta["means"])) for path in paths}


@pytest.mark.usefixtures("unmerged")
def test_another_mean_length_weighs_all_segments_anew_and_the_same_none(tmp_path):
    engine = filled(tmp_path, *range(20))
    first = weights(tmp_path)
    update(engine, [record(5, "second"), record(6, "second")])
    second = weights(tmp_path)
    assert len({means for _, means in second.values()}) == 1
    assert all(path.samefile(second[name][0]) for name, (path, _) in first.items())
    update(engine, [record(number, length=200) for number in (3, 22, 23)], ["case-04"])
    third = weights(tmp_path)
    assert len({means for _, means in third.values()}) == 1
    assert not {means for _, means in third.values()} & {means for _, means in second.values()}
    assert not any(path.samefile(third[name][0]) for name, (path, _) in second.items())
    state = [record(number, "second" if number in (5, 6) else "first") for number in range(20) if number not in (3, 4)]
    state += [record(number, length=200) for number in (3, 22, 23)]
    fresh = WhooshEngine(tmp_path / "fresh")
    fresh.build(documents(state), edition(state))
    assert answers(engine) == answers(fresh)


# -- written by several processes


@pytest.fixture
def shared_out(monkeypatch):
    """Even small builds are shared out to two processes."""
    monkeypatch.setattr("hub.engine.whoosh.write.ALONE", 10)
    monkeypatch.setattr("hub.engine.whoosh.write.BATCH", 4)
    monkeypatch.setattr("os.cpu_count", lambda: 2)


def nothing_left(folder, before):
    return sorted(folder.rglob("*")) == before and multiprocessing.active_children() == []


def test_segments_of_a_build_hold_so_many_documents_and_answer_as_one(tmp_path, monkeypatch):
    one = filled(tmp_path / "one", *range(30))
    monkeypatch.setattr("hub.engine.whoosh.write.SEGMENT", 7)
    many = filled(tmp_path / "many", *range(30))
    assert [size for _, size in segments(tmp_path / "one")] == [30]
    assert sorted(size for _, size in segments(tmp_path / "many")) == [2, 7, 7, 7, 7]
    assert answers(many) == answers(one)


@pytest.mark.usefixtures("shared_out")
def test_a_build_by_several_processes_answers_as_one_by_a_single_one(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.engine.whoosh.write.SEGMENT", 20)
    several = filled(tmp_path / "several", *range(45))
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    monkeypatch.setattr("hub.engine.whoosh.write.SEGMENT", 100)
    single = filled(tmp_path / "single", *range(45))
    assert sorted(size for _, size in segments(tmp_path / "several")) == [5, 20, 20]
    assert answers(several) == answers(single)
    assert multiprocessing.active_children() == []
    assert not [path for path in in_force(tmp_path / "several").iterdir() if path.is_dir()]
    update(several, [record(3, "changed")], ["case-44"])
    update(single, [record(3, "changed")], ["case-44"])
    assert answers(several) == answers(single)


def spoilt(numbers):
    """Documents of which one cannot be analysed."""
    for document in documents(map(record, numbers)):
        yield replace(document, keywords=(("en", None),)) if document.record.id == "case-17" else document


def unreadable(numbers):
    """Documents that cannot be read to their end."""
    yield from documents(map(record, numbers))
    raise ValueError("the corpus could not be read on")


def deadly(numbers):
    """Documents in the middle of which one of the processes is killed."""
    for number, document in enumerate(documents(map(record, numbers))):
        if number == 20:
            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        yield document


@pytest.mark.usefixtures("shared_out")
@pytest.mark.parametrize(
    ("given_documents", "error"), [(spoilt, TypeError), (unreadable, ValueError), (deadly, IndexUnavailable)]
)
def test_a_shared_build_that_fails_leaves_the_old_index_and_nothing_behind(tmp_path, given_documents, error):
    engine = filled(tmp_path, *range(5))
    before, files = answers(engine), sorted(tmp_path.rglob("*"))
    with pytest.raises(error):
        engine.build(given_documents(range(40)), edition([]))
    assert nothing_left(tmp_path, files)
    assert generations(tmp_path) == ["g000001"]
    assert answers(engine) == answers(WhooshEngine(tmp_path)) == before


@pytest.mark.parametrize("verb", ["build", "update"])
def test_what_outlives_a_killed_build_cannot_spoil_the_next_one(tmp_path, verb):
    """A process of the killed build still makes a folder for its next segment where it was told to."""
    engine, given_folders = filled(tmp_path, *range(10)), []

    def killed():
        given_folders.extend(tmp_path.glob("unfinished-*"))
        raise KeyboardInterrupt
        yield

    def meanwhile():
        with suppress(FileNotFoundError):
            (given_folders[0] / "part-1-0").mkdir()
        yield from documents([record(10)])

    with pytest.raises(KeyboardInterrupt):
        engine.build(killed(), edition([]))
    if verb == "build":
        engine.build(meanwhile(), edition([]))
    else:
        engine.update(meanwhile(), [], edition([]), engine.info().generation)
    update(engine, [record(11)])
    kept = range(12) if verb == "update" else range(10, 12)
    assert answers(engine) == answers(filled(tmp_path / "fresh", *kept))
