"""Feeds of every kind, whole and broken, page after page."""

from __future__ import annotations

from pathlib import Path

import pytest
from bounded import bounded
from test_harvest_xml import BOMB, DATA, SHARED, SITE, data, getter, source, split

from indexer.harvest.item import Skipped, Unreadable
from indexer.harvest.protocols import feed

FIRST = SITE + "feed"
ENTRY = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>%s</id><title>Old</title>'
    b"<updated>2020-01-01T00:00:00Z</updated></entry></feed>"
)


def pages() -> dict[str, bytes]:
    return {FIRST: data("feed/page1.xml"), FIRST + "?page=2": data("feed/page2.xml")}


def test_entries_of_all_pages_are_found() -> None:
    found, skipped = split(feed.gather(source(FIRST), getter(pages()), ""))
    assert [each.id for each in found[:2]] == ["tag:cases.example,2024:reed", "case-7"]
    reed, heath = found
    assert reed.url == SITE + "en/reed"
    assert reed.modified == "2024-03-01T08:00:00Z"
    assert reed.data is not None
    assert "iframe" in reed.data["summary"]
    assert reed.data["where"] == {"type": "Point", "coordinates": [6.6, 46.5]}
    assert reed.data["tags"][0]["label"] == "Wetlands"
    assert reed.data["feed"]["title"] == "Cases"
    assert not any(name.endswith("_parsed") for name in reed.data)
    assert heath.url == ""
    assert heath.modified.startswith("Mon, 06 Sep 2010")
    assert heath.data is not None
    assert "keep it open" in heath.data["summary"]
    reasons = {each.reason for each in skipped.values()}  # an author alone; an entry that breaks off
    assert reasons == {"has no address, no title and no text"}
    assert len(skipped) == 2


def test_only_changes_are_given() -> None:
    found, _ = split(feed.gather(source(FIRST), getter(pages()), "2020-01-01"))
    assert "tag:cases.example,2024:reed" in [each.id for each in found]
    assert "case-7" not in [each.id for each in found]


def test_pages_that_lead_in_circles_end() -> None:
    asked: list[str] = []
    circle = {FIRST: data("feed/page1.xml"), FIRST + "?page=2": data("feed/page1.xml")}
    found, _ = split(feed.gather(source(FIRST), getter(circle, asked), ""))
    assert len(found) == 1
    assert asked == [FIRST, FIRST + "?page=2"]


def test_a_lost_page_leaves_what_was_listed() -> None:
    found, skipped = split(feed.gather(source(FIRST), getter({FIRST: data("feed/page1.xml")}), ""))
    assert len(found) == 1
    assert skipped[FIRST + "?page=2"].failed


def test_archives_are_followed() -> None:
    old = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>urn:x:1</id><title>Old</title></entry></feed>'
    new = old.replace(b"<entry>", b'<link rel="prev-archive" href="/old"/><entry>').replace(b"x:1", b"x:2")
    found, _ = split(feed.gather(source(FIRST), getter({FIRST: new, SITE + "old": old}), ""))
    assert [each.id for each in found] == ["urn:x:2", "urn:x:1"]


def test_properties_of_odata_are_kept_apart() -> None:
    found, _ = split(feed.gather(source(FIRST), getter({FIRST: data("feed/odata.xml")}), ""))
    (dune,) = found
    assert (dune.id, dune.url) == ("CASE-1", "https://cases.example/dune")
    assert dune.data is not None
    assert dune.data["properties"]["title"] == {"en": "Dunes grow again", "fr": "Les dunes repoussent"}
    assert dune.data["properties"]["latitude"] == "52.1"
    assert "country" not in dune.data["properties"]
    assert not any(name.startswith(("d_", "m_")) for name in dune.data)


def test_a_json_feed_is_read() -> None:
    found, skipped = split(feed.gather(source(FIRST), getter({FIRST: b"\xef\xbb\xbf" + data("feed/feed.json")}), ""))
    (fen,) = found
    assert (fen.id, fen.url, fen.modified) == ("12", SITE + "en/fen", "2024-02-03T00:00:00Z")
    assert fen.data is not None
    assert fen.data["feed"]["language"] == "en"
    assert [each.failed for each in skipped.values()] == [True, False, True]  # no object, nothing in it, a lost page


@pytest.mark.parametrize(
    "body",
    [
        b'<rss version="2.0"><channel><title>None yet</title></channel></rss>',
        b'<feed xmlns="http://www.w3.org/2005/Atom"/>',
        b"<CHANNEL><ABSTRACT>x</ABSTRACT></CHANNEL>",
        b'{"version": "https://jsonfeed.org/version/1", "items": []}',
    ],
)
def test_an_empty_feed_is_no_error_but_said(body: bytes) -> None:
    assert list(feed.gather(source(FIRST), getter({FIRST: body}), "")) == [Skipped(FIRST, "holds no items")]


def test_nothing_new_is_said_in_other_words() -> None:
    changed = feed.gather(source(FIRST), getter({FIRST: ENTRY % b"urn:x:1"}), "2024-01-01")
    assert list(changed) == [Skipped(FIRST, "holds no items changed since 2024-01-01")]


def test_a_feed_whose_only_entry_has_its_address_as_id_is_read() -> None:
    found, _ = split(feed.gather(source(FIRST), getter({FIRST: ENTRY % FIRST.encode()}), ""))
    assert [each.id for each in found] == [FIRST]


