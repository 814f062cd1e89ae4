"""Names of places that maintained packages keep: CLDR (Babel) and ISO 3166-2 (pycountry)."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from functools import cache

import pycountry
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages

from hub.vocabulary import Vocabularies
from hub.words import base

_BRACKETS = re.compile(r"\s*[(\[]([^)\]]*)[)\]]\s*$")
_SAINT = re.compile(r"\bSt\. ")
_AND = {
    "en": "and",
    "fr": "et",
    "es": "y",
    "de": "und",
    "it": "e",
    "pt": "e",
    "pl": "i",
    "hr": "i",
    "sr": "i",
    "ro": "și",
}
# What ISO 3166-2 adds to a name to say what it is.
_GENERIC = re.compile(
    r",.*$| (?:Sheng|Shi|Zizhiqu|province|Province|district|District|oblast'?|Oblast|region|Region|County|megye|kraj)$"
    r"|^(?:Province of|Région d[eu]|Departamento de|Provincia de|Region) "
)
_CHINESE = "省市县區区"


def locale(language: str) -> Locale | None:
    """CLDR's data of a language tag; None where CLDR does not know it."""
    for tag in (language, base(language)):
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return None


def alpha2_to_id(vocabularies: Vocabularies) -> dict[str, str]:
    """ISO 3166-1 alpha-2 code -> id of the country."""
    return {
        match.removeprefix("ISO3166-"): country.id
        for country in vocabularies["country"]
        for match in country.exact_match
        if match.startswith("ISO3166-")
    } | {"XK": "XKX"}


def territory_names(language: str) -> dict[str, tuple[str, ...]]:
    """Names of countries (alpha-2) and regions (M49) in a language, each in the forms that texts use."""
    found = locale(language)
    if found is None:
        return {}
    return {code: tuple(dict.fromkeys(_variants(name, language))) for code, name in found.territories.items()}


def _variants(name: str, language: str) -> Iterator[str]:
    if inside := _BRACKETS.search(name):
        yield inside[1]
        name = name[: inside.start()]
    yield name
    if "&" in name:
        yield name.replace("&", _AND.get(base(language), " "))
    if _SAINT.search(name):
        yield _SAINT.sub("Saint ", name)


def official_languages(alpha2: str) -> tuple[str, ...]:
    """The languages in which a country calls itself."""
    return tuple(get_official_languages(alpha2, de_facto=True))


@cache
def zone_countries() -> dict[str, str]:
    """Time zone -> alpha-2 code of its country."""
    return dict(get_global("zone_territories"))


def zone_cities(language: str) -> Iterator[tuple[str, str]]:
    """(alpha-2, city): the capitals and large cities that stand for time zones, as a language writes them."""
    found = locale(language)
    zones = found.time_zones if found else {}
    for zone, country in zone_countries().items():
        area, _, city = zone.rpartition("/")
        if area and not area.startswith("Etc") and country != "001":
            yield country, (zones.get(zone) or {}).get("city") or city.replace("_", " ")


def subdivision_names(language: str = "") -> Iterator[tuple[str, str]]:
    """(alpha-2, name) of ISO 3166-2 provinces: in the countries' languages, or as translated into one."""
    translate = _translation(language) if language else None
    if language and translate is None:
        return
    for part in pycountry.subdivisions:
        name = translate.gettext(part.name) if translate else part.name
        if translate and name == part.name:
            continue
        for form in re.split(r" / | \[|\]|/|; ", name):
            plain = _GENERIC.sub("", form.strip()).strip()
            if len(plain) > 2:
                plain = plain.rstrip(_CHINESE)
            if len(plain) > 1:
                yield part.country_code, plain


def _translation(language: str) -> gettext.NullTranslations | None:
    plain = base(language)
    tags = [{"sr-Latn": "sr@latin"}.get(language, language.replace("-", "_")), plain, {"zh": "zh_CN"}.get(plain, plain)]
    try:
        return gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=tags)
    except OSError:
        return None
