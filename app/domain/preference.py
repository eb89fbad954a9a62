"""Preferences: which of several answers is better."""

from enum import StrEnum


class PairVerdict(StrEnum):
    """What a comparison of two came to."""

    BETTER = "better"
    TIE = "tie"
    BOTH_BAD = "both_bad"
