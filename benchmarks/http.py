"""Measures the running hub over HTTP, beside a Flask view that does nothing and beside Datasette.

    python -m benchmarks.http 1000

All run on this machine, and so does what asks them. Servers take turns in a changing order.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from benchmarks import corpus, queries
from benchmarks.engines import ROOT, Ended
from benchmarks.measure import percentile
from benchmarks.peers import FACETS, Query, read_queries
from benchmarks.run import build, say

CONNECTIONS = {1: 100, 8: 200, 32: 320}  # connections at a time -> requests in one go, ten times that for old ones
SECONDS = 3  # a slow server gets as many requests as it answers in this time, at least one a connection
ROUNDS = 3
KINDS = ("JSON, new", "JSON, again", "page, new", "304")
_LISTS = ("target", "theme", "region", "country")  # facets with several values a record


# -- the servers


def _database(where: Path) -> Path:
    """The same records as Datasette wants them: a table, lists as JSON, and a full-text index."""
    path = where / "datasette.db"
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    texts = ("title", "abstract", "body", "keywords")
    database.execute(f"create table records (id text primary key, {', '.join((*texts, *FACETS))})")
    with (where / "plain.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            plain = json.loads(line)
            facets = [plain["facets"].get(name, []) for name in FACETS]
            values = [
                json.dumps(found) if name in _LISTS else next(iter(found), None)
                for name, found in zip(FACETS, facets, strict=True)
            ]
            row = (plain["id"], *(plain[name] for name in texts), *values)
            database.execute(f"insert into records values ({', '.join('?' * len(row))})", row)  # noqa: S608
    database.execute(  # Datasette recognises it by these very characters: content="records"
        f'create virtual table records_fts using fts5 ({", ".join(texts)}, content="records",'
        " tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    database.execute("insert into records_fts (records_fts) values ('rebuild')")
    for name in FACETS:
        database.execute(f"create index records_{name} on records ({name})")
    database.execute("analyze")
    database.commit()
    database.close()
    return path


class Server:
    """A running web server and the addresses of its searches."""

    def __init__(
        self,
        name: str,
        command: list[str],
        api: Callable[[Query], str],
        page: Callable[[Query], str],
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name, self.api, self.page = name, api, page
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [part.replace("PORT", str(self.port)) for part in command]
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the server runs
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, *command],
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdout=subprocess.DEVNULL,
            stderr=self._said,
        )
        self._wait()

    def _wait(self) -> None:
        for _ in range(600):
            try:
                urlopen(f"http://127.0.0.1:{self.port}/", timeout=60).close()
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.1)
            else:
                return
        self.close()
        self._said.seek(0)
        raise Ended(f"{self.name} does not answer:\n{self._said.read()[-2000:]}")

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def close(self) -> None:
        """End the server."""
        self._process.terminate()
        self._process.wait(timeout=30)


def servers(where: Path) -> Iterator[Server]:
    """Start all servers on one corpus."""

    def ours(path: str) -> Callable[[Query], str]:
        return lambda query: f"{path}?{urlencode({'q': query.text})}"

    yield Server(
        "ours",
        ["-c", "from hub.cli import main; main()", "run", "--port", "PORT"],
        ours("/api/v1/search"),
        ours("/search"),
        {"HUB_INSTANCE": str(where / "ours"), "HUB_HOST": "127.0.0.1", "HUB_BASE_URL": "", "HUB_RATE_LIMIT": "off"},
    )
    yield Server("empty view", ["-m", "benchmarks.empty", "PORT"], ours("/"), ours("/"))
    facets = [("_facet_array" if name in _LISTS else "_facet", name) for name in FACETS]
    wanted = [
        *facets,
        ("_facet_size", "max"),
        ("_size", "10"),
        *(("_col", name) for name in ("id", "title", "abstract")),
    ]

    def datasette(ending: str) -> Callable[[Query], str]:
        return lambda query: f"/datasette/records{ending}?{urlencode([('_search', query.text), *wanted])}"

    settings = {
        "suggest_facets": "off",
        "facet_time_limit_ms": "30000",
        "sql_time_limit_ms": "30000",
        "max_returned_rows": "3000",
        "num_sql_threads": "8",
        "cache_size_kb": "200000",
    }
    given = [part for name, value in settings.items() for part in ("--setting", name, value)]
    yield Server(
        "Datasette",
        ["-m", "datasette", "serve", "--immutable", str(_database(where)), "--port", "PORT", *given],
        datasette(".json"),
        datasette(""),
    )


# -- the measurements


class Load:
    """What asks the servers: `benchmarks.load` in a process of its own."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, server: Server, paths: list[str], connections: int, etag: str = "") -> dict[str, Any]:
        """Ask for all addresses."""
        assert self._process.stdin and self._process.stdout
        headers = {"If-None-Match": etag} if etag else {}
        task = {"port": server.port, "paths": paths, "headers": headers, "connections": connections}
        self._process.stdin.write(json.dumps(task) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)


