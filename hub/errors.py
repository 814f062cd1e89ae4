"""What can go wrong, in the hub's own words; nothing here knows of HTTP or of an engine."""

from __future__ import annotations

from dataclasses import dataclass


class HubError(Exception):
    """Any trouble the hub can explain to the person who met it."""


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with one place of one file: `file: field: message`."""

    file: str
    field: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.field, self.message) if part)


class InvalidRecord(HubError):
    """A record or vocabulary file cannot be read as what it claims to be. Carries every problem found."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class InvalidRequest(HubError):
    """A request asks for something that does not exist or is out of bounds.

    `parameter` names the part of the request, `value` what it held, `allowed` what it could hold.
    """

    def __init__(self, parameter: str, message: str, value: str = "", allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.value = value
        self.allowed = allowed


class NotFound(HubError):
    """There is no such record, concept or page of results."""


class Withdrawn(HubError):
    """The record existed and was withdrawn; its id is never given to another."""


class Moved(HubError):
    """The record lives on under another id, `record_id`."""

    def __init__(self, record_id: str) -> None:
        super().__init__(f"moved to {record_id}")
        self.record_id = record_id


class Conflict(HubError):
    """Somebody else changed the same thing first, or is changing it now."""


class Forbidden(HubError):
    """Somebody who is known may not do this."""


class Busy(HubError):
    """So much is being made for others that this has to wait; ask again soon."""


class IndexUnavailable(HubError):
    """There is no index to read, or it is damaged; the message says what to do."""
