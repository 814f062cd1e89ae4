"""Twins: records of different sources that seem to tell of the same case, for a curator to look at.

Four kinds of evidence count: the same address; the same text (MinHash: the share of three-word sequences in common);
nearly the same title; and the same rare names in title, place and text, which also find a summary in other words or
another language. A name is worth one point where a single record has it and none where more than the square root
of all records have it.
"""

from __future__ import annotations

import math
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from functools import cache
from itertools import chain, islice
from urllib.parse import parse_qsl, urlencode, urlsplit

import numpy as np
from babel import Locale, UnknownLocaleError
from msgspec import Struct
from numpy.typing import NDArray

from hub.record import SECTIONS, Point, Record
from hub.text import fold
from hub.words import base, find_words, stems

THRESHOLD = 0.5
ENOUGH = 2.85  # points that make the threshold: say two rare names in both heads and five rare words of the text
PERMUTATIONS = 128
SHORTEST = 20  # three-word sequences; a shorter text says too little
FAINT = 0.06  # share in common that 128 permutations cannot tell from nothing
CANDIDATES = 40  # by keys, and as many by text, are looked at closely
HOLDERS = 5  # records with an address; where more have it, it is a portal or a programme, not a case
NAMES, WORDS = 120, 400  # of one text
NEAR, FAR = 25, 100  # km

_Hashes = NDArray[np.uint32]
_random = np.random.default_rng(20221219)
_FACTORS = _random.integers(1, 2**63, PERMUTATIONS, np.uint64) * np.uint64(2) + np.uint64(1)
_SUMMANDS = _random.integers(0, 2**63, PERMUTATIONS, np.uint64)
_NUMBER = re.compile(r"(?<!\w)(?:\d+(?:[.,'’\u00a0\u202f]\d{3})+|\d{4,})")
_LANGUAGE = re.compile(r"/[a-z]{2}(?:[-_][a-zA-Z]{2})?(?=/.)")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_NOISE = re.compile(r"utm_.*|\w*clid|mc_[ce]id|_g[al]|igshid|lang|language|locale|hl|rss", re.IGNORECASE)

# Kinds of agreement: a name in the rest of both records, in the head of one, in both heads; an address that both
# cite, that one has and the other cites, that both have; a stem in both titles; a plain word in both, written small.
# The points are those of one rare key.
_BODIES, _MIXED, _HEADS, _CITED, _LINKED, _SAME_PAGE, _TITLES, _PLAIN = range(8)
_POINTS = np.array([0.25, 0.5, 1.0, 0.5, 1.0, 100.0, 0.5, 0.2])


class Twin(Struct, frozen=True):
    """Two records that may be one case: their ids, how sure that is (0 to 1), and why, in words for a curator."""

    one: str
    other: str
    score: float
    reason: str


class Signature(Struct, frozen=True):
    """What of a record is compared.

    `head` are the names in title and place, `body` those of the rest with the countries, `plain` the words written
    small; `own` are addresses where the case itself is, `cited` those of references and documents; `hashes` are the
    MinHash of the text, `size` is how many different three-word sequences it has.
    """

    titles: tuple[frozenset[str], ...]
    head: frozenset[str]
    body: frozenset[str]
    plain: frozenset[str]
    own: frozenset[str]
    cited: frozenset[str]
    hashes: _Hashes
    size: int


class _Row(Struct, frozen=True, gc=False):
    """What is kept of a record beside its keys and hashes."""

    id: str
    source: str
    titles: tuple[frozenset[str], ...]
    size: int
    countries: tuple[str, ...]
    point: Point | None
    began: str


def canonical_address(url: str) -> str:
    """An address without what changes no page: scheme, www, language, tracking, fragment, closing slash."""
    try:
        parts = urlsplit(url.strip())
        port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    except ValueError:
        return ""
    path = _LANGUAGE.sub("", _INDEX.sub("", parts.path), count=1).rstrip("/")
    query = urlencode(sorted(pair for pair in parse_qsl(parts.query, True) if not _NOISE.fullmatch(pair[0])))
    route = f"#{parts.fragment}" if parts.fragment.startswith(("/", "!/")) else ""  # pages that a script draws
    host = (parts.hostname or "").removeprefix("www.")
    return f"//{host}{port}{path}{query and '?'}{query}{route}" if host else ""


