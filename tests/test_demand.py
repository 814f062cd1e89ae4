"""Searches that found nothing: counted by day and words, nothing personal, and never in the way of a search."""

from __future__ import annotations

import json
import logging
import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from datetime import date, timedelta

import pytest
from bounded import bounded
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from hub import demand
from hub.app import create_app
from hub.cli import cli
from hub.config import load_config
from hub.demand import LONGEST, Demand, Wanted, countable
from hub.errors import HubError

DAY = date(2026, 5, 1)
EVER = date(2000, 1, 1)


@pytest.fixture
def path(tmp_path):
    return load_config({"HUB_INSTANCE": str(tmp_path / "instance")}).demand_file


@pytest.fixture
def on(monkeypatch):
    """Make it another day."""

    def set_day(day: date) -> None:
        monkeypatch.setattr(demand, "today", lambda: day)
        monkeypatch.setattr("hub.cli.today", lambda: day)

    set_day(DAY)
    return set_day


def rows(path):
    db = sqlite3.connect(path)
    found = db.execute("SELECT * FROM searches ORDER BY day, times DESC, language, text").fetchall()
    db.close()
    return found


def texts(counts):
    return [wanted.text for wanted in counts.most(100, EVER)]


def test_searches_are_counted_by_day_language_and_words(path, on):
    counts = Demand(path)
    for query, language in (("Kelp", "en"), ("kelp!", "en"), ("kelp", "fr"), ("sea wall", "en")):
        counts.count(query, language)
    on(DAY + timedelta(days=1))
    counts.count("KELP", "en")
    assert counts.most(10, DAY) == (
        Wanted("kelp", "en", 3, 2, DAY + timedelta(days=1)),
        Wanted("kelp", "fr", 1, 1, DAY),
        Wanted("sea wall", "en", 1, 1, DAY),
    )
    assert counts.most(1, DAY)[0].times == 3
    assert counts.most(10, DAY + timedelta(days=1)) == (Wanted("kelp", "en", 1, 1, DAY + timedelta(days=1)),)
    with pytest.raises(FrozenInstanceError):
        counts.most(1, DAY)[0].times = 4


def test_what_was_wanted_on_more_days_comes_first_among_equals(path, on):
    counts = Demand(path)
    for _ in range(2):
        counts.count("asked twice by one", "en")
    counts.count("wanted by two", "en")
    on(DAY + timedelta(days=1))
    counts.count("wanted by two", "en")
    assert texts(counts) == ["wanted by two", "asked twice by one"]


def test_the_file_holds_day_language_text_and_number_and_nothing_else(path, on):
    Demand(path).count("Kelp", "en")
    assert rows(path) == [("2026-05-01", "en", "kelp", 1)]
    db = sqlite3.connect(path)
    assert [name for (name,) in db.execute("SELECT name FROM sqlite_schema")] == ["searches"]
    with pytest.raises(sqlite3.OperationalError, match="rowid"):
        db.execute("SELECT rowid FROM searches")
    db.close()
    assert {entry.name.partition("-")[0] for entry in path.parent.iterdir()} == {"demand.sqlite"}
    assert [entry.name for entry in path.parent.parent.iterdir()] == ["demand"]


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("  Tourbières   du\tNORD ", "tourbieres du nord"),
        ('"no-take zone" -tourism restor*', "no take zone tourism restor"),
        ("l’eau de l'Oise", "eau de oise"),
        ("Straße, ŁÓDŹ; Ωμέγα", "strasse lodz ωμεγα"),
        ("ﬁsheries ２０３０", "fisheries 2030"),
        ("GBF target 3, 30 by 30", "gbf target 3 30 by 30"),
        ("30x30", "30x30"),
        ("wetlands 2010", "wetlands 2010"),
        ("25.5 % of land", "25 5 of land"),
        ("e.g. U.S.A.", "e g u s a"),
        ("海洋保护区管理最佳做法案例", "海洋保护区管理最佳做法案例"),
        ("해양 보호 구역", "해양 보호 구역"),
        ("محمية بحرية", "محمية بحرية"),
        ("hotels: at the dotted line", "hotels at the dotted line"),
        ("open data: a guide", "open data a guide"),
        ("one two three four five six seven eight nine ten eleven twelve",) * 2,
    ],
)
def test_searches_for_cases_are_counted_without_case_accents_and_signs(query, text):
    assert countable(query) == text


