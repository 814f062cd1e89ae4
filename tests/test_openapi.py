"""The descriptions of the API, for programs and for people: nothing undocumented, nothing promised and not given."""

from __future__ import annotations

import copy
import html
import inspect
import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import product
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from msgspec.structs import fields
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from serving import served

from hub.app import create_app
from hub.bulk import NAME, SUM
from hub.config import LANGUAGES, load_config
from hub.engine import IndexInfo
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.errors import InvalidRequest
from hub.oai import asked, provider
from hub.parse import LANGUAGE_TAG
from hub.query import FACETS, MAX_CLAUSES, MAX_PAGE, MAX_PER_PAGE, MAX_QUERY, PER_PAGE, SORTS
from hub.record import CURATORS_ONLY, ID, SECTIONS, Decision, Evidence, Link, Method, Point, Record, Tag
from hub.search import MAX_VALUES, PARAMETERS, SearchService
from hub.serialize.facts import COLUMNS
from hub.suggest import KINDS, LIMIT, LOOKED_AT, RECORD
from hub.vocabulary import Concept
from hub.web import chosen, embed, embedding, exports, feeds, look, oembed
from hub.web.api import LANG, MAX_LINK_HEADER
from hub.web.colours import SCHEMES
from hub.web.cursor import CURSOR, LONGEST
from hub.web.headers import for_programs, headers_of
from hub.web.openapi import openapi_document
from hub.web.params import FORM_ONLY, LOOK

BASE = "https://hub.example.org"
FOR_CRAWLERS = {"/sitemap.xml", "/sitemap-pages.xml", "/sitemap-records-<int:part>.xml"}
OAI = ("verb", "metadataPrefix", "identifier", "from", "until", "set", asked.TOKEN)
# The parameters that are read at addresses outside /api/v1.
TAKEN = {
    "/suggest.json": ("q",),
    "/search.{kind}": (*PARAMETERS, *FORM_ONLY, "bom"),
    "/list.{kind}": ("id", "bom"),
    "/search.atom": feeds.ASKED,
    "/oai": OAI,
    "/oembed": ("url", "format", "maxwidth", "maxheight"),
    "/embed/search": (*PARAMETERS, *FORM_ONLY, *LOOK, look.RESIZE),
    "/embed/records/{record_id}": (*embed.ONE_LOOK, look.RESIZE),
    "/embed.js": ("v",),
    "/embed.css": (*embed.COLOURS, "scheme", "v"),
}
# What each address cannot do without.
NEEDED = {
    "/list.{kind}": {"id": "reed-bed"},
    "/oembed": {"url": f"{BASE}/search"},
    "/oai": {"verb": "Identify"},
    "/suggest": {"q": "reed"},
    "/suggest.json": {"q": "reed"},
}


@pytest.fixture
def client(engine):
    return create_app(load_config({"HUB_BASE_URL": BASE}), engine).test_client()


@pytest.fixture(scope="session")
def document():
    return openapi_document(BASE)


@pytest.fixture(scope="session")
def schemas(document):
    return document["components"]["schemas"]


