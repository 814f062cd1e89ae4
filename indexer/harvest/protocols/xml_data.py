"""XML as plain data: what a field mapping can look into."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from indexer.harvest.plain import line
from indexer.harvest.protocols.xml_safe import local, namespace, text_in

_XML = "http://www.w3.org/XML/1998/namespace"
_SILENT = (  # attributes that speak of types, not of the thing
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata",
    "http://docs.oasis-open.org/odata/ns/metadata",
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")  # broken XML has others
_MARKUP = {"a", "b", "blockquote", "br", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img"} | {
    *("ol", "p", "pre", "span", "strong", "sub", "sup", "table", "u", "ul"),
}


def data_of(element: etree._Element) -> Any:
    """An element as plain data.

    One with children is a mapping of their names (without namespace; repeated ones are a list) and of its attributes
    ('@name'); one without is its text, or, where it has attributes too, a mapping with the text as `value`. Texts in
    several languages are a mapping from language to text; markup within a text stays as it is.
    """
    children = list(element.iterchildren(etree.Element))
    attributes = _attributes(element)
    if not children or _is_markup(element, children):
        text = _inner(element) if children else text_in(element)
        if not attributes:
            return text
        return {"value": text, **attributes} if text else attributes
    if all(local(child) == "item" for child in children) and namespace(element) != namespace(children[0]):
        return _collection(children)
    result: dict[str, Any] = dict(attributes)
    groups: dict[str, list[etree._Element]] = {}
    for child in children:
        groups.setdefault(local(child), []).append(child)
    for name, group in groups.items():
        value = _group(group)
        if value not in ("", [], {}):
            result[name] = value
    return result


def _group(group: list[etree._Element]) -> Any:
    """The values of children of one name: one value, a list, or a mapping by language."""
    languages = [_language(child) for child in group]
    if all(languages) and len(set(languages)) == len(languages) and not any(len(child) for child in group):
        return {name: text for name, child in zip(languages, group, strict=True) if (text := text_in(child))}
    values = [value for child in group if (value := data_of(child)) not in ("", [], {})]
    return values[0] if len(values) == 1 else values


def _collection(children: list[etree._Element]) -> Any:
    """A collection of OData: of texts with their language a mapping, else a list."""
    values = [data_of(child) for child in children]
    if all(isinstance(value, dict) and value.keys() == {"language", "value"} for value in values):
        return {value["language"]: value["value"] for value in values if isinstance(value["language"], str)}
    return values


def _language(element: etree._Element) -> str:
    """The language of an element, where that is all that its attributes say."""
    attributes = _attributes(element, language=True)
    found = attributes.get("@lang") or attributes.get("@language") or ""
    return found if len(attributes) == 1 and 2 <= len(found) <= 7 else ""


def _attributes(element: etree._Element, language: bool = False) -> dict[str, str]:
    result = {}
    for name, value in element.attrib.items():
        key = str(name)
        quiet = key.startswith(tuple(f"{{{space}}}" for space in (_SILENT if language else (*_SILENT, _XML))))
        text = str(value).strip()
        if text and not quiet:
            result["@" + local(key)] = text
    return result


def _is_markup(element: etree._Element, children: list[etree._Element]) -> bool:
    """Whether the children are the formatting of one text."""
    if all(local(child).lower() in _MARKUP for child in children):
        return True
    return any(line(text or "") for text in (element.text, *(child.tail for child in children)))


def _inner(element: etree._Element) -> str:
    """The markup within an element; the prefixes of its names are of no use to a reader of HTML."""
    for node in element.iter(etree.Element):
        if node is not element:
            node.tag = local(node) if _NAME.fullmatch(local(node)) else "span"
    etree.cleanup_namespaces(element)
    parts = [element.text or ""]
    parts += [etree.tostring(child, encoding="unicode") for child in element.iterchildren(etree.Element)]
    return "".join(parts).strip()
