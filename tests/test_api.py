"""The API as another program meets it: answers, links, errors, caching, use from other sites."""

from __future__ import annotations

import json
import re

import pytest
from conftest import make_record, tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.app import create_app
from hub.config import load_config
from hub.corpus import format_record
from hub.engine.whoosh.engine import WhooshEngine
from hub.query import FACETS
from hub.record import record_to_data
from indexer.build import build, prepare, to_document

SINGLE = ("type", "year", "evidence", "language", "source")  # a record has at most one value of these
SCRIPT = "<script>alert('x')</script> & \"quotes\" \u2028"


@pytest.fixture
def client(engine):
    return create_app(load_config({}), engine).test_client()


@pytest.fixture
def real_client(real_engine):
    return create_app(load_config({}), real_engine).test_client()


def search(client, query=""):
    answer = client.get("/api/v1/search" + ("?" + query if query else ""))
    assert answer.status_code == 200, answer.text
    return answer.json


def flat(options):
    for option in options:
        yield option
        yield from flat(option["children"])


def facets(page):
    return {facet["name"]: facet for facet in page["facets"]}


def test_a_search_says_what_was_asked_and_what_was_found(client):
    page = search(client, "q=mangrove+seedlings&country=ken&target=GBF-TARGET-02&target=23")
    assert page["request"] == {
        "q": "mangrove seedlings", "filters": {"target": ["2", "23"], "country": ["KEN"]}, "sort": "relevance",
        "page": 1, "per_page": 10, "language": "en", "verbatim": False, "explain": False,
    }  # fmt: skip
    assert (page["total"], page["pages"], page["relaxed"], page["required"]) == (1, 1, False, 2)
    assert page["words"] == [{"text": "mangrove", "count": 1}, {"text": "seedlings", "count": 1}]
    hit = page["hits"][0]
    assert (hit["id"], hit["type"], hit["language"]) == ("mangrove-nursery", "good-practice", "en")
    assert (hit["targets"], hit["themes"], hit["countries"]) == (["2", "23"], ["eco-coast"], ["KEN"])
    assert (hit["began"], hit["ended"], hit["issued"], hit["modified"]) == ("2019", None, None, None)
    assert (hit["added"], hit["publisher"], hit["source"]) == ("2026-01-01", "Other Portal", "other-portal")
    assert hit["identifiers"] == {
        "targets": ["GBF-TARGET-02", "GBF-TARGET-23"], "subjects": ["CBD-SUBJECT-MAR"], "countries": ["ke"],
    }  # fmt: skip
    assert "".join(span["text"] for span in hit["title_spans"]) == hit["title"]
    assert [span["text"] for span in hit["title_spans"] if span["match"]] == ["mangrove", "seedlings"]
    assert "title" in hit["why"][0]["fields"]
    assert hit["links"] == {
        "self": "http://localhost/api/v1/records/mangrove-nursery",
        "html": "http://localhost/records/mangrove-nursery",
        "source": "https://example.org/cases/mangrove-nursery",
    }


def test_a_search_without_parameters_is_everything(client, engine):
    page = search(client)
    assert page["total"] == len(page["hits"]) == 5
    assert page["links"]["self"] == "http://localhost/api/v1/search"
    assert page["request"]["filters"] == {}
    info = engine.info()
    assert page["index"] == {"revision": info.revision, "generation": info.generation, "built": info.built}
    assert tuple(facets(page)) == FACETS


def test_relaxed_says_so(client):
    page = search(client, "q=reed+xyzzy")
    assert (page["total"], page["relaxed"], page["required"], len(page["words"])) == (2, True, 1, 2)


def test_nothing_found_is_an_answer(client):
    page = search(client, "q=xyzzy")
    assert (page["total"], page["pages"], page["hits"]) == (0, 0, [])
    assert (page["links"]["prev"], page["links"]["next"]) == (None, None)
    assert page["links"]["last"] == page["links"]["first"] == page["links"]["self"]


