"""The examples for programs, on the page of the API and in docs: they run, and do what they say."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT
from serving import served

from hub.app import create_app
from hub.config import load_config

EXCHANGE = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8").partition("\n## API")[2].partition("\n## ")[0]
BIOLAND = (ROOT / "docs" / "bioland.md").read_text(encoding="utf-8")
TOOLS = {  # language -> what runs a file of it, and how the file is called
    "curl": (["sh"], "example.sh"),
    "python": ([sys.executable, "-W", "error"], "example.py"),
    "javascript": (["node"], "example.mjs"),
    "r": (["Rscript"], "example.R"),
}
PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def site(real_engine):
    """The address of a running site, and a client of it."""
    app = create_app(load_config({}), real_engine)
    with served(app) as port:
        yield f"http://127.0.0.1:{port}", app.test_client()


def run(language, code, folder):
    """What an example prints."""
    command, name = TOOLS[language]
    needed = {"curl": "curl"}.get(language, command[0])
    if not shutil.which(needed):
        pytest.skip(f"There is no {needed} here.")
    (folder / name).write_text(code, encoding="utf-8")
    done = subprocess.run(
        [*command, name], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False, encoding="utf-8"
    )
    if language == "r" and "there is no package called" in done.stderr:
        pytest.skip("There is no jsonlite here.")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def blocks(text, tag):
    return re.findall(rf"^```{tag}\n(.*?)^```", text, re.M | re.S)


def all_of(client, query):
    """Id and title of all records of a search, a line for each."""
    found = client.get(f"/api/v1/search?cursor=&per_page=100&{query}").json
    assert found["total"] == len(found["records"]) > 10 or found["links"]["next"]
    lines, url = [], f"/api/v1/search?cursor=&per_page=100&{query}"
    while url:
        page = client.get(url).json
        lines += [f"{record['id']} {record['title']}" for record in page["records"]]
        url = page["links"]["next"]
    return lines


@pytest.mark.parametrize(("language", "tag"), [("python", "python"), ("javascript", "js"), ("r", "r")])
def test_examples_of_the_guide_print_all_records(site, tmp_path, language, tag):
    address, client = site
    (code,) = blocks(EXCHANGE, tag)
    said = run(language, code.replace("http://127.0.0.1:8000", address), tmp_path)
    assert [line.rstrip() for line in said.splitlines()] == all_of(client, "q=peatland")


def test_curl_of_the_guide_answers(site, tmp_path):
    address, client = site
    (code,) = blocks(EXCHANGE, "sh")
    said = run("curl", code.replace("http://127.0.0.1:8000", address).replace("curl ", "curl -sS "), tmp_path)
    found = client.get("/api/v1/search?q=peatland&target=2&country=DEU").json
    assert json.loads(said)["total"] == found["total"] > 0


def of_the_page(site, name):
    """An example of the page of the API, with addresses of the running site."""
    address, client = site
    text = client.get("/api", base_url=address).text
    return html.unescape(re.search(rf'<pre id="{name}"[^>]*><code>(.*?)</code>', text, re.S)[1])


@pytest.mark.parametrize("language", ["python", "javascript", "r"])
def test_examples_of_the_page_print_all_records(site, tmp_path, language):
    said = run(language, of_the_page(site, f"code-all-{language}"), tmp_path)
    assert [line.rstrip() for line in said.splitlines()] == all_of(site[1], "target=2")


def test_curl_of_the_page_follows_the_links(site, tmp_path):
    code = of_the_page(site, "code-all-curl").replace("per_page=100", "per_page=40")
    pages = [json.loads(line) for line in run("curl", code, tmp_path).splitlines()]
    found = [f"{record['id']} {record['title']}" for page in pages for record in page["records"]]
    assert len(pages) > 1 and found == all_of(site[1], "target=2")


def test_a_search_of_the_page_in_curl_and_javascript(site, tmp_path):
    address, client = site
    found = client.get("/api/v1/search?q=wetland&target=2&target=8", base_url=address).json
    code = of_the_page(site, "code-curl").replace("curl ", "curl -sS ")
    assert json.loads(run("curl", code, tmp_path))["hits"] == found["hits"]
    lines = run("javascript", of_the_page(site, "code-javascript"), tmp_path).splitlines()
    assert lines == [f"{hit['title']} {hit['links']['html']}" for hit in found["hits"]]


def test_cases_for_a_bioland_site_have_what_a_card_shows(site, tmp_path):
    address, client = site
    code = blocks(BIOLAND, "js")[0].replace("https://hub.example.org", address)
    asked = "console.log(JSON.stringify(await cases([['country', 'BEL'], ['sort', 'newest'], ['lang', 'fr']])));"
    found = json.loads(run("javascript", f"{code}\n{asked}\n", tmp_path))
    hits = client.get("/api/v1/search?country=BEL&sort=newest&lang=fr", base_url=address).json["hits"]
    assert [one["title"] for one in found] == [hit["title"] for hit in hits] and hits
    for one, hit in zip(found, hits, strict=True):
        assert one["url"] == f"{address}/fr/records/{hit['id']}"
        assert "be" in one["tags"].split(",") and set(hit["identifiers"]["targets"]) <= set(one["tags"].split(","))
        assert one["published"] == (hit["issued"] or hit["added"])


def test_a_problem_reaches_who_shows_cases(site, tmp_path):
    code = blocks(BIOLAND, "js")[0].replace("https://hub.example.org", site[0])
    asked = "try { await cases([['country', 'Belgium']]); } catch (error) { console.log(error.message); }"
    assert "no country 'Belgium'" in run("javascript", f"{code}\n{asked}\n", tmp_path)
