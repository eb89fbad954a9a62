"""Evidence that somebody did much more in a while than they usually do. It is no verdict.

A window slides over the moments; its fullest place is compared with the median of the windows
in which the person did anything at all, so nights and holidays make nobody a suspect.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# Fewer windows than this say nothing of what is usual for somebody.
_ENOUGH_WINDOWS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The fullest window: ``count`` moments from ``start`` to ``end`` (seconds, as given).

    ``usual`` is the number it is compared with, ``ratio`` how many times that it is. ``windows``
    is out of how many windows ``usual`` is the median; 0 where it is other people's.
    """

    start: float
    end: float
    count: int
    usual: float
    ratio: float
    windows: int


def fullest_burst(
    moments: Sequence[float], *, window: float, others_usual: float | None = None
) -> Burst | None:
    """Return the fullest ``window`` seconds of ``moments`` (seconds), or None without a moment.

    Of somebody with few windows of their own ``others_usual`` is the usual number, if given:
    a newcomer's first burst would else be compared with itself.
    """
    if not len(moments):
        return None
    times = np.sort(np.asarray(moments, dtype=float))
    # A window holds what lies less than its length after its first moment.
    ends = np.searchsorted(times, times + window, side="left")
    counts = np.maximum(1, ends - np.arange(len(times)))
    place = int(counts.argmax())
    count = int(counts[place])
    usual, windows = _usual(times, window, others_usual)
    return Burst(
        start=float(times[place]),
        end=float(times[place + count - 1]),
        count=count,
        usual=usual,
        ratio=count / usual,
        windows=windows,
    )


def _usual(times: np.ndarray, window: float, others_usual: float | None) -> tuple[float, int]:
    """Return the median of the windows that hold anything, and how many those are."""
    _, counts = np.unique((times - times[0]) // window, return_counts=True)
    if len(counts) < _ENOUGH_WINDOWS and others_usual:
        return others_usual, 0
    return float(np.median(counts)), len(counts)
