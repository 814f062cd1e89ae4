"""Values as sources write them, read into ours: dates, languages, countries, points, addresses, licences."""

from __future__ import annotations

import json
import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urljoin

from babel import Locale

from hub import parse
from hub.record import EMAIL, Link, Point
from indexer.harvest.plain import title_line

_ISO = re.compile(r"(\d{4})(?:-?(\d\d?)(?:-?(\d\d?))?)?(?=$|[T\s])")
_STAMP = re.compile(r"\d{9,10}|\d{12,13}")
_TAG = re.compile(r"(?:lang[-_])?([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:\..*)?")
_DATES_IN = (
    *("en", "fr", "es", "de", "it", "pt", "nl", "ru", "pl", "ar", "zh", "tr"),
    *("uk", "el", "ro", "hr", "sr", "sq", "cs", "sv", "da", "fi"),
)
_DATES = threading.Lock()  # the parser remembers what it saw
_NO_LANGUAGE = {"und", "mul", "zxx", "mis"}
_NAMED_IN = ("en", "fr", "es", "de", "it", "pt")
_FRAGMENT = re.compile(r"#(?![/!]).*", re.S)
_NOISE = re.compile(r"(?:utm_\w{1,30}|fbclid|gclid)(?:=.*)?", re.I)
_PAIR = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_WKT = re.compile(r"\s*(?:SRID=\d+;)?POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)", re.I)
_CREATIVE = re.compile(r"creativecommons\.org/(licenses|publicdomain)/([a-z-]+)(?:/(\d\.\d))?", re.I)
_UNSTATED = re.compile(
    r"(?:licen[cs]e\s+)?(?:not\s*(?:specified|stated|given)|unknown|other|none|n/?a|unspecified)\W*", re.I
)
_SHORT = re.compile(r"cc[ -]?(by(?:[ -](?:nc|nd|sa))*|0|zero)(?:[ -]?(\d\.\d))?(?=$|[\s,.;)/])", re.I)
_ROLES = re.compile(
    r"(?:info|contact|office|secretar[a-z]*|mail|e?nquir[a-z]*|inquir[a-z]*|support|hello|admin[a-z]*|help[a-z]*|kontakt"
    r"|contacto|webmaster|comunica[a-z]*|communica[a-z]*|press[a-z]*|biodiv[a-z]*|chm)(?:[._-][^\W_]+)*",
    re.I,
)
PUBLIC = {"CC0 1.0", "CC BY 4.0", "CC BY 3.0", "CC BY 2.5", "CC BY 2.0", "Public domain"}  # a text may be kept whole


def date_of(value: Any) -> str:
    """A date in any usual form as ISO 8601, as precisely as it is given; empty where it is none."""
    if isinstance(value, int | float):
        value = str(int(value)) if abs(value) < 1e15 else ""
    if not isinstance(value, str):
        return ""
    text = title_line(value[:200])[:40]
    if not text:
        return ""
    for read in (_iso, _stamp, _mail, _words):
        found = read(text)
        try:
            if found and parse.when(found):
                return found
        except parse.Wrong:
            continue
    return ""


def _iso(text: str) -> str:
    found = _ISO.match(text)
    return "-".join(part.zfill(2) for part in found.groups() if part) if found else ""


def _stamp(text: str) -> str:
    if not _STAMP.fullmatch(text):
        return ""
    seconds = int(text) / (1000 if len(text) > 10 else 1)
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def _mail(text: str) -> str:
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


@lru_cache(maxsize=5000)
def _words(text: str) -> str:
    """A date written out in words or with slashes, day before month, in one of many languages."""
    if not re.search(r"\d{4}", text):
        return ""
    with _DATES, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = _date_parser().get_date_data(text)
        except (ValueError, OverflowError, RecursionError):
            return ""
    if found.date_obj is None:
        return ""
    return str(found.date_obj.date().isoformat()[: {"year": 4, "month": 7}.get(found.period or "day", 10)])


@cache
def _date_parser() -> Any:
    from dateparser.date import DateDataParser  # noqa: PLC0415 - takes a second to load, and few sources need it

    return DateDataParser(languages=list(_DATES_IN), settings={"DATE_ORDER": "DMY", "PREFER_DAY_OF_MONTH": "first"})


@lru_cache(maxsize=2000)
def language_of(value: str) -> str:
    """A language in any usual form (`eng`, `English`, `en_GB`, `lang-en`) as a BCP 47 tag; empty where it is none."""
    text = value.strip()
    named = _language_names().get(text.casefold())
    if named:
        return named
    found = _TAG.fullmatch(text)
    if not found or text.casefold() in _NO_LANGUAGE:
        return ""
    language, script, region = found.groups()
    language = _language_codes().get(language.lower(), "")
    tag = "-".join((language, *((script.title(),) if script else ()), *((region.upper(),) if region else ())))
    return tag if language and parse.LANGUAGE_TAG.fullmatch(tag) else ""


@cache
def _language_codes() -> Mapping[str, str]:
    """Codes of two and three letters -> the one that BCP 47 wants."""
    import pycountry  # noqa: PLC0415 - reads its tables when loaded

    codes: dict[str, str] = {}
    for entry in pycountry.languages:
        short = getattr(entry, "alpha_2", entry.alpha_3)
        codes |= {entry.alpha_3: short, getattr(entry, "bibliographic", entry.alpha_3): short, short: short}
    return codes


