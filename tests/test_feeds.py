"""Atom feeds of searches, read by what reads feeds."""

from __future__ import annotations

from datetime import UTC, datetime

import feedparser
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, make_record, tag
from lxml import etree

from hub.app import create_app
from hub.config import load_config
from hub.web.feeds import FEED_PER_PAGE
from indexer.build import build

SCHEMA = etree.RelaxNG(etree.parse(ROOT / "tests" / "data" / "atom.rng"))
HOSTILE = '<script>alert(1)</script> ]]> &amp; "x" <!-- é 漢字 \u202e'
EVERY_KIND = (
    "/search.atom", "/fr/search.atom", "/es/search.atom", "/search.atom?q=reed", "/search.atom?q=xyzzy",
    "/search.atom?q=reed&target=23", "/search.atom?target=2&per_page=2&page=2", "/search.atom?sort=title",
    "/search.atom?q=%00%0b%1f%ef%bf%be<&sort=relevance", "/search.atom?country=KEN&country=not-stated&region=150",
)  # fmt: skip


def valid(answer):
    """The feed of an answer, if it is one that RFC 4287 allows."""
    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    tree = etree.fromstring(answer.data)
    SCHEMA.assertValid(tree)
    found = feedparser.parse(answer.data, response_headers={"content-type": answer.content_type})
    assert not found.bozo and found.version == "atom10"
    identifiers = [entry.id for entry in found.entries]
    assert len(set(identifiers)) == len(identifiers)
    return found


def links(found) -> dict[str, str]:
    return {link.rel: link.href for link in found.feed.links}


def ids(found) -> list[str]:
    return [entry.id.rpartition("/")[2] for entry in found.entries]


def hub_with(corpus, engine, *records, **settings):
    for record in records:
        corpus.write(record, None)
    build(corpus, engine)
    return create_app(load_config(settings), engine).test_client()


@pytest.mark.parametrize("path", EVERY_KIND)
def test_every_feed_is_valid(client, path):
    valid(client.get(path))


def test_the_schema_refuses_what_is_no_feed(client):
    for wanted, other in ((b"<id>", b"<guid>"), (b"+00:00</updated>", b"</updated>"), (b"<name>", b"<email>")):
        broken = client.get("/search.atom").data.replace(wanted, other)
        broken = broken.replace(wanted.replace(b"<", b"</"), other.replace(b"<", b"</"))
        assert not SCHEMA.validate(etree.fromstring(broken))


def test_a_feed_has_the_records_of_the_search_with_their_terms(client):
    found = valid(client.get("/search.atom?q=mangrove"))
    assert found.feed.title == "mangrove – Knowledge Hub"
    entry = next(entry for entry in found.entries if entry.id.endswith("/mangrove-nursery"))
    assert entry.title == "Women raise mangrove seedlings"
    assert entry.summary == "A cooperative in Kwale grows mangrove seedlings and sells honey."
    assert (entry.link, entry.author_detail.name) == ("http://localhost/records/mangrove-nursery", "Knowledge Hub")
    assert [link.href for link in entry.links if link.rel == "via"] == ["https://example.org/cases/mangrove-nursery"]
    assert ("GBF-TARGET-23", "http://localhost/vocabularies/target", "Gender") in {
        (one.term, one.scheme, one.label) for one in entry.tags
    }
    assert {one.term for one in entry.tags} == {"GBF-TARGET-02", "GBF-TARGET-23", "eco-coast", "KEN"}


def test_the_same_record_has_one_id_in_all_languages_and_labels_in_each(client):
    english, french = (valid(client.get(f"{prefix}/search.atom?q=mangrove")) for prefix in ("", "/fr"))
    assert ids(english) == ids(french) and english.entries[0].id == french.entries[0].id
    assert french.entries[0].link == "http://localhost/fr/records/mangrove-nursery"
    assert "Égalité" in " ".join(one.label for one in french.entries[0].tags)
    assert (french.feed.language, french.entries[0].title_detail.language) == ("fr", "en")


def test_the_newest_come_first_unless_another_order_is_asked_for(corpus, engine):
    newer = make_record("newer", title="Heron island", provenance={
        "harvester": "t", "first_seen": "2026-03-01", "last_seen": "2026-03-01"})  # fmt: skip
    client = hub_with(corpus, engine, newer, make_record("best", title="Heron heron", abstract="Heron heron heron."))
    assert ids(valid(client.get("/search.atom?q=heron"))) == ["newer", "best"]
    assert ids(valid(client.get("/search.atom?q=heron&sort=relevance"))) == ["best", "newer"]


def test_dates_are_those_of_the_record_and_never_lie_ahead_of_the_index(corpus, engine):
    future, year, past = (
        make_record("future", modified="2099-05-01"), make_record("year", modified="2026"),
        make_record("past", modified="2020-02"),
    )  # fmt: skip
    client = hub_with(corpus, engine, future, year, past, make_record("changed", modified="2026-02-03"))
    built = datetime.fromisoformat(engine.info().built)
    found = {entry.id.rpartition("/")[2]: entry for entry in valid(client.get("/search.atom")).entries}
    assert datetime(*found["future"].updated_parsed[:6], tzinfo=UTC) == built
    assert found["changed"].updated == "2026-02-03T00:00:00+00:00"
    for name in ("year", "past", "changed", "reed-bed"):
        assert found[name].published == "2026-01-01T00:00:00+00:00"
    assert found["past"].updated == found["past"].published


