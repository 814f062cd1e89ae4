"""A record as the Clearing-House of the Convention on Biological Diversity (CBD) keeps it: its document `resource`.

Field by field what is known, nothing else: what an editor has to add is in docs/clearing-house.md. Names of fields are
those of the schema; terms are given by their identifiers in the CBD's thesaurus.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from hub.record import SECTIONS, Decision, Link, Record
from hub.vocabulary import Vocabularies

Json = dict[str, Any]

# Fields that the schema wants and that no record can give; the others of its mandatory fields are given where they are
# known. A new document also gets an identifier from whoever submits it.
TO_ADD = ("authors", "organizations")
MANDATORY = ("title", "resourceTypes", *TO_ADD, "publicationDate", "resourceLinks", "summary", "cbdSubjects")

# "General library resource" of the thesaurus: an editor may choose one of its narrower types.
RESOURCE_TYPE = "6E27B530-7639-4091-AF58-9D61A77B4A28"

# Our themes that a subject of the CBD names or takes in whole. Most are broader or narrower in part and are left out;
# `related` of the vocabulary has these too.
SUBJECTS: Mapping[str, str] = {
    "eco-forest": "CBD-SUBJECT-FOR",
    "eco-freshwater": "CBD-SUBJECT-WTR",
    "eco-coast": "CBD-SUBJECT-MAR",
    "eco-marine": "CBD-SUBJECT-MAR",
    "eco-island": "CBD-SUBJECT-ISL",
    "thr-invasive": "CBD-SUBJECT-IAS",
    "act-protected": "CBD-SUBJECT-PA",
    "act-restoration": "CBD-SUBJECT-ECORES",
    "sec-agri": "CBD-SUBJECT-AGR",
    "sec-tourism": "CBD-SUBJECT-TOUR",
    "sec-business": "CBD-SUBJECT-BIZ",
    "sec-health": "CBD-SUBJECT-HH",
    "gov-abs": "CBD-SUBJECT-ABS",
    "ppl-iplc": "CBD-SUBJECT-ILC",
}
# Territories that the thesaurus does not have, as it lists the Parties and other States alone.
NO_COUNTRIES = {
    "ai", "aq", "as", "aw", "ax", "bl", "bm", "bq", "bv", "cc", "cw", "cx", "eh", "fk", "fo", "gf", "gg", "gi", "gl",
    "gp", "gs", "gu", "hk", "hm", "im", "io", "je", "ky", "mf", "mo", "mp", "mq", "ms", "nc", "nf", "pf", "pm", "pn",
    "pr", "re", "sh", "sj", "sx", "tc", "tf", "tk", "tw", "um", "vg", "vi", "wf", "xk", "yt",
}  # fmt: skip
_TARGET = re.compile("GBF-TARGET-[0-9]{2}")
_ISO = "ISO3166-"


def identifiers(record: Record, vocabularies: Vocabularies, *decisions: Decision) -> dict[str, list[str]]:
    """The targets, subjects and countries of a record by the identifiers of the CBD's thesaurus.

    Countries are in small letters by ISO 3166-1 alpha-2, territories too. `decisions` says which tags count.
    """
    themes = record.concepts("theme", *decisions)
    return {
        "targets": [one for one in record.concepts("target", *decisions) if _TARGET.fullmatch(one)],
        "subjects": list(dict.fromkeys(SUBJECTS[one] for one in themes if one in SUBJECTS)),
        "countries": [
            match.removeprefix(_ISO).lower()
            for one in record.concepts("country", *decisions)
            if (country := vocabularies["country"].find(one))
            for match in country.exact_match
            if match.startswith(_ISO)
        ],
    }


def resource_json(record: Record, vocabularies: Vocabularies, page: str, site: str) -> Json:
    """A record as the body of a document `resource`; `page` is its address on this site, which is called `site`.

    Tags count that a curator has accepted. Empty fields are left out.
    """
    known = identifiers(record, vocabularies, Decision.ACCEPTED)
    others = record.translations or {}
    source = vocabularies["source"].name_of(record.source, record.language)
    body = {
        "header": {"schema": "resource", "languages": [record.language, *others]},
        "title": {record.language: record.title, **{name: one.title for name, one in others.items()}},
        "summary": {record.language: record.abstract, **{name: one.abstract for name, one in others.items()}},
        "resourceTypes": _terms([RESOURCE_TYPE]),
        "publisher": _in(record.language, record.publisher),
        "source": _in(record.language, source),
        "publicationDate": record.issued,
        "rights": _in(record.language, ". ".join(text for text in (record.license, record.rights) if text)),
        "resourceLinks": [
            _link(record.url, record.title, record.language),
            *(_link(url, record.title) for url in record.also_at),
        ],
        "covers": [_media(one) for one in record.images],
        "countryRegions": _terms(one for one in known["countries"] if one not in NO_COUNTRIES),
        "gbfTargets": _terms(known["targets"]),
        "cbdSubjects": _terms(known["subjects"]),
        "relevantInformation": _in(record.language, _paragraphs(record)),
        "relevantDocuments": [
            _link(page, f"{record.title} – {site}", record.language),
            *(_media(one) for one in record.documents),
            *(_link(url, url) for url in record.references),
        ],
    }
    return {name: value for name, value in body.items() if value}


def _in(language: str, text: str) -> Json:
    """A text as the CBD writes texts: by language."""
    return {language: text} if text else {}


def _terms(names: Iterable[str]) -> list[Json]:
    return [{"identifier": name} for name in names]


def _link(url: str, name: str, language: str = "") -> Json:
    return {"url": url, "name": name, **({"language": language} if language else {})}


def _media(one: Link) -> Json:
    """A picture or document by what it is said to show, else by the name of its file."""
    return _link(one.url, one.alt or one.url.rstrip("/").rpartition("/")[2])


def _paragraphs(record: Record) -> str:
    """The texts of a record in paragraphs. This field is HTML there, so what was plain text is escaped."""
    texts = [getattr(record, name) for name in (*SECTIONS, "text")]
    found = [part for text in texts for part in text.split("\n\n") if part.strip()]
    return "".join(f"<p>{escape(part.strip())}</p>" for part in found)
