"""One record all the way: a file in the corpus, a search, a page, JSON, a change, a withdrawal."""

from __future__ import annotations

from conftest import make_record, tag
from msgspec.structs import replace

from hub.record import Status
from indexer.build import Done, build


def test_one_record_from_file_to_page_and_out_again(corpus, engine, client):
    found = make_record("otter-ledges", title="Ledges let otters pass under road bridges",
                        tags=[tag("target", "GBF-TARGET-04"), tag("country", "AUT")])  # fmt: skip
    assert client.get("/records/otter-ledges").status_code == 404
    revision = corpus.write(found, None)
    assert build(corpus, engine).done is Done.UPDATED

    answer = client.get("/api/v1/search?q=otter&target=4&country=AUT&region=150").json
    assert [hit["id"] for hit in answer["hits"]] == ["otter-ledges"]
    assert "Ledges let otters pass" in client.get("/records/otter-ledges").text
    assert client.get("/api/v1/records/otter-ledges").json["tags"][0]["concept"] == "GBF-TARGET-04"

    revision = corpus.write(replace(found, title="Ledges let otters and polecats pass"), revision)
    build(corpus, engine)
    assert client.get("/api/v1/search?q=polecat").json["total"] == 1

    corpus.write(replace(found, status=Status.WITHDRAWN), revision)
    build(corpus, engine)
    assert client.get("/records/otter-ledges").status_code == 410
    assert client.get("/api/v1/search?q=otter").json["total"] == 0
    assert (corpus.records / "otter-ledges.yaml").exists()
