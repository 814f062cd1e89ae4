"""The site as representations need it: its names, and the absolute addresses of its pages."""

from __future__ import annotations

from hub.serialize.site import Site
from hub.web.hub import address, hub
from hub.web.language import language, path_of


def site() -> Site:
    """This site, for a reader of the language of the request at hand."""
    tag, config, info = language(), hub().config, hub().search.engine.info()

    def page(endpoint: str, **values: str) -> str:
        return address(path_of(f"{tag}.{endpoint}", **values))

    def lasting(endpoint: str, **values: str) -> str:
        blueprint = "skos" if endpoint == "scheme" else "en"
        return address(path_of(f"{blueprint}.{endpoint}", **values))

    return Site(config.site_name, config.operator, tag, info.built, page, lasting)
