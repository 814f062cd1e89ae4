"""Sitemaps, lists of records in XML, catalogues in RDF and plain folders on the web; hostile XML."""

from __future__ import annotations

import gzip
import logging
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bounded import bounded

from indexer.harvest.item import FetchFailed, Get, Reference, Response, Skipped, Unreadable
from indexer.harvest.protocols import dcat, sitemap, waf, xml_list
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.protocols.xml_safe import is_html, mend_xml, read_xml, refuse_entities, start_of, text_in
from indexer.harvest.source import Source

DATA = Path(__file__).parent / "data" / "harvest"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "harvest"
SITE = "https://cases.example/"
BOMB = (
    b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a x="&c;">&c;</a>'
)


def getter(pages: Mapping[str, bytes], asked: list[str] | None = None, **headers: str) -> Get:
    def get(url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
        if asked is not None:
            asked.append(url)
        if url not in pages:
            raise FetchFailed(f"{url} answers 404", "gone", 404)
        return Response(url, 200, "", "", pages[url], headers)

    return get


def source(address: str, **more: Any) -> Source:
    return Source(id="test", name="Test", protocol="test", address=address, **more)


def data(name: str) -> bytes:
    return (DATA / name).read_bytes()


def split(entries: Any) -> tuple[list[Reference], dict[str, Skipped]]:
    found = list(entries)
    return (
        [entry for entry in found if isinstance(entry, Reference)],
        {entry.id: entry for entry in found if isinstance(entry, Skipped)},
    )


# --- XML without harm


def test_entities_are_refused() -> None:
    outside = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    hidden = BOMB.replace(b"<!DOCTYPE a [", b'<!DOCTYPE a SYSTEM "a>b" [')
    late = b"<!--" + b"x" * 17_000 + b"-->" + BOMB
    parameter = b'<!DOCTYPE a SYSTEM "a>b" [<!ENTITY % x "y">]><a/>'
    wide = BOMB.decode().encode("utf-16")
    for body in (BOMB, outside, wide, b"<!-- hello --> " + BOMB, hidden, late, late[:-2], parameter):
        with pytest.raises(Unreadable, match="declares entities"):
            mend_xml(body, "it")
        with pytest.raises(Unreadable, match="declares entities"):
            refuse_entities(body, "it")


def test_a_doctype_without_entities_is_harmless() -> None:
    body = b'<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://n.example/rss.dtd"><rss><channel/></rss>'
    assert read_xml(body, "it").tag == "rss"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"<a>x & y &nbsp; z</a>", "x & y &nbsp; z"),
        (b"<a><![CDATA[x & y]]> & z</a>", "x & y & z"),
        (b"Warning: oops\n<?xml version='1.0'?><a>x</a>", "x"),
        (b'<?xml version="1.0" encoding="utf-8"?><a>caf\xe9 & x</a>', "café & x"),
        (b'<?xml version="1.0" encoding="x-none"?><a>caf\xc3\xa9</a>', "café"),
        (b"<a>x\x0by</a>", "x y"),
        (b"<a><b>x</c></a>", "x"),
    ],
)
def test_slips_are_mended_and_named(body: bytes, text: str) -> None:
    root, wrong = mend_xml(body, "it")
    assert text_in(root) == text
    assert wrong
    with pytest.raises(Unreadable, match="not well-formed"):
        read_xml(body, "it")


def test_good_xml_in_any_encoding_is_not_mended() -> None:
    for encoding in ("utf-8", "utf-16", "utf-32", "iso-8859-1"):
        body = f'<?xml version="1.0" encoding="{encoding}"?><a>é</a>'.encode(encoding)
        assert text_in(read_xml(body, "it")) == "é"
    assert text_in(read_xml(b'\n <?xml version="1.0"?><a>x</a>', "it")) == "x"


@pytest.mark.parametrize("body", [b"", b"broken", b"\0\1\2", b"{}", b"<a>" * 100_000, b"<!--" * 5_000])
def test_what_is_no_xml_is_unreadable_or_cut(body: bytes) -> None:
    try:
        root, wrong = mend_xml(body, "it")
    except Unreadable as error:
        assert str(error).startswith("it is ")
    else:
        assert wrong
        assert root.tag == "a"


