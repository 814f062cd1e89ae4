"""A record as a few plain facts with the names of its concepts: what tables, maps and lists print of it."""

from __future__ import annotations

from gettext import NullTranslations
from typing import Any

from hub.record import Record
from hub.serialize.terms import text_license
from hub.vocabulary import Vocabularies

# Of these each record has notations, and names beside them.
_TAGGED = {"targets": "target", "themes": "theme", "countries": "country", "regions": "region"}
COLUMNS = (
    "id", "title", "abstract", "language", "type", *(f"{name}{end}" for name in _TAGGED for end in ("", "_names")),
    "place", "lat", "lon", "precision", "began", "ended", "evidence_level", "organisations", "publisher", "source",
    "url", "license", "rights", "abstract_license", "issued", "modified", "link",
)  # fmt: skip


def facts(record: Record, vocabularies: Vocabularies, language: str, link: str) -> dict[str, Any]:
    """One value for each of COLUMNS, empty where the record does not say: text, number, or a list of texts.

    Names are in `language`; titles and abstracts in the record's own. `link` is the record's page.
    """
    found: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    plain = ("id", "title", "abstract", "language", "type", "place", "began", "ended", "evidence_level", "publisher")
    for name in (*plain, "source", "url", "license", "rights", "issued", "modified"):
        found[name] = getattr(record, name)
    for name, vocabulary in _TAGGED.items():
        concepts = record.concepts(vocabulary)
        known = [vocabularies[vocabulary].find(concept) for concept in concepts]
        found[name] = [one.notation if one else concept for one, concept in zip(known, concepts, strict=True)]
        found[f"{name}_names"] = [
            one.label(language) if one else concept for one, concept in zip(known, concepts, strict=True)
        ]
    if record.point:
        found |= {"lat": record.point.lat, "lon": record.point.lon, "precision": record.point.precision}
    return {
        **found,
        "organisations": list(record.organisations),
        "abstract_license": text_license(record),
        "link": link,
    }


def years(record: Record, words: NullTranslations) -> str:
    """`2014–2019`, `since 2014`, `2014`, or nothing."""
    began, ended = record.began[:4], record.ended[:4]
    if began and ended and began != ended:
        return f"{began}–{ended}"
    if began and not ended:
        return words.gettext("since %(year)s") % {"year": began}
    return began or ended


def places(record: Record, vocabularies: Vocabularies, language: str, words: NullTranslations, most: int = 3) -> str:
    """`Germany, Poland and 3 more`; the regions where no country is named."""
    names = [vocabularies["country"].name_of(c, language) for c in record.concepts("country")]
    names = names or [vocabularies["region"].name_of(c, language) for c in record.concepts("region")]
    if len(names) > most + 1:
        shown = {"places": ", ".join(names[:most]), "number": len(names) - most}
        return words.gettext("%(places)s and %(number)d more") % shown
    return ", ".join(names)
