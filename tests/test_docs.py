"""What the documents say is true: every setting, command and parameter is there, and the examples work."""

from __future__ import annotations

import re

import yaml
from conftest import ROOT

from hub.cli import cli as hub_cli
from hub.config import SETTINGS
from hub.corpus import check_record
from hub.query import MAX_PAGE, MAX_PER_PAGE, MAX_QUERY, SORTS
from hub.record import FIELDS, parse_record
from hub.search import PARAMETERS
from hub.web.chosen import MOST as MOST_CHOSEN
from hub.web.exports import MOST, MOST_BY_TARGET
from indexer.cli import cli as indexer_cli

README = (ROOT / "README.md").read_text()
EXCHANGE = (ROOT / "docs" / "exchange.md").read_text()
CURATING = (ROOT / "corpus" / "README.md").read_text()


def test_every_setting_is_in_the_readme_with_its_meaning():
    for setting in SETTINGS:
        row = re.search(rf"^\| `{setting.name}` \|.*$", README, re.M)
        assert row, setting.name
        assert setting.help.split(";")[0].split(" (")[0].rstrip(".").split(", such")[0] in row[0]


def test_every_command_is_in_the_readme():
    for name, group in (("hub", hub_cli), ("indexer", indexer_cli)):
        for command in group.commands.values():
            names = [f"{command.name} {sub}" for sub in getattr(command, "commands", {})] or [command.name]
            for full in names:
                assert f"{name} {full}" in README, f"{name} {full}"


def test_every_parameter_sort_and_bound_is_in_the_guide():
    for name in (*PARAMETERS, *SORTS):
        assert f"`{name}`" in EXCHANGE, name
    assert f"at most {MAX_QUERY:,} characters" in EXCHANGE
    assert f"1 to {MAX_PAGE:,}; 1 to {MAX_PER_PAGE}" in EXCHANGE
    for number in (MOST, MOST_BY_TARGET, MOST_CHOSEN):
        assert f" {number:,} " in EXCHANGE or f" {number:,}," in EXCHANGE, number


def test_the_annotated_record_is_valid_and_shows_the_fields(real_corpus):
    block = re.search(r"```yaml\n(.*?)```", CURATING, re.S)[1]
    data = yaml.load(block, Loader=yaml.BaseLoader)  # noqa: S506 - everything as text
    data["results"] = "In three years nitrogen fell by a third."
    record = parse_record(data, f"{data['id']}.yaml")
    assert list(check_record(record, real_corpus.vocabularies())) == []
    missing = set(FIELDS) - set(data) - {"contact", "rights", "images", "documents", "issued", "modified"}
    assert not missing


def test_files_named_in_the_documents_exist():
    for document, folder in ((README, ""), (CURATING, "corpus"), (EXCHANGE, "docs")):
        for link in re.findall(r"\]\(((?!http)[^)#]+)\)", document):
            assert (ROOT / folder / link).exists(), link
    for command in re.findall(r"`make (\w+)`", README):
        assert re.search(rf"^{command}:", (ROOT / "Makefile").read_text(), re.M), command


def test_counts_in_the_readme_are_those_of_the_corpus(real_corpus):
    records = [entry.record for entry in real_corpus.entries()]
    countries = {country for record in records for country in record.concepts("country")}
    languages = {record.language for record in records}
    said = re.search(r"(\d+) cases in (\d+) languages from (\d+) countries", README).groups()
    assert said == (str(len(records)), str(len(languages)), str(len(countries)))


def test_figures_of_the_tagger_in_the_readme_are_those_of_the_evaluation():
    written = (ROOT / "corpus" / "tagging" / "EVALUATION.md").read_text().split("## ")[1]
    rows = {row[0]: row[1:] for line in written.splitlines() if (row := [c.strip() for c in line.split("|")[1:-1]])}
    f1, hit1, hit3 = (rows[""].index(name) for name in ("F1", "hit@1", "hit@3"))
    targets = rows["target"]
    places = [
        rows[name][f1] for name in ("country", "country, of those the text names", "country, with place and point")
    ]
    said = " ".join(README.split())
    assert f"F1 {targets[f1]} for targets" in said
    assert f"right for {targets[hit1]} of the texts, one of the first three for {targets[hit3]}" in said
    assert (
        f"themes {rows['theme'][f1]}, countries {places[0]} ({places[1]} of those that the text names, {places[2]} with"
        in said
    )
