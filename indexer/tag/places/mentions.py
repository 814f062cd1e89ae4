"""Finds the names of places in a text, and says of each how much it speaks for a place of action."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import islice

from msgspec import Struct

from hub.text import fold
from indexer.tag.places.gazetteer import Case, Gazetteer, Kind, Lexicon, Meaning, Name, Words
from indexer.tag.text import Reading, Sentence

# What remains of a name's worth: tuned on half of the corpus.
_ORIGIN = 0.2  # where somebody or something comes from, what is compared
_ACTOR = 0.45  # Danish researchers
_SPECIES = 0.1  # Norway spruce
_SPECIES_OF = 0.4  # sapin de Norvège
_INSIDE = 0.5  # a town's name within a longer name: Port Victoria
_FIRST = 0.3  # a sentence begins with it, where every word has a capital: Turkey, Réunion
_SUBJECT = 0.4  # the same with a verb behind it, or a possessive s: Jordan has, Chad's
_BEGINNING = 0.1  # Santa Bárbara de Iscuandé
_BACK = 8  # words before the name of a language in which others may be listed

_KANA, _HANGUL = ("\u30a1", "\u30fc"), ("\uac00", "\ud7af")  # Korean endings stand behind names
_ADJECTIVES = (Kind.DEMONYM, Kind.ADJECTIVE)


class Span(Struct, frozen=True, gc=False):
    """A name in a sentence: its words from `first` to before `last`, and what it may mean."""

    first: int
    last: int
    meanings: tuple[Meaning, ...]
    wary: bool

    @property
    def kind(self) -> Kind:
        """The surest kind of what it may mean."""
        return self.meanings[0].kind


class Mention(Struct, frozen=True, gc=False):
    """A span of a sentence with its worth (0 to 1); a `doubtful` one counts only beside surer ones."""

    sentence: Sentence
    span: Span
    worth: float
    doubtful: bool

    @property
    def bounds(self) -> tuple[int, int]:
        """Where the name begins and ends in the sentence, in characters."""
        words = self.sentence.words
        return words[self.span.first].start, words[self.span.last - 1].end


def mentions_of(reading: Reading, sentences: Iterable[Sentence], gazetteer: Gazetteer) -> list[Mention]:
    """Every name of a place in the sentences, in their order."""
    lexicons = (gazetteer.shared, gazetteer.lexicon(reading.language))
    words = gazetteer.words(reading.language)
    found: list[Mention] = []
    for sentence in sentences:
        keys = tuple([fold(word.text) for word in sentence.words])
        spans = _spans(sentence, keys, lexicons)
        if spans:
            look = _Surroundings(sentence, keys, spans, words)
            found.extend(look.mention(span) for span in spans)
    return found


def _spans(sentence: Sentence, keys: tuple[str, ...], lexicons: tuple[Lexicon, Lexicon]) -> list[Span]:
    shared, own = lexicons
    others = keys if own.key is fold else tuple([own.key(word.text) for word in sentence.words])
    spans: list[Span] = []
    at = 0
    while at < len(keys):
        initial = sentence.words[at].text[0]
        capital = initial == initial.title()
        names = (*shared.beginning(keys, at, capital), *own.beginning(others, at, capital))
        if names:
            span = _read(sentence, at, names)
            if span:
                spans.append(span)
                at = span.last
                continue
        at += 1
    return [span for span in spans if span.kind is not Kind.NOTHING]


def _read(sentence: Sentence, at: int, names: tuple[Name, ...]) -> Span | None:
    """Of names that begin at a word, the longest that are written as they have to be, with all their meanings."""
    size, wary = 0, False
    meanings: dict[Meaning, None] = {}
    for name in sorted(names, key=lambda name: -len(name.words)):
        if len(name.words) < size:
            break
        if _written(sentence, at, name):
            size, wary = len(name.words), wary or name.wary
            meanings |= dict.fromkeys(name.meanings)
    if not meanings:
        return None
    return Span(at, at + size, _settled(sorted(meanings, key=lambda meaning: meaning.kind)), wary)


def _settled(meanings: list[Meaning]) -> tuple[Meaning, ...]:
    """A phrase that names no place is nothing else; a region's name is not the province of the same name."""
    kinds = {meaning.kind for meaning in meanings}
    if Kind.NOTHING in kinds:
        return (Meaning(Kind.NOTHING),)
    return tuple(m for m in meanings if m.kind is not Kind.PROVINCE or Kind.REGION not in kinds)


def _written(sentence: Sentence, at: int, name: Name) -> bool:
    words = sentence.words[at : at + len(name.words)]
    if words[0].text[0] >= _KANA[0] and _cut(sentence.text, words[0].start, words[-1].end):
        return False
    if name.case is Case.CAPITALS:
        return all(word.text.isupper() for word in words) and sentence.text[words[-1].end : words[-1].end + 1] != "$"
    if name.small:
        return True
    initial = words[0].text[0]
    return initial == initial.title()


