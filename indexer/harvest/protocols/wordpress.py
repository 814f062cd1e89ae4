"""The REST interface of WordPress (wp/v2): posts, pages and a site's own types."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from indexer.fetch.terms import shown
from indexer.harvest.item import Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.plain import title_line
from indexer.harvest.protocols.json_text import as_dict, as_list, text_at
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import (
    Page,
    absolute,
    listed,
    number_of,
    objects,
    pages,
    query_value,
    set_query,
)
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title.rendered", "title", "yoast_head_json.og_title"),
    "abstract": ("excerpt.rendered", "yoast_head_json.description", "yoast_head_json.og_description"),
    "text": ("content.rendered",),
    "challenge": ("acf.challenge", "acf.challenges"),
    "results": ("acf.results", "acf.outcomes"),
    "lessons": ("acf.lessons_learned", "acf.lessons_learnt"),
    "language": ("lang", "language", 'yoast_head_json.schema."@graph"[].inLanguage | [0]'),
    "place": ("acf.location.address", "acf.place"),
    "countries": (
        "acf.country",
        "acf.countries",
        "_embedded.\"wp:term\"[][] | [?contains(taxonomy || '', 'countr')].name",
    ),
    "point": ("acf.location", "acf.coordinates"),
    "issued": ("date_gmt", "date"),
    "modified": ("modified_gmt", "modified"),
    "source_tags": ('_embedded."wp:term"[][].name',),
    "images": (
        '_embedded."wp:featuredmedia"[] | [?source_url].{url: source_url, alt: alt_text}',
        "jetpack_featured_media_url",
        "yoast_head_json.og_image[].url",
    ),
}
FOLLOWS = False
_PER_PAGE = 100  # the most that WordPress gives
_NEXT = re.compile(r"<([^<>]{1,2000})>\s*;[^,<]{0,200}\brel=\"?next\b")


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """The posts of a collection, newest change first or as the address says, until the last page."""
    address = source.address
    wanted = {"per_page": _PER_PAGE} if query_value(address, "per_page") is None else {}
    wanted |= {"_embed": 1} if query_value(address, "_embed") is None else {}
    if since:
        wanted["modified_after"] = since[:10] + "T00:00:00"  # type: ignore[assignment]
    yield from listed(pages(get, set_query(address, wanted), entries, _next, over=(400, 404)), references, since)


def entries(data: Any) -> list[Any]:
    """The posts in an answer: a list, or one alone. Raises Unreadable."""
    if isinstance(data, list):
        return data
    post = as_dict(data)
    if isinstance(post.get("code"), str) and "message" in post:
        raise Unreadable(f"is an error of WordPress: {title_line(text_at(post, 'message') or post['code'])}")
    if "id" not in post:
        raise Unreadable("is no post of WordPress and no list of them")
    return [post]


def references(data: Any, url: str) -> Gathered:
    """The items of one answer."""
    for post in objects(entries(data), url):
        yield post if isinstance(post, Skipped) else _reference(post, url)


def _next(page: Page) -> str:
    if not isinstance(page.data, list):
        return ""
    total = number_of(page.headers.get("x-wp-totalpages"))
    if total is not None:
        current = number_of(query_value(page.address, "page")) or 1
        return set_query(page.address, {"page": current + 1}) if current < total else ""
    if found := _NEXT.search(page.headers.get("link", "")):
        return absolute(page.url, found[1])
    return set_query(page.address, {"page": (number_of(query_value(page.address, "page")) or 1) + 1})


def _reference(post: dict[str, Any], url: str) -> Reference | Skipped:
    name = text_at(post, "id")
    address = absolute(url, text_at(post, "link"))
    if not name:
        return Skipped(address or shown(url), "is an entry without an id", failed=True)
    if reason := _no_item(post):
        return Skipped(name, reason)
    return Reference(name, address, text_at(post, "modified_gmt", "modified"), post)


def _no_item(post: Mapping[str, Any]) -> str:
    """Why a post is no item; empty where it is one."""
    if "media_type" in post or post.get("type") == "attachment":
        return "is a picture or file, not a page"
    if "taxonomy" in post and "content" not in post:
        return "is a term of a vocabulary, not a page"
    if as_dict(post.get("content")).get("protected") is True:
        return "is protected by a password"
    status = text_at(post, "status")
    if status not in ("", "publish"):
        return f"is not published ({status})"
    return "" if _title(post) else "has no title"


def _title(post: Mapping[str, Any]) -> str:
    title = post.get("title")
    given = text_at({"title": title}, "title") or text_at(as_dict(title), "rendered")
    return title_line(given) or text_at(as_dict(post.get("yoast_head_json")), "og_title")


def is_post(value: Any) -> bool:
    """Whether an object is something WordPress keeps: a post, a page, a picture or a term."""
    entry = as_dict(value)
    links = as_dict(entry.get("_links"))
    rendered = any("rendered" in as_dict(entry.get(name)) for name in ("title", "content", "guid", "excerpt"))
    return "id" in entry and (rendered or any("/wp/v2/" in str(as_list(link)[:1]) for link in links.values()))
