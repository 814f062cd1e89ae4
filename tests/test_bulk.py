"""The file that holds everything: what is in it, and that a reader always finds a whole one."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc

import pytest
from conftest import ROOT, make_record, tag

from hub.app import create_app
from hub.bulk import MANIFEST, SUM, read_manifest
from hub.config import load_config
from hub.engine import Edition
from hub.engine.whoosh.engine import WhooshEngine
from hub.serialize import terms
from hub.serialize.bulk_json import SCHEMA_VERSION
from indexer import watch as watching
from indexer.build import build, to_document
from indexer.bulk import KEPT, is_current, make_bulk
from indexer.watch import Watch

BASE = "https://hub.example.org"


@pytest.fixture
def settings(corpus, tmp_path):
    """The environment of a hub over the small corpus."""
    return {"HUB_CORPUS": str(corpus.folder), "HUB_INSTANCE": str(tmp_path / "instance"), "HUB_BASE_URL": BASE}


@pytest.fixture
def config(settings):
    return load_config(settings)


def lines(config, file=None):
    name = (file or read_manifest(config.bulk).latest).name
    return [json.loads(line) for line in gzip.decompress((config.bulk / name).read_bytes()).splitlines()]


def records(config):
    return [line["record"] for line in lines(config) if "record" in line]


def left(config):
    """The names of all files in the folder, without that of the lock."""
    return sorted(path.name for path in config.bulk.iterdir() if path.name != ".lock")


def is_whole(config):
    """Whether every file that is told of is there with the content it should have, and nothing else is."""
    manifest = read_manifest(config.bulk)
    for file in manifest.files:
        content = (config.bulk / file.name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (file.bytes, file.sha256)
        assert (config.bulk / (file.name + SUM)).read_text() == f"{file.sha256}  {file.name}\n"
        assert len([line for line in lines(config, file) if "record" in line]) == file.records
    names = [file.name for file in manifest.files]
    return left(config) == sorted([MANIFEST, *names, *(name + SUM for name in names)])


def change(corpus, engine, word):
    path = corpus.records / "reed-bed.yaml"
    path.write_text(re.sub("(?m)^title: .*", f"title: {word}", path.read_text()))
    return build(corpus, engine)


def test_all_that_is_published_is_in_it_as_the_api_gives_it(engine, config):
    make_bulk(engine, config)
    api = create_app(config, engine).test_client()
    found = lines(config)
    assert next(iter(found[0])) == "dataset"
    vocabularies = [line["vocabulary"] for line in found if "vocabulary" in line]
    listed = api.get("/api/v1/vocabularies").json["vocabularies"]
    assert vocabularies == [api.get(f"/api/v1/vocabularies/{one['id']}").json for one in listed]
    ids = sorted(hit["id"] for hit in api.get("/api/v1/search?per_page=100").json["hits"])
    assert [record["id"] for record in records(config)] == ids
    assert records(config) == [api.get(f"/api/v1/records/{one}").json for one in ids]
    assert [next(iter(line)) for line in found] == ["dataset", *["vocabulary"] * len(listed), *["record"] * len(ids)]
    assert all(set(line) == {"record", "terms"} for line in found if "record" in line)


def test_the_first_line_says_what_it_is(engine, config):
    file = make_bulk(engine, config)
    dataset, info = lines(config)[0]["dataset"], engine.info()
    assert (dataset["revision"], dataset["records"], dataset["issued"]) == (info.revision, 5, info.built[:10])
    assert (dataset["title"], dataset["schema_version"]) == ("Knowledge Hub", SCHEMA_VERSION)
    assert dataset["vocabularies"] == sorted(engine.edition().vocabularies)
    assert dataset["links"] == {"html": f"{BASE}/bulk/", "openapi": f"{BASE}/api/v1/openapi.json"}
    assert file.name == f"gbf-cases-{info.built[:10]}-{file.sha256[:8]}.jsonl.gz"


def test_links_are_relative_where_no_public_address_is_set(engine, settings):
    config = load_config({**settings, "HUB_BASE_URL": ""})
    make_bulk(engine, config)
    source = "https://example.org/cases/reed-bed"
    links = {"self": "/api/v1/records/reed-bed", "html": "/records/reed-bed", "source": source}
    assert next(record["links"] for record in records(config) if record["id"] == "reed-bed") == links
    api = create_app(config, engine).test_client()
    for path in (links["self"], links["html"]):
        assert api.get(path).status_code == 200


def test_nothing_is_in_it_that_is_not_public(corpus, engine, config):
    seen = {"harvester": "t", "first_seen": "2026", "last_seen": "2026", "note": "hushed", "gone": "2026-02-02"}
    secret = make_record(
        "secretive", contact="hushed@example.org", proposals=[tag("organisations", "hushed", "suggested")],
        changes=[{"field": "title", "at": "2026", "value": "hushed"}], provenance=seen,
        tags=[tag("target", "GBF-TARGET-04", "rejected")],
    )  # fmt: skip
    corpus.write(secret, None)
    build(corpus, engine)
    make_bulk(engine, config)
    found = next(record for record in records(config) if record["id"] == "secretive")
    assert found["tags"] == [] and not {"contact", "proposals", "changes"} & set(found)
    whole = gzip.decompress((config.bulk / read_manifest(config.bulk).latest.name).read_bytes())
    assert b"secretive" in whole
    for word in (b"hushed", b"2026-02-02", b"draft-case", b"gone-case", b"/tmp/"):
        assert word not in whole, word


def test_what_is_withdrawn_is_not_in_the_next_one(corpus, engine, config):
    make_bulk(engine, config)
    path = corpus.records / "reed-bed.yaml"
    path.write_text(path.read_text().replace("status: published", "status: withdrawn"))
    build(corpus, engine)
    make_bulk(engine, config)
    assert "reed-bed" not in [record["id"] for record in records(config)] and len(records(config)) == 4
    (kept,) = read_manifest(config.bulk).files
    assert sorted(one.name for one in config.bulk.glob("gbf-cases*")) == [kept.name, kept.name + ".sha256"]


def test_the_same_state_makes_the_same_bytes(corpus, engine, settings, tmp_path):
    again = WhooshEngine(tmp_path / "again")
    build(corpus, again)
    made = []
    for number, one in enumerate((engine, engine, again)):
        config = load_config({**settings, "HUB_INSTANCE": str(tmp_path / str(number))})
        file = make_bulk(one, config)
        made.append((file.name, (config.bulk / file.name).read_bytes()))
    assert made[0] == made[1]
    if engine.info().built[:10] == again.info().built[:10]:  # the day is in it
        assert made[0] == made[2]
    assert made[0][1][3:8] == bytes(5), "neither a name nor a time in the header of gzip"


def test_the_latest_is_known_to_be_current_until_anything_changes(corpus, engine, config, settings):
    assert not is_current(engine, config)
    file = make_bulk(engine, config)
    assert is_current(engine, config)
    assert not is_current(engine, load_config({**settings, "HUB_SITE_NAME": "Another"}))
    (config.bulk / file.name).write_bytes(b"cut off")
    assert not is_current(engine, config)
    make_bulk(engine, config)
    change(corpus, engine, "Reeds")
    assert not is_current(engine, config)
    make_bulk(engine, config)
    assert is_current(engine, config) and is_whole(config)


def test_the_last_three_are_kept_and_one_that_did_not_change_stands_once(corpus, engine, config):
    names = []
    for number in range(KEPT + 2):
        change(corpus, engine, f"Reeds {number}")
        names.append(make_bulk(engine, config).name)
    assert [file.name for file in read_manifest(config.bulk).files] == names[: -KEPT - 1 : -1]
    assert is_whole(config)
    make_bulk(engine, config)
    assert [file.name for file in read_manifest(config.bulk).files] == names[: -KEPT - 1 : -1]


def test_a_file_is_of_one_state_whatever_comes_into_force_while_it_is_written(corpus, engine, config):
    def meanwhile(found, _):
        for number, record in enumerate(found):
            if number == 1:
                change(corpus, WhooshEngine(config.index), "Changed meanwhile")
            yield record

    make_bulk(engine, config, meanwhile)
    assert "Changed meanwhile" not in [record["title"] for record in records(config)] and is_whole(config)
    assert not is_current(engine, config)


KILLED = """
import os, signal
from hub.config import load_config
from hub.engine.whoosh.engine import WhooshEngine
from indexer import bulk

