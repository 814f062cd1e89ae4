"""How long it takes to send all records of a large collection in each format, and how much memory that takes.

    python -m benchmarks.exports [records]

Each file is asked for through the whole application, in a process of its own, and thrown away as it comes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

from msgspec.structs import replace
from werkzeug.test import EnvironBuilder, run_wsgi_app

from benchmarks.measure import Clock, memory
from hub.app import create_app
from hub.config import ROOT, load_config
from hub.corpus import Corpus
from hub.engine import Every
from hub.engine.whoosh.engine import WhooshEngine
from hub.query import SearchRequest
from hub.record import Record
from hub.web.exports import FORMATS, MARKDOWN
from indexer.build import build


class Long(WhooshEngine):
    """The engine of the real corpus, whose records come again and again until there are `size`."""

    size = 100_000

    def every(self, request: SearchRequest, after: str | None = None) -> Every:
        """As many records as are wanted, each read from the index."""
        found = super().every(request, after)

        def again() -> Iterator[Record]:
            number = 0
            while number < self.size and found.total:
                for record in super(Long, self).every(request, after).records:
                    yield replace(record, id=f"{record.id}-{number}")
                    number += 1
                    if number == self.size:
                        return

        return Every(self.size, again(), found.revision)


def ask(folder: str, size: int, kind: str) -> tuple[float, float, float, float, int]:
    """Seconds to the first bytes and to the last, of the processor too; MB of memory that came to it; bytes."""
    Long.size = size
    app = create_app(load_config({}), Long(Path(folder)))
    for _ in run_wsgi_app(app.wsgi_app, EnvironBuilder(f"/search.{kind}?q=wetland").get_environ())[0]:
        break
    before, clock = memory()["own"], Clock()
    chunks, _, _ = run_wsgi_app(app.wsgi_app, EnvironBuilder(f"/search.{kind}").get_environ())
    sent, first, most = 0, 0.0, before
    for number, chunk in enumerate(chunks):
        first = first or clock.wall
        sent += len(chunk)
        if number % 50 == 0:
            most = max(most, memory()["own"])
    return first, clock.wall, clock.processor, most - before, sent


def main() -> None:
    """Make, measure, print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else Long.size
    print(f"{size:,} records\n{'':9} {'first s':>8} {'all s':>8} {'of CPU':>8} {'more MB':>8} {'MB':>8}")
    with tempfile.TemporaryDirectory(prefix="exports-") as folder:
        build(Corpus(ROOT / "corpus"), WhooshEngine(Path(folder)))
        for kind in (*FORMATS, MARKDOWN):
            with get_context("spawn").Pool(1) as pool:
                first, wall, processor, more, sent = pool.apply(ask, (folder, size, kind))
            print(f"{kind:9} {first:8.3f} {wall:8.1f} {processor:8.1f} {more:8.1f} {sent / 1e6:8.1f}", flush=True)


if __name__ == "__main__":
    main()
