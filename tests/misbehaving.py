"""A web server on this machine that misbehaves on purpose: whatever hosts in the wild do wrong, done at will.

    with Misbehaving() as server:
        server.route("/page", answer(b"once", 500), answer(b"then"))
        fetcher = Fetcher(store, "Agent/1", private=True, resolve=server.resolve)
        fetcher.get(server.url("/page", "one.test"))
        assert [asked.method for asked in server.asked("/page")] == ["GET", "GET"]

All host names lead to it. A route's behaviours are used up one after the other; the last stays.
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import pytest

from indexer.harvest.item import FetchFailed, Item


@dataclass
class Asked:
    """A request as it came in, and when it came and was done with."""

    method: str
    path: str
    host: str
    headers: Mapping[str, str]
    began: float = field(default_factory=time.monotonic)
    ended: float = 0.0


class Line:
    """What a behaviour does with the connection."""

    def __init__(self, connection: socket.socket, stopped: threading.Event) -> None:
        self.connection = connection
        self._stopped = stopped

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the end of the server."""
        if self._stopped.wait(seconds):
            raise ConnectionAbortedError


Behaviour = Callable[[Asked, Line], None]


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """A status line and headers, as they go over the line."""
    lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answer(body: bytes = b"", status: int = 200, **headers: str) -> Behaviour:
    """An ordinary answer; `content_type="text/html"` and the like are its headers."""

    def behave(asked: Asked, line: Line) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        line.send(head(status, {"Content-Length": str(len(body)), **named}))
        if asked.method != "HEAD":
            line.send(body)

    return behave


def raw(*pieces: bytes, pause: float = 0.0) -> Behaviour:
    """These bytes and nothing else, with pauses before each."""

    def behave(_: Asked, line: Line) -> None:
        for piece in pieces:
            line.wait(pause)
            line.send(piece)

    return behave


def endless(start: bytes, pieces: Iterable[bytes], pause: float = 0.0) -> Behaviour:
    """A start, and then pieces until nobody listens any more or they end."""

    def behave(_: Asked, line: Line) -> None:
        line.send(start)
        for piece in pieces:
            if pause:
                line.wait(pause)
            line.send(piece)

    return behave


def chunked(*pieces: bytes, **headers: str) -> Behaviour:
    """An answer in chunked transfer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    start = head(200, {**named, "Transfer-Encoding": "chunked"})
    return raw(start, *(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces), b"0\r\n\r\n")


def redirect(to: str, status: int = 302) -> Behaviour:
    """A redirect."""
    return answer(b"", status, location=to)


def silence(seconds: float = 60.0) -> Behaviour:
    """Nothing at all, for a long time."""

    def behave(_: Asked, line: Line) -> None:
        line.wait(seconds)

    return behave


def reset() -> Behaviour:
    """The connection breaks off hard."""

    def behave(_: Asked, line: Line) -> None:
        line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.connection.close()

    return behave


def unless_unchanged(body: bytes, etag: str = "", modified: str = "", **headers: str) -> Behaviour:
    """An answer with validators, and 304 to a request that has the same ones."""
    validators = {name: value for name, value in (("etag", etag), ("last_modified", modified)) if value}

    def behave(asked: Asked, line: Line) -> None:
        match = asked.headers.get("if-none-match", "") == etag if etag else True
        since = asked.headers.get("if-modified-since", "") == modified if modified else True
        if match and since:
            answer(b"", 304, **validators)(asked, line)
        else:
            answer(body, **validators, **headers)(asked, line)

    return behave


class Clock:
    """Time that passes only when somebody sleeps; `Fetcher(..., clock=clock.now, sleep=clock.sleep)`."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.waits.append(seconds)
        self.time += seconds


def failure(ask: Callable[[], object]) -> FetchFailed:
    """The FetchFailed that must come of it."""
    with pytest.raises(FetchFailed) as caught:
        ask()
    return caught.value


class Misbehaving:
    """The server; see the module. With a TLS context, it speaks https only."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.log: list[Asked] = []
        self.resolved: list[str] = []
        self._tls = tls
        self._routes: dict[tuple[str, str], list[Behaviour]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._socket.getsockname()[1]
        self._start(self._accept)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop; behaviours that wait are woken."""
        self._stopped.set()
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in list(self._threads):
            thread.join(5)

    def url(self, path: str = "/", host: str = "one.test") -> str:
        """An address of this server under one of its names."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def resolve(self, host: str) -> tuple[str, ...]:
        """All names lead here."""
        self.resolved.append(host)
        return ("127.0.0.1",)

    def route(self, path: str, *behaviours: Behaviour, host: str = "") -> None:
        """What happens at a path: of one host, or of all that have nothing of their own."""
        self._routes[host, path] = list(behaviours)

    def asked(self, path: str = "", host: str = "") -> list[Asked]:
        """The requests that came in, robots.txt left out unless it is asked about."""
        wanted = [asked for asked in self.log if asked.path == path or (not path and asked.path != "/robots.txt")]
        return [asked for asked in wanted if not host or asked.host == host]

    def _start(self, function: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=function, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                asked = self._read(connection)
                if asked is not None:
                    self._behave(asked, Line(connection, self._stopped))

    def _behave(self, asked: Asked, line: Line) -> None:
        with self._lock:
            self.log.append(asked)
            path = asked.path.partition("?")[0]
            behaviours = self._routes.get((asked.host, path)) or self._routes.get(("", path)) or [answer(b"", 404)]
            behave = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
        try:
            behave(asked, line)
            # Closed while the other side still sends, the connection would be reset and the answer lost.
            with suppress(OSError):
                line.connection.shutdown(socket.SHUT_WR)
        finally:
            asked.ended = time.monotonic()

    def _read(self, connection: socket.socket) -> Asked | None:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return None
            data += piece
        first, *lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Asked(method, path, headers.get("host", "").rsplit(":", 1)[0], headers)


def hostile_reader(_: bytes, url: str, *rest: object) -> Item:
    """Reads pages as code does that some page broke; for processes of their own, which can only import a module."""
    if url.endswith("/crash"):
        os._exit(1)
    if url.endswith("/hang"):
        time.sleep(60)
    return Item(title="A river", abstract="What was done at the river.", language="en", url=url)
