"""The tagger: all that reads a record and suggests something, put together; and suggestions written into records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from hub.corpus import Corpus
from hub.record import PROPOSED, Decision, Method, Record, Tag
from hub.text import fold
from hub.words import base
from indexer.tag.classify import MOST, Classifier, Verdict, suggestions
from indexer.tag.crosswalk.crosswalks import Crosswalks, load_crosswalks, suggestions_from
from indexer.tag.cues import load_cues
from indexer.tag.describe.describer import Describer, language_of, load_describer, organisations_of, years_of
from indexer.tag.model import CAREFUL, load_model
from indexer.tag.places.find import find_places
from indexer.tag.places.gazetteer import Gazetteer, load_gazetteer
from indexer.tag.suggestion import Suggestion
from indexer.tag.text import Reading, read

NAME = "indexer tag"  # who suggested, in the tags of a record
TAGS = ("target", "theme", "country", "region")
OURS = {*TAGS, *PROPOSED} - {"also_at"}  # what this tagger suggests; likely duplicates are suggested by the harvest
FOLDER = "tagging"  # of the corpus, with all that the tagger is told
MODEL = "model.json"
USUAL = 0.1  # share of texts that have a concept: what a tag of the source is compared with
LEAST = 0.3  # below this score, no language is proposed
SURE = 0.9  # from this score on, a text is read in the language it seems to be in, whatever its source claims


class Opinion(Struct, frozen=True):
    """All that the tagger says of a record: what it suggests, best first, and the verdicts behind it."""

    suggestions: tuple[Suggestion, ...]
    verdicts: Mapping[str, tuple[Verdict, ...]]


class Tagger:
    """Reads records and suggests tags and values of fields. Loading takes a second, a record a few milliseconds."""

    def __init__(
        self, classifier: Classifier, gazetteer: Gazetteer, crosswalks: Crosswalks, describer: Describer
    ) -> None:
        self.classifier = classifier
        self.gazetteer = gazetteer
        self.crosswalks = crosswalks
        self._describer = describer

    def read(self, record: Record, today: date | None = None) -> Opinion:
        """Everything that a record's text, place and own tags suggest."""
        reading = read(record)
        language = language_of(reading, self._describer)
        if language and language.score >= SURE and language.concept != base(record.language):
            reading = Reading(language.concept, reading.sentences)
        rejected = _rejected(record)
        verdicts = self.classifier.judge(reading, rejected)
        found = [*suggestions(reading, verdicts), *find_places(reading, record, self.gazetteer)]
        found += [language] if language and language.score >= LEAST else []
        found += years_of(reading, (today or date.today()).year, self._describer)
        found += organisations_of(reading, self._describer)
        own_tags = suggestions_from(record, self.crosswalks)
        return Opinion(tuple(ranked_suggestions(with_own_tags(found, own_tags, verdicts), rejected)), verdicts)


def _rejected(record: Record) -> frozenset[str]:
    """Concepts and values that curators rejected: they take no place that something else could have."""
    every = (*record.tags, *record.proposals)
    return frozenset(tag.concept for tag in every if tag.decision is Decision.REJECTED)


def with_own_tags(
    found: Iterable[Suggestion], own_tags: Iterable[Suggestion], verdicts: Mapping[str, tuple[Verdict, ...]]
) -> Iterable[Suggestion]:
    """What was found in the text together with what the source's tags say.

    Where the text was judged, a tag multiplies the odds: it settles what the text leaves open, and does not carry
    what nothing in the text speaks for. Elsewhere two that agree are surer than one.
    """
    judged = {(each.vocabulary, each.concept): each for several in verdicts.values() for each in several}
    best = {(one.vocabulary, one.concept): one for one in found}
    for tag in own_tags:
        name = (tag.vocabulary, tag.concept)
        other, verdict = best.get(name), judged.get(name)
        if verdict:
            odds = _odds(verdict.probability) * max(1, _odds(tag.score) / _odds(USUAL))
            score = odds / (1 + odds)
        else:
            score = 1 - (1 - tag.score) * (1 - (other.score if other else 0))
        if other or score >= (verdict.threshold if verdict else CAREFUL):
            best[name] = replace(other or tag, score=round(score, 2))  # words of the text convince more than a tag
    return best.values()