@cache
def _language_names() -> Mapping[str, str]:
    """Names of languages in the languages that portals use, and in themselves."""
    names: dict[str, str] = {}
    for tag in _NAMED_IN:
        names |= {name.casefold(): code for code, name in Locale(tag).languages.items() if _TAG.fullmatch(code)}
    for code in list(Locale("en").languages):
        if len(code) == 2:
            try:
                own = Locale(code).display_name
            except Exception:  # noqa: S112 - a language that Babel names but has no texts in
                continue
            names.setdefault(str(own).casefold(), code)
    return {name: tag.replace("_", "-") for name, tag in names.items()}


def point_of(value: Any) -> Point | None:
    """A point from GeoJSON, [lon, lat], {lat, lon}, "lat,lon" or WKT; None where it is none, or 0, 0 (not known)."""
    if isinstance(value, str):
        return _point_of_text(value.strip())
    if isinstance(value, list | tuple):
        if len(value) >= 2 and not isinstance(value[0], list | tuple | Mapping):
            return _point(value[0], value[1])
        return point_of(value[0]) if value else None
    return _point_of_mapping(value) if isinstance(value, Mapping) else None


def _point_of_text(text: str) -> Point | None:
    if len(text) > 100 and not text.startswith("{"):
        return None
    if text.startswith(("{", "[")):
        try:
            return point_of(json.loads(text))
        except (ValueError, RecursionError):
            return None
    if found := _WKT.match(text):
        return _point(found[1], found[2])
    pair = _PAIR.fullmatch(text)
    return _point(pair[2], pair[1]) if pair else None


def _point_of_mapping(value: Mapping[str, Any]) -> Point | None:
    if value.get("type") == "Point":
        return point_of(value.get("coordinates"))
    if isinstance(value.get("geometry"), Mapping):
        return point_of(value["geometry"])
    latitude = next((value[name] for name in ("lat", "latitude") if name in value), None)
    longitude = next((value[name] for name in ("lon", "lng", "long", "longitude") if name in value), None)
    return _point(longitude, latitude)


def _point(lon: Any, lat: Any) -> Point | None:
    try:
        found = Point(parse.number(-180, 180, lon), parse.number(-90, 90, lat), "approximate")
    except (parse.Wrong, TypeError):
        return None
    return found if found.lon or found.lat else None


def address_of(value: Any, base: str) -> str:
    """An absolute http(s) address, resolved against `base`; empty where it is none.

    Without what only tells where a reader came from, and without fragment, unless that is the route of a page which a
    script draws (`#/cases/1`).
    """
    if isinstance(value, Mapping):
        value = next((value[name] for name in ("src", "url", "href", "uri", "@id", "download") if value.get(name)), "")
        return address_of(value, base)
    if not isinstance(value, str) or not value.strip() or len(value) > 4000:
        return ""
    try:
        return str(parse.url(_without_noise(_FRAGMENT.sub("", urljoin(base, value.strip()))).replace(" ", "%20")))
    except (parse.Wrong, ValueError):
        return ""


def _without_noise(url: str) -> str:
    main, hash_, route = url.partition("#")
    path, _, query = main.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not _NOISE.fullmatch(part))
    return path + ("?" + kept if kept else "") + hash_ + route


def link_of(value: Any, base: str) -> Link | None:
    """A picture or document: from an address, or from a mapping with its address, description and credit."""
    url = address_of(value, base)
    if not url:
        return None
    if not isinstance(value, Mapping):
        return Link(url)
    alt, credit = (
        next((title_line(value[name])[:500] for name in names if isinstance(value.get(name), str)), "")
        for names in (("alt", "title", "name", "caption", "alt_text", "description"), ("credit", "copyright", "rights"))
    )
    return Link(url, alt, credit)


def license_of(value: str) -> str:
    """A licence by its usual short name where it is a Creative Commons one, else as it is written."""
    text = title_line(value[:2000])
    if _UNSTATED.fullmatch(text):
        return ""
    if found := _CREATIVE.search(text):
        name = found[2].lower()
        if found[1].lower() == "publicdomain":
            return "CC0 1.0" if name == "zero" else "Public domain"
        return " ".join(part for part in ("CC", name.upper(), found[3]) if part)
    if found := _SHORT.match(text):
        name = found[1].lower().replace(" ", "-")
        if name in ("0", "zero"):
            return "CC0 1.0"
        return " ".join(part for part in ("CC", name.upper(), found[2]) if part)
    return text[:500]


def mailbox_of(value: str) -> str:
    """An e-mail address of an office; empty where it may be a person's."""
    text = value[:300].strip().removeprefix("mailto:")
    if len(text) > 254:
        return ""
    name = text.partition("@")[0]
    return text if EMAIL.fullmatch(text) and _ROLES.fullmatch(name) else ""


def texts_of(value: Any) -> Iterator[str]:
    """The texts in a value: itself, the entries of a list, the name or title of a mapping."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        if text := title_line(str(value)[:5000]):
            yield text
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from texts_of(entry)
    elif isinstance(value, Mapping):
        names = (
            "name",
            "title",
            "label",
            "display_name",
            "prefLabel",
            "identifier",
            "value",
            "term",
            "@value",
            "token",
        )
        yield from next((list(texts_of(value[name])) for name in names if value.get(name)), [])
