"""feedparser, kept from working for ever: feeds are bounded, and its steps that take the square of a feed replaced."""

from __future__ import annotations

import io
import warnings
from typing import Any

import feedparser
from feedparser.mixin import _FeedParserMixin

from indexer.harvest.item import Unreadable

BIGGEST = 5_000_000  # bytes
_MOST = (("<", 150_000, "tags"), ("&", 1_000_000, "character references"))  # a tag takes some 40 µs
_MOST_TERMS = 200  # of one entry
_MANY_PIECES = 1_000
_ASIDE = (("<!--", "-->"), ("<?", "?>"), ("<!", ">"))  # what stands before the first element


def parsed_feed(text: str, what: str, base: str) -> Any:
    """What feedparser makes of a feed; malformed ones are read as far as can be. Raises Unreadable."""
    body = _bounded(text, what).encode("utf-8", "replace")
    stated = {"content-location": base, "content-type": "application/xml; charset=utf-8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return feedparser.parse(io.BytesIO(body), response_headers=stated, sanitize_html=False)
        except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
            raise Unreadable(f"{what} cannot be read as a feed: {type(error).__name__}") from None


def _bounded(text: str, what: str) -> str:
    """A feed from its first element on. Raises Unreadable where it is made to keep its reader busy."""
    if "<!ENTITY" in text:
        raise Unreadable(f"{what} declares entities, which are not read")
    for mark, most, name in _MOST:
        if text.count(mark) > most:
            raise Unreadable(f"{what} has more than {most:,} {name}, too many for a feed")
    at = text.find("<")
    while mark := next((end for start, end in _ASIDE if text.startswith(start, at)), "") if at >= 0 else "":
        over = text.find(mark, at)
        at = text.find("<", over) if over >= 0 else -1
    return text[at:] if at >= 0 else ""


_pop, _add_tag = _FeedParserMixin.pop, _FeedParserMixin._add_tag


def _bounded_pop(self: Any, element: str, strip_whitespace: int = 1) -> Any:
    """As `pop`, which takes blank pieces off the front of a text one by one, each time moving all others."""
    pieces = self.elementstack[-1][2] if self.elementstack else []
    if len(pieces) > _MANY_PIECES:
        del pieces[: next((place for place, piece in enumerate(pieces) if piece.strip()), len(pieces) - 1)]
    return _pop(self, element, strip_whitespace)


def _bounded_add_tag(self: Any, term: str, scheme: str, label: str) -> None:
    """As `_add_tag`, which looks through all terms before it adds one."""
    if len(self._get_context().get("tags", ())) < _MOST_TERMS:
        _add_tag(self, term, scheme, label)


def _no_author_detail(self: Any, key: str = "author") -> None:
    """Looking for a mailbox in an author's name takes the square of its length, and nobody asks for it."""


_FeedParserMixin.pop = _bounded_pop
_FeedParserMixin._add_tag = _bounded_add_tag
_FeedParserMixin._sync_author_detail = _no_author_detail
