"""A source: where a portal's cases are and how to read them, as a file of `corpus/sources` says."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import url2pathname

from msgspec import Struct
from msgspec.structs import replace

from hub import parse
from hub.canonical import read_yaml
from hub.errors import HubError, InvalidRecord, Problem
from hub.record import EMAIL
from indexer.harvest.item import PageRules, Unreadable

FOLDER = "sources"  # of the corpus
SCHEDULES = {"daily": 1, "weekly": 7, "monthly": 30, "never": 0}  # days between two harvests
SECRET = re.compile(r"\{([A-Z][A-Z0-9_]*)\}")  # in an address: the value of this environment variable


class Source(Struct, frozen=True):
    """One portal. `id` is its file's name and the `source` of its records; `address` is where `protocol` begins.

    `fields` says where our fields are in the source's data (ours <- JMESPath expressions), `options` is for the
    protocol alone, `page` for reading pages, `headers` are sent along with requests to its host. `follow`: read the
    page of each item too. `delay` is in seconds.
    """

    id: str
    name: str
    protocol: str
    address: str
    home: str = ""
    headers: Mapping[str, str] = {}
    options: Mapping[str, str] = {}
    fields: Mapping[str, tuple[str, ...]] = {}
    follow: bool | None = None
    page: PageRules = PageRules()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    language: str = ""
    type: str = "case-study"
    license: str = ""
    rights: str = ""
    full_text: bool = False
    trust: str = "medium"
    schedule: str = "never"
    contact: str = ""
    delay: float = 1.0
    withdraw_after: int = 0
    last_run: str = ""
    note: str = ""


def _flag(value: Any) -> bool:
    return bool(parse.match(re.compile("true|false"), "true or false", value) == "true")


def _by_name(item: parse.Parser, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise parse.Wrong(("", "must be a mapping from name to value"))
    found: dict[str, Any] = {}
    for name, given in value.items():
        try:
            found[str(name)] = item(given)
        except parse.Wrong as wrong:
            raise parse.Wrong(*((f"{name}{path and '.' + path}", text) for path, text in wrong.found)) from None
    return found


def _some(value: Any) -> tuple[str, ...]:
    """One text or a list of them."""
    return tuple(parse.items(_expression, value if isinstance(value, list) else [value]))


def _expression(value: Any) -> str:
    return " ".join(parse.text(value, 2000, lines=True).split())


def _pattern(value: Any) -> str:
    found = parse.text(value)
    try:
        re.compile(found)
    except re.error as error:
        raise parse.Wrong(("", f"{found!r} is no regular expression: {error}")) from None
    return found


def _number(low: float, high: float, value: Any) -> int:
    return int(parse.number(low, high, value))


_one_of = {name: partial(parse.match, re.compile("|".join(values)), " or ".join(values)) for name, values in (
    ("schedule", tuple(SCHEDULES)), ("trust", ("high", "medium", "low")))}  # fmt: skip
_page = partial(
    parse.struct,
    PageRules,
    {"select": partial(_by_name, parse.text), "remove": partial(parse.items, parse.text)},
)
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FIELDS: Mapping[str, parse.Parser] = {
    "id": partial(parse.match, _ID, "words-joined-by-hyphens"),
    "name": parse.text,
    "protocol": parse.text,
    "address": partial(parse.text, limit=2048),
    "home": parse.url,
    "headers": partial(_by_name, parse.text),
    "options": partial(_by_name, partial(parse.text, limit=2000, lines=True)),
    "fields": partial(_by_name, _some),
    "follow": _flag,
    "page": _page,
    "include": partial(parse.items, _pattern),
    "exclude": partial(parse.items, _pattern),
    "language": parse.language,
    "type": partial(parse.match, _ID, "case-study"),
    "license": parse.text,
    "rights": partial(parse.text, limit=2000),
    "full_text": _flag,
    "trust": _one_of["trust"],
    "schedule": _one_of["schedule"],
    "contact": partial(parse.match, EMAIL, "office@example.org"),
    "delay": partial(parse.number, 0, 3600),
    "withdraw_after": partial(_number, 0, 1000),
    "last_run": parse.when,
    "note": partial(parse.text, limit=5000, lines=True),
}


def read_source(path: Path) -> Source:
    """The source of one file. Raises InvalidRecord with everything that is wrong with its form."""
    file = f"{FOLDER}/{path.name}"
    data = read_yaml(path, file)
    try:
        if not isinstance(data, dict):
            raise parse.Wrong(("", "must be a mapping from name to value"))
        source: Source = parse.struct(Source, _FIELDS, {"id": path.stem} | data)
    except parse.Wrong as wrong:
        raise InvalidRecord(tuple(Problem(file, place, text) for place, text in wrong.found)) from None
    if source.id != path.stem:
        raise InvalidRecord((Problem(file, "id", f"is {source.id!r} but the file is called {path.stem!r}"),))
    return source


def source_files(corpus: Path) -> list[Path]:
    """The files of all sources of a corpus, in order of name."""
    return sorted((corpus / FOLDER).glob("[!.]*.yaml"))


def read_sources(corpus: Path) -> tuple[list[Source], list[Problem]]:
    """All sources of a corpus that can be read, in order of name, and what is wrong with the form of the others."""
    sources: list[Source] = []
    problems: list[Problem] = []
    for path in source_files(corpus):
        try:
            sources.append(read_source(path))
        except InvalidRecord as error:
            problems.extend(error.problems)
    return sources, problems


def find_source(corpus: Path, source_id: str) -> Source:
    """A source by its id. Raises InvalidRecord where its file is wrong, HubError where there is none."""
    paths = {path.stem: path for path in source_files(corpus)}
    if source_id not in paths:
        raise HubError(f"There is no source {source_id!r}. `indexer sources` lists them; each is a file in {FOLDER}/.")
    return read_source(paths[source_id])


def secrets_of(source: Source, environ: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """The values of the environment that a source names, and how to write them where people read: `{NAME}`."""
    names = SECRET.findall(" ".join((source.address, *source.headers.values())))
    values = {environ[name]: f"{{{name}}}" for name in names if environ.get(name)}
    return values | {quote(value, safe=""): name for value, name in values.items()}


def with_secrets(source: Source, environ: Mapping[str, str] = os.environ) -> Source:
    """A source whose address and headers have the values of the environment variables that they name in braces.

    Raises HubError where one is not set.
    """
    for name in SECRET.findall(" ".join((source.address, *source.headers.values()))):
        if not environ.get(name):
            raise HubError(f"needs the environment variable {name}, which is not set")

    def filled(text: str) -> str:
        return SECRET.sub(lambda found: environ[found[1]], text)

    headers = {name: filled(value) for name, value in source.headers.items()}
    return replace(source, address=filled(source.address), headers=headers)


def wanted(source: Source, address: str) -> bool:
    """Whether a source takes an address: one of `include` matches, where there are any, and none of `exclude`."""
    taken = not source.include or any(re.search(pattern, address) for pattern in source.include)
    return taken and not any(re.search(pattern, address) for pattern in source.exclude)


def folder_of(source: Source, corpus: Path) -> Path:
    """The folder that a source of local files reads: file://…, an absolute path, or one seen from beside the corpus.

    Raises Unreadable where it is on another computer.
    """
    if not source.address.startswith("file:"):
        return corpus.resolve().parent / source.address
    parts = urlsplit(source.address)
    if parts.netloc not in ("", "localhost"):
        raise Unreadable(f"{source.address} is on another computer")
    return Path(url2pathname(parts.path))
