"""The trail of pages behind us: paging ends where a listing leads in circles or never ends."""

from __future__ import annotations

MOST = 10_000


class Trail:
    """Remembers which pages of a listing were read."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._pages = 0

    def ends(self, *marks: str) -> bool:
        """Whether paging must end here: a mark (an address, a token, a first id) was met before, or pages are too many.

        Empty marks say nothing.
        """
        self._pages += 1
        given = {mark for mark in marks if mark}
        met = bool(given & self._seen) or self._pages > MOST
        self._seen |= given
        return met
