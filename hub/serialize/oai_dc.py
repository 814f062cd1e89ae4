"""A record as unqualified Dublin Core, the format that every OAI-PMH harvester reads; and what other formats share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from lxml import etree

from hub.record import SECTIONS, Record
from hub.serialize.elements import LANG, add, root
from hub.serialize.site import concepts, period, published
from hub.serialize.terms import LICENSE_URL, author
from hub.vocabulary import Concept, Vocabularies

NAMESPACE = "http://www.openarchives.org/OAI/2.0/oai_dc/"
SCHEMA = "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

_DC = "http://purl.org/dc/elements/1.1/"


@dataclass(frozen=True)
class Place:
    """Where records are published: the name of the site, and absolute addresses by kind and name.

    Kinds: "record" (the page in English), and "vocabulary" (its identifier, as in SKOS).
    """

    site: str
    address: Callable[[str, str], str]

    def concept(self, concept: Concept) -> str:
        """The identifier of a concept, as in SKOS."""
        return f"{self.address('vocabulary', concept.vocabulary)}#{quote(concept.id)}"


def dublin_core(record: Record, vocabularies: Vocabularies, place: Place) -> etree._Element:
    """The record as it stands in an answer."""
    top = root(f"{{{NAMESPACE}}}dc", {"oai_dc": NAMESPACE, "dc": _DC}, SCHEMA)

    def put(name: str, *texts: str, lang: str = "") -> None:
        for text in texts:
            if text:
                add(top, f"{{{_DC}}}{name}", text, {LANG: lang})

    put("title", record.title, lang=record.language)
    put("creator", author(record, place.site))
    put("subject", *(subject_name(concept) for concept in concepts(record, vocabularies, "target", "theme")), lang="en")
    put("subject", *record.source_tags)
    put("description", record.abstract, *(getattr(record, name) for name in SECTIONS), lang=record.language)
    for tag, translation in (record.translations or {}).items():
        put("title", translation.title, lang=tag)
        put("description", translation.abstract, lang=tag)
    put("publisher", author(record, place.site))
    put("contributor", *contributors(record, place))
    put("date", published(record))
    put("type", vocabularies["type"].name_of(record.type, "en"), lang="en")
    put("type", "Text")  # of the DCMI Type Vocabulary
    put("identifier", place.address("record", record.id))
    put("source", record.url)
    put("language", record.language)
    put("relation", *record.also_at, *record.references, *(document.url for document in record.documents))
    put("coverage", *(where.label("en") for where in concepts(record, vocabularies, "country", "region")), lang="en")
    put("coverage", record.place, period(record), _point(record))
    put("rights", *_rights(record))
    return top


def subject_name(concept: Concept) -> str:
    """What a target or theme is called where nothing around it says what it is."""
    label = concept.label("en")
    return f"GBF Target {concept.notation}: {label}" if concept.notation.isdecimal() else label


def contributors(record: Record, place: Place) -> tuple[str, ...]:
    """Who did the work, and who published it first; each once, and not the author."""
    names = dict.fromkeys((record.publisher, *record.organisations))
    return tuple(name for name in names if name and name != author(record, place.site))


def _point(record: Record) -> str:
    """The place as a DCMI Point; what stands for a whole country says nothing more than its name."""
    point = record.point
    return f"east={point.lon}; north={point.lat}" if point and point.precision != "country" else ""


def _rights(record: Record) -> tuple[str, ...]:
    if record.provenance.words:
        return record.license, record.rights
    return LICENSE_URL, f"Documents at the source: {record.license}" if record.license else ""
