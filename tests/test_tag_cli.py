"""`indexer tag` and `indexer evaluate` as people use them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from conftest import ROOT, make_record, tag

import indexer.cli
from hub.corpus import Corpus, format_record
from hub.record import Decision
from indexer.tag.tagger import load_tagger

DRAFT = {"status": "draft", "title": "Rangers trained in Zambia",
         "abstract": "Forty rangers of two national parks in Zambia were trained to stop poaching."}  # fmt: skip


@pytest.fixture
def folder(corpus, monkeypatch, tmp_path):
    """The small corpus with the tagging data of the real one, and a draft to tag."""
    (corpus.folder / "tagging").symlink_to(ROOT / "corpus" / "tagging")
    (corpus.folder / "records" / "rangers.yaml").write_text(format_record(make_record("rangers", **DRAFT)))
    monkeypatch.setenv("HUB_CORPUS", str(corpus.folder))
    monkeypatch.setenv("HUB_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.setenv("COLUMNS", "100")
    return corpus.folder


def run(*arguments: str):
    return CliRunner().invoke(indexer.cli.cli, [*arguments])


def targets(folder, record_id: str) -> list[str]:
    return list(Corpus(folder).get(record_id).concepts("target", Decision.SUGGESTED))


def test_all_drafts_are_tagged_and_nothing_else(folder):
    published = (folder / "records" / "reed-bed.yaml").read_bytes()
    done = run("tag")
    assert done.exit_code == 0, done.output
    assert "2 records read, 2 changed, 0 not tagged." in done.output
    assert "GBF-TARGET-20" in targets(folder, "rangers")
    assert Corpus(folder).get("rangers").concepts("country") == ("ZMB",)
    assert (folder / "records" / "reed-bed.yaml").read_bytes() == published
    assert Corpus(folder).check() == []


def test_tagging_again_changes_no_file(folder):
    run("tag")
    before = (folder / "records" / "rangers.yaml").read_bytes()
    assert "2 records read, 0 changed" in run("tag", "rangers", "draft-case").output
    assert (folder / "records" / "rangers.yaml").read_bytes() == before


def test_a_record_named_is_tagged_whatever_its_status_and_decisions_stay(folder):
    assert run("tag", "mangrove-nursery").exit_code == 0
    record = Corpus(folder).get("mangrove-nursery")
    assert record.concepts("target", Decision.ACCEPTED) == ("GBF-TARGET-02", "GBF-TARGET-23")


def test_explain_says_why_and_writes_nothing(folder):
    before = (folder / "records" / "rangers.yaml").read_bytes()
    done = run("tag", "rangers", "--explain")
    assert done.exit_code == 0, done.output
    for said in ("Rangers trained in Zambia", "20 Capacity", "Zambia (ZMB)", "title: “", "+", " ranger"):
        assert said in done.output
    assert (folder / "records" / "rangers.yaml").read_bytes() == before


def test_explain_shows_decisions(folder):
    record = make_record("decided", **DRAFT, tags=[tag("target", "GBF-TARGET-20") | {"by": "a.b"}])
    (folder / "records" / "decided.yaml").write_text(format_record(record))
    assert "accepted by a.b" in run("tag", "--explain", "decided").output
    record = make_record("refused", **DRAFT, tags=[tag("target", "GBF-TARGET-20", "rejected") | {"by": "a.b"}])
    (folder / "records" / "refused.yaml").write_text(format_record(record))
    assert "20 Capacity  (rejected by a.b)" in run("tag", "--explain", "refused").output


def test_a_bad_record_stops_nothing_and_is_named(folder):
    (folder / "records" / "bad.yaml").write_text("id: bad\n")
    done = run("tag", "bad", "nowhere", "rangers")
    assert done.exit_code == 1
    assert "records/bad.yaml" in done.output
    assert "the corpus has no record 'nowhere'" in done.output
    assert "1 records read, 1 changed, 2 not tagged." in done.output
    assert "GBF-TARGET-20" in targets(folder, "rangers")


def test_a_fault_of_the_tagger_stops_nothing_and_is_named(folder, monkeypatch):
    read = load_tagger(Corpus(folder)).read
    monkeypatch.setattr("indexer.tag.tagger.Tagger.read", lambda tagger, record, today: _faulty(read, record, today))
    done = run("tag", "rangers", "draft-case")
    assert done.exit_code == 1
    assert "rangers: could not be tagged (ValueError: x)" in done.output
    assert "1 changed, 1 not tagged." in done.output


def _faulty(read, record, today):
    if record.id == "rangers":
        raise ValueError("x")
    return read(record, today)


def test_explain_marks_words_and_writes_out_what_turns_a_line_around(folder):
    record = make_record("turned", **DRAFT | {"title": "Rangers trained in Zambia \u202e[/b]"})
    (folder / "records" / "turned.yaml").write_text(format_record(record))
    shown = run("tag", "turned", "--explain").output
    assert "<U+202E>[/b]" in shown
    assert "[Rangers]" in shown or "[Rangers trained" in shown
    assert "\u202e" not in shown


def test_a_report_needs_a_folder(folder, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["indexer", "evaluate", "tags", "--report", str(folder / "no" / "where.md")])
    with pytest.raises(SystemExit):
        indexer.cli.main()
    assert "is no folder to write the report to" in capsys.readouterr().err


def test_a_damaged_model_is_one_line(folder, monkeypatch, capsys):
    (folder / "tagging").unlink()
    (folder / "tagging").mkdir()
    (folder / "tagging" / "model.json").write_text("{")
    monkeypatch.setattr("sys.argv", ["indexer", "tag"])
    with pytest.raises(SystemExit) as ended:
        indexer.cli.main()
    assert ended.value.code == 1
    assert "tagging/model.json: is no model (indexer tag train makes one)" in capsys.readouterr().err


def test_training_with_too_few_decisions_trusts_the_editors(folder, tmp_path):
    (folder / "tagging").unlink()
    (folder / "tagging").mkdir()
    (folder / "tagging" / "cues").symlink_to(ROOT / "corpus" / "tagging" / "cues")
    done = run("tag", "train")
    assert done.exit_code == 0, done.output
    assert "Learned: nothing, too few decisions." in done.output
    assert json.loads((folder / "tagging" / "model.json").read_text()) == {"vocabularies": {}}


def test_the_group_has_help_of_its_own():
    done = run("tag", "--help")
    assert done.exit_code == 0
    assert "train" in done.output
    assert "suggest" in done.output
