"""The commands as people type them: what they print, how they end."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def command(corpus, tmp_path):
    """Run `hub …` or `indexer …` on the small corpus."""

    def run(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {"HUB_CORPUS": str(corpus.folder), "HUB_INSTANCE": str(tmp_path / "instance"), "COLUMNS": "120"}
        code = f"from {'hub' if program == 'hub' else 'indexer'}.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], env={**os.environ, **settings, **environment},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    return run


def test_build_says_what_it_did_each_time(command, corpus):
    assert command("indexer", "build").stdout.startswith("Index built afresh. It holds 5 records")
    assert command("indexer", "build").stdout.startswith("Nothing to do")
    path = corpus.records / "reed-bed.yaml"
    path.write_text(path.read_text().replace("Reed beds clean", "Reed belts clean"))
    assert "0 added, 1 changed, 0 removed" in command("indexer", "build").stdout
    assert command("indexer", "build", "--fresh").stdout.startswith("Index built afresh")


def test_a_damaged_file_is_named_and_stops_nothing(command, corpus):
    (corpus.records / "broken.yaml").write_text("id: [unclosed\n")
    built = command("indexer", "build")
    assert built.returncode == 0
    assert "It holds 5 records" in built.stdout
    assert "records/broken.yaml" in built.stderr and "line" in built.stderr


def test_search_prints_a_table_or_the_answer_of_the_api(command):
    command("indexer", "build")
    shown = command("hub", "search", "tourbières")
    assert shown.stdout.startswith("2 cases") and "tourbiere-du-plateau" in shown.stdout
    explained = command("hub", "search", "tourbieres", "Kenya", "--explain").stdout
    assert "'Kenya' names country KEN (Kenya)" in explained and "word tourbieres" in explained
    assert command("hub", "search", "tourbièrs", "--verbatim").stdout.startswith("0 cases")
    assert "searched for 'tourbiere" in command("hub", "search", "tourbièrs").stdout
    answer = json.loads(command("hub", "search", "--json", "--target", "2", "--country", "KEN").stdout)
    assert [hit["id"] for hit in answer["hits"]] == ["mangrove-nursery"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hub", "search", "x", "--target", "99"), "There is no target '99'"),
        (("hub", "search", "x", "--sort", "best"), "sort must be one of"),
        (("hub", "corpus", "show", "nope"), "no record 'nope'"),
        (("hub", "corpus", "show", "../../etc/passwd"), "cannot be the id of a record"),
    ],
)
def test_trouble_is_one_line_without_traceback(command, arguments, said):
    command("indexer", "build")
    ended = command(*arguments)
    assert ended.returncode == 1
    assert said in ended.stderr and len(ended.stderr.strip().splitlines()) == 1


def test_without_an_index_the_commands_say_how_to_make_one(command):
    for arguments in (("run",), ("search", "reed")):
        ended = command("hub", *arguments)
        assert ended.returncode == 1 and ended.stderr.strip() == "There is no index yet. Make it with: indexer build"


def test_a_wrong_setting_is_named(command):
    ended = command("hub", "run", HUB_PORT="many")
    assert ended.returncode == 1 and "HUB_PORT must be a whole number" in ended.stderr


def test_check_lists_all_problems_and_fails(command, corpus):
    assert command("hub", "corpus", "check").returncode == 0
    (corpus.records / "broken.yaml").write_text("id: other\nstatus: perhaps\n")
    ended = command("hub", "corpus", "check")
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert any(line.startswith("records/broken.yaml: status: 'perhaps'") for line in lines)
    assert any(line.startswith("records/broken.yaml: title: is missing") for line in lines)


def test_format_brings_files_into_one_form(command, corpus):
    path = corpus.records / "reed-bed.yaml"
    canonical = path.read_text()
    path.write_text(canonical.replace("status: published\n", "").rstrip("\n") + "\nstatus:   'published'\n")
    assert command("hub", "corpus", "check").returncode == 1
    assert "formatted reed-bed" in command("hub", "corpus", "format").stdout
    assert path.read_text() == canonical


def test_show_prints_the_record_as_it_stands(command, corpus):
    assert command("hub", "corpus", "show", "reed-bed").stdout == (corpus.records / "reed-bed.yaml").read_text()


def test_help_names_every_command(command):
    for words in ("search", "run", "corpus"):
        assert words in command("hub", "--help").stdout
    assert "HUB_SITE_NAME" in command("hub", "--help").stdout
    assert "build" in command("indexer", "--help").stdout
