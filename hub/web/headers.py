"""Headers of every answer: what a browser may do with it, and whether it has it already (ETag)."""

from __future__ import annotations

import hashlib

from flask import Flask, Response, g, request

from hub.web.assets import digest
from hub.web.hub import hub, index_info

# No inline style or script, nothing from elsewhere: harvested text can then do no harm even if it got through.
PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NOT_CACHED = ("assets",)


def init_app(app: Flask) -> None:
    """Answer 304 before any work, and set the headers of what goes out."""
    app.before_request(_unchanged)
    app.after_request(_finish)


def _unchanged() -> Response | None:
    """304 where the reader has this answer already: it depends on the index, the code and the address only."""
    if request.method not in ("GET", "HEAD") or request.blueprint in (None, *NOT_CACHED):
        return None
    info = index_info()
    if info is None:
        return None
    key = "\n".join((repr(info), digest(), hub().fingerprint, request.host_url, request.full_path))
    g.etag = hashlib.sha256(key.encode()).hexdigest()[:20]
    if not request.if_none_match.star_tag and request.if_none_match.contains_weak(g.etag):
        return Response(status=304)
    return None


def _finish(answer: Response) -> Response:
    headers = answer.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), browsing-topics=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if request.path.startswith("/api/"):
        headers["Access-Control-Allow-Origin"] = "*"
        headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    else:
        headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        headers.setdefault("X-Frame-Options", "DENY")
    if 300 <= answer.status_code < 400:
        headers.setdefault("Cache-Control", "no-cache")  # a merge can be undone
    if answer.status_code in (200, 304) and "etag" in g:
        answer.set_etag(g.etag, weak=True)
        headers["Cache-Control"] = "public, no-cache"
    return answer
