"""Cases on pages of other sites: pages for frames, which need no script, cookie or storage, and the element's script.

A site puts `/embed/search?…` into a frame, or loads `/embed.js` and writes `<gbf-cases target="8">`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, g, request, url_for

from hub.config import LANGUAGES
from hub.query import FACETS
from hub.search import PARAMETERS
from hub.web import results
from hub.web.assets import digest
from hub.web.colours import style_sheet
from hub.web.headers import embed_policy, for_embed
from hub.web.hub import given, hub, validated
from hub.web.language import catalogue, render
from hub.web.look import CASES, MOST, RESIZE, Look, limit_of, look_of, search_pairs
from hub.web.params import COLOURS, FORM_ONLY, LOOK, encoded, from_form

embed = Blueprint("embed", __name__)

ONE_LOOK = tuple(name for name in LOOK if name != "limit")  # of one case
YEAR = "public, max-age=31536000, immutable"
HOUR = "public, max-age=3600"


@embed.get("/embed/search")
def search() -> str:
    """The first cases of any search, as a page for a frame."""
    asked = given(*PARAMETERS, *FORM_ONLY, *LOOK, RESIZE)
    look = _look(look_of(asked))
    wanted = hub().search.request(from_form(asked), look.lang)
    page = hub().search.search(replace(wanted, per_page=limit_of(asked), explain=False))
    return render(
        "embed/search.html",
        page=page,
        chips=[label for label, _ in results.chips(page)],
        parts=results.parts(page) if page.relaxed else [],
        whole=encoded(search_pairs(page.request)),
        **_around(look),
    )


@embed.get("/embed/records/<record_id>")
def record(record_id: str) -> str:
    """One case, as a page for a frame."""
    look = _look(look_of(given(*ONE_LOOK, RESIZE)))
    return render("embed/record.html", record=hub().search.engine.get(record_id), **_around(look))


@embed.get("/embed.css")
def colours() -> Response:
    """The colours of a site for a page in its frame, held to a contrast that can be read."""
    look = look_of(given(*COLOURS, "scheme", "v"))
    answer = Response(style_sheet(look.colours), content_type="text/css; charset=utf-8")
    return validated(answer, YEAR if request.args.get("v") == digest() else HOUR)


@embed.get("/embed.js")
def script() -> Response:
    """The element `<gbf-cases>`. With `?v=` and its version it can be kept for a year, else for an hour."""
    given("v")
    answer = Response(element_script(), content_type="text/javascript; charset=utf-8")
    answer.add_etag(weak=True)
    version, _ = answer.get_etag()
    return validated(answer, YEAR if request.args.get("v") == version else HOUR)


def element_script() -> str:
    """The script with the name of this hub and its words in every language, without the white space of its source."""
    text = render(
        "embed/element.js",
        guide=url_for("en.embed_builder"),
        base=hub().config.base_url,
        site=hub().config.site_name,
        words={tag: _words(tag) for tag in LANGUAGES},
        asked=("q", *FACETS, "sort", "verbatim"),
        colours=COLOURS,
        default=CASES,
        most=MOST,
    )
    return re.sub(r"\n\s*", "\n", text)


@embed.after_app_request
def _framed(answer: Response) -> Response:
    """What a page for frames may load, and who may frame it; errors among them too."""
    if for_embed(request.path):
        origin = hub().config.base_url or f"{request.scheme}://{request.host}"
        tells = request.args.get(RESIZE) == "1"
        answer.headers["Content-Security-Policy"] = embed_policy(origin, hub().config.embed_ancestors, tells)
    return answer


def _look(look: Look) -> Look:
    """The look itself; from now on the page speaks its language."""
    g.language = look.lang
    return look


def _around(look: Look) -> dict[str, Any]:
    """What every page for a frame has around its cases."""
    pairs = look.colour_pairs
    return {
        "schemes": look.colours.schemes,
        "sheet": url_for("embed.colours") + encoded([*pairs, ("v", digest())]) if pairs else "",
    }


def _words(tag: str) -> dict[str, Any]:
    """What the element says in one language; of plurals the forms for one and for more."""
    words = catalogue(tag)
    counts = (1, 2)
    return {
        "cases": [words.ngettext("%(num)s case", "%(num)s cases", n) % {"num": "#"} for n in counts],
        "all": [
            words.ngettext("%(num)s case at the hub", "All %(num)s cases at the hub", n) % {"num": "#"} for n in counts
        ],
        "since": words.gettext("since %(year)s") % {"year": "#"},
        "target": words.gettext("Target"),
        "targets": words.gettext("Targets of the Global Biodiversity Framework"),
        "loading": words.gettext("Looking for cases …"),
        "wrong": words.gettext("The search is not available just now"),
    }