def signature(record: Record) -> Signature:
    """What of a record is compared with others."""
    text = _text(record)
    hashes, size = _minhash(text)
    plain = dict.fromkeys(fold(word) for word, _ in find_words(f"{record.title}\n{text}") if word[0].islower())
    common = plain.keys() | _country_words(base(record.language)) | _country_words("en")
    head = frozenset(_names(f"{record.title}\n{record.place}", common))
    rest = chain(_names("\n".join(record.organisations), common), _names(text, common), _large_numbers(text))
    body = list(dict.fromkeys(name for name in rest if name not in head))[:NAMES]
    titles = {record.language: record.title}
    titles.update((language, entry.title) for language, entry in (record.translations or {}).items())
    own = frozenset(map(canonical_address, (record.url, *record.also_at))) - {""}
    cited = frozenset(map(canonical_address, (*record.references, *(link.url for link in record.documents)))) - {""}
    return Signature(
        titles=tuple(_title_stems(title, language) for language, title in titles.items()),
        head=head,
        body=frozenset(body) | {f"@{code}" for code in record.concepts("country")},
        plain=frozenset(f"{base(record.language)}:{word}" for word in list(plain)[:WORDS]),
        own=own,
        cited=cited - own,
        hashes=hashes,
        size=size,
    )


def _text(record: Record) -> str:
    return "\n".join((record.abstract, *(getattr(record, name) for name in SECTIONS), record.text))


def _title_stems(title: str, language: str) -> frozenset[str]:
    words = (word for word, _ in find_words(title) if len(word) > 2 or not word.isascii())
    return frozenset("~" + stems(word, [base(language)])[0] for word in words)


def _names(text: str, common: Set[str]) -> Iterator[str]:
    """Words with a capital that are not `common`: written small elsewhere in the record, or the name of a country."""
    for word, _ in find_words(text):
        if len(word) > 2 and word[0].isupper() and (name := fold(word)) not in common:
            yield name


def _large_numbers(text: str) -> Iterator[str]:
    """Numbers from 1,000 that are no years, as digits."""
    for match in _NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) > 4 or not "1500" < digits < "2151":
            yield digits


@cache
def _country_words(language: str) -> frozenset[str]:
    """Words in the names of countries and continents: whether the countries agree counts by itself."""
    try:
        names = Locale.parse(language).territories.values()
    except (UnknownLocaleError, ValueError):
        return frozenset()
    return frozenset(fold(word) for name in names for word, _ in find_words(name))


def _minhash(text: str) -> tuple[_Hashes, int]:
    words = [fold(word) for word, _ in find_words(text)]
    sequences = {zlib.crc32(" ".join(words[at : at + 3]).encode()) for at in range(len(words) - 2)}
    lowest = np.full(PERMUTATIONS, 2**32 - 1, np.uint32)
    values = np.fromiter(sequences, np.uint64, len(sequences))
    for start in range(0, len(values), 500):  # blocks that stay in the processor's cache
        mixed = values[start : start + 500, None] * _FACTORS + _SUMMANDS  # wraps around, as it should
        np.minimum(lowest, (mixed >> np.uint64(32)).min(axis=0).astype(np.uint32), out=lowest)
    return lowest, len(sequences)


