"""What a page's nodes say of the case itself, not of the site, the way to it or other pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from indexer.extract.nodes import Node, plain_name
from indexer.harvest.plain import title_line
from indexer.harvest.values import address_of

# Types of what stands around a case, or in it.
_AROUND = {
    "BreadcrumbList", "ListItem", "ItemList", "Organization", "NGO", "Corporation", "GovernmentOrganization",
    "NewsMediaOrganization", "EducationalOrganization", "WebSite", "Person", "ImageObject", "VideoObject",
    "AudioObject", "SearchAction", "ReadAction", "SiteNavigationElement", "WPHeader", "WPFooter", "WPSideBar",
    "WPAdBlock", "Comment", "UserComments", "Rating", "AggregateRating", "Review", "Offer", "AggregateOffer",
    "Answer", "Question", "ContactPoint", "PostalAddress", "GeoCoordinates", "EntryPoint", "PropertyValue", "Brand",
    "SpeakableSpecification", "UserInteraction", "InteractionCounter", "ListenAction", "ViewAction", "hcard",
    "MediaObject",
}  # fmt: skip
_PAGES = {
    "WebPage", "AboutPage", "ContactPage", "ItemPage", "CollectionPage", "FAQPage", "QAPage", "ProfilePage",
    "MedicalWebPage", "Document", "Item", "Blog", "WebPageElement", "WebApplication",
}  # fmt: skip
_ORGANISATIONS = {
    "NGO", "Corporation", "Consortium", "GovernmentAgency", "CollegeOrUniversity", "LocalBusiness",
}  # fmt: skip


class Facts:
    """The nodes that speak of a case, the most telling first; asked by the names of properties."""

    def __init__(self, nodes: Iterable[Node], url: str, title: str) -> None:
        every = list(nodes)
        self.around = [node for node in every if _types(node) & _AROUND]
        ranked = [(_rank(node, url, title), node) for node in every if not _types(node) & _AROUND]
        ranked = [entry for entry in ranked if entry[0] > 0]
        ranked.sort(key=lambda entry: -entry[0])
        best = [entry for entry in ranked if entry[0] == ranked[0][0]] if ranked else []
        if len(best) > 3:  # a list of other pages
            ranked = [entry for entry in ranked if entry[0] < best[0][0]]
        # One case and what is said of its page: a second case would be another's.
        first = [node for rank, node in ranked if rank > 1][:1]
        self.nodes = first + [node for rank, node in ranked if rank <= 1][:2]

    def values(self, *names: str) -> Iterator[Any]:
        """All that the nodes say under the names, names and nodes in order of trust."""
        for node in self.nodes:
            for name in names:
                yield from node.get(name, ())

    def texts(self, *names: str) -> Iterator[str]:
        """The same as texts: what is a node by its name."""
        return (text for value in self.values(*names) if (text := text_of(value)))

    def first(self, *names: str) -> str:
        """The first text under the names, or an empty one."""
        return next(self.texts(*names), "")

    def organisations(self) -> tuple[str, ...]:
        """Names of organisations among the authors, never of persons."""
        found = [text_of(value) for value in self.values("author", "creator") if is_organisation(value)]
        return tuple(dict.fromkeys(name for name in found if name))

    def publisher(self) -> str:
        """Who publishes the page: an organisation's name, not its address."""
        for value in self.values("publisher", "sourceOrganization", "provider"):
            name = text_of(value)
            person = isinstance(value, dict) and "Person" in value.get("@type", ())
            if name and not person and "//" not in name and not name.startswith("#"):
                return name
        return ""

    def tags(self) -> list[str]:
        """Keywords: plain ones, and the names and codes of defined terms and of what the case is about."""
        found = []
        for value in self.values("keywords", "about", "articleSection"):
            found.append(text_of(value))
            if isinstance(value, dict):
                found.extend(text_of(code) for code in value.get("termCode", ()))
        return [text for text in found if text and "://" not in text]


def text_of(value: Any) -> str:
    """A value as one line: what is a node by its name."""
    if isinstance(value, dict):
        return next(
            (
                t
                for name in ("name", "headline", "legalName", "title")
                for v in value.get(name, ())
                if (t := text_of(v))
            ),
            "",
        )
    return title_line(value[:60_000]) if isinstance(value, str) else ""


def is_organisation(value: Any) -> bool:
    """Whether a node says that it is an organisation."""
    types = _types(value) if isinstance(value, dict) else set()
    return any(name.endswith("Organization") or name in _ORGANISATIONS for name in types)


def _types(node: Node) -> set[str]:
    return {plain_name(name) for name in node.get("@type", ()) if isinstance(name, str)}


def _rank(node: Node, url: str, title: str) -> int:
    """How surely a node speaks of this page: 0 for what tells nothing of itself."""
    types = _types(node)
    if not types or len(node) < 2:
        return 0
    rank = 1 if types <= _PAGES else 2
    named = [value for name in ("url", "@id", "mainEntityOfPage") for value in node.get(name, ())]
    named += [inner for value in named if isinstance(value, dict) for inner in value.get("@id", ())]
    own = {address_of(value, url) for value in named if isinstance(value, str)}
    if rank == 2 and (
        address_of(url, url) in own or (title and _key(text_of(node)) and _key(text_of(node)) in _key(title))
    ):
        rank = 3
    return rank


def _key(text: str) -> str:
    return re.sub(r"\W+", "", text.casefold())
