"""Where items become records: new ones drafts, changed ones merged, missing ones flagged. One at a time."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Mapping, Set

from msgspec import Struct
from msgspec.structs import replace

from hub.corpus import Corpus, check_record, format_record
from hub.errors import Conflict, InvalidRecord, Problem
from hub.ids import new_id
from hub.record import SECTIONS, Decision, Method, Record, Status, Tag
from hub.vocabulary import Vocabularies
from indexer.harvest.draft import NAME, draft
from indexer.harvest.item import Item
from indexer.harvest.merge import flagged_back, flagged_gone, merged
from indexer.harvest.report import Outcome
from indexer.harvest.source import Source, secrets_of
from indexer.harvest.state import State
from indexer.harvest.twins import Twins

_TRIES = 3  # a curator may save the same record in the same moment
_FEW = 10  # items that may be missing without a doubt about the listing itself


def _plain_address(url: str) -> str:
    """An address without what never tells two pages apart."""
    return re.sub(r"https?://(?:www\.)?", "", url.strip(), count=1).rstrip("/")


class Verdict(Struct, frozen=True):
    """What became of one item: the outcome, why, the id of its record, and what that holds in one line."""

    outcome: Outcome
    reason: str = ""
    record: str = ""
    told: str = ""


class Desk:
    """Takes items into the corpus. (source, source_id) tells which record an item is; no item becomes two."""

    def __init__(self, corpus: Corpus, vocabularies: Vocabularies, state: State, today: str, dry: bool = False) -> None:
        self._corpus = corpus
        self._vocabularies = vocabularies
        self._state = state
        self._today = today
        self._dry = dry
        self._lock = threading.Lock()
        records = [entry.record for entry in corpus.entries() if entry.record]
        self._moved = {former: record.id for record in records for former in record.replaces}
        self._taken = {*corpus.ids(), *self._moved}
        self._records = {(record.source, record.source_id): record.id for record in records if record.source_id}
        self._addresses = {_plain_address(url): each for each in records for url in (each.url, *each.also_at)}
        self._fresh: dict[str, Record] = {}  # of this run, for a dry one writes none
        self._harvested = {
            (record.source, record.source_id): record.id
            for record in records
            if record.provenance.harvester == NAME and record.status is not Status.WITHDRAWN
        }
        self._twins = Twins(records)

    def take(self, item: Item, source: Source, run: str) -> Verdict:
        """Bring one item into the corpus. Raises InvalidRecord where it cannot be a record, Conflict."""
        with self._lock:
            record_id = self._records.get((source.id, item.id))
            if record_id is None:
                return self._new(item, source, run)
            for attempt in range(_TRIES):
                try:
                    return self._again(item, source, record_id, run)
                except Conflict:
                    if attempt == _TRIES - 1:
                        raise
            raise AssertionError("unreachable")

    def _new(self, item: Item, source: Source, run: str) -> Verdict:
        known, there = self._state.known(source.id, item.id), self._addresses.get(_plain_address(item.url))
        if known and known.draft.id in self._moved:
            return Verdict(Outcome.SKIPPED, "a curator merged it into another record", self._moved[known.draft.id])
        if there and item.url != source.home and (there.source != source.id or not there.source_id):
            return Verdict(Outcome.SKIPPED, "the corpus has a record with this address already", there.id)
        record_id = new_id(item.title, source.id, self._taken.__contains__)
        record = self._draft(item, source, record_id)
        self._check(record, ())
        record = replace(record, proposals=self._alike(record))
        self._write(record, None)
        self._taken.add(record_id)
        self._records[source.id, item.id] = self._harvested[source.id, item.id] = record_id
        self._addresses.setdefault(_plain_address(record.url), record)
        self._fresh[record_id] = record
        self._twins.add(record)
        self._state.remember(source.id, item, record, run)
        return Verdict(Outcome.NEW, record=record_id, told=summary(record))

    def _draft(self, item: Item, source: Source, record_id: str) -> Record:
        record = draft(item, source, record_id, self._today, self._vocabularies["country"])
        if any(secret in repr(record) for secret in secrets_of(source)):
            raise InvalidRecord((Problem("", "", "holds a key of its source, which must not come into the corpus"),))
        return record

    def _again(self, item: Item, source: Source, record_id: str, run: str) -> Verdict:
        entry = self._corpus.entry(record_id) if record_id not in self._fresh or not self._dry else None
        if entry is None:
            return Verdict(Outcome.UNCHANGED, record=record_id)
        if entry.record is None:
            raise InvalidRecord(entry.problems)
        ours, known = entry.record, self._state.known(source.id, item.id)
        theirs = self._draft(item, source, record_id)
        stands = ours.provenance.content_hash
        if stands == theirs.provenance.content_hash:
            if ours.provenance.gone or known is None or known.draft.provenance.content_hash != stands:
                self._state.remember(source.id, item, theirs, run)
            if not ours.provenance.gone:
                return Verdict(Outcome.UNCHANGED, record=record_id)
            self._write(flagged_back(ours), entry.revision)
            return Verdict(Outcome.CHANGED, "the source has it again", record_id)
        # What this machine remembers counts only if the record is made from it: it may come from elsewhere.
        base = known.draft if known and known.draft.provenance.content_hash == stands else None
        found = merged(ours, base, theirs, self._today)
        self._check(found, set(check_record(ours, self._vocabularies)))
        self._write(found, entry.revision)
        self._state.remember(source.id, item, theirs, run)
        pending = sum(bool(change.value) for change in found.changes)
        why = f"{pending} changes await a decision" if pending else ""
        return Verdict(Outcome.CHANGED, why, record_id, summary(found))

    def _check(self, record: Record, known: Collection[tuple[str, str]]) -> None:
        """Refuse a record with problems that it did not have before."""
        problems = [Problem("", *wrong) for wrong in check_record(record, self._vocabularies) if wrong not in known]
        if problems:
            raise InvalidRecord(tuple(problems))

    def _write(self, record: Record, revision: str | None) -> None:
        if self._dry:
            format_record(record)  # raises what writing would
        else:
            self._corpus.write(record, revision)

    def _alike(self, record: Record) -> tuple[Tag, ...]:
        """Records of other sources that may be the same case, proposed for `also_at`."""
        urls: dict[str, Tag] = {}
        for twin in self._twins.like(record):
            other = self._fresh.get(twin.other) or self._corpus.entry(twin.other).record
            if other is not None and other.url not in (record.url, *urls):
                urls[other.url] = Tag(
                    "also_at", other.url, Decision.SUGGESTED, Method.RULE, twin.score, None, NAME, self._today
                )
        return tuple(urls.values())

    def missing(self, source: Source, seen: Set[str], deleted: Set[str], run: str) -> tuple[dict[str, Verdict], str]:
        """Flag the records of a source that it does not list any more: what became of each, and what is doubtful.

        `deleted` are those that the source itself says are deleted. Where more than half of all are missing, the
        listing is in doubt and not the items: then only the deleted ones are flagged.
        """
        with self._lock:
            ours = {item: record for (name, item), record in self._harvested.items() if name == source.id}
            said = {item: record for item, record in ours.items() if item in deleted}
            lost = {item: record for item, record in ours.items() if item not in seen and item not in deleted}
            if lost and (not seen or len(lost) > max(_FEW, len(ours) // 2)):
                doubt = f"{len(lost)} of {len(ours)} items are not listed any more: none is flagged, look at the source"
                return self._flag(source, said, run), doubt
            return self._flag(source, said | lost, run), ""

    def _flag(self, source: Source, absent: Mapping[str, str], run: str) -> dict[str, Verdict]:
        counts = self._state.missed(source.id, absent, run)
        return {item_id: self._flagged(source, record_id, counts[item_id]) for item_id, record_id in absent.items()}

    def _flagged(self, source: Source, record_id: str, missed: int) -> Verdict:
        for _ in range(_TRIES):
            entry = self._corpus.entry(record_id)
            if entry.record is None:
                return Verdict(Outcome.FAILED, "; ".join(map(str, entry.problems)), record_id)
            flagged = flagged_gone(entry.record, missed, source.withdraw_after, self._today)
            try:
                if flagged != entry.record:
                    self._write(flagged, entry.revision)
            except Conflict:
                continue
            withdrawn = ": withdrawn" if flagged.status is Status.WITHDRAWN else ""
            return Verdict(Outcome.GONE, f"not at its source in {missed} runs{withdrawn}", record_id)
        return Verdict(Outcome.FAILED, "is gone, but somebody else was saving its record", record_id)


def summary(record: Record) -> str:
    """A draft in one line, for a report: title, language, places, licence, how much text."""
    texts = (
        f"{name} {len(text.split())}" for name in ("abstract", *SECTIONS, "text") if (text := getattr(record, name))
    )
    facts = (record.language, record.place, record.began, record.license or "no licence stated")
    return f"“{record.title}” ({'; '.join(fact for fact in facts if fact)}; words: {', '.join(texts)})"
