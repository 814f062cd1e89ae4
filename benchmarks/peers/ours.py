"""The hub's own engine, asked as the hub asks it, without the answers that the web application keeps."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from msgspec import structs

from benchmarks.measure import Clock
from benchmarks.peers import FACETS, Answer, Query
from hub.engine import Document, Edition
from hub.engine.whoosh.engine import WhooshEngine
from hub.query import SearchRequest


class Ours:
    """The engine over a folder of its own; building needs `edition` to be set.

    `wide` asks as readers do: in other words and languages too. Otherwise it looks for what the others look for.
    """

    def __init__(self, folder: Path, wide: bool = False) -> None:
        self.edition: Edition | None = None
        self._engine = WhooshEngine(folder / "index")
        self._wide = wide

    def version(self) -> str:
        """What is measured, in words."""
        return f"the hub {metadata.version('knowledge-hub')}"

    def build(self, documents: Iterable[Document]) -> None:
        """Make the index of these documents."""
        assert self.edition is not None
        self._engine.build(documents, self.edition)

    def open(self) -> None:
        """Open the index, as the first search would."""
        self._engine.info()

    def search(self, query: Query) -> Answer:
        """The complete answer to one question."""
        filters = tuple((name, (query.filters[name],)) for name in FACETS if name in query.filters)
        request = SearchRequest(q=query.text, filters=filters, facets=FACETS, verbatim=not self._wide)
        found = self._engine.search(request, least=1 if query.any else None)
        counts = {name: facet.values for name, facet in found.facets.items()}
        return Answer(found.total, [hit.record.id for hit in found.hits], counts, [hit.snippet for hit in found.hits])

    def change(self, document: Document, word: str) -> tuple[float, float]:
        """Bring one changed document in: seconds until a search finds its new word, and until all is done."""
        record = structs.replace(document.record, abstract=f"{document.record.abstract} {word}")
        changed = replace(document, record=record, fingerprint=word)
        asked = SearchRequest(q=word, facets=FACETS)
        since = self._engine.info().generation
        updating = threading.Thread(target=self._engine.update, args=([changed], [], self._engine.edition(), since))
        clock = Clock()
        updating.start()
        while updating.is_alive() and not self._engine.search(asked).total:
            time.sleep(0.005)
        assert self._engine.search(asked).total == 1
        seen = clock.wall
        updating.join()
        return seen, clock.wall
