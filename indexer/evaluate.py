"""Suggestions against curators' decisions: what the tagger says of texts that it has not learned from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from hub.corpus import Corpus
from hub.errors import InvalidRecord, Problem
from hub.record import PROPOSED, Decision, Record
from hub.text import fold
from hub.vocabulary import Vocabularies
from hub.words import find_words
from indexer.measures import Answer, Measures, second_opinion
from indexer.tag.classify import Classifier, suggestions
from indexer.tag.crosswalk.crosswalks import Crosswalks, suggestions_from
from indexer.tag.cues import TAGGED, Cues
from indexer.tag.learn import learn, lessons_of, sources_of
from indexer.tag.linear import folds
from indexer.tag.model import Model
from indexer.tag.places.find import find_places, named_countries
from indexer.tag.suggestion import Suggestion
from indexer.tag.tagger import Tagger, load_tagger, ranked_suggestions, with_own_tags
from indexer.tag.text import read

FOLDS = 10
RULED = ("country", "region", "language", "began", "ended", "organisations")
WITH_OWN_TAGS = {"target": "target, with the source's tags", "theme": "theme, with the source's tags"}
NAMED, WITH_PLACE = "country, of those the text names", "country, with place and point"
YEARS = ("began", "ended")
Watched = Callable[[Collection[int]], Iterable[int]]


class Evaluation(Struct, frozen=True):
    """Answers by vocabulary: for texts of unseen sources, and without learning; measures beside a second reader's."""

    answers: Mapping[str, list[Answer]]
    untaught: Mapping[str, list[Answer]]
    second: Mapping[str, Mapping[str, Measures]]


def evaluate(
    corpus: Corpus, records: Sequence[Record], second: Mapping[str, Sequence[str]], watched: Watched | None = None
) -> Evaluation:
    """Everything measured about the tagger on the decided records of a corpus.

    `second` holds the targets that a second reader gave, by id of record. Raises InvalidRecord.
    """
    tagger = load_tagger(corpus)
    cues, vocabularies = tagger.classifier.cues, tagger.classifier.vocabularies
    answers = cross_validate(records, tagger, vocabularies, watched) | ruled(records, tagger)
    opinions = {"Targets beside a second reader": second_opinion(answers["target"], second)} if second else {}
    return Evaluation(answers, untaught(records, cues, vocabularies), opinions)


def ruled(records: Iterable[Record], tagger: Tagger) -> dict[str, list[Answer]]:
    """Answers where nothing is learned: what rules read in title, abstract and body; countries also with `place`.

    Curators knew more than the text of a record says: in NAMED, countries that it names nowhere count neither way.
    """
    answers: dict[str, list[Answer]] = {name: [] for name in (*RULED, NAMED, WITH_PLACE)}
    for record in records:
        bare = replace(record, tags=(), source_tags=(), place="", point=None)
        said = tagger.read(bare).suggestions
        for name in RULED:
            if (truth := truth_of(record, name)) or name in ("country", "region"):
                mine = [one for one in said if one.vocabulary == name]
                answers[name].append(
                    _answer(record, truth, _as_given(mine, truth) if name == "organisations" else mine)
                )
        reading = read(bare)
        named = named_countries(reading, bare, tagger.gazetteer)
        answer = answers["country"][-1]
        answers[NAMED].append(replace(answer, truth=answer.truth & named, open=answer.truth - named))
        places = find_places(reading, replace(bare, place=record.place, point=record.point), tagger.gazetteer)
        countries = [one for one in places if one.vocabulary == "country"]
        answers[WITH_PLACE].append(_answer(record, truth_of(record, "country"), countries))
    return answers


def _as_given(said: Iterable[Suggestion], truth: frozenset[str]) -> list[Suggestion]:
    """Names of organisations as people gave them where one holds the other: `WWF` for `WWF Spain`."""
    found = []
    for one in said:
        same = (name for name in sorted(truth) if _holds(name, one.concept) or _holds(one.concept, name))
        found.append(replace(one, concept=next(same, one.concept)))
    return found


def _holds(name: str, other: str) -> bool:
    words, inner = ([fold(word) for word, _ in find_words(text)] for text in (name, other))
    return f" {' '.join(inner)} " in f" {' '.join(words)} "


def _answer(record: Record, truth: frozenset[str], said: Sequence[Suggestion]) -> Answer:
    ranked = tuple((one.concept, one.score) for one in said)
    return Answer(record.id, record.language, truth, ranked, tuple(one.concept for one in said))


