"""How a site wants an embed to look: parameters of its address <-> a checked `Look`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from hub.config import LANGUAGES
from hub.errors import InvalidRequest
from hub.query import SearchRequest
from hub.search import single
from hub.web.colours import SCHEMES, Colours, hex_colour
from hub.web.hub import Given
from hub.web.params import COLOURS, parameters

RESIZE = "resize"  # `1`: the page tells the one around it how high it is, which takes a script
CASES, MOST = 5, 20  # shown in one embed


@dataclass(frozen=True)
class Look:
    """How an embed looks: its language and its colours."""

    lang: str = "en"
    colours: Colours = field(default_factory=Colours)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters that say so, without defaults."""
        return [*([("lang", self.lang)] if self.lang != "en" else []), *self.colour_pairs]

    @property
    def colour_pairs(self) -> list[tuple[str, str]]:
        """The parameters of the colours alone: those that a style sheet depends on."""
        given = ((name, getattr(self.colours, name).removeprefix("#")) for name in COLOURS)
        found = [(name, value) for name, value in given if value]
        return found if self.colours.scheme == "auto" else [*found, ("scheme", self.colours.scheme)]


def look_of(asked: Given, lang: str = "en") -> Look:
    """The look that parameters ask for, in `lang` where they name no language. InvalidRequest where one cannot be."""
    colours = {name: _colour(name, single(asked, name)) for name in COLOURS}
    scheme = _one_of("scheme", single(asked, "scheme") or SCHEMES[0], SCHEMES)
    return Look(_one_of("lang", single(asked, "lang") or lang, LANGUAGES), Colours(**colours, scheme=scheme))


def limit_of(asked: Given) -> int:
    """How many cases an embed shows; as the address may be that of a search, `per_page` counts, as far as possible."""
    text = single(asked, "limit")
    if not text:
        wanted = single(asked, "per_page")
        return min(int(wanted), MOST) if re.fullmatch("[1-9][0-9]{0,8}", wanted) else CASES
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= MOST:
        raise InvalidRequest("limit", f"limit must be a whole number from 1 to {MOST}, not {text!r}.", text)
    return int(text)


def search_pairs(asked: SearchRequest) -> list[tuple[str, str]]:
    """The parameters of a search as an embed has them: which page and how many are not of the search."""
    return parameters(asked, page=None, per_page=None, explain=None)


def _colour(name: str, text: str) -> str:
    found = hex_colour(text) if text else ""
    if found is None:
        raise InvalidRequest(name, f"{name} must be a colour like 1a2b3c or abc, not {text!r}.", text)
    return found


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidRequest(name, f"{name} must be one of {', '.join(allowed)}, not {value!r}.", value, allowed)
    return value
