"""Accounts of staff: who may log in, what the file of them gives away, and what guessing passwords costs."""

from __future__ import annotations

import json
import logging
import os
import pprint
import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError

import pytest
from argon2 import PasswordHasher
from filelock import FileLock

from hub.curation import accounts as module
from hub.curation import throttle as throttling
from hub.curation.accounts import LONGEST, Accounts, Role, check_account, check_password
from hub.curation.throttle import TRIES, TRIES_OF_ADDRESS, WINDOW, Throttle
from hub.errors import Conflict, HubError, InvalidRequest, NotFound

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
HERE, THERE = "192.0.2.1", "198.51.100.7"
NOW = 1_800_000_000.0


class Counting(PasswordHasher):
    """Real hashing, as cheap as it can be, that counts how often it worked."""

    done = 0

    def hash(self, *given, **named):
        Counting.done += 1
        return super().hash(*given, **named)

    def verify(self, *given, **named):
        Counting.done += 1
        return super().verify(*given, **named)


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Hashing that takes no time; the default parameters have a test of their own."""
    monkeypatch.setattr(module, "_HASHER", Counting(time_cost=1, memory_cost=8, parallelism=1))
    monkeypatch.setattr(Counting, "done", 0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "instance" / "curation" / "accounts.json"


@pytest.fixture
def staff(path):
    """One curator and one editor."""
    made = Accounts(path)
    made.add("peeters", "A. Peeters, RBINS", Role.CURATOR, PASSWORD, "a.peeters@example.org")
    made.add("el.amrani", "S. El Amrani", Role.EDITOR, PASSWORD + "!")
    return made


@pytest.fixture
def counts(tmp_path):
    return tmp_path / "instance" / "curation" / "throttle.sqlite"


@pytest.fixture
def throttle(counts):
    return Throttle(counts)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def edit(path, change):
    data = json.loads(path.read_text())
    change(data["accounts"])
    path.write_text(json.dumps(data))


def test_without_a_file_there_are_no_accounts(path):
    accounts = Accounts(path)
    assert (accounts.list(), accounts.get("peeters"), accounts.verify("peeters", PASSWORD)) == ((), None, None)
    assert not path.parent.exists()


def test_an_account_is_what_was_given(staff):
    account = staff.get("peeters")
    assert (account.display, account.role, account.email) == (
        "A. Peeters, RBINS",
        Role.CURATOR,
        "a.peeters@example.org",
    )
    assert len(account.added) == 10
    assert [one.name for one in staff.list()] == ["el.amrani", "peeters"]
    with pytest.raises(FrozenInstanceError):
        account.role = Role.EDITOR


def test_only_its_own_password_opens_an_account(staff):
    assert staff.verify("peeters", PASSWORD) == staff.get("peeters")
    for name, password in (
        ("peeters", PASSWORD + "!"), ("peeters", ""), ("peeters", PASSWORD.upper()), ("Peeters", PASSWORD),
        ("nobody", PASSWORD), ("", PASSWORD), ("peeters", "\udcff" * 12), ("peeters", PASSWORD + "\0"),
    ):  # fmt: skip
        assert staff.verify(name, password) is None


def test_a_password_is_the_same_however_its_accents_are_put_together(staff):
    staff.set_password("peeters", "e\u0301t\u00e9 a\u0300 la mer")
    assert staff.verify("peeters", "\u00e9te\u0301 \u00e0 la mer")


def test_an_unknown_name_costs_as_much_hashing_as_a_wrong_password(staff):
    work = []
    for name in ("peeters", "nobody"):
        before = Counting.done
        assert staff.verify(name, "a wrong password") is None
        work.append(Counting.done - before)
    assert work == [1, 1]


def test_what_is_longer_than_any_password_is_refused_before_hashing(staff):
    before = Counting.done
    for name in ("peeters", "nobody"):
        for password in ("x" * 1_000_001, "é" * 501, "u\u0308\u0304" * 334, "\u0958" * 333):
            assert staff.verify(name, password) is None
    assert Counting.done == before
    assert staff.set_password("peeters", "x" * LONGEST) == staff.verify("peeters", "x" * LONGEST)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("", "at least 12"),
        ("eleven char", "at least 12"),
        ("e\u0301" * 11, "at least 12"),
        ("x" * 1_001, "at most 1,000 bytes"),
        ("é" * 501, "at most 1,000 bytes"),
        ("Jean-Pierre.Petit", "not the name"),
        ("two lines\nof text", "control"),
        ("half a pair \ud800", "control"),
    ],
)
def test_a_bad_password_is_refused_and_not_repeated(path, password, said):
    with pytest.raises(InvalidRequest, match=said) as refused:
        Accounts(path).add("jean-pierre.petit", "J.-P. Petit", Role.CURATOR, password)
    assert refused.value.value == ""
    assert not password or password not in str(refused.value)
    assert not path.exists()


def test_passwords_need_no_digits_or_signs():
    for password in ("aaaaaaaaaaaa", "            ", "пароль из слов", "🐟" * 12):
        check_password("peeters", password)


@pytest.mark.parametrize(
    ("name", "display", "email", "wrong"),
    [
        ("", "A. Peeters", "", "name"),
        ("Peeters", "A. Peeters", "", "name"),
        ("a..b", "A. Peeters", "", "name"),
        ("-a", "A. Peeters", "", "name"),
        ("a\n", "A. Peeters", "", "name"),
        ("../../x", "A. Peeters", "", "name"),
        ("zoë", "A. Peeters", "", "name"),
        ("a" * 65, "A. Peeters", "", "name"),
        ("peeters", "", "", "display"),
        ("peeters", ".,;", "", "display"),
        ("peeters", "x" * 101, "", "display"),
        ("peeters", "A. Peeters\nSigned-off-by: B", "", "display"),
        ("peeters", "A\u202e. Peeters", "", "display"),
        ("peeters", "A. Peeters <b@example.org>", "", "display"),
        ("peeters", "A. Peeters", "peeters", "email"),
        ("peeters", "A. Peeters", "a b@example.org", "email"),
        ("peeters", "A. Peeters", "a@b@example.org", "email"),
        ("peeters", "A. Peeters", "a@example.org>\n", "email"),
    ],
)
def test_what_cannot_be_part_of_an_account_is_named(path, name, display, email, wrong):
    with pytest.raises(InvalidRequest) as refused:
        check_account(name, display, email)
    assert refused.value.parameter == wrong
    assert len(str(refused.value).splitlines()) == 1


def test_a_name_is_given_once(staff):
    with pytest.raises(Conflict, match="'peeters' already"):
        staff.add("peeters", "B. Peeters", Role.EDITOR, PASSWORD)
    assert staff.get("peeters").role is Role.CURATOR


def test_what_is_done_to_nobody_is_an_error(staff):
    for act in (lambda: staff.remove("nobody"), lambda: staff.set_password("nobody", PASSWORD)):
        with pytest.raises(NotFound, match="hub user list"):
            act()


def test_a_stamp_changes_with_password_and_removal_and_with_nothing_else(staff, path):
    def stamp():
        return staff.stamp(staff.get("peeters"))

    stamps = [stamp()]
    staff.set_password("el.amrani", PASSWORD + "?")
    assert Accounts(path).stamp(Accounts(path).get("peeters")) == stamps[0]
    staff.set_password("peeters", PASSWORD)
    stamps.append(stamp())
    staff.remove("peeters")
    assert staff.get("peeters") is None and staff.verify("peeters", PASSWORD) is None
    staff.add("peeters", "A. Peeters, RBINS", Role.EDITOR, PASSWORD)
    stamps.append(stamp())
    assert len(set(stamps)) == 3 and all(len(one) == 16 for one in stamps)


def test_several_workers_see_what_one_changes_at_once(staff, path):
    other = Accounts(path)
    assert other.verify("peeters", PASSWORD)
    staff.set_password("peeters", PASSWORD + "?")
    assert other.verify("peeters", PASSWORD + "?") and not other.verify("peeters", PASSWORD)
    other.remove("peeters")
    assert staff.get("peeters") is None


def test_accounts_added_at_the_same_time_are_all_there(path):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Accounts(path).add(f"user-{n}", "Somebody", Role.CURATOR, PASSWORD), range(16)))
    assert len(Accounts(path).list()) == 16


def test_hashes_made_with_other_parameters_are_made_anew_at_log_in(staff, path, monkeypatch):
    before = staff.get("peeters")
    monkeypatch.setattr(module, "_HASHER", Counting(time_cost=2, memory_cost=8, parallelism=1))
    after = staff.verify("peeters", PASSWORD)
    assert "t=2," in after.hash and before.hash != after.hash
    assert Accounts(path).get("peeters") == after == staff.verify("peeters", PASSWORD)


def test_a_hash_that_cannot_be_written_now_keeps_nobody_out(staff, path, monkeypatch):
    monkeypatch.setattr(module, "_HASHER", Counting(time_cost=2, memory_cost=8, parallelism=1))
    lock = path.with_name(f".{path.name}.lock")
    lock.unlink()
    lock.mkdir()
    assert staff.verify("peeters", PASSWORD) == staff.get("peeters")
    with pytest.raises(HubError, match="cannot be written"):
        staff.remove("peeters")


def test_who_is_removed_while_logging_in_stays_removed(staff, monkeypatch):
    class Slow(Counting):
        def hash(self, *given, **named):
            staff.remove("peeters")
            return super().hash(*given, **named)

    monkeypatch.setattr(module, "_HASHER", Slow(time_cost=2, memory_cost=8, parallelism=1))
    staff.verify("peeters", PASSWORD)
    assert staff.get("peeters") is None


def test_hashes_are_of_argon2id_with_the_parameters_of_the_library(path, monkeypatch):
    monkeypatch.setattr(module, "_HASHER", PasswordHasher())
    hashed = Accounts(path).add("peeters", "A. Peeters", Role.CURATOR, PASSWORD).hash
    assert hashed.startswith("$argon2id$") and not PasswordHasher().check_needs_rehash(hashed)


def test_only_the_owner_reads_the_files_whatever_the_umask(path, throttle):
    before = os.umask(0)
    try:
        accounts = Accounts(path)
        accounts.add("peeters", "A. Peeters", Role.CURATOR, PASSWORD)
        accounts.set_password("peeters", PASSWORD)
        throttle.failed("peeters", HERE, NOW)
    finally:
        os.umask(before)
    assert mode(path.parent) == 0o700
    assert {file.name: mode(file) for file in path.parent.iterdir()} == {
        "accounts.json": 0o600, ".accounts.json.lock": 0o600, "throttle.sqlite": 0o600,
    }  # fmt: skip


def test_a_reader_meanwhile_sees_the_old_file_or_the_new_one(staff, path):
    seen, done = [], threading.Event()

    def read():
        while not done.is_set():
            seen.append(len(json.loads(path.read_text())["accounts"]))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        staff.set_password("peeters", f"{PASSWORD}{number}")
    done.set()
    reader.join()
    assert set(seen) <= {2}


def test_nothing_shows_a_password_or_a_hash(staff, path, caplog):
    caplog.set_level(logging.DEBUG)
    account = staff.verify("peeters", PASSWORD)
    staff.verify("peeters", "a wrong password")
    for shown in (repr(account), str(account), f"{account}", pprint.pformat(account), repr(staff), caplog.text):
        assert "argon2" not in shown and PASSWORD not in shown
    assert PASSWORD not in path.read_text() and staff.stamp(account) not in path.read_text()


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b'{"accounts": null}', b'{"accounts": [{}]}', b'{"accounts": [', b"\xff\xfe",
     b"[" * 9999, b'{"accounts": [], "more": 1}'],
)  # fmt: skip
def test_a_damaged_file_is_an_error_that_says_what_to_do_and_is_left_as_it_is(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    accounts = Accounts(path)
    for act in (
        accounts.list, lambda: accounts.get("peeters"), lambda: accounts.verify("peeters", PASSWORD),
        lambda: accounts.add("peeters", "A. Peeters", Role.CURATOR, PASSWORD), lambda: accounts.remove("peeters"),
    ):  # fmt: skip
        with pytest.raises(HubError, match=r"is damaged .*hub user add") as damaged:
            act()
        assert len(str(damaged.value).splitlines()) == 1
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[0].update(name="A b"),
        lambda rows: rows[0].update(role="owner"),
        lambda rows: rows[0].update(role=rows[0]["hash"]),
        lambda rows: rows[0].update(added=rows[0]["hash"]),
        lambda rows: rows[0].update(email=rows[0]["hash"]),
        lambda rows: rows[0].update(hash="plain text"),
        lambda rows: rows[0].update(hash=rows[0]["hash"][:-1] + "\n"),
        lambda rows: rows[0].update(phone="1"),
        lambda rows: rows[0].update(added=None),
        lambda rows: rows[0].pop("email"),
        lambda rows: rows.append(rows[0]),
    ],
)
def test_an_account_that_is_damaged_is_an_error_without_its_hash(staff, path, change):
    edit(path, change)
    with pytest.raises(HubError, match="is damaged") as damaged:
        staff.list()
    assert "argon2id$" not in str(damaged.value) and "plain text" not in str(damaged.value)


def test_a_hash_that_cannot_be_checked_is_an_error_and_not_a_wrong_password(staff, path):
    edit(path, lambda rows: rows[1].update(hash="$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$c"))
    with pytest.raises(HubError, match="hub user passwd peeters"):
        staff.verify("peeters", PASSWORD)


def test_what_cannot_be_read_is_an_error_and_not_an_empty_list(path):
    path.mkdir(parents=True)
    with pytest.raises(HubError, match=r"cannot be read.* must belong to the user"):
        Accounts(path).list()
    (path.parent / "file").write_text("")
    with pytest.raises(HubError, match="cannot be read"):
        Accounts(path.parent / "file" / "accounts.json").verify("peeters", PASSWORD)


def test_who_waits_for_another_too_long_is_told(staff, path, monkeypatch):
    monkeypatch.setattr(module, "FileLock", lambda lock, timeout, mode: FileLock(lock, timeout=0, mode=mode))
    with FileLock(path.with_name(f".{path.name}.lock")), pytest.raises(Conflict, match="try again"):
        staff.remove("peeters")
    assert staff.get("peeters")


def fail(throttle, times, name="peeters", address=HERE, now=NOW):
    for _ in range(times):
        throttle.failed(name, address, now)


def test_a_few_failures_cost_nothing(throttle):
    assert throttle.wait("peeters", HERE, NOW) == 0
    fail(throttle, TRIES - 1)
    assert throttle.wait("peeters", HERE, NOW) == 0


def test_waits_double_up_to_a_quarter_of_an_hour(throttle):
    fail(throttle, TRIES - 1)
    now, waits = NOW, []
    for _ in range(8):
        throttle.failed("peeters", HERE, now)
        waits.append(throttle.wait("peeters", HERE, now))
        assert throttle.wait("peeters", HERE, now + waits[-1] - 1) == 1
        now += waits[-1]
        assert throttle.wait("peeters", HERE, now) == 0
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]


def test_a_hundred_rapid_failures_end_refused_and_others_are_let_in(throttle):
    fail(throttle, 100)
    assert throttle.wait("peeters", HERE, NOW) == 900
    assert throttle.wait("el.amrani", HERE, NOW) > 0
    assert throttle.wait("el.amrani", THERE, NOW) == 0
    assert throttle.wait("peeters", THERE, NOW) == 0


def test_many_names_from_one_address_are_refused_too(throttle):
    for number in range(TRIES_OF_ADDRESS):
        assert throttle.wait("peeters", HERE, NOW) == 0
        throttle.failed(f"user-{number}", HERE, NOW)
    assert throttle.wait("peeters", HERE, NOW) == 30
    throttle.succeeded("user-1", HERE)
    assert throttle.wait("peeters", HERE, NOW) == 30


def test_success_forgets_the_failures_of_that_name_from_there(throttle):
    fail(throttle, TRIES)
    fail(throttle, TRIES, address=THERE)
    throttle.succeeded("peeters", HERE)
    assert throttle.wait("peeters", HERE, NOW) == 0
    assert throttle.wait("peeters", THERE, NOW) == 30
    fail(throttle, TRIES - 1)
    assert throttle.wait("peeters", HERE, NOW) == 0


def test_failures_count_within_a_quarter_of_an_hour_wherever_it_begins(throttle):
    for seconds in (0, 1, WINDOW - 2, WINDOW - 1, WINDOW + 0.5):
        throttle.failed("peeters", HERE, NOW + seconds)
    assert throttle.wait("peeters", HERE, NOW + WINDOW + 0.5) == 0
    throttle.failed("peeters", HERE, NOW + WINDOW + 0.75)
    assert throttle.wait("peeters", HERE, NOW + WINDOW + 0.75) == 30


def test_after_a_quiet_hour_all_is_forgotten(throttle):
    fail(throttle, TRIES)
    later = NOW + 30 + throttling.REMEMBERED
    fail(throttle, 1, now=later - 1)
    assert throttle.wait("peeters", HERE, later - 1) == 60
    later += 60 + throttling.REMEMBERED
    fail(throttle, TRIES - 1, now=later)
    assert throttle.wait("peeters", HERE, later) == 0


def test_a_clock_set_back_locks_nobody_out(throttle):
    fail(throttle, 30)
    assert throttle.wait("peeters", HERE, NOW - 86_400) == 0
    assert throttle.wait("peeters", HERE, NOW - 1) <= 900


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::1", "0:0:0:0::1", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::1", True),
        ("", "unknown", False),
    ],
)
def test_one_person_cannot_change_address_within_a_network(throttle, one, other, same):
    fail(throttle, TRIES, address=one)
    assert (throttle.wait("peeters", other, NOW) > 0) is same


def test_name_and_address_are_not_mixed_up(throttle):
    fail(throttle, TRIES, name="b", address="a")
    assert throttle.wait("', 'b", "a", NOW) == 0
    fail(throttle, TRIES, name="\ud800\0" * 1000, address="\0")
    assert throttle.wait("\ud800\0" * 1000, "\0", NOW) == 30


def test_the_file_names_nobody(throttle, counts):
    fail(throttle, TRIES)
    content = b"".join(file.read_bytes() for file in counts.parent.iterdir())
    assert content and b"peeters" not in content and HERE.encode() not in content


def test_the_file_stays_small(throttle, monkeypatch, counts):
    monkeypatch.setattr(throttling, "MOST", 20)
    fail(throttle, TRIES)
    for number in range(50):
        throttle.failed("x", f"203.0.113.{number}", NOW + number / 10)
    with sqlite3.connect(counts) as db:
        assert db.execute("SELECT count(*) FROM failures").fetchone() == (20,)
    db.close()
    assert throttle.wait("peeters", HERE, NOW + 5) == 25  # who waits is forgotten last
    throttle.failed("x", THERE, NOW + 100_000)
    with sqlite3.connect(counts) as db:
        assert db.execute("SELECT count(*) FROM failures").fetchone() == (2,)
    db.close()


def test_processes_share_the_counts_and_lose_none(throttle, counts):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: Throttle(counts).failed(f"user-{n}", HERE, NOW), range(TRIES_OF_ADDRESS)))
    assert Throttle(counts).wait("peeters", HERE, NOW) == 30


def test_a_file_that_cannot_be_used_lets_nobody_try_and_says_what_to_do(throttle, counts):
    counts.parent.mkdir(parents=True)
    counts.write_bytes(b"no database at all " * 100)
    for act in (
        lambda: throttle.wait("a", HERE, NOW), lambda: throttle.failed("a", HERE, NOW),
        lambda: throttle.succeeded("a", HERE),
    ):  # fmt: skip
        with pytest.raises(HubError, match="delete it"):
            act()
