"""A record: one case study, good practice, method or tool, as the corpus keeps it.

`parse_record` turns the plain data of a YAML file into a frozen `Record` or says everything that is wrong with
it; `record_to_data` is its inverse, in the canonical order of fields. Field names are Dublin Core's where it has one.

The types are msgspec's structs: frozen like dataclasses, and read from an index in half the time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from typing import Any

from msgspec import Struct

from hub import parse
from hub.errors import InvalidRecord, Problem


class Status(StrEnum):
    """Whether the public may see a record. Withdrawn records answer 410 and stay in the corpus."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Decision(StrEnum):
    """What a curator said of a tag. Rejected tags stay, so that they are never offered again."""

    SUGGESTED = "suggested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Method(StrEnum):
    """How a tag came about."""

    SOURCE = "source"
    RULE = "rule"
    MODEL = "model"
    CURATOR = "curator"


class Evidence(Struct, frozen=True, gc=False):
    """The record's own words that a tag rests on: the field they stand in and the quotation."""

    field: str
    quote: str


class Tag(Struct, frozen=True, gc=False):
    """One concept given to a record, with the decision about it. `score` is 0 to 1, `at` an ISO date.

    In `proposals` it is a value for a field: `vocabulary` names the field, `concept` is the value.
    """

    vocabulary: str
    concept: str
    decision: Decision
    method: Method
    score: float | None = None
    evidence: Evidence | None = None
    by: str = ""
    at: str = ""


class Point(Struct, frozen=True, gc=False):
    """A place on the map in WGS 84 degrees; `precision` is exact, approximate or country."""

    lon: float
    lat: float
    precision: str


class Link(Struct, frozen=True, gc=False):
    """A picture or document elsewhere. `alt` describes it in words, `credit` names whose it is."""

    url: str
    alt: str = ""
    credit: str = ""


class Translation(Struct, frozen=True, gc=False):
    """Title and abstract in one more language."""

    title: str
    abstract: str


class Change(Struct, frozen=True, gc=False):
    """What the source of a record has changed since, for a curator to look at.

    `value` is what the source says now where the record still says something else; it is empty where the record
    already has it. `at` is the ISO date on which the change was seen.
    """

    field: str
    at: str
    value: str = ""


class Provenance(Struct, frozen=True, gc=False):
    """Who brought the record in, when it was first and last seen at its source, and in which state.

    `read` says what was read (a page, a stored copy), `note` what a curator has to know about it, `gone` since when the
    source no longer has it. `words` is `source` where abstract and texts are the source's own words, else empty.
    """

    harvester: str
    first_seen: str
    last_seen: str
    content_hash: str = ""
    gone: str = ""
    words: str = ""
    read: str = ""
    note: str = ""


class Record(Struct, frozen=True, gc=False):
    """One case. `began` and `ended` are years or dates of the work, `issued` of the publication (ISO 8601).

    `proposals` and `changes` are for curators only: values that a machine would put into a field, decided like tags;
    and what has changed at the source since.
    """

    id: str
    status: Status
    type: str
    title: str
    abstract: str
    language: str
    source: str
    url: str
    provenance: Provenance
    challenge: str = ""
    action: str = ""
    results: str = ""
    lessons: str = ""
    text: str = ""
    translations: Mapping[str, Translation] | None = None
    tags: tuple[Tag, ...] = ()
    proposals: tuple[Tag, ...] = ()
    changes: tuple[Change, ...] = ()
    place: str = ""
    point: Point | None = None
    began: str = ""
    ended: str = ""
    issued: str = ""
    modified: str = ""
    evidence_level: str = ""
    organisations: tuple[str, ...] = ()
    publisher: str = ""
    contact: str = ""
    source_id: str = ""
    license: str = ""
    rights: str = ""
    source_tags: tuple[str, ...] = ()
    also_at: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    images: tuple[Link, ...] = ()
    documents: tuple[Link, ...] = ()

    def concepts(self, vocabulary: str, *decisions: Decision) -> tuple[str, ...]:
        """Ids of the tags of one vocabulary in the record's order; default: all but the rejected."""
        wanted = decisions or (Decision.ACCEPTED, Decision.SUGGESTED)
        return tuple(t.concept for t in self.tags if t.vocabulary == vocabulary and t.decision in wanted)


NOTHING = "(nothing any more)"  # in `changes`: what the source says where it said something before
SECTIONS = ("challenge", "action", "results", "lessons")
ORIGINAL = "original"  # field of an evidence whose words stand in the source's own text, which the record may not hold
PROPOSED_ENTRIES = ("organisations", "also_at")  # each proposal is one entry of the list
PROPOSED = ("type", "language", "began", "ended", "evidence_level", *PROPOSED_ENTRIES)  # fields that proposals are for
CURATORS_ONLY = ("contact", "proposals", "changes")  # fields that never leave the corpus
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+")

