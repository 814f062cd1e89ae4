"""Fixtures: a small corpus on disk, an index of it, and the real corpus."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from misbehaving import Misbehaving

from hub import config as settings
from hub.app import create_app
from hub.bulk import BulkFile
from hub.config import SETTINGS, Config, load_config
from hub.corpus import Corpus, format_record
from hub.engine.whoosh.engine import WhooshEngine
from hub.record import Record, parse_record
from indexer.build import build
from indexer.bulk import make_bulk
from indexer.fetch.client import Fetcher
from indexer.fetch.store import Store
from indexer.fetch.terms import Limits
from indexer.tag.tagger import Tagger, load_tagger

ROOT = Path(__file__).resolve().parent.parent

PLAIN = {
    "id": "reed-bed",
    "status": "published",
    "type": "case-study",
    "title": "Reed beds clean the water of a lake",
    "abstract": "A town planted reed beds around its lake. The water became clearer within three years.",
    "language": "en",
    "source": "example-portal",
    "publisher": "Example Portal",
    "url": "https://example.org/cases/reed-bed",
    "provenance": {"harvester": "test", "first_seen": "2026-01-01", "last_seen": "2026-01-01"},
}


# Files whose tests take longest: they begin first, so that no worker is left alone with one of them at the end.
LONGEST = (
    *("test_evaluate", "test_harvest_cli", "test_browser", "test_curate_browser", "test_requests", "test_history"),
    *("test_agreement", "test_history_kill", "test_kill", "test_embed_browser", "test_tag_cli", "test_curate"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; each keeps its order within."""
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.stem, len(place)))


def make_record(record_id: str = "reed-bed", **changes) -> Record:
    """A valid record, with some fields changed (None takes a field out)."""
    data = {**PLAIN, "id": record_id, "url": f"https://example.org/cases/{record_id}", **changes}
    data = {name: value for name, value in data.items() if value is not None}
    return parse_record(data, f"{record_id}.yaml")


def tag(vocabulary: str, concept: str, decision: str = "accepted") -> dict:
    """A tag as plain data."""
    return {"vocabulary": vocabulary, "concept": concept, "decision": decision, "method": "curator"}


SMALL = (
    make_record("reed-bed", tags=[tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-11"),
                                  tag("theme", "eco-freshwater"), tag("country", "DEU")],
                began="2014", evidence_level="measured", text="Reed roots feed bacteria that take up nitrogen."),
    make_record("mangrove-nursery", title="Women raise mangrove seedlings",
                abstract="A cooperative in Kwale grows mangrove seedlings and sells honey.",
                tags=[tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-23"), tag("theme", "eco-coast"),
                      tag("country", "KEN")], began="2019", type="good-practice", source="other-portal",
                publisher="Other Portal", action="Seedlings are planted where the shore erodes."),
    make_record("tourbiere-du-plateau", language="fr", title="La tourbière du plateau retrouve son eau",
                abstract="Des fossés sont bouchés ; les sphaignes reviennent dans les tourbières.",
                tags=[tag("target", "GBF-TARGET-02"), tag("target", "GBF-TARGET-08"), tag("theme", "eco-freshwater"),
                      tag("country", "FRA"), tag("country", "BEL")], evidence_level="described"),
    make_record("indice-de-ciudades", language="es", type="tool", title="Índice de biodiversidad para ciudades",
                abstract="Una herramienta con veinte indicadores para la restauración de parques urbanos.",
                tags=[tag("target", "GBF-TARGET-12"), tag("theme", "eco-urban"), tag("region", "019")]),
    make_record("draft-case", status="draft", title="A draft nobody sees yet"),
    make_record("gone-case", status="withdrawn", title="A withdrawn case"),
    make_record("merged-case", title="Two descriptions of one lake became one", replaces=["old-case"],
                tags=[tag("country", "POL"), tag("target", "GBF-TARGET-07")], began="2001", ended="2005"),
)  # fmt: skip


