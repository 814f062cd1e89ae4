"""What can be asked and what comes back: the types that cross the line between search and engines.

Types that a search makes by the hundred are msgspec's structs, frozen like dataclasses and made in a tenth of the time.

The query language: words (all must match), "phrases", -exclusions, prefix*. Nothing a person types is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from hub.record import Record

# URL parameter -> facet field; the same names in the interface, the API and the index.
FACETS = ("target", "theme", "region", "country", "type", "year", "evidence", "language", "source")
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


_EDGES = re.compile(r"^[*¿¡(\[{'‘.,;:…]+|[?!)\]}.,;:'’…*]+$")  # punctuation around a word


@lru_cache(maxsize=1_000)
def parse_query(q: str) -> tuple[Clause, ...]:
    """The parts of a query. Any text is a query; what has no letter or digit says nothing and is left out."""
    found: dict[Clause, None] = {}
    for sign, phrase, bare in _PART.findall(q):
        word = bare.strip('"“”„«»')
        if phrase.strip():
            clause = Clause(Kind.PHRASE, " ".join(phrase.split()), bool(sign))
        elif word.endswith("*") and len(word.strip("*")) > 1:
            clause = Clause(Kind.PREFIX, word.strip("*"), bool(sign))
        else:
            clause = Clause(Kind.WORD, _EDGES.sub("", word), bool(sign))
        if re.search(r"[^\W_]", clause.text):
            found[clause] = None
    prefixes = [clause for clause in found if clause.kind is Kind.PREFIX][MAX_PREFIXES:]
    return tuple(clause for clause in found if clause not in prefixes)[:MAX_CLAUSES]


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
    `language` is the reader's.
    """

    q: str = ""
    filters: Filters = ()
    scope: Filters = ()
    facets: tuple[str, ...] = ()
    sort: str = "relevance"
    page: int = 1
    per_page: int = PER_PAGE
    language: str = "en"


class Span(Struct, frozen=True, gc=False):
    """A piece of text; `match` where the query found it."""

    text: str
    match: bool = False


class Why(Struct, frozen=True, gc=False):
    """How one part of the query matched a hit: in which fields, and as which other words."""

    clause: str
    fields: tuple[str, ...]
    forms: tuple[str, ...] = ()


class Hit(Struct, frozen=True, gc=False):
    """One record found. `snippet` is its best passage, from field `snippet_field`."""

    record: Record
    score: float
    title: tuple[Span, ...]
    snippet: tuple[Span, ...]
    snippet_field: str
    why: tuple[Why, ...] = ()


class FacetCounts(Struct, frozen=True):
    """How many of the records have each value of a facet, broader values included."""

    values: Mapping[str, int]
    not_stated: int


@dataclass(frozen=True)
class Results:
    """What an engine answers, without labels.

    `words` are the parts of the query that tell something (function words do not, unless there are only those), with
    the number of records each occurs in, whatever the filters. `required` is how many of them each hit has: fewer
    than all when no record of the scope has all.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, FacetCounts]
    words: tuple[tuple[str, int], ...]
    required: int
    revision: str


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


@dataclass(frozen=True)
class SearchPage:
    """Everything a representation of a search needs: what was asked, what was found, labelled facets."""

    request: SearchRequest
    results: Results
    facets: tuple[Facet, ...]
    pages: int

    @property
    def relaxed(self) -> bool:
        """Whether no record has all words, so that the hits have only some of them."""
        return self.results.required < len(self.results.words)
