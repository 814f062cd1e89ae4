"""Large files in turn: some are made at once, pages are there meanwhile, and readers that leave make room."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from bs4 import BeautifulSoup
from waitress import create_server
from werkzeug.test import EnvironBuilder, run_wsgi_app

from hub.app import create_app
from hub.config import load_config
from hub.engine import Every
from hub.web.headers import PAGE_POLICY

PEOPLE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def app(engine):
    """A site where two files are made at once."""
    return create_app(load_config({"HUB_THREADS": "4"}), engine)


def begin(app, path):
    """An answer that is not read yet, as the server has it: its parts and its status."""
    chunks, status, _ = run_wsgi_app(app, EnvironBuilder(path).get_environ())
    return chunks, status


@pytest.fixture
def full(app):
    """The same while two files are being made."""
    slow = [begin(app, "/search.csv"), begin(app, "/fr/list.bib?id=reed-bed")]
    assert [status for _, status in slow] == ["200 OK", "200 OK"]
    return app, [chunks for chunks, _ in slow]


def test_one_file_too_many_is_to_come_back_and_all_else_is_there(full):
    app, slow = full
    client = app.test_client()
    refused = client.get("/search.ris")
    assert (refused.status_code, refused.mimetype) == (503, "application/problem+json")
    assert (refused.headers["Retry-After"], refused.headers["Vary"]) == ("10", "Accept, Accept-Encoding")
    assert client.options("/search.ris").status_code == 200
    assert client.get("/search.ris?targt=2").status_code == 400
    assert client.get("/search.nonsense").status_code == 404
    for path in ("/search?q=reed", "/api/v1/search", "/search.atom", "/records/reed-bed.ris", "/sitemap.xml"):
        assert client.get(path).status_code == 200, path
    slow[0].close()  # the reader went away
    assert client.get("/search.ris").status_code == 200


@pytest.mark.parametrize(
    ("prefix", "words"), [("", "Try again in a few seconds."), ("/fr", "Réessayez dans quelques secondes.")]
)
def test_somebody_who_pressed_a_link_reads_it_on_a_page(full, prefix, words):
    answer = full[0].test_client().get(f"{prefix}/search.ris", headers=PEOPLE)
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    page = BeautifulSoup(answer.text, "html.parser")
    assert words in page.main.text and page.find("link", rel="stylesheet")
    assert answer.headers["Content-Security-Policy"] == PAGE_POLICY


def test_other_mistakes_are_told_in_the_same_way(app):
    client = app.test_client()
    for accept, media in (
        (PEOPLE, "text/html"),
        ({}, "application/problem+json"),
        ({"Accept": "*/*"}, "application/problem+json"),
    ):
        answer = client.get("/search.csv?target=99", headers=accept)
        assert (answer.status_code, answer.mimetype) == (400, media)
    assert client.get("/search.csv", headers=PEOPLE).mimetype == "text/csv"


def test_a_file_takes_a_turn_only_while_it_is_made(app):
    client = app.test_client()
    for _ in range(5):
        assert client.get("/search.csv?targt=2").status_code == 400
        assert client.head("/search.csv").status_code == 200
    etag = client.get("/search.csv").headers["ETag"]
    assert client.get("/search.csv", headers={"If-None-Match": etag}).status_code == 304
    assert client.get("/search.csv", headers={"If-None-Match": "*"}).status_code == 304
    kept = []
    for _ in range(5):  # read to the end, and not closed
        kept.append(client.get("/search.csv"))
        assert kept[-1].text.count("\n") == 6


def test_pages_do_not_wait_for_files_however_many_are_asked_for(engine, monkeypatch):
    whole, go_on = engine.every, threading.Event()

    def slow(request, after=None):
        found = whole(request, after)
        records = (record for record in found.records if go_on.wait(60))
        return Every(found.total, records, found.revision)

    monkeypatch.setattr(engine, "every", slow)
    server = create_server(create_app(load_config({"HUB_THREADS": "4"}), engine), host="127.0.0.1", port=0, threads=4)
    threading.Thread(target=server.run, daemon=True).start()
    address = f"http://127.0.0.1:{server.effective_port}"

    def status(path):
        try:
            with urllib.request.urlopen(address + path, timeout=60) as answer:  # noqa: S310 - our own server
                answer.read()
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    with ThreadPoolExecutor(20) as readers:
        files = [readers.submit(status, "/search.csv") for _ in range(20)]
        begun = time.monotonic()
        while sum(file.done() for file in files) < 18 and time.monotonic() < begun + 30:
            time.sleep(0.01)
        assert status("/search?q=reed") == 200, "while two files are still being made"
        assert sum(file.done() for file in files) == 18
        go_on.set()
        assert sorted(file.result() for file in files) == [200] * 2 + [503] * 18
    server.close()
