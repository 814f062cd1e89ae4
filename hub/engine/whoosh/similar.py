"""Records like a given one: by the words and the ideas of its title and abstract, its targets, themes and countries."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from hub.engine.whoosh.analysis import stop_words
from hub.engine.whoosh.evaluate import idf
from hub.engine.whoosh.ranking import best_of, saturated
from hub.engine.whoosh.reader import Entries, Reader
from hub.lexicon import phrasebook_of
from hub.record import Record
from hub.text import fold
from hub.words import base, find_words

WORDS = 25  # words of a record that tell most
IDEAS = 25  # ideas that tell most; they are alike in every language
FACETS = {"target": 1.0, "theme": 1.0, "country": 0.5}  # worth of a shared value, times its idf
_SPARE = 8  # looked at besides those wanted, as some may be the same case


def similar(reader: Reader, own: int, limit: int) -> list[tuple[Record, float]]:
    """The records most like a document, without the same case from elsewhere."""
    record = reader.record(own)
    scores = np.zeros(reader.catalogue.size)
    for weight, found in (*_words(reader, record), *_ideas(reader, record)):
        scores += weight * saturated(np.bincount(found.docs, found.weights, len(scores)))
    for name, worth in FACETS.items():
        for value in reader.facets(own, name):
            having = reader.catalogue.having(name, (value,))
            scores[having] += worth * idf(int(np.count_nonzero(having)), reader.catalogue.count)
    scores[own] = 0.0
    alike = ((scores > 0) & reader.catalogue.live).nonzero()[0]
    best = alike[best_of(reader, alike, scores[alike], limit + _SPARE)]
    pairs = ((reader.record(number), score) for number, score in zip(best.tolist(), scores[best].tolist(), strict=True))
    return [(other, score) for other, score in pairs if not is_same_case(record, other)][:limit]


def is_same_case(one: Record, other: Record) -> bool:
    """Whether two records say of themselves that they are one case, or are called the same at the same time."""
    addresses = [{record.url, *record.also_at} for record in (one, other)]
    if not addresses[0].isdisjoint(addresses[1]):
        return True
    return fold(one.title) == fold(other.title) and one.began == other.began


def _words(reader: Reader, record: Record) -> list[tuple[float, Entries]]:
    language = base(record.language)
    words = {fold(word): word for word in _read(record) if not word.isdecimal()}
    telling = {folded: word for folded, word in words.items() if folded not in stop_words(language)}
    slots = (reader.slot(word, folded) for folded, word in sorted(telling.items()))
    return _telling(reader, (reader.entries(slot) for slot in slots))[:WORDS]


def _ideas(reader: Reader, record: Record) -> list[tuple[float, Entries]]:
    phrasebook = phrasebook_of(reader.edition.lexicon)
    names = {name for name, _ in phrasebook.written(list(_read(record)), record.language)}
    return _telling(reader, (reader.entries(reader.idea(name)) for name in sorted(names)))[:IDEAS]


def _read(record: Record) -> Iterator[str]:
    return (word for text in (record.title, record.abstract) for word, _ in find_words(text))


def _telling(reader: Reader, found: Iterator[Entries]) -> list[tuple[float, Entries]]:
    """Postings that other documents have too, with what they tell, most telling first."""
    counted = [(int(np.count_nonzero(reader.mask(entries.docs))), entries) for entries in found]
    telling = [(idf(count, reader.catalogue.count), entries) for count, entries in counted if count > 1]
    return sorted(telling, key=lambda item: -item[0])
