"""The engine against a slow, plain reading of its rules over the texts of the real corpus, without a lexicon."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from itertools import pairwise
from typing import NamedTuple

import pytest

from hub.engine import Edition
from hub.engine.whoosh import evaluate, ranking
from hub.engine.whoosh.analysis import Token, stem, stop_words, tokens
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.schema import TEXT_FIELDS
from hub.query import FACETS, Kind, SearchRequest, filters_of, parse_query
from hub.text import fold
from hub.vocabulary import NOT_STATED
from hub.words import base, find_words
from indexer.build import prepare

PAGE = 60  # hits looked at


# -- what there is


class Term(NamedTuple):
    """A word of a text: its stem, which names the language, and folded."""

    stem: str
    folded: str


class Case(NamedTuple):
    """What the reference knows of a record: each term with the places where it stands, field and position.

    All texts share one row of positions, with one left free between two of them. `order` is that of the newest.
    """

    id: str
    language: str
    languages: set
    facets: dict
    terms: dict
    lengths: dict
    order: tuple


def case(document):
    record, keywords = document.record, document.keywords
    own, others = record.language, (record.translations or {}).items()
    sections = (record.challenge, record.action, record.results, record.lessons)
    parts = {
        "title": [(own, record.title), *((language, other.title) for language, other in others)],
        "abstract": [*stated(own, record.abstract), *((language, other.abstract) for language, other in others)],
        "sections": stated(own, *sections),
        "text": stated(own, record.text),
        "keywords": keywords,
    }
    terms, lengths, position = defaultdict(list), dict.fromkeys(parts, 0), 0
    for name, (language, content) in ((name, text) for name, texts in parts.items() for text in texts):
        words = list(find_words(content))
        together = written_together(words, content) if name != "keywords" else ()
        for at, word in (*enumerate(word for word, _ in words), *together):
            terms[Term(stem(word, language), fold(word))].append((name, position + at))
        position += len(words) + 1
        lengths[name] += len(words)
    languages = {base(language) for texts in parts.values() for language, _ in texts}
    dates = [int(date.replace("-", "").ljust(8, "0") or 0) for date in (record.provenance.first_seen, record.began)]
    order = (-dates[0], -dates[1], fold(record.title.lstrip("\"“«'‘([¿¡ \u00a0")), record.id)
    return Case(record.id, base(own), languages, dict(document.facets), dict(terms), lengths, order)


def stated(language, *texts):
    return [(language, text) for text in texts if text]


def written_together(words, content):
    """Words that only a hyphen parts, as one word at the places of both; `a-a-a` is `aa` at three places."""
    found = set()
    for at, ((one, start), (other, begin)) in enumerate(pairwise(words)):
        if content[start + len(one) : begin] in {"-", "‐", "‑"}:
            found |= {(at, one + other), (at + 1, one + other)}
    return sorted(found)


class Collection:
    """Some cases, and what is known of all their words."""

    def __init__(self, cases):
        self.cases = cases
        self.languages = {language for item in cases for language in item.languages}
        self.by_stem, self.by_form = defaultdict(set), defaultdict(set)
        for term in {term for item in cases for term in item.terms}:
            self.by_stem[term.stem].add(term)
            self.by_form[term.folded].add(term)
        years = [int(year) for item in cases for year in item.facets.get("year", ())]
        self.latest = max(years, default=0)
        self.means = {
            name: max(float(f"{sum(item.lengths[name] for item in cases) / len(cases):.1e}"), 1.0)
            for name in TEXT_FIELDS
        }

    def word(self, word):
        """The terms that a word finds: all that share a stem with it in a language, or with how it stands in a text.

        Stems of less than half of the word do not count.

        Where there are none, those of its plurals and singulars.
        """
        stems = {stem(word.surface, language) for language in self.languages}
        stems = {one for one in stems if 2 * one.index(":") >= len(word.folded)}
        stems |= {term.stem for term in self.by_form.get(word.folded, ())}
        found = {term for one in stems for term in self.by_stem.get(one, ())}
        if not found and len(word.folded) >= 4:
            stems = {term.stem for form in inflections(word.folded) for term in self.by_form.get(form, ())}
            found = {term for one in stems for term in self.by_stem.get(one, ())}
        return found

    def words(self, clause):
        """For each word of a part of a query: the terms that it finds."""
        *before, last = tokens(clause.text)
        if clause.kind is Kind.PREFIX:
            starting = [terms for form, terms in self.by_form.items() if form.startswith(last.folded)]
            return [*(self.by_form.get(word.folded, set()) for word in before), set().union(*starting)]
        return [self.word(word) for word in (*before, last)]

    def find(self, *words):
        """Case id -> the places of the first of some words that follow each other, each given by its terms."""
        found = {}
        for item in self.cases:
            first, *others = ([place for term in terms for place in item.terms.get(term, ())] for terms in words)
            rest = [{position for _, position in places} for places in others]
            places = [(name, at) for name, at in first if all(at + n in later for n, later in enumerate(rest, 1))]
            if places:
                found[item.id] = places
        return found


def inflections(folded):
    endings = ("s", "es", "x", "n", "e", "i", "en")
    return {folded + ending for ending in endings} | {folded.removesuffix(ending) for ending in endings} - {folded}


# -- what answers


def is_function_word(clause, language):
    words = list(tokens(clause.text))
    return clause.kind is Kind.WORD and len(words) == 1 and words[0].folded in stop_words(language)


def may_lack(item, clause, wanted, reader):
    """Whether a case answers without this part: a function word, in a query that is not made of them only."""
    return any(
        is_function_word(clause, language) and not all(is_function_word(other, language) for other in wanted)
        for language in {item.language, reader}
    )


def idle_ones(collection, request, wanted):
    """The parts that are function words in some language of the collection or of the reader, if not all are."""
    languages = {request.language} | collection.languages
    idle = [c for c in wanted if any(is_function_word(c, language) for language in languages)]
    return idle if len(idle) < len(wanted) else []


def written_as_one(clauses, idle):
    """Two words typed one after the other or with a hyphen, as one word, by the parts that it stands for."""
    plain = {clause for clause in clauses if clause.kind is Kind.WORD and not clause.excluded}
    words = {clause: list(tokens(clause.text)) for clause in plain}
    found = {}
    for clause in clauses:
        if len(words.get(clause, ())) == 2 and clause not in idle:
            found.setdefault((clause,), []).append(words[clause])
    for one, other in pairwise(clauses):
        if len(words.get(one, ())) == len(words.get(other, ())) == 1 and not {one, other} <= set(idle):
            found.setdefault((one, other), []).append([*words[one], *words[other]])
    for covers, pairs in found.items():
        joined = {Token(one.surface + other.surface) for one, other in pairs if (one.folded + other.folded).isalpha()}
        if joined:
            yield covers, joined


def answering(candidates, whole, covered, verbatim=False, least=None):
    """The ids of those that answer, of those that have all, and how many telling parts each has.

    `covered` says by telling part which ones have it, `whole` which of the candidates have all that must occur.
    """
    if least is None and len(whole) >= (1 if verbatim else evaluate.ENOUGH):
        return whole, whole, len(covered)
    had = Counter(record_id for having in covered.values() for record_id in having & candidates)
    whole = whole | {record_id for record_id in had if had[record_id] == len(covered)}
    if not (whole or least or verbatim):
        enough = told_enough(set(had), candidates, covered)
        had = Counter({one: count for one, count in had.items() if one in enough}) or had
    most = max(had.values(), default=1)
    if least or verbatim:
        required = least or most
        return {record_id for record_id in had if had[record_id] >= required}, whole, required
    needed, floor = most, math.ceil(most / 2)
    while needed > floor and sum(count >= needed for count in had.values()) < evaluate.ENOUGH:
        needed -= 1
    found = {record_id for record_id in had if had[record_id] >= needed}
    found = found | whole
    return found, whole, min((had[record_id] for record_id in found - whole), default=len(covered))


def told_enough(found, candidates, covered):
    """Those with parts that tell a certain share of what all parts tell that any candidate has."""
    worth = {part: idf(len(having & candidates), len(candidates)) for part, having in covered.items()}
    every = sum(worth[part] for part, having in covered.items() if having & candidates)
    told = {one: sum(worth[part] for part, having in covered.items() if one in having) for one in found}
    return {one for one in found if told[one] >= evaluate.LEAST * every}


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


# -- how good it is


def idf(having, of):
    return math.log(1 + (of - having + 0.5) / (having + 0.5))


def worth(collection, item, places, having):
    """BM25F of the places of a word in a case, given how many cases have it."""
    frequency = 0.0
    for name, _ in places:
        field = TEXT_FIELDS[name]
        frequency += field.weight / (1 - field.b + field.b * item.lengths[name] / collection.means[name])
    saturation = ranking.WEIGHTS.saturation
    return idf(having, len(collection.cases)) * frequency * (saturation + 1) / (saturation + frequency)


def score(collection, item, typed, wider):
    """What the telling parts are worth in a case, or other words where those are worth more; then raised."""
    words = {part: worth(collection, item, found.get(item.id, ()), len(found)) for part, found in typed.items()}
    total = sum(words.values())
    for found, covers in wider:
        others = ranking.WEIGHTS.ideas * worth(collection, item, found.get(item.id, ()), len(found))
        total += max(others - sum(words.get(part, 0.0) for part in covers), 0.0)
    newness = max((1 - (collection.latest - int(year)) / 20 for year in item.facets.get("year", ())), default=0.0)
    measured = "measured" in item.facets.get("evidence", ())
    return total * (1 + ranking.WEIGHTS.measured * measured + ranking.WEIGHTS.recent * max(newness, 0.0))


def nearness(collection, item, typed):
    """What it is worth that a part of the query stands close to another one; a phrase stands where it begins."""
    places = {part: [at for _, at in found.get(item.id, ())] for part, found in typed.items()}
    near = [part for part in typed if any(is_close(places[part], places[other]) for other in typed if other != part)]
    return ranking.WEIGHTS.near * sum(idf(len(typed[part]), len(collection.cases)) for part in near)


def is_close(places, others):
    return any(abs(one - other) <= ranking.CLOSE for one in places for other in others)


def scored(collection, answering, typed, wider):
    """Case id -> score; how near words stand counts among the best only."""
    cases = {item.id: item for item in collection.cases if item.id in answering}
    scores = {record_id: score(collection, item, typed, wider) for record_id, item in cases.items()}
    best = sorted(scores, key=lambda record_id: (-round(scores[record_id], 6), cases[record_id].order))
    for record_id in best[: ranking.WINDOW]:
        scores[record_id] += nearness(collection, cases[record_id], typed)
    return scores


# -- questions


def query(rng, documents):
    """Words, phrases and prefixes of the corpus, some left out, in any mixture."""
    parts = []
    for _ in range(rng.randint(1, 4)):
        record = rng.choice(documents).record
        words = list(tokens(rng.choice([text for text in (record.title, record.abstract, record.text) if text])))
        at = rng.randrange(len(words))
        run = [word.folded for word in words[at : at + rng.randint(2, 3)]]
        word = run[0]
        written = [word, word, word, " ".join(run), "".join(run[:2]), "-".join(run), f'"{" ".join(run)}"']
        written += [f"{word[:5]}*", f"{word}s", word.upper(), "xylophone"]
        parts.append(rng.choice(["", "", "", "", "-"]) + rng.choice(written))
    return " ".join(parts)


def choices(rng, documents):
    """Filters that some record has, or none."""
    chosen = {}
    for name in rng.sample(FACETS, rng.choice([0, 0, 1, 2])):
        values = [value for document in rng.sample(documents, 2) for value in document.facets.get(name, ())]
        values += [NOT_STATED, *(["2015-2020", "-2018", "2019-"] if name == "year" else [])]
        chosen[name] = tuple(rng.sample(values, min(len(values), rng.randint(1, 2))))
    return filters_of(chosen)


@pytest.fixture(scope="module")
def documents(real_corpus):
    return prepare(real_corpus)[0]


@pytest.fixture(scope="module")
def collection(documents):
    return Collection([case(document) for document in documents])


@pytest.fixture(scope="module")
def engine(documents, tmp_path_factory):
    """The real corpus without a lexicon."""
    engine = WhooshEngine(tmp_path_factory.mktemp("plain") / "index")
    engine.build(documents, Edition("r1", {}, {}, ()))
    return engine


@pytest.mark.parametrize("seed", range(240))
def test_the_engine_answers_as_the_rules_say(engine, documents, collection, seed):
    rng = random.Random(seed)  # noqa: S311 - a reproducible mixture, no secret
    request = SearchRequest(
        q=query(rng, documents),
        filters=choices(rng, documents),
        scope=choices(rng, documents) if rng.random() < 0.2 else (),
        facets=FACETS,
        per_page=PAGE,
        language=rng.choice(["en", "fr", "es"]),
        verbatim=rng.random() < 0.3,
    )
    check(engine, collection, request, least=rng.choice([None, None, None, None, 1, 2]))


def check(engine, collection, request, least=None):
    """Hold the first page of an answer against the rules."""
    results = engine.search(request, least)

    clauses = parse_query(request.q)
    wanted = list(dict.fromkeys(clause for clause in clauses if not clause.excluded))
    idle = idle_ones(collection, request, wanted)
    telling = [clause for clause in wanted if clause not in idle]
    found = {clause: collection.find(*collection.words(clause)) for clause in clauses}
    wider = [
        (collection.find(set().union(*map(collection.word, words))), covers)
        for covers, words in written_as_one(clauses, idle)
    ]
    wider = [] if request.verbatim else wider
    covered = {part: set(found[part]).union(*(set(of) for of, covers in wider if part in covers)) for part in telling}

    excluded = {record_id for clause in clauses if clause.excluded for record_id in found[clause]}
    rest = [item for item in collection.cases if item.id not in excluded and passes(item, request.scope)]
    alike = whole = {item.id for item in rest}
    required = 0
    if wanted:
        needed = wanted if request.verbatim else telling
        whole = {item.id for item in rest if has_all(item, request.language, needed, found, covered)}
        alike, whole, required = answering({item.id for item in rest}, whole, covered, request.verbatim, least)
    hits = {item.id for item in collection.cases if item.id in alike and passes(item, request.filters)}

    assert results.words == tuple((part.text, len(covered[part])) for part in telling)
    assert (results.total, results.required, results.whole) == (len(hits), required, len(hits & whole))
    scores = scored(collection, hits, {part: found[part] for part in telling}, wider)
    check_order(results, hits, scores, request.per_page)
    check_facets(results, request, collection.cases, alike, hits)
    for hit in results.hits:
        lacking = [part.text for part in telling if hit.record.id not in covered[part] | whole]
        assert hit.missing == tuple(lacking)


def has_all(item, language, wanted, found, covered):
    return any(item.id in having for having in covered.values()) and all(
        item.id in covered.get(part, found[part]) or may_lack(item, part, wanted, language) for part in wanted
    )


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


def counted(cases, name, answering):
    """Values of a facet and the not-stated ones, counted one by one."""
    members = [item for item in cases if item.id in answering]
    values = Counter(value for item in members for value in item.facets.get(name, ()))
    return dict(values), sum(not item.facets.get(name) for item in members)
