"""Learning: weights follow the examples, stay near what editors gave, and come out the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.tag.linear import BIAS_PULL, SLOPES, UNSURE, Examples, _calibrate, fit, folds, logistic, train


def examples(texts: int = 200, seed: int = 1) -> Examples:
    """Texts with five cues; the first stands for the first concept, the second for the second; the rest is noise."""
    random = np.random.default_rng(seed)
    x = (random.random((texts, 5)) < 0.3).astype(float)
    y = np.where(random.random((texts, 2)) < 0.9, x[:, :2], 1 - x[:, :2])
    return Examples(x, y, np.ones_like(y), np.arange(texts) // 4)


def test_weights_follow_the_examples():
    fitted = fit(examples(), np.zeros((5, 2)))
    assert (fitted.weights[:2].diagonal() > 1.5).all()
    assert abs(fitted.weights[0, 1]) < 0.5
    assert abs(fitted.weights[1, 0]) < 0.5


def test_without_examples_weights_stay_what_they_were():
    prior = np.array([[2.0, 0], [0, 2.0], [1, 0], [0, 0], [-1, 0]])
    few = Examples(np.zeros((1, 5)), np.zeros((1, 2)), np.ones((1, 2)), np.zeros(1, dtype=np.int64))
    assert np.allclose(fit(few, prior).weights, prior)


def test_what_nobody_decided_teaches_nothing():
    all_of_it = examples()
    known = np.ones_like(all_of_it.y)
    known[:, 1] = 0
    fitted = fit(Examples(all_of_it.x, all_of_it.y, known, all_of_it.group), np.zeros((5, 2)))
    assert np.allclose(fitted.weights[:, 1], 0)
    assert fitted.weights[0, 0] > 1.5


def test_the_descent_has_arrived():
    """At the minimum, the pull of the examples and the pull to the prior are equal."""
    given, prior = examples(), np.full((5, 2), 0.5)
    fitted = fit(given, prior)
    slope_of_bias = (logistic(fitted.sums(given.x)) - given.y).sum(0) + BIAS_PULL * (fitted.bias - UNSURE)
    assert np.abs(slope_of_bias).max() < 0.05
    slope = given.x.T @ (logistic(fitted.sums(given.x)) - given.y) + 3.0 * (fitted.weights - prior)
    assert np.abs(slope).max() < 0.05


def test_probabilities_are_calibrated_and_thresholds_found():
    fitted = train(examples(400), np.zeros((5, 2)))
    fresh = examples(400, seed=2)
    p = logistic(fitted.slope * fitted.sums(fresh.x) + fitted.shift)
    for low in (0.0, 0.5):
        rows = (p >= low) & (p < low + 0.5)
        assert p[rows].mean() == pytest.approx(fresh.y[rows].mean(), abs=0.07)
    assert ((fitted.thresholds > 0.15) & (fitted.thresholds < 0.85)).all()


@pytest.mark.parametrize("spread", [0.01, 1, 100, 1e6])
@pytest.mark.parametrize("order", [1, -1])
def test_odd_examples_do_not_carry_the_calibration_away(spread, order):
    random = np.random.default_rng(1)
    sums = order * spread * np.r_[random.normal(-2, 1, 300), random.normal(2, 1, 30)]
    for y in (np.r_[np.zeros(300), np.ones(30)], np.zeros(330), np.ones(330)):
        slope, shift = _calibrate(sums, y)
        assert SLOPES[0] <= slope <= SLOPES[1]
        assert np.isfinite(shift)
    assert np.isfinite(_calibrate(np.array([]), np.array([]))).all()


def test_the_same_examples_give_the_same_model():
    one, other = train(examples(), np.zeros((5, 2))), train(examples(), np.zeros((5, 2)))
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.thresholds, other.thresholds)
    assert (one.slope, one.shift) == (other.slope, other.shift)


def test_texts_of_one_source_are_never_divided():
    group = np.array([0] * 40 + [1, 1, 2, 3, 4, 5, 5, 6], dtype=np.int64)
    fold = folds(group, 3)
    assert all(len(set(fold[group == source])) == 1 for source in set(group))
    assert sorted(np.bincount(fold)) == [4, 4, 40]
