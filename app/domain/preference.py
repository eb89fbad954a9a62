"""Preferences: which of several answers is better, as groups from best to worst."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import combinations
from typing import TypeVar

T = TypeVar("T")


class PairVerdict(StrEnum):
    """What a comparison of two came to."""

    BETTER = "better"
    TIE = "tie"
    BOTH_BAD = "both_bad"


def pairs(ranking: Sequence[Sequence[T]]) -> Iterator[tuple[T, T]]:
    """Yield every (better, worse); what stands in one group is not told apart."""
    for higher, lower in combinations(ranking, 2):
        yield from ((better, worse) for better in higher for worse in lower)