ITEM = b'<rss version="2.0"><channel><item><title>Reed</title>%s</item></channel></rss>'
ENTITIES = b'[<!ENTITY e "%s">]><rss version="2.0"><channel><item><title>&e;</title></item></channel></rss>' % (
    b"x" * 100
)


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss " + ENTITIES,
        b'<!DOCTYPE rss SYSTEM "a>b" ' + ENTITIES,
        b"<!--" + b"x" * 17_000 + b"--><!DOCTYPE rss " + ENTITIES,
        ("<!DOCTYPE rss " + ENTITIES.decode()).encode("utf-16"),
        b'<?xml version="1.0" encoding="iso-2022-jp"?><!DOCTYPE rss ' + ENTITIES.replace(b"<!EN", b"<!\x1b(JEN"),
        b'<?xml version="1.0" encoding="cp037"?>' + ("<!DOCTYPE rss " + ENTITIES.decode()).encode("cp037"),
    ],
)
def test_entities_are_refused_wherever_they_hide(body: bytes) -> None:
    with pytest.raises(Unreadable, match="declares entities"):
        feed.read(body, "it", FIRST)


@pytest.mark.parametrize("encoding", ["utf-7", "unicode_escape", "punycode"])
def test_encodings_that_nobody_writes_xml_in_are_not_believed(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + ITEM.replace(b"Reed", rb"+ADw-\x3c") % b""
    assert feed.read(body, "it", FIRST).entries[0].data["title"] == "+ADw-\\x3c"  # type: ignore[union-attr, index]


@pytest.mark.parametrize("start", [b"<rss>", b'{"version": "https://jsonfeed.org/version/1", "items": []}'])
def test_a_feed_that_is_too_large_is_not_read(start: bytes) -> None:
    with pytest.raises(Unreadable, match="it is larger than 5 MB, too large for a feed"):
        feed.read(start + b" " * 5_000_000, "it", FIRST)


@pytest.mark.parametrize(("piece", "name"), [(b"<a>", "150,000 tags"), (b"&", "1,000,000 character references")])
def test_a_feed_of_nothing_but_signs_is_not_read(piece: bytes, name: str) -> None:
    with pytest.raises(Unreadable, match=f"it has more than {name}, too many for a feed"):
        feed.read(b"<rss><channel>" + piece * 1_500_000, "it", FIRST)


ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Reed</title>%s</entry></feed>'


@pytest.mark.parametrize(
    "body",
    [
        b"<rss><channel>" + b"<a>" * 1_500_000,
        ITEM % (b"<author>" + b"a" * 1_000_000 + b"</author>"),
        ITEM % (b"<tags>" + b",".join(b"%d" % number for number in range(200_000)) + b"</tags>"),
        ATOM % (b'<content type="xhtml">' + b"&#10;" * 400_000 + b"a</content>"),
        b"<!-- -->" + b"\n" * 200_000 + ITEM % b"",
        b"<?xml " + b'encoding="' * 30_000 + b"?>",
    ],
    ids=["nested", "author", "terms", "blanks", "before", "declaration"],
)
def test_feeds_made_to_keep_their_reader_busy_end_soon(body: bytes) -> None:
    try:
        with bounded(15):
            entries = feed.read(body, "it", FIRST).entries
    except Unreadable as error:
        assert "too many for a feed" in str(error) or "is no" in str(error)
    else:
        assert entries[0].data["title"] == "Reed"  # type: ignore[union-attr, index]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"broken",
        b"<!DOCTYPE html><html><body>Not found</body></html>",
        b"<urlset><url><loc>https://x.example/</loc></url></urlset>",
        b'{"items": [1]}',
        b'{"version": "https://jsonfeed.org/version/1", ',
        b"{" * 100_000,
        BOMB,
        BOMB.replace(b"<a x", b"<rss x").replace(b"</a>", b"</rss>"),
    ],
)
def test_what_is_no_feed_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        list(feed.gather(source(FIRST), getter({FIRST: body}), ""))


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-7", "utf-16", "windows-1253", "utf-32"])
def test_feeds_come_in_many_encodings(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss version="2.0"><channel><item><title>Λίμνη</title></item>'
    found = feed.read(f"{text}</channel></rss>".encode(encoding), "it", FIRST, "us-ascii").entries
    assert found[0].data["title"] == "Λίμνη"  # type: ignore[union-attr, index]


def test_deep_and_odd_feeds_end() -> None:
    deep = b"<rss><channel><item><title>" + b"<b>" * 20_000 + b"</title></item></channel></rss>"
    odd = b'<rss><channel><item><link>http://[bad</link><guid isPermaLink="true">x y</guid></item></channel></rss>'
    for body in (deep, odd, data("feed/page1.xml")[:-200], b"<rss>\xff\xfe\0\0<channel><item><title>x"):
        try:
            entries = feed.read(body, "it", FIRST).entries
        except Unreadable:
            continue
        assert all(entry.id for entry in entries)


FILES: list[Path] = sorted(SHARED.glob("fixtures/feeds/*"))


@pytest.mark.skipif(not FILES, reason=f"there are no real files in {SHARED}")
def test_real_feeds_are_read() -> None:
    total = 0
    for path in FILES:
        body = path.read_bytes()
        found, skipped = split(feed.gather(source(FIRST), getter({FIRST: body}), ""))
        assert all(each.reason for each in skipped.values())
        total += len(found)
    assert total >= 40
    assert DATA.is_dir()