def test_a_record_is_its_file_with_names_and_links(client, engine):
    answer = client.get("/api/v1/records/reed-bed")
    data = dict(answer.json)
    tags, links = data.pop("tags"), data.pop("links")
    plain = record_to_data(engine.get("reed-bed"))
    assert data == {name: value for name, value in plain.items() if name != "tags"}
    assert [t["concept"] for t in tags] == [t["concept"] for t in plain["tags"]]
    assert tags[0]["notation"] == "2"
    assert set(tags[0]["pref_label"]) == {"en", "fr", "es"}
    assert next(t for t in tags if t["vocabulary"] == "country")["pref_label"]["fr"] == "Allemagne"
    assert links["source"] == plain["url"]


def test_rejected_tags_are_not_in_hits(corpus, tmp_path):
    record = make_record("reed-bed", tags=[tag("target", "GBF-TARGET-02", "rejected"), tag("theme", "eco-urban")])
    (corpus.folder / "records" / "reed-bed.yaml").write_text(format_record(record), encoding="utf-8")
    engine = WhooshEngine(tmp_path / "other" / "index")
    build(corpus, engine)
    client = create_app(load_config({}), engine).test_client()
    hit = search(client, "q=reed")["hits"][0]
    assert (hit["targets"], hit["themes"]) == ([], ["eco-urban"])
    assert [t["concept"] for t in client.get("/api/v1/records/reed-bed").json["tags"]] == ["eco-urban"]


def test_drafts_are_not_there(client):
    assert client.get("/api/v1/records/draft-case").status_code == 404
    assert "draft-case" not in json.dumps(search(client, "per_page=100"))


def test_vocabularies(client):
    listed = {entry["id"]: entry for entry in client.get("/api/v1/vocabularies").json["vocabularies"]}
    assert {"target", "theme", "region", "country", "type", "evidence_level", "language", "source"} <= set(listed)
    targets = client.get(listed["target"]["links"]["self"]).json
    assert targets["links"]["self"] == listed["target"]["links"]["self"]
    assert (targets["id"], targets["label"]["fr"]) == ("target", "Cible")
    second = next(c for c in targets["concepts"] if c["notation"] == "2")
    assert (second["id"], second["broader"]) == ("GBF-TARGET-02", ["reducing-threats"])


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_labels_and_pages_are_in_the_language_asked_for(client, lang):
    page = search(client, f"country=DEU&lang={lang}")
    assert page["request"]["language"] == lang
    countries = {o["value"]: o["label"] for o in facets(page)["country"]["options"]}
    assert countries["DEU"] == {"en": "Germany", "fr": "Allemagne", "es": "Alemania"}[lang]
    prefix = "" if lang == "en" else f"/{lang}"
    assert page["hits"][0]["links"]["html"] == f"http://localhost{prefix}/records/reed-bed"
    assert page["links"]["html"] == f"http://localhost{prefix}/search?country=DEU"
    assert search(client, page["links"]["self"].partition("?")[2]) == page
    record = client.get(f"/api/v1/records/reed-bed?lang={lang}").json
    assert record["links"]["html"] == page["hits"][0]["links"]["html"]
    for url in (page["links"]["html"], record["links"]["html"]):
        assert client.get(url).status_code == 200


def test_labels_follow_a_change_of_the_vocabulary(client, corpus, engine):
    assert {o["label"] for o in facets(search(client))["type"]["options"]} >= {"Tool"}
    path = corpus.folder / "vocabularies" / "type.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"\bTool\b", "Implement", text), encoding="utf-8")
    build(corpus, engine)
    assert {o["label"] for o in facets(search(client))["type"]["options"]} >= {"Implement"}


def test_options_stand_in_the_order_of_counts_and_names_or_as_the_vocabulary_nests_them(real_client, real_engine):
    found = facets(search(real_client, "q=forest"))
    for name in ("country", "type", "evidence", "language", "source"):
        options = [(-option["count"], option["label"].casefold()) for option in found[name]["options"]]
        assert options == sorted(options) and len(options) > 1, name
    for name in ("target", "theme", "region"):
        vocabulary = real_engine.edition().vocabularies[name]
        given = [concept.notation for concept in vocabulary]
        for option in (*flat(found[name]["options"]), {"children": found[name]["options"], "value": None}):
            values = [child["value"] for child in option["children"]]
            assert values == [value for value in given if value in values], name
            parent = option["value"] and vocabulary.get(option["value"]).id
            assert all(parent is None or parent in vocabulary.get(value).broader for value in values)


