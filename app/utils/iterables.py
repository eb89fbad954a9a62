"""Iterables taken a number at a time."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")


def batched(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """Yield lists of ``size`` items, the last one of what is left; never an empty one.

    Nothing is taken before it is asked for: itertools has the like from Python 3.12 on.
    """
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


def filled(
    items: Iterable[_T], *, most: int, room: int, size: Callable[[_T], int]
) -> Iterator[list[_T]]:
    """Yield lists of ``most`` items, or of fewer that take more than ``room`` together.

    The last one has what is left; none is empty.
    """
    some: list[_T] = []
    taken = 0
    for item in items:
        some.append(item)
        taken += size(item)
        if len(some) == most or taken > room:
            yield some
            some, taken = [], 0
    if some:
        yield some
