"""Where the workbench joins the application."""

from __future__ import annotations

import threading
from functools import cache

from babel import Locale, UnknownLocaleError
from flask import Flask

from hub.config import Config
from hub.corpus import Corpus
from hub.curation.accounts import Accounts
from hub.curation.sessions import Sessions
from hub.curation.throttle import Throttle
from hub.curation.workbench import Workbench
from hub.web.curate import editor, queue, records  # noqa: F401 - their views join the blueprint
from hub.web.curate.desk import SHIFT, Desk, csrf, desk


def add_workbench(app: Flask, config: Config) -> None:
    """Serve the workbench below /curate. Raises HubError where the corpus is not there."""
    folder = config.instance / "curation"
    app.config.update(
        SECRET_KEY=config.secret_key,
        SESSION_COOKIE_NAME="hub_curate",
        SESSION_COOKIE_PATH="/curate",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.base_url.startswith("https:"),
        PERMANENT_SESSION_LIFETIME=SHIFT,
        WTF_CSRF_CHECK_DEFAULT=False,  # the blueprint does, after it has set how large a form may be
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: who wrote for an hour must be able to save
    )
    csrf.init_app(app)
    accounts = Accounts(folder / "accounts.json")
    throttle = Throttle(folder / "throttle.sqlite")
    sessions = Sessions(folder / "sessions.sqlite", SHIFT)
    bench = Workbench(Corpus(config.corpus), config.instance)
    app.extensions["curate"] = Desk(config, bench, accounts, throttle, sessions)
    threading.Thread(target=bench.prepare, daemon=True).start()
    app.jinja_env.globals["language_in_english"] = language_in_english
    app.register_blueprint(desk)


@cache
def language_in_english(tag: str) -> str:
    """What a language is called in English; its tag where nobody knows it."""
    try:
        return Locale.parse(tag.replace("-", "_")).get_display_name("en") or tag
    except (ValueError, UnknownLocaleError):
        return tag