class _Texts:
    """MinHashes found by bands of two: most of them sorted by band, the newest compared one by one."""

    def __init__(self) -> None:
        # Hashes of one text in each row; those of rows up to len(_order) are also sorted, band by band.
        self.hashes = np.empty((64, PERMUTATIONS), np.uint32)
        self.count = 0
        self._order = np.empty((0, PERMUTATIONS // 2), np.int64)
        self._sorted = np.empty((0, PERMUTATIONS // 2), np.uint64)

    def add(self, hashes: _Hashes) -> None:
        if self.count == len(self.hashes):
            self.hashes = np.concatenate([self.hashes, np.empty_like(self.hashes)])
        self.hashes[self.count] = hashes
        self.count += 1

    def near(self, hashes: _Hashes) -> list[int]:
        """Rows with bands in common, those with most of them first."""
        if self.count - len(self._order) > max(2000, self.count // 16):
            bands = self.hashes[: self.count].view(np.uint64)
            self._order = bands.argsort(axis=0)
            self._sorted = np.take_along_axis(bands, self._order, axis=0)
        wanted = hashes.view(np.uint64)
        done = len(self._order)
        hits = [(self.hashes[done : self.count].view(np.uint64) == wanted).nonzero()[0] + done]
        for band, value in enumerate(wanted):
            column = self._sorted[:, band]
            hits.append(self._order[column.searchsorted(value) : column.searchsorted(value, "right"), band])
        rows, equal = np.unique(np.concatenate(hits), return_counts=True)
        return [int(row) for row in rows[np.argsort(-equal, kind="stable")]]


class Twins:
    """An index over records that finds those of other sources which seem to be the same case."""

    def __init__(self, records: Iterable[Record] = ()) -> None:
        self._rows: list[_Row] = []
        self._row_of: dict[str, int] = {}
        self._languages: Counter[str] = Counter()
        # key -> twice the row of each record that has it, plus one where it stands in its head or is its own address
        self._holders: dict[str, array[int]] = {}
        self._texts = _Texts()
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Put a record into the index, in place of an earlier one with its id."""
        mark = signature(record)
        row = len(self._rows)
        places = (record.concepts("country"), record.point, record.began[:4])
        self._rows.append(_Row(record.id, record.source, mark.titles, mark.size, *places))
        self._row_of[record.id] = row
        self._languages[base(record.language)] += 1
        for key, _, role in _keys(mark):
            self._holders.setdefault(key, array("I")).append(2 * row + role)
        self._texts.add(mark.hashes)

    def like(self, record: Record) -> list[Twin]:
        """Records of other sources that seem to be the same case as this one, best first."""
        mark = signature(record)
        shared = self._shared(mark, record.id in self._row_of)
        texts = self._texts.near(mark.hashes) if mark.size >= SHORTEST else []
        twins = []
        for row in {*self._chosen(shared, record.source), *self._chosen(texts, record.source)}:
            score, reasons = self._weigh(record, mark, row, shared.get(row, np.zeros(len(_POINTS))))
            if score >= THRESHOLD:
                reason = "; ".join([*reasons, *self._names_of(record, mark, row)])
                twins.append(Twin(record.id, self._rows[row].id, round(score, 2), reason))
        return sorted(twins, key=lambda twin: (-twin.score, twin.other))

    def _chosen(self, rows: Iterable[int], source: str) -> Iterator[int]:
        """The first rows that are of other sources and not replaced by later ones."""
        valid = (row for row in rows if self._rows[row].source != source and self._row_of[self._rows[row].id] == row)
        return islice(valid, CANDIDATES)

    def _rarity(self, holders: int) -> float:
        """1 for a key of one record, 0 where the square root of all records have it or more."""
        return max(0.0, 1 - 2 * math.log(max(1, holders)) / math.log(max(1000, len(self._rows))))

    def _shared(self, mark: Signature, known: bool) -> dict[int, NDArray[np.float64]]:
        """The points of keys in common by kind of agreement, for each row; those with most points first."""
        cells, weights = [np.empty(0, np.int64)], [np.empty(0)]
        for key, first, role in _keys(mark):
            flagged = self._holders.get(key, ())
            holders = len(flagged) - known
            weight = self._rarity(holders)
            if weight and not (first == _CITED and holders > HOLDERS):
                flags = np.array(flagged, np.int64)
                cells.append((flags >> 1) * len(_POINTS) + first + role + (flags & 1))
                weights.append(np.full(len(flags), 1.0 if first == _CITED else weight))
        found, at = np.unique(np.concatenate(cells), return_inverse=True)
        rows, line = np.unique(found // len(_POINTS), return_inverse=True)
        table = np.zeros((len(rows), len(_POINTS)))
        table[line, found % len(_POINTS)] = np.bincount(at, np.concatenate(weights), len(found))
        best = np.argsort(-(table @ _POINTS), kind="stable")
        return {int(rows[place]): table[place] for place in best}

    def _weigh(self, record: Record, mark: Signature, row: int, found: NDArray[np.float64]) -> tuple[float, list[str]]:
        """How sure it is that the record of a row is the same case, and why."""
        other = self._rows[row]
        alike = self._same_text(mark, row)
        title = self._same_title(mark.titles, other.titles)
        circumstances = [*_links(found), *_circumstances(record, other)]
        points = self._agreement(found, base(record.language)) + 2 * title + (title > 0.95)
        points = max(0.0, points + sum(worth for worth, _ in circumstances))
        reasons = [reason for _, reason in circumstances]
        if alike > 0.2:
            reasons.insert(0, f"{alike:.0%} of the shorter text stands in the other word for word")
        if title > 0.4:
            reasons.insert(0, "the same title" if title > 0.95 else "similar titles")
        countries = record.concepts("country")
        doubt = 1.0
        if countries and other.countries and not set(countries) & set(other.countries):
            reasons.append("but the countries differ")
            doubt = 0.5
        score = 1 - 0.5 ** (points * doubt / ENOUGH) * (1 - alike * doubt)
        return 1.0 if found[_SAME_PAGE] else score, reasons

    def _agreement(self, found: NDArray[np.float64], language: str) -> float:
        """Points for names and plain words; which words are rare in a language the index has to learn first."""
        seen = self._languages[language]
        plain = min(1.5, 0.2 * found[_PLAIN]) * seen / (seen + 50)
        return float(found[_HEADS] + 0.5 * found[_MIXED] + min(1.0, 0.25 * found[_BODIES]) + plain)

    def _same_text(self, mark: Signature, row: int) -> float:
        """The share of the shorter text's three-word sequences that the other has, as far as MinHash can tell."""
        size = self._rows[row].size
        jaccard = float((self._texts.hashes[row] == mark.hashes).mean())
        if jaccard < FAINT or min(size, mark.size) < SHORTEST:
            return 0.0
        return min(1.0, jaccard * (size + mark.size) / (1 + jaccard) / min(size, mark.size))

    def _same_title(self, ones: Iterable[frozenset[str]], others: Iterable[frozenset[str]]) -> float:
        """How much of two titles is the same, 0 to 1: rare words count more, and common ones alone never make 1."""

        def weight(words: Iterable[str]) -> float:
            return sum(math.log((len(self._rows) + 2) / (len(self._holders.get(word, ())) + 1)) for word in words)

        best = 0.0
        for one in ones:
            for other in others:
                both = weight(one & other)
                share = 2 * both / ((weight(one) + weight(other)) or 1)
                best = max(best, share * min(1.0, both / (2 * math.log(len(self._rows) + 2))))
        return best

    def _names_of(self, record: Record, mark: Signature, row: int) -> list[str]:
        """The rarest names that a record shares with that of a row, as the record writes them."""
        rarity = {}
        for key, first, _ in _keys(mark):
            holders = self._holders.get(key, ())
            if first == _BODIES and key[0] != "@" and not {2 * row, 2 * row + 1}.isdisjoint(holders):
                rarity[key] = self._rarity(len(holders) - 1)
        chosen = sorted((key for key in rarity if rarity[key] > 0), key=lambda key: -rarity[key])[:4]
        if not chosen:
            return []
        text = "\n".join((record.title, record.place, *record.organisations, _text(record)))
        written = {fold(word): word for word, _ in find_words(text) if word[0].isupper()}
        return [f"in common: {', '.join(written.get(key, key) for key in chosen)}"]


def _keys(mark: Signature) -> Iterator[tuple[str, int, int]]:
    """All keys of a record: the key, the first of its kinds of agreement, and whether it stands in the head."""
    yield from ((name, _BODIES, 1) for name in mark.head)
    yield from ((name, _BODIES, 0) for name in mark.body)
    yield from ((word, _PLAIN, 0) for word in mark.plain)
    yield from ((address, _CITED, 1) for address in mark.own)
    yield from ((address, _CITED, 0) for address in mark.cited)
    yield from ((stem, _TITLES, 0) for stem in frozenset().union(*mark.titles))


def _links(found: NDArray[np.float64]) -> Iterator[tuple[float, str]]:
    if found[_SAME_PAGE]:
        yield 0, "the same address"
    if found[_LINKED]:
        yield 1, "one cites the other's address"
    elif found[_CITED]:
        yield 0.5, "both cite the same address"


def _circumstances(record: Record, other: _Row) -> Iterator[tuple[float, str]]:
    """What place and year say: points, and the words for it."""
    distance = _distance(record.point, other.point)
    if distance is not None and distance < NEAR:
        yield 0.3, "places close together"
    if distance is not None and distance > FAR:
        yield -0.7, f"but places {distance:.0f} km apart"
    if record.began and record.began[:4] == other.began:
        yield 0.3, f"both began in {other.began}"


def _distance(one: Point | None, other: Point | None) -> float | None:
    """Kilometres between two places; none where one of them only stands for a country."""
    if one is None or other is None or "country" in (one.precision, other.precision):
        return None
    north, south = math.radians(one.lat), math.radians(other.lat)
    cosine = math.sin(north) * math.sin(south)
    cosine += math.cos(north) * math.cos(south) * math.cos(math.radians(one.lon - other.lon))
    return 6371 * math.acos(max(-1.0, min(1.0, cosine)))
