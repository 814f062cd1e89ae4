"""The corpus on disk: one YAML file per record, read, checked and written without losing anybody's work."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout
from msgspec.structs import replace

from hub.canonical import parse_bytes, parse_yaml, to_yaml
from hub.errors import Conflict, HubError, InvalidRecord, NotFound, Problem
from hub.parse import Wrong
from hub.record import (
    FIELDS,
    ID,
    ORIGINAL,
    PROPOSED,
    PROPOSED_ENTRIES,
    Record,
    Status,
    Tag,
    parse_record,
    record_to_data,
)
from hub.synonyms import load_synonyms
from hub.vocabulary import Vocabularies, load_vocabularies

T = TypeVar("T")
LONGEST_ID = 200  # characters; names of files have bounds

# Entered around the replacement of a record file, with its text before (None: there was no file) and after.
Saving = Callable[[str | None, str], AbstractContextManager[object]]

# What the index is made from; what words mean to the tagger they mean to the search.
INDEXED = ("records/*.yaml", "vocabularies/*.yaml", "tagging/cues/*.yaml", "tagging/places/*.yaml")

# Vocabulary of each single-valued field; tags name their own.
FIELD_VOCABULARIES = {"type": "type", "evidence_level": "evidence_level"}


@dataclass(frozen=True)
class Entry:
    """One record file: the record, or what is wrong with it, and the revision of the bytes it was read from."""

    id: str
    revision: str
    record: Record | None
    problems: tuple[Problem, ...] = ()


class Corpus:
    """A folder with `records/` and `vocabularies/`. Reading never changes it; writing is atomic."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "records").is_dir():
            raise HubError(f"{folder} is not a corpus: it has no folder 'records' (set HUB_CORPUS)")
        self.folder = folder
        self.records = folder / "records"

    def vocabularies(self) -> Vocabularies:
        """The vocabularies of this corpus, by id. Raises InvalidRecord."""
        return load_vocabularies(self.folder / "vocabularies")

    def ids(self) -> list[str]:
        """Ids of all records, in order."""
        return sorted(path.stem for path in self.records.glob("[!.]*.yaml"))

    def entries(self) -> Iterator[Entry]:
        """Every record file in order of id; a damaged one is reported in its entry and stops nothing."""
        for record_id in self.ids():
            try:
                yield self.entry(record_id)
            except NotFound as error:
                yield Entry(record_id, "", None, (Problem(f"records/{record_id}.yaml", "", str(error)),))

    def entry(self, record_id: str) -> Entry:
        """One record file. NotFound where there is none."""
        path = self._path(record_id)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"the corpus has no record {record_id!r}") from None
        except OSError as error:
            problem = Problem(f"records/{path.name}", "", f"cannot be read: {error.strerror}")
            return Entry(record_id, "", None, (problem,))
        revision = revision_of(content)
        file = f"records/{path.name}"
        try:
            return Entry(record_id, revision, parse_record(parse_bytes(content, file), file))
        except InvalidRecord as error:
            return Entry(record_id, revision, None, error.problems)

    def get(self, record_id: str) -> Record:
        """One record. NotFound; InvalidRecord where its file is damaged."""
        entry = self.entry(record_id)
        if entry.record is None:
            raise InvalidRecord(entry.problems)
        return entry.record

    def write(self, record: Record, expected: str | None, saving: Saving | None = None) -> str:
        """Write a record in canonical form and return its new revision.

        `expected` is the revision it was read at, None for a new record. Raises Conflict where the file on
        disk is another by now, InvalidRecord where the record would not read back; the file is then untouched.

        `saving` keeps the history: it is entered while nobody else writes. What is no UTF-8 in the text before comes as
        lone surrogates (`surrogateescape`), so that the bytes can be had from it.
        """
        path = self._path(record.id)
        text = format_record(record)
        try:
            with FileLock(self.folder / ".lock", timeout=10):
                content = path.read_bytes() if path.exists() else None
                current = None if content is None else revision_of(content)
                if current != expected:
                    raise Conflict(f"record {record.id!r} was changed by somebody else meanwhile; read it again")
                before = None if content is None else content.decode("utf-8", "surrogateescape")
                with saving(before, text) if saving else nullcontext():
                    replace_file(path, text)
        except Timeout:
            raise Conflict("somebody else is writing to the corpus; try again") from None
        return revision_of(text.encode())

    def format(self) -> tuple[list[str], list[Problem]]:
        """Rewrite every readable record file in canonical form: ids that changed, problems that prevent it."""
        changed: list[str] = []
        problems: list[Problem] = []
        for entry in self.entries():
            if entry.record is None:
                problems.extend(entry.problems)
            elif not _canonical(entry.record, entry.revision):
                self.write(entry.record, entry.revision)
                changed.append(entry.id)
        return changed, problems

    def check(self) -> list[Problem]:
        """Everything that is wrong with the corpus, in order of file; nothing means it can be published."""
        problems: list[Problem] = []
        vocabularies = _tried(self.vocabularies, problems)
        _tried(lambda: load_synonyms(self.folder / "vocabularies"), problems)
        owners: dict[str, str] = {}
        known: dict[tuple[str, str], str] = {}
        ids = set(self.ids())
        for entry in self.entries():
            problems.extend(entry.problems)
            if entry.record is None:
                continue
            record, file = entry.record, f"records/{entry.id}.yaml"
            if vocabularies is not None:
                problems.extend(Problem(file, name, text) for name, text in check_record(record, vocabularies))
            if record.source_id and known.setdefault((record.source, record.source_id), entry.id) != entry.id:
                first = known[record.source, record.source_id]
                problems.append(Problem(file, "source_id", f"{record.source} {record.source_id} is also {first!r}"))
            for former in record.replaces:
                if former in ids and not self._is_withdrawn(former):
                    problems.append(Problem(file, "replaces", f"record {former!r} still exists; withdraw it"))
                if owners.setdefault(former, entry.id) != entry.id:
                    problems.append(Problem(file, "replaces", f"{former!r} is also replaced by {owners[former]!r}"))
            if not _canonical(record, entry.revision):
                problems.append(Problem(file, "", "is not in canonical form (run: hub corpus format)"))
        return problems

    def _is_withdrawn(self, record_id: str) -> bool:
        record = self.entry(record_id).record
        return record is not None and record.status is Status.WITHDRAWN

    def revision(self) -> str:
        """A short hash of everything in the corpus that the index is made from."""
        digest = hashlib.sha256()
        for path in sorted(path for part in INDEXED for path in self.folder.glob(part)):
            digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]

    def _path(self, record_id: str) -> Path:
        if not ID.fullmatch(record_id) or len(record_id) > LONGEST_ID:
            raise NotFound(f"{record_id[:LONGEST_ID]!r} cannot be the id of a record")
        return self.records / f"{record_id}.yaml"


