"""The data of a source read into an item: where each of our fields stands in theirs is said by JMESPath expressions."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions, signature
from msgspec.structs import fields as struct_fields
from msgspec.structs import replace

from hub.record import SECTIONS, Link, Translation
from hub.vocabulary import Vocabularies
from indexer.extract.sections import item_from_html
from indexer.harvest.countries import Countries
from indexer.harvest.item import Item, Reference, Unreadable
from indexer.harvest.plain import plain, title_line
from indexer.harvest.values import (
    address_of,
    date_of,
    language_of,
    license_of,
    link_of,
    mailbox_of,
    point_of,
    texts_of,
)
from indexer.tag.crosswalk.tables import key

TARGETS = tuple(field.name for field in struct_fields(Item) if field.name not in ("read", "translations"))
_LINES = ("title", "place", "publisher")  # of one line
_BODIES = ("abstract", "challenge", "action", "results", "lessons", "text", "rights")
_DATES = ("began", "ended", "issued", "modified")
_LISTS = ("source_tags", "organisations")
_ADDRESSES = ("also_at", "references")
_LINKS = ("images", "documents")
_FIRST_LANGUAGES = ("en", "fr", "es")
_LONGEST = 200_000  # characters of one text; ten times what a record can hold
_MOST = 200  # entries of one list; a record that names more is a catalogue


class _Expressions(Functions):
    """What our expressions can do beside the standard's functions."""

    @signature({"types": []}, {"types": ["string"]})
    def _func_split(self, value: Any, separator: str) -> list[str]:
        """split('a, b', ',') -> ['a', 'b']; of anything but text, nothing."""
        pieces = value.split(separator) if isinstance(value, str) and separator else []
        return [piece.strip() for piece in pieces if piece.strip()]

    @signature({"types": []})
    def _func_from_json(self, value: Any) -> Any:
        """from_json('{"a": 1}') -> {"a": 1}; of what is no JSON, null."""
        try:
            return json.loads(value) if isinstance(value, str) else None
        except (ValueError, RecursionError):
            return None

    @signature({"types": [], "variadic": True})
    def _func_paragraphs(self, *values: Any) -> str:
        """paragraphs(a, b) -> the texts below one another, without those that are empty."""
        return "\n\n".join(plain(value) for value in values if isinstance(value, str) and value.strip())


_OPTIONS = jmespath.Options(custom_functions=_Expressions())


@lru_cache(maxsize=1000)
def expression(text: str) -> Any:
    """A compiled expression. Raises Unreadable where it is none."""
    try:
        return jmespath.compile(text)
    except JMESPathError as error:
        raise Unreadable(f"{text!r} is no JMESPath expression: {str(error).splitlines()[0]}") from error


def find(text: str, data: Any) -> Any:
    """What an expression finds in data; None where it finds nothing or does not fit the data."""
    try:
        return expression(text).search(data, _OPTIONS)
    except JMESPathError:
        return None


