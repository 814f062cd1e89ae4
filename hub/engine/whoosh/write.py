"""Documents -> a generation: Whoosh segments, and the columns derived from them.

In a large build several processes analyse documents and derive columns, while this one writes segments. A segment holds
at most SEGMENT documents, so memory does not grow with the collection.

An update adds a segment. Segments are merged, from the smallest on, while the next is at most twice as large as those
before it together and the new one holds at most SEGMENT documents; they are rewritten when half of their documents are
deleted. So beside full ones their number grows with the logarithm of the collection. What takes but a moment is merged
with the update, the rest after it.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
from whoosh import index
from whoosh.reading import SegmentReader
from whoosh.writing import NO_MERGE

from hub.engine import Document
from hub.engine.whoosh import codec, derive, store
from hub.engine.whoosh.catalogue import CATALOGUE, FILE, Catalogue, compile_catalogue
from hub.engine.whoosh.columnfile import ColumnFile, Damaged
from hub.engine.whoosh.dense import Dense
from hub.engine.whoosh.schema import schema, to_fields
from hub.engine.whoosh.segment import Segment
from hub.errors import HubError, IndexUnavailable
from hub.lexicon import Lexicon, Phrasebook, phrasebook_of

SEGMENT = 25_000
SOON = 500  # documents that are merged in the same step as an update
BATCH = 50  # documents handed to a process at a time
AHEAD = 8  # batches on their way
ALONE = 1_000  # fewer documents are analysed here: starting processes would take longer
ALONE_DENSE = 50  # the same where a model reads them, which takes a hundred times as long


def build(documents: Iterable[Document], lexicon: Lexicon, dense: Dense | None, folder: Path) -> int:
    """Write a generation of exactly these documents into an empty folder. How many they are."""
    index.create_in(str(folder), schema())
    rest = iter(documents)
    alone = ALONE if dense is None else ALONE_DENSE
    first = list(islice(rest, alone))
    try:
        with ExitStack() as stack:
            pool = _pool(stack, lexicon, dense) if len(first) == alone else None
            _write_segments(_analysed(chain(first, rest), lexicon, dense, pool), folder, pool)
    except BrokenProcessPool:
        message = "A process that analysed records was killed, perhaps for want of memory. Run it again: indexer build"
        raise IndexUnavailable(message) from None
    return settle(folder)


def _write_segments(documents: Iterator[dict[str, Any]], folder: Path, pool: ProcessPoolExecutor | None) -> None:
    """Write segment after segment; the columns of each are derived elsewhere, if there is a pool, or afterwards."""
    derived: dict[str, Future[None]] = {}
    while _write_segment(documents, folder):
        if pool is not None:
            with _segments(folder) as segments:
                names = [name for _, name, _ in segments]
            derived |= {name: pool.submit(_derive, folder, name) for name in names if name not in derived}
    for future in derived.values():
        future.result()


def _write_segment(documents: Iterator[dict[str, Any]], folder: Path) -> bool:
    """Write a segment of the next documents; whether there may be more of them."""
    with _changing(folder) as writer:
        for values in islice(documents, SEGMENT):
            writer.add_document(**values)
        full: bool = writer.doc_count() == SEGMENT
        writer.commit(mergetype=NO_MERGE)
    return full


def change(
    changed: Iterable[Document], removed: Iterable[str], lexicon: Lexicon, dense: Dense | None, folder: Path
) -> int:
    """Change a generation: take in new and changed documents, take out removed ones. How many it holds then."""
    phrasebook = phrasebook_of(lexicon)
    with _changing(folder) as writer:
        for record_id in removed:
            with _whoosh():
                writer.delete_by_term("id", record_id)
        for document in changed:
            values = to_fields(document, phrasebook, dense)
            with _whoosh():
                writer.update_document(**values)
        with _whoosh():
            writer.commit(mergetype=_soon)
    return settle(folder)


@contextmanager
def _changing(folder: Path) -> Iterator[Any]:
    """A Whoosh writer that lets go of everything where something fails."""
    with _whoosh():
        writer = codec.writer(index.open_dir(str(folder)))
    try:
        yield writer
    except BaseException:
        writer.cancel()
        raise


# -- several processes


def _pool(stack: ExitStack, lexicon: Lexicon, dense: Dense | None) -> ProcessPoolExecutor | None:
    """Processes that analyse documents and derive columns; none where there is one processor only."""
    processes = os.cpu_count() or 1
    if processes == 1:
        return None
    context = multiprocessing.get_context("spawn")
    pool = stack.enter_context(ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(lexicon, dense)))
    stack.callback(pool.shutdown, cancel_futures=True)
    return pool


def _begin(lexicon: Lexicon, dense: Dense | None) -> None:
    """In a new process: what every batch needs."""
    global _phrasebook, _dense  # a process of a pool is given them once, not with every batch
    _phrasebook, _dense = Phrasebook(lexicon), dense
    _end_with_parent()


_phrasebook = Phrasebook(Lexicon())
_dense: Dense | None = None


def _end_with_parent() -> None:
    """A build that is killed must not leave processes behind."""

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _analysed(
    documents: Iterable[Document], lexicon: Lexicon, dense: Dense | None, pool: ProcessPoolExecutor | None
) -> Iterator[dict[str, Any]]:
    """Documents as Whoosh takes them, in order; a few batches are on their way at a time, so memory stays small."""
    if pool is None:
        phrasebook = phrasebook_of(lexicon)
        yield from (to_fields(document, phrasebook, dense) for document in documents)
        return
    rest = iter(documents)
    waiting: deque[Future[list[dict[str, Any]]]] = deque()
    while batch := list(islice(rest, BATCH)):
        waiting.append(pool.submit(_analyse, batch))
        if len(waiting) > AHEAD:
            yield from waiting.popleft().result()
    while waiting:
        yield from waiting.popleft().result()


def _analyse(documents: Sequence[Document]) -> list[dict[str, Any]]:
    return [to_fields(document, _phrasebook, _dense) for document in documents]


def _derive(folder: Path, wanted: str) -> None:
    with _segments(folder) as segments:
        for reader, name, _ in segments:
            if name == wanted:
                derive.derive(reader, derive.columns_path(folder, name))


# -- columns


@contextmanager
def _whoosh() -> Iterator[None]:
    """Around calls into Whoosh that read what is on disk: whatever damage makes it stumble over, in our words."""
    try:
        yield
    except HubError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            raise
        raise IndexUnavailable(store.DAMAGED) from error


@contextmanager
def _segments(folder: Path) -> Iterator[list[tuple[Any, str, list[int]]]]:
    """The segments of a Whoosh index: reader, name, numbers of deleted documents."""
    with _whoosh(), closing(index.open_dir(str(folder)).reader()) as reader:
        leaves = [leaf for leaf, _ in reader.leaf_readers()] if reader.doc_count_all() else []
        yield [(leaf, leaf.segment().segment_id(), sorted(leaf.segment().deleted_docs())) for leaf in leaves]


def settle(folder: Path) -> int:
    """Bring the columns of a generation to the state of its segments, and say how many documents it holds.

    What is missing, cut short or of another version is derived again.
    """
    with _segments(folder) as segments:
        for reader, name, _ in segments:
            path = derive.columns_path(folder, name)
            if _opened(path, derive.COLUMNS, name) is None:
                derive.derive(reader, path)
        deleted = {name: numbers for _, name, numbers in segments}
    opened = {name: ColumnFile(derive.columns_path(folder, name), derive.COLUMNS) for name in deleted}
    means = derive.mean_lengths(
        np.delete(columns["lengths"], deleted[name], axis=0) for name, columns in opened.items()
    )
    for name, columns in opened.items():
        path = derive.weights_path(folder, name)
        weighed = _opened(path, derive.WEIGHTS, columns.identity)
        if weighed is None or tuple(weighed.meta["means"]) != means:
            derive.weigh(columns, means, path)
    return compile_catalogue(folder, [Segment(folder, name) for name in deleted], deleted)


def _opened(path: Path, kind: str, owner: str) -> ColumnFile | None:
    """A column file; None where it has to be made, as it is not there or cannot be opened."""
    try:
        return ColumnFile(path, kind, owner)
    except Damaged:
        return None


def damages(folder: Path) -> list[Damaged]:
    """What is wrong with the column files of a generation; every byte is read."""
    with _segments(folder) as segments:
        names = [name for _, name, _ in segments]
    found: list[Damaged] = []
    _checked(folder / FILE, CATALOGUE, store.generation_of(folder), found)
    for name in names:
        columns = _checked(derive.columns_path(folder, name), derive.COLUMNS, name, found)
        _checked(derive.weights_path(folder, name), derive.WEIGHTS, columns.identity if columns else None, found)
    return found


def _checked(path: Path, kind: str, owner: str | None, found: list[Damaged]) -> ColumnFile | None:
    """A column file, every byte of which was read; what is wrong with it is added to `found`."""
    try:
        file = ColumnFile(path, kind, owner)
        file.verify()
    except Damaged as damage:
        found.append(damage)
        return None
    return file


def mend(names: Iterable[str], folder: Path) -> int:
    """Make damaged column files of a generation again. How many documents it holds."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
    return settle(folder)


