"""Targets, themes, type and level of evidence of a text: which, how likely, and which sentences say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from hub.record import Evidence, Method
from hub.vocabulary import Vocabularies
from indexer.tag.cues import FAMILIES, TAGGED, Cues, Found
from indexer.tag.linear import Fitted, logistic
from indexer.tag.model import Model, Part, concepts_of, families_of, given_weights, loudness, to_fitted
from indexer.tag.suggestion import Suggestion
from indexer.tag.text import Reading

# How much each field counts: a title says what a case is about, a problem described is not yet something done.
WEIGHTS = {"title": 2.0, "abstract": 1.5, "challenge": 0.7, "action": 1.0, "results": 1.0, "lessons": 0.8, "text": 1.0}
MOST = {"target": 5, "theme": 4, "type": 1, "evidence_level": 1}
BEST = 0.1  # the likeliest concept is suggested from this probability on: a curator wants something to begin with
SAME = 2 / 3  # a theme is left out when this share of what speaks for it speaks for a likelier one of its group
_SHOWN = 5  # matched words given with a suggestion


class Ground(Struct, frozen=True, gc=False):
    """A cue that speaks for a concept because an editor said so, what it adds to the sum, and where it stands.

    Other cues were merely seen together with the concept; they make it likelier, but convince nobody.
    """

    cue: int
    amount: float
    places: tuple[Found, ...]


class Verdict(Struct, frozen=True, gc=False):
    """How likely a text belongs to a concept, and whether that is enough to suggest it.

    `grounds` says what each cue adds to the sum (cue, amount; below zero: it speaks against the concept), the largest
    first, where the concept was considered; `evidence` holds those that can convince a curator.
    """

    vocabulary: str
    concept: str
    probability: float
    threshold: float
    suggested: bool = False
    grounds: tuple[tuple[int, float], ...] = ()
    evidence: tuple[Ground, ...] = ()


class Classifier:
    """Judges texts by cues and by what was learned. Made once, then the same for every text."""

    def __init__(self, cues: Cues, model: Model, vocabularies: Vocabularies) -> None:
        self.cues = cues
        self.vocabularies = vocabularies
        self._concepts = concepts_of(vocabularies)
        self._families = families_of(cues.cues, vocabularies)
        self._fitted: dict[str, Fitted] = {
            name: to_fitted(model.vocabularies.get(name, Part()), cues.cues, concepts)
            for name, concepts in self._concepts.items()
        }
        self._speaks = {
            name: [frozenset(np.flatnonzero(column > 0).tolist()) for column in given_weights(cues.cues, concepts).T]
            for name, concepts in self._concepts.items()
        }
        self._group = {theme.id: theme.broader for theme in vocabularies["theme"].assignable}

    def judge(self, reading: Reading, rejected: Set[str] = frozenset()) -> dict[str, tuple[Verdict, ...]]:
        """The verdict on every concept of each vocabulary, the likeliest first; no `rejected` one is suggested."""
        found = self.cues.find(reading, WEIGHTS)
        verdicts: dict[str, tuple[Verdict, ...]] = {}
        for family, cues in zip(FAMILIES, self._families, strict=True):
            places: dict[int, list[Found]] = {}
            for one in found:
                if one.cue in cues:
                    places.setdefault(one.cue, []).append(one)
            loud = loudness(one for one in found if one.cue in cues)
            for name in family:
                verdicts[name] = tuple(self._chosen(self._verdicts(name, loud, places), MOST[name], rejected))
        return verdicts

    def _verdicts(self, name: str, loud: Mapping[int, float], places: Mapping[int, list[Found]]) -> list[Verdict]:
        fitted, cues = self._fitted[name], list(loud)
        amounts = fitted.weights[cues] * np.array(list(loud.values()))[:, None] * fitted.slope
        probabilities = logistic(amounts.sum(0) + fitted.slope * fitted.bias + fitted.shift).tolist()
        thresholds = fitted.thresholds.tolist()
        verdicts = []
        for place, column in enumerate(sorted(range(len(probabilities)), key=lambda column: -probabilities[column])):
            verdict = Verdict(name, self._concepts[name][column], probabilities[column], thresholds[column])
            if place == 0 or verdict.probability >= verdict.threshold:
                rows = zip(cues, amounts[:, column].tolist(), strict=True)
                grounds = sorted([(-amount, cue) for cue, amount in rows if amount])
                speaks = self._speaks[name][column]
                verdict = replace(
                    verdict,
                    grounds=tuple([(cue, -less) for less, cue in grounds]),
                    evidence=tuple(
                        [Ground(c, -less, tuple(places[c])) for less, c in grounds if less < 0 and c in speaks]
                    ),
                )
            verdicts.append(verdict)
        return verdicts

    def _chosen(self, verdicts: list[Verdict], most: int, rejected: Set[str]) -> Iterator[Verdict]:
        chosen: list[Verdict] = []
        for place, verdict in enumerate(verdicts):
            needed = min(BEST, verdict.threshold) if place == 0 and most > 1 else verdict.threshold
            enough = verdict.probability >= needed and (place == 0 or most > 1)
            fresh = verdict.concept not in rejected and not self._said(verdict, chosen)
            if enough and verdict.evidence and len(chosen) < most and fresh:
                chosen.append(verdict)
                yield replace(verdict, suggested=True)
            else:
                yield verdict

    def _said(self, verdict: Verdict, chosen: list[Verdict]) -> bool:
        """Whether a theme would say again, in its group, what a likelier one says already."""
        group = self._group.get(verdict.concept)
        near = [one for one in chosen if group and self._group[one.concept] == group]
        used = {ground.cue for one in near for ground in one.evidence}
        every = sum(ground.amount for ground in verdict.evidence)
        return sum(ground.amount for ground in verdict.evidence if ground.cue in used) > SAME * every


def suggestions(reading: Reading, verdicts: Mapping[str, tuple[Verdict, ...]]) -> list[Suggestion]:
    """What to offer a curator: the suggested concepts, each with the sentence that carried most weight."""
    return [_suggestion(reading, verdict) for name in TAGGED for verdict in verdicts[name] if verdict.suggested]


def _suggestion(reading: Reading, verdict: Verdict) -> Suggestion:
    weights: dict[int, float] = {}
    spans: dict[int, list[tuple[float, int, int]]] = {}
    for ground in verdict.evidence:
        loud = sum(place.weight * place.factor for place in ground.places)
        for place in ground.places:
            amount = ground.amount * place.weight * place.factor / loud
            weights[place.sentence] = weights.get(place.sentence, 0.0) + amount
            spans.setdefault(place.sentence, []).append((-amount, place.start, place.end))
    best = min(weights, key=lambda number: (-weights[number], number))
    sentence, heaviest = reading.sentences[best], sorted(spans[best])
    quote = sentence.quote(heaviest[0][1], heaviest[0][2])
    words = dict.fromkeys(sentence.text[start:end] for _, start, end in heaviest)
    matched = tuple(text for text in words if text in quote)[:_SHOWN]
    score = round(verdict.probability, 2)
    evidence = Evidence(sentence.field, quote)
    return Suggestion(verdict.vocabulary, verdict.concept, Method.MODEL, score, evidence, matched)
