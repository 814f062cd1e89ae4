"""Arrays in one file: written once, mapped read-only, everything in them under a checksum.

    magic (8 bytes) | length of the header (8) | its crc32 (8) | header (JSON) | arrays, each at a multiple of 64

The header names the kind and version of the file, what it belongs to, and of each array its type, shape, place and
crc32. Opening checks the header and the size; `verify` reads everything.
"""

from __future__ import annotations

import mmap
import os
import zlib
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import msgspec
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_MAGIC = b"HUBCOLS\n"
_ALIGN = 64
_FIXED = 24  # bytes before the header


class Damaged(Exception):
    """A column file that is cut short, changed, of another version, or of something else. Names the file."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path.parent.name}/{path.name} {what}")
        self.path = path


def write(path: Path, kind: str, owner: str, arrays: Mapping[str, Array], meta: Mapping[str, Any]) -> None:
    """Write arrays to a file in one step: whoever opens `path` finds the whole of it or none.

    `owner` says what they belong to.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    places: dict[str, Any] = {}
    at = 0
    for name, array in arrays.items():
        at = _aligned(at)
        places[name] = [array.dtype.str, array.shape, at, zlib.crc32(_bytes(array))]
        at += array.nbytes
    header = msgspec.json.encode({"kind": kind, "owner": owner, "meta": meta, "arrays": places, "size": at})
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(_MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little") + header)
        start = _aligned(_FIXED + len(header))
        for name, array in arrays.items():
            file.seek(start + places[name][2])
            file.write(_bytes(array))
        file.truncate(start + at)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _aligned(at: int) -> int:
    return -(-at // _ALIGN) * _ALIGN


def _bytes(array: Array) -> memoryview:
    return view(array.reshape(-1).view(np.uint8))


def view(array: Array) -> memoryview:
    """An array to be read entry by entry, which is faster this way."""
    return memoryview(cast(Any, array))


class ColumnFile:
    """An open column file: `file["name"]` is an array that lies in the mapped file and cannot be written.

    `identity` differs from that of any other content.
    """

    def __init__(self, path: Path, kind: str, owner: str | None = None) -> None:
        self.path = path
        try:
            with path.open("rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise Damaged(path, "is missing") from None
        except ValueError:
            raise Damaged(path, "is empty") from None
        header = self._header()
        if header.get("kind") != kind:
            raise Damaged(path, f"holds {header.get('kind')!r}, not {kind!r}")
        if owner not in (None, header.get("owner")):
            raise Damaged(path, f"belongs to {header.get('owner')!r}, not to {owner!r}")
        if len(self._map) != self._start + header["size"]:
            raise Damaged(path, "is shorter or longer than it says")
        self.meta: Any = header["meta"]
        self.size = len(self._map)
        self._places: dict[str, Any] = header["arrays"]
        self._arrays = {name: self._array(*place[:3]) for name, place in self._places.items()}

    def _header(self) -> dict[str, Any]:
        if self._map[:8] != _MAGIC:
            raise Damaged(self.path, "is not a column file")
        length = int.from_bytes(self._map[8:16], "little")
        header = self._map[_FIXED : _FIXED + length]
        if not header or len(header) != length or zlib.crc32(header) != int.from_bytes(self._map[16:24], "little"):
            raise Damaged(self.path, "has a damaged header")
        self._start = _aligned(_FIXED + length)
        self.identity = self._map[16:24].hex()
        return msgspec.json.decode(header, type=dict[str, Any])

    def _array(self, dtype: str, shape: list[int], at: int) -> Array:
        count = int(np.prod(shape))
        if not count:
            return np.zeros(shape, dtype)
        return np.frombuffer(self._map, dtype, count, self._start + at).reshape(shape)

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def get(self, name: str) -> Array | None:
        """An array, None where the file has none of that name."""
        return self._arrays.get(name)

    def verify(self) -> None:
        """Read every byte. Raises Damaged where one has changed."""
        for name, (*_, checksum) in self._places.items():
            if zlib.crc32(_bytes(self[name])) != checksum:
                raise Damaged(self.path, f"is damaged (column {name})")


class Texts:
    """Byte strings in a blob, one after the other; `ends` has one more entry than there are strings."""

    def __init__(self, blob: Array, ends: Array) -> None:
        self._blob, self._ends = view(blob), view(ends)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def all(self) -> list[bytes]:
        """All of them."""
        blob, ends = self._blob.tobytes(), self._ends.tolist()
        return [blob[start:end] for start, end in pairwise(ends)]

    def __getitem__(self, number: int) -> bytes:
        return self._blob[self._ends[number] : self._ends[number + 1]].tobytes()


class Dictionary:
    """Sorted byte strings. `keys` are their first bytes as numbers, by which many are found at once."""

    def __init__(self, texts: Texts, keys: Array) -> None:
        self.texts, self._keys = texts, keys

    def places(self, wanted: Sequence[bytes], keys: Array) -> list[int]:
        """The numbers of those of some texts that are there; `keys` are theirs."""
        lows, highs = self._keys.searchsorted(keys), self._keys.searchsorted(keys, "right")
        found = []
        for number in (lows < highs).nonzero()[0].tolist():
            text, low, high = wanted[number], int(lows[number]), int(highs[number])
            at = bisect_left(range(high), text, low, high, key=self.texts.__getitem__)
            if at < high and self.texts[at] == text:
                found.append(at)
        return found

    def starting(self, prefix: bytes) -> tuple[int, int]:
        """The first number and the one after the last of those that start so."""
        every = range(len(self.texts))
        low = bisect_left(every, prefix, key=self.texts.__getitem__)
        return low, bisect_left(every, prefix + b"\xff", low, key=self.texts.__getitem__)


def keys_of(texts: Iterable[bytes]) -> Array:
    """The first eight bytes of each text as a number that sorts as they do."""
    return np.frombuffer(b"".join([text[:8].ljust(8, b"\0") for text in texts]), ">u8").astype(np.uint64)


def packed(texts: list[bytes]) -> tuple[Array, Array]:
    """Byte strings as blob and ends, as `Texts` reads them."""
    return np.frombuffer(b"".join(texts), np.uint8), ends_of(map(len, texts))


def ends_of(counts: Iterable[int]) -> Array:
    """Where each of so many entries ends; one more than there are, as the first begins at 0."""
    return np.concatenate(([0], np.fromiter(counts, np.int64).cumsum()))


def stretches(firsts: Array, counts: Array) -> Array:
    """The numbers of stretches, one after the other: `[5, 9]`, `[2, 3]` -> `[5, 6, 9, 10, 11]`."""
    return np.asarray(np.arange(counts.sum()) + (firsts - counts.cumsum() + counts).repeat(counts))
