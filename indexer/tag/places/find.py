"""Countries and regions that a case is about, each with the sentence that says so.

Every name found speaks for the countries it may stand for: more in the title than in the last paragraph, more as a
country's name than as an adjective or a town. What a text says of a place at all adds up; a country that is much less
spoken of than another is a mere mention.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec
import tzfpy
from msgspec import Struct

from hub.record import Evidence, Method, Point, Record
from indexer.tag.places.gazetteer import Gazetteer, Kind, Meaning
from indexer.tag.places.mentions import Mention, mentions_of
from indexer.tag.suggestion import Suggestion
from indexer.tag.text import Reading, Sentence, sentences_of

# How much a mention counts, by where it stands and by what it is: tuned on half of the corpus.
_FIELDS = {"place": 0.92, "title": 0.85, "abstract": 0.6}
_LEAD = 0.45  # first sentences of the text where there is neither challenge nor action
_BODY = 0.25
_KINDS = {
    Kind.NAME: 1.0,
    Kind.PART: 0.85,
    Kind.PROVINCE: 0.75,
    Kind.FEATURE: 0.5,
    Kind.DEMONYM: 0.6,
    Kind.ADJECTIVE: 0.55,
    Kind.REGION: 1.0,
    Kind.REGION_ADJECTIVE: 0.4,
    Kind.PHRASE: 0.35,
}
_OFTEN = 0.5  # what mentions in one field add up to at most, where none alone is worth more
_LIST = 0.5  # a name in the body, in a list of at least _LISTED countries
_LISTED = 4
_POINT = 0.55
_ELSEWHERE = 0.3  # of a town's worth where the record's coordinates lie in another country
_FEW = 7  # countries that a feature may stand for when nothing else is said
_NAMED = 0.3  # worth of a mention from which a country counts as named, and not only as one of a feature's
_LEAST = 0.2  # less than this is no place of action
_SHARE = 0.45  # of the best country's strength; less is a mere mention
# Score: where strength is least, and how it grows with strength and the share of the best country's.
_SCORES = {"country": (0.55, 0.55), "region": (0.5, 0.3)}
_MOST = 0.98
_FAINT = 0.4  # countries weaker than this give way to a region twice as strong


class _Reason(Struct):
    """What speaks for one country or region, by field, and the mention that says it best."""

    fields: dict[str, float] = msgspec.field(default_factory=dict)
    best: float = 0.0
    mention: Mention | None = None
    named: bool = False

    def add(self, strength: float, mention: Mention, named: bool) -> None:
        field = mention.sentence.field
        before = self.fields.get(field, 0.0)
        self.fields[field] = max(strength, before, min(_OFTEN, 1 - (1 - before) * (1 - strength)))
        self.named = self.named or named
        if strength > self.best:
            self.best, self.mention = strength, mention

    @property
    def strength(self) -> float:
        return 1 - math.prod(1 - strength for strength in self.fields.values())


def find_places(reading: Reading, record: Record, gazetteer: Gazetteer) -> tuple[Suggestion, ...]:
    """The countries of a case, best first; where there are none, its regions."""
    mentions = mentions_of(reading, _sentences(reading, record), gazetteer)
    by_point = _countries_at(record.point, gazetteer)
    countries = _accepted(_countries(mentions, by_point), _LEAST, _SHARE)
    regions = _accepted(_regions(mentions), _LEAST, 0.8)
    if not countries and not regions:
        countries = [(country, _at_point(by_point), 1.0) for country in by_point]
    if countries and not (regions and _gives_way(countries[0][1], regions[0][1])):
        return tuple(_suggestion("country", *found, record) for found in countries)
    return tuple(_suggestion("region", *found, record) for found in regions)


def named_countries(reading: Reading, record: Record, gazetteer: Gazetteer) -> frozenset[str]:
    """Every country that a record's words may name, however faintly: no reader of these words could find others."""
    meanings = (
        m for mention in mentions_of(reading, _sentences(reading, record), gazetteer) for m in mention.span.meanings
    )
    return frozenset(country for meaning in meanings for country in meaning.countries)


def _gives_way(country: _Reason, region: _Reason) -> bool:
    return country.named and country.strength < _FAINT and region.strength > 2 * country.strength


def _sentences(reading: Reading, record: Record) -> Iterator[Sentence]:
    if not any(sentence.field == "place" for sentence in reading.sentences):
        yield from sentences_of("place", record.place)
    yield from reading.sentences


def _countries_at(point: Point | None, gazetteer: Gazetteer) -> tuple[str, ...]:
    """The countries whose time zone holds at a point on land; at a border there may be two."""
    if point is None:
        return ()
    zones = tzfpy.get_tzs(point.lon, point.lat)
    return tuple(dict.fromkeys(country for zone in zones for country in gazetteer.zones.get(zone, ())))


