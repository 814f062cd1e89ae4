"""The web application: the one place where settings, engine and blueprints meet."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from threading import BoundedSemaphore

from flask import Flask
from flask_compress import Compress

from hub.config import LANGUAGES, ROOT, Config, load_config
from hub.demand import Demand
from hub.engine import Engine
from hub.engine.whoosh.engine import WhooshEngine
from hub.search import SearchService
from hub.suggest import SuggestService
from hub.web import assets, errors, language
from hub.web.api import api
from hub.web.bulk import bulk
from hub.web.cache import AnswerCache
from hub.web.clearing_house import clearing_house
from hub.web.embed import embed
from hub.web.exports import MEDIA, exports
from hub.web.feeds import feeds
from hub.web.hub import Hub
from hub.web.limit import RateLimit
from hub.web.oai import oai
from hub.web.oembed import oembed
from hub.web.pages import pages
from hub.web.sitemaps import sitemaps
from hub.web.skos import skos
from hub.web.suggest import opensearch


def _fingerprint(config: Config) -> str:
    """What answers depend on besides the index: settings, code, templates, catalogues, libraries that print."""
    libraries = [
        version(name) for name in ("knowledge-hub", "Babel", "feedgenerator", "msgspec", "pybtex", "rdflib", "rispy")
    ]
    found = hashlib.sha256(f"{libraries} {config}".encode())
    for path in sorted((ROOT / "hub").rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            found.update(path.read_bytes())
    return found.hexdigest()


def create_app(config: Config | None = None, engine: Engine | None = None) -> Flask:
    """The hub as a WSGI application.

    Its public side reads the index, and writes only what `Demand` counts; the workbench is there only where it is
    switched on.
    """
    config = config or load_config()
    engine = engine or WhooshEngine(config.index, config.semantic)
    app = Flask("hub", static_folder=None)
    demand = Demand(config.demand_file if config.demand else None)
    turns = BoundedSemaphore(max(config.threads // 2, 1))
    app.extensions["hub"] = Hub(config, SearchService(engine), SuggestService(engine), demand, turns)
    app.config.update(MAX_CONTENT_LENGTH=64 * 1024, COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_MIN_SIZE=500)
    # Half the time of the levels that are usual for 4 % more bytes.
    app.config.update(COMPRESS_BR_LEVEL=3, COMPRESS_LEVEL=4, COMPRESS_EVALUATE_CONDITIONAL_REQUEST=False)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    language.init_app(app)
    assets.init_app(app)
    for tag in LANGUAGES:
        prefix = None if tag == "en" else f"/{tag}"
        app.register_blueprint(pages, name=tag, url_prefix=prefix)
        app.register_blueprint(opensearch, name=f"opensearch-{tag}", url_prefix=prefix)
        app.register_blueprint(feeds, name=f"feeds-{tag}", url_prefix=prefix)
        app.register_blueprint(exports, name=f"exports-{tag}", url_prefix=prefix)
    for blueprint in (api, bulk, embed, oembed, clearing_house, sitemaps, skos, oai):
        app.register_blueprint(blueprint)
    if config.curate:
        _add_workbench(app, config)
    errors.init_app(app)
    Compress(app).compress_mimetypes_set.update(MEDIA)
    cache = AnswerCache(app.wsgi_app, engine, _fingerprint(config), config.changes)
    app.wsgi_app = cache  # type: ignore[method-assign]
    if config.rate_limit != "off":
        limit = RateLimit(app.wsgi_app, config.rate_limit, config.rate_storage, config.proxy_address)
        app.wsgi_app = limit  # type: ignore[method-assign]
    return app


def _add_workbench(app: Flask, config: Config) -> None:
    """The side of curators, which reads and writes the corpus; nothing of it is loaded where it is switched off."""
    from hub.web.curate.register import add_workbench  # noqa: PLC0415

    add_workbench(app, config)
