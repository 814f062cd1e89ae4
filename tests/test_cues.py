"""Cues as editors write them: read, refused with a reason, found in texts, and heard less behind words of denial."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from conftest import ROOT, make_record

from hub.errors import InvalidRecord
from hub.vocabulary import Vocabulary, load_vocabularies
from indexer.tag.classify import WEIGHTS, Classifier, suggestions
from indexer.tag.cues import load_cues
from indexer.tag.model import Model, load_model
from indexer.tag.text import read

CONTEXT = """
- name: negation
  factor: '0.2'
  reach: after
  en: [unlike, without any]
- name: boilerplate
  factor: '0.4'
  reach: sentence
  en: [funded by]
"""
CUES = """
- points_to: {GBF-TARGET-06: strong, thr-invasive: fair}
  en: [rat eradication, eradicat* ~ rats]
  fr: [dératis*]
- points_to: {GBF-TARGET-17: strong}
  en: [LMO]
"""


@pytest.fixture(scope="module")
def vocabularies():
    return load_vocabularies(ROOT / "corpus" / "vocabularies")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cues").mkdir()
    (tmp_path / "cues" / "own.yaml").write_text(CUES, encoding="utf-8")
    (tmp_path / "context.yaml").write_text(CONTEXT, encoding="utf-8")
    return tmp_path


def loud(cues, text: str, language: str = "en") -> dict[str, float]:
    """How much each of the two cues counts in the body of a record."""
    record = make_record(title="T", abstract="A", text=text, language=language)
    found = cues.find(read(record), WEIGHTS)
    return {cues.cues[one.cue].name: one.weight * one.factor for one in found if one.cue < 2}


def test_cues_are_found_in_their_languages(folder, vocabularies):
    cues = load_cues(folder, vocabularies)
    assert loud(cues, "They eradicated all black rats.") == {"rat eradication": 1.0}
    assert loud(cues, "La dératisation de l'île.", "fr") == {"rat eradication": 1.0}
    assert loud(cues, "They eradicated all black rats.", "fr") == {}


def test_english_acronyms_are_known_in_every_language(folder, vocabularies):
    cues = load_cues(folder, vocabularies)
    assert loud(cues, "Les LMO sont testés.", "fr") == {"LMO": 1.0}
    assert loud(cues, "Les lmo sont testés.", "fr") == {}


@pytest.mark.parametrize(
    ("text", "weight"),
    [
        ("Rat eradication went on.", 1.0),
        ("Unlike rat eradication, this was cheap.", 0.2),
        ("It was done without any help. Rat eradication went on.", 1.0),
        ("Without any of the money that had been promised by so many for so long, rat eradication went on.", 1.0),
        ("Rat eradication was funded by many.", 0.4),
    ],
)
def test_denial_and_boilerplate_make_a_cue_count_less(folder, vocabularies, text, weight):
    assert loud(load_cues(folder, vocabularies), text) == {"rat eradication": weight}


@pytest.mark.parametrize("text", ["There was no rat eradication.", "Unlike rat eradication, nothing was done."])
def test_what_is_denied_alone_is_not_suggested(vocabularies, text):
    cues = load_cues(ROOT / "corpus" / "tagging", vocabularies)
    classifier = Classifier(cues, load_model(ROOT / "corpus" / "tagging" / "model.json"), vocabularies)
    reading = read(make_record(title="Rats", abstract=text))
    scores = {one.concept: one.score for one in suggestions(reading, classifier.judge(reading))}
    said = read(make_record(title="Rats", abstract="Rat eradication went on for years."))
    surer = {one.concept: one.score for one in suggestions(said, classifier.judge(said))}
    assert scores.get("GBF-TARGET-06", 0) < 0.5 < surer["GBF-TARGET-06"]


def test_a_title_counts_more_than_the_body(folder, vocabularies):
    cues = load_cues(folder, vocabularies)
    record = make_record(title="Rat eradication", abstract="A", text="Rat eradication.")
    weights = [one.weight for one in cues.find(read(record), WEIGHTS) if one.cue == 0]
    assert weights[0] > weights[1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("- points_to: {GBF-TARGET-99: strong}\n  en: [x]", "own.yaml: entry 1: there is no concept 'GBF-TARGET-99'"),
        ("- points_to: {eco: strong}\n  en: [x]", "there is no concept 'eco' to give to a record"),
        ("- points_to: {GBF-TARGET-01: huge}\n  en: [x]", "'huge' is not one of strong, fair, weak, against"),
        ("- points_to: {GBF-TARGET-01: weak}\n  fr: [x]", "needs an English phrase"),
        ("- points_to: {GBF-TARGET-01: weak}\n  en: x", "en needs a list of phrases"),
        ("- en: [x]", "points_to needs the concepts"),
        ("- x", "is not a set of fields"),
        ("- points_to: {GBF-TARGET-01: [strong]}\n  en: [x]", "is not one of strong, fair, weak, against"),
        ("- points_to: {GBF-TARGET-01: weak}\n  en: [x]\n  english: [y]", "'english' is no language"),
        ("- points_to: {GBF-TARGET-01: weak}\n  en: [x, '~ *']", "'~ .' .en. holds nothing to look for"),
        ("a: b", "needs a list of entries"),
        (
            "- points_to: {GBF-TARGET-01: weak}\n  en: [x]\n- points_to: {GBF-TARGET-02: weak}\n  en: [x]",
            "entry 2: 'x' is the first English phrase of another cue too",
        ),
    ],
)
def test_a_bad_file_is_refused_with_its_entry(folder, vocabularies, content, message):
    (folder / "cues" / "own.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidRecord, match=message.replace("(", r"\(")):
        load_cues(folder, vocabularies)


@pytest.mark.parametrize(
    "content",
    [
        "factor: much, reach: after",
        "factor: '0', reach: far",
        "factor: '5', reach: after",
        "factor: nan, reach: after",
    ],
)
def test_a_bad_context_is_refused(folder, vocabularies, content):
    (folder / "context.yaml").write_text(f"- {{name: x, {content}}}", encoding="utf-8")
    with pytest.raises(InvalidRecord, match=r"context.yaml: entry 1"):
        load_cues(folder, vocabularies)


def test_a_phrase_written_into_a_vocabulary_changes_what_is_suggested(folder, vocabularies):
    record = make_record(title="Glowworm corridors", abstract="The town switches off lamps for glowworms.")

    def offered(known) -> set[str]:
        classifier = Classifier(load_cues(folder, known), Model(), known)
        reading = read(record)
        return {one.concept for one in suggestions(reading, classifier.judge(reading))}

    targets = vocabularies["target"]
    pollution = targets.get("7")
    taught = replace(pollution, alt_labels={"en": (*pollution.alt_labels["en"], "switch* off lamps")})
    changed = Vocabulary("target", targets.label, tuple(taught if c is pollution else c for c in targets))
    assert "GBF-TARGET-07" not in offered(vocabularies)
    assert "GBF-TARGET-07" in offered({**vocabularies, "target": changed})


def test_a_phrase_written_into_a_file_of_cues_changes_what_is_suggested(folder, vocabularies):
    shutil.rmtree(folder / "cues")
    shutil.copytree(ROOT / "corpus" / "tagging" / "cues", folder / "cues")
    reading = read(make_record(title="Zorbing", abstract="The zorbing of meadows.", text="Zorbing helps."))

    def offered() -> set[str]:
        classifier = Classifier(load_cues(folder, vocabularies), Model(), vocabularies)
        return {one.concept for one in suggestions(reading, classifier.judge(reading))}

    before = offered()
    (folder / "cues" / "more.yaml").write_text("- points_to: {GBF-TARGET-18: strong}\n  en: [zorbing]\n")
    assert offered() - before == {"GBF-TARGET-18"}