def closed(node):
    """The same schemas with no room for keys that are not described."""
    if isinstance(node, list):
        return [closed(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    shut = {name: closed(entry) for name, entry in node.items()}
    if (
        isinstance(node.get("properties"), dict)
        and node.get("type") == "object"
        and "openapi" not in node["properties"]
    ):
        shut.setdefault("additionalProperties", False)
    return shut


@pytest.fixture(scope="session")
def registry(document):
    return Registry().with_resource("urn:api", DRAFT202012.create_resource(closed(copy.deepcopy(document))))


def pointer(*parts):
    return "urn:api#/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in parts)


@pytest.fixture(scope="session")
def check(document, registry):
    """A function that holds an answer against the description of its path and status."""

    def holds(answer, path, media="application/json"):
        media = media if answer.status_code == 200 else "application/problem+json"
        responses = document["paths"][path]["get"]["responses"]
        key = str(answer.status_code) if str(answer.status_code) in responses else "default"
        where = ("paths", path, "get", "responses", key)
        if "$ref" in responses[key]:
            where = tuple(responses[key]["$ref"].removeprefix("#/").split("/"))
        assert answer.mimetype == media
        schema = {"$ref": pointer(*where, "content", media, "schema")}
        Draft202012Validator(schema, registry=registry, format_checker=FormatChecker()).validate(answer.json)
        return key

    return holds


def test_the_document_is_valid_openapi(document):
    validate(document)
    assert document["openapi"].startswith("3.1.")
    assert document["info"]["license"] == {
        "name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/",
    }  # fmt: skip
    assert "never changed" in document["info"]["description"]


def test_the_server_is_the_address_of_the_site(client):
    assert openapi_document(BASE)["servers"] == [{"url": f"{BASE}/api/v1"}]
    assert openapi_document()["servers"] == [{"url": "/api/v1"}]
    assert client.get("/api/v1/openapi.json").json == openapi_document(BASE)


def test_paths_are_those_of_the_code(client, document):
    rules = [rule for rule in client.application.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    in_code = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1") for rule in rules}
    paths = {path: entry for path, entry in document["paths"].items() if "servers" not in entry}
    assert set(paths) == in_code
    names = {path: entry["get"]["operationId"] for path, entry in paths.items()}
    assert set(names.values()) == {rule.endpoint.removeprefix("api.") for rule in rules}
    assert {frozenset(rule.methods) for rule in rules} == {frozenset({"GET", "HEAD", "OPTIONS"})}


def path_in_the_document(rule):
    return re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule)


def path_of(document, path):
    """Where a path of the document is on the site."""
    server = document["paths"][path].get("servers", document["servers"])[0]["url"]
    return urlsplit(server).path.rstrip("/") + path


def good_address(document, path, file):
    """An address of a path where there is something; `file` is a bulk file."""
    kind = "ris" if path == "/records/{record_id}.{kind}" else "csv"
    return path_of(document, path).format(record_id="reed-bed", vocabulary_id="target", kind=kind, name=file)


def test_paths_elsewhere_are_those_of_the_code_too(client, document):
    rules = {path_in_the_document(rule): rule for rule in client.application.url_map.iter_rules()}
    elsewhere = {path: entry for path, entry in document["paths"].items() if "servers" in entry}
    for path, entry in elsewhere.items():
        rule = rules[path_of(document, path)]
        assert entry["servers"] == [{"url": BASE if path != "/{vocabulary_id}" else f"{BASE}/vocabularies"}], path
        assert entry["get"]["operationId"] == rule.endpoint, path
        assert {method for method in ("GET", "POST") if method.lower() in entry} == rule.methods - {"HEAD", "OPTIONS"}
    assert openapi_document()["paths"]["/suggest.json"]["servers"] == [{"url": "/"}]
    assert openapi_document()["paths"]["/{vocabulary_id}"]["servers"] == [{"url": "/vocabularies"}]


def addresses_of(rule):
    """Addresses that a rule of the code takes, each choice of it once."""
    choices = {
        name: re.findall(r'"([^"]+)"', given) for given, name in re.findall(r"<any\(([^)]*)\):(\w+)>", rule.rule)
    }
    values = [choices.get(name, ["1"]) for name in sorted(rule.arguments)]
    for chosen_values in product(*values):
        named = dict(zip(sorted(rule.arguments), chosen_values, strict=True))
        yield re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda found, named=named: named[found[1]], rule.rule)


def test_every_address_that_programs_ask_for_is_described(client, document):
    described = {path_of(document, path) for path in document["paths"]}
    asked_for = set()
    rules = list(client.application.url_map.iter_rules())
    assert {rule.rule for rule in rules} >= FOR_CRAWLERS
    for rule in rules:
        shown = [for_programs(address) for address in addresses_of(rule)]
        assert all(shown) or not any(shown), rule.rule
        if shown[0] and rule.rule not in FOR_CRAWLERS:
            path = path_in_the_document(rule)
            asked_for.add(path)
            assert path in described or (path[3:] in described and path[:4] in ("/fr/", "/es/")), rule.rule
    others = {"/opensearch.xml", "/embed/search", "/embed/records/{record_id}"}  # described, and answered as pages are
    assert described - asked_for == others


def parameters_of(document, path):
    listed = document["paths"][path]["get"].get("parameters", [])
    resolved = [document["components"]["parameters"][p["$ref"].split("/")[-1]] if "$ref" in p else p for p in listed]
    return {p["name"]: p for p in resolved}


def test_parameters_are_those_of_the_code(document):
    found = {name: p for name, p in parameters_of(document, "/search").items() if p["in"] == "query"}
    assert tuple(found) == (*PARAMETERS, CURSOR, LANG)
    for path, entry in document["paths"].items():
        if "servers" in entry:
            told = {name for name, p in parameters_of(document, path).items() if p["in"] == "query"}
            assert told == set(TAKEN.get(path, ())), path
    form = document["components"]["schemas"]["OaiRequest"]["properties"]
    read = {"verb", asked.TOKEN}.union(*(verb.required + verb.optional for verb in asked.VERBS.values()))
    assert set(form) == set(OAI) == read
    for parameter in found.values():
        assert parameter["description"]
        assert parameter.get("example") or parameter.get("examples"), parameter["name"]


def test_each_path_takes_the_parameters_it_says(site, document):
    app, file = site
    client = app.test_client()
    values = {
        **dict.fromkeys(FACETS, "not-stated"),
        **dict.fromkeys(embed.COLOURS, "abc"),
        **{"q": "x", "sort": "title", "scheme": "dark", "from": "2000", "to": "2001", CURSOR: "", LANG: "fr"},
        **{"id": "reed-bed", "url": f"{BASE}/records/reed-bed", "format": "xml", "maxwidth": "9", "maxheight": "9"},
    }
    everywhere = {name for path in document["paths"] for name in parameters_of(document, path)}
    for path in set(document["paths"]) - {"/opensearch.xml", "/oai"}:  # none changes the first, the second tells in XML
        told = {name for name, p in parameters_of(document, path).items() if p["in"] == "query"}
        url = good_address(document, path, file.name)
        for name in (*everywhere, "xyz"):
            with client.get(url, query_string={**NEEDED.get(path, {}), name: values.get(name, "1")}) as answer:
                usual = 200 if path != "/{vocabulary_id}" else 303
                assert answer.status_code == (usual if name in told else 400), (path, name)


def test_a_byte_order_mark_is_for_tables_alone(client, document):
    assert parameters_of(document, "/search.{kind}")["bom"]["description"].endswith("With `csv` only.")
    for kind in exports.FORMATS:
        assert client.get(f"/search.{kind}?bom=1").status_code == (200 if kind == "csv" else 400)


def test_each_argument_of_oai_is_read(site):
    client = site[0].test_client()
    for name in set(OAI) - {"verb"}:
        assert "is no argument of Identify" in client.get("/oai", query_string={"verb": "Identify", name: "x"}).text
    assert "verb must be one of" in client.get("/oai").text


def test_bounds_are_those_of_the_code(document, schemas):
    found = {name: p["schema"] for name, p in parameters_of(document, "/search").items()}
    assert (found["q"]["maxLength"], found["sort"]["enum"]) == (MAX_QUERY, list(SORTS))
    assert (found["page"]["maximum"], found["page"]["default"]) == (MAX_PAGE, 1)
    assert (found["per_page"]["maximum"], found["per_page"]["default"]) == (MAX_PER_PAGE, PER_PAGE)
    assert found[CURSOR]["maxLength"] == LONGEST
    assert (found[LANG]["enum"], found[LANG]["default"]) == (list(LANGUAGES), "en")
    assert found["year"]["maxItems"] == schemas["FilterValues"]["maxItems"] == MAX_VALUES
    assert f"At most {MAX_CLAUSES} parts" in document["components"]["parameters"]["q"]["description"]
    link = document["paths"]["/search"]["get"]["responses"]["200"]["headers"]["Link"]
    assert f"{MAX_LINK_HEADER:,} characters" in link["description"]


def test_bounds_elsewhere_are_those_of_the_code(document, schemas):
    formats = (*exports.FORMATS, exports.MARKDOWN)
    for path in ("/search.{kind}", "/list.{kind}"):
        assert parameters_of(document, path)["kind"]["schema"]["enum"] == list(formats)
        assert document["paths"][path]["get"]["responses"]["200"] == {"$ref": "#/components/responses/Export"}
    assert set(document["components"]["responses"]["Export"]["content"]) == set(exports.MEDIA)
    assert parameters_of(document, "/list.{kind}")["id"]["schema"]["maxItems"] == chosen.MOST
    told = document["paths"]["/search.{kind}"]["get"]["description"]
    assert f"up to {exports.MOST:,}" in told and f"at most {exports.MOST_BY_TARGET} for each target" in told
    assert f"{feeds.FEED_PER_PAGE} to a page" in document["paths"]["/search.atom"]["get"]["description"]
    found = {name: p["schema"] for name, p in parameters_of(document, "/oembed").items()}
    assert (found["format"]["enum"], found["url"]["maxLength"]) == (list(oembed.FORMATS), oembed.LONGEST)
    assert f"at most {embedding.WIDTH} wide" in parameters_of(document, "/oembed")["maxwidth"]["description"]
    found = {name: p["schema"] for name, p in parameters_of(document, "/embed/search").items()}
    assert (found["limit"]["maximum"], found["limit"]["default"]) == (look.MOST, look.CASES)
    assert (found["scheme"]["enum"], found["scheme"]["default"]) == (list(SCHEMES), SCHEMES[0])
    form = schemas["OaiRequest"]["properties"]
    assert (form["verb"]["enum"], form["metadataPrefix"]["enum"]) == (list(asked.VERBS), list(provider.FORMATS))
    assert f"parts of {provider.PAGE} records" in document["paths"]["/oai"]["get"]["description"]
    name = NAME.pattern.replace("[0-9]{4}", r"\d{4}").replace("[0-9]{2}", r"\d\d")
    assert schemas["BulkFile"]["properties"]["name"]["pattern"] == f"^{name}$"
    pattern = parameters_of(document, "/bulk/{name}")["name"]["schema"]["pattern"]
    assert pattern == f"^{name}({re.escape(SUM)})?$"


def test_bounds_of_answers_are_those_of_the_code(schemas):
    request, hit = schemas["SearchRequest"]["properties"], schemas["Hit"]["properties"]
    assert schemas["Filters"]["propertyNames"]["enum"] == list(FACETS)
    assert schemas["RecordPage"]["properties"]["records"]["maxItems"] == MAX_PER_PAGE
    bounds = schemas["RecordPage"]["properties"]["request"]["properties"]
    assert (bounds["q"], bounds["per_page"]) == (request["q"], request["per_page"])
    assert schemas["Facet"]["properties"]["name"]["enum"] == list(FACETS)
    assert (request["sort"]["enum"], request["language"]["enum"]) == (list(SORTS), list(LANGUAGES))
    assert (request["page"]["maximum"], request["per_page"]["maximum"]) == (MAX_PAGE, MAX_PER_PAGE)
    assert (request["q"]["maxLength"], schemas["SearchPage"]["properties"]["pages"]["maximum"]) == (MAX_QUERY, MAX_PAGE)
    assert schemas["SearchPage"]["properties"]["hits"]["maxItems"] == MAX_PER_PAGE
    assert hit["snippet"]["properties"]["field"]["enum"] == ["abstract", *SECTIONS, "text"]
    assert hit["why"]["items"]["properties"]["fields"]["items"]["enum"] == list(TEXT_FIELDS)
    assert schemas["Tag"]["properties"]["decision"]["enum"] == [d for d in Decision if d is not Decision.REJECTED]
    assert schemas["Tag"]["properties"]["method"]["enum"] == list(Method)
    assert schemas["RecordId"]["pattern"] == f"^{ID.pattern}$".replace("?:", "")
    assert schemas["LanguageTag"]["pattern"] == f"^{LANGUAGE_TAG.pattern}$".replace("?:", "")


def test_every_key_is_told_in_words(schemas):
    for name in (
        *("SearchPage", "RecordPage", "Hit", "Record", "Identifiers", "CbdResource", "Facts", "FeatureCollection"),
        *("Reference", "LinkedRecord", "LinkedVocabulary", "BulkManifest", "Dataset", "OEmbed"),
    ):
        for key, entry in schemas[name]["properties"].items():
            assert entry.get("description"), f"{name}.{key}"


@pytest.mark.parametrize("value", ["2014", "2010-2020", "2010-", "-2020", "not-stated", "-", "20", "2010–2020", "x"])
def test_the_pattern_of_years_is_that_of_the_code(document, engine, value):
    pattern = parameters_of(document, "/search")["year"]["schema"]["items"]["pattern"]
    try:
        SearchService(engine).request({"year": [value]}, "en")
    except InvalidRequest:
        assert not re.search(pattern, value)
    else:
        assert re.search(pattern, value)


def test_examples_of_parameters_hold_in_the_real_collection(document, registry, real_engine):
    client = create_app(load_config({}), real_engine).test_client()
    for name, parameter in parameters_of(document, "/search").items():
        where = pointer("components", "parameters", name, "schema")
        given = (
            [parameter["example"]] if "example" in parameter else [e["value"] for e in parameter["examples"].values()]
        )
        for value in given:
            Draft202012Validator({"$ref": where}, registry=registry).validate(value)
            if parameter["in"] == "query":
                answer = client.get("/api/v1/search", query_string={name: value})
                assert answer.status_code == 200
                assert answer.json["total"] > 0, (name, value)
    example = parameters_of(document, "/records/{record_id}")["record_id"]["example"]
    assert client.get(f"/api/v1/records/{example}").status_code == 200


def test_the_example_of_an_error_is_a_real_one(client, document):
    content = document["components"]["responses"]["BadRequest"]["content"]["application/problem+json"]
    assert client.get("/api/v1/search?country=KENYA").json == content["example"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=reed",
        'q="reed beds" -honey restor*',
        "q=reed xyzzy",
        "q=xyzzy",
        "q=<script>alert(1)</script>",
        "target=2&target=8",
        "target=not-stated",
        "year=2010-2020&year=not-stated&country=KEN",
        "country=BRA",
        "lang=fr&sort=title&per_page=2&page=2",
        "cursor=",
        "q=reed&country=DEU&cursor=MS5hbGxnYWV1LW1vb3JhbGxpYW56&lang=es&per_page=1",
        "q=tourbière&lang=es&language=fr",
    ],
)
def test_searches_are_as_described(client, check, query):
    answer = client.get("/api/v1/search?" + query)
    assert answer.status_code == 200
    check(answer, "/search")


