"""The index on disk: whole generations or none, whatever breaks, and readers that never notice a build."""

from __future__ import annotations

import gc
import json
import os
import threading
from contextlib import closing

import pytest
import whoosh
from conftest import make_record
from whoosh import index as whoosh_index

from hub.engine import Document, Edition
from hub.engine.whoosh.engine import WhooshEngine
from hub.errors import Conflict, IndexUnavailable
from hub.query import FACETS, SearchRequest

READERS, BUILDS = 8, 10


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "index"


def documents(*numbers, state="first"):
    """One document a number; its title names the state it belongs to, its fields hold a number of words."""
    records = [make_record(f"case-{n}", title=f"Case {n} of state {state}", text="Reed grows. " * n) for n in numbers]
    return [Document(record, {"year": ("2014",)}, (("en", "Wetland"),), f"{state}-{record.id}") for record in records]


def edition(revision="first"):
    return Edition(revision, {}, {}, ())


def titles(results):
    return {hit.record.id: hit.record.title for hit in results.hits}


def state_of(engine):
    """Everything a reader sees of an index."""
    results = engine.search(SearchRequest("reed", per_page=100))
    return results.revision, titles(results), dict(engine.fingerprints()), engine.info()


def generations(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_dir())


def in_force(folder):
    return folder / json.loads((folder / "current.json").read_text())["generation"]


# -- what breaks


def test_without_an_index_every_reading_verb_says_how_to_make_one(folder):
    engine = WhooshEngine(folder)
    for read in reading_verbs(engine):
        with pytest.raises(IndexUnavailable, match="indexer build"):
            read()
    with pytest.raises(IndexUnavailable):
        engine.update(documents(1), (), edition(), engine.info().generation)
    assert not folder.exists()


def reading_verbs(engine):
    return (
        lambda: engine.search(
            SearchRequest('reed "of state" wet* -otter', facets=FACETS, filters=(("year", ("2014",)),))
        ),
        lambda: engine.get("case-2"),
        lambda: engine.similar("case-2", 5),
        engine.edition,
        engine.fingerprints,
        engine.info,
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"7", b"null", b"{}", b'{"generation": "g999999"}', b'{"generation": null}', b"\xff\xfe"],
)
def test_a_damaged_pointer_is_reported_and_a_fresh_build_repairs_it(folder, content):
    engine = WhooshEngine(folder)
    engine.build(documents(1, 2), edition())
    engine.info()
    (folder / "current.json").write_bytes(content)
    for opened in (engine, WhooshEngine(folder)):
        for read in reading_verbs(opened):
            with pytest.raises(IndexUnavailable, match="indexer build"):
                read()
    engine.build(documents(1, 2), edition("second"))
    assert engine.info().revision == "second"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b'{"format": 1}', b'{"format": 1, "vocabularies": [7]}']
)
def test_a_damaged_edition_is_reported(folder, content):
    WhooshEngine(folder).build(documents(1, 2), edition())
    (in_force(folder) / "edition.json").write_bytes(content)
    with pytest.raises(IndexUnavailable, match="indexer build"):
        WhooshEngine(folder).info()


