"""Synonyms that editors keep: words and phrases of many languages for the same thing (`vocabularies/synonyms.yaml`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.canonical import read_entries
from hub.errors import InvalidRecord, Problem
from hub.lexicon import Idea
from hub.phrases import phrases_of

FILE = "synonyms.yaml"


def load_synonyms(vocabularies: Path) -> tuple[Idea, ...]:
    """The synonyms in a folder of vocabularies; none where it has no such file.

    Raises InvalidRecord with everything that is wrong in it.
    """
    path, file = vocabularies / FILE, f"vocabularies/{FILE}"
    ideas: dict[str, Idea] = {}
    problems: list[Problem] = []
    for number, item in enumerate(read_entries(path, file), 1):
        try:
            idea = _idea(item)
            if idea.name in ideas:
                raise ValueError(f"{idea.name!r} is the first English phrase of another entry too")
            ideas[idea.name] = idea
        except ValueError as error:
            problems.append(Problem(file, f"entry {number}", str(error)))
    for idea in ideas.values():
        unknown = [name for name in idea.broader if name not in ideas]
        problems += [Problem(file, idea.name, f"broader: no entry begins with {name!r}") for name in unknown]
    if problems:
        raise InvalidRecord(tuple(problems))
    return tuple(ideas.values())


def _idea(item: Any) -> Idea:
    phrases = phrases_of(item, {"broader"})
    if not phrases.get("en"):
        raise ValueError("needs an English phrase, by which others refer to it")
    if sum(map(len, phrases.values())) < 2:
        raise ValueError("needs two phrases at least")
    broader = item.get("broader", [])
    if not isinstance(broader, list) or not all(isinstance(name, str) for name in broader):
        raise ValueError("broader needs a list of first English phrases")
    return Idea(phrases["en"][0], phrases, broader=tuple(broader))
