"""Cases on other sites: pages for frames, the script of the element, and the page that makes the code to paste."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup

from hub.app import create_app
from hub.config import load_config
from hub.web.assets import digest
from hub.web.colours import contrast, tokens
from indexer.build import build

from conftest import make_record, tag  # isort: skip

EMBED = "/embed/search?target=2"
HOSTILE = "<script>alert(1)</script> \"quoted\" & 'single' \u202ereversed"


def page_of(client, url, status=200) -> BeautifulSoup:
    answer = client.get(url)
    assert answer.status_code == status, answer.text
    return BeautifulSoup(answer.text, "html.parser")


def policy_of(answer) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in parts}


def site(engine, **settings):
    return create_app(load_config(settings), engine).test_client()


@pytest.mark.parametrize("url", [EMBED, "/embed/records/reed-bed", "/embed/records/nope", "/embed/search?limit=0"])
def test_any_site_may_frame_an_embed_and_nothing_else_is_loosened(client, url):
    answer = client.get(url)
    assert policy_of(answer) == {
        "default-src": "'none'", "style-src": "'self' http://localhost", "script-src": "'none'",
        "img-src": "'self' http://localhost data:", "font-src": "'self' http://localhost", "form-action": "'none'",
        "base-uri": "'none'", "frame-ancestors": "*",
    }  # fmt: skip
    for name in ("X-Frame-Options", "Set-Cookie", "Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"):
        assert name not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_only_the_named_sites_may_frame_where_some_are_named(engine):
    client = site(engine, HUB_EMBED_ANCESTORS="https://www.example.org https://*.example.net")
    for url in (EMBED, "/embed/records/nope"):
        assert policy_of(client.get(url))["frame-ancestors"] == "'self' https://www.example.org https://*.example.net"
    assert policy_of(client.get("/search"))["frame-ancestors"] == "'none'"


def test_an_embed_may_load_from_where_the_hub_is_at_home(engine):
    client = site(engine, HUB_BASE_URL="https://hub.example.org")
    assert policy_of(client.get(EMBED))["style-src"] == "'self' https://hub.example.org"
    elsewhere = create_app(load_config({}), engine).test_client()
    assert policy_of(elsewhere.get(EMBED, base_url="http://other:81"))["font-src"] == "'self' http://other:81"


@pytest.mark.parametrize("host", ["a; script-src *", "a' *", "a,b", "ünïcode.example"])
def test_a_made_up_host_cannot_write_into_the_policy(client, host):
    answer = client.get(EMBED, headers={"Host": host.encode().decode("latin-1")})
    if answer.status_code == 200:
        assert policy_of(answer)["style-src"] == "'self'" and policy_of(answer)["script-src"] == "'none'"


def test_a_frame_has_a_script_only_where_it_was_asked_to_tell_its_height(client):
    assert not page_of(client, EMBED).find_all("script")
    answer = client.get(EMBED + "&resize=1")
    (script,) = BeautifulSoup(answer.text, "html.parser").find_all("script")
    assert script["src"] == f"/assets/{digest()}/embed-height.js" and not script.text
    assert policy_of(answer)["script-src"] == "'self' http://localhost"


def test_an_embed_uses_nothing_that_its_policy_forbids(client):
    for url in (EMBED + "&accent=a00", "/embed/records/reed-bed?scheme=dark"):
        page = page_of(client, url)
        assert not page.find_all(["style", "form", "iframe", "img"])
        assert not [found for found in page.find_all(True) for name in found.attrs if name.startswith(("on", "style"))]


def test_pages_that_embeds_lead_to_open_from_a_sandbox_too(client):
    for url in ("/search", "/records/reed-bed", "/targets/2", "/"):
        assert "Cross-Origin-Opener-Policy" not in client.get(url).headers


def test_a_list_shows_what_a_case_is_about_and_leads_to_the_hub(client):
    page = page_of(client, "/embed/search?q=water&target=2&country=DEU")
    first = page.find("li").article
    title = first.h2.a
    assert title["href"] == "/records/reed-bed" and "noopener" in title["rel"]
    assert page.base["target"] == "_blank" and not page.base.get("href")
    assert [part.text for part in first.find(class_="meta").find_all("span")] == ["Germany", "since 2014"]
    assert "water" in first.find(class_="embed__text").text
    targets = [" ".join(link.text.split()) for link in first.find(class_="tags").find_all("a")]
    assert targets[0].startswith("Target 2 : ") or targets[0].startswith("Target 2: ")
    foot = page.find("footer")
    assert foot.a["href"] == "/search?q=water&target=2&country=DEU"
    assert "Knowledge Hub" in foot.text and "localhost" in foot.text
    assert page.find("link", rel="canonical")["href"] == "http://localhost/search?q=water&target=2&country=DEU"
    assert page.find("meta", attrs={"name": "robots"})["content"] == "noindex"


def test_titles_and_passages_say_their_language_where_it_is_another(client):
    page = page_of(client, "/embed/search?lang=fr&limit=20")
    assert page.html["lang"] == "fr"
    titles = {link["href"].rsplit("/", 1)[1]: link.parent for link in page.select("h2 a")}
    assert titles["reed-bed"]["lang"] == "en" and titles["reed-bed"]["dir"] == "auto"
    assert "lang" not in titles["tourbiere-du-plateau"].attrs
    assert titles["reed-bed"].find_next(class_="embed__text")["lang"] == "en"
    assert all(link["href"].startswith("/fr/") for link in page.select("main a"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", 5), ("limit=1", 1), ("limit=20", 5), ("limit=+2", 2), ("per_page=3", 3), ("per_page=100", 5), ("limit=", 5)],
)
def test_as_many_cases_as_wanted(client, query, expected):
    assert len(page_of(client, f"/embed/search?{query}").select("h2")) == expected


def test_a_later_page_goes_on_counting(client):
    page = page_of(client, "/embed/search?limit=2&page=2")
    assert page.ol["start"] == "3" and len(page.select("h2")) == 2


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=21", "limit=-1", "limit=two", "limit=²", "limit=" + "9" * 400, "lang=de", "scheme=blue",
        "accent=zzz", "accent=ffff", "paper=%23", "ink=red;}", "colour=fff", "target=99", "per_page=0", "sort=best",
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_the_frame(client, query):
    answer = client.get(f"/embed/search?{query}")
    assert answer.status_code == 400 and "X-Frame-Options" not in answer.headers
    page = BeautifulSoup(answer.text, "html.parser")
    name = query.partition("=")[0]
    assert name in page.main.text and not page.find("form") and len(page.main.text) < 1500
    assert page.base["target"] == "_blank"


def test_errors_in_a_frame_speak_the_language_of_the_frame(client):
    page = page_of(client, "/embed/records/nope?lang=fr", 404)
    assert page.html["lang"] == "fr" and "n’existe" in page.h1.text
    assert page_of(client, "/embed/search?lang=fr&target=99", 400).main.find("a", href=re.compile("^/fr/search"))


def test_nothing_found_leads_to_the_search(client):
    page = page_of(client, "/embed/search?q=qxqxqx&lang=es")
    assert not page.ol and page.footer.a["href"] == "/es/search?q=qxqxqx"


def test_years_of_a_form_are_one_parameter(client):
    assert page_of(client, "/embed/search?from=2015&to=2020").footer.a["href"] == "/search?year=2015-2020"


def test_one_case_stands_alone(client):
    page = page_of(client, "/embed/records/reed-bed?lang=es")
    assert page.h1.a["href"] == page.footer.a["href"] == "/es/records/reed-bed"
    assert page.h1["lang"] == "en" and "became clearer" in page.article.text
    assert page.find("a", rel="external")["href"] == "https://example.org/cases/reed-bed"


@pytest.mark.parametrize(("name", "status"), [("gone-case", 410), ("draft-case", 404), ("nope", 404)])
def test_what_is_not_to_be_seen_is_not_embedded(client, name, status):
    page = page_of(client, f"/embed/records/{name}", status)
    assert "embed" in page.main["class"]


def test_a_case_that_moved_is_found_in_its_frame(client):
    answer = client.get("/embed/records/old-case?lang=fr&accent=a00")
    assert answer.status_code == 301 and answer.headers["Location"] == "/embed/records/merged-case?lang=fr&accent=a00"
    assert "X-Frame-Options" not in answer.headers


def test_text_of_others_is_only_ever_text(corpus, engine):
    evil = make_record(
        "evil", title=HOSTILE, abstract=f"{HOSTILE} reeds", publisher=HOSTILE, tags=[tag("country", "FRA")]
    )
    (corpus.folder / "records" / "evil.yaml").unlink(missing_ok=True)
    corpus.write(evil, None)
    build(corpus, engine)
    client = site(engine, HUB_SITE_NAME=HOSTILE)
    for url in ("/embed/search?country=FRA", "/embed/records/evil", "/embed?country=FRA", "/embed/search?q=reeds"):
        text = client.get(url).text
        assert "<script>alert" not in text, url
        assert BeautifulSoup(text, "html.parser").find("title").text.count("alert(1)") >= 1
    query = {"q": HOSTILE}
    for url in ("/embed/search", "/embed"):
        answer = client.get(url, query_string=query)
        assert answer.status_code == 200 and "<script>alert" not in answer.text
    script = client.get("/embed.js").text
    assert "<script>" not in script and "\u202e" not in script


# -- colours


def test_colours_come_as_a_style_sheet_and_not_inline(client):
    page = page_of(client, "/embed/search?accent=%23A00&paper=fdf6e3&lang=fr")
    sheet = page.find_all("link", rel="stylesheet")[1]["href"]
    assert sheet == f"/embed.css?accent=aa0000&paper=fdf6e3&v={digest()}"
    answer = client.get(sheet)
    assert answer.mimetype == "text/css" and "--action:#aa0000" in answer.text and "--paper:#fdf6e3" in answer.text
    assert "immutable" in answer.headers["Cache-Control"] and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert page.find("meta", attrs={"name": "color-scheme"})["content"] == "light"
    assert len(page_of(client, EMBED).find_all("link", rel="stylesheet")) == 1


@pytest.mark.parametrize("query", ["accent=x", "scheme=x", "limit=3", "ink=fff}"])
def test_a_style_sheet_of_anything_else_is_refused(client, query):
    answer = client.get(f"/embed.css?{query}")
    assert answer.status_code == 400 and answer.mimetype == "application/problem+json"


# -- the element


def test_the_script_is_small_can_be_kept_and_loaded_by_any_site(client):
    answer = client.get("/embed.js")
    assert answer.mimetype == "text/javascript" and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin" and "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert len(client.get("/embed.js", headers={"Accept-Encoding": "gzip"}).data) < 4_000
    version = answer.headers["ETag"].strip('W/"')
    kept = client.get(f"/embed.js?v={version}")
    assert kept.data == answer.data and "immutable" in kept.headers["Cache-Control"]
    assert "immutable" not in client.get("/embed.js?v=old").headers["Cache-Control"]
    assert client.get("/embed.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/embed.js?lang=fr").status_code == 400


def test_the_script_never_takes_text_for_html(client):
    script = client.get("/embed.js").text
    assert not re.search(
        "innerHTML|outerHTML|insertAdjacent|document.write|eval|cookie|localStorage|sessionStorage", script
    )


def test_the_script_asks_where_the_hub_is_at_home(engine):
    assert (
        'HUB = "https://hub.example.org" ||'
        in site(engine, HUB_BASE_URL="https://hub.example.org").get("/embed.js").text
    )


# -- the page that makes the code


def codes(page) -> dict[str, BeautifulSoup]:
    return {area["id"]: BeautifulSoup(area.text, "html.parser") for area in page.find_all("textarea")}


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
def test_the_code_shows_the_search_that_was_asked_for(client, prefix):
    query = 'q="reed beds" -honey&target=2&target=8&country=not-stated&sort=title&year=2010-2020&verbatim=1&limit=7'
    page = page_of(client, f"{prefix}/embed?{query}&lang=fr&accent=0a8&scheme=dark")
    made = codes(page)
    frame = made["code-frame"].iframe
    assert frame["src"].startswith("http://localhost/embed/search?")
    asked = parse_qs(urlsplit(frame["src"]).query)
    assert asked == {
        "q": ['"reed beds" -honey'], "target": ["2", "8"], "country": ["not-stated"], "sort": ["title"], "lang": ["fr"],
        "year": ["2010-2020"], "verbatim": ["1"], "limit": ["7"], "accent": ["00aa88"], "scheme": ["dark"],
    }  # fmt: skip
    assert frame["sandbox"] == ["allow-popups", "allow-popups-to-escape-sandbox"] and frame["title"]
    element = made["code-element"].find("gbf-cases")
    assert element.attrs | {"style": ""} == {
        "style": "", "q": '"reed beds" -honey', "target": "2 8", "country": "not-stated", "limit": "7", "lang": "fr",
        "year": "2010-2020", "sort": "title", "verbatim": "1",
    }  # fmt: skip
    assert made["code-element"].script["src"] == "http://localhost/embed.js"
    assert element.a["href"].startswith("http://localhost/fr/search?q=")
    preview = page.find("iframe", class_="builder__preview")
    assert "http://localhost" + preview["src"] == frame["src"]
    assert client.get(preview["src"]).status_code == 200


def test_the_builder_carries_the_whole_search_in_its_form(client):
    page = page_of(
        client, "/embed?q=reed&target=2&theme=eco-freshwater&source=example-portal&sort=title&year=2010-2020"
    )
    form = page.main.form
    ticked = {(box["name"], box["value"]) for box in form.select("input[checked]")}
    assert ticked == {("target", "2"), ("theme", "eco-freshwater"), ("source", "example-portal"), ("year", "2010-2020")}
    assert (
        form.find("input", {"name": "sort"})["value"] == "title"
        and form.find("input", {"name": "q"})["value"] == "reed"
    )
    assert form["method"] == "get" and not page.main.find("script")
    assert all(field.find_parent("label") for field in form.select("input:not([type=hidden]), select"))


def test_the_builder_may_frame_the_hub_and_nothing_else(client):
    for url in ("/embed", "/fr/embed", "/es/embed"):
        answer = client.get(url)
        assert policy_of(answer)["frame-src"] == "'self'" and policy_of(answer)["frame-ancestors"] == "'none'"
    assert "frame-src" not in policy_of(client.get("/search"))


WRONG = (("limit=99", "1 to 20"), ("accent=zz", "a colour is written"), ("lang=de", "lang"))


@pytest.mark.parametrize(("query", "said"), WRONG)
def test_a_form_that_was_filled_in_wrongly_says_so_beside_the_field(client, query, said):
    page = page_of(client, f"/embed?{query}", 400)
    name, _, value = query.partition("=")
    assert page.title.text.startswith("Error: Show cases on your site")
    assert said in page.find(id="wrong", role="alert").text
    field = page.main.find(["input", "select"], {"name": name})
    assert (field["aria-invalid"], field["aria-describedby"]) == ("true", "wrong") and field.has_attr("autofocus")
    assert name == "lang" or field["value"] == value


def test_a_form_without_a_mistake_says_nothing_of_one(client):
    page = page_of(client, "/embed?limit=3&accent=a00")
    assert page.title.text.startswith("Show cases on your site") and page.find(id="wrong", role="alert").text == ""
    assert not page.main.find(attrs={"aria-invalid": True}) and not page.main.find(autofocus=True)


def test_the_value_that_is_wrong_is_named_where_a_parameter_comes_twice(client):
    assert "“de” for “lang”" in page_of(client, "/embed?lang=fr&lang=de&lang=", 400).find(id="wrong").text


def test_a_colour_that_cannot_be_read_is_put_right_and_that_is_said(client):
    page = page_of(client, "/embed?accent=ff0&paper=fff")
    said = re.search(r"#ffff00 is hard to read on this background, so (#\w+) is used", page.main.text)[1]
    assert f"--action:{said}" in client.get("/embed.css?accent=ff0&paper=fff").text
    style = codes(page)["code-element"].find("gbf-cases")["style"]
    assert style == f"--gbf-accent: {said}; --gbf-paper: #ffffff; --gbf-ink: {tokens()['light']['ink']}"
    assert "stay as you gave them" not in page.main.text


@pytest.mark.parametrize(
    ("query", "style"),
    [
        ("accent=ff0", "--gbf-accent: #ffff00"),
        ("accent=006&ink=00a&scheme=dark", "--gbf-accent: #000066; --gbf-ink: #0000aa"),
        ("accent=a00&scheme=light", "--gbf-accent: #aa0000"),
    ],
)
def test_on_a_page_of_a_site_an_element_has_the_colours_as_they_were_chosen(client, query, style):
    page = page_of(client, f"/embed?{query}")
    assert codes(page)["code-element"].find("gbf-cases")["style"] == style
    corrected = "is hard to read" in page.main.text
    assert corrected == ("a00&" not in query) and ("stay as you gave them" in page.main.text) == corrected


def test_a_paper_brings_a_text_that_can_be_read_on_it(client):
    style = codes(page_of(client, "/embed?paper=123"))["code-element"].find("gbf-cases")["style"]
    paper, ink = re.fullmatch("--gbf-paper: (#112233); --gbf-ink: (#[0-9a-f]{6})", style).groups()
    assert contrast(paper, ink) >= 4.5


def test_the_search_page_and_the_foot_lead_to_the_builder(client):
    page = page_of(client, "/fr/search?q=eau&target=2&page=1")
    links = {link["href"] for link in page.find_all("a", href=re.compile("/embed"))}
    assert links == {"/fr/embed", "/fr/embed?q=eau&target=2"}


def test_another_language_keeps_the_look(client):
    page = page_of(client, "/embed?target=2&limit=3&accent=a00")
    assert page.find("a", hreflang="fr")["href"] == "/fr/embed?target=2&limit=3&accent=a00"


def test_code_that_is_pasted_is_safe_whatever_was_searched(client):
    page = page_of(client, "/embed?" + "q=" + '"><script>alert(1)</script>')
    for code in codes(page).values():
        assert not [script for script in code.find_all("script") if script.text]
    assert html.unescape(page.find("textarea").text).count("<iframe") == 1
