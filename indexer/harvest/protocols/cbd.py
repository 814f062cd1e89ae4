"""The Clearing-House of the Convention on Biological Diversity: its index, its documents, its national reports.

A seventh national report is many items: each part of its section III that tells an example of effective action.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.plain import plain
from indexer.harvest.protocols.json_text import as_dict, as_list, read_json, text_at
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import (
    Page,
    absolute,
    changed,
    number_of,
    objects,
    pages,
    query_value,
    set_query,
)
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": (
        "heading",
        "detail.title",
        "titles",
        "entry.title_t",
        "entry.title_s",
        "entry.title_EN_t",
        "entry.title_EN_s",
    ),
    "abstract": ("detail.summary", "summaries", "entry.summary_t", "entry.summary_s", "entry.summary_EN_t"),
    "challenge": ("part.keyChallengesSummary", "part.keyChallengesInfo"),
    "action": ("part.mainActionsSummary", "part.mainActionsInfo"),
    "results": ("part.progressSummary", "part.progressSummaryInfo"),
    "text": (
        "part.actionEffectivenessSummary",
        "part.actionEffectivenessInfo",
        "detail.description",
        "detail.relevantInformation",
    ),
    "language": ("detail.languages[0].identifier", "detail.header.languages[0]"),
    "countries": (
        "detail.government.identifier",
        "entry.government_s",
        "detail.countryRegions[].identifier",
        "detail.countries[].identifier",
        "entry.countryRegions_ss",
    ),
    "began": ("detail.startDate",),
    "ended": ("detail.endDate",),
    "issued": ("detail.publicationDate", "entry.publicationDate_dt", "entry.createdDate_dt"),
    "modified": ("entry.updatedDate_dt",),
    "publisher": ("detail.publisher",),
    "rights": ("detail.rights",),
    "type": ("entry.kmHubResourceType_EN_txt[0]", "entry.resourceTypes_EN_txt[0]"),
    "source_tags": (
        "targets",
        "part.target.identifier",
        "detail.cbdSubjects[].identifier",
        "detail.subjects[].identifier",
        "detail.aichiTargets[].identifier",
        "entry.kmHubResourceType_EN_txt",
        "entry.resourceTypes_EN_txt",
    ),
    "references": ("detail.resourceLinks[].url",),
    "images": ("detail.covers[].{url: url, alt: name}", "detail.images[].{url: url, alt: name}"),
    "documents": ("detail.relevantDocuments[].{url: url, alt: name}",),
}
FOLLOWS = False
REPORT = "nationalReport7"
EXAMPLE = ("actionEffectivenessSummary", "actionEffectivenessInfo")  # the live form's name, the documented one
_ROWS = 100
_REVISION = re.compile(r"@\d{1,6}$")
_TARGET = re.compile(r"GBF-TARGET-\d\d")
_BY_LANGUAGE = re.compile(r"(title|summary)_([A-Z]{2})_[ts]")
# Documents about states, offices and people.
_NOT_CASES = re.compile(
    r"(?i)national(?!Report7)\w*|authority|supplementaryAuthority|focalPoint"
    r"|contact|organization|person|meeting|notification"
)


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """What the index lists, each with its document; of national reports every example of effective action."""
    wanted: dict[str, str | int] = {"start": 0, "wt": "json"}
    if query_value(source.address, "rows") is None:
        wanted["rows"] = _ROWS
    if since:
        limit = f"updatedDate_dt:[{since[:10]}T00:00:00Z TO *]"
        wanted["fq"] = " AND ".join(f"({part})" for part in (query_value(source.address, "fq"), limit) if part)
    for page in pages(get, set_query(source.address, wanted), entries, _next):
        if isinstance(page, Skipped):
            yield page
            continue
        for entry in objects(page.entries, page.url):
            found = [entry] if isinstance(entry, Skipped) else _with_document(entry, get, page.url)
            yield from (item for item in found if isinstance(item, Skipped) or changed(item.modified, since))


def entries(data: Any) -> list[Any]:
    """The entries of an answer of the index, or the documents in a file. Raises Unreadable."""
    if isinstance(data, list):
        return data
    answer = as_dict(data)
    docs = as_dict(answer.get("response")).get("docs")
    if isinstance(docs, list):
        return docs
    if error := as_dict(answer.get("error")):
        raise Unreadable(f"is an error of the index: {text_at(error, 'msg', 'message') or 'no reason given'}")
    if is_document(answer) or is_document(answer.get("body")):
        return [answer]
    raise Unreadable("is neither an answer of the Clearing-House's index nor one of its documents")


def references(data: Any, url: str) -> Gathered:
    """The items of one answer or document."""
    for entry in objects(entries(data), url):
        if isinstance(entry, Skipped):
            yield entry
        elif is_document(entry) or is_document(entry.get("body")):
            document = entry if is_document(entry) else entry["body"]
            yield from _items(entry if document is not entry else {}, document, url)
        elif is_row(entry):
            yield _row(entry, url)
        else:
            yield from _items(entry, {}, url)


def is_document(value: Any) -> bool:
    """Whether an object is a document of the Clearing-House."""
    return bool(text_at(as_dict(as_dict(value).get("header")), "schema"))


def is_row(value: Any) -> bool:
    """Whether an object is a row of a download of national reports: one part of section III."""
    return isinstance(value, dict) and any(name in value for name in EXAMPLE) and "sectionIII" not in value


def identifier(value: str) -> str:
    """An identifier without its revision: GUID@2 is the second revision of GUID."""
    return _REVISION.sub("", value.strip())


def _next(page: Page) -> str:
    found = number_of(as_dict(as_dict(page.data).get("response")).get("numFound"))
    done = page.before + len(page.entries)
    over = not page.entries or (found is not None and done >= found)
    return "" if over else set_query(page.address, {"start": done})


def _with_document(entry: dict[str, Any], get: Get, url: str) -> Iterator[Reference | Skipped]:
    """The items of an entry of the index. What the index says of a resource will do where its document is closed."""
    name = text_at(entry, "identifier_s", "uniqueIdentifier_s", "id")
    schema = text_at(entry, "schema_s")
    if _NOT_CASES.fullmatch(schema) or "/index/select" not in url or not name:
        yield from _items(entry, {}, url)
        return
    try:
        document = _document(get, url, identifier(name))
    except (FetchFailed, Unreadable) as error:
        if schema == REPORT or not (isinstance(error, FetchFailed) and error.kind in ("gone", "refused")):
            yield Skipped(identifier(name), f"its document cannot be read: {error}", failed=True)
            return
        document = {}
    for item in _items(entry, document, url):
        yield _with_target(item, get, url) if isinstance(item, Reference) and schema == REPORT else item


def _document(get: Get, index: str, name: str) -> dict[str, Any]:
    response = get(f"{index.partition('/index/select')[0]}/documents/{name}", kinds=("json",))
    document = as_dict(read_json(response.body, response.charset))
    return as_dict(document["body"]) if is_document(document.get("body")) else document


def _with_target(item: Reference, get: Get, url: str) -> Reference:
    """A part of a report under the title of the national target that it is about, where that can be read."""
    data = dict(item.data or {})
    target = identifier(text_at(as_dict(as_dict(data.get("part")).get("target")), "identifier"))
    if not target or _TARGET.fullmatch(target):
        return item
    try:
        title = as_dict(_document(get, url, target)).get("title")
    except (FetchFailed, Unreadable):
        return item
    return Reference(item.id, item.url, item.modified, {**data, "heading": title or data["heading"]})


def _items(entry: dict[str, Any], document: dict[str, Any], url: str) -> Iterator[Reference | Skipped]:
    header = as_dict(document.get("header"))
    name = identifier(text_at(header, "identifier") or text_at(entry, "identifier_s", "uniqueIdentifier_s", "id"))
    schema = text_at(header, "schema") or text_at(entry, "schema_s")
    address = next((found for given in as_list(entry.get("url_ss")) if (found := absolute(url, given))), "")
    if not name:
        yield Skipped(address or shown(url), "is an entry without an identifier", failed=True)
    elif _NOT_CASES.fullmatch(schema):
        yield Skipped(name, f"is a document of the kind {schema}, not a case")
    elif schema == REPORT:
        yield from _parts(entry, document, name, address)
    else:
        data = {**_said(entry), "entry": entry, "detail": _whole(document, url), "targets": _targets(entry, document)}
        titled = (
            document.get("title") or data["titles"] or text_at(entry, "title_t", "title_s", "title_EN_t", "title_EN_s")
        )
        modified = text_at(entry, "updatedDate_dt")
        yield Reference(name, address, modified, data) if titled else Skipped(name, "has no title")


def _parts(entry: dict[str, Any], document: dict[str, Any], name: str, address: str) -> Iterator[Reference | Skipped]:
    """The parts of section III of a report that tell an example."""
    parts = as_list(document.get("sectionIII"))
    if not parts:
        yield Skipped(name, "is a national report of which section III is not at hand")
    for part in parts:
        target = identifier(text_at(as_dict(as_dict(part).get("target")), "identifier"))
        if not target:
            yield Skipped(name, "a part of its section III names no target", failed=True)
        elif not _example(part):
            yield Skipped(f"{name}#{target}", "has no example of effective action")
        else:
            report = text_at(entry, "title_EN_t", "title_EN_s", "title_t", "title_s") or "Seventh national report"
            data = {"entry": entry, "detail": document, "part": part, "heading": f"{report}: {target}"}
            data["targets"] = [target] if _TARGET.fullmatch(target) else []
            yield Reference(f"{name}#{target}", address, text_at(entry, "updatedDate_dt"), data)


def _example(part: Mapping[str, Any]) -> bool:
    given = [part.get(name) for name in EXAMPLE]
    texts = [text for value in given for text in (value.values() if isinstance(value, dict) else [value])]
    return any(plain(text) for text in texts if isinstance(text, str))


def _row(row: dict[str, Any], url: str) -> Reference | Skipped:
    """A row of the reporting tool's download, which names its columns after the parts of section III."""
    report, target = text_at(row, "uniqueId", "Unique Id"), text_at(row, "target")
    if not report or not target:
        return Skipped(report or shown(url), "is a row without a report or target", failed=True)
    if not _example(row):
        return Skipped(f"{report}#{target}", "has no example of effective action")
    entry = {"government_s": row.get("government")}
    aligned = _TARGET.findall(str(row.get("globalTargets") or ""))
    data = {"entry": entry, "detail": {}, "part": {**row, "target": {"identifier": target}}, "targets": aligned}
    return Reference(f"{report}#{target}", absolute(url, row.get("recordUrl")), data={**data, "heading": target})