def format_record(record: Record) -> str:
    """A record as the text of its file. Raises InvalidRecord where that text would not read back the same."""
    file = f"{record.id}.yaml"
    try:
        text = to_yaml(record_to_data(record))
    except UnicodeEncodeError as error:
        raise InvalidRecord((Problem(file, "", "holds half of a character pair"),)) from error
    if parse_record(parse_yaml(text, file), file) != _normal(record):
        raise InvalidRecord((Problem(file, "", "cannot be written so that it reads back the same"),))
    return text


def _tried(read: Callable[[], T], problems: list[Problem]) -> T | None:
    """What is read; None where it is wrong, and then what is wrong is added to the problems."""
    try:
        return read()
    except InvalidRecord as error:
        problems.extend(error.problems)
        return None


def _canonical(record: Record, revision: str) -> bool:
    """Whether the bytes with this revision are the canonical form of the record."""
    return revision_of(format_record(record).encode()) == revision


def _normal(record: Record) -> Record:
    return replace(record, translations=record.translations or None)


def check_record(record: Record, vocabularies: Vocabularies) -> Iterator[tuple[str, str]]:
    """What one record says that the vocabularies or its own words contradict: (field, message)."""
    for name, vocabulary in FIELD_VOCABULARIES.items():
        value = getattr(record, name)
        if value and vocabulary not in vocabularies:
            yield name, f"there is no vocabulary {vocabulary!r}"
        elif value and value not in vocabularies[vocabulary]:
            yield name, f"{value!r} is not in vocabulary {vocabulary!r}"
    for tag in record.tags:
        where = f"tags {tag.vocabulary} {tag.concept}"
        if tag.vocabulary not in vocabularies:
            yield where, f"there is no vocabulary {tag.vocabulary!r}"
        elif tag.concept not in vocabularies[tag.vocabulary]:
            yield where, f"{tag.concept!r} is not in vocabulary {tag.vocabulary!r}"
        elif vocabularies[tag.vocabulary].get(tag.concept).id != tag.concept:
            yield where, f"write {vocabularies[tag.vocabulary].get(tag.concept).id!r}"
        elif not vocabularies[tag.vocabulary].get(tag.concept).assignable:
            yield where, "is a group and cannot be given to a record; choose one of its members"
        yield from _unquoted(record, tag, where)
    yield from _wrong_proposals(record, vocabularies)
    yield from _wrong_harvest(record)


