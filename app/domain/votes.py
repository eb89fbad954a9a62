"""Who gave which item which label, as arrays that arithmetic can be done on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Votes:
    """Votes as places in three lists of names; a vote is one entry of each of the arrays.

    Items and raters stand in ascending order of their names and votes by item and rater, so
    the order in which votes came in changes no figure.
    """

    item_names: tuple[str, ...]
    rater_names: tuple[str, ...]
    label_names: tuple[str, ...]
    items: Places
    raters: Places
    labels: Places

    @classmethod
    def of(cls, said: Iterable[tuple[str, str, str]], *, labels: Sequence[str]) -> "Votes":
        """Return the votes of (item, rater, label); ``labels`` are all that may be given.

        Raises KeyError for a label that is not among them.
        """
        votes = sorted(said)
        item_names = tuple(sorted({item for item, _, _ in votes}))
        rater_names = tuple(sorted({rater for _, rater, _ in votes}))
        return cls(
            item_names=item_names,
            rater_names=rater_names,
            label_names=tuple(labels),
            items=_places([item for item, _, _ in votes], item_names),
            raters=_places([rater for _, rater, _ in votes], rater_names),
            labels=_places([label for _, _, label in votes], tuple(labels)),
        )

    def counts(self) -> Matrix:
        """Return how often each item (row) was given each label (column)."""
        rows, columns = len(self.item_names), len(self.label_names)
        cells = self.items * columns + self.labels
        return np.bincount(cells, minlength=rows * columns).reshape(rows, columns).astype(float)


def _places(names: list[str], known: tuple[str, ...]) -> Places:
    at = {name: place for place, name in enumerate(known)}
    return np.array([at[name] for name in names], dtype=np.int64)
