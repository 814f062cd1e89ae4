"""The pages in a real browser: what a person does, the keyboard, no script, small screens, accessibility (axe-core)."""

from __future__ import annotations

import os
import re
import shutil
from importlib import resources
from urllib.parse import parse_qs, urlsplit

import pytest
from serving import served

from hub.app import create_app
from hub.config import load_config

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

pytestmark = pytest.mark.browser

BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # as in scripts/browser.sh
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 10_000  # milliseconds

NOWHERE = "/no-such-page"
FIELD = "input[name=q]"  # a combobox with script, a plain search field without
SUGGEST = "**/api/v1/suggest*"

# One address of every kind of page; {record} is the published record with the most tags.
PAGES = (
    "/",
    "/search?q=wetland",
    "/search?q=wetland&target=2&region=150#filters",
    "/search?q=xyzzyq",
    "/records/{record}",
    "/list?id={record}&id=no-such-case",
    "/list",
    "/targets/2",
    "/themes/eco-forest",
    "/countries/FRA",
    "/regions/150",
    "/coverage",
    "/about",
    "/api",
    NOWHERE,
    "/fr/",
    "/es/search?q=humedales",
)
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 390)]
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

# Opens all that can be unfolded but the menus, which lie over the page.
UNFOLD = """() => document.querySelectorAll('details:not(.menu)').forEach((found) => {
  found.removeAttribute('name');
  found.open = true;
})"""
# Lets go of what sticks to the edge of the window: it covers other things only until one scrolls.
UNSTICK = """() => document.querySelectorAll('body *').forEach((found) => {
  if (getComputedStyle(found).position === 'sticky') found.style.position = 'static';
})"""
# What axe finds wrong, one line for each element inside the one that is looked at.
AXE = """async ([inside, rules]) => {
  const answer = await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
  return answer.violations.flatMap((found) => found.nodes
    .filter((node) => document.querySelector(node.target[0]).matches(`${inside}, ${inside} *`))
    .map((node) => `${found.id}: ${node.target.join(' ')}: ${node.failureSummary}`));
}"""
FOCUS = """() => ({
  tag: document.activeElement.tagName,
  name: document.activeElement.getAttribute('name'),
  href: document.activeElement.getAttribute('href'),
  id: document.activeElement.id,
  outline: getComputedStyle(document.activeElement).outlineStyle,
  onScreen: document.activeElement.getBoundingClientRect().bottom > 0,
})"""
# Which suggestion is chosen: what a screen reader is told, what is marked, and its number.
CHOSEN = """() => {
  const told = document.querySelector('[aria-activedescendant]')?.getAttribute('aria-activedescendant') ?? null;
  const options = [...document.querySelectorAll('[role=option]')];
  const chosen = options.filter((option) => option.getAttribute('aria-selected') === 'true');
  return [told, chosen.map((option) => option.id), options.indexOf(chosen[0])];
}"""


@pytest.fixture(scope="module")
def address(real_engine):
    """Address of the hub with the real corpus, served for as long as these tests run."""
    with served(create_app(load_config({}), real_engine)) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def record(real_corpus):
    """Id of the published record with the most tags."""
    records = [entry.record for entry in real_corpus.entries() if entry.record and entry.record.status == "published"]
    return max(records, key=lambda found: (len(found.tags), found.id)).id


