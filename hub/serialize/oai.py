"""Answers of OAI-PMH 2.0 as XML: what stands around the metadata of records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lxml import etree

from hub.serialize.elements import add, root

NAMESPACE = "http://www.openarchives.org/OAI/2.0/"
_IDENTIFIER = "http://www.openarchives.org/OAI/2.0/oai-identifier"
# A name of a domain as the schema of oai-identifier wants it; no address of a machine.
_DOMAIN = re.compile(r"[a-zA-Z][a-zA-Z0-9-]*(\.[a-zA-Z][a-zA-Z0-9-]*)+")


@dataclass(frozen=True)
class Identity:
    """What a repository says of itself."""

    name: str
    base_url: str
    email: str
    earliest: str
    compression: tuple[str, ...]
    host: str


@dataclass(frozen=True)
class Header:
    """What there is to say of a record before its metadata."""

    identifier: str
    datestamp: str
    deleted: bool
    sets: tuple[str, ...]


@dataclass(frozen=True)
class Rest:
    """What follows a part of a list: the token for the rest (empty: there is none), and where in the list we are."""

    token: str
    size: int
    cursor: int


def envelope(moment: str, base_url: str, arguments: Mapping[str, str]) -> etree._Element:
    """An answer that says when and to what it was given, and nothing else yet."""
    top = root(f"{{{NAMESPACE}}}OAI-PMH", {None: NAMESPACE}, f"{NAMESPACE}OAI-PMH.xsd")
    add(top, "responseDate", moment)
    add(top, "request", base_url, arguments)
    return top


def add_error(top: etree._Element, code: str, message: str) -> None:
    """What was wrong with the request."""
    add(top, "error", message, {"code": code})


def add_identify(top: etree._Element, identity: Identity) -> None:
    """The repository itself."""
    node = add(top, "Identify")
    add(node, "repositoryName", identity.name)
    add(node, "baseURL", identity.base_url)
    add(node, "protocolVersion", "2.0")
    add(node, "adminEmail", identity.email)
    add(node, "earliestDatestamp", identity.earliest)
    add(node, "deletedRecord", "persistent")
    add(node, "granularity", "YYYY-MM-DDThh:mm:ssZ")
    for name in identity.compression:
        add(node, "compression", name)
    if _DOMAIN.fullmatch(identity.host):
        scheme = root(f"{{{_IDENTIFIER}}}oai-identifier", {None: _IDENTIFIER}, f"{_IDENTIFIER}.xsd")
        add(scheme, "scheme", "oai")
        add(scheme, "repositoryIdentifier", identity.host)
        add(scheme, "delimiter", ":")
        add(scheme, "sampleIdentifier", f"oai:{identity.host}:reed-bed")
        add(node, "description").append(scheme)


def add_formats(top: etree._Element, formats: Iterable[tuple[str, str, str]]) -> None:
    """The formats of metadata: prefix, schema, namespace."""
    node = add(top, "ListMetadataFormats")
    for prefix, schema, namespace in formats:
        each = add(node, "metadataFormat")
        add(each, "metadataPrefix", prefix)
        add(each, "schema", schema)
        add(each, "metadataNamespace", namespace)


def add_sets(top: etree._Element, sets: Iterable[tuple[str, str]]) -> None:
    """The sets: each with its name."""
    node = add(top, "ListSets")
    for spec, name in sets:
        each = add(node, "set")
        add(each, "setSpec", spec)
        add(each, "setName", name)


def add_header(parent: etree._Element, header: Header) -> None:
    """The header of a record."""
    node = add(parent, "header", attributes={"status": "deleted" if header.deleted else ""})
    add(node, "identifier", header.identifier)
    add(node, "datestamp", header.datestamp)
    for spec in header.sets:
        add(node, "setSpec", spec)


def add_record(parent: etree._Element, header: Header, metadata: etree._Element | None) -> None:
    """A record; one that is gone has no metadata."""
    node = add(parent, "record")
    add_header(node, header)
    if metadata is not None:
        add(node, "metadata").append(metadata)


def add_token(parent: etree._Element, rest: Rest) -> None:
    """Where the list goes on, or that it ends here."""
    place = {"completeListSize": str(rest.size), "cursor": str(rest.cursor)}
    add(parent, "resumptionToken", rest.token, place)


def encoded(top: etree._Element) -> bytes:
    """The answer as it is sent."""
    return etree.tostring(top, encoding="UTF-8", xml_declaration=True)
