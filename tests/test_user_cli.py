"""`hub user` as people type it: passwords are asked for or piped, and are seen nowhere."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hub.curation.accounts import Accounts, Role
from hub.errors import Conflict, InvalidRequest, NotFound
from hub.user_commands import user

PASSWORD = "correct horse battery"  # noqa: S105 - of nobody
ADD = ("add", "peeters", "--display", "A. Peeters, RBINS")


@pytest.fixture
def accounts(tmp_path):
    return Accounts(tmp_path / "instance" / "curation" / "accounts.json")


@pytest.fixture
def run(tmp_path):
    """Run `hub user …` in this process."""

    def invoke(*arguments: str, typed: str | bytes = ""):
        settings = {"HUB_INSTANCE": str(tmp_path / "instance"), "COLUMNS": "120"}
        ended = CliRunner().invoke(user, arguments, input=typed, env=settings)
        assert PASSWORD not in ended.output and "argon2" not in ended.output
        return ended

    return invoke


def test_an_account_is_added_with_a_password_asked_for_twice(run, accounts):
    ended = run(*ADD, "--role", "editor-in-chief", "--email", "a@example.org", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert ended.exit_code == 0 and "at least 12 characters" in ended.output
    assert ended.output.endswith("Added peeters, editor-in-chief.\n")
    account = accounts.verify("peeters", PASSWORD)
    assert (account.display, account.role, account.email) == ("A. Peeters, RBINS", Role.EDITOR, "a@example.org")


def test_two_passwords_that_differ_are_asked_for_again(run, accounts):
    ended = run(*ADD, typed=f"{PASSWORD}\n{PASSWORD}!\n{PASSWORD}\n{PASSWORD}\n")
    assert ended.exit_code == 0 and "do not match" in ended.output
    assert accounts.verify("peeters", PASSWORD).role is Role.CURATOR


def test_who_types_no_password_adds_no_account(run, accounts):
    assert run(*ADD).exit_code == 1
    assert accounts.list() == ()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_script_pipes_the_password(run, accounts, end):
    assert run(*ADD, "--password-stdin", typed=f" {PASSWORD} é{end}".encode()).exit_code == 0
    assert accounts.verify("peeters", f" {PASSWORD} é")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (b"", "at least 12"),
        (b"short\n", "at least 12"),
        (b"x" * 100_000, "at most 1,000"),
        (f"{PASSWORD}\n{PASSWORD}\n".encode(), "one line"),
        (b"\xe9" * 12, "UTF-8"),
    ],
)
def test_what_is_piped_and_is_no_password_is_refused(run, accounts, typed, said):
    ended = run(*ADD, "--password-stdin", typed=typed)
    assert isinstance(ended.exception, InvalidRequest) and said in str(ended.exception)
    assert accounts.list() == ()


def test_a_password_is_no_option_and_no_argument(run):
    for given in (("--password", PASSWORD), (f"--password={PASSWORD}",)):
        assert CliRunner().invoke(user, [*ADD, *given]).exit_code == 2


def test_trouble_is_found_before_a_password_is_asked_for(run, accounts):
    accounts.add("peeters", "A. Peeters", Role.CURATOR, PASSWORD)
    for arguments, kind in (
        (ADD, Conflict), (("add", "A b", "--display", "x"), InvalidRequest), (("passwd", "nobody"), NotFound),
        (("add", "b", "--display", "<b>"), InvalidRequest), ((*ADD, "--email", "b"), InvalidRequest),
        (("remove", "nobody"), NotFound),
    ):  # fmt: skip
        ended = run(*arguments)
        assert isinstance(ended.exception, kind) and ended.output == ""


def test_a_role_is_one_of_two(run):
    ended = run(*ADD, "--role", "owner")
    assert ended.exit_code == 2 and "'curator', 'editor-in-chief'" in ended.output


def test_the_list_shows_everybody_and_no_hash(run, accounts):
    assert run("list").output == "Nobody has an account yet. Add one with: hub user add\n"
    accounts.add("peeters", "A. Peeters [red]RBINS[/]", Role.CURATOR, PASSWORD, "a.peeters@example.org")
    accounts.add("el.amrani", "S. El Amrani", Role.EDITOR, PASSWORD)
    first, second, third = run("list").output.splitlines()
    assert first.split() == ["Name", "Displayed", "as", "Role", "E-mail", "Added"]
    assert second.startswith("el.amrani ") and "editor-in-chief" in second
    assert "A. Peeters [red]RBINS[/]" in third and "a.peeters@example.org" in third
    assert accounts.get("peeters").added in third


def test_a_password_is_changed(run, accounts):
    accounts.add("peeters", "A. Peeters", Role.EDITOR, PASSWORD + "!")
    assert run("passwd", "peeters", typed=f"{PASSWORD}\n{PASSWORD}\n").output.endswith("has another password.\n")
    assert accounts.verify("peeters", PASSWORD).role is Role.EDITOR
    assert run("passwd", "peeters", "--password-stdin", typed=PASSWORD + "?\n").exit_code == 0
    assert accounts.verify("peeters", PASSWORD) is None


def test_an_account_is_removed(run, accounts):
    accounts.add("peeters", "A. Peeters", Role.CURATOR, PASSWORD)
    assert run("remove", "peeters").output == "Removed peeters.\n"
    assert accounts.list() == ()


def test_trouble_is_one_line_without_traceback(tmp_path):
    (tmp_path / "curation").mkdir()
    (tmp_path / "curation" / "accounts.json").write_text('{"accounts": [')
    code = "from hub.cli import cli, main; from hub.user_commands import user; cli.add_command(user); main()"
    ended = subprocess.run(
        [sys.executable, "-c", code, "user", "list"], env={**os.environ, "HUB_INSTANCE": str(tmp_path)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "is damaged" in ended.stderr and len(ended.stderr.splitlines()) == 1
