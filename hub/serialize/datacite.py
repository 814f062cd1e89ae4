"""A record as DataCite metadata (schema 4): subjects with their schemes, the place as a point, licence and relations.

Aggregators of research (OpenAIRE, BASE, B2FIND) and library systems read it; unlike Dublin Core it can say which
vocabulary a subject is of.
"""

from __future__ import annotations

from lxml import etree

from hub.record import SECTIONS, Record
from hub.serialize.elements import LANG, add, root
from hub.serialize.oai_dc import Place, contributors, subject_name
from hub.serialize.site import concepts, period, published
from hub.serialize.terms import LICENSE_URL, author
from hub.vocabulary import Concept, Vocabularies

NAMESPACE = "http://datacite.org/schema/kernel-4"
SCHEMA = "https://schema.datacite.org/meta/kernel-4/metadata.xsd"

_TARGETS = ("Kunming-Montreal Global Biodiversity Framework targets", "https://www.cbd.int/gbf/targets")
_COUNTRIES = ("ISO 3166-1 alpha-3", "https://www.iso.org/iso-3166-country-codes.html")
_OWN = {  # CC BY 4.0 as SPDX names it
    "rightsURI": LICENSE_URL,
    "rightsIdentifier": "CC-BY-4.0",
    "rightsIdentifierScheme": "SPDX",
    "schemeURI": "https://spdx.org/licenses/",
}


def datacite(record: Record, vocabularies: Vocabularies, place: Place) -> etree._Element:
    """The record as it stands in an answer."""
    top = root(f"{{{NAMESPACE}}}resource", {None: NAMESPACE}, SCHEMA)
    add(top, "identifier", place.address("record", record.id), {"identifierType": "URL"})
    creator = add(add(top, "creators"), "creator")
    add(creator, "creatorName", author(record, place.site), {"nameType": "Organizational"})
    _titles(top, record)
    add(top, "publisher", author(record, place.site))
    add(top, "publicationYear", published(record)[:4])
    add(top, "resourceType", vocabularies["type"].name_of(record.type, "en"), {"resourceTypeGeneral": "Text"})
    _subjects(top, record, vocabularies, place)
    _contributors(top, record, place)
    _dates(top, record)
    add(top, "language", record.language)
    if record.source_id:
        kind = {"alternateIdentifierType": record.source}
        add(add(top, "alternateIdentifiers"), "alternateIdentifier", record.source_id, kind)
    _relations(top, record, place)
    _rights(top, record)
    _descriptions(top, record)
    _geography(top, record, vocabularies)
    return top


def _titles(top: etree._Element, record: Record) -> None:
    titles = add(top, "titles")
    add(titles, "title", record.title, {LANG: record.language})
    for tag, translation in (record.translations or {}).items():
        add(titles, "title", translation.title, {LANG: tag, "titleType": "TranslatedTitle"})


def _subjects(top: etree._Element, record: Record, vocabularies: Vocabularies, place: Place) -> None:
    """Targets, countries, themes and regions with the scheme they are of, then the words of the source."""
    subjects = add(top, "subjects")

    def put(concept: Concept, label: str, scheme: tuple[str, str], uri: str = "") -> None:
        attributes = {"subjectScheme": scheme[0], "schemeURI": scheme[1], "classificationCode": concept.notation}
        add(subjects, "subject", label, {**attributes, "valueURI": uri, LANG: "en"})

    for concept in concepts(record, vocabularies, "target"):
        put(concept, subject_name(concept), _TARGETS, concept.see_also or place.concept(concept))
    for concept in concepts(record, vocabularies, "country"):
        put(concept, concept.label("en"), _COUNTRIES)
    for concept in concepts(record, vocabularies, "theme", "region"):
        name = concept.vocabulary
        scheme = f"{place.site}: {name}s", place.address("vocabulary", name)
        put(concept, concept.label("en"), scheme, place.concept(concept))
    for word in record.source_tags:
        add(subjects, "subject", word)


def _contributors(top: etree._Element, record: Record, place: Place) -> None:
    names = contributors(record, place)
    if not names:
        return
    parent = add(top, "contributors")
    for name in names:
        kind = "HostingInstitution" if name == record.publisher else "Other"
        contributor = add(parent, "contributor", attributes={"contributorType": kind})
        add(contributor, "contributorName", name, {"nameType": "Organizational"})


def _dates(top: etree._Element, record: Record) -> None:
    dates = add(top, "dates")
    kinds = {
        "Available": record.provenance.first_seen,
        "Issued": record.issued,
        "Updated": record.modified,
        "Coverage": period(record),
    }
    for kind, date in kinds.items():
        if date:
            add(dates, "date", date, {"dateType": kind})


def _relations(top: etree._Element, record: Record, place: Place) -> None:
    """The source that the record is made from, the same case elsewhere, what it rests on, and its former addresses."""
    relations = add(top, "relatedIdentifiers")
    kinds = {
        "IsDerivedFrom": (record.url,),
        "IsVariantFormOf": record.also_at,
        "References": record.references,
        "IsSupplementedBy": tuple(document.url for document in record.documents),
        "Obsoletes": tuple(place.address("record", former) for former in record.replaces),
    }
    for kind, urls in kinds.items():
        for url in urls:
            add(relations, "relatedIdentifier", url, {"relatedIdentifierType": "URL", "relationType": kind})


def _rights(top: etree._Element, record: Record) -> None:
    rights = add(top, "rightsList")
    if not record.provenance.words:
        add(rights, "rights", "Creative Commons Attribution 4.0 International", _OWN)
        if record.license:
            add(rights, "rights", f"Documents at the source: {record.license}")
        return
    if record.license:
        address = record.license if record.license.startswith(("http://", "https://")) else ""
        add(rights, "rights", record.license, {"rightsURI": address})
    if record.rights:
        add(rights, "rights", record.rights)


def _descriptions(top: etree._Element, record: Record) -> None:
    descriptions = add(top, "descriptions")
    add(descriptions, "description", record.abstract, {"descriptionType": "Abstract", LANG: record.language})
    for tag, translation in (record.translations or {}).items():
        add(descriptions, "description", translation.abstract, {"descriptionType": "Abstract", LANG: tag})
    for name in SECTIONS:
        if text := getattr(record, name):
            kind = "Methods" if name == "action" else "Other"
            add(descriptions, "description", text, {"descriptionType": kind, LANG: record.language})


def _geography(top: etree._Element, record: Record, vocabularies: Vocabularies) -> None:
    places = add(top, "geoLocations")
    point = record.point if record.point and record.point.precision != "country" else None
    if record.place or point:
        location = add(places, "geoLocation")
        if record.place:
            add(location, "geoLocationPlace", record.place)
        if point:
            here = add(location, "geoLocationPoint")
            add(here, "pointLongitude", str(point.lon))
            add(here, "pointLatitude", str(point.lat))
    for country in concepts(record, vocabularies, "country"):
        add(add(places, "geoLocation"), "geoLocationPlace", country.label("en"))
