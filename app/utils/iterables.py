"""Iterables taken a number at a time."""

from collections.abc import Iterable, Iterator
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
