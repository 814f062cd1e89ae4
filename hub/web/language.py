"""The reader's language: it stands in the path (`/fr/search`; English without a prefix), nowhere else."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import Flask, current_app, g, render_template, request, url_for
from flask_babel import Babel, get_locale

from hub.config import LANGUAGES

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


def init_app(app: Flask) -> None:
    """Translate every page into the language of its path."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = "translations"
    Babel(app, default_locale="en", locale_selector=language)
    app.jinja_env.globals.update(here=here, in_language=in_language, languages=LANGUAGES, language=language)
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
    name = (request.endpoint or "").partition(".")[2]
    blueprint = (request.endpoint or "").partition(".")[0]
    if blueprint not in LANGUAGES:
        return url_for(f"{tag}.home")
    values: dict[str, Any] = request.args.to_dict(flat=False)
    return url_for(f"{tag}.{name}", **values, **(request.view_args or {}))


def render(template: str, **values: Any) -> str:
    """A page of HTML."""
    return render_template(template, config=current_app.extensions["hub"].config, **values)


def locale() -> Locale:
    """The reader's locale for dates, numbers and names."""
    found = get_locale() or Locale("en")
    return Locale("en", "GB") if found.language == "en" else found  # day before month, as most of the world writes
