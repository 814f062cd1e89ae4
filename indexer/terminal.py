"""What the commands of the indexer say, and how they show that they are at work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hub.parse import CONTROL

T = TypeVar("T")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """A line of the answer."""
    out.print(_shown(text), markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """A line about something that did not go as it should."""
    err.print(_shown(text), style="yellow", markup=False, soft_wrap=True)


def _shown(text: str) -> str:
    """Text without what a terminal would obey: titles and reasons come from outside."""
    return CONTROL.sub("\ufffd", text)


def watched(items: Iterable[T], total: int, doing: str, what: str = "records") -> Iterator[T]:
    """The items one by one, with a progress bar where somebody watches."""
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TextColumn(what), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        yield from progress.track(items, total=total)
