"""OAI-PMH 2.0: the protocol by which repositories hand out their records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree
from msgspec import Struct

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import query_value, set_query
from indexer.harvest.protocols.trail import Trail
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.protocols.xml_list import broken
from indexer.harvest.protocols.xml_safe import child, found, local, mend_xml, namespace, text_in
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {
    "prefix": "the metadata format to ask for (default: oai_dc)",
    "set": "the set to which the records must belong",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "url": ("url",),
    "title": ("title", "alternative"),
    "abstract": ("abstract", "description[0]", "description"),
    "text": ("paragraphs(description[1], description[2], description[3], description[4])",),
    "language": ("language",),
    "type": ("type",),
    "place": ("spatial[0]",),
    "countries": ("coverage", "spatial"),
    "issued": ("issued", "date[0]", "created", "available"),
    "modified": ("modified",),
    "organisations": ("publisher",),
    "publisher": ("publisher[0]",),
    "license": ("license", "rights[?contains(@, 'creativecommons.org')] | [0]", "rights[0]"),
    "rights": ("rights",),
    "source_tags": ("subject",),
    "also_at": ("source[?starts_with(@, 'http')]", "identifier[?starts_with(@, 'http')]"),
    "references": ("relation[?starts_with(@, 'http')]", "references[?starts_with(@, 'http')]"),
}
FOLLOWS = False

_DUBLIN_CORE = ("http://purl.org/dc/elements/1.", "http://purl.org/dc/terms")
_OWN = ("verb", "metadataPrefix", "set", "from", "until", "resumptionToken", "identifier")
_BY_LANGUAGE = ("title", "description", "abstract")
_BARE = {  # responses that hold no records
    "Identify": "describes the repository",
    "ListSets": "lists the sets of a repository",
    "ListMetadataFormats": "lists the formats of a repository",
}


class Page(Struct, frozen=True):
    """One response: its records, the token for the next one, and what is wrong with its XML (empty: nothing)."""

    entries: tuple[Reference | Skipped, ...]
    token: str = ""
    wrong: str = ""


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """A reference for every record, response after response; deleted ones are `gone`."""
    base = _base(source.address)
    query = {"verb": "ListRecords", "metadataPrefix": _option(source, "prefix", "metadataPrefix") or "oai_dc"}
    if name := _option(source, "set", "set"):
        query["set"] = name
    if since:
        query["from"] = _from(base, get, since)
    address, first, trail = set_query(base, query), True, Trail()
    while address:
        name = shown(base) + address[len(base) :]
        try:
            page = read(get(address, kinds=("xml",)).body, name)
        except (FetchFailed, Unreadable) as error:
            if first:
                raise
            yield Skipped(name, str(error), failed=True)
            return
        if page.wrong:
            yield broken(name, page.wrong)
        ended = trail.ends(*(entry.id for entry in page.entries[:1]), page.token and f"token {page.token}")
        if ended or not page.entries:
            if page.token and not first:
                why = "the list leads in circles" if ended else "a part of the list is empty, though more are announced"
                yield Skipped(name, why, failed=True)
            return
        yield from page.entries
        first = False
        address = set_query(base, {"verb": "ListRecords", "resumptionToken": page.token}) if page.token else ""


def read(body: bytes, what: str) -> Page:
    """One response, whatever it was asked. Raises Unreadable where it is none, or an error of the repository."""
    root, wrong = mend_xml(unpacked(body, what), what)
    if local(root) != "OAI-PMH":
        raise Unreadable(f"{what} is no OAI-PMH response but XML of the kind {local(root)!r}")
    errors = [node for node in root.iterchildren(etree.Element) if local(node) == "error"]
    for error in errors:
        if (code := error.get("code") or "") != "noRecordsMatch":
            text = text_in(error)
            raise Unreadable(f"{what} answers with the error {code or 'without a code'}{text and ': ' + text}")
    for name, meaning in _BARE.items():
        if child(root, name) is not None:
            raise Unreadable(f"{what} {meaning} and holds no records")
    entries = [entry for node in found(root, "record") if (entry := _record(node)) is not None]
    identifiers = child(root, "ListIdentifiers")
    if identifiers is not None:
        entries = [_header(node) for node in found(identifiers, "header")]
    if not entries and not errors and child(root, "ListRecords") is None and identifiers is None:
        raise Unreadable(f"{what} is an OAI-PMH response without records")
    return Page(tuple(entries), text_in(next(found(root, "resumptionToken"), None)), wrong)


def _record(node: etree._Element) -> Reference | Skipped | None:
    """A record as a reference; None for what only has the same name."""
    header = child(node, "header")
    if header is None:
        return None if _is_within_metadata(node) else Skipped("(no id)", "is a record without a header", failed=True)
    identifier, changed = text_in(child(header, "identifier")), text_in(child(header, "datestamp"))
    if not identifier:
        return Skipped("(no id)", "is a record without an identifier", failed=True)
    if (header.get("status") or "").strip() == "deleted":
        return Reference(id=identifier, modified=changed, gone=True)
    metadata = child(node, "metadata")
    data = _dublin_core(metadata) if metadata is not None else {}
    if not data.get("title") and not data.get("description"):
        return Skipped(identifier, _lack(metadata))
    sets = [text_in(each) for each in found(header, "setSpec")]
    data["header"] = {"identifier": identifier, "datestamp": changed, "sets": sets}
    addresses = [text for text in data.get("identifier", ()) if text.startswith(("http://", "https://"))]
    data["url"] = next(iter(addresses), "")
    return Reference(id=identifier, url=data["url"], modified=changed, data=data)


def _is_within_metadata(node: etree._Element) -> bool:
    return any(local(above) == "metadata" for above in node.iterancestors())


def _header(node: etree._Element) -> Reference | Skipped:
    """A header without its record: it tells of deletions only."""
    identifier, changed = text_in(child(node, "identifier")), text_in(child(node, "datestamp"))
    if identifier and (node.get("status") or "").strip() == "deleted":
        return Reference(id=identifier, modified=changed, gone=True)
    return Skipped(identifier or "(no id)", "is listed by its identifier only, without its metadata")


def _lack(metadata: etree._Element | None) -> str:
    """Why a record says nothing to us."""
    inner = next(metadata.iterchildren(etree.Element), None) if metadata is not None else None
    if inner is None:
        return "has no metadata"
    kind = local(inner)
    if kind == "dc":
        return "has neither title nor description"
    return f"has metadata of the kind {kind!r} without a title or description in Dublin Core"


def _dublin_core(metadata: etree._Element) -> dict[str, Any]:
    """All elements of Dublin Core below, each a list of texts; texts in several languages are a mapping."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for node in metadata.iter(etree.Element):
        if namespace(node).startswith(_DUBLIN_CORE) and not len(node) and (text := text_in(node)):
            language = node.get("{http://www.w3.org/XML/1998/namespace}lang") or node.get("lang") or ""
            texts.setdefault(local(node), []).append((language.strip(), text))
    result: dict[str, Any] = {}
    for name, values in texts.items():
        languages = {language for language, _ in values}
        if name in _BY_LANGUAGE and "" not in languages and len(languages) == len(values):
            result[name] = dict(values)
        else:
            result[name] = list(dict.fromkeys(text for _, text in values))
    return result


def _base(address: str) -> str:
    """The address of the repository, without what was asked of it."""
    path, _, query = address.partition("#")[0].partition("?")
    kept = [part for part in query.split("&") if part and part.partition("=")[0] not in _OWN]
    return path + ("?" + "&".join(kept) if kept else "")


def _option(source: Source, name: str, parameter: str) -> str:
    """An option of the source, else what its address says."""
    return source.options.get(name) or query_value(source.address, parameter) or ""


def _from(base: str, get: Get, since: str) -> str:
    """A date as the repository wants it: a day, or a second where it keeps seconds."""
    address = set_query(base, {"verb": "Identify"})
    try:
        root, _ = mend_xml(get(address, kinds=("xml",)).body, address)
    except (FetchFailed, Unreadable):
        return since[:10]  # days are understood by all
    granularity = text_in(next(found(root, "granularity"), None))
    return since[:10] + ("T00:00:00Z" if "hh" in granularity.lower() else "")