def test_addresses_begin_as_configured(engine):
    client = create_app(load_config({"HUB_BASE_URL": "https://hub.example.org/"}), engine).test_client()
    page = search(client, "per_page=2&page=2")
    own = [url for url in page["links"].values() if url]
    own += [hit["links"][name] for hit in page["hits"] for name in ("self", "html")]
    own.append(client.get("/api/v1/records/reed-bed").json["links"]["self"])
    own += [v["links"]["self"] for v in client.get("/api/v1/vocabularies").json["vocabularies"]]
    own.append(client.get("/api/v1/openapi.json").json["servers"][0]["url"])
    assert all(re.match(r"https://hub\.example\.org/[a-z]", url) for url in own)


def test_counts_of_facets_with_one_value_add_up(real_client):
    for query in ("", "q=forest", "q=agua&target=2", "country=FRA&country=KEN"):
        page = search(real_client, query)
        for name in SINGLE:
            facet = facets(page)[name]
            added = sum(option["count"] for option in flat(facet["options"])) + facet["not_stated"]["count"]
            assert added == page["total"], (query, name)


def test_every_count_is_what_its_filter_finds(client):
    for facet in search(client)["facets"]:
        for option in (*flat(facet["options"]), facet["not_stated"]):
            found = search(client, f"{facet['name']}={option['value']}")
            assert found["total"] == option["count"], (facet["name"], option["value"])


def test_a_chosen_value_is_marked_and_the_others_keep_their_counts(client):
    before, after = facets(search(client)), facets(search(client, "type=tool&type=not-stated"))
    assert [o["value"] for o in after["type"]["options"] if o["selected"]] == ["tool"]
    assert after["type"]["not_stated"]["selected"]
    counts = [{o["value"]: o["count"] for o in facet["type"]["options"]} for facet in (before, after)]
    assert counts[0] == counts[1]


