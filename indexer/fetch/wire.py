"""One request and its answer, over a connection to a checked address, within every limit of time and size."""

from __future__ import annotations

import http.client
import io
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import urllib3
from msgspec import Struct
from urllib3.connection import HTTPConnection

from indexer.fetch.address import Resolve, Target, addresses
from indexer.fetch.body import CHUNK, read_body
from indexer.fetch.terms import Limits, Trouble, seconds, size

# What it would say of odd headers holds whole addresses, secrets too.
logging.getLogger("urllib3.connection").disabled = True


class Request(Struct, frozen=True):
    """What to ask: a method, headers beside Host, and how much of the body is wanted (0: none of it)."""

    method: str
    headers: Mapping[str, str]
    limit: int = 0
    cut: bool = False


class Answer(Struct, frozen=True):
    """What came back: names of headers are lower case, the body is decompressed and empty where it was not wanted."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


class Budget:
    """How many seconds one item may still spend on the network."""

    def __init__(self, total: float) -> None:
        self.total = total
        self.left = total


class Wire:
    """The network: exchanges requests for answers and counts the bytes of the whole run."""

    def __init__(self, resolve: Resolve, private: bool, limits: Limits) -> None:
        self._resolve = resolve
        self._private = private
        self._limits = limits
        self._lock = threading.Lock()
        self._received = 0

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    def exchange(self, target: Target, request: Request, budget: Budget) -> Answer:
        """Send a request and read its answer; raises Trouble for whatever goes wrong."""
        begun = time.monotonic()
        if budget.left <= 0:
            raise _too_slow(budget.total)
        try:
            return self._exchange(target, request, _Meter(self._limits, begun, budget))
        except Trouble:
            raise
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise _explained(error) from None
        finally:
            budget.left -= time.monotonic() - begun

    def _exchange(self, target: Target, request: Request, meter: _Meter) -> Answer:
        found = addresses(target.host, self._resolve, self._private)
        connection = _Pinned(target, found, self._tls if target.scheme == "https" else None, meter)
        try:
            headers = {"Host": target.authority, "Connection": "close", **request.headers}
            connection.request(request.method, target.path, headers=headers, preload_content=False)
            response = connection.getresponse()
            try:
                return self._answer(request, response, meter)
            finally:
                response.close()
        finally:
            connection.close()
            # An answer that cannot be understood would leave this open.
            if meter.reader:
                meter.reader.close()

    def _answer(self, request: Request, response: urllib3.HTTPResponse, meter: _Meter) -> Answer:
        headers = {name.lower(): " ".join(value.split()) for name, value in response.headers.items()}
        if not request.limit or not 200 <= response.status < 300:
            return Answer(response.status, headers)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and not request.cut and int(declared[:18]) > request.limit:
            raise Trouble(f"is larger than {size(request.limit)}: {size(int(declared[:18]))}")
        # Chunked transfer adds to the size of a body; bytes past this are no part of an honest one.
        meter.allow(2 * request.limit + self._limits.headers)
        chunks = self._chunks(response)
        return Answer(
            response.status, headers, read_body(chunks, headers.get("content-encoding", ""), request.limit, request.cut)
        )

    def _chunks(self, response: urllib3.HTTPResponse) -> Iterator[bytes]:
        while chunk := response.read(CHUNK, decode_content=False):
            with self._lock:
                self._received += len(chunk)
                if self._received > self._limits.run:
                    raise Trouble(f"was not read: more than {size(self._limits.run)} came in during this run")
            yield chunk


class _Meter:
    """Time and bytes that an exchange has left."""

    def __init__(self, limits: Limits, begun: float, budget: Budget) -> None:
        self.limits = limits
        self.reader: io.BufferedReader | None = None
        self._total = budget.total
        self._deadline = begun + budget.left
        self._bytes = limits.headers
        self._reason = f"sends headers of more than {size(limits.headers)}"

    def allow(self, count: int) -> None:
        """So many bytes may come from now on; the headers are over."""
        self._bytes = count
        self._reason = "sends more than an honest answer holds"

    def count(self, received: int) -> None:
        self._bytes -= received
        if self._bytes < 0:
            raise Trouble(self._reason)

    def timeout(self, longest: float) -> float:
        """How long the next step may take."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise _too_slow(self._total)
        return min(longest, left)


class _Pinned(HTTPConnection):
    """A connection to addresses that were checked; the name serves for Host, SNI and the certificate only."""

    def __init__(self, target: Target, found: Sequence[str], tls: ssl.SSLContext | None, meter: _Meter) -> None:
        super().__init__(target.host, target.port)
        self._found = found
        self._tls = tls
        self._meter = meter
        self.response_class: Any = partial(_Metered, meter=meter)

    def connect(self) -> None:
        """Connect to the first checked address that answers; no name is resolved here."""
        self.sock = self._reached()
        longest = self._meter.limits.connect
        if self._tls:
            self.sock.settimeout(self._meter.timeout(longest))
            try:
                self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
            except TimeoutError:
                raise Trouble(f"did not connect within {seconds(longest)}", "failing", again=True) from None
        self.timeout = self._meter.timeout(self._meter.limits.read)
        self.sock.settimeout(self.timeout)

    def _reached(self) -> socket.socket:
        longest = self._meter.limits.connect
        failure: OSError = OSError()
        for address in self._found:
            try:
                return socket.create_connection((address, self.port), self._meter.timeout(longest))
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise Trouble(f"did not connect within {seconds(longest)}", "failing", again=True)
        raise failure


class _Metered(http.client.HTTPResponse):
    """A response whose bytes are read under a meter, from the first byte of its headers on."""

    def __init__(self, sock: socket.socket, *args: Any, meter: _Meter, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        unmetered = self.fp
        self.fp = meter.reader = io.BufferedReader(_MeteredSocket(sock, meter))
        unmetered.close()


class _MeteredSocket(io.RawIOBase):
    """The bytes of a socket: waited for no longer, and no more of them, than the meter allows."""

    def __init__(self, sock: socket.socket, meter: _Meter) -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        longest = self._meter.timeout(self._meter.limits.read)
        self._sock.settimeout(longest)
        try:
            received = self._raw.readinto(buffer)
        except TimeoutError:
            self._meter.timeout(longest)
            raise Trouble(f"sent nothing for {seconds(longest)}", "failing", again=True) from None
        self._meter.count(received or 0)
        return received

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def _too_slow(total: float) -> Trouble:
    return Trouble(f"took longer than {seconds(total)}", "failing")


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (http.client.IncompleteRead, "broke off in the middle"),
    (http.client.RemoteDisconnected, "closed the connection without an answer"),
    (ConnectionRefusedError, "refuses the connection"),
    (ConnectionError, "broke the connection off"),
    (TimeoutError, "did not take the request in time"),
    (ssl.SSLError, "cannot be reached over TLS"),
    (urllib3.exceptions.ProtocolError, "broke off in the middle"),
    (OSError, "cannot be reached"),
)


def _explained(error: Exception) -> Trouble:
    """Trouble for an error of the network or of the protocol."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(f"has a certificate that cannot be trusted ({error.verify_message.rstrip('.')})", "failing")
    if isinstance(error, http.client.LineTooLong) or (
        type(error) is http.client.HTTPException and "headers" in str(error)
    ):
        return Trouble("sends headers that are too long or too many")
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return Trouble(reason, "failing", again=True)
    return Trouble("does not answer as a web server does", "failing", again=True)
