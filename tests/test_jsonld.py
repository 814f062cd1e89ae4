"""What programs that read pages find in them: schema.org, citation tags, Dublin Core, Open Graph."""

from __future__ import annotations

import json
import re

import extruct
import pytest
from bs4 import BeautifulSoup
from conftest import make_record, tag
from rdflib import RDF, Graph, Namespace, URIRef

from hub.app import create_app
from hub.config import load_config
from hub.record import record_to_data
from hub.web.markup import jsonld
from indexer.build import build

SCHEMA = Namespace("https://schema.org/")
HOSTILE = "</script><script>alert(1)</script> <!-- <script> ]]> \" ' & \u202e é"
FULL = make_record(
    "full", title="Reeds - and more", language="fr", began="2014", ended="2019-05", place="Kwale",
    modified="2026-02-03", point={"lon": "39.45", "lat": "-4.17", "precision": "approximate"},
    organisations=["Town of Kwale", "County"],
    references=["https://example.org/more"], also_at=["https://example.net/same"], source_tags=["roseaux", "eau"],
    tags=[tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-08", "suggested"),
          tag("target", "GBF-TARGET-09", "rejected"), tag("theme", "eco-coast"), tag("country", "KEN"),
          tag("region", "014")],
)  # fmt: skip
QUOTED = make_record(
    "quoted", issued="2020-05", license="https://creativecommons.org/licenses/by-sa/4.0/",
    provenance={"harvester": "t", "first_seen": "2026-01-01", "last_seen": "2026-01-01", "words": "source"},
)  # fmt: skip


# rdflib reads JSON-LD in a way that it warns of itself.
RDFLIB = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")


@pytest.fixture
def site(corpus, engine):
    """The site over the small corpus and two records more, run by somebody, under an address of its own."""
    for record in (FULL, QUOTED):
        corpus.write(record, None)
    build(corpus, engine)
    config = load_config({"HUB_OPERATOR": "A Ministry", "HUB_BASE_URL": "https://hub.example.org"})
    return create_app(config, engine).test_client()


def read(client, path: str) -> dict:
    answer = client.get(path)
    assert answer.status_code == 200
    return extruct.extract(answer.text, base_url="http://localhost/", syntaxes=["json-ld", "opengraph", "dublincore"])


def block(client, path: str) -> dict:
    (found,) = read(client, path)["json-ld"]
    return found


def metas(client, path: str) -> list[tuple[str, str]]:
    page = BeautifulSoup(client.get(path).text, "html.parser")
    return [(element.get("name") or element.get("property"), element["content"]) for element in page.select("meta")
            if element.get("content")]  # fmt: skip


def test_a_record_says_what_it_is_about_where_and_when(site):
    data = block(site, "/records/full")
    assert (data["@type"], data["@id"], data["name"]) == (
        "Article", "https://hub.example.org/records/full", "Reeds – and more"
    )  # fmt: skip
    assert [(term["termCode"], term["name"]) for term in data["about"]] == [
        ("GBF-TARGET-02", "Restoration"), ("GBF-TARGET-08", "Climate change"),
        ("eco-coast", "Coasts, estuaries and lagoons"),
    ]  # fmt: skip
    assert {term["inDefinedTermSet"] for term in data["about"]} == {
        f"https://hub.example.org/vocabularies/{name}" for name in ("target", "theme")
    }
    assert [(place["@type"], place["name"]) for place in data["spatialCoverage"]] == [
        ("Country", "Kenya"), ("Place", "Eastern Africa"), ("Place", "Kwale")
    ]  # fmt: skip
    assert data["spatialCoverage"][2]["geo"] == {"@type": "GeoCoordinates", "latitude": -4.17, "longitude": 39.45}
    assert (data["temporalCoverage"], data["inLanguage"]) == ("2014/2019-05", "fr")
    assert [who["name"] for who in data["mentions"]] == ["Town of Kwale", "County"]
    assert (data["sameAs"], data["citation"]) == (["https://example.net/same"], ["https://example.org/more"])


def test_our_words_are_ours_and_those_of_a_source_are_its_own(site):
    ours, theirs = block(site, "/records/full"), block(site, "/records/quoted")
    assert (ours["author"]["name"], ours["license"]) == (
        "Knowledge Hub",
        "https://creativecommons.org/licenses/by/4.0/",
    )
    assert (theirs["author"]["name"], theirs["license"]) == ("Example Portal", QUOTED.license)
    assert (ours["datePublished"], theirs["datePublished"]) == ("2026-01-01", "2020-05")
    assert ours["dateModified"] == "2026-02-03" and "dateModified" not in theirs
    assert ours["publisher"]["name"] == theirs["publisher"]["name"] == "A Ministry"
    for record, data in ((FULL, ours), (QUOTED, theirs)):
        assert (data["isBasedOn"]["url"], data["isBasedOn"]["publisher"]["name"]) == (record.url, record.publisher)


