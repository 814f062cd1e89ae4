"""Exports in turn: each keeps a thread of the server busy until it is written, and pages need threads too."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from threading import BoundedSemaphore
from typing import TYPE_CHECKING

from hub.web.errors import refusal
from hub.web.headers import is_export

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE = 1.0  # seconds that an export waits for one of the others to end
SOON = 10  # seconds after which to ask again


class Turns:
    """A WSGI application around another, which makes so many exports at once and no more; threads share it."""

    def __init__(self, app: WSGIApplication, at_once: int) -> None:
        self._app = app
        self._free = BoundedSemaphore(at_once)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The answer, or to come back soon (503) where it is an export and too many are being made."""
        if not is_export("/" + environ.get("PATH_INFO", "").lstrip("/")):
            return self._app(environ, start_response)
        if not self._free.acquire(timeout=PATIENCE):
            said = f"Many files are being made for others just now. Ask again in {SOON} seconds."
            status, headers, body = refusal(503, said, SOON)
            start_response(status, headers)
            return [body]
        try:
            return _File(self._app(environ, start_response), self._free.release)
        except BaseException:
            self._free.release()
            raise


class _File:
    """The parts of a file. It leaves its place once: at its end, when it is closed, or when nobody has it any more."""

    def __init__(self, chunks: Iterable[bytes], leave: Callable[[], None]) -> None:
        self._chunks = chunks
        self._leave = weakref.finalize(self, leave)

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        self._leave()

    def close(self) -> None:
        """What a server calls at the end, and when a reader has gone away."""
        self._leave()
        if hasattr(self._chunks, "close"):
            self._chunks.close()
