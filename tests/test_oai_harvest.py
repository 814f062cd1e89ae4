"""Real harvesters over HTTP: what changes while they read and between two visits reaches them, nothing is missed."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from dataclasses import replace as changed_settings

import pytest
from conftest import make_record
from msgspec.structs import replace
from serving import served
from sickle import Sickle
from sickle.oaiexceptions import NoRecordsMatch
from test_oai import RICH, Repository

from hub.app import create_app
from hub.corpus import Corpus
from hub.engine.whoosh.engine import WhooshEngine
from hub.record import Status
from indexer.build import build
from indexer.fetch.client import Fetcher
from indexer.fetch.store import Store
from indexer.fetch.terms import Limits
from indexer.harvest.run import Harvest, Wanted
from indexer.harvest.source import Source
from indexer.harvest.state import State


class Mirror:
    """What a harvester has: id -> title, of records that are not deleted; `seen` lists every record it was given."""

    def __init__(self, address):
        self.client = Sickle(address, timeout=30)
        self.titles, self.seen, self.since = {}, [], ""

    def records(self, **asked):
        """A harvest that can be stopped at any record; what it gives is kept."""
        asked = {"metadataPrefix": "oai_dc"} | ({"from": self.since} if self.since else {}) | asked
        try:
            records = self.client.ListRecords(**asked)
        except NoRecordsMatch:
            return
        first = records.oai_response.xml.findtext("{http://www.openarchives.org/OAI/2.0/}responseDate")
        for record in records:
            name = record.header.identifier.rsplit(":", 1)[1]
            self.seen.append(name)
            if record.deleted:
                self.titles.pop(name, None)
            else:
                self.titles[name] = record.metadata["title"][0]
            yield name
        self.since = first

    def harvest(self, **asked):
        """One whole harvest: what changed since the last one, or everything; the ids it was given."""
        return list(self.records(**asked))


@contextmanager
def harvested(repository):
    """The address at which harvesters ask."""
    with served(create_app(changed_settings(repository.config, base_url=""), repository.engine)) as port:
        yield f"http://127.0.0.1:{port}/oai"


@pytest.fixture(scope="module")
def made(small, tmp_path_factory):
    """The folder of a hub with 255 published records, made once: tests get copies."""
    folder = shutil.copytree(small, tmp_path_factory.mktemp("hub"), dirs_exist_ok=True)
    corpus = Corpus(folder / "corpus")
    for number in range(250):
        corpus.write(make_record(f"plain-{number:03}", title=f"Case {number}"), None)
    build(corpus, WhooshEngine(folder / "index"))
    return folder


@pytest.fixture
def hub(made, tmp_path):
    """A hub with 255 published records."""
    folder = shutil.copytree(made, tmp_path / "hub")
    return Repository(folder, Corpus(folder / "corpus"), WhooshEngine(folder / "index"))


def changed(hub, name, **fields):
    return replace(hub.corpus.entry(name).record, **fields)


def truth(hub):
    records = (hub.engine.get(name) for name in hub.engine.fingerprints())
    return {record.id: record.title for record in records}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("prefix", ["oai_dc", "datacite"])
def test_a_client_gets_everything_once(hub, method, prefix):
    with harvested(hub) as address:
        client = Sickle(address, http_method=method, timeout=30)
        records = list(client.ListRecords(metadataPrefix=prefix))
        names = [record.header.identifier.removeprefix("oai:127.0.0.1:") for record in records]
        assert {name for name, record in zip(names, records, strict=True) if not record.deleted} == set(truth(hub))
        assert len(names) == len(set(names)) == 257
        headers = list(client.ListIdentifiers(metadataPrefix=prefix, set="country:DEU"))
        assert [header.identifier for header in headers] == ["oai:127.0.0.1:reed-bed"]
        assert client.Identify().deletedRecord == "persistent"
        assert {each.metadataPrefix for each in client.ListMetadataFormats()} == {"oai_dc", "datacite"}
        assert "target:2" in {each.setSpec for each in client.ListSets()}
        found = client.GetRecord(identifier="oai:127.0.0.1:reed-bed", metadataPrefix=prefix)
        assert found.header.datestamp == records[names.index("reed-bed")].header.datestamp


def test_what_changes_between_two_pages_is_seen_in_the_same_harvest_and_nothing_is_missed(hub):
    with harvested(hub) as address:
        mirror = Mirror(address)
        reading = mirror.records()
        first = [next(reading) for _ in range(100)]
        late = sorted(set(truth(hub)) - set(first))
        hub.update(
            changed(hub, first[50], title="Changed after it was read"),
            changed(hub, late[10], title="Changed before it was read"),
            changed(hub, first[60], status=Status.WITHDRAWN),
            changed(hub, late[20], status=Status.WITHDRAWN),
            make_record("a-new-case", title="New in between"),
        )
        rest = list(reading)
    assert mirror.titles == truth(hub)
    assert rest[-5:] == sorted(["a-new-case", first[50], first[60], late[10], late[20]]), "what changed comes last"
    assert sorted(mirror.seen) == sorted([*first, *late, "a-new-case", first[50], first[60]]), "all others just once"


def test_the_second_harvest_gets_what_changed_since_the_first_and_no_more(hub):
    with harvested(hub) as address:
        mirror = Mirror(address)
        assert len(mirror.harvest()) == 257
        stale = mirror.titles.copy()
        hub.update(
            changed(hub, "plain-007", title="Changed since"),
            changed(hub, "plain-008", status=Status.WITHDRAWN),
            changed(hub, "gone-case", status=Status.PUBLISHED),
            changed(hub, "merged-case", replaces=("old-case", "plain-009")),
            changed(hub, "plain-009", status=Status.WITHDRAWN),
            make_record("a-new-case", title="New since"),
        )
        moment = hub.ask(verb="GetRecord", identifier="oai:hub.example.org:plain-007", metadataPrefix="oai_dc")
        mirror.since = moment.findtext(".//{*}datestamp")
        names = ["a-new-case", "gone-case", "merged-case", "plain-007", "plain-008", "plain-009"]
        assert mirror.harvest() == names
        assert mirror.titles == truth(hub) != stale
        mirror.since = "2200-01-01T00:00:00Z"
        assert mirror.harvest() == []


def test_a_token_outlives_a_fresh_index_and_another_server(hub, tmp_path):
    with harvested(hub) as address:
        mirror = Mirror(address)
        reading = mirror.records()
        first = [next(reading) for _ in range(100)]
        token = hub.ask(verb="ListRecords", metadataPrefix="oai_dc").findtext(".//{*}resumptionToken")
    again = Repository(tmp_path / "hub", hub.corpus, WhooshEngine(tmp_path / "fresh"))
    with harvested(again) as address:
        rest = [record.header.identifier for record in Sickle(address).ListRecords(resumptionToken=token)]
    assert len(rest) == 157 and not {name.rsplit(":", 1)[1] for name in rest} & set(first)


def test_a_harvester_that_comes_again_and_again_misses_nothing_of_a_busy_curator(hub):
    done = threading.Event()

    def curate():
        for turn in range(6):
            hub.update(
                changed(hub, f"plain-{turn:03}", title=f"Turn {turn}"),
                changed(hub, "plain-100", title=f"Often {turn}"),
                changed(hub, f"plain-{turn + 200}", status=Status.WITHDRAWN),
                make_record(f"new-{turn:02}", title=f"New {turn}"),
            )
        done.set()

    with harvested(hub) as address:
        mirror = Mirror(address)
        mirror.harvest()
        curator = threading.Thread(target=curate)
        curator.start()
        visits = 0
        while not done.is_set():
            mirror.harvest()
            visits += 1
        curator.join()
        mirror.harvest()
    assert visits > 2
    assert mirror.titles == truth(hub)


def test_this_projects_own_harvester_takes_cases_over_and_sees_what_went(hub, corpus, tmp_path):
    case = replace(RICH, title="Brebis et chèvres paissent encore ici")
    hub.update(case)
    state, store = State(tmp_path / "state.sqlite"), Store(tmp_path / "fetched.sqlite")
    limits = Limits(connect=5, read=20, total=40, wait=1, back_off=0.01)
    fetcher = Fetcher(store, "hub-test/1", private=True, limits=limits)

    def harvest(address):
        source = Source("other-hub", "Other hub", "oai", address, delay=0, options={"set": "country"})
        return Harvest(corpus, state, fetcher, Wanted(), lambda *_: None).run([source])[0]

    try:
        with harvested(hub) as address:
            report = harvest(address)
            assert report.counts == {"new": 5} and not report.trouble
            taken = {r.source_id: r for r in map(corpus.get, corpus.ids()) if r.source == "other-hub"}
            record = taken["oai:127.0.0.1:rich-case"]
            assert (record.title, record.language, record.abstract) == (case.title, "fr", case.abstract)
            assert record.url == address.removesuffix("/oai") + "/records/rich-case"
            assert case.url in record.also_at
            assert "France" in record.place
            hub.update(
                changed(hub, "reed-bed", status=Status.WITHDRAWN),
                changed(hub, "rich-case", title="Brebis et chèvres paissent de nouveau ici"),
            )
            assert harvest(address).counts == {"changed": 1, "gone": 1, "unchanged": 3}
            after = {r.source_id: r for r in map(corpus.get, corpus.ids()) if r.source == "other-hub"}
            assert after["oai:127.0.0.1:reed-bed"].provenance.gone
    finally:
        fetcher.close()
        store.close()
        state.close()