@pytest.mark.parametrize("query", ["", "q=", "q=reed", "q=8&lang=fr", "q=ken", "q=<script>&lang=es", "q=xyzzy"])
def test_suggestions_are_as_described(client, check, query):
    check(client.get("/api/v1/suggest?" + query), "/suggest")


def test_bounds_of_suggestions_are_those_of_the_code(document, schemas):
    assert parameters_of(document, "/suggest")["q"]["schema"]["maxLength"] == MAX_QUERY
    assert f"first {LOOKED_AT} characters" in parameters_of(document, "/suggest")["q"]["description"]
    assert schemas["Suggestions"]["properties"]["suggestions"]["maxItems"] == LIMIT
    assert schemas["Suggestions"]["properties"]["language"]["enum"] == list(LANGUAGES)
    assert schemas["Suggestion"]["properties"]["kind"]["enum"] == [RECORD, *KINDS]


def test_searches_of_the_real_collection_are_as_described(real_engine, check):
    client = create_app(load_config({"HUB_BASE_URL": BASE}), real_engine).test_client()
    whole = ("per_page=100", "cursor=&per_page=100")
    for query in (*whole, "q=water&per_page=100&page=1", "q=forest -tropical&target=2&lang=fr"):
        check(client.get("/api/v1/search?" + query), "/search")


