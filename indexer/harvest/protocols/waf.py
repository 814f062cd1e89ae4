"""Web-accessible folders: a server's plain list of files ("Index of …"), each file with metadata of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from indexer.fetch.terms import shown
from indexer.harvest.item import FetchFailed, Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.plain import soup
from indexer.harvest.protocols import content, dcat
from indexer.harvest.protocols.listing import listing
from indexer.harvest.protocols.paging import absolute
from indexer.harvest.protocols.unpack import unpacked
from indexer.harvest.protocols.xml_safe import in_text
from indexer.harvest.source import Source

OPTIONS: Mapping[str, str] = {}
FIELDS: Mapping[str, tuple[str, ...]] = dcat.FIELDS
FOLLOWS = False

_FILE = re.compile(r"\.(?:xml|rdf|ttl|json|jsonld|html?)(?:\.gz)?", re.IGNORECASE)


@listing
def gather(source: Source, get: Get, since: str) -> Gathered:
    """The items in all files of the listing; a page among them is only named (`kind` html), to be read later."""
    response = get(source.address, kinds=("html",))
    page = soup(in_text(response.body, response.charset))
    addresses = dict.fromkeys(absolute(response.url, str(tag.get("href") or "")) for tag in page.find_all("a"))
    files = [address for address in addresses if _is_file_of(address, response.url)]
    if not files:
        raise Unreadable(f"{shown(source.address)} lists no files with metadata")
    for address in files:
        yield from _items(address, get)


def _is_file_of(address: str, folder: str) -> bool:
    """Whether an address is a file in or below the folder; sorting, parents and other hosts are not."""
    file, here = urlsplit(address.partition("#")[0]), urlsplit(folder)
    above = here.path.rpartition("/")[0] + "/"
    below = (file.scheme, file.netloc) == (here.scheme, here.netloc) and file.path.startswith(above)
    named = re.search(r"\.[A-Za-z]{1,6}(?:\.gz)?$", file.path)
    return bool(below and not file.query and named and _FILE.fullmatch(named[0]) and file.path != here.path)


def _items(address: str, get: Get) -> Gathered:
    try:
        response = get(address)
        name = urlsplit(response.url).path.rpartition("/")[2].removesuffix(".gz")
        found = content.read(name, unpacked(response.body, shown(address)), response.url)
        if found.kind == "html":
            yield Reference(id=address, url=response.url, kind="html")
            return
        entries = list(content.told(found, address))
    except (FetchFailed, Unreadable) as error:
        yield Skipped(shown(address), str(error), failed=not isinstance(error, content.NotRead))
    else:
        yield from entries or [Skipped(shown(address), "holds no items")]
