"""The pages as a reader meets them, over the small corpus."""

from __future__ import annotations

import re
import shutil

import pytest
from bs4 import BeautifulSoup
from conftest import make_record, tag

from hub.app import create_app
from hub.config import LANGUAGES, load_config
from hub.engine.whoosh.engine import WhooshEngine
from hub.web.pages import EXAMPLES
from indexer.build import build

PAGES = (
    "/", "/search", "/search?q=reed", "/search?q=xyzzy", "/search?q=reed&target=23", "/records/reed-bed", "/targets/2",
    "/targets/reducing-threats", "/themes/eco-freshwater", "/themes/eco", "/countries/KEN", "/countries/TUV",
    "/regions/002", "/regions/sids", "/coverage", "/about", "/api",
)  # fmt: skip


def soup(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.get_data(as_text=True), "html.parser")


def run(page: BeautifulSoup) -> list:
    """The scripts that a browser runs: not blocks of data."""
    return [script for script in page.find_all("script") if script.get("type") != "application/ld+json"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_in_every_language(client, path, language):
    answer = client.get(path if language == "en" else f"/{language}{path}".rstrip("/") + ("/" if path == "/" else ""))
    assert answer.status_code == 200
    page = soup(answer)
    assert page.html["lang"] == language
    assert len(page.find_all("h1")) == 1
    assert page.title.text.strip()
    expected = set() if path.startswith("/list") else {*LANGUAGES, "x-default"}
    assert {link["hreflang"] for link in page.find_all("link", hreflang=True)} == expected


@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_inline_style_or_script_and_load_nothing_from_elsewhere(client, path):
    page = soup(client.get(path))
    assert not page.find_all(style=True) and not page.find_all("style")
    assert all(not script.text.strip() for script in run(page))
    assert not [name for element in page.find_all(True) for name in element.attrs if name.startswith("on")]
    loaded = [e.get("src") for e in page.find_all(src=True)]
    loaded += [e["href"] for e in page.find_all("link", rel=["stylesheet", "preload", "icon"])]
    assert loaded and all(address.startswith("/assets/") for address in loaded)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_within_the_site_leads_somewhere(client, real_client, path):
    client = real_client if path == "/api" else client  # its examples are about the real corpus
    links = {a["href"].split("#")[0] for a in soup(client.get(path)).find_all("a", href=True)}
    for link in sorted(link for link in links if link.startswith("/"))[:80]:
        assert client.get(link).status_code in (200, 301, 302), f"{path} links to {link}"


def test_anchors_within_a_page_exist(client):
    for path in PAGES:
        page = soup(client.get(path))
        ids = [element["id"] for element in page.find_all(id=True)]
        assert len(ids) == len(set(ids)), f"{path} uses an id twice"
        wanted = {a["href"][1:] for a in page.find_all("a", href=re.compile("^#."))}
        assert wanted <= set(ids), path


def test_results_show_count_marks_reason_and_filters(client):
    page = soup(client.get("/search?q=tourbières"))
    assert page.h1.text.strip() == "2 cases for tourbières"  # one is in English
    assert {mark.text for mark in page.find_all("mark")} >= {"tourbière", "tourbières"}
    assert "Why this result" in page.find(class_="card__foot").text
    assert page.find("input", {"name": "target", "value": "8"})
    title = page.find(class_="card__title")
    assert title["lang"] == "fr" and title.a["href"] == "/records/tourbiere-du-plateau"


def test_a_chosen_filter_is_checked_has_a_chip_and_can_be_taken_away(client):
    page = soup(client.get("/search?target=2&country=KEN&country=DEU"))
    assert page.h1.text.strip() == "2 cases"
    assert page.find("input", {"type": "checkbox", "name": "target", "value": "2"}).has_attr("checked")
    chips = {" ".join(chip.text.split()): chip["href"] for chip in page.find_all(class_="chip")}
    assert chips["Remove filter: Country: Kenya"] == "/search?target=2&country=DEU"
    assert chips["Remove filter: Target 2: Restoration"] == "/search?country=DEU&country=KEN"


def test_regions_without_cases_are_offered_only_where_they_are_chosen(client):
    for query, world in (("", False), ("&region=001", True)):
        page = soup(client.get(f"/search?region=150&region=035{query}"))
        offered = {box["value"]: box.has_attr("checked") for box in page.find_all("input", {"name": "region"})}
        assert offered["150"] and offered["035"]
        assert "142" not in offered  # Asia, around South-eastern Asia
        assert ("001" in offered) is world


def test_links_stay_below_the_path_that_the_site_is_mounted_at(client):
    for base in ("http://localhost", "http://localhost/hub", "http://localhost"):
        page = soup(client.get("/search?q=reed", base_url=base))
        links = [a["href"] for a in page.find_all(["a", "link"], href=re.compile("^/"))]
        assert links and all(link.startswith("/hub/") is base.endswith("/hub") for link in links)


def test_other_words_keep_the_filters(client):
    form = soup(client.get("/search?q=reed&target=2")).find("form", role="search")
    assert form.find("input", {"type": "hidden", "name": "target"})["value"] == "2"


def test_the_year_fields_of_the_form_become_one_parameter(client):
    answer = client.get("/search?q=reed&from=2010&to=2020")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/search?q=reed&year=2010-2020")
    assert soup(client.get("/search?year=2010-2020")).find("input", {"name": "from"})["value"] == "2010"
    assert client.get("/search?from=&to=").headers["Location"] == "/search"


def test_words_that_no_case_has_together_find_those_with_most(client):
    page = soup(client.get("/search?q=mangrove+reed"))
    assert page.h1.text.strip() == "3 cases for mangrove reed"
    assert "No case has everything asked for" in page.find(class_="didyoumean").text
    assert {card.find(class_="without").text for card in page.find_all(class_="card")} == {
        "Without: mangrove", "Without: reed"
    }  # fmt: skip


def test_an_empty_result_leads_on(client):
    page = soup(client.get("/search?q=xyzzy"))
    assert page.h1.text.strip() == "No case for xyzzy"
    near = soup(client.get("/search?q=reed&target=23"))
    assert "Without filters there are 2 cases" in near.text
    assert near.find(class_="card").a["href"] in ("/records/reed-bed", "/records/merged-case")


def test_a_record_shows_its_facts_its_evidence_and_its_citation(client):
    page = soup(client.get("/records/reed-bed"))
    text = " ".join(page.main.text.split())
    for words in (
        "Germany",
        "since 2014",
        "Measured results",
        "Example Portal",
        "Restoration",
    ):
        assert words in text
    assert "@misc{reed-bed" in page.find(id="cite-2").text
    assert "TY - GEN" in " ".join(page.find(id="cite-3").text.split())


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing-here", 404, "There is no such page"),
        ("/records/nope", 404, "There is no such page"),
        ("/records/draft-case", 404, "There is no such page"),
        ("/records/gone-case", 410, "withdrawn"),
        ("/targets/99", 404, "There is no such page"),
        ("/search?target=99", 400, "There is no value “99” for “target”"),
        ("/search?theme=eco-forrest", 400, "Forests and woodlands"),
        ("/search?page=999999", 400, "from 1 to 1000"),
        ("/search?page=2&q=reed", 404, "First page of these results"),
        ("/search?page=x", 400, "whole number"),
        ("/search?year=20100", 400, "2010-2020"),
        ("/search?q=" + "long " * 2000, 400, "too long"),
        ("/fr/search?target=99", 400, "99"),
    ],
)
def test_trouble_is_said_in_the_readers_words_with_a_way_on(client, path, status, words):
    answer = client.get(path)
    assert answer.status_code == status
    page = soup(answer)
    assert words in " ".join(page.main.text.split())
    assert page.main.find("form", role="search")
    assert "Traceback" not in answer.text


