"""A web of a few addresses for the tests of JSON protocols: what each answers, and what was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from indexer.harvest.item import FetchFailed, Gathered, Reference, Response, Skipped
from indexer.harvest.source import Source


class Web:
    """Answers like the fetcher; an answer is data (sent as JSON), bytes, a Response, or a status of refusal."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, url: str, kinds: Iterable[str] = ("any",)) -> Response:
        self.asked.append(url)
        found = self.answers.get(url, 404)
        if isinstance(found, int):
            raise FetchFailed(f"{url} answered {found}", "gone" if found == 404 else "failing", found)
        if isinstance(found, Response):
            return found
        return answer(url, found)


def answer(url: str, data: Any, **headers: str) -> Response:
    """A good answer with data as JSON; underscores in the names of headers stand for hyphens."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(url, 200, "application/json", "", body, named)


def source(protocol: str, address: str, **more: Any) -> Source:
    """A source with the least that it needs."""
    return Source(id="portal", name="Portal", protocol=protocol, address=address, **more)


def split(found: Gathered) -> tuple[list[Reference], list[Skipped]]:
    """References and skipped entries apart."""
    items = list(found)
    return [i for i in items if isinstance(i, Reference)], [i for i in items if isinstance(i, Skipped)]
