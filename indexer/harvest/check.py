"""What is wrong with the files of sources, beyond their form: `indexer sources check`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import soupsieve

from hub.corpus import Corpus
from hub.errors import Problem
from hub.vocabulary import Vocabularies
from indexer.harvest.item import Unreadable
from indexer.harvest.mapping import TARGETS, expression
from indexer.harvest.protocols import protocol
from indexer.harvest.source import FOLDER, SECRET, Source, read_sources

_KEY = re.compile(r"(?:^|[_-])(?:api)?(?:key|token|secret|password|pwd)$", re.I)
_OURS = {"host", "user-agent", "accept-encoding", "range", "if-none-match", "if-modified-since", "content-length"}
_TEXTS = ("title", "abstract", "challenge", "action", "results", "lessons", "text", "place", "publisher", "license")


def check_sources(corpus: Corpus) -> list[Problem]:
    """Everything that is wrong with the sources of a corpus, in order of file; nothing means they can be harvested."""
    vocabularies = corpus.vocabularies()
    sources, problems = read_sources(corpus.folder)
    for source in sources:
        problems.extend(Problem(f"{FOLDER}/{source.id}.yaml", *wrong) for wrong in wrong_in(source, vocabularies))
    return sorted(problems, key=lambda problem: problem.file)


def wrong_in(source: Source, vocabularies: Vocabularies) -> Iterator[tuple[str, str]]:
    """What is wrong with one source: (place in its file, message)."""
    if source.type not in vocabularies["type"]:
        yield "type", f"{source.type!r} is not in vocabulary 'type'"
    yield from _wrong_address(source)
    yield from _written_keys(source)
    yield from _wrong_headers(source)
    yield from _wrong_fields(source)
    yield from _wrong_selectors(source)
    try:
        options = protocol(source.protocol).OPTIONS
    except Unreadable as error:
        yield "protocol", str(error)
        return
    for name in source.options:
        if name not in options:
            yield f"options.{name}", f"is no option of {source.protocol}; there are {', '.join(options) or 'none'}"


def _wrong_address(source: Source) -> Iterator[tuple[str, str]]:
    address = SECRET.sub("x", source.address)
    if source.protocol != "folder" and urlsplit(address).scheme not in ("http", "https"):
        yield "address", f"{source.address!r} is not an http(s) address"
    if source.protocol == "folder" and "\0" in address:
        yield "address", "is not a path"


def _written_keys(source: Source) -> Iterator[tuple[str, str]]:
    """Keys that stand in the file itself, where everybody who has the corpus reads them."""
    said = "holds a key: set it in the environment and write {NAME} here"
    parts = urlsplit(SECRET.sub("", source.address))
    named = (name for name, value in parse_qsl(parts.query) if value)
    if "@" in parts.netloc or any(_KEY.search(name) for name in named):
        yield "address", said
    for name, value in source.headers.items():
        if (_KEY.search(name) or name.lower() in ("authorization", "cookie")) and not SECRET.search(value):
            yield f"headers.{name}", said


def _wrong_headers(source: Source) -> Iterator[tuple[str, str]]:
    for name, value in source.headers.items():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name) or name.lower() in _OURS or not value.isascii():
            yield f"headers.{name}", "cannot be sent"


def _wrong_fields(source: Source) -> Iterator[tuple[str, str]]:
    for name, expressions in source.fields.items():
        if name not in TARGETS:
            yield f"fields.{name}", f"is no field of an item; there are {', '.join(TARGETS)}"
        for text in expressions:
            try:
                expression(text)
            except Unreadable as error:
                yield f"fields.{name}", str(error)


def _wrong_selectors(source: Source) -> Iterator[tuple[str, str]]:
    for name, selector in (*source.page.select.items(), *(("", selector) for selector in source.page.remove)):
        if name and name not in _TEXTS:
            yield f"page.select.{name}", f"is no text of a record; there are {', '.join(_TEXTS)}"
        try:
            soupsieve.compile(selector)
        except soupsieve.SelectorSyntaxError as error:
            place = f"page.select.{name}" if name else "page.remove"
            yield place, f"{selector!r} is no CSS selector: {str(error).splitlines()[0]}"
