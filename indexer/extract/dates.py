"""When a page was published and last changed, and when the work it tells of was done."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from htmldate import find_date
from lxml.html import HtmlElement

from indexer.extract.facts import Facts
from indexer.extract.meta import Head
from indexer.harvest.values import date_of

_FIRST = "1971"  # a page of 1970 is one without a date
_FIRST_SHOWN = "2000-01-01"  # an older date in the text of a page is one that the text tells of
_ISSUED = (
    "article:published_time", "datepublished", "dc.issued", "dc.date.issued", "citation_publication_date",
    "citation_date", "citation_online_date", "dc.date", "dc.created", "dc.date.created", "parsely-pub-date",
    "pubdate", "publish-date", "publication_date", "date", "og:published_time", "sailthru.date",
)  # fmt: skip
_MODIFIED = (
    "article:modified_time", "og:updated_time", "datemodified", "dc.modified", "dc.date.modified", "last-modified",
    "revised", "article:modified",
)  # fmt: skip


def issued_and_modified(tree: HtmlElement | None, head: Head, facts: Facts, url: str) -> tuple[str, str]:
    """ISO dates of publication and of the last change; what is declared comes before what the text shows."""
    issued = _sane([*facts.texts("datePublished"), *head.every(*_ISSUED), *facts.texts("dateCreated")])
    modified = _sane([*facts.texts("dateModified"), *head.every(*_MODIFIED)])
    issued = issued or _shown(tree, url)
    known = min(len(issued), len(modified))
    return issued, modified if not issued or modified[:known] >= issued[:known] else ""


def _sane(texts: Iterable[str]) -> str:
    latest = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    return next((date for text in texts if (date := date_of(text)) and _FIRST <= date <= latest), "")


def _shown(tree: HtmlElement | None, url: str) -> str:
    if tree is None:
        return ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the parsers of dates that it calls
        try:
            found = find_date(tree, extensive_search=False, original_date=True, url=url, min_date=_FIRST_SHOWN)
        except Exception:  # any page may come, and a page without a date is one too
            return ""
    return _sane([found or ""])


def began_and_ended(facts: Facts) -> tuple[str, str]:
    """The years or dates that a page's `temporalCoverage` gives for the work."""
    for text in facts.texts("temporalCoverage", "temporal"):
        parts = (
            text.split("/")
            if text.count("/") == 1
            else re.split(r"\s+[-\u2013]\s+|(?<=^\d{4})[-\u2013](?=\d{4}$)", text)
        )
        began, ended = (date_of(parts[0]), date_of(parts[1])) if len(parts) == 2 else (date_of(text), "")
        if began or ended:
            known = min(len(began), len(ended))
            return began, ended if began[:known] <= ended[:known] else ""
    return "", ""
