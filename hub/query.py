"""What can be asked and what comes back: the types that cross the line between search and engines.

Types that a search makes by the hundred are msgspec's structs, frozen like dataclasses and made in a tenth of the time.

The query language: words, "phrases", -exclusions, prefix*. Nothing a person types is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from hub.errors import InvalidRequest
from hub.record import Record
from hub.text import fold

# URL parameter -> facet field; the same names in the interface, the API and the index.
FACETS = ("target", "theme", "region", "country", "type", "year", "evidence", "language", "source")
# Facet -> the vocabulary its values come from; years have none.
VOCABULARY_OF = {
    "target": "target",
    "theme": "theme",
    "region": "region",
    "country": "country",
    "type": "type",
    "evidence": "evidence_level",
    "language": "language",
    "source": "source",
}
# Regions and countries answer one question, where: together they are one facet, and widen each other.
TOGETHER = {"region": "place", "country": "place"}
SORTS = ("relevance", "newest", "title")

MAX_QUERY = 1000  # characters
MAX_CLAUSES = 64
MAX_PREFIXES = 8  # each stands for many words
PER_PAGE = 10
MAX_PER_PAGE = 100
MAX_PAGE = 1000


class Kind(StrEnum):
    """What one part of a query is."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"


class Clause(Struct, frozen=True, gc=False):
    """One part of a query as typed; `excluded` where it must not occur."""

    kind: Kind
    text: str
    excluded: bool = False


_PART = re.compile(r'(-?)(?:["“”„«»]([^"“”„«»]*)["“”„«»]|(\S+))')


_QUOTES = '"“”„«»'
_EDGES = re.compile(r"^[*¿¡(\[{'‘.,;:…]+|[?!)\]}.,;:'’…*]+$")  # punctuation around a word


@lru_cache(maxsize=1_000)
def parse_query(q: str) -> tuple[Clause, ...]:
    """The parts of a query in order, repeated ones too. Any text is one; what has no letter or digit is left out."""
    found: list[Clause] = []
    prefixes = 0
    for sign, phrase, bare in _PART.findall(q):
        word = bare.strip(_QUOTES)
        if phrase.strip():
            clause = Clause(Kind.PHRASE, " ".join(phrase.split()), bool(sign))
        elif word.endswith("*") and len(re.sub(r"\W", "", word)) > 1:
            clause = Clause(Kind.PREFIX, word.strip("*"), bool(sign))
            prefixes += 1
        else:
            clause = Clause(Kind.WORD, _EDGES.sub("", word), bool(sign))
        if re.search(r"[^\W_]", fold(clause.text)) and (clause.kind is not Kind.PREFIX or prefixes <= MAX_PREFIXES):
            found.append(clause)
    return tuple(found[:MAX_CLAUSES])


def within_limit(q: str) -> str:
    """The query itself. InvalidRequest where it is longer than any query may be."""
    if len(q) > MAX_QUERY:
        raise InvalidRequest("q", f"The query is {len(q):,} characters long; at most {MAX_QUERY:,} are possible.")
    return q


def clause_text(part: str) -> str:
    """A piece of a query between spaces, without sign, quotes and the punctuation around it."""
    return _EDGES.sub("", part.removeprefix("-").strip(_QUOTES))


Filters = tuple[tuple[str, tuple[str, ...]], ...]


def filters_of(values: Mapping[str, tuple[str, ...]]) -> Filters:
    """Filters in one order, so that equal requests are equal (they are cache keys)."""
    return tuple((name, tuple(sorted(set(values[name])))) for name in FACETS if values.get(name))


@dataclass(frozen=True)
class SearchRequest:
    """One question to the collection; hashable, so that it is a cache key.

    `filters` are the reader's choices: values of one facet are alternatives, facets narrow each other (region and
    country are one facet), and the counts of a facet ignore its own choice. `scope` narrows in the same way but is
    never ignored: it says which part of the collection is looked at. `facets` names the facets to count.
    `language` is the reader's. `verbatim` looks for what was typed alone: not in other words, with nothing corrected,
    and for less of it only where nothing has all. `explain` asks for the parts of each score.
    """

    q: str = ""
    filters: Filters = ()
    scope: Filters = ()
    facets: tuple[str, ...] = ()
    sort: str = "relevance"
    page: int = 1
    per_page: int = PER_PAGE
    language: str = "en"
    verbatim: bool = False
    explain: bool = False


