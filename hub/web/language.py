"""The reader's language: it stands in the path (`/fr/search`; English without a prefix), nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache, partial
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, render_template, request, url_for
from markupsafe import Markup, escape

from hub.config import LANGUAGES, ROOT
from hub.search import PARAMETERS
from hub.web.params import LOOK

RIGHT_TO_LEFT = ("ar", "fa", "he", "ur")


def init_app(app: Flask) -> None:
    """Let every page speak the language of its path."""
    app.context_processor(_words)
    app.jinja_env.globals.update(in_language=in_language, language_name=language_name)


def _words() -> dict[str, Any]:
    """What templates know of the reader's language; bound to it once, as pages ask for hundreds of words."""
    tag = language()
    return {
        "here": partial(_here, request.script_root, tag),
        "_": partial(_shown, tag),
        "ngettext": partial(_counted, tag),
        "language": tag,
        "direction": "rtl" if tag in RIGHT_TO_LEFT else "ltr",
        "locale": locale_of(tag),
    }


def language_of_path(path: str) -> str:
    """`/fr/search` -> `fr`; English where there is no prefix."""
    first = path.split("/", 2)[1] if "/" in path else ""
    return first if first in LANGUAGES and first != "en" else "en"


def language() -> str:
    """The language of the request at hand."""
    if "language" not in g:
        g.language = language_of_path(request.path)
    return str(g.language)


@cache
def language_name(tag: str) -> str:
    """What a language calls itself, with a capital: `Français`."""
    name = Locale.parse(tag).get_display_name(tag) or tag
    return name[:1].upper() + name[1:]


@cache
def locale_of(tag: str) -> Locale:
    """The locale for dates, numbers and names."""
    return Locale("en", "GB") if tag == "en" else Locale(tag)  # day before month, as most of the world writes


@cache
def catalogue(tag: str) -> NullTranslations:
    """The texts of the interface in a language."""
    return Translations.load(ROOT / "hub" / "translations", [tag])


@cache
def _text(tag: str, message: str) -> Markup:
    return Markup(catalogue(tag).gettext(message))  # noqa: S704 - our own words


@lru_cache(maxsize=4096)
def _plural(tag: str, singular: str, plural: str, number: int) -> Markup:
    return Markup(catalogue(tag).ngettext(singular, plural, number))  # noqa: S704


def _shown(tag: str, message: str, /, **variables: Any) -> Markup:
    """A text of the interface for a template: what is put into it is escaped."""
    text = _text(tag, message)
    return _filled(text, variables) if "%" in text else text


def _counted(tag: str, singular: str, plural: str, number: int, /, **variables: Any) -> Markup:
    text = _plural(tag, singular, plural, number)
    return _filled(text, {"num": number, **variables}) if "%" in text else text


def _filled(text: Markup, variables: Mapping[str, Any]) -> Markup:
    """What `text % variables` is, in half the time."""
    safe = {name: value if isinstance(value, int) else escape(value) for name, value in variables.items()}
    return Markup(str.__mod__(text, safe))  # noqa: S704


def gettext(message: str, **variables: Any) -> str:
    """A text of the interface in the language of the request at hand, as plain text."""
    return catalogue(language()).gettext(message) % variables


def here(endpoint: str, **values: Any) -> str:
    """Address of a page in the reader's language: `here("search", q="peat")`."""
    return _here(request.script_root, language(), endpoint, **values)


def _here(root: str, tag: str, endpoint: str, /, **values: Any) -> str:
    return _path_of(root, f"{tag}.{endpoint}", **values)


def path_of(endpoint: str, **values: Any) -> str:
    """Address of a view within this host."""
    return _path_of(request.script_root, endpoint, **values)


@lru_cache(maxsize=4096)
def _path_of(_root: str, endpoint: str, **values: Any) -> str:
    return url_for(endpoint, **values)  # depends on the request by its root only, and takes long


def in_language(tag: str, query: str | None = None) -> str:
    """Address of this same page in another language; its front page where this one is no page of ours.

    `query` is the end of the address where a page has one way to write it, else what was asked for and means something.
    """
    blueprint, _, name = (request.endpoint or "").partition(".")
    if blueprint not in LANGUAGES:
        return path_of(f"{tag}.home")
    return path_of(f"{tag}.{name}", **(request.view_args or {})) + (same_query() if query is None else query)


def same_query() -> str:
    """The parameters of the request that mean something, to be added to another address."""
    meant = {*PARAMETERS, "id"} - {"explain"}
    if (request.endpoint or "").endswith(".embed_builder"):
        meant |= set(LOOK)
    known = [(name, value) for name, value in request.args.items(multi=True) if name in meant]
    return "?" + urlencode(known) if known else ""


def render(template: str, **values: Any) -> str:
    """A page of HTML."""
    return render_template(template, **values)
