"""Checks answers of OAI-PMH against the published schemas, without the network."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).parent / "data" / "oai-pmh"
OAI = "{http://www.openarchives.org/OAI/2.0/}"
NAMES = {
    "oai": "http://www.openarchives.org/OAI/2.0/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "id": "http://www.openarchives.org/OAI/2.0/oai-identifier",
    "dcite": "http://datacite.org/schema/kernel-4",
}

# One schema that knows the protocol and every format within it.
_WHOLE = """<schema xmlns="http://www.w3.org/2001/XMLSchema">
<import namespace="http://www.openarchives.org/OAI/2.0/" schemaLocation="OAI-PMH.xsd"/>
<import namespace="http://www.openarchives.org/OAI/2.0/oai_dc/" schemaLocation="oai_dc.xsd"/>
<import namespace="http://datacite.org/schema/kernel-4" schemaLocation="datacite/datacite-v4.xsd"/>
</schema>"""


class _Local(etree.Resolver):
    """Schemas that others name by their address on the web."""

    def resolve(self, url, public, context):
        name = url.rsplit("/", 1)[-1]
        here = {"simpledc20021212.xsd": FOLDER / name, "xml.xsd": FOLDER / "datacite" / "include" / name}.get(name)
        return self.resolve_filename(str(here), context) if here else None


@cache
def schema() -> etree.XMLSchema:
    """The schema of all answers."""
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.fromstring(_WHOLE, parser, base_url=f"{FOLDER}/"))


def checked(body: bytes) -> etree._Element:
    """An answer, which fits the published schemas."""
    root = etree.fromstring(body)
    plain = deepcopy(root)
    for description in plain.findall(f"{OAI}Identify/{OAI}description"):  # its schema is not at hand
        description.getparent().remove(description)
    assert schema().validate(plain), schema().error_log
    return root


def texts(root: etree._Element, path: str) -> list[str]:
    """The texts of all elements at a path."""
    return [node.text or "" for node in root.findall(path, NAMES)]
