"""What a harvester asks: its arguments, checked as the protocol says, and the token that a list is resumed with."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from hub.changes import Selection
from hub.record import ID

TOKEN = "resumptionToken"  # noqa: S105 - the name of an argument

_SAID = 100  # characters of an argument that an error repeats
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")
_NAME = r"[A-Za-z0-9\-_.!~*'()]+"
_FORMS = {"metadataPrefix": re.compile(_NAME), "set": re.compile(rf"{_NAME}(:{_NAME})*")}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]+")


@dataclass(frozen=True)
class _Verb:
    """The arguments that a verb must have and may have; `resumed` where a token can stand for all of them."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    resumed: bool = False


_LIST = _Verb(("metadataPrefix",), ("from", "until", "set"), resumed=True)
VERBS: Mapping[str, _Verb] = {
    "Identify": _Verb(),
    "ListMetadataFormats": _Verb(optional=("identifier",)),
    "ListSets": _Verb(resumed=True),
    "GetRecord": _Verb(("identifier", "metadataPrefix")),
    "ListIdentifiers": _LIST,
    "ListRecords": _LIST,
}


class Refused(Exception):
    """A request that the protocol has errors for: pairs of code and message."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True)
class Asked:
    """A request that can be understood: its verb and its other arguments."""

    verb: str
    arguments: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        return self.arguments.get(name, "")

    @property
    def repeated(self) -> dict[str, str]:
        """What an answer repeats of the request: all of it, but for an identifier that could be none anywhere."""
        known = {name: value for name, value in self.arguments.items() if name != "identifier" or _URI.fullmatch(value)}
        return {"verb": self.verb, **known}


class Position(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place in a list: what was asked for, the last record that was given, and how many of how many were.

    It is the whole content of a token: nothing is kept on this side, so a token is good for ever.
    """

    verb: str
    prefix: str
    since: str = ""
    until: str = ""
    set: str = ""
    datestamp: str = ""
    id: str = ""
    cursor: int = 0
    size: int = 0

    @property
    def selection(self) -> Selection:
        """The changes that the list is of."""
        day = len("2026-11-26")
        since = self.since + "T00:00:00Z" if len(self.since) == day else self.since
        until = self.until + "T23:59:59Z" if len(self.until) == day else self.until
        return Selection(since, until, self.set)


def read_request(pairs: Iterable[tuple[str, str]]) -> Asked:
    """The request that consists of these arguments. Raises Refused with badVerb, or with every badArgument."""
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    verbs = given.pop("verb", [])
    if len(verbs) != 1 or verbs[0] not in VERBS:
        said = f"not {_said(verbs[0])}" if len(verbs) == 1 else "given once"
        raise Refused(("badVerb", f"verb must be one of {', '.join(VERBS)}, {said}."))
    verb = verbs[0]
    errors = [*_wrong_names(verb, given), *_wrong_values(given)]
    if errors:
        raise Refused(*(("badArgument", message) for message in errors))
    return Asked(verb, {name: values[0] for name, values in given.items()})


def _wrong_names(verb: str, given: Mapping[str, list[str]]) -> list[str]:
    known, alone = VERBS[verb], TOKEN in given and VERBS[verb].resumed
    allowed = (TOKEN,) if alone else (*known.required, *known.optional)
    return [
        *(f"{_said(name)} is no argument of {verb}{_beside(alone)}." for name in given if name not in allowed),
        *(f"{name} must be given once." for name, values in given.items() if len(values) > 1 and name in allowed),
        *(f"{verb} needs {name}." for name in known.required if name not in given and not alone),
    ]


def _beside(alone: bool) -> str:
    return f" beside {TOKEN}" if alone else ""


def _wrong_values(given: Mapping[str, list[str]]) -> list[str]:
    values = {name: found[0] for name, found in given.items()}
    wrong = [
        f"{name} cannot be {_said(values[name])}."
        for name, form in _FORMS.items()
        if name in values and not form.fullmatch(values[name])
    ]
    dates = {name: values[name] for name in ("from", "until") if name in values}
    wrong += [
        f"{name} must be a date or time of UTC such as 2026-11-26 or 2026-11-26T09:30:00Z, not {_said(value)}."
        for name, value in dates.items()
        if not _is_date(value)
    ]
    if not wrong and len(dates) == 2:
        if len(dates["from"]) != len(dates["until"]):
            wrong.append("from and until must both be dates, or both be times.")
        elif dates["from"] > dates["until"]:
            wrong.append("from lies after until.")
    return wrong


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _said(text: str) -> str:
    return repr(text[:_SAID] + ("…" if len(text) > _SAID else ""))


def first_position(asked: Asked) -> Position:
    """The beginning of the list that is asked for."""
    return Position(asked.verb, asked["metadataPrefix"], asked["from"], asked["until"], asked["set"])


def token_of(position: Position) -> str:
    """A place in a list as a token, of letters that need no quoting in an address."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def read_token(token: str, verb: str) -> Position:
    """The position that a token stands for. Raises Refused where it is none of ours, or of another verb.

    Nothing in it is trusted: what it says is checked as if it were asked anew.
    """
    try:
        position = msgspec.json.decode(urlsafe_b64decode(token + "=" * (-len(token) % 4)), type=Position)
        sound = token_of(position) == token and position.verb == verb and _is_sound(position)
    except (ValueError, msgspec.MsgspecError):
        sound = False
    if not sound:
        raise Refused(("badResumptionToken", f"{TOKEN} is not one that was given for {verb}."))
    return position


def _is_sound(position: Position) -> bool:
    pairs = {"metadataPrefix": position.prefix, "from": position.since, "until": position.until, "set": position.set}
    return (
        not _wrong_values({name: [value] for name, value in pairs.items() if value or name == "metadataPrefix"})
        and len(position.datestamp) > len("2026-11-26")
        and _is_date(position.datestamp)
        and bool(ID.fullmatch(position.id))
        and 0 <= position.cursor <= position.size < 10**9
    )
