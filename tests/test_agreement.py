"""The same documents and counts as Whoosh's own matchers find, and the same order, in whatever segments they lie."""

from __future__ import annotations

import random
import shutil
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import pytest
from conftest import make_record
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from test_reference import (
    Collection,
    answering,
    case,
    check,
    choices,
    inflections,
    is_function_word,
    kind,
    query,
    written_as_one,
)
from whoosh import query as whoosh_query
from whoosh.index import open_dir

from hub.engine import Document, Edition
from hub.engine.whoosh.analysis import stem, tokens
from hub.engine.whoosh.engine import WhooshEngine
from hub.engine.whoosh.ranking import WEIGHTS
from hub.query import FACETS, SORTS, Kind, SearchRequest, filters_of, parse_query
from hub.vocabulary import NOT_STATED
from indexer.build import prepare

REQUESTS = 50  # asked of each state of the real corpus
EDITION = Edition("r1", {}, {}, ())


# -- Whoosh


class Matchers:
    """Requests as Whoosh's own queries over the index of a generation."""

    def __init__(self, index):
        self._searcher = index.searcher()
        reader = self._searcher.reader()
        self.segments = len(reader.leaf_readers())
        self._ids = {number: reader.stored_fields(number)["id"] for number in reader.all_doc_ids()}
        self._languages, self._forms = set(), {}
        for term in reader.lexicon("words"):
            own, _, folded = term.decode().partition("=")
            if reader.postings("words", term).is_active():  # else it stands in documents only that were removed
                self._languages.add(own.rpartition(":")[2])
                self._forms.setdefault(folded, []).append(term.decode())
        self._facets = {name: self._values(f"facet_{name}", reader) for name in FACETS}

    def close(self):
        self._searcher.close()

    def ids(self, wanted):
        """The ids of the documents that Whoosh finds."""
        return set(map(self._ids.__getitem__, self._searcher.docs_for_query(wanted)))

    def _values(self, field, reader):
        values = {value.decode(): whoosh_query.Term(field, value.decode()) for value in reader.lexicon(field)}
        return {value: (wanted, self.ids(wanted)) for value, wanted in values.items()}

    def part(self, clause):
        """A word, a phrase or a prefix; of a prefix all words are meant literally."""
        *before, last = tokens(clause.text)
        if clause.kind is Kind.PREFIX:
            starting = [self._literal(form) for form in self._forms if form.startswith(last.folded)]
            words = [*(self._literal(word.folded) for word in before), whoosh_query.Or(starting)]
        else:
            words = [self.word(word) for word in (*before, last)]
        return whoosh_query.Sequence(words) if before else words[0]

    def _literal(self, folded):
        return whoosh_query.Or([whoosh_query.Term("words", term) for term in self._forms.get(folded, ())])

    def word(self, word):
        """A word in any form: with its stem in a language or with one that it has in a text; else in other numbers."""
        own = {stem(word.surface, language) for language in self._languages}
        stems = {one for one in own if 2 * one.index(":") >= len(word.folded)} | self._stems(word.folded)
        found = whoosh_query.Or([whoosh_query.Prefix("words", one) for one in stems])
        if self.ids(found) or len(word.folded) < 4:
            return found
        stems = set().union(*map(self._stems, inflections(word.folded)))
        return whoosh_query.Or([whoosh_query.Prefix("words", one) for one in stems])

    def _stems(self, folded):
        return {f"{term.partition('=')[0]}=" for term in self._forms.get(folded, ())}

    def chosen(self, filters, but=""):
        """Values of one kind of facet are alternatives; the facet of kind `but` is left out."""
        kinds = {}
        for name, values in filters:
            kinds.setdefault(kind(name), []).extend(self._having(name, value) for value in values)
        return [whoosh_query.Or(values) for name, values in kinds.items() if name != but]

    def _having(self, name, value):
        if value == NOT_STATED:
            return whoosh_query.Not(whoosh_query.Or([wanted for wanted, _ in self._facets[name].values()]))
        if name == "year" and "-" in value:
            low, high = (year or default for year, default in zip(value.split("-"), "09", strict=True))
            return whoosh_query.TermRange("facet_year", low, high)
        return whoosh_query.Term(f"facet_{name}", value)

    def counts(self, name, among):
        """Values of a facet and the not stated ones."""
        having = {value: found & among for value, (_, found) in self._facets[name].items()}
        return {value: len(found) for value, found in having.items() if found}, len(among.difference(*having.values()))


