"""The workbench: what curators do to the corpus, checked, written under their name, and never over another's work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec.structs import replace

from hub.canonical import parse_bytes
from hub.corpus import Corpus, check_record
from hub.curation.accounts import Account, Role
from hub.curation.checklist import checklist
from hub.curation.claims import Claims
from hub.curation.duplicates import joined, told_apart
from hub.curation.form import decide, requoted
from hub.curation.history import Author, Saved, encoded, open_history
from hub.curation.original import Original, original_of
from hub.curation.queue import Work, works_of
from hub.curation.shelf import Row, Shelf, sureness
from hub.curation.versions import Difference, differences, merged
from hub.errors import Conflict, Forbidden, HubError, InvalidRecord, NotFound, Problem
from hub.links import Links, LinkStatus, addresses
from hub.record import SECTIONS, Decision, Record, Status, parse_record
from hub.requests import Requests
from hub.vocabulary import Vocabularies, language_vocabulary

_FAR = 1000  # saves of one record that are looked through for one of them


@dataclass(frozen=True)
class Sheet:
    """A record as it lies in the corpus: the record, the revision of its file, and the file's own text."""

    record: Record
    revision: str
    text: str


@dataclass(frozen=True)
class Done:
    """What became of one record of a selection: whether it was changed, or why that was not possible."""

    record: str
    changed: bool = False
    wrong: str = ""


