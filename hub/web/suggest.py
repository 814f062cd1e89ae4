"""Suggestions as you type: for the API, and as a browser wants them for a search field of its own (OpenSearch).

OpenSearch is registered once per language of the interface, as the pages are.
"""

from __future__ import annotations

import textwrap
from typing import Any

import msgspec
from flask import Blueprint, Response

from hub.query import within_limit
from hub.serialize.cite import dash
from hub.suggest import RECORD, Suggestion
from hub.web.hub import Given, address, given, hub
from hub.web.language import gettext, language, path_of, render
from hub.web.markup import cases

opensearch = Blueprint("opensearch", __name__)

LONGEST_NAME = 16  # characters that OpenSearch allows a short name


def typed(asked: Given) -> str:
    """What was typed so far. InvalidRequest where it is longer than any query."""
    return within_limit((asked.get("q") or [""])[-1])


def suggestions(text: str, lang: str) -> list[dict[str, Any]]:
    """What somebody may be typing the name of, as JSON: each with the address of its page."""
    return [_json(found, lang) for found in hub().suggest.suggest(text, lang)]


def _json(found: Suggestion, lang: str) -> dict[str, Any]:
    item = {"kind": found.kind, "label": found.label, "value": found.value, "language": found.language}
    if found.kind == RECORD:
        page = path_of(f"{lang}.record", record_id=found.value)
        return {**item, "label": dash(found.label), "url": address(page)}
    return {**item, "count": found.count, "url": address(path_of(f"{lang}.{found.kind}", name=found.value))}


@opensearch.get("/opensearch.xml")
def description() -> Response:
    """How a browser can search here, so that people can add the hub to its search engines."""
    name = hub().config.site_name
    short = textwrap.shorten(name, LONGEST_NAME, placeholder="") or name[:LONGEST_NAME]
    return Response(render("opensearch.xml", short=short), mimetype="application/opensearchdescription+xml")


@opensearch.get("/suggest.json")
def completions() -> Response:
    """Suggestions as browsers read them: what was typed, then names, what they are and addresses, in three lists."""
    text, lang = typed(given("q")), language()
    found = suggestions(text, lang)
    lists = [[item["label"] for item in found], [_what(item, lang) for item in found], [item["url"] for item in found]]
    return Response(msgspec.json.encode([text, *lists]) + b"\n", mimetype="application/x-suggestions+json")


def _what(item: dict[str, Any], lang: str) -> str:
    """What a suggestion is, in a few words: `Target 8 · 61 cases`."""
    kind = {
        "record": gettext("Case"),
        "target": gettext("Target"),
        "theme": gettext("Theme"),
        "country": gettext("Country"),
        "region": gettext("Region"),
    }[item["kind"]]
    if item["kind"] == "target" and item["value"].isdecimal():
        kind = f"{kind} {item['value']}"
    return f"{kind} · {cases(item['count'], lang)}" if "count" in item else kind
