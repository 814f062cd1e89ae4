"""What a portal may run on: WordPress, Drupal, Plone, CKAN, OAI-PMH; asked for by the addresses they answer at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from indexer.discover.attempt import Asking, Candidate, Tried, attempt
from indexer.discover.guesses import weight
from indexer.discover.portal import Portal, Scope, host_of, safe
from indexer.harvest.item import Unreadable
from indexer.harvest.plain import title_line
from indexer.harvest.protocols.json_text import as_dict, as_list, text_at
from indexer.harvest.protocols.paging import number_of, set_query
from indexer.harvest.protocols.xml_safe import found as elements
from indexer.harvest.protocols.xml_safe import local, read_xml, text_in

ABOUT, PART, REST, FEED, OTHER, WHOLE = range(6)  # ranks: what the address is about, a part of the sitemap, …
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")
_KIND = re.compile(r"[\w .:-]{1,100}")
_SPACE = re.compile(r"[A-Za-z0-9_-]{1,60}/v\d{1,2}")
_INNER = re.compile(r"attachment|nav_menu_item|wp_|elementor|e-")  # what WordPress and its builders keep for themselves
_MOST = 3  # types of content that are tried
_OAI = ("/oai", "/oai/request", "/oai2d")
_ORDER = "sort_on=modified&sort_order=descending"

System = Callable[[Portal, Scope, Asking], Iterator[Tried]]


def systems_of(portal: Portal) -> list[System]:
    """What to ask a portal for: the system that its page speaks of, else all of them."""
    known = next((system for pattern, system in _SIGNS if pattern.search(portal.generator)), None)
    known = known or next((system for pattern, system in _TRACES if pattern.search(portal.html)), None)
    return [known] if known else [wordpress, drupal, plone, ckan, repository]


def _rank(scope: Scope, about: bool, value: int) -> int:
    """How near a type of content is to what was asked for."""
    if about or (value and not scope.folder):
        return ABOUT
    return OTHER if scope.folder else REST


def _placed(candidate: Candidate, scope: Scope, asking: Asking) -> Tried | None:
    """A candidate that was tried; what lies in the folder that was asked for comes first."""
    tried = attempt(candidate, asking)
    if tried and tried.rank != ABOUT and any(scope.holds(reference.url) for reference in tried.references):
        return Tried(tried.offer, ABOUT, tried.weight, tried.references)
    return tried


def _some(candidates: list[Candidate], scope: Scope, asking: Asking) -> Iterator[Tried]:
    """The best few of the candidates, tried."""
    for candidate in sorted(candidates, key=lambda each: (each.rank, -each.weight))[:_MOST]:
        if tried := _placed(candidate, scope, asking):
            yield tried


def wordpress(portal: Portal, scope: Scope, asking: Asking) -> Iterator[Tried]:
    """The types of content of WordPress that may hold cases; else posts and pages, those of the folder first."""
    linked = portal.interface if host_of(portal.interface) == portal.host else ""
    root = linked or f"{portal.origin}/wp-json/"
    types = {name: kind for name, kind in as_dict(asking.json(f"{root}wp/v2/types")).items() if isinstance(kind, dict)}
    if not any("rest_base" in kind for kind in types.values()):
        return
    candidates = []
    for name, kind in types.items():
        base = text_at(kind, "rest_base") or name
        space = text_at(kind, "rest_namespace") or "wp/v2"
        title = title_line(text_at(kind, "name"))[:60]
        about = scope.names(name, base, title)
        value = max(weight(name), weight(base), weight(title))
        if not _INNER.match(name) and (about or value) and _NAME.fullmatch(base) and _SPACE.fullmatch(space):
            reason = f"WordPress REST, post type {name[:60]}" + (f" ({title})" if title else "")
            source = portal.source("wordpress", f"{root}{space}/{base}")
            candidates.append(Candidate(source, title_line(reason), _rank(scope, about, value), value))
    found = list(_some(candidates, scope, asking))
    yield from found
    if not any(tried.rank == ABOUT for tried in found):
        yield from _posts(portal, scope, asking, f"{root}wp/v2/")


def _posts(portal: Portal, scope: Scope, asking: Asking, root: str) -> Iterator[Tried]:
    """WordPress without a type of its own for cases: a category of posts, posts and pages in the folder, all posts."""
    slug = scope.segments[-1] if scope.segments else ""
    if _NAME.fullmatch(slug):
        for category in as_list(asking.json(set_query(f"{root}categories", {"slug": slug})))[:1]:
            if (number := number_of(as_dict(category).get("id"))) is not None:
                source = portal.source("wordpress", set_query(f"{root}posts", {"categories": number}))
                reason = f"WordPress REST, posts of the category {slug}"
                yield from _some([Candidate(source, reason, ABOUT, 2)], scope, asking)
    for kind in ("posts", "pages") if scope.folder else ():
        source = portal.source("wordpress", root + kind, include=(scope.pattern,))
        reason = f"WordPress REST, {kind} under {scope.folder}/"
        yield from _some([Candidate(source, reason, ABOUT, 1)], scope, asking)
    source = portal.source("wordpress", f"{root}posts")
    yield from _some([Candidate(source, "WordPress REST, all posts", _rank(scope, False, 0))], scope, asking)


def drupal(portal: Portal, scope: Scope, asking: Asking) -> Iterator[Tried]:
    """The types of content of Drupal that may hold cases, through JSON:API; else articles."""
    language = re.match(r"https?://[^/]+(/[a-z]{2}(?:-[a-z]{2,4})?)(?=/|$)", portal.url)
    roots = dict.fromkeys((portal.origin + (language[1] if language else ""), portal.origin))
    links: Mapping[str, Any] = {}
    for root in roots if portal.generator else (portal.origin,):
        links = links or as_dict(as_dict(asking.json(f"{root}/jsonapi")).get("links"))
    candidates = []
    for name, link in links.items():
        kind, _, bundle = name.partition("--")
        address = safe(portal.url, link if isinstance(link, str) else text_at(as_dict(link), "href"))
        if kind != "node" or not _NAME.fullmatch(bundle) or host_of(address) != portal.host:
            continue
        about, value = scope.names(bundle), weight(bundle)
        if about or value or scope.folder or bundle == "article":
            rank = _rank(scope, about, value)
            candidates.append(
                Candidate(portal.source("jsonapi", address), f"Drupal JSON:API, content type {bundle}", rank, value)
            )
    for tried in _some(candidates, scope, asking):
        yield _with_related(tried, asking)


def _with_related(tried: Tried, asking: Asking) -> Tried:
    """The same with terms, files and pictures included, if the site gives them."""
    names: dict[str, None] = {}
    for name, value in (item for reference in tried.references for item in (reference.data or {}).items()):
        linked = value if isinstance(value, list) else [value]
        kind = text_at(as_dict(linked[0]), "type") if linked else ""
        if _NAME.fullmatch(name) and kind.startswith(("taxonomy_term--", "file--", "media--image")):
            names[f"{name}.field_media_image" if kind == "media--image" else name] = None
    if not names:
        return tried
    source, offer = tried.offer.source, tried.offer
    address = set_query(source.address, {"include": ",".join(list(names)[:8])}).replace("%2C", ",")
    more = Candidate(replace(source, address=address), offer.reason, tried.rank, tried.weight)
    return attempt(more, asking) or tried


def plone(portal: Portal, scope: Scope, asking: Asking) -> Iterator[Tried]:
    """What Plone's search finds in the folder, and its type that may hold cases."""
    for root in (f"{portal.origin}/++api++", portal.origin):
        address = f"{root}{scope.folder}/@search?fullobjects=1&b_size=25&{_ORDER}"
        reason = f"Plone REST, {f'all under {scope.folder}/' if scope.folder else 'the whole site'}"
        rank = ABOUT if scope.folder else REST
        whole = attempt(Candidate(portal.source("plone", address), reason, rank), asking)
        if whole is None:
            continue
        listed = as_list(as_dict(asking.json(address)).get("items"))
        kinds = Counter(text_at(as_dict(entry), "@type") for entry in listed)
        named = [
            kind for kind, _ in kinds.most_common() if _KIND.fullmatch(kind) and (weight(kind) or scope.names(kind))
        ]
        for kind in named[:1]:
            source = portal.source("plone", set_query(address, {"portal_type": kind}))
            only = Candidate(source, title_line(f"{reason}, type of content {kind}"), ABOUT, weight(kind) + 1)
            yield from _some([only], scope, asking)
        yield whole
        return


