"""Any number of made-up records that resemble the real ones in `corpus/`, always the same ones.

    python -m benchmarks.corpus 10000     makes them and shows how well they fit

A record takes the lengths of its texts from one real record, its targets from another, its countries from a third, and
so on: each facet is as skewed as in the real corpus, but the facets know nothing of each other or of the text. Texts
are made by `benchmarks.text`.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.peers import Plain
from benchmarks.text import FEWEST, Chain, Growth, Lexicon, fitted, words_of
from hub.config import ROOT
from hub.corpus import Corpus
from hub.engine import Document, Edition
from hub.record import SECTIONS, Record, parse_record, record_to_data
from hub.vocabulary import Vocabularies, language_vocabulary, source_vocabulary
from indexer.build import to_document
from indexer.lexicon import load_lexicon

BENCH = ROOT / "instance" / "bench"
TEXTS = ("title", "abstract", *SECTIONS, "text")
_SOURCES = 2_000  # made-up sources besides the real ones
_REAL_SOURCES = 0.3  # share of records from a real source
_OTHER_COUNTRIES = 0.05  # share of countries drawn from all there are


def real_records() -> list[Record]:
    """The records of the corpus."""
    return [entry.record for entry in Corpus(ROOT / "corpus").entries() if entry.record]


@cache
def vocabularies() -> Vocabularies:
    """The vocabularies of the corpus."""
    return Corpus(ROOT / "corpus").vocabularies()


def full_text(record: Record) -> str:
    """All texts of a record in one."""
    return " ".join(text for name in TEXTS if (text := getattr(record, name)))


class Generator:
    """Makes records one after the other; the first thousand are the same however many follow."""

    def __init__(self, real: list[Record]) -> None:
        self._real = real
        self._rng = random.Random("biodiversity")
        self._countries = [concept.id for concept in vocabularies()["country"].assignable]
        by_language: dict[str, list[Record]] = defaultdict(list)
        for record in real:
            by_language[record.language].append(record)
        self._same_language = dict(by_language)
        texts = {tag: [full_text(record) for record in records] for tag, records in by_language.items()}
        self.growth = growths(texts)
        self._chains = {
            tag: Chain([getattr(r, f) for r in by_language[tag] for f in TEXTS if getattr(r, f)]) for tag in texts
        }
        self.lexicons = {tag: Lexicon(texts[tag], self.growth[tag]) for tag in texts}

    def records(self, count: int) -> Iterator[Record]:
        """So many records, each checked like a file of the corpus."""
        for number in range(count):
            data = self._data(f"case-{number:06d}")
            yield parse_record(data, f"{data['id']}.yaml")

    def _some(self) -> Record:
        return self._rng.choice(self._real)

    def _data(self, record_id: str) -> dict[str, Any]:
        rng, language = self._rng, self._some().language
        swaps: dict[str, str] = {}
        texts = self._texts(language, swaps)
        near = rng.choice(self._same_language[language])
        seen = f"20{rng.randrange(20, 27)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        source, publisher = self._source()
        data = texts | {
            "id": record_id,
            "status": "published",
            "type": self._some().type,
            "language": language,
            "tags": self._tags(texts),
            "place": self._changed(language, near.place, swaps),
            "point": {
                "lon": round(rng.uniform(-180, 180), 2),
                "lat": round(rng.uniform(-60, 75), 2),
                "precision": "approximate",
            },
            "began": self._some().began,
            "evidence_level": self._some().evidence_level,
            "organisations": [self._changed(language, name, swaps) for name in self._some().organisations],
            "publisher": publisher,
            "source": source,
            "url": f"https://example.org/{record_id}",
            "source_tags": [self._changed(language, tag, swaps) for tag in near.source_tags],
            "references": list(self._some().references),
            "provenance": {"harvester": "benchmark", "first_seen": seen, "last_seen": seen},
        }
        return {name: value for name, value in data.items() if value not in ("", [])}

    def _changed(self, language: str, text: str, swaps: dict[str, str]) -> str:
        return " ".join(self.lexicons[language].changed(self._rng, text.split(), swaps))

    def _texts(self, language: str, swaps: dict[str, str]) -> dict[str, str]:
        shape, lexicon, made = self._some(), self.lexicons[language], {}
        for name in TEXTS:
            length = len(getattr(shape, name).split())
            if length:
                words = self._chains[language].make(self._rng, max(3, round(length * self._rng.gauss(1, 0.1))))
                words = lexicon.changed(self._rng, words, swaps)
                made[name] = " ".join(words)
                lexicon.note(words_of(made[name]))
        made["title"] = (made["title"][:1].upper() + made["title"][1:]).rstrip(".")
        return made

    def _source(self) -> tuple[str, str]:
        if self._rng.random() < _REAL_SOURCES:
            record = self._some()
            return record.source, record.publisher
        number = int(_SOURCES ** self._rng.random())
        return f"source-{number}", f"Source {number}"

    def _tags(self, texts: dict[str, str]) -> list[dict[str, Any]]:
        tags, where = [], self._some()
        countries = dict.fromkeys(
            self._rng.choice(self._countries) if self._rng.random() < _OTHER_COUNTRIES else code
            for code in where.concepts("country")
        )
        given = {
            "target": self._some().concepts("target"),
            "theme": self._some().concepts("theme"),
            "country": tuple(countries),
            "region": where.concepts("region"),
        }
        for vocabulary, concepts in given.items():
            for concept in concepts:
                tag = {"vocabulary": vocabulary, "concept": concept, "decision": "accepted", "method": "curator"}
                evidence = {"evidence": self._quote(texts)} if vocabulary in ("target", "theme") else {}
                tags.append({**tag, **evidence, "by": "benchmark", "at": "2026-01-01"})
        return tags

    def _quote(self, texts: dict[str, str]) -> dict[str, str]:
        field = self._rng.choice([name for name in texts if name != "title"])
        words = texts[field].split()
        start = self._rng.randrange(max(1, len(words) - 12))
        return {"field": field, "quote": " ".join(words[start : start + 12])}


def growths(texts: dict[str, list[str]]) -> dict[str, Growth]:
    """The growth curve of each language.

    Curves flatten as texts get more. Only English has enough texts to show how far; the others take its slope, plus
    what theirs differs by among as few texts. Languages with very few take the mean slope of the others.
    """
    words = {tag: [words_of(text) for text in found] for tag, found in texts.items()}
    english = words["en"]
    slope = fitted(english).beta
    slopes = {
        tag: slope + fitted(found).beta - fitted(english[: len(found)]).beta
        for tag, found in words.items()
        if len(found) >= FEWEST
    }
    few = sum(beta for tag, beta in slopes.items() if tag != "en") / (len(slopes) - 1)
    return {tag: fitted(found, slopes.get(tag, few)) for tag, found in words.items()}


# -- kept below instance/bench, made anew when the corpus or the code that makes them has changed


def folder(size: int) -> Path:
    """Where everything about a corpus of one size lies."""
    return BENCH / str(size)


def _state() -> str:
    code = [(ROOT / "benchmarks" / name).read_text(encoding="utf-8") for name in ("corpus.py", "text.py")]
    return hashlib.sha256("".join((Corpus(ROOT / "corpus").revision(), *code)).encode()).hexdigest()[:16]


def ensure(size: int) -> Path:
    """Make the corpus of one size unless it is there, and return its folder."""
    where, state = folder(size), _state()
    about = where / "about.json"
    if about.exists() and json.loads(about.read_text())["state"] == state:
        return where
    where.mkdir(parents=True, exist_ok=True)
    for old in (about, where / "fit.md"):
        old.unlink(missing_ok=True)
    started = time.perf_counter()
    generator, languages, sources = Generator(real_records()), set(), {}
    with (
        (where / "records.jsonl").open("w", encoding="utf-8") as records,
        (where / "plain.jsonl").open("w", encoding="utf-8") as plains,
    ):
        for number, record in enumerate(generator.records(size), 1):
            languages.add(record.language)
            sources[record.source] = record.publisher
            records.write(json.dumps(record_to_data(record), ensure_ascii=False) + "\n")
            plains.write(json.dumps(asdict(_plain(_document(record))), ensure_ascii=False) + "\n")
            if number % 5000 == 0:
                print(f"  {number} records made", flush=True)
    seconds = round(time.perf_counter() - started, 1)
    kept = {"state": state, "languages": sorted(languages), "sources": sources, "seconds": seconds}
    about.write_text(json.dumps(kept, ensure_ascii=False))
    return where


def _document(record: Record) -> Document:
    fingerprint = hashlib.sha256(repr(record).encode()).hexdigest()[:16]
    return to_document(record, vocabularies(), fingerprint)


def _plain(document: Document) -> Plain:
    record = document.record
    body = "\n".join(text for name in (*SECTIONS, "text") if (text := getattr(record, name)))
    keywords = "\n".join(text for _, text in document.keywords)
    facets = {name: list(values) for name, values in document.facets.items()}
    return Plain(record.id, record.language, record.title, record.abstract, body, keywords, facets)


def records(where: Path) -> Iterator[Record]:
    """The records of a corpus that was made."""
    with (where / "records.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            data = json.loads(line)
            yield parse_record(data, f"{data['id']}.yaml")


def documents(where: Path) -> Iterator[Document]:
    """The documents of a corpus that was made, ready for the hub's engine."""
    return map(_document, records(where))


def edition(where: Path) -> Edition:
    """What belongs to the corpus besides its documents."""
    about = json.loads((where / "about.json").read_text())
    names = {"language": language_vocabulary(about["languages"]), "source": source_vocabulary(about["sources"])}
    return Edition(about["state"], dict(vocabularies()) | names, {}, (), load_lexicon(Corpus(ROOT / "corpus")))


if __name__ == "__main__":
    from benchmarks.fit import tables

    for given in sys.argv[1:]:
        print(tables(ensure(int(given))))
