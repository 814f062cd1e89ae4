"""The shelf: what the queue has to know of every record, kept ready so that no page waits for thousands of files.

A row is read from its file when the file is new or another than before (size, time, inode), so a look at 5,000 records
costs 5,000 stats. Rows are kept in `instance/curation` between starts; that file can be lost.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from hub.corpus import Corpus, replace_file
from hub.errors import NotFound, Problem
from hub.links import addresses
from hub.record import Decision, Record, Status, Tag
from hub.text import fold

_MANY = 20  # files read anew that are worth writing the shelf down
_FORM = 3  # of rows: those of another are not read

Stamp = tuple[int, int, int]


class Given(Struct, frozen=True, gc=False):
    """A tag as the queue sees it; `score` says how sure it is."""

    vocabulary: str
    concept: str
    decision: Decision
    score: float


class Row(Struct, frozen=True, gc=False):
    """One record as the queue sees it; where its file cannot be read, `problem` says why and the rest is empty.

    `twins` are addresses of records that may be the same case, `missing` names facts that the record does not state,
    `changes` fields that its source has changed, `addresses` all that it links to. `words` is what the filter by words
    looks in, folded.
    """

    id: str
    stamp: Stamp
    title: str = ""
    language: str = ""
    status: str = ""
    source: str = ""
    publisher: str = ""
    url: str = ""
    tags: tuple[Given, ...] = ()
    proposals: int = 0
    twins: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    also_at: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    first_seen: str = ""
    last_seen: str = ""
    gone: str = ""
    decided: tuple[tuple[str, str, str], ...] = ()
    words: str = ""
    problem: str = ""

    @property
    def undecided(self) -> int:
        """How many suggestions wait for a decision, values for fields among them."""
        return self.proposals + sum(tag.decision is Decision.SUGGESTED for tag in self.tags)

    def concepts(self, vocabulary: str) -> tuple[str, ...]:
        """The concepts of a vocabulary that the record has; not the rejected ones."""
        return tuple(
            tag.concept for tag in self.tags if tag.vocabulary == vocabulary and tag.decision is not Decision.REJECTED
        )


class _Kept(Struct, frozen=True):
    form: int
    rows: tuple[Row, ...]


class Shelf:
    """The rows of a corpus; safe to share between threads. `file` keeps them between starts."""

    def __init__(self, corpus: Corpus, file: Path | None = None) -> None:
        self._corpus = corpus
        self._file = file
        self._lock = threading.Lock()
        self._rows: dict[str, Row] = {row.id: row for row in _read(file)}

    def rows(self) -> Mapping[str, Row]:
        """All rows by id, as the files are now."""
        with self._lock:
            stamps = dict(_stamps(self._corpus.records))
            stale = [name for name, stamp in stamps.items() if self._rows.get(name, _NONE).stamp != stamp]
            if stale or len(stamps) != len(self._rows):
                kept = {name: row for name, row in self._rows.items() if name in stamps}
                self._rows = kept | {name: self._row(name, stamps[name]) for name in stale}
                if len(stale) >= _MANY and self._file is not None:
                    with suppress(OSError):  # without it the next start takes longer, and that is all
                        _write(self._file, self._rows.values())
            return self._rows

    def _row(self, record_id: str, stamp: Stamp) -> Row:
        try:
            entry = self._corpus.entry(record_id)
        except NotFound as error:  # it has no name of a record, or was taken away in this moment
            return Row(record_id, stamp, words=fold(record_id), problem=str(error))
        if entry.record is None:
            return Row(record_id, stamp, words=fold(record_id), problem="; ".join(map(_said, entry.problems)))
        return row_of(entry.record, stamp)


_NONE = Row("", (0, 0, 0))


def _said(problem: Problem) -> str:
    return ": ".join(part for part in (problem.field, problem.message) if part)


def _stamps(folder: Path) -> Iterator[tuple[str, Stamp]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(".yaml") and not entry.name.startswith("."):
                try:
                    status = entry.stat()
                except FileNotFoundError:
                    continue
                name = os.fsencode(entry.name).decode("utf-8", "replace")  # what cannot be shown is no id either
                yield name[:-5], (status.st_mtime_ns, status.st_size, status.st_ino)


def row_of(record: Record, stamp: Stamp = (0, 0, 0)) -> Row:
    """The row of one record."""
    open_proposals = [each for each in record.proposals if each.decision is Decision.SUGGESTED]
    return Row(
        record.id,
        stamp,
        record.title,
        record.language,
        record.status,
        record.source,
        record.publisher or record.source,
        record.url,
        tuple(Given(tag.vocabulary, tag.concept, tag.decision, sureness(tag)) for tag in record.tags),
        sum(each.vocabulary != "also_at" for each in open_proposals),
        tuple(each.concept for each in open_proposals if each.vocabulary == "also_at"),
        tuple(missing(record)),
        tuple(change.field for change in record.changes),
        tuple(addresses(record)),
        record.also_at,
        record.replaces,
        record.provenance.first_seen,
        record.provenance.last_seen,
        record.provenance.gone,
        tuple((tag.at, tag.method, tag.decision) for tag in record.tags if tag.by and tag.at and tag.score is not None),
        fold(" ".join((record.title, record.id, record.publisher, record.place))),
    )


def sureness(tag: Tag) -> float:
    """How sure a suggestion is; what nobody has measured is taken as sure."""
    return 1.0 if tag.score is None else tag.score


def missing(record: Record) -> Iterator[str]:
    """The facts that a record should state and does not, in words."""
    if not record.concepts("target"):
        yield "target"
    if not record.concepts("country") and not record.concepts("region"):
        yield "country or region"
    if not record.license:
        yield "licence"
    if not record.began:
        yield "year"
    if not record.evidence_level:
        yield "level of evidence"


def _read(file: Path | None) -> Iterable[Row]:
    """The rows that were kept; none where there are none, or where they cannot be read."""
    try:
        kept = msgspec.json.decode(file.read_bytes(), type=_Kept) if file else None
    except (OSError, msgspec.MsgspecError, ValueError):
        return ()
    return kept.rows if kept and kept.form == _FORM else ()


def _write(file: Path, rows: Iterable[Row]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, msgspec.json.encode(_Kept(_FORM, tuple(rows))).decode())


def is_public(row: Row) -> bool:
    """Whether the public may see the record."""
    return row.status == Status.PUBLISHED
