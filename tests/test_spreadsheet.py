"""Curation by spreadsheet: what was not changed stays, what is wrong is named with its row, nobody's work is lost."""

import csv
import io
import re

import pytest
from click.testing import CliRunner
from conftest import make_record, tag
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.corpus import Entry, format_record
from hub.curation.form import EDITABLE
from hub.curation.spreadsheet import (
    LIMIT,
    MOST_ROWS,
    Kind,
    apply,
    columns,
    export_rows,
    read_changes,
    write_csv,
)
from hub.errors import Forbidden, HubError, InvalidRequest
from hub.parse import CONTROL
from hub.record import Decision
from hub.sheet_commands import export_command, import_command, shortened

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "'=x", "''-x", "'s-Hertogenbosch", "2014-05", "2014-05-31", "'2014", "007"]
FORMULAS += ["123456789012", "12e4", "''", "'", "plain", 'a "b", c; d\te', "one\n=two"]
NEW = {
    "title": "Otters return to the Łyna", "source": "example-portal", "url": "https://example.org/otters",
    "abstract": "Otters came back.", "language": "en", "type": "case-study",
}  # fmt: skip


def put(corpus, record_id="reed-bed", **changes):
    record = make_record(record_id, **changes)
    (corpus.records / f"{record_id}.yaml").write_text(format_record(record), encoding="utf-8")


def exported(corpus):
    file = io.BytesIO()
    write_csv(file, corpus.entries(), corpus.vocabularies())
    return file.getvalue()


def rows_of(content):
    return {row["id"]: row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))}


def written(rows, delimiter=",", encoding="utf-8-sig"):
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, names, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def read(corpus, *rows, **given):
    return read_changes(io.BytesIO(written(rows)), corpus, **given).rows


def edited(corpus, record_id="reed-bed", **cells):
    """What becomes of one row of the exported sheet with some cells changed."""
    return read(corpus, rows_of(exported(corpus))[record_id] | cells, by="j.doe", at="2026-11-26")[0]


def said(row):
    return [str(problem) for problem in row.problems]


def tags_of(record):
    return {(t.vocabulary, t.concept): t.decision for t in record.tags}


def test_a_sheet_is_csv_as_excel_wants_it(corpus):
    put(corpus, translations={"fr": {"title": "Roseaux", "abstract": "Une ville."}}, text="one\ntwo",
        tags=[tag("target", "GBF-TARGET-11"), tag("target", "GBF-TARGET-02"),
              tag("target", "GBF-TARGET-08", "suggested"), tag("region", "002", "rejected")])  # fmt: skip
    content = exported(corpus)
    assert content.startswith(b"\xef\xbb\xbfid,revision,status,source,title,language,type,abstract,")
    assert content.endswith(b"\r\n") and b"\n" not in re.sub(rb'"[^"]*"|\r\n', b"", content)
    row = rows_of(content)["reed-bed"]
    tags = [
        f"{name}{of}" for name in ("target", "theme", "country", "region") for of in ("", "_suggested", "_rejected")
    ]
    translated = ["translation.fr.title", "translation.fr.abstract"]
    assert list(row) == ["id", "revision", "status", "source", *EDITABLE, *translated, *tags]
    assert (row["target"], row["target_suggested"], row["region_rejected"], row["theme"]) == ("11; 2", "8", "'002", "")
    assert (row["text"], row["translation.fr.title"], row["status"]) == ("one\ntwo", "Roseaux", "published")
    assert row["revision"].lstrip("'") == corpus.entry("reed-bed").revision


def test_a_sheet_of_nothing_has_its_columns(corpus):
    file = io.BytesIO()
    write_csv(file, [], corpus.vocabularies())
    assert read_changes(io.BytesIO(file.getvalue()), corpus).rows == ()
    assert "translation.fr.title" not in columns(corpus.entries())


def test_a_damaged_record_is_left_out_of_a_sheet(corpus):
    (corpus.records / "reed-bed.yaml").write_text("id: [")
    assert "reed-bed" not in rows_of(exported(corpus))
    (row,) = read(corpus, {"id": "reed-bed", "title": "New"})
    assert row.kind is Kind.WRONG and said(row)[0].startswith("row 2: id: its file is damaged: records/reed-bed.yaml")


