"""Precision, recall, F1, hits and calibration, reckoned by hand on small answers."""

from __future__ import annotations

import pytest

from indexer.measures import Answer, by_language, measure, second_opinion


def answer(name: str, truth: str, ranked: dict[str, float], least: float = 0.5, language: str = "en") -> Answer:
    order = tuple(sorted(ranked.items(), key=lambda pair: -pair[1]))
    return Answer(name, language, frozenset(truth), order, tuple(c for c, score in order if score >= least))


ONE = answer("one", "ab", {"a": 0.9, "c": 0.8, "b": 0.2})  # a right, c wrong, b missed
TWO = answer("two", "c", {"b": 0.7, "a": 0.3, "c": 0.1}, language="fr")  # b wrong, c missed
THREE = answer("three", "c", {"c": 0.6})


def test_counts_are_over_all_tags_together():
    counts = measure([ONE, TWO, THREE]).counts
    assert (counts.right, counts.wrong, counts.missed) == (2, 2, 2)
    assert (counts.precision, counts.recall, counts.f1) == (0.5, 0.5, 0.5)


def test_macro_is_the_mean_of_the_concepts_that_people_gave():
    # a: 1 right; b: 1 wrong, 1 missed; c: 1 right, 1 wrong, 1 missed
    assert measure([ONE, TWO, THREE]).macro == pytest.approx((1 + 0 + 0.5) / 3)


def test_hits_are_counted_among_the_first():
    """Among those that were suggested: what a curator does not see is no hit."""
    last = answer("four", "c", {"a": 0.9, "b": 0.8, "c": 0.7})
    measures = measure([ONE, TWO, THREE, last])
    assert (measures.hit1, measures.hit3) == (2 / 4, 3 / 4)


def test_calibration_compares_scores_with_the_share_that_is_right():
    measures = measure([ONE, TWO, THREE])
    assert [(each.count, each.right) for each in measures.bins] == [(2, 0.5), (2, 0.5)]
    assert measures.calibration_error == pytest.approx((2 * abs(0.65 - 0.5) + 2 * abs(0.85 - 0.5)) / 4)


def test_nothing_measured_is_nothing():
    empty = measure([])
    assert (empty.texts, empty.counts.f1, empty.macro, empty.hit1, empty.calibration_error) == (0, 0, 0, 0, 0)


def test_small_languages_stand_together():
    found = by_language([ONE, TWO, THREE], least=2)
    assert {name: each.texts for name, each in found.items()} == {"en": 2, "other": 1}


def test_tags_that_only_one_reader_gave_count_neither_way():
    found = second_opinion([ONE, TWO], {"one": ["a", "c"]})
    both = found["tags that both gave"].counts  # a is given by both; b and c by one each
    assert (both.right, both.wrong, both.missed) == (1, 0, 0)
    assert found["second reader"].counts.f1 == 1
    reader = found["(second reader by curators)"].counts
    assert (reader.right, reader.wrong, reader.missed) == (1, 1, 1)
