"""What every view needs, in one place: settings, search, addresses, answers in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import msgspec
from flask import Response, current_app, request

from hub.config import Config
from hub.engine import IndexInfo
from hub.errors import IndexUnavailable
from hub.search import VOCABULARY_OF, SearchService
from hub.vocabulary import Vocabularies
from hub.web.language import language


@dataclass(frozen=True)
class Hub:
    """The running hub."""

    config: Config
    search: SearchService


def index_info() -> IndexInfo | None:
    """Which index answers; None where there is none, for what is shown even then."""
    try:
        return hub().search.engine.info()
    except IndexUnavailable:
        return None


def vocabularies() -> Vocabularies:
    """The vocabularies of that index; none where there is none."""
    try:
        return hub().search.vocabularies()
    except IndexUnavailable:
        return {}


def address(path: str) -> str:
    """A path of this site as an absolute address."""
    return (hub().config.base_url or request.host_url.rstrip("/")) + path


def json_answer(data: Any) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(data) + b"\n", mimetype="application/json")


def concept_name(parameter: str, value: str) -> str:
    """A value of a parameter in the reader's words where it is a concept: `FRA` -> `France`."""
    vocabulary = hub().search.vocabularies().get(VOCABULARY_OF.get(parameter, ""))
    return vocabulary.name_of(value, language()) if vocabulary else value


def hub() -> Hub:
    """The hub of the app at hand."""
    return cast(Hub, current_app.extensions["hub"])