def test_a_sheet_that_nobody_touched_changes_nothing(real_corpus):
    plan = read_changes(io.BytesIO(exported(real_corpus)), real_corpus)
    assert {row.kind for row in plan.rows} == {Kind.UNCHANGED}
    assert [row.id for row in plan.rows] == real_corpus.ids()


@pytest.fixture(scope="module")
def vocabularies(real_corpus):
    return real_corpus.vocabularies()


@settings(deadline=None)
@given(st.lists(st.text(max_size=20) | st.sampled_from(FORMULAS), min_size=1, max_size=6).map("\n".join))
@example("=1+1")
def test_no_cell_is_a_formula(vocabularies, text):
    text = CONTROL.sub("", text).strip() or "x"
    line = " ".join(text.split())
    record = make_record(title=line, text=text, organisations=line.split(), source_id="=1", place=line)
    (row,) = export_rows([Entry(record.id, "1234567890123456", record)], vocabularies)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    assert row["revision"] == "'1234567890123456"
    assert row["title"] in (line, f"'{line}")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_is_protected_comes_back_as_it_was(corpus, text):
    put(corpus, title=" ".join(text.split()), text=text, place=" ".join(text.split()), began="2014-05",
        point={"lat": -1.5, "lon": 30, "precision": "exact"}, tags=[tag("region", "002")])  # fmt: skip
    row = rows_of(exported(corpus))["reed-bed"]
    assert row["point"] == "'-1.5, 30.0 (exact)" and row["began"] == "'2014-05"
    assert edited(corpus).kind is Kind.UNCHANGED
    assert edited(corpus, point="-1.5, 30.0 (exact)", began="2014-05", region="2").kind is Kind.UNCHANGED


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_sheet_is_read_however_excel_saved_it(corpus, delimiter, encoding):
    rows = [{"title": 'Ρeed, beds; "clean"', "id": "reed-bed", "abstract": ""}, {"id": ""}, {"id": "gone-case"}]
    rows[0]["abstract"] = "Una; città,\r\nche pulisce".replace("\r\n", " ")
    rows[2] |= {"title": "Gone", "abstract": corpus.get("gone-case").abstract}
    content = written(rows, delimiter, encoding)
    plan = read_changes(io.BytesIO(content), corpus)
    assert [(row.line, row.id, row.kind) for row in plan.rows] == [
        (2, "reed-bed", "changed"),
        (4, "gone-case", "changed"),
    ]
    assert plan.rows[0].record.title == 'Ρeed, beds; "clean"'
    if encoding == "utf-8":
        marked = read_changes(io.BytesIO(f"sep={delimiter}\r\n".encode() + content), corpus)
        assert marked == plan


def test_rows_and_columns_that_are_left_out_change_nothing(corpus):
    (row,) = read(corpus, {"title": "Reed belts clean the water of a lake", "id": "reed-bed"})
    assert (row.kind, row.expected) == (Kind.CHANGED, corpus.entry("reed-bed").revision)
    assert [(d.name, d.after) for d in row.differences] == [("title", "Reed belts clean the water of a lake")]
    assert row.record.tags == corpus.get("reed-bed").tags
    short = read_changes(io.BytesIO(b"id,title,place,\r\nreed-bed,Reed belts\r\n"), corpus).rows
    assert short[0].record.title == "Reed belts"


@pytest.fixture
def _limit_of_csv():
    """The limit that Python begins with, for all that is read in the same process can change it."""
    before = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("_limit_of_csv")