def _odds(probability: float) -> float:
    return probability / max(1 - probability, 1e-6)


def load_tagger(corpus: Corpus) -> Tagger:
    """The tagger of a corpus, from its vocabularies and the files in `tagging/`. Raises InvalidRecord."""
    folder, vocabularies = corpus.folder / FOLDER, corpus.vocabularies()
    classifier = Classifier(load_cues(folder, vocabularies), load_model(folder / MODEL), vocabularies)
    crosswalks = load_crosswalks(folder, vocabularies)
    return Tagger(
        classifier,
        load_gazetteer(folder, vocabularies),
        crosswalks,
        load_describer(folder / "describe.yaml", f"{FOLDER}/describe.yaml"),
    )


def ranked_suggestions(found: Iterable[Suggestion], rejected: Set[str] = frozenset()) -> Iterator[Suggestion]:
    """Suggestions by vocabulary and score, no more of each vocabulary than a record takes."""
    order = {name: place for place, name in enumerate((*TAGS, *PROPOSED))}
    counts: Counter[str] = Counter()
    for one in sorted(found, key=lambda one: (order[one.vocabulary], -one.score)):
        counts[one.vocabulary] += one.concept not in rejected
        if counts[one.vocabulary] <= MOST.get(one.vocabulary, counts[one.vocabulary]):
            yield one


def with_suggestions(record: Record, suggested: Iterable[Suggestion], at: str) -> Record:
    """A record with what was suggested in place of what machines had suggested before.

    What a curator accepted or rejected and what others suggested stays as it is and is not offered again. Themes fill
    up to four; a region is not suggested beside a country, nor a value for a field beside one that a curator accepted.
    """
    tags = [tag for tag in record.tags if _standing(tag)]
    proposals = [tag for tag in record.proposals if _standing(tag)]
    before = {replace(tag, at=""): tag for tag in (*record.tags, *record.proposals)}
    for one in suggested:
        into = proposals if one.vocabulary in PROPOSED else tags
        if _wanted(record, into, one):
            tag = _tag(one)
            into.append(before.get(tag) or replace(tag, at=at))
    return replace(record, tags=tuple(tags), proposals=tuple(proposals))


def _standing(tag: Tag) -> bool:
    return tag.decision is not Decision.SUGGESTED or tag.method is Method.CURATOR or tag.vocabulary not in OURS


def _wanted(record: Record, tags: list[Tag], one: Suggestion) -> bool:
    if any(tag.vocabulary == one.vocabulary and tag.concept == one.concept for tag in tags):
        return False
    standing = [tag for tag in tags if tag.decision is not Decision.REJECTED]
    if one.vocabulary in PROPOSED:
        return _new(record, one) and (one.vocabulary == "organisations" or one.vocabulary not in _names(standing))
    if one.vocabulary == "region" and "country" in _names(standing):
        return False
    return sum(tag.vocabulary == one.vocabulary for tag in standing) < MOST.get(one.vocabulary, len(standing) + 1)


def _names(tags: Iterable[Tag]) -> set[str]:
    return {tag.vocabulary for tag in tags}


def _new(record: Record, one: Suggestion) -> bool:
    """Whether a value says anything that the record does not say already, or says more precisely."""
    value, said = getattr(record, one.vocabulary), one.concept
    if isinstance(value, tuple):
        return fold(said) not in map(fold, value)
    if one.vocabulary == "began":
        return value[:4] != said and not (record.ended and said > record.ended[:4])
    if one.vocabulary == "ended":
        return value[:4] != said and not (record.began and said < record.began[:4])
    return bool((base(value) if one.vocabulary == "language" else value) != said)


def _tag(one: Suggestion) -> Tag:
    return Tag(one.vocabulary, one.concept, Decision.SUGGESTED, one.method, one.score, one.evidence, NAME)
