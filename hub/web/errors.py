"""One table from what went wrong to an HTTP status, and how it is said: as a page, or as problem+json (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, redirect, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response as BaseResponse

from hub.errors import Conflict, HubError, IndexUnavailable, InvalidRecord, InvalidRequest, Moved, NotFound, Withdrawn
from hub.query import MAX_PAGE, MAX_QUERY
from hub.search import PARAMETERS
from hub.web.language import language_of_path, render

log = logging.getLogger(__name__)

STATUS: dict[type[HubError], int] = {
    InvalidRequest: 400,
    NotFound: 404,
    Withdrawn: 410,
    Conflict: 409,
    InvalidRecord: 500,
    IndexUnavailable: 503,
}


def init_app(app: Flask) -> None:
    """Let the app answer every error in its own words, to people as pages and to programs as JSON."""
    app.register_error_handler(Moved, _moved)
    app.register_error_handler(HubError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unknown)


def _wants_json() -> bool:
    return request.path.startswith("/api/")


def _rest() -> dict[str, Any]:
    """The other parameters of the request, which stay when its address changes."""
    return {name: values for name, values in request.args.to_dict(flat=False).items() if name != "record_id"}


def _moved(error: Moved) -> BaseResponse:
    if _wants_json():
        return redirect(url_for("api.record", record_id=error.record_id, **_rest()), 301)
    return redirect(url_for(f"{language_of_path(request.path)}.record", record_id=error.record_id, **_rest()), 301)


def _known(error: HubError) -> Response:
    status = next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)
    if status >= 500:
        log.error("%s: %s", request.path, error)
    return _answer(status, str(error), error if isinstance(error, InvalidRequest) else None)


def _http(error: HTTPException) -> BaseResponse:
    if error.code is None or error.code < 400:
        return error.get_response()
    answer = _answer(error.code, (error.description or "") if _wants_json() else "", None)
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(error.valid_methods or ())
    return answer


def _unknown(error: Exception) -> Response:
    log.exception("%s", request.path, exc_info=error)
    return _answer(500, "", None)


def _page(status: int, detail: str, invalid: InvalidRequest | None) -> str:
    """The error as a page, with a way on: values that were perhaps meant, the first page of the results."""
    name = f"{language_of_path(request.path)}.search"
    given = request.args.to_dict(flat=False).items()
    known: dict[str, Any] = {key: values for key, values in given if key in PARAMETERS and key != "page"}
    suggestions = []
    if invalid:
        for value in invalid.allowed[:6]:
            suggestions.append((value, url_for(name, **{**known, invalid.parameter: value})))
    first = url_for(name, **known) if "page" in request.args and status == 404 else ""
    return render(
        "error.html", status=status, detail=detail, invalid=invalid, suggestions=suggestions, first=first,
        max_query=MAX_QUERY, max_page=MAX_PAGE,
    )  # fmt: skip


def _answer(status: int, detail: str, invalid: InvalidRequest | None) -> Response:
    if _wants_json():
        problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
        if invalid:
            problem |= {"parameter": invalid.parameter, "value": invalid.value, "allowed": list(invalid.allowed)}
        answer = jsonify(problem)
        answer.mimetype = "application/problem+json"
    else:
        answer = Response(_page(status, detail, invalid), mimetype="text/html")
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-cache"
    if status == 503:
        answer.headers["Retry-After"] = "30"
    return answer
