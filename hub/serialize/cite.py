"""A record as a reference: a plain sentence, BibTeX, RIS and CSL-JSON."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import rispy
from pybtex.database import BibliographyData, Entry, Person
from pybtex.database.output.bibtex import Writer

from hub.record import Record
from hub.serialize.terms import author, origin, text_license

NOT_STATED = "not stated"


@dataclass(frozen=True)
class Citation:
    """One form of a citation: the name of the form and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Reference:
    """What a citation of a record is made of, whatever its form.

    The text is the site's own, and what it is based on is named beside it (`relation`, `origin`, `url`); or its
    source's, who is then the author. `date` is when that text came to the site, or to the public where it is the
    source's own. `address` is where the record is kept.
    """

    record: Record
    address: str
    site: str

    @property
    def author(self) -> str:
        """Whose text it is."""
        return author(self.record, self.site)

    @property
    def date(self) -> str:
        """A year, month or day (ISO 8601)."""
        own = self.record.modified or self.record.provenance.first_seen
        return (self.record.issued or own) if self.record.provenance.words else own

    @property
    def year(self) -> str:
        """The year of that."""
        return self.date[:4]

    @property
    def title(self) -> str:
        """The title as it is printed."""
        return dash(self.record.title)

    @property
    def relation(self) -> str:
        """What the source is to the text."""
        return "Source" if self.record.provenance.words else "Based on"

    @property
    def origin(self) -> str:
        """What to call the source."""
        return origin(self.record)

    @property
    def basis(self) -> str:
        """The source in one line."""
        return f"{self.relation}: {self.origin}, {self.record.url}"

    @property
    def licences(self) -> str:
        """The licences of the text and of its source in one line."""
        text, source = text_license(self.record) or NOT_STATED, self.record.license or NOT_STATED
        rights = f"; {self.record.rights}" if self.record.rights else ""
        return _one_line(f"Licence of this text: {text}. Licence of the source: {source}{rights}")


def citations(record: Record, address: str, site: str) -> tuple[Citation, ...]:
    """The record, as it is kept on `site` at `address`, in the forms that people copy."""
    found = Reference(record, address, site)
    return (
        Citation("APA", f"{found.author} ({found.year}). {found.title}. {address}. {found.basis}"),
        Citation("BibTeX", bibtex(found)),
        Citation("RIS", ris(found)),
    )


# What would be a command or a formula in TeX, or group; the library sees to the other signs.
_TEX = str.maketrans(
    {"{": "(", "}": ")", "\\": r"\textbackslash{}", "$": r"\$", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
)


def dash(title: str) -> str:
    """A title with a real dash where the source typed a hyphen between words."""
    return title.replace(" - ", " – ")


def bibtex(reference: Reference) -> str:
    """An entry of BibTeX. Its key is the id of the record, which no other has."""
    fields = {
        "title": reference.title,
        "year": reference.year,
        "note": reference.basis,
        "copyright": reference.licences,
    }
    plain = {name: text.translate(_TEX) for name, text in fields.items()}
    # One organisation is one author, whatever words its name is made of.
    author = Person(last="{" + reference.author.translate(_TEX) + "}")
    printed = io.StringIO()
    # `to_string` would look for the writer among all installed packages, each time.
    Writer("UTF-8").write_stream(
        BibliographyData({reference.record.id: Entry("misc", fields=plain, persons={"author": [author]})}), printed
    )
    text = printed.getvalue().strip()
    # An address must not be escaped.
    return f'{text.removesuffix("}").rstrip()},\n    url = "{reference.address}"\n}}'


class _Ris(rispy.RisWriter):  # type: ignore[misc]
    """RIS without the running number that rispy prints above each entry."""

    def set_header(self, count: int) -> str:
        """Nothing."""
        return ""


def ris(reference: Reference) -> str:
    """An entry of RIS."""
    entry = {
        "type_of_reference": "GEN",
        "authors": [reference.author],
        "title": reference.title,
        "year": reference.year,
        "urls": [reference.address],
        "notes": [reference.basis, reference.licences],
        "abstract": _one_line(reference.record.abstract),
        "language": reference.record.language,
    }
    return str(rispy.dumps([entry], implementation=_Ris)).strip()


def csl(reference: Reference) -> dict[str, Any]:
    """An item of CSL-JSON, which has no field for a licence: it stands in the note."""
    return {
        "id": reference.record.id,
        "type": "webpage",
        "title": reference.title,
        "author": [{"literal": reference.author}],
        "issued": {"date-parts": [[int(part) for part in reference.date[:10].split("-")]]},
        "container-title": reference.site,
        "URL": reference.address,
        "abstract": _one_line(reference.record.abstract),
        "language": reference.record.language,
        "note": f"{reference.basis}. {reference.licences}",
    }


def _one_line(text: str) -> str:
    return " ".join(text.split())
