"""Processes that save at the same time or are killed while they save: nothing is lost, and nothing is half.

Set HUB_KILLS to kill more often than 20 times.
"""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT
from test_history import BEN, _alone, git, in_git, in_log, save, text_of  # noqa: F401 - fixtures

from hub.corpus import revision_of
from hub.curation.git_history import GitHistory

KILLS = int(os.environ.get("HUB_KILLS", "20"))
RECORDS = ("reed-bed", "gone-case", "mangrove-nursery")

# Saves records in turn, and says so line by line; a number of times, or until it is killed.
SAVER = """
import itertools, sys
from pathlib import Path
from msgspec.structs import replace
from hub.corpus import Corpus
from hub.curation.history import Author, open_history
from hub.errors import Conflict

folder, name, times, *ids = sys.argv[1:]
corpus, author = Corpus(Path(folder)), Author(name)
history = open_history(corpus.folder)

def save(record_id, title):
    entry = corpus.entry(record_id)
    note = f"{record_id}: {title}"
    saving = lambda old, new: history.saving(record_id, old, new, author, note)
    return corpus.write(replace(entry.record, title=title), entry.revision, saving)

for number in itertools.islice(itertools.count(), int(times) or None):
    record_id = ids[number % len(ids)]
    while True:
        try:
            revision = save(record_id, f"{name} {number}")
        except Conflict:
            continue
        break
    print(record_id, revision, flush=True)
"""


@pytest.fixture(params=["in_git", "in_log"])
def history(request):
    return request.getfixturevalue(request.param)


def start(corpus, name, times, ids=RECORDS):
    command = [sys.executable, "-c", SAVER, str(corpus.folder), name, str(times), *ids]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def check_whole(corpus, history, ids):
    """Every record is there and whole, and so is what keeps the history."""
    entries = list(corpus.entries())
    assert [entry.id for entry in entries] == ids
    assert [entry.problems for entry in entries] == [()] * len(ids)
    if isinstance(history, GitHistory):
        git(corpus.folder, "fsck", "--strict", "--no-dangling")
    assert history.saves()


def test_of_saves_of_several_processes_none_is_lost(corpus, history):
    names = [f"Process {number}" for number in range(4)]
    running = [start(corpus, name, 9) for name in names]
    done = [process.communicate(timeout=120) for process in running]
    assert [(process.returncode, errors) for process, (_, errors) in zip(running, done, strict=True)] == [(0, "")] * 4
    for place, record_id in enumerate(RECORDS):
        expected = {f"{record_id}: {name} {number}" for name in names for number in range(place, 9, 3)}
        notes = [each.note for each in history.saves(record_id, 12)]
        assert (len(notes), set(notes)) == (12, expected)
        texts = [history.texts(each.id, record_id) for each in history.saves(record_id, 12)]
        assert [before for before, _ in texts[:-1]] == [after for _, after in texts[1:]]
    check_whole(corpus, history, corpus.ids())


def test_after_each_kill_everything_is_whole_and_the_next_save_succeeds(corpus, history):
    ids, chance = corpus.ids(), random.Random(20261126)  # noqa: S311 - no secret
    reported = []
    for kill in range(KILLS):
        process = start(corpus, f"Killed {kill}", 0)
        first = process.stdout.readline()
        time.sleep(chance.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        rest, errors = process.communicate(timeout=60)
        assert (errors, process.returncode) == ("", -signal.SIGKILL)
        check_whole(corpus, history, ids)
        reported += [line.split() for line in (first + rest).splitlines(keepends=True) if line.endswith("\n")]
        left = {record_id: text_of(corpus, record_id) for record_id in RECORDS}
        for record_id in RECORDS:
            after = save(corpus, history, f"After {kill}", record_id, author=BEN)
            saved = history.saves(record_id, 1)[0]
            assert saved.by == "Ben"
            assert history.texts(saved.id, record_id) == (left[record_id], after)
            assert history.text_of(record_id, revision_of(left[record_id].encode())) == left[record_id]
        check_whole(corpus, history, ids)
    assert len(reported) >= KILLS
    assert all(history.text_of(record_id, revision) for record_id, revision in reported)
    if isinstance(history, GitHistory):
        assert [line for line in git(corpus.folder, "status", "--porcelain").splitlines() if ".tmp" not in line] == []