@pytest.mark.parametrize(
    "query",
    [
        "jane@example.org", "write to jane＠example", "jane (at) example (dot) org", "jane[at]example",
        "jane at example dot org", "@jane",
        "https://example.org/a", "ftp://host", "www.example", "example.org", "see portal.example/cases", "mailto:jane",
        "javascript:alert", "s3://bucket", "file.name",
        "DE89 3704 0044 0532 0130 00", "de89370400440532013000", "GB29 NWBK 6016 1331 9268 19",
        "KZ86 125K ZT50 0410 0100", "MT84MALT011000012345MTLCAST001S",
        "+44 20 7946 0958", "030/123456", "06.12.34.56.78", "(030) 12-34-56", "call 12345", "1 2 3 4 5 peat",
        "٠١٢٣٤٥ هاتف", "０６１２３ tel", "peat 1\u200b2\u200b3\u200b4\u200b5", "peat 1_2_3_4_5", "peat 1ـ2ـ3ـ4ـ5",
        "born 12/05/1980", "4111 1111 1111 1111", "550e8400-e29b-41d4-a716-446655440000", "a1b2c3d4e5f6g7h8",
        "one two three four five six seven eight nine ten eleven twelve thirteen", "海" * 40, "wetland " * 125,
        "", "   ", "2030", "30 %", "!?", "…", "\x00", "x" * (LONGEST + 1),
        "<script>alert</script>", "' or a=b", "../../etc/passwd", "{{config}}", "C:\\windows",
    ],
)  # fmt: skip
def test_what_may_be_personal_or_is_no_search_for_cases_is_not_counted(query, path):
    counts = Demand(path)
    counts.count(query, "en")
    assert countable(query) == "" and not path.exists()


def test_the_last_words_of_a_long_text_are_left_out():
    text = countable("Restaurierung von Auenlandschaften und Überschwemmungsgebieten entlang mitteleuropäischer Flüsse")
    assert text == "restaurierung von auenlandschaften und uberschwemmungsgebieten entlang"


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_counted_short_and_folded_or_not_at_all(query):
    text = countable(query)
    assert len(text) <= LONGEST and text == " ".join(text.split())
    assert not text or countable(text) == text


def test_no_text_takes_long_to_judge():
    for query in ("1 " * 500, "1" + "_" * 999, "at " * 333, "(at" * 333, "a." * 500, "1a" * 500, "x" * 1000, "[" * 999):
        with bounded(1):
            countable(query)


def test_counting_costs_a_search_next_to_nothing(path):
    counts = Demand(path)
    with bounded(5):
        for number in range(1000):
            counts.count(f"kelp {number % 100} forest", "en")


def test_threads_count_together(path):
    counts = Demand(path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: counts.count(f"kelp {number % 5}", "en"), range(400)))
    assert [wanted.times for wanted in counts.most(10, EVER)] == [80] * 5


def test_processes_count_together(path):
    Demand(path).count("kelp", "en")
    code = "import sys; from pathlib import Path; from hub.demand import Demand; counts = Demand(Path(sys.argv[1]))\n"
    code += "for number in range(300): counts.count(f'kelp {number % 3}', 'en')"
    running = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    assert [wanted.times for wanted in Demand(path).most(10, EVER)] == [200, 200, 200, 1]


def test_what_cannot_be_written_in_time_goes_uncounted_and_counting_goes_on(path, monkeypatch, caplog):
    monkeypatch.setattr(demand, "WAIT", 0.01)
    counts = Demand(path)
    counts.count("kelp", "en")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    counts.count("kelp", "en")
    other.execute("ROLLBACK")
    other.close()
    counts.count("kelp", "en")
    assert counts.most(1, EVER)[0].times == 2 and not caplog.records


def test_readers_do_not_keep_searches_from_being_counted(path):
    counts = Demand(path)
    counts.count("kelp", "en")
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM searches").fetchone()
    counts.count("kelp", "en")
    reader.close()
    assert counts.most(1, EVER)[0].times == 2


def said(caplog):
    assert {record.name for record in caplog.records} <= {"hub.demand"}
    assert {record.levelno for record in caplog.records} <= {logging.WARNING}
    return [record.getMessage() for record in caplog.records]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_told_once(path, caplog):
    path.parent.parent.mkdir()
    path.parent.parent.chmod(0o500)
    counts = Demand(path)
    for _ in range(3):
        counts.count("kelp", "en")
    assert len(said(caplog)) == 1 and "Permission denied" in said(caplog)[0]
    assert counts.most(10, EVER) == ()


