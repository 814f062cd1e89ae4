"""Records to take along: all of a search, a chosen list, or one, in the formats of tables, maps and references.

Files are sent as they are made, so many at once and no more. A file has at most MOST records: where there are more its
name says so, and `X-Total-Count` how many. Dates are those of the index, so that the same index gives the same file.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from urllib.parse import quote

from babel.dates import format_date
from flask import Blueprint, Response

from hub.errors import Busy, InvalidRequest
from hub.ids import slug
from hub.query import SearchRequest, filters_of
from hub.record import Record
from hub.search import PARAMETERS, SearchService, single
from hub.serialize import export
from hub.serialize.evidence import Chapter, Occasion, evidence_list
from hub.serialize.export import BYTE_ORDER_MARK, Extent, Site
from hub.vocabulary import NOT_STATED, Concept, Vocabulary
from hub.web import results
from hub.web.api import addresses
from hub.web.chosen import Chosen, chosen, ids_of
from hub.web.hub import Given, address, given, hub
from hub.web.language import catalogue, gettext, here, language, locale_of
from hub.web.params import FORM_ONLY, from_form, query_string

exports = Blueprint("exports", __name__)

MOST = 100_000  # records of one file
MOST_BY_TARGET = 500  # records of one target in the list of evidence, which people read
CHUNK = 16_384  # characters that are sent together
MAX_HEADER = 3_000  # characters of the ids that are missing: servers on the way take no long headers
SEPARATORS = {"fr": ";", "es": ";"}  # of a table where the comma stands in numbers, as Excel expects it there


@dataclass(frozen=True)
class Format:
    """A kind of file: its media type and what writes it."""

    media: str
    write: export.Writer


FORMATS = {
    "csv": Format("text/csv", export.csv_table),
    "jsonl": Format("application/jsonl", export.json_lines),
    "geojson": Format("application/geo+json", export.geojson),
    "ris": Format("application/x-research-info-systems", export.ris_file),
    "bib": Format("application/x-bibtex", export.bibtex_file),
    "csl.json": Format("application/vnd.citationstyles.csl+json", export.csl_json),
}
MARKDOWN = "md"
MARKDOWN_MEDIA = "text/markdown"
MEDIA = (*(one.media for one in FORMATS.values()), MARKDOWN_MEDIA)
_ANY = ",".join(f'"{name}"' for name in (*FORMATS, MARKDOWN))
_SINGLE = '"ris","bib","csl.json"'


@exports.get(f"/search.<any({_ANY}):kind>")
def search(kind: str) -> Response:
    """All records of a search, in its order."""
    parameters = _given(kind, *PARAMETERS, *FORM_ONLY)
    asked = hub().search.request(from_form(parameters), language())
    stem = " ".join(part for part in (asked.q, *(f"{name} {' '.join(v)}" for name, v in asked.filters)) if part)
    if kind == MARKDOWN:
        return _evidence_of_search(asked, stem)
    every = hub().search.every(asked)
    return _file(kind, every.records, Extent(every.total, MOST), stem, _for_excel(parameters))


@exports.get(f"/list.<any({_ANY}):kind>")
def chosen_list(kind: str) -> Response:
    """The records of a list, in its order; those that are not there any more are left out."""
    parameters = _given(kind, "id")
    ids = ids_of(parameters.get("id", ()))
    if not ids:
        raise InvalidRequest("id", "A list needs cases: add id=… for each, as in the address of its page.")
    found = chosen(ids, hub().search.engine)
    extent = Extent(len(found.records), MOST, found.missing)
    if kind == MARKDOWN:
        occasion = _occasion(gettext("My list"), here("my_list") + found.query)
        targets = hub().search.vocabularies()["target"]
        return _evidence(_chapters_of_list(found, targets), extent, occasion, "my list")
    return _file(kind, found.records, extent, "my list", _for_excel(parameters))


@exports.get(f"/records/<record_id>.<any({_SINGLE}):kind>")
def record(record_id: str, kind: str) -> Response:
    """One record as a reference."""
    given()
    found = hub().search.engine.get(record_id)
    body = "".join(FORMATS[kind].write((found,), _site(), Extent(1, 1)))
    return _attached(Response(body, content_type=_content_type(FORMATS[kind].media)), f"{found.id}.{kind}")


def _given(kind: str, *known: str) -> Given:
    """The parameters of the request; a table may have a byte order mark too."""
    return given(*known, *(("bom",) if kind == "csv" else ()))


def _for_excel(parameters: Given) -> bool:
    """Whether a table is to be one that Excel opens with a double click."""
    value = single(parameters, "bom", "0")
    if value not in ("0", "1"):
        raise InvalidRequest("bom", f"bom must be one of 0, 1, not {value!r}.", value, ("0", "1"))
    return value == "1"


def _file(kind: str, records: Iterable[Record], extent: Extent, stem: str, excel: bool) -> Response:
    some, mark = islice(records, MOST), ""
    if excel:
        mark, texts = BYTE_ORDER_MARK, export.csv_table(some, _site(), extent, SEPARATORS.get(language(), ","))
    else:
        texts = FORMATS[kind].write(some, _site(), extent)
    return _streamed(chain((mark,), texts), FORMATS[kind].media, extent, _name(stem, kind, extent))


def _evidence_of_search(asked: SearchRequest, stem: str) -> Response:
    found = hub().search.search(replace(asked, page=1, per_page=0))
    words = [gettext("“%(text)s”", text=asked.q)] if asked.q else []
    words += [label for label, _ in results.chips(found)]
    occasion = _occasion("; ".join(words), here("search") + query_string(asked, page=None, per_page=None, explain=None))
    chapters = _chapters_of_search(asked, hub().search)
    return _evidence(chapters, Extent(found.results.total, MOST_BY_TARGET), occasion, stem)


def _occasion(asked: str, path: str) -> Occasion:
    day = format_date(_day(), "long", locale=locale_of(language()))
    return Occasion(asked, address(path), day)


def _evidence(chapters: Iterator[Chapter], extent: Extent, occasion: Occasion, stem: str) -> Response:
    texts = evidence_list(chapters, _site(), extent, occasion, catalogue(language()))
    return _streamed(texts, MARKDOWN_MEDIA, extent, _name(stem, MARKDOWN))


def _chapters_of_search(asked: SearchRequest, search: SearchService) -> Iterator[Chapter]:
    """The records of each target that is asked for, by one search for each, so that none has to be kept."""
    for target in _asked_for(asked, search.vocabularies()["target"]):
        value = target.notation if target else NOT_STATED
        every = search.every(replace(asked, filters=filters_of({**dict(asked.filters), "target": (value,)})))
        if every.total:
            yield Chapter(target, every.total, islice(every.records, MOST_BY_TARGET))


def _asked_for(asked: SearchRequest, targets: Vocabulary) -> list[Concept | None]:
    """The targets whose records are asked for, and None for records without one."""
    chosen_values = dict(asked.filters).get("target", ())
    if not chosen_values:
        return [*targets.assignable, None]
    within = {targets.get(value).id for value in chosen_values if value != NOT_STATED}
    found: list[Concept | None] = [
        target for target in targets.assignable if within.intersection((target.id, *targets.ancestors(target.id)))
    ]
    return [*found, None] if NOT_STATED in chosen_values else found


def _chapters_of_list(found: Chosen, targets: Vocabulary) -> Iterator[Chapter]:
    """The same for records that are at hand."""
    for target in (*targets.assignable, None):
        records = [record for record in found.records if _is_of(record, target, targets)]
        if records:
            yield Chapter(target, len(records), records)


def _is_of(record: Record, target: Concept | None, targets: Vocabulary) -> bool:
    stated = [targets.find(one) for one in record.concepts("target")]
    return target in stated if target else not stated


def _site() -> Site:
    named = addresses("en")
    tag, service = language(), hub().search
    return Site(hub().config.site_name, tag, service.vocabularies(), addresses(tag), lambda one: named("html", one))


def _day() -> date:
    """The day of the index."""
    return date.fromisoformat(hub().search.engine.info().built[:10])


def _name(stem: str, kind: str, extent: Extent | None = None) -> str:
    """A name for a file that every system takes: `gbf-cases-mangroves-2026-11-26.csv`."""
    cut = f"first-{extent.given}-of-{extent.total}" if extent and extent.given < extent.total else ""
    return "-".join(filter(None, ("gbf-cases", slug(stem), _day().isoformat(), cut))) + f".{kind}"


def _streamed(texts: Iterator[str], media: str, extent: Extent, name: str) -> Response:
    turns = hub().turns
    if not turns.acquire(blocking=False):
        raise Busy("Many files are being made for others just now. Ask again in 10 seconds.")
    answer = Response(content_type=_content_type(media))
    leave = weakref.finalize(answer, turns.release)  # once: at the end, when a reader goes away, or it is dropped
    answer.call_on_close(leave)
    answer.response = _joined(texts, leave)
    answer.headers["X-Total-Count"] = str(extent.total)
    if extent.missing:
        told = ", ".join(map(quote, extent.missing))
        answer.headers["X-Missing-Ids"] = (
            told if len(told) < MAX_HEADER else told[:MAX_HEADER].rpartition(", ")[0] + ", ..."
        )
    return _attached(answer, name)


def _joined(texts: Iterator[str], then: Callable[[], object]) -> Iterator[bytes]:
    """Small pieces of text as larger ones of bytes; what is to be done when there are no more."""
    held: list[str] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size >= CHUNK:
            yield "".join(held).encode()
            held, size = [], 0
    yield "".join(held).encode()
    then()


def _content_type(media: str) -> str:
    return f"{media}; charset=utf-8" if media.startswith("text/") or "json" not in media else media


def _attached(answer: Response, name: str) -> Response:
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
