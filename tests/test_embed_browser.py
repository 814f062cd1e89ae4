"""Embeds in a real browser, on pages of another origin: confined frames, the element, hostile styles and policies."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from serving import served
from test_browser import PATIENCE, UNSTICK, address, axe, chromium, look, record, visit, wrong  # noqa: F401
from werkzeug.wrappers import Request, Response

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect
pytestmark = pytest.mark.browser

API = "**/api/v1/search*"
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
LINK = "<a id=inside href='https://example.org/'>Cases elsewhere</a>"
CSP = "Content-Security-Policy"
# What a site would write to fit a frame to what it holds.
FIT = """addEventListener('message', ({ source, data }) => {
  const frame = document.querySelector('iframe');
  if (source === frame.contentWindow) frame.height = data['gbf-cases'];
});"""
SCROLLS = (
    "() => document.documentElement.scrollHeight > innerHeight || document.documentElement.scrollWidth > innerWidth"
)
# What a page may do to everything on it, on purpose or not.
HOSTILE = """
  main *, gbf-cases { display: none !important; opacity: 0 !important; position: fixed !important; }
  div, p, ul, li, a, span { position: fixed; display: none !important; color: transparent !important; font-size: 1px;
    float: right; clip-path: inset(50%); }
  * { letter-spacing: .1em; text-indent: -9999px; text-transform: uppercase; visibility: collapse; }
  main gbf-cases { font: 1px serif; }
