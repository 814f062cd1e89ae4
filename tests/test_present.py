"""Records, maps and years in the shapes that templates print."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from conftest import make_record, tag
from flask import render_template_string
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from hub.config import LANGUAGES
from hub.query import Facet, FacetOption, FacetValue, Why
from hub.record import Point
from hub.serialize.cite import citations
from hub.web import maps, markup, present

OPTION = FacetOption('a"b', 'Reed & "sedge"', 1234, True)


def evidence(concept: str, field: str, quote: str) -> dict:
    return {**tag("target", concept), "evidence": {"field": field, "quote": quote}}


def test_evidence_is_set_apart_in_the_text_and_the_text_stays_whole(real_corpus):
    record = make_record(action="Ditches were blocked. The water came back.", tags=[
        evidence("GBF-TARGET-02", "action", "Ditches were blocked"),
        evidence("GBF-TARGET-08", "action", "were blocked"),
    ])  # fmt: skip
    (section,) = present.sections(record, real_corpus.vocabularies())
    pieces = section.paragraphs[0]
    assert "".join(piece.text for piece in pieces) == record.action
    assert [piece.key for piece in pieces if piece.key] == ["ev-2"]
    assert present.evidence_shown((section,)) == {"ev-2"}


def test_sections_of_real_records_hold_all_their_text(real_corpus):
    vocabularies = real_corpus.vocabularies()
    for record_id in real_corpus.ids()[::20]:
        record = real_corpus.get(record_id)
        for section in present.sections(record, vocabularies):
            shown = " ".join("".join(piece.text for piece in paragraph) for paragraph in section.paragraphs)
            assert shown.split() == getattr(record, section.name).split()


def year_facet(*years: str) -> Facet:
    none = FacetValue("not-stated", "", 0, False)
    return Facet("year", "Year", tuple(FacetOption(year, year, 1, False) for year in years), none)


@given(st.lists(st.integers(1500, 2150).map(str), unique=True))
def test_every_year_is_in_exactly_one_bar(years):
    assert sum(bar.count for bar in present.histogram(year_facet(*years))) == len(years)


@given(st.lists(st.booleans()), st.integers(1, 12))
def test_chosen_options_are_shown_at_once_and_none_is_lost(selected, most):
    options = [FacetOption(str(number), "", 1, chosen) for number, chosen in enumerate(selected)]
    first, rest = present.first_and_rest(iter(options), most)
    assert sorted((*first, *rest), key=options.index) == options
    assert not any(option.selected for option in rest)
    assert len(first) == max(min(most, len(options)), sum(selected))


@given(st.integers(1, 1000), st.data())
def test_one_gets_from_any_page_of_results_to_its_neighbours_and_both_ends(last, data):
    current = data.draw(st.integers(1, last))
    pages = present.pages_around(current, last)
    assert pages == sorted(set(pages)) and {1, current, last} <= set(pages) <= set(range(1, last + 1))
    assert {max(current - 1, 1), min(current + 1, last)} <= set(pages)
    assert len(pages) <= 7


def test_a_label_is_escaped_unless_it_is_markup():
    assert "><i>Reed</i><" in markup.checkboxes("theme", [OPTION], "en", Markup("<i>Reed</i>"))
    assert ">&lt;i&gt;Reed&lt;/i&gt;<" in markup.checkboxes("theme", [OPTION], "en", "<i>Reed</i>")


def test_options_say_how_many_cases_they_have_in_the_readers_language():
    text = {tag: BeautifulSoup(markup.checkboxes("theme", [OPTION], tag), "html.parser") for tag in LANGUAGES}
    assert {tag: shown.text for tag, shown in text.items()} == {
        "en": 'Reed & "sedge" 1,234 cases', "fr": 'Reed & "sedge" 1\u202f234 cas', "es": 'Reed & "sedge" 1.234 casos',
    }  # fmt: skip
    assert text["en"].input.attrs == {"type": "checkbox", "name": "theme", "value": 'a"b', "checked": ""}


def test_the_reason_of_a_hit_is_in_the_readers_language_and_escaped():
    shown = {tag: markup.reason(Why("reed & rush", ("title", "text", "sections"), ()), tag) for tag in LANGUAGES}
    assert shown == {
        "en": "“reed &amp; rush” in the title, text",
        "fr": "«\xa0reed &amp; rush\xa0» dans le titre, le texte",
        "es": "«reed &amp; rush» en el título, el texto",
    }
    found_as = markup.reason(Why("reeds", ("abstract",), ("reed", "<b>")), "en")
    assert found_as == "“reeds” in the summary, as <i>reed</i>, <i>&lt;b&gt;</i>"


def test_references_become_badges_and_nothing_else_becomes_markup(client):
    template = "{% import 'macros.html' as ui with context %}{{ ui.refs('<b> is {8}, not {99}.') }}"
    with client.application.test_request_context("/"):
        shown = render_template_string(template)
    before, badge, after = re.fullmatch(r"(.*?)(<a .*</a>)(.*)", shown).groups()
    assert (before, after) == ("&lt;b&gt; is ", ", not 99.")
    assert 'href="/targets/8"' in badge and ">8</a>" in badge


@given(st.dictionaries(st.sampled_from(["FRA", "DEU", "KEN", "BRA"]), st.integers(0, 5000)))
def test_every_count_has_a_colour_and_a_line_in_the_legend(counts):
    classes = maps.bins(counts)
    for count in counts.values():
        heat = maps.heat(count, classes)
        assert 0 <= heat <= 5
        if heat:
            low, high = classes[heat - 1]
            assert low <= count and (not high or count <= high)


def test_points_lie_in_their_country_on_the_map():
    paris = maps.locate(Point(2.35, 48.86, "exact"), ("FRA",))
    assert paris.name == maps.EUROPE
    left, top, width, height = paris.box
    assert left < paris.x < left + width and top < paris.y < top + height
    nairobi = maps.locate(Point(36.8, -1.3, "exact"), ("KEN",))
    assert nairobi.name == maps.WORLD
    kenya = next(shape for shape in nairobi.shapes if shape.country == "KEN")
    assert abs(kenya.x - nairobi.x) < 15 and abs(kenya.y - nairobi.y) < 15


@given(st.floats(-180, 180), st.floats(-90, 90))
def test_any_point_on_earth_can_be_drawn(lon, lat):
    found = maps.locate(Point(lon, lat, "exact"), ())
    assert abs(found.x) < 5000 and abs(found.y) < 5000


@pytest.mark.parametrize("title", ["Plain", "Costs 5 % & more", "$math$ #1", "Принципы 生物"])
def test_citations_hold_title_and_address(title):
    apa, bibtex, ris = citations(make_record(title=title), "https://hub.example/records/reed-bed", "Hub")
    assert title in apa.text and title in ris.text
    assert bibtex.text.startswith("@misc{reed-bed,") and bibtex.text.count("@") == 1
    for form in (apa, bibtex, ris):
        assert "https://hub.example/records/reed-bed" in form.text
    assert ris.text.startswith("TY  - ") and ris.text.endswith("ER  -")


@pytest.mark.parametrize("title", ["Set {A", "A} b", '"Quoted" {x}', "back\\slash @misc{x,"])
def test_no_title_breaks_its_citation(title):
    _, bibtex, _ = citations(make_record(title=title, publisher="Ministry {x"), "https://hub.example/a_b", "Hub {1}")
    assert bibtex.text.count("{") == bibtex.text.count("}")
    assert 'url = "https://hub.example/a_b"' in bibtex.text


def test_a_text_of_the_source_is_cited_as_the_source_s():
    provenance = {"harvester": "t", "first_seen": "2026-01-01", "last_seen": "2026-01-01", "words": "source"}
    record = make_record(issued="2019-05-01", provenance=provenance)
    sentence, *others = (citation.text for citation in citations(record, "https://hub.example.org/records/x", "Hub"))
    assert sentence.startswith("Example Portal (2019). Reed beds clean")
    assert sentence.endswith("Source: Example Portal, https://example.org/cases/reed-bed")
    assert all("Example Portal" in text and "{Hub}" not in text for text in others)
