"""Whose each part of a record is and how it may be used: what LICENSE-corpus says, for all records and for one."""

from __future__ import annotations

from typing import Any

from hub.record import ORIGINAL, SECTIONS, Decision, Record

LICENSE = "CC BY 4.0"
LICENSE_URL = "https://creativecommons.org/licenses/by/4.0/"
# The words of LICENSE-corpus; a test holds them to it.
COVERED = (
    "the records with their titles, abstracts, descriptions and tags, and the vocabularies, "
    "as far as they are the project's own work"
)
CONDITIONS = "You may share and adapt them for any purpose if you name the source and say what you changed."
NOT_COVERED = (
    "the pages, documents and images that records link to: these belong to those who published them, under the terms "
    "stated there; the fields `license` and `rights` of a record say what is known about them",
    "words quoted from these sources, and names, terms and codes taken from others: the targets of the "
    "Kunming-Montreal Global Biodiversity Framework, ISO 3166 country codes and the M49 regions of the United Nations",
)

_TEXTS = ("title", "abstract", *SECTIONS, "text", "translations")
_THEIRS = ("source_tags", "images", "documents")  # always the source's


def text_license(record: Record) -> str:
    """The licence of abstract and texts; empty where they are the source's own words and it states none."""
    return record.license if record.provenance.words else LICENSE


def author(record: Record, site: str) -> str:
    """Whose words a record is in: those of its source where the record says so, else those of the site."""
    return origin(record) if record.provenance.words else site


def origin(record: Record) -> str:
    """What to call the source of a record: who published it, else the host of its page."""
    return record.publisher or site_of(record.url)


def site_of(url: str) -> str:
    """The host of an address without `www.`: what to call a source that has no better name."""
    return url.split("/")[2].removeprefix("www.")


def license_json() -> dict[str, Any]:
    """The licence of the collection: what it covers, on which conditions, and what not."""
    return {
        "name": LICENSE,
        "url": LICENSE_URL,
        "covers": COVERED,
        "conditions": CONDITIONS,
        "does_not_cover": list(NOT_COVERED),
    }


def terms_json(record: Record) -> dict[str, Any]:
    """Which fields of a record are the project's own, and which are its source's, each with the licence.

    `license` and `rights` of the source are None where it does not state them. `tags.evidence` are the quotations in
    tags. What stands in neither list is data on the case, such as years and names.
    """
    texts = [name for name in _TEXTS if getattr(record, name)]
    copied = record.provenance.words == "source"
    theirs = [*(texts if copied else ()), *(name for name in _THEIRS if getattr(record, name))]
    tags = [tag for tag in record.tags if tag.decision is not Decision.REJECTED]
    if any(tag.evidence and (copied or tag.evidence.field in (ORIGINAL, "source_tags")) for tag in tags):
        theirs.append("tags.evidence")
    own = [*(() if copied else texts), *(("tags",) if tags else ())]
    return {
        "own": {"license": LICENSE, "license_url": LICENSE_URL, "fields": own},
        "source": {
            "license": record.license or None,
            "rights": record.rights or None,
            "publisher": record.publisher or None,
            "url": record.url,
            "fields": theirs,
        },
    }
