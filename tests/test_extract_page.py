"""Whole pages become items: structured data, main text, sections, rules of a source, and honest refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
from bounded import bounded

from hub.record import Link, Point
from indexer.extract.page import extract
from indexer.harvest.item import PageRules, Unreadable

PAGES = Path(__file__).parent / "data" / "harvest" / "pages"
URL = "https://www.example.org/en/solution/oyster-reefs?from=list"
PROSE = (
    "<p>The river was straightened in the fifties and has been given back eleven of its bends since then.</p>"
    "<p>Excavators opened old bends, took out four kilometres of banks and planted willows along the new ones.</p>"
    "<p>Farmers agreed because they were offered other land first; where none was left to offer, the works stopped.</p>"
)


def page(name: str, rules: PageRules | None = None):
    return extract((PAGES / f"{name}.html").read_bytes(), URL, "", rules or PageRules())


def read(html: str, url: str = URL):
    return extract(html.encode(), url)


def test_a_page_of_labelled_fields():
    item = page("labels")
    assert item.title == "Oyster reefs against erosion"
    assert item.abstract.startswith("Fishers of a fictional bay")
    assert item.text.startswith("Reefs made of oyster shells") and "\n\n" not in item.text
    assert item.challenge.split("\n\n")[1:] == [
        "Fisheries",
        "Catches of flatfish had halved since the shell beds were dredged, and nobody could say when they would come "
        "back.",
    ]
    assert item.action.endswith("Collecting shells in thirty kitchens\n\nDrying them for a year against disease")
    assert item.results.startswith("After four years")
    assert item.lessons.startswith("Shells must dry for a year")


def test_what_a_page_declares_of_itself():
    item = page("labels")
    assert item.url == "https://www.example.org/en/solution/oyster-reefs"
    assert (item.issued, item.modified, item.began, item.ended) == ("2021-03-04", "2022-01-05", "2014", "2018")
    assert item.point == Point(3.75, 51.5, "approximate")
    assert (item.countries, item.place) == (("NLD",), "Fictional Bay")
    assert item.license == "CC BY 4.0"
    assert item.source_tags == ("oysters", "coastal erosion", "Restoration", "T2")
    assert (item.language, item.read) == ("en", "page")


def test_no_person_is_named():
    item = page("labels")
    assert item.organisations == ("Institute of Examples",)
    assert (item.publisher, item.contact) == ("Institute of Examples", "info@example.org")


def test_pictures_and_documents():
    item = page("labels")
    assert item.images == (
        Link("https://www.example.org/files/reef.jpg", "A reef at low tide"),
        Link(
            "https://www.example.org/files/row.jpg",
            "A row of gabions in spring. Photo: Institute of Examples",
            "Institute of Examples",
        ),
    )
    assert item.documents == (Link("https://www.example.org/files/manual.pdf", "manual for builders"),)


def test_menus_banners_and_related_pages_are_no_text():
    item = page("labels")
    whole = " ".join((item.text, item.challenge, item.action, item.results, item.lessons))
    for foreign in ("cookies", "Home", "Mangroves", "Related", "Write to"):
        assert foreign not in whole


def test_headings_of_ranks():
    item = page("headings")
    assert item.challenge.split("\n\n")[1] == "What the models say"
    assert item.action.split("\n\n")[1] == "Adaptation options implemented in this case"
    assert item.results.startswith("The works cost") and item.lessons.startswith("Farmers agreed")
    assert item.text.endswith("for readers of the platform.") and "Additional details" in item.text
    assert (item.issued, item.rights, item.source_tags) == ("2019-05", "© Example Agency", ("floods", "rivers"))
    assert item.point == Point(16.37, 48.21, "approximate")


def test_headings_in_bold():
    item = page("bold")
    assert item.language == "fr"
    assert item.challenge.startswith("les haies avaient") and item.action.startswith("Chaque hiver")
    assert item.results.startswith("La rivière") and item.lessons.startswith("il faut protéger")


def test_tabs_tables_and_lists_of_terms():
    item = page("tabs")
    assert item.challenge.startswith("Pumps had drawn")
    assert item.action.split("\n\n")[::2] == ["Technique", "Materials"]
    assert item.results.startswith("Water\n\nFour metres")
    assert item.lessons.startswith("Filters are cleaned")
    assert "Imprint" not in item.text


def test_rules_drop_before_they_choose():
    rules = PageRules(select={"challenge": ".field--name-impacts", "place": ".field--name-location .field__item"})
    item = page("labels", rules)
    assert item.challenge.startswith("After four years") and item.results == ""
    assert item.place == "Fictional Bay, Zeeland"
    item = page("labels", PageRules(remove=(".field--name-challenges", "figure")))
    assert "shore moved" not in item.challenge + item.text


def test_a_rule_replaces_the_main_text():
    item = page("labels", PageRules(select={"text": ".field--name-lessons, aside"}))
    assert "Mangroves" in item.text and "Reefs made" not in item.text


@pytest.mark.parametrize(
    "rules", [PageRules(remove=("p[",)), PageRules(select={"text": "::nonsense("}), PageRules(select={"images": "img"})]
)
def test_a_wrong_rule_is_named(rules):
    with pytest.raises(Unreadable, match=r"p\[|nonsense|images"):
        page("labels", rules)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"%PDF-1.7 ...", "a PDF file"),
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "an XML file"),
        (b'{"a": 1}', "no HTML"),
        (b"<html><body><p>There are five words here.</p></body></html>", r"\(5 words\)"),
        (b"<html><body><div id='root'></div><script src='app.js'></script></body></html>", "without JavaScript"),
        (b"<html><frameset><frame src='a.html'></frameset></html>", "frames"),
        (b"<html><head><meta http-equiv='Refresh' content='0; URL=/new'></head><body></body></html>", "leads on"),
        (f"<title>Page not found | X</title><h1>Page not found</h1>{PROSE}".encode(), "not found"),
        (f"<title>X</title><h1>Seite nicht gefunden</h1>{PROSE}".encode(), "not found"),
        (
            b"<title>Log in</title><form><input type=password></form><p>Please enter your name and password.</p>",
            "log in",
        ),
        (b"<title>Just a moment...</title><p>Checking your browser before you go on.</p>", "robots"),
        (
            b"<title>Portal</title><body><p>We use cookies for statistics and for advertisements of partners.</p>"
            b"<p>Please choose which cookies you accept before you go on to the page.</p>"
            b"<p>You can change your consent at any time in the settings of this site.</p></body>",
            "cookies",
        ),
    ],
)
def test_what_is_no_page_is_refused_with_the_true_reason(body, reason):
    with pytest.raises(Unreadable, match=reason):
        extract(body, URL)


def test_a_page_about_errors_and_cookies_is_a_page():
    html = (
        f"<title>Errors of dam builders</title><h1>Errors of dam builders</h1>{PROSE}{PROSE.replace('river', 'brook')}"
    )
    assert read(html + "<div class='banner'><p>We use cookies.</p></div>").title == "Errors of dam builders"


def test_text_declared_for_search_engines_stands_in_for_a_shell():
    words = "The marsh behind the reefs had grown by eleven hectares after four years, and shrimps were counted. "
    html = (
        '<html><head><title>Reefs</title><script type="application/ld+json">{"@type": "Article", "headline": "Reefs", '
        f'"articleBody": "{words * 3}"}}</script></head><body><div id="root"></div><script src="a.js"></script></body>'
    )
    assert read(html).text.startswith("The marsh behind")


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>A bay | Big Portal</title><h1>A bay</h1>", "A bay"),
        ("<title>Big Portal - A bay</title><meta property='og:site_name' content='Big Portal'>", "A bay"),
        ("<title>News - In</title><h1>News</h1><h1>A bay</h1><meta property='og:title' content='A bay'>", "A bay"),
        ("<h1>SITE</h1><meta property='og:site_name' content='Site'><meta name=dc.title content='A bay'>", "A bay"),
        ("<title>Le « climat » en France</title>", "Le « climat » en France"),
        ("<title>A bay</title><h1>A BAY</h1>", "A bay"),
        ("<h1>Only a heading</h1>", "Only a heading"),
        ("<title>Oyster reefs: a story - example.org</title>", "Oyster reefs: a story"),
    ],
)  # fmt: skip
def test_titles(html, title):
    assert read(f"<html><head>{html.partition('<h1>')[0]}</head><body>{html}{PROSE}</body></html>").title == title


@pytest.mark.parametrize(
    ("attribute", "tag"),
    [("en", "en"), ("en_gb", "en-GB"), ("zh-tw", "en"), ("de-DE", "en"), ("", "en"), ("x-none", "en"), ("eng", "en")],
)
def test_a_clear_text_outweighs_what_is_declared(attribute, tag):
    assert read(f"<html lang='{attribute}'><body>{PROSE}</body></html>").language == tag


def test_a_short_text_leaves_what_is_declared():
    words = "Aqua alta bella vista porto nuovo " * 5
    assert read(f"<html lang='zh-TW'><body><p>{'詞 ' * 40}</p></body></html>").language == "zh-TW"
    assert read(f"<html lang='pt-br'><body><p>{words}</p></body></html>").language in ("pt-BR", "it")


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("/en/solution/oyster-reefs", "https://www.example.org/en/solution/oyster-reefs"),
        ("https://example.org/other", "https://example.org/other"),
        ("https://elsewhere.net/en/solution/oyster-reefs", "https://elsewhere.net/en/solution/oyster-reefs"),
        ("https://elsewhere.net/home", URL),
        ("https://www.example.org/", URL),
        ("javascript:alert(1)", URL),
        ("http://[bad", URL),
    ],
)
def test_the_address_a_page_calls_its_own(canonical, url):
    assert read(f"<link rel=canonical href='{canonical}'><body>{PROSE}").url == url


def test_an_abstract_is_no_slogan():
    long = "A bay where fishers built reefs of oyster shells by hand."
    assert read(f"<title>{long}</title><meta name=description content='{long}'><body>{PROSE}").abstract == ""
    assert read(f"<meta name=description content='The portal.'><body>{PROSE}").abstract == ""
    site = f'<script type="application/ld+json">{{"@type": "WebSite", "description": "{long}"}}</script>'
    assert read(f"{site}<meta name=description content='{long}'><body>{PROSE}").abstract == ""
    assert read(f"<meta name=description content='{long}'><body>{PROSE}").abstract == long


@pytest.mark.parametrize(
    ("head", "issued", "modified"),
    [
        ("<meta property='article:published_time' content='2015-07-24T05:36:09+01:00'>", "2015-07-24", ""),
        ("<meta name='citation_publication_date' content='2012/05/31'>", "2012-05-31", ""),
        ("<meta name='dcterms.issued' content='2012'><meta name=dcterms.modified content='2010'>", "2012", ""),
        ("<meta name='date' content='2999-01-01'>", "", ""),
        ("<meta name='date' content='1970-01-01'>", "", ""),
        ("<meta name='date' content='yesterday or so'>", "", ""),
    ],
)
def test_dates(head, issued, modified):
    item = read(f"<head>{head}</head><body>{PROSE}")
    assert (item.issued, item.modified) == (issued, modified)


@pytest.mark.parametrize(
    ("html", "license_", "rights"),
    [
        ("<a rel='license' href='https://creativecommons.org/licenses/by-sa/3.0/'>x</a>", "CC BY-SA 3.0", ""),
        ("<footer><a href='http://creativecommons.org/publicdomain/zero/1.0/'>x</a></footer>", "CC0 1.0", ""),
        ("<figure><a href='https://creativecommons.org/licenses/by/2.0/'>photo</a></figure>", "", ""),
        (
            "<a href='https://creativecommons.org/licenses/by/2.0/'>a</a>"
            "<a href='https://creativecommons.org/licenses/by/4.0/'>b</a>",
            "",
            "",
        ),
        ("<meta name='dc.rights' content='© The Agency'>", "", "© The Agency"),
    ],
)
def test_licences(html, license_, rights):
    item = read(f"<body>{html}{PROSE}")
    assert (item.license, item.rights) == (license_, rights)


DEEP = 20_000


@pytest.mark.parametrize(
    "body",
    [
        "<html><body>" + "<div>" * DEEP + PROSE,
        "<html><body>" + "<b><i>" * DEEP + PROSE,
        "<html><body>" + "<dl><dt>a<dd>" * 2000 + PROSE,
        "<html><body>" + "<div itemscope itemprop=a itemtype='http://schema.org/Article'>" * 2000 + PROSE,
        PROSE.replace("r", "\0r"),
        PROSE,
        f"<html><head><title>x</title></html>{PROSE}",
        f"<body>{PROSE}" + "<script>" * 50_000,
        f"<body>{PROSE}" + "<!--" * 50_000,
        f"<body>{PROSE}<script type='application/ld+json'>" + "/*" * 50_000 + "</script>",
        f"<body>{PROSE}<script type='application/ld+json'>" + '"\\' * 50_000 + "</script>",
        f"<body>{PROSE}<script type='application/ld+json'>" + "[" * 50_000 + "</script>",
        f"<body>{PROSE}<script type='application/ld+json'>" + '{"a":' * 900 + "1" + "}" * 900 + "</script>",
        f"<body>{PROSE}" + '<a href="mailto:' + "info." * 20_000 + '">x</a>',
        f"<!DOCTYPE html [<!ENTITY a 'bomb'>]><body>{PROSE}&a;&#xD800;&#x110000;&#0;",
        f"<?xml version='1.0' encoding='utf-16'?><html xmlns='http://www.w3.org/1999/xhtml'><body>{PROSE}</body></html>",
    ],
)  # fmt: skip
def test_hostile_pages_are_read_in_time(body):
    with bounded(40):
        item = extract(body.encode(), URL)
    assert "given back eleven" in item.text


def test_a_very_large_page_is_read_as_far_as_a_case_can_reach():
    scripts = "<script>" + "var a = '<p>';" * 700_000 + "</script>"
    assert "given back eleven" in extract(f"<body>{scripts}{PROSE}".encode(), URL).text
    assert "given back eleven" in extract(f"<body>{' ' * 5_000_000}{PROSE}".encode(), URL).text


def test_links_marked_as_tags_are_terms_of_the_source():
    body = "<p>" + "Reeds were planted along the whole shore of the lake by the town. " * 10 + "</p>"
    page = f'<html lang="en"><body><h1>Reeds</h1>{body}<p>Tags: <a rel="tag" href="/t">wet lands</a></p></body></html>'
    assert extract(page.encode(), "https://portal.example/1").source_tags == ("wet lands",)
