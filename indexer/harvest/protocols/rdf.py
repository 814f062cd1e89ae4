"""RDF from strangers, in XML, Turtle or JSON-LD, as a graph: nothing is fetched for it, no entities are read."""

from __future__ import annotations

import io
import json
import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lxml import etree

from indexer.harvest.item import Unreadable
from indexer.harvest.protocols.json_text import read_json
from indexer.harvest.protocols.xml_safe import mend_xml, refuse_entities

if TYPE_CHECKING:
    from rdflib import Graph

_TRIPLE = re.compile(rb"<[a-z][a-z0-9+.-]{0,20}:[^<>\s]{1,2000}>\s")
# What stands in for a context that only has an address: the terms of DCAT as catalogues use them.
_DCT, _DCAT = "http://purl.org/dc/terms/", "http://www.w3.org/ns/dcat#"
_CONTEXT: dict[str, Any] = {
    "@vocab": _DCAT,
    "dcat": _DCAT,
    "dct": _DCT,
    "dcterms": _DCT,
    "foaf": "http://xmlns.com/foaf/0.1/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "org": "http://www.w3.org/ns/org#",
    "fn": "vcard:fn",
    "hasEmail": "vcard:hasEmail",
    "name": "foaf:name",
}
for _name in (
    *("title", "description", "identifier", "issued", "modified", "publisher", "creator", "license", "rights"),
    *("language", "spatial", "temporal", "accessRights", "accrualPeriodicity", "conformsTo", "format"),
):
    _CONTEXT[_name] = _DCT + _name
_SCHEMA = {"@vocab": "https://schema.org/", "schema": "https://schema.org/"}


def is_xml(body: bytes) -> bool:
    """Whether this is XML rather than Turtle or JSON-LD; Turtle may begin with < too."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    return body.startswith((b"\xff\xfe", b"\xfe\xff")) or bool(start.startswith(b"<") and not _TRIPLE.match(start))


def graph_of(body: bytes, what: str, base: str) -> Graph:
    """The graph in an RDF document; `base` is its address. Raises Unreadable where it cannot be read."""
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] in (b"{", b"["):
        return _parsed(_closed(body, what), "json-ld", what, base)
    if is_xml(body):
        return _parsed(etree.tostring(mend_xml(body, what)[0]), "xml", what, base)
    return _parsed(body, "turtle", what, base)


def _parsed(body: bytes, form: str, what: str, base: str) -> Graph:
    from rdflib import Graph  # noqa: PLC0415 - takes long to load, and few sources need it

    refuse_entities(body, what)
    graph = Graph()
    with _quiet():
        try:
            graph.parse(io.BytesIO(body), format=form, publicID=base)
        except RecursionError:
            raise Unreadable(f"{what} is nested too deeply to be read") from None
        except Exception as error:  # the parsers raise errors of many kinds, of Python's own too
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise Unreadable(f"{what} cannot be read as RDF: {reason}") from None
    return graph


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps to itself what rdflib would print of every odd date or address."""
    logger = logging.getLogger("rdflib")
    children = [logger, logging.getLogger("rdflib.term")]
    before = [each.disabled for each in children]
    for each in children:
        each.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for each, value in zip(children, before, strict=True):
            each.disabled = value


def _closed(body: bytes, what: str) -> bytes:
    """JSON-LD that needs nothing from elsewhere: contexts that are addresses give way to one of ours."""
    try:
        data = read_json(body)
    except Unreadable as error:
        raise Unreadable(f"{what} {error}") from None
    waiting, contexts = [data], 0
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            node.pop("@import", None)
            contexts += "@context" in node or "@graph" in node or "@id" in node
            if "@context" in node:
                node["@context"] = _local(node["@context"])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    if not contexts:
        raise Unreadable(f"{what} is JSON but no JSON-LD")
    try:
        return json.dumps(data).encode()
    except (ValueError, RecursionError):
        raise Unreadable(f"{what} is nested too deeply to be read") from None


def _local(context: Any) -> Any:
    """A context without addresses of others."""
    if isinstance(context, str):
        return dict(_SCHEMA if "schema.org" in context and "project-open-data" not in context else _CONTEXT)
    if isinstance(context, list):
        return [_local(part) for part in context if not isinstance(part, list)]
    return context
