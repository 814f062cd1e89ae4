"""Hostile text made plain: HTML to paragraphs, without markup, control characters and stray white space."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Iterator

from bs4 import BeautifulSoup, MarkupResemblesLocatorWarning, Tag, XMLParsedAsHTMLWarning
from bs4.element import NavigableString, PreformattedString

from hub.parse import CONTROL

_DROPPED = {"script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select", "button"}
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote body br center dd details div dl dt fieldset figcaption figure footer form h1"
        " h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul",
    )
)
_MARKUP = re.compile(r"<[a-zA-Z!/?]|&(?:#\d+|#x[\da-fA-F]+|[a-zA-Z]{2,8});")
_SPACE = re.compile(r"[ \t\r\n\f\v\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069]")


def soup(html: str) -> BeautifulSoup:
    """Parsed HTML, whatever state it is in."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MarkupResemblesLocatorWarning)
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return BeautifulSoup(html, "lxml")


def plain(html: str) -> str:
    """HTML or text as plain text; paragraphs, list items and table cells are divided by an empty line."""
    paragraphs = _paragraphs(soup(html)) if _MARKUP.search(html) else iter(re.split(r"\n\s*\n", html))
    return "\n\n".join(text for paragraph in paragraphs if (text := line(paragraph)))


def text_of(element: Tag) -> str:
    """The text of a part of a page, as `plain` makes it."""
    return "\n\n".join(text for paragraph in _paragraphs(element) if (text := line(paragraph)))


def line(text: str) -> str:
    """Text as one line: without control characters and repeated white space."""
    # By pieces: thousands of accents upon one letter take the square of their number to put in order.
    normal = "".join(unicodedata.normalize("NFC", text[at : at + 2000]) for at in range(0, len(text), 2000))
    clean = _INVISIBLE.sub("", CONTROL.sub(" ", normal))
    return _SPACE.sub(" ", clean.replace("\u2028", " ").replace("\u2029", " ")).strip()


def title_line(html: str) -> str:
    """HTML or text as one line."""
    return " ".join(plain(html).split("\n\n"))


def _paragraphs(root: Tag) -> Iterator[str]:
    """Text between the borders of blocks, walked without recursion: hostile pages nest deeply."""
    pieces: list[str] = []
    stack = [iter(root.contents)]
    names = [root.name]
    while stack:
        node = next(stack[-1], None)
        border = names[-1] if node is None else getattr(node, "name", None)
        if border in _BLOCKS:
            yield "".join(pieces)
            pieces.clear()
        if node is None:
            stack.pop()
            names.pop()
        elif isinstance(node, Tag):
            if node.name not in _DROPPED:
                stack.append(iter(node.contents))
                names.append(node.name)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            pieces.append(str(node))
    yield "".join(pieces)
