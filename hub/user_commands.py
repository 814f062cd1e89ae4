"""`hub user`: who may log in to curation. Passwords are asked for or read from standard input, never in a command."""

from __future__ import annotations

import sys

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console

from hub.config import load_config
from hub.curation.accounts import SHORTEST, Accounts, Role, check_account
from hub.errors import Conflict, InvalidRequest, NotFound

out = Console(highlight=False, emoji=False)

_from_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input (one line), for scripts."
)


@click.group()
def user() -> None:
    """Look after the accounts of the staff who curate.

    \b
    hub user add a.peeters --display "A. Peeters, RBINS" --role editor-in-chief
    hub user list
    """


@user.command()
@click.argument("name")
@click.option("--display", required=True, help="The name that others see, such as: A. Peeters, RBINS")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.CURATOR.value,
    show_default=True,
    help="An editor-in-chief may do all that a curator may, and more.",
)
@click.option("--email", default="", help="Stands beside the displayed name as the author of changes.")
@_from_stdin
def add(name: str, display: str, role: str, email: str, password_stdin: bool) -> None:
    """Add an account; the password is asked for."""
    accounts = _accounts()
    check_account(name, display.strip(), email.strip())
    if accounts.get(name):
        raise Conflict(f"There is an account {name!r} already; choose another name.")
    account = accounts.add(name, display, Role(role), _password(password_stdin), email)
    out.print(f"Added {account.name}, {account.role}.", markup=False, soft_wrap=True)


@user.command("list")
def list_command() -> None:
    """Say who has an account."""
    found = _accounts().list()
    if not found:
        out.print("Nobody has an account yet. Add one with: hub user add", markup=False, soft_wrap=True)
        return
    rows = [("Name", "Displayed as", "Role", "E-mail", "Added")]
    rows += [(each.name, each.display, each.role.value, each.email, each.added) for each in found]
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    for row in rows:  # one line an account, however wide, for those who search in it
        out.print("  ".join(map(set_cell_size, row, widths)).rstrip(), markup=False, soft_wrap=True)


@user.command()
@click.argument("name")
def remove(name: str) -> None:
    """Remove an account; who is logged in with it is logged out."""
    account = _accounts().remove(name)
    out.print(f"Removed {account.name}.", markup=False, soft_wrap=True)


@user.command()
@click.argument("name")
@_from_stdin
def passwd(name: str, password_stdin: bool) -> None:
    """Give an account another password, which is asked for; who is logged in with it is logged out."""
    accounts = _accounts()
    if not accounts.get(name):
        raise NotFound(f"There is no account {name[:64]!r}; see all with: hub user list")
    account = accounts.set_password(name, _password(password_stdin))
    out.print(f"{account.name} has another password.", markup=False, soft_wrap=True)


def _accounts() -> Accounts:
    return Accounts(load_config().instance / "curation" / "accounts.json")


def _password(from_stdin: bool) -> str:
    """A password, asked for twice or read from standard input."""
    if not from_stdin:
        asked = f"Password (at least {SHORTEST} characters)"
        return str(click.prompt(asked, hide_input=True, confirmation_prompt=True))
    try:
        line = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidRequest("password", "The password on standard input is not UTF-8 text.") from None
    line = line.removesuffix("\n").removesuffix("\r")
    if "\n" in line:
        raise InvalidRequest("password", "Standard input must hold one line, the password.")
    return line
