"""What stands around the application: it says again from memory what was said once, and sets the headers of answers.

An answer depends on the index, the code, the host and the address only. Its ETag stands for these, so it tells a
reader that has the answer already (304), and it is what the answer is kept under.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from werkzeug.http import parse_etags
from werkzeug.test import run_wsgi_app
from werkzeug.wsgi import ClosingIterator

from hub.engine import Engine, IndexInfo
from hub.errors import IndexUnavailable
from hub.web.headers import for_staff, headers_of, is_export, is_sitemap, streams

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOM = 32 * 2**20  # bytes of all kept answers together; those not asked for longest go first
LARGEST = 2**19  # bytes of one of them, so that a few large ones do not push out the many
AS_GET = "hub.head"  # key of the environment that says that GET stands for HEAD
LONGEST = 2_000  # characters of what was asked; nobody asks the like again
ONCE = "cursor="  # in what was asked: who reads all records asks for each page once, and they are large
BESIDE = 2_000  # bytes that an answer takes beside its body, roughly

Key = tuple[str, str]


@dataclass(frozen=True)
class Answer:
    """One answer as it goes out, but for the headers that all have."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""


class AnswerCache:
    """A WSGI application around another; threads share it.

    `journal` is the file that sitemaps depend on besides the index.
    """

    def __init__(self, app: WSGIApplication, engine: Engine, fingerprint: str, journal: Path) -> None:
        self._app = app
        self._engine = engine
        self._fingerprint = fingerprint
        self._journal = journal
        self._lock = Lock()
        self._turn = Lock()  # one answer is made at a time: several at once would all be done later, and more slowly
        self._kept: OrderedDict[Key, Answer] = OrderedDict()
        self._size = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The answer to one request: the same whether it was kept or not."""
        head = environ["REQUEST_METHOD"] == "HEAD"
        if head:  # answered as GET is, without the body
            environ = {**environ, "REQUEST_METHOD": "GET", AS_GET: True}
        path = "/" + environ.get("PATH_INFO", "").lstrip("/")
        if streams(path):
            return self._passed_on(environ, start_response, path)
        answer = self._answer(environ)
        start_response(answer.status, [*answer.headers, *headers_of(path, environ["REQUEST_METHOD"]).items()])
        return [] if head else [answer.body]

    def _passed_on(self, environ: WSGIEnvironment, start_response: StartResponse, path: str) -> Iterable[bytes]:
        """An answer of any size, as it is made; made only for a reader that has not got it already."""
        method = environ["REQUEST_METHOD"]
        shared = headers_of(path, method).items()
        etag = self._etag_of_stream(path, environ) if method == "GET" else ""
        had = parse_etags(environ.get("HTTP_IF_NONE_MATCH"))
        unchanged = _unchanged(etag)
        if etag and not had.star_tag and had.contains_raw(etag):
            start_response(unchanged.status, [*unchanged.headers, *shared])
            return []
        empty = AS_GET in environ

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            nonlocal empty
            if not etag or status != "200 OK":
                page = any(value.startswith("text/html") for name, value in headers if name == "Content-Type")
                return start_response(status, [*headers, *headers_of(path, method, page).items()], *error)
            if had.star_tag:
                empty = True
                return start_response(unchanged.status, [*unchanged.headers, *shared])
            return start_response(status, [*headers, *_validators(etag), *shared], *error)

        chunks = self._app(environ, start)  # as it is: a server sends a file on without a thread that waits for readers
        return ClosingIterator([], getattr(chunks, "close", None)) if empty else chunks

    def _etag_of_stream(self, path: str, environ: WSGIEnvironment) -> str:
        """The tag of a stream that depends on the index, and a sitemap on the journal besides; none of any other."""
        state = self._state() if is_export(path) or is_sitemap(path) else None
        return self._etag((state, self._noted() if is_sitemap(path) else None), environ) if state else ""

    def _noted(self) -> tuple[int, int] | None:
        """What tells one state of the journal from another."""
        try:
            found = self._journal.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _answer(self, environ: WSGIEnvironment) -> Answer:
        shared = environ["REQUEST_METHOD"] == "GET" and not for_staff("/" + environ.get("PATH_INFO", "").lstrip("/"))
        state = self._state() if shared else None
        if state is None:
            return self._ask(environ)
        etag = self._etag(state, environ)
        had = parse_etags(environ.get("HTTP_IF_NONE_MATCH"))
        if not had.star_tag and had.contains_raw(etag):
            return _unchanged(etag)
        key = (etag, environ.get("HTTP_ACCEPT_ENCODING", ""))
        answer = self._find(key) or self._make(environ, key)
        return _unchanged(etag) if had.star_tag and answer.status == "200 OK" else answer

    def _state(self) -> IndexInfo | None:
        try:
            return self._engine.info()
        except IndexUnavailable:
            return None

    def _etag(self, state: Any, environ: WSGIEnvironment) -> str:
        host = environ.get("HTTP_HOST") or (environ["SERVER_NAME"], environ["SERVER_PORT"])
        address = [environ.get(name) for name in ("wsgi.url_scheme", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")]
        known = hashlib.sha256(repr((self._fingerprint, state, host, address)).encode())
        return f'W/"{known.hexdigest()[:32]}"'

    def _find(self, key: Key) -> Answer | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def _make(self, environ: WSGIEnvironment, key: Key) -> Answer:
        """The answer of the application, unless another thread got it while this one waited for its turn."""
        with self._turn:
            return self._find(key) or self._ask(environ, key)

    def _ask(self, environ: WSGIEnvironment, key: Key | None = None) -> Answer:
        """The answer of the application; kept under `key` unless the application has a rule of its own for that."""
        chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        body = b"".join(chunks)
        if status.startswith("3"):
            headers.setdefault("Cache-Control", "no-cache")  # a merge can be undone
        if key is None or status != "200 OK" or "Cache-Control" in headers:
            return Answer(status, tuple(headers.to_wsgi_list()), body)
        answer = Answer(status, (*headers.to_wsgi_list(), *_validators(key[0])), body)
        asked = len(environ["PATH_INFO"]) + len(environ["QUERY_STRING"]) + len(key[1])
        if asked <= LONGEST and len(body) <= LARGEST and ONCE not in environ["QUERY_STRING"]:
            self._keep(key, answer)
        return answer

    def _keep(self, key: Key, answer: Answer) -> None:
        with self._lock:
            self._kept[key] = answer
            self._size += BESIDE + len(answer.body)
            while self._size > ROOM:
                _, oldest = self._kept.popitem(last=False)
                self._size -= BESIDE + len(oldest.body)


def _validators(etag: str) -> tuple[tuple[str, str], ...]:
    return ("ETag", etag), ("Cache-Control", "public, no-cache")


def _unchanged(etag: str) -> Answer:
    """304: the reader has this answer already."""
    return Answer("304 NOT MODIFIED", (*_validators(etag), ("Vary", "Accept-Encoding")))
