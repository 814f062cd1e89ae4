"""Searches as Atom feeds and records as JSON-LD, registered once per language of the interface as the pages are."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response

from hub.query import PER_PAGE, SearchPage, SearchRequest
from hub.search import PARAMETERS
from hub.serialize import atom, jsonld
from hub.web import results
from hub.web.hub import address, given, hub
from hub.web.language import gettext, here, language, path_of
from hub.web.params import encoded, parameters, query_string
from hub.web.site import site

feeds = Blueprint("feeds", __name__)

ASKED = tuple(name for name in PARAMETERS if name != "explain")  # a feed has no room for scores
FEED_PER_PAGE = 50  # readers ask now and then, and many look at the first page only


@feeds.get("/search.atom")
def search() -> Response:
    """The results of a search as a feed, those that came in last first."""
    asked = {name: values for name, values in given(*ASKED).items() if any(value.strip() for value in values)}
    asked = {"sort": ["newest"], "per_page": [str(FEED_PER_PAGE)], **asked}
    page = hub().search.search(hub().search.request(asked, language()))
    text = atom.feed(page, title_of(page), _links(page), hub().search.vocabularies(), site())
    return Response(text, content_type=f"{atom.MEDIA_TYPE}; charset=utf-8")


@feeds.get("/records/<record_id>.jsonld")
def record(record_id: str) -> Response:
    """One record in the terms of schema.org."""
    given()
    found = hub().search.engine.get(record_id)
    data = jsonld.record_jsonld(found, hub().search.vocabularies(), site())
    return Response(msgspec.json.encode(data) + b"\n", mimetype=jsonld.MEDIA_TYPE)


def title_of(page: SearchPage) -> str:
    """A search in words: what was typed, the filters in use, the name of the site."""
    asked = [page.request.q] if page.request.q else []
    said = [*asked, *(label for label, _ in results.chips(page))] or [gettext("All cases")]
    return " – ".join((" · ".join(said), hub().config.site_name))


def feed_path(query: str = "") -> str:
    """The address of a feed in the reader's language within this host."""
    return path_of(f"feeds-{language()}.search") + query


def feed_query(asked: SearchRequest) -> str:
    """The end of the address of the feed of a search, from its first page, the newest first."""
    return encoded(parameters(asked, page=None, sort=None, per_page=None, explain=None))


def _links(page: SearchPage) -> dict[str, str | None]:
    """Absolute addresses of this page of the feed and of what is around it; None where there is none."""
    now, last = page.request.page, max(page.pages, 1)

    def at(number: int, per_page: int) -> str:
        pairs = parameters(page.request, page=number, sort=None, per_page=None, explain=None)
        pairs += [("sort", page.request.sort)] if page.request.sort != "newest" else []
        pairs += [("per_page", str(per_page))] if per_page != FEED_PER_PAGE else []
        return address(feed_path(encoded(pairs)))

    size = page.request.per_page
    return {
        "id": at(1, FEED_PER_PAGE),
        "self": at(now, size),
        "alternate": address(here("search")) + query_string(page.request, page=1, per_page=PER_PAGE),
        "search": address(path_of(f"opensearch-{language()}.description")),
        "first": at(1, size),
        "previous": at(now - 1, size) if now > 1 else None,
        "next": at(now + 1, size) if now < last else None,
        "last": at(last, size),
    }