@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "is empty; its first row has to name the columns"),
        (b"\r\n\r\n", "has no names of columns"),
        (b"id,Title,mood\nreed-bed,x,y\n", "has columns that are not known: 'Title', 'mood'. Columns are id, revision"),
        (b"id,title,translation.x_Y.title\n", "not known: 'translation.x_Y.title'"),
        (b"id,title,id\n", "has more than one column id"),
        (b'id,title\nreed-bed,"x\n\nmore\n', "is not valid CSV in row 2: unexpected end of data"),
        ("id,title\nreed-bed,Forêt\n".encode("cp1252"), "is no text in UTF-8 or UTF-16; in Excel, save it as"),
        (b"PK\x03\x04\xff\xfe", "is no text in UTF-8"),
        (b"\xff\xfei", "is no text in UTF-8"),
        (b"id,title\nreed-bed," + b"x" * 200_000, "is not valid CSV in row 2: field larger than field limit"),
        (b"id\n" + b"x\n" * (MOST_ROWS + 1), "has more than 100,000 rows"),
        (b"x" * (LIMIT + 1), "is larger than 50 MB"),
    ],
)
def test_what_is_no_sheet_is_refused_in_one_sentence(corpus, content, error):
    with pytest.raises(InvalidRequest, match=re.escape(error)) as caught:
        read_changes(io.BytesIO(content), corpus)
    assert caught.value.parameter == "file" and "\n" not in str(caught.value)


def test_everything_wrong_in_a_row_is_said_with_its_place(corpus):
    row = edited(corpus, title="", began="2014-13", status="hidden", source="elsewhere", target="2; 99",
                 theme_rejected="eco", country="", country_suggested="FRA")  # fmt: skip
    assert row.kind is Kind.WRONG and row.record is None
    assert said(row) == [
        "row 2: title: is missing",
        "row 2: began: '2014-13' is not a year or date such as 2014, 2014-05 or 2014-05-31",
        "row 2: status: 'hidden' is not one of draft, published, withdrawn",
        "row 2: source: is 'example-portal' and stays so",
        "row 2: target: there is no target '99'",
        "row 2: country: DEU is gone; move it to country_rejected, or to country_suggested to undecide it",
        "row 2: country_suggested: FRA was not suggested; move it to country to accept it",
    ]
    assert said(edited(corpus, theme="eco; eco-freshwater")) == [
        "row 2: tags theme eco: is a group and cannot be given to a record; choose one of its members"
    ]
    assert said(edited(corpus, type="poem")) == ["row 2: type: 'poem' is not in vocabulary 'type'"]


def test_a_record_is_in_one_row_and_a_row_has_no_more_cells_than_columns(corpus):
    content = b"id,title\nreed-bed,A\nreed-bed,B\ngone-case,C,D\n"
    rows = read_changes(io.BytesIO(content), corpus).rows
    assert [said(row) for row in rows] == [
        [], ["row 3: id: is also in row 2"], ["row 4: has more cells than there are columns"],
    ]  # fmt: skip


def test_what_was_wrong_before_is_not_held_against_a_row(corpus):
    put(corpus, type="poem", tags=[tag("theme", "eco-moon"), tag("target", "GBF-TARGET-02")])
    assert edited(corpus).kind is Kind.UNCHANGED
    row = edited(corpus, title="New", target_rejected="2", target="")
    assert row.kind is Kind.CHANGED
    assert tags_of(row.record)["theme", "eco-moon"] is Decision.ACCEPTED


def test_to_decide_is_to_move_a_concept_to_another_cell(corpus):
    machine = {
        "vocabulary": "target",
        "concept": "GBF-TARGET-08",
        "decision": "suggested",
        "method": "model",
        "score": 0.8,
    }
    put(corpus, tags=[tag("target", "GBF-TARGET-02"), machine, {**machine, "concept": "GBF-TARGET-07"}])
    row = edited(corpus, target="8, gbf-target-11", target_suggested="", target_rejected="7; 2; 7", country="ken")
    assert tags_of(row.record) == {
        ("target", "GBF-TARGET-02"): Decision.REJECTED, ("target", "GBF-TARGET-08"): Decision.ACCEPTED,
        ("target", "GBF-TARGET-07"): Decision.REJECTED, ("target", "GBF-TARGET-11"): Decision.ACCEPTED,
        ("country", "KEN"): Decision.ACCEPTED,
    }  # fmt: skip
    assert {(t.by, t.at) for t in row.record.tags} == {("j.doe", "2026-11-26")}
    assert [t.method for t in row.record.tags] == ["curator", "model", "model", "curator", "curator"]
    assert [d.name for d in row.differences][:2] == ["tags target GBF-TARGET-02", "tags target GBF-TARGET-08"]
    taken_back = edited(corpus, target="", target_suggested="8; 7; 2")
    assert tags_of(taken_back.record).keys() == {("target", "GBF-TARGET-08"), ("target", "GBF-TARGET-07")}
    assert said(edited(corpus, target_rejected="2")) == ["row 2: target_rejected: 2 is also in target"]
    assert edited(corpus, target_suggested="7; 8").kind is Kind.UNCHANGED


