"""Agreement between raters: Krippendorff's alpha with missing answers allowed.

Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]

_PAIR = 2
# Units are counted this many at a time, so memory does not grow with their number.
_BATCH = 4096

Undefined: TypeAlias = Literal["nothing_rated_twice", "nobody_differed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """Alpha, or why it is not defined; ``units`` were rated by two or more, ``ratings`` times."""

    value: float | None
    undefined: Undefined | None
    units: int
    ratings: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Alpha (None where it is not defined), its level, and what it was computed from."""

    alpha: float | None
    level: str
    items: int
    raters: int


def krippendorff_alpha(
    units: Iterable[Sequence[float]], *, values: Sequence[float], level: str
) -> Alpha:
    """Return alpha over ``units``.

    A unit is the counts of its ratings per value, in the order of ``values`` (ascending).
    ``level`` is ``nominal``, ``ordinal`` or ``interval``. Time grows with the number of units
    and not with that of raters; memory does with neither.
    """
    met, pairable = _coincidences(units, len(values))
    marginals = met.sum(axis=1)
    total = marginals.sum()
    # The marginals add up to the ratings that met another one.
    found = {"units": pairable, "ratings": round(total)}
    if not pairable:
        return Alpha(value=None, undefined="nothing_rated_twice", **found)
    distances = _DISTANCES[level](np.asarray(values, dtype=float), marginals)
    expected = ((np.outer(marginals, marginals) - np.diag(marginals)) * distances).sum()
    if not expected:
        return Alpha(value=None, undefined="nobody_differed", **found)
    alpha = 1 - (total - 1) * (met * distances).sum() / expected
    return Alpha(value=float(alpha), undefined=None, **found)


def _coincidences(units: Iterable[Sequence[float]], size: int) -> tuple[Matrix, int]:
    """Return how often each two values met in a unit, and in how many units any did."""
    met = np.zeros((size, size))
    pairable = 0
    for batch in _batches(units):
        counts = batch[batch.sum(axis=1) >= _PAIR]
        weighted = counts / (counts.sum(axis=1, keepdims=True) - 1)
        met += counts.T @ weighted - np.diag(weighted.sum(axis=0))
        pairable += len(counts)
    return met, pairable


def _batches(units: Iterable[Sequence[float]]) -> Iterator[Matrix]:
    left = iter(units)
    while batch := list(islice(left, _BATCH)):
        yield np.array(batch, dtype=float)


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
