"""Weights: how far a record can be relied upon."""

from collections.abc import Collection
from statistics import fmean

from app.domain.shapes.row import Choice


def mean_weight(choices: Collection[Choice]) -> float:
    """Return the mean weight of the people who chose."""
    return fmean(one.weight for one in choices) if choices else 1.0
