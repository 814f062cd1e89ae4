"""Tables: CSV as people save it, workbooks, and files that only pretend."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from bounded import bounded
from openpyxl import Workbook
from test_harvest_xml import SHARED, SITE, data, getter, source, split

from indexer.harvest.item import Reference, Skipped, Unreadable
from indexer.harvest.protocols import cells, table
from indexer.harvest.protocols.identity import references, short_id


def read(body: bytes, charset: str = "", **options: str) -> tuple[list[Reference], dict[str, Skipped]]:
    return split(table.rows(body, "it", charset, options, SITE))


def values(body: bytes, **options: str) -> list[dict[str, Any]]:
    return [dict(each.data or {}) for each in read(body, **options)[0]]


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, more in sheets.items():
        sheet = book.create_sheet(name)
        for row in more:
            sheet.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def test_a_csv_file_as_people_save_it() -> None:
    found, skipped = split(
        table.gather(source(SITE, options={"id": "ID"}), getter({SITE: data("table/cases.csv")}), "")
    )
    assert [each.id for each in found] == ["7", "8"]
    assert found[0].data == {
        "Id": "7",
        "Title": "Two lines\r\nof a title",
        "Country": "France",
        "column 4": "extra",
        "Title (2)": "second",
    }
    assert found[1].data == {"Id": "8", "Title": "Dunes", "Country": "Spain; Portugal", "column 7": "more"}
    assert "same id as row 4" in skipped["row 7"].reason
    assert "nothing in 'Id'" in skipped["row 8"].reason


def test_without_an_id_rows_keep_the_one_they_are_given() -> None:
    one = read(b"title,place\nReed,Lake\nHeath,Hill\n")[0]
    two = read(b"title,place\nNew,Sea\nHeath,Hilltop\nReed,Lake\n")[0]
    assert {one[0].id, one[1].id} == {two[1].id, two[2].id}
    assert read(b"title,link\nA,/a\nB,/b\n")[0][0].url == SITE + "a"
    assert [each.id for each in read(b"title,url\nA,https://x.example/a\nA,https://x.example/b\n")[0]] == [
        "https://x.example/a",
        "https://x.example/b",
    ]


@pytest.mark.parametrize(
    "body",
    [
        data("table/latin.tsv"),
        "name\tplace\nLac Léman\tGenève\nLac d’Annecy\tAnnecy\n".encode("utf-16"),
        "name|place\nLac Léman|Genève\nLac d’Annecy|Annecy\n".encode(),
        "sep=;\r\nname;place\r\nLac Léman;Genève\r\nLac d’Annecy;Annecy\r\n".encode("utf-8-sig"),
        "name,place\rLac Léman,Genève\rLac d’Annecy,Annecy\r".encode(),
    ],
)
def test_encodings_and_delimiters_are_found_out(body: bytes) -> None:
    assert values(body) == [
        {"name": "Lac Léman", "place": "Genève"},
        {"name": "Lac d’Annecy", "place": "Annecy"},
    ]


def test_the_header_is_found_or_said() -> None:
    body = b"Cases 2024\n,,,\n,For whom?,,\nid,title,country,year\n1,Reed,,\n"
    assert values(body) == [{"id": "1", "title": "Reed"}]
    assert values(body, header="3")[0] == {
        "column 1": "id",
        "For whom?": "title",
        "column 3": "country",
        "column 4": "year",
    }
    with pytest.raises(Unreadable, match="row 2"):
        values(body, header="2")
    with pytest.raises(Unreadable, match="no column 'code'"):
        values(body, id="code")


@pytest.mark.parametrize("body", [b"", b"\n\n", b",,,\n", b"only,a,header\n"])
def test_a_table_without_rows_has_no_items(body: bytes) -> None:
    assert read(body) == ([], {})


def test_a_table_without_rows_says_so() -> None:
    assert list(table.gather(source(SITE), getter({SITE: b"only,a,header\n"}), "")) == [Skipped(SITE, "holds no items")]


def test_ids_are_on_one_line_and_not_too_long() -> None:
    long = "a" * 600
    body = f"id,title\n1\x1b[2J,Reed\n{long}1,Heath\n{long}2,Dune\n".encode()
    found, skipped = split(table.gather(source(SITE), getter({SITE: body}), ""))
    assert skipped == {}
    assert found[0].id == "1 [2J"
    assert {each.id[:301] for each in found[1:]} == {"a" * 300 + "#"}
    assert found[1].id != found[2].id
    assert [len(each.id) for each in found[1:]] == [317, 317]
    assert short_id(found[1].id) == found[1].id


def test_many_columns_like_an_id_are_no_trouble() -> None:
    rows = [(f"row {number}", {"title": str(number)}) for number in range(20_000)]
    rows[0] = ("row 0", {f"id{number}": "x" for number in range(20_000)} | {"title": "0"})
    with bounded(15):
        assert len(list(references(rows))) == 20_000


def test_broken_csv_is_unreadable_or_read_as_it_is() -> None:
    assert values(b'a,b\n1,"never closed\n2,3')[0]["a"] == "1"
    with pytest.raises(Unreadable, match="cannot be read as CSV"):
        values(b'a,b\n"' + b"x" * 1_100_000)
    with pytest.raises(Unreadable, match="binary"):
        values(b"\x89ABC\0\0\xff\xfe\0" * 20)
    with pytest.raises(Unreadable, match="rows"):
        values(b"a,b\n" + b"1,2\n" * 200_001)


def test_a_workbook_is_read_as_text() -> None:
    body = workbook(
        ["About", None, None, None],
        [],
        ["id", "title", "when", "sum"],
        [1, " Reed ", date(2024, 5, 1), "=1+1"],
        [2.0, "Heath", datetime(2024, 5, 1, 10, 30), 2.5],
        [None, None, None, None],
    )
    found, skipped = read(body)
    assert [each.data for each in found] == [
        {"id": "1", "title": "Reed", "when": "2024-05-01", "sum": "=1+1"},
        {"id": "2", "title": "Heath", "when": "2024-05-01T10:30:00", "sum": "2.5"},
    ]
    assert skipped == {}


def test_a_sheet_can_be_chosen() -> None:
    body = workbook(Cases=[["id", "title"], [1, "Reed"]], More=[["id", "title"], [2, "Heath"]])
    assert values(body)[0]["title"] == "Reed"  # the first sheet is empty
    assert values(body, sheet="more")[0]["title"] == "Heath"
    with pytest.raises(Unreadable, match="no worksheet 'x'"):
        values(body, sheet="x")


SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def repacked(body: bytes, name: str, content: bytes) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return saved.getvalue()


def test_dangerous_workbooks_are_not_opened() -> None:
    book = workbook(["id", "title"], [1, "Reed"])
    with pytest.raises(Unreadable, match="100 MB when unpacked"):
        values(repacked(book, "xl/media/bomb.bin", b"\0" * 100_000_001))
    with pytest.raises(Unreadable, match="declares entities"):
        values(repacked(book, "xl/sharedStrings.xml", b'<!DOCTYPE a [<!ENTITY a "b">]><sst/>'))
    with pytest.raises(Unreadable, match="no Excel workbook"):
        values(zipped(b"x"))
    with pytest.raises(Unreadable, match="damaged"):
        values(book[:200])
    with pytest.raises(Unreadable, match="damaged"):
        values(repacked(book, "xl/workbook.xml", b"<broken"))
    with pytest.raises(Unreadable, match=r"\.xls"):
        values(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100)


def zipped(content: bytes) -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("file.txt", content)
    return saved.getvalue()


def test_a_sheet_that_claims_to_be_huge_is_read_as_it_is() -> None:
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:XFD1048576"/>'
        b'<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>title</t></is></c></row>'
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>Reed</t></is></c></row></sheetData></worksheet>'
    )
    assert values(repacked(workbook(["x"]), "xl/worksheets/sheet1.xml", sheet)) == [{"title": "Reed"}]


def sheet(*rows: str) -> bytes:
    cell = '<c t="inlineStr"><is><t>%s</t></is></c>'
    inside = "".join(f'<row r="{row}">{cell % "title"}</row>' for row in rows)
    return f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{inside}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize("last", ["1048577", "99999999999", "9" * 4_000])
def test_a_row_that_no_workbook_has_is_refused_soon(last: str) -> None:
    with bounded(20), pytest.raises(Unreadable, match="more than 1,048,576 rows"):
        values(repacked(workbook(["x"]), "xl/worksheets/sheet1.xml", sheet("1", last)))


def test_many_empty_sheets_are_not_looked_through_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "_MOST_LOOKED_AT", 20_000)
    book = workbook(["x"], **{f"s{number}": [["x"]] for number in range(12)})
    empty = sheet("2000").replace(b"title", b"")
    for number in range(13):
        book = repacked(book, f"xl/worksheets/sheet{number + 1}.xml", empty)
    with pytest.raises(Unreadable, match="rows"):
        values(book)


FILES = sorted(SHARED.glob("fixtures/csv/*.csv")) + sorted(SHARED.glob("payloads/*.csv"))


@pytest.mark.skipif(not FILES, reason=f"there are no real files in {SHARED}")
def test_real_tables_are_read() -> None:
    counts = {}
    for path in FILES:
        found, skipped = read(path.read_bytes())
        assert skipped == {}
        counts[path.name] = len(found)
        assert len({each.id for each in found}) == len(found)
    assert counts["Action_Template_Actions_Text.csv"] == 595
    assert counts["mission_funding.csv"] > 150
