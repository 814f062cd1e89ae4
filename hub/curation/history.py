"""The history of the corpus: who changed which record when, and every text that it had, so that all can be undone.

Where the corpus lies in a git work tree a save is a commit there (`git_history`), elsewhere a line of a log beside the
records (`log_history`). What was done to a file by other means, with an editor or by a harvest, is entered as a save
of its own before the next one, by "Outside the workbench".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import dropwhile, groupby
from pathlib import Path
from typing import Protocol

from anyascii import anyascii

from hub.errors import InvalidRequest, NotFound
from hub.record import ID

_LONGEST = 200  # characters of a name
_LATEST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Author:
    """Who saves: a name and an e-mail address, each one printable line.

    Whatever else is in them is left out. Who has no address gets that of a role, `ana-diaz@hub.invalid`. Raises
    InvalidRequest where nothing is left of the name.
    """

    name: str
    email: str = ""

    def __post_init__(self) -> None:
        name = _plain(self.name)
        if not name:
            raise InvalidRequest("author", "who saves needs a name with a letter or a digit", self.name)
        login = re.sub("[^a-z0-9]+", "-", anyascii(name).lower()).strip("-") or "curator"
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "email", _plain(self.email).replace(" ", "") or f"{login}@hub.invalid")


def _plain(text: str) -> str:
    """A text without what has a meaning in the head of a commit; git itself drops such signs at the ends."""
    return one_line(re.sub("[<>]", " ", text))[:_LONGEST].strip(" .,:;\"'\\")


def one_line(text: str) -> str:
    """A text as one line of printable characters."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


HUB = Author("Knowledge Hub", "hub@hub.invalid")
OUTSIDE = Author("Outside the workbench", "outside@hub.invalid")


@dataclass(frozen=True)
class Saved:
    """One save of one record: when it was (`2026-11-26T10:15:33Z`), by whom, and what was said of it in one line."""

    id: str
    record: str
    at: str
    by: str
    note: str

    @property
    def said(self) -> str:
        """The note where it is clear which record it is about, as notes of the workbench begin with that."""
        return self.note.removeprefix(f"{self.record}: ")


class History(Protocol):
    """Who changed what when. Raises HubError where the history cannot be read or written.

    Texts are those of record files; what is no UTF-8 in them comes as lone surrogates (`surrogateescape`).
    """

    def saving(
        self, record_id: str, before: str | None, after: str, author: Author, note: str
    ) -> AbstractContextManager[None]:
        """To be entered around the replacement of a record file, for `Corpus.write`.

        All that can fail is done first: the file is then not replaced.
        """

    def saves(self, record_id: str | None = None, limit: int = 50, before: str = "") -> list[Saved]:
        """The saves of one record or of all, newest first, at most `limit`; the page after the one that ends with the
        id `before`. What was saved at once, under one id, is never divided, even where it is more than `limit`.
        """

    def texts(self, saved_id: str, record_id: str) -> tuple[str | None, str | None]:
        """The text of a record before and after a save; None where it did not exist. Raises NotFound."""

    def text_of(self, record_id: str, revision: str) -> str | None:
        """The text that had this revision (`hub.corpus.revision_of`); None where it was never saved."""


def open_history(folder: Path) -> History:
    """The history of the corpus in a folder: git's where that keeps the records, else a log in `history/`.

    Raises HubError where git refuses to work there.
    """
    # Both import the words of this module.
    from hub.curation.git_history import find_git  # noqa: PLC0415
    from hub.curation.log_history import LogHistory  # noqa: PLC0415

    return find_git(folder / "records") or LogHistory(folder)


def page(saves: Iterable[Saved], limit: int, before: str) -> list[Saved]:
    """What `History.saves` answers, of all saves."""
    groups: Iterator[tuple[str, list[Saved]]]
    groups = ((name, list(group)) for name, group in groupby(saves, key=lambda saved: saved.id))
    if before:
        groups = dropwhile(lambda group: group[0] != before, groups)
        next(groups, None)
    found: list[Saved] = []
    for _, group in groups:
        if found and len(found) + len(group) > limit:
            break
        found += group
        if len(found) >= limit:
            break
    return found


def file_of(record_id: str) -> str:
    """The name of the file of a record. Raises NotFound where it cannot be the id of one."""
    if not ID.fullmatch(record_id):
        raise NotFound(f"{record_id!r} cannot be the id of a record")
    return f"{record_id}.yaml"


def changed_outside(record_id: str) -> str:
    """What is said of a change that was not made by a save."""
    return f"{record_id}: changed outside the workbench"


def in_words(seconds: float) -> str:
    """A time as people and machines read it; whatever a damaged clock said."""
    return f"{datetime.fromtimestamp(min(max(seconds, 0), _LATEST), UTC):%Y-%m-%dT%H:%M:%SZ}"


def encoded(text: str) -> bytes:
    """The bytes of a text."""
    return text.encode("utf-8", "surrogateescape")


def decoded(content: bytes | None) -> str | None:
    """The text of the bytes of a file, if there was one."""
    return None if content is None else content.decode("utf-8", "surrogateescape")