def test_a_folder_that_cannot_be_made_is_told_once(path, caplog):
    path.parent.parent.mkdir()
    path.parent.write_text("in the way")
    counts = Demand(path)
    for _ in range(3):
        counts.count("kelp", "en")
    assert len(said(caplog)) == 1 and said(caplog)[0].endswith(f"until a restart: {path}: File exists.")


@pytest.mark.parametrize(
    ("pragma", "reason"), [("query_only = ON", "attempt to write a readonly database"), ("max_page_count = 2", "full")]
)
def test_a_disk_that_is_read_only_or_full_is_told_once_and_counting_ends(path, caplog, monkeypatch, pragma, reason):
    opened = demand._open

    def limited(at):
        db = opened(at)
        db.execute(f"PRAGMA {pragma}")
        return db

    monkeypatch.setattr(demand, "_open", limited)
    counts = Demand(path)
    for number in range(200):
        counts.count(f"kelp forests and what became of them {number}", "en")
    assert len(said(caplog)) == 1 and reason in said(caplog)[0]
    assert len(counts.most(1000, EVER)) < 200
    other = sqlite3.connect(path, timeout=0)
    other.execute("INSERT INTO searches VALUES ('2026-05-02', 'en', 'not kept waiting', 1)")
    other.close()


def test_a_damaged_file_is_told_once_and_to_who_reads_it(path, caplog):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database " * 100)
    counts = Demand(path)
    counts.count("kelp", "en")
    counts.count("kelp", "en")
    assert len(said(caplog)) == 1 and "file is not a database" in said(caplog)[0]
    with pytest.raises(HubError, match=r"demand\.sqlite cannot be read: file is not a database\. If it is damaged"):
        counts.most(10, EVER)


def test_a_folder_that_was_deleted_is_made_again(path):
    counts = Demand(path)
    counts.count("kelp", "en")
    for entry in path.parent.iterdir():
        entry.unlink()
    path.parent.rmdir()
    assert counts.most(10, EVER) == ()
    counts.count("reef", "en")
    assert texts(counts) == texts(Demand(path)) == ["reef"]


def test_reading_makes_no_file(path):
    assert Demand(path).most(10, EVER) == () and not path.parent.exists()
    counts = Demand(path)
    counts.count("kelp", "en")
    during = sorted(path.parent.iterdir())
    assert texts(Demand(path)) == ["kelp"] and sorted(path.parent.iterdir()) == during
    del counts
    assert texts(Demand(path)) == ["kelp"] and list(path.parent.iterdir()) == [path]


def test_without_a_path_nothing_is_counted():
    counts = Demand(None)
    counts.count("kelp", "en")
    assert counts.most(10, EVER) == ()


def test_a_day_takes_so_many_texts_and_counts_those_on(path, on, monkeypatch):
    monkeypatch.setattr(demand, "A_DAY", 3)
    counts = Demand(path)
    for query in ("a", "b", "c", "d", "c", "e"):
        counts.count(query, "en")
    Demand(path).count("f", "en")
    assert rows(path) == [(DAY.isoformat(), "en", text, times) for text, times in (("c", 2), ("a", 1), ("b", 1))]
    on(DAY + timedelta(days=1))
    counts.count("d", "en")
    assert "d" in texts(counts)


def test_old_days_are_forgotten(path, on):
    counts = Demand(path)
    counts.count("kelp", "en")
    on(DAY + timedelta(days=399))
    counts.count("reef", "en")
    assert sorted(texts(counts)) == ["kelp", "reef"]
    on(DAY + timedelta(days=400))
    counts.count("reef", "en")
    assert texts(counts) == ["reef"]


def test_the_oldest_days_make_room_where_there_are_too_many_texts(path, on, monkeypatch):
    monkeypatch.setattr(demand, "A_DAY", 2)
    monkeypatch.setattr(demand, "IN_ALL", 6)
    counts = Demand(path)
    for day in range(6):
        on(DAY + timedelta(days=day))
        for text in ("a", "b"):
            counts.count(f"{text} {day}", "en")
        assert len(rows(path)) <= 6
    assert {row[2] for row in rows(path)} == {f"{text} {day}" for text in "ab" for day in (3, 4, 5)}


