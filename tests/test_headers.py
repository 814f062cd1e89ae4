"""What every answer says to browsers and caches."""

from __future__ import annotations

from hub.web.assets import digest
from hub.web.headers import PAGE_POLICY
from indexer.build import build

from conftest import make_record  # isort: skip


def test_pages_forbid_framing_inline_code_and_foreign_content(client):
    headers = client.get("/").headers
    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY and "default-src 'none'" in PAGE_POLICY
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in headers


def test_error_pages_carry_the_same_protection(client):
    assert client.get("/nope").headers["Content-Security-Policy"] == PAGE_POLICY


def test_a_page_is_not_sent_twice(client):
    first = client.get("/search?q=reed")
    again = client.get("/search?q=reed", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get("/search?q=lake", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert client.get("/fr/search?q=reed", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_a_new_index_makes_pages_new(client, corpus, engine):
    tag = client.get("/").headers["ETag"]
    corpus.write(make_record("one-more"), None)
    build(corpus, engine)
    answer = client.get("/", headers={"If-None-Match": tag})
    assert answer.status_code == 200 and "6 case studies" in answer.text


def test_etag_survives_compression(client):
    first = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    again = client.get("/", headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_brotli_is_used_where_the_browser_takes_it(client):
    assert client.get("/", headers={"Accept-Encoding": "br, gzip"}).headers["Content-Encoding"] == "br"


def test_assets_are_kept_for_a_year_under_an_address_of_their_content(client):
    with client.get(f"/assets/{digest()}/hub.css") as answer:
        assert answer.status_code == 200 and "immutable" in answer.headers["Cache-Control"]
    with client.get("/assets/000000000000/hub.css") as other:
        assert other.status_code == 200 and other.headers["Cache-Control"] == "no-cache"


def test_assets_do_not_leave_their_folder(client):
    for path in ("../config.py", "..%2fconfig.py", ".hidden", "fonts/../../app.py"):
        assert client.get(f"/assets/{digest()}/{path}").status_code == 404


def test_only_reading_is_possible(client):
    answer = client.post("/search", data={"q": "reed"})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def packed(client, path: str) -> int:
    with client.get(path, headers={"Accept-Encoding": "gzip"}) as answer:
        return len(answer.data)


def test_a_page_with_its_style_and_script_is_under_100_kb(real_client):
    shared = sum(packed(real_client, f"/assets/{digest()}/{name}") for name in ("hub.css", "hub.js"))
    paths = ("/", "/search?q=wetland", "/records/kruibeke-controlled-flood-area", "/targets/2", "/coverage")
    for path in (*paths, "/regions/150", "/themes/eco-forest", "/about", "/api", "/fr/"):
        assert packed(real_client, path) + shared < 100_000, path


def test_only_the_addresses_of_programs_are_answered_as_such(client):
    for path in ("/x/suggest.json", "/records/suggest.json", "/en/suggest.json"):
        answer = client.get(path)
        assert answer.mimetype == "text/html" and answer.headers["Content-Security-Policy"] == PAGE_POLICY, path
    for path in ("/suggest.json", "/fr/suggest.json", "/es/suggest.json"):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
