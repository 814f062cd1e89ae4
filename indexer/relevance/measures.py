"""How right one ranking is, and many: nDCG, reciprocal rank, recall, success. Pure functions of ids and grades."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import astuple

FIRST, MORE = 10, 20  # hits that nDCG and the reciprocal rank look at, and recall


class Scores(Struct, frozen=True):
    """The measures of one ranking, or their means over several; each from 0 to 1."""

    ndcg: float
    mrr: float
    recall: float
    success: float


# Field of `Scores` -> what it is called where it is shown.
MEASURES = {"ndcg": f"nDCG@{FIRST}", "mrr": f"MRR@{FIRST}", "recall": f"recall@{MORE}", "success": "success@1"}


def scores(ranking: Sequence[str], grades: Mapping[str, int]) -> Scores:
    """The measures of a ranking, best first, by the grades (above 0) of the records that answer; there is at least one.

    The gain of a record is its grade, discounted by the logarithm of its rank; all else counts every grade alike.
    """
    ideal = sorted(grades.values(), reverse=True)[:FIRST]
    ranks = [rank for rank, record in enumerate(ranking, 1) if record in grades]
    first = ranks[0] if ranks else math.inf
    return Scores(
        ndcg=_gain(grades.get(record, 0) for record in ranking[:FIRST]) / _gain(ideal),
        mrr=1 / first if first <= FIRST else 0.0,
        recall=sum(rank <= MORE for rank in ranks) / len(grades),
        success=float(first == 1),
    )


def _gain(grades: Iterable[int]) -> float:
    return sum(grade / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def mean(several: Sequence[Scores]) -> Scores:
    """The mean of each measure; 0 where there is nothing to take it of."""
    columns = zip(*map(astuple, several), strict=True)
    return Scores(*(sum(column) / len(several) for column in columns)) if several else Scores(0.0, 0.0, 0.0, 0.0)
