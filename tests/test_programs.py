"""What every address for programs does alike: use from other sites, conditional requests, HEAD, OPTIONS, errors."""

from __future__ import annotations

import pytest

ORIGIN = {"Origin": "https://chm.example.org"}
EXPOSED = {
    "Accept-Ranges", "Content-Disposition", "Content-Location", "Content-Range", "ETag", "Link", "RateLimit",
    "RateLimit-Policy", "Retry-After", "X-Missing-Ids", "X-Total-Count",
}  # fmt: skip
# Each with an address of the same kind that is wrong, and its status.
ADDRESSES = {
    "/api/v1/search?q=reed": ("/api/v1/search?targt=2", 400),
    "/api/v1/search?cursor=&per_page=2": ("/api/v1/search?cursor=x", 400),
    "/api/v1/suggest?q=ree": ("/api/v1/suggest?lang=de", 400),
    "/api/v1/records/reed-bed": ("/api/v1/records/gone-case", 410),
    "/api/v1/vocabularies": ("/api/v1/vocabularies?x=1", 400),
    "/api/v1/vocabularies/target": ("/api/v1/vocabularies/none", 404),
    "/api/v1/openapi.json": ("/api/v1/none", 404),
    "/records/reed-bed.cbd.json": ("/records/none.cbd.json", 404),
    "/suggest.json?q=ree": ("/suggest.json?x=1", 400),
    "/fr/suggest.json?q=ree": ("/fr/suggest.json?x=1", 400),
}
each = pytest.mark.parametrize("url", ADDRESSES)


@each
def test_scripts_of_other_sites_may_read_answers_and_errors(client, url):
    wrong, status = ADDRESSES[url]
    for asked, expected in ((url, 200), (wrong, status)):
        answer = client.get(asked, headers=ORIGIN)
        assert answer.status_code == expected
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert set(answer.headers["Access-Control-Expose-Headers"].split(", ")) == EXPOSED
        assert "Access-Control-Allow-Credentials" not in answer.headers and "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.mimetype.endswith("json")
    assert answer.mimetype == "application/problem+json"


@each
def test_browsers_may_ask_first(client, url):
    asked = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}
    answer = client.options(url, headers=ORIGIN | asked)
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == answer.headers["Access-Control-Allow-Headers"] == "*"
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]


@each
@pytest.mark.parametrize(
    ("form", "status"), [("{}", 304), ('"other", {}', 304), ("*", 304), ('"other"', 200), ("", 200)]
)
def test_an_answer_one_has_is_not_sent_again(client, url, form, status):
    etag = client.get(url).headers["ETag"]
    answer = client.get(url, headers={"If-None-Match": form.format(etag)} if form else {})
    assert (answer.status_code, bool(answer.data), answer.headers["ETag"]) == (status, status == 200, etag)
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@each
def test_errors_are_never_taken_for_answers(client, url):
    wrong, status = ADDRESSES[url]
    answer = client.get(wrong, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json["status"]) == (status, status)
    assert "ETag" not in answer.headers


@each
def test_head_is_get_without_the_body(client, url):
    for asked in (url, ADDRESSES[url][0]):
        full, head = client.get(asked), client.head(asked)
        assert (head.status_code, head.data, dict(head.headers)) == (full.status_code, b"", dict(full.headers))


@each
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_only_reading_is_possible(client, url, method):
    answer = client.open(url, method=method)
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", ["/", "/search", "/records/reed-bed", "/about", "/nope"])
def test_pages_for_people_are_not_for_scripts_of_other_sites(client, path):
    for answer in (client.get(path, headers=ORIGIN), client.options(path, headers=ORIGIN)):
        assert not [name for name in answer.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118
