"""Ids for what gets a name by itself: the words of a text in plain letters, joined by hyphens."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain, count

from anyascii import anyascii

LONGEST = 60  # characters of an id that is made here


def slug(text: str) -> str:
    """A text of any script as `words-in-plain-letters`, cut after a word; empty where it has no letter or digit."""
    words = re.findall(r"[a-z0-9]+", anyascii(text).lower())
    found = ""
    for word in words:
        if len(found) + len(word) >= LONGEST:
            break
        found = f"{found}-{word}" if found else word
    return found or "".join(words[:1])[:LONGEST]


def new_id(title: str, source: str, taken: Callable[[str], bool]) -> str:
    """An id for a new record from its title; with its source's name and a number where others have it already."""
    stem = slug(title) or source
    names = chain((stem, f"{stem}-{source}"), (f"{stem}-{source}-{number}" for number in count(2)))
    return next(name for name in names if not taken(name))
