"""Suggestions as you type: what is suggested, in which order, and as programs and browsers get it."""

from __future__ import annotations

import itertools
import string
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from conftest import make_record, tag
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.app import create_app
from hub.config import load_config
from hub.engine.whoosh.engine import WhooshEngine
from hub.query import FACETS, SearchRequest
from hub.suggest import KINDS, LIMIT, LOOKED_AT, MOST_CONCEPTS, MOST_RECORDS, SuggestService
from hub.text import fold
from hub.words import find_words
from indexer.build import build, prepare, to_document

HOSTILE = "<script>alert('x')</script> Reed & \"quotes\""
TRANSLATED = make_record(
    "translated", language="fr", title="Une tourbière retrouve son eau",
    translations={"en": {"title": "A peatland has its water back", "abstract": "Ditches were blocked."},
                  "es": {"title": "Una turbera recupera su agua", "abstract": "Se cerraron zanjas."}},
)  # fmt: skip
OPENSEARCH = "{http://a9.com/-/spec/opensearch/1.1/}"


def words(text: str) -> list[str]:
    return [fold(word) for word, _ in find_words(text)]


@pytest.fixture
def among(corpus, tmp_path):
    """`among(record, ...)`: an engine with these records besides those of the small corpus."""

    def engine(*records):
        documents, edition, _, _ = prepare(corpus)
        whoosh = WhooshEngine(tmp_path / "more" / "index")
        whoosh.build([*documents, *(to_document(record, edition.vocabularies, "x") for record in records)], edition)
        return whoosh

    return engine


@pytest.fixture(scope="module")
def real(real_engine):
    return SuggestService(real_engine)


def names(found) -> list[tuple[str, str]]:
    return [(one.kind, one.value) for one in found]


def suggest(engine, text, language="en", **more):
    return SuggestService(engine).suggest(text, language, **more)


# -- targets, themes and places


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("8", "en", "Climate change"),
        ("target 8", "en", "Climate change"),
        (" TARGET  8 ", "fr", "Changements climatiques"),
        ("cible 8", "fr", "Changements climatiques"),
        ("meta 8", "es", "Cambio climático"),
        ("climate cha", "fr", "Changements climatiques"),
        ("changements cli", "fr", "Changements climatiques"),
        ("nbs", "en", "Climate change"),
    ],
)
def test_a_target_is_found_by_its_number_and_its_names(real, text, language, label):
    first = real.suggest(text, language)[0]
    assert (first.kind, first.value, first.label, first.language) == ("target", "8", label, language)


def test_other_languages_than_the_readers_and_english_are_not_read(real):
    assert ("target", "8") not in names(real.suggest("cible 8", "en"))


def test_a_number_is_that_target_before_those_that_begin_with_it(real):
    found = real.suggest("1", "en")
    assert (found[0].value, {one.kind for one in found}) == ("1", {"target"})
    assert all(one.value.startswith("1") for one in found)
    counts = [one.count for one in found[1:]]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize(
    ("text", "language", "label"),
    [
        ("allem", "fr", "Allemagne"),
        ("Germ", "fr", "Allemagne"),
        ("etats", "fr", "États-Unis"),
        ("ÉTATS-UN", "fr", "États-Unis"),
        ("e\u0301tats", "fr", "États-Unis"),
        ("COTE d'iv", "en", "Côte d’Ivoire"),
        ("rep dem", "fr", None),
        ("republique dem", "fr", "République démocratique du Congo"),
        ("mexi", "es", "México"),
    ],
)
def test_case_and_accents_make_no_difference(real, text, language, label):
    found = [one.label for one in real.suggest(text, language) if one.kind == "country"]
    assert found[:1] == ([label] if label else [])


def test_the_whole_name_comes_before_names_that_only_begin_so(real):
    assert [one.value for one in real.suggest("niger", "en") if one.kind == "country"] == ["NER", "NGA"]


