"""Bytes of a page as text: what the bytes themselves say before what anybody declares."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,300}?(?:charset|encoding)\s{0,9}=\s{0,9}["']?([\w.:-]{2,40})""", re.I
)
_LATIN = ("iso8859-1", "cp1252", "ascii")
# What browsers read under a name: supersets that cover what pages really hold.
_READ_AS = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932",
    "euc_kr": "cp949", "big5": "big5hkscs", "tis-620": "cp874", "iso8859-9": "cp1254", "iso8859-11": "cp874",
}  # fmt: skip
_SIGN_INSIDE = re.compile(r"[^\W\d_][\u00a1-\u00ac\u00ae-\u00b6\u00b8-\u00bf][^\W\d_]")
_SAMPLE = 50_000  # bytes that detection looks at
_ODD = 0.3  # share of letters beyond ASCII from which a text in Latin-1 is doubted
_WIDE = 0.2  # share of zero bytes from which a text is UTF-16


def decode(body: bytes, charset: str = "") -> str:
    """A page's bytes as text; never fails. `charset` is what the server said.

    A text that is valid UTF-8 is UTF-8: no other encoding looks like it by chance. Servers that say Latin-1 mostly
    say so of every page, so the page's own word comes before it, and text that is odd as Latin-1 is judged by itself.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if wide := _wide(body):
        return body.decode(wide, "replace")
    # ISO 2022 is ASCII with escapes, and so valid UTF-8
    escaped = b"\x1b$" in body[:_SAMPLE] or b"\x1b(" in body[:_SAMPLE]
    if escaped and (text := _read(body, "iso2022_jp")) is not None:
        return text
    if (text := _read(body, "utf-8")) is not None:
        return text
    names = [name for given in (charset, _own_word(body)) if (name := _known(given))]
    names.sort(key=lambda name: name in _LATIN)
    for name in names:
        text = _read(body, _READ_AS.get(name, name))
        if text is not None and not (name in _LATIN and _is_odd(text)):
            return text
    return _guessed(body)


def _wide(body: bytes) -> str:
    """UTF-16 without a byte order mark, told by its zero bytes."""
    start = body[:2000]
    half = max(len(start) // 2, 1)
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if zeros.count(0) / half > _WIDE and start.count(0) < 1.2 * zeros.count(0):
            return name
    return ""


def _own_word(body: bytes) -> str:
    found = _DECLARED.search(body[:8192])
    return found[1].decode("ascii", "replace") if found else ""


def _known(name: str) -> str:
    """Python's name of an encoding; empty for what is none, or is one of objects or of a wide text."""
    try:
        found = codecs.lookup(name.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return ""
    text = getattr(codecs.lookup(found), "_is_text_encoding", False)
    return found if text and not found.startswith(("utf", "idna", "punycode", "unicode", "raw")) else ""


def _read(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except UnicodeDecodeError as error:
        # one byte of a thousand may be broken, as where an old script cut a text in the middle of a letter
        text = body.decode(name, "replace")
        lost = text.count("\ufffd")
        beyond = sum(byte > 127 for byte in body[error.start : error.start + _SAMPLE])
        return text if lost * 20 < beyond and lost * 1000 < len(body) else None
    except ValueError:
        return None


def _is_odd(text: str) -> bool:
    """Whether a text in Latin-1 has more letters beyond ASCII than any language, or signs in the middle of words."""
    plain = re.sub(r"<[^<>]*>", " ", text[: 4 * _SAMPLE])
    letters = [letter for letter in plain if letter.isalpha()]
    beyond = sum(letter > "\x7f" for letter in letters)
    return beyond > _ODD * len(letters) or len(_SIGN_INSIDE.findall(plain)) * 10 > beyond


def _guessed(body: bytes) -> str:
    # Markup is ASCII in any encoding and only hides the letters that tell encodings apart.
    text = body.decode("cp1252", "replace")
    if not _is_odd(text):
        return text  # the usual encoding of pages that say nothing or something wrong
    letters = re.sub(rb"<[^<>]*>|[\x00-\x1f ]+", b" ", body)[:_SAMPLE]
    best = from_bytes(letters).best()
    return body.decode(best.encoding if best else "cp1252", "replace")
