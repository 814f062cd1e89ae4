"""What a curator makes sure of before a record is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.corpus import check_record
from hub.links import LinkStatus, asked
from hub.record import Decision, Record
from hub.vocabulary import Vocabularies

ABSTRACT = (40, 60)  # words
_UNSPACED = ("zh", "ja", "th", "lo", "km", "my")  # written without spaces between words, which cannot be counted then


@dataclass(frozen=True)
class Check:
    """One line of the list: what it is about, whether it is in order, what is wrong, whether that keeps it back."""

    name: str
    ok: bool
    message: str = ""
    must: bool = False


def checklist(record: Record, vocabularies: Vocabularies, broken: Iterable[LinkStatus] = ()) -> tuple[Check, ...]:
    """The list for one record. What must be in order keeps it from being published, the rest is for the curator."""
    return tuple(_checks(record, vocabularies, {link.url: link for link in broken}))


def _checks(record: Record, vocabularies: Vocabularies, broken: dict[str, LinkStatus]) -> Iterator[Check]:
    words = len(record.abstract.split())
    low, high = ABSTRACT
    counted = record.language.split("-")[0] not in _UNSPACED
    length = "" if low <= words <= high or not counted else f"has {words} words; {low} to {high} read best"
    yield Check("Summary", not length, length)
    yield _own_words(record)
    targets = record.concepts("target", Decision.ACCEPTED)
    yield Check("Target", bool(targets), "" if targets else "no target is accepted yet", must=True)
    place = record.concepts("country", Decision.ACCEPTED) or record.concepts("region", Decision.ACCEPTED)
    yield Check("Place", bool(place), "" if place else "no country or region is accepted")
    open_tags = sum(tag.decision is Decision.SUGGESTED for tag in (*record.tags, *record.proposals))
    yield Check("Tags", not open_tags, f"{open_tags} to decide" if open_tags else "")
    twins = [p for p in record.proposals if p.vocabulary == "also_at" and p.decision is Decision.SUGGESTED]
    yield Check("Duplicates", not twins, "to decide" if twins else "")
    link = broken.get(asked(record.url))
    yield Check("Link", link is None, f"broken since {link.since}: {link.reason}" if link else "")
    yield Check("Source", not record.changes, "has changed the case" if record.changes else "")
    wrong = [f"{name}: {message}" for name, message in check_record(record, vocabularies)]
    yield Check("Rules of the corpus", not wrong, "; ".join(wrong), must=True)


def _own_words(record: Record) -> Check:
    if record.provenance.words and not record.license:
        said = "the words are the source's, which states no licence: write the summary in your own and say so"
        return Check("Licence", False, said, must=True)
    return Check("Licence", bool(record.license), "" if record.license else "not stated: summary and link only")