class Workbench:
    """Everything the pages of curation ask for; safe to share between threads, and beside other processes."""

    def __init__(self, corpus: Corpus, instance: Path) -> None:
        self.corpus = corpus
        self.shelf = Shelf(corpus, instance / "curation" / "shelf.json")
        self.links = Links(instance / "harvest" / "links.json")
        self.claims = Claims(instance / "curation" / "desk.sqlite")
        self.history = open_history(corpus.folder)
        self.requests = Requests(corpus.folder)
        self._state = instance / "harvest" / "state.sqlite"
        self._vocabularies: tuple[object, Vocabularies] | None = None
        self._seen: Mapping[str, Row] | None = None
        self._languages: frozenset[str] = frozenset()

    def vocabularies(self) -> Vocabularies:
        """The vocabularies of the corpus, read again when one of their files changed, and the languages of its records.

        Languages are those of the last look at the rows.
        """
        files = sorted((self.corpus.folder / "vocabularies").glob("*.yaml"))
        state = (tuple(path.stat().st_mtime_ns for path in files), self._languages)
        if self._vocabularies is None or self._vocabularies[0] != state:
            self._vocabularies = state, {**self.corpus.vocabularies(), "language": language_vocabulary(self._languages)}
        return self._vocabularies[1]

    def rows(self) -> Mapping[str, Row]:
        """All records as the queue sees them, by id."""
        rows = self.shelf.rows()
        if rows is not self._seen:
            self._seen, self._languages = rows, frozenset(row.language for row in rows.values() if row.language)
        return rows

    def prepare(self) -> None:
        """Read what the first page would have to wait for; what is wrong then is said when it is asked for."""
        with suppress(HubError, OSError):
            self.rows()
            self.vocabularies()

    # -- reading

    def works(self) -> list[Work]:
        """Every record with what there is to do on it."""
        claims = self.claims.of(time.time())
        return works_of(self.rows().values(), self.links.known(), claims, date.today())

    def sheet(self, record_id: str) -> Sheet:
        """A record to work on. NotFound; InvalidRecord where its file is damaged."""
        entry = self.corpus.entry(record_id)
        if entry.record is None:
            raise InvalidRecord(entry.problems)
        text = (self.corpus.records / f"{record_id}.yaml").read_text(encoding="utf-8")
        return Sheet(entry.record, entry.revision, text)

    def broken(self, record: Record) -> tuple[LinkStatus, ...]:
        """The links of a record that are broken."""
        known = self.links.known()
        return tuple(known[url] for url in addresses(record) if url in known and known[url].state == "broken")

    def original(self, record: Record) -> Original | None:
        """The source's own text of a record that does not hold it; None where it holds it, or nothing is known."""
        holds = any(getattr(record, name) for name in (*SECTIONS, "text"))
        return None if holds else original_of(record, self._state)

    def by_address(self, url: str) -> Row | None:
        """The record that an address belongs to, or one that lists it as the same case."""
        rows = self.rows().values()
        own = (row for row in rows if row.url == url and row.status != Status.WITHDRAWN)
        return next(own, None) or next((row for row in rows if url in row.also_at or row.url == url), None)

    # -- writing

    def save(self, record: Record, expected: str | None, by: Account, note: str = "") -> str:
        """Write a record under somebody's name, and return its new revision.

        Raises InvalidRecord with what is wrong that was not wrong before, Conflict where somebody was faster.
        """
        before = self.sheet(record.id).record if expected is not None else None
        record = requoted(record)
        self._may(before, record, by)
        known = set(check_record(before, self.vocabularies())) if before else set()
        wrong = [each for each in check_record(record, self.vocabularies()) if each not in known]
        if wrong:
            file = f"records/{record.id}.yaml"
            raise InvalidRecord(tuple(Problem(file, name, message) for name, message in wrong))
        message = f"{record.id}: {note or said_of(differences(before, record))}"
        author = Author(signature(by), by.email)
        return self.corpus.write(
            record, expected, lambda old, new: self.history.saving(record.id, old, new, author, message)
        )

    def publish(self, record: Record, expected: str, by: Account) -> str:
        """Publish a record. Raises InvalidRecord with what must be in order first."""
        wrong = [check for check in checklist(record, self.vocabularies(), self.broken(record)) if check.must]
        problems = tuple(Problem("", check.name, check.message) for check in wrong if not check.ok)
        if problems:
            raise InvalidRecord(problems)
        return self.save(replace(record, status=Status.PUBLISHED), expected, by)

    def _may(self, before: Record | None, after: Record, by: Account) -> None:
        """Whether somebody may save this: what the public sees, or no longer sees, is not every curator's to change."""
        if before is None or before.status is after.status:
            return
        if before.status is Status.PUBLISHED:
            only_editors(by, "withdraw what is published")
        if before.status is Status.WITHDRAWN:
            only_editors(by, "bring back what was withdrawn")
            owner = next((row.id for row in self.rows().values() if after.id in row.replaces), None)
            if owner:
                raise Conflict(f"it lives on as {owner}; undo that there first")

    def withdraw(self, record: Record, expected: str, by: Account) -> str:
        """Withdraw a record; one that the public sees only an editor-in-chief may withdraw."""
        return self.save(replace(record, status=Status.WITHDRAWN), expected, by)

    def decide_all(
        self, ids: Iterable[str], by: Account, change: Callable[[Record], Record], note: str = ""
    ) -> Iterator[Done]:
        """Do the same to many records, one after the other; what cannot be done to one stops no other."""
        for record_id in ids:
            try:
                sheet = self.sheet(record_id)
                changed = change(sheet.record)
                if changed != sheet.record:
                    self.save(changed, sheet.revision, by, note)
                yield Done(record_id, changed != sheet.record)
            except HubError as error:
                yield Done(record_id, wrong=str(error))

    # -- duplicates

    def tell_apart(self, one: str, other: str, by: Account) -> None:
        """Two records are different cases: neither is proposed to the other again."""
        _are_two(one, other)
        for own, twin in ((one, other), (other, one)):
            sheet, beside = self.sheet(own), self.sheet(twin).record
            apart = told_apart(sheet.record, beside, by.name, today())
            if apart != sheet.record:
                self.save(apart, sheet.revision, by, f"is another case than {twin}")

    def join(self, kept: str, other: str, by: Account) -> None:
        """Two records are one case: `kept` gets all that the other has, the other leads there.

        The kept one is written first: whatever happens in between, nothing that was known is lost.
        """
        _are_two(kept, other)
        stays, goes = self.sheet(kept), self.sheet(other)
        if goes.record.status is Status.PUBLISHED:
            only_editors(by, "join what is published")
            if stays.record.status is not Status.PUBLISHED:
                raise Conflict(f"{kept} is not published, and the case would vanish: publish it first, or keep {other}")
        new, old = joined(stays.record, goes.record, by.name, today())
        if new != stays.record:
            self.save(new, stays.revision, by, f"is the same case as {other}")
        self.save(old, goes.revision, by, f"lives on as {kept}")

    # -- history

    def saves(self, record_id: str | None = None, limit: int = 50, before: str = "") -> list[Saved]:
        """Who saved what when, newest first."""
        return self.history.saves(record_id, limit, before)

    def save_of(self, record_id: str, saved: str) -> Saved | None:
        """One save of a record; None where it is none of the latest that are looked through."""
        return next((each for each in self.saves(record_id, _FAR) if each.id == saved), None)

    def changed_by(self, saved: str, record_id: str) -> tuple[Difference, ...]:
        """What one save changed, field by field."""
        before, after = (self._read(text, record_id) for text in self.history.texts(saved, record_id))
        return differences(before, after) if after else ()

    def undo(self, saved: str, record_id: str, by: Account) -> None:
        """Take back one save, and only that: what was changed since stays. Conflict where the same was changed since.

        The save of another is for an editor-in-chief to take back.
        """
        before, after = (self._read(text, record_id) for text in self.history.texts(saved, record_id))
        if after is None:
            raise NotFound("what was saved then cannot be read any more")
        found = self.save_of(record_id, saved)
        if found is None or found.by != signature(by):
            only_editors(by, "undo what somebody else saved")
        sheet = self.sheet(record_id)
        both: tuple[str, ...] = ()
        if before is None:
            undone = replace(sheet.record, status=Status.WITHDRAWN)  # nothing is ever deleted
        else:
            undone, both = merged(after, sheet.record, before)
            seen = sheet.record.provenance  # where and when the source was seen is no work of a curator's
            undone = replace(undone, provenance=replace(seen, words=undone.provenance.words))
        if both:
            raise Conflict(f"cannot be undone: {', '.join(both)} was changed again since; undo that first")
        self.save(undone, sheet.revision, by, f"undone: what was saved as {saved[:10]}")

    def _read(self, text: str | None, record_id: str) -> Record | None:
        if text is None:
            return None
        file = f"{record_id}.yaml"
        try:
            return parse_record(parse_bytes(encoded(text), file), file)
        except InvalidRecord:
            return None


