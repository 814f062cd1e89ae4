"""Folders of files: each is read as what it is, or left out for a true reason."""

from __future__ import annotations

import gzip
import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from test_harvest_xml import BOMB, DATA, SHARED, source, split

from indexer.harvest.item import FetchFailed, Reference, Response, Skipped, Unreadable
from indexer.harvest.protocols import content, folder
from indexer.harvest.source import Source, folder_of


def no_get(url: str, kinds: tuple[str, ...] = ("any",)) -> Response:
    raise FetchFailed(f"{url} must not be fetched", "refused")


def gather(address: Path | str) -> tuple[list[Reference], dict[str, Skipped]]:
    return split(folder.gather(source(str(address)), no_get, ""))


def kinds(found: list[Reference]) -> dict[str, str]:
    return {each.id: each.kind for each in found}


def test_every_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    shutil.copytree(DATA, tmp_path / "all", dirs_exist_ok=True)
    found, skipped = gather(tmp_path / "all")
    told = kinds(found)
    assert told["tag:cases.example,2024:reed"] == "feed"
    assert told["feed/feed.json#12"] == "feed"
    assert told["oai:oai.example:1"] == "oai"
    assert told["table/cases.csv#" + next(i for i in told if i.startswith("table/cases.csv#")).split("#")[1]] == "table"
    assert told["xml/cases.xml#11"] == "xml"
    assert told["xml/csw.xml#iso-1"] == "xml"
    assert told["https://data.example/set/1"] == "dcat"
    assert told["folder/page.html"] == "html"
    page = next(each for each in found if each.id == "folder/page.html")
    assert page.url == "https://cases.example/en/reed"
    assert page.file == str(tmp_path / "all" / "folder" / "page.html")
    assert next(each for each in found if each.id == "oai:oai.example:2").gone
    reasons = {name: each.reason for name, each in skipped.items()}
    assert reasons["folder/PROVENANCE.md"] == "is about the files, not one of them"
    assert reasons["folder/.hidden.xml"] == "is hidden"
    assert reasons["folder/map.png"] == "is an image, which is not read"
    assert reasons["folder/robots"] == "is of no kind that is read"
    assert reasons["folder/empty.csv"] == "is empty"
    assert reasons["folder/list.html"] == "is the listing of a folder"
    assert "describes no data sets" in reasons["folder/skos.ttl"]
    assert reasons["sitemap/index.xml"].startswith("is a sitemap")
    assert reasons["sitemap/more.txt"].startswith("is a sitemap")
    assert skipped["folder/broken.json"].failed
    assert "not well-formed" in reasons["oai/list2.xml"]
    assert not skipped["oai/identify.xml"].failed


def test_files_are_told_by_content_before_name(tmp_path: Path) -> None:
    items = b"<channel><item><title>T</title></item></channel>"
    rss = b'<?xml version="1.0"?><!-- by hand --><rss version="2.0">' + items + b"</rss>"
    for name in ("feed.html", "feed.json", "feed", "feed.xml.gz"):
        (tmp_path / name).write_bytes(gzip.compress(rss) if name.endswith("gz") else rss)
    (tmp_path / "page.xml").write_text("<!DOCTYPE html><html><body><p>x</p></body></html>")
    (tmp_path / "answer.resp").write_bytes(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        b'[{"id": 1, "title": "Reed beds", "url": "https://cases.example/1"}]'
    )
    (tmp_path / "part.html").write_text("<div><p>A part of a page.</p></div>")
    found, skipped = gather(tmp_path)
    assert skipped == {}
    assert Counter(kinds(found).values()) == Counter({"feed": 4, "html": 2, "json": 1})
    assert len({each.id for each in found}) == 7


def test_a_folder_without_files_says_so(tmp_path: Path) -> None:
    assert list(folder.gather(source(str(tmp_path)), no_get, "")) == [Skipped(str(tmp_path), "holds no items")]


def test_an_item_in_two_files_is_given_once(tmp_path: Path) -> None:
    for name in ("a.xml", "b.xml"):
        shutil.copy(DATA / "oai" / "list1.xml", tmp_path / name)
    found, skipped = gather(tmp_path)
    assert len(found) == 2
    assert skipped["oai:oai.example:1"].reason == "is in b.xml too; it was read from a.xml"


