"""A page's title without the name of the site: what a person would call the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from indexer.extract.facts import Facts
from indexer.extract.meta import Head
from indexer.harvest.plain import line, title_line

_BETWEEN = re.compile(r"(\s+[|\-\u2013\u2014\u2212\u00b7\u2022\u00bb\u00ab\u203a:/\\<>~@]+\s+|\s*(?:\||::)\s*)")
_SURE = re.compile(r"\s*(?:\||::)\s*")  # what stands between a title and a site's name, and hardly in a title
_CHINESE = re.compile(r"[-_][^\W\d_]{1,8}[\u7f51\u7db2]$")  # "-新华网": a site's name, without spaces
_TELLING = 8  # letters of a title that a longer heading may hold
_LONGEST = 500  # characters of a title
_SHORT = 4  # words of a site's name
_DECLARED = ("citation_title", "dc.title", "og:title", "twitter:title", "parsely-title", "title")


def document_title(page: BeautifulSoup) -> str:
    """The title in the page's head."""
    found = page.find("title")
    return title_line(found.get_text()) if found else ""


def title_of(page: BeautifulSoup, head: Head, facts: Facts, url: str) -> str:
    """The title of a page.

    A heading of the first rank is it where the page declares the same elsewhere; else what is declared for sharing
    and citing, else the document's title. The site's name is cut off from all of them.
    """
    document = document_title(page)
    headings = [text for h1 in page.find_all("h1", limit=20) if 1 < len(text := line(h1.get_text(" "))) <= _LONGEST]
    site = _site_names(head, facts, url)
    headings = [text for text in headings if key_of(text) not in site]
    declared = [facts.first("headline", "name"), *head.every(*_DECLARED), document]
    cut = [text for whole in declared if (text := _without_site(whole, site, headings)) and key_of(text) not in site]
    for known in (cut[:-1], cut, [piece for text in declared for piece in _pieces(text)]):
        keys = {key_of(text) for text in known}
        for heading in headings:
            if key_of(heading) in keys:
                return _like(heading, cut)
    for heading in headings:
        if any(_begins(whole, heading) for whole in declared):
            return heading
    shown = [key for heading in headings if (key := key_of(heading))]
    supported = (text for text in cut if len(key_of(text)) >= _TELLING and any(key_of(text) in key for key in shown))
    return next(iter((*supported, *cut, *headings, document)), "")[:_LONGEST]


def _begins(whole: str, heading: str) -> bool:
    """Whether a heading is most of a longer title, and what follows is set apart by some sign."""
    rest = whole[len(heading) :].lstrip()
    return whole.startswith(heading) and 2 * len(heading) > len(whole) and bool(rest) and not rest[0].isalnum()


def _like(heading: str, declared: Sequence[str]) -> str:
    """The heading as it is declared: headings are sometimes set in capitals."""
    return next((text for text in declared if key_of(text) == key_of(heading)), heading)


def _site_names(head: Head, facts: Facts, url: str) -> set[str]:
    """What the site calls itself, as keys."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    named = [*head.every("og:site_name", "application-name", "apple-mobile-web-app-title", "al:android:app_name")]
    named += [host, host.rpartition(".")[0], host.split(".")[0], facts.publisher()]
    named += [
        text for node in facts.around if "WebSite" in node.get("@type", ()) for text in _texts(node.get("name", ()))
    ]
    return {key for name in named if len(key := key_of(name)) > 1}


def _texts(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _pieces(text: str) -> list[str]:
    """What may be the title in a longer one: its first piece, and all but the last."""
    parts = _BETWEEN.split(text)
    return [parts[0], "".join(parts[:-2])] if len(parts) > 2 else []


def _without_site(text: str, site: set[str], headings: Sequence[str]) -> str:
    """A title without the site's name before or behind it."""
    parts = _BETWEEN.split(_CHINESE.sub("", text).strip(" :|"))
    whole = {key_of(heading) for heading in headings}
    while len(parts) > 2 and key_of("".join(parts)) not in whole:
        if _is_site(parts[-1], site) or (_SURE.fullmatch(parts[-2]) and _may_be_cut(parts[:-2], parts[-1])):
            parts = parts[:-2]
        elif _is_site(parts[0], site):
            parts = parts[2:]
        else:
            break
    return "".join(parts).strip()


def _is_site(piece: str, site: set[str]) -> bool:
    key = key_of(piece)
    return any(
        key == name or (len(name) > 3 and key.startswith(name) and len(piece.split()) <= _SHORT) for name in site
    )


def _may_be_cut(rest: Sequence[str], piece: str) -> bool:
    return len(piece.split()) <= _SHORT and len("".join(rest).split()) >= 2


def key_of(text: str) -> str:
    """A title by its letters and digits alone, to compare it."""
    return re.sub(r"[\W_]+", "", text.casefold())
