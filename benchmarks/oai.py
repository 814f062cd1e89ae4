"""A whole harvest of a running hub by OAI-PMH: time for each page, and whether its memory stays as it is.

    python -m benchmarks.oai [records]

Over the made-up records of `benchmarks.corpus`. The journal is written as `indexer build` does, then everything is
harvested in both formats, then one set, then what changed; the hub runs as `hub run` starts it.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace as replaced
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

from lxml import etree
from msgspec.structs import replace

from benchmarks import corpus
from benchmarks.http import Server, servers
from benchmarks.measure import Clock, percentile
from benchmarks.run import build, say
from hub.engine import Document, Edition
from indexer.journal import note_changes

OAI = "{http://www.openarchives.org/OAI/2.0/}"


def _pages(address: str, asked: Mapping[str, str]) -> Iterator[tuple[float, int, etree._Element]]:
    """Every page of a list: milliseconds, bytes, content."""
    following = dict(asked)
    while following:
        clock = Clock()
        with urlopen(f"{address}?{urlencode(following)}", timeout=300) as answer:  # noqa: S310 - our own server
            body = answer.read()
        took, root = clock.wall * 1000, etree.fromstring(body)
        yield took, len(body), root
        token = root.findtext(f".//{OAI}resumptionToken")
        following = {"verb": asked["verb"], "resumptionToken": token} if token else {}


def _memory(pid: int) -> tuple[float, float]:
    """What a process has for itself in memory, and the most it had with mapped files, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    values = {line.split(":")[0]: line.split()[1] for line in lines if line.endswith(" kB")}
    return round(int(values["RssAnon"]) / 1024, 1), round(int(values["VmHWM"]) / 1024, 1)


def _settle(pid: int) -> None:
    """Wait until the hub has made ready what it makes ready after its start."""
    last = 0.0
    while (now := _memory(pid)[0]) != last:
        last = now
        time.sleep(3)


def _harvest(server: Server, title: str, **asked: str) -> None:
    """Read a whole list, and say what it took; memory after each quarter of it."""
    address, clock = f"http://127.0.0.1:{server.port}/oai", Clock()
    times: list[float] = []
    memory, sizes, ids = [_memory(server.pid)], 0, set()
    for took, size, root in _pages(address, asked):
        times.append(took)
        sizes += size
        ids |= {node.text for node in root.iter(f"{OAI}identifier")}
        token = root.find(f".//{OAI}resumptionToken")
        pages = 1 if token is None else -(-int(token.get("completeListSize", "0")) // 100)
        if len(times) % max(pages // 4, 1) == 0:
            memory.append(_memory(server.pid))
    tenth = max(len(times) // 10, 1)
    say(
        f"  {title}: {len(ids):,} records on {len(times)} pages in {clock.wall:.1f} s; ms a page: "
        f"median {statistics.median(times):.0f}, p95 {percentile(times, 0.95):.0f}, "
        f"first tenth {statistics.median(times[:tenth]):.0f}, last tenth {statistics.median(times[-tenth:]):.0f}; "
        f"{sizes / len(times) / 1000:.0f} kB a page"
    )
    say(f"    MB of its own (and the most with files): {', '.join(f'{own} ({most})' for own, most in memory)}")


def _journal(path: Path, documents: list[Document], edition: Edition, title: str) -> None:
    clock = Clock()
    note_changes(path, documents, edition)
    say(
        f"  journal, {title}: {clock.wall:.2f} s ({clock.processor:.2f} of the processor), "
        f"{path.stat().st_size / 1e6:.1f} MB"
    )


def _changed(documents: list[Document], count: int) -> list[Document]:
    stamp = str(time.time())
    some = [replaced(one, record=replace(one.record, rights=stamp)) for one in documents[:: len(documents) // count]]
    return [*{one.record.id: one for one in (*documents, *some)}.values()]


def main() -> None:
    """Make, harvest, print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    where = corpus.ensure(size)
    build(where, ["ours"])
    path = where / "ours" / "changes.sqlite"
    path.unlink(missing_ok=True)
    documents, edition = list(corpus.documents(where)), corpus.edition(where)
    _journal(path, documents, edition, "everything is new")
    _journal(path, documents, edition, "nothing changed")
    server = next(servers(where))
    try:
        _settle(server.pid)
        _harvest(server, "identifiers", verb="ListIdentifiers", metadataPrefix="oai_dc")
        _harvest(server, "Dublin Core", verb="ListRecords", metadataPrefix="oai_dc")
        _harvest(server, "DataCite", verb="ListRecords", metadataPrefix="datacite")
        _harvest(server, "DataCite of a country", verb="ListRecords", metadataPrefix="datacite", set="country:FRA")
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        _journal(path, _changed(documents, 100), edition, "100 records changed")
        _harvest(server, "what changed", verb="ListRecords", metadataPrefix="oai_dc", **{"from": since})
    finally:
        server.close()


if __name__ == "__main__":
    main()