class Answer:
    """What answers a request without function words: all that is asked for, or as much of it as the rules say."""

    def __init__(self, matchers, request):
        self._matchers, self._request = matchers, request
        clauses = parse_query(request.q)
        wanted = {clause: matchers.part(clause) for clause in clauses if not clause.excluded}
        self.parts = {clause: matchers.ids(part) for clause, part in wanted.items()}
        for covers, words in () if request.verbatim else written_as_one(clauses, ()):
            together = matchers.ids(whoosh_query.Or([matchers.word(word) for word in words]))
            self.parts |= {clause: self.parts[clause] | together for clause in covers}
        left_out = [whoosh_query.Not(matchers.part(clause)) for clause in clauses if clause.excluded]
        within = [whoosh_query.Every(), *matchers.chosen(request.scope), *left_out]
        self._alike = matchers.ids(whoosh_query.And(within))
        if wanted:
            whole = set.intersection(self._alike, *self.parts.values())
            self._alike, *_ = answering(self._alike, whole, self.parts, request.verbatim)

    def ids(self, but=""):
        """The ids of what answers and passes the filters, without the facet of kind `but`."""
        filters = self._matchers.chosen(self._request.filters, but)
        return self._alike & self._matchers.ids(whoosh_query.And([whoosh_query.Every(), *filters]))


@contextmanager
def whoosh(engine, folder):
    """Whoosh's matchers over the generation in force."""
    with closing(open_dir(str(folder / engine.info().generation))) as index, closing(Matchers(index)) as matchers:
        yield matchers


def agree(engine, matchers, request):
    """Hold an answer against what Whoosh finds."""
    pages, answer = whole(engine, request), Answer(matchers, request)
    expected = answer.ids()
    assert {hit.record.id for page in pages for hit in page.hits} == expected
    assert pages[0].total == len(expected) == sum(len(page.hits) for page in pages)
    assert pages[0].words == tuple((clause.text, len(found)) for clause, found in answer.parts.items())
    filtered = {kind(name) for name, _ in request.filters}
    for name, counts in pages[0].facets.items():
        among = answer.ids(but=kind(name)) if kind(name) in filtered else expected
        assert (dict(counts.values), counts.not_stated) == matchers.counts(name, among), name