def records(found, _):
    for number, record in enumerate(found):
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        yield record

def replaced(*_):
    os.kill(os.getpid(), signal.SIGKILL)

config = load_config()
if os.environ["WHEN"] == "late":
    bulk.replace_file = replaced
bulk.make_bulk(WhooshEngine(config.index), config, records if os.environ["WHEN"] == "early" else None)
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_one_that_is_killed_leaves_the_one_before_and_the_next_clears_up(corpus, engine, config, settings, when):
    before = make_bulk(engine, config)
    change(corpus, engine, "Reeds that are new")
    environment = {**os.environ, **settings, "WHEN": when}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(left(config)) == 4, "what it began is there"
    assert read_manifest(config.bulk).latest == before and len(records(config)) == 5
    after = make_bulk(engine, config)
    assert [file.name for file in read_manifest(config.bulk).files] == [after.name, before.name]
    assert is_whole(config)


def run(settings, *command, before=""):
    code = f"{before}\nfrom indexer.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *command], env={**os.environ, **settings, "COLUMNS": "200"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_build_makes_it_and_says_so_and_one_that_changes_nothing_does_not(engine, config, settings):
    first, second = run(settings, "build"), run(settings, "build")
    name = read_manifest(config.bulk).latest.name
    assert f"Bulk file {name}: 5 records, 0." in first.stdout and "Bulk" not in second.stdout
    assert (first.returncode, first.stderr, second.returncode, is_whole(config)) == (0, "", 0, True)
    assert name in run(settings, "bulk").stdout