def test_records_of_the_real_collection_are_as_described(real_engine, check):
    client = create_app(load_config({"HUB_BASE_URL": BASE}), real_engine).test_client()
    for record_id in sorted(real_engine.fingerprints())[::10]:
        check(client.get(f"/api/v1/records/{record_id}"), "/records/{record_id}")


def test_documents_for_the_clearing_house_are_as_described(real_engine, check):
    client = create_app(load_config({"HUB_BASE_URL": BASE}), real_engine).test_client()
    for record_id in sorted(real_engine.fingerprints())[::10]:
        check(client.get(f"/records/{record_id}.cbd.json"), "/records/{record_id}.cbd.json")


@pytest.mark.parametrize("query", ["", "q=water&target=2", "country=VAT"])
def test_files_are_as_described(real_client, check, query):
    for kind in ("geojson", "csl.json"):
        check(real_client.get(f"/search.{kind}?{query}"), "/search.{kind}", exports.FORMATS[kind].media)
    lines = real_client.get(f"/search.jsonl?{query}").text.count("\n")
    assert lines == int(real_client.get(f"/search.csv?{query}").headers["X-Total-Count"])


def test_lines_of_a_file_are_records_and_columns_of_a_table_are_facts(client, schemas, registry):
    schema = {"$ref": pointer("components", "schemas", "Record")}
    for line in client.get("/search.jsonl").text.splitlines():
        Draft202012Validator(schema, registry=registry).validate(json.loads(line))
    columns = list(schemas["Facts"]["properties"])
    columns[columns.index("place") + 1 : columns.index("place") + 1] = ["lat", "lon"]
    assert tuple(columns) == COLUMNS == tuple(client.get("/search.csv").text.splitlines()[0].split(","))


