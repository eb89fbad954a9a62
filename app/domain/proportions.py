"""Two proportions and how far apart they are, with an interval that is right for few of either.

Sources: Wilson, "Probable inference" (1927), for the interval of one; Newcombe, "Interval
estimation for the difference between independent proportions" (1998), method 10, for two.
"""

from dataclasses import dataclass
from math import hypot, sqrt

# 95 % of a normal distribution lie within as many standard deviations.
_NINETY_FIVE = 1.959964


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many out of so many; at least one."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The proportion."""
        return self.part / self.whole


def interval(share: Share, *, z: float = _NINETY_FIVE) -> tuple[float, float]:
    """Return Wilson's interval of a proportion: as wide as ``z`` standard deviations say."""
    whole, spread = share.whole, z * z
    middle = share.value + spread / (2 * whole)
    half = z * sqrt(share.value * (1 - share.value) / whole + spread / (4 * whole * whole))
    scale = 1 + spread / whole
    # Rounding would leave none of some just beside nought, and all of all beside one.
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def difference(one: Share, other: Share) -> tuple[float, float, float]:
    """Return by how much ``one`` is larger, and the 95 % interval of that."""
    found = one.value - other.value
    (low, high), (other_low, other_high) = interval(one), interval(other)
    below = hypot(one.value - low, other_high - other.value)
    above = hypot(high - one.value, other.value - other_low)
    return found, found - below, found + above
