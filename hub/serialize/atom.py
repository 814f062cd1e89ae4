"""A page of search results as an Atom feed (RFC 4287) with OpenSearch's numbers and links to its other pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feedgenerator import Atom1Feed

from hub.query import SearchPage
from hub.record import Record
from hub.serialize.cite import dash
from hub.serialize.site import ABOUT, WHERE, Site, added, concepts, license_of, moment, plain, updated
from hub.serialize.terms import LICENSE, LICENSE_URL, author
from hub.vocabulary import Vocabularies

MEDIA_TYPE = "application/atom+xml"
_OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
_PAGING = ("first", "previous", "next", "last")  # RFC 5005
_DESCRIPTION = "application/opensearchdescription+xml"


def feed(page: SearchPage, title: str, links: Mapping[str, str | None], vocabularies: Vocabularies, site: Site) -> str:
    """The feed of one page of results; `title` says what was searched.

    `links` are absolute addresses: `id` of all pages together, `self`, `alternate` (the page for people), `search`
    (the OpenSearch description), and `first`, `previous`, `next`, `last` (None where there is none).
    """
    records = [hit.record for hit in page.results.hits]
    made = _Feed(
        title=plain(title),
        link=links["alternate"],
        description="",
        language=site.language,
        author_name=plain(site.publisher),
        feed_url=links["self"],
        feed_guid=links["id"],
        page=page,
        links=links,
        updated=max((updated(record, site.built) for record in records), default=moment(site.built)),
    )
    for record in records:
        _add(made, record, vocabularies, site)
    return str(made.writeString("utf-8"))


def _add(made: _Feed, record: Record, vocabularies: Vocabularies, site: Site) -> None:
    license_ = license_of(record)
    made.add_item(
        title=plain(dash(record.title)),
        link=site.page("record", record_id=record.id),
        description=None,  # the library would declare our plain text to be HTML
        author_name=plain(author(record, site.name)),
        pubdate=added(record, site.built),
        updateddate=updated(record, site.built),
        unique_id=site.record(record),
        item_copyright=plain(LICENSE if license_ == LICENSE_URL else license_) or None,
        language=record.language,
        summary=plain(" ".join(record.abstract.split())),
        related=[("via", record.url), *(("related", url) for url in record.also_at)],
        terms=[
            {
                "term": concept.id,
                "scheme": site.scheme(concept.vocabulary),
                "label": plain(concept.label(site.language)),
                "xml:lang": site.language,
            }
            for concept in concepts(record, vocabularies, *ABOUT, *WHERE)
        ],
    )


class _Feed(Atom1Feed):  # type: ignore[misc]
    """Django's Atom feed, with what it leaves out."""

    def latest_post_date(self) -> datetime:
        """When the feed last changed; without entries not now, which would make it new with every request."""
        return self.feed["updated"]  # type: ignore[no-any-return]

    def root_attributes(self) -> dict[str, str]:
        """The name space of OpenSearch."""
        return {**super().root_attributes(), "xmlns:opensearch": _OPENSEARCH}

    def add_root_elements(self, handler: Any) -> None:
        """Links to other pages, and how many entries there are in all."""
        super().add_root_elements(handler)
        page, links = self.feed["page"], self.feed["links"]
        request = page.request
        for rel in _PAGING:
            if links[rel]:
                handler.addQuickElement("link", None, {"rel": rel, "href": links[rel], "type": MEDIA_TYPE})
        handler.addQuickElement("link", None, {"rel": "search", "href": links["search"], "type": _DESCRIPTION})
        numbers = {
            "totalResults": page.results.total,
            "startIndex": (request.page - 1) * request.per_page + 1,
            "itemsPerPage": request.per_page,
        }
        for name, number in numbers.items():
            handler.addQuickElement(f"opensearch:{name}", str(number))
        asked = {"role": "request", "searchTerms": plain(request.q), "startPage": str(request.page)}
        handler.addQuickElement("opensearch:Query", None, {name: text for name, text in asked.items() if text})

    def item_attributes(self, item: Mapping[str, Any]) -> dict[str, str]:
        """The language of the record."""
        return {"xml:lang": item["language"]}

    def add_item_elements(self, handler: Any, item: Mapping[str, Any]) -> None:
        """Summary, source and terms of the record."""
        super().add_item_elements(handler, item)
        handler.addQuickElement("summary", item["summary"], {"type": "text"})
        for rel, url in item["related"]:
            handler.addQuickElement("link", None, {"rel": rel, "href": url})
        if item["item_copyright"] == LICENSE:
            handler.addQuickElement("link", None, {"rel": "license", "href": LICENSE_URL})  # RFC 4946
        for term in item["terms"]:
            handler.addQuickElement("category", None, term)
