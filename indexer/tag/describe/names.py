"""Names of organisations in a sentence: capitalised words around a word that says what they name.

*University*, *Trust* and *GmbH* stand behind or inside a name, *Ministerio* and *Fondation* begin it, *the NGO* stands
before it; some organisations are known by name. Where a name ends is told by its capitals and the small words in it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from msgspec import Struct

from hub.text import fold
from indexer.tag.describe.tables import Tables, Words, any_of

# Languages whose names of organisations are met in texts of other languages, where a word of 5 letters is no accident.
EVERYWHERE, ALIEN = ("en", "fr", "es", "it", "pt", "de"), 5
PURPOSE = frozenset(("for", "für", "para", "pour", "per", "pentru"))  # behind these a name goes on over "in"
PLACE = frozenset(("in", "en", "em", "im", "na", "no"))
LONGEST = 90  # characters of a name

# Share of such names on the development half of the corpus that are organisations of the case.
SCORES = {"word": 0.8, "known": 0.85, "branch": 0.85, "form": 0.8, "small": 0.8, "quoted": 0.7, "funder": 0.7}
SCORES |= {"long": 0.6, "acronym": 0.7}

_CODES = range(0x41, 0x530)
_UP = "".join(chr(code) for code in _CODES if chr(code).isupper()) + "".join(map(chr, range(0x1E00, 0x1EFF, 2)))
_LOW = "".join(chr(code) for code in _CODES if chr(code).islower())
_CAPITAL = rf"[{_UP}]\w*(?:[-/&+](?=\w)\w+|(?<=\w\w)['’](?!s\b)\w+)*"
_START = r"(?<![\w-])(?<!\w\w['’])"  # an article may be elided before a name: l'Université
_WORD = re.compile(_CAPITAL)
_BRACKET = re.compile(rf"\s\(([{_UP}][\w&/+.-]*[{_UP}][\w&/+.-]*)\)")
_LEAD = re.compile(rf"(?<!\w)(?:[{_UP}][\w&.’'-]*\s+(?:&\s)?){{1,5}}$")
_ACRONYM = re.compile(rf"(?<![\w-])[{_UP}][{_LOW}]?[{_UP}][\w-]{{1,10}}|(?<![\w-])[{_UP}][{_LOW}]{{2,}}[{_UP}][\w-]+")
_QUOTE = re.compile('[«„“"]')
_CHAIN = rf"(?:\s+[{_LOW}]{{5,}}(?:al|ale|ales|aux|nal|nale|nel|nelle|ique|ico|ica|ais|aise|ien|ienne|ese|eur|eure))?"
_ADJECTIVE = rf"(?:\s+[{_LOW}]{{3,}}(?:ées?|és|ales?|aux|iques?|icos?|icas?|onaux|ienne?s?|adas|idas|ados|idos))?"

_SECOND = rf"(?:\s(?:et|y|e)\s(?:(?:la|le|les|los|las|el|il)\s|l['’])?[{_LOW}]{{5,}}{_ADJECTIVE}(?![^\s,.;:)]))?"

_GENITIVES = (
    rf"(?:\s[{_LOW}]{{3,}}(?:ого|его|ой|ей|ых|их|ов|ев|ств|ий|ої|їв|ого|и|ы|а|я|у|і|ї)){{1,4}}(?:\s[{_UP}]\w+)?(?!\w)"
)


class Name(Struct, frozen=True, gc=False):
    """A name of an organisation: its characters in the sentence, what told it, and its acronym in brackets."""

    start: int
    end: int
    kind: str
    acronym: str = ""


class _Token(Struct, frozen=True, gc=False):
    text: str
    start: int
    end: int
    gap: str  # the small words before it, without those around white space
    style: str  # "last", "first", "both", "of" (first, with *of* behind it) or "": its place in names of organisations


class NamePatterns:
    """The name words of one language (and of those met everywhere) made into patterns."""

    def __init__(self, tables: Tables, language: str) -> None:
        own: Words = tables.names.get(language) or tables.names["en"]
        known = tables.known
        self._exact = _heads(tables, language)
        self._stems = tuple(word[:-1].lower() for word in own["first"] if word.endswith("*"))
        self._ends = tuple(word[1:].lower() for word in own["first"] if word.startswith("*"))
        self._and = frozenset(own["and"])
        self._of = frozenset(word for entry in own["of"] for word in entry.split()) - PLACE
        self._openers = frozenset(map(fold, known["openers"]))
        self._generic = frozenset(fold(word) for name in {language, "en"} & set(tables.names)
                                  for word in tables.names[name]["generic"])  # fmt: skip
        self._of_place = frozenset(map(fold, known["of_place"]))
        joiners = [*own["of"], *own["and"], *known["joiners"]]
        gap = _gap(joiners)
        self._run = re.compile(rf"{_START}{_CAPITAL}(?:{gap}{_CAPITAL})*" if language != "tr" else _turkish(gap))
        not_before = rf"(?!\s{any_of(known['not_before'])})"
        named = {"known": known["names"], "branch": known["branches"], "funder": known["funders"]}
        groups = "|".join(rf"(?P<{kind}>{any_of(names)})" for kind, names in named.items())
        self._known = re.compile(rf"(?<![\w-])(?:{groups})(?![\w-]){not_before}")
        self._branch = re.compile(rf"\s({_CAPITAL})")
        self._never = re.compile(rf"(?<!\w){any_of(known['never'])}(?!\w)")
        self._form = re.compile(rf"(?<=\s){any_of(known['forms'])}(?!\w)")
        small = any_of([*own["small"], *(word.capitalize() for word in own["small"])])
        self._small = re.compile(rf"(?<!\w){small}\s+(?=[{_UP}])")
        heads = any_of([*own["small"], *own["first"]])
        self._quoted = re.compile(rf"(?<!\w){heads}\s+[«„“\"]\s?([^«»„“”\"]{{3,60}}?)\s?[»“”\"]", re.I)
        chained = own["of"] and language != "en"  # English names have capitals throughout
        of = "|".join(re.escape(w) + ("" if w[-1] in "'’" else r"\s") for w in sorted(own["of"], key=len, reverse=True))
        chain = rf"{_CHAIN}(?:\s+(?:{of})[{_LOW}]{{4,}}{_ADJECTIVE}){{1,3}}{_SECOND}"
        self._chain = re.compile(_GENITIVES if language in ("ru", "uk") else chain if chained else r"(?!)")
        self._towns = frozenset(map(fold, known["towns"]))
        self._inside = re.compile(rf"(?<!\w){any_of(known['inside'])}\s$", re.I)
        topic = any_of(known["topics"])
        self._topics = re.compile(rf"(?:,\s{topic})+,?\sand\s(?:the\s)?{topic}(?!\w)")
        by = any_of(own["by"])
        self._by = re.compile(rf"(?<!\w){by}\s+(?:(?:the|la|el|le|il|o|a)\s|[lL]['’])?$", re.I)

    def names(self, text: str) -> list[Name]:
        """The names in a sentence in its order; where two overlap, the longer."""
        barred = [m.span() for m in self._never.finditer(text)]
        found = [name for name in self._all(text) if not any(s <= name.start and name.end <= e for s, e in barred)]
        kept: list[Name] = []
        for name in sorted(found, key=lambda n: (n.start - n.end, n.start, n.kind)):
            if not any(name.start < other.end and other.start < name.end for other in kept):
                kept.append(name)
        return sorted(kept, key=lambda name: name.start)

    def _all(self, text: str) -> Iterator[Name]:
        for start, end, kind in self._bare(text):
            if end - start <= LONGEST:
                bracket = _BRACKET.match(text, end)
                yield Name(start, bracket.end() if bracket else end, kind, bracket[1] if bracket else "")

    def _bare(self, text: str) -> Iterator[tuple[int, int, str]]:
        yield from self._listed(text)
        yield from self._introduced(text)
        for run in self._run.finditer(text):
            for part in self._parts(self._tokens(run)):
                yield from self._worded(text, part)

    def _listed(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Names known as such, and names that end in a legal form."""
        for match in self._known.finditer(text):
            yield match.start(), self._with_branch(text, match), match.lastgroup or "known"
        for match in self._form.finditer(text):
            if lead := _LEAD.search(text, max(0, match.start() - 60), match.start()):
                first = lead[0].split(maxsplit=1)[0]
                opens = len(first) + 1 if fold(first) in self._openers else 0
                if lead.start() + opens < match.start():
                    yield lead.start() + opens, match.end(), "form"

    def _introduced(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Names of any shape behind a noun that says what they are, or behind a verb of doing."""
        if _QUOTE.search(text):
            for match in self._quoted.finditer(text):
                yield *match.span(1), "quoted"
        for match in self._small.finditer(text):
            yield from self._behind(text, match.end(), "small")
        for match in _ACRONYM.finditer(text):
            if self._by.search(text, max(0, match.start() - 40), match.start()):
                yield from self._behind(text, match.start(), "acronym")

    def _with_branch(self, text: str, match: re.Match[str]) -> int:
        if match.lastgroup != "branch" or not (land := self._branch.match(text, match.end())):
            return match.end()
        return land.end() if fold(land[1]) not in self._openers else match.end()

    def _behind(self, text: str, start: int, kind: str) -> Iterator[tuple[int, int, str]]:
        """The name directly behind a noun or verb: its first words in capitals; behind a verb only an acronym."""
        run = self._run.match(text, start, min(len(text), start + 2 * LONGEST))
        if not run:
            return
        first, *rest = self._tokens(run)
        end = first.end
        for token in rest[:3]:
            if token.style:
                break
            if token.gap and (kind == "acronym" or end > first.end or not self._of.issuperset(token.gap.split())):
                break
            end = token.end
        one = text[start:end]
        if fold(first.text) in self._openers or (kind == "acronym" and not _ACRONYM.fullmatch(one)):
            return
        if not first.style:
            yield start, end, kind

    def _tokens(self, run: re.Match[str]) -> list[_Token]:
        tokens: list[_Token] = []
        base = run.start()
        for match in _WORD.finditer(run[0]):
            before = run[0][tokens[-1].end - base : match.start()] if tokens else ""
            style = self._style(match[0])
            tokens.append(_Token(match[0], base + match.start(), base + match.end(), before.strip(), style))
        return tokens

    def _style(self, word: str) -> str:
        lower = word.lower()
        if lower.startswith(self._stems) or lower.endswith(self._ends):
            return self._exact.get(lower, "first")
        return self._exact.get(lower, "")

    def _parts(self, tokens: list[_Token]) -> Iterator[list[_Token]]:
        """A run of capitalised words cut at *and*, unless it joins what one name speaks of."""
        part = tokens[:1]
        for index, token in enumerate(tokens[1:], 1):
            if self._and.isdisjoint(token.gap.split()) or self._joins(part, tokens[index : index + 5]):
                part.append(token)
            else:
                yield part
                part = [token]
        yield part

    def _joins(self, part: list[_Token], rest: list[_Token]) -> bool:
        if " " in rest[0].gap:  # and the ...
            return False
        ahead = [rest[0]]
        for token in rest[1:]:
            if token.gap:
                break
            ahead.append(token)
        headed = any(token.style for token in part)
        if any(token.style for token in ahead):
            return not headed and len(part) <= 2 and ahead[-1].style in ("last", "both") and len(ahead) <= 3
        topics = [token for token in part if token.style and fold(token.text) not in self._of_place]
        return bool(topics) and topics[0] is not part[-1] and len(ahead) <= 3

    def _worded(self, text: str, part: list[_Token]) -> Iterator[tuple[int, int, str]]:
        """The names in a part of a run, each around its word of organisation."""
        begin = 0
        for head, token in enumerate(part):
            if not token.style or head < begin:
                continue
            while begin < head and fold(part[begin].text) in self._openers:
                begin += 1
            left = self._left(part, begin, head) if token.style in ("last", "both") else head
            right = self._right(part, head, left < head or token.style == "first")
            if right > head or left < head:
                chosen = part[left : right + 1]
                begin = right + 1
                if not self._is_generic(chosen) and not self._is_place(text, chosen):
                    yield chosen[0].start, self._with_topics(text, chosen), "word"
            elif token.start and (chain := self._chain.match(text, token.end)):
                yield token.start, chain.end(), "long"

    def _with_topics(self, text: str, chosen: list[_Token]) -> int:
        """Where a name ends that lists what it is for: Ministry of Agriculture, Forestry and Fisheries."""
        more = self._topics.match(text, chosen[-1].end) if any(token.gap for token in chosen) else None
        return more.end() if more else chosen[-1].end

    def _left(self, part: list[_Token], begin: int, head: int) -> int:
        """Index of the first word of a name whose word of organisation stands at `head`."""
        start = head
        while start > begin and self._and.issuperset(part[start].gap.split()):
            start -= 1
        return start

    def _right(self, part: list[_Token], head: int, led: bool) -> int:
        """Index of the last word of a name whose word of organisation stands at `head`."""
        end = head
        for index in range(head + 1, len(part)):
            token = part[index]
            if token.gap:
                goes_on = _leads_on(part[head : index + 1], part[head].style in ("both", "of"))
                goes_on = goes_on and not (token.style and end > head)
            else:
                goes_on = end > head or (led and fold(token.text) not in self._openers)
            if not goes_on:
                break
            end = index
        return end

    def _is_place(self, text: str, tokens: list[_Token]) -> bool:
        """Whether a town is only where something is: in the City of ..."""
        town = fold(tokens[0].text) in self._towns
        return town and self._inside.search(text, max(0, tokens[0].start - 20), tokens[0].start) is not None

    def _is_generic(self, tokens: list[_Token]) -> bool:
        if tokens[0].style == "first" and len(tokens) > 2:
            return False
        return all(token.style or fold(token.text) in self._generic for token in tokens)


def _leads_on(tokens: list[_Token], english: bool) -> bool:
    """Whether the small words before the last token belong to the name that the first begins."""
    small = tokens[-1].gap.split()
    if small[0] in PLACE and english:
        return any(not PURPOSE.isdisjoint(token.gap.split()) for token in tokens[1:-1])
    return small[0] not in ("the", "la", "le", "el", "los", "las")


def _gap(joiners: list[str]) -> str:
    spaced = any_of([word for word in joiners if word[-1] not in "'’"])
    elided = any_of([word for word in joiners if word[-1] in "'’"])
    return rf"\s(?:{spaced}\s(?:{spaced}\s)?)?(?:{elided})?"


def _turkish(gap: str) -> str:
    """Runs of Turkish names: an apostrophe cuts off endings of cases."""
    word = rf"[{_UP}]\w*(?:-\w+)*"
    return rf"{_START}{word}(?:{gap}{word})*"


def _heads(tables: Tables, language: str) -> dict[str, str]:
    exact: dict[str, str] = {}
    for name in (language, *EVERYWHERE):
        for style in ("last", "first"):
            for word in tables.names.get(name, {}).get(style, ()):
                if "*" not in word and (name in (language, "en") or len(word) >= ALIEN):
                    _add(exact, sys.intern(word.lower()), style, name == "en")
    return exact


def _add(exact: dict[str, str], word: str, style: str, english: bool) -> None:
    """English words at the beginning need *of* behind them; the first language to name a word decides."""
    if word not in exact:
        exact[word] = "of" if english and style == "first" else style
    elif english and exact[word] == "last" and style == "first":
        exact[word] = "both"
