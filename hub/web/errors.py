"""One table from what went wrong to an HTTP status, and how it is said: as a page, or as problem+json (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from hub.errors import (
    Busy,
    Conflict,
    Forbidden,
    HubError,
    IndexUnavailable,
    InvalidRecord,
    InvalidRequest,
    Moved,
    NotFound,
    Withdrawn,
)
from hub.query import MAX_PAGE, MAX_QUERY
from hub.search import MAX_VALUES, PARAMETERS
from hub.web.headers import for_embed, for_programs, is_export
from hub.web.hub import concept_name, json_answer
from hub.web.language import language, render
from hub.web.params import encoded

log = logging.getLogger(__name__)

STATUS: dict[type[HubError], int] = {
    InvalidRequest: 400,
    NotFound: 404,
    Withdrawn: 410,
    Conflict: 409,
    Forbidden: 403,
    InvalidRecord: 500,
    IndexUnavailable: 503,
    Busy: 503,
}


def init_app(app: Flask) -> None:
    """Let the app answer every error in its own words, to people as pages and to programs as JSON."""
    app.register_error_handler(Moved, _moved)
    app.register_error_handler(HubError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _wants_json() -> bool:
    return for_programs(request.path) and not (is_export(request.path) and _is_clicked())


def _is_clicked() -> bool:
    """Whether a browser asks for a file because somebody pressed a link, and would show what went wrong."""
    return request.accept_mimetypes.best_match(["application/problem+json", "text/html"]) == "text/html"


def _moved(error: Moved) -> BaseResponse:
    """To the same view of the record that took the place of another; with its parameters, where they were checked."""
    values = {**(request.view_args or {}), "record_id": error.record_id}
    checked = _wants_json() or for_embed(request.path)
    query = encoded(request.args.items(multi=True)) if checked else ""
    return redirect(url_for(str(request.endpoint), **values) + query, 301)


def _known(error: HubError) -> Response:
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    if status >= 500 and not isinstance(error, Busy):
        log.error("%s: %s", request.path, error)
    return _answer(status, str(error), error)


def _http(error: HTTPException) -> BaseResponse:
    if error.code is None or error.code < 400:
        return error.get_response()
    answer = _answer(error.code, (error.description or "") if _wants_json() else "")
    answer.headers.update({name: value for name, value in error.get_headers() if name in ("Allow", "Content-Range")})
    return answer


def _unknown(error: Exception) -> Response:
    log.exception("%s", request.path, exc_info=error)
    return _answer(500, "")


def _page(status: int, detail: str, error: HubError | None) -> str:
    """The error as a page, with a way on: values that were perhaps meant, the same search without the trouble."""
    invalid = error if isinstance(error, InvalidRequest) else None
    start = url_for(f"{language()}.search")
    known = {name: values for name, values in request.args.to_dict(flat=False).items() if name in PARAMETERS}
    known.pop("page", None)

    def address(**changes: str) -> str:
        return start + "?" + urlencode({**known, **changes}, doseq=True)

    suggestions = []
    if invalid:
        known.pop(invalid.parameter, None)
        names = {value: concept_name(invalid.parameter, value) for value in invalid.allowed[:6]}
        suggestions = [(name, address(**{invalid.parameter: value})) for value, name in names.items()]
    way_on = address() if known or "page" in request.args else ""
    return render(
        "error.html", status=status, detail=detail, invalid=invalid, busy=isinstance(error, Busy),
        suggestions=suggestions, way_on=way_on, q=request.args.get("q", "")[:MAX_QUERY], max_page=MAX_PAGE,
        max_values=MAX_VALUES, embedded=for_embed(request.path),
    )  # fmt: skip


def problem(status: int, detail: str) -> dict[str, Any]:
    """What went wrong as problem details (RFC 9457)."""
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def _answer(status: int, detail: str, error: HubError | None = None) -> Response:
    if _wants_json():
        told = problem(status, detail)
        if isinstance(error, InvalidRequest):
            told |= {"parameter": error.parameter, "value": error.value, "allowed": list(error.allowed)}
        answer = json_answer(told)
        answer.mimetype = "application/problem+json"
    else:
        answer = Response(_page(status, detail, error), mimetype="text/html")
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-cache"
    if is_export(request.path):
        answer.headers["Vary"] = "Accept"
    if status == 503:
        answer.headers["Retry-After"] = "10" if isinstance(error, Busy) else "30"
    return answer