@pytest.fixture
def command(path, monkeypatch):
    """Run `hub demand …` on the instance of `path`."""
    monkeypatch.setenv("HUB_INSTANCE", str(path.parent.parent))
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(cli, ["demand", *arguments], catch_exceptions=False)
        assert done.exit_code == 0
        return done.stdout

    return run


def test_the_command_shows_a_table_most_often_first(path, command):
    counts = Demand(path)
    for query in ("sea wall", "Kelp [bold]", "kelp bold"):
        counts.count(query, "en")
    heading, first, second = command().splitlines()
    assert heading.split() == ["Words", "Language", "Times", "Days", "Last", "day"]
    assert first.split() == ["kelp", "bold", "en", "2", "1", demand.today().isoformat()]
    assert second.startswith("sea wall")
    assert "sea wall" not in command("--limit", "1")


def test_the_command_gives_json(path, command):
    counts = Demand(path)
    counts.count("Forêt", "fr")
    day = demand.today().isoformat()
    assert json.loads(command("--json")) == [
        {"text": "foret", "language": "fr", "times": 1, "days": 1, "last_day": day}
    ]


def test_the_command_looks_back_so_many_days(path, command, on):
    counts = Demand(path)
    counts.count("kelp", "en")
    on(DAY + timedelta(days=6))
    assert "kelp" in command("--days", "7")
    assert command("--days", "6") == "Nothing was looked for in vain in the last 6 days.\n"


def test_without_a_file_the_command_says_so_in_a_sentence(command, monkeypatch, path):
    assert command() == "Nothing was looked for in vain in the last 90 days.\n"
    assert command("--days", "1") == "Nothing was looked for in vain today.\n"
    assert json.loads(command("--json")) == []
    monkeypatch.setenv("HUB_DEMAND", "off")
    assert command() == "HUB_DEMAND is off, and nothing was counted in the last 90 days.\n"
    assert not path.parent.exists()


def test_the_site_counts_what_found_nothing_each_time_and_only_that(engine, tmp_path):
    config = load_config({"HUB_INSTANCE": str(tmp_path / "instance")})
    client = create_app(config, engine).test_client()
    for url in ("/search?q=Xyzzy", "/search?q=xyzzy", "/fr/search?q=xyzzy", "/search?q=xyzzy&country=KEN",
                "/search?q=reed&country=KEN", "/search?q=jane@example.org", "/search?q=reed", "/search?country=ATA",
                "/search?q=xyzzy&verbatim=1"):  # fmt: skip
        assert client.get(url).status_code == 200
    found = [(w.text, w.language, w.times) for w in Demand(config.demand_file).most(10, EVER)]
    assert found == [("xyzzy", "en", 3), ("xyzzy", "fr", 1)]
    off = load_config({"HUB_INSTANCE": str(tmp_path / "other"), "HUB_DEMAND": "off"})
    create_app(off, engine).test_client().get("/search?q=xyzzy")
    assert not (tmp_path / "other").exists()


def test_the_site_counts_what_people_look_for_and_not_what_programs_ask(engine, tmp_path):
    config = load_config({"HUB_INSTANCE": str(tmp_path / "instance")})
    client = create_app(config, engine).test_client()
    for headers in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"User-Agent": "ExampleBot/1.0"},
                    {"User-Agent": "a crawler"}, {"User-Agent": "Spider"}):  # fmt: skip
        assert client.get("/search?q=xyzzy", headers=headers).status_code == 200
    assert client.head("/search?q=xyzzy").status_code == 200
    assert Demand(config.demand_file).most(10, EVER) == ()
    client.get("/search?q=xyzzy", headers={"User-Agent": "Mozilla/5.0"})
    assert texts(Demand(config.demand_file)) == ["xyzzy"]


def test_the_site_counts_no_words_that_were_excluded(engine, tmp_path):
    config = load_config({"HUB_INSTANCE": str(tmp_path / "instance")})
    client = create_app(config, engine).test_client()
    for q in ("xyzzy -tourism", '-"no take" xyzzy', "30xq by 30xq", "-xyzzy -kelp"):
        client.get("/search", query_string={"q": q})
    assert sorted(texts(Demand(config.demand_file))) == ["30xq by 30xq", "xyzzy"]