def test_names_that_begin_so_come_first_then_records_then_other_names(real):
    found = real.suggest("afr", "en")
    kinds = [one.kind for one in found]
    assert kinds == ["region"] * 2 + ["record"] * 3 + ["region"] * 3
    assert all(words(one.label)[0].startswith("afr") for one in found[:2])
    assert not any(words(one.label)[0].startswith("afr") for one in found[5:])
    for part in (found[:2], found[5:]):
        assert [one.count for one in part] == sorted((one.count for one in part), reverse=True)


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_limits_and_counts_hold_for_every_beginning(real, real_engine, language):
    counts = real_engine.search(SearchRequest(facets=FACETS, per_page=0)).facets
    for letters in itertools.product(string.ascii_lowercase, repeat=2):
        found = real.suggest("".join(letters), language)
        concepts = [one for one in found if one.kind != "record"]
        assert len(concepts) <= MOST_CONCEPTS and len(found) - len(concepts) <= MOST_RECORDS and len(found) <= LIMIT
        assert len(set(names(found))) == len(found)
        assert all(one.kind in KINDS and one.count == counts[one.kind].values[one.value] > 0 for one in concepts)
        assert all(one.count == 0 for one in found if one.kind == "record")


def test_a_lower_limit_takes_the_first(real):
    assert real.suggest("afr", "en", 3) == real.suggest("afr", "en")[:3]


def test_concepts_without_records_are_not_suggested(engine):
    assert names(suggest(engine, "keny")) == [("country", "KEN")]
    assert suggest(engine, "japa") == ()


@pytest.mark.parametrize("text", ["", " ", "a", "É", "-", "!?", '""', "*", "9", "&", "\u202e", "\u0301"])
def test_nothing_is_suggested_for_less_than_two_letters(engine, text):
    assert suggest(engine, text) == ()


def test_one_chinese_sign_is_enough(among):
    engine = among(make_record("wetland-zh", language="zh", title="湿地恢复", abstract="湿地。"))
    assert names(suggest(engine, "湿")) == names(suggest(engine, "湿地恢")) == [("record", "wetland-zh")]
    assert suggest(engine, "地湿草") == ()


def test_only_so_many_characters_are_looked_at(engine):
    assert names(suggest(engine, "reed" + " " * (LOOKED_AT - 4) + "xyzzy")) == [("record", "reed-bed")]
    assert suggest(engine, "reed" + " " * (LOOKED_AT - 5) + "xyzzy") == ()
    assert suggest(engine, "x" * 10_000_000) == ()


def test_a_new_index_suggests_what_is_new(corpus, engine):
    service = SuggestService(engine)
    assert service.suggest("japa", "en") == ()
    corpus.write(make_record("satoyama", title="Satoyama", tags=[tag("country", "JPN")]), None)
    build(corpus, engine)
    assert names(service.suggest("japa", "en")) == [("country", "JPN")]
    assert names(service.suggest("satoy", "en")) == [("record", "satoyama")]


# -- records


def test_records_are_found_by_the_words_of_their_titles_alone(engine):
    assert names(suggest(engine, "reed beds cl")) == names(suggest(engine, "clean re")) == [("record", "reed-bed")]
    assert suggest(engine, "reed be clean") == ()  # only the last word may be unfinished
    assert suggest(engine, "nitrogen") == suggest(engine, "honey") == ()
    assert names(suggest(engine, "tourbiere")) == [("record", "tourbiere-du-plateau")]
    assert suggest(engine, "draft") == suggest(engine, "withdrawn") == ()


def test_the_newest_records_come_first(among):
    seen = [{"harvester": "test", "first_seen": f"2026-02-0{day}", "last_seen": "2026-03-01"} for day in range(1, 6)]
    records = [make_record(f"otter-{day}", title="Otters", provenance=prov) for day, prov in enumerate(seen, 1)]
    assert names(suggest(among(*records), "otte")) == [("record", f"otter-{day}") for day in (5, 4, 3)]


@pytest.mark.parametrize(
    ("text", "language", "label", "spoken"),
    [
        ("peatl", "en", TRANSLATED.translations["en"].title, "en"),
        ("turbera", "es", TRANSLATED.translations["es"].title, "es"),
        ("peatl", "fr", TRANSLATED.translations["en"].title, "en"),
        ("tourbi", "en", TRANSLATED.title, "fr"),
        ("tourbière peatl", "en", TRANSLATED.title, "fr"),
    ],
)
def test_a_record_is_shown_by_the_title_that_has_the_words(among, text, language, label, spoken):
    found = {one.value: one for one in suggest(among(TRANSLATED), text, language)}
    assert (found["translated"].label, found["translated"].language) == (label, spoken)


