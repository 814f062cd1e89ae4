"""JSON as portals really send it: with marks, wrong encodings and gaps, read or refused in plain words."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from indexer.harvest.item import Unreadable

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_FAULTS = (  # how the reader's messages begin -> what is wrong, in plain words
    ("Expecting ',' delimiter", "a comma is missing"),
    ("Expecting ':' delimiter", "a colon is missing"),
    ("Expecting property name", "a name in double quotes is missing"),
    ("Expecting value", "a value is missing"),
    ("Illegal trailing comma", "a comma is too many"),
    ("Extra data", "there is something after its end"),
    ("Invalid", "a sign is not allowed here"),
)
# Half of a pair of escapes that make one sign (\ud83d of \ud83d\ude00): a text with one cannot be written down.
_HALF = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_TOO_DEEP = "is nested too deeply to be read"


def read_json(body: bytes, charset: str = "") -> Any:
    """The value of a JSON text. Raises Unreadable, saying where the text breaks."""
    mark = next((mark for mark, _ in _MARKS if body.startswith(mark)), b"")
    encoding = dict(_MARKS).get(mark, charset)
    content = body[len(mark) :].strip()
    if not encoding.startswith("utf-16"):  # JSON is UTF-8, whatever a server calls it
        try:
            return msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
            pass  # the slower reader forgives more, and knows the line
        except RecursionError:
            raise Unreadable(_TOO_DEEP) from None
    return _read_text(_decoded(content, encoding).strip())


def _decoded(content: bytes, encoding: str) -> str:
    for name in (encoding,) if encoding.startswith("utf-16") else ("utf-8", encoding or "cp1252", "cp1252"):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("latin-1")


def _read_text(text: str) -> Any:
    if not text:
        raise Unreadable("is empty")
    if text.startswith("<"):
        kind = "an XML document" if text.startswith("<?xml") else "a web page"
        raise Unreadable(f"is {kind}, not JSON")
    try:
        return json.loads(_HALF.sub(r"\\ufffd", text), strict=False, parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as error:
        raise Unreadable(_where(error)) from None
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except ValueError:
        raise Unreadable("is not readable JSON: it holds a number of thousands of digits") from None


def _no_number(_: str) -> None:
    """NaN and Infinity: written by careless programs for `nothing`."""


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None


def _where(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc) or error.msg.startswith("Unterminated string"):
        return f"is not complete: the JSON breaks off in line {error.lineno}"
    what = next((words for start, words in _FAULTS if error.msg.startswith(start)), "this is not JSON")
    return f"is not valid JSON: line {error.lineno}, character {error.colno}: {what}"


def as_dict(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text_at(data: Mapping[str, Any], *names: str) -> str:
    """The first of these members that holds text or a whole number, as text; else empty."""
    for name in names:
        value = data.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return ""
