"""A web page as an item: what it declares of itself, then its source's rules, then its main text.

`extract` is meant for a process of its own: pages are hostile, and a parser may be slow on one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup, Tag
from lxml.html import HtmlElement
from msgspec.structs import fields, replace
from soupsieve import SelectorSyntaxError
from trafilatura.utils import load_html

from indexer.extract import dates, media, rights, where
from indexer.extract.blocks import Block, blocks
from indexer.extract.decode import decode
from indexer.extract.facts import Facts
from indexer.extract.language import language
from indexer.extract.markup import check_bytes, has_scripts, prepared
from indexer.extract.meta import Head, head_of
from indexer.extract.nodes import json_nodes, marked_nodes
from indexer.extract.refused import FEWEST, check_page
from indexer.extract.sections import TEXT, field_of, sections, with_leads
from indexer.extract.text import main_blocks, words_of
from indexer.extract.title import document_title, key_of, title_of
from indexer.harvest.item import Item, PageRules, Unreadable
from indexer.harvest.plain import line, plain, soup, text_of
from indexer.harvest.values import address_of, date_of, language_of, license_of, mailbox_of

_GENERAL = PageRules()
_BODIES = ("abstract", "challenge", "action", "results", "lessons")
_READ_BY: Mapping[str, Callable[[str], str]] = {
    "language": language_of, "license": license_of, "contact": mailbox_of,
    "began": date_of, "ended": date_of, "issued": date_of, "modified": date_of,
}  # fmt: skip
_SELECTABLE = {field.name for field in fields(Item) if field.type is str or field.type == "str"} - {"id", "url", "read"}
_TOP = 5  # blocks among which the title may stand without being a heading
_SHORTEST = 30  # characters of an abstract
_TAG = re.compile(r"\s*[,;|\u060c\u3001]\s*")
_MOST_TAGS = 40
_LONGEST_TAG = 100


def extract(body: bytes, url: str, charset: str = "", rules: PageRules = _GENERAL) -> Item:
    """What a page tells of its case. `charset` is what the server said; raises Unreadable with the reason."""
    check_bytes(body)
    text = decode(body, charset)
    try:
        return _read(prepared(text), url, rules, has_scripts(text))
    except RecursionError:
        raise Unreadable("The page is nested too deeply to be read.") from None


def _read(html: str, url: str, rules: PageRules, scripted: bool) -> Item:
    page = soup(html)
    head = head_of(page)
    facts = Facts((*json_nodes(page), *marked_nodes(page)), url, document_title(page))
    for selector in rules.remove:
        for element in _select(page, selector):
            element.decompose()
    chosen = _chosen(page, rules)
    title = chosen.get("title") or title_of(page, head, facts, url)
    tree = _tree(str(page) if rules.remove or chosen else html)
    main = _main(page, tree, rules, title)
    texts = _texts(main, facts) | chosen
    whole = "\n\n".join(texts[name] for name in (TEXT, *_BODIES) if texts.get(name))
    check_page(page, title, whole, scripted)
    found = _described(page, head, facts, main, url)
    found["issued"], found["modified"] = dates.issued_and_modified(tree, head, facts, url)
    found["abstract"] = _abstract(head, facts, title)
    found["language"] = language(_languages(page, head, facts), whole)
    return replace(Item(title=title, read="page"), **{**found, **texts})


def _tree(html: str) -> HtmlElement | None:
    """The page for the libraries that read lxml's trees."""
    try:
        tree = load_html(html)
    except (ValueError, TypeError):
        return None
    return tree if isinstance(tree, HtmlElement) else None


def _select(page: BeautifulSoup, selector: str) -> list[Tag]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of selectors that have newer names
        try:
            return list(page.select(selector))
        except (SelectorSyntaxError, NotImplementedError, ValueError, TypeError):
            raise Unreadable(f"The source's rule for pages has {selector!r}, which is no CSS selector.") from None


def _chosen(page: BeautifulSoup, rules: PageRules) -> dict[str, str]:
    """The fields that the source's rules find; what became a section is taken out, so that it is not told twice."""
    found = {}
    for field, selector in rules.select.items():
        if field not in _SELECTABLE:
            raise Unreadable(f"The source's rule for pages names {field!r}, which is no text of an item.")
        elements = _select(page, selector)
        if field == TEXT or not elements:
            continue
        if field in _BODIES:
            found[field] = "\n\n".join(text for element in elements if (text := _body(element)))
            for element in elements:
                element.decompose()
        else:
            value = line(" ".join(str(element.get("content") or text_of(element)) for element in elements[:1]))
            found[field] = _READ_BY.get(field, str)(value)
    return {field: value for field, value in found.items() if value}


