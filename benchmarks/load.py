"""Asks a web server for addresses over connections that stay open, and times each answer.

A process of its own: reads one task a line from standard input, answers with one line. One thread watches all
connections; each sends its next request when it has the whole of the last answer.
"""

from __future__ import annotations

import json
import re
import selectors
import socket
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.I)
_ETAG = re.compile(rb"\r\netag: *([^\r]+)\r\n", re.I)
_TIMEOUT = 60  # seconds without any answer


class Connection:
    """One open connection and what has come in of the answer."""

    def __init__(self, port: int) -> None:
        self._request = b""
        self._connect(port)
        self.sent = 0.0

    def _connect(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> None:
        """Ask."""
        self._request, self._answer, self._whole = request, b"", 0
        self.sent = time.perf_counter()
        self.socket.sendall(request)

    def again(self, port: int) -> None:
        """Ask the same over a new connection, the clock running on: a busy server may take an old one for idle."""
        self.socket.close()
        self._connect(port)
        self._answer, self._whole = b"", 0
        self.socket.sendall(self._request)

    def receive(self) -> bytes | None:
        """The answer, once it is whole."""
        part = self.socket.recv(1 << 18)
        if not part:
            raise ConnectionResetError
        self._answer += part
        if not self._whole:
            head = self._answer.find(b"\r\n\r\n")
            if head < 0:
                return None
            length = _LENGTH.search(self._answer, 0, head + 2)
            if length or self._answer[9:12] == b"304":
                self._whole = head + 4 + (int(length[1]) if length else 0)
            else:  # in chunks, the last of which is empty
                return self._answer if self._answer.endswith(b"\r\n0\r\n\r\n") else None
        return self._answer if len(self._answer) >= self._whole else None


def request(path: str, headers: dict[str, str]) -> bytes:
    """The bytes of a GET request."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class Found:
    """What came back: milliseconds of each answer, their status codes, bytes in all, the ETag of the last."""

    ms: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    size: int = 0
    etag: str = ""
    reconnected: int = 0
    seconds: float = 0.0
    busy: float = 0.0  # seconds that this process was at work itself

    def add(self, answer: bytes, sent: float) -> None:
        """Take in one whole answer."""
        self.ms.append(1000 * (time.perf_counter() - sent))
        self.statuses[answer[9:12].decode()] += 1
        self.size += len(answer)
        self.etag = found[1].decode() if (found := _ETAG.search(answer)) else ""


def run(port: int, paths: list[str], headers: dict[str, str], connections: int) -> Found:
    """Ask for all addresses."""
    waiting = deque(request(path, headers) for path in paths)
    open_ones = [Connection(port) for _ in range(min(connections, len(waiting)))]
    found, selector = Found(), selectors.DefaultSelector()
    started, busy = time.perf_counter(), time.process_time()
    for connection in open_ones:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(waiting.popleft())
    while selector.get_map():
        ready = selector.select(_TIMEOUT)
        assert ready, "no answer for a minute"
        for key, _ in ready:
            _carry_on(key.data, selector, waiting, found, port)
    found.seconds, found.busy = time.perf_counter() - started, time.process_time() - busy
    return found


def _carry_on(
    connection: Connection, selector: selectors.BaseSelector, waiting: deque[bytes], found: Found, port: int
) -> None:
    """Receive what has come in over one connection, and ask for the next address when the answer is whole."""
    try:
        answer = connection.receive()
    except ConnectionResetError:
        found.reconnected += 1
        selector.unregister(connection.socket)
        connection.again(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        return
    if answer is None:
        return
    found.add(answer, connection.sent)
    if waiting:
        connection.send(waiting.popleft())
    else:
        selector.unregister(connection.socket)
        connection.socket.close()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(vars(run(**json.loads(line)))), flush=True)
