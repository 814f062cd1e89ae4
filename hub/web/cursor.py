"""Cursors: where somebody who reads all records of a search goes on. They hold the id of the last one that was read."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from hub.errors import InvalidRequest
from hub.record import ID

CURSOR = "cursor"  # the parameter
_FORM = "1."  # which form of a cursor it is, should there ever be another
LONGEST = 1_000  # characters


def cursor_of(record_id: str) -> str:
    """The cursor that goes on after a record."""
    return urlsafe_b64encode((_FORM + record_id).encode()).decode().rstrip("=")


def after(cursor: str) -> str:
    """The id to go on after; empty for an empty cursor, which begins. InvalidRequest where it is none of ours."""
    if not cursor:
        return ""
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode() if len(cursor) <= LONGEST else ""
    except (ValueError, binascii.Error):
        text = ""
    record_id = text.removeprefix(_FORM)
    if not text.startswith(_FORM) or not ID.fullmatch(record_id) or cursor_of(record_id) != cursor:
        said = "This is no cursor of this site. Begin with an empty one (cursor=), then follow the links."
        raise InvalidRequest(CURSOR, said, cursor[:LONGEST])
    return record_id
