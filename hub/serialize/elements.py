"""XML elements with texts of any origin: escaped, and without what XML forbids."""

from __future__ import annotations

from collections.abc import Mapping

from lxml import etree

from hub.parse import CONTROL

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_SCHEMA_LOCATION = f"{{{_XSI}}}schemaLocation"

Attributes = Mapping[str, str]


def root(name: str, namespaces: Mapping[str | None, str], schema: str) -> etree._Element:
    """The element that a document, or a part in another format, begins with; `schema` is where its schema stands."""
    found = etree.Element(name, nsmap={**namespaces, "xsi": _XSI})  # type: ignore[dict-item] # a default has no prefix
    found.set(_SCHEMA_LOCATION, f"{etree.QName(found).namespace} {schema}")
    return found


def add(parent: etree._Element, name: str, text: str = "", attributes: Attributes | None = None) -> etree._Element:
    """One more element below another one, in its namespace unless the name says which; without empty attributes."""
    if not name.startswith("{"):
        name = parent.tag[: parent.tag.index("}") + 1] + name  # many times faster than QName
    found = etree.SubElement(parent, name)
    if text:
        found.text = CONTROL.sub("", text)
    for key, value in (attributes or {}).items():
        if value:
            found.set(key, CONTROL.sub("", value))
    return found
