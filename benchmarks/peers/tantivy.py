"""Tantivy, a search library in Rust, through its Python package."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

import tantivy
from tantivy import Occur

from benchmarks.peers import FACETS, TOP, WEIGHTS, WIDTH, Answer, Plain, Query

_FIELDS = list(WEIGHTS)
_COUNTS = {name: {"terms": {"field": name, "size": 65_000}} for name in FACETS}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in WEIGHTS:
        builder.add_text_field(name, stored=name != "keywords", tokenizer_name="en_stem")
    for name in FACETS:
        builder.add_text_field(name, stored=name == "language", fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


class Tantivy:
    """An index folder of tantivy's; `plain_snippets` to show passages with module `passages`, not its own code."""

    def __init__(self, folder: Path, plain_snippets: bool = False) -> None:
        self._folder = folder
        self._plain_snippets = plain_snippets

    def version(self) -> str:
        """What is measured, in words."""
        return f"tantivy-py {metadata.version('tantivy')}"

    def build(self, documents: Iterable[Plain]) -> None:
        """Make the index of these documents: one thread and much memory, so that it becomes one segment."""
        writer = tantivy.Index(_schema(), path=str(self._folder)).writer(2_000_000_000, num_threads=1)
        for document in documents:
            texts = {name: getattr(document, name) for name in WEIGHTS}
            writer.add_document(tantivy.Document(id=document.id, **texts, **document.facets))
        writer.commit()
        writer.wait_merging_threads()

    def open(self) -> None:
        """Open the index for searching."""
        self._index = tantivy.Index.open(str(self._folder))
        self._index.reload()
        self._searcher = self._index.searcher()
        if self._plain_snippets:
            from benchmarks.peers.passages import shower  # noqa: PLC0415

            self._shower = shower

    def search(self, query: Query) -> Answer:
        """The complete answer to one question."""
        wanted = self._wanted(query)
        found = self._searcher.search(wanted, limit=TOP, count=True)
        documents = [self._searcher.doc(address) for _, address in found.hits]
        counts = self._searcher.aggregate(wanted, _COUNTS)
        facets = {name: {b["key"]: b["doc_count"] for b in counts[name]["buckets"]} for name in FACETS}
        return Answer(found.count, [d["id"][0] for d in documents], facets, self._shown(query, wanted, documents))

    def _wanted(self, query: Query) -> tantivy.Query:
        schema = self._index.schema
        parts = []
        if query.words:
            text = f'"{query.text.strip(chr(34))}"' if query.phrase else " ".join(query.words)
            parsed = self._index.parse_query(text, _FIELDS, WEIGHTS, conjunction_by_default=not query.any)
            parts.append((Occur.Must, parsed))
        if query.prefix:
            # The same as regex_query("prefix.*"), found in a tenth of the time.
            begun = [
                (Occur.Should, tantivy.Query.fuzzy_term_query(schema, name, query.prefix, distance=0, prefix=True))
                for name in _FIELDS
            ]
            parts.append((Occur.Must, tantivy.Query.boolean_query(begun)))
        for name, value in query.filters.items():
            only = tantivy.Query.term_query(schema, name, value, index_option="basic")
            parts.append((Occur.Must, tantivy.Query.const_score_query(only, 0.0)))
        return parts[0][1] if len(parts) == 1 else tantivy.Query.boolean_query(parts)

    def _shown(self, query: Query, wanted: tantivy.Query, documents: list[tantivy.Document]) -> list[str]:
        if not query.text:
            return [document["abstract"][0] for document in documents]
        if self._plain_snippets:
            show = self._shower(query)
            return [show(d["language"][0], d["abstract"][0], (d["body"] or [""])[0]) for d in documents]
        generator = tantivy.SnippetGenerator.create(self._searcher, wanted, self._index.schema, "body")
        generator.set_max_num_chars(WIDTH)
        shown = (generator.snippet_from_doc(document).to_html() for document in documents)
        return [text or document["abstract"][0] for text, document in zip(shown, documents, strict=True)]
