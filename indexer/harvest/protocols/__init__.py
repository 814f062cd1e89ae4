"""One module for each way in which portals offer their cases."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Protocol as Interface
from typing import cast

from indexer.harvest.item import Gathered, Get, Unreadable
from indexer.harvest.source import Source

# Name in the files of sources -> module here. Loaded when a source needs it: some bring large libraries.
MODULES = {
    "cbd": "cbd",
    "ckan": "ckan",
    "dcat": "dcat",
    "feed": "feed",
    "folder": "folder",
    "geojson": "geojson",
    "json": "json_list",
    "jsonapi": "jsonapi",
    "oai": "oai",
    "plone": "plone",
    "sitemap": "sitemap",
    "table": "table",
    "waf": "waf",
    "wordpress": "wordpress",
    "xml": "xml_list",
}


# Protocols that list only the newest items: what they do not list any more is not gone.
NEWEST = frozenset({"feed"})


class Protocol(Interface):
    """What each module here has: how to list a source's items, and where our fields are in their data."""

    OPTIONS: Mapping[str, str]
    FIELDS: Mapping[str, tuple[str, ...]]
    FOLLOWS: bool

    def gather(self, source: Source, get: Get, since: str) -> Gathered:
        """All items that a source lists, in its order; `since` (ISO date or empty) asks for changes only."""


@cache
def protocol(name: str) -> Protocol:
    """A protocol by its name in the files of sources. Raises Unreadable where there is none."""
    if name not in MODULES:
        raise Unreadable(f"there is no protocol {name!r}; there are {', '.join(MODULES)}")
    return cast(Protocol, import_module(f"{__name__}.{MODULES[name]}"))