"""

# What hostile styles would change.
LOOK = """(found) => {
  const style = getComputedStyle(found);
  return ['visibility', 'opacity', 'position', 'textIndent', 'textTransform', 'clipPath', 'letterSpacing', 'float']
    .map((name) => style[name]);
}"""
TYPE = """(found) => {
  const { fontFamily, fontSize, color, backgroundColor } = getComputedStyle(found);
  return [fontFamily, fontSize, color, backgroundColor];
}"""


class Host:
    """A web site of its own, at another origin than the hub, that shows whatever a test puts on a page."""

    def __init__(self) -> None:
        self.pages: dict[str, Response] = {}
        self.address = ""

    @property
    def app(self):
        @Request.application
        def answer(request):
            body, headers = self.pages.get(request.path, ("", {}))
            return Response(body, headers=headers, content_type="text/html; charset=utf-8")

        return answer

    def put(self, body, css="", headers=None):
        path = f"/{len(self.pages)}"
        style = f"<style>{css}</style>" if css else ""
        head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><link rel=icon href=data:>{style}"
        self.pages[path] = (
            f"<!doctype html><html lang=en><head>{head}<title>A ministry</title></head>"
            f"<body><main><h1>A ministry</h1>{body}</main></body></html>",
            headers or {},
        )
        return self.address + path


@pytest.fixture(scope="module")
def host():
    running = Host()
    with served(running.app) as port:
        running.address = f"http://localhost:{port}"
        yield running


@pytest.fixture
def show(chromium, host):  # noqa: F811
    """`show(body, …)`: that on a page of another site, in a new window, once it is loaded.

    `page.complaints` is everything that the browser complained of; it fails the test unless `bears` matches it.
    """
    opened = []

    def shown(body, css="", headers=None, *, bears="^$", prepare=None, width=1000, **options):
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.complaints, page.bears = [], bears
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        opened.append((context, page))
        if prepare:
            prepare(page)
        page.goto(host.put(body, css, headers), wait_until="load")
        return page

    yield shown
    complaints = [text for _, page in opened for text in page.complaints if not re.search(page.bears, text)]
    for context, _ in opened:
        context.close()
    assert not complaints, "\n".join(complaints)


def frame(address, query="q=wetland&limit=3", sandbox=SANDBOX, height=900):  # noqa: F811
    confined = "" if sandbox is None else f' sandbox="{sandbox}"'
    source = f"{address}/embed/search?{query}"
    return f'<iframe src="{source}" title="Cases" width="100%" height="{height}"{confined}></iframe>'


def element(address, attributes="q=wetland limit=3", inside=LINK):  # noqa: F811
    return f'<script src="{address}/embed.js" async></script><gbf-cases {attributes}>{inside}</gbf-cases>'


def inner(page):
    """The document in the frame of a page; looking into a confined one makes the browser complain from now on."""
    page.bears = "Blocked script execution"
    return page.frames[1]


# -- frames


@pytest.mark.parametrize("sandbox", ["", SANDBOX, "allow-scripts", None], ids=["all", "popups", "scripts", "none"])
def test_a_frame_has_its_text_style_and_typeface_however_it_is_confined(show, address, sandbox):  # noqa: F811
    loaded = []

    def heard(answer):
        loaded.append(answer)

    page = show(frame(address, sandbox=sandbox), prepare=lambda page: page.on("response", heard))
    page.wait_for_function("() => performance.now() > 300")
    assert page.complaints == []
    assert {answer.status for answer in loaded} == {200}
    fonts = [answer.url for answer in loaded if answer.url.endswith(".woff2")]
    assert any("commissioner-latin.woff2" in url for url in fonts)
    document = inner(page)
    expect(document.locator("h2")).to_have_count(3)
    title = document.locator("h2 a").first
    assert title.evaluate("found => getComputedStyle(found).color") == "rgb(0, 96, 78)"
    assert document.evaluate("() => document.fonts.check('600 17px Commissioner')")
    assert not document.evaluate(SCROLLS)


@pytest.mark.parametrize("sandbox", [SANDBOX, "allow-popups", None], ids=["escape", "popups", "none"])
def test_links_open_a_tab_in_which_the_hub_is_itself(show, address, sandbox):  # noqa: F811
    page = show(frame(address, sandbox=sandbox))
    link = inner(page).locator("h2 a").first
    with page.context.expect_page() as opening:
        link.click()
    tab = opening.value
    tab.wait_for_load_state()
    assert tab.url == address + link.get_attribute("href")
    expect(tab.get_by_role("heading", level=1)).to_be_visible()


def test_where_no_tab_may_open_the_reader_still_can_open_one(show, address):  # noqa: F811
    page = show(frame(address, sandbox=""))
    document = inner(page)
    page.bears = "Blocked"  # a tab, too
    link = document.locator("h2 a").first
    link.click()
    expect(document.locator("h2")).to_have_count(3)
    with page.context.expect_page() as opening:
        link.click(modifiers=["Control"])
    opening.value.wait_for_load_state()
    assert opening.value.url == address + link.get_attribute("href")


def test_a_frame_can_be_as_high_as_what_it_holds(show, address):  # noqa: F811
    body = f"<script>{FIT}</script>" + frame(address, "q=wetland&resize=1", "allow-scripts", 150)
    page = show(body, width=600)
    page.wait_for_function("() => document.querySelector('iframe').height > 300")
    high = page.evaluate("() => Number(document.querySelector('iframe').height)")
    document = page.frames[1]
    document.wait_for_function(f"() => !({SCROLLS})()")
    page.set_viewport_size({"width": 320, "height": 800})
    page.wait_for_function("before => document.querySelector('iframe').height > before", arg=high)
    document.wait_for_function(f"() => !({SCROLLS})()")
    page.set_viewport_size({"width": 1200, "height": 800})
    page.wait_for_function("before => document.querySelector('iframe').height < before", arg=high)
    assert page.complaints == []


def test_a_frame_tells_its_height_to_the_page_around_it_and_nothing_else(show, address):  # noqa: F811
    keep = "<script>heard = []; addEventListener('message', ({ data }) => heard.push(data))</script>"
    page = show(keep + frame(address, "q=wetland&resize=1", "allow-scripts"))
    page.wait_for_function("() => heard.length")
    heard = page.evaluate("() => heard")
    assert all(list(said) == ["gbf-cases"] and isinstance(said["gbf-cases"], int) for said in heard)


@pytest.mark.parametrize("scheme", ["auto", "light", "dark"])
@pytest.mark.parametrize("reader", ["light", "dark"])
def test_a_frame_is_light_or_dark_as_the_reader_or_the_site_has_it(show, address, scheme, reader):  # noqa: F811
    css = ":root { color-scheme: light dark }"
    page = show(frame(address, f"scheme={scheme}"), css=css, color_scheme=reader)
    paper = inner(page).evaluate("() => getComputedStyle(document.body).backgroundColor")
    dark = scheme == "dark" or (scheme, reader) == ("auto", "dark")
    assert paper == ("rgb(14, 23, 21)" if dark else "rgb(255, 255, 255)")


def test_a_frame_has_the_colours_of_the_site_but_readable_ones(show, address):  # noqa: F811
    page = show(frame(address, "paper=fdf6e3&accent=ff0&ink=111", sandbox=""))
    style = inner(page).evaluate(
        "() => [getComputedStyle(document.body), getComputedStyle(document.querySelector('h2 a'))]"
        ".map(({ backgroundColor, color }) => [backgroundColor, color])"
    )
    assert style[0] == ["rgb(253, 246, 227)", "rgb(17, 17, 17)"]
    assert style[1][1] != "rgb(255, 255, 0)"


def test_a_frame_prints_in_black_on_white_with_whole_passages(show, address):  # noqa: F811
    page = show(frame(address, "q=wetland&scheme=dark"))
    document = inner(page)
    page.emulate_media(media="print")
    paper = "() => getComputedStyle(document.body).backgroundColor"
    assert document.evaluate(paper) == "rgb(255, 255, 255)"
    assert document.locator(".embed__text").first.evaluate("found => found.scrollHeight <= found.clientHeight")


@pytest.mark.parametrize(
    "path",
    [
        "/embed/search?q=wetland", "/embed/search?q=wetland&lang=fr&accent=ff0&paper=777", "/embed/search?q=xyzzyq",
        "/embed/search?q=wetlnd&paper=000&ink=000", "/embed/records/{record}",
        "/embed/records/{record}?scheme=dark&lang=es", "/embed",
        "/fr/embed?q=eau&target=8&country=FRA&accent=ff0&limit=3",
    ],
)  # fmt: skip
def test_axe_finds_nothing_in_pages_and_nothing_scrolls_sideways(visit, axe, look, path):  # noqa: F811
    scheme, width = look
    page = visit(path, width=width, color_scheme=scheme)
    found = wrong(page, axe)
    assert not found, found
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


# -- the element


def list_of(page, number=0):
    """The cases that an element shows, once they are there."""
    found = page.locator("gbf-cases").nth(number)
    expect(found.locator(".box")).to_have_attribute("aria-busy", "false")
    return found.locator("li.case")


def test_the_element_shows_a_list_in_the_language_it_was_given(show, address):  # noqa: F811
    page = show(element(address, 'target="2 8" limit=4 lang=fr'))
    cases = list_of(page)
    expect(cases).to_have_count(4)
    expect(page.get_by_role("list").first.locator("> li")).to_have_count(4)
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^[\d\s\u202f]+ cas$"))
    expect(page.locator("#inside")).to_be_hidden()
    link = cases.first.get_by_role("link")
    assert link.get_attribute("href").startswith(f"{address}/fr/records/")
    more = page.locator("a.more")
    assert parse_qs(urlsplit(more.get_attribute("href")).query)["target"] == ["2", "8"]
    expect(cases.first.get_by_role("listitem").first).to_have_text(re.compile(r"^Cible \d+: \w+"))
    expect(page.locator(".box")).to_have_attribute("lang", "fr")
    assert page.locator("p.title[lang]").count() == 4


@pytest.mark.parametrize("end", ["", "?v=1"])
def test_the_script_may_be_loaded_as_a_module(show, address, end):  # noqa: F811
    body = f'<script type=module src="{address}/embed.js{end}"></script><gbf-cases limit=2></gbf-cases>'
    page = show(body)
    expect(list_of(page)).to_have_count(2)
    assert page.locator("p.title a").first.get_attribute("href").startswith(f"{address}/records/")


def test_two_elements_stand_on_one_page_and_the_script_may_come_twice(show, address):  # noqa: F811
    page = show(element(address, "country=FRA limit=2") + element(address, "q=peat limit=3"))
    expect(list_of(page)).to_have_count(2)
    expect(list_of(page, 1)).to_have_count(3)
    assert list_of(page).first.inner_text() != list_of(page, 1).first.inner_text()


def test_a_change_of_attributes_changes_the_list_and_is_announced(show, address):  # noqa: F811
    asked = []
    page = show(
        element(address, "country=FRA limit=2"),
        prepare=lambda page: page.on("request", lambda request: "/api/" in request.url and asked.append(request.url)),
    )
    before = list_of(page).first.inner_text()
    page.evaluate("""() => {
      const found = document.querySelector('gbf-cases');
      found.setAttribute('country', 'KEN'); found.setAttribute('limit', '3'); found.lang = 'es';
    }""")
    expect(page.get_by_role("status")).to_have_text(re.compile("caso"))
    expect(list_of(page)).to_have_count(3)
    assert list_of(page).first.inner_text() != before
    assert len(asked) == 2
    page.evaluate("() => document.querySelector('gbf-cases').remove()")
    assert page.locator("gbf-cases").count() == 0


def test_the_last_of_several_changes_wins(show, address):  # noqa: F811
    page = show(element(address, "country=FRA limit=2"))
    list_of(page)
    held = []
    page.route(re.compile("country=KEN"), lambda route: held.extend([route]))  # never answered
    page.evaluate("() => document.querySelector('gbf-cases').setAttribute('country', 'KEN')")
    page.wait_for_timeout(100)
    page.evaluate("() => document.querySelector('gbf-cases').setAttribute('country', 'DEU')")
    expect(list_of(page)).to_have_count(2)
    assert "country=DEU" in page.locator("a.more").get_attribute("href") and len(held) == 1


def test_hostile_styles_of_the_page_do_no_harm(show, address):  # noqa: F811
    plain = show(element(address, "q=peat limit=2"))
    page = show(element(address, "q=peat limit=2"), css=HOSTILE)
    expect(list_of(page)).to_have_count(2)
    for part in ("p.title a", "p.meta", "p.passage", "a.more", "li.target"):
        found, usual = page.locator(part).first, plain.locator(part).first
        box = found.bounding_box()
        assert box["width"] > 5 and box["height"] >= 12 and box["x"] >= 0, part
        assert found.evaluate(LOOK) == usual.evaluate(LOOK), part
        assert float(found.evaluate("found => parseFloat(getComputedStyle(found).fontSize)")) >= 13
    host_box = page.locator("gbf-cases").bounding_box()
    assert host_box["height"] > 150


def test_the_page_can_still_hide_the_element(show, address):  # noqa: F811
    page = show(element(address, "q=peat hidden"))
    expect(page.locator("gbf-cases")).to_be_hidden()


def test_the_element_takes_on_typeface_and_colours_of_the_page(show, address):  # noqa: F811
    css = """body { font: 20px monospace; color: #fff; background: #123 } gbf-cases { --gbf-accent: #ffd24a }
      #other { --gbf-font: serif; --gbf-ink: #000; --gbf-paper: #ffe } gbf-cases::part(title) { font-style: italic }"""
    page = show(element(address, "q=peat limit=1") + element(address, "q=peat limit=1 id=other"), css=css)
    list_of(page), list_of(page, 1)
    one, other = page.locator(".box").first, page.locator(".box").nth(1)
    assert one.evaluate(TYPE) == ["monospace", "20px", "rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"]
    assert other.evaluate(TYPE) == ["serif", "20px", "rgb(0, 0, 0)", "rgb(255, 255, 238)"]
    link = page.locator("p.title a").first
    assert link.evaluate("found => getComputedStyle(found).color") == "rgb(255, 210, 74)"
    assert link.evaluate("found => getComputedStyle(found).fontStyle") == "italic"


def test_a_strict_policy_of_the_page_is_no_obstacle(show, address):  # noqa: F811
    policy = f"default-src 'none'; script-src {address}; connect-src {address}; img-src data:"
    policy += "; require-trusted-types-for 'script'"
    page = show(element(address, "q=peat limit=2"), headers={CSP: policy})
    expect(list_of(page)).to_have_count(2)
    assert page.locator("li.target").first.evaluate("found => getComputedStyle(found).borderStyle") == "solid"
    assert page.complaints == []


def refused(address):  # noqa: F811
    """A policy that lets the script come and not ask; and how the browser complains of that, which no page can help."""
    policy = f"default-src 'none'; script-src {address}; frame-src {address}; img-src data:; style-src 'unsafe-inline'"
    return {CSP: policy}


COMPLAINT = "violates the following Content Security Policy|Refused to connect|Failed to load resource|ERR_"


@pytest.mark.parametrize("width", [1000, 390])
def test_where_the_page_may_not_ask_a_frame_of_the_right_height_does(show, address, width):  # noqa: F811
    css = "gbf-cases { --gbf-accent: #a00020 }"
    attributes = 'q=peat target="2 8" limit=2 lang=fr'
    page = show(element(address, attributes), css=css, headers=refused(address), bears=COMPLAINT, width=width)
    expect(page.locator("#inside")).to_be_hidden()
    asked = parse_qs(urlsplit(page.frames[1].url).query)
    assert asked == {
        "q": ["peat"], "target": ["2", "8"], "limit": ["2"], "lang": ["fr"], "accent": ["#a00020"], "scheme": ["light"],
        "resize": ["1"],
    }  # fmt: skip
    document = page.frames[1]
    expect(document.locator("h2")).to_have_count(2)
    assert not document.evaluate(SCROLLS)
    shown = page.locator("iframe").bounding_box()
    assert shown["height"] > 200 and page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("iframe").get_attribute("title")


def test_where_there_is_no_connection_what_stands_inside_stays(show, address):  # noqa: F811
    def cut(page):
        page.route(API, lambda route: route.abort())
        page.route("**/embed/search*", lambda route: route.abort())

    page = show(element(address), bears=COMPLAINT, prepare=cut)
    expect(page.locator("gbf-cases iframe")).to_have_count(1)
    page.wait_for_timeout(300)
    expect(page.locator("#inside")).to_be_visible()
    assert page.locator("iframe").bounding_box()["height"] <= 1
    page.unroute(API)
    page.evaluate("() => document.querySelector('gbf-cases').setAttribute('limit', '2')")
    expect(list_of(page)).to_have_count(2)
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.locator("#inside")).to_be_hidden()


