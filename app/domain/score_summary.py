"""Scores summed up one after the other: how many, mean, spread and distribution."""

from collections import Counter
from typing import Any

from app.domain.scale import CategoricalScale, NumericScale, Scale, is_fine, place_on

_DIGITS = 9


class ScoreSummary:
    """What is said of scores on one scale; memory does not grow with their number.

    Mean and spread are of numbers, of a boolean scale the share of true; words have neither.
    Source of the updating: Welford, "Note on a method for calculating corrected sums" (1962).
    """

    def __init__(self, scale: Scale) -> None:
        """Begin without scores."""
        self._scale = scale
        self._mean = self._squares = 0.0
        self._counts: Counter[Any] = Counter()
        self.n = 0

    def add(self, score: Any, *, times: int) -> None:
        """Count a score that was given so many times."""
        self.n += times
        self._counts[self._told(score)] += times
        if not isinstance(self._scale, CategoricalScale):
            apart = score - self._mean
            self._mean += times * apart / self.n
            self._squares += times * apart * (score - self._mean)

    @property
    def mean(self) -> float | None:
        """Return the mean, None for words and for nothing."""
        is_number = self.n and not isinstance(self._scale, CategoricalScale)
        return self._mean if is_number else None

    @property
    def spread(self) -> float | None:
        """Return the standard deviation of the sample, None for words and for a single one."""
        if self.n < 2 or isinstance(self._scale, CategoricalScale):
            return None
        return float((max(self._squares, 0.0) / (self.n - 1)) ** 0.5)

    @property
    def distribution(self) -> list[dict[str, Any]]:
        """Return how often each score was given, from the lowest to the highest."""
        ordered = sorted(self._counts, key=self._scale.position)
        return [{"score": score, "n": self._counts[score]} for score in ordered]

    def _told(self, score: Any) -> Any:
        """Return the score, of a fine scale the hundredth where it lies."""
        if not (isinstance(self._scale, NumericScale) and is_fine(self._scale)):
            return score
        span = self._scale.most - self._scale.least
        return round(self._scale.least + place_on(self._scale, score) * span, _DIGITS)
