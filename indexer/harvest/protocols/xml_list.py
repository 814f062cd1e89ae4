"""XML that is a list of records, of whatever make: each record as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import etree

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.protocols.identity import has_id, references
from indexer.harvest.protocols.iso import is_iso, iso_data
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import unasked
from indexer.harvest.protocols.trail import Trail
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.protocols.xml_data import data_of
from indexer.harvest.protocols.xml_safe import child, found, local, mend_xml, text_in
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {
    "items": "the elements that are records: a name such as case, or a path such as cases/case",
    "id": "the element or attribute (@name) within a record that holds its id",
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "url": ("url", "link", "website", "webpage", '"@href"', '"@about"', "references"),
    "title": ("title", "name", "field_title", "label", "headline", "idinfo.citation.citeinfo.title"),
    "abstract": (
        "abstract",
        "summary",
        "description",
        "field_summary",
        "field_description",
        "field_information",
        "teaser",
        "idinfo.descript.abstract",
    ),
    "challenge": ("challenge", "challenges", "field_challenges", "problem"),
    "action": ("action", "actions", "solution", "solutions", "field_solutions"),
    "results": ("results", "outcomes", "impacts", "impact"),
    "lessons": ("lessons", "lessons_learned", "field_factors"),
    "text": ("text", "body", "content", "field_body"),
    "language": ("language", '"@lang"', "lang"),
    "place": ("place", "location", "city"),
    "countries": ("country", "countries", "field_country", "spatial", "coverage"),
    "point": ("point", "Point", "{lat: latitude, lon: longitude}", "{lat: lat, lon: lon}"),
    "issued": ("issued", "date", "published", "created", "year", "field_year", "item_created"),
    "modified": ("modified", "changed", "updated", "item_changed"),
    "organisations": ("organisations", "organisation", "organization", "creator", "contributor"),
    "publisher": ("publisher",),
    "contact": ("contact", "email", "field_contact"),
    "license": ("license", "licence"),
    "rights": ("rights",),
    "source_tags": (
        "subject",
        "subjects",
        "keywords.keyword",
        "keywords",
        "keyword",
        "tags.tag",
        "tags",
        "tag",
        "category",
        "split(keywords, ',')",
        "split(field_keywords, ',')",
        "[idinfo.keywords.theme][].themekey[]",
    ),
    "images": ("image", "images.image", "thumbnail", "overview"),
    "documents": ("document", "documents.document", "attachment"),
}
FOLLOWS = False

_RECORDS = ("Record", "SummaryRecord", "BriefRecord")  # of CSW, in Dublin Core
_CONTAINED = 3  # levels below the root at which a list is looked for


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """A reference for every record of the list; of a catalogue service (CSW) all its pages."""
    address, trail, firsts = source.address, Trail(), Trail()
    while address and not trail.ends(address):
        try:
            response = get(address, kinds=("xml",))
            root, wrong = mend_xml(unpacked(response.body, shown(address)), shown(address))
            rows = list(records(root, shown(address), response.url, source.options))
        except (FetchFailed, Unreadable) as error:
            if address == source.address:
                raise
            yield Skipped(shown(address), str(error), failed=True)
            return
        if wrong:
            yield broken(shown(address), wrong)
        known = [row.id for row in rows if isinstance(row, Reference)]
        if not rows or firsts.ends(*known[:1]):
            return
        yield from rows
        address = next_page(root, address)


def broken(what: str, wrong: str) -> Skipped:
    """Says that a document was read although it is not well-formed."""
    return Skipped(what, f"is not well-formed; what could be read was taken ({wrong})", failed=True)


def records(root: etree._Element, what: str, base: str, options: Mapping[str, str]) -> Iterator[Reference | Skipped]:
    """The records in an XML document; `base` is its address. Raises Unreadable where there is no list in it."""
    wanted = options.get("items", "")
    elements = _chosen(root, wanted) if wanted else _guessed(root)
    if not elements and not _is_empty_answer(root):
        raise Unreadable(f"{what} holds no {f'element {wanted!r}' if wanted else 'list of records'}")
    rows = []
    for number, element in enumerate(elements, 1):
        name = f"{local(element)} {number}"
        data = iso_data(element) if is_iso(element) else data_of(element)
        if isinstance(data, dict) and data:
            if element is root and not has_id(data):
                data["id"] = unasked(base)
            rows.append((name, data))
        else:
            yield Skipped(name, "holds nothing but text" if data else "is empty")
    yield from references(rows, options.get("id", ""), base)


def _chosen(root: etree._Element, path: str) -> list[etree._Element]:
    """The elements at the end of a path of names, wherever it begins; none within another one."""
    names = [local(name) for name in path.strip("/").split("/") if name.strip(". ")]
    result: list[etree._Element] = []
    for node in root.iter(etree.Element):
        above = [local(each) for each in node.iterancestors()]
        if names and [local(node), *above][: len(names)] == names[::-1] and not _is_within(node, result):
            result.append(node)
    return result


def _is_within(node: etree._Element, chosen: Sequence[etree._Element]) -> bool:
    return bool(chosen) and any(above is chosen[-1] for above in node.iterancestors())


def _guessed(root: etree._Element) -> list[etree._Element]:
    """The elements that look like records: known ones, else the children of one name that are most."""
    if is_iso(root):
        return [root]
    if local(root) == "FC_FeatureCatalogue":  # describes the columns of a data set, not the data set
        return []
    known = [node for node in root.iter(etree.Element) if is_iso(node) or local(node) in _RECORDS]
    if known:
        return [node for node in known if not any(is_iso(above) for above in node.iterancestors())]
    if child(root, "idinfo") is not None:
        return [root]
    level = [root]
    for _ in range(_CONTAINED):
        groups = [group for node in level for group in _groups(node)]
        most = max(groups, key=len, default=[])
        if len(most) > 1:
            return most
        level = [node for above in level for node in above.iterchildren(etree.Element)]
    return _only(root)


def _groups(node: etree._Element) -> list[list[etree._Element]]:
    """The children of an element by name, where most of a name have children themselves."""
    groups: dict[str, list[etree._Element]] = {}
    for each in node.iterchildren(etree.Element):
        groups.setdefault(local(each), []).append(each)
    return [group for group in groups.values() if sum(_is_full(each) for each in group) * 2 > len(group)]


def _is_full(element: etree._Element) -> bool:
    return len(element) > 0 or len(element.attrib) > 1


def _only(root: etree._Element) -> list[etree._Element]:
    """The one record of a list that holds but one, or the document itself where it is one."""
    node = root
    while len(node) == 1 and len(node[0]):
        node = node[0]
    return [node] if len(node) > 1 else []


def _is_empty_answer(root: etree._Element) -> bool:
    """Whether this is a list that says itself that it has no records."""
    return (len(root) == 0 and not text_in(root)) or next(found(root, "SearchResults"), None) is not None


def next_page(root: etree._Element, address: str) -> str:
    """The address of the next page of a catalogue service (CSW); empty where this is the last."""
    results = next(found(root, "SearchResults"), None)
    start = (results.get("nextRecord") or "") if results is not None else ""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    if not start.isdigit() or int(start) < 1 or not any(name.lower() == "request" for name, _ in query):
        return ""
    others = [(name, value) for name, value in query if name.lower() != "startposition"]
    return urlunsplit(parts._replace(query=urlencode([*others, ("startPosition", start)])))
