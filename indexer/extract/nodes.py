"""What a page says of itself as data, whether in JSON-LD, microdata or RDFa, in one shape.

A node is a mapping from a property's plain name (`headline`) to a list of texts and nodes; `@type` and `@id` are too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag

from indexer.extract.blocks import SKIPPED
from indexer.harvest.plain import line

Node = Mapping[str, list[Any]]

_DEPTH = 12  # levels of nodes within nodes
_MOST = 1_000  # nodes and properties of one page
_LONGEST = 60_000  # characters of a property
_WRAPPERS = ("<!--", "//<![CDATA[", "// <![CDATA[", "/*<![CDATA[*/", "<![CDATA[")
_ENDS = ("//-->", "-->", "//]]>", "// ]]>", "/*]]>*/", "]]>", ";", "//")
_STRING = r'("(?:[^"\\]|\\(?:.|\Z))*+(?:"|\Z))'  # one without an end goes to the end, which keeps time linear
_PIECE = re.compile(rf"{_STRING}|//[^\n]*|(/\*)", re.S)
_STRING_OR_COMMA = re.compile(rf"{_STRING}|,(?=\s{{0,200}}[\]}}])", re.S)


def json_nodes(page: BeautifulSoup) -> list[Node]:
    """The nodes of a page's JSON-LD, the lists of a graph as nodes of their own; what cannot be read is left out."""
    found: list[Node] = []
    for script in page.find_all("script", type=re.compile(r"^\s*application/ld\+json", re.I)):
        data = _json(script.string or script.get_text())
        for entry in _entries(data, 0):
            if len(found) < _MOST:
                found.append(_node(entry, 0))
    return _joined(found)


def _json(text: str) -> Any:
    """JSON as people write it into pages: wrapped, with remarks, control characters and commas too many."""
    text = _unwrapped(text.strip())
    for mend in (str, _mended):
        try:
            return json.loads(mend(text), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _unwrapped(text: str) -> str:
    for mark in _WRAPPERS:
        text = text.removeprefix(mark).lstrip()
    for mark in _ENDS:
        text = text.removesuffix(mark).rstrip()
    return text


def _mended(text: str) -> str:
    pieces = []
    place = 0
    while found := _PIECE.search(text, place):
        pieces.append(text[place : found.start()] + (found[1] or " "))
        place = found.end() if not found[2] else text.find("*/", found.end()) + 2
        if place < found.end():
            break
    return _STRING_OR_COMMA.sub(lambda found: found[1] or " ", "".join((*pieces, text[max(place, 0) :])))


def _entries(data: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if isinstance(data, list) and depth < _DEPTH:
        for entry in data[:_MOST]:
            yield from _entries(entry, depth + 1)
    elif isinstance(data, dict):
        if "@graph" in data:
            yield from _entries(data["@graph"], depth + 1)
        if len(data) > ("@graph" in data) + ("@context" in data):
            yield data


def _node(data: Mapping[str, Any], depth: int) -> Node:
    found: dict[str, list[Any]] = {}
    for name, value in data.items():
        if name not in ("@context", "@graph"):
            found.setdefault(plain_name(name), []).extend(_values(value, depth + 1))
    return found


def _values(value: Any, depth: int) -> list[Any]:
    if depth > _DEPTH or value is None or isinstance(value, bool):
        return []
    if isinstance(value, list):
        return [found for entry in value[:_MOST] for found in _values(entry, depth + 1)]
    if isinstance(value, dict):
        if "@value" in value:
            return _values(value["@value"], depth + 1)
        if "@list" in value:
            return _values(value["@list"], depth + 1)
        return [_node(value, depth)]
    return [str(value)]


def plain_name(name: str) -> str:
    """A property's or type's name without the vocabulary before it."""
    return name if name.startswith("@") else re.split(r"[/#:]", name.strip().rstrip("/"))[-1]


def _joined(found: list[Node]) -> list[Node]:
    """Nodes of a graph with what they only refer to (`{"@id": …}`) put in its place, one level deep."""
    known = {node["@id"][0]: node for node in found if node.get("@id") and len(node) > 1}

    def put(value: Any) -> Any:
        return known.get(value["@id"][0], value) if isinstance(value, dict) and list(value) == ["@id"] else value

    return [
        {name: values if name == "@id" else [put(value) for value in values] for name, values in node.items()}
        for node in found
    ]


def marked_nodes(page: BeautifulSoup) -> list[Node]:
    """The nodes that a page marks in its text, by microdata or by RDFa."""
    found: list[Node] = []
    for scope, name, kind in (("itemscope", "itemprop", "itemtype"), ("typeof", "property", "typeof")):
        nodes: dict[int, dict[str, list[Any]]] = {}
        for element in page.find_all(lambda tag, s=scope, n=name: tag.has_attr(s) or tag.has_attr(n), limit=_MOST):
            above = _node_above(element, scope, nodes)
            value: Any = None
            if element.has_attr(scope):
                value = nodes[id(element)] = {"@type": [plain_name(t) for t in str(element.get(kind) or "").split()]}
                if about := element.get("itemid") or element.get("resource") or element.get("about"):
                    value["@id"] = [str(about)]
                if above is None or not element.has_attr(name):
                    found.append(value)
            if element.has_attr(name) and above is not None:
                value = _value_of(element) if value is None else value
                for given in str(element[name]).split():
                    if value:
                        above.setdefault(plain_name(given), []).append(value)
    return found


def _node_above(element: Tag, scope: str, nodes: Mapping[int, dict[str, list[Any]]]) -> dict[str, list[Any]] | None:
    for depth, parent in enumerate(element.parents):
        if id(parent) in nodes:
            return nodes[id(parent)]
        if depth > 200:
            break
    return None


def _value_of(element: Tag) -> str:
    for name in ("content", "datetime"):
        if element.get(name):
            return str(element[name]).strip()
    names = {
        "a": "href",
        "link": "href",
        "area": "href",
        "img": "src",
        "object": "data",
        "data": "value",
        "meter": "value",
    }
    if element.name in names and element.get(names[element.name]):
        return str(element[names[element.name]]).strip()
    words: list[str] = []
    size = 0
    for text in element.strings:
        if text.parent is not None and text.parent.name not in SKIPPED:
            words.append(text)
            size += len(text)
        if size > _LONGEST:
            break
    return line(" ".join(words))
