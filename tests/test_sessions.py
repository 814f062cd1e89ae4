"""Sessions that were ended."""

import pytest

from hub.curation.sessions import Sessions
from hub.errors import HubError


def test_what_was_ended_is_over_for_every_worker_and_nothing_else_is(tmp_path):
    path = tmp_path / "curation" / "sessions.sqlite"
    Sessions(path, 100).end("one", 1_000)
    assert [Sessions(path, 100).is_over(each) for each in ("one", "two", "")] == [True, False, False]
    assert path.stat().st_mode & 0o077 == 0


def test_it_is_forgotten_once_its_cookie_is_too_old_anyway(tmp_path):
    sessions = Sessions(tmp_path / "sessions.sqlite", 100)
    sessions.end("one", 1_000)
    sessions.end("two", 1_100)
    assert sessions.is_over("one")
    sessions.end("three", 1_101)
    assert (sessions.is_over("one"), sessions.is_over("two")) == (False, True)


def test_where_the_file_is_damaged_nobody_is_let_in(tmp_path):
    (tmp_path / "sessions.sqlite").write_bytes(b"this is no database at all" * 40)
    with pytest.raises(HubError, match="delete it"):
        Sessions(tmp_path / "sessions.sqlite", 100).is_over("one")
