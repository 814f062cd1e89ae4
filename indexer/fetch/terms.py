"""What all parts of fetching share: the limits, the trouble they meet, and how an address is shown to people."""

from __future__ import annotations

import re
from urllib.parse import unquote

from msgspec import Struct

_PARAMETER = re.compile(r"([?&;])([^?=&;#]+)=[^&;#]*")
_SECRET = ("key", "token", "secret", "password")
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f-\xa0\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]+")
_SHOWN = 300


class Limits(Struct, frozen=True):
    """How long and how much: times in seconds, sizes in bytes.

    `total` is what one item may take on the network, waiting for the host's pace not counted; `wait` is the longest
    wait that a host may ask for; `given_up` how many items in a row may fail before a host is left alone.
    """

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0
    wait: float = 120.0
    back_off: float = 2.0
    tries: int = 3
    redirects: int = 5
    given_up: int = 5
    body: int = 20_000_000
    headers: int = 65_536
    robots: int = 512_000
    run: int = 5_000_000_000


class Trouble(Exception):
    """What is wrong with an address or its answer, as the rest of a sentence that begins with the address.

    `kind` and `status` are those of `FetchFailed`; `again`: another try may help; `wait`: the seconds that the host
    wants to be left alone for.
    """

    def __init__(
        self, reason: str, kind: str = "refused", again: bool = False, *, status: int = 0, wait: float = 0.0
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind = kind
        self.again = again
        self.status = status
        self.wait = wait


def shown(url: str) -> str:
    """An address as messages show it: on one line, not too long, without passwords and keys."""
    scheme, mark, rest = url.partition("://")
    place = re.match(r"[^/?#]*", rest)
    name = place.group() if place else ""
    if mark and "@" in name:
        rest = "…@" + name.rpartition("@")[2] + rest[len(name) :]
    text = _PARAMETER.sub(_hidden, scheme + mark + rest)
    text = _UNPRINTABLE.sub(" ", text)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _hidden(match: re.Match[str]) -> str:
    """A parameter, its value hidden if its name says that it is a secret."""
    name = unquote(match[2]).lower()
    return f"{match[1]}{match[2]}=…" if any(word in name for word in _SECRET) else match[0]


def size(count: float) -> str:
    """A number of bytes in words: 20 MB."""
    for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count:.0f} bytes"


def seconds(count: float) -> str:
    """A span of time in words: 3,600 s."""
    return f"{count:,.0f} s" if count >= 10 else f"{count:.2g} s"
