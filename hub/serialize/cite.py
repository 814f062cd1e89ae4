"""A record as a citation: a plain sentence, BibTeX and RIS."""

from __future__ import annotations

from dataclasses import dataclass

import rispy
from pybtex.database import BibliographyData, Entry, Person

from hub.record import Record


@dataclass(frozen=True)
class Citation:
    """One form of a citation: the name of the form and its text."""

    name: str
    text: str


def citations(record: Record, address: str, site: str) -> tuple[Citation, ...]:
    """The record, as it is kept on `site` at `address`, in every form we offer.

    The text is the site's own, and what it is based on is named beside it; or its source's, who is then the author.
    """
    return (
        Citation("APA", _sentence(record, address, site)),
        Citation("BibTeX", _bibtex(record, address, site)),
        Citation("RIS", _ris(record, address, site)),
    )


_BRACES = str.maketrans("{}", "()")  # they group in BibTeX


def site_of(url: str) -> str:
    """The host of an address without `www.`: what to call a source that has no better name."""
    return url.split("/")[2].removeprefix("www.")


def _author(record: Record, site: str) -> str:
    return (record.publisher or site_of(record.url)) if record.provenance.words else site


def _year(record: Record) -> str:
    """The year in which the text that is cited came to the site, or to the public where it is the source's own."""
    own = record.modified or record.provenance.first_seen
    return ((record.issued or own) if record.provenance.words else own)[:4]


def _basis(record: Record) -> str:
    relation = "Source" if record.provenance.words else "Based on"
    return f"{relation}: {record.publisher or site_of(record.url)}, {record.url}"


def dash(title: str) -> str:
    """A title with a real dash where the source typed a hyphen between words."""
    return title.replace(" - ", " – ")


def _sentence(record: Record, address: str, site: str) -> str:
    return f"{_author(record, site)} ({_year(record)}). {dash(record.title)}. {address}. {_basis(record)}"


def _bibtex(record: Record, address: str, site: str) -> str:
    fields = {"title": dash(record.title), "year": _year(record), "note": _basis(record)}
    plain = {name: text.translate(_BRACES) for name, text in fields.items()}
    # One organisation is one author, whatever words its name is made of.
    entry = Entry(
        "misc", fields=plain, persons={"author": [Person(last="{" + _author(record, site).translate(_BRACES) + "}")]}
    )
    text = str(BibliographyData({record.id: entry}).to_string("bibtex")).strip()
    return f'{text.removesuffix("}").rstrip()},\n    url = "{address}"\n}}'  # an address must not be escaped


class _Ris(rispy.RisWriter):  # type: ignore[misc]
    """RIS without the running number that rispy prints above each entry."""

    def set_header(self, count: int) -> str:
        """Nothing."""
        return ""


def _ris(record: Record, address: str, site: str) -> str:
    entry = {
        "type_of_reference": "GEN",
        "authors": [_author(record, site)],
        "title": dash(record.title),
        "year": _year(record),
        "urls": [address],
        "notes": [_basis(record)],
        "abstract": " ".join(record.abstract.split()),
        "language": record.language,
    }
    return str(rispy.dumps([entry], implementation=_Ris)).strip()
