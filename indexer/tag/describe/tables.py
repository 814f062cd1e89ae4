"""The words by which years and organisations are found, read from `corpus/tagging/describe.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from hub.canonical import read_yaml
from hub.errors import InvalidRecord, Problem

YEAR_LISTS = (
    "in", "since", "until", "ranges", "calendar", "in_behind", "since_behind", "begin", "end", "loss", "not", "units",
)  # fmt: skip
NAME_LISTS = ("last", "first", "small", "of", "and", "generic", "by", "does", "funds", "mentions")
KNOWN_LISTS = (
    "names", "branches", "funders", "never", "not_before", "forms", "openers", "joiners", "of_place", "topics", "towns",
    "inside",
)  # fmt: skip
LANGUAGE_LISTS = ("known", "close")

Words = Mapping[str, tuple[str, ...]]


class Tables(Struct, frozen=True):
    """Everything the file says: lists of words by purpose, for years and names also by language."""

    languages: Words
    years: Mapping[str, Words]
    names: Mapping[str, Words]
    known: Words


def load_tables(path: Path, file: str = "") -> Tables:
    """The tables of a file. Raises InvalidRecord with every problem: file, entry, what is wrong."""
    file = file or path.name
    data = read_yaml(path, file)
    problems: list[Problem] = []
    parts = _mapping(data, "", ("languages", "years", "organisations", "known"), file, problems)
    tables = Tables(
        _lists(parts.get("languages", {}), "languages", LANGUAGE_LISTS, file, problems),
        _by_language(parts.get("years", {}), "years", YEAR_LISTS, file, problems),
        _by_language(parts.get("organisations", {}), "organisations", NAME_LISTS, file, problems),
        _lists(parts.get("known", {}), "known", KNOWN_LISTS, file, problems),
    )
    problems += [
        Problem(file, f"years.{language}.ranges", f"{entry!r} must be two words: from - to")
        for language, words in tables.years.items()
        for entry in words["ranges"]
        if entry.count(" - ") != 1
    ]
    if problems:
        raise InvalidRecord(tuple(problems))
    return tables


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of some words, the longest first; `*` stands for any letters, a space for any white space."""
    longest = sorted(set(words), key=lambda word: (-len(word), word))
    forms = (r"\s+".join(re.escape(part).replace(r"\*", r"\w*") for part in word.split(" ")) for word in longest)
    return "(?:" + "|".join(forms) + ")" if longest else r"(?!)"


def _by_language(
    data: Any, where: str, allowed: tuple[str, ...], file: str, problems: list[Problem]
) -> Mapping[str, Words]:
    languages = _mapping(data, where, None, file, problems)
    return {name: _lists(lists, f"{where}.{name}", allowed, file, problems) for name, lists in languages.items()}


def _lists(data: Any, where: str, allowed: tuple[str, ...], file: str, problems: list[Problem]) -> Words:
    entries = _mapping(data, where, allowed, file, problems)
    return {name: _words(entries.get(name, []), f"{where}.{name}", file, problems) for name in allowed}


def _words(data: Any, where: str, file: str, problems: list[Problem]) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(word, str) and word.strip() for word in data):
        problems.append(Problem(file, where, "must be a list of words"))
        return ()
    return tuple(data)


def _mapping(
    data: Any, where: str, allowed: tuple[str, ...] | None, file: str, problems: list[Problem]
) -> dict[str, Any]:
    if not isinstance(data, dict):
        problems.append(Problem(file, where, "must be a mapping of names to entries"))
        return {}
    if allowed is None:
        return data
    for name in data:
        if name not in allowed:
            problems.append(Problem(file, f"{where}.{name}".lstrip("."), f"unknown; known are {', '.join(allowed)}"))
    return {name: entry for name, entry in data.items() if name in allowed}
