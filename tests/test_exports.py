"""Files to take along, as the site sends them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest
import rispy
from bs4 import BeautifulSoup
from conftest import make_record, tag
from msgspec import structs
from pybtex.database import parse_string
from werkzeug.test import EnvironBuilder, run_wsgi_app

from hub.app import create_app
from hub.config import load_config
from hub.engine import Every
from hub.web import exports
from hub.web.chosen import LONGEST
from hub.web.chosen import MOST as MOST_CHOSEN
from hub.web.exports import MAX_HEADER
from indexer.build import build

KINDS = ("csv", "jsonl", "geojson", "ris", "bib", "csl.json", "md")


def ids(kind: str, text: str) -> list[str]:
    """The ids of the records in a file, in its order."""
    if kind == "csv":
        return [row["id"] for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=text[2])]
    if kind == "jsonl":
        return [json.loads(line)["id"] for line in text.splitlines()]
    if kind == "ris":
        return [entry["urls"][0].rsplit("/", 1)[1] for entry in rispy.loads(text)]
    if kind == "bib":
        return list(parse_string(text, "bibtex").entries)
    if kind == "md":
        return re.findall(r"^### \[.*\]\(<\S*/records/(\S+)>\)$", text, re.MULTILINE)
    found = json.loads(text)
    return [one["id"] for one in (found["features"] if kind == "geojson" else found)]


def found(client, query: str) -> list[str]:
    return [hit["id"] for hit in client.get(f"/api/v1/search{query}").json["hits"]]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "md"])
@pytest.mark.parametrize("query", ["", "?q=lake", "?target=2&sort=title", "?q=mangrov&year=2010-", "?q=xyzzy"])
def test_a_file_has_all_records_of_the_search_in_its_order(client, kind, query):
    answer = client.get(f"/search.{kind}{query}")
    assert answer.status_code == 200
    expected = found(client, query)
    assert ids(kind, answer.text) == expected
    assert answer.headers["X-Total-Count"] == str(len(expected))
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Total-Count" in answer.headers["Access-Control-Expose-Headers"]


def test_the_page_of_a_search_does_not_matter_and_the_form_of_years_does(client):
    whole = client.get("/search.csv").data
    assert client.get("/search.csv?page=3&per_page=1").data == whole
    assert ids("csv", client.get("/search.csv?from=2010&to=2016").text) == ["reed-bed"]


def test_the_list_of_evidence_has_a_chapter_for_each_target_asked_for(client):
    text = client.get("/search.md").text
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [
        "Target 2: Restoration", "Target 7: Pollution", "Target 8: Climate change",
        "Target 11: Nature’s contributions", "Target 12: Green cities", "Target 23: Gender",
    ]  # fmt: skip
    assert ids("md", text).count("reed-bed") == 2
    text = client.get("/search.md?target=reducing-threats&q=lake").text
    assert re.findall("^## (.*)$", text, re.MULTILINE) == [
        "Target 2: Restoration", "Target 7: Pollution", "Target 8: Climate change",
    ]  # fmt: skip
    assert "Search: “lake”; Target: " in text
    assert re.findall("^##", client.get("/search.md?target=not-stated").text, re.MULTILINE) == []


def test_records_without_a_target_have_a_chapter_of_their_own(client, corpus, engine):
    corpus.write(make_record("no-target", tags=[tag("country", "DEU")]), None)
    build(corpus, engine)
    text = client.get("/search.md?target=not-stated&target=12").text
    assert re.findall("^## (.*)$", text, re.MULTILINE) == ["Target 12: Green cities", "No target stated"]
    assert ids("md", text) == ["indice-de-ciudades", "no-target"]


@pytest.mark.parametrize(("prefix", "name", "stem"), [
    ("", "Germany", "/records"), ("/fr", "Allemagne", "/fr/records"), ("/es", "Alemania", "/es/records"),
])  # fmt: skip
def test_names_and_links_are_in_the_language_of_the_address(client, prefix, name, stem):
    (row,) = csv.DictReader(io.StringIO(client.get(f"{prefix}/search.csv?country=DEU").text, newline=""))
    assert (row["countries_names"], row["link"]) == (name, f"http://localhost{stem}/reed-bed")
    assert name in client.get(f"{prefix}/search.md?country=DEU").text
    assert f"http://localhost{stem}/reed-bed" in client.get(f"{prefix}/search.jsonl?q=reed").text
    assert "http://localhost/records/reed-bed" in client.get(f"{prefix}/search.ris?q=reed").text


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "gbf-cases-D.csv"), ("?q=Mangroves", "gbf-cases-mangroves-D.csv"),
        ("?q=%22../etc/passwd%22%0d%0aX-Evil:+1", "gbf-cases-etc-passwd-x-evil-1-D.csv"),
        ("?q=Мангры&country=ken&target=02", "gbf-cases-mangry-target-2-country-ken-D.csv"),
        ("?q=" + "very+long+" * 40, "gbf-cases-very-long-very-long-very-long-very-long-very-long-very-long-D.csv"),
    ],
)  # fmt: skip
def test_names_of_files_are_safe_and_say_what_was_asked(client, query, name):
    disposition = client.get(f"/search.csv{query}").headers["Content-Disposition"]
    kind, _, given = disposition.partition("; filename=")
    assert (kind, re.sub(r"\d{4}-\d\d-\d\d", "D", given)) == ("attachment", name)


def test_a_table_for_excel_begins_with_the_byte_order_mark(client):
    plain, marked = client.get("/search.csv").data, client.get("/search.csv?bom=1").data
    assert marked == b"\xef\xbb\xbf" + plain
    for language in ("fr", "es"):  # where the comma stands in numbers, Excel expects another separator
        text = client.get(f"/{language}/search.csv?bom=1").text
        assert text.startswith("\ufeffid;title;") and ids("csv", text[1:]) == ids("csv", plain.decode())
        assert client.get(f"/{language}/search.csv").text.startswith("id,title,")
    assert client.get("/list.csv?id=reed-bed&bom=1").data.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(("path", "parameter"), [
    ("/search.csv?targt=2", "targt"), ("/search.csv?target=99", "target"), ("/search.ris?bom=1", "bom"),
    ("/search.csv?bom=2", "bom"), ("/list.csv", "id"), ("/list.csv?q=reed", "q"),
    ("/list.csv?" + "&".join(f"id=x{n}" for n in range(MOST_CHOSEN + 1)), "id"), ("/records/reed-bed.ris?q=1", "q"),
])  # fmt: skip
def test_what_cannot_be_used_is_said_as_to_a_program(client, path, parameter):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json["parameter"] == parameter
    assert "Content-Disposition" not in answer.headers


def test_other_formats_are_none(client):
    for path in ("/search.xlsx", "/search.json", "/list.pdf", "/records/reed-bed.csv", "/fr/search.csv.json"):
        assert client.get(path).status_code == 404, path


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_is_said(client, monkeypatch, kind):
    monkeypatch.setattr(exports, "MOST", 2)
    monkeypatch.setattr(exports, "MOST_BY_TARGET", 2)
    answer = client.get(f"/search.{kind}?sort=title")
    assert answer.headers["X-Total-Count"] == "5"
    assert ("-first-2-of-5." in answer.headers["Content-Disposition"]) is (kind != "md")
    if kind == "md":
        assert "The first 2 of 3 cases; a narrower search shows the others." in answer.text
        return
    assert ids(kind, answer.text) == found(client, "?sort=title")[:2]
    said = {"geojson": '"total":5,"given":2', "bib": "The first 2 of 5 records."}.get(kind, "")
    assert said in answer.text


@pytest.mark.parametrize("kind", ["ris", "bib", "csl.json"])
def test_one_record_is_a_reference_too(client, kind):
    answer = client.get(f"/records/reed-bed.{kind}")
    assert ids(kind, answer.text) == ["reed-bed"] if kind != "csl.json" else answer.json[0]["id"] == "reed-bed"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=reed-bed.{kind}"
    assert client.get(f"/fr/records/old-case.{kind}").headers["Location"] == f"/fr/records/merged-case.{kind}"
    for name, status in (("gone-case", 410), ("draft-case", 404), ("x", 404)):
        answer = client.get(f"/records/{name}.{kind}")
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_a_file_is_not_sent_twice_and_new_records_make_it_new(client, corpus, engine):
    first = client.get("/search.csv")
    headers = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/search.csv", headers=headers).status_code == 304
    assert client.head("/search.csv").headers["X-Total-Count"] == "5"
    corpus.write(make_record("one-more"), None)
    build(corpus, engine)
    assert client.get("/search.csv", headers=headers).headers["X-Total-Count"] == "6"


def test_a_file_says_the_day_of_the_index_so_that_it_stays_the_same(client, engine, monkeypatch):
    info = engine.info()
    monkeypatch.setattr(engine, "info", lambda: replace(info, built="2025-03-04T05:06:07Z"))
    answer = client.get("/search.md?q=lake")
    assert " · 4 March 2025 · " in answer.text
    assert answer.headers["Content-Disposition"].endswith("-2025-03-04.md")


@pytest.mark.parametrize("coding", ["gzip, deflate, br", "br"])
def test_files_are_sent_packed(client, coding):
    answer = client.get("/search.jsonl", headers={"Accept-Encoding": coding})
    assert answer.headers["Content-Encoding"] in ("br", "deflate")
    assert len(answer.data) < len(client.get("/search.jsonl").data) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_files_are_sent_while_records_are_read(engine, monkeypatch, kind):
    read = []

    def many():
        like = make_record("case", tags=[tag("target", "GBF-TARGET-02")])
        for number in range(1_000):
            read.append(number)
            yield structs.replace(like, id=f"case-{number}")

    monkeypatch.setattr(engine, "every", lambda *_: Every(1_000, many(), "r"))
    monkeypatch.setattr(exports, "MOST_BY_TARGET", 1_000)
    app = create_app(load_config({}), engine)
    chunks, status, _ = run_wsgi_app(app.wsgi_app, EnvironBuilder(f"/search.{kind}?target=2").get_environ())
    first = next(iter(chunks))
    assert status == "200 OK" and first and 0 < len(read) < 200
    assert max(map(len, chunks)) < 2 * exports.CHUNK and len(read) == 1_000


# -- a list of chosen records


def page(answer) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


LIST = "?id=mangrove-nursery&id=old-case&id=gone-case&id=%3Cb%3E&id=reed-bed&id=mangrove-nursery"


def test_a_list_shows_its_cases_and_says_what_became_of_others(client):
    seen = page(client.get(f"/list{LIST}"))
    assert seen.h1.text == "My list: 3 cases"
    titles = [title.a["href"] for title in seen.find_all(class_="item__title")]
    assert titles == ["/records/mangrove-nursery", "/records/merged-case", "/records/reed-bed"]
    assert [" ".join(line.text.split()) for line in seen.find(class_="notice--warn").find_all("li")] == [
        "gone-case was withdrawn", "<b> is not known",
    ]  # fmt: skip
    assert "1 case has a new address" in seen.text
    assert seen.find("meta", {"name": "robots"})["content"] == "noindex"
    assert seen.find(id="list-address").text == (
        "http://localhost/list?id=mangrove-nursery&id=merged-case&id=reed-bed"
    )  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
def test_a_list_is_taken_along_in_every_format_in_its_order(client, prefix):
    seen = page(client.get(f"{prefix}/list{LIST}"))
    files = {link["href"] for link in seen.select(".take a")}
    assert len(files) == len(KINDS) + 1
    for href in files:
        kind = href.partition("?")[0].partition(".")[2]
        answer = client.get(href)
        assert answer.status_code == 200 and answer.headers["X-Total-Count"] == "3"
        got = dict.fromkeys(ids(kind, answer.text.removeprefix("\ufeff")))
        by_target = ["mangrove-nursery", "reed-bed", "merged-case"]  # 2, 2, 7
        assert list(got) == (by_target if kind == "md" else ["mangrove-nursery", "merged-case", "reed-bed"]), kind


def test_a_file_of_a_list_leaves_out_what_is_not_there_and_says_so(client):
    table = client.get(f"/list.csv{LIST}")
    assert ids("csv", table.text) == ["mangrove-nursery", "merged-case", "reed-bed"]
    assert table.headers["X-Missing-Ids"] == "gone-case, %3Cb%3E"
    assert client.get(f"/list.md{LIST}").headers["X-Missing-Ids"] == "gone-case, %3Cb%3E"
    assert "X-Missing-Ids" not in client.get("/list.csv?id=reed-bed").headers


def test_many_ids_that_are_missing_do_not_make_a_header_that_servers_refuse(client):
    missing = client.get("/list.csv", query_string=[("id", f"no-such-{n:060}") for n in range(90)])
    told = missing.headers["X-Missing-Ids"]
    assert len(told) <= MAX_HEADER + 5
    assert told.startswith(f"no-such-{0:060}, ") and re.search(r", no-such-0+\d\d, \.\.\.$", told)
    assert client.get(f"/list.geojson{LIST}").json["missing"] == ["gone-case", "<b>"]
    assert "2 of the records that were asked for are not here." in client.get(f"/list.bib{LIST}").text
    assert r"Not in the collection: gone-case, \<b\>" in client.get(f"/list.md{LIST}").text


def submitted(client, form, button=None, **fields):
    """The answer to a form as a browser without script sends it."""
    given = [(one["name"], one.get("value", "")) for one in form.find_all("input") if one.has_attr("name")]
    given = [(name, fields.get(name, value)) for name, value in given]
    if button is not None:
        given.append((button["name"], button["value"]))
    return client.get(form["action"], query_string=given)


def test_a_case_is_taken_out_and_others_are_added_without_script(client):
    seen = page(client.get("/fr/list?id=reed-bed&id=mangrove-nursery"))
    form = seen.find("form", id="cases")
    answer = submitted(client, form, form.find("button", {"value": "reed-bed"}))
    assert answer.headers["Location"] == "/fr/list?id=mangrove-nursery"
    other = "http://localhost/list?id=merged-case&id=reed-bed  /es/records/indice-de-ciudades?x=1, tourbiere-du-plateau"
    answer = submitted(client, seen.find("form", class_="mylist__add"), add=other)
    assert answer.headers["Location"] == "/fr/list?id=reed-bed&id=mangrove-nursery&id=merged-case" + (
        "&id=indice-de-ciudades&id=tourbiere-du-plateau"
    )


def test_a_list_stays_the_same_in_another_language(client):
    seen = page(client.get("/list?id=reed-bed&id=mangrove-nursery"))
    assert seen.find("a", hreflang="es")["href"] == "/es/list?id=reed-bed&id=mangrove-nursery"


def test_a_list_that_is_too_long_is_refused_in_words(client):
    answer = client.get("/list?" + "&".join(f"id=x{number}" for number in range(MOST_CHOSEN + 1)))
    assert answer.status_code == 400 and "A list holds at most 200 cases" in answer.text


def test_the_address_of_the_longest_list_is_shorter_than_servers_take(client):
    ids = [f"{'x' * 36}-{number:03}" for number in range(MOST_CHOSEN)]
    fitting = ids[: LONGEST // len(f"&id={ids[0]}")]
    for path, status in (("/list", 200), ("/fr/list", 200), ("/list.csv", 200)):
        assert client.get(f"{path}?id={'&id='.join(fitting)}").status_code == status
        answer = client.get(f"{path}?id={'&id='.join([*fitting, 'x' * 200])}")
        assert answer.status_code == 400 and "7" in answer.text and "500" in answer.text
    assert LONGEST < len(f"https://hub.example.org/fr/list.csl.json?id={'&id='.join(fitting)}&bom=1") < 8_000
    assert "at most 200 cases, and at most 7,500 characters of their ids in its address." in client.get("/list").text


def test_links_to_files_say_what_they_are_for_and_save_no_error_as_a_file(client):
    for path, first in (("/search", "List for a report: Markdown"), ("/fr/records/reed-bed", "Références : RIS")):
        seen = page(client.get(path))
        links = [link for link in seen.find_all("a", rel="nofollow") if re.search(r"/[^?]*\.[a-z]", link["href"])]
        assert all("attachment" in client.get(link["href"]).headers["Content-Disposition"] for link in links)
        names = [link.text.replace("\xa0", " ") for link in links]
        assert names[0] == first and len(set(names)) == len(names) > 2
        assert not seen.find("a", download=True)


def test_an_empty_list_says_how_to_make_one(client):
    seen = page(client.get("/list"))
    assert seen.h1.text == "My list: 0 cases" and not seen.select(".take a")
    assert seen.find("form", class_="mylist__add")


def test_results_and_records_lead_to_a_list_without_script(client):
    seen = page(client.get("/search?target=2"))
    form = seen.find("form", id="pick")
    boxes = seen.find_all("input", {"form": "pick"})
    assert form["action"] == "/list" and [box["value"] for box in boxes] == found(client, "?target=2")
    form = page(client.get("/records/reed-bed")).find("form", class_="keep")
    assert page(submitted(client, form)).h1.text == "My list: 1 case"


def test_results_are_offered_as_files_of_the_same_search(client):
    links = page(client.get("/fr/search?q=lake&target=7&page=1")).select(".take a")
    assert {link["href"] for link in links} == {
        *(f"/fr/search.{kind}?q=lake&target=7" for kind in KINDS), "/fr/search.csv?q=lake&target=7&bom=1",
    }  # fmt: skip
    for link in links:
        assert client.get(link["href"]).headers["X-Total-Count"] == "1"