class Tester:
    """Asks servers in turn; no search is asked for twice where it has to be new."""

    def __init__(self, where: Path, running: list[Server]) -> None:
        self._servers = running
        self._load = Load()
        asked = read_queries(where / "queries.json")
        self._same = asked["and"][0]
        self._new = {server.name: iter(asked["web"]) for server in running}
        self.found: dict[str, dict[str, dict[str, list[dict[str, Any]]]]] = defaultdict(lambda: defaultdict(dict))

    def run(self) -> None:
        """All kinds of requests at all numbers of connections, several times over."""
        etags, rates = {}, {}
        for server in self._servers:
            self._load.ask(server, self._paths(server, "page, new", 5), 1)
            answer = self._load.ask(server, self._paths(server, "JSON, new", 20), 1)
            rates[server.name] = len(answer["ms"]) / answer["seconds"]
            etags[server.name] = self._load.ask(server, [server.api(self._same)], 1)["etag"]
        rng = random.Random("turns")
        for number in range(ROUNDS):
            say(f"  round {number + 1} of {ROUNDS}")
            for kind in KINDS:
                for connections, most in CONNECTIONS.items():
                    for server in rng.sample(self._servers, len(self._servers)):
                        count = min(most, max(connections, round(rates[server.name] * SECONDS)))
                        self._once(server, kind, connections, count, etags[server.name])
        self._load.close()

    def _once(self, server: Server, kind: str, connections: int, count: int, etag: str) -> None:
        if kind == "304" and server.name == "Datasette":
            return  # it has no ETags
        paths = self._paths(server, kind, count)
        answer = self._load.ask(server, paths, connections, etag if kind == "304" else "")
        wanted = "304" if kind == "304" and etag else "200"
        assert set(answer["statuses"]) == {wanted}, f"{server.name} answered {answer['statuses']} to {paths[0]}"
        self.found[kind][server.name].setdefault(str(connections), []).append(answer)

    def _paths(self, server: Server, kind: str, count: int) -> list[str]:
        if not kind.endswith("new"):
            return [server.api(self._same)] * (count if server.name == "Datasette" else 10 * count)
        address = server.page if kind.startswith("page") else server.api
        return [address(next(self._new[server.name])) for _ in range(count)]

    def result(self) -> dict[str, Any]:
        """Milliseconds, requests a second and size of an answer, by kind, server and connections."""
        names = [server.name for server in self._servers]
        return {
            kind: {
                name: {each: _summary(answers) for each, answers in by_name[name].items()}
                for name in names
                if name in by_name
            }
            for kind, by_name in self.found.items()
        }


def _summary(answers: list[dict[str, Any]]) -> dict[str, float]:
    took = [ms for answer in answers for ms in answer["ms"]]
    return {
        "median": statistics.median(took),
        "p95": percentile(took, 0.95),
        "rate": statistics.median(len(answer["ms"]) / answer["seconds"] for answer in answers),
        "busy": statistics.median(answer["busy"] / answer["seconds"] for answer in answers),
        "kB": sum(answer["size"] for answer in answers) / len(took) / 1000,
    }


def measure(size: int) -> dict[str, Any]:
    """Everything about one size; kept beside the corpus."""
    say(f"{size} records over HTTP")
    where = corpus.ensure(size)
    queries.write(where)
    build(where, ["ours"])
    with ExitStack() as stack:
        tester = Tester(where, [stack.enter_context(closing(server)) for server in servers(where)])
        tester.run()
    versions = [f"{name} {version(name)}" for name in ("Flask", "waitress", "Datasette", "uvicorn")]
    result = {"size": size, "versions": ", ".join(versions), "kinds": tester.result()}
    (where / "web.json").write_text(json.dumps(result))
    return result


if __name__ == "__main__":
    from benchmarks.report import web_tables

    for given in sys.argv[1:]:
        print("\n".join(web_tables(measure(int(given)))))
