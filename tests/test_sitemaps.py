"""The sitemap, against the rules of sitemaps.org and of search engines for pages in several languages."""

from __future__ import annotations

import tracemalloc
from datetime import date

import pytest
from conftest import make_record
from lxml import etree

from hub.app import create_app
from hub.changes import Changes
from hub.config import LANGUAGES, load_config
from hub.engine import Every, IndexInfo
from hub.record import Record
from hub.web import sitemaps
from indexer.build import build

SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST_ADDRESSES, MOST_BYTES = 50_000, 50 * 2**20


def read(answer, root: str) -> etree._Element:
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    assert len(answer.data) < MOST_BYTES
    tree = etree.fromstring(answer.data)
    assert tree.tag == f"{{{SITEMAP}}}{root}"
    return tree


def parts(client) -> list[str]:
    index = read(client.get("/sitemap.xml"), "sitemapindex")
    for entry in index:
        date.fromisoformat(entry.findtext(f"{{{SITEMAP}}}lastmod"))
    return [loc.text for loc in index.iter(f"{{{SITEMAP}}}loc")]


def pages(client, part: str) -> dict[str, tuple[date, dict[str, str]]]:
    """Address -> day of the last change, and the same page by language."""
    found = {}
    for url in read(client.get(part), "urlset"):
        address = url.findtext(f"{{{SITEMAP}}}loc")
        assert address not in found and len(address) < 2048
        others = {link.get("hreflang"): link.get("href") for link in url.findall("{*}link[@rel='alternate']")}
        found[address] = (date.fromisoformat(url.findtext(f"{{{SITEMAP}}}lastmod")), others)
    assert 0 < len(found) <= MOST_ADDRESSES
    return found


@pytest.fixture(scope="module")
def all_pages(real_client):
    return {address: page for part in parts(real_client) for address, page in pages(real_client, part).items()}


def test_every_published_record_is_there_in_every_language(all_pages, real_corpus):
    expected = {f"http://localhost{prefix}/records/{entry.record.id}" for entry in real_corpus.entries()
                for prefix in ("", "/fr", "/es") if entry.record.status == "published"}  # fmt: skip
    assert {address for address in all_pages if "/records/" in address} == expected


def test_every_page_names_itself_in_all_languages_and_so_do_these(all_pages):
    for address, (_, others) in all_pages.items():
        assert set(others) == {*LANGUAGES, "x-default"} and address in others.values()
        assert others["x-default"] == others["en"]
        assert all(all_pages[other][1] == others for other in others.values())


def test_every_kind_of_page_leads_somewhere_and_is_its_own_canonical_address(all_pages, real_client):
    kinds = {}
    for address in all_pages:
        kinds.setdefault(tuple(address.split("/")[3:-1]), address)
    assert len(kinds) > 15
    for address in kinds.values():
        answer = real_client.get(address)
        assert answer.status_code == 200 and f'<link rel="canonical" href="{address}">' in answer.text


def test_concepts_without_records_are_left_out(all_pages):
    assert "http://localhost/targets/2" in all_pages and "http://localhost/fr/regions/150" in all_pages
    assert "http://localhost/countries/TUV" not in all_pages


def test_the_day_of_a_record_is_that_of_its_last_change(corpus, engine):
    corpus.write(make_record("changed", modified="2026-02-03"), None)
    build(corpus, engine)
    found = pages(create_app(load_config({}), engine).test_client(), "/sitemap-records-1.xml")
    assert found["http://localhost/records/changed"][0] == date(2026, 2, 3)
    assert found["http://localhost/fr/records/reed-bed"][0] == date(2026, 1, 1)


def test_the_journal_of_changes_knows_the_day_of_what_a_curator_changed(corpus, engine, tmp_path):
    config = load_config({"HUB_INSTANCE": str(tmp_path / "instance")})
    build(corpus, engine, changes=config.changes)
    found = pages(create_app(config, engine).test_client(), "/sitemap-records-1.xml")
    day = Changes(config.changes).find("reed-bed").datestamp[:10]
    assert found["http://localhost/records/reed-bed"][0].isoformat() == day > "2026-01-01"


def test_addresses_are_those_of_the_public_site(engine):
    client = create_app(load_config({"HUB_BASE_URL": "https://hub.example.org"}), engine).test_client()
    assert "Sitemap: https://hub.example.org/sitemap.xml" in client.get("/robots.txt").text.splitlines()
    assert parts(client)[0] == "https://hub.example.org/sitemap-pages.xml"
    assert all(address.startswith("https://hub.example.org/") for address in pages(client, "/sitemap-records-1.xml"))


def test_records_are_cut_into_parts_none_missing_and_none_twice(client, monkeypatch):
    whole = pages(client, "/sitemap-records-1.xml")
    monkeypatch.setattr(sitemaps, "RECORDS_PER_PART", 2)
    records = [part for part in parts(client) if "records" in part]
    assert len(records) == 3
    found = [address for part in records for address in pages(client, part)]
    assert found == list(whole)


@pytest.mark.parametrize("part", ["0", "2", "99999999999", "-1", "x"])
def test_there_are_no_other_parts(client, part):
    answer = client.get(f"/sitemap-records-{part}.xml")
    assert answer.status_code == 404


def test_nothing_can_be_asked_of_a_sitemap(client):
    for path in ("/sitemap.xml", "/sitemap-pages.xml", "/sitemap-records-1.xml"):
        answer = client.get(f"{path}?q=reed")
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_a_sitemap_is_not_sent_twice(client):
    first = client.get("/sitemap-records-1.xml")
    again = client.get("/sitemap-records-1.xml", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_sitemap_is_sent_again_when_the_journal_was_written_after_the_index(engine, tmp_path):
    app = create_app(load_config({"HUB_INSTANCE": str(tmp_path)}), engine)
    headers = {"If-None-Match": app.test_client().get("/sitemap-records-1.xml").headers["ETag"]}
    app.extensions["hub"].config.changes.write_bytes(b"")
    assert app.test_client().get("/sitemap-records-1.xml", headers=headers).status_code == 200


def long(number: int) -> Record:
    return make_record(f"{'restoring-' * 5}{number:010}")


def test_a_full_part_takes_little_memory_and_stays_below_the_limits(engine, monkeypatch):
    base = f"https://{'hub.' * 20}example.org"
    app, count = create_app(load_config({"HUB_BASE_URL": base}), engine), 100_000
    info = engine.info()
    record = long(0)
    every = Every(count, (record for _ in range(count)), info.revision)
    monkeypatch.setattr(engine, "every", lambda *_: every)
    monkeypatch.setattr(engine, "info", lambda: IndexInfo(info.revision, info.generation, count, info.built))
    assert len(parts(app.test_client())) == 11
    answer = app.test_client().get("/sitemap-records-1.xml", buffered=False)
    tracemalloc.start()
    size = urls = 0
    for chunk in answer.response:
        size += len(chunk)
        urls += chunk.count(b"<loc>")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert urls == 30_000 <= MOST_ADDRESSES and size < MOST_BYTES
    assert peak < 2**22, f"{peak:,} bytes"