@pytest.fixture(scope="module")
def chromium():
    """A running Chromium. Closed with this module: its event loop would be in the way of other tests."""
    names = (os.environ.get("CHROMIUM", ""), *BROWSERS)
    found = next((path for path in map(shutil.which, filter(None, names)) if path), None)
    if not found:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("There is no Chromium: run scripts/browser.sh, or set CHROMIUM to a Chromium or Chrome.")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def axe():
    """The source of axe-core, as the package axe-playwright-python carries it."""
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def visit(chromium, address, record):
    """`visit(path, width=…, color_scheme=…)`: the page at that path in a new window, after whatever it loads.

    Everything the browser complains of on the way (console, script errors, failed or foreign requests) fails the test.
    A request that it gives up itself, because the page is left before a font of it has come, is no failure.
    """
    contexts, complaints = [], []

    def failed(request):
        if request.failure != "net::ERR_ABORTED":
            complaints.append(f"{request.url}: {request.failure}")

    def listen(page):
        def heard(message):
            expected = page.url.endswith(NOWHERE) and "status of 404" in message.text
            if message.type in ("error", "warning") and not expected:
                complaints.append(f"{page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("requestfailed", failed)
        page.on("request", lambda request: request.url.startswith(address) or complaints.append(request.url))

    def opened(path, width=1280, height=900, **options):
        context = chromium.new_context(base_url=address, viewport={"width": width, "height": height}, **options)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        listen(page)
        answer = page.goto(path.format(record=record), wait_until="load")
        assert answer.status == (404 if path == NOWHERE else 200)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="module", params=LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def look(request):
    """A colour scheme and a width."""
    return request.param


def parameters(page) -> dict[str, list[str]]:
    """What the address of a page asks for, empty fields left out."""
    return parse_qs(urlsplit(page.url).query)


def results(page) -> list[str]:
    """The addresses of the records on a page of results."""
    links = page.locator("main h2 a[href*='/records/']")
    return [link.get_attribute("href") for link in links.all()]


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_search_filter_open_and_come_back(visit, script):
    page = visit("/", java_script_enabled=script)
    page.locator(FIELD).fill("wetland")
    page.get_by_role("search").get_by_role("button").click()
    expect(page).to_have_url(re.compile(r"/search\?.*q=wetland"))
    unfiltered = results(page)
    assert unfiltered

    target = page.locator("input[name=target][type=checkbox]:visible").first
    value = target.get_attribute("value")
    target.check()
    page.get_by_role("button", name="Apply filters").click()
    expect(page).to_have_url(re.compile(rf"target={value}"))
    assert (parameters(page)["q"], parameters(page)["target"]) == (["wetland"], [value])
    chosen = page.locator(f"input[name=target][type=checkbox][value='{value}']")
    expect(chosen).to_be_checked()
    asked, filtered = page.url, results(page)
    assert filtered

    page.locator("main h2 a[href*='/records/']").first.click()
    expect(page).to_have_url(re.compile(re.escape(filtered[0]) + "$"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    page.go_back()
    expect(page).to_have_url(asked)
    expect(chosen).to_be_checked()
    expect(page.locator(FIELD).first).to_have_value("wetland")
    assert results(page) == filtered


def test_ticked_filters_say_that_they_are_not_applied_yet(visit):
    page = visit("/search?q=wetland")
    note = page.locator(".filters__pending")
    expect(note).to_be_empty()
    page.locator("input[name=target][type=checkbox]:visible").first.check()
    expect(note).to_have_text("Your choices are not applied yet.")


def test_a_filter_is_taken_off_again(visit):
    page = visit("/search?q=wetland&target=2")
    filtered = results(page)
    page.get_by_role("list", name="Filters in use").get_by_role("link").first.click()
    expect(page.locator("input[name=target][type=checkbox][value='2']")).not_to_be_checked()
    assert parameters(page) == {"q": ["wetland"]}
    assert results(page) != filtered


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_filters_on_a_small_screen(visit, script):
    page = visit("/search?q=wetland", width=390, height=800, java_script_enabled=script)
    form = page.get_by_role("form", name="Filters")
    expect(form).to_be_hidden()
    page.get_by_role("link", name="Filters").click()
    expect(form).to_be_visible()
    form.locator("input[name=target][type=checkbox]:visible").first.check()
    form.get_by_role("button", name="Apply").first.click()
    expect(form).to_be_hidden()
    assert parameters(page)["target"]


def test_a_list_is_made_without_script(visit):
    page = visit("/search?q=wetland", java_script_enabled=False)
    boxes = page.get_by_role("checkbox", name="Add to my list")
    wanted = [box.get_attribute("value") for box in boxes.all()[:2]]
    for box in boxes.all()[:2]:
        box.check()
    page.get_by_role("button", name="Show the ticked cases as a list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My list: 2 cases")
    assert parameters(page)["id"] == wanted
    page.get_by_role("button", name="Take out").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My list: 1 case")
    assert parameters(page)["id"] == wanted[1:]


def test_the_browser_remembers_a_list_and_sets_no_cookie(visit, record):
    page = visit("/search?q=wetland")
    mine = page.locator("[data-list]")
    expect(mine).to_be_hidden()
    box = page.get_by_role("checkbox", name="Add to my list").first
    first = box.get_attribute("value")
    box.focus()
    page.keyboard.press("Space")
    expect(mine).to_have_accessible_name("My list 1")
    expect(page.get_by_text("Added to your list")).to_have_role("status")

    page.goto(f"/records/{record}")
    page.get_by_role("button", name="Add to my list").click()
    expect(page.get_by_role("button", name="Take out of my list")).to_be_focused()
    mine.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My list: 2 cases")
    assert parameters(page)["id"] == [first, record]
    expect(page.get_by_text("This browser remembers this list.")).to_be_visible()

    page.get_by_role("button", name="Take out").first.click()
    expect(mine).to_have_accessible_name("My list 1")
    page.goto("/search?q=wetland")
    expect(box).not_to_be_checked()
    assert page.context.cookies() == []


def test_with_script_ticked_cases_join_the_list_and_the_button_shows_it_all(visit, record):
    page = visit(f"/records/{record}")
    page.get_by_role("button", name="Add to my list").click()
    page.goto("/search?q=wetland")
    expect(page.get_by_role("button", name="Show the ticked cases as a list")).to_have_count(0)
    page.get_by_role("checkbox", name="Add to my list").first.check()
    page.get_by_role("button", name="Show my list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My list: 2 cases")
    assert parameters(page)["id"][0] == record


FULL = "Storage.prototype.setItem = () => { throw new DOMException('no room', 'QuotaExceededError'); }"


def test_where_the_browser_has_no_room_the_list_goes_into_an_address(visit, record):
    page = visit("/search?q=wetland")
    page.add_init_script(FULL)
    page.reload()
    box = page.get_by_role("checkbox", name="Add to my list").first
    case = box.get_attribute("value")
    box.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My list: 1 case")
    assert parameters(page) == {"id": [case]}
    page.go_back()
    expect(box).not_to_be_checked()

    page.goto(f"/list?id={record}")
    page.get_by_role("button", name="Add these cases to the list in this browser").click()
    said = page.get_by_text("This browser cannot remember the list. Keep the address of this page instead.")
    expect(said).to_have_role("status")
    expect(page.locator("[data-list]")).to_be_hidden()


@pytest.mark.parametrize(("number", "length"), [(200, 10), (100, 80)], ids=["many", "long"])
def test_a_list_that_is_full_takes_no_more_and_leaves_the_box_empty(visit, number, length):
    page = visit("/search?q=wetland")
    ids = [f"{'x' * (length - 4)}-{one:03}" for one in range(number)]
    page.evaluate("ids => localStorage.setItem('list', JSON.stringify(ids))", ids)
    page.reload()
    kept = int(page.locator("[data-list] .count").inner_text())
    assert kept == min(200, 7_500 // (length + 4))
    box = page.get_by_role("checkbox", name="Add to my list").first
    box.click()
    expect(
        page.get_by_text("A list holds at most 200 cases, and at most 7,500 characters of their ids in its address.")
    ).to_have_role("status")
    expect(box).not_to_be_checked()
    assert len(page.locator("[data-list]").get_attribute("href")) < 7_600


def test_somebody_else_s_list_is_remembered_only_when_one_says_so(visit, record):
    page = visit(f"/list?id={record}")
    mine, add = (
        page.locator("[data-list]"),
        page.get_by_role("button", name="Add these cases to the list in this browser"),
    )
    expect(mine).to_be_hidden()
    add.click()
    expect(mine).to_have_accessible_name("My list 1")
    expect(mine).to_be_focused()
    expect(add).to_be_hidden()
    page.get_by_role("link", name="Empty the list").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My list: 0 cases")
    expect(mine).to_be_hidden()


@pytest.mark.parametrize("kept", [["gone"], ["RECORD", "gone"], ["RECORD"]])
def test_remembered_cases_that_are_gone_are_named_once_and_forgotten(visit, record, kept):
    page = visit("/")
    kept = [record if one == "RECORD" else f"no-such-{one}" for one in kept]
    page.evaluate("ids => localStorage.setItem('list', JSON.stringify(ids))", kept)
    page.reload()
    page.locator("[data-list]").click()
    expect(page.get_by_text("is not known")).to_have_count(kept.count("no-such-gone"))
    found = [one for one in kept if one == record]
    assert page.evaluate("() => JSON.parse(localStorage.getItem('list') ?? '[]')") == found
    if found:
        page.get_by_role("button", name="Take out").click()
        page.wait_for_url(re.compile(r"/list(\?id=no-such-gone)?$"))
    expect(page.locator("[data-list]")).to_be_hidden()


def test_another_language_keeps_the_search(visit):
    page = visit("/search?q=wetland&target=2")
    menu = page.locator("details.menu--lang")
    menu.locator("summary").click()
    menu.get_by_role("link", name="Français").click()
    expect(page).to_have_url(re.compile(r"/fr/search\?"))
    assert parameters(page) == {"q": ["wetland"], "target": ["2"]}
    expect(page.locator("html")).to_have_attribute("lang", "fr")


def test_the_skip_link_comes_first(visit):
    page = visit("/")
    page.keyboard.press("Tab")
    focus = page.evaluate(FOCUS)
    assert (focus["tag"], focus["href"], focus["onScreen"]) == ("A", "#main", True)
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS)["id"] == "main"


def test_a_search_by_keyboard_alone(visit):
    page = visit("/")
    for _ in range(20):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        assert focus["outline"] != "none", f"no one sees that the focus is on {focus}"
        if focus["name"] == "q":
            break
    assert focus["name"] == "q"
    page.keyboard.type("wetland")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?.*q=wetland"))


def test_escape_closes_a_menu_and_returns_the_focus(visit):
    page = visit("/search?q=wetland")
    menus = page.locator("details.menu")
    assert menus.count()
    for menu in menus.all():
        button = menu.locator("> summary")
        button.focus()
        page.keyboard.press("Enter")
        expect(menu).to_have_attribute("open", "")
        page.keyboard.press("Tab")
        expect(menu.locator(":focus")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")
        expect(button).to_be_focused()


def wrong(page, axe, inside="html") -> str:
    """What axe-core finds wrong on a page, or in the part that a selector names."""
    page.evaluate(UNSTICK)
    page.evaluate(axe)
    return "\n".join(page.evaluate(AXE, [inside, RULES]))


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(visit, axe, look, path):
    scheme, width = look
    page = visit(path, width=width, color_scheme=scheme)
    page.evaluate(UNFOLD)
    found = wrong(page, axe)
    assert not found, found


def test_axe_finds_nothing_in_open_menus(visit, axe, look):
    scheme, width = look
    page = visit("/search?q=wetland", width=width, color_scheme=scheme)
    for menu in page.locator("details.menu").all():
        menu.locator("> summary").click()
        found = wrong(page, axe, "details.menu[open]")
        assert not found, found
        page.keyboard.press("Escape")


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("path", PAGES)
def test_nothing_scrolls_sideways(visit, path, width):
    page = visit(path, width=width, height=800)
    page.evaluate(UNFOLD)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_readable_without_script(visit, path):
    page = visit(path, java_script_enabled=False)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("main")).to_be_visible()
    assert page.title()


# -- suggestions as you type


def typing(page, text):
    """Type into the search field that can be seen, as a person does."""
    field = page.locator(f"{FIELD}:visible").first
    field.click()
    field.fill("")
    field.press_sequentially(text, delay=10)
    return field


def suggested(page, text):
    """The field and the options that come up for a text."""
    field = typing(page, text)
    expect(field).to_have_attribute("aria-expanded", "true")
    return field, page.get_by_role("listbox").get_by_role("option")


def active(page) -> int:
    """The number of the option that Enter would take, -1 for none; a screen reader is told the same."""
    told, chosen, number = page.evaluate(CHOSEN)
    assert chosen == ([told] if told else [])
    return number


@pytest.mark.parametrize("path", ["/", "/about", "/search?q=wetland"])
def test_typing_brings_up_suggestions(visit, path):
    page = visit(path)
    field = page.locator(f"{FIELD}:visible").first
    expect(field).to_have_role("combobox")
    expect(field).to_have_accessible_name("Search case studies")
    for name, value in (("aria-expanded", "false"), ("aria-autocomplete", "list")):
        expect(field).to_have_attribute(name, value)
    field, options = suggested(page, "afr")
    expect(page.get_by_role("listbox", name="Suggestions")).to_have_id(field.get_attribute("aria-controls"))
    expect(options).to_have_count(8)
    assert re.fullmatch(r"Africa Region · \d+ cases", options.first.inner_text().replace("\n", " "))
    expect(field).to_be_focused()
    assert active(page) == -1
    expect(page.get_by_role("search").get_by_role("status")).to_have_text(
        "8 suggestions; choose with the up and down arrows"
    )


def test_the_arrows_go_through_the_suggestions_and_round(visit):
    page = visit("/")
    field, options = suggested(page, "afr")
    last = options.count() - 1
    for key, expected in (
        ("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", last), ("ArrowUp", last - 1),
        ("ArrowDown", last), ("ArrowDown", 0), ("Home", -1), ("ArrowUp", last), ("End", -1), ("ArrowDown", 0),
        ("ArrowLeft", -1),
    ):  # fmt: skip
        field.press(key)
        assert active(page) == expected, key
    expect(field).to_be_focused()
    expect(field).to_have_value("afr")
    assert field.evaluate("found => found.selectionStart") == 2  # the last key moved in the text again


def test_home_moves_in_the_text_again(visit):
    page = visit("/")
    field, _ = suggested(page, "afr")
    field.press("ArrowDown")
    field.press("Home")
    assert field.evaluate("found => found.selectionStart") == 0
    expect(field).to_have_attribute("aria-expanded", "true")


def test_escape_closes_the_suggestions_and_keeps_the_text(visit):
    page = visit("/")
    field, _ = suggested(page, "afr")
    field.press("ArrowDown")
    field.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    expect(field).to_have_value("afr")
    field.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()
    assert active(page) == 0
    field.press("Alt+ArrowUp")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_tab_leaves_the_field_and_takes_nothing(visit):
    page = visit("/")
    field, _ = suggested(page, "afr")
    field.press("ArrowDown")
    field.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(field).not_to_be_focused()
    expect(page).to_have_url(re.compile(r"/$"))


def test_enter_opens_the_chosen_suggestion(visit):
    page = visit("/fr/")
    field, options = suggested(page, "cible 8")
    expect(options).to_have_count(1)
    field.press("ArrowDown")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/fr/targets/8$"))


def test_enter_without_a_choice_searches_as_ever(visit):
    page = visit("/")
    field, _ = suggested(page, "afr")
    field.press("ArrowDown")
    field.press("End")
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?.*q=afr"))


def test_a_choice_does_not_outlive_the_text(visit):
    page = visit("/")
    field, options = suggested(page, "afr")
    field.press("ArrowDown")
    field.press_sequentially("ican g")
    assert active(page) == -1
    expect(options).to_have_count(1)
    field.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?.*q=african"))


@pytest.mark.parametrize(("path", "text"), [("/", "kuruwitu"), ("/about", "wetl")])
def test_a_click_opens_a_suggestion(visit, path, text):
    page = visit(path)
    _, options = suggested(page, text)
    option = options.last
    label = option.locator(".suggest__label").inner_text()
    option.click()
    expect(page).to_have_url(re.compile("/records/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(label)


def test_a_click_elsewhere_closes_the_suggestions(visit):
    page = visit("/")
    suggested(page, "afr")
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_pause_in_typing_asks_once_and_a_single_letter_never(visit):
    page = visit("/")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/suggest" in request.url else None)
    field = typing(page, "a")
    page.wait_for_timeout(400)
    assert asked == []
    field.press_sequentially("frica", delay=10)
    expect(field).to_have_attribute("aria-expanded", "true")
    assert [parse_qs(urlsplit(url).query)["q"] for url in asked] == [["africa"]]
    field.fill("a")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_a_newer_question_gives_up_the_older(visit):
    page = visit("/")
    held, failed = [], []
    page.on("requestfailed", lambda request: failed.append(request.url))

    def answer(route):
        if "africa" in route.request.url:
            route.continue_()
        else:
            held.append(route)  # never answered

    page.route(SUGGEST, answer)
    with page.expect_request(SUGGEST):
        field = typing(page, "keny")
    field.fill("africa")
    expect(field).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Africa")
    assert len(held) == 1 and ["keny" in url for url in failed] == [True]


def test_nothing_to_suggest_is_said_in_the_language_of_the_page(visit):
    page = visit("/fr/")
    status = page.get_by_role("search").get_by_role("status")
    typing(page, "xyzzyq")
    expect(status).to_have_text("Aucune suggestion")
    expect(page.get_by_role("listbox")).to_be_hidden()
    suggested(page, "cible 8")
    expect(status).to_have_text(re.compile("^1 suggestion\u00a0;"))
    typing(page, "c")
    expect(status).to_be_empty()


def test_suggestions_are_text_only(visit):
    page = visit("/")
    hostile = '<img src=x onerror=alert(1)> & "quotes" \'</bdi>'
    found = {"kind": "record", "label": hostile, "value": "x", "language": "en", "url": "javascript:alert(1)"}
    page.route(SUGGEST, lambda route: route.fulfill(json={"suggestions": [found]}))
    _, options = suggested(page, "img")
    expect(options.first.locator(".suggest__label")).to_have_text(hostile)
    assert options.locator("img").count() == 0
    assert not options.first.get_attribute("data-path").startswith("javascript")


def test_titles_say_their_language(visit):
    page = visit("/")
    _, options = suggested(page, "tropicale")
    expect(options.first.locator("[lang]")).to_have_attribute("lang", "fr")


@pytest.mark.parametrize("path", ["/", "/search?q=wetland"])
def test_axe_finds_nothing_in_suggestions(visit, axe, look, path):
    scheme, width = look
    page = visit(path, width=width, color_scheme=scheme)
    field, _ = suggested(page, "afr")
    field.press("ArrowDown")
    found = wrong(page, axe, "form.search")
    assert not found, found


def test_axe_finds_nothing_in_suggestions_below_the_header(visit, axe):
    for scheme in ("light", "dark"):
        page = visit("/about", color_scheme=scheme)
        field, _ = suggested(page, "afr")
        field.press("ArrowDown")
        found = wrong(page, axe, "form.search")
        assert not found, found


@pytest.mark.parametrize(("touch", "least"), [(False, 24), (True, 44)])
def test_suggestions_are_large_enough_to_hit(visit, touch, least):
    page = visit("/", width=390, height=800, has_touch=touch, is_mobile=touch)
    _, options = suggested(page, "afr")
    assert min(option.bounding_box()["height"] for option in options.all()) >= least


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("path", ["/", "/about"])
def test_suggestions_stay_inside_the_window(visit, path, width, direction):
    page = visit(path, width=width)
    page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
    if not page.locator(f"{FIELD}:visible").count():
        return  # no field in the header of a small screen
    suggested(page, "fore")
    box = page.get_by_role("listbox").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_chosen_suggestion_stands_out_in_forced_colours(visit):
    page = visit("/", forced_colors="active")
    field, options = suggested(page, "afr")
    field.press("ArrowDown")
    colours = [option.evaluate("found => getComputedStyle(found).backgroundColor") for option in options.all()[:2]]
    assert colours[0] != colours[1]


def test_without_script_the_field_is_a_plain_one(visit):
    page = visit("/", java_script_enabled=False)
    expect(page.locator(FIELD)).to_have_role("searchbox")
    assert page.get_by_role("listbox").count() == 0
