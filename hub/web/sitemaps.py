"""The sitemap: an index of parts, one of them of pages about the collection, the others of records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from flask import Blueprint, Response

from hub.changes import Changes
from hub.config import LANGUAGES
from hub.errors import NotFound
from hub.query import SearchRequest
from hub.record import Record
from hub.serialize.site import PAGE_OF, moment, updated
from hub.serialize.sitemap import MEDIA_TYPE, Page, sitemap, sitemap_index
from hub.web.hub import address, given, hub
from hub.web.language import path_of

sitemaps = Blueprint("sitemaps", __name__)

# Records in one part: 30,000 addresses of the 50,000 that are allowed, and well below 50 MB.
RECORDS_PER_PART = 10_000
AT_ONCE = 500  # records looked up together
_ALONE = ("home", "coverage", "about", "api_guide")


@sitemaps.get("/sitemap.xml")
def index() -> Response:
    """Which parts there are; all are as old as the index that they are made from."""
    given()
    info = hub().search.engine.info()
    numbers = range(1, -(-info.records // RECORDS_PER_PART) + 1)
    parts = [path_of("sitemaps.about_the_collection"), *(path_of("sitemaps.records", part=str(n)) for n in numbers)]
    return _answer(iter([sitemap_index(map(address, parts), moment(info.built).date())]))


@sitemaps.get("/sitemap-pages.xml")
def about_the_collection() -> Response:
    """The pages that are about the collection, and those of concepts that have records."""
    given()
    changed = moment(hub().search.engine.info().built).date()
    found = hub().search.engine.search(SearchRequest(facets=PAGE_OF, per_page=0))
    known = hub().search.vocabularies()
    shown: list[tuple[str, dict[str, str]]] = [(kind, {}) for kind in _ALONE]
    for facet in PAGE_OF:
        counts = found.facets[facet].values
        shown += [(facet, {"name": one.notation}) for one in known[facet] if counts.get(one.notation)]
    return _answer(sitemap([Page(_addresses(kind, **values), changed) for kind, values in shown]))


@sitemaps.get("/sitemap-records-<int:part>.xml")
def records(part: int) -> Response:
    """One part of all records, in the order of their ids."""
    given()
    info = hub().search.engine.info()
    every = hub().search.every(SearchRequest(), "")
    if not 1 <= part <= -(-every.total // RECORDS_PER_PART):
        raise NotFound(f"There is no part {part} of the sitemap.")
    first = (part - 1) * RECORDS_PER_PART
    begin = {tag: path.removesuffix("-") for tag, path in _addresses("record", record_id="-").items()}
    own = islice(every.records, first, first + RECORDS_PER_PART)
    return _answer(sitemap(_pages(own, begin, info.built, Changes(hub().config.changes))))


def _pages(found: Iterator[Record], begin: Mapping[str, str], built: str, journal: Changes) -> Iterator[Page]:
    """The pages of records; without a journal they say what their records do of their last change."""
    while some := list(islice(found, AT_ONCE)):
        known = journal.changed(record.id for record in some)
        for record in some:
            addresses = {tag: start + record.id for tag, start in begin.items()}  # an id needs no quoting
            changed = moment(known[record.id]) if record.id in known else updated(record, built)
            yield Page(addresses, changed.date())


def _addresses(kind: str, **values: str) -> dict[str, str]:
    """The address of a page in each language."""
    return {tag: address(path_of(f"{tag}.{kind}", **values)) for tag in LANGUAGES}


def _answer(text: Iterator[str]) -> Response:
    return Response(text, content_type=f"{MEDIA_TYPE}; charset=utf-8")
