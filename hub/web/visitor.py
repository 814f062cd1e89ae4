"""Who asks: the address that a request comes from, and what stands for one reader where requests are counted."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

HOME = 64  # bits of an IPv6 address that one connection is given: everybody has 2^64 addresses to ask from


def address_of(environ: WSGIEnvironment, proxy: str) -> str:
    """Where a request comes from: what the proxy in front of the hub says, if there is one and it is the one."""
    here = str(environ.get("REMOTE_ADDR") or "")
    if here and here == proxy:
        return _bare(str(environ.get("HTTP_X_FORWARDED_FOR", here)).rpartition(",")[2].strip())
    return here


def _bare(address: str) -> str:
    """Without the port that some proxies name too: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def reader_of(address: str) -> str:
    """What stands for one reader: an IPv4 address, or the network that an IPv6 address belongs to."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, HOME), strict=False))
