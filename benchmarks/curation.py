"""How long the workbench takes over a large corpus: its pages over 5,000 records of which 1,000 are drafts.

    python -m benchmarks.curation [records] [drafts]

Each page is asked for through the whole application, 20 times; beside it stands a search of the public side in the
same run. The corpus is made of copies of the real records.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from msgspec.structs import replace

from hub.app import create_app
from hub.config import ROOT, load_config
from hub.corpus import Corpus, format_record
from hub.curation.accounts import Accounts, Role
from hub.engine.whoosh.engine import WhooshEngine
from hub.record import Decision, Method, Status
from indexer.build import build

TIMES = 20
PASSWORD = "only for this benchmark"  # noqa: S105


def make(folder: Path, records: int, drafts: int) -> None:
    """A corpus of so many copies of real records; drafts with suggestions, and 3,000 links that were checked."""
    real = [entry.record for entry in Corpus(ROOT / "corpus").entries() if entry.record]
    (folder / "corpus" / "records").mkdir(parents=True)
    shutil.copytree(ROOT / "corpus" / "vocabularies", folder / "corpus" / "vocabularies")
    links = []
    for number in range(records):
        record = real[number % len(real)]
        copy = replace(record, id=f"{record.id}-{number}", source_id="", url=f"{record.url}?copy={number}", replaces=())
        if number < drafts:
            tags = tuple(
                replace(tag, decision=Decision.SUGGESTED, method=Method.RULE, score=0.8, by="", at="")
                for tag in record.tags
            )
            copy = replace(copy, status=Status.DRAFT, tags=tags)
        (folder / "corpus" / "records" / f"{copy.id}.yaml").write_text(format_record(copy), encoding="utf-8")
        if number < 3_000:
            links.append({"url": copy.url, "state": "ok" if number % 20 else "broken"})
    (folder / "instance" / "harvest").mkdir(parents=True)
    (folder / "instance" / "harvest" / "links.json").write_text(json.dumps(links))


def main() -> None:
    """Make, measure, print."""
    given = [int(text) for text in sys.argv[1:]]
    records, drafts = given if len(given) == 2 else (5_000, 1_000)
    folder = Path(tempfile.mkdtemp(prefix="curation-"))
    try:
        make(folder, records, drafts)
        _measure(folder, records, drafts)
    finally:
        shutil.rmtree(folder)


def _measure(folder: Path, records: int, drafts: int) -> None:
    engine = WhooshEngine(folder / "instance" / "index")
    small = Corpus(ROOT / "corpus")
    build(small, engine)
    Accounts(folder / "instance" / "curation" / "accounts.json").add("anna", "Anna", Role.CURATOR, PASSWORD)
    settings = {
        "HUB_CURATE": "on",
        "HUB_SECRET_KEY": "0" * 32,
        "HUB_CORPUS": str(folder / "corpus"),
        "HUB_INSTANCE": str(folder / "instance"),
    }
    app = create_app(load_config(settings), engine)
    begun = time.perf_counter()
    app.extensions["curate"].workbench.rows()
    once = time.perf_counter() - begun
    print(f"{records:,} records, {drafts:,} drafts; to read every file takes {once:.1f} s, once.")
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/curate/login").text)
    assert token
    client.post("/curate/login", data={"name": "anna", "password": PASSWORD, "csrf_token": token[1]})
    draft = next(iter(sorted((folder / "corpus" / "records").glob("*.yaml")))).stem
    pages = ["/curate/", "/curate/?q=river&sort=most+left", "/curate/?kind=facts", "/curate/?kind=links",
             "/curate/overview", f"/curate/records/{draft}", "/search?q=wetland&target="]  # fmt: skip
    for path in pages:
        took = []
        for number in range(TIMES):
            fresh = f"{path}{number + 1}" if path.endswith("=") else path  # no answer that was kept
            begun = time.perf_counter()
            assert client.get(fresh).status_code == 200, path
            took.append(1000 * (time.perf_counter() - begun))
        print(f"{path[:40]:42} median {statistics.median(took):6.1f} ms, slowest {max(took):6.1f} ms")


if __name__ == "__main__":
    main()
