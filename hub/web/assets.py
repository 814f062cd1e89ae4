"""Style sheet, script and fonts under an address that changes with their content, so that they can be kept a year."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, request, url_for

from hub.config import LANGUAGES
from hub.errors import NotFound
from hub.web.hub import address

FOLDER = Path(__file__).resolve().parent.parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}

assets = Blueprint("assets", __name__)


@cache
def _files() -> dict[str, bytes]:
    """Everything there is to serve, by path; a few hundred kilobytes, read once."""
    paths = (path for path in sorted(FOLDER.rglob("*")) if path.suffix in TYPES)
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in paths}


@cache
def digest() -> str:
    """A short hash of all assets together."""
    found = hashlib.sha256()
    for name, content in _files().items():
        found.update(name.encode() + b"\0" + content)
    return found.hexdigest()[:12]


def init_app(app: Flask) -> None:
    """Serve the assets and give templates `asset("hub.css")`."""
    app.register_blueprint(assets)
    app.jinja_env.globals["asset"] = lambda path: url_for("assets.file", version=digest(), path=path)


@assets.get("/assets/<version>/<path:path>")
def file(version: str, path: str) -> Response:
    """One asset; an address of another version is answered too, but not kept."""
    if path not in _files():
        raise NotFound(f"There is no file {path!r}.")
    answer = Response(_files()[path], content_type=TYPES[Path(path).suffix])
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if version == digest() else "no-cache"
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.set_etag(digest(), weak=True)
    answer.make_conditional(request)
    return answer


@assets.get("/robots.txt")
def robots() -> Response:
    """What search engines leave alone: results, which are without end, and answers for programs; and where pages are.

    Feeds are allowed, as programs that gather cases from portals obey what is said here.
    """
    found = [url_for(f"{tag}.{name}") for name in ("search", "my_list") for tag in LANGUAGES]
    found.append(url_for("api.search").partition("v1")[0])
    allowed = [url_for(f"feeds-{tag}.search") for tag in LANGUAGES]
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in found), *(f"Allow: {path}" for path in allowed)]
    lines += ["", f"Sitemap: {address(url_for('sitemaps.index'))}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")