class Mapper:
    """Reads data into items. Knows the names of countries, for sources write them in every language."""

    def __init__(self, vocabularies: Vocabularies, tagging: Path) -> None:
        """`tagging`: the folder of the tagger's data."""
        self._countries = Countries(vocabularies, tagging)
        self._types = tuple(concept.id for concept in vocabularies["type"].assignable)

    def item(self, reference: Reference, fields: Mapping[str, tuple[str, ...]], base: str, language: str = "") -> Item:
        """The item that a reference's data tells of. `base` resolves addresses; `language` is preferred."""
        data = reference.data or {}
        found = {name: [find(text, data) for text in texts] for name, texts in fields.items()}
        given = {name: [v for v in values if v not in (None, "", [], {})] for name, values in found.items()}
        said = _first(given, "language")
        spoken = next((tag for text in texts_of(said) if (tag := language_of(text))), "")
        one: dict[str, Any] = {"language": spoken}
        languages = tuple(dict.fromkeys((spoken or language, language, *_FIRST_LANGUAGES)))
        one |= {name: title_line(_in(_first(given, name), languages)) for name in _LINES}
        one |= {name: plain(_in(_first(given, name), languages)) for name in _BODIES}
        one |= _divided(_in(_first(given, "text"), languages), one)
        one |= {name: date_of(_first(given, name)) for name in _DATES}
        one |= {name: _entries(given.get(name, ()), languages) for name in _LISTS}
        one |= {name: _addresses(given.get(name, ()), base) for name in _ADDRESSES}
        one |= {name: _links(given.get(name, ()), base) for name in _LINKS}
        one["countries"] = self._countries.find(given.get("countries", []))
        one["point"] = next((point for value in given.get("point", ()) if (point := point_of(value))), None)
        one["license"] = license_of(_in(_first(given, "license"), languages))
        one["contact"] = mailbox_of(_in(_first(given, "contact"), languages))
        one["type"] = self.type_of(_first(given, "type"))
        one["url"] = address_of(_first(given, "url"), base) or address_of(reference.url, base)
        item = Item(id=reference.id, **one)
        if not item.language:
            item = replace(item, language=_language_used(_first(given, "title"), languages))
        return replace(item, translations=_translations(given, item))

    def type_of(self, value: Any) -> str:
        """Our type of record for what a source calls it; empty where it is none of ours."""
        for text in texts_of(value):
            name = key(text).replace(" ", "-")
            for known in self._types:
                if name in (known, known + "s", known.replace("-", "")):
                    return known
        return ""


def _divided(html: str, known: Mapping[str, Any]) -> dict[str, str]:
    """The sections of a body by its headings, where the source does not give any as such."""
    if not html or any(known[name] for name in SECTIONS):
        return {}
    found = item_from_html(html)
    return {name: getattr(found, name) for name in (*SECTIONS, "text")}


def _first(given: Mapping[str, list[Any]], name: str) -> Any:
    return next(iter(given.get(name, ())), None)


def _is_by_language(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(
            isinstance(name, str) and len(name) <= 7 and language_of(name) and isinstance(text, str | list | type(None))
            for name, text in value.items()
        )
    )


def _in(value: Any, languages: tuple[str, ...]) -> str:
    """A value's text, of a map by language the best one."""
    if _is_by_language(value):
        tags = [*languages, *value]
        value = next((value[tag] for tag in tags if value.get(tag)), "")
    return value[:_LONGEST] if isinstance(value, str) else "\n\n".join(texts_of(value))[:_LONGEST]


def _language_used(title: Any, languages: tuple[str, ...]) -> str:
    """The language that the title is in, where the source says that by giving it in several."""
    if not _is_by_language(title):
        return ""
    return language_of(next((tag for tag in (*languages, *title) if title.get(tag)), ""))


def _translations(given: Mapping[str, list[Any]], item: Item) -> Mapping[str, Translation] | None:
    """Title and abstract in the other languages in which a source gives both."""
    title, abstract = _first(given, "title"), _first(given, "abstract")
    if not (_is_by_language(title) and _is_by_language(abstract)):
        return None
    found = {}
    for tag, text in title.items():
        one, other = title_line(_in(text, ())), plain(_in(abstract.get(tag), ()))
        if (language := language_of(tag)) != item.language and one and other and one != item.title:
            found[language] = Translation(one, other)
    return found or None


def _entries(values: Any, languages: tuple[str, ...]) -> tuple[str, ...]:
    flat = [_in(value, languages) if _is_by_language(value) else value for value in values]
    found = dict.fromkeys(text[:500] for text in texts_of(flat))
    return tuple(text for text in found if not _is_joined(text, found))[:_MOST]


def _is_joined(text: str, others: Collection[str]) -> bool:
    """Whether a text only lists what stands among the others too."""
    lists = ([part.strip() for part in text.split(mark)] for mark in (";", "|", ",") if mark in text)
    return any(all(part in others for part in parts if part) for parts in lists)


def _flat(values: Any) -> list[Any]:
    return [entry for value in values for entry in (value if isinstance(value, list) else [value])]


def _addresses(values: Any, base: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(url for value in _flat(values) if (url := address_of(value, base))))[:_MOST]


def _links(values: Any, base: str) -> tuple[Link, ...]:
    links = (link for value in _flat(values) if (link := link_of(value, base)))
    return tuple({link.url: link for link in links}.values())[:_MOST]
