"""Generations of the index on disk: a reader sees a whole one or none, a writer never disturbs a reader.

    index/current.json      names the generation in force; replaced in one step
    index/g000007/          a Whoosh index, its columns, edition.json: revision, vocabularies, former ids; its lexicon

A change is made in a new folder (a build from nothing, an update from hard links to the immutable segments of the
one before) and becomes visible when `current.json` is replaced. The last three generations are kept for readers
that still have one open.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from hub.engine import Edition, IndexInfo
from hub.engine.whoosh.schema import FORMAT
from hub.errors import Conflict, IndexUnavailable
from hub.lexicon import Lexicon
from hub.vocabulary import from_data, to_data

Fill = Callable[[Path], int]  # fills the folder of a new generation, returns how many records it holds
KEPT = 3
DAMAGED = "The index is damaged. Make it afresh with: indexer build --fresh"
_POINTER = "current.json"
_EDITION = "edition.json"


def stamp(folder: Path) -> tuple[int, int] | None:
    """Changes whenever another generation comes into force; costs one system call. None without an index."""
    try:
        status = os.stat(f"{folder}/{_POINTER}")  # noqa: PTH116 - asked on every search; a Path costs five times as much
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_ino


def current(folder: Path) -> Path:
    """Folder of the generation in force. Raises IndexUnavailable, saying what to do."""
    try:
        name = json.loads((folder / _POINTER).read_text())["generation"]
    except FileNotFoundError:
        raise IndexUnavailable("There is no index yet. Make it with: indexer build") from None
    except (OSError, ValueError, TypeError, KeyError):
        raise IndexUnavailable(DAMAGED) from None
    return folder / str(name)


def read_edition(generation: Path) -> tuple[Edition, IndexInfo]:
    """What a generation says of itself. Raises IndexUnavailable where it is damaged or of another format."""
    try:
        data = json.loads((generation / _EDITION).read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise IndexUnavailable("The index is of another version of the hub. Run: indexer build")
        vocabularies = {item["id"]: from_data(item) for item in data["vocabularies"]}
        lexicon = _read_lexicon(generation, data["lexicon"])
        edition = Edition(data["revision"], vocabularies, data["moved"], tuple(data["withdrawn"]), lexicon)
        return edition, IndexInfo(data["revision"], generation.name, data["records"], data["built"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexUnavailable(DAMAGED) from error


_lexicons: dict[str, Lexicon] = {}  # the last one read, by the name of its file: most generations have the same


def _read_lexicon(generation: Path, name: str) -> Lexicon:
    """The lexicon in a file named by what is in it. Raises IndexUnavailable where that is something else."""
    found = _lexicons.get(name)
    if found is None:
        data = (generation / name).read_bytes()
        if _name_of(data) != name:
            raise IndexUnavailable(DAMAGED)
        found = msgspec.json.decode(data, type=Lexicon)
        _lexicons.clear()
        _lexicons[name] = found
    return found


def _write_lexicon(generation: Path, lexicon: Lexicon) -> str:
    """The name of the file of a lexicon, which another generation may have written."""
    data = msgspec.json.encode(lexicon)
    name = _name_of(data)
    for other in generation.glob("lexicon-*.json"):
        if other.name != name:
            other.unlink()
    if not (generation / name).exists():
        (generation / name).write_bytes(data)
    return name


def _name_of(data: bytes) -> str:
    return f"lexicon-{hashlib.sha256(data).hexdigest()[:16]}.json"


def _write_edition(generation: Path, edition: Edition, records: int) -> None:
    data: dict[str, Any] = {
        "format": FORMAT,
        "revision": edition.revision,
        "records": records,
        "built": datetime.now(UTC).isoformat(timespec="seconds"),
        "moved": dict(edition.moved),
        "withdrawn": list(edition.withdrawn),
        "lexicon": _write_lexicon(generation, edition.lexicon),
        "vocabularies": [to_data(v) for v in edition.vocabularies.values()],
    }
    (generation / _EDITION).write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    lock = FileLock(folder / "build.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Conflict("Another build is running in this index; wait for it to end and try again.") from None
    try:
        yield
    finally:
        lock.release()


def new_generation(folder: Path, edition: Edition, fill: Fill, since: str | None) -> Path:
    """Make a generation with `fill` (which returns how many records it holds) and bring it into force.

    `since` names the generation to start from, None to start from nothing. Raises Conflict where another is in
    force by now. Whatever fails, the one in force stays.
    """
    with _writing(folder):
        base = current(folder) if since else None
        if base and base.name != since:
            raise Conflict("Another build ended meanwhile; run: indexer build")
        _clear_leftovers(folder)
        numbers = [int(path.name[1:]) for path in _generations(folder)]
        generation = folder / f"g{max(numbers, default=0) + 1:06d}"
        # Named at random, so that what is left of a killed build cannot write into it.
        unfinished = folder / f"unfinished-{generation.name}-{secrets.token_hex(4)}"
        unfinished.mkdir()
        try:
            if base is not None:
                _link_segments(base, unfinished)
            _write_edition(unfinished, edition, fill(unfinished))
            for path in (*unfinished.iterdir(), unfinished):
                _to_disk(path)
            unfinished.rename(generation)
            _point_to(folder, generation.name)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            if not _is_current(folder, generation):
                shutil.rmtree(generation, ignore_errors=True)
            raise
        for old in _generations(folder)[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)
    return generation


def generation_of(folder: Path) -> str:
    """The name of a generation, also while its folder is unfinished."""
    return next((part for part in folder.name.split("-") if part.startswith("g")), folder.name)


def _is_current(folder: Path, generation: Path) -> bool:
    try:
        return current(folder) == generation
    except IndexUnavailable:
        return False


def _generations(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("g*") if path.name[1:].isdecimal())


def _clear_leftovers(folder: Path) -> None:
    """Half-made generations of a build that was killed; nobody reads them."""
    for path in folder.glob("unfinished-*"):
        shutil.rmtree(path, ignore_errors=True)


def _link_segments(base: Path, into: Path) -> None:
    for path in base.iterdir():
        if path.name != _EDITION and not path.name.endswith("LOCK"):
            os.link(path, into / path.name)


def _point_to(folder: Path, name: str) -> None:
    new = folder / f".{_POINTER}"
    new.write_text(json.dumps({"generation": name}))
    _to_disk(new)
    new.replace(folder / _POINTER)
    _to_disk(folder)


def _to_disk(path: Path) -> None:
    """Wait until a file or folder would outlive a power failure."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
