"""Large files in turn: some are made at once, pages are there meanwhile, and readers that leave make room."""

from __future__ import annotations

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from hub.app import create_app
from hub.config import load_config
from hub.web import turns
from hub.web.turns import SOON


@pytest.fixture
def app(engine, monkeypatch):
    """A site where two files are made at once."""
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    return create_app(load_config({"HUB_THREADS": "4"}), engine)


def begin(app, path):
    """An answer that is not read yet, as the server has it: its parts and its status."""
    chunks, status, _ = run_wsgi_app(app, EnvironBuilder(path).get_environ())
    return chunks, status


def test_one_file_too_many_is_to_come_back_and_pages_are_there(app):
    slow = [begin(app, "/search.csv"), begin(app, "/fr/list.bib?id=reed-bed")]
    assert [status for _, status in slow] == ["200 OK", "200 OK"]
    client = app.test_client()
    refused = client.get("/search.ris")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert refused.headers["Retry-After"] == str(SOON)
    for path in ("/search?q=reed", "/api/v1/search", "/search.atom", "/records/reed-bed.ris", "/sitemap.xml"):
        assert client.get(path).status_code == 200, path
    slow[0][0].close()  # the reader went away
    assert client.get("/search.ris").status_code == 200


def test_a_file_that_cannot_be_made_takes_no_room(app):
    client = app.test_client()
    for _ in range(5):
        assert client.get("/search.csv?targt=2").status_code == 400
        assert client.head("/search.csv").status_code == 200
    etag = client.get("/search.csv").headers["ETag"]
    assert client.get("/search.csv", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/search.csv", headers={"If-None-Match": "*"}).status_code == 304
    assert client.get("/search.csv").status_code == 200
