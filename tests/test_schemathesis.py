"""The API asked all that its description allows, and much that it does not: every answer is as described."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from hub.app import create_app
from hub.config import load_config
from hub.engine.whoosh.engine import WhooshEngine
from hub.web.openapi import VERSION_PATH, openapi_document

HERE = "http://localhost"
PATHS = openapi_document()["paths"]
# A value that fits the form of a concept need not be one, so what is well formed may be refused all the same.
LEFT_OUT = [positive_data_acceptance]
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
IDS = {"record_id": ["reed-bed", "old-case", "gone-case", "no-such-case"], "vocabulary_id": ["target", "country", "x"]}
# What these take has no form that could be wrong.
NEVER_WRONG = ("/vocabularies", "/vocabularies/{vocabulary_id}", "/openapi.json", "/opensearch.xml")


@pytest.fixture(scope="module")
def app(small):
    return create_app(load_config({}), WhooshEngine(small / "index"))


def described(path, app, mode):
    """One path of the document that the app gives out, with the server that it names; with ids that are somewhere."""
    document = app.test_client().get(f"{VERSION_PATH}/openapi.json", base_url=HERE).json
    item = document["paths"][path]
    for parameter in item["get"].get("parameters", ()):
        if mode is POSITIVE and parameter.get("name") in IDS:
            parameter["schema"] = {"enum": IDS[parameter["name"]]}
    alone = {**document, "servers": item.get("servers", document["servers"]), "paths": {path: {"get": item["get"]}}}
    schema = schemathesis.openapi.from_dict(alone)
    schema.app = app
    return schema[path]["GET"]


def as_if_not_given(case):
    """Whether a parameter is empty, or one is given again: that is no error, where a value of that form would be."""
    return any(isinstance(value, list) or not str(value).strip() for value in (case.query or {}).values())


@pytest.mark.parametrize(
    ("path", "mode"),
    [(path, mode) for path in PATHS for mode in (POSITIVE, NEGATIVE) if mode is POSITIVE or path not in NEVER_WRONG],
)
def test_every_answer_is_as_described(app, path, mode):
    operation = described(path, app, mode)
    seen = set()

    @settings(
        max_examples=20,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        left_out = [*LEFT_OUT, negative_data_rejection] if as_if_not_given(case) else LEFT_OUT
        answer = case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=left_out)
        seen.add(answer.status_code)

    ask()
    assert 200 in seen or mode is NEGATIVE, seen
