"""Records as a list of evidence by target, in Markdown: to be pasted into a national report and gone on from there.

Headings, lists and links only, and nothing of a record is Markdown: every character that could be is escaped, for
CommonMark, GitHub and pandoc alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from gettext import NullTranslations

from hub.record import Record
from hub.serialize.export import Extent, Site
from hub.serialize.facts import places, years
from hub.serialize.terms import text_license
from hub.vocabulary import Concept

# Control characters, and those that turn the direction of all that follows.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_SIGNS = re.compile(r"[\\`*_{}\[\]<>#~^$@|&]")
_START = re.compile(r"^(\(?(?:\d+|[a-z]|[ivxlcdm]+)?)(?=[-+.):%])", re.IGNORECASE)  # of a list, of a definition
_BARE = re.compile(r"(?<=[a-z])(?=://)|(?<=\bwww)(?=\.)", re.IGNORECASE)  # what GitHub makes links of
_IN_ADDRESS = {ord(sign): f"%{ord(sign):02X}" for sign in ' <>\\"`'}
_ENTITY = re.compile(r"&(?=#?\w+;)")


@dataclass(frozen=True)
class Chapter:
    """The records of one target; of none where they do not state any. `total` are there, `records` are to be shown."""

    target: Concept | None
    total: int
    records: Iterable[Record]


@dataclass(frozen=True)
class Occasion:
    """What the list is of, in words, with the address of it as a page, and the day on which it is made."""

    asked: str
    address: str
    day: str


def evidence_list(
    chapters: Iterable[Chapter], site: Site, extent: Extent, occasion: Occasion, words: NullTranslations
) -> Iterator[str]:
    """The list, piece by piece; `extent` says how many records a chapter has at most. `words` are the interface's."""
    title = words.gettext("Case studies by target of the Global Biodiversity Framework")
    yield f"# {escaped(title)}\n\n"
    if occasion.asked:
        yield f"{escaped(_named(words.gettext('Search'), occasion.asked, words))}\n\n"
    count = words.ngettext("%(num)s case", "%(num)s cases", extent.total) % {"num": extent.total}
    yield f"{escaped(count)} · {escaped(site.name)} · {escaped(occasion.day)} · {_link('', occasion.address)}\n\n"
    if extent.missing:
        gone = _named(words.gettext("Not in the collection"), ", ".join(extent.missing), words)
        yield f"{escaped(gone)}\n\n"
    for chapter in chapters:
        yield _heading(chapter, site, extent, words)
        for record in chapter.records:
            yield _case(record, chapter.target, site, words)


def escaped(text: str) -> str:
    """A text in one line, in which nothing is Markdown."""
    plain = _UNSEEN.sub("", " ".join(text.split())).strip()
    return _START.sub(r"\1\\", _BARE.sub(r"\\", _SIGNS.sub(r"\\\g<0>", plain)), count=1)


def _link(text: str, address: str) -> str:
    """A link; where it has no text it shows its address."""
    target = _ENTITY.sub(r"\&", address.translate(_IN_ADDRESS))
    return f"[{escaped(text or address)}](<{target}>)"


def _named(name: str, value: str, words: NullTranslations) -> str:
    return words.gettext("%(name)s: %(value)s") % {"name": name, "value": value}


def _heading(chapter: Chapter, site: Site, extent: Extent, words: NullTranslations) -> str:
    target = chapter.target
    name, official = words.gettext("No target stated"), ""
    if target:
        label, official = target.label(site.language), target.title.get(site.language, "")
        name = _named(f"{words.gettext('Target')} {target.notation}", label, words)
    lines = [f"## {escaped(name)}"]
    if official:
        lines.append(escaped(official))
    if chapter.total > extent.most:
        cut = words.gettext("The first %(given)s of %(total)s cases; a narrower search shows the others.")
        lines.append(escaped(cut % {"given": extent.most, "total": chapter.total}))
    return "".join(f"{line}\n\n" for line in lines)


def _case(record: Record, target: Concept | None, site: Site, words: NullTranslations) -> str:
    reference = site.reference(record)
    page = site.address("html", record.id)
    cited = (
        f"{escaped(reference.author)} ({reference.year}). {escaped(reference.title)}. {_link('', reference.address)}. "
        f"{escaped(_named(_relation(record, words), reference.origin, words))}, {_link('', record.url)}"
    )
    unknown = words.gettext("not stated")
    facts = [
        (words.gettext("Place"), escaped(_where(record, site, words))),
        (words.gettext("Years"), escaped(years(record, words))),
        (words.gettext("Language"), escaped(_language(record, site))),
        (words.gettext("Other targets"), escaped(", ".join(_others(record, target, site)))),
        (words.gettext("Citation"), cited),
        (words.gettext("Licence of this text"), escaped(text_license(record) or unknown)),
        (words.gettext("Licence of the source"), escaped(record.license or unknown)),
    ]
    lines = "".join(f"- {_named(escaped(name), value, words)}\n" for name, value in facts if value)
    return f"### {_link(reference.title, page)}\n\n{escaped(record.abstract)}\n\n{lines}\n"


def _relation(record: Record, words: NullTranslations) -> str:
    return words.gettext("Source") if record.provenance.words else words.gettext("Based on")


def _where(record: Record, site: Site, words: NullTranslations) -> str:
    where = places(record, site.vocabularies, site.language, words)
    return " · ".join(part for part in (where, record.place) if part)


def _language(record: Record, site: Site) -> str:
    """The language of a record, where it is not the reader's."""
    if record.language == site.language:
        return ""
    return site.vocabularies["language"].name_of(record.language, site.language)


def _others(record: Record, target: Concept | None, site: Site) -> list[str]:
    known = map(site.vocabularies["target"].find, record.concepts("target"))
    return [one.notation for one in known if one and one != target]
