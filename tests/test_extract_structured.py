"""JSON-LD as people write it, microdata, RDFa and meta elements say the same things in one way."""

from __future__ import annotations

import pytest

from hub.record import Point
from indexer.extract.facts import Facts
from indexer.extract.meta import head_of
from indexer.extract.nodes import json_nodes, marked_nodes
from indexer.extract.page import extract
from indexer.harvest.plain import soup

URL = "https://www.example.org/case/7"
PROSE = (
    "<p>The river was straightened in the fifties and has been given back eleven of its bends since then, it says.</p>"
    * 1
)
PROSE += (
    "<p>Excavators opened old bends, took out stone banks and planted willows along the new ones, says the report.</p>"
)


def script(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def read(html: str):
    return extract(f"<html><body>{html}{PROSE}</body></html>".encode(), URL)


@pytest.mark.parametrize(
    "text",
    [
        '{"@type": "Article", "headline": "A bay"}',
        '[{"@type": "Article", "headline": "A bay"}]',
        '{"@context": "https://schema.org", "@graph": [[{"@type": ["Article"], "headline": ["A bay"]}]]}',
        '<!-- {"@type": "Article", "headline": "A bay"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "A bay"}\n//]]>',
        '/*<![CDATA[*/ {"@type": "Article", "headline": "A bay"} /*]]>*/',
        '{"@type": "Article", /* a remark */ "headline": "A bay", // another\n }',
        '{"@type": "schema:Article", "http://schema.org/headline": {"@value": "A bay"}};',
        '{"@type": "Article", "headline": "A bay", "description": "two\nlines\tand \x02 more"}',
    ],
)
def test_json_ld_in_any_state(text):
    facts = Facts(json_nodes(soup(script(text))), URL, "")
    assert facts.first("headline") == "A bay"


@pytest.mark.parametrize(
    "text", ["", "{", "null", "[null, 1, []]", '{"@type": }', '"text"', '{"@graph": 1}', '{"@id": []}']
)
def test_broken_json_ld_says_nothing(text):
    assert Facts(json_nodes(soup(script(text))), URL, "").first("headline") == ""
    assert read(script(text)).title == ""


def test_microdata_and_rdfa():
    micro = (
        "<div itemscope itemtype='https://schema.org/Article'><h2 itemprop='headline'>A bay</h2>"
        "<time itemprop='datePublished' datetime='2014-05-02'>May</time><div itemprop='author' itemscope "
        "itemtype='https://schema.org/Organization'><b itemprop='name'>Office</b></div></div>"
    )
    rdfa = (
        "<div vocab='https://schema.org/' typeof='Article'><h2 property='headline'>A bay</h2>"
        "<span property='datePublished' content='2014-05-02'>May</span><div property='author' typeof='Organization'>"
        "<b property='name'>Office</b></div></div>"
    )
    for html in (micro, rdfa):
        facts = Facts(marked_nodes(soup(html)), URL, "")
        assert (facts.first("headline"), facts.first("datePublished")) == ("A bay", "2014-05-02")
        assert facts.organisations() == ("Office",)
        item = read(html)
        assert (item.title, item.issued, item.organisations) == ("A bay", "2014-05-02", ("Office",))


def test_the_case_is_told_from_what_stands_around_it():
    graph = (
        '[{"@type": "Organization", "name": "Site"}, {"@type": "BreadcrumbList", "name": "Trail"},'
        '{"@type": "Article", "headline": "Another", "url": "/case/8"},'
        '{"@type": "Article", "headline": "This one", "mainEntityOfPage": {"@id": "/case/7"},'
        '"keywords": ["bay", "reefs, shells"]}]'
    )
    facts = Facts(json_nodes(soup(script(graph))), URL, "")
    assert facts.first("headline", "name") == "This one"
    assert read(script(graph)).source_tags == ("bay", "reefs", "shells")


def test_a_list_of_other_pages_is_no_case():
    entries = ",".join(f'{{"@type": "Article", "headline": "No {n}"}}' for n in range(5))
    assert Facts(json_nodes(soup(script(f"[{entries}]"))), URL, "").first("headline") == ""


def test_persons_are_never_named():
    item = read(
        script(
            '{"@type": "Article", "author": {"@type": "Person", "name": "Ada Invented", "email": "ada@example.org"},'
            '"publisher": {"@type": "Person", "name": "Ada Invented"}}'
        )
        + "<meta name=author content='Ada Invented'><a href='mailto:ada.invented@example.org'>Ada</a>"
    )
    assert (item.organisations, item.publisher, item.contact) == ((), "", "")


@pytest.mark.parametrize(
    "html",
    [
        script('{"@type": "Article", "contentLocation": {"geo": {"latitude": "51.5", "longitude": 3.75}}}'),
        script('{"@type": "Place", "geo": {"@type": "GeoCoordinates", "latitude": 51.5, "longitude": "3.75"}}'),
        "<meta name='geo.position' content='51.5;3.75'>",
        "<meta name='ICBM' content='51.5, 3.75'>",
        "<meta property='place:location:latitude' content=51.5><meta property='place:location:longitude' content=3.75>",
        "<span property='georss:point'>51.5 3.75</span>",
        "<p class=geo><abbr class=latitude title=51.5>N</abbr><abbr class=longitude title=3.75>E</abbr></p>",
        "<div class=map data-lat='51.5' data-lon='3.75'></div>",
    ],
)
def test_points(html):
    assert read(html).point == Point(3.75, 51.5, "approximate")


@pytest.mark.parametrize(
    "html",
    [
        "<div data-lat='51.5' data-lon='3.75'></div><div data-lat='50' data-lon='3'></div>",
        "<meta name='geo.position' content='somewhere'>",
        "<meta name='geo.position' content='95;200'>",
    ],
)
def test_no_point(html):
    assert read(html).point is None


@pytest.mark.parametrize(
    ("place", "countries", "name"),
    [
        ('{"@type": "Country", "name": "Kenya"}', ("KEN",), "Kenya"),
        ('{"@type": "Place", "name": "A bay", "address": {"addressCountry": "ke"}}', ("KEN",), "A bay"),
        ('{"name": "A bay", "address": {"addressCountry": {"@type": "Country", "name": "KEN"}}}', ("KEN",), "A bay"),
        ('{"name": "A bay", "identifier": "ISO 3166-1:KE"}', ("KEN",), "A bay"),
        (
            '[{"@type": "Country", "name": "Kenya"}, {"@type": "Country", "name": "Nowhere"}]',
            ("KEN",),
            "Kenya, Nowhere",
        ),
        ('"Zeeland"', (), "Zeeland"),
        ('{"name": "A bay", "identifier": "bay"}', (), "A bay"),
    ],
)
def test_countries_and_places(place, countries, name):
    item = read(script(f'{{"@type": "Article", "spatialCoverage": {place}}}'))
    assert (item.countries, item.place) == (countries, name)


@pytest.mark.parametrize(
    ("said", "began", "ended"),
    [
        ("2014/2018", "2014", "2018"), ("2014-05-01/..", "2014-05-01", ""), ("2014-2018", "2014", "2018"),
        ("2014 – 2018", "2014", "2018"), ("2014", "2014", ""), ("2018/2014", "2018", ""), ("always", "", ""),
    ],
)  # fmt: skip
def test_when_the_work_was_done(said, began, ended):
    item = read(script(f'{{"@type": "Article", "temporalCoverage": "{said}"}}'))
    assert (item.began, item.ended) == (began, ended)


def test_images_with_credit():
    item = read(
        script(
            '{"@type": "Article", "image": {"@type": "ImageObject", "url": "/a.jpg", "caption": "A reef",'
            '"copyrightHolder": {"@type": "Organization", "name": "Office"}}}'
        )
        + "<meta property='og:image' content='https://cdn.example.org/logo.png'>"
    )
    assert [(image.url, image.alt, image.credit) for image in item.images] == [
        ("https://www.example.org/a.jpg", "A reef", "Office")
    ]


def test_meta_elements_by_one_name():
    head = head_of(
        soup(
            "<meta name='DCTERMS.Title' content='One'><meta property='dc:title' content='Two'><meta name=a content=''>"
            "<link rel='canonical license' href='/x'>"
        )
    )
    assert head.every("dc.title") == ["Two", "One"]
    assert head.links == {"canonical": ("/x",), "license": ("/x",)}
    assert head.first("a", "b") == ""
