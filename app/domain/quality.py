"""Quality: which part of somebody's decided feedback holds up, told with care."""

from app.domain.proportions import Share, interval

# 95 %, in the digits that quality has been told with from the first day.
_Z = 1.96


def wilson_lower_bound(successes: int, trials: int) -> float | None:
    """Return the lower end of Wilson's interval at 95 %; None where nothing was tried.

    1 of 1 gives .207, 100 of 100 .963: little evidence counts little.
    """
    if trials == 0:
        return None
    return interval(Share(part=successes, whole=trials), z=_Z)[0]
