"""Pages beside the editor: possible duplicates, history and undo, new records, the overview."""

from __future__ import annotations

import time
from datetime import date, timedelta

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from hub.curation.creation import new_record
from hub.curation.overview import coverage_of, links_by_state, sources_of, stale, tagger_quality
from hub.curation.versions import differences
from hub.demand import today as demand_today
from hub.errors import Conflict, HubError, InvalidRecord, InvalidRequest, NotFound
from hub.web import maps, present
from hub.web.curate.desk import desk, me, the_desk, workbench
from hub.web.hub import hub
from hub.web.language import render

_LATELY = 90  # days of demand
_PAGE = 50  # saves of one page of history


@desk.get("/records/<record_id>/compare/<other>")
def compare(record_id: str, other: str) -> str:
    """Two records side by side: are they one case?"""
    bench = workbench()
    one, two = bench.sheet(record_id).record, bench.sheet(other).record
    return render("curate/compare.html", one=one, two=two, differences=differences(one, two))


@desk.post("/records/<record_id>/compare/<other>")
def decide_duplicate(record_id: str, other: str) -> Response:
    """They are different cases, or the same one, and then one of them stays."""
    action = request.form.get("do", "")
    if action == "different":
        workbench().tell_apart(record_id, other, me())
        flash("Different cases: neither is proposed to the other again.", "ok")
        return redirect(url_for("curate.record", record_id=record_id), 303)
    kept, goes = {"keep-one": (record_id, other), "keep-two": (other, record_id)}.get(action, ("", ""))
    if not kept:
        raise InvalidRequest("do", f"{action!r} says nothing of two records.", action)
    workbench().join(kept, goes, me())
    flash(f"One case now: {goes} leads to {kept}, which keeps both sources and all decisions.", "ok")
    return redirect(url_for("curate.record", record_id=kept), 303)


@desk.get("/history")
@desk.get("/records/<record_id>/history")
def history(record_id: str | None = None) -> str:
    """Who changed what when: in one record, or in the whole corpus."""
    if record_id is not None:
        workbench().sheet(record_id)
    shown = workbench().saves(record_id, _PAGE, request.args.get("before", ""))
    more = shown[-1].id if shown and workbench().saves(record_id, 1, shown[-1].id) else ""
    rows = workbench().rows()
    titles = {each.record: rows[each.record].title for each in shown if each.record in rows}
    return render("curate/history.html", record_id=record_id, saves=shown, more=more, titles=titles)


@desk.get("/records/<record_id>/history/<saved>")
def saved(record_id: str, saved: str) -> str:
    """What one save changed, field by field."""
    bench = workbench()
    found = bench.save_of(record_id, saved)
    if found is None:
        raise NotFound("There is no such save of this record.")
    return render("curate/saved.html", record_id=record_id, saved=found, differences=bench.changed_by(saved, record_id))


@desk.post("/records/<record_id>/history/<saved>")
def undo(record_id: str, saved: str) -> Response:
    """Take back one save, and only that."""
    try:
        workbench().undo(saved, record_id, me())
        flash("Undone. That is a save of its own, and can be undone too.", "ok")
    except Conflict as error:
        flash(str(error), "bad")
    return redirect(url_for("curate.history", record_id=record_id), 303)


@desk.get("/new")
def new() -> str:
    """A new record, by its address or by form; and what was asked for by address."""
    return _new_page({}, {})


@desk.post("/new")
def create() -> str | Response | tuple[str, int]:
    """Ask the indexer to fetch an address, or begin a record by hand."""
    form = {name: text.strip() for name, text in request.form.items()}
    try:
        match form.get("do"):
            case "address":
                workbench().requests.add(form.get("address", ""), me().name, time.time())
                flash(
                    "Asked for. The indexer fetches the page, reads it and suggests tags; this page says how it goes.",
                    "ok",
                )
            case "again":
                workbench().requests.again(form.get("id", ""))
            case "form":
                record = new_record(form, workbench().rows(), me().name)
                workbench().save(record, None, me(), "begun by hand")
                return redirect(url_for("curate.record", record_id=record.id), 303)
            case action:
                raise InvalidRequest("do", f"{action!r} makes no record.")
    except InvalidRequest as error:
        name = "address" if form.get("do") == "address" else error.parameter
        return _new_page(form, {name: str(error)}), 422
    except InvalidRecord as error:
        return _new_page(form, {problem.field: problem.message for problem in error.problems}), 422
    except Conflict:
        return _new_page(form, {"title": "was given to another record in this moment; send it again"}), 409
    return redirect(url_for("curate.new"), 303)


def _new_page(form: dict[str, str], wrong: dict[str, str]) -> str:
    asked = workbench().requests.all()[::-1]
    waiting = any(not (each.record or each.failed) for each in asked)
    return render("curate/new.html", form=form, wrong=wrong, asked=asked[:30], waiting=waiting)


@desk.get("/overview")
def overview() -> str:
    """What to curate next."""
    bench, standing = workbench(), the_desk()
    rows = list(bench.rows().values())
    coverage = coverage_of(rows, bench.vocabularies())
    try:
        wanted = hub().demand.most(15, demand_today() - timedelta(days=_LATELY - 1))
    except HubError:
        wanted = ()
    unseen = stale(rows, date.today())
    counts = {f"{target}/{region}": n for (target, region), n in coverage.cells.items() if region in present.COLUMNS}
    return render(
        "curate/overview.html", coverage=coverage, columns=present.COLUMNS, bins=maps.bins(counts), wanted=wanted,
        lately=_LATELY, stale=unseen[:15], stale_count=len(unseen), links=links_by_state(bench.links.known()),
        sources=sources_of(rows, standing.config.harvest), months=tagger_quality(rows)[:12],
    )  # fmt: skip
