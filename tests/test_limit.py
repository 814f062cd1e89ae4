"""How often one address may ask: who is counted as one, what counts, and what is told about it."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.request import Request, urlopen

import pytest
from limits.errors import StorageError
from limits.storage import MemoryStorage
from waitress import create_server

from hub import cli
from hub.app import create_app
from hub.config import SETTINGS, load_config
from hub.errors import HubError
from hub.web.headers import limited
from hub.web.visitor import address_of, reader_of

URL = "/api/v1/records/reed-bed"
THREE = {"HUB_RATE_LIMIT": "3 per minute"}
NOW = 1_800_000_000.0


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands until a test moves it."""
    shown = [NOW]
    monkeypatch.setattr(time, "time", lambda: shown[0])
    return shown


@pytest.fixture
def site(engine, clock):
    """A site where an address may ask three times a minute."""
    return create_app(load_config(THREE), engine).test_client()


def asked_by(client, address, url=URL, **headers):
    return client.get(url, environ_overrides={"REMOTE_ADDR": address}, headers=headers)


def told(answer):
    return answer.headers.get("RateLimit"), answer.headers.get("RateLimit-Policy"), answer.headers.get("Retry-After")


def test_every_answer_tells_what_is_left_and_the_one_too_many_when_to_come_back(site, clock):
    policy = '"hub";q=3;w=60'
    for left in (2, 1, 0):
        answer = site.get(URL)
        assert (answer.status_code, *told(answer)) == (200, f'"hub";r={left};t=60', policy, None)
    clock[0] += 42.5
    refused = site.get(URL)
    assert (refused.status_code, *told(refused)) == (429, '"hub";r=0;t=18', policy, "18")
    assert refused.mimetype == "application/problem+json"
    assert (refused.json["status"], refused.json["title"]) == (429, "Too Many Requests")
    assert "3 times in 60 seconds" in refused.json["detail"] and "18 seconds" in refused.json["detail"]
    clock[0] += 18
    again = site.get(URL)
    assert (again.status_code, *told(again)) == (200, '"hub";r=2;t=60', policy, None)


def test_a_refusal_has_the_headers_of_its_kind_and_no_body_for_head(site):
    for _ in range(3):
        site.get(URL)
    refused, head = site.get(URL), site.head(URL)
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert {"RateLimit", "Retry-After"} <= set(refused.headers["Access-Control-Expose-Headers"].split(", "))
    assert refused.headers["Cache-Control"] == "no-store" and "ETag" not in refused.headers
    assert refused.headers["X-Content-Type-Options"] == "nosniff"
    assert (head.status_code, head.data, dict(head.headers)) == (429, b"", dict(refused.headers))


def test_kept_answers_count_and_do_not_repeat_what_was_told_to_others(site):
    assert asked_by(site, "192.0.2.1").headers["RateLimit"] == '"hub";r=2;t=60'
    assert asked_by(site, "192.0.2.1").headers["RateLimit"] == '"hub";r=1;t=60'
    other = asked_by(site, "192.0.2.2")
    assert other.headers.getlist("RateLimit") == ['"hub";r=2;t=60']


def test_who_takes_over_everything_page_by_page_has_an_allowance_apart(site):
    for left in (29, 28):
        page = site.get("/api/v1/search?cursor=&per_page=2")
        assert told(page)[:2] == (f'"hub-harvest";r={left};t=60', '"hub-harvest";q=30;w=60')
    assert told(site.get("/oai?verb=Identify"))[0] == '"hub-harvest";r=27;t=60'
    assert told(site.get(URL))[0] == '"hub";r=2;t=60'


def test_a_harvester_is_told_to_wait_as_the_protocol_says(engine, clock, tmp_path):
    site = create_app(load_config({**THREE, "HUB_INSTANCE": str(tmp_path / "empty")}), engine).test_client()
    for _ in range(30):  # there is no journal here; an error counts like any other answer
        assert "Retry-After" in (last := site.get("/oai?verb=Identify")).headers and "journal" in last.json["detail"]
    refused = site.get("/oai?verb=Identify")
    assert refused.status_code == 503 and "30 times in 60 seconds" in refused.json["detail"]
    assert (refused.headers["Retry-After"], refused.mimetype) == ("60", "application/problem+json")


