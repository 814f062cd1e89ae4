"""The recipe for Bioland sites in a browser, on a page of another site."""

from __future__ import annotations

import pytest
from werkzeug.wrappers import Response

pytest.importorskip("playwright.sync_api")

from serving import served
from test_browser import PATIENCE, address, chromium  # noqa: F401 - fixtures
from test_examples import BIOLAND, blocks

pytestmark = pytest.mark.browser


@pytest.fixture
def elsewhere(address):  # noqa: F811
    """The address of another site, with a page that has the code of the recipe."""
    code = "\n".join(blocks(BIOLAND, "js")).replace("https://hub.example.org", address)
    text = f'<!doctype html><title>x</title><ul id="cases"></ul><script type="module">{code}</script>'
    with served(Response(text, mimetype="text/html")) as port:
        yield f"http://localhost:{port}/"


def test_a_page_of_another_site_shows_cases(chromium, elsewhere, real_client):  # noqa: F811
    context = chromium.new_context()
    page = context.new_page()
    page.goto(elsewhere)
    page.wait_for_selector("#cases li", timeout=PATIENCE)
    shown = page.locator("#cases li a").all_text_contents()
    languages = page.eval_on_selector_all("#cases li", "items => items.map((one) => one.lang)")
    context.close()
    hits = real_client.get("/api/v1/search?country=BEL&sort=newest&lang=fr").json["hits"]
    assert shown == [hit["title"] for hit in hits]
    assert languages == [hit["language"] for hit in hits]
