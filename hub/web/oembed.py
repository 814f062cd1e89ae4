"""oEmbed: a site sends the address of a search or a record, and is told what to show (oembed.com)."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

from flask import Blueprint, Response, abort, current_app
from werkzeug.exceptions import HTTPException

from hub.config import LANGUAGES
from hub.errors import InvalidRequest, NotFound, Withdrawn
from hub.search import PARAMETERS, single
from hub.serialize import oembed as serialize
from hub.web.embedding import WIDTH, record_frame, search_frame
from hub.web.hub import Given, address, followed, given, hub, json_answer
from hub.web.language import path_of
from hub.web.look import Look, limit_of
from hub.web.params import FORM_ONLY, from_form

oembed = Blueprint("oembed", __name__)

FORMATS = ("json", "xml")
LONGEST = 8_000  # characters of an address


@oembed.get("/oembed")
def answer() -> Response:
    """What to show for the address of a page of this hub, as JSON or XML."""
    asked = given("url", "format", "maxwidth", "maxheight")
    wanted = single(asked, "format", "json")
    if wanted not in FORMATS:
        abort(501, f"format must be one of {', '.join(FORMATS)}, not {wanted!r}.")
    width, height = _pixels(asked, "maxwidth"), _pixels(asked, "maxheight")
    frame, origin = _found(single(asked, "url"))
    fitting = replace(frame, width=min(width or WIDTH, WIDTH), height=min(height or frame.height, frame.height))
    found = serialize.oembed(fitting, origin)
    if wanted == "xml":
        return Response(serialize.oembed_xml(found), content_type="text/xml; charset=utf-8")
    return json_answer(found)


def _pixels(asked: Given, name: str) -> int | None:
    text = single(asked, name)
    if text and not re.fullmatch("[1-9][0-9]{0,5}", text):
        raise InvalidRequest(name, f"{name} must be a whole number of pixels, not {text!r}.", text)
    return int(text) if text else None


def _found(url: str) -> tuple[serialize.Frame, serialize.Origin]:
    """The frame for a page of this hub. NotFound where the address is not that of a search or of a record here."""
    if not url:
        raise InvalidRequest("url", "url must be the address of a search or a record of this hub.")
    lang, name, values, query = _page(url)
    provider = serialize.Origin(hub().config.site_name, address(path_of(f"{lang}.home")))
    try:
        if name == "record":
            record = followed(values["record_id"], hub().search.engine)
            known = replace(provider, author=record.publisher, author_address=record.url)
            return record_frame(record, Look(lang)), known
        known_pairs = {key: entries for key, entries in query.items() if key in (*PARAMETERS, *FORM_ONLY)}
        asked = hub().search.request(from_form(known_pairs), lang)
        found = hub().search.search(replace(asked, page=1, per_page=0, facets=()))
        return search_frame(asked, Look(lang), limit_of({}), found.results.total), provider
    except (InvalidRequest, Withdrawn) as error:
        raise NotFound(str(error)) from None


def _page(url: str) -> tuple[str, str, dict[str, str], dict[str, list[str]]]:
    """Which page of ours an address names: language, kind, what is in its path, its parameters."""
    missing = NotFound(f"There is no search and no record at {url[:200]!r}.")
    if len(url) > LONGEST:
        raise missing
    try:
        parts, ours = urlsplit(url), urlsplit(address(""))
        home = path_of("en.home").rstrip("/")
        if parts.scheme not in ("http", "https") or parts.netloc.casefold() != ours.netloc.casefold():
            raise missing
        if not parts.path.startswith(home + "/"):
            raise missing
        endpoint, values = current_app.url_map.bind(parts.netloc).match(unquote(parts.path.removeprefix(home)), "GET")
        query = parse_qs(parts.query, max_num_fields=200)
    except (HTTPException, ValueError):
        raise missing from None
    lang, _, name = endpoint.partition(".")
    if lang not in LANGUAGES or name not in ("search", "record"):
        raise missing
    return lang, name, dict(values), query
