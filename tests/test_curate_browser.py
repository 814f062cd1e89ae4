"""The workbench in a real browser: with the keyboard alone, without script, on a phone, looked at by axe-core."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from msgspec.structs import replace
from serving import served
from test_browser import LOOKS, PATIENCE, UNFOLD, axe, chromium, wrong  # noqa: F401
from test_curate import DRAFT, PASSWORD, SECRET, accounts_file, instance, settings  # noqa: F401

from hub.app import create_app
from hub.config import load_config
from hub.corpus import Corpus
from hub.record import Change, Decision, Evidence, Status, Tag

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

PATHS = ("/curate/", "/curate/?kind=published", "/curate/new", "/curate/overview", "/curate/history",
         "/curate/records/eel-pass", "/curate/records/eel-pass/compare/reed-bed")  # fmt: skip
# Where the focus is: the name and the value of a field, the words of a link or button.
FOCUS = """() => {
  const here = document.activeElement;
  return [here.name ?? '', here.value ?? '', here.textContent.trim()];
}"""


@pytest.fixture
def address(settings, engine):  # noqa: F811
    """Address of the hub with the workbench, over the small corpus with a draft that has a bit of everything."""
    corpus = Corpus(load_config(settings).corpus)
    entry = corpus.entry("eel-pass")
    quoted = tuple(
        replace(each, evidence=Evidence("abstract", "a pass for eels") if each.concept == "GBF-TARGET-02" else None)
        for each in entry.record.tags
    )
    twin = Tag("also_at", corpus.get("reed-bed").url, Decision.SUGGESTED, "rule", 0.8)
    level = Tag("evidence_level", "measured", Decision.SUGGESTED, "model", 0.7)
    changes = (Change("place", "2026-11-20", "Meuse"),)
    corpus.write(replace(entry.record, tags=quoted, proposals=(twin, level), changes=changes), entry.revision)
    app = create_app(load_config(settings), engine)
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def visit(chromium, address):  # noqa: F811
    """`visit(path, width=…)`: the page at that path, by somebody who signed in; any complaint of the browser fails."""
    contexts, complaints = [], []

    def opened(path, width=1280, **options):
        context = chromium.new_context(base_url=address, viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(address) or complaints.append(request.url))
        page.goto("/curate/login")
        page.fill("[name=name]", "marta")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/curate/")
        if path != "/curate/":
            page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def watching(settings, monkeypatch):  # noqa: F811
    """`indexer watch` over the small corpus."""
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "indexer", "watch"]
    process = subprocess.Popen(command, env=os.environ.copy(), stdout=subprocess.PIPE)
    assert process.stdout.readline().startswith(b"Watching")
    yield process
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)


def tab_to(page, wanted, most=60):
    """Press Tab until the focus is on a field with this name and value, or a link or button with these words."""
    for _ in range(most):
        page.keyboard.press("Tab")
        name, value, text = page.evaluate(FOCUS)
        if wanted in (f"{name}={value}", name, text):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def test_a_record_is_decided_and_published_with_the_keyboard_and_then_found(chromium, address, watching, settings):  # noqa: F811
    page = chromium.new_context(base_url=address).new_page()
    page.set_default_timeout(PATIENCE)
    press = page.keyboard.press
    page.goto("/curate/")
    page.keyboard.type("anna")  # the field has the focus
    press("Tab")
    page.keyboard.type(PASSWORD)
    press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    tab_to(page, "Start with the first")
    press("Enter")
    page.wait_for_url("**/curate/records/eel-pass")
    tab_to(page, "tag:target:GBF-TARGET-02=suggested", 100)
    press("a")  # accepts and goes on to the next
    assert page.evaluate(FOCUS)[0] == "tag:target:GBF-TARGET-04"
    press("a")
    press("r")
    assert page.evaluate(FOCUS)[0] == "tag:country:FRA"
    expect(page.locator("[data-left]").first).to_have_text("2 of 5 to decide")
    tab_to(page, "abstract")
    press("Control+A")
    page.keyboard.type("Glass eels climb a brush ramp beside the weir of a town. " * 5)
    tab_to(page, "do=publish", 60)
    press("Enter")
    page.wait_for_url("**/curate/**")
    expect(page.get_by_role("status").first).to_contain_text("Published")
    record = Corpus(load_config(settings).corpus).get("eel-pass")
    assert record.status is Status.PUBLISHED
    assert record.concepts("target", Decision.ACCEPTED) == ("GBF-TARGET-02", "GBF-TARGET-04")
    assert record.abstract.startswith("Glass eels climb")
    public = chromium.new_context(base_url=address).new_page()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        public.goto("/search?q=glass+eels")
        if public.locator('.card a[href="/records/eel-pass"]').count():
            return
    raise AssertionError("what was published is not found")


def test_what_is_typed_is_kept_without_a_click_and_the_preview_follows(visit):
    page = visit("/curate/records/eel-pass")
    page.get_by_text("Preview", exact=True).click()
    expect(page.locator("#preview h3")).to_have_text(DRAFT.title)
    page.fill("[name=title]", "Eels climb everywhere")
    expect(page.locator("[data-kept]")).to_contain_text("Kept at")
    expect(page.locator("#preview h3")).to_have_text("Eels climb everywhere")
    page.reload()
    expect(page.locator("[name=title]")).to_have_value("Eels climb everywhere")
    page.get_by_role("button", name="Drop it").click()
    expect(page.locator("[name=title]")).to_have_value(DRAFT.title)


def test_the_keys_can_be_switched_off(visit):
    page = visit("/curate/records/eel-pass")
    page.locator("[data-keys-on]").uncheck()
    radio = page.locator('[name="tag:target:GBF-TARGET-02"][value=suggested]')
    radio.focus()
    page.keyboard.press("a")
    assert radio.is_checked()
    page.reload()
    assert not page.locator("[data-keys-on]").is_checked()


def test_without_script_a_record_is_decided_and_saved(visit, settings):  # noqa: F811
    page = visit("/curate/", java_script_enabled=False)
    page.get_by_role("link", name=DRAFT.title).click()
    page.locator('[name="tag:target:GBF-TARGET-02"][value=accepted]').check(force=True)
    page.fill("[name=place]", "Loire")
    page.fill("[name=add]", "12")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_role("status").first).to_contain_text("Saved")
    record = Corpus(load_config(settings).corpus).get("eel-pass")
    assert record.place == "Loire"
    assert record.concepts("target", Decision.ACCEPTED) == ("GBF-TARGET-02", "GBF-TARGET-12")


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_axe_finds_nothing(visit, axe, scheme, width):  # noqa: F811
    page = visit("/curate/", width=width, color_scheme=scheme)
    found = []
    for path in PATHS:
        page.goto(path)
        page.evaluate(UNFOLD)
        found += [f"{path}: {line}" for line in wrong(page, axe).splitlines()]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_scrolls_sideways(visit, width):
    page = visit("/curate/", width=width)
    for path in PATHS:
        page.goto(path)
        page.evaluate(UNFOLD)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
