"""Index -> one file with everything that is published, for others to download (hub.bulk says where and how named)."""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock

from hub.bulk import MANIFEST, NAME, SUM, BulkFile, Manifest, checksum_line, read_manifest
from hub.config import Config
from hub.corpus import replace_file
from hub.engine import Engine, Every, IndexInfo
from hub.errors import Conflict
from hub.query import SearchRequest
from hub.record import Record
from hub.serialize.bulk_json import addresses, dataset_json, lines
from hub.vocabulary import Vocabularies

Progress = Callable[[Iterable[Record], int], Iterable[Record]]

KEPT = 3  # files at most: whoever is still downloading the one before can end
_LEVEL = 6  # of gzip: 9 takes two fifths more time and saves one part in a hundred
_TRIES = 5


@dataclass(frozen=True)
class _State:
    """One state of the index, and what a file of it says of itself."""

    info: IndexInfo
    vocabularies: Vocabularies
    every: Every
    dataset: dict[str, Any]
    gone: tuple[str, ...]


def is_current(engine: Engine, config: Config) -> bool:
    """Whether the latest file is of the index in force and of these settings. IndexUnavailable without an index."""
    info, manifest = engine.info(), read_manifest(config.bulk)
    if manifest is None or manifest.generation != info.generation:
        return False
    dataset = dataset_json(config, info, engine.edition().vocabularies)
    return manifest.dataset == dataset and _is_there(config.bulk, manifest.latest)


def make_bulk(engine: Engine, config: Config, progress: Progress | None = None) -> BulkFile:
    """Write the file of the index in force, and make it the latest once it is whole.

    Whatever fails or is killed, the one before stays. Waits where another process is writing one. Raises OSError
    where the folder cannot be written, IndexUnavailable where there is no index.
    """
    folder = config.bulk
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        for path in folder.glob(".*.tmp"):  # what was left by one that was killed
            path.unlink()
        state = _state(engine, config)
        before = read_manifest(folder)
        with _unfinished(folder) as path:
            _write(path, state, addresses(config.base_url), progress or (lambda records, _: records))
            file = _described(path, state.info)
            os.replace(path, folder / file.name)  # noqa: PTH105
        replace_file(folder / (file.name + SUM), checksum_line(file))
        manifest = Manifest(state.info.generation, state.dataset, _kept(file, state, before), state.gone)
        replace_file(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
        _clear_up(folder, manifest)
    return file


def _state(engine: Engine, config: Config) -> _State:
    """The index in force; asked again where another one came into force between two questions."""
    for _ in range(_TRIES):
        info, edition = engine.info(), engine.edition()
        every = engine.every(SearchRequest(), after="")
        if info.revision == edition.revision == every.revision and info.records == every.total:
            dataset = dataset_json(config, info, edition.vocabularies)
            return _State(info, edition.vocabularies, every, dataset, tuple(sorted(edition.withdrawn)))
    raise Conflict("The index is being changed all the time; try again later.")


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".tmp")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _write(path: Path, state: _State, address: Callable[[str, str], str], progress: Progress) -> None:
    """Write all lines, one by one; the same state gives the same bytes."""
    encode = msgspec.json.Encoder().encode
    records = progress(state.every.records, state.every.total)
    with path.open("wb") as file:
        with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as packed:
            for line in lines(state.dataset, state.vocabularies, records, address):
                packed.write(encode(line) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o644)  # the site may run as another user


def _described(path: Path, info: IndexInfo) -> BulkFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    issued = info.built[:10]
    name = f"gbf-cases-{issued}-{digest[:8]}.jsonl.gz"
    return BulkFile(name, issued, info.revision, info.records, path.stat().st_size, digest)


def _is_there(folder: Path, file: BulkFile) -> bool:
    try:
        return (folder / file.name).stat().st_size == file.bytes and (folder / (file.name + SUM)).is_file()
    except OSError:
        return False


def _kept(file: BulkFile, state: _State, before: Manifest | None) -> tuple[BulkFile, ...]:
    """The files that stay: the newest alone where a record was withdrawn, which the others would still give away."""
    if before is None or set(state.gone) - set(before.gone):
        return (file,)
    return (file, *(other for other in before.files if other.name != file.name))[:KEPT]


def _clear_up(folder: Path, manifest: Manifest) -> None:
    kept = {file.name for file in manifest.files}
    for path in folder.iterdir():
        name = path.name.removesuffix(SUM)
        if NAME.fullmatch(name) and name not in kept:
            path.unlink()