def test_a_build_is_none_the_worse_where_the_file_cannot_be_written(corpus, config, settings, tmp_path):
    (tmp_path / "instance").mkdir()
    config.bulk.write_text("in the way")
    built = run(settings, "build")
    assert built.returncode == 0 and "It holds 5 records" in built.stdout
    reason = f"{config.bulk} cannot be used: File exists."
    assert built.stderr.strip() == f"The bulk file was not made, the next build tries again: {reason}"
    alone = run(settings, "bulk")
    assert (alone.returncode, alone.stderr.strip()) == (1, reason)


def test_where_there_is_no_room_the_one_before_stays_and_nothing_is_left_behind(corpus, engine, config, settings):
    before = make_bulk(engine, config)
    change(corpus, engine, "Reeds that are new")
    little = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    ended = run(settings, "bulk", before=little)
    assert ended.returncode == 1 and "File too large" in ended.stderr and len(ended.stderr.splitlines()) == 1
    assert read_manifest(config.bulk).latest == before and is_whole(config)


def test_without_an_index_nothing_is_made(settings, config):
    ended = run(settings, "bulk")
    assert ended.returncode == 1 and ended.stderr.strip() == "There is no index yet. Make it with: indexer build"
    assert read_manifest(config.bulk) is None and left(config) == []


