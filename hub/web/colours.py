"""Colours that another site gives to an embed: read, held to the contrast of WCAG 2.2 AA, made into a style sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from hub.web.assets import FOLDER

TEXT = 4.5  # contrast that text needs (WCAG 1.4.3)
SHAPE = 3.0  # contrast that borders and badges need (WCAG 1.4.11)
SCHEMES = ("auto", "light", "dark")
BLACK, WHITE = "#000000", "#ffffff"
_STEPS = 20  # to go from a colour to black or white

Palette = Mapping[str, str]

_HEX = re.compile(r"#?([0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_TOKENS = re.compile(
    r"@layer tokens \{\s*:root \{(?P<light>.*?)\n  \}\s*@media \(prefers-color-scheme: dark\) \{\s*"
    r":root \{(?P<dark>.*?)\n    \}",
    re.DOTALL,
)


@dataclass(frozen=True)
class Colours:
    """What a site asks for: colours such as `#00604e` or nothing, and light, dark or as the reader has it (auto)."""

    accent: str = ""
    paper: str = ""
    ink: str = ""
    scheme: str = "auto"

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes that can occur. A paper settles it: what is written on it has to suit it."""
        if self.paper:
            return ("light" if contrast(self.paper, BLACK) >= contrast(self.paper, WHITE) else "dark",)
        return SCHEMES[1:] if self.scheme == "auto" else (self.scheme,)


def hex_colour(text: str) -> str | None:
    """`0a8`, `#0A8` and `00aa88` as `#00aa88`; None for anything else."""
    found = _HEX.fullmatch(text)
    if not found:
        return None
    digits = found[1].lower()
    return "#" + ("".join(2 * digit for digit in digits) if len(digits) == 3 else digits)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def readable(colour: str, paper: str, least: float = TEXT) -> str:
    """The colour itself where its contrast with the paper is enough, else the nearest darker or lighter one.

    There always is one: on every paper black or white has a contrast of more than 4.5.
    """
    end = max((BLACK, WHITE), key=lambda extreme: contrast(extreme, paper))
    steps = (_mix(colour, end, step / _STEPS) for step in range(_STEPS + 1))
    return next(found for found in steps if contrast(found, paper) >= least)


def palette(colours: Colours, scheme: str) -> Palette:
    """Every colour of the style sheet in one scheme, with those of the site in the place of ours."""
    base = tokens()[scheme]
    paper = colours.paper or base["paper"]
    found = dict(base)
    if colours.paper or colours.ink:
        ink = readable(colours.ink or base["ink"], paper)
        found |= {
            "paper": paper,
            "ink": ink,
            "ink-2": readable(_mix(ink, paper, 0.25), paper),
            "line": _mix(ink, paper, 0.8),
            "line-2": readable(_mix(ink, paper, 0.5), paper, SHAPE),
        }
        found |= {group: readable(base[group], paper, SHAPE) for group in ("g1", "g2", "g3")}
    if colours.paper or colours.accent:
        accent = readable(colours.accent or base["action"], paper)
        found |= {"action": accent, "action-2": readable(_mix(accent, found["ink"], 0.4), paper), "focus": accent}
    return found


def style_sheet(colours: Colours) -> str:
    """What is put after hub.css so that a page has these colours, in the same cascade layer as ours."""
    first, *others = colours.schemes
    inside = f":root{{color-scheme:{' '.join(colours.schemes)};{_declared(palette(colours, first))}}}"
    for scheme in others:
        inside += f"@media (prefers-color-scheme:{scheme}){{:root{{{_declared(palette(colours, scheme))}}}}}"
    return f"@layer tokens{{{inside}}}\n"


def corrections(colours: Colours) -> tuple[tuple[str, str, str, str], ...]:
    """The colours that are not used as given, as too little contrast: (name, given, scheme, used instead)."""
    found = []
    for name, token in (("accent", "action"), ("ink", "ink")):
        given = getattr(colours, name)
        for scheme in colours.schemes if given else ():
            used = palette(colours, scheme)[token]
            if used != given:
                found.append((name, given, scheme, used))
    return tuple(found)


@cache
def tokens() -> Mapping[str, Palette]:
    """The colours of hub.css by scheme and name; it is the only place where they are written."""
    found = _TOKENS.search((FOLDER / "hub.css").read_text(encoding="utf-8"))
    if not found:
        raise RuntimeError("hub.css does not begin with the tokens of both schemes")
    blocks = {scheme: dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", found[scheme])) for scheme in ("light", "dark")}
    full = {
        scheme: {name: hex_colour(value) or value for name, value in block.items()} for scheme, block in blocks.items()
    }
    return {"light": full["light"], "dark": {**full["light"], **full["dark"]}}


def _declared(found: Palette) -> str:
    return ";".join(f"--{name}:{value}" for name, value in found.items())


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


def _luminance(colour: str) -> float:
    parts = (channel / 255 for channel in _channels(colour))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mix(one: str, other: str, share: float) -> str:
    """A colour between two, `share` of the way to the other."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)
