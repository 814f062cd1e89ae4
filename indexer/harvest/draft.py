"""An item made a draft record: with an id of its own, texts as long as its licence allows, and where it came from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from hub.errors import InvalidRecord, Problem
from hub.parse import Wrong
from hub.record import FIELDS, SECTIONS, Link, Provenance, Record, Status, Translation
from hub.vocabulary import Vocabulary
from hub.words import base
from indexer.harvest.item import Item
from indexer.harvest.source import Source
from indexer.harvest.values import PUBLIC
from indexer.tag.text import sentences_of

NAME = "indexer harvest"  # who brought it in, in the provenance of a record
WORDS = 60  # of an abstract
LONGEST = 20_000  # characters of one text of a record
TITLE = 500
_BODIES = (*SECTIONS, "text")
_REGION = re.compile(r"(?<!^pt)(?<!^zh)-(?:[A-Z]{2}|\d{3})$")  # says nothing of a text; in these two it does
_MORE = re.compile(r"\s*\[(?:…|\.{3})\]\s*$")  # how blogs end an excerpt
_MISSING = {
    "title": "the source does not say it; `fields` in its file can say where it stands",
    "url": "the source does not say it; a home in the source's file stands in for it",
    "language": "the source does not say it and the text is too short to tell; the source's file can say it",
}
# Fields of a record that its source gives.
HARVESTED = (
    *("type", "title", "language", "abstract", *_BODIES, "translations", "place", "point", "began", "ended", "issued"),
    *("organisations", "publisher", "contact", "url", "license", "rights", "source_tags", "also_at"),
    *("references", "images", "documents"),
)


def draft(item: Item, source: Source, record_id: str, today: str, countries: Vocabulary) -> Record:
    """The record that an item makes. Raises InvalidRecord where it lacks what a record cannot be without.

    The source's own text is kept in the record only where the licence of the item, or the source's file, allows; else
    a record has the title, at most 60 words of description, the facts, and the link.
    """
    item = _completed(item, source, countries)
    missing = [name for name in ("title", "abstract", "language", "url") if not getattr(item, name)]
    if missing:
        reasons = {name: _MISSING.get(name, "the source does not say it") for name in missing}
        raise InvalidRecord(tuple(Problem("", name, reason) for name, reason in reasons.items()))
    free = source.full_text or item.license in PUBLIC
    texts = {name: cut(getattr(item, name)) if free else "" for name in _BODIES}
    found = {name: getattr(item, name) for name in HARVESTED if name not in ("translations", *_BODIES)} | texts
    record = Record(
        id=record_id,
        status=Status.DRAFT,
        source=source.id,
        source_id=item.id,
        provenance=Provenance(NAME, today, today, words="source", read=item.read, note=_note(item, free)),
        translations=_translations(item) if free else None,
        **{name: checked(name, value) for name, value in found.items()},
    )
    if record.began and record.ended and record.ended < record.began[: len(record.ended)]:
        record = replace(record, began="", ended="")  # one of them is wrong, and nobody knows which
    return replace(record, provenance=replace(record.provenance, content_hash=_hash(item, record)))


def _note(item: Item, free: bool) -> str:
    if not free and any(getattr(item, name) for name in _BODIES):
        return "The licence does not allow to keep the source's text here. Write the abstract in your own words."
    if any(len(getattr(item, name)) > LONGEST for name in _BODIES):
        return "The text is cut; the source has more."
    return ""


def _completed(item: Item, source: Source, countries: Vocabulary) -> Item:
    """An item with what the source's file says of all of its items, an abstract, and its countries among its places."""
    named = [countries.name_of(code, base(item.language or source.language or "en")) for code in item.countries]
    place = item.place
    for name in named if len(named) <= 10 else ():
        if name.casefold() not in place.casefold():
            place = f"{place}, {name}" if place else name
    return replace(
        item,
        title=_cut_line(item.title, TITLE),
        abstract=_shortened(item.abstract or next((t for name in _BODIES if (t := getattr(item, name))), "")),
        text=item.text or _rest(item),
        language=_REGION.sub("", item.language or source.language),
        type=item.type or source.type,
        place=_cut_line(place, TITLE),
        publisher=_cut_line(source.name if "@" in item.publisher else item.publisher or source.name, TITLE),
        license=_cut_line(item.license or source.license, TITLE),
        rights=item.rights[:2000].strip() or source.rights,
        also_at=tuple(url for url in item.also_at if url != item.url),
    )


def _rest(item: Item) -> str:
    """A description that is longer than an abstract, where there is no other text."""
    longer = len(item.abstract.split()) > WORDS and not any(getattr(item, name) for name in SECTIONS)
    return item.abstract if longer else ""


def _shortened(text: str) -> str:
    """The first sentences of a text, at most 60 words; a longer first sentence is cut between words."""
    kept: list[str] = []
    count = 0
    for sentence in sentences_of("abstract", text):
        count += max(len(sentence.text.split()), len(sentence.text) // 12)  # scripts that write without spaces
        if kept and count > WORDS:
            break
        kept.append(sentence.text)
    found = _MORE.sub("", " ".join(kept))
    if len(found.split()) > WORDS:
        found = " ".join(found.split()[:WORDS]) + " …"
    return _cut_line(found, 2000)


def _cut_line(text: str, limit: int) -> str:
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 2].rsplit(" ", 1)[0] + " …"


def cut(text: str) -> str:
    """A text that fits into a record: cut after a paragraph, or between words where one is longer than that."""
    text = text.strip()
    if len(text) <= LONGEST:
        return text
    kept = text[:LONGEST]
    at = kept.rfind("\n\n")
    return kept[:at].rstrip() if at > LONGEST // 2 else kept.rsplit(" ", 1)[0]


def _hash(item: Item, record: Record) -> str:
    """What a source says of an item and what becomes of it, as a short hash: another one is a change."""
    said = (replace(item, read=""), [getattr(record, name) for name in HARVESTED])
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


def _translations(item: Item) -> Mapping[str, Translation] | None:
    """Titles and abstracts in other languages, as short as those of the record."""
    found = {
        language: Translation(_cut_line(one.title, TITLE), _shortened(one.abstract))
        for language, one in (item.translations or {}).items()
    }
    return found or None


_KEEPS: dict[str, Callable[[Any], Any]] = {
    name: partial(lambda parser, value: tuple(entry for entry in value if _reads(parser, [entry])), FIELDS[name])
    for name in ("organisations", "source_tags", "also_at", "references")
}


def checked(name: str, value: Any) -> Any:
    """A value of a field, or an empty one where a record cannot hold it: a bad fact of a source costs no item."""
    if name in ("images", "documents"):
        return tuple(link for link in value if _reads(FIELDS[name], [_plain_link(link)]))
    if name == "organisations":  # of an address of somebody's, nobody needs to know
        value = tuple(entry for entry in value if "@" not in entry)
    if name in _KEEPS:
        return _KEEPS[name](value)
    if isinstance(value, str) and name not in ("title", "abstract", "language", "url", "type"):
        return value if value and _reads(FIELDS[name], value) else ""
    return value


def _plain_link(link: Link) -> dict[str, str]:
    return {name: text for name in ("url", "alt", "credit") if (text := getattr(link, name))}


def _reads(parser: Callable[[Any], Any], value: Any) -> bool:
    try:
        parser(value)
    except Wrong:
        return False
    return True