def test_an_index_of_another_format_asks_for_a_build(folder):
    WhooshEngine(folder).build(documents(1, 2), edition())
    path = in_force(folder) / "edition.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 0}))
    engine = WhooshEngine(folder)
    with pytest.raises(IndexUnavailable, match="another version"):
        engine.info()
    with pytest.raises(IndexUnavailable, match="another version"):
        engine.update(documents(3), (), edition("second"), engine.info().generation)
    assert generations(folder) == ["g000001"]


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Whoosh leaves open what it had opened before it met the damage
@pytest.mark.parametrize("damage", ["cut", "emptied", "zeroed", "removed"])
def test_a_damaged_segment_is_reported_and_never_misread(folder, damage):
    WhooshEngine(folder).build(documents(*range(1, 9)), edition())
    whole = [read() for read in reading_verbs(WhooshEngine(folder))]
    wrong = []
    for path in sorted(in_force(folder).iterdir()):
        content = path.read_bytes()
        if path.name.endswith("LOCK") or not content:
            continue
        path.unlink()
        if damage != "removed":
            path.write_bytes(
                {"cut": content[: len(content) // 2], "emptied": b"", "zeroed": bytes(len(content))}[damage]
            )
        for number, read in enumerate(reading_verbs(WhooshEngine(folder))):
            try:
                if read() != whole[number]:
                    wrong.append((path.suffix, number, "misread"))
            except IndexUnavailable as error:
                assert "indexer build" in str(error)
            except Exception as error:  # collected, so that one run names every file
                wrong.append((path.suffix, number, repr(error)))
        path.write_bytes(content)
    gc.collect()
    assert wrong == []


# -- builds


def test_a_half_made_generation_is_ignored_and_cleared_by_the_next_build(folder):
    engine = WhooshEngine(folder)
    engine.build(documents(1), edition())
    before = state_of(engine)
    half = folder / "unfinished-g000002"
    half.mkdir()
    (half / "_MAIN_1.toc").write_bytes(b"half")
    assert state_of(WhooshEngine(folder)) == before
    engine.build(documents(1, 2), edition("second"))
    assert generations(folder) == ["g000001", "g000002"]
    assert not half.exists()
    assert titles(engine.search(SearchRequest())).keys() == {"case-1", "case-2"}


def failing(*numbers):
    yield from documents(*numbers, state="second")
    raise ValueError("the corpus could not be read on")


@pytest.mark.parametrize("verb", ["build", "update"])
@pytest.mark.parametrize("several", [False, True])
def test_a_failing_build_leaves_the_old_index_in_force_and_nothing_behind(folder, verb, several):
    engine = WhooshEngine(folder)
    engine.build(documents(*range(1, 9)), edition())
    if several:
        engine.update(documents(*range(9, 16)), ("case-1",), edition(), engine.info().generation)
    before, files = state_of(engine), sorted(folder.rglob("*"))
    with pytest.raises(ValueError, match="could not be read on"):
        engine.build(failing(1, 2), edition("second")) if verb == "build" else engine.update(
            failing(1, 2), ("case-3",), edition("second"), engine.info().generation
        )
    assert sorted(folder.rglob("*")) == files
    assert state_of(engine) == state_of(WhooshEngine(folder)) == before
    engine.build(documents(1), edition("third"))
    assert engine.info().revision == "third"


def test_a_failing_first_build_leaves_no_index(folder):
    engine = WhooshEngine(folder)
    with pytest.raises(ValueError, match="could not be read on"):
        engine.build(failing(1), edition())
    assert generations(folder) == []
    with pytest.raises(IndexUnavailable, match="indexer build"):
        engine.info()


def test_a_build_that_cannot_be_brought_into_force_leaves_nothing_behind(folder, monkeypatch):
    engine = WhooshEngine(folder)
    engine.build(documents(1), edition())
    before, files = state_of(engine), sorted(folder.rglob("*"))

    def refuse(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("hub.engine.whoosh.store._point_to", refuse)
        with pytest.raises(OSError, match="no space"):
            engine.build(documents(2), edition("second"))
    assert state_of(engine) == before
    assert sorted(folder.rglob("*")) == files


@pytest.mark.parametrize("second", ["build", "update"])
def test_of_two_builds_at_once_the_second_is_refused_and_the_first_is_whole(folder, second):
    engine = WhooshEngine(folder)
    engine.build(documents(1), edition())
    started, go_on = threading.Event(), threading.Event()

    def slow():
        yield from documents(1, 2, state="second")
        started.set()
        assert go_on.wait(30)
        yield from documents(3, state="second")

    first = threading.Thread(target=engine.build, args=(slow(), edition("second")))
    first.start()
    assert started.wait(30)
    other = WhooshEngine(folder)
    with pytest.raises(Conflict, match=r"[Aa]nother build.*try again"):
        other.build(documents(9), edition("third")) if second == "build" else other.update(
            documents(9), (), edition("third"), other.info().generation
        )
    assert state_of(other)[0] == "first"
    go_on.set()
    first.join(30)
    assert state_of(other)[0] == "second"
    assert titles(other.search(SearchRequest())) == titles_of("second", 1, 2, 3)


def titles_of(state, *numbers):
    return {document.record.id: document.record.title for document in documents(*numbers, state=state)}


def test_three_generations_are_kept(folder):
    engine = WhooshEngine(folder)
    for number in range(1, 6):
        info = engine.build(documents(1), edition(f"r{number}"))
        assert info.generation == f"g{number:06d}"
    engine.update(documents(2), (), edition("r6"), engine.info().generation)
    assert generations(folder) == ["g000004", "g000005", "g000006"]
    assert in_force(folder).name == engine.info().generation == "g000006"


def test_an_update_adds_a_segment_and_leaves_the_generation_before_as_it_was(folder):
    engine = WhooshEngine(folder)
    engine.build(documents(*range(40)), edition())
    old = in_force(folder)
    before = {path.name: path.read_bytes() for path in old.iterdir()}
    engine.update(
        documents(1, 2, *range(40, 50), state="second"), ("case-3",), edition("second"), engine.info().generation
    )
    engine.update(documents(4, state="third"), ("case-5",), edition("third"), engine.info().generation)
    assert {path.name: path.read_bytes() for path in old.iterdir()} == before
    with closing(whoosh_index.open_dir(str(in_force(folder))).reader()) as reader:
        assert len(reader.leaf_readers()) > 1
    assert engine.info().records == len(engine.fingerprints()) == 48


def test_readers_never_notice_a_build(folder):
    """Readers with an engine of their own and with a shared one, while builds and updates go on."""
    shared = WhooshEngine(folder)
    states, numbers = {}, range(1, 21)
    state = titles_of("r0", *numbers)
    shared.build(documents(*numbers, state="r0"), edition("r0"))
    states["r0"] = state
    finished, wrong, seen = threading.Event(), [], [0] * READERS

    def read(reader):
        engine = shared if reader % 2 else WhooshEngine(folder)
        last = False
        while not last:
            last = finished.is_set()
            try:
                results = engine.search(SearchRequest("state case reed", facets=("year",), per_page=100))
                whole = states[results.revision]
                if titles(results) != whole or results.facets["year"].values != {"2014": len(whole)}:
                    wrong.append((results.revision, titles(results)))
                engine.get("case-20"), engine.similar("case-20", 3)
                seen[reader] += 1
            except Exception as error:  # whatever it is, the reader noticed
                wrong.append(repr(error))
        if results.revision != f"r{BUILDS}":
            wrong.append(f"stale: {results.revision}")

    threads = [threading.Thread(target=read, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.daemon = True
        thread.start()
    writer = WhooshEngine(folder)
    for number in range(1, BUILDS + 1):
        name = f"r{number}"
        if number % 3 == 0:
            states[name] = state = titles_of(name, *range(number, 21))
            writer.build(documents(*range(number, 21), state=name), edition(name))
        else:
            state = {record_id: title for record_id, title in state.items() if record_id != f"case-{number}"}
            states[name] = state = state | titles_of(name, 15, 16, 20 + number)
            writer.update(
                documents(15, 16, 20 + number, state=name), (f"case-{number}",), edition(name), writer.info().generation
            )
    finished.set()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert all(seen)


def test_a_difference_taken_from_an_older_generation_is_refused(folder):
    engine = WhooshEngine(folder)
    since = engine.build(documents(1), edition()).generation
    WhooshEngine(folder).build(documents(1, 2), edition("second"))
    with pytest.raises(Conflict, match="Another build ended meanwhile"):
        engine.update(documents(3), (), edition("third"), since)
    assert engine.info().revision == "second"


def test_the_whoosh_under_test_is_the_one_meant():
    assert ".".join(map(str, whoosh.__version__)) == os.environ.get("WHOOSH", "2.7.4")
