"""Splits: which part of a version a row belongs to, so that no part knows of another's rows.

What a conversation or a person links stays together: rows are grouped into the connected
components of conversations and people, and a component goes where the hash of its oldest
conversation with a seed says. So a component stays where it is when more rows come, and shares
are met as far as components are many and small.
"""

from array import array
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from app.domain.components import Components

_WHOLE = 2**64


class People(StrEnum):
    """Whose rows stay together: everybody's who asked or judged, or only of those who asked."""

    EVERYBODY = "everybody"
    OWNERS = "owners"


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """What is asked: the share of each part, in order, and what the draw depends on."""

    shares: tuple[tuple[str, float], ...] = (("train", 1.0),)
    seed: int = 0
    people: People = People.EVERYBODY

    def of(self, key: str) -> str:
        """Return the part of the component whose oldest conversation is ``key``."""
        drawn = sha256(f"{self.seed}:{key}".encode()).digest()
        place = int.from_bytes(drawn[:8], "big") / _WHOLE * sum(part for _, part in self.shares)
        for name, share in self.shares:
            if place < share:
                return name
            place -= share
        return self._last()

    def _last(self) -> str:
        """Return the last part that has a share: sums of floats may miss the whole."""
        return [name for name, share in self.shares if share][-1]


def components(pairs: Iterable[tuple[int, int]], *, conversations: int, people: int) -> Components:
    """Return what hangs together of conversations, by ``pairs`` of one and a person in it.

    Both are numbers from 0 on, of conversations the oldest first.
    """
    found = Components(conversations)
    first_of = array("i", [-1]) * people
    for conversation, person in pairs:
        if first_of[person] < 0:
            first_of[person] = conversation
        found.link(conversation, first_of[person])
    return found
