"""One engine in a process of its own: reads commands from standard input, one JSON object a line, and answers so.

    python -m benchmarks.worker ENGINE FOLDER-OF-THE-CORPUS

Only the standard library is imported here before the engine is: Xapian runs under the system's Python.
"""

from __future__ import annotations

import gc
import importlib
import json
import resource
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.engines import ENGINES
from benchmarks.measure import Clock, disk, memory
from benchmarks.peers import Plain, Query, read_queries


class Worker:
    """Carries out the commands: the methods without underscore."""

    def __init__(self, name: str, where: Path) -> None:
        self._engine, self._where = ENGINES[name], where
        self._folder = where / self._engine.index
        module = importlib.import_module(f"benchmarks.peers.{self._engine.module}")
        self._peer = getattr(module, self._engine.kind)(self._folder, **self._engine.arguments)
        self._queries: dict[str, list[Query]] = {}

    def hello(self) -> dict[str, Any]:
        """What this is."""
        return {"version": self._peer.version()}

    def build(self) -> dict[str, Any]:
        """Make the index anew; the documents lie ready in memory, and neither their making nor their memory counts."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        documents = list(self._documents())
        if self._engine.module == "ours":  # only here, or its vocabularies and words would count as memory of a search
            from benchmarks.corpus import edition  # noqa: PLC0415

            self._peer.edition = edition(self._where)
        gc.collect()
        gc.freeze()  # or Python would look through them again and again
        before, clock = memory(), Clock()
        self._peer.build(documents)
        own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return {
            "seconds": clock.wall,
            "processor": clock.processor + others.ru_utime + others.ru_stime,
            "peak": max(own.ru_maxrss / 1024 - before["own"] - before["files"], others.ru_maxrss / 1024),
            "disk": disk(self._folder),
        }

    def _documents(self) -> Iterable[Any]:
        if self._engine.module == "ours":
            from benchmarks.corpus import documents  # noqa: PLC0415

            return documents(self._where)
        return self._plains()

    def _plains(self) -> Iterator[Plain]:
        with (self._where / "plain.jsonl").open(encoding="utf-8") as lines:
            for line in lines:
                yield Plain(**json.loads(line))

    def open(self) -> dict[str, Any]:
        """Open the index and ask one question: how long each took, and the memory before and after."""
        self._queries = read_queries(self._where / "queries.json")
        gc.collect()
        found: dict[str, Any] = {"before": memory()}
        opening = Clock()
        self._peer.open()
        found |= {"ms": 1000 * opening.wall, "after": memory()}
        searching = Clock()
        self._peer.search(self._queries["and, warm-up"][0])
        return found | {"first": 1000 * searching.wall}

    def run(self, kind: str, numbers: list[int]) -> dict[str, Any]:
        """Ask some questions; milliseconds on the wall and of the processor, and the total, of each."""
        took, totals = [], []
        for number in numbers:
            query = self._queries[kind][number]
            clock = Clock()
            answer = self._peer.search(query)
            took.append((1000 * clock.wall, 1000 * clock.processor))
            totals.append(answer.total)
        return {"ms": took, "totals": totals}

    def answer(self, kind: str, number: int) -> dict[str, Any]:
        """One whole answer."""
        answer = self._peer.search(self._queries[kind][number])
        facets = {name: dict(counts) for name, counts in answer.facets.items()}
        return {"total": answer.total, "ids": answer.ids, "facets": facets, "snippets": list(map(str, answer.snippets))}

    def memory(self) -> dict[str, float]:
        """The memory of this process now."""
        gc.collect()
        return memory()

    def change(self, times: int) -> dict[str, Any]:
        """For the hub's engine: milliseconds until a search finds a changed record, and until all is done."""
        from benchmarks.corpus import documents  # noqa: PLC0415
        from benchmarks.peers.ours import Ours  # noqa: PLC0415

        copy = self._where / "ours-changed"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self._folder, copy)
        peer = Ours(copy)
        peer.open()
        pairs = [
            peer.change(document, f"zzchanged{number}")
            for number, document in zip(range(times), documents(self._where), strict=False)
        ]
        shutil.rmtree(copy)
        return {"seen": [1000 * seen for seen, _ in pairs], "done": [1000 * done for _, done in pairs]}


def main() -> None:
    """Serve until standard input ends."""
    answers = sys.stdout
    sys.stdout = sys.stderr
    worker = Worker(sys.argv[1], Path(sys.argv[2]))
    for line in sys.stdin:
        command = json.loads(line)
        method: Callable[..., dict[str, Any]] = getattr(worker, command.pop("do"))
        print(json.dumps(method(**command)), file=answers, flush=True)


if __name__ == "__main__":
    main()
