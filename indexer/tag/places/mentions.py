"""Finds the names of places in a text, and says of each how much it speaks for a place of action."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
_BEGINNING = 0.1  # Santa Bárbara de Iscuandé

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
        if keys[at] in shared.first or others[at] in own.first:
            span = _read(sentence, at, (*shared.beginning(keys, at), *own.beginning(others, at)))
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
    if name.case is Case.CAPITALS:
        return all(word.text.isupper() for word in words) and sentence.text[words[-1].end : words[-1].end + 1] != "$"
    if name.case is Case.ANY and name.meanings[0].kind is not Kind.DEMONYM:
        return True
    initial = words[0].text[0]
    return initial == initial.title()


class _Surroundings:
    """A sentence with the names in it: what the words around a name make of it."""

    def __init__(self, sentence: Sentence, keys: tuple[str, ...], spans: list[Span], words: Words) -> None:
        self.sentence, self.keys, self.spans, self.words = sentence, keys, spans, words
        self.mere = self._mere()

    def mention(self, span: Span) -> Mention:
        """The span with its worth."""
        worth = 1.0
        if span.first in self.mere or self._giver(span):
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
        doubtful = span.wary and not located
        if doubtful and span.kind is Kind.NAME and span.first == 0:
            return Mention(self.sentence, span, worth * _FIRST, False)
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
        found: Span | None = None
        for span in self.spans:
            if start <= span.first <= last if found is None else self._listed(found, span):
                yield span.first
                found = span

    def _listed(self, span: Span, following: Span) -> bool:
        """Nothing but `and`, `the` and signs stands between two names."""
        between = self.keys[span.last : following.first]
        return all(key in self.words.joining or key in self.words.links for key in between)

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
        if span.kind not in (Kind.NAME, *_ADJECTIVES):
            return False
        if self._joined(span.last - 1) and self.keys[span.last] in self.words.organisms:
            return "'" not in self._after(span)
        before = span.first - 1
        return span.kind is Kind.ADJECTIVE and self._joined(before) and self.keys[before] in self.words.organisms

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
        while before > 0 and (self.keys[before] in self.words.joining or self._adjective_at(before)):
            before -= 1
        if before < 0 or not (self._joined(before) or before < span.first - 1):
            return False
        if self.keys[before] in self.words.language_words:
            return True
        return self.keys[before] in self.words.language_in and (
            not follows or self.keys[span.last] in self.words.locatives or self.keys[span.last] in self.words.joining
        )

    def _adjective_at(self, at: int) -> bool:
        return any(span.first == at and span.kind in _ADJECTIVES for span in self.spans)

    def _actor(self, span: Span) -> bool:
        """Danish researchers, un institut public français."""
        keys, actors = self.keys, self.words.actors
        if span.kind not in _ADJECTIVES:
            return False
        after = [n for n in (span.last, span.last + 1) if n < len(keys) and self._joined(n - 1)]
        before = [n for n in (span.first - 1, span.first - 2) if n >= 0 and self._joined(n)]
        near = (*after, *before) if span.kind is Kind.ADJECTIVE else after
        return any(keys[n] in actors for n in near)

    def _giver(self, span: Span) -> bool:
        """`Japan funded`: the word after it says what it gave."""
        return self._joined(span.last - 1) and self.keys[span.last] in self.words.giving

    def _located(self, span: Span) -> bool:
        """A word of place stands before it, or another name beside it in an enumeration."""
        before = span.first - 1
        if before >= 0 and self._joined(before) and self.keys[before] in self.words.locatives:
            return True
        start = self.sentence.words[span.first].start
        if start > 1 and self.sentence.text[start - 2 : start].lower() in ("d'", "d’", "l'", "l’"):
            return True
        return any(
            other is not span and not other.wary and 0 <= max(span.first - other.last, other.first - span.last) <= 1
            for other in self.spans
        )

    def _beginning(self, span: Span) -> bool:
        """A name of which the place is only the beginning: Santa Bárbara de Iscuandé."""
        words, at = self.sentence.words, span.last
        while at < len(words) and self._joined(at - 1) and self.keys[at] in self.words.links:
            at += 1
        following = at > span.last and at < len(words) and self._joined(at - 1) and words[at].text[:1].isupper()
        return following and all(other.first != at for other in self.spans)

    def _inside(self, span: Span) -> bool:
        """It stands within a longer name: Hamilton Park, Port Victoria."""
        words = self.sentence.words
        after = self._joined(span.last - 1) and words[span.last].text[:1].isupper()
        if after or self.words.capital_nouns or span.first < 2:
            return after
        return self._joined(span.first - 1) and words[span.first - 1].text[:1].isupper()
