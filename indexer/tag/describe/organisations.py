"""Organisations of a case: the names in its text, ranked by what the words around them say of their part in it."""

from __future__ import annotations

import re

from msgspec import Struct

from hub.record import Evidence, Method
from hub.text import fold
from indexer.tag.describe.names import SCORES, Name, NamePatterns
from indexer.tag.describe.tables import Tables, any_of
from indexer.tag.suggestion import Suggestion
from indexer.tag.text import Reading, Sentence

MOST, LEAST = 8, 0.55  # suggestions for a record; the score under which a curator would only lose time
BEFORE, FUNDS, BEHIND = 30, 50, 25  # characters between a name and words of doing, paying and mentioning
DOING, PAYING, MENTIONED = 0.1, -0.2, -0.4
READ = 3000  # characters of a sentence that are read; a longer one is none, and time would grow with its square
TITLE_CASE = 0.6  # share of capitalised words from which a title's capitals tell nothing


class Offer(Struct, frozen=True):
    """A name as it may be suggested, how likely it is, and where it stands."""

    text: str
    score: float
    name: Name
    sentence: Sentence


class RolePatterns:
    """The words of one language that tell what part an organisation has."""

    def __init__(self, tables: Tables, language: str) -> None:
        words = tables.names.get(language) or tables.names["en"]
        self._by = re.compile(rf"(?<!\w){any_of(words['by'])}(?!\w)", re.I)
        self._does = re.compile(rf"(?<!\w){any_of(words['does'])}(?!\w)", re.I)
        self._funds = re.compile(rf"(?<!\w){any_of(words['funds'])}(?!\w)", re.I)
        self._mentions = re.compile(rf"(?<!\w){any_of(words['mentions'])}(?!\w)", re.I)

    def change(self, text: str, name: Name) -> float:
        """By how much the words around a name raise or lower its score."""
        near, far = text[max(0, name.start - BEFORE) : name.start], text[max(0, name.start - FUNDS) : name.start]
        if self._mentions.search(near) or self._mentions.match(text, min(name.end + 1, len(text))):
            return MENTIONED
        if self._funds.search(far):
            return PAYING
        does = self._by.search(near) or self._does.search(text, name.end, name.end + BEHIND)
        return DOING if does else 0.0


def organisations_in(reading: Reading, names: NamePatterns, roles: RolePatterns) -> tuple[Suggestion, ...]:
    """The organisations that a record's text names, best first, each once."""
    offers: list[Offer] = []
    for sentence in reading.sentences:
        if sentence.field == "title" and _is_title_case(sentence):
            continue
        for name in names.names(sentence.text[:READ]):
            score = SCORES[name.kind] + roles.change(sentence.text, name)
            offers.append(Offer(sentence.text[name.start : name.end], score, name, sentence))
    best = sorted(_distinct(offers), key=lambda offer: -offer.score)
    return tuple(_suggestion(offer) for offer in best if offer.score >= LEAST)[:MOST]


def _distinct(offers: list[Offer]) -> list[Offer]:
    """Each organisation once, by the fullest name it is given and with the best score, in order of the text."""
    kept: dict[str, Offer] = {}
    for offer in sorted(offers, key=lambda o: (-len(_key(o)), -o.score)):
        key = _key(offer)
        if key in kept or any(_same(offer, key, other, other_key) for other_key, other in kept.items()):
            continue
        kept[key] = offer
    order = {id(offer): number for number, offer in enumerate(offers)}
    return sorted(kept.values(), key=lambda offer: order[id(offer)])


def _same(offer: Offer, key: str, other: Offer, other_key: str) -> bool:
    if fold(other.name.acronym) == key:
        return True
    return offer.name.kind != "funder" and (other_key.startswith(key + " ") or other_key.endswith(" " + key))


def _key(offer: Offer) -> str:
    text = offer.text.removesuffix(f"({offer.name.acronym})") if offer.name.acronym else offer.text
    return fold(text.strip())


def _is_title_case(sentence: Sentence) -> bool:
    long = [word.text for word in sentence.words if len(word.text) > 3]
    return len(long) > 3 and sum(word[0].isupper() for word in long) / len(long) >= TITLE_CASE


def _suggestion(offer: Offer) -> Suggestion:
    quote = offer.sentence.quote(offer.name.start, offer.name.end)
    matched = (offer.text,) if offer.text in quote else ()
    evidence = Evidence(offer.sentence.field, quote)
    return Suggestion("organisations", offer.text, Method.RULE, round(min(0.95, offer.score), 2), evidence, matched)
