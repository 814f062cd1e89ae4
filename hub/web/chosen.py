"""The records that somebody chose by name: a list that stands in its address and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote_plus

from hub.engine import Engine
from hub.errors import InvalidRequest, Moved, NotFound, Withdrawn
from hub.record import ID, Record
from hub.web.hub import followed
from hub.web.params import encoded

MOST = 200  # records of one list
# Characters of its ids in an address: ids may have 200, and servers on the way often refuse more than 8 kB in all.
LONGEST = 7_500
_NAMED = re.compile(r"(?:\bid=|/records/)([^&#?/\s]+)")


@dataclass(frozen=True)
class Chosen:
    """The records of a list in its order, and what became of the others.

    `moved` are former ids of records that are here, `withdrawn` are gone, `unknown` never were.
    """

    records: tuple[Record, ...]
    moved: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The ids that lead to no record."""
        return (*self.withdrawn, *self.unknown)

    @property
    def query(self) -> str:
        """The list as the end of an address."""
        return list_query(record.id for record in self.records)


def list_query(ids: Iterable[str]) -> str:
    """Ids as the end of an address: `?id=a&id=b`, or nothing where there are none."""
    return encoded(("id", one) for one in ids)


def ids_of(values: Iterable[str]) -> tuple[str, ...]:
    """The ids that were asked for, each once. InvalidRequest where they are too many or too long."""
    found = tuple(dict.fromkeys(one for value in values if (one := value.strip())))
    if len(found) > MOST:
        raise InvalidRequest("id", f"A list holds at most {MOST} cases; these are {len(found):,}.")
    if (length := len(list_query(found))) > LONGEST:
        said = f"The ids of a list have at most {LONGEST:,} characters in its address; these have {length:,}."
        raise InvalidRequest("id", said)
    return found


def named_in(text: str) -> tuple[str, ...]:
    """The ids that a text names: as they are, in addresses of records, or in the address of another list."""
    found: list[str] = []
    for word in text.split():
        inside = [unquote_plus(one) for one in _NAMED.findall(word)]
        found += inside or [word.strip(",;")]
    return tuple(found)


def chosen(ids: Iterable[str], engine: Engine) -> Chosen:
    """The records with these ids; who was moved is followed."""
    records: dict[str, Record] = {}
    lost: dict[type[Exception], list[str]] = {Moved: [], Withdrawn: [], NotFound: []}
    for one in ids:
        try:
            record = _found(one, engine)
        except (NotFound, Withdrawn) as error:
            lost[type(error)].append(one)
        else:
            records.setdefault(record.id, record)
            if record.id != one:
                lost[Moved].append(one)
    return Chosen(tuple(records.values()), *map(tuple, lost.values()))


def _found(one: str, engine: Engine) -> Record:
    if not ID.fullmatch(one):
        raise NotFound(one)
    return followed(one, engine)
