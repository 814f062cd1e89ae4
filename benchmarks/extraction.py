"""How well pages are read, on pages with known text, title and language; beside trafilatura and readability alone.

    python -m benchmarks.extraction ../shared/harvest/fixtures

Prints for each set the mean F1 of words, the share of right titles (strict: the expected words; lenient: also the
page's own heading or declared title, with or without the site's name) and languages, and milliseconds per page.
"""

from __future__ import annotations

import gzip
import json
import logging
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.readability_lxml import Document
from trafilatura.utils import load_html

from hub.record import SECTIONS
from indexer.extract.page import extract
from indexer.harvest.item import Item, Unreadable
from indexer.harvest.plain import line, plain, soup

NOWHERE = "https://www.example.org/some/page"
_ENGLISH = "en"  # the article benchmark's pages are, where they say nothing else
_TEXTS = (*SECTIONS, "text")


@dataclass
class Case:
    """A page with what is known of it; what is not known is empty."""

    name: str
    body: bytes
    url: str = NOWHERE
    text: str = ""
    title: str = ""
    language: str = ""
    phrases: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


@dataclass
class Result:
    """What was measured on one set."""

    f1: list[float] = field(default_factory=list)
    strict: list[bool] = field(default_factory=list)
    lenient: list[bool] = field(default_factory=list)
    language: list[bool] = field(default_factory=list)
    phrases: list[bool] = field(default_factory=list)
    foreign: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def articles(folder: Path) -> Iterator[Case]:
    """Compressed pages with the text of their articles."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, data in expected.items():
        body = gzip.decompress((folder / name).read_bytes())
        yield Case(name[:12], body, data.get("url") or NOWHERE, data["articleBody"])


def reader_pages(folder: Path) -> Iterator[Case]:
    """Pages with what a browser's reading mode makes of them."""
    for path in sorted(folder.glob("*.source.html")):
        name = path.name.removesuffix(".source.html")
        data = json.loads((folder / f"{name}.expected-metadata.json").read_text(encoding="utf-8"))
        text = plain((folder / f"{name}.expected.html").read_text(encoding="utf-8"))
        yield Case(name, path.read_bytes(), NOWHERE, text, data.get("title") or "", data.get("lang") or "")


def phrase_pages(folder: Path) -> Iterator[Case]:
    """Pages with phrases that their text must hold, and must not."""
    expected = json.loads((folder / "expected-trafilatura.json").read_text(encoding="utf-8"))
    for name, data in expected.items():
        path = folder / name.rpartition("/")[2]
        case = Case(path.name, path.read_bytes(), data["url"], title=data.get("title") or "")
        case.phrases, case.foreign = tuple(data["with"]), tuple(data["without"])
        yield case


SETS: Mapping[str, Callable[[Path], Iterator[Case]]] = {
    "html-pages-article-benchmark": articles,
    "html-pages-with-expected": reader_pages,
    "html-pages": phrase_pages,
}


def words(text: str) -> Counter[str]:
    """The words of a text, counted."""
    return Counter(re.findall(r"\w+", text.lower()))


def f1(text: str, expected: str) -> float:
    """Harmonic mean of the shares of words that are right and that are found."""
    found, wanted = words(text), words(expected)
    common = (found & wanted).total()
    return 2 * common / (found.total() + wanted.total()) if common else 0.0


def ours(case: Case) -> Item:
    """A page as we read it; an empty item where it is refused."""
    try:
        return extract(case.body, case.url)
    except Unreadable:
        return Item()


def trafilatura_alone(case: Case) -> Item:
    """A page as trafilatura reads it."""
    found: Any = bare_extraction(case.body, url=case.url, include_comments=False, with_metadata=True)
    return Item(text=found.text or "", title=found.title or "") if found else Item()


def readability_alone(case: Case) -> Item:
    """A page as an implementation of readability reads it."""
    tree = load_html(case.body)
    document = Document(tree) if isinstance(tree, HtmlElement) else None
    title = tree.findtext(".//title") if isinstance(tree, HtmlElement) else ""
    return Item(text=plain(str(document.summary())), title=line(title or "")) if document else Item()


READERS: Mapping[str, Callable[[Case], Item]] = {
    "ours": ours,
    "trafilatura": trafilatura_alone,
    "readability": readability_alone,
}


def _key(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def titles_of(case: Case) -> list[str]:
    """What a person may call the page: what is expected, and the page's own headings and declared titles near to it."""
    page = soup(case.body.decode("utf-8", "replace"))
    own = [line(h1.get_text(" ")) for h1 in page.find_all("h1")]
    own += [str(meta.get("content")) for meta in page.select('meta[property="og:title"]')]
    wanted = set(_key(case.title).split())
    return [case.title, *(text for text in own if len(wanted & set(_key(text).split())) * 2 > len(wanted))]


def is_called(title: str, names: list[str]) -> bool:
    """Whether a title is one of the names, or one of them without the site's name before or behind it."""
    for name in names:
        rest = name.replace(title, "", 1).strip() if title and name.startswith(title) else ""
        front = name.removesuffix(title).strip() if title and name.endswith(title) else ""
        if _key(title) == _key(name) or re.match(r"\W", rest) or re.search(r"\W$", front):
            return True
    return False


def measure(cases: Iterator[Case], reader: Callable[[Case], Item]) -> Result:
    """Reads every page of a set and compares."""
    result = Result()
    for case in cases:
        started = time.perf_counter()
        item = reader(case)
        result.seconds.append(time.perf_counter() - started)
        text = "\n\n".join(part for name in _TEXTS if (part := getattr(item, name)))
        if case.text:
            result.f1.append(f1(text, case.text))
        if case.title:
            result.strict.append(_key(item.title) == _key(case.title))
            result.lenient.append(is_called(item.title, titles_of(case)))
            if not result.lenient[-1]:
                result.wrong.append(f"{case.name}: title {item.title!r}, not {case.title!r}")
        if case.language:
            result.language.append(item.language.split("-")[0] == case.language.split("-")[0])
        flat = line(text)
        result.phrases += [line(phrase) in flat for phrase in case.phrases]
        result.foreign += [line(phrase) not in flat for phrase in case.foreign]
    return result


def row(name: str, result: Result) -> str:
    """One line of the table."""

    def mean(values: Sequence[float]) -> str:
        return f"{sum(values) / len(values):8.3f}" if values else "       -"

    times = f"{statistics.median(result.seconds) * 1000:6.0f}{max(result.seconds) * 1000:6.0f}"
    parts = (result.f1, result.strict, result.lenient, result.language, result.phrases, result.foreign)
    return f"{name:12}{''.join(mean(part) for part in parts)}  {times}"


def main() -> None:
    """Measure the sets of a folder, print a table for each."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("Give the folder of the sets of pages.")
    logging.disable(logging.CRITICAL)
    for name, read in SETS.items():
        folder = Path(sys.argv[1]) / name
        if not folder.is_dir():
            continue
        print(f"\n{name}\n{'':12}      F1  strict lenient    lang    with without     ms   max")
        for reader_name, reader in READERS.items():
            result = measure(read(folder), reader)
            print(row(reader_name, result))
            if reader is ours:
                print("\n".join(f"    {text}" for text in result.wrong), end="\n" if result.wrong else "")


if __name__ == "__main__":
    main()
