"""The whole collection as a file to download: the latest under an address that stays, and each under its own name.

The indexer makes the files; here they are only read. The page that tells people of them is among the pages.
"""

from __future__ import annotations

from flask import Blueprint, Response, send_file

from hub.bulk import SUM, BulkFile, Manifest, checksum_line, read_manifest
from hub.errors import NotFound
from hub.serialize.bulk_json import FOLDER, TYPE, manifest_json
from hub.web.hub import address, given, hub, json_answer, validated

bulk = Blueprint("bulk", __name__, url_prefix=FOLDER.rstrip("/"))

LATEST = "latest.jsonl.gz"
_REVALIDATED = "public, no-cache"
_FOR_GOOD = "public, max-age=31536000, immutable"  # a name always stands for the same bytes


@bulk.get("/latest.json")
def latest_json() -> Response:
    """Which file is the latest."""
    given()
    return validated(json_answer(manifest_json(_manifest(), address(""))), _REVALIDATED)


@bulk.get(f"/{LATEST}")
def latest() -> Response:
    """The latest file itself and no redirect, which `curl -O` would keep instead; headers say what it is called."""
    given()
    file = _manifest().latest
    answer = _sent(file, _REVALIDATED)
    answer.headers["Content-Location"] = FOLDER + file.name
    return answer


@bulk.get(f"/{LATEST}{SUM}")
def latest_checksum() -> Response:
    """Name and checksum of the latest file."""
    given()
    return _checksum(_manifest().latest, _REVALIDATED)


@bulk.get("/<name>")
def file(name: str) -> Response:
    """A file that is kept, or its checksum."""
    given()
    wanted = name.removesuffix(SUM)
    found = next((file for file in _manifest().files if file.name == wanted), None)
    if found is None:
        raise NotFound(f"There is no such file (any more). The latest is {FOLDER}{LATEST}.")
    return _checksum(found, _FOR_GOOD) if name != wanted else _sent(found, _FOR_GOOD)


def _manifest() -> Manifest:
    found = read_manifest(hub().config.bulk)
    if found is None:
        raise NotFound("There is no file of the whole collection yet. The indexer makes it after its next build.")
    return found


def _sent(file: BulkFile, rule: str) -> Response:
    """A file, or the part of it that is asked for."""
    path = hub().config.bulk / file.name
    if path.is_symlink() or not path.is_file():
        raise NotFound(f"The file {file.name} is not there any more. The latest is {FOLDER}{LATEST}.")
    try:
        answer = send_file(
            path.absolute(), mimetype=TYPE, as_attachment=True, download_name=file.name, etag=file.sha256
        )
    except FileNotFoundError:  # removed in this moment
        raise NotFound(f"The file {file.name} is not there any more. The latest is {FOLDER}{LATEST}.") from None
    answer.headers["Cache-Control"] = rule
    return answer


def _checksum(file: BulkFile, rule: str) -> Response:
    return validated(Response(checksum_line(file), mimetype="text/plain"), rule)
