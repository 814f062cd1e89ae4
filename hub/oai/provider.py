"""The six verbs of OAI-PMH over the index and the journal of changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from hub.changes import Change, Changes
from hub.engine import Engine
from hub.errors import Moved, NotFound, Withdrawn
from hub.oai.asked import TOKEN, Asked, Position, Refused, first_position, read_request, read_token, token_of
from hub.record import Record
from hub.serialize import datacite, oai, oai_dc
from hub.vocabulary import Vocabularies

PAGE = 100  # records of one answer
_EMAIL = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")


@dataclass(frozen=True)
class Format:
    """A format of metadata: where its schema is, its namespace, and what makes it of a record."""

    schema: str
    namespace: str
    make: Callable[[Record, Vocabularies, oai_dc.Place], etree._Element]


FORMATS: Mapping[str, Format] = {
    "oai_dc": Format(oai_dc.SCHEMA, oai_dc.NAMESPACE, oai_dc.dublin_core),
    "datacite": Format(datacite.SCHEMA, datacite.NAMESPACE, datacite.datacite),
}


@dataclass(frozen=True)
class Repository:
    """What harvesters are told of the site: its address here, whom to write to, how answers may be compressed."""

    place: oai_dc.Place
    base_url: str
    contact: str
    compression: tuple[str, ...]

    @property
    def host(self) -> str:
        """The part of identifiers that tells this repository from all others."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def email(self) -> str:
        """Every repository must give one; where the site has none, whoever looks after the host."""
        if _EMAIL.fullmatch(self.contact):
            return self.contact
        return f"webmaster@{self.host if '.' in self.host else self.host + '.invalid'}"


