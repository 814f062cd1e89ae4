"""The engine against a slow, plain reading of its rules over the texts of the real corpus."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from typing import NamedTuple

import pytest

from hub.engine.whoosh.analysis import stem, stop_words, tokens
from hub.engine.whoosh.evaluate import K1
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.query import FACETS, Kind, SearchRequest, filters_of, parse_query
from hub.vocabulary import NOT_STATED
from hub.words import base
from indexer.build import prepare

PAGE = 60  # hits looked at


class Text(NamedTuple):
    """A stretch of text in one language: its words folded and stemmed."""

    language: str
    folded: tuple[str, ...]
    stems: tuple[str, ...]


class Case(NamedTuple):
    """What the reference knows of a record."""

    id: str
    language: str
    facets: dict
    fields: dict


def text(language, content):
    words = list(tokens(content))
    stems = tuple(stem(word.surface, language) for word in words)
    return Text(base(language), tuple(word.folded for word in words), stems)


def case(document):
    record = document.record
    named = [(record.language, record), *(record.translations or {}).items()]
    parts = {
        "title": [(language, item.title) for language, item in named],
        "abstract": [(language, item.abstract) for language, item in named],
        "sections": [
            (record.language, part) for part in (record.challenge, record.action, record.results, record.lessons)
        ],
        "text": [(record.language, record.text)],
        "keywords": document.keywords,
    }
    fields = {name: [text(*pair) for pair in pairs] for name, pairs in parts.items()}
    return Case(record.id, base(record.language), dict(document.facets), fields)


@pytest.fixture(scope="module")
def cases(real_corpus):
    return [case(document) for document in prepare(real_corpus)[0]]


def count_in(part, kind, words):
    """How often a word, phrase or prefix stands in a text: each word literally or by its stem."""
    folded = tuple(word.folded for word in words)
    size = len(words)
    if kind is Kind.PREFIX:
        runs = (part.folded[at : at + size] for at in range(len(part.folded) - size + 1))
        return sum(run[:-1] == folded[:-1] and run[-1].startswith(folded[-1]) for run in runs)
    stems = tuple(stem(word.surface, part.language) for word in words)
    if folded[0] not in part.folded and stems[0] not in part.stems:
        return 0
    runs = range(len(part.folded) - size + 1)
    first = (at for at in runs if part.folded[at] == folded[0] or part.stems[at] == stems[0])
    rest = range(1, size)
    return sum(all(part.folded[at + i] == folded[i] or part.stems[at + i] == stems[i] for i in rest) for at in first)


def count(cases, clause):
    """For each case that has the clause: field -> how often."""
    words = list(tokens(clause.text))
    found = {}
    for item in cases:
        counts = {
            name: sum(count_in(part, clause.kind, words) for part in parts) for name, parts in item.fields.items()
        }
        if any(counts.values()):
            found[item.id] = counts
    return found


def is_function_word(clause, language):
    words = list(tokens(clause.text))
    return clause.kind is Kind.WORD and len(words) == 1 and words[0].folded in stop_words(language)


def may_lack(item, clause, wanted, reader):
    """Whether a case answers without this part: a function word, in a query that is not made of them only."""
    return any(
        is_function_word(clause, language) and not all(is_function_word(other, language) for other in wanted)
        for language in {item.language, reader}
    )


def kind(name):
    """Region and country are one facet."""
    return "place" if name in ("region", "country") else name


def passes(item, filters):
    return all(
        any(has(item, other, value) for other, values in filters if kind(other) == kind(name) for value in values)
        for name, _ in filters
    )


def has(item, name, value):
    own = item.facets.get(name, ())
    if value == NOT_STATED:
        return not own
    if name == "year" and "-" in value:
        low, high = (int(year or default) for year, default in zip(value.split("-"), ("0", "9999"), strict=True))
        return any(low <= int(year) <= high for year in own)
    return value in own


def idle_ones(cases, request, wanted):
    """The parts that are function words in some language of the collection or of the reader, if not all are."""
    languages = {request.language} | {
        text.language for item in cases for parts in item.fields.values() for text in parts
    }
    idle = [c for c in wanted if any(is_function_word(c, language) for language in languages)]
    return idle if len(idle) < len(wanted) else []


def has_all(item, request, wanted, found):
    return (not wanted or any(item.id in counts for counts in found.values())) and all(
        item.id in found[clause] or may_lack(item, clause, wanted, request.language) for clause in wanted
    )


def reference_scores(cases, found):
    mean = {}
    for name in TEXT_FIELDS:
        mean[name] = max(float(f"{sum(length(item, name) for item in cases) / len(cases):.1e}"), 1.0)
    scores = defaultdict(float)
    for counts in found.values():
        idf = math.log(1 + (len(cases) - len(counts) + 0.5) / (len(counts) + 0.5))
        for item in cases:
            if item.id in counts:
                frequency = 0.0
                for name, (weight, b) in TEXT_FIELDS.items():
                    frequency += weight * counts[item.id][name] / (1 - b + b * length(item, name) / mean[name])
                scores[item.id] += idf * frequency * (K1 + 1) / (K1 + frequency)
    return scores


def length(item, name):
    return sum(len(part.folded) for part in item.fields[name])


def counted(cases, name, answering):
    """Values of a facet and the not-stated ones, counted one by one."""
    members = [item for item in cases if item.id in answering]
    values = Counter(value for item in members for value in item.facets.get(name, ()))
    return dict(values), sum(not item.facets.get(name) for item in members)


def query(rng, cases):
    """Words, phrases and prefixes of the corpus, some left out, in any mixture."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        item = rng.choice(cases)
        part = rng.choice([p for parts in item.fields.values() for p in parts if p.folded])
        at = rng.randrange(len(part.folded))
        word, run = part.folded[at], part.folded[at : at + rng.randint(2, 3)]
        written = rng.choice([word, word, word, f'"{" ".join(run)}"', f"{word[:5]}*", "xylophone"])
        parts.append(rng.choice(["", "", "", "", "-"]) + written)
    return " ".join(parts)


