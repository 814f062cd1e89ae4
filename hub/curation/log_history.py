"""The history of a corpus that is not under git: a log beside the records, and every text that they had.

`history/2026-11.jsonl` has one line for each save, and after it a line that says that the save came to be: texts and
first line are on the disk before the record is replaced. `history/texts/` has the texts, named by their revisions.
Lines are added and never changed; nothing is ever deleted. Only one process at a time may save (`Corpus.write` sees to
that), any number may read.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from hub.corpus import replace_file, revision_of, sync_folder
from hub.curation.history import (
    OUTSIDE,
    Author,
    Saved,
    changed_outside,
    decoded,
    encoded,
    file_of,
    in_words,
    one_line,
    page,
)
from hub.errors import HubError, NotFound
from hub.record import ID


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A save: who, when, and the revisions before (None: there was no record) and after. Or, with nothing but `done`,
    that the save with this id came to be.
    """

    id: str
    at: str = ""
    by: str = ""
    email: str = ""
    record: str
    note: str = ""
    before: str | None = None
    after: str = ""
    done: bool = False


_reader = msgspec.json.Decoder(_Line)


class LogHistory:
    """The log in the folder `history` of a corpus; the folder is made by the first save."""

    def __init__(self, folder: Path) -> None:
        self._records = folder / "records"
        self._folder = folder / "history"
        self._texts = self._folder / "texts"

    @contextmanager
    def saving(self, record_id: str, before: str | None, after: str, author: Author, note: str) -> Iterator[None]:
        """See `History.saving`."""
        was, becomes = (None if text is None else revision_of(encoded(text)) for text in (before, after))
        try:
            self._folders()
            for text in (before, after):
                self._keep(text)
            self._catch_up(record_id, was)
            line = _line(record_id, author, one_line(note) or record_id, was, becomes or "")
            log = self._folder / f"{line.at[:7]}.jsonl"
            if was != becomes:
                _append(log, line)
        except OSError as error:
            raise HubError(f"Nothing is saved, as its history cannot be written to {self._folder}: {error}") from error
        yield
        if was != becomes:
            with suppress(OSError):  # that it came to be can be seen from the record, too
                _append(log, _Line(id=line.id, record=record_id, done=True), sync=False)

    def saves(self, record_id: str | None = None, limit: int = 50, before: str = "") -> list[Saved]:
        """See `History.saves`."""
        lines = self._lines(record_id)
        return page((Saved(line.id, line.record, line.at, line.by, line.note) for line in lines), limit, before)

    def texts(self, saved_id: str, record_id: str) -> tuple[str | None, str | None]:
        """See `History.texts`."""
        line = next((line for line in self._lines(record_id) if line.id == saved_id), None)
        if line is None:
            raise NotFound(f"record {record_id!r} has no save {saved_id!r}")
        return self._text(line.before), self._text(line.after)

    def text_of(self, record_id: str, revision: str) -> str | None:
        """See `History.text_of`."""
        known = any(revision in (line.before, line.after) for line in self._lines(record_id))
        return self._text(revision) if known else None

    def _catch_up(self, record_id: str, now: str | None) -> None:
        """Enter what was done to a record since its last save."""
        last = next(self._lines(record_id), None)
        if last and last.after != (now or ""):
            line = _line(record_id, OUTSIDE, changed_outside(record_id), last.after or None, now or "")
            _append(self._folder / f"{line.at[:7]}.jsonl", replace(line, done=True))

    def _lines(self, record_id: str | None = None) -> Iterator[_Line]:
        """The saves that came to be, newest first."""
        name = file_of(record_id).removesuffix(".yaml").encode() if record_id is not None else b""
        done: set[str] = set()
        later: dict[str, str | None] = {}  # by record, the revision that the next save found
        for log in sorted(self._folder.glob("[0-9]*-[0-9]*.jsonl"), reverse=True):
            for line in reversed(_read(log, name)):
                if line.done:
                    done.add(line.id)
                if not line.at or record_id not in (None, line.record):
                    continue
                found = later[line.record] if line.record in later else self._now(line.record)
                later[line.record] = line.before
                if line.id in done or found != line.before:
                    yield line

    def _now(self, record_id: str) -> str | None:
        """The revision of a record file, None where there is none."""
        try:
            return revision_of((self._records / file_of(record_id)).read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise HubError(f"record {record_id!r} cannot be read: {error.strerror}") from error

    def _folders(self) -> None:
        if not self._texts.is_dir():
            self._texts.mkdir(parents=True, exist_ok=True)
            sync_folder(self._folder)
            sync_folder(self._folder.parent)

    def _keep(self, text: str | None) -> None:
        """Put a text among the texts, if it is not there whole."""
        if text is None:
            return
        content = encoded(text)
        path = self._texts / f"{revision_of(content)}.yaml"
        if not path.exists() or path.read_bytes() != content:
            replace_file(path, content)

    def _text(self, revision: str | None) -> str | None:
        """The text with a revision; None for none."""
        if not revision:
            return None
        path = self._texts / f"{revision}.yaml"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise HubError(f"{path} cannot be read: {error.strerror}") from error
        if revision_of(content) != revision:
            raise HubError(f"{path} is damaged: get it from a backup")
        return decoded(content)


def _line(record: str, author: Author, note: str, before: str | None, after: str) -> _Line:
    """A line of now."""
    name, at = f"{time.time_ns()}-{secrets.token_hex(4)}", in_words(time.time())
    line = _Line(id=name, at=at, by=author.name, email=author.email, record=record, note=note)
    return replace(line, before=before, after=after)


def _read(log: Path, name: bytes) -> list[_Line]:
    """The lines of a log that hold a name, in order; what is no whole line of a log is passed over."""
    try:
        content = log.read_bytes()
    except OSError as error:
        raise HubError(f"{log} cannot be read: {error.strerror}") from error
    lines = []
    for text in content.split(b"\n"):
        if name in text:
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                lines.append(_reader.decode(text))
    return [line for line in lines if ID.fullmatch(line.record)]


def _append(log: Path, line: _Line, sync: bool = True) -> None:
    """Add a line. Where the last one is half a line, it stays what it is and the new one begins after it."""
    new = not log.exists()
    text = msgspec.json.encode(line) + b"\n"
    with log.open("a+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            text = text if file.read(1) == b"\n" else b"\n" + text
        file.write(text)
        file.flush()
        if sync:
            os.fsync(file.fileno())
    if new:
        sync_folder(log.parent)