def test_forms_of_records_are_as_described(real_engine, check):
    client = create_app(load_config({"HUB_BASE_URL": BASE}), real_engine).test_client()
    for record_id in sorted(real_engine.fingerprints())[::10]:
        check(client.get(f"/records/{record_id}.jsonld"), "/records/{record_id}.jsonld", "application/ld+json")
        answer = client.get(f"/records/{record_id}.csl.json")
        check(answer, "/records/{record_id}.{kind}", exports.FORMATS["csl.json"].media)
        check(client.get("/oembed", query_string={"url": f"{BASE}/records/{record_id}"}), "/oembed")


@pytest.mark.parametrize("search", ["/search", "/search?q=reed&country=DEU", "/fr/search?target=2&from=2010&to=2020"])
def test_answers_of_oembed_are_as_described(client, check, search):
    for size in ({}, {"maxwidth": "300", "maxheight": "200"}):
        check(client.get("/oembed", query_string={"url": BASE + search, **size}), "/oembed")
    assert client.get("/oembed", query_string={"url": BASE + search, "format": "xml"}).mimetype == "text/xml"


def test_a_list_is_as_described_whatever_is_asked_for(client, check):
    for query in ("id=reed-bed", "id=old-case&id=merged-case", "id=gone-case&id=x", "id=reed-bed&id=no-such-case"):
        for kind in ("geojson", "csl.json"):
            check(client.get(f"/list.{kind}?{query}"), "/list.{kind}", exports.FORMATS[kind].media)


