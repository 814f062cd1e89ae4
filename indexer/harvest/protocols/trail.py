"""The trail of pages behind us: paging ends where a listing leads in circles or never ends."""

from __future__ import annotations

from indexer.harvest.item import Unreadable

MOST = 10_000  # pages


class Trail:
    """Remembers which pages of a listing were read."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._pages = 0

    def ends(self, *marks: str) -> bool:
        """Whether paging must end here: a mark (an address, a token, a first id) was met before.

        Empty marks say nothing. Raises Unreadable where the pages are too many: the listing may have no end.
        """
        self._pages += 1
        if self._pages > MOST:
            raise Unreadable(f"the listing has more than {MOST:,} pages")
        given = {mark for mark in marks if mark}
        met = bool(given & self._seen)
        self._seen |= given
        return met
