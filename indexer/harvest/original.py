"""The source's own text of a record that may not hold it: read for tagging, quoted, and never copied whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from hub.corpus import quotes
from hub.record import ORIGINAL, SECTIONS, Evidence, Record
from indexer.harvest.state import State
from indexer.tag.suggestion import Suggestion

_TEXTS = (*SECTIONS, "text")
_QUOTED = 15  # words of a quotation from a text that is not ours to keep
_MOST = 200_000  # characters of one text


def with_original(record: Record, state: State) -> Record:
    """A record with the text of its source in place of texts that it may not hold, as far as it was harvested here."""
    if record.provenance.words != "source" or any(getattr(record, name) for name in _TEXTS):
        return record
    known = state.known(record.source, record.source_id)
    return replace(record, **{name: getattr(known.item, name)[:_MOST] for name in _TEXTS}) if known else record


def quoting_original(suggestions: Iterable[Suggestion], record: Record) -> Iterator[Suggestion]:
    """Suggestions whose quotations name the original where the record itself does not hold the words."""
    for one in suggestions:
        said = one.evidence
        if said and not quotes(record, said.field, said.quote):
            yield replace(one, evidence=Evidence(ORIGINAL, _short(said.quote, one.matched)))
        else:
            yield one


def _short(quote: str, matched: tuple[str, ...]) -> str:
    """A few words of a quotation, around those that carried most weight: more of the text is not ours to keep."""
    words = quote.split()
    wanted = {part for text in matched for part in text.split()}
    first = next((at for at, word in enumerate(words) if any(part in word for part in wanted)), 0)
    start = max(0, min(first - _QUOTED // 2, len(words) - _QUOTED))
    return " ".join(words[start : start + _QUOTED])
