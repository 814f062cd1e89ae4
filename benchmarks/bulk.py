"""How long the file that holds everything takes, and how much memory, whatever the number of records.

    python -m benchmarks.bulk 10000

The index is made first, in a process of its own, and kept below instance/bench. Memory is what this process alone has
(RssAnon): before the first record, after a tenth of them, and at most.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks import corpus
from benchmarks.measure import Clock, memory
from hub.config import load_config
from hub.engine.whoosh.engine import WhooshEngine
from hub.record import Record
from indexer.bulk import make_bulk

_STEP = 500  # records from one look at the memory to the next


class Watched:
    """Looks at the memory while records go by."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def __call__(self, records: Iterable[Record], _: int) -> Iterator[Record]:
        """The records, one by one."""
        for number, record in enumerate(records):
            if number % _STEP == 0:
                self.seen.append(memory()["own"])
            yield record
        self.seen.append(memory()["own"])


def prepare(where: Path) -> None:
    """Make the index of a corpus unless it is there."""
    done, state = where / "bulk" / "state.json", json.loads((where / "about.json").read_text())["state"]
    if not done.exists() or json.loads(done.read_text()) != state:
        WhooshEngine(where / "bulk" / "index").build(corpus.documents(where), corpus.edition(where))
        done.write_text(json.dumps(state))


def main() -> None:
    """Make, measure, print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    where = corpus.ensure(size)
    making = multiprocessing.get_context("spawn").Process(target=prepare, args=(where,))
    making.start()
    making.join()
    engine, watched = WhooshEngine(where / "bulk" / "index"), Watched()
    engine.info()
    clock = Clock()
    file = make_bulk(engine, load_config({"HUB_INSTANCE": str(where / "bulk")}), watched)
    first, tenth, most = watched.seen[0], watched.seen[len(watched.seen) // 10], max(watched.seen)
    print(f"{file.records:,} records, {file.bytes / 1e6:.1f} MB packed")
    print(f"{clock.wall:.1f} s, {clock.processor:.1f} s of the processor")
    print(f"memory {first:.0f} MB before, {tenth:.0f} MB after a tenth, {most:.0f} MB at most")


if __name__ == "__main__":
    main()
