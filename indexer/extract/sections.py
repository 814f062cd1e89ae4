"""A row of blocks divided by its headings into challenge, action, results, lessons and the rest."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from indexer.extract.blocks import BOLD, Block, blocks
from indexer.extract.headings import BEFORE, BEHIND, NAMES
from indexer.extract.markup import without_declaration
from indexer.harvest.item import Item
from indexer.harvest.plain import plain, soup

TEXT = "text"
_CHAPTER = re.compile(r"\d{1,2}(?:\.\d{1,2})*[.):]?\s+|(?:[ivx]{1,4}|[a-h])[.):]\s*")
_TOKEN = re.compile(r"\w+|[:/&+|(\u2013\u2014]|(?<=\s)-(?=\s)")
_LONGEST = 120  # characters of a heading


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe"))
    return "".join(sign for sign in text if not unicodedata.combining(sign))


def _spellings(name: str) -> tuple[str, ...]:
    words = re.findall(r"\w+", _folded(name))
    return " ".join(words), " ".join("&" if word in ("and", "et", "y", "e", "und") else word for word in words)


_FIELDS = {
    spelt: field
    for field, by_language in NAMES.items()
    for names in by_language.values()
    for name in names.split(",")
    for spelt in _spellings(name)
}
_BEFORE = frozenset(" ".join(BEFORE.values()).split())
_BEHIND = frozenset(" ".join(BEHIND.values()).split())
_MOST_WORDS = max(len(name.split()) for name in _FIELDS)


class Part(Struct, frozen=True):
    """A block and the field it belongs to. `opens`: it is a heading that begins the field; `bare`: and says no more."""

    block: Block
    field: str
    opens: bool = False
    bare: bool = False


def field_of(heading: str) -> tuple[str, bool]:
    """The field that a heading names, or an empty text; and whether the heading says nothing beside."""
    if len(heading) > _LONGEST:
        return "", False
    text = _folded(heading)
    chapter = _CHAPTER.match(text)
    tokens = _TOKEN.findall(text[chapter.end() :] if chapter else text)
    while tokens:
        for length in range(min(_MOST_WORDS, len(tokens)), 0, -1):
            field = _FIELDS.get(" ".join(tokens[:length]))
            rest = tokens[length:]
            if field and (not rest or rest[0] in _BEHIND or not rest[0].isalnum()):
                return field, rest in ([], [":"])
        if tokens[0] not in _BEFORE:
            break
        tokens = tokens[1:]
    return "", False


def with_leads(found: Iterable[Block]) -> list[Block]:
    """The same blocks, where bold words that name a field and open a paragraph are a heading of their own."""
    result = []
    for block in found:
        rest = block.text[len(block.lead) :].lstrip(" :.\u2013\u2014-")
        if block.rank is None and block.lead and rest and field_of(block.lead.rstrip(" .:"))[1]:
            result.append(Block(block.lead, BOLD, within=block.within, apart=block.apart, own=block.own))
            result.append(replace(block, text=rest, lead="", linked=min(block.linked, len(rest))))
        else:
            result.append(block)
    return result


def parts(found: Iterable[Block]) -> list[Part]:
    """Every block with the field that its headings put it in: `text` where none of them is known.

    A heading counts until one of the same or a higher rank, a label until the end of its box.
    """
    above: list[tuple[tuple[int, ...], int, str]] = []
    result = []
    for block in found:
        while above and block.within[: len(above[-1][0])] != above[-1][0]:
            above.pop()
        field, bare = "", False
        if block.rank is not None:
            while above and above[-1][0] == block.within and above[-1][1] >= block.rank:
                above.pop()
            field, bare = field_of(block.text)
        current = above[-1][2] if above else TEXT
        if field:
            above.append((block.within, block.rank or 0, field))
        # a heading below another of the same field is one of its own, not the field's name
        result.append(Part(block, field or current, bool(field) and field != current, bare))
    return result


def fields_found(found: Iterable[Part]) -> set[str]:
    """The fields that have text of their own."""
    return {part.field for part in found if not part.opens and part.field != TEXT}


def sections(found: Sequence[Block]) -> Mapping[str, str]:
    """The texts of the fields of an item; all is `text` where headings do not name at least two fields.

    A heading that only names its field is left out, but where the field goes on under a second one, that stays.
    """
    divided = parts(found)
    if len(fields_found(divided)) < 2:
        divided = [Part(block, TEXT) for block in found]
    texts: dict[str, list[str]] = {}
    for part in divided:
        if not (part.opens and part.bare and part.field not in texts):
            texts.setdefault(part.field, []).append(part.block.text)
    return {field: "\n\n".join(paragraphs) for field, paragraphs in texts.items()}


def item_from_html(html: str) -> Item:
    """An item with the texts of a piece of HTML, such as the body of an entry: all of it, divided by its headings."""
    if "<" not in html:
        return Item(text=plain(html))
    return replace(Item(), **sections(with_leads(blocks(soup(without_declaration(html))))))
