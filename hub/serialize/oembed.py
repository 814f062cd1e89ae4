"""An embed as oEmbed 1.0 (oembed.com), so that a site that is given the address of a page can show its cases."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from xml.etree.ElementTree import Element, SubElement, tostring

from hub.serialize.site import plain

VERSION = "1.0"
CACHE = 3600  # seconds that a consumer may keep an answer
# No script, no cookie; a link may open a window, and what opens there is not confined.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"


@dataclass(frozen=True)
class Frame:
    """A page for a frame: its address, what it is called, its size in pixels; a width of 0 stands for all there is."""

    address: str
    title: str
    width: int
    height: int


@dataclass(frozen=True)
class Origin:
    """Who offers something: the name of the hub and its address; and who wrote it, where that is known."""

    provider: str
    provider_address: str
    author: str = ""
    author_address: str = ""


def frame_html(frame: Frame) -> str:
    """The frame as HTML to paste. It needs no style, which many sites take out of what is pasted."""
    return (
        f'<iframe src="{escape(frame.address)}" title="{escape(frame.title)}" width="{frame.width or "100%"}" '
        f'height="{frame.height}" sandbox="{SANDBOX}" loading="lazy" frameborder="0"></iframe>'
    )


def oembed(frame: Frame, origin: Origin) -> dict[str, str | int]:
    """The answer of an oEmbed provider, of type `rich`."""
    found: dict[str, str | int] = {
        "type": "rich",
        "version": VERSION,
        "title": frame.title,
        "author_name": origin.author,
        "author_url": origin.author_address,
        "provider_name": origin.provider,
        "provider_url": origin.provider_address,
        "cache_age": CACHE,
        "width": frame.width,
        "height": frame.height,
        "html": frame_html(frame),
    }
    return {name: value for name, value in found.items() if value != ""}


def oembed_xml(answer: dict[str, str | int]) -> bytes:
    """The same answer as XML."""
    root = Element("oembed")
    for name, value in answer.items():
        SubElement(root, name).text = plain(str(value))
    declaration = b'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n'
    return declaration + tostring(root, encoding="unicode").encode() + b"\n"
