"""Accounts of the staff who curate: who may log in, as what, and whether a password is theirs.

They live in one small file that only its owner can read. It holds no password, only Argon2id hashes. Nothing here
shows or logs a password or a hash, and a file that cannot be read is an error, never an empty list.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError, VerifyMismatchError
from filelock import FileLock, Timeout

from hub.corpus import replace_file
from hub.errors import Conflict, HubError, InvalidRequest, NotFound

SHORTEST = 12  # characters of a password
LONGEST = 1_000  # bytes of a password

_NAME = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]+@[^\s@<>\"(),:;\\]+")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_HASH = re.compile(r"\$argon2id\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")
_HASHER = PasswordHasher()
_AT_ONCE = threading.BoundedSemaphore(2)  # each takes 64 MB and all processors; the public site goes on beside them


class Role(StrEnum):
    """What somebody may do; an editor-in-chief may do all that a curator may."""

    CURATOR = "curator"
    EDITOR = "editor-in-chief"


@dataclass(frozen=True)
class Account:
    """One member of staff: the name to log in with, the name that others see, and since when (a date).

    The e-mail address, where there is one, stands beside the displayed name as the author of changes.
    """

    name: str
    display: str
    role: Role
    email: str
    added: str
    hash: str = field(repr=False)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    accounts: list[dict[str, str]]


_FIELDS = {each.name for each in fields(Account)}
_Accounts = dict[str, Account]


class Accounts:
    """The accounts in the file at a path. Threads and processes share it; what one changes, all see at once.

    Raises HubError where the file cannot be read, or written, or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[tuple[int, ...], _Accounts] = ((), {})

    def get(self, name: str) -> Account | None:
        """The account with a name; None where there is none."""
        return self._read().get(name)

    def add(self, name: str, display: str, role: Role, password: str, email: str = "") -> Account:
        """Add an account. Raises InvalidRequest for what cannot be, Conflict where the name is taken."""
        display, email = display.strip(), email.strip()
        check_account(name, display, email)
        check_password(name, password)
        account = Account(name, display, role, email, datetime.now(UTC).date().isoformat(), _hash(password))

        def edit(accounts: _Accounts) -> Account:
            if name in accounts:
                raise Conflict(f"There is an account {name!r} already; choose another name.")
            accounts[name] = account
            return account

        return self._change(edit)

    def remove(self, name: str) -> Account:
        """Take an account away; its sessions end. NotFound where there is none."""
        return self._change(lambda accounts: accounts.pop(_known(accounts, name).name))

    def set_password(self, name: str, password: str) -> Account:
        """Give an account another password; its sessions end. Raises NotFound, InvalidRequest."""
        _known(self._read(), name)
        check_password(name, password)
        hashed = _hash(password)

        def edit(accounts: _Accounts) -> Account:
            accounts[name] = replace(_known(accounts, name), hash=hashed)
            return accounts[name]

        return self._change(edit)

    def verify(self, name: str, password: str) -> Account | None:
        """The account, where the password is its own; else None, which takes as long for a name that nobody has."""
        if len(_secret(password)) > LONGEST:
            return None
        account = self.get(name)
        if account is None:
            _hash(password)
            return None
        if not _matches(account, password):
            return None
        return self._rehashed(account, password) if _HASHER.check_needs_rehash(account.hash) else account

    def stamp(self, account: Account) -> str:
        """A short digest that is another once the password changes, or the account is made anew.

        A session that keeps it ends when `get` finds no account with the same stamp.
        """
        return hashlib.sha256("\0".join((account.name, account.role, account.hash)).encode()).hexdigest()[:16]

    def list(self) -> tuple[Account, ...]:
        """All accounts, in order of name."""
        return tuple(account for _, account in sorted(self._read().items()))

    def _rehashed(self, account: Account, password: str) -> Account:
        """The account, its hash made with the parameters of today; as it is where it cannot be written now."""
        renewed = replace(account, hash=_hash(password))

        def edit(accounts: _Accounts) -> Account:
            if accounts.get(account.name) != account:
                raise Conflict(f"The account {account.name!r} was changed meanwhile.")
            accounts[account.name] = renewed
            return renewed

        try:
            return self._change(edit)
        except HubError:
            return account

    def _change(self, edit: Callable[[_Accounts], Account]) -> Account:
        """Read, edit and write the accounts while nobody else does; nothing is written where `edit` raises."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with FileLock(self._path.with_name(f".{self._path.name}.lock"), timeout=10, mode=0o600):
                accounts = dict(self._read())
                account = edit(accounts)
                replace_file(self._path, _encoded(accounts), mode=0o600)
                return account
        except Timeout:
            raise Conflict("Somebody else is changing the accounts; try again.") from None
        except OSError as error:
            raise self._unusable("written", error) from None

    def _read(self) -> _Accounts:
        """The accounts by name, read again where the file is another by now."""
        try:
            with self._path.open("rb") as file:
                status = os.fstat(file.fileno())
                identity = (status.st_dev, status.st_ino, status.st_ctime_ns, status.st_size)
                seen, accounts = self._seen
                if seen == identity:
                    return accounts
                content = file.read()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._unusable("read", error) from None
        try:
            accounts = _decoded(content)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, InvalidRequest) as error:
            what = "restore it from a backup, or move it away and add the accounts again with: hub user add"
            raise HubError(f"{self._path} is damaged ({error}): {what}") from None
        self._seen = (identity, accounts)
        return accounts

    def _unusable(self, done: str, error: OSError) -> HubError:
        what = "Its folder and all in it must belong to the user that runs the hub"
        return HubError(f"{self._path} cannot be {done}: {error.strerror or error}. {what}.")


def check_account(name: str, display: str, email: str) -> None:
    """Raise InvalidRequest where a name, a displayed name or an e-mail address cannot be that of an account."""
    if len(name) > 64 or not _NAME.fullmatch(name):
        form = "lower-case letters and digits, with single dots or hyphens between them, at most 64: a.peeters"
        raise InvalidRequest("name", f"A name is made of {form}", name)
    # Angle brackets would end the name of an author in git.
    if len(display) > 100 or not display.isprintable() or not any(map(str.isalpha, display)) or set(display) & {*"<>"}:
        form = "one line of at most 100 printable characters without < and >, such as: A. Peeters, RBINS"
        raise InvalidRequest("display", f"A displayed name is {form}", display)
    if email and (len(email) > 254 or not email.isprintable() or not _EMAIL.fullmatch(email)):
        raise InvalidRequest("email", "An e-mail address looks like a.peeters@example.org", email)


def check_password(name: str, password: str) -> None:
    """Raise InvalidRequest, which does not repeat it, where a password cannot be that of the account with a name."""
    secret = _secret(password)
    plain = secret.decode("utf-8", "replace")
    if len(secret) > LONGEST:
        raise InvalidRequest("password", f"A password has at most {LONGEST:,} bytes; choose a shorter one.")
    if len(plain) < SHORTEST:
        raise InvalidRequest("password", f"A password has at least {SHORTEST} characters; choose a longer one.")
    if plain.casefold() == name.casefold():
        raise InvalidRequest("password", "A password is not the name of its account; choose another.")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in password):
        raise InvalidRequest("password", "A password holds no control characters, which no form takes; choose another.")


def _secret(password: str) -> bytes:
    """The bytes to hash, the same however a keyboard puts accents together; no work is done on what is too long."""
    text = password if len(password) > LONGEST else unicodedata.normalize("NFC", password)
    return text.encode("utf-8", "surrogatepass")


def _hash(password: str) -> str:
    with _AT_ONCE:
        return _HASHER.hash(_secret(password))


def _matches(account: Account, password: str) -> bool:
    try:
        with _AT_ONCE:
            return _HASHER.verify(account.hash, _secret(password))
    except VerifyMismatchError:
        return False
    except VerificationError as error:
        what = f"If that stays so, give a new one: hub user passwd {account.name}"
        raise HubError(f"The password of {account.name!r} cannot be checked: {error}. {what}") from None


def _known(accounts: Mapping[str, Account], name: str) -> Account:
    if name not in accounts:
        raise NotFound(f"There is no account {name[:64]!r}; see all with: hub user list")
    return accounts[name]


def _encoded(accounts: Mapping[str, Account]) -> bytes:
    rows = {"accounts": [asdict(account) for _, account in sorted(accounts.items())]}
    return msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n"


def _decoded(content: bytes) -> _Accounts:
    """The accounts in the bytes of a file. Raises ValueError or InvalidRequest; neither says a hash."""
    accounts: _Accounts = {}
    for number, row in enumerate(msgspec.json.decode(content, type=_File).accounts, 1):
        if row.keys() != _FIELDS:
            raise ValueError(f"account {number} has not exactly the fields that an account has")
        check_account(row["name"], row["display"], row["email"])
        if row["role"] not in set(Role) or not _DATE.fullmatch(row["added"]):
            raise ValueError(f"the role or the date of {row['name']!r} is none")
        account = Account(**{**row, "role": Role(row["role"])})  # type: ignore[arg-type]
        if not _HASH.fullmatch(account.hash):
            raise ValueError(f"the hash of {account.name!r} is none of Argon2id")
        if account.name in accounts:
            raise ValueError(f"{account.name!r} is there twice")
        accounts[account.name] = account
    return accounts
