"""The page of the editor: a record with everything that its curator has to know, and what was typed so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import session
from msgspec.structs import replace
from werkzeug.datastructures import MultiDict

from hub.curation.checklist import checklist
from hub.curation.editing import offered, packed, unpacked
from hub.curation.form import is_editable, to_form
from hub.curation.queue import Asked, Work, chosen
from hub.curation.versions import differences, merged
from hub.curation.workbench import Sheet
from hub.errors import InvalidRequest, Problem
from hub.links import asked
from hub.record import Decision, Record
from hub.web.curate.desk import workbench
from hub.web.curate.evidence import Suggestion, marked, source_text, suggestions_of
from hub.web.language import render

Form = MultiDict[str, str]
_NOT_OF_THE_RECORD = ("csrf_token", "do", "base", "onto")
_LATELY = 12  # saves that the editor shows


@dataclass(frozen=True)
class Typed:
    """What stands in the form: the record that it was made from, its texts, and all that was sent (`sent`).

    `record` is what it comes to, which is what it was made from where it comes to none. `base` is the latter as a
    hidden field, `kept_at` is when it was kept without being saved, and `problems` is what keeps it from being saved.
    """

    made_from: Record
    texts: Mapping[str, str]
    record: Record
    sent: Mapping[str, list[str]] = field(default_factory=dict)
    base: str = ""
    kept_at: str = ""
    problems: tuple[Problem, ...] = ()


def base_of(form: Form, record_id: str) -> Record:
    """The record that a form was made from. InvalidRequest where the form does not say."""
    return unpacked(form.get("base", ""), record_id)


def lists_of(form: Form) -> dict[str, list[str]]:
    """The fields of a form, without what is of no record."""
    return {name: form.getlist(name) for name in form if name not in ("csrf_token", "do")}


def texts_of(form: Form, base: Record) -> dict[str, str]:
    """The texts of a form, in place of those of the record that it was made from."""
    return {**to_form(base), **{name: form.get(name, "") for name in form if is_editable(name)}}


def editor_page(sheet: Sheet, typed: Typed) -> str:
    """The editor of a record."""
    bench, record = workbench(), typed.made_from
    works = bench.works()
    work = next((each for each in works if each.row.id == record.id), None)
    suggestions = suggestions_of(record, bench.vocabularies())
    sections = source_text(record, suggestions)
    broken = bench.broken(typed.record)
    return render(
        "curate/record.html",
        record=replace(record, status=sheet.record.status),
        form=typed.texts,
        sent=typed.sent,
        base=typed.base or packed(sheet.text),
        kept_at=typed.kept_at,
        problems=typed.problems,
        wrong={problem.field.split(" ")[0]: problem.message for problem in typed.problems},
        work=work,
        checks=checklist(typed.record, bench.vocabularies(), broken),
        suggestions=suggestions,
        undecided=sum(chosen_of(each, typed.sent) == Decision.SUGGESTED for each in suggestions),
        chosen_of=chosen_of,
        sections=sections,
        marked=marked(sections),
        original=bench.original(record),
        twins=[(url, bench.by_address(url)) for url in (work.row.twins if work else ())],
        link=bench.links.known().get(asked(record.url)),
        broken=broken,
        saves=bench.saves(record.id, _LATELY),
        offered=offered(bench.vocabularies()),
        around=around(record.id, works),
    )


def chosen_of(suggestion: Suggestion, sent: Mapping[str, list[str]]) -> str:
    """The decision that stands in the form."""
    return sent.get(suggestion.name, [suggestion.tag.decision])[-1]


@dataclass(frozen=True)
class Around:
    """Where a record stands in a part of the queue, counted from 1 (0: nowhere), and the ids before and after it."""

    place: int = 0
    number: int = 0
    before: str = ""
    after: str = ""


def around(record_id: str, works: list[Work]) -> Around:
    """Where a record stands in the part of the queue that its curator saw last."""
    try:
        ids = [work.row.id for work in chosen(works, Asked(**session.get("queue", {})))]
    except (TypeError, InvalidRequest):  # the cookie is of another version
        ids = []
    if record_id not in ids:
        return Around(number=len(ids))
    at = ids.index(record_id)
    return Around(at + 1, len(ids), ids[at - 1] if at else "", ids[at + 1] if at + 1 < len(ids) else "")


def conflict_page(sheet: Sheet, base: Record, mine: Record, form: Form) -> str:
    """Somebody else was faster: both versions, and the offer to save what both have done."""
    fields: list[tuple[str, Any]] = [
        (name, text)
        for name, texts in lists_of(form).items()
        for text in texts
        if name not in _NOT_OF_THE_RECORD and not name.startswith("keep:")
    ]
    ours, theirs = differences(base, mine), differences(base, sheet.record)
    contested = merged(base, mine, sheet.record)[1]
    return render(
        "curate/conflict.html",
        record=sheet.record,
        revision=sheet.revision,
        both=[each for each in ours if each.name in contested],
        last=next(iter(workbench().saves(sheet.record.id, 1)), None),
        ours=ours,
        theirs=theirs,
        fields=fields,
        base=form.get("base", ""),
        action=form.get("do", "save"),
    )


def brought_together(sheet: Sheet, base: Record, mine: Record, form: Form) -> Record:
    """What both have done; of what both have changed, what was chosen."""
    _, both = merged(base, mine, sheet.record)
    theirs = {name for name in both if form.get(f"keep:{name}") == "theirs"}
    return merged(base, mine, sheet.record, theirs)[0]
