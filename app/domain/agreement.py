"""Agreement between raters: Krippendorff's alpha with missing answers allowed.

Source: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.utils.iterables import batched

Matrix: TypeAlias = NDArray[np.float64]

_PAIR = 2
# Units are counted this many at a time, so memory does not grow with their number.
_BATCH = 4096

Undefined: TypeAlias = Literal["nothing_rated_twice", "nobody_differed"]
Pattern: TypeAlias = tuple[Sequence[float], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alpha:
    """Alpha, or why it is not defined; ``units`` were rated by two or more, ``ratings`` times."""

    value: float | None
    undefined: Undefined | None
    units: int
    ratings: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coincidences:
    """How often each two values met in a unit, and in how many units any did."""

    met: Matrix
    units: int


def coincidences(patterns: Iterable[Pattern], *, size: int) -> Coincidences:
    """Return what met in units that are told as patterns: the counts of their ratings for each
    of ``size`` values, and how many units have just those.

    Time grows with the number of patterns and not with that of raters; memory does with neither.
    """
    met = np.zeros((size, size))
    pairable = 0
    for counts, times in _batches(patterns):
        sums = counts.sum(axis=1)
        several = sums >= _PAIR
        kept, often = counts[several], times[several]
        weighted = kept * (often / (sums[several] - 1))[:, np.newaxis]
        met += kept.T @ weighted - np.diag(weighted.sum(axis=0))
        pairable += int(often.sum())
    return Coincidences(met=met, units=pairable)


def alpha_of(found: Coincidences, *, values: Sequence[float], level: str) -> Alpha:
    """Return alpha of what met.

    ``values`` are ascending; ``level`` is ``nominal``, ``ordinal`` or ``interval``.
    """
    marginals = found.met.sum(axis=1)
    total = marginals.sum()
    # The marginals add up to the ratings that met another one.
    said = {"units": found.units, "ratings": round(total)}
    if not found.units:
        return Alpha(value=None, undefined="nothing_rated_twice", **said)
    distances = _DISTANCES[level](np.asarray(values, dtype=float), marginals)
    expected = ((np.outer(marginals, marginals) - np.diag(marginals)) * distances).sum()
    if not expected:
        return Alpha(value=None, undefined="nobody_differed", **said)
    alpha = 1 - (total - 1) * (found.met * distances).sum() / expected
    return Alpha(value=float(alpha), undefined=None, **said)


def _batches(patterns: Iterable[Pattern]) -> Iterator[tuple[Matrix, Matrix]]:
    for batch in batched(patterns, _BATCH):
        counts = np.array([pattern[0] for pattern in batch], dtype=float)
        yield counts, np.array([pattern[1] for pattern in batch], dtype=float)


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
