"""The history of the corpus: every save is kept, under the right name and with both texts, in git and in the log."""

import json
import logging
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
from conftest import make_record, tag

from hub.corpus import Corpus, format_record, revision_of
from hub.curation import git_history
from hub.curation.git_history import GitHistory
from hub.curation.history import OUTSIDE, Author, Saved, in_words, open_history
from hub.curation.log_history import LogHistory
from hub.errors import Conflict, HubError, InvalidRequest, NotFound
from hub.record import Status

ANA = Author("Ana Díaz", "ana@example.org")
BEN = Author("Ben")


class Crash(Exception):
    """The process ends here."""


def git(folder, *arguments, given=None):
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, input=given, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def repository(folder, *options):
    git(folder, "init", "-q", "-b", "main", *options)
    (folder / ".gitignore").write_text(".lock\n", encoding="utf-8")
    git(folder, "add", ".gitignore", "corpus")
    git(folder, "commit", "-q", "-m", "Everything")


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """Git with no configuration but that of the repository, and a user who has a name."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "User")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "user@example.org")


@pytest.fixture
def in_git(corpus) -> GitHistory:
    repository(corpus.folder.parent)
    history = open_history(corpus.folder)
    assert isinstance(history, GitHistory)
    return history


@pytest.fixture
def in_log(corpus) -> LogHistory:
    history = open_history(corpus.folder)
    assert isinstance(history, LogHistory)
    return history


@pytest.fixture(params=["in_git", "in_log"])
def history(request):
    return request.getfixturevalue(request.param)


def path_of(corpus, record_id="reed-bed"):
    return corpus.records / f"{record_id}.yaml"


def text_of(corpus, record_id="reed-bed"):
    return path_of(corpus, record_id).read_text(encoding="utf-8")


def save(corpus, history, title, record_id="reed-bed", *, author=ANA, note=None):
    """Save a record with another title and return its text."""
    record = make_record(record_id, title=title)
    expected = corpus.entry(record_id).revision if path_of(corpus, record_id).exists() else None
    said = f"{record_id}: {title}" if note is None else note
    corpus.write(record, expected, lambda old, new: history.saving(record_id, old, new, author, said))
    return text_of(corpus, record_id)


def entered(corpus, history, title, record_id="reed-bed", during=lambda: None):
    """Save as `Corpus.write` does, with something that happens after the file was replaced."""
    old, new = text_of(corpus, record_id), format_record(make_record(record_id, title=title))
    with history.saving(record_id, old, new, ANA, f"{record_id}: {title}"):
        path_of(corpus, record_id).write_text(new, encoding="utf-8")
        during()


def crash():
    raise Crash


def outside(corpus, title, record_id="reed-bed"):
    """Change a record with an editor and return its text."""
    path_of(corpus, record_id).write_text(format_record(make_record(record_id, title=title)), encoding="utf-8")
    return text_of(corpus, record_id)


def told(history, record_id="reed-bed"):
    """Who saved what, the first save first, without what was there at the beginning."""
    return [(each.by, each.note) for each in reversed(history.saves(record_id)) if each.note != "Everything"]


# -- in git and in the log


def test_a_save_says_who_changed_what_when_and_has_both_texts(corpus, history):
    before = text_of(corpus)
    after = save(corpus, history, "Second")
    saved = history.saves("reed-bed")[0]
    assert saved == Saved(saved.id, "reed-bed", saved.at, "Ana Díaz", "reed-bed: Second")
    assert saved.at.endswith("Z") and len(saved.at) == len("2026-11-26T10:15:33Z")
    assert history.texts(saved.id, "reed-bed") == (before, after)


def test_every_text_that_a_record_had_is_found_by_its_revision(corpus, history):
    texts = [text_of(corpus), *(save(corpus, history, f"Title {number}") for number in range(3))]
    revisions = [revision_of(text.encode()) for text in texts]
    assert [history.text_of("reed-bed", revision) for revision in revisions] == texts
    assert history.text_of("reed-bed", "0" * 16) is None
    assert history.text_of("gone-case", revisions[1]) is None
    assert history.text_of("no-such-case", revisions[1]) is None


def test_a_new_record_has_no_text_before(corpus, history):
    after = save(corpus, history, "New", "new-case")
    (saved,) = history.saves("new-case")
    assert history.texts(saved.id, "new-case") == (None, after)


def test_saves_of_all_records_come_newest_first_page_by_page(corpus, history):
    for number in range(7):
        save(corpus, history, f"Title {number}", ["reed-bed", "gone-case"][number % 2])
    notes = [f"{['reed-bed', 'gone-case'][number % 2]}: Title {number}" for number in reversed(range(7))]
    assert [each.note for each in history.saves()][:7] == notes
    assert [each.note for each in history.saves("gone-case", 2)] == notes[1:5:2]
    first = history.saves(limit=3)
    second = history.saves(limit=3, before=first[-1].id)
    assert [each.note for each in first + second] == notes[:6]
    assert history.saves(before="no-such-save") == []


def test_what_was_changed_outside_is_not_put_under_the_name_of_who_saves_next(corpus, history):
    first = save(corpus, history, "First")
    between = outside(corpus, "Between")
    last = save(corpus, history, "Last", author=BEN)
    said = [("Ana Díaz", "reed-bed: First"), (OUTSIDE.name, "reed-bed: changed outside the workbench")]
    assert told(history) == [*said, ("Ben", "reed-bed: Last")]
    texts = [history.texts(each.id, "reed-bed") for each in history.saves("reed-bed", 2)]
    assert texts == [(between, last), (first, between)]


def test_a_record_that_was_deleted_outside_can_be_brought_back(corpus, history):
    first = save(corpus, history, "First")
    path_of(corpus).unlink()
    again = save(corpus, history, "Again")
    assert [by for by, _ in told(history)] == ["Ana Díaz", OUTSIDE.name, "Ana Díaz"]
    texts = [history.texts(each.id, "reed-bed") for each in history.saves("reed-bed", 2)]
    assert texts == [(None, again), (first, None)]


def test_a_change_that_was_taken_back_outside_was_made_all_the_same(corpus, history):
    before = text_of(corpus)
    save(corpus, history, "Short-lived")
    path_of(corpus).write_text(before, encoding="utf-8")
    assert told(history) == [("Ana Díaz", "reed-bed: Short-lived")]
    save(corpus, history, "Last")
    assert [by for by, _ in told(history)] == ["Ana Díaz", OUTSIDE.name, "Ana Díaz"]


def test_a_save_that_changes_nothing_is_none(corpus, history):
    save(corpus, history, "Same")
    before = history.saves()
    save(corpus, history, "Same", author=BEN)
    assert history.saves() == before


def test_bytes_that_are_no_text_are_kept(corpus, history):
    path_of(corpus).write_bytes(b"title: caf\xe9\r\n")
    after = save(corpus, history, "Repaired")
    saved = history.saves("reed-bed")[0]
    before, now = history.texts(saved.id, "reed-bed")
    assert (before.encode("utf-8", "surrogateescape"), now) == (b"title: caf\xe9\r\n", after)
    assert history.text_of("reed-bed", revision_of(b"title: caf\xe9\r\n")) == before


@pytest.mark.parametrize("save_id", ["", "0" * 40, "1-00000000", "HEAD", "--help", "main:corpus", "../texts/a", "x\n"])
def test_a_save_that_never_was_is_not_found(corpus, history, save_id):
    save(corpus, history, "Second")
    with pytest.raises(NotFound):
        history.texts(save_id, "reed-bed")


@pytest.mark.parametrize("record_id", ["../secret", "", "Reed-Bed", "*", ":(top)", "reed-bed\n", "-n"])
def test_what_cannot_be_a_record_has_no_history(history, record_id):
    for ask in (
        history.saves,
        lambda name: history.texts("0" * 40, name),
        lambda name: history.text_of(name, "0" * 16),
    ):
        with pytest.raises(NotFound):
            ask(record_id)


def test_a_record_without_saves_has_none(history):
    assert history.saves("no-such-case") == []


@pytest.mark.parametrize(
    "name", ["Eve <eve@example.org>\nauthor Root <root@x> 0 +0000", "\x00\u202eEve\ud800", "..Eve;"]
)
def test_hostile_names_and_notes_stay_one_line(corpus, history, name):
    author = Author(name, "eve@example.org>\n\nparent 0")
    save(corpus, history, "Second", author=author, note="reed-bed: one\n\nparent 0\x00\x1b[31m\ud800 #two")
    saved = history.saves("reed-bed")[0]
    assert saved.note == "reed-bed: one parent 0[31m #two"
    assert saved.by == author.name and "Eve" in saved.by
    assert not set("\n<>\x00") & set(author.name + author.email)
    assert history.saves("reed-bed")[1:] == [each for each in history.saves("reed-bed") if each.note == "Everything"]


@pytest.mark.parametrize(
    ("name", "email", "address"),
    [
        ("Ana Díaz", "", "ana-diaz@hub.invalid"),
        ("Ана", "", "ana@hub.invalid"),
        ("Ana", " <ana@example.org> ", "ana@example.org"),
        ("Ana", "\n", "ana@hub.invalid"),
        ("\N{SEEDLING}", "", "seedling@hub.invalid"),
        ("\N{BRAILLE PATTERN BLANK}", "", "curator@hub.invalid"),
    ],
)
def test_who_has_no_address_gets_that_of_a_role(name, email, address):
    assert Author(name, email).email == address


@pytest.mark.parametrize("name", ["", " \n", "...", "<>", "\x00", "\ud800"])
def test_somebody_without_a_name_cannot_save(name):
    with pytest.raises(InvalidRequest, match="needs a name"):
        Author(name)


def test_what_is_refused_or_fails_is_not_in_the_history(corpus, history, monkeypatch):
    entry, before = corpus.entry("reed-bed"), history.saves()
    stale = corpus.entry("gone-case").revision
    with pytest.raises(Conflict):
        corpus.write(entry.record, stale, lambda *_: pytest.fail("entered"))
    replace = os.replace

    def fail(source, target, **options):
        if os.fspath(target) == os.fspath(path_of(corpus)):
            raise OSError(28, "No space left on device")
        replace(source, target, **options)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        save(corpus, history, "Lost")
    monkeypatch.undo()
    assert corpus.entry("reed-bed") == entry
    assert history.saves() == before


def test_what_a_crash_left_unsaid_is_said_by_the_next_save(corpus, history):
    with pytest.raises(Crash):
        entered(corpus, history, "Left", during=crash)
    left = text_of(corpus)
    last = save(corpus, history, "Last", author=BEN)
    first, second = history.saves("reed-bed", 2)
    assert (first.by, history.texts(first.id, "reed-bed")) == ("Ben", (left, last))
    assert history.texts(second.id, "reed-bed")[1] == left


def test_of_saves_at_the_same_time_none_is_lost(corpus, history):
    def saves(number):
        here, known = Corpus(corpus.folder), open_history(corpus.folder)
        todo = [(title, record_id) for title in range(4) for record_id in ("reed-bed", f"case-{number}")]
        while todo:
            with suppress(Conflict):
                title, record_id = todo[0]
                save(here, known, f"Title {number}.{title}", record_id, author=Author(f"Curator {number}"))
                todo.pop(0)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(saves, range(8)))
    titles = [f"Title {number}.{title}" for number in range(8) for title in range(4)]
    assert sorted(note for _, note in told(history)) == [f"reed-bed: {title}" for title in titles]
    assert {by for by, _ in told(history)} == {f"Curator {number}" for number in range(8)}
    assert all(len(history.saves(f"case-{number}")) == 4 for number in range(8))
    newest, *others = [history.texts(each.id, "reed-bed") for each in history.saves("reed-bed", 32)]
    assert newest[1] == text_of(corpus)
    assert [after for _, after in others] == [before for before, _ in [newest, *others][:-1]]


# -- in git


def status(corpus):
    return git(corpus.folder, "status", "--porcelain=v1").splitlines()


def test_a_commit_holds_the_one_record_and_what_else_is_changed_stays_as_it_is(corpus, in_git):
    save(corpus, in_git, "Not saved", "draft-case")
    outside(corpus, "Staged", "gone-case")
    git(corpus.folder, "add", "records/gone-case.yaml")
    outside(corpus, "Staged and changed again", "gone-case")
    outside(corpus, "Only changed", "merged-case")
    (corpus.folder / "notes.txt").write_text("untracked", encoding="utf-8")
    others, staged = status(corpus), git(corpus.folder, "diff", "--cached")
    save(corpus, in_git, "Second")
    assert git(corpus.folder, "show", "--format=", "--name-only", "HEAD") == "corpus/records/reed-bed.yaml"
    assert (status(corpus), git(corpus.folder, "diff", "--cached")) == (others, staged)
    assert others == ["MM corpus/records/gone-case.yaml", " M corpus/records/merged-case.yaml", "?? corpus/notes.txt"]


def test_a_commit_is_by_the_curator_and_the_hub_puts_it_in(corpus, in_git):
    save(corpus, in_git, "Second")
    said = git(corpus.folder, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%B").strip()
    assert said == "Ana Díaz <ana@example.org>|Knowledge Hub <hub@hub.invalid>|reed-bed: Second"
    assert git(corpus.folder, "reflog", "-1", "--format=%gs") == "hub: reed-bed"
    assert git(corpus.folder, "symbolic-ref", "HEAD") == "refs/heads/main"


def test_the_first_commit_of_a_repository_can_be_a_save(corpus):
    git(corpus.folder.parent, "init", "-q")
    before, history = text_of(corpus), open_history(corpus.folder)
    assert (history.saves(), history.text_of("reed-bed", "0" * 16)) == ([], None)
    git(corpus.folder, "add", "records/gone-case.yaml")
    after = save(corpus, history, "Second")
    assert [history.texts(each.id, each.record) for each in history.saves()] == [(before, after), (None, before)]
    assert [each.by for each in history.saves()] == ["Ana Díaz", OUTSIDE.name]
    assert "A  corpus/records/gone-case.yaml" in status(corpus)


def test_a_detached_head_moves_and_no_branch_does(corpus, in_git):
    git(corpus.folder, "checkout", "-q", "--detach")
    main = git(corpus.folder, "rev-parse", "main")
    save(corpus, in_git, "Second")
    assert git(corpus.folder, "rev-parse", "main", "HEAD^").split() == [main, main]
    assert status(corpus) == []


def test_a_linked_work_tree_has_a_history_of_its_own(corpus, in_git, tmp_path):
    git(corpus.folder, "worktree", "add", "-q", "-b", "side", tmp_path / "linked")
    linked = Corpus(tmp_path / "linked" / "corpus")
    history = open_history(linked.folder)
    save(linked, history, "Second")
    assert told(history) == [("Ana Díaz", "reed-bed: Second")]
    assert told(in_git) == []
    assert (status(linked), status(corpus)) == ([], ["?? linked/"])


@pytest.mark.parametrize("way", [".", "deep/er", "a 'strange' \"place\"\t-- ünter\nway", "-n"])
def test_the_corpus_can_lie_anywhere_in_a_repository(corpus, tmp_path, way):
    folder = tmp_path / "project" / way
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(corpus.folder, folder)
    git(tmp_path / "project", "init", "-q")
    git(tmp_path / "project", "add", ".")
    git(tmp_path / "project", "commit", "-q", "-m", "Everything")
    history, there = open_history(folder), Corpus(folder)
    texts = (text_of(there), save(there, history, "Second"))
    saved = history.saves()[0]
    assert (saved.note, history.texts(saved.id, "reed-bed")) == ("reed-bed: Second", texts)
    assert {each.record for each in history.saves()} == set(corpus.ids())
    assert [line for line in status(there) if ".lock" not in line] == []


def test_a_repository_with_longer_ids_is_one_too(corpus):
    repository(corpus.folder.parent, "--object-format=sha256")
    history = open_history(corpus.folder)
    path_of(corpus).unlink()
    save(corpus, history, "Second")
    assert [by for by, _ in told(history)] == [OUTSIDE.name, "Ana Díaz"]
    assert {len(each.id) for each in history.saves()} == {64}
    assert status(corpus) == []


def test_the_index_in_the_hands_of_another_program_loses_nothing(corpus, in_git, caplog, monkeypatch):
    monkeypatch.setattr(git_history, "_WAITS", (0,))
    lock = corpus.folder.parent / ".git" / "index.lock"
    lock.touch()
    with caplog.at_level(logging.WARNING, "hub.curation"):
        after = save(corpus, in_git, "Second")
    assert "nothing is lost" in caplog.text and "git reset -- reed-bed.yaml" in caplog.text
    lock.unlink()
    assert in_git.texts(in_git.saves("reed-bed")[0].id, "reed-bed")[1] == after
    assert status(corpus) == ["MM corpus/records/reed-bed.yaml"]
    save(corpus, in_git, "Third")
    assert status(corpus) == []
    assert [by for by, _ in told(in_git)] == ["Ana Díaz", "Ana Díaz"]


def test_what_only_the_index_held_of_a_record_is_kept(corpus, in_git):
    staged = outside(corpus, "Staged")
    git(corpus.folder, "add", "records/reed-bed.yaml")
    worked = outside(corpus, "Worked on")
    after = save(corpus, in_git, "Second")
    assert [by for by, _ in told(in_git)] == [OUTSIDE.name, OUTSIDE.name, "Ana Díaz"]
    assert [in_git.texts(each.id, "reed-bed")[1] for each in in_git.saves("reed-bed", 3)] == [after, worked, staged]
    assert status(corpus) == []


def test_a_file_that_is_only_announced_to_git_was_never_empty(corpus, in_git):
    outside(corpus, "New", "new-case")
    git(corpus.folder, "add", "-N", "records/new-case.yaml")
    save(corpus, in_git, "Second", "new-case")
    assert [by for by, _ in told(in_git, "new-case")] == [OUTSIDE.name, "Ana Díaz"]
    assert status(corpus) == []


def test_a_conflict_of_a_merge_is_settled_by_the_save(corpus, in_git):
    git(corpus.folder, "checkout", "-q", "-b", "side")
    theirs = save(corpus, in_git, "Theirs")
    save(corpus, in_git, "Aside", "gone-case")
    git(corpus.folder, "checkout", "-q", "main")
    save(corpus, in_git, "Ours")
    subprocess.run(["git", "merge", "-q", "side"], cwd=corpus.folder, capture_output=True, check=False)
    assert status(corpus) == ["M  corpus/records/gone-case.yaml", "UU corpus/records/reed-bed.yaml"]
    after = save(corpus, in_git, "Of both")
    assert status(corpus) == ["M  corpus/records/gone-case.yaml"]
    git(corpus.folder, "commit", "-q", "-m", "Merge")
    assert text_of(corpus) == after
    assert in_git.text_of("reed-bed", revision_of(theirs.encode())) == theirs
    assert [note for _, note in told(in_git, "gone-case")] == ["gone-case: Aside"]


def test_others_may_commit_while_a_record_is_saved(corpus, in_git):
    def commit():
        outside(corpus, "By a user", "gone-case")
        git(corpus.folder, "commit", "-q", "-m", "Meanwhile", "records/gone-case.yaml")

    entered(corpus, in_git, "Second", during=commit)
    assert git(corpus.folder, "log", "--format=%s").splitlines() == ["reed-bed: Second", "Meanwhile", "Everything"]
    assert "By a user" in git(corpus.folder, "show", "HEAD:corpus/records/gone-case.yaml")
    assert status(corpus) == []


def test_others_may_commit_the_very_save(corpus, in_git):
    entered(corpus, in_git, "Second", during=lambda: git(corpus.folder, "commit", "-q", "-a", "-m", "All of it"))
    assert git(corpus.folder, "log", "--format=%an: %s").splitlines() == ["User: All of it", "User: Everything"]
    assert status(corpus) == []


def test_where_git_fails_after_all_it_is_said_what_is_saved_and_what_not(corpus, in_git, monkeypatch):
    monkeypatch.setattr(git_history, "_OPTIONS", ["-c", "core.filesRefLockTimeout=0"])
    lock = corpus.folder.parent / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(HubError, match=r"is saved, but that could not be entered in the history: .*main\.lock"):
        save(corpus, in_git, "Second")
    lock.unlink()
    assert corpus.get("reed-bed").title == "Second"
    save(corpus, in_git, "Third")
    assert [by for by, _ in told(in_git)] == [OUTSIDE.name, "Ana Díaz"]


def test_nothing_is_replaced_where_git_cannot_write(corpus, in_git, monkeypatch):
    before = text_of(corpus)
    monkeypatch.setattr(git_history, "_OPTIONS", ["-c", "core.bare=maybe"])
    with pytest.raises(HubError, match=r"Nothing is saved, .*core\.bare"):
        save(corpus, in_git, "Second")
    assert text_of(corpus) == before


def test_no_hook_runs_nothing_is_signed_and_other_repositories_are_left_alone(corpus, in_git, monkeypatch, tmp_path):
    hooks = corpus.folder.parent / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "reference-transaction", "post-index-change", "fsmonitor"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch '{tmp_path}/ran'\nexit 1\n")
        (hooks / name).chmod(0o755)
    for setting in ("commit.gpgSign=true", "gpg.program=false", f"core.fsmonitor={hooks}/fsmonitor"):
        git(corpus.folder, "config", *setting.split("="))
    (tmp_path / "other").mkdir()
    git(tmp_path / "other", "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "other" / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "other" / "index"))
    history = open_history(corpus.folder)
    save(corpus, history, "Second")
    assert told(history) == [("Ana Díaz", "reed-bed: Second")]
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "other" / "index").exists()


def test_line_ends_that_git_changes_are_no_change_of_a_record(corpus, in_git):
    git(corpus.folder, "config", "core.autocrlf", "true")
    git(corpus.folder, "config", "core.safecrlf", "true")
    path_of(corpus).write_bytes(path_of(corpus).read_bytes().replace(b"\n", b"\r\n"))
    save(corpus, in_git, "Second")
    assert told(in_git) == [("Ana Díaz", "reed-bed: Second")]
    assert status(corpus) == []


def test_no_other_file_is_read(corpus, in_git):
    other = git(corpus.folder, "rev-parse", "HEAD:corpus/records/gone-case.yaml")
    (corpus.folder.parent / ".git" / "objects" / other[:2] / other[2:]).unlink()
    save(corpus, in_git, "Second")
    assert told(in_git) == [("Ana Díaz", "reed-bed: Second")]


def test_a_commit_of_many_records_is_one_save_of_each_and_never_divided(corpus, in_git):
    save(corpus, in_git, "Second")
    (first,) = in_git.saves(limit=2)
    everything = in_git.saves(limit=2, before=first.id)
    assert sorted(each.record for each in everything) == corpus.ids()
    assert {(each.by, each.note) for each in everything} == {("User", "Everything")}
    assert in_git.saves(limit=2, before=everything[0].id) == []


def test_saves_of_merged_branches_are_all_there(corpus, in_git):
    git(corpus.folder, "checkout", "-q", "-b", "side")
    save(corpus, in_git, "Aside", "gone-case")
    dropped = save(corpus, in_git, "Given up")
    git(corpus.folder, "checkout", "-q", "main")
    save(corpus, in_git, "Second")
    git(corpus.folder, "merge", "-q", "-s", "ours", "--no-commit", "side")
    outside(corpus, "Of both")
    git(corpus.folder, "commit", "-q", "-a", "-m", "Merge")
    assert sorted(note for _, note in told(in_git)) == ["Merge", "reed-bed: Given up", "reed-bed: Second"]
    assert sorted(note for _, note in told(in_git, "gone-case")) == ["gone-case: Aside"]
    assert in_git.text_of("reed-bed", revision_of(dropped.encode())) == dropped


def test_files_that_are_no_records_are_no_part_of_it(corpus, in_git):
    for name in ("Bad Name.yaml", "notes.txt", ".hidden.yaml", "below/record.yaml"):
        (corpus.records / name).parent.mkdir(exist_ok=True)
        (corpus.records / name).touch()
    git(corpus.folder, "add", ".")
    git(corpus.folder, "commit", "-q", "-m", "No records")
    assert "No records" not in [each.note for each in in_git.saves()]


def test_git_that_is_stopped_early_leaves_no_process(corpus, in_git):
    save(corpus, in_git, "Second")
    with closing(in_git._saves("reed-bed.yaml")) as saves:
        assert next(saves).note == "reed-bed: Second"


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "1970-01-01T00:00:00Z"), (-1, "1970-01-01T00:00:00Z"), (1e30, "9999-12-31T00:00:00Z")]
)
def test_a_damaged_clock_breaks_nothing(seconds, said):
    assert in_words(seconds) == said


# -- which of both


def test_a_folder_outside_of_git_has_a_log(corpus):
    assert isinstance(open_history(corpus.folder), LogHistory)


def test_records_that_git_ignores_have_a_log(corpus):
    repository(corpus.folder.parent)
    (corpus.folder / ".gitignore").write_text("records/\n", encoding="utf-8")
    assert isinstance(open_history(corpus.folder), LogHistory)


def test_without_the_program_git_there_is_a_log(corpus, in_git, monkeypatch):
    monkeypatch.setenv("PATH", str(corpus.folder))
    assert isinstance(open_history(corpus.folder), LogHistory)


def test_a_repository_that_git_refuses_is_said_and_not_passed_over(corpus, in_git):
    (corpus.folder.parent / ".git" / "config").write_text("[nonsense", encoding="utf-8")
    with pytest.raises(HubError, match=r"git cannot keep the history of .*bad config"):
        open_history(corpus.folder)


# -- in the log


def log_of(corpus):
    (path,) = (corpus.folder / "history").glob("*.jsonl")
    return path


def test_a_line_of_the_log_says_it_all(corpus, in_log):
    before, after = text_of(corpus), save(corpus, in_log, "Second")
    first, second = (json.loads(line) for line in log_of(corpus).read_text(encoding="utf-8").splitlines())
    revisions = {"before": revision_of(before.encode()), "after": revision_of(after.encode())}
    said = {"record": "reed-bed", "by": "Ana Díaz", "email": "ana@example.org", "note": "reed-bed: Second"}
    assert first == {"id": first["id"], "at": first["at"], **said, **revisions}
    assert second == {"id": first["id"], "record": "reed-bed", "done": True}
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (corpus.folder / "history" / "texts").iterdir()}
    assert texts == {revisions["before"]: before, revisions["after"]: after}


def test_a_save_that_never_came_to_be_is_not_shown(corpus, in_log):
    save(corpus, in_log, "First")
    old, new = text_of(corpus), format_record(make_record(title="Never"))
    with pytest.raises(Crash), in_log.saving("reed-bed", old, new, BEN, "reed-bed: Never"):
        raise Crash
    assert told(in_log) == [("Ana Díaz", "reed-bed: First")]
    save(corpus, in_log, "Second")
    assert [note for _, note in told(in_log)] == ["reed-bed: First", "reed-bed: Second"]
    assert in_log.text_of("reed-bed", revision_of(new.encode())) is None


def test_a_save_that_came_to_be_in_the_last_moment_is_shown_under_its_name(corpus, in_log):
    with pytest.raises(Crash):
        entered(corpus, in_log, "Second", during=crash)
    assert told(in_log) == [("Ana Díaz", "reed-bed: Second")]
    outside(corpus, "Third")
    save(corpus, in_log, "Last")
    assert [by for by, _ in told(in_log)] == ["Ana Díaz", OUTSIDE.name, "Ana Díaz"]


@pytest.mark.parametrize("half", [b'{"id":"1-a","at":"2026', b"\0\0\0", b"\xff\xfe{", b"[]", b'{"id": 7, "record": 8}'])
def test_half_a_line_costs_nothing_but_itself(corpus, in_log, half):
    save(corpus, in_log, "First")
    with log_of(corpus).open("ab") as log:
        log.write(half)
    before = log_of(corpus).read_bytes()
    assert [note for _, note in told(in_log)] == ["reed-bed: First"]
    save(corpus, in_log, "Second")
    assert [note for _, note in told(in_log)] == ["reed-bed: First", "reed-bed: Second"]
    assert log_of(corpus).read_bytes().startswith(before + b"\n")


def test_a_whole_line_without_its_end_counts(corpus, in_log):
    with pytest.raises(Crash):
        entered(corpus, in_log, "First", during=crash)
    log_of(corpus).write_bytes(log_of(corpus).read_bytes().rstrip(b"\n"))
    save(corpus, in_log, "Second")
    assert [note for _, note in told(in_log)] == ["reed-bed: First", "reed-bed: Second"]


def test_the_log_goes_on_over_the_months(corpus, in_log):
    save(corpus, in_log, "First")
    log_of(corpus).rename(log_of(corpus).with_name("2001-01.jsonl"))
    save(corpus, in_log, "Second")
    assert [note for _, note in told(in_log)] == ["reed-bed: First", "reed-bed: Second"]
    assert [each.note for each in in_log.saves(limit=1, before=in_log.saves(limit=1)[0].id)] == ["reed-bed: First"]


def test_a_damaged_text_is_said_and_written_anew_when_it_is_at_hand(corpus, in_log):
    save(corpus, in_log, "First")
    after = save(corpus, in_log, "Second")
    saved = in_log.saves("reed-bed")[0]
    path = corpus.folder / "history" / "texts" / f"{revision_of(after.encode())}.yaml"
    for damage in (path.unlink, lambda: path.write_text("half", encoding="utf-8")):
        damage()
        with pytest.raises(HubError, match=path.stem):
            in_log.texts(saved.id, "reed-bed")
    save(corpus, in_log, "Third")
    assert in_log.texts(saved.id, "reed-bed")[1] == after


def test_a_line_that_names_a_place_outside_of_the_texts_reads_nothing(corpus, in_log):
    save(corpus, in_log, "First")
    log = log_of(corpus).read_text(encoding="utf-8")
    after = revision_of(text_of(corpus).encode())
    log_of(corpus).write_text(log.replace(after, "../../records/gone-case"), encoding="utf-8")
    with pytest.raises(HubError, match="damaged"):
        in_log.texts(in_log.saves()[0].id, "reed-bed")


def test_nothing_is_replaced_where_the_log_cannot_be_written(corpus, in_log):
    before = text_of(corpus)
    (corpus.folder / "history").write_text("a file is in the way", encoding="utf-8")
    with pytest.raises(HubError, match="Nothing is saved"):
        save(corpus, in_log, "Second")
    assert text_of(corpus) == before


def test_the_log_is_no_part_of_what_the_index_is_made_from(corpus, in_log):
    revision, ids = corpus.revision(), corpus.ids()
    entry = corpus.entry("reed-bed")
    record = make_record(title="Second", status=Status.DRAFT, tags=[tag("country", "DEU")])
    corpus.write(record, entry.revision, lambda old, new: in_log.saving("reed-bed", old, new, ANA, "note"))
    corpus.write(entry.record, corpus.entry("reed-bed").revision)
    assert (corpus.revision(), corpus.ids()) == (revision, ids)
