"""Bodies: decompressed piece by piece within a limit, and looked at to see what they are."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

from indexer.fetch.terms import Trouble, size

try:
    import brotli  # type: ignore[import-untyped]
except ImportError:  # pragma: no cover - other packages bring it here
    brotli = None

CHUNK = 65_536
_MEMBERS = 10_000
_GZIP = b"\x1f\x8b\x08"

Chunks = Iterator[bytes]


def read_body(chunks: Chunks, encoding: str, limit: int, cut: bool = False) -> bytes:
    """The whole body without its Content-Encoding and, if it is a gzip file, unpacked.

    No more than the limit and a chunk is ever held; a longer body is Trouble, or is cut there.
    """
    body = collect(_decoded(chunks, encoding), limit, cut)
    if body.startswith(_GZIP):
        body = collect(_gunzip(_slices(body)), limit, cut)
    return body


def _slices(body: bytes) -> Chunks:
    return (body[place : place + CHUNK] for place in range(0, len(body), CHUNK))


def collect(chunks: Iterable[bytes], limit: int, cut: bool = False) -> bytes:
    """Chunks put together; Trouble (or, with `cut`, an end) where they exceed the limit."""
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > limit:
            if cut:
                del whole[limit:]
                break
            raise Trouble(f"is larger than {size(limit)}")
    return bytes(whole)


def accepted_encodings() -> str:
    """The value of Accept-Encoding: what can be decompressed piece by piece here."""
    return "gzip, deflate, br" if _has_brotli() else "gzip, deflate"


def _has_brotli() -> bool:
    # Before 1.2 there is no way to bound what one piece decompresses to.
    return brotli is not None and hasattr(getattr(brotli, "Decompressor", None), "can_accept_more_data")


def _decoded(chunks: Chunks, encoding: str) -> Chunks:
    names = [name.strip().lower() for name in encoding.split(",") if name.strip()]
    if len(names) > 3:
        raise Trouble("is compressed more than three times over")
    for name in reversed(names):
        if name not in _DECODERS:
            raise Trouble(f"is compressed in a way that is not known here ({name[:40]!r})")
        chunks = _DECODERS[name](chunks)
    return chunks


def _first(chunks: Chunks, count: int) -> tuple[bytes, Chunks]:
    """The first bytes, and all chunks with these in front."""
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= count:
            break
    return head[:count], _chain(head, chunks)


def _chain(head: bytes, rest: Chunks) -> Chunks:
    if head:
        yield head
    yield from rest


def _gzip_or_plain(chunks: Chunks) -> Chunks:
    """Servers say gzip of what is not, too."""
    head, chunks = _first(chunks, 3)
    return _gunzip(chunks) if head.startswith(_GZIP[:2]) else chunks


def _gunzip(chunks: Chunks) -> Chunks:
    """Gzip data of one or more members; what follows the last one is dropped."""
    members = 0
    inflater = None
    for chunk in chunks:
        data = chunk
        while data:
            if inflater is None:
                data = data.lstrip(b"\0") if members else data
                if not data:
                    break
                if members and not data.startswith(_GZIP[: len(data)]):
                    return
                members += 1
                if members > _MEMBERS:
                    raise Trouble("is made of too many gzip pieces")
                inflater = zlib.decompressobj(31)
            yield from _inflate(inflater, data)
            data = inflater.unused_data if inflater.eof else b""
            inflater = None if inflater.eof else inflater
    if inflater is not None:
        raise _broken()


def _deflated(chunks: Chunks) -> Chunks:
    """Deflate data with a zlib header, as it should have, or raw, as some servers send it."""
    head, chunks = _first(chunks, 2)
    if not head:
        return
    wrapped = len(head) == 2 and head[0] & 15 == 8 and int.from_bytes(head, "big") % 31 == 0
    inflater = zlib.decompressobj(15 if wrapped else -15)
    for chunk in chunks:
        yield from _inflate(inflater, chunk)
        if inflater.eof:
            return
    raise _broken()


def _inflate(inflater: zlib._Decompress, data: bytes) -> Chunks:
    """What one chunk decompresses to, in chunks."""
    try:
        while True:
            piece = inflater.decompress(data, CHUNK)
            if piece:
                yield piece
            data = inflater.unconsumed_tail
            if inflater.eof or not (data or len(piece) == CHUNK):
                return
    except zlib.error:
        raise _broken() from None


def _unbrotli(chunks: Chunks) -> Chunks:
    inflater = brotli.Decompressor()
    try:
        for chunk in chunks:
            piece = inflater.process(chunk, output_buffer_limit=CHUNK)
            while piece:
                yield piece
                piece = b"" if inflater.is_finished() else inflater.process(b"", output_buffer_limit=CHUNK)
            if inflater.is_finished():
                return
    except brotli.error:
        raise _broken() from None
    raise _broken()


def _broken() -> Trouble:
    return Trouble("broke off in the middle, or is damaged", "failing", again=True)


_DECODERS: dict[str, Callable[[Chunks], Chunks]] = {
    "identity": lambda chunks: chunks,
    "gzip": _gzip_or_plain,
    "x-gzip": _gzip_or_plain,
    "deflate": _deflated,
    **({"br": _unbrotli} if _has_brotli() else {}),
}

# What a body is, by how it begins; the first that fits.
_MAGIC = (
    (b"%PDF", "PDF file"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"RIFF", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"PK\3\4", "zip or Office file"),
    (b"\xd0\xcf\x11\xe0", "old Office file"),
    (_GZIP, "gzip file"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_PROLOG = re.compile(r"\s+|<\?[^>]{0,2000}>|<!--(?:(?!-->)[\s\S]){0,4000}-->")
_TAG = re.compile(r"<!doctype\s+html|<([a-z][\w:.-]*)", re.IGNORECASE)
_HTML_ROOTS = (
    "a abbr address article aside b base blockquote body br button center dd div dl dt em fieldset figure font footer"
    " form frameset h1 h2 h3 h4 h5 h6 head header hr html i iframe img input label li link main meta nav noscript ol p"
    " pre script section select small span strong style table tbody td template th title tr ul"
)
_HTML = set(_HTML_ROOTS.split())
_LOOKED_AT = 8192


def look(body: bytes) -> str:
    """What a body looks like: "JSON", "XML", "HTML", "text", "empty answer" or the name of a kind of file."""
    if not body.strip(b" \t\r\n\0"):
        return "empty answer"
    for bom, encoding in _BOMS:
        if body.startswith(bom):
            return _look_text(body[len(bom) : _LOOKED_AT].decode(encoding, "replace"))
    start = body[:_LOOKED_AT]
    for magic, name in _MAGIC:
        if start.startswith(magic) and (len(magic) > 2 or b"\0" in start):
            return name
    if b"\0" in start:
        return _look_wide(start)
    return _look_text(start.decode("latin-1"))


def _look_wide(start: bytes) -> str:
    """Zero bytes: UTF-16 without its mark, or no text at all."""
    for encoding, zeros in (("utf-16-le", start[1:64:2]), ("utf-16-be", start[0:64:2])):
        if zeros and zeros.count(0) >= len(zeros) * 0.8:
            return _look_text(start.decode(encoding, "replace"))
    return "binary file"


def _look_text(text: str) -> str:
    text = text.lstrip()
    if text.startswith(("{", "[")):
        return "JSON"
    place = 0
    while prolog := _PROLOG.match(text, place):
        place = prolog.end()
    tag = _TAG.match(text, place)
    if tag and (tag[1] is None or tag[1].lower() == "html" or (tag[1].lower() in _HTML and text[:5] != "<?xml")):
        return "HTML"
    return "XML" if tag or text.startswith(("<?xml", "<!DOCTYPE", "<!--")) else "text"


_TEXTUAL = {"JSON", "XML", "HTML", "text"}
# What each kind is called, the looks that fit it always, and those that fit if the server's own type says so too.
_KINDS: Mapping[str, tuple[str, set[str], set[str], str]] = {
    "html": ("an HTML page", {"HTML"}, {"XML", "text"}, "html"),
    "xml": ("XML", {"XML"}, {"HTML"}, "xml|rss|atom"),
    "json": ("JSON", {"JSON"}, {"text"}, "json"),
    "csv": ("a CSV table", {"text"}, {"JSON", "XML", "empty answer"}, "csv|comma|tab-separated"),
    "xlsx": ("an Excel table", {"zip or Office file"}, set(), "-"),
    "text": ("text", _TEXTUAL | {"empty answer"}, set(), "-"),
}
_ACCEPT = {
    "html": "text/html, application/xhtml+xml",
    "xml": "application/xml, text/xml, application/rss+xml, application/atom+xml",
    "json": "application/json, application/ld+json, application/geo+json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text": "text/plain",
}


def accept(kinds: tuple[str, ...]) -> str:
    """The value of Accept for these kinds of content."""
    named = [_ACCEPT[kind] for kind in kinds if kind in _ACCEPT]
    return ", ".join([*named, "*/*;q=0.5"]) if named else "*/*"


def mismatch(body: bytes, content_type: str, kinds: tuple[str, ...]) -> str:
    """What is wrong with a body that should be of one of these kinds, in words; empty if nothing is."""
    if "any" in kinds:
        return ""
    seen = look(body)
    for kind in kinds:
        _, always, declared, pattern = _KINDS[kind]
        if seen in always or (seen in declared and re.search(pattern, content_type)):
            return ""
    expected = " or ".join(_KINDS[kind][0] for kind in kinds)
    said = f", sent as {content_type[:60]}" if content_type else ""
    return f"holds {_NAMED.get(seen, f'a {seen}')}{said}, where {expected} was expected"


_NAMED = {
    "JSON": "JSON",
    "XML": "XML",
    "HTML": "an HTML page",
    "text": "text",
    "image": "an image",
    "empty answer": "nothing",
    "old Office file": "an old Office file",
    "archive": "an archive",
}
