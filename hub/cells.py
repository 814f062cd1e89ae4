"""Texts as cells of a spreadsheet: what a program would run as a formula is kept a text."""

from __future__ import annotations

import re

# A formula, behind any number of apostrophes, so that `freed` gives back exactly what was guarded. The wide forms are
# signs too for a spreadsheet in an East Asian language.
_SIGNS = r"=+\-@＝＋－＠"
FORMULA = rf"'*[{_SIGNS}\t\r\n]"
_FORMULA = re.compile(FORMULA)


def guarded(text: str, unsafe: re.Pattern[str] = _FORMULA) -> str:
    """A text as it may stand in a cell: with an apostrophe before it where a spreadsheet would not take it for text.

    `unsafe` says which those are; it has to find them behind apostrophes too.
    """
    return f"'{text}" if unsafe.match(text) else text


def guarded_pieces(text: str, separator: str) -> str:
    """The same with an apostrophe before what would be a formula if a program cut the text here."""
    return re.sub(rf"([{separator}\t\r\n][\s\x22]*)(?='*[{_SIGNS}])", r"\1'", text)


def freed(cell: str, unsafe: re.Pattern[str] = _FORMULA) -> str:
    """The text that was guarded."""
    return cell[1:] if cell.startswith("'") and unsafe.match(cell) else cell
