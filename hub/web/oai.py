"""/oai: the records for harvesters, by OAI-PMH 2.0."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from hub.changes import Changes
from hub.oai.provider import Provider, Repository
from hub.serialize.oai_dc import Place
from hub.web.hub import address, hub
from hub.web.language import path_of

oai = Blueprint("oai", __name__)

STEM = "-"  # a name that needs no quoting, so that every address begins as that of this one does


@oai.route("/oai", methods=["GET", "POST"])
def provider() -> Response:
    """The answer to one request; its arguments stand in the address or, as a form, in the body."""
    pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
    body = Provider(hub().search.engine, Changes(hub().config.changes), _repository()).answer(pairs)
    answer = Response(body, content_type="text/xml; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _repository() -> Repository:
    config = hub().config
    begin = {
        kind: address(path).removesuffix(STEM)
        for kind, path in (
            ("record", path_of("en.record", record_id=STEM)),
            ("vocabulary", path_of("skos.scheme", vocabulary_id=STEM)),
        )
    }
    place = Place(config.site_name, lambda kind, name: begin[kind] + name)
    compression = tuple(current_app.config["COMPRESS_ALGORITHM"])
    return Repository(place, address(path_of("oai.provider")), config.contact, compression)
