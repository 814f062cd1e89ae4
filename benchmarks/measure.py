"""Time, memory and disk space, from what Linux says of a process."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path


def memory() -> dict[str, float]:
    """What this process has in memory, in MB.

    `own` is what nobody else can have: heap and stacks. `files` is what is mapped from files, such as an index or a
    library: one copy serves every process that maps it. `pss` is own and the process's share of the rest.
    `private` is what only this process has mapped at the moment; clean file pages count here while it is alone.
    """
    status = _read("/proc/self/status")
    rollup = _read("/proc/self/smaps_rollup")
    return {
        "own": status["RssAnon"],
        "files": status["RssFile"],
        "pss": rollup["Pss"],
        "private": rollup["Private_Clean"] + rollup["Private_Dirty"],
        "shared": rollup["Shared_Clean"] + rollup["Shared_Dirty"],
    }


def _read(path: str) -> dict[str, float]:
    found = {}
    for line in Path(path).read_text().splitlines():
        name, _, value = line.partition(":")
        if value.endswith(" kB"):
            found[name] = round(int(value.split()[0]) / 1024, 1)
    return found


def disk(folder: Path) -> float:
    """Size of all files of a folder in MB; a file under two names counts once."""
    sizes = {(status := path.stat()).st_ino: status.st_size for path in folder.rglob("*") if path.is_file()}
    return round(sum(sizes.values()) / 1e6, 1)


def percentile(numbers: Sequence[float], share: float) -> float:
    """The number that this share of the others does not exceed."""
    return sorted(numbers)[min(len(numbers) - 1, int(len(numbers) * share))]


def geometric_mean(numbers: Sequence[float]) -> float:
    """The mean for ratios."""
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


class Clock:
    """Seconds since it was made, on the wall and of the processor."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    @property
    def wall(self) -> float:
        """Seconds that passed."""
        return time.perf_counter() - self._wall

    @property
    def processor(self) -> float:
        """Seconds that this process was at work; load from elsewhere does not lengthen them."""
        return time.process_time() - self._processor
