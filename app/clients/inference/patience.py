"""Asking again who was not ready, for as long as there is time, and never in step."""

import random
from collections.abc import Callable, Iterator
from typing import TypeVar

import stamina

from app.clients.inference.base import InferenceError
from app.domain.deadline import Deadline

_T = TypeVar("_T")
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0


def patiently(call: Callable[[], _T], deadline: Deadline) -> _T:
    """Call until the model is ready or the deadline leaves no time to wait for it.

    Nothing but ``model_not_ready`` is tried again: after all else, a model may have run.
    """
    times = waits(_FIRST_WAIT, longest=_LONGEST_WAIT)

    def wait_after(error: Exception) -> float | bool:
        is_passing = isinstance(error, InferenceError) and error.code == "model_not_ready"
        seconds = next(times)
        return seconds if is_passing and seconds < deadline.remaining() else False

    # The deadline is looked at above. Without arguments: the library would log them.
    return stamina.RetryingCaller(attempts=None, timeout=None)(wait_after, call)


def waits(first: float, *, longest: float) -> Iterator[float]:
    """Yield how many seconds to wait, longer from time to time, by up to half more or less."""
    usual = first
    while True:
        yield usual * random.uniform(0.5, 1.5)  # noqa: S311  # Nobody gains by guessing it.
        usual = min(longest, 1.5 * usual)
