"""Addresses: read strictly, resolved once, and refused where they lead into a private network."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, quote, urlsplit

import idna
from msgspec import Struct

from indexer.fetch.terms import Trouble

# The addresses of a host name, as text; raises OSError where there are none.
Resolve = Callable[[str], Sequence[str]]

PORTS = {"http": 80, "https": 443}
_LONGEST = 8192
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# The last label says that the host is a number; anything but a plain dotted quad is a trick then.
_NUMBER = re.compile(r"(?:.*\.)?(?:\d+|0x[\da-f]*)")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f]")

_THIS_NETWORK = "0.0.0.0/8"
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10")
_SPECIAL = ("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24")
_MULTICAST_AND_RESERVED = ("224.0.0.0/4", "240.0.0.0/4")
_NOT_PUBLIC_4 = tuple(map(IPv4Network, (_THIS_NETWORK, *_PRIVATE, *_SPECIAL, *_MULTICAST_AND_RESERVED)))
_PUBLIC_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "3fff::/20"))
# IPv6 addresses that stand for an IPv4 one, and how far to the right it is in them.
_EMBEDDING = ((IPv6Network("::ffff:0:0/96"), 0), (IPv6Network("64:ff9b::/96"), 0), (IPv6Network("2002::/16"), 80))


class Target(Struct, frozen=True):
    """An http(s) address taken apart: what to connect to and what to ask for there.

    `url` is the whole address in its usual form, without a fragment; `host` is ASCII, without brackets.
    """

    url: str
    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the usual one, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one robots.txt is for."""
        return f"{self.scheme}://{self.authority}"


def target(url: str) -> Target:
    """An address, read strictly; raises Trouble where it is none that may be fetched."""
    text = url.strip(" \t\r\n")
    if len(text) > _LONGEST:
        raise Trouble(f"is longer than {_LONGEST:,} characters")
    try:
        parts = urlsplit(text)
        port = parts.port
        query = quote(parts.query, safe="%/?:@!$&'()*+,;=~-._[]|")
        path = quote(_without_dots(parts.path), safe="%/:@!$&'()*+,;=~-._")
    except ValueError:
        raise Trouble("is not a usable address") from None
    if _FORBIDDEN.search(text) or parts.scheme not in PORTS or port == 0:
        raise Trouble("is not an http or https address")
    if "@" in parts.netloc:
        raise Trouble("holds a user name or password, which an address here must not")
    asked = path + (f"?{query}" if query else "")
    bare = Target("", parts.scheme, _host(parts), PORTS[parts.scheme] if port is None else port, asked)
    return Target(bare.origin + asked, bare.scheme, bare.host, bare.port, asked)


def _host(parts: SplitResult) -> str:
    """The host in ASCII; raises Trouble where it is not one, or a number in disguise."""
    name = parts.hostname or ""
    if parts.netloc.startswith("["):
        try:
            return str(IPv6Address(name if "%" not in name else ""))
        except ValueError:
            raise Trouble("names no usable host") from None
    try:
        if not name.isascii():
            name = idna.encode(name[:254], uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        name = ""
    name = name.lower().removesuffix(".")
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise Trouble("names no usable host")
    if _NUMBER.fullmatch(name) and not _is_quad(name):
        raise Trouble("writes its host as a number in an unusual way")
    return name


def _is_quad(name: str) -> bool:
    try:
        return str(IPv4Address(name)) == name
    except ValueError:
        return False


def _without_dots(path: str) -> str:
    """The path without . and .. segments, so that the rules of robots.txt meet what the server will see."""
    kept: list[str] = []
    segments = path.removeprefix("/").split("/")
    for place, segment in enumerate(segments):
        plain = segment.replace("%2e", ".").replace("%2E", ".")
        if plain == ".." and kept:
            kept.pop()
        if plain not in (".", ".."):
            kept.append(segment)
        elif place == len(segments) - 1:
            kept.append("")
    return "/" + "/".join(kept)


def resolve_name(host: str) -> tuple[str, ...]:
    """The addresses of a host name, as the system resolves it."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def addresses(host: str, resolve: Resolve, private: bool) -> tuple[str, ...]:
    """Where to connect to for a host: resolved now, every address checked; raises Trouble where one may not be used."""
    try:
        found = tuple(resolve(host)) if not _is_address(host) else (host,)
    except (OSError, UnicodeError) as error:
        again = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        raise Trouble(f"cannot be reached: the name {host} is not known", "failing", again) from None
    if not found:
        raise Trouble(f"cannot be reached: the name {host} has no address", "failing")
    for address in found:
        if not private and not is_public(address):
            raise Trouble(f"leads to an address that is not public ({address})")
    return found


def _is_address(host: str) -> bool:
    return ":" in host or _is_quad(host)


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, with the IPv4 address inside an IPv6 one looked at too."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _NOT_PUBLIC_4)
    if found.scope_id:
        return False
    for network, shift in _EMBEDDING:
        if found in network:
            return is_public(str(IPv4Address(int(found) >> shift & 0xFFFFFFFF)))
    return found in _PUBLIC_6 and not any(found in network for network in _NOT_PUBLIC_6)
