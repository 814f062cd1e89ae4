"""A suggestion: one concept or value that a text seems to call for, and why."""

from __future__ import annotations

from msgspec import Struct

from hub.record import Evidence, Method


class Suggestion(Struct, frozen=True, gc=False):
    """What the tagger proposes to a curator.

    `vocabulary` names a vocabulary of tags (target, theme, country, region) or a field of the record (type,
    language, evidence_level, began, ended, organisations); `concept` is the concept's id or the field's value.
    `score` is calibrated: of suggestions with 0.7, about seven in ten are right. `evidence` quotes the record word
    for word; `matched` holds the words in the quotation that carried the weight.
    """

    vocabulary: str
    concept: str
    method: Method
    score: float
    evidence: Evidence
    matched: tuple[str, ...] = ()
