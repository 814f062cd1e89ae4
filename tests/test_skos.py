"""The vocabularies in SKOS, read back by a library for RDF."""

from __future__ import annotations

import pytest
from rdflib import DCTERMS, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.compare import isomorphic

from hub.app import create_app
from hub.config import load_config

BASE = "http://localhost/vocabularies"
NAMES = ("country", "evidence_level", "language", "region", "source", "target", "theme", "type")
LICENSE = URIRef("https://creativecommons.org/licenses/by/4.0/")
# rdflib reads JSON-LD in a way that it warns of itself.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


def read(client, name: str, form: str = "ttl") -> Graph:
    answer = client.get(f"/vocabularies/{name}.{form}")
    kind = {"ttl": ("text/turtle", "turtle"), "jsonld": ("application/ld+json", "json-ld")}[form]
    assert (answer.status_code, answer.mimetype) == (200, kind[0])
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return Graph().parse(data=answer.text, format=kind[1])


def concept(vocabulary: str, name: str) -> URIRef:
    return URIRef(f"{BASE}/{vocabulary}#{name}")


def labels(graph: Graph, subject: URIRef, kind: URIRef) -> set[tuple[str, str]]:
    return {(text.language, str(text)) for text in graph.objects(subject, kind)}


@pytest.mark.parametrize("name", NAMES)
def test_both_forms_say_the_same(real_client, name):
    turtle, jsonld = read(real_client, name), read(real_client, name, "jsonld")
    assert isomorphic(turtle, jsonld) and len(turtle) > 0


@pytest.mark.parametrize("name", NAMES)
def test_everything_in_the_vocabulary_is_there_and_nothing_else(real_client, real_engine, name):
    vocabulary, graph = real_engine.edition().vocabularies[name], read(real_client, name)
    scheme = URIRef(f"{BASE}/{name}")
    assert set(graph.subjects(RDF.type, SKOS.Concept)) == {concept(name, one.id) for one in vocabulary}
    assert labels(graph, scheme, DCTERMS.title) == set(vocabulary.label.items())
    assert graph.value(scheme, DCTERMS.license) == LICENSE
    for one in vocabulary:
        subject = concept(name, one.id)
        assert labels(graph, subject, SKOS.prefLabel) == set(one.pref_label.items())
        assert labels(graph, subject, SKOS.definition) == set(one.definition.items())
        assert labels(graph, subject, SKOS.altLabel) == {
            (t, text) for t, texts in one.alt_labels.items() for text in texts
        }
        assert graph.value(subject, SKOS.notation) == Literal(one.notation)
        assert graph.value(subject, SKOS.inScheme) == scheme
        said = sum(len(texts) for lists in (one.includes, one.excludes) for texts in lists.values())
        assert len(set(graph.objects(subject, SKOS.scopeNote))) == said


@pytest.mark.parametrize("name", NAMES)
def test_the_rules_of_skos_hold(real_client, name):
    graph = read(real_client, name)
    assert set(graph.subject_objects(SKOS.broader)) == {(b, a) for a, b in graph.subject_objects(SKOS.narrower)}
    tops = set(graph.objects(URIRef(f"{BASE}/{name}"), SKOS.hasTopConcept))
    assert tops == set(graph.subjects(SKOS.topConceptOf)) == {
        one for one in graph.subjects(RDF.type, SKOS.Concept) if not graph.value(one, SKOS.broader)
    }  # fmt: skip
    for one in graph.subjects(RDF.type, SKOS.Concept):
        preferred = list(graph.objects(one, SKOS.prefLabel))
        assert len({label.language for label in preferred}) == len(preferred) > 0, "one label a language"
        assert not set(preferred) & set(graph.objects(one, SKOS.altLabel)), "no other label is the same"
    notations = list(graph.objects(None, SKOS.notation))
    assert len(set(notations)) == len(notations)


def test_targets_are_those_of_the_cbd(real_client):
    graph, eight = read(real_client, "target"), concept("target", "GBF-TARGET-08")
    assert set(graph.objects(eight, SKOS.exactMatch)) == {
        URIRef("https://api.cbd.int/api/v2013/thesaurus/terms/GBF-TARGET-08")
    }
    assert URIRef("http://metadata.un.org/sdg/13") in set(graph.objects(eight, SKOS.relatedMatch))
    assert set(graph.objects(eight, RDFS.seeAlso)) == {
        URIRef("https://www.cbd.int/gbf/targets/8"), URIRef("http://localhost/targets/8")
    }  # fmt: skip
    assert len(list(graph.subject_objects(SKOS.exactMatch))) == 27, "23 targets and 4 goals"
    assert any("11 (" in str(note) for note in graph.objects(eight, SKOS.scopeNote))
    assert not any("{" in str(note) for note in graph.objects(None, SKOS.scopeNote))


def test_countries_lie_in_regions_and_keep_their_codes(real_client):
    graph, kenya = read(real_client, "country"), concept("country", "KEN")
    assert set(graph.objects(kenya, SKOS.broadMatch)) >= {concept("region", "014"), concept("region", "un-africa")}
    assert {str(one) for one in graph.objects(kenya, DCTERMS.identifier)} == {"KEN", "ISO3166-KE", "M49-404"}
    assert ("ar", "كينيا") in labels(graph, kenya, SKOS.prefLabel)
    regions = read(real_client, "region")
    assert concept("country", "KEN") in set(regions.objects(concept("region", "un-africa"), SKOS.narrowMatch))


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("*/*", "jsonld"),
        ("text/html", "jsonld"),
        ("", "jsonld"),
    ],
)
def test_the_identifier_of_a_vocabulary_leads_to_its_description(client, accept, form):
    answer = client.get("/vocabularies/target", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/vocabularies/target.{form}")
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/vocabularies/nope.ttl", "/vocabularies/nope.jsonld", "/vocabularies/nope"])
def test_what_there_is_not_is_said_to_programs(client, path):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert "theme" in answer.json["detail"]
    assert client.get("/vocabularies/target.ttl?lang=fr").status_code == 400


def test_identifiers_begin_with_the_public_address_and_a_description_is_not_sent_twice(engine):
    client = create_app(load_config({"HUB_BASE_URL": "https://hub.example.org"}), engine).test_client()
    first = client.get("/vocabularies/type.ttl")
    assert "<https://hub.example.org/vocabularies/type#case-study>" in first.text
    assert client.get("/vocabularies/type.ttl", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
