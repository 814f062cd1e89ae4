"""Maps as plain data for an SVG: which shapes, how strongly coloured, where a point lies. No map server, no script.

Two prepared projections of Natural Earth (public domain) are in hub/data/maps.json: the world in Equal Earth, Europe
and the Mediterranean in Lambert azimuthal equal-area; hub/data/README.md tells how they were made.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from hub.config import ROOT
from hub.record import Point

EUROPE, WORLD = "europe", "world"
VIEW = {EUROPE: (105, 185, 860, 800), WORLD: (80, 165, 1240, 596)}  # what a whole map shows
LOCATOR = {EUROPE: (240, 190), WORLD: (220, 174)}  # width and height of a cut-out around one point

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Shape:
    """One country: path data (or only a dot), how many records, and its class of colour (0 to 5)."""

    country: str
    path: str
    x: int
    y: int
    dot: bool
    count: int
    heat: int


@dataclass(frozen=True)
class Map:
    """A map ready to draw; `x`, `y` is the point of a locator map."""

    name: str
    box: Box
    shapes: tuple[Shape, ...]
    x: float = 0
    y: float = 0


@cache
def _prepared() -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ROOT / "hub" / "data" / "maps.json").read_text())
    return data


def bins(counts: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    """Five classes of counts with round limits, the last one open (high = 0)."""
    top = max(counts.values(), default=0)
    for limits in ((1, 2, 4, 7, 11), (1, 3, 6, 11, 21), (1, 5, 10, 25, 50), (1, 10, 50, 100, 250)):
        if top <= limits[-1] * 2:
            break
    return tuple(
        (low, following - 1 if following else 0) for low, following in zip(limits, (*limits[1:], 0), strict=True)
    )


def heat(count: int, classes: tuple[tuple[int, int], ...]) -> int:
    """Class of a count: 0 for none, else 1 to 5."""
    return sum(count >= low for low, _ in classes)


def draw(name: str, counts: Mapping[str, int], classes: tuple[tuple[int, int], ...], box: Box | None = None) -> Map:
    """The countries of one map with their counts; `box` cuts out a part and leaves out what it does not show."""
    view = box or VIEW[name]
    shapes = []
    for country in _prepared()[name]["countries"]:
        count = counts.get(country["id"], 0)
        if _visible(country, view) and (country["d"] or count):
            x, y = country["c"]
            shape = Shape(country["id"], country["d"], x, y, country["dot"], count, heat(count, classes))
            shapes.append(shape)
    return Map(name, view, tuple(shapes))


def _visible(country: Mapping[str, Any], box: Box) -> bool:
    x, y, width, height = box
    if country["bbox"]:
        left, top, right, bottom = country["bbox"]
        return bool(right >= x and left <= x + width and bottom >= y and top <= y + height)
    return bool(x < country["c"][0] < x + width and y < country["c"][1] < y + height)


def locate(point: Point, countries: tuple[str, ...]) -> Map:
    """A cut-out around a point, its countries marked: from the map of Europe where that reaches, else the world."""
    for name, project in ((EUROPE, _azimuthal), (WORLD, _equal_earth)):
        x, y = project(point.lon, point.lat)
        left, top, width, height = VIEW[name]
        if name == WORLD or (left < x < left + width and top < y < top + height):
            break
    wide, high = LOCATOR[name]
    box = (round(x - wide / 2), round(y - high / 2), wide, high)
    plain = draw(name, dict.fromkeys(countries, 1), ((1, 0),), box)
    return Map(name, box, plain.shapes, round(x, 1), round(y, 1))


def _azimuthal(lon: float, lat: float) -> tuple[float, float]:
    """Lambert azimuthal equal-area on the sphere, centred as in EPSG:3035 (degrees -> map units)."""
    prepared = _prepared()[EUROPE]
    lam, phi = math.radians(lon - prepared["centre"][0]), math.radians(lat)
    phi0 = math.radians(prepared["centre"][1])
    cosine = 1 + math.sin(phi0) * math.sin(phi) + math.cos(phi0) * math.cos(phi) * math.cos(lam)
    if cosine < 0.5:  # the far side of the globe
        return (-1e6, -1e6)
    k = math.sqrt(2 / cosine)
    x = k * math.cos(phi) * math.sin(lam)
    y = k * (math.cos(phi0) * math.sin(phi) - math.sin(phi0) * math.cos(phi) * math.cos(lam))
    return prepared["translate"][0] + prepared["scale"] * x, prepared["translate"][1] - prepared["scale"] * y


def _equal_earth(lon: float, lat: float) -> tuple[float, float]:
    """Equal Earth (Šavrič, Patterson, Jenny 2018), turned by the longitude of the prepared map."""
    prepared = _prepared()[WORLD]
    lam = math.radians((lon - prepared["rotate"] + 180) % 360 - 180)
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    theta = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(lat)))
    t2 = theta * theta
    t6 = t2**3
    x = lam * math.cos(theta) / (math.sqrt(3) / 2 * (a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2)))
    y = theta * (a1 + a2 * t2 + t6 * (a3 + a4 * t2))
    return prepared["translate"][0] + prepared["scale"] * x, prepared["translate"][1] - prepared["scale"] * y