def test_a_web_page_is_called_one() -> None:
    with pytest.raises(Unreadable, match="is a web page"):
        mend_xml(b"<!-- x --><!DOCTYPE html><html><body><p>Not found<br></body>", "it")
    assert is_html(b"\xef\xbb\xbf <HTML>")
    assert not is_html(b"<!-- <html> --><rss/>")
    assert start_of(b"<!-- -->" * 1_990 + b" ") == b""


def test_gzip_is_unpacked_within_bounds() -> None:
    packed = gzip.compress(b"x" * 1000) + gzip.compress(b"y")
    assert unpacked(packed, "it") == b"x" * 1000 + b"y"
    assert unpacked(b"plain", "it") == b"plain"
    with pytest.raises(Unreadable, match="more than"):
        unpacked(gzip.compress(b"x" * 2_000_001), "it", 2_000_000)
    with pytest.raises(Unreadable, match="breaks off"):
        unpacked(packed[:15], "it")
    with pytest.raises(Unreadable, match="damaged"):
        unpacked(b"\x1f\x8bnonsense", "it")


# --- sitemaps


def sitemaps() -> dict[str, bytes]:
    return {
        SITE + "sitemap.xml": data("sitemap/index.xml"),
        SITE + "pages.xml": data("sitemap/pages.xml"),
        SITE + "more.txt": gzip.compress(data("sitemap/more.txt")),
    }


def test_a_sitemap_index_gives_every_page_once() -> None:
    found, skipped = split(sitemap.gather(source(SITE + "sitemap.xml"), getter(sitemaps()), ""))
    assert [each.id for each in found] == [
        SITE + "en/reed",
        SITE + "en/heath?page=1&all=yes",
        SITE + "tag/birds",
        SITE + "en/meadow",
    ]
    assert found[0].modified == "2024-03-01"
    assert found[0].data == {"language": "en", "alternates": [{"language": "fr-FR", "url": SITE + "fr/roseau"}]}
    assert "another host" in skipped["https://elsewhere.example/sitemap.xml"].reason
    assert "another host" in skipped["https://other.example/en/dune"].reason
    assert skipped[SITE + "missing.xml"].failed
    assert "(no address)" in skipped


def test_a_page_is_kept_in_the_language_of_the_source() -> None:
    found, _ = split(sitemap.gather(source(SITE + "pages.xml", language="fr"), getter(sitemaps()), ""))
    assert found[0].id == SITE + "fr/roseau"
    assert found[0].modified == "2024-04-01"
    assert SITE + "en/reed" not in [each.id for each in found]


def test_patterns_hosts_and_dates_choose_pages() -> None:
    options = {"hosts": "other.example, third.example"}
    chosen = source(SITE + "pages.xml", options=options, include=("/en/", "/tag/"), exclude=("/tag/",))
    found, skipped = split(sitemap.gather(chosen, getter(sitemaps()), "2024-02-01"))
    assert [each.id for each in found] == [SITE + "en/reed", "https://other.example/en/dune"]
    assert skipped[SITE + "pages.xml"].reason == "1 address fits a pattern to exclude"
    assert SITE + "tag/birds" not in skipped
    with pytest.raises(Unreadable, match="no regular expression"):
        list(sitemap.gather(source(SITE + "pages.xml", include=("(",)), getter(sitemaps()), ""))


def test_sitemaps_that_name_themselves_or_nest_too_deep_end() -> None:
    def index(*names: str) -> bytes:
        return b"<sitemapindex>%s</sitemapindex>" % b"".join(
            b"<sitemap><loc>/%s</loc></sitemap>" % name.encode() for name in names
        )

    pages = {SITE + str(number): index(str(number), str(number + 1), "0") for number in range(9)}
    asked: list[str] = []
    found, skipped = split(sitemap.gather(source(SITE + "0"), getter(pages, asked), ""))
    assert found == []
    assert len(asked) == 5
    assert "deep" in skipped[SITE + "5"].reason


