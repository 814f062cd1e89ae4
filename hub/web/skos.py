"""Vocabularies in SKOS, as JSON-LD and as Turtle, and the addresses that are the identifiers of concepts."""

from __future__ import annotations

import msgspec
from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from hub.serialize import jsonld
from hub.serialize.skos import TURTLE, vocabulary_skos, vocabulary_turtle
from hub.web.hub import given, hub, known_vocabulary
from hub.web.language import path_of
from hub.web.site import site

skos = Blueprint("skos", __name__, url_prefix="/vocabularies")


@skos.get("/<vocabulary_id>.jsonld")
def as_jsonld(vocabulary_id: str) -> Response:
    """A vocabulary in SKOS, as JSON-LD."""
    given()
    data = vocabulary_skos(known_vocabulary(vocabulary_id), hub().search.vocabularies(), site())
    return Response(msgspec.json.encode(data) + b"\n", mimetype=jsonld.MEDIA_TYPE)


@skos.get("/<vocabulary_id>.ttl")
def as_turtle(vocabulary_id: str) -> Response:
    """A vocabulary in SKOS, as Turtle."""
    given()
    text = vocabulary_turtle(known_vocabulary(vocabulary_id), hub().search.vocabularies(), site())
    return Response(text, content_type=f"{TURTLE}; charset=utf-8")


@skos.get("/<vocabulary_id>")
def scheme(vocabulary_id: str) -> BaseResponse:
    """The identifier of a vocabulary leads to its description, in the form that was asked for."""
    given()
    vocabulary = known_vocabulary(vocabulary_id)
    wanted = request.accept_mimetypes.best_match([jsonld.MEDIA_TYPE, TURTLE], default=jsonld.MEDIA_TYPE)
    view = "skos.as_turtle" if wanted == TURTLE else "skos.as_jsonld"
    answer = redirect(path_of(view, vocabulary_id=vocabulary.id), 303)
    answer.headers["Vary"] = "Accept"
    return answer
