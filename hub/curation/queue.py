"""The queue: which records need a decision, of which kind, and how much is left to do on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hub.curation.shelf import Given, Row
from hub.errors import InvalidRequest
from hub.links import LinkStatus
from hub.record import Decision, Status
from hub.text import fold

PER_PAGE = 50
NOBODY, ME = "nobody", "me"


@dataclass(frozen=True)
class Work:
    """A record with what there is to do on it."""

    row: Row
    broken: tuple[LinkStatus, ...]
    who: str
    waiting: int

    @property
    def left(self) -> int:
        """How much is left to decide or to find out."""
        row = self.row
        return row.undecided + len(row.changes) + len(row.twins) + len(row.missing) + len(self.broken)


@dataclass(frozen=True)
class Asked:
    """What of the queue is asked for. `kind` is one of KINDS, `who` an account, `nobody` or anyone (empty)."""

    kind: str = "drafts"
    q: str = ""
    source: str = ""
    target: str = ""
    language: str = ""
    who: str = ""
    sort: str = "newest"
    page: int = 1


@dataclass(frozen=True)
class Queue:
    """One page of the queue, and the counts beside every filter, which ignore that filter itself."""

    asked: Asked
    works: tuple[Work, ...]
    total: int
    kinds: Mapping[str, int]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(-(-self.total // PER_PAGE), 1)


def _is_open(work: Work) -> bool:
    return work.row.status != Status.WITHDRAWN


KINDS: Mapping[str, Callable[[Work], bool]] = {
    "drafts": lambda work: work.row.status == Status.DRAFT,
    "changed": lambda work: _is_open(work) and bool(work.row.changes),
    "undecided": lambda work: _is_open(work) and work.row.undecided > 0,
    "duplicates": lambda work: _is_open(work) and bool(work.row.twins),
    "links": lambda work: _is_open(work) and bool(work.broken),
    "facts": lambda work: _is_open(work) and bool(work.row.missing),
    "gone": lambda work: _is_open(work) and bool(work.row.gone),
    "damaged": lambda work: bool(work.row.problem),
    "published": lambda work: work.row.status == Status.PUBLISHED,
    "withdrawn": lambda work: work.row.status == Status.WITHDRAWN,
}

_Key = Callable[[Work], tuple[object, ...]]
SORTS: Mapping[str, tuple[_Key, bool]] = {
    "newest": (lambda work: (work.row.first_seen, work.row.id), True),
    "oldest": (lambda work: (work.row.first_seen, work.row.id), False),
    "least left": (lambda work: (work.left, work.row.id), False),
    "most left": (lambda work: (work.left, work.row.id), True),
    "title": (lambda work: (fold(work.row.title), work.row.id), False),
}

_FILTERS: Mapping[str, Callable[[Work, str], bool]] = {
    "q": lambda work, wanted: all(word in work.row.words for word in fold(wanted).split()),
    "source": lambda work, wanted: work.row.source == wanted,
    "target": lambda work, wanted: wanted in work.row.concepts("target"),
    "language": lambda work, wanted: work.row.language == wanted,
    "who": lambda work, wanted: work.who == ("" if wanted == NOBODY else wanted),
}


def works_of(
    rows: Iterable[Row], links: Mapping[str, LinkStatus], claims: Mapping[str, str], today: date
) -> list[Work]:
    """Every record with what there is to do on it."""
    broken = {url: link for url, link in links.items() if link.state == "broken"}
    return [
        Work(
            row,
            tuple(broken[url] for url in row.addresses if url in broken) if broken else (),
            claims.get(row.id, ""),
            _days(row.first_seen, today),
        )
        for row in rows
    ]


def _days(since: str, today: date) -> int:
    return (today - date.fromisoformat(since)).days if len(since) == 10 else 0


def page_of(works: Iterable[Work], asked: Asked) -> Queue:
    """The wanted page of the queue. InvalidRequest where a kind or sort is asked for that does not exist."""
    every = list(works)
    of_kind = _of_kind(every, asked)
    passed = _passed(of_kind, asked)
    found = _found(of_kind, passed, asked)
    kinds = {name: sum(map(is_one, every)) for name, is_one in KINDS.items()}
    counts = {name: _counts(name, of_kind, passed) for name in ("source", "target", "language", "who")}
    start = (asked.page - 1) * PER_PAGE
    return Queue(asked, tuple(found[start : start + PER_PAGE]), len(found), kinds, counts)


def chosen(works: Iterable[Work], asked: Asked) -> list[Work]:
    """All records of a part of the queue that pass its filters, in order."""
    of_kind = _of_kind(works, asked)
    return _found(of_kind, _passed(of_kind, asked), asked)


def _of_kind(works: Iterable[Work], asked: Asked) -> list[Work]:
    """The records of a part of the queue, if there is such a part and such an order."""
    if asked.kind not in KINDS:
        raise InvalidRequest("kind", f"There is no part {asked.kind!r} of the queue.", asked.kind, tuple(KINDS))
    if asked.sort not in SORTS:
        raise InvalidRequest("sort", f"The queue cannot be sorted by {asked.sort!r}.", asked.sort, tuple(SORTS))
    return [work for work in works if KINDS[asked.kind](work)]


def _found(works: list[Work], passed: Mapping[str, list[bool]], asked: Asked) -> list[Work]:
    """Those that pass all filters, in order."""
    found = [work for number, work in enumerate(works) if all(marks[number] for marks in passed.values())]
    key, backwards = SORTS[asked.sort]
    return sorted(found, key=key, reverse=backwards)


def _passed(works: list[Work], asked: Asked) -> dict[str, list[bool]]:
    """Which records pass each filter that is set."""
    wanted = {name: value for name in _FILTERS if (value := getattr(asked, name))}
    return {name: [_FILTERS[name](work, value) for work in works] for name, value in wanted.items()}


def _counts(name: str, works: list[Work], passed: Mapping[str, list[bool]]) -> Mapping[str, int]:
    """How many records each value of a filter would leave, most first."""
    others = [marks for other, marks in passed.items() if other != name]
    counts: Counter[str] = Counter()
    for number, work in enumerate(works):
        if all(marks[number] for marks in others):
            counts.update(_values(name, work))
    return dict(counts.most_common())


def _values(name: str, work: Work) -> Iterable[str]:
    match name:
        case "target":
            return work.row.concepts("target")
        case "who":
            return (work.who or NOBODY,)
    return (str(getattr(work.row, name)),)


def suggested(rows: Iterable[Row], vocabulary: str, concept: str, at_least: float) -> list[Row]:
    """The rows in which a concept is suggested at least so surely: what a decision over a selection would change."""

    def is_meant(tag: Given) -> bool:
        same = tag.vocabulary == vocabulary and (not concept or tag.concept == concept)
        return same and tag.decision is Decision.SUGGESTED and tag.score >= at_least

    return [row for row in rows if any(map(is_meant, row.tags))]
