"""A record as `<meta>` elements: what Google Scholar (citation_*), Zotero and Dublin Core harvesters read in a page."""

from __future__ import annotations

from hub.record import Record
from hub.serialize.cite import dash
from hub.serialize.site import ABOUT, WHERE, Site, concepts, license_of, period, published
from hub.serialize.terms import author
from hub.vocabulary import Vocabularies

# The prefixes of the names below, as <link rel="schema.DC"> declares them.
SCHEMAS = (("DC", "http://purl.org/dc/elements/1.1/"), ("DCTERMS", "http://purl.org/dc/terms/"))


def record_meta(record: Record, vocabularies: Vocabularies, site: Site) -> tuple[tuple[str, str], ...]:
    """Name and content of each element, in a fixed order; names repeat, and what is empty is left out."""
    page = site.page("record", record_id=record.id)
    subjects = [concept.label(record.language) for concept in concepts(record, vocabularies, *ABOUT)]
    places = [concept.label(record.language) for concept in concepts(record, vocabularies, *WHERE)]
    words = (*subjects, *record.source_tags)
    found = [
        ("citation_title", dash(record.title)),
        ("citation_author", author(record, site.name)),
        ("citation_publication_date", published(record).replace("-", "/")),
        ("citation_publisher", site.publisher),
        ("citation_language", record.language),
        ("citation_public_url", page),
        *(("citation_keywords", word) for word in words),
        ("DC.type", "Text"),
        ("DC.title", dash(record.title)),
        ("DC.creator", author(record, site.name)),
        ("DC.publisher", site.publisher),
        ("DC.description", record.abstract),
        ("DC.language", record.language),
        ("DC.identifier", page),
        ("DC.source", record.url),
        ("DCTERMS.issued", published(record)),
        ("DCTERMS.modified", record.modified),
        ("DCTERMS.temporal", period(record)),
        ("DCTERMS.license", license_of(record)),
        *(("DC.subject", word) for word in words),
        *(("DC.contributor", name) for name in record.organisations),
        *(("DCTERMS.spatial", name) for name in (*places, record.place)),
    ]
    return tuple((name, text) for name, text in found if text)
