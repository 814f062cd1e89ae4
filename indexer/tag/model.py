"""What was learned from curators' decisions, kept as a file that people can read and git can compare.

For each vocabulary: how sums of weights become probabilities, and for each concept its bias, the probability from
which it is suggested, and the weights of cues where they differ from the strength that an editor gave them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct, field

from hub.corpus import replace_file
from hub.errors import InvalidRecord, Problem
from hub.vocabulary import Vocabularies
from indexer.tag.cues import FAMILIES, TAGGED, Cue, Found
from indexer.tag.linear import UNSURE, Array, Examples, Fitted

SCALE = 2.0  # what a strong cue adds to a sum; chosen by cross-validation between 1 and 4
CAREFUL = 0.35  # probability from which a concept is suggested that nobody has decided about yet
_PLACES = 2  # decimals written down
_MOVED = 0.05  # how far a weight has to be from the given one to be written down
_QUIET = 1.0  # added to the sum of squares, so that the only cue of a text does not shout
_TOGETHER = 3.0  # loudness (square root of summed squares) of all cues of a text: that of a usual one


class Learned(Struct, frozen=True):
    """What was learned about one concept. `examples` counts the texts that have it."""

    bias: float = UNSURE
    threshold: float = CAREFUL
    examples: int = 0
    weights: Mapping[str, float] = field(default_factory=dict)


class Part(Struct, frozen=True):
    """What was learned about one vocabulary, and from how many texts: probability = logistic(slope * sum + shift)."""

    texts: int = 0
    slope: float = 1.0
    shift: float = 0.0
    concepts: Mapping[str, Learned] = field(default_factory=dict)


class Model(Struct, frozen=True):
    """What was learned about all vocabularies. An empty one trusts the strengths that editors gave."""

    vocabularies: Mapping[str, Part] = field(default_factory=dict)


def load_model(path: Path) -> Model:
    """The model in a file; an empty one where there is none. Raises InvalidRecord."""
    if not path.exists():
        return Model()
    try:
        return msgspec.json.decode(path.read_bytes(), type=Model)
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors too
        problem = Problem(f"tagging/{path.name}", "", f"is no model (indexer tag train makes one): {error}")
        raise InvalidRecord((problem,)) from error


def save_model(model: Model, path: Path) -> None:
    """Write a model so that git shows which weights changed."""
    path.parent.mkdir(exist_ok=True)
    replace_file(path, msgspec.json.format(msgspec.json.encode(model, order="sorted"), indent=1).decode() + "\n")


def concepts_of(vocabularies: Vocabularies) -> dict[str, tuple[str, ...]]:
    """The concepts that texts are tagged with, by vocabulary, in their given order."""
    return {name: tuple(concept.id for concept in vocabularies[name].assignable) for name in TAGGED}


def given_weights(cues: Sequence[Cue], concepts: Sequence[str]) -> Array:
    """The weights that editors gave (cues x concepts)."""
    place = {concept: column for column, concept in enumerate(concepts)}
    weights = np.zeros((len(cues), len(concepts)))
    for row, cue in enumerate(cues):
        for concept, strength in cue.points_to.items():
            if concept in place:
                weights[row, place[concept]] = SCALE * strength
    return weights


def loudness(found: Iterable[Found]) -> dict[int, float]:
    """How loud each cue is in a text: the first mention counts most, and all texts are equally loud altogether.

    So a text of 60 words and one of 600 can be judged by what was learned from texts of 200.
    """
    said: dict[int, float] = {}
    meant: dict[int, float] = {}  # less where a word such as *unlike* stands before
    for one in found:
        said[one.cue] = said.get(one.cue, 0.0) + one.weight
        meant[one.cue] = meant.get(one.cue, 0.0) + one.weight * one.factor
    altogether = math.sqrt(_QUIET + sum((1 - math.exp(-weight)) ** 2 for weight in said.values()))
    return {cue: (1 - math.exp(-weight)) * _TOGETHER / altogether for cue, weight in meant.items()}


def families_of(cues: Sequence[Cue], vocabularies: Vocabularies) -> tuple[frozenset[int], ...]:
    """The numbers of the cues of each family of vocabularies."""
    concepts = concepts_of(vocabularies)
    own = [{concept for name in family for concept in concepts[name]} for family in FAMILIES]
    return tuple(frozenset(n for n, cue in enumerate(cues) if not ids.isdisjoint(cue.points_to)) for ids in own)


def to_part(fitted: Fitted, cues: Sequence[Cue], concepts: Sequence[str], examples: Examples) -> Part:
    """What was fitted, in words: only weights that moved away from what editors gave."""
    counts = (examples.y * examples.known).sum(0)
    given = given_weights(cues, concepts)
    learned = {}
    for column, concept in enumerate(concepts):
        moved = np.flatnonzero(np.abs(fitted.weights[:, column] - given[:, column]) >= _MOVED).tolist()
        weights = {cues[row].name: round(float(fitted.weights[row, column]), _PLACES) for row in moved}
        bias, threshold = round(float(fitted.bias[column]), _PLACES), round(float(fitted.thresholds[column]), 2)
        learned[concept] = Learned(bias, threshold, int(counts[column]), weights)
    return Part(len(examples.x), round(fitted.slope, _PLACES), round(fitted.shift, _PLACES), learned)


def to_fitted(part: Part, cues: Sequence[Cue], concepts: Sequence[str]) -> Fitted:
    """What was learned, as numbers to reckon with. A cue without a learned weight has the one that editors gave it."""
    weights = given_weights(cues, concepts)
    row_of = {cue.name: row for row, cue in enumerate(cues)}
    learned = [part.concepts.get(concept, Learned()) for concept in concepts]
    for column, one in enumerate(learned):
        for name, weight in one.weights.items():
            if name in row_of:
                weights[row_of[name], column] = weight
    bias, thresholds = np.array([one.bias for one in learned]), np.array([one.threshold for one in learned])
    return Fitted(weights, bias, part.slope, part.shift, thresholds)
