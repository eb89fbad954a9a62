"""Tables of figures with their ratio to a baseline of the same run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One measurement: answers a second and median milliseconds at so many clients."""

    name: str
    clients: int
    per_second: float
    p50: float


def table(title: str, lines: Sequence[Line], *, baseline: str) -> None:
    """Print ``lines``; ratios are to ``baseline`` at the same number of clients."""
    limits = {line.clients: line for line in lines if line.name == baseline}
    print(f"\n{title}\n")
    print(f"{'':32}{'clients':>8}{'per s':>10}{'ratio':>8}{'p50 ms':>10}{'ratio':>8}")
    for line in lines:
        limit = limits[line.clients]
        rate, wait = line.per_second / limit.per_second, line.p50 / limit.p50
        print(
            f"{line.name:32}{line.clients:>8}{line.per_second:>10.0f}{rate:>8.2f}"
            f"{line.p50:>10.2f}{wait:>8.2f}"
        )
