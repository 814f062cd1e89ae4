"""The language of a page: what it declares, unless its text is clearly in another."""

from __future__ import annotations

from functools import cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier  # type: ignore[import-untyped]

from indexer.harvest.values import language_of

_ENOUGH = 600  # characters of one part of a text; more changes nothing
_LEAST = 120  # bytes of letters from which a text can contradict what is declared
_SOME = 60  # bytes of text from which a language is guessed where nothing is declared
_NONE = {"la", "zxx", "eo", "vo"}  # names of species, and languages that hardly any page is in
# Languages so near to each other that the page knows better.
_NEAR = (
    {"bs", "hr", "sr", "sh"}, {"no", "nb", "nn", "da"}, {"id", "ms"}, {"cs", "sk"}, {"gl", "pt"}, {"af", "nl"},
    {"ca", "oc"}, {"es", "an"}, {"mk", "bg"}, {"tl", "fil"}, {"de", "lb"}, {"fa", "ps"}, {"xh", "zu"},
)  # fmt: skip


@cache
def _model() -> Any:
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language(declared: tuple[str, ...], text: str) -> str:
    """A BCP 47 tag. `declared`: how the page names its language, in order of trust.

    A text contradicts only where all of its parts are found to be in the same other language.
    """
    said = next((tag for value in declared if (tag := language_of(value))), "")
    detected = _detected(text)
    if not said or not detected:
        return said or (_guess(text) if len(text.encode()) >= _SOME else "")
    base = said.split("-")[0]
    return said if base == detected or any({base, detected} <= near for near in _NEAR) else detected


def _detected(text: str) -> str:
    """The language of a text if there is enough of it and its parts agree."""
    if len("".join(filter(str.isalpha, text[: 3 * _ENOUGH])).encode()) < _LEAST:
        return ""
    step = max(len(text) // 3, _LEAST * 2)
    parts = [text[start : start + _ENOUGH] for start in range(0, len(text), step)][:3]
    found = {_guess(part) for part in parts if len(part) >= _LEAST}
    return found.pop() if len(found) == 1 else ""


def _guess(text: str) -> str:
    if not any(map(str.isalpha, text[:_ENOUGH])):
        return ""
    name = next((str(name) for name, _ in _model().rank(text[:_ENOUGH]) if name not in _NONE), "")
    return language_of(name)