def _are_two(one: str, other: str) -> None:
    if one == other:
        raise NotFound("a record is always the same case as itself")


def signature(by: Account) -> str:
    """How somebody is named in the history: as people know them, and by the account, which is one person's alone."""
    return f"{by.display} ({by.name})"


def only_editors(by: Account, what: str) -> None:
    """Forbidden, unless somebody is an editor-in-chief."""
    if by.role is not Role.EDITOR:
        raise Forbidden(f"Only an editor-in-chief may {what}.")


def said_of(found: Iterable[Difference]) -> str:
    """What was changed, in one line: `accepted target GBF-TARGET-08; abstract`."""
    said = []
    for each in found:
        if each.field in ("tags", "proposals"):
            before, after = (text.split(",", 1)[0] for text in (each.before, each.after))
            said += [f"{after or 'removed'} {each.entry}"] if before != after else []
        elif each.name == "status":
            said.append(each.after)
        elif each.field != "provenance":
            said.append(each.name)
    line = "; ".join(dict.fromkeys(said))
    return (line if len(line) <= 200 else f"{line[:200]}…") or "nothing changed"


def accept(vocabulary: str, concept: str, at_least: float, by: str) -> Callable[[Record], Record]:
    """Accepts what is suggested of a vocabulary (of one concept, if it is named) at least so surely."""

    def change(record: Record) -> Record:
        for tag in record.tags:
            meant = tag.vocabulary == vocabulary and (not concept or tag.concept == concept)
            if meant and tag.decision is Decision.SUGGESTED and sureness(tag) >= at_least:
                record = decide(record, vocabulary, tag.concept, Decision.ACCEPTED, by, today())
        return record

    return change


def today() -> str:
    """The day as records write it, of UTC."""
    return datetime.now(UTC).date().isoformat()