@pytest.fixture(scope="session")
def small(tmp_path_factory) -> Path:
    """A folder with the small corpus and the index of it, made once: tests get copies."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "corpus" / "records").mkdir(parents=True)
    # Without the synonyms, which take half a second to read.
    vocabularies = ROOT / "corpus" / "vocabularies"
    shutil.copytree(vocabularies, folder / "corpus" / "vocabularies", ignore=lambda *_: ["synonyms.yaml"])
    for record in SMALL:
        (folder / "corpus" / "records" / f"{record.id}.yaml").write_text(format_record(record), encoding="utf-8")
    build(Corpus(folder / "corpus"), WhooshEngine(folder / "index"))
    return folder


@pytest.fixture
def corpus(small, tmp_path) -> Corpus:
    """A small corpus on disk: five published records in three languages, a draft, a withdrawn one."""
    return Corpus(Path(shutil.copytree(small / "corpus", tmp_path / "corpus")))


@pytest.fixture
def folder(corpus, monkeypatch, tmp_path) -> Path:
    """The same with what harvests and tagging need, and the environment in which the commands find it."""
    (corpus.folder / "sources").mkdir()
    (corpus.folder / "tagging").symlink_to(ROOT / "corpus" / "tagging")
    for name, value in (
        ("HUB_CORPUS", corpus.folder),
        ("HUB_INSTANCE", tmp_path / "instance"),
        ("HUB_PRIVATE_ADDRESSES", "allow"),
        ("HUB_CONTACT", "office@example.org"),
    ):
        monkeypatch.setenv(name, str(value))
    return corpus.folder


@pytest.fixture
def engine(corpus, small, tmp_path) -> WhooshEngine:
    """An engine with the small corpus indexed."""
    return WhooshEngine(Path(shutil.copytree(small / "index", tmp_path / "instance" / "index")))


@pytest.fixture(scope="session")
def real_corpus() -> Corpus:
    """The corpus of the project; tests only read it."""
    return Corpus(ROOT / "corpus")


@pytest.fixture(scope="session")
def tagger(real_corpus) -> Tagger:
    """The tagger with everything that the real corpus tells it."""
    return load_tagger(real_corpus)


@pytest.fixture(scope="session")
def real_engine(real_corpus, tmp_path_factory) -> WhooshEngine:
    """An engine with the whole real corpus indexed."""
    whoosh = WhooshEngine(tmp_path_factory.mktemp("real") / "index")
    build(real_corpus, whoosh)
    return whoosh


@pytest.fixture
def client(engine):
    """The site over the small corpus."""
    return create_app(load_config({}), engine).test_client()


@pytest.fixture(scope="session")
def real_client(real_engine):
    """The site over the real corpus."""
    return create_app(load_config({}), real_engine).test_client()


@pytest.fixture(scope="session")
def site(small, tmp_path_factory) -> tuple[Flask, BulkFile]:
    """The small hub with everything that can be asked for: a bulk file and a journal of changes too."""
    folder = tmp_path_factory.mktemp("site")
    environ = {"HUB_INSTANCE": str(folder), "HUB_CORPUS": str(small / "corpus"), "HUB_RATE_LIMIT": "off"}
    config = load_config({**environ, "HUB_BASE_URL": "https://hub.example.org"})
    engine = WhooshEngine(Path(shutil.copytree(small / "index", config.index)))
    build(Corpus(config.corpus), engine, changes=config.changes)
    file = make_bulk(engine, config)
    return create_app(config, engine), file


FETCH_LIMITS = Limits(connect=1, read=0.3, total=0.8, wait=5, back_off=0.01, body=100_000, run=3_000_000)
FETCH_AGENT = "HarvestTest/1.0 (+https://hub.example.org)"


@pytest.fixture
def server() -> Iterator[Misbehaving]:
    """A web server on this machine that does what a test wants."""
    with Misbehaving() as running:
        yield running


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    """The file of what was fetched, empty."""
    opened = Store(tmp_path / "fetched.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def fetcher(store, server) -> Fetcher:
    """Fetches from the server, and does not wait long."""
    return Fetcher(store, FETCH_AGENT, private=True, resolve=server.resolve, limits=FETCH_LIMITS)


@pytest.fixture(scope="session", autouse=True)
def _counted_elsewhere(tmp_path_factory) -> Iterator[None]:
    """What tests look for in vain on the site is not counted among what people do."""
    folder, real = tmp_path_factory.mktemp("demand"), Config.demand_file.fget
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Config,
            "demand_file",
            property(lambda config: real(config) if config.instance != ROOT / "instance" else folder / "demand.sqlite"),
        )
        yield


@pytest.fixture(scope="session", autouse=True)
def _as_fast_as_they_can() -> Iterator[None]:
    """Tests may ask as often as they like, but where they set a limit themselves."""
    unlimited = tuple(replace(one, default="off") if one.name == "HUB_RATE_LIMIT" else one for one in SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "SETTINGS", unlimited)
        yield
