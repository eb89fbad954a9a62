"""Evidence that somebody gives the same score whatever they judge. It is evidence, no verdict.

Source: Meade and Craig, "Identifying Careless Responses in Survey Data" (2012): the longest
string of equal answers; beside it the variance and Shannon's entropy of all of them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log2
from statistics import pvariance


@dataclass(frozen=True, slots=True, kw_only=True)
class StraightLine:
    """How alike ``scores`` scores are; None where there are none.

    ``entropy`` is in bits: 0 where all are the same. ``common`` is the most frequent score and
    ``common_share`` its part; ``longest_run`` is how many in a row were the same.
    """

    scores: int
    distinct: int
    variance: float | None
    entropy: float | None
    common: float | None
    common_share: float | None
    longest_run: int


def straight_line(scores: Sequence[float]) -> StraightLine:
    """Return how alike ``scores`` are, in the order in which they were given."""
    if not scores:
        return StraightLine(
            scores=0,
            distinct=0,
            variance=None,
            entropy=None,
            common=None,
            common_share=None,
            longest_run=0,
        )
    given = Counter(scores)
    # Of equally frequent scores the lowest is named, whatever came first.
    common, times = min(given.items(), key=lambda item: (-item[1], item[0]))
    return StraightLine(
        scores=len(scores),
        distinct=len(given),
        variance=float(pvariance(scores)),
        entropy=_entropy(list(given.values())),
        common=common,
        common_share=times / len(scores),
        longest_run=max(len(list(run)) for _, run in groupby(scores)),
    )


def _entropy(counts: Sequence[int]) -> float:
    total = sum(counts)
    return max(0.0, -sum(count / total * log2(count / total) for count in counts))
