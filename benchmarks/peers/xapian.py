"""Xapian, a search library in C++, through the Python package of the operating system."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import xapian

from benchmarks.peers import FACETS, TOP, WIDTH, Answer, Plain, Query

_WEIGHTS = {"title": 3, "abstract": 2, "body": 1, "keywords": 1}  # whole numbers only
_PARSING = xapian.QueryParser.FLAG_PHRASE | xapian.QueryParser.FLAG_WILDCARD
_SHOWING = 0  # no more care than needed: twice as fast as by default


def _term(facet: str, value: str) -> str:
    return f"X{facet.upper()}:{value}"


class Xapian:
    """A database folder of Xapian's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def version(self) -> str:
        """What is measured, in words."""
        return f"Xapian {xapian.version_string()}"

    def build(self, documents: Iterable[Plain]) -> None:
        """Make the database of these documents, compacted."""
        loose = str(self._folder / "loose")
        database = xapian.WritableDatabase(loose, xapian.DB_CREATE_OR_OVERWRITE)
        generator = xapian.TermGenerator()
        generator.set_stemmer(xapian.Stem("en"))
        for document in documents:
            made = xapian.Document()
            generator.set_document(made)
            for name, weight in _WEIGHTS.items():
                generator.index_text(getattr(document, name), weight)
                generator.increase_termpos()
            for slot, name in enumerate(FACETS):
                values = document.facets.get(name, [])
                made.add_value(slot, ",".join(values))
                for value in values:
                    made.add_boolean_term(_term(name, value))
            made.set_data(json.dumps([document.id, document.abstract, document.body]))
            database.add_document(made)
        database.commit()
        database.close()
        xapian.Database(loose).compact(str(self._folder / "database"))
        shutil.rmtree(loose)

    def open(self) -> None:
        """Open the database for searching."""
        self._database = xapian.Database(str(self._folder / "database"))
        self._size = self._database.get_doccount()
        self._stem = xapian.Stem("en")
        self._parser = xapian.QueryParser()
        self._parser.set_stemmer(self._stem)
        self._parser.set_database(self._database)

    def search(self, query: Query) -> Answer:
        """The complete answer to one question."""
        enquire = xapian.Enquire(self._database)
        enquire.set_query(self._wanted(query))
        if not query.text:
            enquire.set_weighting_scheme(xapian.BoolWeight())
        spies = [xapian.ValueCountMatchSpy(slot) for slot in range(len(FACETS))]
        for spy in spies:
            enquire.add_matchspy(spy)
        found = enquire.get_mset(0, TOP, self._size)
        stored = [json.loads(match.document.get_data()) for match in found]
        shown = [self._shown(query, found, abstract, body) for _, abstract, body in stored]
        facets = {name: _counts(spy) for name, spy in zip(FACETS, spies, strict=True)}
        return Answer(found.get_matches_estimated(), [each[0] for each in stored], facets, shown)

    def _wanted(self, query: Query) -> xapian.Query:
        self._parser.set_default_op(xapian.Query.OP_OR if query.any else xapian.Query.OP_AND)
        chosen = [xapian.Query(_term(name, value)) for name, value in query.filters.items()]
        only = xapian.Query(xapian.Query.OP_AND, chosen)
        if not query.text:
            return only
        wanted = self._parser.parse_query(query.text, _PARSING)
        return xapian.Query(xapian.Query.OP_FILTER, wanted, only) if chosen else wanted

    def _shown(self, query: Query, found: xapian.MSet, abstract: str, body: str) -> str:
        if not query.text:
            return abstract
        return found.snippet(f"{abstract}\n{body}", WIDTH, self._stem, _SHOWING, "<b>", "</b>", "…").decode()


def _counts(spy: xapian.ValueCountMatchSpy) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for item in spy.values():
        for value in item.term.decode().split(","):
            counts[value] += item.termfreq
    counts.pop("", None)
    return counts
