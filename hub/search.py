"""Search as every page, the API and the command line use it: check the request, ask the engine, label the facets."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import NamedTuple

from hub.engine import Engine, Every
from hub.errors import InvalidRequest, NotFound
from hub.query import (
    FACETS,
    MAX_PAGE,
    MAX_PER_PAGE,
    PER_PAGE,
    SORTS,
    VOCABULARY_OF,
    Correction,
    Facet,
    FacetCounts,
    FacetOption,
    FacetValue,
    Kind,
    Results,
    SearchPage,
    SearchRequest,
    filters_of,
    parse_query,
    respelt,
    within_limit,
)
from hub.vocabulary import NOT_STATED, Concept, Labels, Vocabularies, Vocabulary, label_in

PARAMETERS = ("q", *FACETS, "sort", "page", "per_page", "verbatim", "explain")

YEAR_LABEL: Labels = {"en": "Year of start", "fr": "Année de début", "es": "Año de inicio"}
NOT_STATED_LABEL: Labels = {"en": "Not stated", "fr": "Non précisé", "es": "No indicado"}

_YEARS = re.compile(r"([0-9]{4})?-([0-9]{4})?|[0-9]{4}")
MAX_CORRECTED = 5  # words of a query
FEW = 2  # records: a word that no more have may be a slip of the pen
MAX_VALUES = 50  # of all facets together


class _Node(NamedTuple):
    """A concept labelled in one language, with those below it: what stays the same from search to search."""

    notation: str
    label: str
    order: str
    children: tuple[_Node, ...]


class _Tree(NamedTuple):
    """The labelled concepts of a facet: those at the top and, where none has any below it, all by notation."""

    tops: tuple[_Node, ...]
    flat: Mapping[str, _Node] | None


class SearchService:
    """Answers search requests over one engine."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._labelled: tuple[Vocabularies, dict[tuple[str, str], _Tree]] = ({}, {})

    def vocabularies(self) -> Vocabularies:
        """The vocabularies of the indexed corpus."""
        return self.engine.edition().vocabularies

    def request(self, parameters: Mapping[str, Sequence[str]], language: str) -> SearchRequest:
        """A checked request from URL parameters (name -> values); unknown names are left alone.

        Raises InvalidRequest in the reader's terms where a value cannot be used.
        """
        q = within_limit(" ".join(single(parameters, "q", "").split()))
        given = {name: [value.strip() for value in parameters.get(name, ()) if value.strip()] for name in FACETS}
        if sum(map(len, given.values())) > MAX_VALUES:
            raise InvalidRequest("filters", f"At most {MAX_VALUES} filters can be combined.")
        values = {name: tuple(self.value(name, value) for value in found) for name, found in given.items()}
        return SearchRequest(
            q=q,
            filters=filters_of(values),
            facets=FACETS,
            sort=_choice("sort", single(parameters, "sort", "relevance" if q else "newest"), SORTS),
            page=_whole("page", single(parameters, "page", "1"), MAX_PAGE),
            per_page=_whole("per_page", single(parameters, "per_page", str(PER_PAGE)), MAX_PER_PAGE),
            language=language,
            verbatim=_flag("verbatim", single(parameters, "verbatim", "0")),
            explain=_flag("explain", single(parameters, "explain", "0")),
        )

    def search(self, request: SearchRequest) -> SearchPage:
        """The answer to a request. NotFound where it asks for a page after the last."""
        results, corrected = self._corrected(request, self.engine.search(request))
        pages = min(-(-results.total // request.per_page), MAX_PAGE) if request.per_page else 0
        if request.page > max(pages, 1):
            raise NotFound(f"There is no page {request.page} of these results; the last is page {max(pages, 1)}.")
        chosen, vocabularies = dict(request.filters), self.vocabularies()
        facets = tuple(
            self._facet(name, counts, chosen.get(name, ()), vocabularies, request.language)
            for name, counts in results.facets.items()
        )
        return SearchPage(request, results, facets, pages, corrected, self._offered(request, results))

    def every(self, request: SearchRequest, after: str | None = None) -> Every:
        """All records that `search` finds for a request, on whatever page; see `Engine.every`."""
        _, corrected = self._corrected(request, self.engine.search(replace(request, per_page=0, facets=())))
        return self.engine.every(replace(request, q=reduce(respelt, corrected, request.q)), after)

    def _corrected(self, request: SearchRequest, results: Results) -> tuple[Results, tuple[Correction, ...]]:
        """What is found with words that no record has replaced by what was surely meant."""
        if request.verbatim:
            return results, ()
        unknown = [text for text, count in _words(request, results) if not count][:MAX_CORRECTED]
        near = {text: self.engine.spellings(text, request.language)[:1] for text in unknown}
        meant = tuple(Correction(text, one.text) for text, found in near.items() for one in found if one.sure)
        if not meant:
            return results, ()
        better = self._respelt(request, meant)
        known = {text for text, count in better.words if count}
        kept = tuple(one for one in meant if known.issuperset(one.meant.split()))
        if kept and kept != meant:
            better = self._respelt(request, kept)
        return (better, kept) if kept else (results, ())

    def _respelt(self, request: SearchRequest, corrections: Iterable[Correction]) -> Results:
        return self.engine.search(replace(request, q=reduce(respelt, corrections, request.q)))

    def _offered(self, request: SearchRequest, results: Results) -> tuple[Correction, ...]:
        """What was perhaps meant by words that no or few records have, where that finds more."""
        if request.verbatim:
            return ()
        few = FEW if results.total <= FEW else 0
        rare = [text for text, count in _words(request, results) if count <= few][:MAX_CORRECTED]
        near = [
            Correction(text, one.text) for text in rare for one in self.engine.spellings(text, request.language)[:1]
        ]
        return tuple(one for one in near if self._finds_more(request, one, results))

    def _finds_more(self, request: SearchRequest, one: Correction, results: Results) -> bool:
        """Whether more records have a word put right: another form of the same word does not help."""
        corrected = replace(request, q=respelt(request.q, one), per_page=0, facets=())
        having = dict(self.engine.search(corrected).words)
        return having.get(one.meant.split()[0], 0) > max(dict(results.words).get(one.typed, 0), FEW)

    def value(self, name: str, value: str) -> str:
        """The canonical form of one value of a facet: `GBF-TARGET-08` and `08` are `8`, `ken` is `KEN`.

        Raises InvalidRequest, with values that were perhaps meant, where there is none.
        """
        if value == NOT_STATED:
            return value
        if name == "year":
            return _years(value)
        vocabulary = self.vocabularies()[VOCABULARY_OF[name]]
        for candidate in (value, value.lstrip("0")):
            if candidate in vocabulary:
                return vocabulary.get(candidate).notation
        raise InvalidRequest(name, f"There is no {name} {value!r}.", value, _near(value, vocabulary))

    def _facet(
        self, name: str, counts: FacetCounts, chosen: tuple[str, ...], vocabularies: Vocabularies, language: str
    ) -> Facet:
        missing = FacetValue(NOT_STATED, label_in(NOT_STATED_LABEL, language), counts.not_stated, NOT_STATED in chosen)
        if name == "year":
            years = sorted(set(counts.values) | {value for value in chosen if value.isdecimal()})
            options = tuple(FacetOption(year, year, counts.values.get(year, 0), year in chosen) for year in years)
            return Facet(name, label_in(YEAR_LABEL, language), options, missing)
        tree = self._tree(vocabularies, name, language)
        if tree.flat is None:
            options = _options(tree.tops, counts.values, chosen)
        else:
            options = _most_first(tree.flat, counts.values, chosen)
        return Facet(name, label_in(vocabularies[VOCABULARY_OF[name]].label, language), options, missing)

    def _tree(self, vocabularies: Vocabularies, name: str, language: str) -> _Tree:
        """The labelled concepts of a facet, made once per vocabularies."""
        kept, made = self._labelled
        if kept is not vocabularies:
            made = {}
            self._labelled = (vocabularies, made)
        if (name, language) not in made:
            made[name, language] = _tree(vocabularies[VOCABULARY_OF[name]], language)
        return made[name, language]


def _words(request: SearchRequest, results: Results) -> list[tuple[str, int]]:
    """The single words of a query with how many records have each; phrases and beginnings of words are left alone."""
    words = {clause.text for clause in parse_query(request.q) if clause.kind is Kind.WORD and clause.text.isalpha()}
    return [(text, count) for text, count in results.words if text in words]


def _tree(vocabulary: Vocabulary, language: str) -> _Tree:
    """The concepts at the top of a vocabulary with those below them, in their given order."""

    def node(concept: Concept) -> _Node:
        below = tuple(map(node, vocabulary.narrower(concept.id)))
        label = concept.label(language)
        return _Node(concept.notation, label, label.casefold(), below)

    tops = [concept for concept in vocabulary if not any(parent in vocabulary for parent in concept.broader)]
    nodes = tuple(map(node, tops))
    nested = any(top.children for top in nodes)
    return _Tree(nodes, None if nested else {top.notation: top for top in nodes})


def _most_first(
    nodes: Mapping[str, _Node], counts: Mapping[str, int], chosen: tuple[str, ...]
) -> tuple[FacetOption, ...]:
    """The options with records or chosen, those with the most records first."""
    every = {**dict.fromkeys(chosen, 0), **counts} if chosen else counts
    found = [(-count, nodes[value].order, value) for value, count in every.items() if value in nodes]
    found.sort()
    return tuple([FacetOption(value, nodes[value].label, -count, value in chosen) for count, _, value in found])


def _options(nodes: tuple[_Node, ...], counts: Mapping[str, int], chosen: tuple[str, ...]) -> tuple[FacetOption, ...]:
    """The options with records or chosen, nested as the vocabulary is."""
    found = []
    for node in nodes:
        count, selected = counts.get(node.notation, 0), node.notation in chosen
        children = _options(node.children, counts, chosen) if node.children else ()
        if children or count or selected:
            found.append(FacetOption(node.notation, node.label, count, selected, children))
    return tuple(found)


def single(parameters: Mapping[str, Sequence[str]], name: str, default: str = "") -> str:
    """The value of a parameter that can have only one: the last given that is not empty."""
    values = [value.strip() for value in parameters.get(name, ()) if value.strip()]
    return values[-1] if values else default


def _choice(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidRequest(name, f"{name} must be one of {', '.join(allowed)}, not {value!r}.", value, allowed)
    return value


def _flag(name: str, value: str) -> bool:
    return _choice(name, value, ("0", "1")) == "1"


def _whole(name: str, value: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= most:
        raise InvalidRequest(name, f"{name} must be a whole number from 1 to {most:,}, not {value!r}.", value)
    return int(value)


def _years(value: str) -> str:
    if not _YEARS.fullmatch(value) or value == "-":
        raise InvalidRequest("year", f"year must be like 2014, 2010-2020, 2010- or -2020, not {value!r}.", value)
    low, dash, high = value.partition("-")
    if low and high and low > high:
        raise InvalidRequest("year", f"{low} is later than {high}; write {high}-{low}.", value)
    return low if low == high and dash else value


def _near(value: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Up to five values the reader may have meant, by notation or by name."""
    names = {concept.notation.casefold(): concept.notation for concept in vocabulary}
    names |= {label.casefold(): c.notation for c in vocabulary for label in c.pref_label.values()}
    if value.casefold() in names:
        return (names[value.casefold()],)
    close = difflib.get_close_matches(value.casefold(), names, n=5, cutoff=0.6)
    return tuple(dict.fromkeys(names[name] for name in close))
