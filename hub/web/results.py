"""What a page of results says besides the hits: filters in use, what was understood, where to go from nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from flask import request

from hub.query import (
    FACETS,
    TOGETHER,
    VOCABULARY_OF,
    FacetOption,
    Kind,
    SearchPage,
    SearchRequest,
    Understood,
    filters_of,
    parse_query,
)
from hub.vocabulary import NOT_STATED, Concept, label_in, regions_of
from hub.web import present
from hub.web.cache import AS_GET
from hub.web.hub import hub
from hub.web.language import gettext, here
from hub.web.params import query_string, without

NEAR = 3  # records offered where nothing was found
_SHOWN = 5  # values that a query was understood as, at most
_TRIED = 6  # searches for ways on from nothing, at most
_NAMED = 3  # filters that one of these ways names, at most

_PROGRAM = re.compile("bot|crawl|spider", re.IGNORECASE)

Changes = dict[str, tuple[str, ...]]  # of filters


@dataclass(frozen=True)
class Way:
    """A way on from a page of results: what it is called, how many cases it leads to, its address."""

    label: str
    count: int
    href: str


def named(facet: str, name: str, value: str, label: str) -> str:
    """A value with the name of its facet: `Target 8: Climate change`."""
    title = f"{name} {value}" if facet == "target" and value.isdecimal() else name
    return gettext("%(name)s: %(value)s", name=title, value=label)


def chips(page: SearchPage) -> list[tuple[str, str]]:
    """The filters in use: what each says, and the address without it."""
    found = []
    for facet, value, label in in_use(page):
        rest = {facet: without(page.request, facet, value)}
        found.append((label, here("search") + query_string(page.request, **rest)))
    return found


def in_use(page: SearchPage) -> Iterator[tuple[str, str, str]]:
    """The filters in use: facet, value and what they are called."""
    chosen = dict(page.request.filters)
    for facet in page.facets:
        options: dict[str, FacetOption] = present.flat(facet.options) if facet.name in chosen else {}
        for value in chosen.get(facet.name, ()):
            option = facet.not_stated if value == NOT_STATED else options.get(value)
            label = option.label if option else value.replace("-", "–")
            yield facet.name, value, named(facet.name, facet.label, value, label)


def unfiltered(asked: SearchRequest) -> str:
    """The address of the same search without filters."""
    return here("search") + query_string(asked, **dict.fromkeys(FACETS))


def parts(page: SearchPage) -> list[Way]:
    """The parts of a query that some case has, each as a search of its own: where something was found, among these.

    Their counts are of the whole collection, and what the addresses find only where the query is taken word for word
    and nothing is found: what the other words say helps to understand each.
    """
    forms = {Kind.PHRASE: '"{}"', Kind.PREFIX: "{}*", Kind.WORD: "{}"}
    kinds = {clause.text: clause.kind for clause in parse_query(page.request.q)}
    plain = {} if page.results.total else dict.fromkeys(FACETS)
    ways = []
    for text, count in page.results.words:
        if count:
            q = forms[kinds.get(text, Kind.WORD)].format(text)
            ways.append(Way(q, count, here("search") + query_string(page.request, q=q, **plain)))
    return ways


def understood(page: SearchPage) -> list[Way]:
    """The values that the query names or speaks for, each with the address of its cases among those found.

    None of a facet that is filtered already, as its values widen each other, and none that all cases found have.
    """
    filtered = {TOGETHER.get(facet, facet) for facet, _ in page.request.filters}
    meant = [one for one in page.results.understood if TOGETHER.get(one.facet, one.facet) not in filtered]
    ways = _meant(meant, page, lambda filters: query_string(page.request, **filters))
    return [way for way in ways if way.count < page.results.total][:_SHOWN]


def nearest(page: SearchPage, whole: SearchPage) -> list[Way]:
    """The values that a query names or speaks for, with all their cases in the collection."""
    every = SearchRequest(sort="newest")
    return list(_meant(page.results.understood, whole, lambda filters: query_string(every, **filters)))[:_SHOWN]


def _meant(meant: Iterable[Understood], among: SearchPage, query: Callable[[Changes], str]) -> Iterator[Way]:
    """A way to each of some values that any of the cases of a page have."""
    facets = {facet.name: facet for facet in among.facets}
    options = {name: present.flat(facets[name].options) for name in {one.facet for one in meant}}
    for one in meant:
        option = options[one.facet].get(one.value)
        if option and option.count:
            label = named(one.facet, facets[one.facet].label, one.value, option.label)
            yield Way(label, option.count, here("search") + query({one.facet: (one.value,)}))


def span(asked: SearchRequest) -> tuple[str, str]:
    """First and last year of the chosen range, for the two fields of the filter panel."""
    chosen = dict(asked.filters).get("year", ())
    ranges = [value.partition("-") for value in chosen if "-" in value and value != NOT_STATED]
    low, _, high = ranges[0] if ranges else ("", "", "")
    return low, high


def near(asked: SearchRequest) -> SearchPage | None:
    """What the same words find without filters, where filters were the reason that nothing was found."""
    if not asked.filters:
        return None
    found = hub().search.search(replace(asked, filters=(), facets=(), page=1, per_page=NEAR))
    return found if found.results.total else None


def broader(page: SearchPage, near: SearchPage | None) -> list[Way]:
    """The same search without one of its filters, then with one made broader, where that finds something.

    Nothing where it finds nothing without filters (`near`), and after so many searches it is enough.
    """
    if near is None:
        return []
    ways: list[Way] = []
    led: set[str] = set()  # filters that something broader was found for: the nearest is enough
    fresh = (one for one in chain(_without_one(page), _wider(page)) if one[0] not in led)
    for origin, label, changes in islice(fresh, _TRIED):
        kept = {facet: values for facet, values in page.request.filters if facet not in changes}
        filters = filters_of({**kept, **changes})
        found = hub().search.search(replace(page.request, filters=filters, facets=(), page=1, per_page=0))
        if found.results.total:
            led.add(origin)
            href = here("search") + query_string(page.request, **changes)
            ways.append(Way(label, found.results.total, href))
    return ways


def _without_one(page: SearchPage) -> Iterator[tuple[str, str, Changes]]:
    """The filters without those of one facet, where there are others too; region and country are one."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for facet, _, label in in_use(page):
        groups.setdefault(TOGETHER.get(facet, facet), []).append((facet, label))
    for group, chosen in groups.items() if len(groups) > 1 else ():
        labels = [label for _, label in chosen]
        some = "; ".join(labels[:_NAMED]) + (" …" if len(labels) > _NAMED else "")
        yield group, gettext("Without: %(words)s", words=some), {facet: () for facet, _ in chosen}


