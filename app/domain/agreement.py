"""Agreement between raters: Krippendorff's alpha with missing answers allowed.

Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]

_PAIR = 2


@dataclass(frozen=True, slots=True)
class Agreement:
    """Alpha (None where it is not defined), its level, and what it was computed from."""

    alpha: float | None
    level: str
    items: int
    raters: int


def krippendorff_alpha(
    units: Iterable[Sequence[int]], *, values: Sequence[float], level: str
) -> float | None:
    """Return alpha over ``units``, or None where no two ratings differ or meet.

    A unit is the counts of its ratings per value, in the order of ``values`` (ascending).
    ``level`` is ``nominal``, ``ordinal`` or ``interval``. Memory is one matrix of
    values x values whatever the number of units.
    """
    coincidences = _coincidences(units, len(values))
    marginals = coincidences.sum(axis=1)
    total = marginals.sum()
    if total <= 1:
        return None
    distances = _DISTANCES[level](np.asarray(values, dtype=float), marginals)
    expected = (np.outer(marginals, marginals) - np.diag(marginals)) * distances
    if not expected.sum():
        return None
    observed = (coincidences * distances).sum()
    return float(1 - (total - 1) * observed / expected.sum())


def _coincidences(units: Iterable[Sequence[int]], size: int) -> Matrix:
    matrix = np.zeros((size, size))
    for unit in units:
        counts = np.asarray(unit, dtype=float)
        raters = counts.sum()
        if raters >= _PAIR:
            matrix += (np.outer(counts, counts) - np.diag(counts)) / (raters - 1)
    return matrix


def _nominal(values: Matrix, _marginals: Matrix) -> Matrix:
    return 1.0 - np.eye(len(values))


def _interval(values: Matrix, _marginals: Matrix) -> Matrix:
    return np.asarray(np.subtract.outer(values, values) ** 2)


def _ordinal(_values: Matrix, marginals: Matrix) -> Matrix:
    ranks = np.cumsum(marginals) - marginals / 2
    return _interval(ranks, marginals)


_DISTANCES: dict[str, Callable[[Matrix, Matrix], Matrix]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
}
