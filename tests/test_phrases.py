"""Phrases as editors write them, found in sentences of several languages."""

from __future__ import annotations

import pytest

from hub.phrases import PhraseFinder
from indexer.tag.text import sentences_of


def found(phrase: str, text: str, language: str = "en") -> list[str]:
    finder = PhraseFinder([(phrase, 0)], language)
    return [said(s, m) for s in sentences_of("text", text) for m in finder.find(word.text for word in s.words)]


def said(sentence, match):
    return sentence.text[sentence.words[match.first].start : sentence.words[match.last].end]


@pytest.mark.parametrize(
    ("phrase", "text", "language", "hit"),
    [
        ("wetland", "Two Wetlands were saved.", "en", "Wetlands"),
        ("organic", "Organic farms.", "en", "Organic"),
        ("organic", "An organisation.", "en", None),
        ("restor*", "It was restored.", "en", "restored"),
        ("*moor", "Das Hochmoor.", "de", "Hochmoor"),
        ("*moor*", "Die Hochmoorfläche.", "de", "Hochmoorfläche"),
        ("*moor", "Die Hochmoorfläche.", "de", None),
        ("PES", "A PES scheme.", "en", "PES"),
        ("PES", "The pes of it.", "en", None),
        ("land-use plan", "Land use plans.", "en", "Land use plans"),
        ("qualité de l'eau", "La qualite de l’eau.", "fr", "qualite de l’eau"),
        ("área protegida", "Las AREAS PROTEGIDAS crecen.", "es", "AREAS PROTEGIDAS"),
        ("women's group", "A women’s group.", "en", "women’s group"),
        ("湿地恢复", "我们进行湿地恢复。", "zh", "湿地恢复"),
        ("train* ~ ranger*", "They trained twelve young park rangers.", "en", "trained twelve young park rangers"),
        ("train* ~ ranger*", "They trained one two three four five six rangers.", "en", None),
        ("train* ~ ranger*", "Rangers were trained.", "en", None),
        ("train* ~ ranger*", "They trained. Rangers came.", "en", None),
        (
            "pay* farmer* ~ good practice",
            "They pay farmers good money for good practice.",
            "en",
            "pay farmers good money for good practice",
        ),
        ("LGBT*", "LGBTQ groups.", "en", "LGBTQ"),
        ("LGBT*", "lgbtonly", "en", None),
        ("fell ~ #", "Nitrogen fell by 30 per cent.", "en", "fell by 30"),
        ("# hectares", "Some 1,200 hectares.", "en", "200 hectares"),
        ("IAS", "IAS", "en", "IAS"),
        ("zaštit* prirod*", "Заштита природе.", "sr", "Заштита природе"),
        ("zaštit* prirod*", "Zaštita prirode.", "sr-Latn", "Zaštita prirode"),
    ],
)
def test_a_phrase_is_found_where_it_stands(phrase, text, language, hit):
    assert found(phrase, text, language) == ([hit] if hit else [])


def test_an_owner_is_found_once_where_two_of_its_phrases_begin_at_one_word():
    finder = PhraseFinder([("protected area", 3), ("protected area network", 3)], "en")
    (sentence,) = sentences_of("text", "A protected area network grows.")
    (match,) = finder.find(word.text for word in sentence.words)
    assert (match.owner, said(sentence, match)) == (3, "protected area network")


def test_empty_phrases_match_nothing():
    assert found("", "Anything.") == found("~", "Anything.") == found("*", "Anything.") == []