def test_where_the_page_allows_nothing_what_stands_inside_stays(show, address):  # noqa: F811
    policy = {CSP: f"default-src 'none'; script-src {address}; img-src data:"}
    page = show(element(address), headers=policy, bears=COMPLAINT + "|Framing")
    page.wait_for_timeout(300)
    expect(page.locator("#inside")).to_be_visible()
    without = show(element(address), headers={CSP: "default-src 'none'; img-src data:"}, bears=COMPLAINT)
    expect(without.locator("#inside")).to_be_visible()


def test_without_script_what_stands_inside_is_there(show, address):  # noqa: F811
    page = show(element(address), java_script_enabled=False)
    expect(page.locator("#inside")).to_be_visible()


@pytest.mark.parametrize(
    ("attributes", "said"), [("target=99", "There is no target '99'."), ("sort=best", "sort must be one of")]
)
def test_a_wrong_attribute_is_said_beside_what_stands_inside(show, address, attributes, said):  # noqa: F811
    page = show(element(address, attributes), bears="400")
    expect(page.get_by_role("status")).to_contain_text(said)
    expect(page.locator("#inside")).to_be_visible()
    expect(page.locator(".box")).to_have_attribute("aria-busy", "false")


def test_a_hub_without_answer_says_so(show, address):  # noqa: F811
    page = show(
        element(address),
        bears="503",
        prepare=lambda page: page.route(API, lambda route: route.fulfill(status=503, body="<html>")),
    )
    expect(page.get_by_role("status")).to_have_text("The search is not available just now")
    expect(page.locator("#inside")).to_be_visible()


