"""Cohen's kappa between two raters, and for every two raters who share items.

Sources: Cohen, "A coefficient of agreement for nominal scales" (1960), and "Weighted kappa"
(1968): disagreements weigh by the square of their distance, or all alike.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.domain.votes import Matrix, Places, Votes

Weights: TypeAlias = Literal["unweighted", "quadratic"]
Undefined: TypeAlias = Literal["nothing_shared", "nobody_differed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Kappa over ``items`` rated by both, or why it is not defined."""

    value: float | None
    undefined: Undefined | None
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PairKappa:
    """Kappa between two raters; ``one`` comes before ``other``."""

    one: str
    other: str
    kappa: Kappa


def cohen_kappa(table: Matrix, *, values: Sequence[float], weights: Weights) -> Kappa:
    """Return kappa of ``table``: how often one rater said the row and the other the column.

    ``values`` are the numbers that rows and columns stand for; only ``quadratic`` reads them.
    """
    items = table.sum()
    if not items:
        return Kappa(value=None, undefined="nothing_shared", items=0)
    distances = _distances(np.asarray(values, dtype=float), weights)
    expected = (np.outer(table.sum(axis=1), table.sum(axis=0)) * distances).sum() / items
    if not expected:
        return Kappa(value=None, undefined="nobody_differed", items=round(items))
    value = 1 - (table * distances).sum() / expected
    return Kappa(value=float(value), undefined=None, items=round(items))


def pairwise_kappas(
    votes: Votes, *, values: Sequence[float], weights: Weights
) -> Iterator[PairKappa]:
    """Yield kappa for each two raters who share an item, in the order of their names.

    ``values`` are the numbers of the votes' labels. A rater has one vote an item. Cost grows
    with the pairs of votes that items hold, not with the square of the raters.
    """
    size = len(votes.label_names)
    raters = len(votes.rater_names)
    met, counts = _pairs(votes)
    pairs, cells = np.divmod(met, size * size)
    for start, end in pairwise(np.flatnonzero(np.diff(pairs, prepend=-1, append=-1))):
        table = np.zeros(size * size)
        table[cells[start:end]] = counts[start:end]
        one, other = divmod(int(pairs[start]), raters)
        yield PairKappa(
            one=votes.rater_names[one],
            other=votes.rater_names[other],
            kappa=cohen_kappa(table.reshape(size, size), values=values, weights=weights),
        )


def _pairs(votes: Votes) -> tuple[Places, Places]:
    """Return each (rater, other rater, label, other label) that met, as a number, and how often.

    Votes lie by item and rater: those of one item meet when the list is laid beside itself,
    moved by one, by two and so on.
    """
    met, counts = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    step = 1
    while (same := votes.items[step:] == votes.items[:-step]).any():
        more, times = np.unique(_met(votes, step, same), return_counts=True)
        # Added up at each step, so what is held are the kinds of meetings, not all of them.
        met, places = np.unique(np.concatenate([met, more]), return_inverse=True)
        counts = np.bincount(places, np.concatenate([counts, times])).astype(np.int64)
        step += 1
    return met, counts


def _met(votes: Votes, step: int, same: NDArray[np.bool_]) -> Places:
    size = len(votes.label_names)
    one, other = votes.raters[:-step][same], votes.raters[step:][same]
    said, also = votes.labels[:-step][same], votes.labels[step:][same]
    return ((one * len(votes.rater_names) + other) * size + said) * size + also


def _distances(values: Matrix, weights: Weights) -> Matrix:
    if weights == "unweighted":
        return np.asarray(1.0 - np.eye(len(values)))
    return np.asarray(np.subtract.outer(values, values) ** 2)
