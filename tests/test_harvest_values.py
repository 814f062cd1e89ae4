import pytest
from bounded import bounded

from hub.record import Link, Point
from indexer.harvest.plain import line, plain, soup, text_of, title_line
from indexer.harvest.values import (
    address_of,
    date_of,
    language_of,
    license_of,
    link_of,
    mailbox_of,
    point_of,
    texts_of,
)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>A &amp; b<b>c</b> d<br>e</p><ul><li>x<li>y</ul>tail", "A & bc d\n\ne\n\nx\n\ny\n\ntail"),
        ("one\n\ntwo  \t three", "one\n\ntwo three"),
        ("a\x00b\x1b[31m \u202ec\u00adx", "a b [31m cx"),
        ("<script>alert(1)</script><style>p{}</style><!-- no -->yes", "yes"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1\n\n2"),
        ("3 < 4 & 5 > 2", "3 < 4 & 5 > 2"),
        ("caf&eacute; &nbsp; &#8364;", "café €"),
        ("", ""),
    ],
)
def test_html_becomes_plain_paragraphs(html, text):
    assert plain(html) == text


def test_a_deeply_nested_page_is_read_without_recursion():
    assert plain("<div>" * 5000 + "deep") == "deep"
    assert title_line("<h1>Two\n<br>lines</h1>") == "Two lines"
    assert text_of(soup("<div><p>a<p>b</div>")) == "a\n\nb"
    assert line(" a \u2028 b ") == "a b"


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2014-05-06T10:00:00+00:00", "2014-05-06"),
        ("2024-12", "2024-12"),
        ("2014", "2014"),
        (2014, "2014"),
        ("2014-1-5", "2014-01-05"),
        ("20240131", "2024-01-31"),
        (1615559750000, "2021-03-12"),
        ("1615559750", "2021-03-12"),
        ("Tue, 01 Jul 2016 14:11:20 +0000", "2016-07-01"),
        ("24/05/2019 11:05:38", "2019-05-24"),
        ("05-Nov-2025 11:20", "2025-11-05"),
        ("March 2014", "2014-03"),
        ("31 janvier 2014", "2014-01-31"),
        ("3. März 2019", "2019-03-03"),
        ("2014-13-45", ""),
        ("yesterday", ""),
        ("9999-01-01", ""),
        ("", ""),
        (None, ""),
        ([2014], ""),
        (float("inf"), ""),
        (float("nan"), ""),
    ],
)
def test_dates_are_read_in_every_usual_form(value, date):
    assert date_of(value) == date


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        ("eng", "en"),
        ("ger", "de"),
        ("English", "en"),
        ("français", "fr"),
        ("Deutsch", "de"),
        ("en_GB.UTF-8", "en-GB"),
        ("lang-fr", "fr"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("und", ""),
        ("xx", ""),
        ("a sentence", ""),
    ],
)
def test_languages_are_read_in_every_usual_form(value, tag):
    assert language_of(value) == tag


BRUSSELS = Point(4.35, 50.85, "approximate")


@pytest.mark.parametrize(
    ("value", "point"),
    [
        ({"type": "Point", "coordinates": [4.35, 50.85]}, BRUSSELS),
        ('{"type":"Point","coordinates":[4.35,50.85]}', BRUSSELS),
        ({"geometry": {"type": "Point", "coordinates": [4.35, 50.85, 12]}}, BRUSSELS),
        ([4.35, 50.85], BRUSSELS),
        ([[4.35, 50.85], [5, 51]], BRUSSELS),
        ({"lat": "50.85", "lng": "4.35"}, BRUSSELS),
        ("50.85, 4.35", BRUSSELS),
        ("POINT (4.35 50.85)", BRUSSELS),
        ([0, 0], None),
        ([200, 10], None),
        ("somewhere", None),
        ("{", None),
        ([], None),
        ({"lat": None, "lon": None}, None),
    ],
)
def test_points_are_read_in_every_usual_form(value, point):
    assert point_of(value) == point


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.fr", "CC BY-NC-SA 4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("CC-BY 3.0", "CC BY 3.0"),
        ("cc by", "CC BY"),
        ("CC0", "CC0 1.0"),
        ("All rights <b>reserved</b>", "All rights reserved"),
        ("", ""),
    ],
)
def test_licences_have_their_usual_names(value, name):
    assert license_of(value) == name


def test_addresses_are_absolute_and_of_the_web():
    assert address_of("/a b#c", "https://example.org/x/") == "https://example.org/a%20b"
    assert address_of({"href": "//example.net/y"}, "https://example.org/") == "https://example.net/y"
    for bad in ("javascript:alert(1)", "file:///etc/passwd", "", None, 3, "http://[", {"title": "x"}):
        assert address_of(bad, "https://example.org/") == ""
    assert link_of({"src": "/p.jpg", "alt": "A <i>river</i>", "credit": "J"}, "https://example.org/") == Link(
        "https://example.org/p.jpg", "A river", "J"
    )
    assert link_of("data:image/png;base64,xx", "https://example.org/") is None


def test_only_mailboxes_of_offices_are_kept():
    assert mailbox_of("mailto:info@example.org") == "info@example.org"
    assert mailbox_of("secretariat@example.org") == "secretariat@example.org"
    assert mailbox_of("jane.doe@example.org") == ""
    assert mailbox_of("nothing") == ""


def test_texts_in_a_value_are_found_wherever_they_stand():
    value = ["a", {"name": "b"}, [{"title": "c"}, None, True], 4, {"unknown": "x"}, "<i>d</i>"]
    assert list(texts_of(value)) == ["a", "b", "c", "4", "d"]


@pytest.mark.parametrize(
    "read",
    [
        lambda: mailbox_of("info" + "_" * 60 + "!@x.org"),
        lambda: mailbox_of("info" + "." * 50_000 + "@x"),
        lambda: line("a" + "\u0301\u0323" * 40_000),
        lambda: point_of(" " * 50_000 + "x"),
        lambda: date_of("1 " * 50_000),
        lambda: address_of("http://x.org/" + "a" * 500_000, ""),
        lambda: license_of("cc " * 100_000),
        lambda: list(texts_of("<" * 200_000)),
    ],
)
def test_hostile_values_cost_little_time(read):
    with bounded(5):
        read()


def test_addresses_lose_what_only_tells_where_a_reader_came_from():
    assert address_of("https://a.example/c?utm_source=rss&x=1&utm_medium=feed#top", "") == "https://a.example/c?x=1"
    assert address_of("https://a.example/c?fbclid=1", "") == "https://a.example/c"
    assert address_of("https://a.example/#/cases/1", "") == "https://a.example/#/cases/1"


@pytest.mark.parametrize("said", ["License Not Specified", "notspecified", "Unknown", "N/A", "other"])
def test_a_licence_that_is_not_stated_is_none(said):
    assert license_of(said) == ""