def _at_point(countries: tuple[str, ...]) -> _Reason:
    return _Reason({"point": _POINT / len(countries)})


def _field_weight(sentence: Sentence) -> float:
    given = _FIELDS.get(sentence.field)
    if given:
        return given
    return _LEAD if sentence.field == "text" and sentence.number < 2 else _BODY


def _countries(mentions: list[Mention], by_point: tuple[str, ...]) -> dict[str, _Reason]:
    found = {country: _at_point(by_point) for country in by_point}
    listed = {id(mention) for members in _lists(mentions) for mention in members}
    certain = [m for m in mentions if len(m.span.meanings) == 1 and not m.doubtful]
    others = [m for m in mentions if len(m.span.meanings) > 1 or m.doubtful]
    for mention in (*certain, *others):
        meaning = _meaning(mention, found)
        if meaning:
            strength = _strength(mention, meaning, id(mention) in listed)
            if by_point and meaning.kind in (Kind.PART, Kind.PROVINCE) and meaning.countries[0] not in by_point:
                strength *= _ELSEWHERE
            named = len(meaning.countries) == 1 and mention.worth >= _NAMED
            for country in meaning.countries if len(meaning.countries) <= _FEW else ():
                found.setdefault(country, _Reason()).add(strength, mention, named)
    return found


def _lists(mentions: list[Mention]) -> list[list[Mention]]:
    """Countries named one after the other in a sentence."""
    lists: list[list[Mention]] = [[]]
    for mention in mentions:
        if mention.span.kind is not Kind.NAME or mention.worth < 1:
            continue
        last = lists[-1][-1] if lists[-1] else None
        if last and (last.sentence is not mention.sentence or mention.span.first - last.span.last > 4):
            lists.append([])
        lists[-1].append(mention)
    return [members for members in lists if len({m.span.meanings[0].countries for m in members}) >= _LISTED]


def _meaning(mention: Mention, found: Mapping[str, _Reason]) -> Meaning | None:
    """What a mention means here: of several things the one that the rest of the text speaks of."""

    def known(meaning: Meaning) -> float:
        return max((found[c].strength for c in meaning.countries if c in found), default=0.0)

    meanings = [meaning for meaning in mention.span.meanings if meaning.countries]
    if not meanings:
        return None
    first = meanings[0]
    if first.kind is Kind.NAME and (known(first) or not mention.span.wary):
        return first if known(first) or not mention.doubtful else None
    best = max(meanings, key=known)
    if known(best):
        return best
    return None if mention.doubtful or (first.kind is not Kind.NAME and len(meanings) > 2) else first


def _strength(mention: Mention, meaning: Meaning, listed: bool = False) -> float:
    weight = _field_weight(mention.sentence)
    strength = (max(weight, _LIST) if listed else weight) * _KINDS[meaning.kind] * mention.worth
    return strength * 0.5 if mention.doubtful else strength


def _regions(mentions: list[Mention]) -> dict[str, _Reason]:
    found: dict[str, _Reason] = {}
    for mention in mentions:
        for meaning in mention.span.meanings:
            if meaning.region:
                found.setdefault(meaning.region, _Reason()).add(_strength(mention, meaning), mention, True)
    return found


def _accepted(found: Mapping[str, _Reason], least: float, share: float) -> list[tuple[str, _Reason, float]]:
    """(id, reason, share of the best) of what is spoken of enough, the strongest first."""
    kept = {key: reason for key, reason in found.items() if reason.named}
    kept = kept or {key: reason for key, reason in found.items() if reason.mention}
    top = max((reason.strength for reason in kept.values()), default=0.0)
    if top < least:
        return []
    ranked = sorted(kept.items(), key=lambda item: (-item[1].strength, item[0]))
    return [(key, why, why.strength / top) for key, why in ranked if why.strength >= max(least, share * top)]


def _suggestion(vocabulary: str, concept: str, reason: _Reason, share: float, record: Record) -> Suggestion:
    least, slope = _SCORES[vocabulary]
    score = round(min(_MOST, least + slope * reason.strength * share), 2)
    mention = reason.mention
    if mention is None:
        quote = Evidence("place", record.place[:300]) if record.place else Evidence("title", record.title[:300])
        return Suggestion(vocabulary, concept, Method.RULE, score, quote)
    start, end = mention.bounds
    quote = Evidence(mention.sentence.field, mention.sentence.quote(start, end))
    return Suggestion(vocabulary, concept, Method.RULE, score, quote, (mention.sentence.text[start:end],))
