"""The pages people read: home, search, record, target, theme, country, region, coverage, about, API.

Registered once per language of the interface; every state of a page is its address.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for
from werkzeug.wrappers import Response

from hub.bulk import SUM, read_manifest
from hub.config import LANGUAGES
from hub.errors import InvalidRequest, NotFound
from hub.query import FACETS, MAX_QUERY, VOCABULARY_OF, SearchPage, SearchRequest, filters_of, respelt
from hub.serialize import jsonld, meta
from hub.serialize.bulk_json import FOLDER, dataset_jsonld
from hub.serialize.cite import citations, dash
from hub.serialize.terms import site_of
from hub.vocabulary import Concept, regions_of
from hub.web import maps, markup, present, results
from hub.web.builder import builder_page
from hub.web.chosen import LONGEST as LONGEST_LIST
from hub.web.chosen import MOST as MOST_CHOSEN
from hub.web.chosen import chosen, ids_of, list_query, named_in
from hub.web.exports import MOST as MOST_EXPORTED
from hub.web.feeds import feed_path, feed_query, title_of
from hub.web.hub import address, hub, index_info, validated, vocabularies
from hub.web.language import gettext, here, language, render
from hub.web.openapi import openapi_document
from hub.web.params import from_form, parameters, query_string
from hub.web.site import site

pages = Blueprint("pages", __name__)

RECENT = 6
ON_CONCEPT_PAGE = {"country": 10}  # records shown on the page of a concept; 5 where a map follows them

# Words a newcomer can click; each finds something in the starter corpus, in the language of the page.
EXAMPLES = {
    "en": ("peatland rewetting", "farmers paid for results", "seagrass", "green roofs", "no-take zone", "biosafety"),
    "fr": ("trame verte et bleue", "zones humides", "forêt sacrée", "aires marines protégées", "semences"),
    "es": ("restauración", "pago por servicios ambientales", "pueblos indígenas", "humedales", "abejas"),
}  # fmt: skip


def _collection(**changes: Any) -> SearchPage:
    """A search over everything with all facets counted."""
    plain = SearchRequest(facets=FACETS, sort="newest", language=language(), per_page=RECENT)
    return hub().search.search(replace(plain, **changes))


def _counts(page: SearchPage, facet: str) -> dict[str, int]:
    return dict(page.results.facets[facet].values)


def _all_counts(page: SearchPage) -> dict[str, dict[str, int]]:
    return {facet: _counts(page, facet) for facet in FACETS}


@pages.get("/")
def home() -> str:
    """The front page: one question, the 23 targets, the map, the themes, what is new."""
    page = _collection()
    countries = _counts(page, "country")
    classes = maps.bins(countries)
    return render(
        "home.html",
        page=page,
        counts=_all_counts(page),
        europe=maps.draw(maps.EUROPE, countries, classes),
        world=maps.draw(maps.WORLD, countries, classes),
        bins=classes,
        examples=EXAMPLES.get(language(), EXAMPLES["en"]),
        jsonld=jsonld.home_jsonld(
            site(),
            gettext("Case studies for the Global Biodiversity Framework"),
            address(here("search")) + "?q={search_term_string}",
        ),
    )


@pages.get("/search")
def search() -> str | Response:
    """Results, with filters; without results, a way on."""
    given = request.args.to_dict(flat=False)
    given.pop("explain", None)  # for programs
    asked = hub().search.request(from_form(given), language())
    if any(name in given for name in ("from", "to")):
        return redirect(here("search") + query_string(asked))
    page = hub().search.search(asked)
    if not page.results.total:
        return _nothing(page)
    facets = {facet.name: facet for facet in page.facets}
    known = hub().search.vocabularies()
    places = present.place_tree(facets["region"], facets["country"], known)
    return render(
        "search.html",
        page=page,
        carried=[pair for pair in parameters(asked, page=None) if pair[0] not in FACETS],
        chips=results.chips(page),
        understood=results.understood(page),
        parts=results.parts(page) if page.relaxed else [],
        unfiltered=results.unfiltered(asked),
        facets=facets,
        span=results.span(asked),
        places=places,
        regions=present.other_regions(facets["region"], {continent.value for continent, _ in places}, known["region"]),
        bars=present.histogram(facets["year"]),
        **_described(page),
    )


def _described(page: SearchPage) -> dict[str, Any]:
    """What the head of a page of results says to programs, whether something was found or not."""
    query, title = query_string(page.request), title_of(page)
    described = jsonld.search_jsonld(page, title, address(here("search")) + query, site())
    return {"query": query, "feed_title": title, "jsonld": described}


def _nothing(page: SearchPage) -> Response:
    """A page for a search that finds nothing: what is in the way, and where to start instead."""
    asked, whole = page.request, _collection(per_page=0)
    near = results.near(asked)
    if near is None and not asked.verbatim:  # what filters or one wording hide is not missing
        results.count_as_missing(asked)
    answer = make_response(
        render(
            "search-empty.html",
            page=page,
            chips=results.chips(page),
            near=near,
            broader=[*results.broader(page, near), *results.nearest(page, whole)],
            parts=results.parts(page) if len(page.results.words) > 1 else [],
            unfiltered=results.unfiltered(asked),
            total=whole.results.total,
            targets=results.targets_meant(page, _counts(whole, "target")),
            **_described(page),
        )
    )
    answer.headers["Cache-Control"] = "no-cache"  # an answer that is kept would be counted only once
    return answer


@pages.get("/records/<record_id>")
def record(record_id: str) -> str:
    """One case."""
    found, known, here_now = hub().search.engine.get(record_id), hub().search.vocabularies(), site()
    sections = present.sections(found, known)
    return render(
        "record.html",
        record=found,
        sections=sections,
        shown=present.evidence_shown(sections),
        locator=maps.locate(found.point, found.concepts("country")) if found.point else None,
        similar=hub().search.engine.similar(record_id, 4),
        citations=citations(found, address(url_for("en.record", record_id=record_id)), hub().config.site_name),
        schemas=meta.SCHEMAS,
        meta=meta.record_meta(found, known, here_now),
        jsonld=jsonld.record_jsonld(found, known, here_now),
    )


@pages.get("/list")
def my_list() -> str | Response:
    """The cases somebody chose: the list stands in the address, so that it can be kept and sent."""
    asked = request.args.to_dict(flat=False)
    ids = [*asked.get("id", ()), *named_in(" ".join(asked.get("add", ())))]
    ids = list(ids_of(one for one in ids if one.strip() not in asked.get("out", ())))
    if "add" in asked or "out" in asked:
        return redirect(here("my_list") + list_query(ids))
    return render("list.html", list=chosen(ids, hub().search.engine), asked=ids)


@pages.get("/targets/<name>")
def target(name: str) -> str | Response:
    """What the hub knows on one target, or on one of the three groups of targets."""
    return _concept("target", name)


@pages.get("/themes/<name>")
def theme(name: str) -> str | Response:
    """What the hub knows on one theme or group of themes."""
    return _concept("theme", name)


@pages.get("/countries/<name>")
def country(name: str) -> str | Response:
    """What the hub knows from one country."""
    return _concept("country", name)


@pages.get("/regions/<name>")
def region(name: str) -> str | Response:
    """What the hub knows from one region or group of countries."""
    return _concept("region", name)


def _concept(facet: str, name: str) -> str | Response:
    try:
        notation = hub().search.value(facet, name)
        concept = hub().search.vocabularies()[VOCABULARY_OF[facet]].get(notation)
    except InvalidRequest as error:
        raise NotFound(str(error)) from None
    if concept.notation != name:
        return redirect(here(facet, name=concept.notation), 301)
    scope = filters_of({facet: (concept.notation,)})
    page = _collection(scope=scope, per_page=ON_CONCEPT_PAGE.get(facet, 5))
    countries = _counts(page, "country")
    if facet == "region":  # a case of the region may lie in other countries too; the map is of the region
        inside = hub().search.vocabularies()
        countries = {code: n for code, n in countries.items() if concept.id in regions_of(code, inside)}
    classes = maps.bins(countries)
    return render(
        "concept.html",
        facet=facet,
        concept=concept,
        page=page,
        counts=_all_counts(page),
        mapped=countries,
        around=_around(page, concept),
        europe=maps.draw(maps.EUROPE, countries, classes),
        world=maps.draw(maps.WORLD, countries, classes),
        bins=classes,
        gaps=_gaps(page, facet, concept),
        parents=_parents(concept),
        together=_together(page, facet, concept),
        search_in=SearchRequest(filters=scope, sort="newest"),
        jsonld=jsonld.concept_jsonld(concept, hub().search.vocabularies()[concept.vocabulary], site()),
        sdg=[name[4:].lstrip("0") for name in concept.related if name.startswith("SDG-")],
        aichi=[name[-2:].lstrip("0") for name in concept.related if name.startswith("AICHI-")],
    )


def _around(page: SearchPage, concept: Concept) -> SearchPage | None:
    """Cases from the smallest region around a country that has none itself."""
    if page.results.total or concept.vocabulary != "country":
        return None
    for region in regions_of(concept.id, hub().search.vocabularies()):
        found = _collection(scope=filters_of({"region": (region,)}), per_page=results.NEAR)
        if found.results.total:
            return found
    return None


def _parents(concept: Concept) -> list[Concept]:
    """The broader concepts to name above a heading, the widest first; the world goes without saying."""
    vocabularies = hub().search.vocabularies()
    if concept.vocabulary == "country":
        vocabulary, codes = vocabularies["region"], regions_of(concept.id, vocabularies)
    else:
        vocabulary = vocabularies[concept.vocabulary]
        codes = vocabulary.ancestors(concept.id)
    return [vocabulary.get(code) for code in reversed(codes) if code != "001"]


def _together(page: SearchPage, facet: str, concept: Concept) -> list[tuple[Concept, int]]:
    """The concepts of the same kind that occur most often beside this one."""
    vocabulary = hub().search.vocabularies()[VOCABULARY_OF[facet]]
    if facet == "region" or not concept.assignable:
        return []
    counts = _counts(page, facet)
    others = [c for c in vocabulary.assignable if c.id != concept.id and counts.get(c.notation)]
    return sorted(((c, counts[c.notation]) for c in others), key=lambda pair: -pair[1])[:5]


def _gaps(page: SearchPage, facet: str, concept: Concept) -> dict[str, list[tuple[Concept, int]]]:
    """Where the hub knows little about a concept: sub-regions, themes or targets with at most two records."""
    vocabularies = hub().search.vocabularies()
    wanted = {"target": ("region", "theme"), "theme": ("region", "target")}.get(facet, ("target", "theme"))
    gaps = {}
    for name in wanted:
        counts = _counts(page, name)
        concepts = [vocabularies[name].get(code) for code in present.COLUMNS] if name == "region" else [
            entry for entry in vocabularies[name].assignable if entry.id != concept.id
        ]  # fmt: skip
        few = [(entry, counts.get(entry.notation, 0)) for entry in concepts if counts.get(entry.notation, 0) <= 2]
        gaps[name] = sorted(few, key=lambda pair: pair[1])[:6]
    return gaps


@pages.get("/targets")
@pages.get("/themes")
@pages.get("/countries")
@pages.get("/regions")
def lists() -> Response:
    """Shortened addresses lead to the part of the front page that lists these."""
    part = {"targets": "targets", "themes": "themes"}.get(request.path.rsplit("/", 1)[1], "map")
    return redirect(here("home") + f"#{part}")


@pages.get("/coverage")
def coverage() -> str:
    """How many records there are on each target in each region, and where there are none."""
    rows = {}
    for concept in hub().search.vocabularies()["target"].assignable:
        page = _collection(scope=filters_of({"target": (concept.notation,)}), facets=("region",), per_page=0)
        rows[concept.notation] = (_counts(page, "region"), page.results.total)
    whole = _collection(facets=("region",), per_page=0)
    cells = {f"{n}/{c}": counts.get(c, 0) for n, (counts, _) in rows.items() for c in present.COLUMNS}
    return render(
        "coverage.html",
        rows=rows,
        totals=_counts(whole, "region"),
        total=whole.results.total,
        bins=maps.bins(cells),
        cells=len(cells),
        gaps=sum(not count for count in cells.values()),
    )


@pages.get("/about")
def about() -> str:
    """What the hub is, how records are chosen, tagged and licensed, accessibility, privacy."""
    page = _collection()
    return render("about.html", page=page, counts=_all_counts(page))


@pages.get("/api")
def api_guide() -> str:
    """How programs use the hub."""
    return render("api.html", spec=openapi_document(address("")))


@pages.get("/bulk/")
def bulk() -> Response:
    """The whole collection as one file: where it is, how to check and read it."""
    manifest = read_manifest(hub().config.bulk)
    about = gettext("All case studies and vocabularies of this hub, as one file for programs.")
    described = dataset_jsonld(manifest, address(""), address(here("bulk")), about) if manifest else None
    text = render("bulk.html", manifest=manifest, about=about, jsonld=described, checksum=SUM, folder=address(FOLDER))
    return validated(make_response(text), "no-cache")  # kept answers change with the index, this one with the file


@pages.get("/embed")
def embed_builder() -> tuple[str, int]:
    """How other sites show cases."""
    return builder_page()


@pages.app_context_processor
def _words() -> dict[str, Any]:
    """What every template may use."""
    return {
        "heat": maps.heat,
        "feed_path": feed_path,
        "feed_query": feed_query,
        "hub": hub,
        "index_info": index_info,
        "interface_languages": LANGUAGES,
        "markup": markup,
        "max_query": MAX_QUERY,
        "longest_list": LONGEST_LIST,
        "most_chosen": MOST_CHOSEN,
        "most_exported": MOST_EXPORTED,
        "present": present,
        "query_string": query_string,
        "respelt": respelt,
        "site_of": site_of,
        "vocabularies": vocabularies(),
        "address": address,
    }


for function in (dash, present.group_number, present.number):
    pages.add_app_template_filter(function)