def test_the_watch_makes_it_beside_and_not_after_every_change(corpus, engine, config, settings, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    watch = Watch(config)
    watch.step(0.0)
    first = watch._bulk
    assert os.getpriority(os.PRIO_PROCESS, first.pid) == 10
    change(corpus, WhooshEngine(config.index), "Reeds that are new")
    watch.step(1.0)
    assert engine.get("reed-bed").title == "Reeds that are new"
    assert watch._bulk is first and first.wait(60) == 0
    change(corpus, WhooshEngine(config.index), "Reeds that are newer")
    for second in (2.0, watching._BULK - 1):
        watch.step(second)
        assert watch._bulk is first
    watch.step(watching._BULK)
    assert watch._bulk is not first and watch._bulk.wait(60) == 0
    assert "Reeds that are newer" in [record["title"] for record in records(config)]
    last = watch._bulk
    watch.step(3 * watching._BULK)
    assert watch._bulk is last, "nothing has changed"
    watch.stop()


def test_a_watch_that_is_stopped_does_not_wait_for_the_file(corpus, engine, config, settings, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    watch = Watch(config)
    watch.step(0.0)
    watch.stop()
    assert watch._bulk.returncode == -signal.SIGTERM
    make_bulk(engine, config)
    assert is_whole(config)


def test_memory_does_not_grow_with_the_number_of_records(settings, tmp_path, corpus):
    vocabularies = corpus.vocabularies()
    most = {}
    for count in (100, 2_000):
        engine = WhooshEngine(tmp_path / str(count))
        made = (make_record(f"case-{number:05}", text="Reed and heron. " * 60) for number in range(count))
        engine.build((to_document(record, vocabularies, "1") for record in made), Edition("1", vocabularies, {}, ()))
        config = load_config({**settings, "HUB_INSTANCE": str(tmp_path / f"bulk-{count}")})
        engine.info()
        tracemalloc.start()
        make_bulk(engine, config)
        most[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(records(config)) == count
    assert most[2_000] - most[100] < 1_000_000, most


WORDS = {"harvester": "t", "first_seen": "2026", "last_seen": "2026", "words": "source"}
QUOTED = {"evidence": {"field": "original", "quote": "in its words"}}


@pytest.mark.parametrize(
    ("given", "own", "theirs"),
    [
        ({}, ["title", "abstract"], []),
        ({"text": "t", "tags": [tag("country", "KEN")]}, ["title", "abstract", "text", "tags"], []),
        ({"tags": [tag("country", "KEN", "rejected") | QUOTED]}, ["title", "abstract"], []),
        ({"tags": [tag("country", "KEN") | QUOTED]}, ["title", "abstract", "tags"], ["tags.evidence"]),
        ({"source_tags": ["reed"], "images": [{"url": "https://example.org/a.png"}]}, ["title", "abstract"],
         ["source_tags", "images"]),
        ({"provenance": WORDS, "license": "CC BY-SA 3.0", "results": "r", "tags": [tag("country", "KEN")]}, ["tags"],
         ["title", "abstract", "results"]),
    ],
)  # fmt: skip
def test_each_record_says_which_of_its_words_are_whose(given, own, theirs):
    record = make_record(**given)
    found = terms.terms_json(record)
    assert found["own"] == {"license": "CC BY 4.0", "license_url": terms.LICENSE_URL, "fields": own}
    assert found["source"] == {
        "license": given.get("license"), "rights": None, "publisher": "Example Portal", "url": record.url,
        "fields": theirs,
    }  # fmt: skip


def test_the_licence_is_that_of_the_project():
    said = " ".join((ROOT / "LICENSE-corpus").read_text().split())
    found = terms.license_json()
    for text in (found["name"], found["url"], found["covers"], found["conditions"], *found["does_not_cover"]):
        assert text in said, text


def test_the_real_corpus_fits_with_all_its_terms(real_engine, settings):
    config = load_config(settings)
    make_bulk(real_engine, config)
    found = [line for line in lines(config) if "record" in line]
    assert len(found) == real_engine.info().records
    for line in found:
        told = [*line["terms"]["own"]["fields"], *line["terms"]["source"]["fields"]]
        assert len(told) == len(set(told)) and {name.split(".")[0] for name in told} <= set(line["record"])
