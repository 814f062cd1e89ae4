"""Who is at the desk: signing in and out, and what every page of the workbench needs of the request."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, cast

from flask import Blueprint, current_app, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from hub.config import Config
from hub.curation.accounts import Account, Accounts, Role
from hub.curation.sessions import Sessions
from hub.curation.throttle import Throttle
from hub.curation.workbench import Workbench
from hub.errors import Forbidden, InvalidRecord
from hub.web.language import render
from hub.web.visitor import address_of

LARGEST = 3_000_000  # bytes of a form: the longest record in the form with the longest texts
SHIFT = 12 * 3600  # seconds that a session lasts without a click
csrf = CSRFProtect()

desk = Blueprint("curate", __name__, url_prefix="/curate")


@dataclass(frozen=True)
class Desk:
    """What the workbench stands on."""

    config: Config
    workbench: Workbench
    accounts: Accounts
    throttle: Throttle
    sessions: Sessions


def the_desk() -> Desk:
    """The desk of the app at hand."""
    return cast(Desk, current_app.extensions["curate"])


def workbench() -> Workbench:
    """What curators do to the corpus."""
    return the_desk().workbench


def me() -> Account:
    """Who is signed in. Forbidden where nobody is."""
    if g.get("account") is None:
        raise Forbidden("Sign in first.")
    return cast(Account, g.account)


@desk.before_request
def _guard() -> Response | tuple[str, int] | None:
    """Let in only who is signed in, and take a form only from our own pages."""
    request.max_content_length = request.max_form_memory_size = LARGEST
    g.account = _signed_in()
    if g.account is None and request.endpoint != "curate.login":
        if request.method == "GET":
            return redirect(url_for("curate.login", next=request.full_path.rstrip("?")))
        said = "You are signed out. Sign in, and go on with what you sent: nothing of it is lost."
        return _door(request.path, said, sent=_sent(request.form)), 403
    if request.method == "POST":
        csrf.protect()
    return None


def _signed_in() -> Account | None:
    """The account that the trusted proxy or the session names, if it is there and unchanged."""
    standing = the_desk()
    if standing.config.proxy_header:
        if request.remote_addr != standing.config.proxy_address:
            return None
        name = request.headers.get(standing.config.proxy_header, "")
        account = standing.accounts.get(name) if name else None
        if name and account is None:
            raise Forbidden(f"There is no account {name[:64]!r} here; add it with: hub user add")
        return account
    account = standing.accounts.get(str(session.get("user", "")))
    if account is None or session.get("stamp") != standing.accounts.stamp(account):
        return None
    return None if standing.sessions.is_over(session["id"]) else account


def _address() -> str:
    """Where the request comes from."""
    return address_of(request.environ, the_desk().config.proxy_address)


def _sent(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """The fields of a form that somebody sent, to be sent again."""
    return [(name, text) for name, text in form.items(multi=True) if name != "csrf_token"]


def _door(way: str, wrong: str = "", name: str = "", sent: Sequence[tuple[str, str]] = ()) -> str:
    return render("curate/login.html", way=way, wrong=wrong, name=name, sent=sent)


@desk.route("/login", methods=["GET", "POST"])
def login() -> str | Response | tuple[str, int] | tuple[str, int, Mapping[str, str]]:
    """Sign in with a name and a password; what was sent while signed out is offered to be sent again."""
    standing, way = the_desk(), _way_on(request.values.get("next", ""))
    if standing.config.proxy_header:
        raise Forbidden("Signing in is the business of the proxy in front of this site.")
    if request.method == "GET":
        return redirect(way) if g.account else _door(way)
    name, address = request.form.get("name", "").strip().lower(), _address()
    sent = [(field[5:], text) for field, text in _sent(request.form) if field.startswith("sent:")]
    if (wait := standing.throttle.wait(name, address, time.time())) > 0:
        said = f"Too many tries. Wait {max(round(wait), 1)} seconds, then try again."
        return _door(way, said, name, sent), 429, {"Retry-After": str(int(wait) + 1)}
    account = standing.accounts.verify(name, request.form.get("password", ""))
    if account is None:
        standing.throttle.failed(name, address, time.time())
        said = "This name and password do not belong together. Who looks after the hub can set a new one."
        return _door(way, said, name, sent), 403
    standing.throttle.succeeded(name, address)
    session.clear()  # nothing of before comes along
    session.permanent = True
    session["id"] = token_urlsafe(16)
    session["user"], session["stamp"] = account.name, standing.accounts.stamp(account)
    return render("curate/again.html", way=way, sent=sent) if sent else redirect(way, 303)


@desk.post("/logout")
def logout() -> Response:
    """Sign out: a copy of the cookie is good for nothing any more."""
    the_desk().sessions.end(str(session.get("id", "")), time.time())
    session.clear()
    return redirect(url_for("curate.login"), 303)


def _way_on(asked: str) -> str:
    """Where to go after signing in."""
    return asked if is_inside(asked) else url_for("curate.queue")


def is_inside(address: str) -> bool:
    """Whether an address is one of the workbench: no other site, and nothing that a browser would run."""
    plain = "//" not in address and "\\" not in address and address.isprintable()
    return address.startswith("/curate/") and plain


@desk.errorhandler(InvalidRecord)
def _damaged(error: InvalidRecord) -> tuple[str, int]:
    """A record that cannot be shown, or would not be one any more: what is wrong with it."""
    return render("curate/damaged.html", problems=error.problems), 409


@desk.context_processor
def _words() -> dict[str, Any]:
    """What every template of the workbench may use."""
    return {
        "vocabularies": workbench().vocabularies(),
        "account": g.get("account"),
        "is_editor": g.get("account") is not None and g.account.role is Role.EDITOR,
        "people": {each.name: each.display for each in the_desk().accounts.list()},
    }
