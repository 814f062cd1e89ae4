"""Headings in six languages divide a text; nothing is lost, nothing is told twice."""

from __future__ import annotations

import re

import pytest

from indexer.extract.blocks import blocks
from indexer.extract.sections import field_of, item_from_html, sections, with_leads
from indexer.harvest.plain import plain, soup

HEADINGS = [
    ("Challenges", "challenge", True), ("The challenge", "challenge", True), ("1. Our Solution", "action", True),
    ("2.1 Results of the project", "results", False), ("Results day at school", "", False), ("Action plan", "", False),
    ("What was the problem?", "challenge", True), ("KEY LESSONS LEARNED:", "lessons", True),
    ("Solution / approach", "action", False), ("Costs & benefits", "results", True),
    ("Our results – what changed", "results", False),
    ("How do the building blocks interact?", "action", True), ("Climate change impacts", "challenge", True),
    ("Impacts", "results", True),
    ("Success and limiting factors", "lessons", True), ("Importance and relevance of adaptation", "challenge", True),
    ("Implementation time", "action", True), ("Life time", "action", True),
    ("Adaptation Options Implemented", "action", True),
    ("Défis à relever", "challenge", True), ("Les résultats obtenus", "results", True),
    ("Mise en œuvre", "action", True),
    ("Mise en oeuvre du projet", "action", False), ("Enseignements tirés", "lessons", True),
    ("El reto", "challenge", True), ("Acciones realizadas", "action", True), ("Lecciones aprendidas", "lessons", True),
    ("Ausgangslage", "challenge", True), ("Maßnahmen", "action", True), ("Ziele und Maßnahmen", "action", False),
    ("Übertragbarkeit", "lessons", True), ("Wirkungen", "results", True), ("Il contesto", "challenge", True),
    ("Risultati attesi", "results", True), ("Lições aprendidas", "lessons", True), ("Ações", "action", True),
    ("", "", False), ("Contact", "", False), ("a" * 500, "", False), ("1.", "", False), ("The", "", False),
]  # fmt: skip


@pytest.mark.parametrize(("heading", "field", "bare"), HEADINGS)
def test_what_a_heading_names(heading, field, bare):
    assert field_of(heading) == (field, bare)


def test_one_section_alone_divides_nothing():
    item = item_from_html("<p>Before.</p><h2>Results</h2><p>Much.</p>")
    assert item.text == "Before.\n\nResults\n\nMuch." and item.results == ""


def test_a_heading_counts_to_the_next_of_its_rank():
    item = item_from_html(
        "<p>Before.</p><h2>Challenge</h2><p>Floods.</p><h3>Sub</h3><p>More.</p><h2>Contact</h2><p>Us.</p>"
        "<h2>Results</h2><p>Dry.</p><h3>Lessons learned</h3><p>Dig.</p><h3>Numbers</h3><p>Ten.</p>"
    )
    assert item.challenge == "Floods.\n\nSub\n\nMore."
    assert item.text == "Before.\n\nContact\n\nUs."
    assert item.results == "Dry.\n\nNumbers\n\nTen." and item.lessons == "Dig."


def test_a_second_heading_of_a_field_stays():
    item = item_from_html("<h2>Aims</h2><p>A.</p><h2>Measures</h2><p>M.</p><h2>Results of it all</h2><p>R.</p>")
    assert item.action == "A.\n\nMeasures\n\nM." and item.results == "Results of it all\n\nR."


@pytest.mark.parametrize(
    "html",
    [
        "<dl><dt>Challenge</dt><dd>C.</dd><dt>Place</dt><dd>P.</dd><dt>Results</dt><dd>R.</dd></dl><p>Rest.</p>",
        "<table><tr><th>Challenge</th><td>C.</td></tr><tr><th>Place</th><td>P.</td></tr>"
        "<tr><th>Results</th><td>R.</td></tr></table><p>Rest.</p>",
        "<details><summary>Challenge</summary><p>C.</p></details><p>Place</p><p>P.</p>"
        "<details><summary>Results</summary><p>R.</p></details><p>Rest.</p>",
        "<div><div class='field__label'>Challenge</div><div>C.</div></div><div><div class='field__label'>Place</div>"
        "<p>P.</p></div><div><div class='field-label'>Results</div><h2>R.</h2></div><p>Rest.</p>",
    ],
)
def test_a_label_counts_for_its_box(html):
    item = item_from_html(html)
    assert (item.challenge, item.results, item.text) == ("C.", "R.", "Place\n\nP.\n\nRest.")


@pytest.mark.parametrize(
    "html",
    [
        "<p><b>Challenge</b></p><p>C.</p><p><strong>Results</strong></p><p>R.</p>",
        "<p><b>Challenge:</b> C.</p><p><strong>Results.</strong> R.</p>",
        "<p><b>Challenge</b><br>C.<br><br><b>Results</b><br>R.</p>",
        "<h4><button>Challenge</button></h4><div>C.</div><h4><a href='#x'>Results</a></h4><div>R.</div>",
        "<h2><b>1</b> Challenge</h2>C.<h2>2 <span>Results</span></h2>R.",
    ],
)
def test_bold_paragraphs_and_buttons_are_headings(html):
    item = item_from_html(html)
    assert (item.challenge, item.results, item.text) == ("C.", "R.", "")


def test_bold_words_in_a_sentence_are_none():
    item = item_from_html("<p><b>Results</b> came late.</p><p>The <b>challenge:</b> rain.</p><h2>Lessons</h2><p>L.</p>")
    assert item.challenge == ""


def test_nothing_is_lost_or_told_twice():
    html = (
        "<p>One two.</p><h2>Challenges and needs</h2><p>Three <b>four</b></p><ul><li>five<li>six</ul><h3>seven</h3>"
        "<p>eight<dl><dt>Approach of ours<dd>nine</dl><h2>Ten</h2><table><tr><td>eleven<td>twelve<td>thirteen</table>"
        "<pre>fourteen</pre>"
    )
    found = sections(with_leads(blocks(soup(html))))
    assert len(found) > 1
    words = sorted(re.findall(r"\w+", " ".join(found.values())))
    assert words == sorted(re.findall(r"\w+", plain(html)))


def test_plain_text_stays_as_it_is():
    assert item_from_html("One.\n\nTwo.").text == "One.\n\nTwo."
    assert item_from_html("").text == ""
    assert item_from_html("<?xml version='1.0'?><p>One &lt; two</p>").text == "One < two"