def test_vocabularies_in_skos_are_as_described(client, check):
    for entry in client.get("/api/v1/vocabularies").json["vocabularies"]:
        answer = client.get(f"/vocabularies/{entry['id']}.jsonld")
        check(answer, "/vocabularies/{vocabulary_id}.jsonld", "application/ld+json")
        assert len(answer.json["@graph"]) == entry["concepts"] + 1


def test_the_bulk_file_is_as_described(site, check):
    app, file = site
    client = app.test_client()
    check(client.get("/bulk/latest.json"), "/bulk/latest.json")
    with client.get(f"/bulk/{file.name}", headers={"Range": "bytes=0-9"}) as part:
        assert (part.status_code, part.mimetype) == (206, "application/gzip")
    with client.get(f"/bulk/{file.name}", headers={"Range": "bytes=99999999-"}) as beyond:
        assert check(beyond, "/bulk/{name}") == "416"


def test_headers_are_those_that_are_described(site, document):
    app, file = site
    here = app.extensions["hub"]
    limited = create_app(replace(here.config, rate_limit="999 per minute"), here.search.engine).test_client()
    usual = {
        "Content-Type",
        "Content-Length",
        "Cache-Control",
        "Vary",
        "Date",
        "Accept-Ranges",
        "Content-Security-Policy",
    }
    for path in document["paths"]:
        with limited.get(good_address(document, path, file.name), query_string=NEEDED.get(path)) as answer:
            response = document["paths"][path]["get"]["responses"][str(answer.status_code)]
            if "$ref" in response:
                response = document["components"]["responses"][response["$ref"].split("/")[-1]]
            told = set(response.get("headers", ()))
            given = set(answer.headers.keys()) - usual - set(headers_of(urlsplit(answer.request.url).path))
            assert given <= told, path
            sometimes = {"X-Missing-Ids", "Content-Location", "Link"}
            assert told - sometimes <= given, path


