"""What every view needs, in one place: settings, search, addresses, answers in JSON."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any, cast

import msgspec
from flask import Response, current_app, request

from hub.config import Config
from hub.demand import Demand
from hub.engine import Engine, IndexInfo
from hub.errors import IndexUnavailable, InvalidRequest, Moved, NotFound
from hub.query import VOCABULARY_OF
from hub.record import Record
from hub.search import SearchService
from hub.suggest import SuggestService
from hub.vocabulary import Vocabularies, Vocabulary
from hub.web.language import language

Given = Mapping[str, list[str]]


@dataclass(frozen=True)
class Hub:
    """The running hub. `turns` says how many large files can still be made at once: pages need threads too."""

    config: Config
    search: SearchService
    suggest: SuggestService
    demand: Demand
    turns: BoundedSemaphore


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


def known_vocabulary(vocabulary_id: str) -> Vocabulary:
    """The vocabulary with this id. NotFound, with those there are."""
    known = hub().search.vocabularies()
    if vocabulary_id not in known:
        raise NotFound(f"There is no vocabulary {vocabulary_id!r}; there are {', '.join(sorted(known))}.")
    return known[vocabulary_id]


def followed(record_id: str, engine: Engine) -> Record:
    """The record with this id, or the one that it was merged into."""
    try:
        return engine.get(record_id)
    except Moved as moved:
        return engine.get(moved.record_id)


def address(path: str) -> str:
    """A path of this site as an absolute address."""
    return (hub().config.base_url or request.host_url.rstrip("/")) + path


def json_answer(data: Any) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(data) + b"\n", mimetype="application/json")


def validated(answer: Response, rule: str) -> Response:
    """An answer with a rule for keeping it (Cache-Control), and a tag of its content by which it is not sent twice."""
    answer.headers["Cache-Control"] = rule
    answer.add_etag(weak=True)
    answer.make_conditional(request)
    return answer


def given(*known: str) -> Given:
    """The parameters of the request. InvalidRequest where one has a name that says nothing here.

    A misspelt name would otherwise widen the answer without a word.
    """
    found = request.args.to_dict(flat=False)
    for name in found:
        if name not in known:
            possible = f"Possible are {', '.join(known)}." if known else "None are possible here."
            close = difflib.get_close_matches(name.casefold(), known, n=3, cutoff=0.6)
            raise InvalidRequest(name, f"There is no parameter {name!r}. {possible}", found[name][-1], tuple(close))
    return found


def concept_name(parameter: str, value: str) -> str:
    """A value of a parameter in the reader's words where it is a concept: `FRA` -> `France`."""
    vocabulary = hub().search.vocabularies().get(VOCABULARY_OF.get(parameter, ""))
    return vocabulary.name_of(value, language()) if vocabulary else value


def hub() -> Hub:
    """The hub of the app at hand."""
    return cast(Hub, current_app.extensions["hub"])
