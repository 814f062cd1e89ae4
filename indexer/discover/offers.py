"""Ways to harvest a portal that were tried, and the file of a source that each of them makes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import fields as struct_fields

from hub.canonical import to_yaml
from indexer.fetch.terms import shown
from indexer.harvest.source import SCHEDULES, Source

_WIDTH = 118
_BLANK = Source(id="", name="", protocol="", address="")
_TO_FILL: tuple[tuple[str, str], ...] = (  # lines that only a person can answer for
    ("license", "the licence of the texts as the portal states it, such as CC BY 4.0; unknown: leave it out"),
    (
        "full_text",
        "true where that licence or an agreement allows to keep whole texts; else only 60 words are kept",
    ),
    ("schedule", f"how often to harvest: {', '.join(SCHEDULES)} (never: only when somebody asks for it)"),
    ("contact", "the portal's mailbox for questions, of an office and not of a person"),
    ("language", "the language of items that do not say theirs, such as en, fr or es"),
)


class Offer(Struct, frozen=True):
    """One way to harvest a portal, tried: `items` is how many references came of the first five that were asked for.

    `reason` says in one sentence what it is, `examples` are titles or addresses of up to three items.
    """

    source: Source
    items: int
    reason: str
    examples: tuple[str, ...] = ()


def as_file(offer: Offer, others: Sequence[Offer]) -> str:
    """The text of the file `corpus/sources/<id>.yaml` for an offer, with comments for whoever completes it."""
    data = _differing(offer.source)
    lines = [f"{offer.reason}."]
    lines += [f"Seen there: {'; '.join(offer.examples)}."] if offer.examples else []
    if variable := _variable(offer.source):
        data["address"] = shown(offer.source.address).replace("=…", f"={{{variable}}}")
        lines.append(f"The address holds a key: set it in the environment variable {variable}; do not write it here.")
    lines += ["There is also (protocol, address):"] if others else []
    lines += [f"  {other.source.protocol} {shown(other.source.address)}{_restricted(other)}" for other in others]
    lines.append("To complete by hand:")
    lines += [f"  {name}: {_known(offer.source, name)}{meaning}" for name, meaning in _TO_FILL]
    return "".join(f"{line}\n" for text in lines for line in _comment(text)) + to_yaml(data)


def _restricted(offer: Offer) -> str:
    return f" include {', '.join(offer.source.include)}" if offer.source.include else ""


def _known(source: Source, name: str) -> str:
    return "as the page states it, please check; " if getattr(source, name) != getattr(_BLANK, name) else ""


def _variable(source: Source) -> str:
    """The environment variable for the key that an address holds; empty where it holds none."""
    if shown(source.address) == source.address:
        return ""
    name = source.id.upper().replace("-", "_") + "_KEY"
    return name if name[0].isalpha() else f"SOURCE_{name}"


def _comment(text: str) -> list[str]:
    """The lines of a comment."""
    indent = "  " if text.startswith("  ") else ""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent=f"# {indent}{indent}",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _differing(source: Source) -> dict[str, Any]:
    """What a source's file must say: the fields, in their order, that are not as usual. Its name says the id."""
    values = {field.name: getattr(source, field.name) for field in struct_fields(Source) if field.name != "id"}
    return {name: _plain(name, value) for name, value in values.items() if value != getattr(_BLANK, name)}


def _plain(name: str, value: Any) -> Any:
    if name == "fields":
        return {field: texts[0] if len(texts) == 1 else list(texts) for field, texts in value.items()}
    return list(value) if isinstance(value, tuple) else dict(value) if isinstance(value, dict) else value