def test_unknown_parameter_names_do_no_harm_on_pages(client):
    for path in ("/search?q=reed", "/list?id=reed-bed", "/records/reed-bed?", "/fr/list?id=reed-bed"):
        plain, answer = client.get(path), client.get(f"{path}&utm_source=newsletter")
        assert (answer.status_code, answer.text) == (200, plain.text), path


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ("/search?target=GBF-TARGET-02&q=reed&page=1&per_page=10&sort=relevance&utm_source=x", "?q=reed&target=2"),
        ("/fr/search?sort=newest&verbatim=0&explain=1", ""), ("/es/search?target=8&target=2&per_page=1&page=2", None),
        ("/fr/search?q=xyzzyq&country=fra&target=&utm_source=x", "?q=xyzzyq&country=FRA"),
    ],
)  # fmt: skip
def test_a_search_has_one_address_in_each_language_whether_it_finds_something_or_not(client, asked, query):
    page = soup(client.get(asked))
    query = "?target=2&target=8&page=2&per_page=1" if query is None else query
    prefix = "" if asked.startswith("/search") else asked[:3]
    assert page.find("link", rel="canonical")["href"] == f"http://localhost{prefix}/search{query}"
    assert page.find("meta", property="og:url")["content"] == f"http://localhost{prefix}/search{query}"
    assert {link["hreflang"]: link["href"] for link in page.find_all("link", hreflang=True)} == {
        "en": f"http://localhost/search{query}", "x-default": f"http://localhost/search{query}",
        "fr": f"http://localhost/fr/search{query}", "es": f"http://localhost/es/search{query}",
    }  # fmt: skip
    assert page.find("meta", {"name": "robots"})["content"] == "noindex"


def test_former_and_other_spellings_lead_to_the_one_address(client):
    for old, new in (("/records/old-case", "/records/merged-case"), ("/fr/records/old-case", "/fr/records/merged-case"),
                     ("/targets/02", "/targets/2"), ("/targets/GBF-TARGET-02", "/targets/2"),
                     ("/countries/ken", "/countries/KEN")):  # fmt: skip
        answer = client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (301, new)


