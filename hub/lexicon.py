"""The lexicon: what words mean, so that a query finds what was written in other words or another language.

Two kinds of knowledge. An idea is one thing in the words of many languages; where a text has any of its phrases, the
index says so, and a query with another of them finds that text. A name leads to one value of a facet: `Kenya`, `Kenia`
and `肯尼亚` to country KEN, `cible 8` to target 8.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain

from msgspec import Struct

from hub.phrases import PhraseFinder, is_acronym, phrases_in
from hub.query import Clause, Kind
from hub.text import fold
from hub.words import SIGN, base, find_words, stems

CAPITALS = "="  # before names that are names in capitals only: US
ANY = "la"  # phrases under this tag, scientific names among them, are looked for in texts of every language
LONGEST_NAME = 14  # words; each sign of Chinese is one
SPEAKS = 0.6  # strength from which on an idea in a query speaks for a value
_MARKED = 4  # words of a phrase at most that are kept as places where its idea stands
_READ_AS = 3  # languages besides the reader's and English that a query is read in at most

# A value of a facet: ("country", "KEN").
Value = tuple[str, str]


class Idea(Struct, frozen=True):
    """One thing in the words of many languages.

    `values` are the values of facets it speaks for, with how strongly (1: about four cases in five with such words
    have it). `broader` names ideas that it is a kind of: who looks for these finds it too. Where `is_name`, the
    phrases are the names of its one value, and cases with that value are looked for, not phrases.
    """

    name: str
    phrases: Mapping[str, tuple[str, ...]]
    values: Mapping[str, float] = {}
    broader: tuple[str, ...] = ()
    is_name: bool = False


class Lexicon(Struct, frozen=True):
    """All ideas, and names of one value: folded words -> `country:KEN`, or words as they are behind CAPITALS.

    `source` tells apart what it was made from.
    """

    ideas: tuple[Idea, ...] = ()
    names: Mapping[str, str] = {}
    source: str = ""


EMPTY = Lexicon()


class Stretch(Struct, frozen=True):
    """Parts `first` to `last` of a query that were understood together: as which ideas, speaking for which values.

    `named` are the values whose own name stands there; `values` have a strength, those named too.
    """

    first: int
    last: int
    ideas: tuple[str, ...]
    values: Mapping[Value, float]
    named: frozenset[Value]


def value_of(text: str) -> Value:
    """`country:KEN` as a pair."""
    facet, _, value = text.partition(":")
    return facet, value


class Phrasebook:
    """A lexicon ready to read with. Phrase tables are made once for each language, when it is first met."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._finders: dict[str, PhraseFinder] = {}
        self._numbers = {idea.name: number for number, idea in enumerate(lexicon.ideas)}
        self._languages = sorted({tag for idea in lexicon.ideas for tag in idea.phrases} - {ANY})
        self._wider = lru_cache(maxsize=None)(self._with_broader)
        self._read = lru_cache(maxsize=1_000)(self._found)

    def prepare(self) -> None:
        """Make the phrase tables of all languages, so that no query has to wait for one."""
        for language in self._languages:
            self._finder(language)

    def written(self, words: Sequence[str], language: str) -> Iterator[tuple[str, int]]:
        """The ideas in a text, broader ones too: name and number of each word that expresses it."""
        for match in self._finder(base(language)).find(words):
            for name in self._wider(match.owner):
                for word in range(match.first, min(match.last, match.first + _MARKED - 1) + 1):
                    yield name, word

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of all phrases that stand there whole, folded; not the acronyms."""
        every = {
            piece
            for phrase in self._every_phrase()
            for piece in phrase.split()
            if "*" not in piece and not piece.isupper()
        }
        return frozenset(fold(word) for piece in every for word, _ in find_words(piece))

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """All phrases that are acronyms."""
        return frozenset(filter(is_acronym, self._every_phrase()))

    def _every_phrase(self) -> Iterator[str]:
        for idea in self.lexicon.ideas:
            yield from chain.from_iterable(idea.phrases.values())

    def understand(
        self, clauses: Sequence[Clause], language: str, familiar: Callable[[str], bool]
    ) -> tuple[Stretch, ...]:
        """What a query says, read in the reader's language, in English, and in others where these leave words open.

        `familiar` tells of a word whether it occurs in texts of the first two, or says nothing in them.
        """
        if not self.lexicon.ideas and not self.lexicon.names:
            return ()
        found: dict[tuple[int, int], dict[int | str, None]] = {}
        for run in _runs(clauses):
            words = tuple(word for word, _ in run)
            names = list(self._named(words))
            said = [one for one in self._said(words, language, familiar) if not self._within(one, names)]
            for first, last, owner in chain[tuple[int, int, int | str]](said, names):
                if _are_whole(run, first, last):
                    found.setdefault((run[first][1], run[last][1]), {})[owner] = None
        return tuple(self._stretch(span, owners) for span, owners in sorted(found.items()))

    def _said(
        self, words: tuple[str, ...], language: str, familiar: Callable[[str], bool]
    ) -> Iterator[tuple[int, int, int]]:
        """What words say: first and last of them, number of the idea."""
        first_read = tuple(dict.fromkeys((language, "en")))
        found = [span for tag in first_read for span in self._read(words, tag)]
        unsaid = _uncovered(words, found)
        if shouted := {at for at in unsaid if words[at].upper() in self.acronyms and not self._is_word(words[at])}:
            loud = tuple(word.upper() if at in shouted else word for at, word in enumerate(words))
            heard = [span for tag in first_read for span in self._read(loud, tag)]
            found += [span for span in heard if not shouted.isdisjoint(_at(span))]
            unsaid = _uncovered(words, found)
        open_words = {at for at in unsaid if not familiar(words[at])}
        if open_words:
            read = {tag: self._read(words, tag) for tag in self._languages if tag not in first_read}
            worth = {tag: len(open_words - _uncovered(words, spans)) for tag, spans in read.items()}
            most = max(worth.values(), default=0)
            best = [tag for tag in read if most and worth[tag] == most]
            found += [span for tag in best[:_READ_AS] for span in read[tag]]
        yield from found

    def _within(self, said: tuple[int, int, int], names: Iterable[tuple[int, int, str]]) -> bool:
        """Whether the name of a concept stands in a longer one: *Costa Rica* is no coast."""
        first, last, owner = said
        longer = ((low, high) for low, high, _ in names if high - low > last - first)
        return self.lexicon.ideas[owner].is_name and any(low <= first and last <= high for low, high in longer)

    def _is_word(self, word: str) -> bool:
        """Whether a word typed in small letters is an English word in its own right: `cites`, `elms`."""
        return fold(word) in self.words or stems(word, ("en",))[0] != fold(word)

    def _named(self, words: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
        """The longest names of values, from the left."""
        folded = [fold(word) for word in words]
        at = 0
        while at < len(folded):
            for end in range(min(at + LONGEST_NAME, len(folded)), at, -1):
                names = self.lexicon.names
                value = names.get(" ".join(folded[at:end])) or names.get(CAPITALS + " ".join(words[at:end]))
                if value:
                    yield at, end - 1, value
                    at = end - 1
                    break
            at += 1

    def _stretch(self, span: tuple[int, int], owners: Mapping[int | str, None]) -> Stretch:
        values: dict[Value, float] = {}
        named = {value_of(owner) for owner in owners if isinstance(owner, str)}
        ideas = [self.lexicon.ideas[owner] for owner in owners if isinstance(owner, int)]
        for idea in ideas:
            for text, strength in idea.values.items():
                if strength < SPEAKS:
                    continue
                value = value_of(text)
                values[value] = max(values.get(value, 0.0), strength)
                if idea.is_name:
                    named.add(value)
        searched = tuple(idea.name for idea in ideas if not idea.is_name)
        return Stretch(*span, searched, values | dict.fromkeys(named, 1.0), frozenset(named))

    def _found(self, words: tuple[str, ...], language: str) -> tuple[tuple[int, int, int], ...]:
        return tuple((match.first, match.last, match.owner) for match in self._finder(base(language)).find(words))

    def _with_broader(self, owner: int) -> tuple[str, ...]:
        """The names of an idea and of all that it is a kind of; nothing for names of values."""
        if self.lexicon.ideas[owner].is_name:
            return ()
        found = {self.lexicon.ideas[owner].name: None}
        queue = list(found)
        while queue:
            idea = self.lexicon.ideas[self._numbers[queue.pop()]]
            new = [name for name in idea.broader if name in self._numbers and name not in found]
            found |= dict.fromkeys(new)
            queue += new
        return tuple(found)

    def _finder(self, language: str) -> PhraseFinder:
        if language not in self._finders:
            self._finders[language] = PhraseFinder(self._phrases(language), language, strict=True)
        return self._finders[language]

    def _phrases(self, language: str) -> Iterator[tuple[str, int]]:
        for number, idea in enumerate(self.lexicon.ideas):
            for phrase in (*phrases_in(idea.phrases, language), *idea.phrases.get(ANY, ())):
                yield phrase, number


_ready: dict[str, Phrasebook] = {}  # the last one by its source: tables are made in a tenth of a second a language


def phrasebook_of(lexicon: Lexicon) -> Phrasebook:
    """The phrasebook of a lexicon, the same again for one made from the same."""
    kept = _ready.get(lexicon.source)
    if kept is None or not lexicon.source:
        kept = Phrasebook(lexicon)
        _ready.clear()
        _ready[lexicon.source] = kept
    return kept


def _at(span: tuple[int, int, int]) -> range:
    return range(span[0], span[1] + 1)


def _uncovered(words: Sequence[str], found: Iterable[tuple[int, int, int]]) -> set[int]:
    """The numbers of the words that no idea covers."""
    return set(range(len(words))).difference(*map(_at, found))


def _are_whole(run: list[tuple[str, int]], first: int, last: int) -> bool:
    """Whether words are all those of their clauses: `sea` is not what `deep-sea` says."""
    if SIGN.match(run[first][0]):  # nobody puts spaces between them
        return True
    begins = first == 0 or run[first - 1][1] != run[first][1]
    return begins and (last + 1 == len(run) or run[last + 1][1] != run[last][1])


def _runs(clauses: Sequence[Clause]) -> Iterator[list[tuple[str, int]]]:
    """Words that were typed one after the other, each with the number of its clause; what is quoted is left alone."""
    run: list[tuple[str, int]] = []
    for number, clause in enumerate(clauses):
        if clause.kind is Kind.WORD and not clause.excluded:
            run += [(word, number) for word, _ in find_words(clause.text)]
        elif run:
            yield run
            run = []
    if run:
        yield run