def test_a_licence_in_words_is_a_work_with_that_name(corpus, engine):
    corpus.write(make_record("words", license="open access", provenance={
        "harvester": "t", "first_seen": "2026-01-01", "last_seen": "2026-01-01", "words": "source"}), None)  # fmt: skip
    build(corpus, engine)
    data = block(create_app(load_config({}), engine).test_client(), "/records/words")
    assert data["license"] == {"@type": "CreativeWork", "name": "open access"}


def test_every_record_of_the_corpus_has_what_its_file_says(real_client, real_corpus):
    for entry in real_corpus.entries():
        record = entry.record
        answer = real_client.get(f"/records/{record.id}.jsonld")
        assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
        data = answer.json
        assert (data["description" if "description" in data else "abstract"], data["inLanguage"]) == (
            record.abstract, record.language
        )  # fmt: skip
        told = {term["termCode"] for term in data.get("about", ())}
        assert told == {*record.concepts("target"), *record.concepts("theme")}
        assert ("temporalCoverage" in data) == bool(record.began or record.ended)
        assert "contact" not in record_to_data(record) or record.contact not in answer.text


def test_the_file_is_what_stands_in_the_page(site):
    for path in ("/records/full", "/fr/records/full", "/es/records/quoted"):
        assert site.get(f"{path}.jsonld").json == block(site, path)
    french = site.get("/fr/records/full.jsonld").json
    assert french["@id"] == "https://hub.example.org/records/full" and french["url"].endswith("/fr/records/full")
    assert french["about"][1]["name"] == "Changements climatiques"


@RDFLIB
def test_it_is_json_ld_with_the_terms_of_schema_org(site):
    data = site.get("/records/full.jsonld").json
    data["@context"] = {"@vocab": str(SCHEMA)}  # the context of schema.org is elsewhere
    graph = Graph().parse(data=json.dumps(data), format="json-ld")
    record = URIRef("https://hub.example.org/records/full")
    assert (record, RDF.type, SCHEMA.Article) in graph
    assert len(list(graph.objects(record, SCHEMA.about))) == 3


def test_records_that_moved_went_or_never_were(client):
    moved = client.get("/fr/records/old-case.jsonld")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/fr/records/merged-case.jsonld")
    for record_id, status in (("gone-case", 410), ("draft-case", 404), ("nope", 404)):
        answer = client.get(f"/records/{record_id}.jsonld")
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert client.get("/records/reed-bed.jsonld?lang=fr").status_code == 400


def test_hostile_text_stays_data(corpus, engine):
    corpus.write(make_record("hostile", title=f"Heron {HOSTILE}", abstract=HOSTILE, place="</x>",
                             source_tags=["<!--"], tags=[tag("target", "GBF-TARGET-01")]), None)  # fmt: skip
    build(corpus, engine)
    client = create_app(load_config({"HUB_SITE_NAME": HOSTILE}), engine).test_client()
    for path in ("/records/hostile", "/search?q=heron", "/search?q=heron+%3C/script%3E%3C!--", "/", "/targets/1"):
        text = client.get(path).text
        ours = re.findall(r'<script (?:src="/assets/[^"]+" defer>|type="application/ld\+json">)', text)
        assert text.count("<script") == text.count("</script>") == len(ours) > 1, path
        inside = text.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
        assert not set(inside) & set("<>&")
        page = BeautifulSoup(text, "html.parser")
        assert "alert(1)" not in "".join(s.text for s in page.select("script[src]"))
    data = block(client, "/records/hostile")
    assert (data["abstract"], data["keywords"]) == (HOSTILE, ["<!--"])
    assert ("DC.description", HOSTILE) in [(name, content) for name, content in metas(client, "/records/hostile")]


def test_line_separators_are_written_so_that_scripts_can_read_them():
    data = {"text": "a\u2028b\u2029</script>"}
    text = str(jsonld(data))
    assert not set(text) & {"\u2028", "\u2029"} and text.count("</script>") == 1
    assert json.loads(text.partition(">")[2].partition("<")[0]) == data


