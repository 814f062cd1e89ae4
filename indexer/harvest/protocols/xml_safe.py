"""XML from strangers, read without harm: no entities, no DTDs, no network; slips of the pen are mended and named."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from indexer.harvest.item import Unreadable

_START = 16_000  # bytes in which the first tag is looked for
_LONE = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][\da-fA-F]{1,6});)")
_PRINTABLE = bytes(32 if code < 32 and code not in (9, 10, 13) else code for code in range(256))
_DECLARATION = re.compile(r"<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_HTML = re.compile(rb"(?:<!doctype\s+html|<html)\b", re.IGNORECASE)
_MARKS = {  # how XML begins in encodings that are known by that
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
# Nobody writes XML in these: they hide what it declares, or take for ever to read.
_ODD = {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE, b"<\0", b"\0<", b"\0\0\0<")


def read_xml(body: bytes, what: str) -> etree._Element:
    """The root of a well-formed XML document; `what` names it in messages.

    Raises Unreadable where it is not well-formed or declares entities.
    """
    root, mended = mend_xml(body, what)
    if mended:
        raise Unreadable(f"{what} is not well-formed XML: {mended}")
    return root


def mend_xml(body: bytes, what: str) -> tuple[etree._Element, str]:
    """The root of an XML document and what is wrong with it (empty: nothing).

    Where it is not well-formed, what can be read is read. Raises Unreadable where that is nothing, where it is a web
    page, and where it declares entities.
    """
    refuse_entities(body, what)
    try:
        return _parse(body.lstrip(b" \t\r\n") if body[:1].isspace() else body, what, recover=False), ""
    except etree.XMLSyntaxError as error:
        wrong = _first_line(error)
    if is_html(body):
        raise Unreadable(f"{what} is a web page, not XML")
    if b"<" not in body:
        raise Unreadable(f"{what} is no XML: {wrong}")
    try:
        root = _parse(_mended(body), what, recover=True)
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        raise Unreadable(f"{what} is no XML: {wrong}")
    return root, wrong


def refuse_entities(body: bytes, what: str) -> None:
    """Raises Unreadable where XML declares entities of its own: they serve to blow it up or to read files."""
    if b"<!ENTITY" in body.replace(b"\0", b""):
        raise Unreadable(f"{what} declares entities, which are not read")


def start_of(body: bytes) -> bytes:
    """The beginning of a document, from its first tag or DOCTYPE on, in single bytes."""
    head = body[:_START].replace(b"\0", b"").removeprefix(codecs.BOM_UTF8).lstrip(b"\xff\xfe \t\r\n")
    while mark := next((each for each in ((b"<!--", b"-->"), (b"<?", b"?>")) if head.startswith(each[0])), None):
        head = head.partition(mark[1])[2].lstrip()
    return head


def in_text(body: bytes, charset: str = "") -> str:
    """Markup as text: in the encoding that it states itself, else in `charset`, else in that of old web pages."""
    marked = next((name for mark, name in _MARKS.items() if body.startswith(mark)), "")
    stated = _ENCODING.match(body.lstrip())
    own = stated[1].decode("ascii").lower() if stated else ""
    for name in (marked, "" if own.startswith(("utf-16", "utf-32")) else own, charset, "utf-8"):
        try:
            if name and codecs.lookup(name).name not in _ODD:
                return body.decode("gb18030" if name == "gb2312" else name)  # the larger one, which many mean
        except (LookupError, UnicodeError):
            continue
    return body.decode("cp1252", "replace")


def is_html(body: bytes) -> bool:
    """Whether this looks like a web page."""
    return bool(_HTML.match(start_of(body)))


def local(node: Any) -> str:
    """The name of an element or attribute without its namespace; empty for comments and the like."""
    tag = node if isinstance(node, str) else node.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def namespace(element: etree._Element) -> str:
    """The namespace of an element; empty where it has none."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def found(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """All elements below with one of these names, whatever their namespace."""
    return (node for node in element.iter(etree.Element) if local(node) in names and node is not element)


def child(element: etree._Element, *names: str) -> etree._Element | None:
    """The first child with one of these names, whatever its namespace."""
    return next((node for node in element.iterchildren(etree.Element) if local(node) in names), None)


def text_in(element: etree._Element | None) -> str:
    """All text of an element, trimmed; empty where there is no element."""
    return "" if element is None else str(element.xpath("string()")).strip()


def _parse(body: bytes, what: str, recover: bool) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=recover, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except ValueError as error:
        raise Unreadable(f"{what} is no XML: {_first_line(error)}") from None
    declared: Any = root.getroottree().docinfo.internalDTD if root is not None else None
    if declared is not None and any(True for _ in declared.iterentities()):
        raise Unreadable(f"{what} declares entities, which are not read")
    return root


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].partition(" (<string>")[0]


def _mended(body: bytes) -> bytes:
    """The usual slips put right: text before the start, lone ampersands, control characters, a wrong encoding."""
    if body.startswith(_WIDE):
        return body
    start = max(body.find(b"<"), 0)
    body = _in_utf8(body[start:].translate(_PRINTABLE))
    first, *others = body.split(b"<![CDATA[")
    pieces = [_LONE.sub(b"&amp;", first)]
    for other in others:
        data, end, rest = other.partition(b"]]>")
        pieces.append(data + end + _LONE.sub(b"&amp;", rest))
    return b"<![CDATA[".join(pieces)


def _in_utf8(body: bytes) -> bytes:
    """XML in UTF-8, whatever it says or really is; without its declaration, which may say anything else."""
    text = in_text(body)
    declaration = _DECLARATION.match(text)
    return text[declaration.end() if declaration else 0 :].encode("utf-8", "replace")
