"""The description of the API for programs (OpenAPI 3.1): hub/data/openapi.yaml with the address of this site."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import yaml

from hub.config import ROOT

VERSION_PATH = "/api/v1"


@cache
def _description() -> dict[str, Any]:
    text = (ROOT / "hub" / "data" / "openapi.yaml").read_text(encoding="utf-8")
    return cast(dict[str, Any], yaml.load(text, Loader=yaml.CSafeLoader))


def openapi_document(base_url: str = "") -> dict[str, Any]:
    """The OpenAPI document, with `base_url` (such as https://hub.example.org) as the server.

    Without one the server is given relative to where the document stands. The inner parts are shared: read only.
    """
    found = _description()
    paths = {path: _elsewhere(item, base_url) if "servers" in item else item for path, item in found["paths"].items()}
    return {**found, "servers": [{"url": base_url + VERSION_PATH}], "paths": paths}


def _elsewhere(item: dict[str, Any], base_url: str) -> dict[str, Any]:
    """A path that does not lie below VERSION_PATH, which it says by having servers, with those of this site."""
    places = (base_url + server["url"].rstrip("/") for server in item["servers"])
    return {**item, "servers": [{"url": place or "/"} for place in places]}
