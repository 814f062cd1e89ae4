"""Records, searches and concepts in the terms of schema.org, as JSON-LD for search engines and other portals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hub.query import SearchPage
from hub.record import Record
from hub.serialize.cite import dash
from hub.serialize.site import ABOUT, WHERE, Site, concepts, license_of, period, published
from hub.serialize.terms import LICENSE_URL, author
from hub.vocabulary import Concept, Vocabularies, Vocabulary, label_in

MEDIA_TYPE = "application/ld+json"
_CONTEXT = "https://schema.org"
_ARTICLES = ("case-study", "good-practice")  # types of records that tell a story; others describe a thing

Json = dict[str, Any]


def record_jsonld(record: Record, vocabularies: Vocabularies, site: Site) -> Json:
    """A record: what it is about, where and when the work was, what it is based on, and how it may be used."""
    page = site.page("record", record_id=record.id)
    return _filled(
        {
            "@context": _CONTEXT,
            "@type": "Article" if record.type in _ARTICLES else "CreativeWork",
            "@id": site.record(record),
            "url": page,
            "mainEntityOfPage": page,
            "identifier": record.id,
            "name": dash(record.title),
            "headline": dash(record.title),
            "abstract": record.abstract,
            "inLanguage": record.language,
            "genre": vocabularies["type"].name_of(record.type, site.language) if "type" in vocabularies else "",
            "author": _organisation(author(record, site.name)),
            "publisher": _publisher(site),
            "datePublished": published(record),
            "dateModified": record.modified,
            "license": _license(license_of(record)),
            "isAccessibleForFree": True,
            "isBasedOn": _source(record),
            "sameAs": list(record.also_at),
            "citation": list(record.references),
            "about": [_term(concept, site) for concept in concepts(record, vocabularies, *ABOUT)],
            "mentions": [_organisation(name) for name in record.organisations],
            "keywords": list(record.source_tags),
            "spatialCoverage": _places(record, vocabularies, site),
            "temporalCoverage": period(record),
            "isPartOf": _website(site),
        }
    )


def _filled(data: Json) -> Json:
    """Without what is empty."""
    return {name: value for name, value in data.items() if value not in ("", None, [], {})}


def _organisation(name: str) -> Json:
    return {"@type": "Organization", "name": name}


def _publisher(site: Site) -> Json:
    return {**_organisation(site.publisher), "url": site.lasting("home")}


def _website(site: Site) -> Json:
    return {"@type": "WebSite", "@id": site.lasting("home"), "name": site.name}


def _license(text: str) -> str | Json:
    """A licence as schema.org wants it: an address, or a work with a name."""
    return text if not text or text.startswith(("https://", "http://")) else {"@type": "CreativeWork", "name": text}


def _source(record: Record) -> Json:
    """The page of the source that the record is based on, or taken from."""
    return _filled(
        {
            "@type": "CreativeWork",
            "@id": record.url,
            "url": record.url,
            "publisher": _organisation(record.publisher) if record.publisher else None,
            "datePublished": record.issued,
            "license": _license(record.license),
        }
    )


def _term(concept: Concept, site: Site) -> Json:
    return _filled(
        {
            "@type": "DefinedTerm",
            "@id": site.concept(concept),
            "termCode": concept.id,
            "name": concept.label(site.language),
            "url": site.concept_page(concept),
            "inDefinedTermSet": site.scheme(concept.vocabulary),
        }
    )


def _places(record: Record, vocabularies: Vocabularies, site: Site) -> list[Json]:
    """Countries, regions, and the place on the map."""
    found: list[Json] = []
    for concept in concepts(record, vocabularies, *WHERE):
        kind = "Country" if concept.vocabulary == "country" else "Place"
        found.append(
            {
                "@type": kind,
                "@id": site.concept(concept),
                "name": concept.label(site.language),
                "identifier": concept.id,
            }
        )
    if record.place or record.point:
        place: Json = {"@type": "Place", "name": record.place}
        if record.point:
            place["geo"] = {
                "@type": "GeoCoordinates",
                "latitude": record.point.lat,
                "longitude": record.point.lon,
            }
        found.append(_filled(place))
    return found


def home_jsonld(site: Site, description: str, template: str) -> Json:
    """The site itself, and how to search it; `template` is the address of a search for `{search_term_string}`."""
    return {
        "@context": _CONTEXT,
        **_website(site),
        "url": site.page("home"),
        "inLanguage": site.language,
        "description": description,
        "publisher": _publisher(site),
        "license": LICENSE_URL,
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": template},
            "query-input": "required name=search_term_string",
        },
    }


def search_jsonld(page: SearchPage, title: str, address: str, site: Site) -> Json:
    """One page of results: which records stand on it, in which order, and how many there are in all."""
    request = page.request
    return {
        "@context": _CONTEXT,
        "@type": "SearchResultsPage",
        "url": address,
        "name": title,
        "inLanguage": site.language,
        "isPartOf": _website(site),
        "mainEntity": {
            "@type": "ItemList",
            "numberOfItems": page.results.total,
            "itemListElement": _items(
                [hit.record for hit in page.results.hits], (request.page - 1) * request.per_page + 1, site
            ),
        },
    }


def _items(records: Sequence[Record], first: int, site: Site) -> list[Json]:
    start = site.page("record", record_id="-").removesuffix("-")  # ids need no quoting
    return [
        {"@type": "ListItem", "position": position, "url": start + record.id, "name": dash(record.title)}
        for position, record in enumerate(records, first)
    ]


def concept_jsonld(concept: Concept, vocabulary: Vocabulary, site: Site) -> Json:
    """A target, theme, country or region: its names and definition, the vocabulary it is from, and what is below it."""
    language = site.language
    narrower = vocabulary.narrower(concept.id)
    return _filled(
        {
            "@context": _CONTEXT,
            **_term(concept, site),
            "@type": _kinds(concept, bool(narrower)),
            "alternateName": label_in(concept.title, language) if concept.title else "",
            "description": concept.definition.get(language, ""),
            "inLanguage": language,
            "inDefinedTermSet": _set(vocabulary, site),
            "sameAs": concept.see_also,
            "hasDefinedTerm": [_term(below, site) for below in narrower],
        }
    )


def _kinds(concept: Concept, group: bool) -> list[str]:
    """A concept with narrower ones is a set of terms itself; a country or region is a place besides."""
    place = {"country": "Country", "region": "Place"}.get(concept.vocabulary)
    kinds: Iterable[str | None] = ("DefinedTerm", "DefinedTermSet" if group else None, place)
    return [kind for kind in kinds if kind]


def _set(vocabulary: Vocabulary, site: Site) -> Json:
    return {
        "@type": "DefinedTermSet",
        "@id": site.scheme(vocabulary.id),
        "name": label_in(vocabulary.label, site.language),
        "url": site.scheme(vocabulary.id),
        "license": LICENSE_URL,
    }
