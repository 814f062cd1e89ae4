"""The shape of the code: who imports whom, how long things are, and that everything public says what it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path for package in ("hub", "indexer") for path in (ROOT / package).rglob("*.py"))
MODULE_LINES, FUNCTION_LINES = 400, 40
SILENT = ROOT / "hub" / "__init__.py"  # empty by design

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@cache
def definitions(path: Path) -> tuple[tuple[str, Definition], ...]:
    """Every function and class of a module with its dotted name, inner ones too."""

    def below(node: ast.AST, prefix: str) -> Iterator[tuple[str, Definition]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Definition):
                yield f"{prefix}{child.name}", child
                yield from below(child, f"{prefix}{child.name}.")
            else:
                yield from below(child, prefix)

    return tuple(below(ast.parse(path.read_text(encoding="utf-8")), ""))


def places(found: dict[Path, list[str]]) -> list[str]:
    return [f"{path.relative_to(ROOT)}: {line}" for path, lines in found.items() for line in lines]


def test_there_is_something_to_check():
    assert len(MODULES) > 10


def test_imports_only_go_down():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("hub", ("flask", "whoosh", "hub.corpus")),
        ("hub.search", ("flask", "whoosh")),
        ("hub.engine", ("flask", "whoosh")),
        ("hub.corpus", ("flask", "whoosh")),
        ("indexer.build", ("flask", "whoosh")),
        ("hub.app", ("indexer", "hub.corpus")),
    ],
)
def test_an_import_loads_only_what_it_needs(module, absent):
    code = f"import sys, {module}; print(*sorted(set({absent!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, ""), f"import {module} loads {done.stdout}{done.stderr}"


def test_modules_are_short():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    long = {path: [f"{lines} lines, at most {MODULE_LINES}"] for path, lines in lengths.items() if lines > MODULE_LINES}
    assert places(long) == []


def test_functions_are_short():
    long: dict[Path, list[str]] = {}
    for path in MODULES:
        for name, node in definitions(path):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if not isinstance(node, ast.ClassDef) and lines > FUNCTION_LINES:
                long.setdefault(path, []).append(f"{name} has {lines} lines, at most {FUNCTION_LINES}")
    assert places(long) == []


def test_everything_public_has_a_docstring():
    bare: dict[Path, list[str]] = {}
    for path in MODULES:
        if path != SILENT and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))):
            bare.setdefault(path, []).append("the module")
        functions = {name for name, node in definitions(path) if not isinstance(node, ast.ClassDef)}
        for name, node in definitions(path):
            inner = any(name.startswith(f"{function}.") for function in functions)
            private = any(part.startswith("_") for part in name.split("."))
            if not inner and not private and not ast.get_docstring(node):
                bare.setdefault(path, []).append(name)
    assert places(bare) == []


def test_the_package_hub_is_empty():
    assert not SILENT.read_text(encoding="utf-8").strip()
