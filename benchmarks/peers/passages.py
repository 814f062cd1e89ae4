"""Passages for a peer's documents, found by words in the text, so that a peer can be measured with whichever is faster.

The hub's own passages start from positions in its index, which peers do not have. This does the same from the text
alone: a pattern finds words that begin like those asked for, their stems decide, and the passage of the hub's width
with the most different ones is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from benchmarks.peers import WIDTH, Query
from hub.engine.whoosh.analysis import stem
from hub.text import fold

_STEM = 4  # letters that a word and its other forms begin with alike


def shower(query: Query) -> Callable[[str, str, str], str]:
    """A function from (language, abstract, body) of a document to its passage that shows most of a question."""
    begins = {re.escape(word[:_STEM]) for word in (*query.words, query.prefix) if word}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(begins))})\w*", re.IGNORECASE)
    prefix = fold(query.prefix)

    def show(language: str, abstract: str, body: str) -> str:
        wanted = {stem(word, language): number for number, word in enumerate(query.words)}
        best, shown = -1, (abstract, 0, [])
        for text in (abstract, body):
            found = []
            for match in pattern.finditer(text):
                part = wanted.get(stem(match[0], language))
                if part is None and prefix and fold(match[0]).startswith(prefix):
                    part = -1
                if part is not None:
                    found.append((match.start(), match.end(), part))
            for first, (start, _, _) in enumerate(found):
                inside = [one for one in found[first:] if one[1] <= start + WIDTH]
                worth = 100 * len({part for _, _, part in inside}) + len(inside)
                if worth > best:
                    best, shown = worth, (text, start, inside)
        return _marked(*shown)

    return show


def _marked(text: str, start: int, found: list[tuple[int, int, int]]) -> str:
    end = min(start + WIDTH, len(text))
    parts, at = [], start
    for begin, stop, _ in found:
        parts += [text[at:begin], "<b>", text[begin:stop], "</b>"]
        at = stop
    return "".join([*parts, text[at:end]])