class Span(Struct, frozen=True, gc=False):
    """A piece of text; `match` where the query found it."""

    text: str
    match: bool = False


class Why(Struct, frozen=True, gc=False):
    """How one part of the query matched a hit: in which fields, and as which other words."""

    clause: str
    fields: tuple[str, ...]
    forms: tuple[str, ...] = ()


class Part(Struct, frozen=True, gc=False):
    """One part of a score; `text` is what of the query it is.

    `kind` is word, idea, value, near, measured, recent, or close where meaning counts (HUB_SEMANTIC).
    """

    kind: str
    text: str
    score: float


class Hit(Struct, frozen=True, gc=False):
    """One record found. `snippet` is its best passage, from field `snippet_field`.

    `missing` are parts of the query that it has in no way. `parts` add up to the score, where they were asked for.
    """

    record: Record
    score: float
    title: tuple[Span, ...]
    snippet: tuple[Span, ...]
    snippet_field: str
    why: tuple[Why, ...] = ()
    missing: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


class Understood(Struct, frozen=True, gc=False):
    """A stretch of the query that speaks for a value of a facet: `named` where it is its name."""

    text: str
    facet: str
    value: str
    named: bool


class FacetCounts(Struct, frozen=True):
    """How many of the records have each value of a facet, broader values included."""

    values: Mapping[str, int]
    not_stated: int


@dataclass(frozen=True)
class Results:
    """What an engine answers, without labels.

    `words` are the parts of the query that tell something (function words do not, unless there are only those), with
    the number of records that have each, in any words and whatever the filters. `required` is how many of them each
    hit has: fewer than all when few records of the scope have all; `whole` of the hits do. `understood` says which
    values of facets the query speaks for, those named first.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, FacetCounts]
    words: tuple[tuple[str, int], ...]
    required: int
    revision: str
    whole: int = 0
    understood: tuple[Understood, ...] = ()


class FacetValue(Struct, frozen=True, gc=False):
    """One value a reader can choose."""

    value: str
    label: str
    count: int
    selected: bool


class FacetOption(FacetValue, frozen=True, gc=False):
    """One value a reader can choose, with the narrower ones."""

    children: tuple[FacetOption, ...] = ()


class Facet(Struct, frozen=True):
    """One facet, labelled: top options, how many records do not state it, whether that is chosen."""

    name: str
    label: str
    options: tuple[FacetOption, ...]
    not_stated: FacetValue


class Spelling(Struct, frozen=True, gc=False):
    """What may have been meant by a word; `sure` where it can be looked for instead without asking."""

    text: str
    sure: bool


class Correction(Struct, frozen=True, gc=False):
    """A word that was typed, and what was perhaps meant by it."""

    typed: str
    meant: str


def respelt(q: str, word: Correction) -> str:
    """A query with a word put right."""
    return " ".join(word.meant if clause_text(part) == word.typed else part for part in q.split())


@dataclass(frozen=True)
class SearchPage:
    """Everything a representation of a search needs: what was asked, what was found, labelled facets.

    `corrected` are words that no record has, with those that were looked for instead; `offered` are words that few
    records have, with those that were perhaps meant. `missing` are words that no record has in any form.
    """

    request: SearchRequest
    results: Results
    facets: tuple[Facet, ...]
    pages: int
    corrected: tuple[Correction, ...] = ()
    offered: tuple[Correction, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts of the query that no record has in any form."""
        return tuple(text for text, count in self.results.words if not count)

    @property
    def relaxed(self) -> bool:
        """Whether few records have all of the query, so that hits with only some of it are among them."""
        return self.results.required < len(self.results.words)
