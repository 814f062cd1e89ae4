"""How right suggestions are: precision, recall, F1, hits among the first, calibration. Pure functions of answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

BINS = 5  # of probability, for calibration


class Answer(Struct, frozen=True):
    """What the tagger said of one text beside what people say of it.

    `ranked` holds (concept, score) pairs, `suggested` those offered to a curator, the likeliest first; `truth` the
    concepts people gave; `open` concepts that count neither as right nor as wrong, for readers disagree on them.
    """

    id: str
    language: str
    truth: frozenset[str]
    ranked: tuple[tuple[str, float], ...]
    suggested: tuple[str, ...]
    open: frozenset[str] = frozenset()


class Counts(Struct, frozen=True):
    """Right, wrong and missed suggestions, and what follows from them."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the suggestions that are right."""
        return _share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Share of what people gave that is suggested."""
        return _share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return _share(2 * self.right, 2 * self.right + self.wrong + self.missed)


class Bin(Struct, frozen=True):
    """Suggestions of similar score: how many, their mean score, and the share of them that is right."""

    count: int
    score: float
    right: float


class Measures(Struct, frozen=True):
    """Everything measured about one vocabulary; `macro` is the mean F1 of the concepts that people gave."""

    texts: int
    counts: Counts
    macro: float
    hit1: float
    hit3: float
    concepts: Mapping[str, Counts]
    bins: tuple[Bin, ...]

    @property
    def calibration_error(self) -> float:
        """By how much scores differ from the share that is right, on average over all suggestions."""
        total = sum(each.count for each in self.bins)
        return _share(sum(each.count * abs(each.score - each.right) for each in self.bins), total)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def measure(answers: Sequence[Answer]) -> Measures:
    """Measures of all answers together."""
    concepts = sorted({concept for answer in answers for concept in (*answer.truth, *answer.suggested)})
    each = {concept: _counts(answers, {concept}) for concept in concepts}
    given = [counts.f1 for counts in each.values() if counts.right + counts.missed]
    macro, counts = _share(sum(given), len(given)), _counts(answers, set(concepts))
    return Measures(len(answers), counts, macro, _hits(answers, 1), _hits(answers, 3), each, tuple(_bins(answers)))


def _counts(answers: Iterable[Answer], concepts: set[str]) -> Counts:
    right = wrong = missed = 0
    for answer in answers:
        suggested, truth = (set(answer.suggested) & concepts) - answer.open, answer.truth & concepts
        right += len(suggested & truth)
        wrong += len(suggested - truth)
        missed += len(truth - suggested)
    return Counts(right, wrong, missed)


def _hits(answers: Iterable[Answer], first: int) -> float:
    judged = [answer for answer in answers if answer.truth]
    return _share(sum(not a.truth.isdisjoint(a.suggested[:first]) for a in judged), len(judged))


def _bins(answers: Iterable[Answer]) -> Iterable[Bin]:
    kept: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    for answer in answers:
        for concept, score in answer.ranked:
            if concept in answer.suggested and concept not in answer.open:
                kept[min(BINS - 1, int(score * BINS))].append((score, concept in answer.truth))
    for pairs in kept:
        if pairs:
            count = len(pairs)
            yield Bin(count, sum(score for score, _ in pairs) / count, sum(right for _, right in pairs) / count)


def by_language(answers: Sequence[Answer], least: int = 5) -> dict[str, Measures]:
    """Measures for each language of at least `least` texts, the most frequent first; the rest together as `other`."""
    groups: dict[str, list[Answer]] = {}
    for answer in answers:
        groups.setdefault(answer.language, []).append(answer)
    large = sorted((name for name in groups if len(groups[name]) >= least), key=lambda name: (-len(groups[name]), name))
    rest = [answer for name, some in groups.items() if name not in large for answer in some]
    return {name: measure(groups[name]) for name in large} | ({"other": measure(rest)} if rest else {})


def second_opinion(answers: Sequence[Answer], second: Mapping[str, Sequence[str]]) -> dict[str, Measures]:
    """The same answers measured by the curators, by a second reader, and by what both gave, on the texts both read."""
    shared = [answer for answer in answers if answer.id in second]
    other = [frozenset(second[answer.id]) for answer in shared]
    rows = list(zip(shared, other, strict=True))
    return {
        "curators": measure(shared),
        "second reader": measure([_with(answer, given) for answer, given in rows]),
        "tags that both gave": measure([_with(a, a.truth & given, a.truth ^ given) for a, given in rows]),
        "(second reader by curators)": measure([_reader(answer, tuple(second[answer.id])) for answer in shared]),
    }


def _with(answer: Answer, truth: frozenset[str], contested: frozenset[str] = frozenset()) -> Answer:
    return Answer(answer.id, answer.language, truth, answer.ranked, answer.suggested, contested)


def _reader(answer: Answer, given: tuple[str, ...]) -> Answer:
    return Answer(answer.id, answer.language, answer.truth, tuple((concept, 1.0) for concept in given), given)
