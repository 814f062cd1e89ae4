"""The results as Markdown tables, printed and kept in README.md beside this file."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.engines import base
from benchmarks.measure import geometric_mean

README = Path(__file__).parent / "README.md"
_START, _END = "<!-- results: written by `make bench` -->", "<!-- end of results -->"
_KINDS = {
    "and": "all words",
    "or": "any word",
    "filtered": "words, filtered",
    "phrase": "phrase",
    "prefix": "prefix",
    "browse": "filters only",
}
_REQUESTS = {
    "JSON, new": "JSON, every search a new one",
    "JSON, again": "JSON, the same search again",
    "page, new": "HTML page, every search a new one",
    "304": "304 Not Modified (the empty view answers as ever)",
}


def _table(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'--:|' * (len(head) - 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def _ms(number: float) -> str:
    return f"{number:.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _ratio(number: float) -> str:
    return f"{number:.2f}" if number >= 0.1 else f"{number:.3f}"


def _label(name: str) -> str:
    return name.replace("/plain", ", plain snippets").replace("/wide", ", in other words too")


def engine_tables(result: dict[str, Any]) -> Iterator[str]:
    """Everything that was found out about one size."""
    engines = result["engines"]
    yield f"### {result['size']:,} records\n"
    yield "Milliseconds a search, median / 95th percentile:\n"
    head = ["", *_KINDS.values()]
    yield from _table(
        head, [[_label(name), *map(_times, engine["kinds"].values())] for name, engine in engines.items()]
    )
    yield "Time of ours divided by time of the peer (below 1: ours is faster), medians:\n"
    rows = [_ratios(engines, name, "median") for name in engines if name != "ours"]
    yield from _table([*head, "geometric mean"], rows)
    yield "The same when a question is asked for the first time (after warming up with other questions):\n"
    rows = [_ratios(engines, name, "first") for name in engines if name != "ours"]
    yield from _table([*head, "geometric mean"], rows)
    yield "The same by processor time, which load from elsewhere does not lengthen:\n"
    rows = [_ratios(engines, name, "processor") for name in engines if name != "ours"]
    yield from _table([*head, "geometric mean"], rows)
    ours = engines["ours"]["kinds"]
    for what, p95, median in (("", "p95", "median"), (" by processor time", "processor p95", "processor")):
        spread = ", ".join(f"{_KINDS[kind]} {ours[kind][p95] / ours[kind][median]:.1f}" for kind in ours)
        yield f"95th percentile of ours divided by its median{what}: {spread}.\n"
    costs = {_label(name): _cost(engine, result["size"]) for name, engine in engines.items()}
    yield from _table(["", *costs["ours"]], [[name, *map(_ms, cost.values())] for name, cost in costs.items()])
    yield from _ours(result)
    yield from _agreement(result)


def _times(found: dict[str, float]) -> str:
    return f"{_ms(found['median'])} / {_ms(found['p95'])}"


def _ratios(engines: dict[str, Any], name: str, what: str) -> list[str]:
    ours, peer = engines["ours"]["kinds"], engines[name]["kinds"]
    ratios = [ours[kind][what] / peer[kind][what] for kind in _KINDS]
    return [_label(name), *map(_ratio, (*ratios, geometric_mean(ratios)))]


def _cost(engine: dict[str, Any], size: int) -> dict[str, float]:
    built, opened, memory = engine["build"], engine["open"], engine["memory"]
    return {
        "build s": built["seconds"],
        "of the processor": built["processor"],
        "records/s": size / built["seconds"],
        "build peak MB": built["peak"],
        "disk MB": built["disk"],
        "open ms": opened["ms"],
        "first search ms": opened["first"],
        "own MB before": opened["before"]["own"],
        "opened": opened["after"]["own"],
        "at the end": memory["own"],
        "file MB at the end": memory["files"],
    }


def _ours(result: dict[str, Any]) -> Iterator[str]:
    built = result["engines"]["ours"]["build"]
    wall, processor = (1000 * built[which] / result["size"] for which in ("seconds", "processor"))
    seen, done = (f"{_ms(statistics.median(ms))} ({_ms(max(ms))})" for ms in result["changes"].values())
    yield f"Building takes ours {wall:.2f} ms a record, {processor:.2f} of the processor. From handing in one changed"
    yield f"record it takes {seen} ms until a search finds what is new in it, {done} ms until all is done, merging of"
    yield "segments included (median, longest).\n"
    yield "Workers of ours on one index, after the same questions, MB:\n"
    columns = ("own", "files", "private", "shared", "pss")
    rows = [[name, *(_ms(memory[column]) for column in columns)] for name, memory in result["sharing"].items()]
    yield from _table(["", *columns], rows)


def _agreement(result: dict[str, Any]) -> Iterator[str]:
    yield "Totals of the peers beside ours: share of questions with the same total; mean relative difference of the"
    yield "totals; and for how many questions with filters only every count of every facet is the same:\n"
    rows = []
    for name, kinds in result["agreement"].items():
        cells = [f"{kinds[kind]['same']:.0%}; {kinds[kind]['difference']:.1%}" for kind in _KINDS]
        rows.append([_label(name), *cells, kinds["counts"]])
    yield from _table(["", *_KINDS.values(), "counts"], rows)
    for name, speed in result["dropped"].items():
        own, plain = _ms(speed["own"]), _ms(speed["plain"])
        yield f"{base(name)}: {own} ms with its own snippets, {plain} with plain ones; the faster counts."
    for name, reason in result["left out"].items():
        yield f"{name} is left out: {reason}."
    yield f"All questions were asked {result['repetitions']} times.\n"


def web_tables(result: dict[str, Any]) -> Iterator[str]:
    """Everything that was found out over HTTP about one size."""
    yield f"### {result['size']:,} records over HTTP\n\n{result['versions']}.\n"
    for kind, servers in result["kinds"].items():
        yield f"{_REQUESTS[kind]}:\n"
        head = ["connections", *(f"{name}, ms" for name in servers), *(f"{name}, requests/s" for name in servers)]
        head += [f"requests/s of ours to {name}" for name in servers if name != "ours"]
        rows = []
        for connections in servers["ours"]:
            found = {name: servers[name][connections] for name in servers}
            times = [f"{_ms(each['median'])} / {_ms(each['p95'])}" for each in found.values()]
            rates = [f"{each['rate']:.0f}" for each in found.values()]
            ratios = [_ratio(found["ours"]["rate"] / each["rate"]) for name, each in found.items() if name != "ours"]
            rows.append([connections, *times, *rates, *ratios])
        yield from _table(head, rows)
        sizes = ", ".join(f"{name} {_ms(by['1']['kB'])} kB" for name, by in servers.items())
        busy = max(each["busy"] for by in servers.values() for each in by.values())
        yield f"An answer: {sizes}. What asks was busy {busy:.0%} of the time at most.\n"


def machine() -> str:
    """This machine, the date and the Python in one line."""
    info = Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores of {model}, {memory:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def write(engines: list[dict[str, Any]], web: list[dict[str, Any]]) -> None:
    """Put the results into README.md in place of the former ones."""
    measured = [pair for result in engines for pair in result["engines"].items()]
    versions = {base(name): engine["version"] for name, engine in measured}
    lines = [f"{machine()}.\n", *(f"- {name}: {version}" for name, version in versions.items()), ""]
    for result in engines:
        lines += engine_tables(result)
    for result in web:
        lines += web_tables(result)
    largest = max(engines, key=lambda result: result["size"])
    lines += ["### How well the made-up records fit the real ones\n", largest["fit"]]
    text = README.read_text(encoding="utf-8")
    before, after = text.split(_START)[0], text.split(_END)[1]
    README.write_text(f"{before}{_START}\n\n" + "\n".join(lines).strip() + f"\n\n{_END}{after}", encoding="utf-8")
