"""The queue: what needs a decision, and decisions over a selection."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict

from flask import flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from hub.curation.queue import KINDS, ME, NOBODY, SORTS, Asked, page_of, suggested
from hub.curation.workbench import accept, only_editors
from hub.errors import InvalidRequest
from hub.record import Record
from hub.web.curate.desk import desk, is_inside, me, workbench
from hub.web.hub import given
from hub.web.language import render

NAMES = {
    "drafts": "Drafts",
    "changed": "Changed at source",
    "undecided": "Tags undecided",
    "duplicates": "Possible duplicates",
    "links": "Broken links",
    "facts": "Missing facts",
    "gone": "Gone at source",
    "damaged": "Damaged files",
    "published": "Published",
    "withdrawn": "Withdrawn",
}
_PARAMETERS = ("kind", "q", "source", "target", "language", "who", "sort", "page")
_MOST = 500  # records of one selection


@desk.get("/")
def queue() -> str:
    """The records of one part of the queue."""
    asked = _asked()
    found = page_of(workbench().works(), asked)
    session["queue"] = asdict(asked)  # the editor goes on from here
    sources = {row.source: row.publisher for row in workbench().rows().values()}
    return render(
        "curate/queue.html", queue=found, asked=asked, kinds=KINDS, names=NAMES, sorts=SORTS, sources=sources,
        nobody=NOBODY, part=_part,
    )  # fmt: skip


def _asked() -> Asked:
    values = {name: found[-1].strip() for name, found in given(*_PARAMETERS).items()}
    page = values.pop("page", "1") or "1"
    if not (page.isdecimal() and len(page) <= 6 and int(page)):
        raise InvalidRequest("page", f"{page!r} is no page of the queue.", page)
    if values.get("who") == ME:
        values["who"] = me().name
    kept = {name: value for name, value in values.items() if value}
    return Asked(page=int(page), **kept)


def _part(asked: Asked, **changes: object) -> str:
    """The address of another part of the queue."""
    now = {name: getattr(asked, name) for name in _PARAMETERS} | {"page": 1} | changes
    return url_for("curate.queue", **{name: value for name, value in now.items() if value not in ("", 1)})


@desk.post("/")
def selection() -> Response | str:
    """Do one thing with the chosen records: take them, or decide all that a line says."""
    take = request.form.get("take", "")
    chosen = [take] if take else request.form.getlist("pick")[:_MOST]
    action = "take" if take else request.form.get("do", "")
    way = request.form.get("back", "")
    back = redirect(way if is_inside(way) else url_for("curate.queue"), 303)
    if not chosen:
        flash("Choose at least one record.", "warn")
    elif action == "take":
        got = workbench().claims.take(chosen, me().name, time.time())
        others = len(chosen) - len(got)
        flash(
            f"{_records(len(got))} yours now" + (f"; {_records(others)} somebody else's" if others else "") + ".", "ok"
        )
    elif action == "over":
        only_editors(me(), "take over what somebody else has")
        workbench().claims.take(chosen, me().name, time.time(), over=True)
    elif action == "free":
        workbench().claims.free(chosen, me().name)
    elif action == "accept":
        return _accept(chosen, back)
    else:
        raise InvalidRequest("do", f"{action!r} cannot be done with records.", action)
    return back


def _records(number: int) -> str:
    return f"{number} record is" if number == 1 else f"{number} records are"


def _accept(chosen: list[str], back: Response) -> Response | str:
    """Accept what is suggested: first say what that would be, then do it."""
    vocabulary, _, concept = request.form.get("concept", "target:").partition(":")
    vocabularies = workbench().vocabularies()
    if vocabulary not in ("target", "theme", "country", "region") or (
        concept and concept not in vocabularies[vocabulary]
    ):
        raise InvalidRequest("concept", f"There is no tag {concept!r}.", concept)
    least = _share(request.form.get("least", "0.9"))
    rows = workbench().rows()
    meant = suggested([rows[name] for name in chosen if name in rows], vocabulary, concept, least)
    if not request.form.get("sure"):
        return render(
            "curate/sure.html",
            rows=meant,
            chosen=len(chosen),
            vocabulary=vocabulary,
            concept=concept,
            least=least,
            back=back.location,
        )
    change: Callable[[Record], Record] = accept(vocabulary, concept, least, me().name)
    done = list(workbench().decide_all([row.id for row in meant], me(), change))
    wrong = [each for each in done if each.wrong]
    flash(f"Accepted in {sum(each.changed for each in done)} of {len(done)} records.", "warn" if wrong else "ok")
    for each in wrong[:20]:
        flash(f"{each.record}: {each.wrong}", "bad")
    return back


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise InvalidRequest("least", "How sure a suggestion has to be is a number from 0 to 1.", text)
    return value