def _body(element: Tag) -> str:
    """The text of a section, without a heading that only names it."""
    paragraphs = text_of(element).split("\n\n")
    return "\n\n".join(paragraphs[1:] if len(paragraphs) > 1 and field_of(paragraphs[0])[1] else paragraphs)


def _main(page: BeautifulSoup, tree: HtmlElement | None, rules: PageRules, title: str) -> list[Block]:
    """The blocks of the main text, without the title above it."""
    found: list[Block] = []
    if TEXT in rules.select:
        found = [block for part in _select(page, rules.select[TEXT]) for block in with_leads(blocks(part))]
    found = found or main_blocks(page, tree)
    name = key_of(title)
    return [
        block
        for place, block in enumerate(found)
        if key_of(block.text) != name or (block.rank is None and place > _TOP)
    ]


def _texts(main: list[Block], facts: Facts) -> dict[str, str]:
    """Text and sections; where a page shows nothing, the text that it declares for search engines."""
    found = dict(sections(main))
    if sum(len(words_of(text)) for text in found.values()) < FEWEST:
        declared = next((plain(str(text)) for text in facts.values("articleBody", "text") if isinstance(text, str)), "")
        if len(words_of(declared)) >= FEWEST:
            return {TEXT: declared}
    return found


def _described(page: BeautifulSoup, head: Head, facts: Facts, main: list[Block], url: str) -> dict[str, Any]:
    """What is neither text nor title."""
    base = address_of(_base(page), url) or url
    license_, statement = rights.license_and_rights(page, head, facts)
    began, ended = dates.began_and_ended(facts)
    return {
        "url": _canonical(head, base, url),
        "license": license_,
        "rights": statement,
        "contact": rights.contact(page, facts),
        "publisher": facts.publisher() or head.first("dc.publisher", "og:site_name", "citation_publisher"),
        "organisations": facts.organisations(),
        "images": media.images(head, facts, main, base),
        "documents": media.documents(main, base),
        "point": where.point(page, head, facts),
        "countries": where.countries(facts),
        "place": where.place(facts),
        "source_tags": _tags(page, head, facts),
        "began": began,
        "ended": ended,
    }


def _base(page: BeautifulSoup) -> str:
    base = page.find("base", href=True)
    return str(base["href"]) if base else ""


def _canonical(head: Head, base: str, url: str) -> str:
    """The address that the page calls its own, if it is one of the same site or of the same path."""
    here = urlsplit(url)
    for given in (*head.links.get("canonical", ()), *head.every("og:url")):
        address = address_of(given, base)
        there = urlsplit(address)
        names = {(part.hostname or "").removeprefix("www.") for part in (here, there)}
        short, long = min(names, key=len), max(names, key=len)
        same_site = short == long or long.endswith(f".{short}")
        is_home = there.path in ("", "/") and here.path not in ("", "/")  # a careless default
        if address and not is_home and (same_site or (there.path == here.path and len(here.path) > 1)):
            return address
    return url


def _languages(page: BeautifulSoup, head: Head, facts: Facts) -> tuple[str, ...]:
    """What the page says of its language, the most reliable first."""
    elements = [element for element in (page.find("html"), page.find("body")) if isinstance(element, Tag)]
    named = [str(element.get(name) or "") for name in ("lang", "xml:lang") for element in elements]
    named += [
        *facts.texts("inLanguage"),
        *head.every("content-language", "dc.language", "citation_language", "og:locale"),
    ]
    return tuple(re.split(r"[,;]", name)[0].strip() for name in named if name.strip())


def _abstract(head: Head, facts: Facts, title: str) -> str:
    """What the page declares as its summary, unless that is its title, too short, or said of the whole site."""
    slogans = {str(text).casefold() for node in facts.around for text in node.get("description", ())}
    declared = [plain(str(text)) for text in facts.values("abstract", "description") if isinstance(text, str)]
    declared += head.every("citation_abstract", "dc.abstract", "og:description", "description", "dc.description")
    declared += head.every("twitter:description")
    for text in declared:
        if len(text) >= _SHORTEST and text.casefold() not in slogans and text.casefold() != title.casefold():
            return text
    return ""


def _tags(page: BeautifulSoup, head: Head, facts: Facts) -> tuple[str, ...]:
    """The source's own keywords, each once."""
    given = [*facts.tags(), *head.every("keywords", "news_keywords", "citation_keywords", "dc.subject")]
    given += head.every("article:tag", "parsely-tags")
    given += [line(link.get_text(" ")) for link in page.select('a[rel~="tag" i]')]
    found: dict[str, str] = {}
    for text in given:
        for part in _TAG.split(text):
            if 1 < len(part) <= _LONGEST_TAG and not part.startswith("/"):  # an address within the site is no word
                found.setdefault(part.casefold(), part)
    return tuple(found.values())[:_MOST_TAGS]
