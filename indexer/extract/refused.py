"""Pages that are none: errors, log-ins, walls and shells; each is refused with its true reason."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup

from indexer.extract.text import words_of
from indexer.harvest.item import Unreadable
from indexer.harvest.plain import line

FEWEST = 25  # words of a page that can be read
_SMALL = 150  # words of a page that may be a wall or an error, whatever it says
_MISSING = re.compile(
    r"(?:(?:http\s*)?(?:error|fehler|erreur)?\s*:?\s*(?:404|410)\b.*"
    r"|(?:error\W*)?(?:the |this )?(?:requested )?page (?:was |could |can ?)?(?:not|no longer|does ?n.t)"
    r" (?:be )?(?:found|available|exists?)\b.*"
    r"|(?:oops|sorry|uh.oh)\b.{0,60}(?:not|n.t) (?:be )?(?:found|find|exist).*|not found|page not found.*"
    r"|(?:die )?(?:angeforderte )?seite (?:wurde |konnte )?nicht gefunden.*"
    r"|(?:la )?page (?:est )?(?:introuvable|non trouv).*"
    r"|p[aá]gina no encontrada.*|(?:la )?pagina non (?:è stata )?trovata.*|p[aá]gina n[aã]o encontrada.*)",
    re.I,
)
_LOGIN = re.compile(
    r"(?:please )?(?:log[ -]?in|sign[ -]?in|log[ -]?on|anmelden|anmeldung|einloggen|(?:se )?connexion"
    r"|se connecter|connectez.vous|iniciar sesi[oó]n|acceder|accedi|iniciar sess[aã]o|entrar|login required"
    r"|authentication required)\b.*",
    re.I,
)
_ROBOTS = re.compile(
    r"just a moment\W*|attention required\b.*|access denied.*|checking your browser.*|are you (?:a )?(?:human|robot).*"
    r"|security check.*|pardon our interruption.*|(?:verify|verifying) (?:that )?you are (?:a )?human.*"
    r"|request rejected.*|403\b.*|forbidden.*|robot check.*|one moment, please.*|ddos.guard.*",
    re.I,
)
_COOKIES = re.compile(r"\b(?:cookies?|consent|datenschutz|gdpr|rgpd|dsgvo|einwilligung|consentement)\b", re.I)
_SCRIPTED = re.compile(r"\b(?:javascript|java script)\b", re.I)


def check_page(page: BeautifulSoup, title: str, text: str, scripted: bool) -> None:
    """Raises Unreadable where a page is no page to read. `text` is its main text, `scripted`: it has scripts."""
    count = len(words_of(text))
    names = [title, *(line(heading.get_text(" ")) for heading in page.find_all(("h1", "h2"), limit=3))]
    if count < 2 * _SMALL and any(_MISSING.fullmatch(name[:200]) for name in names):
        raise Unreadable("The page says that what was asked for is not there (“not found”).")
    if count < _SMALL:
        _check_walls(page, names, text, count)
    if count < FEWEST:
        raise Unreadable(_why_empty(page, scripted, count))


def _check_walls(page: BeautifulSoup, names: list[str], text: str, count: int) -> None:
    if any(_ROBOTS.fullmatch(name[:200]) for name in names):
        raise Unreadable("The site answers with a check for robots in place of the page.")
    password = page.select_one("input[type=password]") is not None
    if (password and count < _SMALL / 2) or any(
        _LOGIN.fullmatch(name[:60]) for name in names if password or count < FEWEST
    ):
        raise Unreadable("The page asks to log in.")
    sentences = [part for part in re.split(r"(?<=[.!?])\s+|\n+", text) if len(part) > 10]
    if sentences and sum(bool(_COOKIES.search(part)) for part in sentences) * 2 > len(sentences):
        raise Unreadable("The page shows only a question about cookies.")


def _why_empty(page: BeautifulSoup, scripted: bool, count: int) -> str:
    if page.select_one("frameset, frame"):
        return "The page is divided into frames and has no text of its own."
    if page.select_one('meta[http-equiv="refresh" i][content*="url" i]'):
        return "The page only leads on to another address."
    remarks = " ".join(element.get_text(" ") for element in page.find_all("noscript", limit=5))
    if scripted and (_SCRIPTED.search(remarks) or count < 5 or page.select_one("#root, #app, #__next, app-root")):
        return "The page has no text without JavaScript."
    return f"The page has no text to speak of ({count} {'word' if count == 1 else 'words'})."