def rels(answer):
    return {rel: url for url, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', answer.headers["Link"])}


@pytest.mark.parametrize("query", ["per_page=7", "q=water&per_page=9", "sort=title&per_page=50&lang=es&region=150"])
def test_links_lead_through_all_hits_once(real_client, query):
    url: str | None = f"http://localhost/api/v1/search?{query}"
    seen: list[str] = []
    before = None
    while url:
        answer = real_client.get(url)
        page, links = answer.json, answer.json["links"]
        assert rels(answer) == {r: links[r] for r in ("first", "prev", "next", "last") if links[r]}
        assert links["prev"] == before
        seen += [hit["id"] for hit in page["hits"]]
        before, url = links["self"], links["next"]
    assert len(seen) == len(set(seen)) == page["total"] > 10
    assert links["self"] == links["last"]
    assert real_client.get(links["first"]).json["hits"][0]["id"] == seen[0]


def test_of_links_that_servers_would_refuse_the_next_comes_before_others(client):
    answer = client.get("/api/v1/search", query_string={"q": "water " * 160, "per_page": "1"})
    links = answer.json["links"]
    assert sum(len(links[rel]) for rel in ("first", "next", "last")) > 3000
    assert rels(answer) == {"next": links["next"], "first": links["first"]}
    assert len(answer.headers["Link"]) < 3000


def test_a_link_header_that_servers_would_refuse_is_left_out(client):
    answer = client.get("/api/v1/search", query_string={"q": "泥" * 1000, "page": "1"})
    assert answer.status_code == 200
    assert "Link" not in answer.headers
    assert len(answer.json["links"]["self"]) > 9000


@pytest.mark.parametrize(
    ("query", "parameter", "value", "allowed"),
    [
        ("targt=3", "targt", "3", "target"),
        ("Target=3", "Target", "3", "target"),
        ("perpage=3", "perpage", "3", "per_page"),
        ("q=x&zzz=", "zzz", "", None),
        ("from=2010&to=2020", "from", "2010", None),
        ("country=Germny", "country", "Germny", "DEU"),
        ("country=Allemagn", "country", "Allemagn", "DEU"),
        ("target=24", "target", "24", "2"),
        ("theme=eco-freshwatr", "theme", "eco-freshwatr", "eco-freshwater"),
        ("sort=oldest", "sort", "oldest", "newest"),
        ("lang=de", "lang", "de", "fr"),
        ("year=20", "year", "20", None),
        ("year=2020-2010", "year", "2020-2010", None),
        ("page=0", "page", "0", None),
        ("page=999999", "page", "999999", None),
        ("page=1.5", "page", "1.5", None),
        ("per_page=101", "per_page", "101", None),
        ("q=" + "x" * 10_000, "q", "", None),
        ("&".join(["country=KEN"] * 51), "filters", "", None),
    ],
)
def test_what_cannot_be_used_is_named(client, query, parameter, value, allowed):
    answer = client.get("/api/v1/search?" + query)
    problem = answer.json
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert set(problem) == {"type", "title", "status", "detail", "parameter", "value", "allowed"}
    assert (problem["status"], problem["parameter"], problem["value"]) == (400, parameter, value)
    assert allowed is None or allowed in problem["allowed"]
    assert 10 < len(problem["detail"]) < 400
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "ETag" not in answer.headers


def test_parameters_of_one_record_are_checked_too(client):
    assert client.get("/api/v1/records/reed-bed?lang=xx").json["allowed"] == ["en", "fr", "es"]
    assert client.get("/api/v1/records/reed-bed?page=2").json["parameter"] == "page"
    assert client.get("/api/v1/vocabularies?q=x").json["detail"].endswith("None are possible here.")


def test_empty_values_are_as_if_not_given(client):
    assert search(client, "q=&target=&lang=&page=&sort=&per_page=&year=") == search(client)


def test_the_last_of_several_single_values_counts(client):
    assert search(client, "q=xyzzy&q=reed&lang=fr&lang=en")["request"] == search(client, "q=reed")["request"]


def test_a_page_after_the_last_is_not_found(client):
    answer = client.get("/api/v1/search?page=2")
    assert (answer.status_code, answer.json["status"]) == (404, 404)
    assert "page 1" in answer.json["detail"]


def test_records_that_are_not_there(client):
    unknown = client.get("/api/v1/records/no-such-record")
    assert (unknown.status_code, unknown.json["title"]) == (404, "Not Found")
    assert "no-such-record" in unknown.json["detail"]
    withdrawn = client.get("/api/v1/records/gone-case")
    assert (withdrawn.status_code, withdrawn.mimetype) == (410, "application/problem+json")
    moved = client.get("/api/v1/records/old-case")
    assert moved.status_code == 301
    assert moved.location == "/api/v1/records/merged-case"
    assert client.get("/records/old-case.cbd.json").location == "/records/merged-case.cbd.json"
    assert client.get(moved.location).json["replaces"] == ["old-case"]
    assert "target" in client.get("/api/v1/vocabularies/no-such").json["detail"]


@pytest.mark.parametrize(
    "name", ["../reed-bed", "%2e%2e", "%00", "a" * 5000, "reed-bed%20", "Reed-Bed", "%F0%9F%A6%86"]
)
def test_odd_names_are_not_found(client, name):
    assert client.get(f"/api/v1/records/{name}").status_code == 404


def test_only_reading_is_possible(client):
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)("/api/v1/search")
        assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_without_an_index_the_reader_is_told_to_come_back(tmp_path):
    client = create_app(load_config({}), WhooshEngine(tmp_path / "nothing")).test_client()
    for path in ("search", "search?country=KEN", "records/reed-bed", "vocabularies", "vocabularies/target"):
        answer = client.get("/api/v1/" + path)
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert answer.headers["Retry-After"].isdecimal()
        assert str(tmp_path) not in answer.text


URLS = ("search?q=reed", "records/reed-bed", "vocabularies", "vocabularies/target", "openapi.json")


