"""How good a hit is: one table of what counts how much, and the sum.

A score adds up, and each part of it can be shown (`explain`):

    words     BM25F of each word and phrase of the query: frequencies of all fields, weighted and normalised by length,
              are added before saturation; a part weighs by how few records of the whole index have it in any form
    ideas     the same for what a stretch of the query was understood as, in other words or another language: what
              that is worth beyond the words that were typed there
    values    the target, theme, country or other value that the query names or speaks for, weighed by how few have it;
              of a name with a number, *target 8*, the words say nothing by themselves

and is then raised a little for measured results and for recent work. Where a model of meaning is switched on, what is
near in meaning gets a share of the best score on top (`dense`).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from hub.engine.whoosh.columnfile import Array
from hub.engine.whoosh.evaluate import Answer, idf
from hub.engine.whoosh.occurrences import Occurrences, occurrences
from hub.engine.whoosh.reader import Reader, Selection
from hub.query import Part, SearchRequest


class Weights(Struct, frozen=True):
    """What counts how much; the weights of text fields stand in `schema.TEXT_FIELDS`."""

    saturation: float = 1.2  # k1: how soon more occurrences of a word stop to count
    ideas: float = 1.0  # other words for the same, against the words typed
    values: float = 0.75  # a value of a facet, times how strongly the query speaks for it
    named: float = 1.5  # a value that the query names
    near: float = 0.5  # each word of the query that stands together with another, against one occurrence of it
    close: float = 0.75  # the document nearest in meaning, as a share of the best score of words
    measured: float = 0.02  # measured results raise a score by this share
    recent: float = 0.02  # work begun in the latest year of the index raises it by this share, older work by less


WEIGHTS = Weights()
CLOSE = 3  # words apart that still stand together
WINDOW = 30  # the best documents, which are looked at again for words that stand together


class Sum(Struct, frozen=True):
    """The parts of the scores of some documents, each a row: of the words typed, of ideas, of values."""

    documents: Array
    words: Array
    ideas: Array
    values: Array
    raised: Array  # one share a document

    @property
    def scores(self) -> Array:
        """The score of each document."""
        whole = self.words.sum(axis=0) + self.ideas.sum(axis=0) + self.values.sum(axis=0)
        return np.asarray(whole * self.raised)


def added(reader: Reader, answer: Answer, selection: Selection) -> Sum:
    """The parts of the scores of documents, given the postings of the query there."""
    found, documents = answer.found, selection.documents
    count = reader.catalogue.count
    telling = np.array([idf(match.count, count) for match in found])
    weights = np.concatenate([match.found.weights for match in found])[selection.postings]
    ends = np.array([len(match.found.docs) for match in found]).cumsum()
    cells = selection.places + ends.searchsorted(selection.postings, "right") * len(documents)
    frequencies = np.bincount(cells, weights, len(found) * len(documents)).reshape(len(found), -1)
    worth = telling[:, None] * saturated(frequencies)
    typed = [number for number, match in enumerate(answer.matches) if not match.idle]
    words, ideas = worth[: len(typed)], WEIGHTS.ideas * worth[len(typed) :]
    for number, widening in enumerate(answer.widenings):
        ideas[number] -= words[[typed.index(at) for at in widening.covers if at in typed]].sum(axis=0)
    if numbered := _numbered(answer):
        words[[at in numbered for at in typed]] = 0
        ideas[[numbered.issuperset(widening.covers) for widening in answer.widenings]] = 0
    raised = 1 + WEIGHTS.measured * reader.measured[documents] + WEIGHTS.recent * reader.newness[documents]
    return Sum(documents, words, ideas.clip(min=0), _values(reader, answer, documents), raised)


def _numbered(answer: Answer) -> set[int]:
    """The numbers of the matches that are the name of a value with a number in it."""
    names = [having.covers for having in answer.values if having.named]
    return {at for name in names if any(answer.matches[of].clause.text.isdecimal() for of in name) for at in name}


def _values(reader: Reader, answer: Answer, documents: Array) -> Array:
    """What having a value is worth: values x documents."""
    count = reader.catalogue.count
    amounts = [
        (WEIGHTS.named if having.named else WEIGHTS.values * having.strength) * idf(having.count, count)
        for having in answer.values
    ]
    having = [value.documents[documents] for value in answer.values]
    return np.asarray(np.array(amounts)[:, None] * np.array(having).reshape(len(amounts), len(documents)))


def parts_of(reader: Reader, answer: Answer, total: Sum, place: int, beside: dict[str, float]) -> tuple[Part, ...]:
    """The parts of one document's score, those that count most first; `beside` are those that are not in the sum."""
    rows = [("word", match.clause.text, row[place]) for match, row in zip(answer.telling, total.words, strict=True)]
    rows += [
        ("idea", each.match.clause.text, row[place]) for each, row in zip(answer.widenings, total.ideas, strict=True)
    ]
    rows += [
        ("value", ":".join(having.value), row[place]) for having, row in zip(answer.values, total.values, strict=True)
    ]
    whole = sum(float(amount) for _, _, amount in rows)
    document = total.documents[place]
    beside["measured"] = whole * WEIGHTS.measured * float(reader.measured[document])
    beside["recent"] = whole * WEIGHTS.recent * float(reader.newness[document])
    rows += [(kind, "", amount) for kind, amount in beside.items()]
    parts = [Part(kind, text, round(float(amount), 4)) for kind, text, amount in rows if amount > 0]
    return tuple(sorted(parts, key=lambda part: -part.score))