def test_vocabularies_are_as_described(client, check):
    listed = client.get("/api/v1/vocabularies")
    check(listed, "/vocabularies")
    for entry in listed.json["vocabularies"]:
        answer = client.get(f"/api/v1/vocabularies/{entry['id']}")
        check(answer, "/vocabularies/{vocabulary_id}")
        assert len(answer.json["concepts"]) == entry["concepts"]


@pytest.mark.parametrize(
    ("path", "url", "status"),
    [
        ("/search", "/search?targt=3", 400),
        ("/search", "/search?country=KENYA", 400),
        ("/search", "/search?page=0", 400),
        ("/search", "/search?page=900", 404),
        ("/suggest", "/suggest?query=reed", 400),
        ("/suggest", "/suggest?lang=de", 400),
        ("/suggest", "/suggest?q=" + "x" * 1001, 400),
        ("/records/{record_id}", "/records/reed-bed?q=reed", 400),
        ("/records/{record_id}", "/records/no-such-record", 404),
        ("/records/{record_id}", "/records/gone-case", 410),
        ("/vocabularies", "/vocabularies?lang=fr", 400),
        ("/vocabularies/{vocabulary_id}", "/vocabularies/x", 404),
        ("/vocabularies/{vocabulary_id}", "/vocabularies/target?q=x", 400),
        ("/openapi.json", "/openapi.json?x=", 400),
        ("/search", "/search?cursor=x", 400),
        ("/records/{record_id}.cbd.json", "/records/reed-bed.cbd.json?lang=fr", 400),
        ("/records/{record_id}.cbd.json", "/records/no-such-record.cbd.json", 404),
        ("/records/{record_id}.cbd.json", "/records/gone-case.cbd.json", 410),
        ("/suggest.json", "/suggest.json?query=reed", 400),
        ("/search.{kind}", "/search.csv?targt=3", 400),
        ("/search.{kind}", "/search.ris?bom=1", 400),
        ("/list.{kind}", "/list.geojson", 400),
        ("/list.{kind}", "/list.csv?" + "&".join(f"id=x{number}" for number in range(201)), 400),
        ("/records/{record_id}.{kind}", "/records/no-such-record.ris", 404),
        ("/records/{record_id}.{kind}", "/records/gone-case.bib", 410),
        ("/records/{record_id}.{kind}", "/records/reed-bed.csl.json?lang=fr", 400),
        ("/records/{record_id}.jsonld", "/records/no-such-record.jsonld", 404),
        ("/records/{record_id}.jsonld", "/records/gone-case.jsonld", 410),
        ("/search.atom", "/search.atom?explain=1", 400),
        ("/search.atom", "/search.atom?page=900", 404),
        ("/{vocabulary_id}", "/vocabularies/x", 404),
        ("/vocabularies/{vocabulary_id}.jsonld", "/vocabularies/x.jsonld", 404),
        ("/vocabularies/{vocabulary_id}.ttl", "/vocabularies/target.ttl?lang=fr", 400),
        ("/oembed", "/oembed", 400),
        ("/oembed", "/oembed?url=https://example.org/search", 404),
        ("/oembed", f"/oembed?url={BASE}/search&format=yaml", 501),
        ("/bulk/latest.json", "/bulk/latest.json?x=1", 400),
        ("/bulk/{name}", "/bulk/gbf-cases-2026-01-01-00000000.jsonl.gz", 404),
        ("/embed.js", "/embed.js?x=1", 400),
        ("/embed.css", "/embed.css?ink=blue", 400),
    ],
)
def test_errors_are_as_described(client, check, path, url, status):
    answer = client.get(url if "servers" in openapi_document()["paths"][path] else "/api/v1" + url)
    assert answer.status_code == status == answer.json["status"]
    assert check(answer, path) == str(status)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/embed/search?page=900", 404),
        ("/embed/search?x=1", 400),
        ("/embed/records/x", 404),
        ("/embed/records/gone-case", 410),
        ("/embed/records/reed-bed?limit=1", 400),
    ],
)
def test_errors_in_frames_are_pages_as_described(client, document, url, status):
    answer = client.get(url)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    path = "/embed/search" if "search" in url else "/embed/records/{record_id}"
    for key in (str(status), "default"):
        assert document["paths"][path]["get"]["responses"][key] == {"$ref": "#/components/responses/PageError"}
    assert str(status) in document["components"]["responses"]["PageError"]["description"]


