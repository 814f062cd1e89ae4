"""Questions to a made-up corpus, each drawn from one of its documents, so that there is something to find."""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from whoosh.lang.stopwords import stoplists

from benchmarks.peers import Plain, Query

KINDS = ("and", "or", "filtered", "phrase", "prefix", "browse")
ASKED = {"and": 150, "or": 150, "filtered": 150, "phrase": 100, "prefix": 100, "browse": 100}
WARM_UP = 40  # questions of each kind that are asked before anything is measured
WEB = 4_000  # searches over HTTP, no two the same
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_RUN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_SHORTEST = 4
_USUAL = 3 / 100  # a usual word occurs in so many of the documents in its language
_PREFIX = range(4, 6)  # letters; more would often be more than is left of the word in a peer that keeps stems only
_FUNCTION_WORDS = frozenset().union(*stoplists.values())


class Asker:
    """Draws questions from documents, of words that tell something: not among the most frequent of their language.

    Readers mostly ask for words that occur here and there; one question in four may be for rare ones too.
    """

    def __init__(self, documents: list[Plain]) -> None:
        self._rng = random.Random("questions")
        self._documents = documents
        texts: dict[str, list[set[str]]] = defaultdict(list)
        for document in documents:
            texts[document.language].append(set(re.findall(r"\w+", f"{document.abstract} {document.body}".lower())))
        self._common: dict[str, set[str]] = {}
        self._usual: dict[str, set[str]] = {}
        for tag, found in texts.items():
            counts = Counter(word for words in found for word in words)
            self._common[tag] = {word for word, _ in counts.most_common(min(150, len(counts) // 40))}
            self._usual[tag] = {word for word, count in counts.items() if count >= max(2, _USUAL * len(found))}

    def ask(self, kind: str) -> Query:
        """One question of a kind."""
        while True:
            document = self._rng.choice(self._documents)
            found = self._browse(document) if kind == "browse" else self._worded(kind, document)
            if found:
                return found

    def _worded(self, kind: str, document: Plain) -> Query | None:
        sentence = self._rng.choice(_SENTENCE.split(f"{document.abstract} {document.body}"))
        runs = [[word.lower() for word in run.split(" ")] for run in _RUN.findall(sentence)]
        if kind == "phrase":
            return self._phrase(runs, document.language)
        telling = {word: None for run in runs for word in run if self._tells(word, document.language)}
        if self._rng.random() < 0.75:
            telling = {word: None for word in telling if word in self._usual[document.language]}
        if kind == "prefix":
            return self._prefix(list(telling))
        wanted = self._rng.choice((2, 2, 3, 3, 4))
        if len(telling) < wanted:
            return None
        words = tuple(self._rng.sample(list(telling), wanted))
        return Query(kind, words, filters=self._filters(document) if kind == "filtered" else {})

    def _tells(self, word: str, language: str) -> bool:
        return len(word) >= _SHORTEST and word not in self._common[language] | _FUNCTION_WORDS

    def _phrase(self, runs: list[list[str]], language: str) -> Query | None:
        length = self._rng.choice((2, 2, 3))
        possible = [
            tuple(run[at : at + length])
            for run in runs
            for at in range(len(run) - length + 1)
            if all(self._tells(word, language) for word in run[at : at + length])
        ]
        return Query("phrase", self._rng.choice(possible)) if possible else None

    def _prefix(self, words: list[str]) -> Query | None:
        long = [word for word in words if len(word) > _PREFIX.stop]
        if not long or len(words) < 2:
            return None
        begun = self._rng.choice(long)
        other = self._rng.choice([word for word in words if word != begun])
        return Query("prefix", (other,), begun[: self._rng.choice(_PREFIX)])

    def _filters(self, document: Plain) -> dict[str, str]:
        names = ["target", *(["region"] if self._rng.random() < 0.3 else [])]
        return {name: self._rng.choice(document.facets[name]) for name in names if document.facets.get(name)}

    def _browse(self, document: Plain) -> Query | None:
        names = self._rng.sample(sorted(document.facets.keys() - {"country"}), self._rng.choice((1, 2)))
        return Query("browse", filters={name: self._rng.choice(document.facets[name]) for name in names})


def sample(where: Path, count: int) -> list[Plain]:
    """Some documents of a corpus, spread evenly over it."""
    size = int(where.name)
    step = max(1, size // count)
    with (where / "plain.jsonl").open(encoding="utf-8") as lines:
        return [Plain(**json.loads(line)) for number, line in enumerate(lines) if number % step == 0]


def draw(where: Path) -> dict[str, list[Query]]:
    """All questions about a corpus: of each kind, of each kind for warming up, and `web` for HTTP."""
    asker = Asker(sample(where, 5_000))
    drawn = {}
    for kind in KINDS:
        drawn[f"{kind}, warm-up"] = [asker.ask(kind) for _ in range(WARM_UP)]
        drawn[kind] = distinct(asker, kind, ASKED[kind])
    drawn["or"] = [Query("or", query.words) for query in drawn["and"]]
    drawn["web"] = distinct(asker, "and", WEB)
    return drawn


def distinct(asker: Asker, kind: str, count: int) -> list[Query]:
    """So many different questions, or as many as can be found."""
    found: dict[str, Query] = {}
    for _ in range(20 * count):
        query = asker.ask(kind)
        found.setdefault(json.dumps(asdict(query)), query)
        if len(found) == count:
            break
    return list(found.values())


def write(where: Path) -> Path:
    """Draw the questions about a corpus and keep them beside it, for `read_queries`."""
    path = where / "queries.json"
    kept: dict[str, Iterable[object]] = {kind: [asdict(q) for q in found] for kind, found in draw(where).items()}
    path.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    return path
