"""How long the tagger takes: 1,000 texts of 600 words on one core, beside merely cutting and stemming the same words.

    python -m benchmarks.tagging [texts] [words]

The texts are sentences of the corpus, mixed within each language, so that words, phrases and places are as frequent as
in real ones.
"""

from __future__ import annotations

import os

os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # before numpy: one core

import gc
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date

from msgspec.structs import replace

from hub.config import load_config
from hub.corpus import Corpus
from hub.record import Record
from hub.words import base, stems
from indexer.tag.tagger import load_tagger
from indexer.tag.text import read
from indexer.tagging import RARELY


def texts(corpus: Corpus, count: int, words: int) -> Iterator[Record]:
    """Records with texts of the given length; languages as frequent as in the corpus."""
    records = [entry.record for entry in corpus.entries() if entry.record]
    chance = random.Random(7)
    sentences: dict[str, list[str]] = {}
    for record in records:
        sentences.setdefault(record.language, []).extend(sentence.text for sentence in read(record).sentences)
    for _ in range(count):
        like = chance.choice(records)
        body: list[str] = []
        while sum(len(sentence.split()) for sentence in body) < words:
            body.append(chance.choice(sentences[like.language]))
        bare = replace(like, abstract=body[0], challenge="", action="", results="", lessons="", tags=())
        yield replace(bare, title=body[1][:200], text=" ".join(body[2:]))


def seconds(work: Callable[[Record], object], records: Sequence[Record]) -> float:
    """Processor time for all records."""
    start = time.process_time()
    for record in records:
        work(record)
    return time.process_time() - start


def cut_and_stem(record: Record) -> int:
    """The least that any tagger does: sentences, words, stems."""
    language = (base(record.language),)
    return sum(len(stems(word.text, language)) for sentence in read(record).sentences for word in sentence.words)


def main() -> None:
    """Measure and print."""
    count, words = (int(given) for given in (*sys.argv[1:], *("1000", "600")[len(sys.argv) - 1 :]))
    corpus = Corpus(load_config().corpus)
    gc.set_threshold(*RARELY)
    start = time.process_time()
    tagger = load_tagger(corpus)
    loading = time.process_time() - start
    records = list(texts(corpus, count, words))
    least = seconds(cut_and_stem, records)
    took = seconds(lambda record: tagger.read(record, date(2026, 1, 1)), records)
    again = seconds(lambda record: tagger.read(record, date(2026, 1, 1)), records)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"loading                    {loading:6.2f} s")
    print(f"sentences and stems alone  {least:6.2f} s")
    print(f"{count:,} texts, {words} words     {took:6.2f} s   {took / least:.1f} times that")
    print(f"the same texts again       {again:6.2f} s   {again / least:.1f} times")
    print(f"memory at most             {memory:6.0f} MB")


if __name__ == "__main__":
    main()