@pytest.mark.parametrize("body", [b"<rss><channel/></rss>", b"<html><body>x</body></html>", b"broken", b"", BOMB])
def test_what_is_no_sitemap_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        list(sitemap.gather(source(SITE), getter({SITE: body}), ""))


def test_thousands_of_addresses_that_are_not_wanted_are_told_as_numbers() -> None:
    address = SITE + "map.txt?apikey=s3cret"
    here = [f"{SITE}{folder}/{number}" for folder in ("cases", "news", "old") for number in range(2_000)]
    there = [f"https://else{number}.example/" for number in range(50)]
    chosen = source(address, include=("/cases/", "/old/"), exclude=("/old/",))
    entries = list(sitemap.gather(chosen, getter({address: "\n".join(here + there).encode()}), ""))
    assert sum(isinstance(entry, Reference) for entry in entries) == 2_000
    skipped = [entry for entry in entries if isinstance(entry, Skipped)]
    assert len(skipped) == 23
    assert {each.id for each in skipped[20:]} == {SITE + "map.txt?apikey=…"}
    assert [each.reason for each in skipped[20:]] == [
        "2,000 addresses fit none of the patterns",
        "2,000 addresses fit a pattern to exclude",
        "30 more addresses lie elsewhere",
    ]


def test_thousands_of_empty_entries_and_sitemaps_elsewhere_are_told_as_numbers() -> None:
    body = b"<urlset>" + b"<url/>" * 5_000 + b"</urlset>"
    entries = list(sitemap.gather(source(SITE), getter({SITE: body}), ""))
    assert [entry.reason for entry in entries[20:]] == ["4,980 more entries have no address"]  # type: ignore[union-attr]
    body = b"<sitemapindex>%s</sitemapindex>" % (b"<sitemap><loc>https://a.example/</loc></sitemap>" * 30)
    entries = list(sitemap.gather(source(SITE), getter({SITE: body}), ""))
    assert [entry.reason for entry in entries[20:]] == ["10 more addresses lie elsewhere"]  # type: ignore[union-attr]


def test_an_empty_sitemap_is_said() -> None:
    assert list(sitemap.gather(source(SITE), getter({SITE: b"<urlset/>"}), "")) == [Skipped(SITE, "holds no items")]


def test_escapes_in_addresses_get_into_no_id() -> None:
    body = f"{SITE}a\x1b]0;x\x07\n{SITE}b\x9b31m\u202egnp\nhttps://else.example/\x1b[2J".encode()
    entries = list(sitemap.gather(source(SITE), getter({SITE: body}), ""))
    assert len(entries) == 3
    assert all(entry.id.isprintable() for entry in entries)


def test_keys_in_addresses_are_in_no_message_or_id_of_any_listing() -> None:
    address = SITE + "list?apikey=s3cret"
    for protocol in (sitemap, waf, xml_list, dcat):
        with pytest.raises(Unreadable) as raised:
            list(protocol.gather(source(address), getter({address: b"<a>x</a>"}), ""))
        assert "s3cret" not in str(raised.value)
    body = b"<urlset><url><loc>https://cases.example/a</loc></url>"
    entries = list(sitemap.gather(source(address), getter({address: body}), ""))
    below = {address: b"<sitemapindex><sitemap><loc>/x?key=s3cret</loc></sitemap>", SITE + "x?key=s3cret": b"<rss/>"}
    entries += sitemap.gather(source(address), getter(below), "")
    assert [entry.id for entry in entries if isinstance(entry, Skipped)] == [
        SITE + "list?apikey=…",
        SITE + "list?apikey=…",
        SITE + "x?key=…",
    ]
    assert "s3cret" not in str(entries)


def test_a_broken_sitemap_gives_what_can_be_read() -> None:
    body = b"<urlset><url><loc>https://cases.example/a?x=1&y=2</loc></url><url><loc>https://cases.exa"
    found, skipped = split(sitemap.gather(source(SITE), getter({SITE: body}), ""))
    assert found[0].url == SITE + "a?x=1&y=2"
    assert skipped[SITE].failed


# --- lists of records


