"""Measures the hub's engine beside others on one corpus: build, memory, and every kind of search.

    python -m benchmarks.run 1000

Every engine is a live process. Questions are asked in small lots, the engines taking turns in an order that changes
all the time, so that whatever else the machine does hits all alike.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks import corpus, queries
from benchmarks.engines import ENGINES, ROOT, Ended, Process, base
from benchmarks.fit import tables
from benchmarks.measure import Clock, geometric_mean, percentile
from benchmarks.peers import read_queries
from benchmarks.queries import ASKED, KINDS, WARM_UP

LOT = 20
LOT_MS = 2_000  # a slow engine gets a lot of about this length a repetition and kind, at least three questions
SLOW = 20  # milliseconds a question; a slower peer is asked fewer
FEWEST, MOST = 4, 8  # repetitions; they end when the ratios between the engines stand still
STEADY = 0.02
LONGEST_BUILD = 10 * 60  # seconds
CHANGES = 5


def say(text: str) -> None:
    """Print progress."""
    print(text, flush=True)


# -- building


def _state(name: str, where: Path) -> str:
    """Changes with whatever an index is made from."""
    engine = ENGINES[name]
    here = ROOT / "benchmarks"
    code = [ROOT / "constraints.txt", where / "about.json", here / "worker.py", here / "peers" / "columns.py"]
    code.append(here / "peers" / f"{engine.module}.py")
    if name == "ours":
        code += sorted([*(ROOT / "hub").glob("*.py"), *(ROOT / "hub" / "engine").rglob("*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in code)).hexdigest()


def _expected(index: str, where: Path) -> float:
    """Seconds that a build will take, judged by the next smaller corpus; 0 where nothing is known."""
    size = int(where.name)
    smaller = [int(path.name) for path in where.parent.iterdir() if path.name.isdecimal() and int(path.name) < size]
    for other in sorted(smaller, reverse=True):
        if built := _builds(where.parent / str(other)).get(index):
            return float(built["seconds"] * size / other)
    return 0.0


def _builds(where: Path) -> dict[str, Any]:
    path = where / "builds.json"
    return json.loads(path.read_text()) if path.exists() else {}


def build(where: Path, names: list[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Build every index that is not there as it should be: what each took, and why some are left out."""
    builds, left_out = _builds(where), {}
    for name in names:
        engine = ENGINES[name]
        state = _state(name, where)
        if builds.get(engine.index, {}).get("state") == state:
            say(f"  {name}: the index is there")
            continue
        if name != "ours" and _expected(engine.index, where) > LONGEST_BUILD:
            left_out[name] = "building would take more than 10 minutes"
            say(f"  {name} is left out: {left_out[name]}")
            continue
        try:
            process = Process(name, where)
            builds[engine.index] = process.do("build") | {"state": state}
            process.close()
        except Ended as error:
            if name == "ours":
                raise
            left_out[name] = f"could not be built or is not installed ({error})"
            say(f"  {name} is left out: {left_out[name]}")
            continue
        say(f"  {name}: built in {builds[engine.index]['seconds']:.1f} s, {builds[engine.index]['disk']} MB")
        (where / "builds.json").write_text(json.dumps(builds))
    return builds, left_out


# -- searching


Took = tuple[float, float]  # milliseconds on the wall, and of the processor