def test_titles_are_text_only(among):
    engine = among(make_record("hostile", title=HOSTILE))
    assert [one.label for one in suggest(engine, "script ale")] == [HOSTILE]
    client = create_app(load_config({}), engine).test_client()
    answer = client.get("/api/v1/suggest", query_string={"q": HOSTILE})
    assert answer.mimetype == "application/json" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert [one["label"] for one in answer.json["suggestions"]] == [HOSTILE]
    assert client.get("/suggest.json", query_string={"q": HOSTILE}).json[:2] == [HOSTILE, [HOSTILE]]


@pytest.mark.parametrize("text", ["wetl", "the", "de", "restor", "of the", "la", "national pa", "zz", "the the w"])
def test_every_title_with_the_words_is_found_and_no_other(real_engine, text):
    typed = words(text)
    found = {record.id: record for record in real_engine.titled(typed, 1000)}
    for record_id in real_engine.fingerprints():
        title = words(real_engine.get(record_id).title)
        has = set(typed[:-1]) <= set(title) and any(word.startswith(typed[-1]) for word in title)
        joined = "-" in real_engine.get(record_id).title  # two words with a hyphen count as one word, too
        assert has == (record_id in found) or (joined and record_id in found), record_id


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60), language=st.sampled_from(["en", "fr"]))
def test_nothing_typed_is_an_error(engine, text, language):
    assert len(suggest(engine, text, language)) <= LIMIT


# -- the API


def test_the_api_gives_names_counts_and_pages(client):
    answer = client.get("/api/v1/suggest?q=kenya&lang=es")
    assert answer.json == {
        "q": "kenya",
        "language": "es",
        "suggestions": [
            {"kind": "country", "label": "Kenia", "value": "KEN", "language": "es", "count": 1,
             "url": "http://localhost/es/countries/KEN"},
        ],
    }  # fmt: skip
    assert client.get("/api/v1/suggest?q=reed").json["suggestions"] == [
        {"kind": "record", "label": "Reed beds clean the water of a lake", "value": "reed-bed", "language": "en",
         "url": "http://localhost/records/reed-bed"},
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["", "?q=", "?q=a", "?q=xyzzy", "?lang=fr"])
def test_the_api_may_have_nothing_to_suggest(client, query):
    answer = client.get("/api/v1/suggest" + query)
    assert (answer.status_code, answer.json["suggestions"]) == (200, [])


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_every_address_is_a_page(real_client, lang):
    for text in ("afr", "fore", "8", "group", "mond"):
        for found in real_client.get("/api/v1/suggest", query_string={"q": text, "lang": lang}).json["suggestions"]:
            path = urlsplit(found["url"]).path
            assert real_client.get(path).status_code == 200, path
            assert path.startswith(f"/{lang}/") == (lang != "en")


def test_addresses_are_those_of_the_site(engine):
    client = create_app(load_config({"HUB_BASE_URL": "https://hub.example.org"}), engine).test_client()
    assert client.get("/api/v1/suggest?q=keny").json["suggestions"][0]["url"] == "https://hub.example.org/countries/KEN"
    assert client.get("/suggest.json?q=keny").json[3] == ["https://hub.example.org/countries/KEN"]
    assert "https://hub.example.org/fr/search?q={searchTerms}" in client.get("/fr/opensearch.xml").text