def saturated(frequencies: Array) -> Array:
    """BM25's saturation of weighted word frequencies: the tenth occurrence says less than the second."""
    return frequencies * (WEIGHTS.saturation + 1) / (WEIGHTS.saturation + frequencies)


def nearness(reader: Reader, answer: Answer, found: Occurrences) -> Array:
    """What it is worth in each document that a part of the query, as typed, stands close to another one there."""
    typed = answer.telling
    having = np.zeros((len(typed), len(found.documents)), bool)
    if len(typed) > 1:
        own = (found.owners < len(typed)).nonzero()[0]
        keys, owners = found.keys[own], found.owners[own]
        close = (keys[1:] - keys[:-1] <= CLOSE) & (owners[1:] != owners[:-1])
        for beside in (slice(None, -1), slice(1, None)):
            having[owners[beside][close], keys[beside][close] >> 32] = True
    telling = np.array([idf(match.count, reader.catalogue.count) for match in typed])
    return np.asarray(WEIGHTS.near * (telling @ having))


class Page(Struct, frozen=True):
    """One page of hits: documents in order with their scores, and where the query stands in them.

    `parts` of each score are there where they were asked for.
    """

    documents: Array
    scores: list[float]
    found: Occurrences | None
    parts: tuple[tuple[Part, ...], ...]


def ranked(  # noqa: PLR0913, PLR0917 - what an order consists of
    reader: Reader, documents: Array, answer: Answer, request: SearchRequest, alike: Array | None, marked: bool = True
) -> Page:
    """The wanted page of the documents of a set (a mask); `alike` says how near in meaning each is, from 0 to 1.

    Where the query stands in them is looked up only for a page that is to be marked.
    """
    page = slice((request.page - 1) * request.per_page, request.page * request.per_page)
    by_score = request.sort == "relevance" and bool(answer.matches)
    if by_score:
        numbers = documents.nonzero()[0]
    else:
        order = reader.catalogue.by_title if request.sort == "title" else reader.catalogue.by_newest
        numbers = reader.catalogue.first(order, documents, page.stop)[page]
    if not answer.matches or not len(numbers) or not request.per_page:
        numbers = numbers[page] if by_score else numbers
        return Page(numbers, [0.0] * len(numbers), None, ())
    selection = reader.select([match.found for match in answer.found], np.sort(numbers).astype(np.int64))
    total = added(reader, answer, selection)
    scores, near, close = total.scores, np.zeros(len(numbers)), np.zeros(len(numbers))
    shown: Occurrences | None = None
    if by_score:
        if alike is not None:
            close = WEIGHTS.close * scores.max() * alike[numbers]
            scores = scores + close
        places, found = _best(reader, answer, selection, scores, page.stop)
        near[found.places] = found.near
        scores, places = scores + near, places[page]
        numbers = numbers[places]
        if marked and page.stop <= WINDOW:
            shown = found.occurrences.only(found.places.searchsorted(np.sort(places)))
    else:
        places = selection.documents.searchsorted(numbers)
    if marked and shown is None:
        shown = occurrences(reader, answer.found, selection.only(np.sort(places)))
    at = places.tolist() if request.explain else ()
    parts = [parts_of(reader, answer, total, place, {"near": near[place], "close": close[place]}) for place in at]
    return Page(numbers, scores[places].tolist(), shown if len(places) else None, tuple(parts))


class Window(Struct, frozen=True):
    """The documents that are looked at again: their places, where the query stands in them, what nearness adds."""

    places: Array
    occurrences: Occurrences
    near: Array


def _best(reader: Reader, answer: Answer, selection: Selection, scores: Array, stop: int) -> tuple[Array, Window]:
    """The places of documents in order of their scores, as far as is wanted, and those that were looked at again."""
    documents = selection.documents
    places = np.arange(len(scores))
    if len(scores) > WINDOW:
        places = best_of(reader, documents, scores, max(stop, WINDOW))
    window = np.sort(places[:WINDOW])
    found = occurrences(reader, answer.found, selection.only(window))
    near = nearness(reader, answer, found)
    first = window[best_of(reader, documents[window], scores[window] + near, WINDOW)]
    return np.concatenate((first, places[WINDOW:])), Window(window, found, near)


def best_of(reader: Reader, documents: Array, scores: Array, limit: int) -> Array:
    """The places of the best documents, exactly; the newest first of equally good ones."""
    scores = scores.round(9)  # sums in another order differ in the last digits
    places = np.arange(len(scores))
    if limit < len(scores):
        places = (scores >= np.partition(scores, -limit)[-limit]).nonzero()[0] if limit else places[:0]
    order = np.lexsort((reader.catalogue.rank[documents[places]], -scores[places]))[:limit]
    return places[order]
