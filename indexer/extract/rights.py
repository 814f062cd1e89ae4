"""Under which licence a page stands, whose rights it names, and which office answers for it."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from indexer.extract.facts import Facts
from indexer.extract.meta import Head
from indexer.harvest.values import license_of, mailbox_of

_CREATIVE = re.compile(r"^CC(?:0| BY)|^Public domain$")
_NAMED = re.compile(r"licen[cs]e|licence|licencia|lizenz|licenza|public domain|open government|odbl|etalab", re.I)
_DEED = re.compile(r"creativecommons\.org/(?:licenses|publicdomain)/")
_MAIL = re.compile(r"^mailto:", re.I)
_LONGEST = 200  # characters of a licence's name


def license_and_rights(page: BeautifulSoup, head: Head, facts: Facts) -> tuple[str, str]:
    """The licence, in its usual short form where it is Creative Commons, and the statement of rights if any.

    Links to a licence in the text count only where all of them name the same one, and none belongs to a picture.
    """
    stated = [
        *facts.texts("license"),
        *head.links.get("license", ()),
        *head.every("dc.license", "dc.rights.license", "license"),
    ]
    rights = [
        *head.every("dc.rights", "rights", "copyright"),
        *facts.texts("copyrightNotice", "usageInfo", "conditionsOfAccess"),
    ]
    found = [license_of(text) for text in stated]
    found += [
        text
        for text in map(license_of, rights)
        if _CREATIVE.match(text) or (_NAMED.search(text) and len(text) <= _LONGEST)
    ]
    links = page.find_all("a", href=_DEED, limit=50)
    linked = {license_of(str(link["href"])) for link in links if not link.find_parent(("figure", "figcaption"))}
    if len(linked) == 1:
        found += linked
    license_ = next((text for text in found if _CREATIVE.match(text)), next(iter(found), ""))
    statement = next((text for text in rights if license_of(text) != license_ and "://" not in text[:8]), "")
    return license_, statement[:2000]


def contact(page: BeautifulSoup, facts: Facts) -> str:
    """The mailbox of an office, never a person's."""
    links = [str(link["href"])[len("mailto:") :] for link in page.find_all("a", href=_MAIL, limit=50)]
    return next((box for text in (*facts.texts("email"), *links) if (box := mailbox_of(text.partition("?")[0]))), "")
