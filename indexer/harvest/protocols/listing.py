"""What every protocol's listing keeps to, whatever its source sends: sound ids, plain messages, no silence."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from msgspec.structs import replace

from indexer.fetch.terms import shown
from indexer.harvest.item import Gathered, Get, Reference, Skipped, Unreadable
from indexer.harvest.plain import line
from indexer.harvest.protocols.identity import short_id
from indexer.harvest.source import Source

Gather = Callable[[Source, Get, str], Gathered]

_LONGEST = 500  # characters of a message


def listing(gather: Gather) -> Gather:
    """A protocol's `gather` with ids and messages of one printable line each; it says where there are no items."""

    @wraps(gather)
    def sound(source: Source, get: Get, since: str) -> Gathered:
        silent = True
        try:
            for found in gather(source, get, since):
                silent = False
                yield _sound(found)
        except Unreadable as error:
            raise Unreadable(said(str(error))) from error
        if silent:
            yield Skipped(shown(source.address), f"holds no items changed since {since}" if since else "holds no items")

    return sound


def said(message: str) -> str:
    """A message of which a part may come from a stranger, on one line and not too long."""
    text = line(message)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"


def _sound(found: Reference | Skipped) -> Reference | Skipped:
    name = short_id(found.id) or (short_id(found.url) if isinstance(found, Reference) else "")
    if isinstance(found, Skipped):
        return Skipped(name or "(no id)", said(found.reason), found.failed)
    return replace(found, id=name) if name else Skipped("(no id)", "has an id without a readable sign", failed=True)
