"""Which engines are measured, and how each is started."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).absolute().parent.parent
SYSTEM_PYTHON = "/usr/bin/python3"  # the one that packages of the operating system belong to


@dataclass(frozen=True)
class Engine:
    """Class `kind` of a module in `peers`; variants of one engine share an index."""

    module: str
    kind: str
    index: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    python: str = sys.executable


ENGINES = {
    "ours": Engine("ours", "Ours", "ours"),
    "ours/wide": Engine("ours", "Ours", "ours", {"wide": True}),
    "tantivy": Engine("tantivy", "Tantivy", "tantivy"),
    "tantivy/plain": Engine("tantivy", "Tantivy", "tantivy", {"plain_snippets": True}),
    "FTS5 + numpy": Engine("fts5", "Fts5", "fts5-numpy", {"numpy": True}),
    "FTS5 + numpy/plain": Engine("fts5", "Fts5", "fts5-numpy", {"numpy": True, "plain_snippets": True}),
    "FTS5": Engine("fts5", "Fts5", "fts5-sql", {"numpy": False}),
    "FTS5/plain": Engine("fts5", "Fts5", "fts5-sql", {"numpy": False, "plain_snippets": True}),
    "Xapian": Engine("xapian", "Xapian", "xapian", python=SYSTEM_PYTHON),
    "Whoosh": Engine("whoosh", "Whoosh", "whoosh"),
}


def base(name: str) -> str:
    """The engine that a variant is one of."""
    return name.split("/", maxsplit=1)[0]


class Ended(Exception):
    """A process came to its end before it answered; says why, as far as it said."""


class Process:
    """A running worker."""

    def __init__(self, name: str, where: Path) -> None:
        self.name = name
        command = [ENGINES[name].python, "-m", "benchmarks.worker", name, str(where)]
        self._process = subprocess.Popen(  # noqa: S603
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.version: str = self.do("hello")["version"]

    def do(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Have a command carried out. Raises Ended."""
        assert self._process.stdin and self._process.stdout and self._process.stderr
        try:
            self._process.stdin.write(json.dumps({"do": command, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            said = self._process.stderr.read().strip().splitlines()
            raise Ended(said[-1] if said else "it said nothing")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the worker."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)
