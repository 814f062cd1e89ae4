"""The main text of a page: which of its blocks are neither menu nor banner nor advertisement.

Trafilatura judges the page, our own reading keeps its structure: a block belongs to the main text when its words stand
in the text that trafilatura found. Where that is suspiciously little, the blocks are judged by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, groupby

from bs4 import Tag
from lxml.html import HtmlElement
from msgspec.structs import replace
from trafilatura import bare_extraction

from indexer.extract.blocks import BOLD, Block, blocks
from indexer.extract.sections import TEXT, Part, field_of, fields_found, parts, with_leads

# Words, and single signs of scripts that are written without spaces.
_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff]|[^\W\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff]+"
)
_RUN = 4  # words in a row by which a text is known again
_KNOWN = 0.5  # share of a block's runs that must be known
_NEAR = 3  # blocks around a short one, of which one must belong to the main text
_LITTLE = 0.4  # share of what our own reading finds, below which trafilatura's text is too little
_FEW = 25  # words below which there is no text
_LINKED = 0.5  # share of a block that may be links


def words_of(text: str) -> list[str]:
    """The words of a text in small letters."""
    return _WORD.findall(text.casefold())


def count_words(found: Iterable[Block]) -> int:
    """How many words blocks have together."""
    return sum(len(words_of(block.text)) for block in found)


def main_blocks(root: Tag, tree: HtmlElement | None) -> list[Block]:
    """The blocks of a page's main text. `tree` is the page for trafilatura."""
    found = with_leads(blocks(root))
    own = _without_repeats(found, _judged_alone(found))
    kept = _without_repeats(found, _known_again(found, judged(tree)))
    count, count_own = (count_words(compress(found, flags)) for flags in (kept, own))
    if count < _LITTLE * count_own or count < min(_FEW, count_own):
        kept = own
    kept = _with_headings(found, _with_lost_sections(found, kept, own))
    return list(_with_pictures(found, kept))


def _with_pictures(found: Sequence[Block], kept: Sequence[bool]) -> Iterator[Block]:
    """The blocks that are kept; a picture directly behind one, whose caption is not kept, is put to it."""
    for place, (block, keep) in enumerate(zip(found, kept, strict=True)):
        if keep:
            more = found[place + 1].pictures if place + 1 < len(found) and not found[place + 1].apart else ()
            yield replace(block, pictures=block.pictures + more)


def _with_headings(found: Sequence[Block], kept: Sequence[bool]) -> list[bool]:
    """A heading belongs to the main text when something below it does."""
    result = list(kept)
    under = [False] * (BOLD + 1)  # by rank: whether the section of a heading of this rank has something, from below
    for place in reversed(range(len(found))):
        rank = found[place].rank
        if rank is None or (rank == BOLD and not field_of(found[place].text)[0]):
            under = [True] * (BOLD + 1) if kept[place] else under
            continue
        rank = rank or BOLD  # a label is the lowest of headings
        next_kept = place + 1 < len(kept) and result[place + 1]
        result[place] = (kept[place] and under[rank]) or (next_kept and not found[place].apart)
        under[rank:] = [False] * (BOLD + 1 - rank)
    return result


def _with_lost_sections(found: Sequence[Block], kept: Sequence[bool], own: Sequence[bool]) -> list[bool]:
    """Adds the sections of a case of which nothing was kept, where a page has at least two.

    What is made of tables, tabs and short lists looks like a menu to those who judge articles.
    """
    places = list(compress(range(len(found)), own))
    divided = parts(compress(found, own))
    if len(fields_found(divided)) < 2:
        return list(kept)
    result = list(kept)
    for _, group in groupby(zip(places, divided, strict=True), _section_number()):
        section = list(group)
        if section[0][1].field != TEXT and not any(kept[place] for place, part in section if not part.opens):
            for place, _ in section:
                result[place] = True
    return result


def _section_number() -> Callable[[tuple[int, Part]], tuple[int, str]]:
    number = 0

    def count(entry: tuple[int, Part]) -> tuple[int, str]:
        nonlocal number
        number += entry[1].opens
        return number, entry[1].field

    return count


def judged(tree: HtmlElement | None) -> str:
    """The main text as trafilatura finds it; empty where it finds none or fails."""
    if tree is None:
        return ""
    try:
        found = bare_extraction(tree, include_comments=False)
    except Exception:  # any page may come, and there is a second reading of it
        return ""
    return str(getattr(found, "text", None) or "")


def _known_again(found: Sequence[Block], text: str) -> list[bool]:
    words = words_of(text)
    known = set(_runs(words))
    lines = {tuple(words_of(part)) for part in re.split(r"[\n|]", text)}
    kept = []
    for block in found:
        own = tuple(words_of(block.text))
        if len(own) >= _RUN:
            runs = list(_runs(own))
            kept.append(sum(run in known for run in runs) >= _KNOWN * len(runs))
        else:
            kept.append(bool(own) and own in lines and not block.apart)
    return kept


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(_RUN)), strict=False)


def _without_repeats(found: Sequence[Block], kept: Sequence[bool]) -> list[bool]:
    """Takes out what is said a second time (a teaser, a version for print), and short blocks far from all others."""
    long = [keep and len(words_of(block.text)) >= _RUN for block, keep in zip(found, kept, strict=True)]
    seen: set[str] = set()
    result = []
    for place, (block, keep) in enumerate(zip(found, kept, strict=True)):
        near = long[max(place - _NEAR, 0) : place + _NEAR + 1]
        result.append(keep and (block.text not in seen if long[place] else any(near)))
        if result[-1] and long[place]:
            seen.add(block.text)
    return result


def _judged_alone(found: Sequence[Block]) -> list[bool]:
    """What stands in the page's own main part, and is not apart or mostly links."""
    return [block.own and not block.apart and block.linked <= _LINKED * len(block.text) for block in found]
