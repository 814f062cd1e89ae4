"""What every view needs, in one place: settings, search, and what tells one state of the code from another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from hub.config import Config
from hub.search import SearchService


@dataclass(frozen=True)
class Hub:
    """The running hub."""

    config: Config
    search: SearchService
    fingerprint: str  # changes with the code, its templates and the settings


def hub() -> Hub:
    """The hub of the app at hand."""
    return cast(Hub, current_app.extensions["hub"])
