"""A folder of files that somebody saved or sent: every file is read as what it is."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from indexer.harvest.item import Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.plain import soup
from indexer.harvest.protocols import content
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import absolute
from indexer.harvest.protocols.unpack import MOST, unpacked
from indexer.harvest.protocols.xml_safe import read_xml
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = {}  # items bring their own (`kind`)
FOLLOWS = False

_ABOUT = re.compile(r"(?:provenance|readme|licen[cs]e|copying|notice|changelog)(?:\.[a-z]{1,8})?", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|tiff?|bmp|ico|avif)", re.IGNORECASE)
_MEDIA = re.compile(r"\.(?:mp[34]|wav|ogg|webm|mov|avi|woff2?|ttf|css|js|map)", re.IGNORECASE)
_DOCUMENT = re.compile(r"\.(?:pdf|docx?|pptx?|odt|odp|rtf|epub)", re.IGNORECASE)
_ARCHIVE = re.compile(r"\.(?:zip|tar|tgz|bz2|xz|7z|rar|zst)", re.IGNORECASE)
_FILE = "the file"  # how messages name it: they stand beside its name
_KINDS = ((_IMAGE, "an image"), (_MEDIA, "a part of a page"), (_DOCUMENT, "a document"), (_ARCHIVE, "an archive"))


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """The items in all files of the folder and below it; `get` is not used, `since` makes no difference."""
    folder = Path(source.address)
    if folder.is_file():
        folder, files = folder.parent, [folder]
    elif folder.is_dir():
        files = list(_files(folder))
    else:
        raise Unreadable(f"there is no folder {source.address}")
    seen: dict[str, str] = {}
    for path in files:
        name = path.relative_to(folder).as_posix()
        for entry in _items(path, name, folder):
            if isinstance(entry, Reference) and seen.setdefault(entry.id, name) != name:
                yield Skipped(entry.id, f"is in {name} too; it was read from {seen[entry.id]}")
            else:
                yield entry


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder, in the order of their names; folders that are links or hidden are not entered."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        linked = [name for name in folders if (Path(at) / name).is_symlink()]
        yield from (Path(at) / name for name in sorted([*names, *linked]))


def _items(path: Path, name: str, folder: Path) -> Gathered:
    if reason := _left_out(path, folder):
        yield Skipped(name, reason)
        return
    try:
        with path.open("rb") as file:
            body = file.read(MOST + 1)
        if len(body) > MOST:
            raise Unreadable(f"is larger than {MOST // 1_000_000} MB")
        body = unpacked(body, _FILE)
    except OSError as error:
        yield Skipped(name, f"cannot be opened: {error.strerror}", failed=True)
    except Unreadable as error:
        yield Skipped(name, str(error).removeprefix(_FILE + " "), failed=True)
    else:
        yield from _read(path, name, body)


def _read(path: Path, name: str, body: bytes) -> Gathered:
    """The items in the bytes of a file, or why there are none."""
    if not body.strip():
        yield Skipped(name, "is empty")
        return
    plain = name[:-3] if name.lower().endswith(".gz") else name
    try:
        found = content.read(plain, body, "file:///" + quote(name, errors="replace"))
        entries = [_page(path, name, body)] if found.kind == "html" else list(content.told(found, name))
    except Unreadable as error:
        sound = isinstance(error, content.NotRead) or _is_sound(body)
        yield Skipped(name, str(error).removeprefix(_FILE + " "), failed=not sound)
    else:
        yield from entries or [Skipped(name, f"holds no items ({found.kind})")]


def _is_sound(body: bytes) -> bool:
    """Whether this is XML in good order that only holds no items."""
    try:
        read_xml(body, "")
    except Unreadable:
        return False
    return True


def _left_out(path: Path, folder: Path) -> str:
    """Why a file is not read; empty where it is."""
    if path.name.startswith("."):
        return "is hidden"
    if path.is_symlink():
        inside = path.resolve().is_relative_to(folder.resolve())
        return "is a link to another file of the folder" if inside else "is a link that leads out of the folder"
    if not path.is_file():
        return "is no ordinary file"
    if _ABOUT.fullmatch(path.name):
        return "is about the files, not one of them"
    return next((f"is {what}, which is not read" for pattern, what in _KINDS if pattern.fullmatch(path.suffix)), "")


def _page(path: Path, name: str, body: bytes) -> Reference:
    """A saved page: its bytes are read later, as if they came from the address that it gives as its own."""
    return Reference(id=name, url=address_in(body), kind="html", file=str(path))


def address_in(body: bytes) -> str:
    """The address that a page gives as its own; empty where it gives none."""
    head = soup(body[:200_000].decode("utf-8", "replace"))
    for selector, attribute in (('link[rel~="canonical" i]', "href"), ('meta[property="og:url" i]', "content")):
        for tag in head.select(selector):
            if found := absolute("", str(tag.get(attribute) or "")):
                return found
    return ""