@pytest.mark.parametrize("url", ["/api/v1/suggest?q=reed", "/suggest.json?q=reed", "/fr/suggest.json?q=reed"])
def test_answers_may_be_read_and_kept_elsewhere(client, url):
    answer = client.get(url)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    again = client.get(url, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.head(url).status_code == 200


@pytest.mark.parametrize(
    ("url", "parameter"),
    [
        ("/api/v1/suggest?query=reed", "query"),
        ("/api/v1/suggest?q=reed&target=2", "target"),
        ("/api/v1/suggest?q=reed&lang=de", "lang"),
        ("/api/v1/suggest?q=" + "x" * 1001, "q"),
        ("/suggest.json?q=reed&lang=fr", "lang"),
        ("/es/suggest.json?q=" + "x" * 1001, "q"),
    ],
)
def test_what_cannot_be_used_is_said_as_problem_json(client, url, parameter):
    answer = client.get(url)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert (answer.json["status"], answer.json["parameter"]) == (400, parameter)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_other_methods_and_a_missing_index_are_said_as_problem_json(client, tmp_path):
    empty = create_app(load_config({}), WhooshEngine(tmp_path / "nothing")).test_client()
    for url in ("/api/v1/suggest?q=reed", "/suggest.json?q=reed"):
        assert client.post(url).mimetype == empty.get(url).mimetype == "application/problem+json"
        assert (client.post(url).status_code, empty.get(url).status_code) == (405, 503)
    assert empty.get("/opensearch.xml").status_code == 200


# -- OpenSearch


def described(client, path="/opensearch.xml"):
    answer = client.get(path)
    assert answer.mimetype == "application/opensearchdescription+xml"
    return ElementTree.fromstring(answer.data)  # noqa: S314 - our own


@pytest.mark.parametrize(("prefix", "language"), [("", "en"), ("/fr", "fr"), ("/es", "es")])
def test_a_browser_learns_how_to_search_in_each_language(client, prefix, language):
    about = described(client, f"{prefix}/opensearch.xml")
    assert about.findtext(f"{OPENSEARCH}ShortName") == "Knowledge Hub"
    assert about.findtext(f"{OPENSEARCH}Language") == language
    urls = {url.get("type"): url.get("template") for url in about.findall(f"{OPENSEARCH}Url")}
    assert urls == {
        "text/html": f"http://localhost{prefix}/search?q={{searchTerms}}",
        "application/atom+xml": (
            f"http://localhost{prefix}/search.atom?q={{searchTerms}}&page={{startPage?}}&per_page={{count?}}"
        ),
        "application/x-suggestions+json": f"http://localhost{prefix}/suggest.json?q={{searchTerms}}",
        "application/opensearchdescription+xml": f"http://localhost{prefix}/opensearch.xml",
    }
    for kind, url in urls.items():
        filled = url.replace("{searchTerms}", "reed%20beds").replace("{startPage?}", "1").replace("{count?}", "")
        assert client.get(filled).mimetype == kind
    for shown in about.findall(f"{OPENSEARCH}Image"):
        with client.get(shown.text) as image:
            assert (image.status_code, image.mimetype) == (200, shown.get("type"))
    for page in ("/", "/search?q=reed", "/records/reed-bed", "/nope"):
        link = (
            f'rel="search" type="application/opensearchdescription+xml" title="Knowledge Hub" href="{prefix}/opensearch'
        )
        assert link in client.get(prefix + page).text


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Biodiversity Solutions Exchange", "Biodiversity"),
        ("Wissensdrehscheibe", "Wissensdrehschei"),
        ('<b>"&"</b> ]]>', '<b>"&"</b> ]]>'),
    ],
)
def test_a_short_name_is_short_whatever_the_site_is_called(engine, name, short):
    client = create_app(load_config({"HUB_SITE_NAME": name}), engine).test_client()
    about = described(client)
    assert (about.findtext(f"{OPENSEARCH}ShortName"), about.findtext(f"{OPENSEARCH}LongName")) == (short, name)


def test_a_browser_gets_suggestions_in_four_lists(real_client):
    answer = real_client.get("/fr/suggest.json", query_string={"q": "Cible 8"})
    assert answer.mimetype == "application/x-suggestions+json"
    said, labels, notes, urls = answer.json
    assert (said, labels, urls) == ("Cible 8", ["Changements climatiques"], ["http://localhost/fr/targets/8"])
    assert notes[0].startswith("Cible 8 · ") and notes[0].endswith(" cas")
    lists = real_client.get("/suggest.json?q=afr").json[1:]
    assert {len(entries) for entries in lists} == {8}
    assert lists[1][2] == "Case" and lists[1][0].startswith("Region · ")
    assert real_client.get("/suggest.json").json == ["", [], [], []]


def test_pages_may_ask_their_own_site_and_no_other(client):
    policy = dict(part.split(" ", 1) for part in client.get("/").headers["Content-Security-Policy"].split("; "))
    assert policy["connect-src"] == "'self'"


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
def test_search_fields_name_the_suggestions_of_their_language(client, prefix):
    for page in ("/", "/search?q=reed", "/about"):
        text = client.get(prefix + page).text
        address = text.split('data-suggest="')[1].split('"')[0]
        assert urlsplit(address).path == "/api/v1/suggest"
        assert parse_qs(urlsplit(address).query) == {"lang": [prefix.strip("/") or "en"]}
        assert 'role="combobox"' not in text  # without script they are plain fields
