"""The page where a site makes its embed: a form without script, what it will look like, and what to paste."""

from __future__ import annotations

from dataclasses import replace

from hub.errors import InvalidRequest
from hub.query import SearchRequest
from hub.search import PARAMETERS, single
from hub.serialize.oembed import frame_html
from hub.web import results
from hub.web.colours import SCHEMES, corrections
from hub.web.embedding import element_html, search_frame
from hub.web.hub import Given, address, given, hub
from hub.web.language import language, render
from hub.web.look import CASES, MOST, Look, limit_of, look_of, search_pairs
from hub.web.params import FORM_ONLY, LOOK, from_form

ADDED = ("target", "theme", "country")  # filters that the form itself offers; any other comes from the search page


def builder_page() -> tuple[str, int]:
    """How to show the results of any search on another site; with status 400 where the form was filled in wrongly."""
    asked = given(*PARAMETERS, *FORM_ONLY, *LOOK)
    wanted = hub().search.request(from_form(asked), language())
    look, limit, wrong = _options(asked)
    page = hub().search.search(replace(wanted, page=1, per_page=0))
    theirs = replace(wanted, language=look.lang)
    frame = search_frame(theirs, look, limit, page.results.total)
    text = render(
        "embed/builder.html",
        page=page,
        filters=list(results.in_use(page)),
        carried=[pair for pair in search_pairs(wanted) if pair[0] in ("sort", "verbatim")],
        added=ADDED,
        look=look,
        limit=limit,
        most=MOST,
        schemes=SCHEMES,
        wrong=wrong,
        typed={name: single(asked, name) for name in LOOK},
        corrected=corrections(look.colours),
        preview=frame.address.removeprefix(address("")),
        frame=frame,
        codes=_codes(theirs, look, limit, frame_html(frame)),
    )
    return text, 400 if wrong else 200


def _options(asked: Given) -> tuple[Look, int, str]:
    """Look and number of cases; where one of them cannot be, those that are usual and the name of what is wrong."""
    try:
        return look_of(asked, language()), limit_of(asked), ""
    except InvalidRequest as error:
        return Look(language()), CASES, error.parameter


def _codes(asked: SearchRequest, look: Look, limit: int, frame: str) -> dict[str, str]:
    return {"frame": frame, "element": element_html(asked, look, limit)}
