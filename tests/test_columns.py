"""Column files: what is written is read, every change is noticed, and what is damaged is named and made again."""

from __future__ import annotations

import gc
import resource
import shutil
import time
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st
from test_store import documents, edition, in_force, reading_verbs, state_of

from hub.engine.whoosh import write
from hub.engine.whoosh.catalogue import Catalogue
from hub.engine.whoosh.columnfile import ColumnFile, Damaged, Texts, packed
from hub.engine.whoosh.columnfile import write as write_columns
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.reader import Reader
from hub.errors import IndexUnavailable
from hub.query import SearchRequest
from indexer.build import Done, build

KIND = "samples 1"
DTYPES = ["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i4", ">u8"]
SAMPLE = {
    "flags": np.array([True, False, True]),
    "empty": np.zeros((0, 3), np.int32),
    "table": np.arange(12, dtype=np.uint16).reshape(3, 4),
    "worths": np.array([0.5, np.nan, np.inf, -0.0], np.float32),
    "large": np.arange(30, dtype=np.uint64) << 33,
}
META = {"names": ["réserve", "湿地"], "means": [1.5, 2]}


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A folder for tests that clear up after themselves."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture
def sample(tmp_path):
    """A column file of some arrays."""
    path = tmp_path / "sample.columns"
    write_columns(path, KIND, "test", SAMPLE, META)
    return path


def found(path, names=tuple(SAMPLE)):
    """Everything in a column file, each byte of it verified."""
    file = ColumnFile(path, KIND)
    file.verify()
    return file.meta, {name: (file[name].dtype.str, file[name].shape, file[name].tobytes()) for name in names}


# -- one file


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ARRAYS = numpy_st.arrays(st.sampled_from(DTYPES), numpy_st.array_shapes(max_dims=3, min_side=0, max_side=5))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
LAID_OUT = st.sampled_from([np.asarray, np.transpose, lambda array: array[::-1], lambda array: array[::2]])


@given(
    arrays=st.dictionaries(TEXTS, st.builds(lambda change, array: change(array), LAID_OUT, ARRAYS), max_size=5),
    meta=st.dictionaries(TEXTS, TEXTS | st.lists(NUMBERS), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_arrays_of_any_type_and_shape_come_back_as_they_were_written(scratch, arrays, meta):
    path = scratch / "any.columns"
    write_columns(path, KIND, "test", arrays, meta)
    expected = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in arrays.items()}
    assert found(path, arrays) == (meta, expected)


@given(texts=st.lists(st.binary(max_size=6), max_size=8))
@settings(deadline=None)
def test_texts_in_one_array_come_back_one_by_one_and_all_at_once(texts):
    packed_texts = Texts(*packed(texts))
    assert [packed_texts[number] for number in range(len(packed_texts))] == texts
    assert list(packed_texts.all()) == texts


def test_arrays_handed_out_cannot_be_written(sample):
    file = ColumnFile(sample, KIND)
    for name in SAMPLE.keys() - {"empty"}:
        with pytest.raises(ValueError, match="read-only"):
            file[name][...] = 0
        with pytest.raises(ValueError, match="WRITEABLE"):
            file[name].flags.writeable = True


def test_every_changed_byte_is_noticed_or_read_by_nobody(sample):
    whole, content = found(sample), sample.read_bytes()
    unnoticed = []
    for at in range(len(content)):
        for mask in (1, 128, 255):
            sample.write_bytes(content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :])
            try:
                assert found(sample) == whole
                unnoticed.append(at)
            except Damaged as damage:
                assert f"{sample.parent.name}/{sample.name}" in str(damage)
    assert not any(content[at] for at in unnoticed)  # only what fills up between arrays
    assert len(set(unnoticed)) < 64 * (len(SAMPLE) + 1)


def test_a_file_of_any_other_length_is_noticed(sample):
    content = sample.read_bytes()
    changes = [content[:end] for end in range(len(content))]
    changes += [content + more for more in (b"\0", bytes(64), bytes(4096), content)]
    for changed in changes:
        sample.write_bytes(changed)
        with pytest.raises(Damaged, match=r"sample\.columns "):
            found(sample)


def other(tmp_path, kind, arrays):
    write_columns(tmp_path / "other", kind, "test", arrays, META)
    return (tmp_path / "other").read_bytes()


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda _: b"\x89PNG\r\n\x1a\n" + bytes(200), "is not a column file"),
        (lambda _: b"{}", "is not a column file"),
        (lambda _: bytes(4096), "is not a column file"),
        (lambda _: b"HUBCOLS\n" + bytes(16), "has a damaged header"),
        (lambda _: b"", "is empty"),
        (lambda _: None, "is missing"),
        (lambda folder: other(folder, "samples 2", SAMPLE), "holds 'samples 2', not 'samples 1'"),
        (lambda folder: other(folder, "weights 1", {}), "holds 'weights 1', not 'samples 1'"),
    ],
)
def test_a_foreign_or_missing_file_is_named_with_what_it_is(sample, tmp_path, what, message):
    content = what(tmp_path)
    sample.unlink()
    if content is not None:
        sample.write_bytes(content)
    with pytest.raises(Damaged, match=message) as damage:
        found(sample)
    assert str(damage.value).startswith(f"{tmp_path.name}/sample.columns ")


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("step", ["os.fsync", "pathlib.Path.replace", None])
def test_a_failing_write_leaves_the_old_file_or_none(sample, monkeypatch, step, old):
    def refuse(*_):
        raise OSError("no space left on device")

    before = found(sample)
    if not old:
        sample.unlink()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with monkeypatch.context() as patch, pytest.raises(OSError, match=r"no space|too large"):
        if step:
            patch.setattr(step, refuse)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
        try:
            write_columns(sample, KIND, "test", {"large": np.arange(100_000)}, {})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert sample.exists() == old
    if old:
        assert found(sample) == before


