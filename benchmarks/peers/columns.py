"""Facet values of all documents in numpy arrays, for a peer without facets of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_WIDTH = 32  # values kept side by side; the few documents with more have the rest in a list


class Columns:
    """Counts how many of some documents have each value."""

    def __init__(self, folder: Path) -> None:
        self._side_by_side = np.load(folder / "side.npy", mmap_mode="r")
        self._more = np.load(folder / "more.npy")
        self._values = int(np.load(folder / "values.npy"))

    @staticmethod
    def save(folder: Path, having: list[list[int]], values: int) -> None:
        """Keep the value numbers of each document."""
        side = np.full((len(having), _WIDTH), values, dtype=np.uint16)
        more = [(number, value) for number, found in enumerate(having) for value in found[_WIDTH:]]
        for number, found in enumerate(having):
            side[number, : len(found[:_WIDTH])] = found[:_WIDTH]
        np.save(folder / "side.npy", side)
        np.save(folder / "more.npy", np.array(more, dtype=np.int32).reshape(-1, 2))
        np.save(folder / "values.npy", np.array(values))

    def counts(self, documents: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of the documents have each value, by number of the value."""
        counts = np.bincount(self._side_by_side[documents].ravel(), minlength=self._values + 1)[: self._values]
        among = np.zeros(len(self._side_by_side), dtype=bool)
        among[documents] = True
        rest = self._more[among[self._more[:, 0]], 1]
        return counts + np.bincount(rest, minlength=self._values)
