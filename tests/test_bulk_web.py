"""The file that holds everything, as it is downloaded: in whole, in parts, checked, and nothing else."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys

import msgspec
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from flask.testing import FlaskClient
from serving import served
from werkzeug.http import parse_options_header
from werkzeug.test import EnvironBuilder
from werkzeug.wsgi import FileWrapper

from hub.app import create_app
from hub.bulk import MANIFEST, SUM, read_manifest
from hub.config import LANGUAGES, load_config
from hub.web.headers import PAGE_POLICY
from indexer.build import build
from indexer.bulk import make_bulk

from conftest import make_record  # isort: skip

BASE = "https://hub.example.org"
LATEST = "/bulk/latest.jsonl.gz"
PAGES = tuple("/bulk/" if tag == "en" else f"/{tag}/bulk/" for tag in LANGUAGES)


@pytest.fixture
def config(corpus, tmp_path):
    return load_config(
        {"HUB_CORPUS": str(corpus.folder), "HUB_INSTANCE": str(tmp_path / "instance"), "HUB_BASE_URL": BASE}
    )


class Client(FlaskClient):
    """Reads each answer whole and closes it, as a server does: a file that stays open would be an error."""

    def open(self, *arguments, **options):
        return super().open(*arguments, buffered=True, **options)


@pytest.fixture
def client(engine, config):
    """The site over the small corpus; nothing was made to download yet."""
    app = create_app(config, engine)
    app.test_client_class = Client
    return app.test_client()


@pytest.fixture
def file(engine, config):
    """The file to download."""
    return make_bulk(engine, config)


def content(config, file):
    return (config.bulk / file.name).read_bytes()


def test_before_there_is_one_plain_words_say_so(client):
    for path in (LATEST, LATEST + SUM, "/bulk/latest.json", "/bulk/gbf-cases-2026-01-01-00000000.jsonl.gz"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
        assert answer.json["detail"].startswith("There is no file of the whole collection yet.")
        assert answer.headers["Cache-Control"] == "no-cache"
    assert "There is no file yet." in client.get("/bulk/").text


@pytest.mark.parametrize("accepted", ["", "gzip", "br, gzip"])
def test_the_latest_is_the_file_itself_under_its_own_name(client, config, file, accepted):
    answer = client.get(LATEST, headers={"Accept-Encoding": accepted})
    assert (answer.status_code, answer.data) == (200, content(config, file))
    assert answer.headers["Content-Type"] == "application/gzip" and "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Length"] == str(file.bytes)
    assert answer.headers["Content-Location"] == f"/bulk/{file.name}"
    kind, named = parse_options_header(answer.headers["Content-Disposition"])
    assert (kind, named["filename"]) == ("attachment", file.name)
    assert answer.headers["ETag"] == f'"{file.sha256}"' and answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_a_file_with_its_own_name_is_kept_for_good_and_its_checksum_fits(client, config, file):
    answer = client.get(f"/bulk/{file.name}")
    assert answer.data == content(config, file) and "immutable" in answer.headers["Cache-Control"]
    for path in (f"/bulk/{file.name}{SUM}", LATEST + SUM):
        told = client.get(path)
        assert (told.text, told.mimetype) == (f"{file.sha256}  {file.name}\n", "text/plain")
    assert "immutable" in client.get(f"/bulk/{file.name}{SUM}").headers["Cache-Control"]


def test_the_server_is_given_the_file_itself_so_that_slow_readers_hold_no_thread(client, file):
    class Sent(FileWrapper):
        """What a server sends by its own means."""

    environ = EnvironBuilder(path=LATEST).get_environ() | {"wsgi.file_wrapper": Sent}
    said = []
    answer = client.application.wsgi_app(environ, lambda *arguments: said.append(arguments))
    assert isinstance(answer, Sent) and said[0][0] == "200 OK"
    assert ("Content-Length", str(file.bytes)) in said[0][1]
    answer.close()


@pytest.mark.parametrize("name", ["latest.jsonl.gz", "{}"])
def test_a_reader_that_has_it_is_told_so(client, file, name):
    path = "/bulk/" + name.format(file.name)
    first = client.get(path)
    for headers in (
        {"If-None-Match": first.headers["ETag"]},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["Last-Modified"]},
    ):
        again = client.get(path, headers=headers)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"]), headers
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_head_says_all_but_the_content(client, file):
    for path in (LATEST, f"/bulk/{file.name}", "/bulk/latest.json", LATEST + SUM):
        whole, head = client.get(path), client.head(path)
        assert (head.status_code, head.data) == (200, b"")
        assert {**head.headers, "Date": ""} == {**whole.headers, "Date": ""}


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [("bytes=0-99", slice(0, 100)), ("bytes=100-", slice(100, None)), ("bytes=-7", slice(-7, None))],
)
def test_a_part_can_be_asked_for(client, config, file, asked, wanted):
    whole = content(config, file)
    part = client.get(LATEST, headers={"Range": asked})
    assert (part.status_code, part.data) == (206, whole[wanted])
    first = wanted.start % len(whole)
    assert part.headers["Content-Range"] == f"bytes {first}-{first + len(part.data) - 1}/{len(whole)}"
    same = client.get(LATEST, headers={"Range": asked, "If-Range": part.headers["ETag"]})
    assert (same.status_code, same.data) == (206, part.data)
    other = client.get(LATEST, headers={"Range": asked, "If-Range": '"of the file before"'})
    assert (other.status_code, other.data) == (200, whole)


def test_a_part_that_is_not_there_is_refused(client, file):
    answer = client.get(LATEST, headers={"Range": f"bytes={file.bytes}-"})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{file.bytes}")
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "../index/current.json", "..%2findex%2fcurrent.json", "%2e%2e/index/current.json", "....//latest.json", ".lock",
        "latest.json%00", "/etc/passwd", "%2fetc%2fpasswd", "..", "..%5cindex", "{}/", "{}%00", "{}.sha256.sha256",
        "{}%0a", "./{}", "x/../{}", "gbf-cases-2026-01-01-00000000.jsonl.gz", "other.jsonl.gz", ".sha256", "{}.tmp",
    ],
)  # fmt: skip
def test_nothing_else_is_given_out(client, config, file, path):
    (config.bulk / "other.jsonl.gz").write_bytes(b"not told of")
    answer = client.get("/bulk/" + path.format(file.name))
    assert answer.status_code in (404, 308)
    if answer.status_code == 308:  # doubled slashes are made one
        assert client.get(answer.headers["Location"]).status_code == 404


def test_a_link_out_of_the_folder_is_not_followed(client, config, file, tmp_path):
    (tmp_path / "elsewhere").write_bytes(b"secret")
    path = config.bulk / file.name
    path.unlink()
    for path_of in (LATEST, f"/bulk/{file.name}"):
        assert "not there any more" in client.get(path_of).json["detail"]
    path.symlink_to(tmp_path / "elsewhere")
    for path_of in (LATEST, f"/bulk/{file.name}"):
        assert client.get(path_of).status_code == 404


@pytest.mark.parametrize("damage", ["cut", "empty", "elsewhere", "none"])
def test_a_damaged_list_of_files_counts_as_none(client, config, file, damage):
    text = (config.bulk / MANIFEST).read_text()
    written = {
        "cut": text[:100], "empty": "", "elsewhere": text.replace(file.name, "../index/current.json"),
        "none": json.dumps({**json.loads(text), "files": []}),
    }[damage]  # fmt: skip
    (config.bulk / MANIFEST).write_text(written)
    assert client.get(LATEST).status_code == client.get("/bulk/../index/current.json").status_code == 404
    assert client.get("/bulk/").status_code == 200


def test_a_misspelt_parameter_is_an_error(client, file):
    for path in (LATEST, LATEST + SUM, "/bulk/latest.json", f"/bulk/{file.name}"):
        assert client.get(f"{path}?target=2").status_code == 400


def test_programs_learn_of_the_latest_and_of_earlier_ones(client, config, corpus, engine, file):
    corpus.write(make_record("one-more"), None)
    build(corpus, engine)
    newer = make_bulk(engine, config)
    answer = client.get("/bulk/latest.json")
    told = answer.json
    assert {name: told[name] for name in msgspec.structs.asdict(newer)} == msgspec.structs.asdict(newer)
    assert told["links"] == {"file": f"{BASE}/bulk/{newer.name}", "sha256": f"{BASE}/bulk/{newer.name}{SUM}"}
    assert [one["name"] for one in told["earlier"]] == [file.name]
    assert told["dataset"] == json.loads(gzip.decompress(client.get(LATEST).data).splitlines()[0])["dataset"]
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert client.get(f"/bulk/{file.name}").data == content(config, file), "whoever began with it can end"


@pytest.mark.parametrize("path", ["/bulk/", "/bulk/latest.json", f"{LATEST}{SUM}"])
def test_what_is_told_of_it_is_not_sent_twice(client, file, path):
    again = client.get(path, headers={"If-None-Match": client.get(path).headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_tells_people_of_it_and_changes_with_it(client, config, corpus, engine, path):
    assert client.get(path).status_code == 200
    file = make_bulk(engine, config)
    answer = client.get(path)
    page = BeautifulSoup(answer.text, "html.parser")
    assert file.sha256 in page.text and file.name in page.text
    assert answer.headers["Content-Security-Policy"] == PAGE_POLICY and answer.headers["Cache-Control"] == "no-cache"
    for link in {link["href"] for link in page.find_all("a", href=True) if link["href"].startswith("/")}:
        assert client.get(link).status_code == 200, link
    about = json.loads(page.find("script", type="application/ld+json").string)
    assert (about["@type"], about["@id"], about["version"]) == ("Dataset", f"{BASE}/bulk/", file.revision)
    assert about["distribution"]["contentUrl"] == f"{BASE}/bulk/{file.name}"
    assert about["distribution"]["sha256"] == file.sha256
    assert about["url"] == BASE + path and about["license"] == "https://creativecommons.org/licenses/by/4.0/"


def test_hostile_names_stay_text(engine, config):
    hostile = "</script><b>&\u2028"
    settings = {"HUB_INSTANCE": str(config.instance), "HUB_SITE_NAME": hostile, "HUB_OPERATOR": hostile}
    make_bulk(engine, load_config(settings))
    page = BeautifulSoup(create_app(load_config(settings), engine).test_client().get("/bulk/").text, "html.parser")
    about = json.loads(page.find("script", type="application/ld+json").string)
    assert about["publisher"]["name"] == about["name"] == hostile.strip()
    assert not page.find("b")


@pytest.fixture
def address(engine, config):
    """Where the site answers to programs of this machine."""
    with served(create_app(config, engine)) as port:
        yield f"http://127.0.0.1:{port}"


def examples():
    """The two examples of the guide: with curl, and with Python."""
    part = (ROOT / "docs" / "exchange.md").read_text().partition("## Everything in one file")[2].partition("\n## ")[0]
    return re.findall(r"```\w*\n(.*?)```", part, re.S)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_example_with_curl_works(address, config, file, tmp_path):
    here = tmp_path / "here"
    here.mkdir()
    code = examples()[0].replace("http://127.0.0.1:8000", address)
    done = subprocess.run(["sh", "-e", "-c", code], cwd=here, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file.name}: OK\n", "")
    assert (here / file.name).read_bytes() == content(config, file)
    (here / file.name).write_bytes(b"damaged")
    checked = subprocess.run(["sha256sum", "-c", "cases.sha256"], cwd=here, capture_output=True, check=False)
    assert checked.returncode == 1


def test_the_example_in_python_works(address, file, client):
    code = examples()[1].replace("http://127.0.0.1:8000", address)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "indice-de-ciudades", "mangrove-nursery", "merged-case", "reed-bed", "tourbiere-du-plateau",
    ]  # fmt: skip


def test_the_examples_on_the_page_are_those_of_the_readme(client, config, file):
    page = BeautifulSoup(client.get("/bulk/").text, "html.parser")
    shown = page.find(id="code-check").text
    wanted = examples()[0].replace("http://127.0.0.1:8000", BASE)
    assert [line.split() for line in shown.splitlines()] == [
        line.partition("    #")[0].split() for line in wanted.strip().splitlines()
    ]
    compile(page.find(id="code-read").text, "page", "exec")
    assert read_manifest(config.bulk).latest == file
