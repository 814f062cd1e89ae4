"""The API asked all that its description allows, and much that it does not: every answer is as described."""

from __future__ import annotations

from contextlib import closing

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from werkzeug.wsgi import ClosingIterator

from hub.bulk import SUM
from hub.web.openapi import VERSION_PATH, openapi_document

HERE = "https://hub.example.org"
DOCUMENT = openapi_document()
OPERATIONS = [
    (path, method) for path, item in DOCUMENT["paths"].items() for method in ("get", "post") if method in item
]
# A value that fits the form of a concept need not be one, so what is well formed may be refused all the same.
LEFT_OUT = [positive_data_acceptance]
POSITIVE, NEGATIVE = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
RECORDS = ["reed-bed", "old-case", "gone-case", "no-such-case"]
PAGES = [f"{HERE}/search?q=reed", f"{HERE}/fr/records/old-case", f"{HERE}/records/gone-case", f"{HERE}/about", "x"]
KNOWN = {"record_id": RECORDS, "vocabulary_id": ["target", "country", "x"], "url": PAGES}
# Of lists of values; what else fits the form is tried with the others, such as `source`.
KNOWN_VALUES = {
    "id": RECORDS,
    "target": ["2", "GBF-TARGET-11", "not-stated"],
    "theme": ["eco-freshwater", "eco-coast"],
    "region": ["150", "002"],
    "country": ["DEU", "ken"],
    "type": ["case-study", "tool"],
    "evidence": ["measured", "not-stated"],
    "language": ["en", "fr"],
}
# What these take has no form that could be wrong, or that is told in an answer like any other (/oai).
NEVER_WRONG = (
    *("/vocabularies", "/vocabularies/{vocabulary_id}", "/openapi.json", "/opensearch.xml", "/oai", "/embed.js"),
    *("/{vocabulary_id}", "/vocabularies/{vocabulary_id}.jsonld", "/vocabularies/{vocabulary_id}.ttl"),
    *("/bulk/latest.json", "/bulk/latest.jsonl.gz", "/bulk/latest.jsonl.gz.sha256"),
)


def read_whole(app):
    """Each answer read and closed, as a server does: a file that stays open would be an error."""

    def answers(environ, start_response):
        with closing(ClosingIterator(app(environ, start_response))) as chunks:
            return [b"".join(chunks)]

    return answers


def described(path, method, site, mode):
    """One operation of the document that the app gives out, with the server that it names; with what is somewhere."""
    app, file = site
    files = [file.name, file.name + SUM, "gbf-cases-2026-01-01-00000000.jsonl.gz"]
    document = app.test_client().get(f"{VERSION_PATH}/openapi.json").json
    item = document["paths"][path]
    parameters = [resolved(entry, document) for entry in item[method].get("parameters", ())]
    if mode is NEGATIVE and "{kind}" in path:  # another one is another address, and maybe none for programs
        path = path.replace("{kind}", next(p for p in parameters if p["name"] == "kind")["example"])
        parameters = [p for p in parameters if p["name"] != "kind"]
    if mode is POSITIVE:
        parameters = [pinned(entry, {**KNOWN, "name": files}) for entry in parameters]
    operation = {**item[method], "parameters": parameters}
    servers = item.get("servers", document["servers"])
    schema = schemathesis.openapi.from_dict({**document, "servers": servers, "paths": {path: {method: operation}}})
    schema.app = read_whole(app)
    return schema[path][method.upper()]


def pinned(parameter, known):
    """A parameter with values that are somewhere."""
    name, schema = parameter["name"], parameter["schema"]
    if name in KNOWN_VALUES:
        schema = {"type": "array", "minItems": 1, "maxItems": 3, "items": {"enum": KNOWN_VALUES[name]}}
    return {**parameter, "schema": {"enum": known[name]} if name in known else schema}


def resolved(parameter, document):
    return document["components"]["parameters"][parameter["$ref"].split("/")[-1]] if "$ref" in parameter else parameter


def as_if_not_given(case):
    """Whether a parameter is empty, or one is given again: that is no error, where a value of that form would be."""
    return any(isinstance(value, list) or not str(value).strip() for value in (case.query or {}).values())


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        (*one, mode)
        for one in OPERATIONS
        for mode in (POSITIVE, NEGATIVE)
        if mode is POSITIVE or one[0] not in NEVER_WRONG
    ],
)
def test_every_answer_is_as_described(site, path, method, mode):
    operation = described(path, method, site, mode)
    seen = set()

    @settings(
        max_examples=50 if "{kind}" in path else 20,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        answer = case.call(headers={"Accept-Encoding": "identity"})
        left_out = [*LEFT_OUT, negative_data_rejection] if as_if_not_given(case) else LEFT_OUT
        if answer.status_code == 501:  # what oEmbed wants to be said of a form that there is not
            left_out = [*left_out, not_a_server_error]
        case.validate_response(answer, excluded_checks=left_out)
        seen.add(answer.status_code)

    ask()
    assert seen & {200, 303} or mode is NEGATIVE, seen
