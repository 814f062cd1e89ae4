"""What a page of results says besides the hits: corrections, what is missing, what was understood, ways on."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from hub.app import create_app
from hub.config import load_config
from hub.search import SearchService


def page_of(client, url) -> BeautifulSoup:
    return BeautifulSoup(client.get(url).get_data(as_text=True), "html.parser")


def notes(page) -> list[str]:
    return [" ".join(note.text.split()) for note in page.find_all(class_="didyoumean")]


def total(page) -> int:
    return int(page.h1.text.split()[0].replace(",", ""))


def test_a_word_that_no_case_has_is_corrected_and_can_be_searched_as_typed(client):
    page = page_of(client, "/search?q=mangrve&target=2")
    assert notes(page) == ["No case contains mangrve, so we searched for mangrove. Search as typed"]
    assert page.find("input", {"name": "q"})["value"] == "mangrve"
    typed = page.find("a", string="Search as typed")["href"]
    assert typed == "/search?q=mangrve&target=2&verbatim=1"
    as_typed = page_of(client, typed)
    assert as_typed.h1.text.strip().startswith("No case for")
    assert notes(as_typed) == ["Searched word for word. Search in other words and languages too"]
    assert as_typed.find("a", string="Search in other words and languages too")["href"] == "/search?q=mangrve&target=2"


def test_a_word_that_nothing_resembles_is_said_and_the_rest_is_searched(client):
    page = page_of(client, "/search?q=mangrove+qxqxqx")
    said = "No case has everything asked for. Those below have a part of it: mangrove. No case contains qxqxqx."
    assert notes(page) == [said]
    assert not page.find_all(class_="without")  # it goes without saying
    filtered = page_of(client, "/search?q=mangrove+qxqxqx&country=KEN")
    assert notes(filtered)[0].startswith("No case with these filters has everything asked for.")
    assert filtered.find(class_="didyoumean").a["href"] == "/search?q=mangrove&country=KEN"


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "&lt;b&gt;mangrove", "mangrove'\"><b>"])
def test_what_was_typed_is_only_ever_text(client, typed):
    for query in ({"q": typed}, {"q": f"mangrve {typed}"}, {"q": typed, "verbatim": "1"}):
        answer = client.get("/search", query_string=query).get_data(as_text=True)
        assert "<script>alert" not in answer and "<b>mangrove" not in answer.replace("<b>mangrove</b>", "")


def test_a_named_place_is_offered_as_a_filter_with_the_cases_it_leads_to(client):
    page = page_of(client, "/search?q=restoration+Kenya")
    offered = {link.text.rsplit(" ", 1)[0].strip(): link for link in page.find(class_="understood").find_all("a")}
    kenya = offered["Country: Kenya"]
    assert kenya["href"] == "/search?q=restoration+Kenya&country=KEN"
    led = page_of(client, kenya["href"])
    assert total(led) == int(kenya.find(class_="n").text)
    assert "Country: Kenya" not in "".join(nav.text for nav in led.find_all(class_="understood"))


def test_nothing_found_leads_to_broader_places_and_to_what_was_meant(client):
    page = page_of(client, "/search?q=mangrove&country=TZA")
    broader = page.find("a", string="Region: Eastern Africa")
    assert broader["href"] == "/search?q=mangrove&region=014" and total(page_of(client, broader["href"])) == 1
    meant = page_of(client, "/search?q=qxqxqx+Kenya&target=23&country=ATA")
    assert "Country: Kenya" in meant.main.text


def test_the_order_by_date_says_the_same_of_each_case(client):
    for order in ("relevance", "newest", "title"):
        page = page_of(client, f"/search?q=mangrove+reed&sort={order}")
        said = {card.h2.a["href"]: card.find(class_="without").text for card in page.find_all(class_="card")}
        assert said == {
            "/records/mangrove-nursery": "Without: reed",
            "/records/merged-case": "Without: mangrove",
            "/records/reed-bed": "Without: mangrove",
        }


HOSTILE = (
    "<script>alert(1)</script>",
    "\u202emangrove\u202d",
    "x" * 900,
    "ش" * 200,
    "a\"'><b>",
    "-" * 50 + "q",
    "* ( [ *",
)


@pytest.mark.parametrize("typed", HOSTILE)
@pytest.mark.parametrize("more", ["", "&verbatim=1", "&target=23&country=ATA", "&sort=title"])
def test_every_message_bears_any_word(client, typed, more):
    for around in ("{}", "mangrve {}", "mangrove reed {}", '"{}" kenya', "-{} reed"):
        query = {"q": around.format(typed), **dict(pair.split("=") for pair in more.split("&") if pair)}
        answer = client.get("/search", query_string=query)
        assert answer.status_code == 200 and "<script>alert" not in answer.text
        page = BeautifulSoup(answer.text, "html.parser")
        for note in page.find_all(class_=["didyoumean", "without"]):
            assert all(len(word) <= 62 for word in note.text.split())


def test_typed_words_in_messages_keep_their_direction_to_themselves(client):
    for query in ("mangrve", "mangrove qxqxqx", "mangrove reed", "reed qxqxqx&sort=title"):
        page = page_of(client, f"/search?q={query}")
        for note in page.find_all(class_="didyoumean"):
            assert note.find("bdi"), note
            assert all(found.find("bdi") for found in note.find_all(["i", "b"]))
        assert all(found.find("bdi") for found in page.find_all(class_="without"))


SEARCHES = (
    "q=restoration+Kenya", "q=peatland+restoration+in+Germany&target=8", "q=forests+Africa&country=KEN",
    "q=seagrass&country=TZA", "q=seagrass+meadows&target=15&country=TZA", "q=mangrove&country=TZA&theme=eco-coast",
    "q=wetland+qxqxqx&target=2", "q=peatland+seagrass+qxqxqx&verbatim=1",
    "q=%22reed+beds%22+peat*&verbatim=1&country=ATA",
    "q=coral+bicycle+peatland+tax&verbatim=1&country=TUV&target=21&sort=title", "target=15&country=TUV&theme=eco-urban",
    "q=Kenya&region=002",
)  # fmt: skip


@pytest.mark.parametrize("asked", SEARCHES)
def test_every_count_beside_a_link_is_what_the_link_finds(real_client, asked):
    page = page_of(real_client, f"/search?{asked}")
    ways = [link for part in page.find_all(class_="understood") for link in part.find_all("a")]
    section = page.find("section", attrs={"aria-labelledby": "e1"})
    ways += section.find_all("a") if section else []
    for way in ways:
        led = page_of(real_client, way["href"])
        assert ("verbatim=1" in way["href"]) is ("verbatim=1" in asked)
        count = way.find(class_="n") or (way.parent.find(class_="n") if way.parent.name == "li" else None)
        if count:
            assert total(led) == int(count.text.replace(",", "")), way["href"]
    lead = page.find(class_="lead")
    if lead and lead.a:
        assert total(page_of(real_client, lead.a["href"])) == int(lead.text.split()[4].replace(",", ""))
        assert ("verbatim=1" in lead.a["href"]) is ("verbatim=1" in asked)


def test_nothing_is_offered_of_a_facet_that_is_filtered(client):
    for asked in ("q=restoration+Kenya&country=DEU", "q=restoration+Kenya&region=150", "q=Kenya&country=KEN"):
        assert not [
            nav for nav in page_of(client, f"/search?{asked}").find_all(class_="understood") if "Kenya" in nav.text
        ]


def test_one_filter_less_is_offered_where_that_finds_something(client):
    page = page_of(client, "/search?q=reed&country=DEU&target=23")
    less = page.find("section", attrs={"aria-labelledby": "e1"}).find_all("li")
    assert " ".join(less[0].text.split()) == "Without: Target 23: Gender 1"
    assert less[0].a["href"] == "/search?q=reed&country=DEU"


def test_ways_on_from_nothing_take_few_searches(engine, monkeypatch):
    client = create_app(load_config({}), engine).test_client()
    made, search = [], SearchService.search
    monkeypatch.setattr(SearchService, "search", lambda self, asked: made.append(asked) or search(self, asked))
    countries = "".join(f"&country={code}" for code in ("TZA", "UGA", "RWA", "BDI", "ETH", "SOM", "ATA", "JPN", "CHN"))
    assert client.get(f"/search?q=mangrove&target=7{countries}").status_code == 200
    assert len(made) <= 9
    made.clear()
    assert client.get(f"/search?q=qxqxqx&target=7{countries}").status_code == 200
    assert len(made) == 3  # itself, the collection, without filters


def test_pages_carry_no_explanations(client):
    for asked in ("q=mangrove+reed&explain=1", "q=xyzzy&explain=1", "q=reed&target=23&explain=1"):
        assert "explain" not in client.get(f"/search?{asked}").text


def test_robots_leave_results_and_the_api_alone(client):
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert answer.text.splitlines() == [
        "User-agent: *", "Disallow: /search", "Disallow: /fr/search", "Disallow: /es/search",
        "Disallow: /list", "Disallow: /fr/list", "Disallow: /es/list", "Disallow: /api/",
        "Allow: /search.atom", "Allow: /fr/search.atom", "Allow: /es/search.atom",
        "", "Sitemap: http://localhost/sitemap.xml",
    ]  # fmt: skip