def _said(entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Titles and summaries by language. Where nobody translated, the index repeats one text in all languages."""
    found: dict[str, dict[str, Any]] = {"titles": {}, "summaries": {}}
    for name, value in entry.items():
        if (match := _BY_LANGUAGE.fullmatch(name)) and isinstance(value, str) and value.strip():
            found["titles" if match[1] == "title" else "summaries"][match[2].lower()] = value
    return {name: {} if len(texts) > 1 and len(set(texts.values())) == 1 else texts for name, texts in found.items()}


def _targets(entry: Mapping[str, Any], document: Mapping[str, Any]) -> list[str]:
    """The GBF targets that a resource is filed under; `…_REL_ss` stands in, but names goals and others too."""
    given = [text_at(as_dict(target), "identifier") for target in as_list(document.get("gbfTargets"))]
    named = given or as_list(entry.get("gbfTargets_ss")) or as_list(entry.get("gbfTargets_REL_ss"))
    return list(dict.fromkeys(name for name in named if isinstance(name, str) and _TARGET.fullmatch(name)))


def _whole(document: Mapping[str, Any], url: str) -> dict[str, Any]:
    """A document in which the addresses of files are whole."""
    base = url if url.startswith("http") else "https://api.cbd.int/"
    found = dict(document)
    for name in ("covers", "images", "relevantDocuments", "resourceLinks", "resources"):
        links = [entry for entry in as_list(document.get(name)) if isinstance(entry, dict)]
        if links:
            found[name] = [
                {**entry, "url": absolute(base, entry.get("url"))} if "url" in entry else entry for entry in links
            ]
    return found