def test_a_feed_that_finds_nothing_is_as_old_as_the_index_and_fills_later(corpus, engine):
    client = create_app(load_config({}), engine).test_client()
    empty = valid(client.get("/search.atom?q=capercaillie"))
    assert (empty.entries, empty.feed.opensearch_totalresults) == ([], "0")
    assert datetime.fromisoformat(empty.feed.updated) == datetime.fromisoformat(engine.info().built)
    assert valid(client.get("/search.atom?q=capercaillie")).feed.updated == empty.feed.updated
    corpus.write(make_record("grouse", title="Capercaillie return"), None)
    build(corpus, engine)
    later = valid(client.get("/search.atom?q=capercaillie"))
    assert (ids(later), later.feed.id) == (["grouse"], empty.feed.id)


def test_text_from_elsewhere_stays_plain_text(corpus, engine):
    record = make_record("hostile", title=f"Heron {HOSTILE}", abstract=HOSTILE, publisher=HOSTILE, license=HOSTILE,
                         source="other-portal", tags=[tag("target", "GBF-TARGET-01")], provenance={
                             "harvester": "t", "first_seen": "2026-01-01", "last_seen": "2026-01-01",
                             "words": "source"})  # fmt: skip
    client = hub_with(corpus, engine, record, HUB_SITE_NAME=HOSTILE, HUB_OPERATOR=HOSTILE)
    answer = client.get("/search.atom", query_string={"q": f"heron {HOSTILE}"})
    valid(answer)
    feed = etree.fromstring(client.get("/search.atom?q=heron").data)
    entry = feed.find("{*}entry")
    assert entry.findtext("{*}title") == f"Heron {HOSTILE}"
    assert (entry.findtext("{*}summary"), entry.find("{*}summary").get("type")) == (HOSTILE, "text")
    assert (entry.findtext("{*}author/{*}name"), entry.findtext("{*}rights")) == (HOSTILE, HOSTILE)


def test_pages_of_a_feed_lead_to_each_other_and_hold_each_record_once(client):
    found, url = [], "/search.atom?target=2&per_page=1&sort=title"
    first = valid(client.get(url))
    while url:
        page = valid(client.get(url))
        feed = page.feed
        found += ids(page)
        assert (feed.opensearch_startindex, feed.opensearch_itemsperpage) == (str(len(found)), "1")
        assert feed.id == first.feed.id and links(page)["last"].endswith("page=3&sort=title&per_page=1")
        assert ("previous" in links(page)) == (len(found) > 1)
        url = links(page).get("next")
    assert sorted(found) == ["mangrove-nursery", "reed-bed", "tourbiere-du-plateau"]
    assert first.feed.opensearch_totalresults == "3"


@pytest.mark.parametrize("asked", ["q=reed&sort=relevance&per_page=10", "q=reed", "sort=title&per_page=7", "target=2"])
def test_the_address_a_feed_gives_of_itself_is_that_feed(client, asked):
    found = valid(client.get(f"/search.atom?{asked}"))
    again = valid(client.get(links(found)["self"]))
    assert (ids(again), links(again), again.feed.id) == (ids(found), links(found), found.feed.id)
    assert client.get(links(found)["alternate"]).mimetype == "text/html"
    assert client.get(links(found)["search"]).mimetype == "application/opensearchdescription+xml"


def test_what_was_asked_is_repeated(client):
    query = etree.fromstring(client.get("/search.atom?q=reed+bed&page=1").data).find("{*}Query")
    assert dict(query.attrib) == {"role": "request", "searchTerms": "reed bed", "startPage": "1"}
    assert valid(client.get("/search.atom")).feed.opensearch_itemsperpage == str(FEED_PER_PAGE)


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [("explain=1", 400, "no parameter 'explain'"), ("targets=2", 400, "no parameter 'targets'"),
     ("target=99", 400, "no target '99'"), ("page=2", 404, "no page 2"), ("per_page=101", 400, "from 1 to 100")],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_to_programs(client, asked, status, said):
    answer = client.get(f"/search.atom?{asked}")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert said in answer.json["detail"]


def test_a_feed_is_not_sent_twice(client):
    first = client.get("/search.atom?q=reed")
    assert client.get("/search.atom?q=reed", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert first.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("prefix", ["", "/fr", "/es"])
@pytest.mark.parametrize("path", ["/", "/search?q=reed&target=2&sort=title&page=1", "/search?q=xyzzy", "/targets/2",
                                  "/themes/eco", "/countries/KEN", "/regions/002"])  # fmt: skip
def test_pages_name_the_feed_of_what_they_show(client, prefix, path):
    page = BeautifulSoup(client.get(prefix + path).text, "html.parser")
    link = page.find("link", rel="alternate", type="application/atom+xml")
    assert link["href"].startswith(f"{prefix}/search.atom") and "sort" not in link["href"] and link["title"]
    found = valid(client.get(link["href"]))
    shown = {a["href"].rpartition("/")[2] for a in page.select("main a[href*='/records/']")}
    assert shown <= set(ids(found)) or path == "/"
