"""What every view needs, in one place: settings, search, and what tells one state of the code from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app, request

from hub.config import Config
from hub.engine import IndexInfo
from hub.errors import IndexUnavailable
from hub.search import VOCABULARY_OF, SearchService
from hub.web.language import language


@dataclass(frozen=True)
class Hub:
    """The running hub."""

    config: Config
    search: SearchService
    fingerprint: str  # changes with the code, its templates and the settings


def index_info() -> IndexInfo | None:
    """Which index answers; None where there is none, for what is shown even then."""
    try:
        return hub().search.engine.info()
    except IndexUnavailable:
        return None


def address(path: str) -> str:
    """A path of this site as an absolute address."""
    return (hub().config.base_url or request.host_url.rstrip("/")) + path


def concept_name(parameter: str, value: str) -> str:
    """A value of a parameter in the reader's words where it is a concept: `FRA` -> `France`."""
    vocabulary = hub().search.vocabularies().get(VOCABULARY_OF.get(parameter, ""))
    return vocabulary.name_of(value, language()) if vocabulary else value


def hub() -> Hub:
    """The hub of the app at hand."""
    return cast(Hub, current_app.extensions["hub"])
