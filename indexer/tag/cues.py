"""Cues: ideas that texts express in many words and languages, and the concepts that each of them speaks for.

They are data, in `corpus/tagging/cues/*.yaml` and in the labels of the vocabularies, so that an editor teaches the
tagger a phrase by writing it down. How much a cue counts is learned from decisions (`indexer/tag/model.py`); until
then, and for a cue added later, the strength that the editor gave it counts.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from hub.canonical import read_entries
from hub.errors import InvalidRecord, Problem
from hub.phrases import PhraseFinder, phrases_in, phrases_of
from hub.vocabulary import Vocabularies
from hub.words import base
from indexer.tag.text import Reading

# The vocabularies that cues speak for; those of one family share cues and are learned from the same ones.
FAMILIES = (("target", "theme"), ("type", "evidence_level"))
TAGGED = tuple(name for family in FAMILIES for name in family)
STRENGTHS: Mapping[str, float] = {"strong": 1.0, "fair": 0.6, "weak": 0.25, "against": -0.5}
_CONTEXTS = 20  # of them looked at before a phrase: more stand there in no text that makes sense
NEAR = 60  # characters behind words such as *unlike* in which they change what a phrase means


class Cue(Struct, frozen=True):
    """One idea: its name (the first English phrase), what it speaks for and how strongly, its phrases by language.

    Where `is_name`, the phrases are what a vocabulary calls the one concept it speaks for.
    """

    name: str
    points_to: Mapping[str, float]
    phrases: Mapping[str, tuple[str, ...]]
    is_name: bool = False


class Context(Struct, frozen=True):
    """Words that make a phrase count less: near behind them, or anywhere in their sentence."""

    name: str
    factor: float
    whole_sentence: bool
    phrases: Mapping[str, tuple[str, ...]]


class Found(Struct, frozen=True, gc=False):
    """A cue met in a text: which one, in which sentence and characters of it, and how much it counts there.

    `weight` is that of the field; `factor` is less than 1 behind words of denial and the like.
    """

    cue: int
    sentence: int
    start: int
    end: int
    weight: float
    factor: float = 1.0


class Cues:
    """All cues and contexts, and the search for them in a text. Phrase tables are made once for each language."""

    def __init__(self, cues: tuple[Cue, ...], contexts: tuple[Context, ...]) -> None:
        self.cues = cues
        self.contexts = contexts
        self._finders: dict[str, PhraseFinder] = {}

    def find(self, reading: Reading, weights: Mapping[str, float]) -> tuple[Found, ...]:
        """Every cue in a text. `weights` says how much each field of the record counts; others are not read."""
        finder = self._finder(base(reading.language))
        found: list[Found] = []
        for number, sentence in enumerate(reading.sentences):
            if sentence.field in weights:
                words, weight = sentence.words, weights[sentence.field]
                matches = list(finder.find([word.text for word in words]))
                factor = self._factors([(words[m.last].end, m.owner) for m in matches if m.owner < 0])
                for m in matches:
                    if m.owner >= 0:
                        start, end = words[m.first].start, words[m.last].end
                        found.append(Found(m.owner, number, start, end, weight, factor(start)))
        return tuple(found)

    def _factors(self, met: list[tuple[int, int]]) -> Callable[[int], float]:
        """How much a phrase that begins at a character counts in a sentence with contexts that end at others."""
        if not met:
            return lambda _: 1.0
        said = [(end, self.contexts[-1 - owner]) for end, owner in met]
        everywhere = min((context.factor for _, context in said if context.whole_sentence), default=1.0)
        ends = sorted((end, context.factor) for end, context in said if not context.whole_sentence)

        def factor(start: int) -> float:
            near = ends[bisect_left(ends, (start - NEAR,)) : bisect_left(ends, (start + 1,))]
            return min(everywhere, *(each for _, each in near[-_CONTEXTS:]), 1.0)

        return factor

    def _finder(self, language: str) -> PhraseFinder:
        if language not in self._finders:
            self._finders[language] = PhraseFinder(self._phrases(language), language)
        return self._finders[language]

    def _phrases(self, language: str) -> Iterator[tuple[str, int]]:
        owned = [(cue.phrases, number) for number, cue in enumerate(self.cues)]
        owned += [(context.phrases, -1 - number) for number, context in enumerate(self.contexts)]
        for phrases, owner in owned:
            yield from ((phrase, owner) for phrase in phrases_in(phrases, language))


def load_cues(folder: Path, vocabularies: Vocabularies) -> Cues:
    """The cues of a corpus: `cues/*.yaml` and `context.yaml` in `folder`, and the labels of the vocabularies.

    Raises InvalidRecord with everything that is wrong in the files.
    """
    known = {concept.id for name in TAGGED for concept in vocabularies[name].assignable}
    problems: list[Problem] = []
    cues: dict[str, Cue] = {}
    for path in sorted((folder / "cues").glob("*.yaml")):
        file = f"tagging/cues/{path.name}"
        for number, item in enumerate(read_entries(path, file), 1):
            try:
                cue = _cue(item, known)
                if cue.name in cues:
                    raise ValueError(f"{cue.name!r} is the first English phrase of another cue too")
                cues[cue.name] = cue
            except ValueError as error:
                problems.append(Problem(file, f"entry {number}", str(error)))
    contexts: list[Context] = []
    file = "tagging/context.yaml"
    for number, item in enumerate(read_entries(folder / "context.yaml", file), 1):
        try:
            contexts.append(_context(item))
        except ValueError as error:
            problems.append(Problem(file, f"entry {number}", str(error)))
    if problems:
        raise InvalidRecord(tuple(problems))
    return Cues((*cues.values(), *_labels(vocabularies)), tuple(contexts))


def _cue(item: Any, known: set[str]) -> Cue:
    phrases = phrases_of(item, {"points_to"})
    if not phrases.get("en"):
        raise ValueError("needs an English phrase, which names it in reports")
    given = item.get("points_to")
    if not isinstance(given, dict) or not given:
        raise ValueError("points_to needs the concepts that it speaks for")
    for concept, strength in given.items():
        if concept not in known:
            raise ValueError(f"there is no concept {concept!r} to give to a record")
        if not isinstance(strength, str) or strength not in STRENGTHS:
            raise ValueError(f"{strength!r} is not one of {', '.join(STRENGTHS)}")
    return Cue(phrases["en"][0], {concept: STRENGTHS[name] for concept, name in given.items()}, phrases)


def _context(item: Any) -> Context:
    phrases = phrases_of(item, {"name", "factor", "reach"})
    if not re.fullmatch(r"0(\.\d+)?|1", str(item.get("factor"))):
        raise ValueError("factor needs a number from 0 to 1")
    if item.get("reach") not in ("after", "sentence"):
        raise ValueError("reach is 'after' or 'sentence'")
    return Context(str(item.get("name", "")), float(item["factor"]), item["reach"] == "sentence", phrases)


def _labels(vocabularies: Vocabularies) -> Iterator[Cue]:
    """What the vocabularies themselves call a concept: alternative labels are chosen to be telling, names are short."""
    for name in TAGGED:
        for concept in vocabularies[name].assignable:
            names = {language: (label,) for language, label in concept.pref_label.items()}
            yield Cue(f"name of {concept.id}", {concept.id: STRENGTHS["weak"]}, names, True)
            yield Cue(f"labels of {concept.id}", {concept.id: STRENGTHS["fair"]}, concept.alt_labels, True)