def test_records_are_found_and_become_plain_data() -> None:
    address = SITE + "cases.xml"
    found, skipped = split(xml_list.gather(source(address), getter({address: data("xml/cases.xml")}), ""))
    assert [each.id for each in found] == ["11", "12"]
    assert found[0].url == SITE + "en/hedges"
    case = found[0].data
    assert case is not None
    assert case["field_title"] == "Hedges & birds"
    assert case["@number"] == "1"
    assert case["name"] == {"en": "Hedges", "fr": "Haies"}
    assert case["country"] == {"value": "France", "@code": "FRA"}
    assert case["tag"] == ["birds", "farming"]
    assert "<b>planted</b>" in case["text"]
    assert "empty" not in case
    assert skipped["case 3"].reason == "is empty"


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"items": "case"}, ["11", "12"]),
        ({"items": "cases/case", "id": "@number"}, ["1", "2"]),
        ({"items": "/export/cases/case", "id": "item_id"}, ["11", "12"]),
    ],
)
def test_a_source_says_which_elements_are_records(options: dict[str, str], ids: list[str]) -> None:
    found, _ = split(xml_list.gather(source(SITE, options=options), getter({SITE: data("xml/cases.xml")}), ""))
    assert [each.id for each in found] == ids


def test_missing_records_and_ids_are_said() -> None:
    get = getter({SITE: data("xml/cases.xml")})
    with pytest.raises(Unreadable, match="no element 'story'"):
        list(xml_list.gather(source(SITE, options={"items": "story"}), get, ""))
    with pytest.raises(Unreadable, match="'number'"):
        list(xml_list.gather(source(SITE, options={"id": "number"}), get, ""))
    with pytest.raises(Unreadable, match="no list of records"):
        list(xml_list.gather(source(SITE), getter({SITE: b"<a><b>only text</b></a>"}), ""))


def test_equal_ids_are_told_and_rows_without_id_get_one() -> None:
    body = b"<l><r><id>1</id><t>x</t></r><r><id>1</id><t>y</t></r><r><t>z</t></r></l>"
    found, skipped = split(xml_list.gather(source(SITE, options={"id": "id"}), getter({SITE: body}), ""))
    assert [each.id for each in found] == ["1"]
    assert skipped["r 2"].failed
    assert skipped["r 3"].failed
    found, skipped = split(xml_list.gather(source(SITE), getter({SITE: body}), ""))
    assert len({each.id for each in found}) == 3
    assert skipped == {}


def test_broken_markup_within_a_text_is_kept_as_it_can_be() -> None:
    body = b"<l><r><id>1</id><t>x <a:17>y</a:17> z</t></r><r><id>2</id><t>w</t></r></l>"
    found, skipped = split(xml_list.gather(source(SITE), getter({SITE: body}), ""))
    assert [each.id for each in found] == ["1", "2"]
    assert found[0].data is not None
    assert found[0].data["t"] == "x <span>y</span> z"
    assert skipped[SITE].failed


def test_keys_in_addresses_are_not_shown() -> None:
    address = SITE + "list?request=GetRecords&apikey=s3cret"
    get = getter({address: data("xml/csw.xml").replace(b"</csw:SearchResults>", b"")})
    _, skipped = split(xml_list.gather(source(address), get, ""))
    assert skipped
    assert "s3cret" not in "".join(skipped)


@pytest.mark.parametrize("protocol", [xml_list, dcat])
def test_a_document_that_is_one_record_without_an_id_is_read(protocol: Any) -> None:
    body = b"<case><title>One case of a river</title><description>What was done.</description></case>"
    for address in (SITE + "case.xml", SITE + "case.xml?key=s3cret"):
        found, _ = split(protocol.gather(source(address), getter({address: body}), ""))
        assert [each.id for each in found] == [SITE + "case.xml"]


@pytest.mark.parametrize("protocol", [xml_list, dcat])
def test_a_list_without_records_says_so(protocol: Any) -> None:
    assert list(protocol.gather(source(SITE), getter({SITE: b"<cases/>"}), "")) == [Skipped(SITE, "holds no items")]