def test_other_errors_are_as_described(client, document, check, tmp_path):
    assert check(client.post("/api/v1/search"), "/search") == "default"
    assert check(client.put("/oai"), "/oai") == "default"
    config = load_config({"HUB_BASE_URL": BASE, "HUB_INSTANCE": str(tmp_path)})
    empty = create_app(config, WhooshEngine(tmp_path / "nothing")).test_client()
    for path, entry in document["paths"].items():
        answer = empty.get(good_address(document, path, "x"), query_string=NEEDED.get(path))
        if path.startswith("/embed/"):
            assert (answer.status_code, answer.mimetype) == (503, "text/html"), path
        elif "503" in entry["get"]["responses"]:
            assert answer.status_code == 503, path
            assert check(answer, path) == "503"
        else:
            assert answer.status_code == (404 if path.startswith("/bulk/") else 200), path


def names(kind):
    return set(inspect.signature(kind).parameters)


def test_schemas_have_the_fields_of_the_types(schemas):
    properties = {name: set(schema.get("properties", ())) for name, schema in schemas.items()}
    assert properties["Record"] == names(Record) - set(CURATORS_ONLY) | {"links"}
    required = {f.name for f in fields(Record) if f.required}
    assert set(schemas["Record"]["required"]) == required | {"tags", "links"}
    assert properties["Tag"] == names(Tag) | {"notation", "pref_label"}
    assert set(schemas["Tag"]["properties"]["evidence"]["properties"]) == names(Evidence)
    assert properties["MediaLink"] == names(Link)
    assert set(schemas["Record"]["properties"]["point"]["properties"]) == names(Point)
    assert properties["Concept"] == names(Concept) - {"vocabulary"}
    assert properties["Index"] == names(IndexInfo) - {"records"}


def test_all_keys_of_a_search_are_required_so_that_programs_can_rely_on_them(schemas):
    for name in (
        "SearchPage",
        "RecordPage",
        "SearchRequest",
        "Identifiers",
        "Hit",
        "Facet",
        "FacetOption",
        "PageLinks",
        "RecordLinks",
        "Index",
        "Span",
    ):
        assert set(schemas[name]["required"]) == set(schemas[name]["properties"]), name


def unescaped(text, block):
    return html.unescape(re.search(rf'<pre id="{block}"[^>]*><code>(.*?)</code>', text, re.DOTALL)[1])


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
def test_links_of_the_guide_work(real_engine, prefix):
    real_client = create_app(load_config({}), real_engine).test_client()
    answer = real_client.get(prefix + "/api")
    assert answer.status_code == 200
    links = {html.unescape(url) for url in re.findall(r'href="(/api/[^"]*)"', answer.text)}
    assert len(links) > 15
    for url in links:
        assert real_client.get(url).status_code == 200, url
    for name in ("q", *FACETS, "sort", "page", "per_page", "lang"):
        assert f"<code>{name}</code>" in answer.text
    assert not re.findall(r'style="|<script>|onclick', answer.text)


def test_the_python_of_the_guide_runs(real_engine):
    app = create_app(load_config({}), real_engine)
    with served(app) as port:
        code = unescaped(app.test_client().get("/api", base_url=f"http://127.0.0.1:{port}").text, "code-python")
        done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    total = app.test_client().get("/api/v1/search?q=wetland&target=2&target=8").json["total"]
    assert len(done.stdout.splitlines()) == total > 3