# -- those of an index


def filled(folder):
    """An engine with three segments, some documents changed and some removed."""
    engine = WhooshEngine(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.engine.whoosh.write.to_merge", lambda *_: [])
        engine.build(documents(*range(1, 13)), edition())
        engine.update(documents(3, *range(13, 20)), ("case-1",), edition(), engine.info().generation)
        engine.update(documents(4, 14, 20), ("case-15",), edition(), engine.info().generation)
    return engine


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """An index that tests copy."""
    folder = tmp_path_factory.mktemp("prepared") / "index"
    filled(folder)
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    """An index of three segments."""
    return shutil.copytree(prepared, tmp_path / "index")


def column_files(generation):
    return sorted(path for path in generation.iterdir() if path.suffix in (".columns", ".weights"))


def put(path, content):
    """Another file in place of one that may be open: None for nothing."""
    path.unlink()
    if content is not None:
        path.write_bytes(content)


def seen(engine):
    """What a reader sees, whatever the name of the generation."""
    revision, titles, fingerprints, info = state_of(engine)
    return revision, titles, fingerprints, info.records, [hit.record.id for hit in engine.similar("case-2", 5)]


def derived_again(generation, where):
    """The column files of a generation, all made anew in a copy of it."""
    copy = where / generation.name
    shutil.copytree(generation, copy)
    for path in column_files(copy):
        path.unlink()
    write.settle(copy)
    return {path.name: path.read_bytes() for path in column_files(copy)}


def test_columns_derived_again_are_the_same_byte_for_byte(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.engine.whoosh.write.to_merge", lambda *_: [])
    engine = WhooshEngine(tmp_path / "index")
    engine.build(documents(*range(1, 13)), edition())
    engine.update(documents(*range(13, 20)), (), edition(), engine.info().generation)
    generation = in_force(tmp_path / "index")
    files = {path.name: path.read_bytes() for path in column_files(generation)}
    assert len(files) == 2 * 2 + 1
    assert derived_again(generation, tmp_path / "once") == files
    assert derived_again(tmp_path / "once" / generation.name, tmp_path / "twice") == files


def test_columns_derived_again_after_deletions_answer_the_same(folder, tmp_path):
    before, generation = seen(WhooshEngine(folder)), in_force(folder)
    again = derived_again(generation, tmp_path / "once")
    assert derived_again(tmp_path / "once" / generation.name, tmp_path / "twice") == again
    for path in column_files(generation):
        put(path, again[path.name])
    assert seen(WhooshEngine(folder)) == before


def test_nothing_of_an_open_generation_can_be_written(folder):
    reader = Reader(in_force(folder))
    owners = [reader.catalogue, *reader.segments]
    arrays = [value for owner in owners for value in vars(owner).values() if isinstance(value, np.ndarray)]
    assert len(arrays) > 3 * len(owners)
    assert not [array for array in arrays if array.size and array.flags.writeable]


def test_searching_reads_no_file_of_whoosh(folder):
    before = seen(WhooshEngine(folder))
    for path in in_force(folder).iterdir():
        if path not in column_files(in_force(folder)) and path.name != "edition.json":
            path.unlink()
    engine = WhooshEngine(folder)
    assert seen(engine) == before
    assert engine.repair() == ()
    with pytest.raises(IndexUnavailable, match="indexer build --fresh"):
        engine.update(documents(1), (), edition(), engine.info().generation)


def flipped(content, at):
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


DAMAGES = {
    "flipped": lambda content: flipped(content, len(content) - 1),
    "cut": lambda content: content[: len(content) // 2],
    "longer": lambda content: content + content,
    "zeroed": lambda content: bytes(len(content)),
    "emptied": lambda _: b"",
    "removed": lambda _: None,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("suffix", [".columns", ".weights"])
def test_what_is_damaged_is_named_and_mended(folder, suffix, damage):
    """One file after the other: of a segment with deleted documents, of one without, of the whole generation."""
    before = seen(WhooshEngine(folder))
    for name in [path.name for path in column_files(in_force(folder)) if path.suffix == suffix]:
        path = in_force(folder) / name
        put(path, DAMAGES[damage](path.read_bytes()))
        engine = WhooshEngine(folder)
        for read in reading_verbs(engine):
            with pytest.raises(IndexUnavailable, match=rf"{path.parent.name}/{name} .*indexer build"):
                read()
        assert [line.split()[0] for line in engine.repair()] == [f"{path.parent.name}/{name}"]
        assert seen(engine) == seen(WhooshEngine(folder)) == before
        assert engine.repair() == ()


def test_all_that_is_damaged_is_named_and_mended_at_once(folder):
    before, generation = seen(WhooshEngine(folder)), in_force(folder)
    files = column_files(generation)
    for path, damage in zip(files, DAMAGES.values(), strict=False):
        put(path, damage(path.read_bytes()))
    write_columns(files[-1], "columns 0", "test", {}, {})  # of another version
    engine = WhooshEngine(folder)
    named = engine.repair()
    assert sorted(line.split()[0] for line in named) == [f"{generation.name}/{path.name}" for path in files]
    assert seen(engine) == before
    assert not write.damages(in_force(folder))


@pytest.mark.parametrize("suffixes", [[".columns"], [".weights"], [".columns", ".weights"]])
def test_columns_of_another_segment_are_never_read_as_its_own(folder, suffixes):
    before = seen(WhooshEngine(folder))
    generation = in_force(folder)
    names = [name for name, _ in Catalogue(generation).segments]
    for one, other_one in permutations(names, 2):
        for suffix in suffixes:
            put(generation / f"{one}{suffix}", (generation / f"{other_one}{suffix}").read_bytes())
        with pytest.raises(IndexUnavailable, match=rf"{one}\S* .*indexer build"):
            seen(WhooshEngine(folder))
        assert {line.split(".")[0] for line in WhooshEngine(folder).repair()} == {f"{generation.name}/{one}"}
        assert seen(WhooshEngine(folder)) == before
        generation = in_force(folder)


def test_the_catalogue_of_another_generation_is_never_read_as_its_own(folder):
    before, generation = seen(WhooshEngine(folder)), in_force(folder)
    for other_one in ("g000001", "g000002"):
        put(generation / "catalogue.columns", (folder / other_one / "catalogue.columns").read_bytes())
        with pytest.raises(IndexUnavailable, match=r"catalogue.columns .*indexer build"):
            seen(WhooshEngine(folder))
    assert len(WhooshEngine(folder).repair()) == 1
    assert seen(WhooshEngine(folder)) == before


@given(number=st.integers(0, 6), where=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_any_changed_byte_of_an_index_is_named_or_changes_nothing(prepared, number, where, mask):
    generation = in_force(prepared)
    path = column_files(generation)[number]
    content = path.read_bytes()
    at = int(where * len(content))
    put(path, content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :])
    try:
        if damages := write.damages(generation):
            assert [str(damage).split()[0] for damage in damages] == [f"{generation.name}/{path.name}"]
            with pytest.raises(IndexUnavailable, match=path.name):
                WhooshEngine(prepared).info()
        else:
            assert content[at] == 0  # fills up between arrays
    finally:
        put(path, content)


def test_the_next_build_says_what_it_mended(corpus, engine, tmp_path):
    before = engine.search(SearchRequest("reed", per_page=100))
    generation = in_force(tmp_path / "instance" / "index")
    for path in column_files(generation):
        put(path, flipped(path.read_bytes(), len(path.read_bytes()) - 1))
    engine = WhooshEngine(tmp_path / "instance" / "index")
    report = build(corpus, engine)
    assert report.done is Done.NOTHING
    assert sorted(line.split()[0] for line in report.mended) == [
        f"{generation.name}/{path.name}" for path in column_files(generation)
    ]
    assert engine.search(SearchRequest("reed", per_page=100)) == before
    assert build(corpus, engine).mended == ()


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Whoosh leaves open what it had opened before it met the damage
def test_where_whoosh_is_damaged_too_the_next_build_is_fresh(corpus, engine, tmp_path):
    for path in in_force(tmp_path / "instance" / "index").iterdir():
        if path.suffix in (".columns", ".trm"):
            put(path, b"damaged")
    engine = WhooshEngine(tmp_path / "instance" / "index")
    report = build(corpus, engine)
    gc.collect()
    assert (report.done, report.mended, report.info.records) == (Done.FRESH, (), 5)


def test_a_large_index_is_verified_beside_the_first_answers(folder, monkeypatch):
    monkeypatch.setattr("hub.engine.whoosh.reader.VERIFIED_AT_ONCE", 0)
    before = seen(WhooshEngine(folder))
    path = next(path for path in column_files(in_force(folder)) if b"first-case-2" in path.read_bytes())
    content = path.read_bytes()
    put(path, flipped(content, content.index(b"first-case-2")))  # a fingerprint, which no search reads
    engine = WhooshEngine(folder)
    until = time.monotonic() + 20
    with pytest.raises(IndexUnavailable, match=rf"{path.name} is damaged \(column fingerprints\).*indexer build"):
        while time.monotonic() < until:
            engine.search(SearchRequest("reed"))
    assert len(engine.repair()) == 1
    assert seen(engine) == before
