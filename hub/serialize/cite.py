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
    """The record, as it is kept on `site` at `address`, in every form we offer."""
    return (
        Citation("APA", _sentence(record, address, site)),
        Citation("BibTeX", _bibtex(record, address, site)),
        Citation("RIS", _ris(record, address, site)),
    )


def _year(record: Record) -> str:
    return (record.issued or record.provenance.first_seen)[:4]


def _author(record: Record) -> str:
    return record.publisher or (record.organisations[0] if record.organisations else site_of(record.url))


def site_of(url: str) -> str:
    """The host of an address without `www.`: what to call a source that has no better name."""
    return url.split("/")[2].removeprefix("www.")


def _sentence(record: Record, address: str, site: str) -> str:
    return f"{_author(record)} ({_year(record)}). {record.title}. {site}. {address}"


def _bibtex(record: Record, address: str, site: str) -> str:
    fields = {
        "title": record.title,
        "year": _year(record),
        "howpublished": site,
        "url": address,
        "note": f"Source: {record.url}",
    }
    # One organisation is one author, whatever words its name is made of.
    entry = Entry("misc", fields=fields, persons={"author": [Person(last="{" + _author(record) + "}")]})
    return str(BibliographyData({record.id: entry}).to_string("bibtex")).strip()


class _Ris(rispy.RisWriter):  # type: ignore[misc]
    """RIS without the running number that rispy prints above each entry."""

    def set_header(self, count: int) -> str:
        """Nothing."""
        return ""


def _ris(record: Record, address: str, site: str) -> str:
    entry = {
        "type_of_reference": "GEN",
        "authors": [_author(record)],
        "title": record.title,
        "year": _year(record),
        "publisher": site,
        "urls": [address, record.url],
        "abstract": " ".join(record.abstract.split()),
        "language": record.language,
    }
    return str(rispy.dumps([entry], implementation=_Ris)).strip()
