"""The cells of a table file as text, row by row: CSV in any usual form, and XLSX."""

from __future__ import annotations

import codecs
import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from charset_normalizer import from_bytes

from indexer.harvest.item import Unreadable

Rows = Iterator[tuple[int, list[str]]]

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_DELIMITERS = ",;\t|"
_SAMPLE = 200_000  # characters or bytes that an encoding or delimiter is guessed from
_LONGEST = 1_000_000  # characters of a cell
_MOST_ROWS = 200_000
_LAST_ROW = 1_048_576  # that Excel can have
_MOST_LOOKED_AT = 4 * _LAST_ROW  # of all sheets, for those before the chosen one may be empty
_MOST_COLUMNS = 500
_BIGGEST = 100_000_000  # bytes of a workbook, unpacked
_MOST_PARTS = 5_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


def is_xlsx(body: bytes) -> bool:
    """Whether this is a packed or an old office file, rather than text."""
    return body.startswith((b"PK\x03\x04", _OLD_OFFICE))


def csv_rows(body: bytes, what: str, charset: str = "") -> Rows:
    """The rows of a CSV file with their numbers from 1, as people count them. Raises Unreadable."""
    text = _text(body, what, charset)
    csv.field_size_limit(_LONGEST)
    delimiter, text = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    try:
        for number, row in enumerate(reader, 1):
            if number > _MOST_ROWS:
                raise Unreadable(f"{what} has more than {_MOST_ROWS:,} rows")
            yield number, [cell.strip() for cell in row[:_MOST_COLUMNS]]
    except csv.Error as error:
        raise Unreadable(f"{what} cannot be read as CSV after line {reader.line_num}: {error}") from None


def _text(body: bytes, what: str, charset: str) -> str:
    """The text of a CSV file in whatever encoding."""
    stated = next((name for mark, name in _MARKS.items() if body.startswith(mark)), "")
    for name in (stated, "utf-8", charset):
        try:
            if name:
                return body.decode(name).replace("\0", "")
        except (UnicodeError, LookupError):
            continue
    if b"\0" in body[:_SAMPLE]:
        raise Unreadable(f"{what} is no table but a binary file")
    best = from_bytes(body[:_SAMPLE]).best()
    return body.decode(best.encoding if best else "cp1252", "replace")


def _delimiter(text: str) -> tuple[str, str]:
    """The character that divides cells, and the text after a line that only names it (sep=;)."""
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        return first.strip()[4], rest
    return max(_DELIMITERS, key=lambda mark: _agreement(text[:_SAMPLE], mark)), text


def _agreement(sample: str, mark: str) -> float:
    """How well a delimiter explains the text: rows of many cells, and of the same number."""
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=mark, skipinitialspace=True):
            widths += [len(row)] if any(cell.strip() for cell in row) else []
            if len(widths) == 200:
                break
    except csv.Error:
        return 0
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
    return (usual - 1) * widths.count(usual) / len(widths) if widths else 0


def xlsx_rows(body: bytes, what: str, sheet: str = "") -> Rows:
    """The rows of a worksheet with their numbers. Raises Unreadable, also where the file would be huge unpacked."""
    if body.startswith(_OLD_OFFICE):
        raise Unreadable(f"{what} is an Excel file of the old kind (.xls) or has a password; save it as .xlsx or .csv")
    has_formulas = _checked(body, what)
    rows = _sheet(body, what, sheet, results=True)
    formulas = _sheet(body, what, sheet, results=False) if has_formulas else rows
    for number, cells in formulas.items():
        results = rows.get(number, [])
        yield number, [(results[place] if place < len(results) else "") or cell for place, cell in enumerate(cells)]


def _checked(body: bytes, what: str) -> bool:
    """Refuses a workbook that is dangerous to open; whether it has formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            parts = archive.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _BIGGEST:
                raise Unreadable(f"{what} holds more than {_BIGGEST // 1_000_000} MB when unpacked")
            if "xl/workbook.xml" not in archive.namelist():
                raise Unreadable(f"{what} is a packed file but no Excel workbook (.xlsx)")
            formulas = False
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    content = archive.read(part)
                    if b"<!DOCTYPE" in content.replace(b"\0", b""):
                        raise Unreadable(f"{what} declares entities, which are not read")
                    formulas = formulas or (part.filename.startswith("xl/worksheets/") and b"<f" in content)
            return formulas
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as error:
        raise Unreadable(f"{what} is a damaged Excel file: {error}") from None


def _sheet(body: bytes, what: str, name: str, results: bool) -> dict[int, list[str]]:
    """The cells of a worksheet as text: of formulas what they came to, or the formulas themselves."""
    from openpyxl import load_workbook  # noqa: PLC0415 - takes long to load, and few sources need it

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        try:
            book = load_workbook(io.BytesIO(body), read_only=True, data_only=results, keep_links=False)
        except Exception as error:  # whatever a damaged file makes of the reader
            raise Unreadable(f"{what} is a damaged Excel file: {error}") from None
        try:
            return _read(book, what, name)
        except Unreadable:
            raise
        except Exception as error:  # the same: parts are read only now
            raise Unreadable(f"{what} is a damaged Excel file: {error}") from None
        finally:
            book.close()


def _read(book: Any, what: str, name: str) -> dict[int, list[str]]:
    sheets = [sheet for sheet in book.worksheets if not name or sheet.title.strip().lower() == name.strip().lower()]
    if not sheets:
        there = ", ".join(sheet.title for sheet in book.worksheets)
        raise Unreadable(f"{what} has no worksheet {name!r} (there are: {there})")
    left = _MOST_LOOKED_AT
    for sheet in sheets:
        sheet.reset_dimensions()  # what a file says of its size may be wrong
        rows: dict[int, list[str]] = {}
        for number, row in enumerate(sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True), 1):
            left -= 1  # gaps between rows come as empty rows
            if number > _LAST_ROW or left < 0:
                raise Unreadable(f"{what} has more than {_LAST_ROW:,} rows, empty ones counted")
            if row.count(None) < len(row):
                rows[number] = [_cell(value) for value in row]
            if len(rows) > _MOST_ROWS:
                raise Unreadable(f"{what} has more than {_MOST_ROWS:,} rows")
        if any(any(row) for row in rows.values()):
            return rows
    return {}


def _cell(value: Any) -> str:
    """The value of a cell as text."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).replace("_x000D_", "").strip()
