"""A vocabulary in SKOS, for programs that map their own terms to ours: as JSON-LD, and the same as Turtle."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from hub.serialize.site import Site
from hub.serialize.terms import LICENSE_URL
from hub.vocabulary import Concept, Vocabularies, Vocabulary

if TYPE_CHECKING:
    from rdflib import URIRef
    from rdflib.term import Node

TURTLE = "text/turtle"

Json = dict[str, Any]

_PREFIXES = {
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
}
_CONTEXT: Json = {
    **_PREFIXES,
    **{
        name: {"@id": f"skos:{name}", "@container": "@language"}
        for name in ("prefLabel", "altLabel", "definition", "scopeNote", "note")
    },
    **{
        name: {"@id": f"skos:{name}", "@type": "@id"}
        for name in (
            "inScheme", "topConceptOf", "hasTopConcept", "broader", "narrower",
            "broadMatch", "narrowMatch", "exactMatch", "relatedMatch",
        )
    },
    "notation": {"@id": "skos:notation"},
    "title": {"@id": "dcterms:title", "@container": "@language"},
    "identifier": {"@id": "dcterms:identifier"},
    "publisher": {"@id": "dc:publisher"},
    "license": {"@id": "dcterms:license", "@type": "@id"},
    "seeAlso": {"@id": "rdfs:seeAlso", "@type": "@id"},
}  # fmt: skip
# Beginnings of ids elsewhere -> the addresses that such ids have; those of other lists stay plain identifiers.
_CBD = "https://api.cbd.int/api/v2013/thesaurus/terms/{name}"
_ELSEWHERE = {
    "GBF-": _CBD,
    "CBD-SUBJECT-": _CBD,
    "AICHI-TARGET-": _CBD,
    "SDG-": "http://metadata.un.org/sdg/{rest}",
    "IUCN-GET-": "https://global-ecosystems.org/explore/biomes/{rest}",
}
_REFERENCE = re.compile(r"\{(\w+)\}")  # {8} in a sentence stands for target 8


def vocabulary_skos(vocabulary: Vocabulary, vocabularies: Vocabularies, site: Site) -> Json:
    """The concept scheme and its concepts, with all labels, in their given order."""
    tops = [concept for concept in vocabulary if not _broader(concept, vocabulary)]
    scheme = {
        "@id": site.scheme(vocabulary.id),
        "@type": "skos:ConceptScheme",
        "title": dict(vocabulary.label),
        "prefLabel": dict(vocabulary.label),
        "identifier": vocabulary.id,
        "publisher": site.publisher,
        "license": LICENSE_URL,
        "hasTopConcept": [site.concept(concept) for concept in tops],
    }
    concepts = [_concept(concept, vocabulary, vocabularies, site) for concept in vocabulary]
    return {"@context": _CONTEXT, "@graph": [scheme, *concepts]}


def vocabulary_turtle(vocabulary: Vocabulary, vocabularies: Vocabularies, site: Site) -> str:
    """The same in Turtle."""
    from rdflib import RDF, Graph, URIRef  # noqa: PLC0415 - two megabytes and a while, for what few ask for

    graph = Graph(bind_namespaces="none")
    for prefix, start in _PREFIXES.items():
        graph.bind(prefix, start)
    for node in vocabulary_skos(vocabulary, vocabularies, site)["@graph"]:
        subject = URIRef(node.pop("@id"))
        graph.add((subject, RDF.type, _uri(node.pop("@type"))))
        for name, value in node.items():
            for found in _objects(_CONTEXT[name], value):
                graph.add((subject, _uri(_CONTEXT[name]["@id"]), found))
    return str(graph.serialize(format="turtle"))


def _uri(short: str) -> URIRef:
    """`skos:Concept` in full."""
    from rdflib import URIRef  # noqa: PLC0415

    prefix, _, name = short.partition(":")
    return URIRef(_PREFIXES[prefix] + name)


def _objects(term: Mapping[str, str], value: Any) -> Iterator[Node]:
    """The values of one property as the context says: texts by language, addresses, or plain texts."""
    from rdflib import Literal, URIRef  # noqa: PLC0415

    if "@container" in term:
        yield from (Literal(text, lang=tag) for tag, texts in value.items() for text in _list(texts))
    else:
        yield from (URIRef(text) if "@type" in term else Literal(text) for text in _list(value))


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _concept(concept: Concept, vocabulary: Vocabulary, vocabularies: Vocabularies, site: Site) -> Json:
    scheme, broader = site.scheme(vocabulary.id), _broader(concept, vocabulary)
    same = [concept.id, *concept.exact_match]
    see = (concept.see_also, site.concept_page(concept))
    found = {
        "@id": site.concept(concept),
        "@type": "skos:Concept",
        "inScheme": scheme,
        "topConceptOf": None if broader else scheme,
        "notation": concept.notation,
        "identifier": [name for name in same if name == concept.id or not _address(name)],
        "prefLabel": dict(concept.pref_label),
        "altLabel": {tag: list(labels) for tag, labels in concept.alt_labels.items()},
        "title": dict(concept.title),
        "definition": dict(concept.definition),
        "scopeNote": _scope(concept, vocabulary),
        "note": dict(concept.note),
        "broader": [site.concept(vocabulary.get(name)) for name in broader],
        "narrower": [site.concept(below) for below in vocabulary.narrower(concept.id)],
        "broadMatch": _others(concept.broader, vocabulary, vocabularies, "region", site),
        "narrowMatch": _others(concept.member, vocabulary, vocabularies, "country", site),
        "exactMatch": _addresses(same),
        "relatedMatch": _addresses(concept.related),
        "seeAlso": [address for address in see if address],
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _broader(concept: Concept, vocabulary: Vocabulary) -> list[str]:
    """The broader concepts within a vocabulary: a country has its regions in another."""
    return [name for name in concept.broader if name in vocabulary]


def _others(
    names: Iterable[str], vocabulary: Vocabulary, vocabularies: Vocabularies, other: str, site: Site
) -> list[str]:
    """The identifiers of those concepts that are not of this vocabulary but of another one."""
    elsewhere = (vocabularies[other].find(name) for name in names if other in vocabularies and name not in vocabulary)
    return [site.concept(concept) for concept in elsewhere if concept]


def _scope(concept: Concept, vocabulary: Vocabulary) -> dict[str, list[str]]:
    """What belongs to a concept and what does not, in sentences that name other concepts by their labels."""
    found: dict[str, list[str]] = {}
    for lists in (concept.includes, concept.excludes):
        for tag, sentences in lists.items():
            found.setdefault(tag, []).extend(_named(sentence, vocabulary, tag) for sentence in sentences)
    return found


def _named(sentence: str, vocabulary: Vocabulary, language: str) -> str:
    """`a {8} b` -> `a 8 (Climate change) b`."""
    return _REFERENCE.sub(lambda found: f"{found[1]} ({vocabulary.name_of(found[1], language)})", sentence)


def _address(name: str) -> str | None:
    """The address of a term elsewhere: `SDG-13` -> `http://metadata.un.org/sdg/13`."""
    for start, pattern in _ELSEWHERE.items():
        if name.startswith(start):
            return pattern.format(name=name, rest=name.removeprefix(start).lstrip("0"))
    return None


def _addresses(names: Iterable[str]) -> list[str]:
    return [address for name in names if (address := _address(name))]
