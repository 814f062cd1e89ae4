"""Judged queries: what people ask, and which records answer it, as files that a curator can write.

A folder holds `NAME.jsonl`, one query a line; `NAME.qrels.tsv`, one judgement a line (query, 0, record, grade); and
`collection.txt`, the records that were judged, one a line. What is not in `NAME.qrels.tsv` has grade 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.config import ROOT
from hub.errors import HubError, InvalidRecord, Problem
from hub.query import FACETS

QUERIES = ROOT / "tests" / "data" / "relevance"
COLLECTION = "collection.txt"
Words = Annotated[str, Meta(min_length=1)]


class Query(Struct, frozen=True):
    """One query: its words, its language, filters by parameter of the search, and the categories it belongs to."""

    id: Words
    query: Words
    language: str
    filters: Mapping[str, tuple[str, ...]] = {}
    tags: tuple[str, ...] = ()


class Judged(Struct, frozen=True):
    """Queries in their order, the grades of the records that answer each, and the records that were judged.

    Grade 1 answers partly, 2 fully.
    """

    queries: tuple[Query, ...]
    grades: Mapping[str, Mapping[str, int]]
    collection: frozenset[str]


def read_judged(folder: Path) -> Judged:
    """The judged queries of a folder.

    Raises HubError where a file is missing, InvalidRecord, with file and line, where one cannot be understood.
    """
    if not folder.is_dir():
        raise HubError(f"There is no folder {folder}.")
    found = sorted(folder.glob("[!.]*.jsonl"))
    if len(found) != 1:
        raise HubError(f"{folder} has to hold one file of queries (NAME.jsonl); it holds {len(found)}.")
    collection = frozenset(text for _, text in _lines(folder / COLLECTION))
    queries = _queries(found[0])
    grades = _grades(found[0].with_suffix(".qrels.tsv"), queries, collection)
    return Judged(tuple(queries.values()), grades, collection)


def _queries(path: Path) -> dict[str, Query]:
    queries: dict[str, Query] = {}
    for number, text in _lines(path):
        try:
            query = msgspec.json.decode(text, type=Query)
        except msgspec.DecodeError as error:
            raise _wrong(path, number, f"is no query: {error}") from error
        unknown = sorted(set(query.filters) - set(FACETS))
        if unknown:
            raise _wrong(path, number, f"{unknown[0]!r} is no filter; there are {', '.join(FACETS)}")
        if query.id in queries:
            raise _wrong(path, number, f"query {query.id!r} is there twice")
        queries[query.id] = query
    if not queries:
        raise HubError(f"{path} holds no query.")
    return queries


def _grades(path: Path, queries: Mapping[str, Query], collection: frozenset[str]) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {query: {} for query in queries}
    for number, text in _lines(path):
        parts = text.split()
        if len(parts) != 4 or not parts[3].isdecimal():
            raise _wrong(path, number, "is no judgement (query, 0, record, grade)")
        query, _, record, grade = parts
        if query not in queries:
            raise _wrong(path, number, f"there is no query {query!r}")
        if record not in collection:
            raise _wrong(path, number, f"record {record!r} is not in {COLLECTION}")
        if record in grades[query]:
            raise _wrong(path, number, f"record {record!r} is judged twice for query {query!r}")
        grades[query][record] = int(grade)
    return {query: {record: grade for record, grade in found.items() if grade} for query, found in grades.items()}


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that hold something, with their numbers."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise HubError(f"{path} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(content.splitlines(), 1):
        try:
            text = line.decode().strip()
        except UnicodeDecodeError as error:
            raise _wrong(path, number, "is not UTF-8") from error
        if text:
            yield number, text


def _wrong(path: Path, number: int, message: str) -> InvalidRecord:
    return InvalidRecord((Problem(str(path), f"line {number}", message),))
