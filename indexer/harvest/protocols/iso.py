"""Metadata records of ISO 19115 in XML (ISO 19139 and 19115-3), with plain names for what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree

from indexer.harvest.protocols.xml_safe import child, found, local, text_in

_TEXTS = ("CharacterString", "Anchor", "URL", "FileName", "MimeFileType")


def is_iso(element: etree._Element) -> bool:
    """Whether an element is a metadata record of ISO 19115."""
    return local(element) in ("MD_Metadata", "MI_Metadata")


def iso_data(record: etree._Element) -> dict[str, Any]:
    """What a metadata record says: id, title, abstract, keywords, dates, organisations, links, point and more."""
    about = child(record, "identificationInfo")
    about = record if about is None else about
    locales = _locales(record)
    organisations = list(_parties(about))
    data = {
        "id": _text(_first(record, "fileIdentifier")) or _text(_first(record, "metadataIdentifier", "code")),
        "title": _by_language(_first(about, "citation", "title"), locales),
        "abstract": _by_language(_first(about, "abstract"), locales),
        "purpose": _text(_first(about, "purpose")),
        "type": _text(child(record, "hierarchyLevel")),
        "language": _text(_first(about, "language")) or _text(child(record, "language")) or locales.get("", ""),
        "issued": _date(about, "publication") or _date(about, "creation"),
        "modified": _date(about, "revision") or text_in(child(record, "dateStamp")) or _date(record, "revision"),
        "keywords": [text for node in found(about, "keyword") if (text := _text(node))],
        "topics": [text for node in found(about, "topicCategory") if (text := _text(node))],
        "organisations": organisations,
        "contact": next((text for node in found(record, "electronicMailAddress") if (text := _text(node))), ""),
        "place": _text(_first(about, "geographicIdentifier", "code")),
        "point": _middle(about),
        "began": text_in(_first(about, "beginPosition")),
        "ended": text_in(_first(about, "endPosition")),
        "rights": [text for node in found(about, "otherConstraints", "useLimitation") if (text := _text(node))],
        "images": [text for node in found(about, "graphicOverview") if (text := _text(_first(node, "fileName")))],
        "links": list(_links(record)),
    }
    data["url"] = next((link["url"] for link in _links(record) if link.get("function") in ("information", "")), "")
    return {name: value for name, value in data.items() if value}


def _first(element: etree._Element | None, *names: str) -> etree._Element | None:
    """The first element below with the first name, in it the first with the second name, and so on."""
    for name in names:
        element = next(found(element, name), None) if element is not None else None
    return element


def _text(element: etree._Element | None) -> str:
    """The text of a property: of its first text, else the value of its code, else all that it holds."""
    if element is None:
        return ""
    first = next(found(element, *_TEXTS), None)
    if first is not None:
        return text_in(first)
    coded = next((node for node in element.iter(etree.Element) if node.get("codeListValue")), None)
    return (coded.get("codeListValue") or "").strip() if coded is not None else text_in(element)


def _locales(record: etree._Element) -> dict[str, str]:
    """The languages of the record: by the name that texts refer to, its own under the empty name."""
    codes = {
        node.get("id") or "": code.get("codeListValue") or ""
        for node in found(record, "PT_Locale")
        if (code := _first(node, "LanguageCode")) is not None
    }
    own = _text(child(record, "language")) or codes.get("", "")
    return {**codes, "": own}


def _by_language(element: etree._Element | None, locales: dict[str, str]) -> Any:
    """A text, or, where the record has it in several languages, a mapping from language to text."""
    own = _text(element)
    if element is None:
        return own
    others = {
        locales.get(name, name): text_in(node)
        for node in found(element, "LocalisedCharacterString")
        if (name := (node.get("locale") or "").lstrip("#"))
    }
    texts = {language: text for language, text in others.items() if text}
    language = locales.get("", "")
    return {language: own, **texts} if texts and language and own else own or texts


def _date(element: etree._Element, kind: str) -> str:
    """The first date of a kind: publication, creation or revision."""
    for node in found(element, "CI_Date"):
        if _text(_first(node, "dateType")) == kind:
            return text_in(child(node, "date"))
    return ""


def _parties(about: etree._Element) -> Iterator[str]:
    """The organisations that a record names, each once."""
    names = [_text(node) for node in found(about, "organisationName")]
    names += [_text(child(node, "name")) for node in found(about, "CI_Organisation")]
    return (name for name in dict.fromkeys(names) if name)


def _links(record: etree._Element) -> Iterator[dict[str, str]]:
    """Where the thing itself is to be had."""
    for node in found(record, "CI_OnlineResource"):
        above = {local(each) for each in node.iterancestors()}
        url = _text(child(node, "linkage"))
        if "distributionInfo" in above and url.startswith(("http://", "https://")):
            title, function = _text(child(node, "name")), _text(child(node, "function"))
            yield {"url": url, "title": title, "function": function}


def _middle(about: etree._Element) -> dict[str, float] | None:
    """The middle of the area that a record is about."""
    box = next(found(about, "EX_GeographicBoundingBox"), None)
    if box is None:
        return None
    sides = ("westBoundLongitude", "eastBoundLongitude", "southBoundLatitude", "northBoundLatitude")
    try:
        west, east, south, north = (float(text_in(child(box, side))) for side in sides)
    except ValueError:
        return None
    return {"lat": (south + north) / 2, "lon": (west + east) / 2}