def test_pages_whose_first_record_is_empty_are_not_taken_for_one() -> None:
    def page(number: int, following: int) -> bytes:
        return (
            f'<r><SearchResults nextRecord="{following}"/><Record/>'
            f"<Record><id>{number}</id><title>T</title></Record></r>"
        ).encode()

    first = SITE + "csw?request=GetRecords"
    get = getter({first: page(1, 2), first + "&startPosition=2": page(2, 0)})
    found, _ = split(xml_list.gather(source(first), get, ""))
    assert [each.id for each in found] == ["1", "2"]


@pytest.mark.parametrize("blanks", [b"<rss>%sy & z</rss>", b"%s<rss>y & z</rss>", b'<?xml version="1.0"%s?><rss>y & z'])
def test_malformed_xml_full_of_blanks_is_read_in_linear_time(blanks: bytes) -> None:
    with bounded(10):
        root, wrong = mend_xml(blanks % (b" " * 300_000), "it")
    assert wrong
    assert text_in(root).endswith("z")


def test_a_catalogue_service_is_read_page_by_page() -> None:
    first = SITE + "csw?service=CSW&REQUEST=GetRecords&startPosition=1"
    second = SITE + "csw?service=CSW&REQUEST=GetRecords&startPosition=2"
    get = getter({first: data("xml/csw.xml"), second: data("xml/csw-dc.xml")})
    found, skipped = split(xml_list.gather(source(first), get, ""))
    assert [each.id for each in found] == ["iso-1", "dc-2"]
    assert skipped == {}
    record = found[0].data
    assert record is not None
    assert record["title"] == {"eng": "Salt marsh map", "fre": "Carte du schorre"}
    assert record["abstract"] == "Where the marsh is."
    assert record["point"] == {"lat": 51.0, "lon": 5.0}
    assert record["issued"] == "2023-05"
    assert record["keywords"] == ["marsh"]
    assert (found[0].url, found[0].modified) == ("https://maps.example/marsh", "2024-01-02")


def test_a_lost_or_repeated_page_ends_the_list() -> None:
    first = SITE + "csw?request=GetRecords"
    found, skipped = split(xml_list.gather(source(first), getter({first: data("xml/csw.xml")}), ""))
    assert len(found) == 1
    assert skipped[first + "&startPosition=2"].failed
    again = {first + end: data("xml/csw.xml") for end in ("", "&startPosition=2")}
    found, skipped = split(xml_list.gather(source(first), getter(again), ""))
    assert len(found) == 1


# --- catalogues in RDF