class Provider:
    """Answers requests of harvesters. Raises IndexUnavailable where there is no index, or no journal."""

    def __init__(self, engine: Engine, changes: Changes, repository: Repository) -> None:
        self._engine = engine
        self._changes = changes
        self._repository = repository
        self._prefix = f"oai:{repository.host}:"

    def answer(self, pairs: Iterable[tuple[str, str]]) -> bytes:
        """The answer to a request with these arguments, as XML."""
        # The time comes first: what changes from here on is later than this answer says it is.
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._engine.info()
        try:
            asked = read_request(pairs)
        except Refused as refused:  # badVerb and badArgument: the arguments are not repeated
            return self._refusal(moment, {}, refused)
        top = oai.envelope(moment, self._repository.base_url, asked.repeated)
        verbs: Mapping[str, Callable[[etree._Element, Asked], None]] = {
            "Identify": self._identify,
            "ListMetadataFormats": self._formats,
            "ListSets": self._sets,
            "GetRecord": self._record,
            "ListIdentifiers": self._list,
            "ListRecords": self._list,
        }
        try:
            verbs[asked.verb](top, asked)
        except Refused as refused:
            return self._refusal(moment, asked.repeated, refused)
        return oai.encoded(top)

    def _refusal(self, moment: str, arguments: Mapping[str, str], refused: Refused) -> bytes:
        top = oai.envelope(moment, self._repository.base_url, arguments)
        for code, message in refused.errors:
            oai.add_error(top, code, message)
        return oai.encoded(top)

    def _identify(self, top: etree._Element, _: Asked) -> None:
        site = self._repository
        earliest = self._changes.earliest() or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        identity = oai.Identity(site.place.site, site.base_url, site.email, earliest, site.compression, site.host)
        oai.add_identify(top, identity)

    def _formats(self, top: etree._Element, asked: Asked) -> None:
        if asked["identifier"] and self._change(asked["identifier"]).deleted:
            raise Refused(("noMetadataFormats", f"{asked['identifier']} was deleted."))
        oai.add_formats(top, ((prefix, each.schema, each.namespace) for prefix, each in FORMATS.items()))

    def _sets(self, top: etree._Element, asked: Asked) -> None:
        if TOKEN in asked.arguments:
            raise Refused(("badResumptionToken", "ListSets gives all sets at once."))
        sets = self._changes.sets()
        if not sets:
            raise Refused(("noSetHierarchy", "There are no records yet, and so no sets."))
        vocabularies = self._engine.edition().vocabularies
        oai.add_sets(top, ((spec, _set_name(spec, vocabularies)) for spec in sets))

    def _record(self, top: etree._Element, asked: Asked) -> None:
        errors = [error for error in (_wrong_format(asked["metadataPrefix"]),) if error]
        try:
            change = self._change(asked["identifier"])
        except Refused as refused:
            raise Refused(*errors, *refused.errors) from None
        if errors:
            raise Refused(*errors)
        node = etree.SubElement(top, f"{{{oai.NAMESPACE}}}GetRecord")
        self._add_record(node, change, FORMATS[asked["metadataPrefix"]])

    def _list(self, top: etree._Element, asked: Asked) -> None:
        position = read_token(asked[TOKEN], asked.verb) if TOKEN in asked.arguments else first_position(asked)
        if error := _wrong_format(position.prefix):
            raise Refused(error)
        found = self._changes.after(position.selection, (position.datestamp, position.id), PAGE + 1)
        if not found:
            found = self._end(position)
        node = etree.SubElement(top, f"{{{oai.NAMESPACE}}}{asked.verb}")
        for change in found[:PAGE]:
            if asked.verb == "ListRecords":
                self._add_record(node, change, FORMATS[position.prefix])
            else:
                oai.add_header(node, self._header(change))
        more = len(found) > PAGE
        if more or TOKEN in asked.arguments:
            given = position.cursor + len(found[:PAGE])
            size = max(position.size or self._changes.count(position.selection), given + more)
            last = found[:PAGE][-1]
            following = msgspec.structs.replace(position, datestamp=last.datestamp, id=last.id, cursor=given, size=size)
            oai.add_token(node, oai.Rest(token_of(following) if more else "", size, position.cursor))

    def _end(self, position: Position) -> list[Change]:
        """The end of a list whose rest changed since, so that it is later than the list goes.

        There is no empty list in the protocol, and an error would end the harvest: the last record is given again.
        """
        last = self._changes.find(position.id) if position.id else None
        if last is None:
            raise Refused(("noRecordsMatch", "Nothing changed in that time and set."))
        return [last]

    def _change(self, identifier: str) -> Change:
        found = None
        if identifier.startswith(self._prefix):
            found = self._changes.find(identifier.removeprefix(self._prefix))
        if found is None:
            raise Refused(("idDoesNotExist", f"There is no record {identifier}."))
        return found

    def _header(self, change: Change, gone: bool = False) -> oai.Header:
        return oai.Header(self._prefix + change.id, change.datestamp, change.deleted or gone, change.sets)

    def _add_record(self, parent: etree._Element, change: Change, form: Format) -> None:
        """A record as the index has it; one that has just gone from there is gone, though the journal says it later."""
        metadata = None
        if not change.deleted:
            try:
                record = self._engine.get(change.id)
                metadata = form.make(record, self._engine.edition().vocabularies, self._repository.place)
            except (NotFound, Withdrawn, Moved):
                pass
        oai.add_record(parent, self._header(change, metadata is None), metadata)


def _wrong_format(prefix: str) -> tuple[str, str] | None:
    if prefix in FORMATS:
        return None
    return "cannotDisseminateFormat", f"metadataPrefix must be one of {', '.join(FORMATS)}, not {prefix!r}."


def _set_name(spec: str, vocabularies: Vocabularies) -> str:
    """What a set is called in English: `Target 8: …`, `Country: France`, `Theme` for all that have one."""
    facet, _, value = spec.partition(":")
    if facet not in vocabularies:
        return spec
    label = vocabularies[facet].label["en"]
    if not value:
        return label
    name = vocabularies[facet].name_of(value, "en")
    return f"{label} {value}: {name}" if value.isdecimal() else f"{label}: {name}"
