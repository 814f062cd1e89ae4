"""The whole collection as lines of JSON, and what is said of the file they stand in: pure functions.

Each line is an object, and its first key says what it holds:

    {"dataset": …}                  the first line: name, day, revision, number of records, licence
    {"vocabulary": …}               one for each vocabulary, as the API gives it, with all concepts
    {"record": …, "terms": …}       one for each record, as the API gives it, in order of ids; and whose its parts are

Lines of other kinds may be added, and keys, but none are changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

from hub.bulk import SUM, BulkFile, Manifest
from hub.config import Config
from hub.engine import IndexInfo
from hub.record import Record
from hub.serialize.record_json import Address, record_json, vocabulary_json
from hub.serialize.terms import LICENSE_URL, license_json, terms_json
from hub.vocabulary import Vocabularies

Json = dict[str, Any]

SCHEMA_VERSION = "1"
TYPE = "application/gzip"
FOLDER = "/bulk/"
_PATHS = {"record": "/api/v1/records/", "vocabulary": "/api/v1/vocabularies/", "html": "/records/"}


def addresses(base_url: str) -> Address:
    """Addresses of records and vocabularies below `base_url`.

    Without one they are relative: to be resolved against the address that the file was fetched from.
    """
    return lambda kind, name: base_url + _PATHS[kind] + name


def dataset_json(config: Config, info: IndexInfo, vocabularies: Vocabularies) -> Json:
    """What a bulk file says of itself: the same for the same state of the index and the same settings."""
    named = {"title": config.site_name, "publisher": config.operator}
    return {
        **{name: text for name, text in named.items() if text},
        "issued": info.built[:10],
        "revision": info.revision,
        "records": info.records,
        "vocabularies": sorted(vocabularies),
        "schema_version": SCHEMA_VERSION,
        "license": license_json(),
        "links": {"html": config.base_url + FOLDER, "openapi": config.base_url + "/api/v1/openapi.json"},
        "generator": f"knowledge-hub {version('knowledge-hub')}",
    }


def lines(dataset: Json, vocabularies: Vocabularies, records: Iterable[Record], address: Address) -> Iterator[Json]:
    """The lines of a bulk file, each made as it is asked for."""
    yield {"dataset": dataset}
    for name in sorted(vocabularies):
        yield {"vocabulary": vocabulary_json(vocabularies[name], address)}
    for record in records:
        yield {"record": record_json(record, vocabularies, address), "terms": terms_json(record)}


def manifest_json(manifest: Manifest, base_url: str) -> Json:
    """Which file is the latest, for programs: its name, checksum and address, what it says of itself, earlier ones."""
    return {
        **_file(manifest.latest, base_url),
        "dataset": manifest.dataset,
        "earlier": [_file(file, base_url) for file in manifest.files[1:]],
    }


def _file(file: BulkFile, base_url: str) -> Json:
    start = base_url + FOLDER + file.name
    return {
        "name": file.name,
        "issued": file.issued,
        "revision": file.revision,
        "records": file.records,
        "bytes": file.bytes,
        "sha256": file.sha256,
        "media_type": TYPE,
        "links": {"file": start, "sha256": start + SUM},
    }


def dataset_jsonld(manifest: Manifest, base_url: str, page: str, description: str) -> Json:
    """The latest file as a Dataset of schema.org, by which search engines for data find it."""
    dataset, file = manifest.dataset, manifest.latest
    found: Json = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": base_url + FOLDER,
        "name": dataset.get("title", ""),
        "description": description,
        "url": page,
        "version": file.revision,
        "dateModified": file.issued,
        "license": LICENSE_URL,
        "isAccessibleForFree": True,
        "distribution": {
            "@type": "DataDownload",
            "name": file.name,
            "contentUrl": base_url + FOLDER + file.name,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": TYPE,
            "sha256": file.sha256,
        },
    }
    if dataset.get("publisher"):
        found["publisher"] = {"@type": "Organization", "name": dataset["publisher"]}
    return found