def test_links_and_odd_files_are_not_followed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.csv").write_text("id,title\n1,Secret\n")
    (inside / "own.csv").write_text("id,title\n1,Own\n")
    (inside / "file.csv").symlink_to(outside / "secret.csv")
    (inside / "again.csv").symlink_to(inside / "own.csv")
    (inside / "folder").symlink_to(outside)
    (inside / "circle").symlink_to(inside)
    os.mkfifo(inside / "pipe.csv")
    found, skipped = gather(inside)
    assert [each.id for each in found] == ["own.csv#1"]
    assert skipped["file.csv"].reason == skipped["folder"].reason == "is a link that leads out of the folder"
    assert skipped["again.csv"].reason == skipped["circle"].reason == "is a link to another file of the folder"
    assert skipped["pipe.csv"].reason == "is no ordinary file"


def test_size_is_bounded_packed_or_not(tmp_path: Path) -> None:
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(20_000_001)
    (tmp_path / "bomb.xml.gz").write_bytes(gzip.compress(b"<a>" + b" " * 20_000_001))
    found, skipped = gather(tmp_path)
    assert found == []
    assert skipped["big.csv"].reason == "is larger than 20 MB"
    assert skipped["bomb.xml.gz"].reason == "holds more than 20 MB when unpacked"
    assert all(each.failed for each in skipped.values())


def test_addresses_of_folders(tmp_path: Path) -> None:
    (tmp_path / "my files").mkdir()
    (tmp_path / "my files" / "a.csv").write_text("id,title\n1,Reed\n")
    for address in ("my files", str(tmp_path / "my files"), f"file://{tmp_path}/my%20files", "my files/a.csv"):
        folder = folder_of(Source("s", "S", "folder", address), tmp_path / "corpus")
        assert [each.id for each in gather(folder)[0]] == ["a.csv#1"]
    with pytest.raises(Unreadable, match="another computer"):
        folder_of(Source("s", "S", "folder", "file://far.example/x"), tmp_path)
    with pytest.raises(Unreadable, match="there is no folder"):
        gather(tmp_path / "nowhere")


HOSTILE: list[tuple[str, Any]] = [
    ("bomb.xml", BOMB),
    ("deep.xml", b"<a>" * 50_000),
    ("deep.json", b"[" * 200_000),
    ("deep.ttl", b"<http://a.example/> <http://b.example/> " + b"[ <http://p.example/> " * 20_000),
    ("deep.html", b"<html>" + b"<div>" * 20_000),
    ("context.jsonld", b'{"@context": "https://far.example/c.jsonld", "@graph": []}'),
    ("comments.xml", b"<!-- -->" * 100_000),
    ("open.xml", b"<!--" * 100_000),
    ("zeros.xml", b"\0" * 10_000),
    ("half.gz", gzip.compress(b"<rss/>" * 100)[:30]),
    ("packed.xlsx", b"PK\x03\x04" + b"\xff" * 100),
    ("noise", bytes(range(256)) * 10),
    ("bad.csv", b"\xff\xfe\xff"),
    ("name\udcff.csv", b"id,title\n1,x\n"),
]


@pytest.mark.parametrize(
    ("name", "body"), HOSTILE, ids=[name.encode("ascii", "replace").decode() for name, _ in HOSTILE]
)
def test_hostile_files_stop_nothing(tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    (tmp_path / "z.csv").write_text("id,title\n1,Reed\n")
    found, skipped = gather(tmp_path)
    assert "z.csv#1" in [each.id for each in found]
    assert len(found) + len(skipped) >= 2
    assert all(each.reason for each in skipped.values())


def test_kinds_that_are_not_read() -> None:
    for name, body in (("x.zip", b"PK\x03\x04"), ("x.bin", b"\1\2"), ("x", b"plain text")):
        with pytest.raises(content.NotRead):
            content.kind_of(name, body)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"there are no real files in {SHARED}")
def test_real_files_give_items_or_a_reason() -> None:
    told: Counter[str] = Counter()
    named: set[str] = set()
    for part in ("fixtures", "payloads"):
        for entry in folder.gather(source(str(SHARED / part)), no_get, ""):
            named.add(entry.id)
            if isinstance(entry, Skipped):
                assert entry.reason
            else:
                told[entry.kind] += 1
    assert told["html"] > 100
    assert told["table"] > 700
    assert told["feed"] >= 40
    assert told["dcat"] >= 14
    assert told["xml"] >= 50
    assert told["oai"] >= 10