def test_all_records_one_by_one_are_within_the_usual_limit(real_engine):
    (usual,) = [setting.default for setting in SETTINGS if setting.name == "HUB_RATE_LIMIT"]
    client = create_app(load_config({"HUB_RATE_LIMIT": usual}), real_engine).test_client()
    url, seen = "/api/v1/search?cursor=&per_page=1", set()
    while url:
        page = client.get(url).json
        seen.update(record["id"] for record in page["records"])
        url = page["links"]["next"]
    assert len(seen) == page["total"] > 300


def test_to_ask_only_whether_there_is_an_answer_counts(site):
    asked = [site.get(URL, headers={"If-None-Match": "*"}) for _ in range(4)]
    assert [answer.status_code for answer in asked] == [304, 304, 304, 429]


def test_errors_count(site):
    assert [site.get(f"/api/v1/search?targt={n}").status_code for n in range(4)] == [400, 400, 400, 429]


def test_what_costs_nothing_does_not_count(site):
    etag = site.get(URL).headers["ETag"]
    for _ in range(5):
        same = site.get(URL, headers={"If-None-Match": etag})
        assert (same.status_code, same.headers["RateLimit"]) == (304, '"hub";r=2;t=60')
        first = site.options(URL)
        assert (first.status_code, told(first)) == (200, (None, None, None))


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("/api/v1/search", True),
        ("/api/v1/openapi.json", True),
        ("//api/v1/search", True),
        ("/search.csv", True),
        ("/fr/search.atom", True),
        ("/list.ris", True),
        ("/oai", True),
        ("/bulk/latest.jsonl.gz", True),
        ("/records/reed-bed.cbd.json", True),
        ("/records/reed-bed.jsonld", True),
        ("/api/v1/suggest", False),
        ("/suggest.json", False),
        ("/es/suggest.json", False),
        ("/", False),
        ("/search", False),
        ("/records/reed-bed", False),
        ("/assets/x/hub.css", False),
        ("/curate/", False),
        ("/embed/search", False),
    ],
)
def test_programs_are_counted_people_are_not(path, counted):
    assert limited("/" + path.lstrip("/")) is counted


def test_pages_tell_nothing_and_are_never_refused(site):
    for _ in range(5):
        answer = site.get("/records/reed-bed")
        assert (answer.status_code, told(answer)) == (200, (None, None, None))


def test_it_can_be_switched_off(engine):
    client = create_app(load_config({"HUB_RATE_LIMIT": "off"}), engine).test_client()
    assert told(client.get(URL)) == (None, None, None)


def test_by_default_there_is_a_limit(engine):
    (usual,) = [setting.default for setting in SETTINGS if setting.name == "HUB_RATE_LIMIT"]
    client = create_app(load_config({"HUB_RATE_LIMIT": usual}), engine).test_client()
    assert client.get(URL).headers["RateLimit-Policy"] == '"hub";q=300;w=60'


@pytest.mark.parametrize(
    "value", ["300", "no", "0 per minute", "3 per year", "3/minute", "-1 per minute", "3 per minute;x"]
)
def test_a_limit_that_cannot_be_used_is_refused_by_name(value):
    with pytest.raises(HubError, match="HUB_RATE_LIMIT must be like 300 per minute, or off"):
        load_config({"HUB_RATE_LIMIT": value})


@pytest.mark.parametrize("storage", ["nothing://:pa55word@store", "memoryy", "://pa55word"])
def test_a_storage_that_cannot_be_used_is_refused_without_its_password(engine, storage):
    with pytest.raises(HubError, match="HUB_RATE_STORAGE cannot be used") as refused:
        create_app(load_config({**THREE, "HUB_RATE_STORAGE": storage}), engine)
    assert "pa55word" not in str(refused.value)
    assert "pa55word" not in repr(load_config({"HUB_RATE_STORAGE": storage}))


def test_where_the_storage_is_silent_everybody_is_let_in(site, monkeypatch, caplog):
    def silent(*_):
        raise StorageError(OSError("no route"))

    monkeypatch.setattr(MemoryStorage, "get", silent)
    for _ in range(5):
        answer = site.get(URL)
        assert (answer.status_code, told(answer)) == (200, (None, None, None))
    assert "HUB_RATE_STORAGE does not answer" in caplog.text


