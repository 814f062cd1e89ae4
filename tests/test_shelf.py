"""What the workbench reads beside the records: the rows of the queue, the links, and the sources' own texts."""

import os
import sqlite3
import zlib
from contextlib import closing
from datetime import UTC, datetime

import msgspec
import pytest
from conftest import make_record, tag

from hub.corpus import format_record, replace_file
from hub.curation.original import Original, original_of
from hub.curation.shelf import Shelf, row_of
from hub.links import Links, LinkStatus, addresses
from indexer.harvest.item import Item
from indexer.harvest.state import State

OURS = make_record("ours", source="lakes", source_id="7")
TARGET = [tag("target", "GBF-TARGET-02")]


def put(corpus, record):
    replace_file(corpus.records / f"{record.id}.yaml", format_record(record))


@pytest.fixture
def kept(corpus, tmp_path):
    """The file of a shelf that has seen many records, in which their rows have another title than their files."""
    for number in range(20):
        put(corpus, make_record(f"case-{number:02}", title="As the file says"))
    file = tmp_path / "curation" / "shelf.json"
    Shelf(corpus, file).rows()
    file.write_text(file.read_text(encoding="utf-8").replace("As the file says", "As it was kept"), encoding="utf-8")
    return file


@pytest.fixture
def state(tmp_path):
    """The memory of a harvest that knows one item."""
    path = tmp_path / "state.sqlite"
    remember(path, title="Reeds", text="The source's own words.", read="the page")
    return path


def remember(path, **said):
    memory = State(path)
    run, _ = memory.begin("lakes", datetime.now(UTC))
    memory.remember("lakes", Item(id="7", **said), OURS, run)
    memory.close()


# -- rows


def test_rows_follow_the_files(corpus):
    shelf = Shelf(corpus)
    before = shelf.rows()
    assert set(before) == set(corpus.ids())
    assert shelf.rows() is before  # nothing changed, so nothing was read
    put(corpus, make_record("brand-new"))
    put(corpus, make_record("reed-bed", title="Another title"))
    after = shelf.rows()
    assert after.keys() ^ before.keys() == {"brand-new"}
    (corpus.records / "gone-case.yaml").unlink()
    assert after.keys() ^ shelf.rows().keys() == {"gone-case"}
    assert (after["reed-bed"].title, after["draft-case"]) == ("Another title", before["draft-case"])


def test_a_file_is_another_though_it_has_the_same_size_and_time(corpus):
    shelf, path = Shelf(corpus), corpus.records / "reed-bed.yaml"
    old, status = shelf.rows()["reed-bed"].title, path.stat()
    replace_file(path, path.read_text(encoding="utf-8").replace(old, old.upper()))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (path.stat().st_size, shelf.rows()["reed-bed"].title) == (status.st_size, old.upper())


def test_a_damaged_file_is_a_row_that_says_what_is_wrong_until_it_is_mended(corpus):
    shelf, path = Shelf(corpus), corpus.records / "reed-bed.yaml"
    content = path.read_text(encoding="utf-8")
    path.write_text(content.replace("status: published", "status: perhaps"), encoding="utf-8")
    for name in (b"No id.yaml", b"\xff.yaml"):
        (corpus.records / os.fsdecode(name)).touch()
    rows = shelf.rows()
    assert rows["reed-bed"].problem.startswith("status: 'perhaps' is not one of")
    assert (rows["reed-bed"].status, rows["reed-bed"].words) == ("", "reed-bed")
    assert rows["No id"].problem and rows["\ufffd"].problem and not rows["draft-case"].problem
    path.write_text(content, encoding="utf-8")
    assert (shelf.rows()["reed-bed"].status, shelf.rows()["reed-bed"].problem) == ("published", "")


def test_rows_survive_a_restart_and_only_what_changed_since_is_read(corpus, kept):
    put(corpus, make_record("case-00", title="Changed since"))
    (corpus.records / "case-01.yaml").unlink()
    rows = Shelf(corpus, kept).rows()
    assert (rows["case-00"].title, rows["case-02"].title) == ("Changed since", "As it was kept")
    assert set(rows) == set(corpus.ids())


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-9],
        lambda text: text.replace('"form":', '"form":9'),
        lambda text: text.replace('"stamp":', '"mark":'),
        lambda text: "",
        lambda text: "[]",
        lambda text: text.replace("As it was kept", "\udcff", 1),
    ],
)
def test_a_kept_file_that_is_damaged_or_of_another_form_is_left_and_written_anew(corpus, kept, damage):
    good = kept.read_text(encoding="utf-8")
    kept.write_text(damage(good), encoding="utf-8", errors="surrogateescape")
    assert Shelf(corpus, kept).rows()["case-02"].title == "As the file says"
    assert kept.read_text(encoding="utf-8") == good.replace("As it was kept", "As the file says")


