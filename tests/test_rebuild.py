"""The running site while the index is made anew: nobody notices."""

from __future__ import annotations

import itertools
import threading
from contextlib import closing, contextmanager, suppress
from urllib.error import HTTPError
from urllib.request import urlopen

from msgspec.structs import replace
from waitress.server import create_server

from hub.app import create_app
from hub.config import load_config
from indexer.build import build

CLIENTS = 8
REBUILDS = 10
PATHS = ("/", "/search?q=reed", "/api/v1/search?q=water&target=2", "/records/reed-bed", "/coverage", "/fr/targets/2")


@contextmanager
def served(engine):
    """The site on a free port of this machine; its address."""
    server = create_server(create_app(load_config({}), engine), host="127.0.0.1", port=0, threads=CLIENTS)

    def run():
        with suppress(OSError):  # its socket is closed while it waits for requests
            server.run()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.close()
        thread.join(10)


def test_no_request_fails_while_the_index_is_made_anew_ten_times(corpus, engine):
    finished = threading.Event()
    answers: list[int] = []
    wrong: list[str] = []

    def ask(base: str, first: int) -> None:
        for path in itertools.islice(itertools.cycle(PATHS), first, None):
            if finished.is_set():
                return
            try:
                with closing(urlopen(base + path, timeout=30)) as answer:  # noqa: S310 - our own server
                    answers.append(answer.status)
                    answer.read()
            except HTTPError as error:
                wrong.append(f"{path}: {error.code}")
                error.close()
            except OSError as error:
                wrong.append(f"{path}: {error}")

    with served(engine) as base:
        clients = [threading.Thread(target=ask, args=(base, number), daemon=True) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        for number in range(REBUILDS):
            entry = corpus.entry("reed-bed")
            corpus.write(replace(entry.record, place=f"Lake {number}"), entry.revision)
            build(corpus, engine, fresh=number % 2 == 0)
        finished.set()
        for client in clients:
            client.join(60)
        with closing(urlopen(f"{base}/records/reed-bed")) as answer:  # noqa: S310
            assert f"Lake {REBUILDS - 1}" in answer.read().decode()
    assert wrong == []
    assert len(answers) > REBUILDS
