"""Records, concepts and results in the words and shapes that templates print. Pure functions of what they are given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from babel.units import format_unit

from hub.query import Facet, FacetOption
from hub.record import SECTIONS, Decision, Record, Tag
from hub.serialize import facts
from hub.text import fold
from hub.vocabulary import Concept, Vocabularies, Vocabulary
from hub.web.language import catalogue, language

# Columns of the coverage matrix: M49 sub-regions under the heading they stand below.
MATRIX = (
    ("150", ("154", "155", "039", "151")),
    ("002", ("015", "202")),
    ("142", ("145", "143", "034", "030", "035")),
    ("019", ("419", "021")),
    ("009", ("009",)),
)
COLUMNS = tuple(code for _, codes in MATRIX for code in codes)


def years(record: Record) -> str:
    """`2014–2019`, `since 2014`, `2014`, or nothing."""
    return facts.years(record, catalogue(language()))


def places(record: Record, vocabularies: Vocabularies, reader: str) -> str:
    """`Germany, Poland and 3 more`; the regions where no country is named."""
    return facts.places(record, vocabularies, reader, catalogue(reader))


def targets(record: Record, vocabularies: Vocabularies) -> list[tuple[Concept, Tag]]:
    """The targets of a record in its order, with their tags; not the rejected ones."""
    return _tagged(record, vocabularies["target"])


def themes(record: Record, vocabularies: Vocabularies) -> list[tuple[Concept, Tag]]:
    """The themes of a record in its order, with their tags; not the rejected ones."""
    return _tagged(record, vocabularies["theme"])


def _tagged(record: Record, vocabulary: Vocabulary) -> list[tuple[Concept, Tag]]:
    given = (tag for tag in record.tags if tag.vocabulary == vocabulary.id and tag.concept in vocabulary)
    tags = (tag for tag in given if tag.decision is not Decision.REJECTED)
    return [(vocabulary.get(tag.concept), tag) for tag in tags]


def group_number(concept: Concept, vocabularies: Vocabularies) -> int:
    """1, 2 or 3: the group of a target, which gives it colour and shape; 0 for anything else."""
    group = concept.broader[0] if concept.broader else concept.id
    groups = [found.id for found in vocabularies["target"].groups]
    return groups.index(group) + 1 if group in groups else 0


@dataclass(frozen=True)
class Piece:
    """A stretch of a record's text; `key` names the tag whose evidence it is, `concept` that tag's concept."""

    text: str
    key: str = ""
    concept: Concept | None = None


@dataclass(frozen=True)
class Section:
    """One part of a record's text as paragraphs of pieces; `name` is challenge, action, results, lessons or text."""

    name: str
    paragraphs: tuple[tuple[Piece, ...], ...]


def sections(record: Record, vocabularies: Vocabularies) -> tuple[Section, ...]:
    """The text of a record by section, with the words that are evidence for a target set apart."""
    found = []
    for name in (*SECTIONS, "text"):
        text: str = getattr(record, name)
        quotes = {
            tag.evidence.quote: concept
            for concept, tag in targets(record, vocabularies)
            if tag.evidence and tag.evidence.field == name
        }
        if text:
            paragraphs = tuple(_pieces(" ".join(part.split()), quotes) for part in text.split("\n\n") if part.strip())
            found.append(Section(name, paragraphs))
    return tuple(found)


def _pieces(text: str, quotes: Mapping[str, Concept]) -> tuple[Piece, ...]:
    """A paragraph cut at the quotations in it; of overlapping ones the first stands."""
    places = sorted((text.find(quote), quote) for quote in quotes if quote in text)
    pieces: list[Piece] = []
    at = 0
    for start, quote in places:
        if start < at:
            continue
        if start > at:
            pieces.append(Piece(text[at:start]))
        concept = quotes[quote]
        pieces.append(Piece(quote, f"ev-{concept.notation}", concept))
        at = start + len(quote)
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


def evidence_shown(found: Iterable[Section]) -> frozenset[str]:
    """Keys of the evidence that these sections really mark, so that no link leads nowhere."""
    parts = (piece for section in found for paragraph in section.paragraphs for piece in paragraph)
    return frozenset(piece.key for piece in parts if piece.key)


def place_tree(
    region: Facet, country: Facet, vocabularies: Vocabularies
) -> list[tuple[FacetOption, list[FacetOption]]]:
    """The continents of the region facet, each with the countries in it that have records; most records first."""
    world = next((option for option in region.options if option.value == "001"), None)
    continents = sorted(world.children, key=lambda option: -option.count) if world else []
    homes = [(option, vocabularies["country"].get(option.value).broader) for option in country.options]
    tree = []
    for continent in continents:
        within = _within(continent.value, vocabularies["region"])
        inside = [option for option, home in homes if not within.isdisjoint(home)]
        if continent.count or continent.selected or any(option.selected for option in inside):
            tree.append((continent, inside))
    return tree