# -- merging


def to_merge(sizes: Sequence[tuple[int, int]], new: int = 0) -> list[int]:
    """Which segments to make one of, given the living and all documents of each; nothing where all is well.

    With `new` documents, those to put together with them. No more than SEGMENT documents are put together.
    """
    run: list[int] = []
    together = new
    for number in sorted(range(len(sizes)), key=lambda one: sizes[one][0]):
        if together + sizes[number][0] > SEGMENT:
            break
        if together and sizes[number][0] > 2 * together:
            if new or len(run) > 1:
                break
            run, together = [], 0  # nothing to merge with the smallest; perhaps there is among the larger ones
        run.append(number)
        together += sizes[number][0]
    worn = [number for number, (living, every) in enumerate(sizes) if 2 * living < every]
    return sorted({*(run if new or len(run) > 1 else ()), *worn})


def sizes_of(catalogue: Catalogue) -> list[tuple[int, int]]:
    """Living and all documents of each segment."""
    found, base = [], 0
    for _, size in catalogue.segments:
        found.append((int(np.count_nonzero(catalogue.live[base : base + size])), size))
        base += size
    return found


def merge(names: Iterable[str], folder: Path) -> int:
    """Make one segment of several. How many documents the generation holds."""
    wanted = set(names)
    with _changing(folder) as writer, _whoosh():
        writer.commit(mergetype=lambda _, segments: _merged(writer, segments, wanted))
    return settle(folder)


def _soon(writer: Any, segments: list[Any]) -> list[Any]:
    """Merge with the new documents what is merged in a moment; larger segments can wait."""
    chosen = to_merge([(one.doc_count(), one.doc_count_all()) for one in segments], writer.doc_count())
    few = sum(segments[number].doc_count() for number in chosen) <= SOON
    return _merged(writer, segments, {segments[number].segment_id() for number in chosen} if few else set())


def _merged(writer: Any, segments: list[Any], wanted: set[str]) -> list[Any]:
    """Take the documents of some segments into the new one; the segments that stay."""
    for segment in segments:
        if segment.segment_id() in wanted:
            with closing(SegmentReader(writer.storage, writer.schema, segment)) as reader:
                writer.add_reader(reader)
    return [segment for segment in segments if segment.segment_id() not in wanted]