def test_dcat_is_read_over_pages_and_forms(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be fetched for a context")

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", no_network)
    first, second = "https://data.example/catalog", "https://data.example/page2"
    get = getter({first: data("dcat/page1.ttl"), second: data("dcat/page2.jsonld")})
    with caplog.at_level(logging.DEBUG):
        found, skipped = split(dcat.gather(source(first), get, ""))
    assert [each.id for each in found] == ["https://data.example/set/1", "https://data.example/set/3"]
    one, three = (each.data for each in found)
    assert one is not None
    assert three is not None
    assert one["title"] == {"en": "Reed map", "fr": "Carte des roseaux"}
    assert sorted(one["keyword"]) == ["lakes", "reed"]
    assert one["publisher"] == {"name": "Lake Office"}
    assert one["isPartOf"] == first
    assert found[0].url == "https://data.example/reed"
    assert (three["title"], three["keyword"]) == ("Heath map", ["heath"])
    assert "without a title" in skipped["https://data.example/set/2"].reason
    assert not [record for record in caplog.records if record.name.startswith("rdflib")]
    assert not logging.getLogger("rdflib").disabled


def test_rdf_in_xml_is_mended_and_iso_records_are_read() -> None:
    get = getter({SITE: data("dcat/catalog.rdf"), SITE + "iso": data("xml/csw.xml")})
    found, skipped = split(dcat.gather(source(SITE), get, ""))
    assert [each.id for each in found] == ["set-9"]
    assert found[0].data is not None
    assert found[0].data["title"] == "Otter & eel map"
    assert skipped[SITE].failed
    found, _ = split(dcat.gather(source(SITE + "iso"), get, ""))
    assert [each.id for each in found] == ["iso-1"]


def test_the_next_page_may_be_in_a_header() -> None:
    asked: list[str] = []
    link = '<page2>; rel="next"'
    get = getter({SITE: data("dcat/catalog.rdf"), SITE + "page2": data("dcat/page2.jsonld")}, asked, link=link)
    found, _ = split(dcat.gather(source(SITE), get, ""))
    assert len(found) == 2
    assert asked == [SITE, SITE + "page2"]


@pytest.mark.parametrize(
    "body",
    [
        b"<html><body>x</body></html>",
        b'{"a": 1}',
        b"@prefix broken",
        b"[" * 100_000,
        b"<a> <b> " + b"[ <p> " * 50_000,
        b'{"@graph": ' * 5_000,
        b"@prefix s: <http://s.example/> . s:a s:b s:c .",
        BOMB,
        b'<!DOCTYPE rdf:RDF [<!ENTITY x "http://x.example/">]><rdf:RDF xmlns:rdf="&x;"/>',
        b"",
    ],
)
def test_what_is_no_catalogue_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        list(dcat.gather(source(SITE), getter({SITE: body}), ""))


def test_a_large_thing_that_all_data_sets_lead_to_is_told_within_bounds() -> None:
    large = "".join(f'<#p{number}> "{number}" ; ' for number in range(4_000))
    sets = "".join(f'<#{number}> a dcat:Dataset ; dct:title "T" ; <#x> <#large> .\n' for number in range(400))
    prefixes = "@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .\n"
    found, _ = split(
        dcat.gather(source(SITE), getter({SITE: f"{prefixes}<#large> {large} <#q> 1 .\n{sets}".encode()}), "")
    )
    assert sum(len(each.data["x"]) for each in found if each.data and isinstance(each.data.get("x"), dict)) < 200_000


# --- folders on the web


def test_the_files_of_a_web_folder_are_read() -> None:
    folder = "https://files.example/meta/"
    pages = {
        folder: data("xml/listing.html"),
        folder + "csw.xml": data("xml/csw.xml"),
        folder + "broken.xml": b"broken",
        folder + "page.html": data("folder/page.html"),
    }
    asked: list[str] = []
    found, skipped = split(waf.gather(source(folder), getter(pages, asked), ""))
    assert asked == [folder, folder + "csw.xml", folder + "broken.xml", folder + "page.html"]
    assert [each.id for each in found] == [folder + "csw.xml#iso-1", folder + "page.html"]
    assert found[0].data is not None
    assert found[0].kind == "xml"
    assert found[1].kind == "html"
    assert skipped[folder + "broken.xml"].failed
    with pytest.raises(Unreadable, match="lists no files"):
        list(waf.gather(source(folder), getter({folder: b"<html><a href='../'>up</a></html>"}), ""))


# --- real files

REAL = [
    *((sitemap, path) for path in sorted(SHARED.glob("fixtures/sitemaps/*"))),
    *((xml_list, path) for path in sorted(SHARED.glob("fixtures/xml-case-studies/*.xml"))),
    *((xml_list, path) for path in sorted(SHARED.glob("fixtures/scbd-odata/*.xml"))),
    *((dcat, path) for path in sorted(SHARED.glob("fixtures/ckan-dcat/*"))),
]


@pytest.mark.skipif(not REAL, reason=f"there are no real files in {SHARED}")
def test_real_files_give_items_or_a_reason() -> None:
    counts: dict[str, int] = {}
    for protocol, path in REAL:
        address = SITE + path.name
        try:
            entries = list(protocol.gather(source(address), getter({address: path.read_bytes()}), ""))
        except Unreadable as error:
            assert len(str(error)) > 20
            continue
        for entry in entries:
            assert entry.id
            assert isinstance(entry, Reference) or entry.reason
        counts[path.name] = sum(isinstance(entry, Reference) for entry in entries)
    assert counts["climate-adapt-cases-dev.xml"] == 48
    assert counts["dcatde__catalog-endpoint.rdf"] == 6
    assert counts["geodatagov__sample3_getrecords2.xml"] == 2
