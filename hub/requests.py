"""Requests: addresses that somebody wants in the corpus, each a file in `requests/` until the indexer carries it out.

Whoever may edit the corpus asks, the web among them; only the indexer fetches. So the folder is the queue, and what
came of a request stands in its own file.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock, Timeout
from msgspec import Struct
from msgspec.structs import replace

from hub import parse
from hub.canonical import parse_yaml, read_yaml, to_yaml
from hub.corpus import replace_file
from hub.errors import Conflict, InvalidRecord, InvalidRequest, NotFound, Problem
from hub.record import ID

FOLDER = "requests"  # of the corpus
REASON = 1000  # characters of `failed`


class Request(Struct, frozen=True):
    """One address that `by` asked for `at` a time (ISO 8601, UTC).

    `failed` says why it could not be brought in, after so many `tries`; `record` is the id of the record it became,
    or is already. A request with neither waits to be carried out.
    """

    id: str
    url: str
    by: str
    at: str
    failed: str = ""
    tries: int = 0
    record: str = ""

    @property
    def pending(self) -> bool:
        """Whether the indexer has still to carry it out."""
        return not (self.failed or self.record)


def _address(value: Any) -> str:
    found: str = parse.url(value)
    try:
        parts = urlsplit(found)
        usable = parts.port != 0
    except ValueError:  # a port that is none
        usable = False
    if not usable:
        raise parse.Wrong(("", f"{found!r} is not an http(s) address"))
    if "@" in parts.netloc:
        raise parse.Wrong(("", "holds a user name or password, which an address here must not"))
    return found


def _moment(value: Any) -> str:
    found: str = parse.match(re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\dZ)?"), "2026-01-31T09:30:00Z", value)
    try:
        datetime.fromisoformat(found)
    except ValueError:
        raise parse.Wrong(("", f"{found!r} is no date")) from None
    return found


def _count(value: Any) -> int:
    return int(parse.match(re.compile("[0-9]{1,6}"), "3", value))


_FIELDS: Mapping[str, parse.Parser] = {
    "id": partial(parse.match, ID, "words-joined-by-hyphens (a-z, 0-9)"),
    "url": _address,
    "by": parse.text,
    "at": _moment,
    "failed": partial(parse.text, limit=REASON),
    "tries": _count,
    "record": partial(parse.match, ID, "words-joined-by-hyphens (a-z, 0-9)"),
}


class Requests:
    """The requests in a corpus' folder, which may be missing. Safe beside other threads and processes."""

    def __init__(self, corpus_folder: Path) -> None:
        self.folder = corpus_folder / FOLDER
        self._corpus = corpus_folder

    def read(self) -> tuple[list[Request], list[Problem]]:
        """All requests that can be read, the oldest first, and what is wrong with the files of the others."""
        requests: list[Request] = []
        problems: list[Problem] = []
        for path in sorted(self.folder.glob("[!.]*.yaml")):
            try:
                requests.append(_read(path))
            except InvalidRecord as error:
                if path.exists():
                    problems.extend(error.problems)
        return sorted(requests, key=lambda request: (request.at, request.id)), problems

    def all(self) -> list[Request]:
        """All requests that can be read, the oldest first."""
        return self.read()[0]

    def pending(self) -> list[Request]:
        """The requests that wait to be carried out, the oldest first."""
        return [request for request in self.all() if request.pending]

    def get(self, request_id: str) -> Request:
        """One request. NotFound where there is none, InvalidRecord where its file is damaged."""
        path = self._path(request_id)
        if not path.exists():
            raise NotFound(f"there is no request {request_id!r}")
        return _read(path)

    def add(self, url: str, by: str, now: float) -> Request:
        """Ask for an address; `now` in seconds since 1970. InvalidRequest where it is none or asked for, Conflict."""
        moment = datetime.fromtimestamp(now, UTC)
        data = {
            "id": f"{moment.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(4)}",
            "url": url,
            "by": by,
            "at": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        try:
            request: Request = parse.struct(Request, _FIELDS, data)
        except parse.Wrong as wrong:
            name, message = wrong.found[0]
            what = "The address" if name == "url" else f"The field {name!r}"
            raise InvalidRequest(name, f"{what} {message}.", str(data[name] or "")) from None
        with self._locked():
            self._refuse_again(request.url)
            self.write(request)
        return request

    def again(self, request_id: str) -> Request:
        """Have a request that failed tried anew; one that waits goes on waiting. NotFound, Conflict."""
        with self._locked():
            request = self.get(request_id)
            if request.record:
                raise Conflict(f"{request.url} is in the corpus by now: it is record {request.record!r}")
            if request.failed:
                request = replace(request, failed="")
                self.write(request)
        return request

    def write(self, request: Request) -> None:
        """Write a request in canonical form. InvalidRecord where it would not read back the same."""
        path = self._path(request.id)
        names = [name for name in _FIELDS if getattr(request, name)]
        text = to_yaml({name: getattr(request, name) for name in names})
        if _parsed(parse_yaml(text, path.name), path) != request:
            raise InvalidRecord((Problem(_named(path), "", "cannot be written so that it reads back the same"),))
        self.folder.mkdir(exist_ok=True)
        replace_file(path, text)

    def forget(self, before: str) -> list[str]:
        """Delete what was carried out and asked for before a day (ISO 8601): the ids. For the indexer alone."""
        old = [request.id for request in self.all() if request.record and request.at[:10] < before]
        for request_id in old:
            self._path(request_id).unlink(missing_ok=True)
        return old

    def _refuse_again(self, url: str) -> None:
        known = next((one for one in self.all() if plain_address(one.url) == plain_address(url)), None)
        if known is None:
            return
        if known.pending:
            raise InvalidRequest("url", f"This address is asked for already, by {known.by}.", url)
        if known.failed:
            raise InvalidRequest("url", "This address is asked for already and failed; have it tried again.", url)
        if (self._corpus / "records" / f"{known.record}.yaml").exists():
            raise InvalidRequest("url", f"This address is in the corpus already, as record {known.record!r}.", url)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else asks in the meantime."""
        try:
            with FileLock(self._corpus / ".lock", timeout=10):
                yield
        except Timeout:
            raise Conflict("somebody else is writing to the corpus; try again") from None

    def _path(self, request_id: str) -> Path:
        if not ID.fullmatch(request_id):
            raise NotFound(f"{request_id!r} cannot be the id of a request")
        return self.folder / f"{request_id}.yaml"


def plain_address(url: str) -> str:
    """An address without what never tells two pages apart: scheme, www, fragment, closing slash, capitals in the host.

    A fragment that is the route of a page which a script draws (`#/cases/1`) stays.
    """
    address = re.sub(r"https?://(?:www\.)?", "", re.sub(r"#(?![/!]).*", "", url.strip()), count=1, flags=re.I)
    host = re.split(r"[/?#]", address, maxsplit=1)[0]
    return (host.lower() + address[len(host) :]).rstrip("/")


def _read(path: Path) -> Request:
    """The request of one file. Raises InvalidRecord."""
    return _parsed(read_yaml(path, _named(path)), path)


def _parsed(data: Any, path: Path) -> Request:
    try:
        if not isinstance(data, dict):
            raise parse.Wrong(("", "must be a mapping from name to value"))
        request: Request = parse.struct(Request, _FIELDS, {"id": path.stem} | data)
    except parse.Wrong as wrong:
        raise InvalidRecord(tuple(Problem(_named(path), place, text) for place, text in wrong.found)) from None
    if request.id != path.stem:
        raise InvalidRecord((Problem(_named(path), "id", f"is {request.id!r} but the file is called {path.stem!r}"),))
    return request


def _named(path: Path) -> str:
    return f"{FOLDER}/{path.name}"
