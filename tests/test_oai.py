"""/oai: the verbs and errors of OAI-PMH 2.0, each answer fitting the published schemas."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sqlite3
from urllib.parse import urlencode

import pytest
from conftest import make_record, tag
from msgspec.structs import replace
from oai_schemas import NAMES, OAI, checked, texts

from hub.app import create_app
from hub.config import load_config
from hub.corpus import Corpus
from hub.engine.whoosh.engine import WhooshEngine
from hub.oai import provider
from hub.record import Status
from indexer.build import build

HOST = "hub.example.org"
CASE = f"oai:{HOST}:reed-bed"
RICH = make_record(
    "rich-case",
    title="Brebis & <chèvres> paissent “encore” ici",
    language="fr",
    abstract="Après trente ans, des bergers ramènent leurs brebis sur le causse, et les fleurs reviennent.",
    challenge="Le pâturage a disparu.",
    action="Des moutons sont revenus.\n\nIls restent en hiver.",
    translations={"en": {"title": "Sheep and goats graze again", "abstract": "Sheep are back on the hills."}},
    tags=[
        tag("target", "GBF-TARGET-08"),
        tag("target", "GBF-TARGET-09", "rejected"),
        tag("theme", "eco-mountain-polar"),
        tag("country", "FRA"),
        tag("region", "150"),
    ],
    place="Causse Méjean",
    point={"lon": 3.41, "lat": 44.27, "precision": "approximate"},
    began="2014-05",
    ended="2019",
    organisations=["Parc national des Cévennes"],
    source_id="4711",
    source_tags=["pastoralisme"],
    license="https://creativecommons.org/licenses/by-sa/4.0/",
    issued="2020-03-01",
    modified="2021-01-02",
    also_at=["https://example.org/elsewhere"],
    references=["https://example.org/study"],
    replaces=["grazing"],
    documents=[{"url": "https://example.org/report.pdf"}],
)


class Repository:
    """A small hub that is asked by OAI-PMH."""

    def __init__(self, folder, corpus, engine, **settings):
        self.corpus, self.engine = corpus, engine
        environ = {"HUB_INSTANCE": str(folder), "HUB_BASE_URL": f"https://{HOST}", **settings}
        self.config = load_config(environ)
        self.client = create_app(self.config, engine).test_client()
        self.update()

    def update(self, *records):
        """Write records, and bring them into the index."""
        for record in records:
            known = self.corpus.entry(record.id).revision if record.id in self.corpus.ids() else None
            self.corpus.write(record, known)
        build(self.corpus, self.engine, changes=self.config.changes)

    def ask(self, *pairs, **arguments):
        """The answer, which fits the schemas."""
        arguments = {name.rstrip("_"): value for name, value in arguments.items()}
        return self.text(urlencode([*pairs, *arguments.items()]))

    def text(self, query):
        answer = self.client.get(f"/oai?{query}")
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/xml; charset=utf-8"
        return checked(answer.data)


@pytest.fixture
def repository(corpus, engine, tmp_path):
    return Repository(tmp_path / "instance", corpus, engine)


@pytest.fixture(scope="module")
def reading(small, tmp_path_factory):
    """The small hub for tests that change nothing, with a rich record and 250 plain ones from one source."""
    folder = shutil.copytree(small, tmp_path_factory.mktemp("oai"), dirs_exist_ok=True)
    corpus = Corpus(folder / "corpus")
    corpus.write(RICH, None)
    for number in range(250):
        corpus.write(make_record(f"plain-{number:03}", source="plain"), None)
    return Repository(folder, corpus, WhooshEngine(folder / "index"))


def errors(root):
    return [node.get("code") for node in root.findall(f"{OAI}error")]


def ids(root):
    return [text.rsplit(":", 1)[1] for text in texts(root, ".//oai:header/oai:identifier")]


def deleted(root):
    headers = root.findall(".//oai:header[@status='deleted']", NAMES)
    return {header.findtext("oai:identifier", None, NAMES).rsplit(":", 1)[1] for header in headers}


def harvest(repository, verb="ListRecords", **arguments):
    """All pages of a list."""
    root = repository.ask(verb=verb, **arguments)
    pages = [root]
    while token := root.findtext(".//oai:resumptionToken", "", NAMES):
        root = repository.ask(verb=verb, resumptionToken=token)
        pages.append(root)
    return pages


def test_identify_says_what_the_repository_can_do(reading):
    root = reading.ask(verb="Identify")
    said = {node.tag.removeprefix(OAI): node.text for node in root.find("oai:Identify", NAMES)}
    assert said["repositoryName"] == "Knowledge Hub" and said["baseURL"] == f"https://{HOST}/oai"
    assert said["protocolVersion"] == "2.0" and said["deletedRecord"] == "persistent"
    assert said["granularity"] == "YYYY-MM-DDThh:mm:ssZ" and said["adminEmail"] == f"webmaster@{HOST}"
    assert said["earliestDatestamp"] == min(
        texts(reading.ask(verb="ListIdentifiers", metadataPrefix="oai_dc"), ".//oai:datestamp")
    )
    assert texts(root, ".//id:repositoryIdentifier") == [HOST] and texts(root, ".//id:scheme") == ["oai"]
    sample, pattern = (
        texts(root, ".//id:sampleIdentifier")[0],
        r"oai:[a-zA-Z][a-zA-Z0-9\-]*(\.[a-zA-Z][a-zA-Z0-9\-]*)+:[a-zA-Z0-9\-_.!~*'();/?:@&=+$,%]+",
    )
    assert re.fullmatch(pattern, sample)


def test_the_address_for_questions_is_that_of_the_site(corpus, engine, tmp_path):
    named = Repository(tmp_path / "instance", corpus, engine, HUB_CONTACT="cases@example.org")
    assert texts(named.ask(verb="Identify"), ".//oai:adminEmail") == ["cases@example.org"]


def test_without_an_address_of_its_own_the_host_of_the_request_counts(corpus, engine, tmp_path):
    local = Repository(tmp_path / "instance", corpus, engine, HUB_BASE_URL="")
    root = local.ask(verb="Identify")
    assert texts(root, ".//oai:baseURL") == ["http://localhost/oai"]
    assert texts(root, ".//oai:description") == [], "localhost is no name of a repository"
    assert ids(local.ask(verb="GetRecord", identifier="oai:localhost:reed-bed", metadataPrefix="oai_dc")) == [
        "reed-bed"
    ]


@pytest.mark.parametrize("encoding", ["gzip", "br"])
def test_answers_are_compressed_as_identify_says(reading, encoding):
    answer = reading.client.get("/oai?verb=ListRecords&metadataPrefix=oai_dc", headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    assert encoding in texts(reading.ask(verb="Identify"), ".//oai:compression")


def test_requests_are_answered_from_forms_as_from_addresses(reading):
    asked = {"verb": "GetRecord", "identifier": CASE, "metadataPrefix": "oai_dc"}
    posted = checked(reading.client.post("/oai", data=asked).data)
    assert ids(posted) == ids(reading.ask(**asked)) == ["reed-bed"]
    assert errors(checked(reading.client.post("/oai", json=asked).data)) == ["badVerb"]
    assert errors(checked(reading.client.post("/oai?verb=Identify", data=asked).data)) == ["badVerb"], "given twice"


def test_a_request_is_repeated_and_the_time_of_the_answer_is_now(reading):
    root = reading.ask(verb="GetRecord", identifier=CASE, metadataPrefix="oai_dc")
    node = root.find("oai:request", NAMES)
    assert (node.text, dict(node.attrib)) == (
        f"https://{HOST}/oai",
        {"verb": "GetRecord", "identifier": CASE, "metadataPrefix": "oai_dc"},
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", root.findtext("oai:responseDate", "", NAMES))


def test_sets_have_english_names_and_stand_below_their_vocabulary(reading):
    root = reading.ask(verb="ListSets")
    sets = dict(zip(texts(root, ".//oai:setSpec"), texts(root, ".//oai:setName"), strict=True))
    assert sets["target"] == "Target" and sets["target:8"].startswith("Target 8: ")
    assert sets["country:FRA"] == "Country: France" and sets["theme:eco"] == "Theme: Ecosystems"
    assert sets["source:example-portal"] == "Source: Example Portal"
    assert "target:3" not in sets, "nothing is in it"


def test_a_header_lists_the_sets_of_its_record_and_each_of_them_has_it(reading):
    root = reading.ask(verb="GetRecord", identifier=f"oai:{HOST}:rich-case", metadataPrefix="oai_dc")
    sets = texts(root, ".//oai:header/oai:setSpec")
    assert {"target:8", "target:reducing-threats", "theme:eco-mountain-polar", "theme:eco", "country:FRA"} <= set(sets)
    assert "target:9" not in sets, "rejected"
    for name in (*sets, "target", "theme", "source", "country"):
        pages = harvest(reading, "ListIdentifiers", metadataPrefix="oai_dc", set=name)
        assert "rich-case" in [one for page in pages for one in ids(page)]


def test_formats_are_those_of_every_record_and_none_of_a_deleted_one(reading):
    assert texts(reading.ask(verb="ListMetadataFormats"), ".//oai:metadataPrefix") == ["oai_dc", "datacite"]
    assert texts(reading.ask(verb="ListMetadataFormats", identifier=CASE), ".//oai:metadataPrefix") == [
        "oai_dc",
        "datacite",
    ]
    assert errors(reading.ask(verb="ListMetadataFormats", identifier=f"oai:{HOST}:gone-case")) == ["noMetadataFormats"]


def test_a_record_in_dublin_core(reading):
    root = reading.ask(verb="GetRecord", identifier=f"oai:{HOST}:rich-case", metadataPrefix="oai_dc")
    found = {}
    for node in root.find(".//oai:metadata", NAMES)[0]:
        found.setdefault(node.tag.rpartition("}")[2], []).append(node.text)
    assert found["title"] == ["Brebis & <chèvres> paissent “encore” ici", "Sheep and goats graze again"]
    assert found["subject"] == ["GBF Target 8: Climate change", "Mountains and polar regions", "pastoralisme"]
    assert found["description"][:2] == [RICH.abstract, "Le pâturage a disparu."]
    assert found["description"][-1] == "Sheep are back on the hills."
    assert found["identifier"] == [f"https://{HOST}/records/rich-case"] and found["source"] == [RICH.url]
    assert found["coverage"] == ["France", "Europe", "Causse Méjean", "2014-05/2019", "east=3.41; north=44.27"]
    assert found["rights"][0] == "https://creativecommons.org/licenses/by/4.0/" and "by-sa" in found["rights"][1]
    assert found["creator"] == ["Knowledge Hub"]
    assert found["contributor"] == ["Example Portal", "Parc national des Cévennes"]
    assert found["relation"] == [*RICH.also_at, *RICH.references, "https://example.org/report.pdf"]


def test_a_record_in_datacite(reading):
    root = reading.ask(verb="GetRecord", identifier=f"oai:{HOST}:rich-case", metadataPrefix="datacite")
    subjects = {node.text: dict(node.attrib) for node in root.findall(".//dcite:subject", NAMES)}
    target = subjects["GBF Target 8: Climate change"]
    assert target["subjectScheme"] == "Kunming-Montreal Global Biodiversity Framework targets"
    assert (target["classificationCode"], target["valueURI"]) == ("8", "https://www.cbd.int/gbf/targets/8")
    assert (
        subjects["Mountains and polar regions"]["valueURI"] == f"https://{HOST}/vocabularies/theme#eco-mountain-polar"
    )
    assert subjects["Mountains and polar regions"]["schemeURI"] == f"https://{HOST}/vocabularies/theme"
    assert subjects["France"]["subjectScheme"].startswith("ISO 3166-1") and subjects["pastoralisme"] == {}
    assert texts(root, ".//dcite:pointLatitude") == ["44.27"] and texts(root, ".//dcite:pointLongitude") == ["3.41"]
    dates = {node.get("dateType"): node.text for node in root.findall(".//dcite:date", NAMES)}
    assert dates["Coverage"] == "2014-05/2019" and dates["Updated"] == "2021-01-02"
    related = {node.get("relationType"): node.text for node in root.findall(".//dcite:relatedIdentifier", NAMES)}
    assert related["IsDerivedFrom"] == RICH.url and related["Obsoletes"] == f"https://{HOST}/records/grazing"
    assert root.find(".//dcite:rights", NAMES).get("rightsIdentifier") == "CC-BY-4.0"
    assert root.find(".//dcite:description[@descriptionType='Methods']", NAMES).text.startswith("Des moutons")


@pytest.mark.parametrize("prefix", ["oai_dc", "datacite"])
def test_a_text_that_is_its_sources_has_its_author_and_its_licence(repository, prefix):
    provenance = {**{"harvester": "test", "first_seen": "2026-01-01", "last_seen": "2026-01-01"}, "words": "source"}
    own = "https://creativecommons.org/licenses/by-nc/4.0/"
    repository.update(
        make_record("theirs", provenance=provenance, license=own, rights="© Example Portal", issued="2015")
    )
    root = repository.ask(verb="GetRecord", identifier=f"oai:{HOST}:theirs", metadataPrefix=prefix)
    words = [node.text for node in root.find(".//oai:metadata", NAMES).iter() if node.text]
    assert own in words and "© Example Portal" in words and "2015" in words and "Knowledge Hub" not in words
    assert "https://creativecommons.org/licenses/by/4.0/" not in words


@pytest.mark.parametrize("prefix", ["oai_dc", "datacite"])
def test_every_record_of_the_real_corpus_fits_the_schemas(real_corpus, real_engine, tmp_path, prefix):
    config = load_config({"HUB_INSTANCE": str(tmp_path), "HUB_BASE_URL": f"https://{HOST}"})
    build(real_corpus, real_engine, changes=config.changes)
    real = Repository.__new__(Repository)
    real.client = create_app(config, real_engine).test_client()
    pages = harvest(real, metadataPrefix=prefix)
    assert len(pages) == 4
    assert sorted(one for page in pages for one in ids(page)) == sorted(real_engine.fingerprints())


@pytest.mark.parametrize("verb", ["ListRecords", "ListIdentifiers"])
def test_a_long_list_comes_in_parts_that_say_where_they_are(reading, verb):
    pages = harvest(reading, verb, metadataPrefix="oai_dc")
    assert [len(ids(page)) for page in pages] == [100, 100, 59]
    tokens = [page.find(".//oai:resumptionToken", NAMES) for page in pages]
    assert [token.get("cursor") for token in tokens] == ["0", "100", "200"]
    assert {token.get("completeListSize") for token in tokens} == {"259"} and not tokens[-1].text
    found = [one for page in pages for one in ids(page)]
    assert len(set(found)) == 259 and {"reed-bed", "gone-case", "grazing"} <= set(found)
    assert re.fullmatch("[A-Za-z0-9_-]+", tokens[0].text), "needs no quoting"


def test_a_list_whose_rest_changed_meanwhile_ends_without_an_error(repository, monkeypatch):
    monkeypatch.setattr(provider, "PAGE", 6)
    first = repository.ask(verb="ListRecords", metadataPrefix="oai_dc", until="2990-01-01")
    token, given = first.findtext(".//oai:resumptionToken", "", NAMES), ids(first)
    with sqlite3.connect(repository.config.changes) as journal:  # what was not given has changed after the end
        journal.execute("UPDATE records SET datestamp = '2999-01-01T00:00:00Z' WHERE id > ?", (given[-1],))
    journal.close()
    last = repository.ask(verb="ListRecords", resumptionToken=token)
    assert ids(last) == given[-1:] and last.find(".//oai:resumptionToken", NAMES).text is None


def test_a_list_that_fits_into_one_answer_has_no_token(reading):
    root = reading.ask(verb="ListRecords", metadataPrefix="oai_dc", set="country:FRA")
    assert sorted(ids(root)) == ["rich-case", "tourbiere-du-plateau"]
    assert root.find(".//oai:resumptionToken", NAMES) is None


def test_a_withdrawn_record_is_a_header_that_says_deleted(repository):
    repository.update(replace(repository.corpus.entry("reed-bed").record, status=Status.WITHDRAWN))
    root = repository.ask(verb="GetRecord", identifier=CASE, metadataPrefix="oai_dc")
    assert deleted(root) == {"reed-bed"} and root.find(".//oai:metadata", NAMES) is None
    assert "country:DEU" in texts(root, ".//oai:setSpec")
    assert deleted(repository.ask(verb="ListRecords", metadataPrefix="datacite")) == {
        "reed-bed",
        "gone-case",
        "old-case",
    }


def test_a_record_that_has_gone_from_the_index_is_deleted_before_the_journal_says_so(repository):
    corpus = repository.corpus
    entry = corpus.entry("reed-bed")
    corpus.write(replace(entry.record, status=Status.WITHDRAWN), entry.revision)
    build(corpus, repository.engine)
    assert "reed-bed" in deleted(repository.ask(verb="ListRecords", metadataPrefix="oai_dc"))


def test_from_and_until_are_days_or_seconds_and_both_included(repository):
    repository.update(make_record("later"))
    stamp = texts(
        repository.ask(verb="GetRecord", identifier=f"oai:{HOST}:later", metadataPrefix="oai_dc"), ".//oai:datestamp"
    )[0]

    def found(**dates):
        return ids(repository.ask(verb="ListIdentifiers", metadataPrefix="oai_dc", **dates))

    assert found(from_=stamp) == ["later"] == found(from_=stamp, until=stamp)
    assert len(found(until=stamp)) == 8 == len(found(from_=stamp[:10], until=stamp[:10]))
    assert len(found(from_="0001-01-01")) == 8


ASKED = "verb=ListRecords&metadataPrefix=oai_dc"


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["badVerb"]),
        ("verb=", ["badVerb"]),
        ("verb=identify", ["badVerb"]),
        ("verb=Identify&verb=Identify", ["badVerb"]),
        ("verb=Identify&verb=ListSets", ["badVerb"]),
        ("verb=Identify&set=target", ["badArgument"]),
        ("verb=Identify&resumptionToken=x", ["badArgument"]),
        ("verb=ListSets&set=target", ["badArgument"]),
        ("verb=ListSets&resumptionToken=x", ["badResumptionToken"]),
        ("verb=ListMetadataFormats&metadataPrefix=oai_dc", ["badArgument"]),
        ("verb=ListMetadataFormats&identifier=oai:hub.example.org:unheard", ["idDoesNotExist"]),
        ("verb=GetRecord", ["badArgument", "badArgument"]),
        ("verb=GetRecord&identifier=oai:hub.example.org:reed-bed", ["badArgument"]),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=reed-bed", ["idDoesNotExist"]),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:other.example.org:reed-bed", ["idDoesNotExist"]),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:hub.example.org:draft-case", ["idDoesNotExist"]),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=invalid%22id%00%01%ff%20%3C", ["idDoesNotExist"]),
        ("verb=GetRecord&metadataPrefix=marc21&identifier=oai:hub.example.org:reed-bed", ["cannotDisseminateFormat"]),
        (
            "verb=GetRecord&metadataPrefix=marc21&identifier=oai:hub.example.org:x",
            ["cannotDisseminateFormat", "idDoesNotExist"],
        ),
        ("verb=GetRecord&metadataPrefix=oai%20dc&identifier=oai:hub.example.org:reed-bed", ["badArgument"]),
        ("verb=ListRecords", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=", ["badArgument"]),
        ("verb=ListRecords&metadataPrefix=marc21", ["cannotDisseminateFormat"]),
        ("verb=ListIdentifiers&metadataPrefix=marc21", ["cannotDisseminateFormat"]),
        (f"{ASKED}&metadataPrefix=oai_dc", ["badArgument"]),
        (f"{ASKED}&page=2", ["badArgument"]),
        (f"{ASKED}&identifier=oai:hub.example.org:reed-bed", ["badArgument"]),
        (f"{ASKED}&set=unheard", ["noRecordsMatch"]),
        (f"{ASKED}&set=target:8:more", ["noRecordsMatch"]),
        (f"{ASKED}&set=target:", ["badArgument"]),
        (f"{ASKED}&set=target%2F8", ["badArgument"]),
        (f"{ASKED}&set=", ["badArgument"]),
        (f"{ASKED}&from=", ["badArgument"]),
        (f"{ASKED}&from=2026", ["badArgument"]),
        (f"{ASKED}&from=2026-02-30", ["badArgument"]),
        (f"{ASKED}&from=0000-01-01", ["badArgument"]),
        (f"{ASKED}&from=2026-01-01T00:00:00", ["badArgument"]),
        (f"{ASKED}&from=2026-01-01T00:00:00.5Z", ["badArgument"]),
        (f"{ASKED}&from=2026-01-01T24:00:00Z", ["badArgument"]),
        (f"{ASKED}&until=junk&from=junk", ["badArgument", "badArgument"]),
        (f"{ASKED}&from=2026-02-02&until=2026-02-01", ["badArgument"]),
        (f"{ASKED}&from=2026-01-01&until=2026-02-01T00:00:00Z", ["badArgument"]),
        (f"{ASKED}&from=2200-01-01", ["noRecordsMatch"]),
        (f"{ASKED}&until=1999-01-01", ["noRecordsMatch"]),
        (f"{ASKED}&resumptionToken=x", ["badArgument"]),
        ("verb=ListRecords&resumptionToken=", ["badResumptionToken"]),
        ("verb=ListRecords&resumptionToken=junk", ["badResumptionToken"]),
        ("verb=ListRecords&resumptionToken=%00%01%C3%A9", ["badResumptionToken"]),
        ("verb=ListRecords&resumptionToken=junk&until=2000-02-05", ["badArgument"]),
        ("verb=ListRecords&resumptionToken=junk&resumptionToken=junk", ["badArgument"]),
        (f"verb={'x' * 5000}", ["badVerb"]),
        (f"{ASKED}&%3Cb%3E%01=1", ["badArgument"]),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_by_the_codes_of_the_protocol(reading, query, codes):
    root = reading.text(query)
    assert errors(root) == codes
    assert all(node.text for node in root.findall(f"{OAI}error"))
    repeated = root.find("oai:request", NAMES).attrib
    assert not repeated if {"badVerb", "badArgument"} & set(codes) else repeated["verb"] in query


def read(token):
    return json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))


def written(content):
    return base64.urlsafe_b64encode(json.dumps(content, separators=(",", ":")).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "change",
    [
        {0: "ListIdentifiers"},
        {1: "oai dc"},
        {1: ""},
        {2: "2026"},
        {2: "2026-02-02", 3: "2026-01-01"},
        {4: "a/b"},
        {5: ""},
        {5: "2026-01-01"},
        {6: "x' OR 1=1 --"},
        {6: ""},
        {7: -1},
        {7: 300},
        {7: "100"},
        {8: 10**12},
        {9: "more"},
    ],
)
def test_a_token_that_was_tampered_with_is_refused(reading, change):
    token = reading.ask(verb="ListRecords", metadataPrefix="oai_dc").findtext(".//oai:resumptionToken", "", NAMES)
    assert written(read(token)) == token
    content = dict(enumerate(read(token))) | change
    root = reading.ask(verb="ListRecords", resumptionToken=written([*content.values()]))
    assert errors(root) == ["badResumptionToken"]


def test_a_token_is_refused_where_anything_is_added_to_it(reading):
    token = reading.ask(verb="ListRecords", metadataPrefix="oai_dc").findtext(".//oai:resumptionToken", "", NAMES)
    for wrong in (token + "=", token + "A", " " + token, token[:-1], token + "\n", token.replace("A", "!", 1)):
        assert errors(reading.ask(verb="ListRecords", resumptionToken=wrong)) == ["badResumptionToken"]
    assert errors(reading.ask(verb="ListIdentifiers", resumptionToken=token)) == ["badResumptionToken"]


def test_without_an_index_or_a_journal_harvesters_are_told_to_come_again(repository, engine, tmp_path):
    repository.config.changes.unlink()
    for query in ("verb=Identify", ASKED):
        answer = repository.client.get(f"/oai?{query}")
        assert answer.status_code == 503 and answer.headers["Retry-After"] == "30"
        assert "indexer build" in answer.json["detail"]
    empty = create_app(load_config({"HUB_INSTANCE": str(tmp_path / "empty")})).test_client()
    assert empty.get("/oai?verb=Identify").status_code == 503


def test_a_hub_without_records_says_so(small, tmp_path):
    folder = tmp_path / "corpus"
    (folder / "records").mkdir(parents=True)
    shutil.copytree(small / "corpus" / "vocabularies", folder / "vocabularies")
    empty = Repository(tmp_path, Corpus(folder), WhooshEngine(tmp_path / "index"))
    assert errors(empty.ask(verb="ListSets")) == ["noSetHierarchy"]
    assert errors(empty.ask(verb="ListRecords", metadataPrefix="oai_dc")) == ["noRecordsMatch"]
    assert not errors(empty.ask(verb="Identify"))


def test_programs_of_other_sites_may_ask_and_heads_have_no_body(reading):
    answer = reading.client.head("/oai?verb=Identify")
    assert answer.status_code == 200 and not answer.data
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and answer.headers["Cache-Control"] == "no-cache"
    assert reading.client.delete("/oai").status_code == 405


def test_people_who_write_programs_are_told(reading):
    assert f"<code>https://{HOST}/oai</code>" in reading.client.get("/api").text
