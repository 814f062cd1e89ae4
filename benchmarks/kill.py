"""Kills whoever writes the index, again and again, and looks at what is left.

    python -m benchmarks.kill 200

A process changes an index in a temporary folder without end and is killed at a random moment. Then the index has to be
that of the last state the process was told is in force, or of the one it was making: whole, to the byte, with nothing
to mend and no process left behind. The next change has to succeed at once, and to clear up.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hub.config import ROOT
from hub.engine import Document, Edition
from hub.engine.whoosh import store, write
from hub.engine.whoosh.engine import WhooshEngine
from hub.query import SearchRequest
from hub.record import parse_record

CASES = 90  # ids there can be; a page of results holds all
PERIOD = 9  # states after which every case was changed or removed
WAYS = {"updates": 0.8, "builds": 0.8, "shared builds": 2.5}  # seconds within which a process is killed
PATIENCE = 30  # seconds until whatever a killed process started must have ended


class Failure(Exception):
    """Something is not as it has to be."""


# -- what the index holds in each state, which are numbered


def _version(case: int, state: int) -> int:
    """The state in which a case was changed last."""
    return state - (state - case) % PERIOD


def _word(state: int) -> str:
    """What the title of a case that was changed in a state says; of those before the first no minus, nor a hyphen."""
    return f"state{state + PERIOD}"


def _held(state: int) -> list[int]:
    return [case for case in range(CASES) if (_version(case, state) // PERIOD + case) % 4]


def _document(case: int, state: int) -> Document:
    version = _version(case, state)
    day = {"harvester": "test", "first_seen": "2026-01-01", "last_seen": "2026-01-01"}
    data = {
        "id": f"case-{case}",
        "status": "published",
        "type": "tool",
        "language": "en",
        "title": f"Case {case} of {_word(version)}",
        "abstract": "Reed grows. " * (1 + case % 7),
        "source": "test",
        "url": "https://example.org/",
        "provenance": day,
    }
    return Document(parse_record(data, f"case-{case}.yaml"), {"year": (str(2000 + version % 9),)}, (), f"{version}")


def _edition(state: int) -> Edition:
    return Edition(str(state), {}, {}, ())


def build(engine: WhooshEngine, state: int) -> None:
    """Make the index of a state from nothing."""
    engine.build((_document(case, state) for case in _held(state)), _edition(state))


def update(engine: WhooshEngine, state: int) -> None:
    """Bring the index from the state before to this one."""
    turn = [case for case in range(CASES) if _version(case, state) == state]
    held = set(_held(state))
    changed = [_document(case, state) for case in turn if case in held]
    removed = [f"case-{case}" for case in turn if case not in held]
    engine.update(changed, removed, _edition(state), engine.info().generation)


def check(folder: Path) -> int:
    """Which state is in force; all of it has to be there, and nothing else."""
    engine = WhooshEngine(folder)
    state = int(engine.info().revision)
    documents = [_document(case, state) for case in _held(state)]
    if damages := write.damages(store.current(folder)):
        raise Failure(f"damaged: {', '.join(map(str, damages))}")
    if mended := engine.repair():
        raise Failure(f"was not whole: {mended}")
    if dict(engine.fingerprints()) != {document.record.id: document.fingerprint for document in documents}:
        raise Failure(f"other documents than those of state {state}")
    results = engine.search(SearchRequest("reed", facets=("year",), per_page=CASES))
    if {hit.record.title for hit in results.hits} != {document.record.title for document in documents}:
        raise Failure(f"a search finds something else than state {state}")
    if results.facets["year"].values != Counter(value for document in documents for value in document.facets["year"]):
        raise Failure(f"facets are counted differently from state {state}")
    recent = engine.search(SearchRequest(_word(state)))
    if recent.total != sum(document.record.title.endswith(_word(state)) for document in documents):
        raise Failure(f"what changed in state {state} is not found")
    return state


# -- the process that is killed


def work(folder: Path, way: str) -> None:
    """Make one state after the other, and say so before and after."""
    engine, soon = WhooshEngine(folder), write.SOON
    if way == "shared builds":
        write.ALONE, write.BATCH = 1, 10
        os.cpu_count = lambda: 2
    state = int(engine.info().revision)
    while True:
        state += 1
        write.SOON = soon if state % 2 else 0  # every second time segments are merged in a step of their own
        print(f"making {state}", flush=True)
        (update if way == "updates" else build)(engine, state)
        print(f"made {state}", flush=True)


# -- whoever kills it


@dataclass(frozen=True)
class Outcome:
    """How a process was killed: in the middle of making a state, and whether that was in force already."""

    way: str
    made: int
    making: bool
    ahead: bool


def kill(folder: Path, way: str, rng: random.Random) -> Outcome:
    """One process, from its start to the first change after its end. Raises Failure."""
    before = check(folder)
    command = [sys.executable, "-m", "benchmarks.kill", "--work", str(folder), way]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    with process:
        assert process.stdout
        first = process.stdout.readline()
        time.sleep(rng.uniform(0, WAYS[way]))
        process.kill()
        process.wait()
        # At once, as long as what the killed process started may still be there, or a little later.
        served = check(folder) if rng.random() < 0.5 else int(WhooshEngine(folder).info().revision)
        update(WhooshEngine(folder), served + 1)
        try:  # ends when nobody is left who could write to it
            said, complaints = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failure("processes were left behind") from None
    if process.returncode != -signal.SIGKILL:
        raise Failure(f"the process ended by itself: {complaints.strip()[-500:]}")
    outcome = _outcome(way, before, (first + said).splitlines(), served)
    if check(folder) != served + 1:
        raise Failure(f"the change after state {served} is not served")
    if left := [path.name for path in folder.iterdir() if path.name.startswith("unfinished")]:
        raise Failure(f"left behind: {', '.join(left)}")
    return outcome


def _outcome(way: str, before: int, said: list[str], served: int) -> Outcome:
    """What a process said it had made and was making, held against what is served."""
    words = [line.split() for line in said]
    made = [before, *(int(state) for what, state in words if what == "made")]
    making = int(words[-1][1]) if words[-1][0] == "making" else None
    if served not in {made[-1], making}:
        raise Failure(f"state {served} is served after {made[-1]} was in force and {making} in the making")
    return Outcome(way, len(made) - 1, making is not None, served != made[-1])


def rounds(count: int, folder: Path, rng: random.Random) -> Iterator[Outcome]:
    """Kill so many processes one after the other, each of the next way."""
    build(WhooshEngine(folder), 1)
    for number in range(count):
        yield kill(folder, list(WAYS)[number % len(WAYS)], rng)


def main() -> None:
    """Kill as often as is asked, print a summary; end with an error where anything was not as it has to be."""
    if sys.argv[1] == "--work":
        work(Path(sys.argv[2]), sys.argv[3])
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    folder, outcomes = Path(tempfile.mkdtemp(prefix="kill-")), []
    try:
        for outcome in rounds(count, folder, random.Random(seed)):
            outcomes.append(outcome)
            if len(outcomes) % 20 == 0:
                print(f"{len(outcomes)} killed", flush=True)
    except Exception:  # whatever it is, the index did not survive
        traceback.print_exc()
        sys.exit(f"Kill {len(outcomes) + 1} of seed {seed} left an index that is not as it has to be, in {folder}")
    shutil.rmtree(folder)
    for way in WAYS:
        own = [outcome for outcome in outcomes if outcome.way == way]
        made, making, ahead = (sum(getattr(one, name) for one in own) for name in ("made", "making", "ahead"))
        print(f"{way}: {len(own)} killed after {made} states, {making} while making one, {ahead} with that in force")
    print(f"After each of {count} kills the index was whole and the next change succeeded")


if __name__ == "__main__":
    main()
