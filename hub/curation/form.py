"""A record as flat texts that people edit, in the workbench or in a spreadsheet, and back; and decisions on its tags.

Lists have one entry a line, a link is `url | description | credit`, a place on the map `lat, lon (precision)`, and
a translation is two fields, `translation.fr.title` and `translation.fr.abstract`. What a text does not change stays
exactly as the record has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import fields, replace

from hub import parse
from hub.corpus import quotes
from hub.errors import InvalidRecord, NotFound, Problem
from hub.parse import Wrong
from hub.record import (
    FIELDS,
    ORIGINAL,
    PROPOSED_ENTRIES,
    SECTIONS,
    Decision,
    Link,
    Method,
    Point,
    Record,
    Tag,
    Translation,
    parse_record,
    record_to_data,
)

# The fields that everybody edits as texts, in the order of the record model; translations come on top.
EDITABLE = (
    *("title", "language", "type", "abstract", *SECTIONS, "text", "place", "point", "began", "ended", "issued"),
    *("modified", "evidence_level", "organisations", "publisher", "contact", "url", "license", "rights", "also_at"),
    *("references", "images", "documents"),
)
_LINKS = ("images", "documents")
_LISTS = ("organisations", "also_at", "references", *_LINKS)
_PARTS = ("title", "abstract")  # of a translation
_TRANSLATION = re.compile(r"translation\.([^.]+)\.(title|abstract)")
_POINT = re.compile(r"([^,;()]+)[,;]([^,;()]+)\(([^()]*)\)")
_BAR = re.compile(r"(?<=\s)\||\|(?=\s)")  # an address may hold a bar, but no blank
_EMPTY = {field.name: field.default for field in fields(Record) if not field.required}


def translation_field(language: str, part: str) -> str:
    """The name of the flat field for title or abstract in one more language: `translation.fr.title`."""
    return f"translation.{language}.{part}"


def is_editable(name: str) -> bool:
    """Whether a flat field is called so: one of EDITABLE, or a translation into a language that has a tag."""
    found = _TRANSLATION.fullmatch(name)
    return bool(parse.LANGUAGE_TAG.fullmatch(found[1])) if found else name in EDITABLE


def to_form(record: Record) -> dict[str, str]:
    """All flat fields of a record as texts, empty ones too, and those of the translations it has."""
    texts = {name: shown(getattr(record, name)) for name in EDITABLE}
    for language, entry in (record.translations or {}).items():
        texts |= {translation_field(language, part): getattr(entry, part) for part in _PARTS}
    return texts


def shown(value: Any) -> str:
    """The value of a field as its flat text."""
    match value:
        case None:
            return ""
        case Point():
            return f"{value.lat}, {value.lon} ({value.precision})"
        case Link():
            return " | ".join((value.url, value.alt, value.credit)[: 3 if value.credit else 2 if value.alt else 1])
        case tuple():
            return "\n".join(map(shown, value))
    return str(value)


def from_form(record: Record, texts: Mapping[str, str]) -> Record:
    """The record with the fields in `texts` changed; others stay, and an empty text empties its field.

    Raises InvalidRecord with everything that is wrong, one problem for a field, `Problem.field` its flat name.
    """
    before = to_form(record)
    changed = {name: text for name, given in texts.items() if (text := _tidy(given)) != _tidy(before.get(name, ""))}
    values, wrong = _values(record, changed)
    translations, more = _translations(record, changed)
    wrong |= more
    file = f"{record.id}.yaml"
    # What cannot be read takes part in no contradiction.
    values |= {name: _EMPTY[name] for name in wrong if name in _EMPTY}
    try:
        edited = parse_record(record_to_data(replace(record, **values, translations=translations or None)), file)
    except InvalidRecord as error:
        for problem in error.problems:
            wrong.setdefault(problem.field, problem.message)
    if wrong:
        raise InvalidRecord(tuple(Problem(file, name, message) for name, message in wrong.items()))
    return edited


def _tidy(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _values(record: Record, changed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The new values of fields, and what is wrong with others: {field: message}."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, text in changed.items():
        if _TRANSLATION.fullmatch(name):
            continue
        if name not in EDITABLE:
            wrong[name] = "is not a field that can be edited here"
            continue
        try:
            values[name] = _value(name, text, getattr(record, name))
        except Wrong as error:
            wrong[name] = _said(error)
    return values, wrong


def _said(error: Wrong) -> str:
    return "; ".join(f"{path}: {message}" if path else message for path, message in error.found)


def _value(name: str, text: str, old: Any) -> Any:
    if not text:
        if name not in _EMPTY:
            raise Wrong(("", "is missing"))
        return _EMPTY[name]
    if name in _LISTS:
        return _entries(name, text, old)
    return FIELDS[name](_plain_point(text) if name == "point" else text)


def _plain_point(text: str) -> dict[str, str]:
    found = _POINT.fullmatch(text)
    if not found:
        example = "47.6, 10.4 (approximate): latitude, longitude, and exact, approximate or country"
        raise Wrong(("", f"is not of the form {example}"))
    return dict(zip(("lat", "lon", "precision"), found.groups(), strict=True))


def _entries(name: str, text: str, old: tuple[Any, ...]) -> tuple[Any, ...]:
    """The entries of a list, one a line; a line that was there before is the entry that it was."""
    kept: dict[str, list[Any]] = {}
    for entry in old:
        kept.setdefault(shown(entry), []).append(entry)
    found: list[Any] = []
    wrong: list[tuple[str, str]] = []
    for number, line in enumerate(map(str.strip, text.split("\n")), 1):
        try:
            if kept.get(line):
                found.append(kept[line].pop(0))
            elif line:
                found += FIELDS[name]([_plain_link(line) if name in _LINKS else line])
        except Wrong as error:
            # Paths begin with the place in the list, here always 1.
            below = ((path.partition(".")[2], message) for path, message in error.found)
            wrong += [(f"line {number}{path and ' ' + path}", message) for path, message in below]
    if wrong:
        raise Wrong(*wrong)
    return tuple(found)


def _plain_link(line: str) -> dict[str, str]:
    parts = [part.strip() for part in _BAR.split(line)]
    if len(parts) > 3:
        raise Wrong(("1", "has more than three parts: url | description | credit"))
    return dict(zip(("url", "alt", "credit"), parts, strict=False))


def _translations(record: Record, changed: Mapping[str, str]) -> tuple[dict[str, Translation], dict[str, str]]:
    """The translations with what changed in them, and what is wrong: {field: message}."""
    found = dict(record.translations or {})
    wrong: dict[str, str] = {}
    for language in dict.fromkeys(match[1] for match in map(_TRANSLATION.fullmatch, changed) if match):
        names = {part: translation_field(language, part) for part in _PARTS}
        texts = {part: changed.get(name, getattr(found.get(language), part, "")) for part, name in names.items()}
        if not any(texts.values()):
            found.pop(language, None)
            continue
        try:
            found |= FIELDS["translations"]({parse.language(language): texts})
        except Wrong as error:
            for path, message in error.found:
                part = path.removeprefix(f"{language}.")
                wrong.setdefault(names.get(part) or next(n for n in names.values() if n in changed), message)
    return found, wrong


def requoted(record: Record) -> Record:
    """A record whose tags quote only what stands there: where a text was rewritten, a quotation of it goes."""

    def still(tag: Tag) -> Tag:
        said = tag.evidence
        gone = said and said.field != ORIGINAL and not quotes(record, said.field, said.quote)
        return replace(tag, evidence=None) if gone else tag

    return replace(record, tags=tuple(map(still, record.tags)), proposals=tuple(map(still, record.proposals)))


def decide(  # noqa: PLR0913, PLR0917 - what a decision consists of
    record: Record, vocabulary: str, concept: str, decision: Decision, by: str, at: str
) -> Record:
    """The record with a decision on a tag; where it has no such tag, with that of a curator.

    A tag keeps its method, score and evidence. `suggested` takes a decision back: a tag that a curator added goes,
    that of a machine is undecided again. A decision that stands already keeps who made it and when.
    """
    made = Tag(vocabulary, concept, decision, Method.CURATOR, by=by, at=at)
    if any(_same(tag, made) for tag in record.tags):
        return replace(record, tags=_decided(record.tags, made))
    return record if decision is Decision.SUGGESTED else replace(record, tags=(*record.tags, made))


def decide_proposal(  # noqa: PLR0913, PLR0917 - the same
    record: Record, field: str, value: str, decision: Decision, by: str, at: str
) -> Record:
    """The record with a decision on a value proposed for a field.

    An accepted value goes into its field: into a list as one more entry; else in place of what stood there, and
    another value that was accepted before is undecided again. Other decisions leave the field as it is. NotFound where
    the value is not proposed, InvalidRecord where the field cannot have it.
    """
    made = Tag(field, value, decision, Method.CURATOR, by=by, at=at)
    if not any(_same(proposal, made) for proposal in record.proposals):
        raise NotFound(f"record {record.id!r} has no proposal {value!r} for {field!r}")
    proposals = _decided(record.proposals, made)
    if decision is Decision.ACCEPTED:
        record = _with_value(record, field, value)
        if field not in PROPOSED_ENTRIES:
            proposals = tuple(_yielding(proposal, made) for proposal in proposals)
    return replace(record, proposals=proposals)


def _with_value(record: Record, field: str, value: str) -> Record:
    if field not in PROPOSED_ENTRIES:
        return from_form(record, {field: value})
    entries = getattr(record, field)
    return record if value in entries else from_form(record, {field: "\n".join((*entries, value))})


def _yielding(proposal: Tag, made: Tag) -> Tag:
    """A proposal, undecided where it was accepted for a field that has got another value."""
    rival = proposal.vocabulary == made.vocabulary and proposal.concept != made.concept
    accepted = proposal.decision is Decision.ACCEPTED
    return replace(proposal, decision=Decision.SUGGESTED, by="", at="") if rival and accepted else proposal


def _same(tag: Tag, other: Tag) -> bool:
    return (tag.vocabulary, tag.concept) == (other.vocabulary, other.concept)


def _decided(tags: Iterable[Tag], made: Tag) -> tuple[Tag, ...]:
    """The tags with a decision on the one that it is about."""
    decided = (_with(tag, made) if _same(tag, made) else tag for tag in tags)
    return tuple(tag for tag in decided if tag is not None)


def _with(tag: Tag, made: Tag) -> Tag | None:
    """A tag with a decision; None where nothing is left of it."""
    if tag.decision is made.decision:
        return tag
    if made.decision is not Decision.SUGGESTED:
        return replace(tag, decision=made.decision, by=made.by, at=made.at)
    return None if tag.method is Method.CURATOR else replace(tag, decision=made.decision, by="", at="")