_long = partial(parse.text, limit=20_000, lines=True)
_links = partial(parse.items, partial(parse.struct, Link, {"url": parse.url, "alt": parse.text, "credit": parse.text}))
_urls = partial(parse.items, parse.url)
_texts = partial(parse.items, parse.text)
_id = partial(parse.match, ID, "words-joined-by-hyphens (a-z, 0-9)")
_evidence = partial(parse.struct, Evidence, {"field": parse.text, "quote": partial(parse.text, limit=1000)})
_tag_fields: Mapping[str, parse.Parser] = {
    "vocabulary": _id,
    "concept": parse.text,
    "decision": partial(parse.one_of, Decision),
    "method": partial(parse.one_of, Method),
    "score": partial(parse.number, 0, 1),
    "evidence": _evidence,
    "by": parse.text,
    "at": parse.when,
}
_tag = partial(parse.struct, Tag, _tag_fields)
_proposal = partial(parse.struct, Tag, {**_tag_fields, "vocabulary": parse.text})
_point = partial(
    parse.struct,
    Point,
    {
        "lon": partial(parse.number, -180, 180),
        "lat": partial(parse.number, -90, 90),
        "precision": partial(parse.match, re.compile("exact|approximate|country"), "exact, approximate or country"),
    },
)
_provenance = partial(
    parse.struct,
    Provenance,
    {
        "harvester": parse.text,
        "first_seen": parse.when,
        "last_seen": parse.when,
        "content_hash": parse.text,
        "gone": parse.when,
        "words": partial(parse.match, re.compile("source"), "source"),
        "read": parse.text,
        "note": partial(parse.text, limit=2000),
    },
)
_change = partial(parse.struct, Change, {"field": parse.text, "at": parse.when, "value": _long})
_translation = partial(parse.struct, Translation, {"title": parse.text, "abstract": partial(parse.text, limit=2000)})

# The record model: every field in the order files are written in, and what reads it.
FIELDS: Mapping[str, parse.Parser] = {
    "id": _id,
    "status": partial(parse.one_of, Status),
    "type": _id,
    "title": parse.text,
    "language": parse.language,
    "abstract": partial(parse.text, limit=2000),
    "challenge": _long,
    "action": _long,
    "results": _long,
    "lessons": _long,
    "text": _long,
    "translations": partial(parse.by_language, _translation),
    "tags": partial(parse.items, _tag),
    "proposals": partial(parse.items, _proposal),
    "changes": partial(parse.items, _change),
    "place": parse.text,
    "point": _point,
    "began": parse.when,
    "ended": parse.when,
    "issued": parse.when,
    "modified": parse.when,
    "evidence_level": _id,
    "organisations": _texts,
    "publisher": parse.text,
    "contact": partial(parse.match, EMAIL, "office@example.org"),
    "source": _id,
    "source_id": parse.text,
    "url": parse.url,
    "license": parse.text,
    "rights": partial(parse.text, limit=2000),
    "source_tags": _texts,
    "also_at": _urls,
    "references": _urls,
    "replaces": partial(parse.items, _id),
    "images": _links,
    "documents": _links,
    "provenance": _provenance,
}


def parse_record(data: Any, file: str) -> Record:
    """A record from the plain data of its file (scalars as text).

    `file` names the file in messages; its stem must be the record's id. Raises InvalidRecord with every
    problem: file, field, what is wrong.
    """
    try:
        record: Record = parse.struct(Record, FIELDS, data)
    except parse.Wrong as wrong:
        raise InvalidRecord(tuple(Problem(file, path, message) for path, message in wrong.found)) from None
    problems = [Problem(file, name, message) for name, message in _contradictions(record, file)]
    if problems:
        raise InvalidRecord(tuple(problems))
    return record


def _contradictions(record: Record, file: str) -> list[tuple[str, str]]:
    found = []
    stem = file.rsplit("/", 1)[-1].removesuffix(".yaml")
    if record.id != stem:
        found.append(("id", f"is {record.id!r} but the file is called {stem!r}"))
    if precedes(record.ended, record.began):
        found.append(("ended", f"{record.ended} lies before began {record.began}"))
    if record.id in record.replaces:
        found.append(("replaces", "a record cannot replace itself"))
    for name, tags in (("tags", record.tags), ("proposals", record.proposals)):
        seen = set()
        for tag in tags:
            if (tag.vocabulary, tag.concept) in seen:
                found.append((name, f"{tag.vocabulary} {tag.concept} is given twice"))
            seen.add((tag.vocabulary, tag.concept))
    return found


def precedes(one: str, other: str) -> bool:
    """Whether a year or date lies before another one, as far as both are known."""
    known = min(len(one), len(other))
    return one[:known] < other[:known]


def record_to_data(record: Record) -> dict[str, Any]:
    """A record as plain data in the canonical order, without what is empty: the inverse of `parse_record`."""
    return {name: plain for name in FIELDS if (plain := _plain(getattr(record, name))) not in (None, "", [], {})}


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        pairs = ((name, _plain(getattr(value, name))) for name in value.__struct_fields__)
        return {name: plain for name, plain in pairs if plain not in (None, "", [], {})}
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    return str(value) if isinstance(value, StrEnum) else value
