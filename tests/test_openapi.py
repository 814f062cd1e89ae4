"""The descriptions of the API, for programs and for people: nothing undocumented, nothing promised and not given."""

from __future__ import annotations

import copy
import html
import inspect
import re
import subprocess
import sys
import threading

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from msgspec.structs import fields
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from werkzeug.serving import make_server

from hub.app import create_app
from hub.config import LANGUAGES, load_config
from hub.engine import IndexInfo
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.errors import InvalidRequest
from hub.parse import LANGUAGE_TAG
from hub.query import FACETS, MAX_CLAUSES, MAX_PAGE, MAX_PER_PAGE, MAX_QUERY, PER_PAGE, SORTS
from hub.record import CURATORS_ONLY, ID, SECTIONS, Decision, Evidence, Link, Method, Point, Record, Tag
from hub.search import MAX_VALUES, PARAMETERS, SearchService
from hub.suggest import KINDS, LIMIT, LOOKED_AT, RECORD
from hub.vocabulary import Concept
from hub.web.api import LANG, MAX_LINK_HEADER
from hub.web.cursor import CURSOR, LONGEST
from hub.web.openapi import openapi_document

BASE = "https://hub.example.org"


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

    def holds(answer, path):
        media = "application/json" if answer.status_code == 200 else "application/problem+json"
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


def test_paths_elsewhere_are_those_of_the_code_too(client, document):
    rules = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule): rule for rule in client.application.url_map.iter_rules()}
    elsewhere = {path: entry for path, entry in document["paths"].items() if "servers" in entry}
    assert {"/suggest.json", "/opensearch.xml", "/records/{record_id}.cbd.json"} <= set(elsewhere)
    for path, entry in elsewhere.items():
        assert entry["servers"] == [{"url": BASE}], path
        assert entry["get"]["operationId"] == rules[path].endpoint, path
    assert openapi_document()["paths"]["/suggest.json"]["servers"] == [{"url": "/"}]


def parameters_of(document, path):
    listed = document["paths"][path]["get"].get("parameters", [])
    resolved = [document["components"]["parameters"][p["$ref"].split("/")[-1]] if "$ref" in p else p for p in listed]
    return {p["name"]: p for p in resolved}


def test_parameters_are_those_of_the_code(document):
    found = {name: p for name, p in parameters_of(document, "/search").items() if p["in"] == "query"}
    assert tuple(found) == (*PARAMETERS, CURSOR, LANG)
    everywhere = {p["name"] for p in document["components"]["parameters"].values() if p["in"] == "query"}
    assert everywhere == set(found)
    for parameter in found.values():
        assert parameter["description"]
        assert parameter.get("example") or parameter.get("examples"), parameter["name"]


def test_each_path_takes_the_parameters_it_says(client, document):
    ids = {"record_id": "reed-bed", "vocabulary_id": "target"}
    values = {
        **dict.fromkeys(FACETS, "not-stated"),
        "q": "x",
        "sort": "title",
        "page": "1",
        "per_page": "1",
        "verbatim": "1",
        "explain": "1",
        CURSOR: "",
        LANG: "fr",
    }
    for path, entry in document["paths"].items():
        told = {name for name, p in parameters_of(document, path).items() if p["in"] == "query"}
        url = ("" if "servers" in entry else "/api/v1") + path.format(**ids)
        if path == "/opensearch.xml":
            continue  # a description, which no parameter changes
        for name in (*PARAMETERS, CURSOR, LANG):
            status = client.get(url, query_string={name: values[name]}).status_code
            assert status == (200 if name in told else 400), (path, name)


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
    for name in ("SearchPage", "RecordPage", "Hit", "Record", "Identifiers", "CbdResource"):
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
    ],
)
def test_errors_are_as_described(client, check, path, url, status):
    elsewhere = url.partition("?")[0].endswith((".cbd.json", "/suggest.json"))
    answer = client.get(url if elsewhere else "/api/v1" + url)
    assert answer.status_code == status == answer.json["status"]
    assert check(answer, path) == str(status)


def test_other_errors_are_as_described(client, check, tmp_path):
    assert check(client.post("/api/v1/search"), "/search") == "default"
    empty = create_app(load_config({}), WhooshEngine(tmp_path / "nothing")).test_client()
    urls = {"/search": "/search", "/suggest": "/suggest?q=reed",
            "/records/{record_id}": "/records/x", "/vocabularies": "/vocabularies",
            "/vocabularies/{vocabulary_id}": "/vocabularies/target"}  # fmt: skip
    for path, url in urls.items():
        answer = empty.get("/api/v1" + url)
        assert answer.status_code == 503
        assert check(answer, path) == "503"
    assert empty.get("/api/v1/openapi.json").status_code == 200


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
    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        code = unescaped(app.test_client().get("/api", base_url=url).text, "code-python")
        done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (done.returncode, done.stderr) == (0, "")
    total = app.test_client().get("/api/v1/search?q=wetland&target=2&target=8").json["total"]
    assert len(done.stdout.splitlines()) == total > 3
