"""Waiting for what happens elsewhere, with an end."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def eventually(condition: Callable[[], _T], *, seconds: float = 20.0) -> _T:
    """Return what ``condition`` returns once it is true; fails when it never is."""
    give_up = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < give_up, "it never came"
        threading.Event().wait(0.02)
    return found