def _cut(text: str, start: int, end: int) -> bool:
    """A name is a piece of a longer word in Japanese or Korean syllables, which are words of one sign here."""

    def together(at: int, first: str, last: str) -> bool:
        return 0 < at < len(text) and first <= text[at - 1] <= last and first <= text[at] <= last

    return together(start, *_KANA) or together(end, *_KANA) or together(start, *_HANGUL)


class _Surroundings:
    """A sentence with the names in it: what the words around a name make of it."""

    def __init__(self, sentence: Sentence, keys: tuple[str, ...], spans: list[Span], words: Words) -> None:
        self.sentence, self.keys, self.spans, self.words = sentence, keys, spans, words
        self.starts = [span.first for span in spans]
        self.starting = frozenset(self.starts)
        self.adjectives = {span.first for span in spans if span.kind in _ADJECTIVES}
        self.mere = {*self._mere(), *self._homes(), *self._givers()}

    def mention(self, span: Span) -> Mention:
        """The span with its worth."""
        worth = 1.0
        if span.first in self.mere:
            worth *= _ORIGIN
        if self._species(span):
            worth *= _SPECIES
        elif self._species_of(span):
            worth *= _SPECIES_OF
        elif span.kind in _ADJECTIVES and self._language(span):
            worth = 0.0
        elif self._actor(span):
            worth *= _ACTOR
        located = self.sentence.field == "place" or self._located(span)
        if span.kind in (Kind.PART, Kind.PROVINCE):
            worth *= _INSIDE if not located and self._inside(span) else 1
            worth *= _BEGINNING if self._beginning(span) else 1
        doubtful = span.wary and (not located or self._goes_on(span))
        if doubtful and span.kind is Kind.NAME and span.first == 0 and not self._headed(span):
            return Mention(self.sentence, span, worth * (_SUBJECT if self._subject(span) else _FIRST), False)
        return Mention(self.sentence, span, worth, doubtful)

    def _mere(self) -> set[int]:
        """First words of the names that are mere mentions: after `native to` and the like."""
        found: set[int] = set()
        for at, key in enumerate(self.keys):
            for phrase in self.words.mentions.get(key, ()):
                if self.keys[at : at + len(phrase)] == phrase:
                    found.update(self._reached(at + len(phrase)))
        return found

    def _reached(self, start: int) -> Iterator[int]:
        """The first name within some words of the same clause, and those listed with it."""
        last = start
        while last < start + self.words.reach - 1 and last < len(self.keys) - 1 and not self._stops(last):
            last += 1
        index = bisect_left(self.starts, start)
        if index < len(self.spans) and self.starts[index] <= last:
            yield from self._list(index, 1)

    def _list(self, index: int, step: int) -> Iterator[int]:
        """First words of a name and of those listed behind (1) or before it (-1)."""
        while True:
            yield self.starts[index]
            following = index + step
            if not 0 <= following < len(self.spans):
                return
            if not self._listed(self.spans[min(index, following)], self.spans[max(index, following)]):
                return
            index = following

    def _listed(self, span: Span, following: Span) -> bool:
        """Nothing but `and`, `the` and signs stands between two names."""
        words, between = self.words, self.keys[span.last : following.first]
        return all(key in words.joining or key in words.between for key in between)

    def _stops(self, at: int) -> bool:
        """A clause ends between a word and the next."""
        words = self.sentence.words
        return not set(self.sentence.text[words[at].end : words[at + 1].start]).isdisjoint(",;:.()")

    def _joined(self, left: int) -> bool:
        """Only a space or hyphen stands between a word and the next."""
        words = self.sentence.words
        if not 0 <= left < len(words) - 1:
            return False
        between = self.sentence.text[words[left].end : words[left + 1].start]
        return len(between) <= 3 and not set(between) & set(",.;:()/–—")

    def _species(self, span: Span) -> bool:
        """Norway spruce, frelon asiatique."""
        if span.kind not in (Kind.NAME, Kind.REGION_ADJECTIVE, *_ADJECTIVES):
            return False
        if self._joined(span.last - 1) and self.keys[span.last] in self.words.organisms:
            return "'" not in self._after(span)
        before = span.first - 1
        behind = span.kind in (Kind.ADJECTIVE, Kind.REGION_ADJECTIVE)
        return behind and self._joined(before) and self.keys[before] in self.words.organisms

    def _species_of(self, span: Span) -> bool:
        """Sapin de Norvège; but `les tortues du Mexique` may live there."""
        at = span.first - 1
        while at > 0 and self.keys[at] in self.words.links and self._joined(at):
            at -= 1
        near = span.kind is Kind.NAME and 0 < span.first - at <= 2
        return near and self._joined(at) and self.keys[at] in self.words.organisms

    def _after(self, span: Span) -> str:
        words = self.sentence.words
        return self.sentence.text[words[span.last - 1].end : words[span.last].start].replace("’", "'")

    def _language(self, span: Span) -> bool:
        """`auf Deutsch`, `in French and English`: a language unless a word that it describes follows."""
        before = span.first - 1
        follows = self._joined(span.last - 1)
        if follows and self.keys[span.last] in self.words.language_words:
            return True
        while before > max(0, span.first - _BACK) and (
            self.keys[before] in self.words.joining or before in self.adjectives
        ):
            before -= 1
        if before < 0 or not (self._joined(before) or before < span.first - 1):
            return False
        if self.keys[before] in self.words.language_words:
            return True
        return self.keys[before] in self.words.language_in and (
            not follows or self.keys[span.last] in self.words.locatives or self.keys[span.last] in self.words.joining
        )

    def _actor(self, span: Span) -> bool:
        """Danish researchers, un institut public français."""
        keys, words = self.keys, self.words
        if span.kind not in _ADJECTIVES:
            return False
        after = [n for n in (span.last, span.last + 1) if n < len(keys) and self._joined(n - 1)]
        before = [n for n in (span.first - 1, span.first - 2) if n >= 0 and self._joined(n)]
        near = (*after, *before) if span.kind is Kind.ADJECTIVE else after
        return any(keys[n] in words.actors or keys[n] in words.outsiders for n in near)

    def _givers(self) -> Iterator[int]:
        """First words of the countries before `funded`, `ont financé`: the words behind say what they gave."""
        last = 0
        for index, span in enumerate(self.spans):
            if span.kind is Kind.NAME and self._joined(span.last - 1):
                phrases = self.words.giving.get(self.keys[span.last], ())
                if any(self.keys[span.last : span.last + len(phrase)] == phrase for phrase in phrases):
                    yield from islice(self._list(index, -1), index + 1 - last)
                    last = index + 1

    def _homes(self) -> Iterator[int]:
        """First words of the names behind `engineers from`, `étudiants d'`: where people from elsewhere come from."""
        last = 0
        for index, span in enumerate(self.spans):
            if index >= last and self._home(span):
                found = list(self._list(index, 1))
                yield from found
                last = index + len(found)

    def _home(self, span: Span) -> bool:
        at, words = span.first - 1, self.words
        while at > max(0, span.first - 4) and self._joined(at) and self.keys[at] in words.between:
            at -= 1
        between = self.keys[at + 1 : span.first]
        if at < 0 or not self._joined(at) or not (words.origins.intersection(between) or self._elided(span, "d")):
            return False
        return any(self.keys[n] in words.outsiders for n in (at, at - 1) if n >= 0 and (n == at or self._joined(n)))

    def _subject(self, span: Span) -> bool:
        """What it has or does follows: `Jordan's rangelands`, `Niger has`."""
        return self._owns(span) or (self._joined(span.last - 1) and self.keys[span.last] in self.words.predicates)

    def _owns(self, span: Span) -> bool:
        end = self.sentence.words[span.last - 1].end
        return self.sentence.text[end : end + 2].replace("’", "'") == "'s"

    def _headed(self, span: Span) -> bool:
        """It begins the name of something else: Jordan Smith, `Réunion des maires`."""
        if self._owns(span) or not self._joined(span.last - 1):
            return False
        return self.sentence.words[span.last].text[0].isupper() or self.keys[span.last] in self.words.between

    def _goes_on(self, span: Span) -> bool:
        """A town that is also a word begins a longer name: Porto Seguro. In titles every word can have a capital."""
        part = span.kind in (Kind.PART, Kind.PROVINCE) and self.sentence.field != "title"
        if not part or self.words.capital_nouns or self._owns(span) or not self._joined(span.last - 1):
            return False
        return self.sentence.words[span.last].text[0].isupper() and span.last not in self.starting

    def _elided(self, span: Span, letters: str) -> bool:
        start = self.sentence.words[span.first].start
        before = self.sentence.text[max(0, start - 2) : start].lower().replace("’", "'")
        return len(before) == 2 and before[0] in letters and before[1] == "'"

    def _located(self, span: Span) -> bool:
        """A word of place stands before it, or another name beside it in an enumeration."""
        before = span.first - 1
        if before >= 0 and self._joined(before) and self.keys[before] in self.words.locatives:
            return True
        if self._elided(span, "dl"):
            return True
        index = bisect_left(self.starts, span.first)
        return any(
            other is not span and not other.wary and 0 <= max(span.first - other.last, other.first - span.last) <= 1
            for other in self.spans[max(0, index - 2) : index + 3]
        )

    def _beginning(self, span: Span) -> bool:
        """A name of which the place is only the beginning: Santa Bárbara de Iscuandé."""
        words, at = self.sentence.words, span.last
        while at < len(words) and self._joined(at - 1) and self.keys[at] in self.words.links:
            at += 1
        following = at > span.last and at < len(words) and self._joined(at - 1) and words[at].text[:1].isupper()
        return following and at not in self.starting

    def _inside(self, span: Span) -> bool:
        """It stands within a longer name: Hamilton Park, Port Victoria."""
        words = self.sentence.words
        after = self._joined(span.last - 1) and words[span.last].text[:1].isupper() and not self._owns(span)
        if after or self.words.capital_nouns or span.first < 2:
            return after
        return self._joined(span.first - 1) and words[span.first - 1].text[:1].isupper()
