"""The text of a record with the words behind its suggestions marked, and the suggestions with the keys to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.curation.editing import TAGGED
from hub.record import SECTIONS, Decision, Record, Tag
from hub.vocabulary import Concept, Vocabularies

TEXTS = ("title", "abstract", *SECTIONS, "text")


@dataclass(frozen=True)
class Suggestion:
    """A tag as the editor shows it: its key (`T8`), its concept, and whether a machine suggested it."""

    key: str
    name: str
    tag: Tag
    concept: Concept | None
    is_proposal: bool = False

    @property
    def anchor(self) -> str:
        """The id of the suggestion on its page, without prefix."""
        return self.key.lower()


@dataclass(frozen=True)
class Stretch:
    """A piece of a text, and the suggestions that rest on it."""

    text: str
    suggestions: tuple[Suggestion, ...] = ()


def suggestions_of(record: Record, vocabularies: Vocabularies) -> list[Suggestion]:
    """Everything that can be decided on a record: tags by vocabulary, then values proposed for fields."""
    found = []
    for vocabulary in TAGGED:
        own = [tag for tag in record.tags if tag.vocabulary == vocabulary]
        for number, tag in enumerate(own, 1):
            concept = vocabularies[vocabulary].find(tag.concept)
            short = concept.notation if concept and vocabulary == "target" else str(number)
            key = {"target": "T", "theme": "Th", "country": "C", "region": "R"}[vocabulary] + short
            found.append(Suggestion(key, f"tag:{tag.vocabulary}:{tag.concept}", tag, concept))
    for number, proposal in enumerate(record.proposals, 1):
        if proposal.vocabulary != "also_at":
            name = f"proposal:{proposal.vocabulary}:{proposal.concept}"
            names = vocabularies.get(proposal.vocabulary)
            found.append(
                Suggestion(f"P{number}", name, proposal, names.find(proposal.concept) if names else None, True)
            )
    return sorted(found, key=lambda each: each.tag.decision is not Decision.SUGGESTED and each.is_proposal)


def source_text(record: Record, suggestions: Iterable[Suggestion]) -> list[tuple[str, list[list[Stretch]]]]:
    """The texts of a record as paragraphs of stretches, with what suggestions rest on; its keywords last."""
    quoted = [(each, each.tag.evidence) for each in suggestions if each.tag.evidence]
    found = []
    for name in (*TEXTS, "source_tags"):
        value: str | tuple[str, ...] = getattr(record, name)
        parts = value.split("\n\n") if isinstance(value, str) else [" · ".join(value)]
        own = [(" ".join(said.quote.split()), each) for each, said in quoted if said and said.field == name]
        if value:
            found.append((name, [_cut(" ".join(part.split()), own) for part in parts if part.strip()]))
    return found


def marked(sections: Iterable[tuple[str, list[list[Stretch]]]]) -> frozenset[str]:
    """The anchors of the suggestions whose words are marked, so that no link leads nowhere."""
    pieces = (piece for _, paragraphs in sections for paragraph in paragraphs for piece in paragraph)
    return frozenset(each.anchor for piece in pieces for each in piece.suggestions)


def _cut(text: str, quotes: list[tuple[str, Suggestion]]) -> list[Stretch]:
    """A paragraph cut at the quotations in it; those that overlap are one stretch."""
    found = ((text.find(quote), len(quote), each.key, each) for quote, each in quotes)
    places = sorted(place for place in found if place[0] >= 0)
    pieces: list[Stretch] = []
    at = 0
    while places:
        start, length, _, first = places.pop(0)
        end, together = start + length, [first]
        while places and places[0][0] < end:
            other, length, _, each = places.pop(0)
            end, together = max(end, other + length), [*together, each]
        if start > at:
            pieces.append(Stretch(text[at:start]))
        pieces.append(Stretch(text[start:end], tuple(together)))
        at = end
    if at < len(text):
        pieces.append(Stretch(text[at:]))
    return pieces
