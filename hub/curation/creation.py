"""A record begun by hand: what a draft cannot be without, and an id of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from hub.curation.form import EDITABLE, from_form
from hub.curation.shelf import Row
from hub.curation.workbench import today
from hub.errors import InvalidRecord, Problem
from hub.ids import new_id, slug
from hub.record import Provenance, Record, Status
from hub.requests import plain_address

_NEEDED = {
    "title": "is needed",
    "abstract": "is needed: what was done, and what came of it",
    "url": "is needed: the page a reader is sent to",
    "language": "is needed: the language of title and summary, such as en",
}


def new_record(form: Mapping[str, str], rows: Mapping[str, Row], by: str) -> Record:
    """The draft that a form makes, beside the records there are. InvalidRecord says what is missing or wrong."""
    problems = [Problem("", name, said) for name, said in _NEEDED.items() if not form.get(name)]
    url = form.get("url", "")
    own = plain_address(url)
    known = next((row for row in rows.values() if own and own in map(plain_address, (row.url, *row.also_at))), None)
    if known:
        problems.append(Problem("", "url", f"is that of a record already: {known.id} ({known.title})"))
    if problems:
        raise InvalidRecord(tuple(problems))
    try:
        host = re.sub(r"^www\.", "", urlsplit(form["url"]).hostname or "")
    except ValueError:
        raise InvalidRecord((Problem("", "url", "is no address"),)) from None
    source = form.get("source") or slug(host) or "by-hand"
    day = today()
    taken = {*rows, *(name for row in rows.values() for name in row.replaces)}
    empty = Record(
        id=new_id(form["title"], source, taken.__contains__),
        status=Status.DRAFT,
        type=form.get("type") or "case-study",
        title=form["title"],
        abstract=form["abstract"],
        language=form["language"],
        source=source,
        url=form["url"],
        provenance=Provenance(f"workbench ({by})", day, day),
    )
    return from_form(empty, {name: text for name, text in form.items() if name in EDITABLE})
