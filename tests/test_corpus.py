"""The corpus on disk: reading stops at nothing, writing loses nobody's work, everything reads back the same."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import SMALL, make_record, tag
from filelock import FileLock
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.canonical import LIMIT, parse_yaml
from hub.corpus import Corpus, check_record, format_record
from hub.errors import Conflict, HubError, InvalidRecord, NotFound
from hub.parse import CONTROL
from hub.record import parse_record

IDS = sorted(record.id for record in SMALL)
AWKWARD = ["NO", "1977", "null", "~", ":", ": x", "a: b", '"', "'", "#", "- item", "---", "Ελλάδα", "العربية", "中文"]

lines = st.lists(st.text(max_size=30) | st.sampled_from(AWKWARD), min_size=1, max_size=12).map(" ".join)
one_line = lines.map(lambda text: " ".join(CONTROL.sub("", text).split())[:400].strip()).filter(bool)
several = st.lists(one_line, min_size=1, max_size=4).map("\n\n".join) | st.lists(one_line, min_size=1).map("\n".join)


def path_of(corpus, record_id="reed-bed"):
    return corpus.records / f"{record_id}.yaml"


def edit(corpus, old, new, record_id="reed-bed"):
    path = path_of(corpus, record_id)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def put(corpus, record_id="new-case", **changes):
    record = make_record(record_id, **changes)
    path_of(corpus, record_id).write_text(format_record(record), encoding="utf-8")


def snapshot(corpus):
    return {path: path.read_bytes() for path in corpus.records.iterdir()}


def found(corpus):
    return [str(problem) for problem in corpus.check()]


@settings(deadline=None)
@given(one_line, several, st.lists(one_line, max_size=4))
@example("NO", "1977", AWKWARD)
@example("2026-01-01", "word " * 60 + "\n\n- item\n# no comment\n  indented: yes", ['"quoted"', "it's"])
@example("x" * 300, "null", ["<b>"])
def test_a_record_reads_back_the_same_whatever_its_text(line, text, terms):
    translations = {"fr": {"title": line, "abstract": line}}
    record = make_record(title=line, abstract=line, text=text, source_tags=terms, translations=translations)
    data = parse_yaml(format_record(record), "reed-bed.yaml")
    assert (data["title"], data["abstract"], data["text"]) == (line, line, text)
    assert data.get("source_tags", []) == terms
    assert format_record(parse_record(data, "reed-bed.yaml")) == format_record(record)


def test_markup_in_a_record_stays_text(corpus):
    put(corpus, title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>\n\n&lt;b&gt;")
    record = corpus.get("new-case")
    assert record.title == "<script>alert(1)</script>"
    assert record.text == "<img src=x onerror=alert(1)>\n\n&lt;b&gt;"
    assert found(corpus) == []


def test_a_folder_without_records_is_no_corpus(tmp_path):
    with pytest.raises(HubError, match="HUB_CORPUS"):
        Corpus(tmp_path)


def test_reading_goes_in_order_of_id_and_changes_nothing(corpus):
    before = snapshot(corpus)
    assert corpus.ids() == [entry.id for entry in corpus.entries()] == IDS
    assert found(corpus) == []
    assert snapshot(corpus) == before


@pytest.mark.parametrize("record_id", ["no-such-case", "../secret", "Reed-Bed", "", "reed-bed.yaml", "reed-bed\n"])
def test_an_id_without_a_record_is_not_found(corpus, record_id):
    for read in (corpus.entry, corpus.get):
        with pytest.raises(NotFound):
            read(record_id)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (b"id: reed-bed\ntitle: one: two\n", "records/reed-bed.yaml: line 2: not valid YAML"),
        (b"id: reed-bed\ntags: [\n", "records/reed-bed.yaml: line 3: not valid YAML"),
        (b"a: &x text\nb: *x\n", "records/reed-bed.yaml: line 2: aliases"),
        (b"title: !!python/object/apply:os.system [echo]\n", "records/reed-bed.yaml: line 1: tags"),
        (b"title: !!int x\n", "records/reed-bed.yaml: "),
        (b"title: \xff\n", "records/reed-bed.yaml: not UTF-8 text"),
        (b"x" * (LIMIT + 1), "records/reed-bed.yaml: larger than"),
        (b"", "records/reed-bed.yaml: must be a mapping"),
    ],
)
def test_a_damaged_file_is_reported_with_its_place_and_stops_nothing(corpus, damage, said):
    path_of(corpus).write_bytes(damage)
    entries = list(corpus.entries())
    assert [entry.id for entry in entries] == IDS
    assert [entry.id for entry in entries if entry.record is None] == ["reed-bed"]
    assert any(text.startswith(said) for text in found(corpus))
    with pytest.raises(InvalidRecord, match=r"records/reed-bed\.yaml"):
        corpus.get("reed-bed")


@pytest.mark.parametrize("name", ["Bad Name.yaml", "under_score.yaml", "a-folder.yaml", "a-link.yaml"])
def test_a_file_that_cannot_be_a_record_is_reported_and_stops_nothing(corpus, name):
    path = corpus.records / name
    if name == "a-folder.yaml":
        path.mkdir()
    elif name == "a-link.yaml":
        path.symlink_to("nowhere")
    else:
        path.write_bytes(path_of(corpus).read_bytes())
    assert set(IDS) <= {entry.id for entry in corpus.entries()}
    assert any(text.startswith(f"records/{name}: ") for text in found(corpus))


def test_hidden_files_of_editors_and_half_written_ones_are_no_records(corpus):
    (corpus.records / ".reed-bed.yaml").write_text("half")
    (corpus.records / ".#reed-bed.yaml").symlink_to("user@host")
    assert corpus.ids() == IDS
    assert found(corpus) == []


@pytest.mark.parametrize("char", ["\\0", "\\x07", "\\e", "\\x7f", "\\N", "\\uFEFF", "\\uFFFF"])
def test_control_characters_are_refused_even_when_escaped(corpus, char):
    edit(corpus, "title: Reed beds", f'title: "Reed {char} beds"\n#')
    assert "records/reed-bed.yaml: title: holds control characters" in found(corpus)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"type": "poem"}, "type: 'poem' is not in vocabulary 'type'"),
        ({"evidence_level": "strong"}, "evidence_level: 'strong' is not in vocabulary 'evidence_level'"),
        ({"tags": [tag("mood", "happy")]}, "tags mood happy: there is no vocabulary 'mood'"),
        ({"tags": [tag("theme", "eco-moon")]}, "tags theme eco-moon: 'eco-moon' is not in vocabulary 'theme'"),
        ({"tags": [tag("target", "8")]}, "tags target 8: write 'GBF-TARGET-08'"),
        ({"tags": [tag("country", "ken")]}, "tags country ken: write 'KEN'"),
        ({"tags": [tag("theme", "eco")]}, "tags theme eco: is a group"),
        ({"replaces": ["reed-bed"]}, "replaces: record 'reed-bed' still exists"),
        ({"replaces": ["old-case"]}, "replaces: 'old-case' is also replaced by 'merged-case'"),
    ],
)
def test_what_contradicts_the_vocabularies_or_other_records_is_found(corpus, changes, said):
    put(corpus, **changes)
    assert [text for text in found(corpus) if text.startswith(f"records/new-case.yaml: {said}")] == found(corpus) != []


@pytest.mark.parametrize(
    ("field", "quote", "good"),
    [
        ("title", "Reed beds clean", True),
        ("abstract", "around its lake. The water", True),
        ("source_tags", "wetland", True),
        ("title", "reed beds clean", False),
        ("abstract", "Reed beds clean", False),
        ("results", "anything", False),
        ("no_such_field", "anything", False),
        ("provenance", "test", False),
        ("concepts", "anything", False),
    ],
)
def test_evidence_is_the_words_of_the_record(corpus, field, quote, good):
    evidence = {"field": field, "quote": quote}
    put(corpus, source_tags=["wetland"], tags=[{**tag("theme", "eco-urban"), "evidence": evidence}])
    assert (found(corpus) == []) is good
    assert good or "tags theme eco-urban: evidence" in found(corpus)[0]


def test_all_problems_of_all_files_come_at_once(corpus):
    path_of(corpus, "gone-case").write_text("id: a: b", encoding="utf-8")
    edit(corpus, "status: published", "status: ready\ncolour: green", "mangrove-nursery")
    edit(corpus, "type: case-study", "type: poem")
    places = [(problem.file, problem.field) for problem in corpus.check()]
    assert places == [
        ("records/gone-case.yaml", "line 1"),
        ("records/mangrove-nursery.yaml", "colour"),
        ("records/mangrove-nursery.yaml", "status"),
        ("records/reed-bed.yaml", "type"),
    ]


def test_a_broken_vocabulary_does_not_hide_what_is_wrong_with_records(corpus):
    (corpus.folder / "vocabularies" / "theme.yaml").write_text("concepts: none", encoding="utf-8")
    path_of(corpus).write_text("id: [", encoding="utf-8")
    assert {problem.file for problem in corpus.check()} == {"vocabularies/theme.yaml", "records/reed-bed.yaml"}


def test_a_missing_vocabulary_is_a_problem_not_a_crash(corpus):
    (corpus.folder / "vocabularies" / "type.yaml").unlink()
    assert any("'type'" in text for text in found(corpus))


@pytest.mark.parametrize(("old", "new"), [(b"id:", b"# note\nid:"), (b"\n", b"\r\n"), (b"title: ", b"title:   ")])
def test_formatting_puts_a_file_into_canonical_form_once(corpus, old, new):
    canonical = path_of(corpus).read_bytes()
    path_of(corpus).write_bytes(canonical.replace(old, new))
    assert found(corpus) == ["records/reed-bed.yaml: is not in canonical form (run: hub corpus format)"]
    assert corpus.format() == (["reed-bed"], [])
    assert path_of(corpus).read_bytes() == canonical
    assert corpus.format() == ([], [])


def test_formatting_leaves_a_damaged_file_alone_and_says_so(corpus):
    path_of(corpus).write_text("id: [", encoding="utf-8")
    edit(corpus, "title: A draft", "title:   A draft", "draft-case")
    changed, problems = corpus.format()
    assert (changed, [problem.file for problem in problems]) == (["draft-case"], ["records/reed-bed.yaml"])
    assert path_of(corpus).read_text(encoding="utf-8") == "id: ["


def test_formatting_does_not_drop_one_of_two_values_of_a_key(corpus):
    with path_of(corpus).open("a", encoding="utf-8") as file:
        file.write("title: Another title\n")
    before = path_of(corpus).read_bytes()
    corpus.format()
    assert path_of(corpus).read_bytes() == before


def test_a_record_that_would_be_blank_is_a_problem_not_a_crash(corpus):
    edit(corpus, "title: Reed beds", 'title: "  "\n#')
    assert "records/reed-bed.yaml: title: is missing" in found(corpus)


def test_a_write_gives_the_revision_for_the_next_one(corpus):
    revision = corpus.write(make_record("new-case"), None)
    assert corpus.entry("new-case").revision == revision
    corpus.write(make_record("new-case", title="Second thoughts"), revision)
    assert corpus.get("new-case").title == "Second thoughts"


def test_a_stale_revision_is_refused_and_the_other_change_kept(corpus):
    stale = corpus.entry("reed-bed")
    edit(corpus, "title: Reed beds", "title: Reeds")
    before = snapshot(corpus)
    with pytest.raises(Conflict, match="reed-bed"):
        corpus.write(stale.record, stale.revision)
    assert snapshot(corpus) == before


def test_a_new_record_never_overwrites_and_a_deleted_one_never_returns(corpus):
    entry = corpus.entry("reed-bed")
    with pytest.raises(Conflict):
        corpus.write(entry.record, None)
    path_of(corpus).unlink()
    with pytest.raises(Conflict):
        corpus.write(entry.record, entry.revision)
    assert not path_of(corpus).exists()


def test_a_record_read_while_another_writes_cannot_overwrite_that(corpus, monkeypatch):
    read = Path.read_bytes

    def read_while_another_writes(path):
        content = read(path)
        if path == path_of(corpus):
            path.write_bytes(content.replace(b"title: Reed beds", b"title: Reeds"))
        return content

    monkeypatch.setattr(Path, "read_bytes", read_while_another_writes)
    entry = corpus.entry("reed-bed")
    monkeypatch.undo()
    with pytest.raises(Conflict):
        corpus.write(entry.record, entry.revision)


@pytest.mark.parametrize("step", ["replace", "fsync"])
def test_a_write_that_fails_leaves_the_old_file_and_no_litter(corpus, monkeypatch, step):
    def fail(*_):
        raise OSError(28, "No space left on device")

    entry, before = corpus.entry("reed-bed"), snapshot(corpus)
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space"):
        corpus.write(replace(entry.record, title="New"), entry.revision)
    assert snapshot(corpus) == before


def test_a_record_that_would_not_read_back_is_never_written(corpus):
    entry, before = corpus.entry("reed-bed"), snapshot(corpus)
    for wrong in ({"title": ""}, {"title": " untrimmed"}, {"title": "bell \x07"}, {"title": "\ud800"}, {"url": "x"}):
        with pytest.raises(InvalidRecord):
            corpus.write(replace(entry.record, **wrong), entry.revision)
    assert snapshot(corpus) == before


def test_a_corpus_somebody_else_is_writing_to_is_a_conflict(corpus, monkeypatch):
    entry = corpus.entry("reed-bed")
    monkeypatch.setattr("hub.corpus.FileLock", lambda path, **_: FileLock(path, timeout=0))
    with FileLock(corpus.folder / ".lock"), pytest.raises(Conflict):
        corpus.write(entry.record, entry.revision)


def test_of_many_writers_with_one_revision_only_one_wins(corpus):
    entry, start = corpus.entry("reed-bed"), threading.Barrier(8)

    def wins(title):
        start.wait()
        try:
            Corpus(corpus.folder).write(replace(entry.record, title=title), entry.revision)
        except Conflict:
            return False
        return True

    titles = [f"Title {number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        won = [title for title, wins_ in zip(titles, pool.map(wins, titles), strict=True) if wins_]
    assert won == [corpus.get("reed-bed").title]


def test_the_revision_of_the_corpus_changes_with_its_content_only(corpus):
    first = corpus.revision()
    entry = corpus.entry("reed-bed")
    corpus.write(entry.record, entry.revision)
    (corpus.folder / "README.md").write_text("notes", encoding="utf-8")
    assert corpus.revision() == first
    edit(corpus, "title: Reed beds", "title: Reeds")
    second = corpus.revision()
    path_of(corpus).rename(path_of(corpus, "renamed"))
    third = corpus.revision()
    (corpus.folder / "vocabularies" / "type.yaml").write_text("label: {}", encoding="utf-8")
    assert len({first, second, third, corpus.revision()}) == 4


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("type", "tool", None),
        ("type", "song", "'song' is not in vocabulary 'type'"),
        ("evidence_level", "measured", None),
        ("language", "pt-BR", None),
        ("language", "Klingon!", "'Klingon!'"),
        ("began", "2014", None),
        ("ended", "banana", "'banana'"),
        ("organisations", "Town of Clara", None),
        ("title", "Better", "nothing can be proposed for 'title'"),
    ],
)
def test_proposals_are_values_that_their_fields_can_have(corpus, name, value, message):
    record = make_record(proposals=[tag(name, value, "suggested")])
    found = [text for _, text in check_record(record, corpus.vocabularies())]
    assert len(found) == (message is not None), found
    assert all(message in text for text in found)


def test_a_proposal_quotes_the_record(corpus):
    wrong = tag("ended", "2014", "suggested") | {"evidence": {"field": "abstract", "quote": "until 2014"}}
    (found,) = check_record(make_record(proposals=[wrong]), corpus.vocabularies())
    assert found == ("proposals ended 2014", "evidence is not in field 'abstract' word for word: 'until 2014'")


def test_a_proposal_is_made_once():
    twice = [tag("ended", "2014", "suggested"), tag("ended", "2014", "rejected")]
    with pytest.raises(InvalidRecord, match="proposals: ended 2014 is given twice"):
        make_record(proposals=twice)
