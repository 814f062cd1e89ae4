"""YAML as the corpus writes it: every scalar read as text, every file written in one fixed shape.

Plain YAML reads the country code `NO` as False and `1977` as a number; here a scalar is text and the record
model gives it its type. Files are written with the same line width, order and quoting whoever writes them, so
that a difference in git is a difference in content.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from hub.errors import InvalidRecord, Problem

DEPTH = 20  # levels; a record has six. Thousands would overflow the stack of the C parser
LIMIT = 1_000_000  # bytes; a record is a few kilobytes, a vocabulary a few hundred


class _TextLoader(yaml.CSafeLoader):
    """Safe loader without implicit types. Aliases are refused: nested ones can blow up the memory."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class attribute

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping whose keys are all different: of two equal ones, one would be lost."""
        seen = set()
        for key, _ in node.value:
            if key.value in seen if isinstance(key, yaml.ScalarNode) else False:
                raise yaml.MarkedYAMLError(None, None, f"key {key.value!r} is given twice", key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.CSafeDumper):
    """Folds long text at the line width and keeps short text on its line."""


# Years and dates stay without quotation marks, as people write them.
_PLAIN = (("int", re.compile(r"[1-9]\d{3}")), ("timestamp", re.compile(r"\d{4}-\d\d-\d\d")))


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    for tag, form in _PLAIN:
        if form.fullmatch(text):
            return dumper.represent_scalar(f"tag:yaml.org,2002:{tag}", text)
    style = ">" if len(text) > 90 and not any(line.startswith(" ") for line in text.split("\n")) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def parse_yaml(text: str, file: str) -> Any:
    """The content of a YAML text with every scalar as `str`. Raises InvalidRecord naming file and line."""
    try:
        _refuse_tricks(text, file)
        return yaml.load(text, Loader=_TextLoader)  # noqa: S506 - a subclass of the safe loader
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error).split("\n")[0]
        raise InvalidRecord((Problem(file, where, f"not valid YAML: {what}"),)) from error


def _refuse_tricks(text: str, file: str) -> None:
    """Stop at what the corpus never needs and an attacker likes: aliases, tags, endless nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        trick = (
            "aliases (*name) are not used in the corpus" if isinstance(event, yaml.AliasEvent)
            else "tags (!name) are not used in the corpus" if getattr(event, "tag", None)
            else "nested too deeply" if depth > DEPTH
            else ""
        )  # fmt: skip
        if trick:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise InvalidRecord((Problem(file, f"line {line}", trick),))


def parse_bytes(content: bytes, file: str) -> Any:
    """The content of the bytes of a YAML file, scalars as text. Raises InvalidRecord."""
    if len(content) > LIMIT:
        raise InvalidRecord((Problem(file, "", f"larger than {LIMIT:,} bytes"),))
    try:
        return parse_yaml(content.decode("utf-8"), file)
    except UnicodeDecodeError as error:
        raise InvalidRecord((Problem(file, "", f"not UTF-8 text (byte {error.start})"),)) from error


def read_yaml(path: Path, file: str = "") -> Any:
    """The content of a YAML file, scalars as text; `file` is the name to use in messages."""
    name = file or path.name
    try:
        return parse_bytes(path.read_bytes(), name)
    except OSError as error:
        raise InvalidRecord((Problem(name, "", f"cannot be read: {error.strerror}"),)) from error


def read_entries(path: Path, file: str) -> list[Any]:
    """The entries of a YAML file that is a list; none where there is no such file. Raises InvalidRecord."""
    data = read_yaml(path, file) if path.exists() else []
    if not isinstance(data, list):
        raise InvalidRecord((Problem(file, "", "needs a list of entries"),))
    return data


def to_yaml(data: Any) -> str:
    """`data` (dicts, lists, text, numbers, dates) as canonical YAML."""
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
