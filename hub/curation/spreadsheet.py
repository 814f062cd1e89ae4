"""Curation by spreadsheet: records as a CSV file for Excel, LibreOffice or any editor, and what was changed in it.

A row is a record. Columns are its id, status and source, the fields of `hub.curation.form`, and its tags: what is
accepted of a vocabulary, and in columns of their own what is suggested and what was rejected. To decide is to move a
concept from one of these cells to another; its place within a cell says nothing. A row or a column that is taken out
changes nothing.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from itertools import zip_longest
from typing import BinaryIO

from msgspec import structs

from hub.cells import FORMULA, freed, guarded
from hub.corpus import Corpus, Entry, check_record
from hub.curation.form import EDITABLE, decide, from_form, is_editable, requoted, to_form, translation_field
from hub.curation.versions import Difference, differences
from hub.errors import Conflict, HubError, InvalidRecord, InvalidRequest, Problem
from hub.ids import new_id
from hub.parse import Wrong
from hub.record import FIELDS, Decision, Provenance, Record, Status
from hub.vocabulary import Vocabularies, Vocabulary

LIMIT = 50_000_000  # bytes of a file
MOST_ROWS = 100_000
NAME = "spreadsheet"  # who brought a new record in, in its provenance
_ABOUT = ("id", "revision", "status", "source")
_VOCABULARIES = ("target", "theme", "country", "region")
_SUFFIX = {Decision.ACCEPTED: "", Decision.SUGGESTED: "_suggested", Decision.REJECTED: "_rejected"}
_TAGS = {f"{name}{suffix}": (name, decision) for name in _VOCABULARIES for decision, suffix in _SUFFIX.items()}
# What a spreadsheet takes for a formula, or for a number or date that it then writes in another way.
_UNSAFE = re.compile(FORMULA + r"|'*(?:0\d+|\d{4}-\d\d(?:-\d\d)?|\d{12,}|\d+[eE]\d+)\Z")

Found = list[tuple[str, str]]  # what is wrong: (column, message)


class Kind(StrEnum):
    """What a row of a sheet does to the corpus."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    NEW = "new"
    CONFLICT = "conflict"
    WRONG = "wrong"


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its number as a spreadsheet shows it, and what it does.

    `record` is what would be written, `expected` the revision of the file that it was made from. Problems say why a
    row is wrong or in conflict.
    """

    line: int
    id: str
    kind: Kind
    record: Record | None = None
    expected: str | None = None
    differences: tuple[Difference, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a sheet would do to the corpus, row by row."""

    rows: tuple[Row, ...]

    def of(self, *kinds: Kind) -> tuple[Row, ...]:
        """The rows of these kinds."""
        return tuple(row for row in self.rows if row.kind in kinds)


@dataclass(frozen=True)
class Applied:
    """What was written: numbers of records, and the rows that could not be, with the reason."""

    changed: int
    new: int
    failed: tuple[Row, ...]


def columns(entries: Iterable[Entry]) -> tuple[str, ...]:
    """The columns of a sheet of these records, with the languages that they are translated into."""
    languages = {language for entry in entries if entry.record for language in entry.record.translations or ()}
    translated = [translation_field(language, part) for language in sorted(languages) for part in ("title", "abstract")]
    return (*_ABOUT, *EDITABLE, *translated, *_TAGS)


def export_rows(entries: Iterable[Entry], vocabularies: Vocabularies) -> Iterator[dict[str, str]]:
    """The rows of a sheet, {column: cell}, safe to open in a spreadsheet. Damaged records have none."""
    entries = list(entries)
    names = columns(entries)
    for entry in entries:
        if entry.record:
            cells = {"revision": entry.revision, **_cells(entry.record, vocabularies)}
            yield {name: guarded(cells.get(name, ""), _UNSAFE) for name in names}


