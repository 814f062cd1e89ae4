"""Years of the work: when it began and ended, told by ranges, prepositions and verbs beside a year.

A year alone says little: it can be a law's, a publication's, a measurement's. Only what the words around it say of
the work counts, and background (the challenge, decline, plans for the future) does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from hub.record import Evidence, Method
from indexer.tag.describe.tables import Words, any_of
from indexer.tag.suggestion import Suggestion
from indexer.tag.text import Reading, Sentence

EARLIEST, AHEAD, LONGEST = 1900, 30, 40  # a year; years from today; years that one piece of work may take
BACK, ON = 60, 70  # characters before and behind a year in which a verb belongs to it
DOUBT = 45  # characters before a year in which a word of law or publication belongs to it
SAME, APART = 0.1, 20  # difference of scores that does not count; years between parts of one story
READ = 3000  # characters of a sentence that are read; a longer one is none, and time would grow with its square
BACKGROUND = ("challenge",)  # fields that tell what was before the work

# Share of right years on the development half of the corpus, by what told them.
BEGAN = {"range": 0.92, "verb": 0.9, "since": 0.9}
ENDED = {"range": 0.85, "until": 0.8, "verb": 0.75}

_PLAIN = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CLAUSE = re.compile(r"[;:()–—]|\s-\s")


Offer = tuple[float, int, "Claim", Sentence]  # score, year, and where it stands


class Claim(Struct, frozen=True, gc=False):
    """What one place of a sentence says: which years, by which words (characters), and what kind of words."""

    kind: str
    began: int
    ended: int
    start: int
    end: int


class YearPatterns:
    """The year words of one language made into patterns, and the search for claims in a sentence."""

    def __init__(self, words: Words) -> None:
        year = (
            r"(?<![\d.,/\-–—])((?:19|20)\d\d)(?![\d%€$£°]|[.,/]\d|-\w|s\b|['’]s\b|er\b|\s?-?(?:х|е|ые|ых)\b"
            rf"|\s{any_of(words['units'])}\b)"
        )
        calendar = rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th|\.|er)?|{any_of(words['calendar'])})[\s-]+){{0,4}}"
        named = "".join(
            rf"|\b{any_of([a])}\s+{calendar}(?:((?:19|20)\d\d)[\s.,]+)?(?:\w+\s+)?{any_of([b])}\s+{calendar}{year}"
            for a, b in (entry.split(" - ") for entry in words["ranges"])
        )
        dash = r"(?<![\d.,/\-–—])((?:19|20)\d\d)\s?[-–—]\s?(?:[^\W\d]{3,9}\.?\s)?((?:19|20)?\d\d)(?![\d%]|[.,/]\d|-\d)"
        self._range = re.compile(f"{dash}{named}", re.I)
        self._since = re.compile(
            rf"\b{any_of(words['since'])}\s+{calendar}{year}|{_behind(words['since_behind'])}", re.I
        )
        self._until = re.compile(rf"\b{any_of(words['until'])}\s+{calendar}{year}", re.I)
        self._in = re.compile(rf"\b{any_of(words['in'])}\s+{calendar}{year}|{_behind(words['in_behind'])}", re.I)
        self._verb = re.compile(rf"\b(?:({any_of(words['begin'])})|({any_of(words['end'])}))\b", re.I)
        self._loss = re.compile(rf"\b{any_of(words['loss'])}\b", re.I)
        self._not = re.compile(rf"\b{any_of(words['not'])}(?!\w)", re.I)

    def claims(self, text: str) -> Iterator[Claim]:
        """What a sentence says of years, in its order for each kind; each year is claimed once."""
        taken: list[tuple[int, int]] = []
        for claim in self._raw(text):
            if any(claim.start < end and claim.end > start for start, end in taken):
                continue
            taken.append((claim.start, claim.end))
            if not self._doubtful(text, claim):
                yield claim

    def _raw(self, text: str) -> Iterator[Claim]:
        for match in self._range.finditer(text):
            yield _range(match)
        for kind, pattern in (("since", self._since), ("until", self._until)):
            for match in pattern.finditer(text):
                yield _single(kind, match)
        for match in self._in.finditer(text):
            if claim := self._with_verb(text, match):
                yield claim

    def _with_verb(self, text: str, match: re.Match[str]) -> Claim | None:
        """A year with `in`: the nearest verb of beginning or ending in its clause says what it is, if there is one."""
        plain = _single("in", match)
        before = _tail(text[max(0, plain.start - BACK) : plain.start])
        behind = _head(text[plain.end : plain.end + ON])
        found = [(len(before) - v.end(), v, plain.start - len(before)) for v in self._verb.finditer(before)]
        found += [(v.start(), v, plain.end) for v in self._verb.finditer(behind)]
        if not found:
            return None
        _, verb, shift = min(found, key=lambda entry: entry[0])
        start, end = min(plain.start, verb.start() + shift), max(plain.end, verb.end() + shift)
        kind = "begin" if verb[1] else "end"
        return Claim(kind, plain.began, plain.began, start, end)

    def _doubtful(self, text: str, claim: Claim) -> bool:
        around = text[max(0, claim.start - DOUBT) : claim.end + 15]
        if self._not.search(around):
            return True
        return claim.kind != "end" and self._loss.search(text) is not None


def years_in(reading: Reading, today: int, patterns: YearPatterns) -> tuple[Suggestion, ...]:
    """The years in which the work of a record began and ended, at most one of each."""
    met = [
        (claim, sentence)
        for sentence in reading.sentences
        if sentence.field not in BACKGROUND and _PLAIN.search(sentence.text)
        for claim in patterns.claims(sentence.text[:READ])
        if _plausible(claim, today)
    ]
    began = _outermost([(BEGAN[kind], c.began, c, s) for c, s in met if (kind := _kind(c, "begin")) in BEGAN], -1)
    first = began[1] if began else EARLIEST
    ends = [(ENDED[kind], c.ended, c, s) for c, s in met if (kind := _kind(c, "end")) in ENDED and c.ended >= first]
    ended = _outermost(ends, 1)
    found = []
    if began:
        found.append(_suggestion("began", *began))
    if ended:
        found.append(_suggestion("ended", *ended))
    return tuple(found)


def _kind(claim: Claim, verb: str) -> str:
    return "verb" if claim.kind == verb else claim.kind


def _outermost(offers: list[Offer], sign: int) -> Offer | None:
    """Of what is told best, the earliest (-1) or latest (1) year; parts of a work have years of their own.

    What lies far from the rest is another story, such as the founding of the organisation.
    """
    if not offers:
        return None
    best = max(offers, key=lambda offer: offer[0])
    near = [offer for offer in offers if offer[0] >= best[0] - SAME and abs(offer[1] - best[1]) <= APART]
    return max(near, key=lambda offer: (sign * offer[1], offer[0]))


def _suggestion(vocabulary: str, score: float, year: int, claim: Claim, sentence: Sentence) -> Suggestion:
    quote = sentence.quote(claim.start, claim.end)
    matched = sentence.text[claim.start : claim.end]
    evidence = Evidence(sentence.field, quote)
    return Suggestion(vocabulary, str(year), Method.RULE, score, evidence, (matched,) if matched in quote else ())


def _plausible(claim: Claim, today: int) -> bool:
    latest = today + AHEAD if claim.kind == "range" else today
    return EARLIEST <= claim.began <= min(claim.ended, today) and claim.ended <= min(latest, claim.began + LONGEST)


def _range(match: re.Match[str]) -> Claim:
    years = [group for group in match.groups() if group]
    one, other = years[0], years[-1]  # one year alone where the first date leaves it out: between March and May 2011
    ended = one[:2] + other if len(other) == 2 else other
    return Claim("range", int(one), int(ended), match.start(), match.end())


def _single(kind: str, match: re.Match[str]) -> Claim:
    year = int(match[match.lastindex or 0])
    return Claim(kind, year, year, match.start(), match.end())


def _behind(words: tuple[str, ...]) -> str:
    return rf"(?<![\d.,/\-–—])((?:19|20)\d\d){any_of(words)}\b" if words else "(?!)"


def _tail(text: str) -> str:
    """The end of a text from its last clause boundary or year on."""
    cuts = [m.end() for pattern in (_CLAUSE, _PLAIN) for m in pattern.finditer(text)]
    return text[max(cuts, default=0) :]


def _head(text: str) -> str:
    cuts = [m.start() for pattern in (_CLAUSE, _PLAIN) if (m := pattern.search(text))]
    return text[: min(cuts, default=len(text))]
