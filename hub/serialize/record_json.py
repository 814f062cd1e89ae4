"""Records, searches and vocabularies as the API's JSON: pure functions of one answer.

The keys written here are a promise to other programs: they are added to, never changed. hub/data/openapi.yaml
describes every one of them. Structs of hub.query stand in an answer as they are: their fields are keys too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.config import LANGUAGES
from hub.engine import IndexInfo
from hub.query import VOCABULARY_OF, Hit, SearchPage, SearchRequest, Understood
from hub.record import CURATORS_ONLY, Decision, Record, record_to_data
from hub.serialize.cbd import identifiers
from hub.vocabulary import Vocabularies, Vocabulary, to_data

Json = dict[str, Any]
# (kind, id) -> absolute URL; kinds: "record" and "vocabulary" of the API, "html" for the page of a record.
Address = Callable[[str, str], str]


def record_json(record: Record, vocabularies: Vocabularies, address: Address) -> Json:
    """A record for other programs: the fields of its file, its tags with their names, and links.

    Left out are rejected tags, empty fields, and what is meant for curators only, such as the note of the provenance.
    """
    data = record_to_data(record)
    for name in CURATORS_ONLY:
        data.pop(name, None)
    data["provenance"] = {name: value for name, value in data["provenance"].items() if name not in ("note", "gone")}
    tags = [tag for tag in data.pop("tags", ()) if tag["decision"] != Decision.REJECTED]
    return {**data, "tags": [_tag(tag, vocabularies) for tag in tags], "links": _links(record, address)}


def _tag(tag: Json, vocabularies: Vocabularies) -> Json:
    """A tag with the notation and the names of its concept beside the id."""
    named: Json = {"notation": tag["concept"], "pref_label": {}}
    vocabulary = vocabularies.get(tag["vocabulary"])
    if vocabulary is not None and tag["concept"] in vocabulary:
        concept = vocabulary.get(tag["concept"])
        labels = {tag: concept.pref_label[tag] for tag in LANGUAGES if tag in concept.pref_label}
        named = {"notation": concept.notation, "pref_label": labels}
    rest = {name: value for name, value in tag.items() if name not in ("vocabulary", "concept")}
    return {"vocabulary": tag["vocabulary"], "concept": tag["concept"], **named, **rest}


def _links(record: Record, address: Address) -> Json:
    return {"self": address("record", record.id), "html": address("html", record.id), "source": record.url}


def hit_json(hit: Hit, vocabularies: Vocabularies, address: Address) -> Json:
    """One record found: enough to show it in a list, and why it was found."""
    record = hit.record
    notations = _notations(record, vocabularies)
    return {
        "id": record.id,
        "score": hit.score,
        "title": record.title,
        "language": record.language,
        "type": record.type,
        "abstract": record.abstract,
        "targets": notations["target"],
        "themes": notations["theme"],
        "countries": notations["country"],
        "began": record.began or None,
        "ended": record.ended or None,
        "issued": record.issued or None,
        "modified": record.modified or None,
        "added": record.provenance.first_seen,
        "publisher": record.publisher or None,
        "source": record.source,
        "image": _image(record),
        "identifiers": identifiers(record, vocabularies, Decision.ACCEPTED, Decision.SUGGESTED),
        "title_spans": hit.title,
        "snippet": {"field": hit.snippet_field, "spans": hit.snippet},
        "why": hit.why,
        "missing": hit.missing,
        "parts": hit.parts,
        "links": _links(record, address),
    }


def _image(record: Record) -> Json | None:
    """The first picture of a record, to be shown beside its title."""
    return next(({"url": one.url, "alt": one.alt, "credit": one.credit} for one in record.images), None)


def _notations(record: Record, vocabularies: Vocabularies) -> dict[str, list[str]]:
    """The targets, themes and countries of a record as values of these parameters; not the rejected ones."""
    found: dict[str, list[str]] = {"target": [], "theme": [], "country": []}
    for tag in record.tags:
        if tag.vocabulary in found and tag.decision is not Decision.REJECTED:
            concept = vocabularies[tag.vocabulary].find(tag.concept)
            if concept is not None:
                found[tag.vocabulary].append(concept.notation)
    return found


def page_json(
    page: SearchPage, vocabularies: Vocabularies, address: Address, links: Mapping[str, str | None], info: IndexInfo
) -> Json:
    """One page of search results: what was asked, what was found, the counts of every facet.

    `links` are the addresses of this page and of those around it, made by whoever knows where the API stands.
    """
    results = page.results
    return {
        "request": _request(page.request),
        "total": results.total,
        "pages": page.pages,
        "relaxed": page.relaxed,
        "required": results.required,
        "whole": results.whole,
        "words": [{"text": text, "count": count} for text, count in results.words],
        "corrected": page.corrected,
        "offered": page.offered,
        "understood": [_understood(one, vocabularies, page.request.language) for one in results.understood],
        "hits": [hit_json(hit, vocabularies, address) for hit in results.hits],
        "facets": page.facets,
        "links": dict(links),
        "index": _index(info),
    }


def records_json(
    request: SearchRequest, total: int, records: list[Json], links: Mapping[str, str | None], info: IndexInfo
) -> Json:
    """Some of all records that a search finds, in order of their ids: for programs that take everything.

    `records` are whole, as `record_json` makes them; there is nothing that says why each was found.
    """
    asked = _request(request)
    return {
        "request": {name: asked[name] for name in ("q", "filters", "per_page", "language", "verbatim")},
        "total": total,
        "records": records,
        "links": dict(links),
        "index": _index(info),
    }


def _index(info: IndexInfo) -> Json:
    return {"revision": info.revision, "generation": info.generation, "built": info.built}


def _understood(one: Understood, vocabularies: Vocabularies, language: str) -> Json:
    """A value that the query names or speaks for, with its name."""
    label = vocabularies[VOCABULARY_OF[one.facet]].name_of(one.value, language)
    return {"text": one.text, "facet": one.facet, "value": one.value, "label": label, "named": one.named}


def _request(request: SearchRequest) -> Json:
    return {
        "q": request.q,
        "filters": {name: list(values) for name, values in request.filters},
        "sort": request.sort,
        "page": request.page,
        "per_page": request.per_page,
        "language": request.language,
        "verbatim": request.verbatim,
        "explain": request.explain,
    }


def vocabularies_json(vocabularies: Vocabularies, address: Address) -> Json:
    """Which vocabularies there are, by id: names, how many concepts, where to get them."""
    found = [vocabularies[name] for name in sorted(vocabularies)]
    return {
        "vocabularies": [
            {"id": v.id, "label": dict(v.label), "concepts": len(v.concepts), "links": _vocabulary_links(v, address)}
            for v in found
        ]
    }


def vocabulary_json(vocabulary: Vocabulary, address: Address) -> Json:
    """A vocabulary with all its concepts in their given order."""
    return {**to_data(vocabulary), "links": _vocabulary_links(vocabulary, address)}


def _vocabulary_links(vocabulary: Vocabulary, address: Address) -> Json:
    return {"self": address("vocabulary", vocabulary.id)}
