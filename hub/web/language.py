"""The reader's language: it stands in the path (`/fr/search`; English without a prefix), nowhere else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from babel import Locale
from flask import Flask, g, render_template, request, url_for
from flask_babel import Babel, get_locale

from hub.config import LANGUAGES
from hub.search import PARAMETERS

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


def init_app(app: Flask) -> None:
    """Translate every page into the language of its path."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, default_locale="en", locale_selector=language)
    app.jinja_env.globals.update(here=here, in_language=in_language, language=language)
    app.jinja_env.globals.update(direction=direction, language_name=language_name)


def language_of_path(path: str) -> str:
    """`/fr/search` -> `fr`; English where there is no prefix."""
    first = path.split("/", 2)[1] if "/" in path else ""
    return first if first in LANGUAGES and first != "en" else "en"


def language() -> str:
    """The language of the request at hand."""
    if "language" not in g:
        g.language = language_of_path(request.path)
    return str(g.language)


def direction() -> str:
    """`rtl` for scripts written from right to left."""
    return "rtl" if language() in RIGHT_TO_LEFT else "ltr"


def language_name(tag: str) -> str:
    """What a language calls itself, with a capital: `Français`."""
    name = Locale.parse(tag).get_display_name(tag) or tag
    return name[:1].upper() + name[1:]


def here(endpoint: str, **values: Any) -> str:
    """Address of a page in the reader's language: `here("search", q="peat")`."""
    return url_for(f"{language()}.{endpoint}", **values)


def in_language(tag: str) -> str:
    """Address of this same page in another language; its front page where this one is no page of ours."""
    blueprint, _, name = (request.endpoint or "").partition(".")
    if blueprint not in LANGUAGES:
        return url_for(f"{tag}.home")
    return url_for(f"{tag}.{name}", **(request.view_args or {})) + same_query()


def same_query() -> str:
    """The parameters of the request that mean something, to be added to another address."""
    known = [(name, value) for name, value in request.args.items(multi=True) if name in PARAMETERS]
    return "?" + urlencode(known) if known else ""


def render(template: str, **values: Any) -> str:
    """A page of HTML."""
    return render_template(template, **values)


def locale() -> Locale:
    """The reader's locale for dates, numbers and names."""
    found = get_locale() or Locale("en")
    return Locale("en", "GB") if found.language == "en" else found  # day before month, as most of the world writes