def _wider(page: SearchPage) -> Iterator[tuple[str, str, Changes]]:
    """Each filter made broader, the nearest first, and each broader value once."""
    seen = set()
    for facet, values in page.request.filters:
        for value in values:
            for wider, concept in _broader(facet, value):
                if (wider, concept.id) not in seen:
                    seen.add((wider, concept.id))
                    language = page.request.language
                    name = label_in(hub().search.vocabularies()[VOCABULARY_OF[wider]].label, language)
                    label = named(wider, name, concept.notation, concept.label(language))
                    yield f"{facet} {value}", label, {facet: (), wider: (concept.notation,)}


def _broader(facet: str, value: str) -> Iterator[tuple[str, Concept]]:
    """The broader concepts of a chosen one, the nearest first; the world goes without saying."""
    vocabularies = hub().search.vocabularies()
    vocabulary = vocabularies.get(VOCABULARY_OF.get(facet, ""))
    concept = vocabulary.find(value) if vocabulary else None
    if concept is None or vocabulary is None:
        return
    if facet == "country":
        regions = vocabularies["region"]
        yield from (("region", regions.get(code)) for code in regions_of(concept.id, vocabularies) if code != "001")
    else:
        yield from ((facet, vocabulary.get(name)) for name in vocabulary.ancestors(concept.id) if name != "001")


def targets_meant(page: SearchPage, counts: dict[str, int]) -> list[tuple[Concept, int]]:
    """Targets to start from: those that the query speaks for, then those with the most cases."""
    vocabulary = hub().search.vocabularies()["target"]
    meant = [vocabulary.get(one.value) for one in page.results.understood if one.facet == "target"]
    most = sorted(vocabulary.assignable, key=lambda concept: -counts.get(concept.notation, 0))
    first = {concept.id: concept for concept in (*meant, *most) if concept.assignable}
    return [(concept, counts.get(concept.notation, 0)) for concept in first.values()][:4]


def count_as_missing(asked: SearchRequest) -> None:
    """Count the words that found nothing, but for excluded ones, where a person seems to have asked for the page."""
    headers = request.headers
    ahead = "prefetch" in headers.get("Sec-Purpose", "") + headers.get("Purpose", "")
    if AS_GET in request.environ or ahead or _PROGRAM.search(headers.get("User-Agent", "")):
        return
    clauses = parse_query(asked.q)
    wanted = [clause.text for clause in clauses if not clause.excluded]
    hub().demand.count(asked.q if len(wanted) == len(clauses) else " ".join(wanted), asked.language)
