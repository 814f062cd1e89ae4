"""Records in the form of the Clearing-House of the Convention on Biological Diversity, to be submitted there."""

from __future__ import annotations

from flask import Blueprint, Response

from hub.serialize.cbd import resource_json
from hub.web.hub import address, given, hub, json_answer
from hub.web.language import path_of

clearing_house = Blueprint("clearing_house", __name__)


@clearing_house.get("/records/<record_id>.cbd.json")
def resource(record_id: str) -> Response:
    """One record as the body of a document `resource`."""
    given()
    found = hub().search.engine.get(record_id)
    page = address(path_of("en.record", record_id=record_id))
    return json_answer(resource_json(found, hub().search.vocabularies(), page, hub().config.site_name))
