"""`hub corpus export` and `hub corpus import`: curation by spreadsheet."""

from __future__ import annotations

import getpass
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import click
from rich.console import Console

from hub.config import load_config
from hub.corpus import Corpus
from hub.curation.history import Author, open_history
from hub.curation.spreadsheet import Kind, Plan, Row, apply, read_changes, write_csv
from hub.errors import HubError
from hub.parse import CONTROL
from hub.record import Record, Status

out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)

_AROUND = 30  # characters shown on either side of what changed
_LONGEST = 200  # characters shown of one side of a change
_STYLES = {Kind.CONFLICT: "yellow", Kind.WRONG: "red"}


@click.command("export")
@click.option(
    "--status",
    multiple=True,
    type=click.Choice([status.value for status in Status]),
    help="Only this status; repeat for more.",
)
@click.option("--source", multiple=True, help="Only records of this source; repeat for more.")
@click.option("--out", "path", type=click.Path(path_type=Path, dir_okay=False), help="File to write (default: output).")
def export_command(status: tuple[str, ...], source: tuple[str, ...], path: Path | None) -> None:
    """Write records as a spreadsheet (CSV) for Excel, LibreOffice or any editor; `hub corpus import` reads it back.

    A row is a record. To decide on a target, theme, country or region, move it to another cell of the row: `target`
    holds what is accepted, `target_suggested` what nobody has decided on, `target_rejected` what was rejected. Rows and
    columns that are left out of the file change nothing.
    """
    corpus = Corpus(load_config().corpus)
    entries = list(corpus.entries())
    chosen = [
        entry
        for entry in entries
        if (record := entry.record)
        and (not status or record.status in status)
        and (not source or record.source in source)
    ]
    sheet = io.BytesIO()
    write_csv(sheet, chosen, corpus.vocabularies())
    _put(sheet.getvalue(), path)
    problems = [problem for entry in entries for problem in entry.problems]
    for problem in problems:
        _say(err, str(problem), "yellow")
    _say(err, f"{len(chosen)} records.")
    if problems:
        sys.exit(1)


def _put(content: bytes, path: Path | None) -> None:
    if path is None:
        click.echo(content, nl=False)
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise HubError(f"{path} cannot be written: {error.strerror}") from error


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account of the system without a name
        return ""


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--write", is_flag=True, help="Write the changes; without it, they are only shown.")
@click.option("--skip-wrong", is_flag=True, help="Write although rows are wrong, without these.")
@click.option("--by", default=_login, help="Who made the changes (default: your login name).")
def import_command(file: BinaryIO, write: bool, skip_wrong: bool, by: str) -> None:
    """Show what a spreadsheet made by `hub corpus export` changes, field by field, and write it with --write.

    A new row without an id becomes a draft; it needs source, url, title, abstract, language and type. Exit status 1: a
    row is wrong, or its record was changed by somebody else since it was exported; such a row is never written.
    """
    corpus = Corpus(load_config().corpus)
    plan = read_changes(file, corpus, by)
    for row in plan.rows:
        if row.kind is not Kind.UNCHANGED:
            _show(row)
    _say(out, _counts(plan))
    failed = plan.of(Kind.CONFLICT, Kind.WRONG)
    if not write:
        if plan.of(Kind.CHANGED, Kind.NEW):
            _say(out, "Nothing is written yet; --write does.")
    elif plan.of(Kind.WRONG) and not skip_wrong:
        _say(err, "Nothing is written: mend what is wrong, or leave it out with --skip-wrong.", "red")
    else:
        applied = apply(plan, _writer(corpus, by))
        for row in applied.failed:
            _show(row)
        failed += applied.failed
        _say(out, f"Written: {applied.changed} changed, {applied.new} new.")
    if failed:
        sys.exit(1)


def _writer(corpus: Corpus, by: str) -> Callable[[Record, str | None], None]:
    """Writes records under somebody's name, so that the history tells who changed them and each can be undone."""
    history, author = open_history(corpus.folder), Author(by or "Spreadsheet")

    def write(record: Record, expected: str | None) -> None:
        note = f"{record.id}: from a spreadsheet"
        corpus.write(record, expected, lambda old, new: history.saving(record.id, old, new, author, note))

    return write


def _say(console: Console, text: str, style: str = "") -> None:
    """A line of the answer, without what a terminal would obey: texts come from outside."""
    console.print(CONTROL.sub("\ufffd", text), style=style or None, markup=False, soft_wrap=True)


def _show(row: Row) -> None:
    """One row as a block: its record, what is wrong with it, and what differs."""
    _say(out, f"{row.id or '(no id)'}, row {row.line}: {row.kind}", _STYLES.get(row.kind, "bold"))
    for problem in row.problems:
        _say(out, f"  {problem.field}: {problem.message}" if problem.field else f"  {problem.message}")
    for one in row.differences:
        before, after = shortened(one.before, one.after)
        _say(out, f"  {one.name}: {before} → {after}")
    _say(out, "")


def _counts(plan: Plan) -> str:
    counts = {kind: len(plan.of(kind)) for kind in Kind}
    return f"{len(plan.rows)} rows: {', '.join(f'{number} {kind}' for kind, number in counts.items() if number)}."


def shortened(before: str, after: str) -> tuple[str, str]:
    """Two texts on one line each, cut to what differs between them and a little around it."""
    before, after = (" ".join(text.replace("\n", " ¶ ").split()) for text in (before, after))
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    return _cut(before, start, end), _cut(after, start, end)


def _alike(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    differing = (place for place, (mine, yours) in enumerate(zip(one, other, strict=False)) if mine != yours)
    return next(differing, min(len(one), len(other)))


def _cut(text: str, start: int, end: int) -> str:
    """A text without most of its first `start` and last `end` characters."""
    first = text.rfind(" ", 0, max(start - _AROUND, 0)) + 1
    last = text.find(" ", len(text) - end + _AROUND)
    found = text[first : last if last >= 0 else None]
    middle = found if len(found) <= _LONGEST else f"{found[: _LONGEST // 2]} … {found[-_LONGEST // 2 :]}"
    said = f"{'… ' if first else ''}{middle}{' …' if last >= 0 else ''}"
    return said or "(empty)"
