"""The editor of a record: its source beside it, decisions with one key, every field, and publishing."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub.curation.editing import applied
from hub.curation.form import to_form
from hub.curation.versions import differences
from hub.curation.workbench import Sheet, said_of, today
from hub.errors import Conflict, InvalidRecord, InvalidRequest, Problem
from hub.record import Record
from hub.web import present
from hub.web.curate.desk import desk, me, workbench
from hub.web.curate.sheet import (
    Form,
    Typed,
    around,
    base_of,
    brought_together,
    conflict_page,
    editor_page,
    lists_of,
    texts_of,
)
from hub.web.language import render

Answer = str | Response | tuple[str, int]


@desk.get("/records/<record_id>")
def record(record_id: str) -> str:
    """A record to work on; with what its editor had typed and not saved, if there is any."""
    sheet = workbench().sheet(record_id)
    kept = workbench().claims.working(record_id, me().name)
    if kept is not None:
        form = Form([(name, text) for name, texts in kept.form.items() for text in texts])
        when = f"{datetime.fromtimestamp(kept.at, UTC):%H:%M} UTC"
        try:
            return editor_page(sheet, _typed(form, record_id, kept_at=when))
        except InvalidRequest:  # it is of another version, or was damaged on its way
            workbench().claims.drop(record_id, me().name)
    return editor_page(sheet, Typed(sheet.record, to_form(sheet.record), sheet.record))


@desk.post("/records/<record_id>")
def edit(record_id: str) -> Answer:
    """Save, publish, withdraw, look at, or only keep what was typed."""
    form, action, bench = request.form, request.form.get("do", "save"), workbench()
    if action == "discard":
        bench.claims.drop(record_id, me().name)
        return redirect(url_for("curate.record", record_id=record_id), 303)
    sheet, base = bench.sheet(record_id), base_of(form, record_id)
    bench.claims.keep(record_id, me().name, lists_of(form), time.time())  # whatever happens next, it is not lost
    if action == "keep":  # while one types
        return "", 204
    try:
        return _edited(action, sheet, base, form)
    except Conflict as error:
        now = bench.sheet(record_id)
        if now.record == base:
            flash(f"Not done: {error}.", "bad")
            return editor_page(now, _typed(form, record_id)), 409
        return conflict_page(now, base, _mine(base, form), form), 409
    except InvalidRecord as error:
        return editor_page(sheet, _typed(form, record_id, error.problems)), 422


def _typed(form: Form, record_id: str, problems: tuple[Problem, ...] = (), kept_at: str = "") -> Typed:
    """What stands in a form, whatever it comes to."""
    base = base_of(form, record_id)
    try:
        comes_to = _mine(base, form)
    except (InvalidRecord, InvalidRequest):
        comes_to = base
    return Typed(base, texts_of(form, base), comes_to, lists_of(form), form["base"], kept_at, problems)


def _edited(action: str, sheet: Sheet, base: Record, form: Form) -> Answer:
    """What an action on a record comes to. Raises Conflict where the record is another than the form was made from."""
    mine = _mine(base, form)
    if action == "preview":
        return render("curate/preview.html", **_preview(mine), whole=True)
    if base != sheet.record:
        if form.get("onto") != sheet.revision:
            raise Conflict("somebody else saved this record meanwhile")
        mine = brought_together(sheet, base, mine, form)
    return _carried_out(action, mine, sheet)


@desk.post("/records/<record_id>/preview")
def preview(record_id: str) -> Answer:
    """The record as readers will see it, while one types."""
    try:
        mine = _mine(base_of(request.form, record_id), request.form)
    except InvalidRecord as error:
        return render("curate/preview.html", problems=error.problems, whole=False), 422
    return render("curate/preview.html", **_preview(mine), whole=False)


def _mine(base: Record, form: Form) -> Record:
    """The record as the form has it."""
    return applied(base, lists_of(form), me().name, today(), workbench().vocabularies())


def _preview(record: Record) -> Mapping[str, Any]:
    return {"record": record, "sections": present.sections(record, workbench().vocabularies()), "problems": ()}


def _carried_out(action: str, mine: Record, sheet: Sheet) -> Response:
    bench, by = workbench(), me()
    following = around(mine.id, bench.works()).after
    if action == "publish":
        bench.publish(mine, sheet.revision, by)
    elif action == "withdraw":
        bench.withdraw(mine, sheet.revision, by)
    elif action not in ("save", "add"):
        raise InvalidRequest("do", f"{action!r} cannot be done with a record.", action)
    elif mine != sheet.record:
        bench.save(mine, sheet.revision, by)
    bench.claims.drop(mine.id, by.name)
    done = {"publish": "Published", "withdraw": "Withdrawn"}.get(action, "Saved")
    flash(f"{done}: {said_of(differences(sheet.record, bench.sheet(mine.id).record))}.", "ok")
    if action in ("publish", "withdraw"):
        bench.claims.free([mine.id], by.name)
        return redirect(url_for("curate.record", record_id=following) if following else url_for("curate.queue"), 303)
    return redirect(url_for("curate.record", record_id=mine.id), 303)
