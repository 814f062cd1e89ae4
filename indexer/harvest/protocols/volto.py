"""The blocks that pages of Volto are built of (Plone): their text in reading order, as HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from indexer.harvest.protocols.json_text import as_dict, as_list, text_at

_DEEPEST = 40  # levels of blocks within blocks, or of marks within text
_TAGS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "table", "tbody", "tr", "td", "th"}
# Shown elsewhere (title, fields of the page) or made by the site as it is read.
_SILENT = {"title", "description", "metadata", "metadataSection", "listing", "toc", "search", "image", "leadimage"}


def blocks_html(content: Mapping[str, Any]) -> str:
    """The text of all blocks of a page, as HTML."""
    return "\n".join(piece for block in _blocks(content, 0) if (piece := _html(block)))


def blocks_images(content: Mapping[str, Any]) -> list[dict[str, str]]:
    """The pictures of all blocks of a page: address and description."""
    pictures = (block for block in _blocks(content, 0) if block.get("@type") == "image")
    return [{"url": text_at(block, "url"), "alt": text_at(block, "alt")} for block in pictures if text_at(block, "url")]


def _blocks(container: Mapping[str, Any], level: int) -> Iterator[dict[str, Any]]:
    """Blocks in the order of the layout, those within others in their place."""
    blocks = as_dict(container.get("blocks"))
    order = as_list(as_dict(container.get("blocks_layout")).get("items"))
    for name in dict.fromkeys(name for name in order if isinstance(name, str)):
        block = as_dict(blocks.get(name))
        if not block:
            continue
        yield block
        if level < _DEEPEST:
            for inner in (block, as_dict(block.get("data")), *_columns(block)):
                yield from _blocks(inner, level + 1)


def _columns(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [as_dict(column) for column in as_list(block.get("columns"))]


def _html(block: Mapping[str, Any]) -> str:
    kind = block.get("@type")
    if kind in _SILENT:
        return ""
    if kind == "slate":
        return "".join(_slate(node, 0) for node in as_list(block.get("value"))) or _paragraph(block.get("plaintext"))
    if kind in ("slateTable", "table"):
        return _table(as_dict(block.get("table")))
    if kind == "html":
        return text_at(block, "html")
    text = block.get("text")
    if isinstance(text, dict):  # draft.js, the editor before Slate
        return "".join(_paragraph(as_dict(piece).get("text")) for piece in as_list(text.get("blocks")))
    parts = (block.get(name) for name in ("heading", "title", "text", "description", "quote", "plaintext"))
    return "".join(_paragraph(part) for part in dict.fromkeys(part for part in parts if isinstance(part, str)))


def _paragraph(text: Any) -> str:
    return f"<p>{escape(text)}</p>" if isinstance(text, str) and text.strip() else ""


def _table(table: Mapping[str, Any]) -> str:
    rows = []
    for row in as_list(table.get("rows")):
        cells = (as_list(as_dict(cell).get("value")) for cell in as_list(as_dict(row).get("cells")))
        rows.append("".join(f"<td>{''.join(_slate(node, 0) for node in cell)}</td>" for cell in cells))
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>" if rows else ""


def _slate(node: Any, level: int) -> str:
    """One node of Slate: a text, or an element with children."""
    entry = as_dict(node)
    if isinstance(entry.get("text"), str):
        return escape(entry["text"])
    if level > _DEEPEST:
        return ""
    inside = "".join(_slate(child, level + 1) for child in as_list(entry.get("children")))
    kind = entry.get("type")
    if kind in ("link", "a"):
        address = text_at(as_dict(entry.get("data")), "url")
        return f'<a href="{escape(address)}">{inside}</a>' if address else inside
    if not inside.strip():
        return ""
    return f"<{kind}>{inside}</{kind}>" if kind in _TAGS else inside
