"""What a text tells of its case besides its subject: its language, the years of the work, the organisations.

The words it goes by are data, in `corpus/tagging/describe.yaml`: an editor teaches the tagger a verb or a word of
organisations by writing it down. All three judge by the text and quote it.
"""

from __future__ import annotations

from pathlib import Path

from hub.words import base
from indexer.tag.describe.language import LanguageModel
from indexer.tag.describe.names import NamePatterns
from indexer.tag.describe.organisations import RolePatterns, organisations_in
from indexer.tag.describe.tables import Tables, load_tables
from indexer.tag.describe.years import YearPatterns, years_in
from indexer.tag.suggestion import Suggestion
from indexer.tag.text import Reading


class Describer:
    """The tables made ready for use: patterns are made once for each language, when its first text comes."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._years: dict[str, YearPatterns] = {}
        self._names: dict[str, tuple[NamePatterns, RolePatterns]] = {}
        self.model = LanguageModel(tables)

    def years(self, language: str) -> YearPatterns | None:
        """The patterns of years in a language; None where the tables do not know it."""
        words = self._tables.years.get(language)
        if words is not None and language not in self._years:
            self._years[language] = YearPatterns(words)
        return self._years.get(language)

    def names(self, language: str) -> tuple[NamePatterns, RolePatterns]:
        """The patterns of names of organisations in a language, English ones where the tables do not know it."""
        known = language if language in self._tables.names else "en"
        if known not in self._names:
            self._names[known] = NamePatterns(self._tables, known), RolePatterns(self._tables, known)
        return self._names[known]


def load_describer(path: Path, file: str = "") -> Describer:
    """A describer with the tables of a file; `file` names it in messages. Raises InvalidRecord."""
    return Describer(load_tables(path, file))


def language_of(reading: Reading, describer: Describer) -> Suggestion | None:
    """The language that a record's text is in (`pt`), whatever its source claims; None where it has no letters."""
    return describer.model.language(reading)


def years_of(reading: Reading, today: int, describer: Describer) -> tuple[Suggestion, ...]:
    """The years in which the work began and ended, at most one of each; `today` is the current year."""
    patterns = describer.years(base(reading.language))
    return years_in(reading, today, patterns) if patterns else ()


def organisations_of(reading: Reading, describer: Describer) -> tuple[Suggestion, ...]:
    """The organisations that a record's text names, at most eight, best first, each once."""
    return organisations_in(reading, *describer.names(base(reading.language)))
