"""Corpus -> index: what is published, made ready for the engine; written afresh or only where it changed."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from msgspec.structs import replace

from hub.config import LANGUAGES
from hub.corpus import Corpus, Entry, check_record
from hub.engine import Document, Edition, Engine, IndexInfo
from hub.errors import IndexUnavailable, NotFound, Problem
from hub.lexicon import Lexicon
from hub.record import Record, Status
from hub.vocabulary import Concept, Vocabularies, Vocabulary, language_vocabulary, regions_of, source_vocabulary
from indexer.journal import note_changes
from indexer.lexicon import load_lexicon

Progress = Callable[[Iterable[Document], int], Iterable[Document]]


class Done(StrEnum):
    """What a build did."""

    NOTHING = "nothing to do"
    UPDATED = "updated"
    FRESH = "built afresh"


@dataclass(frozen=True)
class Report:
    """The outcome of a build: what was done, how much of it, which records were left out and why.

    `mended` says what had been damaged in the index or the journal of changes, and was made again.
    """

    done: Done
    info: IndexInfo
    added: int
    changed: int
    removed: int
    problems: tuple[Problem, ...]
    mended: tuple[str, ...]


def build(
    corpus: Corpus,
    engine: Engine,
    fresh: bool = False,
    progress: Progress | None = None,
    changes: Path | None = None,
) -> Report:
    """Bring the index to the state of the corpus, and note in the journal `changes` what that has changed.

    A record that cannot be read or contradicts the vocabularies stops nothing: it is reported, and the index
    keeps what it had of it, unless it is made `fresh`. Raises InvalidRecord where the vocabularies themselves are
    damaged, Conflict where another build is running.
    """
    report, documents = _index(corpus, engine, fresh, progress)
    if changes is None:
        return report
    # Whatever was done: a build that was killed here, or a lost journal, is made good by the next one.
    notice = note_changes(changes, _published(documents, engine), engine.edition())
    return dataclasses.replace(report, mended=(*report.mended, notice)) if notice else report


def _published(documents: list[Document], engine: Engine) -> Iterator[Document]:
    """The documents that are in the index by now, and what it keeps of records that cannot be taken in."""
    missing = set(engine.fingerprints())
    for document in documents:
        if document.record.id in missing:
            missing.remove(document.record.id)
            yield document
    for record_id in sorted(missing):
        record = engine.get(record_id)
        try:
            yield to_document(record, engine.edition().vocabularies, "")
        except NotFound:  # a concept that the vocabularies have no longer
            yield Document(record, {"source": (record.source,)}, (), "")


def _index(corpus: Corpus, engine: Engine, fresh: bool, progress: Progress | None) -> tuple[Report, list[Document]]:
    """Bring the index to the state of the corpus; beside the report the documents that were wanted in it."""
    mended = engine.repair()
    previous = _previous(engine)
    before, since = (previous.fingerprints, previous.generation) if previous and not fresh else ({}, "")
    documents, edition, problems, held = prepare(corpus, previous.edition if previous else None, engine.adds)
    wanted = {document.record.id for document in documents}
    changed = [d for d in documents if before.get(d.record.id) != d.fingerprint]
    removed = sorted(set(before) - wanted - held)
    if previous and not fresh and not changed and not removed and previous.edition.revision == edition.revision:
        return Report(Done.NOTHING, engine.info(), 0, 0, 0, problems, mended), documents
    added = sum(d.record.id not in before for d in changed)
    counts = (added, len(changed) - added, len(removed))
    shown = progress or (lambda items, _: items)
    if before and (len(changed) < len(documents) or held):
        info = engine.update(shown(changed, len(changed)), removed, edition, since)
        return Report(Done.UPDATED, info, *counts, problems, mended), documents
    info = engine.build(shown(documents, len(documents)), edition)
    return Report(Done.FRESH, info, *counts, problems, mended), documents


@dataclass(frozen=True)
class _Previous:
    """The state of the index before a build."""

    generation: str
    fingerprints: dict[str, str]
    edition: Edition


def _previous(engine: Engine) -> _Previous | None:
    try:
        return _Previous(engine.info().generation, dict(engine.fingerprints()), engine.edition())
    except IndexUnavailable:
        return None


def prepare(
    corpus: Corpus, previous: Edition | None = None, adds: str = ""
) -> tuple[list[Document], Edition, tuple[Problem, ...], set[str]]:
    """Everything the engine needs: documents, edition, problems, and the ids of records that cannot be taken in.

    Of those, what the `previous` edition says of them is kept: their languages, sources and former ids. `adds` is what
    the engine adds to documents on its own.
    """
    vocabularies = dict(corpus.vocabularies())
    problems: list[Problem] = []
    held: set[str] = set()
    readable: dict[str, Record] = {}
    revisions: dict[str, str] = {}
    for entry in corpus.entries():
        found = _contradictions(entry, vocabularies)
        problems.extend((*entry.problems, *(Problem(f"records/{entry.id}.yaml", *wrong) for wrong in found)))
        if entry.record is None or (found and entry.record.status is Status.PUBLISHED):
            held.add(entry.id)
        else:
            readable[entry.id], revisions[entry.id] = entry.record, entry.revision
    published = [record for record in readable.values() if record.status is Status.PUBLISHED]
    lexicon = load_lexicon(corpus, previous.lexicon if previous else None)
    salt = _salt(vocabularies, lexicon, adds)
    documents = [to_document(record, vocabularies, revisions[record.id] + salt) for record in published]
    edition = _edition(corpus.revision(), vocabularies, readable, held, previous)
    return documents, dataclasses.replace(edition, lexicon=lexicon), tuple(problems), held


def _edition(
    revision: str,
    vocabularies: dict[str, Vocabulary],
    readable: dict[str, Record],
    held: set[str],
    previous: Edition | None,
) -> Edition:
    published = [record for record in readable.values() if record.status is Status.PUBLISHED]
    languages = {record.language for record in published}
    sources = {record.source: record.publisher or record.source for record in published}
    moved = {former: record.id for record in published for former in record.replaces}
    withdrawn = [record.id for record in readable.values() if record.status is Status.WITHDRAWN]
    if held and previous:
        languages |= {concept.id for concept in previous.vocabularies["language"]}
        sources = {concept.id: concept.pref_label["en"] for concept in previous.vocabularies["source"]} | sources
        moved = {former: now for former, now in previous.moved.items() if now in held} | moved
        withdrawn += [record_id for record_id in previous.withdrawn if record_id in held]
    vocabularies = vocabularies | {
        "language": language_vocabulary(languages),
        "source": source_vocabulary(sources),
    }
    return Edition(revision, vocabularies, moved, tuple(withdrawn))


def _contradictions(entry: Entry, vocabularies: Vocabularies) -> list[tuple[str, str]]:
    return list(check_record(entry.record, vocabularies)) if entry.record else []


def _salt(vocabularies: Vocabularies, lexicon: Lexicon, adds: str) -> str:
    """Changes with the vocabularies and with what names, stems and reads, for documents hold its work."""
    parts = [repr(vocabularies[name]) for name in sorted(vocabularies) if name not in ("language", "source")]
    parts += [adds, lexicon.source, *(version(name) for name in ("Babel", "PyStemmer", "simplemma", "knowledge-hub"))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def to_document(record: Record, vocabularies: Vocabularies, fingerprint: str) -> Document:
    """A record made ready: public form, every facet value with the broader ones, the names of its concepts."""
    public = replace(record, contact="", proposals=(), changes=())
    return Document(public, facets_of(record, vocabularies), keywords_of(record, vocabularies), fingerprint)


def facets_of(record: Record, vocabularies: Vocabularies) -> dict[str, tuple[str, ...]]:
    """The values a record counts under, by facet; a concept stands with all its broader ones."""
    countries = record.concepts("country")
    regions = dict.fromkeys(record.concepts("region"))
    for region in tuple(regions):
        regions |= dict.fromkeys(vocabularies["region"].ancestors(region))
    for country in countries:
        regions |= dict.fromkeys(regions_of(country, vocabularies))
    facets = {name: _with_broader(record.concepts(name), vocabularies, name) for name in ("target", "theme")}
    facets |= {
        "country": countries,
        "region": tuple(regions),
        "type": (record.type,),
        "year": (record.began[:4],) if record.began else (),
        "evidence": (record.evidence_level,) if record.evidence_level else (),
        "language": (record.language,),
        "source": (record.source,),
    }
    return {name: values for name, values in facets.items() if values}


def _with_broader(concepts: tuple[str, ...], vocabularies: Vocabularies, name: str) -> tuple[str, ...]:
    vocabulary = vocabularies[name]
    values = dict.fromkeys(vocabulary.get(concept).notation for concept in concepts)
    for concept in concepts:
        values |= dict.fromkeys(vocabulary.get(broader).notation for broader in vocabulary.ancestors(concept))
    return tuple(values)


def keywords_of(record: Record, vocabularies: Vocabularies) -> tuple[tuple[str, str], ...]:
    """Words people may search a record by that its text need not hold, each with its language."""
    own = [record.place, *record.organisations, *record.source_tags]
    found = [(record.language, text) for text in own if text]
    for name in ("target", "theme", "country", "region"):
        for concept in record.concepts(name):
            found.extend(_names(vocabularies[name].get(concept), record.language))
    return tuple(dict.fromkeys(found))


def _names(concept: Concept, language: str) -> list[tuple[str, str]]:
    languages = dict.fromkeys((*LANGUAGES, language))
    return [(tag, concept.pref_label[tag]) for tag in languages if tag in concept.pref_label]