def ckan(portal: Portal, scope: Scope, asking: Asking) -> Iterator[Tried]:
    """The datasets of a CKAN catalogue; of an organisation or group alone, where the address is its page."""
    address = f"{portal.origin}/api/3/action/package_search"
    answer = as_dict(asking.json(f"{address}?rows=1"))
    if answer.get("success") is not True:
        return
    kind, name = (*scope.segments[-2:], "", "")[:2]
    field = {"organization": "organization", "group": "groups"}.get(kind, "")
    if field and _NAME.fullmatch(name):
        source = portal.source("ckan", set_query(address, {"fq": f"{field}:{name}"}))
        yield from _some([Candidate(source, f"CKAN catalogue, {kind} {name}", ABOUT, 1)], scope, asking)
    count = number_of(as_dict(answer.get("result")).get("count"))
    reason = "CKAN catalogue, all datasets" + (f" ({count:,})" if count is not None else "")
    yield from _some([Candidate(portal.source("ckan", address), reason, ABOUT)], scope, asking)


def repository(portal: Portal, scope: Scope, asking: Asking) -> Iterator[Tried]:
    """The records of a repository that answers OAI-PMH."""
    paths = ("/server/oai/request", *_OAI) if "dspace" in (portal.generator + portal.html).lower() else _OAI
    for path in paths:
        response = asking.answer(f"{portal.origin}{path}?verb=Identify", ("xml",))
        if response is None:
            continue
        try:
            root = read_xml(response.body, response.url)
        except Unreadable:
            continue
        if local(root) == "OAI-PMH":
            name = title_line(text_in(next(elements(root, "repositoryName"), None)))[:100]
            reason = "OAI-PMH repository" + (f" ({name})" if name else "")
            source = portal.source("oai", f"{portal.origin}{path}")
            yield from _some([Candidate(source, reason, ABOUT)], scope, asking)
            return


_SIGNS: tuple[tuple[re.Pattern[str], System], ...] = (
    (re.compile(r"wordpress|woocommerce|elementor|yoast", re.I), wordpress),
    (re.compile(r"drupal", re.I), drupal),
    (re.compile(r"plone|volto", re.I), plone),
    (re.compile(r"ckan", re.I), ckan),
    (re.compile(r"dspace|eprints|open journal systems|invenio|opus", re.I), repository),
)
_TRACES: tuple[tuple[re.Pattern[str], System], ...] = (
    (re.compile(r"https://api\.w\.org/|/wp-content/|/wp-includes/"), wordpress),
    (re.compile(r"/sites/default/files/|data-drupal-|drupal-settings-json"), drupal),
    (re.compile(r"\+\+(?:plone|resource|theme|api)\+\+"), plone),
    (re.compile(r"/api/3/action/|data-module=\"ckan|/ckan-"), ckan),
)
