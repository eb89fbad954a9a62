"""Whether this process is about to stop, and by when it has to be done."""

import math
import time

_until = math.inf


def begin(seconds: float) -> None:
    """Say that what runs on after ``seconds`` is cut; the first to say so is right."""
    global _until  # noqa: PLW0603  # A process stops once, and everything in it.
    _until = min(_until, time.monotonic() + seconds)


def is_over() -> bool:
    """Say whether whatever still runs must end now."""
    return time.monotonic() >= _until


def is_coming() -> bool:
    """Say whether the process has been told to stop."""
    return _until != math.inf


def forget() -> None:
    """Go on as if nobody had said so."""
    global _until  # noqa: PLW0603
    _until = math.inf
