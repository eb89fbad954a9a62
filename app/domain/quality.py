"""Quality: which part of somebody's decided feedback holds up, told with care."""

from math import sqrt

# 95 %: one in forty is better than this says.
_Z = 1.96


def wilson_lower_bound(successes: int, trials: int) -> float | None:
    """Return the lower end of Wilson's interval at 95 %; None where nothing was tried.

    1 of 1 gives .207, 100 of 100 .963: little evidence counts little. Source: Wilson,
    "Probable Inference, the Law of Succession, and Statistical Inference" (1927).
    """
    if trials == 0:
        return None
    share, square = successes / trials, _Z**2
    middle = share + square / (2 * trials)
    spread = _Z * sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    # Rounding would leave nought of nought successes just beside nought.
    return max(0.0, (middle - spread) / (1 + square / trials))
