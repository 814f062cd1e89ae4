"""Whoosh used as its documentation shows: its analyzer, its parser, its grouping, its highlighter."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from whoosh import highlight, index, qparser, query, sorting
from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, KEYWORD, TEXT, Schema

from benchmarks.peers import FACETS, TOP, WEIGHTS, WIDTH, Answer, Plain, Query


def _schema() -> Schema:
    texts = {name: TEXT(analyzer=StemmingAnalyzer(), stored=True) for name in WEIGHTS}
    facets = {name: KEYWORD(commas=True) for name in FACETS}
    return Schema(id=ID(stored=True, unique=True), **texts, **facets)


class Whoosh:
    """An index folder of Whoosh's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def version(self) -> str:
        """What is measured, in words."""
        return f"Whoosh {metadata.version('Whoosh')} as its documentation shows"

    def build(self, documents: Iterable[Plain]) -> None:
        """Make the index of these documents."""
        writer = index.create_in(str(self._folder), _schema()).writer(limitmb=512)
        for document in documents:
            texts = {name: getattr(document, name) for name in WEIGHTS}
            facets = {name: ",".join(values) for name, values in document.facets.items()}
            writer.add_document(id=document.id, **texts, **facets)
        writer.commit()

    def open(self) -> None:
        """Open the index for searching."""
        opened = index.open_dir(str(self._folder))
        self._searcher = opened.searcher()
        self._parsers = {
            some: qparser.MultifieldParser(
                list(WEIGHTS), opened.schema, fieldboosts=WEIGHTS, group=qparser.OrGroup if some else qparser.AndGroup
            )
            for some in (True, False)
        }

    def search(self, asked: Query) -> Answer:
        """The complete answer to one question."""
        wanted = self._parsers[asked.any].parse(asked.text) if asked.text else query.Every()
        chosen = query.And([query.Term(name, value) for name, value in asked.filters.items()])
        groups = {name: sorting.FieldFacet(name, allow_overlap=True, maptype=sorting.Count) for name in FACETS}
        found = self._searcher.search(wanted, limit=TOP, filter=chosen if asked.filters else None, groupedby=groups)
        found.fragmenter = highlight.ContextFragmenter(maxchars=WIDTH)
        hits = [found[place] for place in range(min(TOP, found.scored_length()))]  # grouping keeps more than the limit
        shown = [(asked.text and hit.highlights("body", top=1)) or hit["abstract"] for hit in hits]
        counts = {name: found.groups(name) for name in FACETS}
        for found_values in counts.values():
            found_values.pop(None, None)  # documents without a value
        return Answer(len(found), [hit["id"] for hit in hits], counts, shown)
