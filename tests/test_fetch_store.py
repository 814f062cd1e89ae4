"""The store of what was fetched: what it keeps and forgets, and what it does when its file is damaged."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hub.errors import HubError
from indexer.fetch.store import Store, Stored


def test_store_forgets_what_was_not_seen_for_long(store):
    page = Stored("https://a.test/", 200, "", "", "2025-01-01T00:00:00Z", "1", {}, b"old")
    store.save("https://a.test/from", page)
    store.save("https://b.test/", Stored("https://b.test/", 200, "", "", "2025-03-01T00:00:00Z", "1", {}, b"new"))
    assert store.final("https://a.test/from") == ("https://a.test/", "1")
    assert store.forget("2025-02-01") == 1
    assert store.find("https://a.test/") is None
    assert store.final("https://a.test/from") == ("https://a.test/from", "")
    assert store.find("https://b.test/").body == b"new"


def test_store_does_not_grow(store, tmp_path):
    page = Stored("https://a.test/", 200, "", "", "2025-01-01T00:00:00Z", "1", {}, b"text " * 200_000)
    for _ in range(30):
        store.save(page.url, page)
    store.close()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 100_000


def _other_tables(path: Path) -> None:
    path.unlink()
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE page (x)")
    file.close()


def _damage(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 20_000)


@pytest.mark.parametrize(
    "spoil",
    [_damage, lambda path: path.write_bytes(b"no database at all" * 99), _other_tables],
)
def test_a_damaged_store_is_begun_anew(tmp_path, spoil):
    path = tmp_path / "fetched.sqlite"
    Store(path).close()
    spoil(path)
    store = Store(path)
    assert "was damaged" in store.notice
    assert (tmp_path / "fetched.sqlite.damaged").exists()
    store.save("u", Stored("u", 200, "", "", "2025", "1", {"a": "b"}, b"x"))
    assert store.find("u").body == b"x"
    store.close()
    again = Store(path)
    assert (again.notice, again.find("u").headers) == ("", {"a": "b"})
    again.close()


def test_a_store_damaged_while_open(tmp_path):
    store = Store(tmp_path / "fetched.sqlite")
    for place in range(300):
        store.save(f"u{place}", Stored(f"u{place}", 200, "", "", "2025", "1", {}, str(place).encode() * 99))
    store.close()
    path = tmp_path / "fetched.sqlite"
    data = bytearray(path.read_bytes())
    store = Store(path)
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    for place in range(300):
        store.find(f"u{place}")
    store.save("u", Stored("u", 200, "", "", "2025", "1", {}, b"x"))
    assert store.find("u").body == b"x"
    assert "was damaged" in store.notice
    store.close()


def test_a_store_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "fetched.sqlite").mkdir()
    for path in (tmp_path / "file" / "fetched.sqlite", tmp_path / "fetched.sqlite"):
        with pytest.raises(HubError, match="cannot be used"):
            Store(path)


KILLED = """
import os, signal, sys
from pathlib import Path
from indexer.fetch.store import Store, Stored
store = Store(Path(sys.argv[1]))
for place in range(10_000):
    store.save(f"u{place}", Stored(f"u{place}", 200, "", "", "2025", "1", {}, b"x" * 5000))
    print(place, flush=True)
"""


def test_a_store_survives_its_process(tmp_path):
    path = tmp_path / "fetched.sqlite"
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True)
    written = [process.stdout.readline() for _ in range(50)]
    process.kill()
    process.communicate()
    store = Store(path)
    assert store.notice == ""
    assert all(store.find(f"u{place.strip()}").body == b"x" * 5000 for place in written)
    store.close()


def test_two_threads_share_a_store(store):
    wrong: list[object] = []

    def write(name: str) -> None:
        for place in range(60):
            url = f"{name}{place % 7}"
            store.save(url, Stored(url, 200, "", "", "2025", "1", {}, name.encode() * 50))
            found = store.find(url)
            if found is None or found.body != name.encode() * 50:
                wrong.append(found)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