def test_hostile_text_is_shown_and_never_run(corpus, engine):
    attack = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    corpus.write(make_record("hostile", title=f"Title {attack}", abstract=f"Abstract {attack} reed", text=attack,
                             place=attack, organisations=[attack], source_tags=[attack], publisher=attack,
                             tags=[tag("target", "GBF-TARGET-01")]), None)  # fmt: skip
    build(corpus, engine)
    client = create_app(load_config({}), engine).test_client()
    for path in ("/records/hostile", "/search?q=script", "/", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E"):
        page = soup(client.get(path))
        assert all(script.get("src") for script in run(page))
        assert not page.find_all("img")
    assert attack in soup(client.get("/records/hostile")).find("h1").text


def test_without_an_index_every_page_says_so(tmp_path):
    client = create_app(load_config({}), WhooshEngine(tmp_path / "none")).test_client()
    for path in ("/", "/search?q=reed", "/fr/about"):
        answer = client.get(path)
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
        assert "Traceback" not in answer.text
    assert "indexer build" in client.get("/").text


def test_the_operator_and_contact_are_settings(engine):
    plain = create_app(load_config({}), engine).test_client().get("/about").text
    assert "mailto:" not in plain
    named = {"HUB_OPERATOR": "Office of Nature", "HUB_CONTACT": "hub@example.org", "HUB_SITE_NAME": "Nature Cases"}
    page = create_app(load_config(named), engine).test_client().get("/about").text
    for words in named.values():
        assert words in page


def test_the_coverage_table_adds_up_with_the_searches_it_links_to(client):
    table = soup(client.get("/coverage")).table
    cells = list(table.find_all("a", href=re.compile("target=2&region=")))
    assert len(cells) == 14
    for cell in cells:
        shown = soup(client.get(cell["href"])).h1.text.split()[0]
        assert cell.text.strip() == (shown if shown.isdecimal() else "0")


@pytest.mark.parametrize(
    "name", ["endpoint", "_anchor", "_scheme", "_method", "_external", "record_id", "name", "self"]
)
def test_a_parameter_may_be_called_anything(client, name):
    for path in ("/about", "/records/reed-bed", "/targets/8", "/search", "/nope", "/fr/records/old-case"):
        answer = client.get(f"{path}?{name}=x&utm_source=mail")
        assert answer.status_code in (200, 301, 404), path
        assert "utm_source" not in answer.text


def test_without_an_index_errors_are_still_errors_of_the_right_kind(tmp_path):
    client = create_app(load_config({}), WhooshEngine(tmp_path / "none")).test_client()
    assert client.get("/nope").status_code == 404
    assert client.get("/assets/x/none.css").status_code == 404


def test_a_record_whose_concept_left_the_vocabulary_is_still_shown(corpus, engine, client):
    path = corpus.folder / "vocabularies" / "type.yaml"
    text = path.read_text()
    path.write_text(text[: text.index("- id: tool")])
    assert any("tool" in str(problem) for problem in build(corpus, engine).problems)
    for address in ("/", "/search", "/records/indice-de-ciudades", "/api/v1/records/indice-de-ciudades"):
        assert client.get(address).status_code == 200, address


def test_a_country_without_cases_shows_those_around_it(client):
    page = soup(client.get("/countries/TZA"))
    assert page.find(class_="card").a["href"] == "/records/mangrove-nursery"


def test_shortened_addresses_lead_to_the_lists(client):
    for name, part in (("targets", "targets"), ("themes", "themes"), ("countries", "map"), ("regions", "map")):
        assert client.get(f"/fr/{name}").headers["Location"] == f"/fr/#{part}"


def test_years_the_wrong_way_round_are_put_right(client):
    assert client.get("/search?from=2020&to=2010").headers["Location"] == "/search?year=2010-2020"
    for path in ("/search", "/search.csv", "/embed/search"):
        assert client.get(path, query_string={"from": "9" * 5000, "to": "1" * 5000}).status_code == 400


def test_an_error_keeps_the_words_and_offers_the_search_without_the_trouble(client):
    page = soup(client.get("/search?q=reed&target=2&year=abc"))
    assert page.main.find("input", {"name": "q"})["value"] == "reed"
    assert page.main.find("a", href="/search?q=reed&target=2")


def test_answers_are_never_those_of_an_index_that_was_deleted(corpus, engine, client, tmp_path):
    assert client.get("/api/v1/search?q=reed").json["total"] == 2
    shutil.rmtree(tmp_path / "instance")
    (corpus.records / "reed-bed.yaml").unlink()
    build(corpus, engine)
    assert client.get("/api/v1/search?q=reed").json["total"] == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_example_on_the_front_page_finds_cases_with_all_its_words(real_client, language):
    for words in EXAMPLES[language]:
        page = soup(real_client.get(f"/{'' if language == 'en' else language + '/'}search", query_string={"q": words}))
        assert page.find(class_="card") and not page.find(class_="card").find(class_="without"), words