# -- who is one reader


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("2001:DB8:1:2::1", "2001:db8:1:2::2", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "192.0.2.1", False),
        ("nonsense", "nonsense", True),
    ],
)
def test_an_address_or_a_network_of_ipv6_is_one_reader(one, other, same):
    assert (reader_of(one) == reader_of(other)) is same


def test_nonsense_for_an_address_is_kept_short():
    assert len(reader_of("x" * 10_000)) == 64


@pytest.mark.parametrize(
    ("here", "said", "proxy", "found"),
    [
        ("198.51.100.7", "192.0.2.1", "", "198.51.100.7"),
        ("198.51.100.7", "192.0.2.1", "203.0.113.9", "198.51.100.7"),
        ("203.0.113.9", "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("203.0.113.9", "6.6.6.6, 192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("203.0.113.9", None, "203.0.113.9", "203.0.113.9"),
        ("203.0.113.9", "192.0.2.1:4711", "203.0.113.9", "192.0.2.1"),
        ("203.0.113.9", "[2001:db8::1]:4711", "203.0.113.9", "2001:db8::1"),
        ("203.0.113.9", "[2001:db8::1]", "203.0.113.9", "2001:db8::1"),
        ("203.0.113.9", "2001:db8::1", "203.0.113.9", "2001:db8::1"),
        (None, "192.0.2.1", "", ""),
    ],
)
def test_only_the_proxy_is_believed_who_asks(here, said, proxy, found):
    environ = {"REMOTE_ADDR": here, "HTTP_X_FORWARDED_FOR": said}
    assert address_of({name: value for name, value in environ.items() if value is not None}, proxy) == found


def test_behind_the_proxy_each_visitor_has_a_limit_of_their_own(engine, clock):
    client = create_app(load_config({**THREE, "HUB_PROXY_ADDRESS": "203.0.113.9"}), engine).test_client()
    for visitor in ("192.0.2.1", "192.0.2.2"):
        asked = {"X-Forwarded-For": f"6.6.6.6, {visitor}"}
        answers = [asked_by(client, "203.0.113.9", **asked).status_code for _ in range(4)]
        assert answers == [200, 200, 200, 429]
    assert asked_by(client, "198.51.100.7", **{"X-Forwarded-For": "192.0.2.1"}).status_code == 200


def test_a_proxy_that_nobody_named_is_noticed_once(site, caplog):
    for _ in range(2):
        asked_by(site, "203.0.113.9", **{"X-Forwarded-For": "192.0.2.1"})
    assert caplog.text.count("without HUB_PROXY_ADDRESS all its visitors share one limit") == 1


def test_the_server_of_hub_run_leaves_the_header_of_the_proxy_alone(engine, monkeypatch, tmp_path):
    running = []
    monkeypatch.setattr("waitress.create_server", lambda *given, **named: running.append((given, named)) or Started())
    for name, value in {**THREE, "HUB_PROXY_ADDRESS": "127.0.0.1", "HUB_INSTANCE": str(tmp_path / "instance")}.items():
        monkeypatch.setenv(name, value)
    cli.run.callback(None, None)
    ((given, named),) = running
    server = create_server(*given, **{**named, "port": 0, "threads": 2})

    def run():
        with suppress(OSError, ValueError):  # it is closed while it waits
            server.run()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.effective_port}{URL}"
        for visitor in ("192.0.2.1", "192.0.2.2"):
            with urlopen(Request(address, headers={"X-Forwarded-For": visitor})) as answer:
                assert json.load(answer)["id"] == "reed-bed"
                assert answer.headers["RateLimit"].startswith('"hub";r=2;')
    finally:
        server.close()
        thread.join()


class Started:
    """A server that ends at once."""

    def run(self):
        pass


def test_threads_count_together(engine):
    app = create_app(load_config({"HUB_RATE_LIMIT": "40 per hour"}), engine)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: app.test_client().get(URL).status_code, range(80)))
    assert 40 <= answers.count(200) < 40 + 8 and answers.count(429) == 80 - answers.count(200)
