"""Moments that nobody chose, to be had again by the seed that is printed: CHANCE_SEED."""

import os
import random
import threading
import time


def chance() -> random.Random:
    """Return a source of random numbers, and print its seed."""
    seed = int(os.environ.get("CHANCE_SEED") or time.time_ns())
    print(f"CHANCE_SEED={seed}")  # noqa: T201  # pytest shows it with a failure.
    return random.Random(seed)


def pause(chances: random.Random, longest: float) -> float:
    """Let up to ``longest`` seconds go by: any moment, not a certain one; return how many."""
    seconds = chances.uniform(0, longest)
    threading.Event().wait(seconds)
    return seconds
