"""The learning itself: logistic regressions drawn towards weights that people gave, and thresholds chosen on data.

Plain numpy, a few thousand numbers, the same result every time; no weight that cannot be read and understood.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]

PULL = 3.0  # how strongly weights are drawn to those given; chosen by cross-validation between 0.3 and 10
BIAS_PULL = 0.1  # how strongly biases are drawn to UNSURE
UNSURE = -2.5  # bias of a concept that nobody decided about: one text in thirteen has it when nothing speaks for it
ROUNDS = 300  # steps of the descent; by then weights change by less than is written down
SLOPES = (0.2, 5.0)  # what a slope of calibration can be; beyond, the examples are too odd to learn it from
SHARED = 2.0  # how much all concepts together say about the threshold of one: rare ones have too few examples
_GRID = np.arange(0.10, 0.71, 0.01)


class Examples(Struct, frozen=True):
    """What is learned from: one row a text.

    `x` (texts x cues) holds how loud each cue is, `y` (texts x concepts) is 1 where a concept was given, `known` is 0
    where nobody decided, and `group` numbers the source of each text.
    """

    x: Array
    y: Array
    known: Array
    group: NDArray[np.int64]

    def take(self, rows: NDArray[np.bool_]) -> Examples:
        """Only some of the texts."""
        return Examples(self.x[rows], self.y[rows], self.known[rows], self.group[rows])


class Fitted(Struct, frozen=True):
    """Weights (cues x concepts) and biases, and the calibration: probability = logistic(slope * sum + shift)."""

    weights: Array
    bias: Array
    slope: float = 1.0
    shift: float = 0.0
    thresholds: Array = np.empty(0)

    def sums(self, x: Array) -> Array:
        """The raw sums of weights for texts."""
        return x @ self.weights + self.bias


def logistic(z: Array) -> Array:
    """Sums as probabilities."""
    return np.asarray(1 / (1 + np.exp(-np.clip(z, -30, 30))))


def fit(examples: Examples, prior: Array) -> Fitted:
    """Weights that explain the examples without straying far from `prior`, nor biases from UNSURE.

    Cues that occur in no example keep the weight they had.
    """
    met = examples.x.any(axis=0)
    weights, bias = _descend(examples.x[:, met], examples.y, examples.known, prior[met])
    all_weights = prior.copy()
    all_weights[met] = weights
    return Fitted(all_weights, bias)


def _descend(x: Array, y: Array, known: Array, prior: Array) -> tuple[Array, Array]:
    """Accelerated gradient descent; the loss is convex, so that it has one end."""
    weights, bias = prior.copy(), np.full(prior.shape[1], UNSURE)
    step = 1 / (np.linalg.norm(np.hstack([x, np.ones((len(x), 1))]), 2) ** 2 / 4 + PULL)
    ahead, ahead_bias, pace = weights, bias, 1.0
    for _ in range(ROUNDS):
        wrong = known * (logistic(x @ ahead + ahead_bias) - y)
        now = ahead - step * (x.T @ wrong + PULL * (ahead - prior))
        now_bias = ahead_bias - step * (wrong.sum(0) + BIAS_PULL * (ahead_bias - UNSURE))
        following = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        push = (pace - 1) / following
        ahead, ahead_bias = now + push * (now - weights), now_bias + push * (now_bias - bias)
        weights, bias, pace = now, now_bias, following
    return weights, bias


def folds(group: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """A fold for each text, so that texts of one group share it and folds are about equally large."""
    names, sizes = np.unique(group, return_counts=True)
    filled, where = [0] * count, {}
    for place in np.argsort(-sizes, kind="stable"):
        fold = filled.index(min(filled))
        where[int(names[place])] = fold
        filled[fold] += int(sizes[place])
    return np.array([where[int(name)] for name in group], dtype=np.int64)


def train(examples: Examples, prior: Array, count: int = 5) -> Fitted:
    """Weights from all examples; calibration and thresholds from sums for texts that their weights had not seen."""
    fold = folds(examples.group, count)
    sums = np.zeros_like(examples.y)
    for number in range(count):
        unseen = fold == number
        sums[unseen] = fit(examples.take(~unseen), prior).sums(examples.x[unseen])
    slope, shift = _calibrate(sums[examples.known > 0], examples.y[examples.known > 0])
    thresholds = _thresholds(logistic(slope * sums + shift), examples.y, examples.known)
    fitted = fit(examples, prior)
    return Fitted(fitted.weights, fitted.bias, slope, shift, thresholds)


def _calibrate(sums: Array, y: Array) -> tuple[float, float]:
    """Platt's scaling: the slope and shift that make the sums probabilities.

    Newton's method, drawn towards leaving the sums as they are and each step halved until it helps, so that few or
    odd examples cannot carry it away.
    """
    line, start = np.stack([sums, np.ones_like(sums)], axis=1), np.array([1.0, 0.0])

    def loss(at: Array) -> float:
        z = line @ at
        return float(np.sum(np.logaddexp(0, z) - y * z) + np.sum((at - start) ** 2))

    at = start
    for _ in range(25):
        p = logistic(line @ at)
        curve = (line * (p * (1 - p))[:, None]).T @ line + 2 * np.eye(2)
        step = np.linalg.solve(curve, line.T @ (p - y) + 2 * (at - start))
        while loss(at - step) > loss(at) and np.abs(step).max() > 1e-9:
            step = step / 2
        at = at - step
    return float(np.clip(at[0], *SLOPES)), float(at[1])


def _thresholds(p: Array, y: Array, known: Array) -> Array:
    """For each concept the probability from which to suggest it: that of the best F1, all concepts having a say."""
    said = (p[None] >= _GRID[:, None, None]) & (known > 0)[None]
    right, offered, wanted = (said * y).sum(1), said.sum(1), (y * known).sum(0)
    share = SHARED / y.shape[1]
    right_all, both_all = right.sum(1, keepdims=True) * share, (offered.sum(1, keepdims=True) + wanted.sum()) * share
    f1 = 2 * (right + right_all) / np.maximum(offered + wanted + both_all, 1e-9)
    return np.asarray(_GRID[np.argmax(f1, axis=0)])
