"""Names and codes of countries as sources write them, in any language: `be`, `BEL`, `Österreich`, `Viet Nam`, `UK`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pycountry
from babel import Locale

from hub.vocabulary import Vocabularies
from indexer.harvest.values import texts_of
from indexer.tag.crosswalk.tables import key
from indexer.tag.places.data import read_place_data
from indexer.tag.places.names import alpha2_to_id

_OTHER_CODES = {"UK": "GB", "EL": "GR"}  # of the European Union
# Those of the United Nations, of Europe, and the large ones elsewhere; each costs half a megabyte.
_LANGUAGES = (
    *("ar", "en", "es", "fr", "ru", "zh", "bg", "bs", "ca", "cs", "da", "de", "el", "et", "eu", "fi", "ga", "gl", "hr"),
    *("hu", "is", "it", "lt", "lv", "mk", "mt", "nb", "nl", "pl", "pt", "ro", "sk", "sl", "sq", "sr", "sv", "tr", "uk"),
    *("bn", "fa", "hi", "id", "ja", "ka", "ko", "mn", "ms", "ne", "sw", "th", "ur", "vi"),
)
_JOINTS = re.compile(r"[;|/\n]|,")


class Countries:
    """Finds countries by what a source calls them."""

    def __init__(self, vocabularies: Vocabularies, tagging: Path) -> None:
        """`tagging`: the folder of the tagger's data, which knows more names of countries."""
        ids = alpha2_to_id(vocabularies)
        self._codes = {code: ids[short] for code, short in _codes().items() if short in ids}
        names = {name: {ids[short] for short in shorts if short in ids} for name, shorts in _names().items()}
        if (tagging / "places").is_dir():
            for country, others in read_place_data(tagging / "places", vocabularies).names.names.items():
                for name in others:
                    names.setdefault(_key(name), set()).add(country)
        self._names = {name: next(iter(found)) for name, found in names.items() if len(found) == 1}

    def find(self, value: Any) -> tuple[str, ...]:
        """The ISO 3166-1 alpha-3 codes of what a value names, each once; lists in one text are taken apart."""
        return tuple(dict.fromkeys(code for text in texts_of(value) for code in self._of(text)))

    def _of(self, text: str) -> Iterable[str]:
        if found := self._codes.get(text) or self._names.get(_key(text)):
            return (found,)
        parts = [part.strip() for part in _JOINTS.split(text) if part.strip()]
        known = ((self._codes.get(part) or self._names.get(_key(part))) for part in parts if len(parts) > 1)
        return [code for code in known if code]


def _key(name: str) -> str:
    words = re.sub(r"[^\w\s]", " ", key(name)).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


@cache
def _codes() -> Mapping[str, str]:
    """Codes of two and three letters, in capitals or small letters -> the usual one of two."""
    found = dict(_OTHER_CODES)
    for country in pycountry.countries:
        found |= {country.alpha_2: country.alpha_2, country.alpha_3: country.alpha_2}
    return found | {code.lower(): short for code, short in found.items()}


@cache
def _names() -> Mapping[str, frozenset[str]]:
    """Names as ISO has them, long and short, and in the languages of portals (CLDR) -> codes of two letters."""
    names: dict[str, set[str]] = {}
    for country in pycountry.countries:
        for field in ("name", "official_name", "common_name"):
            if name := getattr(country, field, ""):
                names.setdefault(_key(name), set()).add(country.alpha_2)
    for tag in _LANGUAGES:
        for short, name in Locale(tag).territories.items():
            names.setdefault(_key(name), set()).add(short)
    return {name: frozenset(shorts) for name, shorts in names.items()}