def _within(region: str, regions: Vocabulary) -> set[str]:
    """The ids of a region and of everything below it."""
    return {region}.union(*(_within(part.id, regions) for part in regions.narrower(region)))


def other_regions(
    region: Facet, shown: Collection[str], regions: Vocabulary
) -> tuple[list[FacetOption], list[FacetOption]]:
    """The sub-regions and the groups of countries that are not `shown` elsewhere; the world only where it is chosen."""
    rest = (o for o in flat(region.options).values() if o.value not in shown and (o.value != "001" or o.selected))
    parts: tuple[list[FacetOption], list[FacetOption]] = ([], [])
    for option in options_by_label(rest):
        parts[bool(regions.get(option.value).member)].append(option)
    return parts


def first_and_rest(options: Iterable[FacetOption], most: int) -> tuple[list[FacetOption], list[FacetOption]]:
    """The options to show at once, which are the chosen ones and others up to `most`, and those behind them."""
    found = list(options)
    chosen, others = [o for o in found if o.selected], [o for o in found if not o.selected]
    room = max(most - len(chosen), 0)
    return chosen + others[:room], others[room:]


def pages_around(current: int, last: int) -> list[int]:
    """First, last and the pages around the current one."""
    return sorted({1, last, *range(max(current - 2, 1), min(current + 2, last) + 1)})


def flat(options: Iterable[FacetOption]) -> dict[str, FacetOption]:
    """Every option of a nested facet by its value."""
    found: dict[str, FacetOption] = {}
    for option in options:
        found[option.value] = option
        found |= flat(option.children)
    return found


def assignable(options: Iterable[FacetOption], vocabulary: Vocabulary) -> list[FacetOption]:
    """The options of a nested facet that a record can be tagged with."""
    return [option for value, option in flat(options).items() if vocabulary.get(value).assignable]


@dataclass(frozen=True)
class Bin:
    """One bar of the year histogram; `value` is the value of the year parameter for it."""

    label: str
    value: str
    count: int


def histogram(facet: Facet, first: int = 2000, last: int = 2026, width: int = 3) -> tuple[Bin, ...]:
    """The year facet in bars of a few years each; everything before `first` is one bar."""
    counts = {int(option.value): option.count for option in facet.options}
    bars = [Bin(f"< {first}", f"-{first - 1}", sum(n for year, n in counts.items() if year < first))]
    for start in range(first, max(last, *counts, first) + 1, width):
        end = start + width - 1
        number = sum(n for year, n in counts.items() if start <= year <= end)
        bars.append(Bin(f"{start}–{end}", f"{start}-{end}", number))
    return tuple(bars)


@lru_cache(maxsize=4096)
def _collation(label: str) -> tuple[str, str]:
    """What to sort a label by, as a dictionary does: É stands beside E."""
    return fold(label), label


def by_label(concepts: Iterable[Concept], language: str) -> list[Concept]:
    """Concepts in the order of their names in one language."""
    return sorted(concepts, key=lambda concept: _collation(concept.label(language)))


def options_by_label(options: Iterable[FacetOption]) -> list[FacetOption]:
    """Facet options with records or chosen, in the order of their names."""
    return sorted((o for o in options if o.count or o.selected), key=lambda option: _collation(option.label))


_REFERENCE = re.compile(r"\{(\d{1,2})\}")


def references(text: str) -> list[str]:
    """A sentence cut at its references to targets: text and numbers in turn, `a {8} b` -> `a `, `8`, ` b`."""
    return _REFERENCE.split(text)


@lru_cache(maxsize=4096)
def number(value: int, locale: Locale) -> str:
    """A number as the reader writes it: 1,234 or 1 234."""
    return str(format_decimal(value, locale=locale))


def size(amount: int, locale: Locale) -> str:
    """How large a file of so many bytes is: 1.2 MB, or 3 kB."""
    unit, value = ("megabyte", amount / 1e6) if amount >= 1e6 else ("kilobyte", amount / 1e3)
    return str(format_unit(round(value, 1), f"digital-{unit}", "short", locale=locale))


def day(text: str, locale: Locale) -> str:
    """An ISO date or time as the reader writes it; a bare year stays as it is."""
    if "T" in text:
        moment = datetime.fromisoformat(text)
        return f"{format_date(moment, 'long', locale=locale)}, {moment:%H:%M} UTC"
    return str(format_date(date.fromisoformat(text), "long", locale=locale)) if len(text) == 10 else text