def test_messages_of_others_do_not_move_the_frame(show, address):  # noqa: F811
    page = show(element(address, "q=peat limit=1"), headers=refused(address), bears=COMPLAINT)
    expect(page.locator("#inside")).to_be_hidden()
    before = page.locator("iframe").get_attribute("height")
    page.evaluate("() => { postMessage({ 'gbf-cases': 5000 }, '*'); postMessage(null, '*'); postMessage('x', '*'); }")
    page.wait_for_timeout(100)
    assert page.locator("iframe").get_attribute("height") == before


def test_what_the_hub_says_is_only_ever_text(show, address):  # noqa: F811
    bad = "<img src=x onerror=alert(1)><b>x</b>"
    hit = {
        "title": bad, "language": '"><script>', "snippet": {"spans": [{"text": bad, "match": True}]},
        "countries": [bad], "targets": [bad], "began": bad, "ended": None, "links": {"html": "javascript:alert(1)"},
    }  # fmt: skip
    answer = {
        "total": 1, "hits": [hit], "links": {"html": "javascript:alert(2)"},
        "facets": [{"name": "country", "options": [{"value": bad, "label": bad, "children": []}]},
                   {"name": "target", "options": []}],
    }  # fmt: skip
    headers = {"Access-Control-Allow-Origin": "*"}
    page = show(
        element(address),
        prepare=lambda page: page.route(API, lambda route: route.fulfill(json=answer, headers=headers)),
    )
    expect(list_of(page)).to_have_count(1)
    expect(page.locator("p.title a")).to_have_text(bad)
    assert page.locator("gbf-cases img, gbf-cases b, gbf-cases script").count() == 0
    assert {link.get_attribute("href") for link in page.locator(".box a").all()} == {address}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 390, 320])
