"""A page as a row of blocks in reading order: headings and paragraphs, with where they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from bs4 import Tag
from bs4.element import NavigableString, PreformattedString
from msgspec import Struct

from indexer.harvest.plain import line

SKIPPED = {
    "script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select", "textarea", "input",
    "audio", "video", "canvas", "datalist", "dialog",
}  # fmt: skip
_BLOCKS = {
    "address", "article", "aside", "blockquote", "body", "br", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
    "ul",
}  # fmt: skip
_RANKS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_APART = {"nav", "footer", "aside", "form", "menu", "button"}
_APART_ROLES = {
    "navigation",
    "search",
    "banner",
    "contentinfo",
    "complementary",
    "dialog",
    "menu",
    "menubar",
    "tablist",
}
_APART_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|menu|breadcrumbs?|sidebar|footer|cookies?|consent|share|sharing|social|related|comments?"
    r"|newsletter|subscribe|pager|pagination|toolbar|skip|popup|modal|advert\w*|promo|tags)(?=$|[\s_-])",
    re.I,
)
_LABEL = re.compile(
    r"(?:^|[\s_-])(?:field_?_?-?label|section-?title|accordion-?(?:title|header|heading)|label)(?=$|\s)"
)
_PANEL = re.compile(r"(?:^|\s)tab-?pane(?:l)?(?=$|\s)")
_LONGEST = 120  # characters of a heading
BOLD = 7  # rank of a paragraph set in bold, below all headings
_FEW = 25  # words of a main part
_DEEPEST = 20  # boxes within boxes
_MEASURES = 300  # elements of a page whose size is looked at
_INSIDE = 0  # rank of a label, above all headings that stand beside it


class Block(Struct, frozen=True):
    """One paragraph (`rank` None) or heading of a page.

    `lead` is what it says in bold before anything else. `within` are the numbers of the boxes around it that a label
    names; a label counts for its box only. `apart`: in a menu, a footer, a form or the like; `own`: in what the page
    marks as its main part, if it does. `linked` is the number
    of its characters that are links, `links` where they lead, `pictures` the images in and before it.
    """

    text: str
    rank: int | None = None
    lead: str = ""
    within: tuple[int, ...] = ()
    apart: bool = False
    own: bool = True
    linked: int = 0
    links: tuple[tuple[str, str], ...] = ()
    pictures: tuple[Tag, ...] = ()


def blocks(root: Tag) -> list[Block]:
    """The blocks of a part of a page; walked without recursion, because hostile pages nest deeply."""
    return list(_Walk(root).blocks())


class _State(Struct):
    """What holds for everything in an element."""

    rank: int | None = None
    within: tuple[int, ...] = ()
    apart: bool = False
    bold: bool = False
    link: str = ""
    own: bool = False


class _Walk:
    def __init__(self, root: Tag) -> None:
        self._root = root
        self._boxes = 0
        self._measures = 0
        self._tabs = _tabs(root)
        self._part = _own_part(root)
        self._size = len(root.get_text())
        self._clear()

    def _clear(self) -> None:
        self._pieces: list[tuple[str, bool, str]] = []
        self._pictures: list[Tag] = []

    def blocks(self) -> Iterator[Block]:
        stack = [(iter(self._root.contents), _State(own=self._part is None), True)]
        while stack:
            children, state, is_block = stack[-1]
            node = next(children, None)
            if node is None:
                if is_block:
                    yield from self._block(state)
                stack.pop()
            elif isinstance(node, Tag):
                if node.name == "img":
                    self._pictures.append(node)
                if node.name in SKIPPED or (node.get("aria-hidden") == "true" and node.name in ("i", "span")):
                    continue
                inner = self._inside(node, state)
                is_block = node.name in _BLOCKS or inner.rank != state.rank or inner.within != state.within
                if is_block:
                    yield from self._block(state)
                    yield from self._named(node, inner)
                stack.append((iter(node.contents), inner, is_block))
            elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
                self._pieces.append((str(node), state.bold, state.link))
        yield from self._block(_State())

    def _inside(self, node: Tag, state: _State) -> _State:
        names = _names(node)
        rank, within = state.rank, state.within
        if len(within) < _DEEPEST and _is_labelled(node):
            self._boxes += 1
            within = (*within, self._boxes)
        if node.name in _RANKS:
            rank = _RANKS[node.name]
        elif rank is None and _is_label(node, names):
            rank = _INSIDE
        return _State(
            rank,
            within,
            state.apart or (rank is None and _is_apart(node, names) and not self._holds_page(node)),
            state.bold or node.name in ("b", "strong"),
            str(node.get("href") or "") if node.name == "a" else state.link,
            state.own or node is self._part,
        )

    def _holds_page(self, node: Tag) -> bool:
        """Whether an element is so much of the page that its name must mean something else, as in `with-sidebar`."""
        self._measures += 1
        if self._measures > _MEASURES:
            return False
        share = len(node.get_text()) / max(self._size, 1)
        return share > 0.8 or (share > 0.3 and node.find(("h1", "main")) is not None)

    def _named(self, node: Tag, state: _State) -> Iterator[Block]:
        """The name of a panel of tabs, which stands in another place of the page."""
        name = self._tabs.get(str(node.get("id") or "")) if _is_panel(node) else None
        if name:
            yield Block(name, _INSIDE, within=state.within, apart=state.apart, own=state.own)

    def _block(self, state: _State) -> Iterator[Block]:
        text = line("".join(piece for piece, _, _ in self._pieces))
        if text:
            lead = self._lead()
            rank = state.rank
            if rank is None and lead == text and len(text) <= _LONGEST and text[-1] not in ".!?;,":
                rank = BOLD
            elif rank is not None and (len(text) > _LONGEST or (len(text) > _LONGEST / 2 and text[-1] == ".")):
                rank = None  # a sentence is no heading, whatever it is set as
            links: dict[str, str] = {}
            for piece, _, link in self._pieces:
                if link:
                    links[link] = links.get(link, "") + piece
            linked = sum(len(line(words)) for words in links.values())
            found = tuple((link, line(words)) for link, words in links.items())
            yield Block(text, rank, lead, state.within, state.apart, state.own, linked, found, tuple(self._pictures))
        if text:
            self._clear()
        else:
            self._pieces = []

    def _lead(self) -> str:
        """The words in bold that a paragraph begins with."""
        words = []
        for piece, bold, _ in self._pieces:
            if not bold and piece.strip():
                break
            words.append(piece)
        return line("".join(words))


def _names(node: Tag) -> str:
    """Class and id of an element in one."""
    classes = node.get("class") or ()
    return " ".join((*((classes,) if isinstance(classes, str) else classes), str(node.get("id") or "")))


def _is_apart(node: Tag, names: str) -> bool:
    if node.name in ("body", "main", "article", "html"):
        return False
    return node.name in _APART or node.get("role") in _APART_ROLES or bool(_APART_NAMES.search(names[:200]))


def _is_label(node: Tag, names: str) -> bool:
    if node.name in ("dt", "summary"):
        return True
    if node.name in ("th", "td"):
        return node.name == "th" and _is_first_of_two(node)
    return node.name in ("div", "span", "p", "button", "a", "label") and bool(_LABEL.search(names[:200]))


def _is_first_of_two(cell: Tag) -> bool:
    row = cell.parent
    cells = row.find_all(("td", "th"), recursive=False, limit=3) if row else []
    return len(cells) == 2 and cells[0] is cell and cells[1].name == "td"


def _is_labelled(node: Tag) -> bool:
    """Whether an element is a box that one of its children names."""
    if node.name in ("dl", "details", "tr") or _is_panel(node):
        return True
    if node.name not in ("div", "section", "li", "article"):
        return False
    first = node.find(True, recursive=False)
    return isinstance(first, Tag) and _is_label(first, _names(first))


def _is_panel(node: Tag) -> bool:
    return node.name in ("div", "section", "article") and (
        node.get("role") == "tabpanel" or bool(_PANEL.search(_names(node)[:200]))
    )


def _tabs(root: Tag) -> Mapping[str, str]:
    """Ids of panels -> the words on their tabs."""
    found: dict[str, str] = {}
    for tab in root.find_all(_is_tab, limit=200):
        for name in ("aria-controls", "href", "data-bs-target", "data-target"):
            panel = str(tab.get(name) or "").removeprefix("#")
            if panel and (words := line(tab.get_text(" "))) and len(words) <= _LONGEST:
                found.setdefault(panel, words)
    return found


def _is_tab(node: Tag) -> bool:
    attributes = node.attrs
    return "tab" in (attributes.get("role"), attributes.get("data-toggle"), attributes.get("data-bs-toggle"))


def _own_part(root: Tag) -> Tag | None:
    """What the page itself marks as its main part, if that is one and holds text."""
    for parts in (root.find_all("main") or root.find_all(role="main"), root.find_all("article")):
        if len(parts) == 1 and len(parts[0].get_text(" ").split()) >= _FEW:
            return parts[0]
    return None