class Contest:
    """The engines that are measured and what was found out about them."""

    def __init__(self, where: Path, names: list[str]) -> None:
        self.where = where
        self.processes = {name: Process(name, where) for name in names}
        self.opened = {name: process.do("open") for name, process in self.processes.items()}
        self.usual: dict[str, float] = dict.fromkeys(names, 0.0)  # milliseconds a question, as far as is known
        # Engine -> kind -> one list for each repetition.
        self.took: dict[str, dict[str, list[list[Took]]]] = {name: defaultdict(list) for name in names}
        self.totals: dict[str, dict[str, dict[int, int]]] = {name: defaultdict(dict) for name in names}
        self.dropped: dict[str, dict[str, float]] = {}

    def _slow(self, name: str) -> bool:
        return base(name) != "ours" and self.usual[name] > SLOW

    def _lot(self, name: str, kind: str, numbers: list[int]) -> list[Took]:
        if self._slow(name):
            numbers = numbers[: max(3, int(LOT_MS / self.usual[name]))]
        answer = self.processes[name].do("run", kind=kind, numbers=numbers)
        self.totals[name][kind].update(zip(numbers, answer["totals"], strict=True))
        found: list[Took] = answer["ms"]
        return found

    def warm_up(self) -> None:
        """Ask questions of each kind that are not measured, and keep the faster of two variants of an engine."""
        medians: dict[str, list[float]] = defaultdict(list)
        for kind in KINDS:
            for name in self.processes:
                took = [
                    wall
                    for at in range(0, WARM_UP, LOT // 4)
                    if not (self._slow(name) and at)
                    for wall, _ in self._lot(name, f"{kind}, warm-up", list(range(at, at + LOT // 4)))
                ]
                medians[name].append(statistics.median(took))
                self.usual[name] = statistics.median(medians[name])
        for name in [name for name in self.processes if name.endswith("/plain")]:
            speed = {each: geometric_mean(medians[each]) for each in (base(name), name)}
            slower = max(speed, key=lambda each: speed[each])
            self.dropped[slower] = {"own": speed[base(name)], "plain": speed[name]}
            self.processes.pop(slower).close()

    def repeat(self) -> int:
        """Ask all questions again and again until the ratios between the engines stand still; how often that was."""
        before: dict[str, float] = {}
        for repetition in range(MOST):
            clock = Clock()
            self._once(random.Random(repetition))
            now = self._ratios()
            moved = max((abs(now[name] / before[name] - 1) for name in before), default=1.0)
            say(f"  repetition {repetition + 1}: {clock.wall:.0f} s, ratios moved by at most {moved:.1%}")
            before = now
            if repetition + 1 >= FEWEST and moved < STEADY:
                break
        return repetition + 1

    def _ratios(self) -> dict[str, float]:
        """Geometric mean of the medians of each peer, of those of ours."""
        medians = {name: {kind: found["median"] for kind, found in self.kinds(name).items()} for name in self.processes}
        ours = medians.pop("ours")
        return {name: geometric_mean([peer[kind] / ours[kind] for kind in ours]) for name, peer in medians.items()}

    def _once(self, rng: random.Random) -> None:
        names = list(self.processes)
        for kind in KINDS:
            numbers = list(range(ASKED[kind]))
            rng.shuffle(numbers)
            new: dict[str, list[Took]] = {name: [] for name in names}
            for at in range(0, len(numbers), LOT):
                rng.shuffle(names)
                for name in names:
                    if at == 0 or not self._slow(name):
                        new[name] += self._lot(name, kind, numbers[at : at + LOT])
            for name in names:
                if new[name]:
                    self.took[name][kind].append(new[name])

    def kinds(self, name: str) -> dict[str, dict[str, float]]:
        """Milliseconds of each kind of search by one engine, without the first time, of which there is the median."""
        found = {}
        for kind, lots in self.took[name].items():
            wall, processor = zip(*(took for lot in lots[1:] or lots for took in lot), strict=True)
            found[kind] = {
                "n": len(wall),
                "median": statistics.median(wall),
                "p95": percentile(wall, 0.95),
                "processor": statistics.median(processor),
                "processor p95": percentile(processor, 0.95),
                "first": statistics.median(took for took, _ in lots[0]),
            }
        return found

    def close(self) -> None:
        """End all workers."""
        for process in self.processes.values():
            process.close()


def agreement(contest: Contest) -> dict[str, dict[str, Any]]:
    """How far the totals of each peer are from ours, by kind; `counts`: whether facet counts are the same."""
    found: dict[str, dict[str, Any]] = {}
    ours = contest.totals["ours"]
    for name, totals in contest.totals.items():
        if base(name) == "ours" or name not in contest.processes:
            continue
        found[name] = {}
        for kind in KINDS:
            pairs = [(ours[kind][number], total) for number, total in totals[kind].items()]
            found[name][kind] = {
                "same": sum(a == b for a, b in pairs) / len(pairs),
                "difference": statistics.mean(abs(a - b) / max(a, b, 1) for a, b in pairs),
            }
        found[name]["counts"] = _same_counts(contest, name)
    return found


def _same_counts(contest: Contest, name: str) -> str:
    """Compare the counts of every facet that is not itself filtered, for some browsing questions."""
    asked, same = 10, 0
    path = contest.where / "queries.json"
    for number, query in enumerate(read_queries(path)["browse"][:asked]):
        answers = [contest.processes[each].do("answer", kind="browse", number=number) for each in ("ours", name)]
        own = {"region", "country"} if {"region", "country"} & query.filters.keys() else set()
        compared = [
            {facet: counts for facet, counts in answer["facets"].items() if facet not in own | query.filters.keys()}
            for answer in answers
        ]
        same += compared[0] == compared[1]
    return f"{same} of {asked}"


# -- what concerns ours alone


def sharing(where: Path) -> dict[str, dict[str, float]]:
    """Memory of one worker of ours alone, and of two at the same time, after the same questions."""
    first = Process("ours", where)
    found = {"alone": _asked(first)}
    second = Process("ours", where)
    found["second of two"] = _asked(second)
    found["first of two"] = first.do("memory")
    first.close()
    second.close()
    return found


def _asked(process: Process) -> dict[str, float]:
    process.do("open")
    for kind in KINDS:
        process.do("run", kind=kind, numbers=list(range(ASKED[kind])))
    return process.do("memory")


def changes(where: Path) -> dict[str, list[float]]:
    """Milliseconds from handing in one changed record until a search finds what is new in it, and until all is done."""
    process = Process("ours", where)
    found = process.do("change", times=CHANGES)
    process.close()
    return found


def measure(size: int) -> dict[str, Any]:
    """Everything about one size; kept beside the corpus."""
    say(f"{size} records: making corpus and questions")
    where = corpus.ensure(size)
    queries.write(where)
    say(tables(where))
    builds, left_out = build(where, [name for name in ENGINES if name == base(name)])
    contest = Contest(where, [name for name in ENGINES if base(name) not in left_out])
    say("  warming up")
    contest.warm_up()
    repetitions = contest.repeat()
    engines = {
        name: {
            "version": process.version,
            "build": builds[ENGINES[name].index],
            "open": contest.opened[name],
            "memory": process.do("memory"),
            "kinds": contest.kinds(name),
        }
        for name, process in contest.processes.items()
    }
    result = {
        "size": size,
        "fit": tables(where),
        "engines": engines,
        "repetitions": repetitions,
        "left out": left_out,
        "dropped": contest.dropped,
        "agreement": agreement(contest),
    }
    contest.close()
    say("  changes, and two workers at a time")
    result |= {"changes": changes(where), "sharing": sharing(where)}
    (where / "engines.json").write_text(json.dumps(result))
    return result


if __name__ == "__main__":
    from benchmarks.report import engine_tables

    for given in sys.argv[1:]:
        print("\n".join(engine_tables(measure(int(given)))))
