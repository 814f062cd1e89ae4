"""The history of the corpus in git: a save is a commit, by whoever saved, on the branch that is checked out.

Only git's plumbing is used, and no hook is run. A commit is made in an index of its own and holds nothing but the one
record, whatever else is changed or staged in the work tree. It is made before the file is replaced, and HEAD is set to
it after. Where the process dies in between, the record is changed and HEAD does not know: the next save of it enters
what it finds, by "Outside the workbench". HEAD is compared and swapped, so that others may commit at any time.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hub.corpus import revision_of
from hub.curation.history import (
    HUB,
    OUTSIDE,
    Author,
    Saved,
    changed_outside,
    decoded,
    encoded,
    file_of,
    in_words,
    one_line,
    page,
)
from hub.errors import HubError, NotFound
from hub.record import ID

TIMEOUT = 60.0  # seconds for one command of git; it takes milliseconds
_TRIES = 50  # commits of others, one after the other, that a save can meet
_WAITS = (0.05, 0.1, 0.2, 0)  # seconds until the index of others is asked for again
_LOG = logging.getLogger("hub.curation")

# What git is told whatever its configuration: to run nothing but itself, to wait for others, and to write to the disk.
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.fsync": "objects,reference",
    "core.safecrlf": "false",
    "core.filesRefLockTimeout": "5000",
    "core.packedRefsTimeout": "5000",
    "gc.auto": "0",
    "i18n.commitEncoding": "UTF-8",
    "i18n.logOutputEncoding": "UTF-8",
    "log.showSignature": "false",
}
_OPTIONS = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
# Of git's own variables only those remain that say how it is configured: others, as set by a hook, name another place.
_KEPT = re.compile(
    r"(?!GIT_)|GIT_(CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY_\d+|VALUE_\d+)|EXEC_PATH|CEILING_\w+|DISCOVERY_\w+)$"
)

_COMMIT = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_MARK = b"\x02"  # before each commit of a listing; no name of a record file is like it
_FORMAT = "%x02%x00%H%x00%at%x00%an%x00%s%x00"
_BLOBS = re.compile(rb":\d+ \d+ ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [A-Z]")  # before and after, of --raw
_LISTING = ("log", "-z", "--full-history", "--no-renames")


class GitFailed(HubError):
    """A command of git has failed; the message is what git says. `code` is its exit status."""

    def __init__(self, message: str, code: int = -1) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Git:
    """The program `git`, run in a folder."""

    program: str
    folder: Path

    def run(self, *arguments: str, given: bytes = b"", variables: Mapping[str, str] = {}) -> bytes:
        """What a command answers; `variables` are added to its environment. Raises GitFailed."""
        command = self.command(*arguments)
        try:
            # In a session of its own, git is not stopped by what stops the hub, and leaves no locks behind.
            done = subprocess.run(  # noqa: S603 - no shell, and what people write is never an option
                command,
                cwd=self.folder,
                env={**_environment(), **variables},
                input=given,
                capture_output=True,
                timeout=TIMEOUT,
                start_new_session=True,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GitFailed(f"git {arguments[0]}: {error}") from None
        if done.returncode:
            said = one_line(done.stderr.decode("utf-8", "replace")).removeprefix("fatal: ")
            raise GitFailed(f"git {arguments[0]}: {said or 'failed'}", done.returncode)
        return done.stdout

    def tokens(self, *arguments: str) -> Generator[bytes, None, None]:
        """What a command answers, part by part, each ended by NUL. Git is stopped where no more is wanted."""
        with subprocess.Popen(  # noqa: S603 - as above
            self.command(*arguments),
            cwd=self.folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                yield from _split(process.stdout)
                if process.wait(TIMEOUT):
                    raise GitFailed(f"git {arguments[0]}: failed; run `git fsck`", process.returncode)
            finally:
                process.kill()

    def command(self, *arguments: str) -> list[str]:
        """A command as the list of its words."""
        return [self.program, *_OPTIONS, *arguments]


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if _KEPT.match(name)}
    return kept | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def _split(stream: IO[bytes] | None) -> Iterator[bytes]:
    rest = b""
    while stream and (read := stream.read(65_536)):
        *parts, rest = (rest + read).split(b"\0")
        yield from parts


@dataclass(frozen=True)
class _State:
    """The commit at HEAD, and which blobs the record is there and in the index; empty where there is none."""

    head: str
    blob: str
    staged: str


@dataclass(frozen=True)
class _Change:
    """What a commit brings to a record: its blob, empty where it is gone."""

    record: str
    blob: str
    author: Author
    note: str


def find_git(records: Path) -> GitHistory | None:
    """The history that git keeps of a folder of records; None where git is not there, or keeps none of it.

    Raises HubError where there is one that git refuses to work with.
    """
    program = shutil.which("git")
    if program is None:
        return None
    git = Git(program, records.resolve())
    try:
        asked = ("--is-inside-work-tree", "--show-object-format", "--show-prefix")
        inside, ids, prefix = git.run("rev-parse", *asked).split(b"\n", 2)
    except GitFailed as failed:
        if "not a git repository" in str(failed):
            return None
        raise HubError(f"git cannot keep the history of {records}: {failed}") from None
    if inside != b"true" or _ignored(git):
        return None
    return GitHistory(git, prefix.removesuffix(b"\n"), 64 if ids == b"sha256" else 40)


def _ignored(git: Git) -> bool:
    try:
        git.run("check-ignore", "-q", "any-record.yaml")
    except GitFailed as failed:
        if failed.code != 1:
            raise
        return False
    return True


class GitHistory:
    """The commits of a git repository, read and made in its folder of records."""

    def __init__(self, git: Git, prefix: bytes, digits: int) -> None:
        self._git = git
        self._nothing = "0" * digits  # where git wants an id
        self._prefix = prefix  # of the folder in its repository: `corpus/records/`

    @contextmanager
    def saving(self, record_id: str, before: str | None, after: str, author: Author, note: str) -> Iterator[None]:
        """See `History.saving`."""
        try:
            state = self._caught_up(record_id, before)
            change = _Change(record_id, self._blob(record_id, after, state.blob), author, one_line(note) or record_id)
            commit = self._commit(change, state) if change.blob != state.blob else ""
        except (GitFailed, OSError) as error:
            raise HubError(f"Nothing is saved, as it cannot be entered in the history: {error}") from error
        yield
        try:
            if commit:
                self._publish(change, state, commit)
        except (GitFailed, OSError) as error:
            raise HubError(
                f"Record {record_id!r} is saved, but that could not be entered in the history: {error}. "
                f"The next save of the record enters it, by {OUTSIDE.name!r}."
            ) from error

    def saves(self, record_id: str | None = None, limit: int = 50, before: str = "") -> list[Saved]:
        """See `History.saves`."""
        with closing(self._saves(file_of(record_id) if record_id is not None else ":(glob)[!.]*.yaml")) as saves:
            return page(saves, limit, before)

    def texts(self, saved_id: str, record_id: str) -> tuple[str | None, str | None]:
        """See `History.texts`."""
        name = file_of(record_id)
        if not _COMMIT.fullmatch(saved_id):
            raise NotFound(f"there is no save {saved_id!r}")
        before, after = self._contents((f"{saved_id}^1:./{name}", f"{saved_id}:./{name}"))
        if before is None and after is None:
            raise NotFound(f"record {record_id!r} has no save {saved_id!r}")
        return decoded(before), decoded(after)

    def text_of(self, record_id: str, revision: str) -> str | None:
        """See `History.text_of`."""
        contents = self._contents(self._blobs(file_of(record_id)))
        return next((decoded(one) for one in contents if one is not None and revision_of(one) == revision), None)

    def _caught_up(self, record_id: str, before: str | None) -> _State:
        """The state when HEAD has what lies in the work tree, and has had what only the index held."""
        state = self._state(record_id)
        blob = self._blob(record_id, before, state.blob)
        found, empty = [blob], _object_id(b"", len(self._nothing))  # `git add -N` puts an empty one into the index
        if state.staged not in ("", empty, state.blob, blob) and state.staged not in self._blobs(file_of(record_id)):
            found = [state.staged, blob]
        for one in found:
            if one != state.blob:
                change = _Change(record_id, one, OUTSIDE, changed_outside(record_id))
                state = self._publish(change, state, self._commit(change, state))
        return state

    def _state(self, record_id: str) -> _State:
        name = file_of(record_id)
        asked = f"HEAD\nHEAD:./{name}\n:0:./{name}\n"
        answers = self._git.run("cat-file", "--batch-check", given=asked.encode()).decode().splitlines()
        return _State(*("" if answer.endswith(" missing") else answer.split(" ")[0] for answer in answers))

    def _blob(self, record_id: str, text: str | None, known: str) -> str:
        """The blob that git makes of the text of a record; `known` is one that it may be."""
        if text is None:
            return ""
        content = encoded(text)
        if known and _object_id(content, len(known)) == known:
            return known
        name = file_of(record_id)  # for what git does to line ends
        return self._git.run("hash-object", "-w", "--stdin", f"--path={name}", given=content).decode().strip()

    def _commit(self, change: _Change, base: _State) -> str:
        """A commit on the head of a state that holds one change, and that nothing points to yet."""
        git = self._git
        with tempfile.TemporaryDirectory(prefix="hub-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if base.head:
                git.run("read-tree", base.head, variables=index)
            git.run("update-index", "-z", "--index-info", given=self._entry(change), variables=index)
            tree = git.run("write-tree", "--missing-ok", variables=index).decode().strip()
        who = {"GIT_AUTHOR_NAME": change.author.name, "GIT_AUTHOR_EMAIL": change.author.email}
        who |= {"GIT_COMMITTER_NAME": HUB.name, "GIT_COMMITTER_EMAIL": HUB.email}
        parent = ("-p", base.head) if base.head else ()
        return git.run("commit-tree", tree, *parent, given=f"{change.note}\n".encode(), variables=who).decode().strip()

    def _entry(self, change: _Change) -> bytes:
        """The change of a record as a line for the index."""
        path = self._prefix + file_of(change.record).encode()
        return (f"100644 {change.blob}" if change.blob else f"0 {self._nothing}").encode() + b"\t" + path + b"\0"

    def _publish(self, change: _Change, base: _State, commit: str) -> _State:
        """Set HEAD to a commit that holds the change, made anew as often as HEAD has moved; the state then."""
        self._stage(change)  # first: whoever commits before HEAD is set has the change too, and does not undo it
        for _ in range(_TRIES):
            try:
                self._git.run("update-ref", "-m", f"hub: {change.record}", "HEAD", commit, base.head or self._nothing)
            except GitFailed:
                now = self._state(change.record)
                if now.head == base.head:
                    raise
                if now.blob == change.blob:
                    return now
                base, commit = now, self._commit(change, now)
            else:
                return _State(commit, change.blob, change.blob)
        raise GitFailed("others commit all the time")

    def _stage(self, change: _Change) -> None:
        """Bring the record in the index of the work tree to the change, and nothing else there."""
        for wait in _WAITS:
            try:
                self._git.run("update-index", "-z", "--index-info", given=self._entry(change))
                return
            except GitFailed as failed:
                said = str(failed)
                time.sleep(wait)
        _LOG.warning(
            "Record %r is saved and nothing is lost, but another program uses the index of git, which still has the "
            "former text (%s). To mend that: git reset -- %s",
            change.record,
            said,
            file_of(change.record),
        )

    def _head(self) -> str:
        return self._git.run("cat-file", "--batch-check=%(objectname)", given=b"HEAD\n").decode().strip()

    def _saves(self, files: str) -> Generator[Saved, None, None]:
        """All saves of files, newest first; of a merge those files that it changed itself."""
        head = self._head()
        if head.endswith(" missing"):
            return
        with closing(
            self._git.tokens(*_LISTING, "-c", "--name-only", f"--format={_FORMAT}", head, "--", files)
        ) as found:
            commit, at, by, note = ("",) * 4
            for token in found:
                name = token.strip(b"\n")
                record = name.rpartition(b"/")[2].removesuffix(b".yaml").decode("utf-8", "replace")
                if name == _MARK:
                    commit, at, by, note = (next(found, b"").decode("utf-8", "replace") for _ in range(4))
                elif ID.fullmatch(record):
                    yield Saved(commit, record, in_words(int(at or 0)), by, note)

    def _blobs(self, name: str) -> list[str]:
        """Every blob that a file was, newest first."""
        head = self._head()
        if head.endswith(" missing"):
            return []
        listed = self._git.run(*_LISTING, "-m", "--raw", "--no-abbrev", "--format=", head, "--", name)
        found = (blob.decode() for before, after in _BLOBS.findall(listed) for blob in (after, before))
        return list(dict.fromkeys(blob for blob in found if blob.strip("0")))

    def _contents(self, objects: Iterable[str]) -> Iterator[bytes | None]:
        """The content of each object; None where there is no such file."""
        names = list(objects)
        answer = self._git.run("cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
        place = 0
        for _ in names:
            head, place = answer[place : answer.index(b"\n", place)], answer.index(b"\n", place) + 1
            if head.endswith(b" missing"):
                yield None
                continue
            _, kind, size = head.split(b" ")
            yield answer[place : place + int(size)] if kind == b"blob" else None
            place += int(size) + 1


def _object_id(content: bytes, digits: int) -> str:
    """The id that git gives to a blob with this content, in a repository with ids of so many digits."""
    whole = b"blob %d\0" % len(content) + content
    digest = hashlib.sha1(whole, usedforsecurity=False) if digits == 40 else hashlib.sha256(whole)
    return digest.hexdigest()