def write_csv(file: BinaryIO, entries: Iterable[Entry], vocabularies: Vocabularies) -> None:
    """Write records as CSV (RFC 4180), in UTF-8 with the mark by which Excel knows it."""
    entries = list(entries)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.DictWriter(text, columns(entries))
    writer.writeheader()
    writer.writerows(export_rows(entries, vocabularies))
    text.detach()


def _cells(record: Record, vocabularies: Vocabularies) -> dict[str, str]:
    cells = {"id": record.id, "status": str(record.status), "source": record.source, **to_form(record)}
    for column, (name, decision) in _TAGS.items():
        cells[column] = "; ".join(_notation(vocabularies[name], one) for one in record.concepts(name, decision))
    return cells


def _notation(vocabulary: Vocabulary, concept: str) -> str:
    found = vocabulary.find(concept)
    return found.notation if found else concept


def _freed(cell: str) -> str:
    return freed(cell.strip(), _UNSAFE)


def read_changes(file: BinaryIO, corpus: Corpus, by: str = "", at: str = "") -> Plan:
    """What a sheet would change in the corpus; nothing is written. `by` decided on the tags, on the day `at` (today).

    A row is compared with the record as it is now; its cell `revision` makes sure that this is what was exported.
    Raises InvalidRequest where the file cannot be read as a sheet.
    """
    content = file.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise _unreadable(f"is larger than {LIMIT // 1_000_000} MB")
    (_, names), *table = _table(content)
    judge = _Judge(corpus, by, at or datetime.now(UTC).date().isoformat())
    return Plan(tuple(judge.row(line, names, row) for line, row in table if any(map(str.strip, row))))


def _unreadable(message: str) -> InvalidRequest:
    return InvalidRequest("file", f"The file {message}.")