def test_a_cell_of_decisions_without_its_neighbours_can_only_add(corpus):
    put(corpus, tags=[tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-08", "rejected")])
    (row,) = read(corpus, {"id": "reed-bed", "target": "2; 8"})
    assert set(tags_of(row.record).values()) == {Decision.ACCEPTED}
    (row,) = read(corpus, {"id": "reed-bed", "target": ""})
    assert said(row) == ["row 2: target: 2 is gone; move it to target_rejected, or to target_suggested to undecide it"]


def test_a_quotation_whose_words_were_rewritten_goes(corpus):
    evidence = {"field": "abstract", "quote": "planted reed beds"}
    put(corpus, tags=[{**tag("target", "GBF-TARGET-02"), "evidence": evidence}])
    row = edited(corpus, abstract="A town made its lake clear.")
    assert row.kind is Kind.CHANGED and [d.name for d in row.differences] == ["abstract", "tags target GBF-TARGET-02"]
    assert edited(corpus, title="New").record.tags[0].evidence is not None


@pytest.mark.parametrize("status", ["draft", "published", "withdrawn"])
def test_a_status_can_become_any_other(corpus, status):
    for record_id, before in (("reed-bed", "published"), ("draft-case", "draft"), ("gone-case", "withdrawn")):
        row = edited(corpus, record_id, status=status)
        assert row.kind is (Kind.UNCHANGED if before == status else Kind.CHANGED)
        assert row.record is None or row.record.status == status


def test_the_words_of_a_source_without_a_licence_are_not_published(corpus):
    seen = {"harvester": "test", "first_seen": "2026-01-01", "last_seen": "2026-01-01", "words": "source"}
    put(corpus, status="draft", provenance=seen)
    assert "published in the source's own words" in said(edited(corpus, status="published"))[0]
    assert edited(corpus, status="published", license="CC BY 4.0").kind is Kind.CHANGED


def test_what_somebody_else_changed_meanwhile_is_a_conflict(corpus):
    sheet = rows_of(exported(corpus))["reed-bed"]
    put(corpus, title="Changed meanwhile", tags=[tag("country", "FRA")])
    for cells in ({}, {"abstract": "Mine."}, {"language": "wrong!"}):
        (row,) = read(corpus, sheet | cells)
        assert (row.kind, row.record) == (Kind.CONFLICT, None)
        assert said(row)[0].startswith("row 2: the record was changed by somebody else since this sheet was exported")
    current = rows_of(exported(corpus))["reed-bed"]
    assert read(corpus, current | {"revision": sheet["revision"]})[0].kind is Kind.UNCHANGED


def test_a_row_without_a_record_brings_a_draft(corpus):
    (row,) = read(
        corpus,
        NEW | {"target": "4", "status": "", "organisations": "A\r\nB", "translation.pl.title": ""},
        at="2026-11-26",
    )
    record = row.record
    assert (row.kind, row.expected, record.id, record.status) == (Kind.NEW, None, "otters-return-to-the-lyna", "draft")
    assert (record.title, record.source, record.organisations) == (NEW["title"], "example-portal", ("A", "B"))
    assert (record.provenance.harvester, record.provenance.first_seen) == ("spreadsheet", "2026-11-26")
    assert tags_of(record) == {("target", "GBF-TARGET-04"): Decision.ACCEPTED}
    assert ("title", "", "", NEW["title"]) in [(d.field, d.entry, d.before, d.after) for d in row.differences]


def test_a_new_row_has_everything_a_draft_needs(corpus):
    (row,) = read(corpus, {"id": "otters", "place": "Łyna", "status": "published"})
    assert sorted(said(row)) == [
        *(f"row 2: {name}: is missing" for name in ("abstract", "language", "source")),
        "row 2: status: a new record begins as a draft",
        *(f"row 2: {name}: is missing" for name in ("title", "type", "url")),
    ]
    assert said(read(corpus, NEW | {"type": "poem"})[0]) == ["row 2: type: 'poem' is not in vocabulary 'type'"]
    assert said(read(corpus, NEW | {"id": "Otters!"})[0])[0].startswith("row 2: id: 'Otters!' is not of the form")
    assert said(read(corpus, NEW | {"id": "../x"})[0])[0].startswith("row 2: id: '../x' is not of the form")


def test_a_record_that_is_gone_or_lives_under_another_id_is_not_made_anew(corpus):
    (row,) = read(corpus, NEW | {"id": "reed-beds", "revision": "0123456789abcdef"})
    assert said(row) == ["row 2: id: there is no record 'reed-beds' (any more); for a new record, leave revision empty"]
    assert said(read(corpus, NEW | {"id": "old-case"})[0]) == ["row 2: id: is a former id of record 'merged-case'"]


def test_ids_of_new_records_are_all_different_and_no_address_comes_twice(corpus):
    again = NEW | {"title": "Reed bed", "url": "https://example.org/1"}
    rows = read(corpus, NEW, again, again | {"url": "https://example.org/2"}, NEW, NEW | {"id": "otters"})
    assert [row.kind for row in rows] == ["new", "new", "new", "wrong", "new"]
    assert [row.record.id for row in rows[1:3]] == ["reed-bed-example-portal", "reed-bed-example-portal-2"]
    assert said(rows[3]) == [
        "row 5: url: is that of record 'otters-return-to-the-lyna'; for another case on the same page, write an id"
    ]
    assert "'reed-bed'" in said(read(corpus, NEW | {"url": "https://example.org/cases/reed-bed"})[0])[0]


def test_what_is_planned_is_written_and_the_sheet_then_changes_nothing(corpus):
    rows = rows_of(exported(corpus))
    rows["reed-bed"] |= {"title": "Reed belts", "target": "2", "target_rejected": "11"}
    sheet = written([*rows.values(), NEW | {"target": "4"}])
    plan = read_changes(io.BytesIO(sheet), corpus, by="j.doe")
    assert [row.kind for row in plan.rows if row.kind is not Kind.UNCHANGED] == ["changed", "new"]
    done = apply(plan, corpus.write)
    assert (done.changed, done.new, done.failed) == (1, 1, ())
    assert (
        corpus.get("reed-bed").title == "Reed belts"
        and corpus.get("otters-return-to-the-lyna").source == "example-portal"
    )
    assert corpus.check() == []
    kinds = {row.kind: row for row in read_changes(io.BytesIO(sheet), corpus).rows}
    assert kinds.keys() == {Kind.UNCHANGED, Kind.WRONG} and "url: is that of record" in said(kinds[Kind.WRONG])[0]


def test_what_cannot_be_written_stops_nothing(corpus):
    ids = ("draft-case", "gone-case", "mangrove-nursery", "reed-bed")
    plan = read_changes(io.BytesIO(written([{"id": one, "title": "New"} for one in ids])), corpus)
    put(corpus, "draft-case", title="Changed meanwhile")

    def write(record, expected):
        if record.id == "gone-case":
            raise Forbidden("Only an editor-in-chief may do this.")
        corpus.write(record, expected)

    done = apply(plan, write)
    assert (done.changed, [(row.id, row.kind) for row in done.failed]) == (
        2,
        [("draft-case", "conflict"), ("gone-case", "wrong")],
    )
    assert "changed by somebody else meanwhile" in said(done.failed[0])[0]
    assert (corpus.get("draft-case").title, corpus.get("reed-bed").title) == ("Changed meanwhile", "New")


@pytest.fixture
def command(corpus, monkeypatch):
    monkeypatch.setenv("HUB_CORPUS", str(corpus.folder))

    def run(which, *arguments, **given):
        done = CliRunner().invoke(which, list(map(str, arguments)), **given)
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return run


def test_the_command_writes_a_sheet_of_what_is_asked_for(command, tmp_path, corpus):
    (corpus.records / "broken.yaml").write_text("id: [")
    done = command(export_command, "--status", "published", "--status", "draft", "--source", "example-portal")
    assert sorted(rows_of(done.stdout_bytes)) == [
        *("draft-case", "indice-de-ciudades", "merged-case", "reed-bed", "tourbiere-du-plateau"),
    ]
    assert done.exit_code == 1 and "records/broken.yaml: line 2" in done.stderr and "5 records." in done.stderr
    (corpus.records / "broken.yaml").unlink()
    done = command(export_command, "--out", tmp_path / "sheet.csv")
    assert (done.exit_code, done.stdout) == (0, "") and (tmp_path / "sheet.csv").read_bytes() == exported(corpus)
    with pytest.raises(HubError, match=r"nowhere/sheet.csv cannot be written: No such file"):
        command(export_command, "--out", tmp_path / "nowhere" / "sheet.csv")


def test_the_command_shows_field_by_field_and_writes_only_when_told(command, corpus, tmp_path):
    sheet, before = tmp_path / "sheet.csv", corpus.get("reed-bed")
    rows = rows_of(exported(corpus))
    changed = rows["reed-bed"] | {
        "title": "Reed belts clean the water of a lake",
        "country": "",
        "country_rejected": "DEU",
    }
    sheet.write_bytes(written([changed, rows["gone-case"]]))
    shown = command(import_command, sheet, "--by", "j.doe")
    assert shown.exit_code == 0 and shown.stdout.splitlines()[:2] == [
        "reed-bed, row 2: changed",
        "  title: Reed beds clean the water of a lake → Reed belts clean the water of a lake",
    ]
    assert "  tags country DEU: accepted, curator → rejected, curator, j.doe, " in shown.stdout
    assert "2 rows: 1 unchanged, 1 changed.\nNothing is written yet; --write does." in shown.stdout
    assert corpus.get("reed-bed") == before
    done = command(import_command, "-", "--write", input=sheet.read_bytes())
    assert done.exit_code == 0 and "Written: 1 changed, 0 new." in done.stdout
    assert corpus.get("reed-bed").title == "Reed belts clean the water of a lake"


def test_wrong_rows_keep_all_from_being_written_unless_they_are_skipped(command, corpus, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_bytes(written([{"id": "reed-bed", "title": "New"}, {"id": "gone-case", "title": ""}]))
    done = command(import_command, sheet, "--write")
    assert done.exit_code == 1 and corpus.get("reed-bed").title != "New"
    assert (
        "gone-case, row 3: wrong\n  title: is missing\n" in done.stdout
        and "leave it out with --skip-wrong" in done.stderr
    )
    done = command(import_command, sheet, "--write", "--skip-wrong")
    assert done.exit_code == 1 and corpus.get("reed-bed").title == "New" and "Written: 1 changed" in done.stdout


def test_a_conflict_is_shown_and_the_others_are_written(command, corpus, tmp_path):
    sheet = tmp_path / "sheet.csv"
    rows = rows_of(exported(corpus))
    put(corpus, title="Changed meanwhile")
    sheet.write_bytes(
        written([rows["reed-bed"] | {"title": "Mine"}, rows["gone-case"] | {"title": "New \x1b[31m"[:4]}])
    )
    done = command(import_command, sheet, "--write")
    assert done.exit_code == 1 and "reed-bed, row 2: conflict\n  the record was changed by somebody else" in done.stdout
    assert "  title: Changed meanwhile → Mine" in done.stdout
    assert (corpus.get("reed-bed").title, corpus.get("gone-case").title) == ("Changed meanwhile", "New")


def test_what_a_terminal_would_obey_is_not_printed(command, tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("id,target\n\x1b[31mred,[bold]x[/bold]\n")
    done = command(import_command, sheet)
    assert done.exit_code == 1 and "\x1b" not in done.stdout and "[bold]x[/bold]" in done.stdout


def test_long_texts_are_shortened_around_what_changed():
    start, end = "A town planted reeds around its lake. " * 20, " The water became clear within three years." * 20
    assert shortened(start + "Ducks came." + end, start + "Herons came." + end) == (
        "… planted reeds around its lake. Ducks came. The water became clear …",
        "… planted reeds around its lake. Herons came. The water became clear …",
    )
    assert shortened("", "one\n\ntwo") == ("(empty)", "one ¶ ¶ two")
    assert shortened("same", "same and more") == ("same", "same and more")
    before, after = shortened("x" * 1000, "word " * 1000)
    assert len(before) < 250 and len(after) < 250
