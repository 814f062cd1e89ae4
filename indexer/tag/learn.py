"""Curators' decisions -> model: accepted tags are examples for a concept, rejected and absent ones against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from hub.corpus import FIELD_VOCABULARIES
from hub.record import Decision, Record, Status
from hub.vocabulary import Vocabularies
from indexer.tag.classify import WEIGHTS
from indexer.tag.cues import FAMILIES, Cues
from indexer.tag.linear import Examples, train
from indexer.tag.model import Model, Part, concepts_of, families_of, given_weights, loudness, to_part
from indexer.tag.text import read

ENOUGH = 20  # decided texts; below that the editors' strengths are the better guide


class Lesson(Struct, frozen=True):
    """What a text teaches: how loud each cue is in it (by family of vocabularies), and the decisions about it."""

    source: str
    loud: tuple[Mapping[int, float], ...]
    decided: Mapping[str, Mapping[str, bool]]


def lessons_of(records: Iterable[Record], cues: Cues, vocabularies: Vocabularies) -> Iterator[Lesson]:
    """What records teach, one after the other."""
    families, concepts = families_of(cues.cues, vocabularies), concepts_of(vocabularies)
    for record in records:
        found = cues.find(read(record), WEIGHTS)
        loud = tuple(loudness(one for one in found if one.cue in family) for family in families)
        yield Lesson(record.source, loud, {name: decisions(record, name, concepts[name]) for name in concepts})


def decisions(record: Record, name: str, concepts: Sequence[str]) -> dict[str, bool]:
    """What is known of each concept for a record: given or not; one that nobody has decided about is left out.

    Where a curator accepted one, a concept that was never offered is one that they did not find in the record.
    """
    if name in FIELD_VOCABULARIES:
        value = getattr(record, name)
        return {c: c == value for c in concepts} if value and record.status is Status.PUBLISHED else {}
    tags = {tag.concept: tag.decision for tag in record.tags if tag.vocabulary == name}
    known = {c: d is Decision.ACCEPTED for c, d in tags.items() if d is not Decision.SUGGESTED}
    if any(known.values()):
        known = {concept: False for concept in concepts if concept not in tags} | known
    return known


def examples_of(lessons: Sequence[Lesson], name: str, family: int, width: int, concepts: Sequence[str]) -> Examples:
    """The lessons about one vocabulary as numbers; `width` is the number of cues."""
    x, y, known = (np.zeros((len(lessons), size)) for size in (width, len(concepts), len(concepts)))
    column = {concept: number for number, concept in enumerate(concepts)}
    for row, lesson in enumerate(lessons):
        for cue, value in lesson.loud[family].items():
            x[row, cue] = value
        for concept, given in lesson.decided[name].items():
            if concept in column:
                known[row, column[concept]], y[row, column[concept]] = 1.0, float(given)
    return Examples(x, y, known, sources_of(lessons))


def sources_of(lessons: Sequence[Lesson]) -> NDArray[np.int64]:
    """The number of the source of each lesson, so that lessons of one source can be kept together."""
    numbers = {source: number for number, source in enumerate(sorted({lesson.source for lesson in lessons}))}
    return np.array([numbers[lesson.source] for lesson in lessons], dtype=np.int64)


def learn(lessons: Iterable[Lesson], cues: Cues, vocabularies: Vocabularies) -> Model:
    """The model that lessons teach; a vocabulary with too few decisions is left to the editors' strengths."""
    every, concepts = tuple(lessons), concepts_of(vocabularies)
    parts: dict[str, Part] = {}
    for number, family in enumerate(FAMILIES):
        for name in family:
            told = [lesson for lesson in every if lesson.decided[name]]
            if len(told) >= ENOUGH and len({lesson.source for lesson in told}) > 1:
                examples = examples_of(told, name, number, len(cues.cues), concepts[name])
                fitted = train(examples, given_weights(cues.cues, concepts[name]))
                parts[name] = to_part(fitted, cues.cues, concepts[name], examples)
    return Model(parts)
