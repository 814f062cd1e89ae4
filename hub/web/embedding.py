"""What another site pastes to show cases: a frame, or the element `<gbf-cases>`, for any search or record."""

from __future__ import annotations

from html import escape

from hub.query import VOCABULARY_OF, SearchRequest
from hub.record import Record
from hub.serialize.cite import dash
from hub.serialize.oembed import Frame
from hub.vocabulary import NOT_STATED
from hub.web.colours import Colours, palette
from hub.web.hub import address, hub
from hub.web.language import path_of
from hub.web.look import CASES, Look, search_pairs
from hub.web.params import COLOURS, encoded

WIDTH = 600  # pixels, where a frame must have a width
HEAD, CASE, RECORD = 170, 185, 420  # pixels that head and foot, one case in a list, and a whole case need at 600
TOKEN = {"accent": "action", "paper": "paper", "ink": "ink"}  # what a colour of a site is called in hub.css


def search_frame(asked: SearchRequest, look: Look, limit: int, total: int) -> Frame:
    """The first cases of a search as a frame, as high as they probably need."""
    pairs = [*search_pairs(asked), *([("limit", str(limit))] if limit != CASES else []), *look.pairs]
    where = address(path_of("embed.search")) + encoded(pairs)
    return Frame(where, search_title(asked, look.lang), 0, HEAD + CASE * min(limit, total))


def record_frame(record: Record, look: Look) -> Frame:
    """One case as a frame."""
    where = address(path_of("embed.record", record_id=record.id)) + encoded(look.pairs)
    return Frame(where, dash(record.title), 0, RECORD)


def search_title(asked: SearchRequest, lang: str) -> str:
    """What a search is called elsewhere: `Knowledge Hub: peat, Climate change, Germany`."""
    known = hub().search.vocabularies()
    parts = [asked.q] if asked.q else []
    for facet, values in asked.filters:
        vocabulary = known.get(VOCABULARY_OF.get(facet, ""))
        stated = [value for value in values if value != NOT_STATED]
        parts += [vocabulary.name_of(value, lang) for value in stated] if vocabulary else stated
    site = hub().config.site_name
    return f"{site}: {', '.join(parts)}" if parts else site


def _element_colours(colours: Colours) -> dict[str, str]:
    """The colours of an element: as they are given, but on its own paper such as can be read there, the text's too.

    What else is under an element the site alone knows.
    """
    given = {name: getattr(colours, name) for name in COLOURS if getattr(colours, name)}
    if not colours.paper:
        return given
    used = palette(colours, colours.schemes[0])
    return {name: used[TOKEN[name]] for name in COLOURS if name in given or name == "ink"}


def element_html(asked: SearchRequest, look: Look, limit: int) -> str:
    """The element with its script, as HTML to paste; what stands inside is shown where it cannot work."""
    attributes: dict[str, list[str]] = {}
    for name, value in search_pairs(asked):
        attributes.setdefault(name, []).append(value)
    attributes |= {"limit": [str(limit)], "lang": [look.lang]}
    if style := "; ".join(f"--gbf-{name}: {colour}" for name, colour in _element_colours(look.colours).items()):
        attributes["style"] = [style]
    written = "".join(f' {name}="{escape(" ".join(values))}"' for name, values in attributes.items())
    whole = address(path_of(f"{look.lang}.search")) + encoded(search_pairs(asked))
    link = f'<a href="{escape(whole)}">{escape(search_title(asked, look.lang))}</a>'
    script = f'<script src="{escape(address(path_of("embed.script")))}" async></script>'
    return f"{script}\n<gbf-cases{written}>{link}</gbf-cases>"
