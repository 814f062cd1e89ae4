"""How long a harvest takes beside what politeness allows at best, and how much memory: pages of four local hosts.

    python -m benchmarks.harvest [pages] [delay]

Each page answers after 20 ms, has about 300 words and boilerplate around them, and validators. The limit is the time in
which a host's pages can be asked for one after the other, at the given delay (seconds) between two of them. The second
harvest has nothing new to read. Resident memory is that of the harvesting process without its page readers.
"""

from __future__ import annotations

import hashlib
import html
import multiprocessing
import random
import resource
import shutil
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from hub.config import ROOT
from hub.corpus import Corpus
from indexer.fetch.client import Fetcher
from indexer.fetch.store import Store
from indexer.harvest.report import line
from indexer.harvest.run import Harvest, Wanted
from indexer.harvest.source import Source
from indexer.harvest.state import State
from indexer.tag.text import read

HOSTS = ("one.test", "two.test", "three.test", "four.test")
LATENCY = 0.02
SENTENCES: list[str] = []  # of the corpus, from which the texts are mixed


class Pages(BaseHTTPRequestHandler):
    """A portal: a sitemap of its pages at each host, and pages that say when they have not changed."""

    protocol_version = "HTTP/1.1"
    count = 0

    def do_GET(self) -> None:
        """Answer after the latency."""
        time.sleep(LATENCY)
        host = self.headers["Host"]
        if self.path == "/robots.txt":
            self._send(404, b"", "text/plain")
        elif self.path == "/sitemap.xml":
            urls = "".join(f"<url><loc>http://{host}/cases/{n}</loc></url>" for n in range(self.count))
            self._send(
                200, f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode(), "text/xml"
            )
        else:
            self._send(200, _page(host + self.path), "text/html; charset=utf-8")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            status, body = 304, b""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _page(name: str) -> bytes:
    chance = random.Random(name)
    texts = [html.escape(" ".join(chance.sample(SENTENCES, 3))) for _ in range(6)]
    paragraphs = "".join(f"<p>{text}</p>" for text in texts)
    title = f"{texts[0][:60]} (case {name.rsplit('/', 1)[1]} of {name.split(':', maxsplit=1)[0]})"
    links = "".join(f'<li><a href="/{n}">Menu entry {n}</a></li>' for n in range(60))
    return (
        f"<!doctype html><html lang=en><head><title>{title}</title></head><body><nav><ul>{links}</ul></nav>"
        f"<main><h1>{title}</h1>{paragraphs}</main><footer><ul>{links}</ul></footer></body></html>"
    ).encode()


def _serve(count: int, door: Connection) -> None:
    Pages.count = count
    for entry in Corpus(ROOT / "corpus").entries():
        if entry.record and entry.record.language == "en":
            SENTENCES.extend(sentence.text for sentence in read(entry.record).sentences)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    door.send(server.server_port)
    server.serve_forever()


def main(pages: int, delay: float) -> None:
    """Harvest twice and print what it took."""
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=_serve, args=(pages // len(HOSTS), there), daemon=True)
    server.start()
    port = here.recv()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "corpus" / "records").mkdir(parents=True)
        shutil.copytree(ROOT / "corpus" / "vocabularies", folder / "corpus" / "vocabularies")
        sources = [
            Source(
                host.split(".")[0], host, "sitemap", f"http://{host}:{port}/sitemap.xml", full_text=True, delay=delay
            )
            for host in HOSTS
        ]
        limit = (pages // len(HOSTS) + 1) * max(delay, LATENCY)
        print(f"{pages} pages on {len(HOSTS)} hosts, {delay} s between two: at best {limit:.1f} s")
        for _ in range(2):
            _measure(folder, sources, limit)
        records = [Corpus(folder / "corpus").get(record) for record in Corpus(folder / "corpus").ids()]
        print(f"{len(records)} records, {len({(r.source, r.source_id) for r in records})} different items")
    server.terminate()


def _measure(folder: Path, sources: list[Source], limit: float) -> None:
    store, state = Store(folder / "fetched.sqlite"), State(folder / "state.sqlite")
    fetcher = Fetcher(store, "benchmark", private=True, resolve=lambda _: ("127.0.0.1",))
    seen: list[int] = []
    begun = time.perf_counter()

    def told(*_: object) -> None:
        if (done := len(seen) + 1) % 100 == 0:
            print(f"  {done:6} items, {_resident():4.0f} MB", end="\r", file=sys.stderr)
        seen.append(int(_resident()))

    reports = Harvest(Corpus(folder / "corpus"), state, fetcher, Wanted(), told).run(sources)
    took = time.perf_counter() - begun
    for each in (fetcher, store, state):
        each.close()
    print(f"took {took:.1f} s, {took / limit:.2f} times the limit; memory {seen[len(seen) // 10]} MB after a tenth,"
          f" {seen[len(seen) // 2]} MB half way, {seen[-1]} MB at the end")  # fmt: skip
    for report in reports:
        print(f"  {line(report)}")


def _resident() -> float:
    """Megabytes of this process in memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000, float(sys.argv[2]) if len(sys.argv) > 2 else 0.1)
