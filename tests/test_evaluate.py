"""The evaluation: nobody is judged by what they taught, and the tagger of this corpus is as good as we say."""

from __future__ import annotations

import json
import re

import pytest
from conftest import ROOT, make_record, tag
from msgspec.structs import replace

import indexer.evaluate
from hub.errors import InvalidRecord
from hub.record import Decision, Status
from indexer.evaluate import cross_validate, evaluate, read_second, worst
from indexer.measures import Answer, measure
from indexer.report import document, grid, mistakes, tables
from indexer.tag.learn import decisions, lessons_of

SECOND = ROOT / "tests" / "data" / "second-reading.json"


@pytest.fixture(scope="module")
def evaluation(real_corpus):
    records = [entry.record for entry in real_corpus.entries() if entry.record.status is Status.PUBLISHED]
    return evaluate(real_corpus, records, read_second(SECOND))


def test_the_tagger_is_as_right_as_it_has_to_be(evaluation):
    targets, themes = (measure(evaluation.answers[name]) for name in ("target", "theme"))
    assert targets.counts.f1 >= 0.65
    assert targets.macro >= 0.55
    assert targets.hit1 >= 0.85
    assert targets.hit3 >= 0.95
    assert themes.counts.f1 >= 0.65
    assert targets.calibration_error <= 0.1


def test_learning_helps(evaluation):
    for name in ("target", "theme", "type", "evidence_level"):
        assert measure(evaluation.answers[name]).counts.f1 > measure(evaluation.untaught[name]).counts.f1


def test_two_readers_agree_as_the_reading_says(evaluation):
    reader = evaluation.second["Targets beside a second reader"]["(second reader by curators)"]
    assert (reader.texts, round(reader.counts.f1, 2), round(reader.macro, 2)) == (100, 0.78, 0.80)
    assert reader.hit1 == 0.99


def test_the_tables_in_the_documents_are_those_of_the_command(evaluation, real_corpus):
    """Nearly: other processors add up in another order, and a row may stand for five texts."""
    fresh = document(tables(evaluation, real_corpus.vocabularies()))
    written = (ROOT / "corpus" / "tagging" / "EVALUATION.md").read_text(encoding="utf-8")
    number = re.compile(r"\b\d+(?:\.\d\d)?\b")
    assert number.sub("#", fresh) == number.sub("#", written), "run: make evaluation"
    for one, other in zip(number.findall(fresh), number.findall(written), strict=True):
        near = 0.1 if "." in one else max(3, 0.1 * int(one))
        assert abs(float(one) - float(other)) <= near, "run: make evaluation"


def test_mistakes_are_shown_with_their_text(evaluation, real_corpus):
    records = {entry.id: entry.record for entry in real_corpus.entries()}
    shown = list(mistakes(evaluation, records, real_corpus.vocabularies()))
    assert [len(table.rows) for table in shown] == [12, 12, 12]
    for table in shown:
        assert grid(table).row_count == 12
        for _, what, text in table.rows:
            assert what.startswith(("suggested", "missed"))
            assert records[text.split(":")[0]].title[:40] in text


def test_no_text_is_judged_by_what_its_own_source_taught(real_corpus, tagger, monkeypatch):
    records = [real_corpus.get(record_id) for record_id in real_corpus.ids()[::4]]
    judged: list[set[str]] = []
    taught: list[set[str]] = []

    def spy_learn(lessons, cues, vocabularies):
        taught.append({lesson.source for lesson in lessons})
        return indexer.evaluate.Model()

    def spy_answers(record, classifier, crosswalks):
        if len(judged) < len(taught):
            judged.append(set())
        judged[-1].add(record.source)
        return {}

    monkeypatch.setattr(indexer.evaluate, "learn", spy_learn)
    monkeypatch.setattr(indexer.evaluate, "answers_of", spy_answers)
    cross_validate(records, tagger, real_corpus.vocabularies())
    assert len(taught) == len(judged) == indexer.evaluate.FOLDS
    assert not any(mine & theirs for mine, theirs in zip(judged, taught, strict=True))
    assert set.union(*judged) == {record.source for record in records}


def test_decisions_are_what_is_learned_from(real_corpus):
    concepts = ("GBF-TARGET-01", "GBF-TARGET-02", "GBF-TARGET-03")
    given = [tag("target", "GBF-TARGET-01"), tag("target", "GBF-TARGET-02", "suggested")]
    published = make_record(tags=given)
    assert decisions(published, "target", concepts) == {"GBF-TARGET-01": True, "GBF-TARGET-03": False}
    draft = replace(published, status=Status.DRAFT)
    assert decisions(draft, "target", concepts) == decisions(published, "target", concepts)
    assert decisions(draft, "type", ("case-study", "tool")) == {}  # what a harvest put there, nobody decided
    rejected = replace(draft.tags[0], decision=Decision.REJECTED)
    assert decisions(replace(draft, tags=(rejected,)), "target", concepts) == {"GBF-TARGET-01": False}
    assert decisions(make_record(), "target", concepts) == {}
    assert decisions(make_record(), "type", ("case-study", "tool")) == {"case-study": True, "tool": False}


def test_a_lesson_holds_no_tag_of_the_source(tagger, real_corpus):
    """Themes were once given by these keywords: learning from them would only learn that."""
    vocabularies = real_corpus.vocabularies()
    plain, keyed = make_record(), make_record(source_tags=["invasive alien species"])
    one, other = lessons_of([plain, keyed], tagger.classifier.cues, vocabularies)
    assert one.loud == other.loud


def test_the_worst_mistakes_come_first():
    answers = [
        Answer("one", "en", frozenset("a"), (("b", 0.9), ("a", 0.2)), ("b",)),
        Answer("two", "en", frozenset("c"), (("d", 0.6), ("c", 0.5)), ("d", "c")),
    ]
    assert [(answer.id, concept, round(surprise, 2)) for answer, concept, surprise in worst(answers, 3)] == [
        ("one", "b", 0.9), ("one", "a", -0.8), ("two", "d", 0.6)]  # fmt: skip


def test_a_second_reading_is_checked(tmp_path):
    path = tmp_path / "second.json"
    path.write_text(json.dumps({"one": [2, 18]}))
    assert read_second(path) == {"one": ("GBF-TARGET-02", "GBF-TARGET-18")}
    path.write_text('{"one": "two"}')
    with pytest.raises(InvalidRecord, match=r"second\.json: is no second reading"):
        read_second(path)