def _table(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file with their numbers, first the names of its columns."""
    text = _decoded(content)
    if text.lower().startswith("sep="):  # Excel's own line about the delimiter, which it does not count
        text = text.partition("\n")[2]
    top = re.split(r"[\r\n]", text, maxsplit=1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=top.count), strict=True)
    number = 0
    try:
        for number, row in enumerate(reader, 1):
            if number > MOST_ROWS + 1:
                raise _unreadable(f"has more than {MOST_ROWS:,} rows")
            yield number, row if number > 1 else _names(row)
    except csv.Error as error:
        raise _unreadable(f"is not valid CSV in row {number + 1}: {error}") from None
    if not number:
        raise _unreadable("is empty; its first row has to name the columns")


def _decoded(content: bytes) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable("is no text in UTF-8 or UTF-16; in Excel, save it as “CSV UTF-8”") from None


def _names(row: list[str]) -> list[str]:
    """The names of the columns; all must be known, so that no cell is passed over in silence."""
    names = [_freed(cell) for cell in row]
    while names and not names[-1]:
        names.pop()
    unknown = [name for name in names if name not in (*_ABOUT, *_TAGS) and not is_editable(name)]
    if unknown or not names:
        there = ", ".join((*_ABOUT, *EDITABLE, translation_field("fr", "title"), "…", *_TAGS))
        said = f"columns that are not known: {', '.join(map(repr, unknown))}" if names else "no names of columns"
        raise _unreadable(f"has {said}. Columns are {there}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _unreadable(f"has more than one column {', '.join(twice)}")
    return names


class _Judge:
    """Says of each row of one sheet what it does."""

    def __init__(self, corpus: Corpus, by: str, at: str) -> None:
        self._corpus = corpus
        self._vocabularies = corpus.vocabularies()
        self._by = by
        self._at = at
        self._ids = set(corpus.ids())
        self._lines: dict[str, int] = {}  # where in the sheet a record was met

    @cached_property
    def _there(self) -> tuple[dict[str, str], dict[str, str]]:
        """Former ids, and addresses, with the ids of their records; read late, for most sheets bring nothing new."""
        records = [entry.record for entry in self._corpus.entries() if entry.record]
        former = {old: record.id for record in records for old in record.replaces}
        return former, {record.url: record.id for record in reversed(records)}

    def row(self, line: int, names: list[str], row: list[str]) -> Row:
        """What one row does."""
        cells = {name: _freed(cell) for name, cell in zip_longest(names, row[: len(names)], fillvalue="")}
        record_id = cells.get("id", "")
        try:
            if any(row[len(names) :]):
                raise _wrong(("", "has more cells than there are columns"))
            if record_id in self._lines:
                raise _wrong(("id", f"is also in row {self._lines[record_id]}"))
            return self._known(line, cells) if record_id in self._ids else self._new(line, cells)
        except InvalidRecord as error:
            problems = tuple(replace(problem, file=f"row {line}") for problem in error.problems)
            return Row(line, record_id, Kind.WRONG, problems=problems)

    def _known(self, line: int, cells: Mapping[str, str]) -> Row:
        """What a row does to a record that is there."""
        record_id = cells["id"]
        self._lines[record_id] = line
        entry = self._corpus.entry(record_id)
        if entry.record is None:
            raise _wrong(("id", f"its file is damaged: {entry.problems[0]}"))
        stale = cells.get("revision", "") not in ("", entry.revision)
        said = "the record was changed by somebody else since this sheet was exported; export it again"
        conflict = Row(line, record_id, Kind.CONFLICT, problems=(Problem(f"row {line}", "", said),))
        try:
            record = self._edited(entry.record, cells)
        except InvalidRecord:
            if stale:
                return conflict
            raise
        if record == entry.record:
            return Row(line, record_id, Kind.UNCHANGED)
        record = requoted(record)
        changes = differences(entry.record, record)
        if stale:
            return replace(conflict, differences=changes)
        self._check(record, entry.record)
        return Row(line, record_id, Kind.CHANGED, record, entry.revision, changes)

    def _new(self, line: int, cells: Mapping[str, str]) -> Row:
        """What a row does that has the id of no record: it brings a draft."""
        found = list(self._unfit(cells))
        source, seen = cells.get("source", ""), Provenance(NAME, self._at, self._at)
        record_id = cells.get("id") or new_id(cells.get("title", ""), source or "case", self._taken)
        empty = Record(record_id, Status.DRAFT, "", "", "", "", source, "", seen)
        try:
            record = self._edited(empty, {name: cell for name, cell in cells.items() if name != "status"})
        except InvalidRecord as error:
            found += ((problem.field, problem.message) for problem in error.problems)
        if found:
            raise _wrong(*found)
        self._check(record, None)
        self._lines[record_id] = line
        self._there[1].setdefault(record.url, record_id)
        return Row(line, record_id, Kind.NEW, record, None, differences(None, record))

    def _unfit(self, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """What keeps a row from being a new record, apart from its fields."""
        record_id, (former, addresses) = cells.get("id", ""), self._there
        if cells.get("revision"):
            yield "id", f"there is no record {record_id!r} (any more); for a new record, leave revision empty"
        if record_id in former:
            yield "id", f"is a former id of record {former[record_id]!r}"
        if cells.get("status", "") not in ("", Status.DRAFT):
            yield "status", "a new record begins as a draft"
        owner = addresses.get(cells.get("url", ""))
        if owner and not record_id:
            yield "url", f"is that of record {owner!r}; for another case on the same page, write an id"

    def _taken(self, record_id: str) -> bool:
        return record_id in self._ids or record_id in self._lines or record_id in self._there[0]

    def _edited(self, record: Record, cells: Mapping[str, str]) -> Record:
        """The record with what the cells say. Raises InvalidRecord with all that is wrong in them."""
        found: Found = []
        edited = record
        try:
            edited = from_form(record, {name: cell for name, cell in cells.items() if is_editable(name)})
        except InvalidRecord as error:
            found += ((problem.field, problem.message) for problem in error.problems)
        try:
            edited = structs.replace(edited, status=FIELDS["status"](cells.get("status", str(record.status))))
        except Wrong as error:
            found += (("status", message) for _, message in error.found)
        if cells.get("source", record.source) != record.source:
            found.append(("source", f"is {record.source!r} and stays so"))
        for name in _VOCABULARIES:
            edited, wrong = self._tagged(edited, self._vocabularies[name], cells)
            found += wrong
        if found:
            raise _wrong(*found)
        return edited

    def _tagged(self, record: Record, vocabulary: Vocabulary, cells: Mapping[str, str]) -> tuple[Record, Found]:
        """The record with the decisions on one vocabulary that a row changes, and what is wrong with them."""
        had = {tag.concept: tag.decision for tag in record.tags if tag.vocabulary == vocabulary.id}
        placed, found = _placed(vocabulary, cells, had)
        accepted, suggested, rejected = (f"{vocabulary.id}{suffix}" for suffix in _SUFFIX.values())
        gone = [] if found else [concept for concept in had if concept not in placed]  # misspelt is not gone
        for concept in gone:
            column = f"{vocabulary.id}{_SUFFIX[had[concept]]}"
            if column in cells:
                said = (
                    f"{_notation(vocabulary, concept)} is gone; move it to {rejected}, or to {suggested} to undecide it"
                )
                found.append((column, said))
        for concept, decision in placed.items():
            if decision is Decision.SUGGESTED and concept not in had:
                said = f"{_notation(vocabulary, concept)} was not suggested; move it to {accepted} to accept it"
                found.append((suggested, said))
            record = decide(record, vocabulary.id, concept, decision, self._by, self._at)
        return record, found

    def _check(self, record: Record, before: Record | None) -> None:
        """Raises InvalidRecord with what the vocabularies contradict now and did not before."""
        known = set(check_record(before, self._vocabularies)) if before else set()
        if found := [each for each in check_record(record, self._vocabularies) if each not in known]:
            raise _wrong(*found)


def _wrong(*found: tuple[str, str]) -> InvalidRecord:
    return InvalidRecord(tuple(Problem("", name, message) for name, message in found))


def _placed(vocabulary: Vocabulary, cells: Mapping[str, str], had: Iterable[str]) -> tuple[dict[str, Decision], Found]:
    """Where a row has each concept, by id, and what is wrong with that."""
    known = {_notation(vocabulary, concept).lower(): concept for concept in had}
    placed: dict[str, Decision] = {}
    found: Found = []
    for decision, suffix in _SUFFIX.items():
        column = f"{vocabulary.id}{suffix}"
        for name in filter(None, map(str.strip, re.split(r"[;,\n]", cells.get(column, "")))):
            concept = known.get(name.lower()) or _concept(vocabulary, name)
            if concept is None:
                found.append((column, f"there is no {vocabulary.id} {name!r}"))
            elif placed.setdefault(concept, decision) is not decision:
                found.append((column, f"{name} is also in {vocabulary.id}{_SUFFIX[placed[concept]]}"))
    return placed, found


def _concept(vocabulary: Vocabulary, name: str) -> str | None:
    """The id of a concept; 002, of which a spreadsheet makes 2, is found too."""
    found = vocabulary.find(name) or vocabulary.find(name.zfill(3))
    return found.id if found else None


def apply(plan: Plan, write: Callable[[Record, str | None], object]) -> Applied:
    """Write what a plan changes and brings, one record after the other; what cannot be written stops nothing."""
    written = {Kind.CHANGED: 0, Kind.NEW: 0}
    failed: list[Row] = []
    for row, record in [(row, row.record) for row in plan.of(*written) if row.record]:
        try:
            write(record, row.expected)
            written[row.kind] += 1
        except HubError as error:
            kind = Kind.CONFLICT if isinstance(error, Conflict) else Kind.WRONG
            said = error.problems if isinstance(error, InvalidRecord) else (Problem(f"row {row.line}", "", str(error)),)
            failed.append(replace(row, kind=kind, problems=said))
    return Applied(written[Kind.CHANGED], written[Kind.NEW], tuple(failed))