@pytest.mark.parametrize("url", URLS)
def test_an_answer_one_has_is_not_sent_again(client, url):
    first = client.get("/api/v1/" + url)
    etag = first.headers["ETag"]
    again = client.get("/api/v1/" + url, headers={"If-None-Match": etag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)
    assert again.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/api/v1/" + url, headers={"If-None-Match": '"other"'}).data == first.data


def test_an_answer_is_sent_again_when_the_collection_changes(client, corpus, engine):
    first = client.get("/api/v1/search?q=reed")
    record = replace(make_record("reed-two", title="More reed"), tags=())
    (corpus.folder / "records" / "reed-two.yaml").write_text(format_record(record), encoding="utf-8")
    build(corpus, engine)
    again = client.get("/api/v1/search?q=reed", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.json["total"]) == (200, first.json["total"] + 1)
    assert again.json["index"]["generation"] != first.json["index"]["generation"]


def test_different_questions_have_different_etags(client):
    urls = ("search?q=reed", "search?q=reed&lang=fr", "search?q=lake", "records/reed-bed", "records/reed-bed?lang=fr")
    assert len({client.get("/api/v1/" + url).headers["ETag"] for url in urls}) == len(urls)


@pytest.mark.parametrize("url", [*URLS, "search?targt=3", "records/none", "records/gone-case", "records/old-case"])
def test_scripts_of_other_sites_may_read_everything(client, url):
    answer = client.get("/api/v1/" + url, headers={"Origin": "https://chm.example.org"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("url", URLS)
def test_browsers_may_ask_first(client, url):
    asked = {"Origin": "https://chm.example.org", "Access-Control-Request-Method": "GET",
             "Access-Control-Request-Headers": "if-none-match"}  # fmt: skip
    answer = client.options("/api/v1/" + url, headers=asked)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert answer.headers["Access-Control-Allow-Headers"] == "*"
    assert "ETag" in client.get("/api/v1/" + url).headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("url", [*URLS, "search?page=0", "records/gone-case"])
def test_head_is_get_without_the_body(client, url):
    full, head = client.get("/api/v1/" + url), client.head("/api/v1/" + url)
    assert (head.status_code, head.data) == (full.status_code, b"")
    assert dict(head.headers) == dict(full.headers)


def test_hostile_text_stays_text(corpus, tmp_path):
    documents, edition, _, _ = prepare(corpus)
    record = make_record("hostile", title="Reed <b>title</b> <script>", abstract=f"Reed {SCRIPT}", text=SCRIPT)
    engine = WhooshEngine(tmp_path / "hostile" / "index")
    engine.build([*documents, to_document(record, edition.vocabularies, "x")], edition)
    client = create_app(load_config({}), engine).test_client()
    answer = client.get("/api/v1/search", query_string={"q": f"reed {SCRIPT}"})
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    page = answer.json
    hit = page["hits"][0]
    assert (hit["id"], hit["title"], hit["abstract"]) == ("hostile", record.title, record.abstract)
    assert "".join(span["text"] for span in hit["title_spans"]) == record.title
    assert page["request"]["q"] == " ".join(f"reed {SCRIPT}".split())
    assert "<" not in page["links"]["self"] + answer.headers["Link"].replace("<http", "")
    assert client.get("/api/v1/records/hostile").json["abstract"] == record.abstract


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(q=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_nothing_typed_is_an_error(client, q):
    answer = client.get("/api/v1/search", query_string={"q": q})
    assert answer.status_code == 200
    assert answer.json["request"]["q"] == " ".join(q.split())
    assert client.get(answer.json["links"]["self"]).json == answer.json


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*FACETS, "sort", "page", "per_page", "lang"]), value=st.text(max_size=20))
def test_every_value_is_answered_or_explained(client, name, value):
    raw = value.encode("utf-8", "surrogatepass")
    answer = client.get("/api/v1/search?" + name + "=" + "".join(f"%{byte:02X}" for byte in raw))
    assert answer.status_code in (200, 400, 404)
    assert answer.status_code != 400 or answer.json["parameter"] == name
