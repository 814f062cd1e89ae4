"""Headers of every answer: what a browser may do with it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.config import LANGUAGES

_ALL = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# No inline style or script, nothing from elsewhere: harvested text can then do no harm even if it got through.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_PAGE = {**_ALL, "Content-Security-Policy": PAGE_POLICY, "X-Frame-Options": "DENY"}
_API = {
    **_ALL,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


_STAFF = {**_PAGE, "Cache-Control": "no-store", "Referrer-Policy": "same-origin"}
_SUGGEST = {"/suggest.json" if tag == "en" else f"/{tag}/suggest.json" for tag in LANGUAGES}


_EXPORT = re.compile(r"(?:/(?:fr|es))?/(?:search|list)\.[a-z.]+")  # all records of a search, or of a list


def for_programs(path: str) -> bool:
    """Whether programs ask for this address and not people: what goes wrong there is said in JSON too."""
    return path.startswith(("/api/", "/oai")) or path in _SUGGEST or is_export(path) or is_bulk(path)


def is_export(path: str) -> bool:
    """Whether an address is that of all records of a search or of a list, which only the index can change."""
    return bool(_EXPORT.fullmatch(path))


def is_bulk(path: str) -> bool:
    """Whether an address is that of a file of the whole collection, not that of the page about them."""
    return path.startswith("/bulk/") and path != "/bulk/"


def streams(path: str) -> bool:
    """Whether an answer may be of any size: it is sent on as it is made, and not kept."""
    return path.startswith("/oai") or is_export(path) or is_bulk(path)


def for_staff(path: str) -> bool:
    """Whether an address belongs to the workbench: what is said there is for one person, and never kept."""
    return path == "/curate" or path.startswith("/curate/")


def headers_of(path: str) -> Mapping[str, str]:
    """The headers that every answer below an address has, whatever it is."""
    return _API if for_programs(path) else _STAFF if for_staff(path) else _PAGE