def test_a_row_holds_what_is_open_and_what_is_missing():
    record = make_record(
        tags=[tag("theme", "eco-urban", "suggested"), tag("country", "DEU", "rejected"), *TARGET],
        proposals=[tag("began", "2014", "suggested"), tag("ended", "2019", "rejected"),
                   tag("also_at", "https://a.org", "suggested"), tag("also_at", "https://b.org", "rejected")],
        title="Écluse", place="Lac Léman",
    )  # fmt: skip
    row = row_of(record)
    assert (row.undecided, row.proposals, row.twins) == (2, 1, ("https://a.org",))
    assert row.missing == ("country or region", "licence", "year", "level of evidence")
    assert (row.concepts("country"), row.concepts("theme")) == ((), ("eco-urban",))
    assert row.words == "ecluse reed-bed example portal lac leman"


# -- links


def test_addresses_go_by_without_fragment_and_each_once():
    record = make_record(
        url="https://a.org/x#top", also_at=["https://b.org/"], references=["https://a.org/x#end", "https://a.org/x"],
        images=[{"url": "https://b.org/#i"}], documents=[{"url": "https://c.org/d.pdf#page=2"}],
    )  # fmt: skip
    assert addresses(record) == {
        "https://a.org/x": ["url", "references"], "https://b.org/": ["also_at", "images"],
        "https://c.org/d.pdf": ["documents"],
    }  # fmt: skip
    assert row_of(record).addresses == tuple(addresses(record))


def test_links_are_read_again_when_the_file_changed_and_only_then(tmp_path):
    path = tmp_path / "links.json"
    links = Links(path)
    assert links.known() == {}
    first, second = LinkStatus("https://a.org", "ok", 200), LinkStatus("https://a.org", "broken", 404, reason="gone")
    path.write_bytes(msgspec.json.encode([first]))
    known = links.known()
    assert known == {"https://a.org": first}
    assert links.known() is known
    path.write_bytes(msgspec.json.encode([second]))
    assert links.known() == {"https://a.org": second}
    for content in (b"", b"[", b'[{"url": 1}]', b'[{"url": "\xff", "state": "ok"}]'):
        path.write_bytes(content)
        assert links.known() == {}
    path.write_bytes(msgspec.json.encode([first, second]))
    assert links.known() == {"https://a.org": second}
    path.unlink()
    assert links.known() == {}


# -- the source's own text


def test_the_text_of_a_source_is_that_of_the_item_that_the_record_was_made_of(state):
    assert original_of(OURS, state) == Original(title="Reeds", text="The source's own words.", read="the page")
    for source, item in (("lakes", "8"), ("peat", "7"), ("lakes", None)):
        assert original_of(make_record(source=source, source_id=item), state) is None


def test_a_long_text_is_cut_and_an_enormous_one_is_not_read(state):
    remember(state, title="Reeds", action="a" * 40_001, text="t" * 40_000)
    assert original_of(OURS, state) == Original(title="Reeds", action="a" * 40_000, text="t" * 40_000)
    remember(state, title="Reeds", text="t" * 2_000_000)
    assert original_of(OURS, state) is None


@pytest.mark.parametrize(
    "packed",
    [
        None,
        b"",
        b"no archive",
        zlib.compress(b"{"),
        zlib.compress(b'{"title": 1}'),
        zlib.compress(b"{}")[:-6],
        zlib.compress(b'{"title": "\xff"}'),
        "a text",
    ],
)
def test_a_damaged_text_is_not_known(state, packed):
    with closing(sqlite3.connect(state)) as db, db:
        db.execute("UPDATE item SET item = ?", (packed,))
    assert original_of(OURS, state) is None


@pytest.mark.parametrize("content", [None, b"", b"this is no database at all" * 40])
def test_without_a_memory_of_the_harvest_no_text_is_known(tmp_path, content):
    if content is not None:
        (tmp_path / "state.sqlite").write_bytes(content)
    assert original_of(OURS, tmp_path / "state.sqlite") is None