def choices(rng, cases):
    """Filters that some record has, or none."""
    chosen = {}
    for name in rng.sample(FACETS, rng.choice([0, 0, 1, 2])):
        values = [value for item in rng.sample(cases, 2) for value in item.facets.get(name, ())]
        values += [NOT_STATED, *(["2015-2020", "-2018", "2019-"] if name == "year" else [])]
        chosen[name] = tuple(rng.sample(values, min(len(values), rng.randint(1, 2))))
    return filters_of(chosen)


@pytest.mark.parametrize("seed", range(240))
def test_the_engine_answers_as_the_rules_say(real_engine, cases, seed):
    rng = random.Random(seed)  # noqa: S311 - a reproducible mixture, no secret
    request = SearchRequest(
        q=query(rng, cases),
        filters=choices(rng, cases),
        scope=choices(rng, cases) if rng.random() < 0.2 else (),
        facets=FACETS,
        per_page=PAGE,
        language=rng.choice(["en", "fr", "es"]),
    )
    check(real_engine, cases, request)


def check(engine, cases, request):
    """Hold the first page of an answer against the rules."""
    results = engine.search(request)

    clauses = parse_query(request.q)
    wanted = [clause for clause in clauses if not clause.excluded]
    found = {clause: count(cases, clause) for clause in wanted}
    excluded = {record_id for clause in clauses if clause.excluded for record_id in count(cases, clause)}
    rest = [item for item in cases if item.id not in excluded]
    telling = [clause for clause in wanted if clause not in idle_ones(cases, request, wanted)]
    whole = {item.id for item in rest if has_all(item, request, wanted, found)}
    had = Counter(item.id for item in rest for clause in telling if item.id in found[clause])

    scope = {item.id for item in cases if passes(item, request.scope)}
    most = max((had[record_id] for record_id in scope & had.keys()), default=len(telling))
    some = {record_id for record_id in had if had[record_id] >= most}
    alike = scope & (whole if scope & whole or not wanted else some)
    answering = {item.id for item in cases if item.id in alike and passes(item, request.filters)}

    assert results.words == tuple((clause.text, len(found[clause])) for clause in telling)
    required = len(telling) if scope & whole or not wanted else most
    assert (results.total, results.required) == (len(answering), required)
    check_order(results, answering, reference_scores(cases, found), request.per_page)
    check_facets(results, request, cases, alike, answering)


def check_order(results, answering, scores, size):
    shown = [hit.record.id for hit in results.hits]
    assert len(set(shown)) == len(shown) == min(len(answering), size)
    assert set(shown) <= answering
    best = sorted((scores[record_id] for record_id in answering), reverse=True)[:size]
    assert [scores[record_id] for record_id in shown] == pytest.approx(best, rel=1e-6)  # weights are 32-bit
    assert [hit.score for hit in results.hits] == pytest.approx(best, abs=1e-4)


def check_facets(results, request, cases, alike, answering):
    """Counts of the answer; of a chosen facet, counts of what answers as well without that choice."""
    for name, counts in results.facets.items():
        expected = answering
        if kind(name) in {kind(other) for other, _ in request.filters}:
            others = tuple((other, values) for other, values in request.filters if kind(other) != kind(name))
            within = {item.id for item in cases if passes(item, others)}
            expected = within & alike
        assert (dict(counts.values), counts.not_stated) == counted(cases, name, expected), name
