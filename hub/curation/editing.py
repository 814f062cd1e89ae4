"""What came in from the editor of a record, put onto the record: pure functions that need no browser."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from itertools import islice

from msgspec.structs import replace

from hub.canonical import LIMIT, parse_bytes
from hub.curation.form import EDITABLE, decide, decide_proposal, from_form, is_editable, requoted
from hub.errors import InvalidRecord, InvalidRequest, Problem
from hub.record import NOTHING, Decision, Record, parse_record
from hub.vocabulary import Concept, Vocabularies

Form = Mapping[str, Sequence[str]]
TAGGED = ("target", "theme", "country", "region")
_MOST = 50  # tags added at once


def packed(text: str) -> str:
    """The file of a record as a hidden field, so that whoever saves later knows what was there at first."""
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode()


def unpacked(field: str, record_id: str) -> Record:
    """The record that such a field holds. InvalidRequest where it does not."""
    try:
        opened = zlib.decompressobj()
        content = opened.decompress(base64.b64decode(field, validate=True), LIMIT)
        if not opened.eof:
            raise ValueError
        return parse_record(parse_bytes(content, f"{record_id}.yaml"), f"{record_id}.yaml")
    except (binascii.Error, zlib.error, ValueError, InvalidRecord):
        raise InvalidRequest("base", "The form is damaged; open the record again.") from None


def applied(record: Record, form: Form, by: str, today: str, vocabularies: Vocabularies) -> Record:
    """The record with what the form says: texts, decisions, tags added, changes of the source taken or left.

    Raises InvalidRecord with everything that cannot be taken, each under the name of its field in the form.
    """
    problems: list[Problem] = []
    record, form = _changes(record, form)
    texts = {name: values[-1] for name, values in form.items() if is_editable(name)}
    try:
        record = from_form(record, texts)
    except InvalidRecord as error:
        problems += error.problems
    if form.get("own_words"):
        record = replace(record, provenance=replace(record.provenance, words=""))
    record = _decided(record, form, by, today)
    asked = (part.strip() for value in form.get("add", ()) for part in value.split(";", _MOST))
    for text in islice(filter(None, asked), _MOST):
        concept = find_concept(text, vocabularies)
        if concept is None:
            problems.append(Problem("", "add", f"there is no target, theme, country or region {text!r}"))
        else:
            record = decide(record, concept.vocabulary, concept.id, Decision.ACCEPTED, by, today)
    if problems:
        raise InvalidRecord(tuple(problems))
    return requoted(record)


def _decided(record: Record, form: Form, by: str, today: str) -> Record:
    """The record with the decisions that differ from those it has."""
    for tag in record.tags:
        said = form.get(f"tag:{tag.vocabulary}:{tag.concept}", ())
        if said and _decision(said[-1]) is not tag.decision:
            record = decide(record, tag.vocabulary, tag.concept, _decision(said[-1]), by, today)
    for proposal in record.proposals:
        said = form.get(f"proposal:{proposal.vocabulary}:{proposal.concept}", ())
        if said and _decision(said[-1]) is not proposal.decision:
            record = decide_proposal(record, proposal.vocabulary, proposal.concept, _decision(said[-1]), by, today)
    return record


def _decision(text: str) -> Decision:
    try:
        return Decision(text)
    except ValueError:
        raise InvalidRequest("decision", f"{text!r} is no decision.", text, tuple(Decision)) from None


def _changes(record: Record, form: Form) -> tuple[Record, Form]:
    """What the source has changed: taken into the form or left, and then no longer pending."""
    said = {change: form.get(f"change:{change.field}", ("",))[-1] for change in record.changes}
    taken = {
        change.field: ("" if change.value == NOTHING else change.value,)
        for change, choice in said.items()
        if choice == "take" and change.value and change.field in EDITABLE
    }
    pending = tuple(change for change, choice in said.items() if choice not in ("take", "leave"))
    return replace(record, changes=pending), {**form, **taken}


def find_concept(text: str, vocabularies: Vocabularies) -> Concept | None:
    """The target, theme, country or region that a curator typed: `8`, `target 8`, `Wetlands`, `KEN`, `Kenya`.

    What the list of the editor offers, `8 Climate change (target)`, is understood too.
    """
    wanted = text.strip()
    kinds: tuple[str, ...] = TAGGED
    for name in TAGGED:
        if wanted.casefold().endswith(f"({name})"):
            wanted, kinds = wanted[: -len(name) - 2].strip(), (name,)
    first, _, rest = wanted.partition(" ")
    if first.casefold() in TAGGED and rest:
        wanted, kinds = rest, (first.casefold(),)
    for name in kinds:
        number = vocabularies[name].find(wanted.partition(" ")[0]) if name == "target" else None
        concept = vocabularies[name].named(wanted) or number
        if concept and concept.assignable:
            return concept
    return None


def offered(vocabularies: Vocabularies) -> list[str]:
    """All that can be added as a tag, as the editor's list offers it."""
    return [
        f"{concept.notation} {concept.label('en')} (target)" if name == "target" else f"{concept.label('en')} ({name})"
        for name in TAGGED
        for concept in vocabularies[name].assignable
    ]