def test_axe_finds_nothing_in_the_element_and_it_fits(show, address, axe, scheme, width):  # noqa: F811
    page = show(
        element(address, "q=wetland limit=3 lang=fr") + element(address, "country=KEN limit=2"),
        css=":root { color-scheme: light dark }",
        color_scheme=scheme,
        width=width,
    )
    list_of(page), list_of(page, 1)
    found = wrong(page, axe)
    assert not found, found
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_keyboard_reaches_each_link_of_the_element(show, address):  # noqa: F811
    page = show(element(address, "q=peat limit=2"))
    list_of(page)
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        focus = page.evaluate("""() => {
          const found = document.activeElement.shadowRoot.activeElement;
          return [found.className, getComputedStyle(found).outlineStyle];
        }""")
        reached.append(focus[0])
        assert focus[1] == "solid"
    assert reached == ["link", "link", "more", "hub"]


def test_nothing_is_stored_and_no_cookie_is_sent(show, address):  # noqa: F811
    sent = []
    page = show(
        element(address) + frame(address, sandbox=None),
        prepare=lambda page: page.on("request", lambda request: sent.append(request.headers)),
    )
    list_of(page)
    assert sent and not [headers for headers in sent if "cookie" in headers]
    assert page.context.cookies() == []
    assert page.context.storage_state() == {"cookies": [], "origins": []}


