"""When a queue will be empty, as far as the days behind it say, or that they do not.

The forecast goes on from the mean of the days, with a 95 % interval of that mean by Student's
t: days differ much, so the interval is wide, and often open at its end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import fmean, stdev

# Normal quantile for 95 %, and the fewest days that a week's rhythm shows in.
_Z = 1.959964
_FEWEST_DAYS = 7
# Nobody believes more; and dates have an end.
_FURTHEST = 3_650.0


class Outlook(StrEnum):
    """What becomes of a queue; ``unclear``: the days allow both, ``unknown``: too few days."""

    EMPTY = "empty"
    SHRINKS = "shrinks"
    GROWS = "grows"
    UNCLEAR = "unclear"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What becomes of a queue; ``latest`` is None where it may never be empty.

    ``net_per_day`` is by how much it grows (below 0: shrinks), from ``net_least`` to
    ``net_most`` with 95 % confidence.
    """

    outlook: Outlook
    days: int
    net_per_day: float | None = None
    net_least: float | None = None
    net_most: float | None = None
    empty_at: datetime | None = None
    earliest: datetime | None = None
    latest: datetime | None = None


def forecast(waiting: int, *, nets: Sequence[int], now: datetime) -> Forecast:
    """Return what becomes of ``waiting`` items; ``nets`` are by how many they grew each day."""
    days = len(nets)
    if days < _FEWEST_DAYS:
        return Forecast(outlook=Outlook.UNKNOWN if waiting else Outlook.EMPTY, days=days)
    mean = fmean(nets)
    half = _t_quantile(days - 1) * stdev(nets) / days**0.5
    least, most = mean - half, mean + half
    ends = {
        "empty_at": _empty_at(waiting, mean, now),
        "earliest": _empty_at(waiting, least, now),
        "latest": _empty_at(waiting, most, now),
    }
    return Forecast(
        outlook=_outlook(waiting, least, most),
        days=days,
        net_per_day=mean,
        net_least=least,
        net_most=most,
        **(ends if waiting else {}),
    )


def _outlook(waiting: int, least: float, most: float) -> Outlook:
    if not waiting:
        return Outlook.EMPTY
    if most < 0:
        return Outlook.SHRINKS
    return Outlook.GROWS if least > 0 else Outlook.UNCLEAR


def _empty_at(waiting: int, net: float, now: datetime) -> datetime | None:
    if net >= 0 or waiting / -net > _FURTHEST:
        return None
    return now + timedelta(days=waiting / -net)


def _t_quantile(degrees: int) -> float:
    """Return the two-sided 95 % quantile of Student's t.

    Source: the expansion in Abramowitz and Stegun 26.7.5; within 0.1 % from 6 degrees on.
    """
    first = (_Z**3 + _Z) / 4
    second = (5 * _Z**5 + 16 * _Z**3 + 3 * _Z) / 96
    third = (3 * _Z**7 + 19 * _Z**5 + 17 * _Z**3 - 15 * _Z) / 384
    return _Z + first / degrees + second / degrees**2 + third / degrees**3
