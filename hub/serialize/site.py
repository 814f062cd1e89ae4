"""What representations for other programs have in common: the site they come from, and what they say of a record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import quote

from hub.parse import CONTROL
from hub.record import Record
from hub.serialize.terms import LICENSE_URL
from hub.vocabulary import Concept, Vocabularies

PAGE_OF = ("target", "theme", "country", "region")  # vocabularies whose concepts have a page each
ABOUT = ("target", "theme")  # vocabularies that say what a record is about
WHERE = ("country", "region")


@dataclass(frozen=True)
class Site:
    """The site that publishes, as one reader sees it: names, when its index was made, and absolute addresses.

    `page("record", record_id="x")` is a page in the reader's language; `lasting` gives the same thing one address for
    all languages, which can be its identifier.
    """

    name: str
    operator: str
    language: str
    built: str
    page: Callable[..., str]
    lasting: Callable[..., str]

    @property
    def publisher(self) -> str:
        """Who stands behind the site: its operator, or its own name where nobody is given."""
        return self.operator or self.name

    def record(self, record: Record) -> str:
        """The identifier of a record."""
        return self.lasting("record", record_id=record.id)

    def scheme(self, vocabulary_id: str) -> str:
        """The identifier of a vocabulary."""
        return self.lasting("scheme", vocabulary_id=vocabulary_id)

    def concept(self, concept: Concept) -> str:
        """The identifier of a concept."""
        return f"{self.scheme(concept.vocabulary)}#{quote(concept.id)}"

    def concept_page(self, concept: Concept) -> str | None:
        """The page about a concept, if there is one."""
        return self.page(concept.vocabulary, name=concept.notation) if concept.vocabulary in PAGE_OF else None


def plain(text: str) -> str:
    """A text without the characters that XML 1.0 forbids."""
    return CONTROL.sub("", text)


def concepts(record: Record, vocabularies: Vocabularies, *names: str) -> list[Concept]:
    """The concepts that a record has of some vocabularies, in its order; not the rejected ones."""
    found = ((name, concept) for name in names for concept in record.concepts(name))
    known = (vocabularies[name].find(concept) for name, concept in found if name in vocabularies)
    return [concept for concept in known if concept is not None]


def license_of(record: Record) -> str:
    """The licence of a record's words, as an address or in words; empty where their source does not state it."""
    return record.license if record.provenance.words else LICENSE_URL


def moment(text: str) -> datetime:
    """The beginning of a year, month or day, or a point in time, in UTC."""
    found = datetime.fromisoformat(text) if "T" in text else datetime.combine(_day(text), datetime.min.time())
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(text: str) -> date:
    return date.fromisoformat(text + "0000-01-01"[len(text) :])


def added(record: Record, built: str) -> datetime:
    """When a record came into the collection; no later than the index it is in."""
    return min(moment(record.provenance.first_seen), moment(built))


def updated(record: Record, built: str) -> datetime:
    """When a record last changed: a source may date its change before we saw it, or into the future."""
    changed = moment(record.modified) if record.modified else added(record, built)
    return min(max(added(record, built), changed), moment(built))


def published(record: Record) -> str:
    """The date of publication (ISO 8601, as exact as known) of a record's words."""
    return (record.issued if record.provenance.words else "") or record.provenance.first_seen


def period(record: Record) -> str:
    """The time of the work as an interval (ISO 8601): `2014/2019`, `2014/..` without an end; or nothing."""
    if record.began and record.ended:
        return record.began if record.began == record.ended else f"{record.began}/{record.ended}"
    return f"{record.began}/.." if record.began else record.ended