def _wrong_harvest(record: Record) -> Iterator[tuple[str, str]]:
    for change in record.changes:
        if change.field not in FIELDS:
            yield "changes", f"{change.field!r} is not a field of a record"
    if record.provenance.words and record.status is Status.PUBLISHED and not record.license:
        yield "provenance.words", "published in the source's own words, but no licence is stated: write your own"


def _wrong_proposals(record: Record, vocabularies: Vocabularies) -> Iterator[tuple[str, str]]:
    for proposal in record.proposals:
        where = f"proposals {proposal.vocabulary} {proposal.concept}"
        vocabulary = FIELD_VOCABULARIES.get(proposal.vocabulary, "")
        if proposal.vocabulary not in PROPOSED:
            yield where, f"nothing can be proposed for {proposal.vocabulary!r}; fields are {', '.join(PROPOSED)}"
        elif vocabulary in vocabularies and proposal.concept not in vocabularies[vocabulary]:
            yield where, f"{proposal.concept!r} is not in vocabulary {vocabulary!r}"
        else:
            yield from ((where, message) for message in _unreadable(proposal))
        yield from _unquoted(record, proposal, where)


def _unreadable(proposal: Tag) -> Iterator[str]:
    """What keeps a proposed value from being that of its field."""
    name, value = proposal.vocabulary, proposal.concept
    try:
        FIELDS[name]([value] if name in PROPOSED_ENTRIES else value)
    except Wrong as wrong:
        yield from (message for _, message in wrong.found)


def _unquoted(record: Record, tag: Tag, where: str) -> Iterator[tuple[str, str]]:
    if tag.evidence and tag.evidence.field != ORIGINAL and not quotes(record, tag.evidence.field, tag.evidence.quote):
        yield where, f"evidence is not in field {tag.evidence.field!r} word for word: {tag.evidence.quote!r}"


def quotes(record: Record, name: str, quote: str) -> bool:
    """Whether a quotation stands word for word in a field of a record."""
    value = getattr(record, name, "") if name in FIELDS else ""
    texts = (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ()
    return any(" ".join(quote.split()) in " ".join(text.split()) for text in texts if isinstance(text, str))


def revision_of(content: bytes) -> str:
    """The revision of a file with this content."""
    return hashlib.sha256(content).hexdigest()[:16]


def replace_file(path: Path, text: str | bytes, mode: int = 0o644) -> None:
    """Write a whole file or nothing: a reader never sees half of it, a crash leaves the old one or the new one.

    Until it is whole only its owner can read it; `mode` says who can then.
    """
    content = text.encode() if isinstance(text, str) else text
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)  # noqa: PTH101
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, so that they survive when the power fails."""
    with suppress(OSError):  # not every system can do this, and the names are there already
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