# -- the page that makes the code


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_builder_makes_what_it_shows(visit, show, address, script):  # noqa: F811
    page = visit("/embed", java_script_enabled=script)
    form = page.get_by_role("form", name="What to show")
    form.get_by_label("Words").fill("peat")
    form.get_by_label("Add a target").select_option("8")
    form.get_by_label("Number of cases").fill("2")
    form.get_by_role("button").click()
    expect(page).to_have_url(re.compile("q=peat"))
    expect(form.get_by_label("Target 8")).to_be_checked()
    preview = page.frame_locator("iframe.builder__preview")
    expect(preview.locator("h2")).to_have_count(2)
    codes = [page.get_by_label(f"Code of the {name}", exact=True).input_value() for name in ("frame", "element")]
    titles = preview.locator("h2").all_inner_texts()
    assert inner(show(codes[0])).locator("h2").all_inner_texts() == titles
    shown = show(codes[1])
    expect(list_of(shown)).to_have_count(2)
    assert shown.locator("p.title").all_inner_texts() == titles


def fields(page):
    """The form of the builder, and what is said beside its button."""
    return page.get_by_role("form", name="What to show"), page.locator(".builder__said")


def test_the_preview_follows_the_form(visit):  # noqa: F811
    page = visit("/embed?lang=fr")
    form, said = fields(page)
    before = page.evaluate("() => history.length")
    words = form.get_by_label("Words")
    words.press_sequentially("peat", delay=20)
    expect(said).to_have_text(re.compile(r"^The preview is up to date\. \d+ cases?$"))
    expect(said).to_have_role("status")
    expect(words).to_be_focused()
    expect(words).to_have_value("peat")
    form.get_by_label("Add a target").select_option("8")
    expect(said).to_contain_text("Target 8: Climate")
    form.get_by_label("Number of cases").fill("2")
    form.get_by_label("Links").fill("ffee00")
    expect(page.get_by_text("#ffee00 is hard to read on this background")).to_be_visible()
    expect(page.get_by_text("Here your colours stay as you gave them")).to_be_visible()
    expect(page.frame_locator("iframe.builder__preview").locator("h2")).to_have_count(2)
    asked = {"q": ["peat"], "target": ["8"], "limit": ["2"], "lang": ["fr"], "accent": ["ffee00"]}
    assert parse_qs(urlsplit(page.url).query) == asked | {"scheme": ["auto"]}
    for kind in ("frame", "element"):
        assert "peat" in page.get_by_label(f"Code of the {kind}", exact=True).input_value()
    assert parse_qs(urlsplit(page.locator("iframe.builder__preview").get_attribute("src")).query) == asked
    assert parse_qs(urlsplit(page.locator("a[hreflang=es]").first.get_attribute("href")).query)["q"] == ["peat"]
    assert page.evaluate("() => history.length") == before
    page.reload()
    expect(form.get_by_label("Target 8")).to_be_checked()
    expect(words).to_have_value("peat")


