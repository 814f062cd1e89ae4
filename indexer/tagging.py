"""Suggestions written into records of the corpus, one after the other: what `indexer tag` and the harvest do."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

from hub.config import Config
from hub.corpus import Corpus, Entry
from hub.errors import HubError, InvalidRecord
from hub.record import Record, Status
from indexer.harvest.original import quoting_original, with_original
from indexer.harvest.state import State, state_file
from indexer.tag.suggestion import Suggestion
from indexer.tag.tagger import Opinion, Tagger, load_tagger, with_suggestions
from indexer.terminal import say, warn, watched

# The tagger's tables stay to the end: to look through them for garbage took a fifth of the time.
RARELY = (200_000, 50, 50)

Explained = Callable[[Record, Opinion, Tagger], None]


def tag_records(config: Config, ids: Iterable[str] = (), explain: Explained | None = None) -> Counter[str]:
    """Suggest tags for these records, or for all drafts; counts of records `read`, `changed` and `failed`.

    With `explain`, that is told what was found, and nothing is written. A record that cannot be read or tagged is
    reported and stops no other.
    """
    gc.set_threshold(*RARELY)
    corpus = Corpus(config.corpus)
    tagger = load_tagger(corpus)
    state = State(state_file(config))
    wanted, counts = list(ids) or corpus.ids(), Counter[str]()
    for record_id in wanted if explain else watched(wanted, len(wanted), "Tagging"):
        try:
            entry = corpus.entry(record_id)
            if entry.record is None:
                raise InvalidRecord(entry.problems)
            if not ids and entry.record.status is not Status.DRAFT:
                continue
            counts["read"] += 1
            record = with_original(entry.record, state)
            opinion = tagger.read(record, date.today())
            if explain:
                explain(record, opinion, tagger)
            else:
                counts["changed"] += _write(corpus, entry, entry.record, opinion.suggestions)
        except HubError as error:
            counts["failed"] += 1
            warn(str(error))
        except Exception as error:  # one record that nobody foresaw stops no batch
            counts["failed"] += 1
            warn(f"{record_id}: could not be tagged ({type(error).__name__}: {error})")
    state.close()
    if not explain:
        say(f"{counts['read']} records read, {counts['changed']} changed, {counts['failed']} not tagged.")
    return counts


def _write(corpus: Corpus, entry: Entry, record: Record, suggestions: Iterable[Suggestion]) -> bool:
    """Write the suggestions into a record; whether that changed it."""
    tagged = with_suggestions(record, quoting_original(suggestions, record), date.today().isoformat())
    if tagged != record:
        corpus.write(tagged, entry.revision)
    return tagged != record