def cross_validate(
    records: Sequence[Record], tagger: Tagger, vocabularies: Vocabularies, watched: Watched | None = None
) -> dict[str, list[Answer]]:
    """Answers for every record by models that learned from other sources only.

    All that is learned - weights, calibration, thresholds - comes from the other sources, so that near-copies, which
    share a source, do not help. `watched` shows progress. What `tagger` learned is not used, only what it was told.
    """
    cues = tagger.classifier.cues
    lessons = list(lessons_of(records, cues, vocabularies))
    fold = folds(sources_of(lessons), FOLDS)
    answers: dict[str, dict[int, Answer]] = {name: {} for name in (*TAGGED, *WITH_OWN_TAGS.values())}
    for number in (watched or iter)(range(FOLDS)):
        model = learn((lesson for lesson, of in zip(lessons, fold, strict=True) if of != number), cues, vocabularies)
        classifier = Classifier(cues, model, vocabularies)
        for row in np.flatnonzero(fold == number).tolist():
            for name, answer in answers_of(records[row], classifier, tagger.crosswalks).items():
                answers[name][row] = answer
    return {name: [found[row] for row in sorted(found)] for name, found in answers.items()}


def untaught(records: Iterable[Record], cues: Cues, vocabularies: Vocabularies) -> dict[str, list[Answer]]:
    """Answers by what editors wrote down alone, before anything is learned."""
    classifier = Classifier(cues, Model(), vocabularies)
    each = [answers_of(record, classifier) for record in records]
    return {name: [answers[name] for answers in each if name in answers] for name in TAGGED}


def answers_of(record: Record, classifier: Classifier, crosswalks: Crosswalks | None = None) -> dict[str, Answer]:
    """What a classifier says of one record, for each vocabulary that people decided about.

    With crosswalks also what it says together with the source's own tags.
    """
    reading, answers = read(record), {}
    judged = classifier.judge(reading)
    for name, verdicts in judged.items():
        if truth := truth_of(record, name):
            ranked = tuple((verdict.concept, verdict.probability) for verdict in verdicts)
            suggested = tuple(verdict.concept for verdict in verdicts if verdict.suggested)
            answers[name] = Answer(record.id, record.language, truth, ranked, suggested, undecided(record, name))
    if crosswalks:
        own_tags = suggestions_from(record, crosswalks)
        found = list(ranked_suggestions(with_own_tags(suggestions(reading, judged), own_tags, judged)))
        for name, title in WITH_OWN_TAGS.items():
            if truth := truth_of(record, name):
                answers[title] = _answer(record, truth, [one for one in found if one.vocabulary == name])
    return answers


def undecided(record: Record, name: str) -> frozenset[str]:
    """Concepts that were suggested, and that nobody has decided about."""
    return frozenset(record.concepts(name, Decision.SUGGESTED))


def truth_of(record: Record, name: str) -> frozenset[str]:
    """What people gave a record: accepted tags, or the value of a field."""
    if name in PROPOSED:
        value = getattr(record, name)
        return frozenset(value if isinstance(value, tuple) else filter(None, [value[:4] if name in YEARS else value]))
    return frozenset(record.concepts(name, Decision.ACCEPTED))


def read_second(path: Path) -> dict[str, tuple[str, ...]]:
    """The targets that a second reader gave, from JSON: {id of record: [numbers of targets]}. Raises InvalidRecord."""
    try:
        numbers = msgspec.json.decode(path.read_bytes(), type=dict[str, list[int]])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise InvalidRecord((Problem(path.name, "", f"is no second reading: {error}"),)) from error
    return {record: tuple(f"GBF-TARGET-{number:02}" for number in given) for record, given in numbers.items()}


def worst(answers: Sequence[Answer], count: int) -> list[tuple[Answer, str, float]]:
    """The mistakes the tagger was surest of: suggested but not given, or given but thought very unlikely (below 0)."""
    found = []
    for answer in answers:
        for concept, score in answer.ranked:
            wrong = concept in answer.suggested and concept not in answer.truth
            missed = concept in answer.truth and concept not in answer.suggested
            if wrong or missed:
                found.append((answer, concept, score if wrong else score - 1))
    return sorted(found, key=lambda item: (-abs(item[2]), item[0].id, item[1]))[:count]
