"""A writer that is killed at any moment leaves a whole index, on which the next change can build."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest
from conftest import ROOT

from hub.errors import IndexUnavailable

ROUNDS = 6


@pytest.fixture
def kill(monkeypatch):
    """The module that kills."""
    monkeypatch.syspath_prepend(ROOT)
    return importlib.import_module("benchmarks.kill")


def test_after_each_kill_the_index_is_whole_and_the_next_change_succeeds():
    command = [sys.executable, "-m", "benchmarks.kill", str(ROUNDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert f"After each of {ROUNDS} kills the index was whole" in done.stdout


def test_what_is_not_as_it_has_to_be_is_noticed(kill, tmp_path):
    engine = kill.WhooshEngine(tmp_path)
    kill.build(engine, 5)
    assert kill.check(tmp_path) == 5
    engine.update([], ["case-1"], kill.Edition("5", {}, {}, ()), engine.info().generation)
    with pytest.raises(kill.Failure, match="other documents"):
        kill.check(tmp_path)
    kill.build(engine, 6)
    next((tmp_path / engine.info().generation).glob("MAIN_*.weights")).write_bytes(b"damaged")
    with pytest.raises((kill.Failure, IndexUnavailable), match="damaged"):
        kill.check(tmp_path)


def test_changes_one_after_the_other_make_the_same_as_a_build(kill, tmp_path):
    engine = kill.WhooshEngine(tmp_path)
    kill.build(engine, 1)
    for state in range(2, kill.PERIOD + 2):
        kill.update(engine, state)
    assert kill.check(tmp_path) == kill.PERIOD + 1