def test_a_page_of_results_lists_its_records_by_their_places(client):
    data = block(client, "/search?target=2&per_page=2&page=2")
    assert data["@type"] == "SearchResultsPage" and "target=2" in data["url"]
    listed = data["mainEntity"]
    assert (listed["@type"], listed["numberOfItems"]) == ("ItemList", 3)
    assert [item["position"] for item in listed["itemListElement"]] == [3]
    assert client.get(listed["itemListElement"][0]["url"]).status_code == 200
    nothing = block(client, "/fr/search?q=xyzzy")
    assert (nothing["@type"], nothing["url"]) == ("SearchResultsPage", "http://localhost/fr/search?q=xyzzy")
    assert (nothing["mainEntity"]["numberOfItems"], nothing["mainEntity"]["itemListElement"]) == (0, [])


def test_the_front_page_says_how_to_search(client):
    for prefix in ("", "/fr", "/es"):
        data = block(client, f"{prefix}/")
        assert (data["@type"], data["@id"]) == ("WebSite", "http://localhost/")
        template = data["potentialAction"]["target"]["urlTemplate"]
        assert template == f"http://localhost{prefix}/search?q={{search_term_string}}"
        assert client.get(template.replace("{search_term_string}", "reed")).status_code == 200


@pytest.mark.parametrize(
    ("path", "kinds", "code", "below"),
    [("/targets/8", ["DefinedTerm"], "GBF-TARGET-08", 0), ("/themes/eco-coast", ["DefinedTerm"], "eco-coast", 0),
     ("/targets/reducing-threats", ["DefinedTerm", "DefinedTermSet"], "reducing-threats", 8),
     ("/countries/KEN", ["DefinedTerm", "Country"], "KEN", 0),
     ("/regions/150", ["DefinedTerm", "DefinedTermSet", "Place"], "150", 4)],
)  # fmt: skip
def test_a_concept_is_a_term_of_its_vocabulary(client, path, kinds, code, below):
    data = block(client, path)
    assert (data["@type"], data["termCode"], len(data.get("hasDefinedTerm", ()))) == (kinds, code, below)
    whole = data["inDefinedTermSet"]
    assert whole["@type"] == "DefinedTermSet" and data["@id"].startswith(whole["@id"] + "#")
    assert client.get(whole["url"], headers={"Accept": "text/turtle"}).status_code == 303


def test_reference_managers_find_the_citation(site):
    found = metas(site, "/records/full")
    for pair in (("citation_title", "Reeds – and more"), ("citation_author", "Knowledge Hub"),
                 ("citation_publication_date", "2026/01/01"), ("citation_language", "fr"),
                 ("citation_public_url", "https://hub.example.org/records/full"),
                 ("citation_keywords", "Restauration"), ("citation_keywords", "roseaux")):  # fmt: skip
        assert pair in found
    assert ("citation_author", "Example Portal") in metas(site, "/records/quoted")
    assert ("citation_publication_date", "2020/05") in metas(site, "/records/quoted")


def test_dublin_core_is_read(site):
    (found,) = read(site, "/records/full")["dublincore"]
    told = {(element["name"].casefold(), element["content"]) for element in found["elements"]}
    for name, content in (("title", "Reeds – and more"), ("source", FULL.url), ("language", "fr"),
                          ("subject", "Restauration"), ("contributor", "County"),
                          ("publisher", "A Ministry")):  # fmt: skip
        assert (f"dc.{name}", content) in told
    assert ("DCTERMS.spatial", "Kwale") in metas(site, "/records/full")
    assert all(content.strip() for _, content in metas(site, "/records/quoted"))


@pytest.mark.parametrize(
    ("path", "kind", "title"),
    [("/records/full", "article", "Reeds – and more – Knowledge Hub"), ("/fr/targets/8", "website", "Cible 8"),
     ("/", "website", "Knowledge Hub"), ("/search?q=reed", "website", "reed"), ("/about", "website", "About")],
)  # fmt: skip
def test_links_that_are_shared_have_a_title_a_text_and_a_picture(site, path, kind, title):
    (found,) = read(site, path)["opengraph"]
    told = dict(found["properties"])
    assert (told["og:type"], told["og:url"]) == (kind, f"https://hub.example.org{path}")
    assert title in told["og:title"] and told["og:site_name"] == "Knowledge Hub"
    assert ("og:description" in told) == (path in ("/", "/records/full", "/fr/targets/8"))
    with site.get(told["og:image"]) as picture:
        assert (picture.status_code, picture.mimetype) == (200, "image/png")
        assert picture.data.startswith(b"\x89PNG")
    assert ("twitter:card", "summary") in metas(site, path)
