"""The API: the same searches and records as the pages, as JSON for other programs.

Parameters, keys and ids are promises; hub/data/openapi.yaml is their description and is held to this code by tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from flask import Blueprint, Response

from hub.config import LANGUAGES
from hub.errors import InvalidRequest
from hub.query import SearchPage, SearchRequest
from hub.search import PARAMETERS, single
from hub.serialize.record_json import (
    Address,
    page_json,
    record_json,
    records_json,
    vocabularies_json,
    vocabulary_json,
)
from hub.web.cursor import CURSOR, after, cursor_of
from hub.web.hub import Given, address, given, hub, json_answer, known_vocabulary
from hub.web.language import path_of
from hub.web.openapi import VERSION_PATH, openapi_document
from hub.web.params import encoded, parameters, query_string
from hub.web.suggest import suggestions, typed

api = Blueprint("api", __name__, url_prefix=VERSION_PATH)

LANG = "lang"  # language of labels and of linked pages; `language` is the one a record is written in
NOT_WITH_CURSOR = ("sort", "page", "explain")
IN_LINK_HEADER = ("next", "first", "prev", "last")  # the one that programs follow before those they can do without
# Servers in front of the hub often take 4 or 8 kB of headers and answer 502 to more; the body has the same links.
MAX_LINK_HEADER = 3000


@api.get("/search")
def search() -> Response:
    """One page of results with the counts of every facet; with a cursor, whole records, to take all that are found."""
    asked = given(*PARAMETERS, CURSOR, LANG)
    lang = _lang(asked)
    request = hub().search.request(asked, lang)
    if CURSOR in asked:
        return _records(request, asked, lang)
    page = hub().search.search(request)
    links = _page_links(page, lang)
    vocabularies, info = hub().search.vocabularies(), hub().search.engine.info()
    return _linked(json_answer(page_json(page, vocabularies, addresses(lang), links, info)), links)


def _records(request: SearchRequest, asked: Given, lang: str) -> Response:
    """The next records of a search in order of their ids: whoever follows the links gets each once."""
    for name in NOT_WITH_CURSOR:
        if value := single(asked, name):
            said = f"{name} cannot be combined with {CURSOR}: with a cursor all records come, in order of their ids."
            raise InvalidRequest(name, said, value)
    here = single(asked, CURSOR)
    every = hub().search.every(request, after(here))
    found = list(islice(every.records, request.per_page + 1))  # one more says whether there are more
    last = found[request.per_page - 1].id if len(found) > request.per_page else None
    links = {
        "self": _records_address(request, here, lang),
        "next": _records_address(request, cursor_of(last), lang) if last else None,
        "html": address(path_of(f"{lang}.search")) + query_string(request),
    }
    vocabularies, info, named = hub().search.vocabularies(), hub().search.engine.info(), addresses(lang)
    records = [record_json(record, vocabularies, named) for record in found[: request.per_page]]
    return _linked(json_answer(records_json(request, every.total, records, links, info)), links)


def _linked(answer: Response, links: Mapping[str, str | None]) -> Response:
    """The same with the links in its header, as many as do not make it too long for servers on the way."""
    header = ""
    for link in (f'<{links[rel]}>; rel="{rel}"' for rel in IN_LINK_HEADER if links.get(rel)):
        longer = f"{header}, {link}" if header else link
        header = longer if len(longer) <= MAX_LINK_HEADER else header
    if header:
        answer.headers["Link"] = header
    return answer


@api.get("/suggest")
def suggest() -> Response:
    """What somebody may be typing the name of: targets, themes, places and records."""
    asked = given("q", LANG)
    text, lang = typed(asked), _lang(asked)
    return json_answer({"q": text, "language": lang, "suggestions": suggestions(text, lang)})


@api.get("/records/<record_id>")
def record(record_id: str) -> Response:
    """One record, whole."""
    lang = _lang(given(LANG))
    found = hub().search.engine.get(record_id)
    return json_answer(record_json(found, hub().search.vocabularies(), addresses(lang)))


@api.get("/vocabularies")
def vocabularies() -> Response:
    """Which vocabularies there are."""
    given()
    return json_answer(vocabularies_json(hub().search.vocabularies(), addresses()))


@api.get("/vocabularies/<vocabulary_id>")
def vocabulary(vocabulary_id: str) -> Response:
    """One vocabulary with all its concepts."""
    given()
    return json_answer(vocabulary_json(known_vocabulary(vocabulary_id), addresses()))


@api.get("/openapi.json")
def openapi() -> Response:
    """The description of this API for programs."""
    given()
    return json_answer(openapi_document(address("")))


def _lang(asked: Given) -> str:
    """The language for labels: the last one given that is not empty, else English."""
    value = single(asked, LANG, "en")
    if value not in LANGUAGES:
        raise InvalidRequest(LANG, f"{LANG} must be one of {', '.join(LANGUAGES)}, not {value!r}.", value, LANGUAGES)
    return value


def addresses(lang: str = "en") -> Address:
    """Absolute addresses of records and vocabularies; pages in one language."""
    stem = "-"  # names need no quoting, so every address begins as that of this one does
    begin = {
        kind: address(path).removesuffix(stem)
        for kind, path in (
            ("record", path_of("api.record", record_id=stem)),
            ("vocabulary", path_of("api.vocabulary", vocabulary_id=stem)),
            ("html", path_of(f"{lang}.record", record_id=stem)),
        )
    }
    return lambda kind, name: begin[kind] + name


def _page_links(page: SearchPage, lang: str) -> dict[str, str | None]:
    """Absolute addresses of this page of results and of those around it; None where there is none."""

    def at(number: int) -> str:
        return _address(parameters(page.request, page=number), lang)

    now, last = page.request.page, max(page.pages, 1)
    links = {number: at(number) for number in {now, 1, max(now - 1, 1), min(now + 1, last), last}}
    return {
        "self": links[now],
        "first": links[1],
        "prev": links[now - 1] if now > 1 else None,
        "next": links[now + 1] if now < last else None,
        "last": links[last],
        "html": address(path_of(f"{lang}.search")) + query_string(page.request),
    }


def _records_address(request: SearchRequest, cursor: str, lang: str) -> str:
    """The absolute address of the records of a search that follow a cursor."""
    return _address([*parameters(request, **dict.fromkeys(NOT_WITH_CURSOR)), (CURSOR, cursor)], lang)


def _address(pairs: list[tuple[str, str]], lang: str) -> str:
    return address(path_of("api.search")) + encoded([*pairs, (LANG, lang)] if lang != "en" else pairs)
