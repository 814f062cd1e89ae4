"""Small pieces of HTML that a page of results repeats by the dozen. As macros they took most of the time of a page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec
from markupsafe import Markup, escape

from hub.query import FacetValue, Span, Why
from hub.serialize.cite import dash
from hub.vocabulary import Concept, Vocabularies
from hub.web.language import catalogue, locale_of, path_of
from hub.web.present import group_number, number

# ruff: noqa: S704 - whatever comes from elsewhere is escaped here


def marked(spans: Iterable[Span], dashes: bool = False) -> Markup:
    """A text with the words that were found marked; with `dashes` as a title is written."""
    parts = []
    for span in spans:
        text = escape(dash(span.text) if dashes else span.text)
        parts.append(f"<mark>{text}</mark>" if span.match else text)
    return Markup("".join(parts))


# What could end a script element, or begin a comment in it, is written so that JSON reads it and HTML does not.
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def jsonld(data: Any) -> Markup:
    """Data for other programs within a page: a block that no browser runs, whatever text is in it."""
    text = msgspec.json.encode(data).decode().translate(_IN_SCRIPT)
    return Markup(f'<script type="application/ld+json">{text}</script>\n')


@lru_cache(maxsize=4096)
def reason(why: Why, language: str) -> Markup:
    """How one part of a query matched: `“reeds” in the title, text, as <i>reed</i>`."""
    words = catalogue(language)
    names = {
        "title": words.gettext("title"),
        "abstract": words.gettext("summary"),
        "sections": words.gettext("text"),
        "text": words.gettext("text"),
        "keywords": words.gettext("tags and keywords"),
    }
    fields = escape(", ".join(dict.fromkeys(names[field] for field in why.fields)))
    quoted = escape(words.gettext("“%(text)s”")) % {"text": why.clause}
    if not why.forms:
        return quoted + " " + escape(words.gettext("in the %(fields)s")) % {"fields": fields}
    forms = Markup("<i>{}</i>").format(Markup("</i>, <i>").join(why.forms))
    return quoted + " " + escape(words.gettext("in the %(fields)s, as %(forms)s")) % {"fields": fields, "forms": forms}


def badge(target: Concept, vocabularies: Vocabularies, language: str, big: bool = False) -> Markup:
    """The number of a target in the colour and shape of its group."""
    return _badge(group_number(target, vocabularies), target.notation, language, " badge--big" if big else "")


@lru_cache(maxsize=1024)
def _badge(group: int, notation: str, language: str, size: str = "") -> Markup:
    word = catalogue(language).gettext("Target")
    shown = Markup('<span class="badge badge--g{}{}"><span class="vh">{} </span>{}</span>')
    return shown.format(group, size, word, notation)


class _Tag(NamedTuple):
    """What the tag of a target shows."""

    group: int
    notation: str
    label: str
    title: str
    href: str
    named: bool
    suggested: bool


def target_tag(
    target: Concept, vocabularies: Vocabularies, language: str, named: bool = True, suggested: bool = False
) -> Markup:
    """A target as a link: its badge, its name (unless `named`: for screen readers only), whether it is confirmed."""
    label = target.label(language)
    title = target.title.get(language) or label
    href = path_of(f"{language}.target", name=target.notation)
    group = group_number(target, vocabularies)
    return _target_tag(_Tag(group, target.notation, label, title, href, named, suggested), language)


@lru_cache(maxsize=4096)
def _target_tag(tag: _Tag, language: str) -> Markup:
    note = catalogue(language).gettext("suggested, not confirmed")
    return Markup(
        '<a class="tag{}" href="{}" title="{}">{}<span class="{}"><span class="vh">: </span>{}</span>{}</a>'
    ).format(
        " tag--suggested" if tag.suggested else "",
        tag.href,
        tag.title,
        _badge(tag.group, tag.notation, language),
        "tag__name" if tag.named else "vh",
        tag.label,
        Markup('<span class="vh"> ({})</span>').format(note) if tag.suggested else "",
    )


@lru_cache(maxsize=4096)
def cases(count: int, language: str) -> str:
    """`12 cases`."""
    shown = {"num": number(count, locale_of(language))}
    return catalogue(language).ngettext("%(num)s case", "%(num)s cases", count) % shown


@lru_cache(maxsize=4096)
def counted(name: str, count: int, language: str) -> str:
    """How many cases something has: `2014–2016: 12 cases`."""
    return catalogue(language).gettext("%(name)s: %(value)s") % {"name": name, "value": cases(count, language)}


def checkboxes(
    name: str, options: Iterable[FacetValue], language: str, label: str = "", vocabularies: Vocabularies | None = None
) -> Markup:
    """Facet options as list items to tick.

    `label` stands in for the name of the option. Targets have their badges where `vocabularies` are given.
    """
    targets = vocabularies["target"] if vocabularies and name == "target" else None
    parts = []
    for option in options:
        target = targets.find(option.value) if targets else None
        before = badge(target, vocabularies, language) if vocabularies and target and target.assignable else ""
        parts.append(_checkbox(name, option.value, label or option.label, option.selected, before))
        parts.append(_how_many(option.count, language))
    return Markup("".join(parts))


@lru_cache(maxsize=4096, typed=True)  # typed, as text that is markup already must not pass for text that is not
def _checkbox(name: str, value: str, label: str, checked: bool, before: str) -> str:
    return (
        f'<li class="option"><label><input type="checkbox" name="{escape(name)}" value="{escape(value)}"'
        f'{" checked" if checked else ""}>{escape(before)}<span class="option__label">{escape(label)}</span></label> '
    )


@lru_cache(maxsize=4096)
def _how_many(count: int, language: str) -> str:
    words = catalogue(language).ngettext("case", "cases", count)
    shown = number(count, locale_of(language))
    return f'<span class="option__n">{escape(shown)}<span class="vh"> {escape(words)}</span></span></li>'