def test_a_colour_is_judged_when_it_is_finished_and_not_while_it_is_typed(chromium, address, axe):  # noqa: F811
    page = chromium.new_page()
    page.goto(f"{address}/embed")
    form, said = fields(page)
    links, told = form.get_by_label("Links"), page.get_by_role("alert")
    with page.expect_response(re.compile("accent=12")) as asked:
        links.press_sequentially("12")
    assert asked.value.status == 400
    page.wait_for_timeout(200)
    expect(told).to_be_empty()
    page.keyboard.press("Tab")
    expect(told).to_have_text("Links: a colour is written like 1a2b3c or abc.")
    expect(links).to_have_attribute("aria-invalid", "true")
    expect(links).to_have_accessible_description("Links: a colour is written like 1a2b3c or abc.")
    expect(page).to_have_title(re.compile("^Error: "))
    expect(form.get_by_label("Background")).to_be_focused()
    assert not wrong(page, axe)
    links.fill("123")
    expect(said).to_contain_text("The preview is up to date.")
    expect(told).to_be_empty()
    expect(links).not_to_have_attribute("aria-invalid", "true")
    expect(page).to_have_title(re.compile("^Show cases"))
    page.close()


def test_a_preview_that_cannot_be_had_is_said(chromium, address):  # noqa: F811
    page = chromium.new_page()
    page.goto(f"{address}/embed")
    form, said = fields(page)
    page.route("**/embed?*", lambda route: route.abort())
    form.get_by_label("Words").fill("peat")
    expect(said).to_have_text("The preview could not be updated. Press “Show it”.")
    page.unroute("**/embed?*")
    form.get_by_role("button", name="Show it").click()
    expect(page).to_have_url(re.compile("q=peat"))
    page.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_form_that_was_sent_with_a_mistake_opens_at_the_field(chromium, address, script):  # noqa: F811
    context = chromium.new_context(java_script_enabled=script, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{address}/embed?accent=zz")
    links = page.get_by_label("Links")
    expect(links).to_be_focused()
    expect(links).to_have_accessible_description("Links: a colour is written like 1a2b3c or abc.")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    context.close()


def test_the_code_is_copied_by_a_button(chromium, address):  # noqa: F811
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/fr/embed?q=peat")
    page.locator("[data-copy=code-element]").click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied == page.locator("#code-element").input_value() and "<gbf-cases" in copied
    context.close()


def test_the_search_page_leads_to_the_builder_by_keyboard(visit):  # noqa: F811
    page = visit("/search?q=peat&target=8")
    page.get_by_text("Use these results").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Show on your site").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/embed\?q=peat&target=8$"))