def whole(engine, request):
    """All pages of an answer."""
    first = engine.search(request)
    more = range(2, -(-first.total // request.per_page) + 1)
    return [first, *(engine.search(replace(request, page=number)) for number in more)]


def has_function_words(q, languages):
    """Whether a part of a query is a function word, which need not occur."""
    return any(is_function_word(clause, language) for clause in parse_query(q) for language in languages)


# -- the real corpus


def older(document, other):
    """A former state of a document: with the texts of another one."""
    record = structs.replace(document.record, title=other.record.title, abstract=other.record.abstract)
    return replace(document, record=record, facets=other.facets, fingerprint="older")


@pytest.fixture(scope="module")
def documents(real_corpus):
    return prepare(real_corpus)[0]


@pytest.fixture(scope="module")
def folders(documents, tmp_path_factory):
    """The real corpus in one segment; in many, after changes and removals; and those merged."""
    one, many, merged = (tmp_path_factory.mktemp(name) / "index" for name in ("one", "many", "merged"))
    WhooshEngine(one).build(documents, EDITION)
    formers = [older(*pair) for pair in zip(documents[:200], documents[100:300], strict=True)]
    engine = WhooshEngine(many)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.engine.whoosh.write.to_merge", lambda *_: [])
        engine.build([*formers[:60], *documents[60:150]], EDITION)
        for low, high, gone in ((150, 240, 20), (240, 330, 150), (330, 335, 200)):
            changed = [*documents[low // 5 : high // 5], *documents[low:high]]
            removed = [document.record.id for document in documents[gone : gone + 12]]
            engine.update(changed, removed, EDITION, engine.info().generation)
    shutil.copytree(many, merged)
    engine = WhooshEngine(merged)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.engine.whoosh.write.to_merge", lambda sizes, *_: range(len(sizes) - 1))
        engine.update([], [], EDITION, engine.info().generation)
    return {"one segment": one, "many segments": many, "merged": merged}


@pytest.mark.parametrize(("state", "segments"), [("one segment", 1), ("many segments", 4), ("merged", 2)])
def test_the_real_corpus_is_found_as_by_the_matchers_of_whoosh(documents, folders, state, segments):
    rng = random.Random(state)  # noqa: S311 - a reproducible mixture, no secret
    engine = WhooshEngine(folders[state])
    languages = {language for document in documents for language in case(document).languages}
    with whoosh(engine, folders[state]) as matchers:
        assert matchers.segments == segments
        for _ in range(REQUESTS):
            q = ""
            while not q or has_function_words(q, languages):
                q = query(rng, documents)
            scope = choices(rng, documents) if rng.random() < 0.2 else ()
            asked = SearchRequest(q, choices(rng, documents), scope, FACETS, per_page=100)
            agree(engine, matchers, replace(asked, verbatim=rng.random() < 0.3))


# -- made-up collections in which words, phrases and empty fields collide


WORDS = {
    "en": ["reed", "Reeds", "reed's", "lake", "lakes", "animal", "plan", "the", "re-plan", "replan", "re", "reed-lake"],
    "fr": ["tourbière", "tourbières", "TOURBIERES", "l’eau", "lac", "animal", "plan", "la", "REED"],
    "es": ["humedal", "humedales", "río", "rio", "plán", "animal", "la", "lago", "reed"],
    "el": ["λίμνη", "ΛΊΜΝΕΣ", "νερό", "και", "plan"],
    "zh": ["湿地", "湿", "地", "plan"],
}
SPOKEN = st.sampled_from(sorted(WORDS))
EVERY_WORD = sorted({word for words in WORDS.values() for word in words})
VALUES = {
    "target": ["1", "2", "3"],
    "region": ["002", "150"],
    "country": ["KEN", "DEU", "FRA"],
    "year": ["1999", "2014", "2020"],
    "type": ["tool"],
    "evidence": ["measured", "described"],
}


def texts(language, **size):
    words = st.lists(st.sampled_from(WORDS[language]), **size)
    return words.map(("" if language == "zh" else " ").join).map(lambda text: text or "…")


def values(strategies):
    return st.fixed_dictionaries({}, optional=strategies)


@st.composite
def bodies(draw):
    """Few words in several languages; most fields can be missing."""
    language = draw(SPOKEN)
    long = texts(language, max_size=5)
    body = {"language": language, "title": draw(long), "abstract": draw(long)}
    body |= draw(values({name: texts(language, min_size=1, max_size=12) for name in ("text", "action", "lessons")}))
    others = draw(st.lists(SPOKEN.filter(lambda other: other != language), max_size=2, unique=True))
    body["translations"] = {
        tag: {"title": draw(texts(tag, max_size=2)), "abstract": draw(texts(tag, max_size=4))} for tag in others
    }
    keywords = draw(st.lists(SPOKEN.flatmap(lambda tag: st.tuples(st.just(tag), texts(tag, max_size=2))), max_size=2))
    return body, tuple(keywords)


BODIES = st.shared(st.lists(bodies(), min_size=3, max_size=6), key="bodies")  # some documents say the same


@st.composite
def made(draw):
    """A document with one of a few bodies."""
    body, keywords = draw(BODIES.flatmap(st.sampled_from))
    more = draw(values({"began": st.sampled_from(["1999", "2014-05"])}))
    facets = draw(values({name: st.lists(st.sampled_from(of), min_size=1, unique=True) for name, of in VALUES.items()}))
    record = make_record(f"case-{draw(st.integers(0, 11))}", **body, **more)
    fingerprint = str(crc32(repr((record, facets)).encode()))
    return Document(record, {name: tuple(of) for name, of in facets.items()}, keywords, fingerprint)


STEPS = st.tuples(
    st.lists(made(), min_size=1, max_size=7, unique_by=lambda document: document.record.id),
    st.sets(st.integers(0, 11).map("case-{}".format), max_size=3),
)
LIVES = st.lists(STEPS, min_size=2, max_size=4)
SOME_WORDS = SPOKEN.flatmap(lambda tag: st.lists(st.sampled_from(WORDS[tag]), min_size=2, max_size=3))
PARTS = st.tuples(
    st.sampled_from(["", "", "", "-"]),
    st.sampled_from(EVERY_WORD)
    | SOME_WORDS.map(lambda words: f'"{" ".join(words)}"')
    | st.sampled_from(EVERY_WORD).map(lambda word: f"{word[:2]}*"),
).map("".join)
FILTERS = values(
    {
        name: st.lists(st.sampled_from([*of, NOT_STATED, *(["1999-2014", "2000-"] if name == "year" else [])]))
        for name, of in VALUES.items()
    }
).map(lambda chosen: filters_of({name: tuple(found) for name, found in chosen.items()}))
ASKED = st.builds(
    SearchRequest,
    q=st.lists(PARTS, max_size=3).map(" ".join),
    filters=st.just(()) | FILTERS,
    scope=st.just(()) | FILTERS,
    facets=st.just(FACETS),
    sort=st.sampled_from(SORTS),
    per_page=st.just(100),
    language=SPOKEN,
    verbatim=st.booleans(),
)


FEW = st.sampled_from([1, 2, 4, 50])


@contextmanager
def changed(enough, window=50):
    """The numbers in the rules that are too large for small collections, made smaller; no two things raise alike."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.engine.whoosh.ranking.WEIGHTS", structs.replace(WEIGHTS, measured=0.031, recent=0.023))
        patch.setattr("hub.engine.whoosh.evaluate.ENOUGH", enough)
        patch.setattr("hub.engine.whoosh.ranking.WINDOW", window)
        yield


@contextmanager
def lived(life, merging):
    """An engine that was built and updated, its folder, and the documents it holds."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        if not merging:
            patch.setattr("hub.engine.whoosh.write.to_merge", lambda *_: [])
        engine, state = WhooshEngine(Path(folder)), {}
        for changed, gone in life:
            removed = gone - {document.record.id for document in changed}
            state = {record_id: document for record_id, document in state.items() if record_id not in removed}
            state |= {document.record.id: document for document in changed}
            if (Path(folder) / "current.json").exists():
                engine.update(changed, sorted(removed), EDITION, engine.info().generation)
            else:
                engine.build(changed, EDITION)
        yield engine, Path(folder), list(state.values())


@given(life=LIVES, merging=st.booleans(), requests=st.lists(ASKED, min_size=8, max_size=8), enough=FEW)
@settings(max_examples=25, deadline=None)
def test_whatever_is_made_up_is_found_as_by_the_matchers_of_whoosh(life, merging, requests, enough):
    with changed(enough), lived(life, merging) as (engine, folder, _), whoosh(engine, folder) as matchers:
        for request in requests:
            if not has_function_words(request.q, WORDS):
                agree(engine, matchers, replace(request, per_page=3))


@given(life=LIVES, requests=st.lists(ASKED, min_size=8, max_size=8), enough=FEW, window=FEW)
@settings(max_examples=20, deadline=None)
def test_in_many_segments_scores_and_counts_are_those_of_the_rules_and_of_one_segment(life, requests, enough, window):
    with (
        changed(enough, window),
        lived(life, False) as (many, _, documents),
        lived([(documents, set())], False) as (one, *_),
    ):
        collection = Collection([case(document) for document in documents])
        for request in requests:
            check(many, collection, replace(request, sort="relevance"))
            assert many.search(request) == one.search(request)


@given(life=LIVES, requests=st.lists(ASKED, min_size=4, max_size=4), size=st.integers(1, 5))
@settings(max_examples=15, deadline=None)
def test_pages_joined_are_the_whole_order_and_the_first_ones_the_best(life, requests, size):
    with lived(life, False) as (engine, *_):
        for request in requests:
            order = engine.search(request).hits
            pages = whole(engine, replace(request, per_page=size))
            assert tuple(hit for page in pages for hit in page.hits) == order
            assert engine.search(replace(request, per_page=size)).hits == order[:size]
            if request.sort == "relevance":
                assert sorted(order, key=lambda hit: -hit.score) == list(order)
