"""A bound for what hostile texts and files cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bounded(seconds: float) -> Iterator[None]:
    """Fails when what is done within takes more processor time than this.

    To be set to ten times what it takes and more: this is to notice what grows without bounds, on any machine, however
    busy. How fast something is, is measured in `benchmarks/`.
    """
    begun = time.process_time()
    yield
    took = time.process_time() - begun
    assert took < seconds, f"took {took:.1f} s of processor time"
