"""Every setting of the hub: its name, its default and what it is for. Values come from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.errors import HubError

ROOT = Path(__file__).resolve().parent.parent

# The languages the interface is written in; English has no prefix in the address.
LANGUAGES = ("en", "fr", "es")
SECRET = 32  # characters of the key that sessions are signed with, at least


@dataclass(frozen=True)
class Setting:
    """One line of the settings table: environment variable, default and help."""

    name: str
    default: str
    help: str


SETTINGS = (
    Setting("HUB_SITE_NAME", "Knowledge Hub", "Name of the site, in the page head and in every title."),
    Setting("HUB_OPERATOR", "", "Who runs this site; shown in the foot of every page and on the about page."),
    Setting("HUB_CONTACT", "", "E-mail address (a role mailbox) for questions, corrections and suggested cases."),
    Setting("HUB_BASE_URL", "", "Public address, such as https://hub.example.org; default: what the request says."),
    Setting("HUB_HOST", "127.0.0.1", "Address that `hub run` listens on."),
    Setting("HUB_PORT", "8000", "Port that `hub run` listens on."),
    Setting("HUB_THREADS", "8", "Worker threads of `hub run`."),
    Setting("HUB_CORPUS", str(ROOT / "corpus"), "Folder of the corpus (records, vocabularies)."),
    Setting(
        "HUB_INSTANCE",
        str(ROOT / "instance"),
        "Folder for the index and all else that the hub and the indexer keep; the README says what needs a backup.",
    ),
    Setting(
        "HUB_PRIVATE_ADDRESSES",
        "refuse",
        "Write `allow` to harvest from private addresses too (an intranet, tests).",
    ),
    Setting("HUB_CURATE", "off", "Write `on` to serve the workbench of curators under /curate (see HUB_SECRET_KEY)."),
    Setting(
        "HUB_SECRET_KEY",
        "",
        "Signs the sessions of curators: 32 or more random characters, the same for all workers, kept secret.",
    ),
    Setting(
        "HUB_PROXY_ADDRESS",
        "",
        "Address of the reverse proxy in front, as the hub sees it: its X-Forwarded-For says who signs in or asks.",
    ),
    Setting(
        "HUB_PROXY_HEADER",
        "",
        "Header in which that proxy names the account of a curator that it has signed in, such as X-Remote-User.",
    ),
    Setting(
        "HUB_RATE_LIMIT",
        "300 per minute",
        "How often one address may ask for answers meant for programs, per second, minute, hour or day; or `off`.",
    ),
    Setting(
        "HUB_RATE_STORAGE",
        "memory://",
        "Where that is counted: here, each process for itself, or in a store that they share, such as redis://host:6379.",
    ),
    Setting("HUB_DEMAND", "on", "Write `off` to keep no count of the words that found nothing (`hub demand`)."),
    Setting(
        "HUB_SEMANTIC",
        "off",
        "Write `on` to let meaning count in the order of hits (install the extra `semantic`, run `indexer build`).",
    ),
    Setting(
        "HUB_EMBED_ANCESTORS",
        "*",
        "Sites that may show embeds in frames: origins such as https://www.example.org; `*` stands for all.",
    ),
)


@dataclass(frozen=True)
class Config:
    """The settings in force, typed."""

    site_name: str
    operator: str
    contact: str
    base_url: str
    host: str
    port: int
    threads: int
    corpus: Path
    instance: Path
    private_addresses: bool
    curate: bool
    secret_key: str = field(repr=False)
    proxy_address: str
    proxy_header: str
    rate_limit: str
    rate_storage: str = field(repr=False)  # may hold a password
    demand: bool
    semantic: bool
    embed_ancestors: tuple[str, ...]

    @property
    def bulk(self) -> Path:
        """Folder of the files that hold the whole collection, for others to download."""
        return self.instance / "bulk"

    @property
    def demand_file(self) -> Path:
        """File of the searches that found nothing, in a folder of its own: the site writes there and nowhere else."""
        return self.instance / "demand" / "demand.sqlite"

    @property
    def harvest(self) -> Path:
        """Folder of what the harvest remembers, and of its reports."""
        return self.instance / "harvest"

    @property
    def changes(self) -> Path:
        """File of the journal that says when each record last changed; kept over fresh indexes."""
        return self.instance / "changes.sqlite"

    @property
    def index(self) -> Path:
        """Folder that holds the generations of the index."""
        return self.instance / "index"


def load_config(environ: Mapping[str, str] | None = None) -> Config:
    """The settings of this process, read from `environ` (default: the process environment).

    Raises HubError, in one sentence, where a value cannot be used.
    """
    given = os.environ if environ is None else environ
    text = {setting.name: given.get(setting.name, "").strip() or setting.default for setting in SETTINGS}
    base_url = text["HUB_BASE_URL"].rstrip("/")
    if base_url and not re.fullmatch(r"https?://[^/?#\s@]+", base_url):
        raise HubError(f"HUB_BASE_URL must be like https://hub.example.org, without a path, not {base_url!r}")
    values: dict[str, Any] = {
        "site_name": text["HUB_SITE_NAME"],
        "operator": text["HUB_OPERATOR"],
        "contact": text["HUB_CONTACT"],
        "base_url": base_url,
        "host": text["HUB_HOST"],
        "port": _whole("HUB_PORT", text["HUB_PORT"], 1, 65535),
        "threads": _whole("HUB_THREADS", text["HUB_THREADS"], 1, 64),
        "corpus": Path(text["HUB_CORPUS"]),
        "instance": Path(text["HUB_INSTANCE"]),
        "private_addresses": _either("HUB_PRIVATE_ADDRESSES", text["HUB_PRIVATE_ADDRESSES"], "allow", "refuse"),
        "curate": _either("HUB_CURATE", text["HUB_CURATE"], "on", "off"),
        "secret_key": text["HUB_SECRET_KEY"],
        "proxy_address": text["HUB_PROXY_ADDRESS"],
        "proxy_header": text["HUB_PROXY_HEADER"],
        "rate_limit": text["HUB_RATE_LIMIT"],
        "rate_storage": text["HUB_RATE_STORAGE"],
        "demand": _either("HUB_DEMAND", text["HUB_DEMAND"], "on", "off"),
        "semantic": _either("HUB_SEMANTIC", text["HUB_SEMANTIC"], "on", "off"),
        "embed_ancestors": _origins("HUB_EMBED_ANCESTORS", text["HUB_EMBED_ANCESTORS"]),
    }
    if values["curate"] and len(values["secret_key"]) < SECRET:
        example = "such as those of: openssl rand -hex 32"
        raise HubError(f"HUB_CURATE is on: set HUB_SECRET_KEY to {SECRET} or more random characters, {example}")
    if not re.fullmatch("off|[1-9][0-9]{0,8} per (second|minute|hour|day)", values["rate_limit"]):
        raise HubError(f"HUB_RATE_LIMIT must be like 300 per minute, or off, not {values['rate_limit']!r}")
    if values["proxy_header"] and not values["proxy_address"]:
        raise HubError("HUB_PROXY_HEADER is set: set HUB_PROXY_ADDRESS too, or anybody could send that header")
    return Config(**values)


def _whole(name: str, text: str, low: int, high: int) -> int:
    if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
        raise HubError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
    return int(text)


# As a Content-Security-Policy takes them; whatever else stood there would be a way into that header.
_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.IGNORECASE)


def _origins(name: str, text: str) -> tuple[str, ...]:
    found = tuple(part.rstrip("/") for part in re.split(r"[\s,]+", text) if part)
    wrong = [part for part in found if not _ORIGIN.fullmatch(part)]
    if found != ("*",) and wrong:
        raise HubError(f"{name} must be `*`, or origins like https://www.example.org, not {wrong[0]!r}")
    return found


def _either(name: str, text: str, yes: str, no: str) -> bool:
    if text not in (yes, no):
        raise HubError(f"{name} must be {yes} or {no}, not {text!r}")
    return text == yes
