"""Catalogues of data in DCAT (RDF/XML, Turtle, JSON-LD), and metadata records of ISO 19139 in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from lxml import etree
from msgspec import Struct

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Response, Skipped, Unreadable
from indexer.harvest.protocols import xml_list
from indexer.harvest.protocols.identity import made_id
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import absolute
from indexer.harvest.protocols.rdf import graph_of, is_xml
from indexer.harvest.protocols.trail import Trail
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.protocols.xml_safe import is_html, local, mend_xml
from indexer.harvest.source import Source

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = {
    **xml_list.FIELDS,
    "url": ("landingPage[0]", "page[0]", "url", "links[0].url", '"@id"'),
    "title": ("title", "name"),
    "abstract": ("abstract", "description"),
    "language": ("language",),
    "place": ("spatial[].not_null(prefLabel, label) | [0]", "place"),
    "countries": ("spatial",),
    "point": ("spatial[].geometry | [0]", "spatial[].centroid | [0]", "point"),
    "began": ("temporal[].startDate | [0]", "began"),
    "ended": ("temporal[].endDate | [0]", "ended"),
    "publisher": ("publisher.name", "publisher"),
    "organisations": ("organisations", "publisher.name", "creator.name", "[publisher][].name", "[creator][].name"),
    "contact": (
        "contactPoint[].hasEmail | [0]",
        "contactPoint[].email | [0]",
        "publisher.mbox",
        "contact",
    ),
    "license": ("license", "distribution[].license | [0]"),
    "rights": ("rights", "accessRights"),
    "source_tags": ("keyword", "keywords", "theme[].prefLabel", "topics"),
    "documents": ("distribution[].{url: not_null(downloadURL, accessURL), title: title}", "links"),
    "images": ("images", "image"),
}
FOLLOWS = False

_DATASETS = (
    "http://www.w3.org/ns/dcat#Dataset",
    "http://www.w3.org/ns/dcat#DatasetSeries",
    "https://schema.org/Dataset",
    "http://schema.org/Dataset",
)
_CATALOGUES = ("http://www.w3.org/ns/dcat#Catalog",)
_HOLDS = ("http://www.w3.org/ns/dcat#dataset", "https://schema.org/dataset", "http://schema.org/dataset")
_NEXT = (
    "http://www.w3.org/ns/hydra/core#next",
    "http://www.w3.org/ns/hydra/core#nextPage",
    "http://www.w3.org/ns/ldp#nextPage",
    "https://www.w3.org/ns/activitystreams#next",
)
_LISTS = ("keyword", "theme", "distribution", "contactPoint", "spatial", "temporal", "landingPage", "page", "language")
_LINK = re.compile(r'<([^<>]{1,2000})>\s*;[^,<]{0,200}\brel="?next"?')
_DEEPEST = 3
_MOST = 5_000  # statements about one data set
_TIMES = 20  # that a statement is told on average: all data sets may lead to the same large thing


class Page(Struct, frozen=True):
    """One page of a catalogue: its entries, the address of the next, and what is wrong with it (empty: nothing)."""

    entries: tuple[Reference | Skipped, ...]
    after: str = ""
    wrong: str = ""


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """A reference for every data set, page after page."""
    address, trail, firsts = source.address, Trail(), Trail()
    while address and not trail.ends(address):
        try:
            response: Response = get(address)
            page = read(unpacked(response.body, shown(address)), shown(address), response.url)
        except (FetchFailed, Unreadable) as error:
            if address == source.address:
                raise
            yield Skipped(shown(address), str(error), failed=True)
            return
        if page.wrong:
            yield xml_list.broken(shown(address), page.wrong)
        known = [entry.id for entry in page.entries if isinstance(entry, Reference)]
        if not page.entries or firsts.ends(*known[:1]):
            return
        yield from page.entries
        linked = _LINK.search(response.headers.get("link", ""))
        address = page.after or (absolute(response.url, linked[1]) if linked else "")


def read(body: bytes, what: str, base: str) -> Page:
    """One page of a catalogue; `base` is its address. Raises Unreadable where it is none."""
    if is_html(body):
        raise Unreadable(f"{what} is a web page, not RDF")
    wrong = ""
    if is_xml(body):
        root, wrong = mend_xml(body, what)
        if local(root) != "RDF":
            return Page(tuple(xml_list.records(root, what, base, {})), xml_list.next_page(root, base), wrong)
        body = etree.tostring(root)
    graph = graph_of(body, what, base)
    subjects = list(_datasets(graph))
    catalogues = _called(graph, _CATALOGUES)
    if not subjects and not catalogues and not any(_objects(graph, name) for name in (*_HOLDS, *_NEXT)):
        raise Unreadable(f"{what} is RDF but describes no data sets")
    teller = _Teller(graph, {*subjects, *catalogues})
    entries = tuple(_reference(teller.told(subject), str(subject)) for subject in subjects)
    after = next((str(node) for name in _NEXT for node in _objects(graph, name)), "")
    return Page(entries, absolute(base, after) if after else "", wrong)


def _objects(graph: Graph, predicate: str) -> list[Node]:
    from rdflib import URIRef  # noqa: PLC0415 - takes long to load, and few sources need it

    return list(graph.objects(None, URIRef(predicate)))


def _called(graph: Graph, types: tuple[str, ...]) -> list[Node]:
    """All that is of one of these types."""
    from rdflib import RDF, URIRef  # noqa: PLC0415 - takes long to load, and few sources need it

    return [subject for name in types for subject in graph.subjects(RDF.type, URIRef(name))]


def _datasets(graph: Graph) -> Iterator[Node]:
    """All data sets: what is called so, and what a catalogue says it holds and is described here."""
    held = (node for name in _HOLDS for node in _objects(graph, name) if (node, None, None) in graph)
    yield from dict.fromkeys((*_called(graph, _DATASETS), *held))


def _reference(data: dict[str, Any], subject: str) -> Reference | Skipped:
    identifier = data.get("identifier")
    own = subject if "@id" in data else ""
    stated = identifier if isinstance(identifier, str) else ""
    if not data.get("title") and not data.get("name"):
        return Skipped(own or stated or "(no id)", "is a data set without a title")
    pages = [*data.get("landingPage", ()), *data.get("page", ()), own]
    url = next((found for page in pages if isinstance(page, str) and (found := absolute("", page))), "")
    modified = data.get("modified") or data.get("dateModified") or data.get("issued") or ""
    return Reference(
        id=own or stated or url or made_id(data),
        url=url,
        modified=modified if isinstance(modified, str) else "",
        data=data,
    )


class _Teller:
    """Tells what a graph says of a data set and of what belongs to it, but not of other data sets."""

    def __init__(self, graph: Graph, others: set[Node]) -> None:
        self._graph = graph
        self._others = others
        self._left = 0
        self._left_of_all = _TIMES * len(graph) + _MOST

    def told(self, subject: Node) -> dict[str, Any]:
        """All that the graph says of a data set, as plain data."""
        self._left = _MOST
        return self._described(subject, (subject,))

    def _described(self, subject: Node, above: tuple[Node, ...]) -> dict[str, Any]:
        """What the graph says of something, under the local names of the properties."""
        from rdflib import RDF, URIRef  # noqa: PLC0415 - takes long to load, and few sources need it

        result: dict[str, Any] = {"@id": str(subject)} if isinstance(subject, URIRef) else {}
        values: dict[str, list[Node]] = {}
        for predicate, node in self._graph.predicate_objects(subject):
            self._left -= 1
            self._left_of_all -= 1
            if min(self._left, self._left_of_all) < 0:
                break
            if predicate != RDF.type:
                values.setdefault(re.split("[#/]", str(predicate).rstrip("#/"))[-1], []).append(node)
        for name, nodes in values.items():
            value = self._value(nodes, above, name in _LISTS)
            if value not in ("", [], {}):
                result[name] = value
        return result

    def _value(self, nodes: list[Node], above: tuple[Node, ...], as_list: bool) -> Any:
        """One value, a list, or, of texts in several languages, a mapping from language to text."""
        if not as_list and (texts := _by_language(nodes)):
            return texts
        found: list[Any] = []
        seen: set[str] = set()
        for node in nodes:
            value = self._of(node, above)
            mark = value if isinstance(value, str) else repr(value)
            if value not in ("", {}) and mark not in seen:
                seen.add(mark)
                found.append(value)
        return found if as_list or len(found) > 1 else (found[0] if found else "")

    def _of(self, node: Node, above: tuple[Node, ...]) -> Any:
        from rdflib import BNode, Literal  # noqa: PLC0415 - takes long to load, and few sources need it

        deep = len(above) >= _DEEPEST or node in above or node in self._others
        if isinstance(node, Literal) or deep or (node, None, None) not in self._graph:
            return "" if isinstance(node, BNode) else str(node)
        return self._described(node, (*above, node))


def _by_language(nodes: list[Node]) -> dict[str, str]:
    """Texts in several languages, each once; empty where it is anything else."""
    from rdflib import Literal  # noqa: PLC0415 - takes long to load, and few sources need it

    tagged = {str(node.language): str(node) for node in nodes if isinstance(node, Literal) and node.language}
    untagged = len(nodes) - len(tagged)
    return tagged if tagged and untagged <= 1 else {}
