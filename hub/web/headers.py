"""Headers of every answer: what a browser may do with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from hub.config import LANGUAGES

_ALL = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}
# No inline style or script, nothing from elsewhere: harvested text can then do no harm even if it got through.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# No Cross-Origin-Opener-Policy: browsers refuse to open a page with one from a frame in a sandbox, such as an embed.
_PAGE = {**_ALL, "Content-Security-Policy": PAGE_POLICY, "X-Frame-Options": "DENY"}
_BUILDER = {**_PAGE, "Content-Security-Policy": f"{PAGE_POLICY}; frame-src 'self'"}
# Pages for frames of other sites: what they may load depends on the address of this one, see hub/web/embed.py.
_EMBED = {**_ALL, "Cross-Origin-Resource-Policy": "cross-origin"}
_ASSET = {**_PAGE, "Cross-Origin-Resource-Policy": "cross-origin"}  # frames of other sites load them too
_API = {
    **_ALL,
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "Accept-Ranges, Content-Disposition, Content-Location, Content-Range, ETag, Link, RateLimit, RateLimit-Policy, "
        "Retry-After, X-Missing-Ids, X-Total-Count"
    ),
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_EMBED_FILE = {**_API, "Cross-Origin-Resource-Policy": "cross-origin"}
_METHODS = "GET, HEAD, OPTIONS"
# What scripts of other sites may send, where a browser asks first (CORS).
_ASKED_FIRST = {
    **_API,
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
_STAFF = {
    **_PAGE,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_SUGGEST = {"/suggest.json" if tag == "en" else f"/{tag}/suggest.json" for tag in LANGUAGES}
_EMBED_FILES = {"/embed.css", "/embed.js"}  # loaded by pages of other sites, or by frames in them
_PROGRAMS = {*_SUGGEST, *_EMBED_FILES, "/oembed"}
_BUILDERS = {"/embed" if tag == "en" else f"/{tag}/embed" for tag in LANGUAGES}
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+")  # a request may claim any; this header must bear it
_TYPED = {"/api/v1/suggest", *_SUGGEST}  # asked again with every letter, by everybody behind one address
_LANGUAGE = f"(?:/(?:{'|'.join(tag for tag in LANGUAGES if tag != 'en')}))?"  # at the beginning of an address
_EXPORT = re.compile(rf"{_LANGUAGE}/(?:search|list)\.(?:csv|jsonl|geojson|ris|bib|csl\.json|md)")
_FEED = re.compile(rf"{_LANGUAGE}/search\.atom")
_SITEMAP = re.compile(r"/sitemap(?:-[a-z]+)?(?:-[0-9]+)?\.xml")
_IN_A_FORM = re.compile(  # one record, or one vocabulary
    rf"{_LANGUAGE}/records/[^/]+\.(?:jsonld|ris|bib|csl\.json|cbd\.json)|/vocabularies/[^/]*"
)


def for_programs(path: str) -> bool:
    """Whether programs ask for this address and not people: what goes wrong there is said in JSON too."""
    named = path in _PROGRAMS or bool(_IN_A_FORM.fullmatch(path) or _FEED.fullmatch(path))
    return named or path.startswith("/api/") or streams(path)


def limited(path: str) -> bool:
    """Whether it is counted how often one reader asks for this address."""
    return for_programs(path) and path not in _TYPED and path not in _EMBED_FILES


def harvests(path: str, asked: str) -> bool:
    """Whether somebody takes over all records page by page, `asked` being what follows the question mark."""
    pages = path == "/api/v1/search" and any(part.startswith("cursor=") for part in asked.split("&"))
    return pages or is_oai(path)


def is_oai(path: str) -> bool:
    """Whether an address is that of OAI-PMH."""
    return path == "/oai"


def is_export(path: str) -> bool:
    """Whether an address is that of all records of a search, or of a list, as a file."""
    return bool(_EXPORT.fullmatch(path))


def is_sitemap(path: str) -> bool:
    """Whether an address is that of a sitemap."""
    return bool(_SITEMAP.fullmatch(path))


def is_bulk(path: str) -> bool:
    """Whether an address is that of a file of the whole collection, not that of the page about them."""
    return path.startswith("/bulk/") and path != "/bulk/"


def streams(path: str) -> bool:
    """Whether an answer may be of any size: it is sent on as it is made, and not kept."""
    return is_oai(path) or is_export(path) or is_sitemap(path) or is_bulk(path)


def for_staff(path: str) -> bool:
    """Whether an address belongs to the workbench: what is said there is for one person, and never kept."""
    return path == "/curate" or path.startswith("/curate/")


def for_embed(path: str) -> bool:
    """Whether an address is that of a page for frames of other sites."""
    return path.startswith("/embed/")


def embed_policy(origin: str, ancestors: Iterable[str], script: bool) -> str:
    """What a page for frames may do; `origin` is where it is at home, `ancestors` are the sites that may frame it.

    In a sandbox a page is at home nowhere, and to some browsers `'self'` is then nothing: the origin is named too.
    """
    here = f"'self' {origin}" if _ORIGIN.fullmatch(origin) else "'self'"
    scripts = here if script else "'none'"
    framed = "*" if "*" in ancestors else " ".join(("'self'", *ancestors))
    return (
        f"default-src 'none'; style-src {here}; script-src {scripts}; img-src {here} data:; font-src {here}; "
        f"form-action 'none'; base-uri 'none'; frame-ancestors {framed}"
    )


def headers_of(path: str, method: str = "GET", page: bool = False) -> Mapping[str, str]:
    """The headers that every answer below an address has; `page` says that programs' addresses answer people."""
    if method == "OPTIONS" and for_programs(path):
        return {**_ASKED_FIRST, "Access-Control-Allow-Methods": _METHODS + (", POST" if is_oai(path) else "")}
    if for_embed(path):
        return _EMBED
    if path.startswith("/assets/"):
        return _ASSET
    if path in _EMBED_FILES:
        return _EMBED_FILE
    if path in _BUILDERS:
        return _BUILDER
    return _API if for_programs(path) and not page else _STAFF if for_staff(path) else _PAGE
