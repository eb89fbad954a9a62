"""Signals: the kinds of odd behaviour that are looked for, and from where on it is told.

A signal is evidence for an administrator to judge. It changes no status, no points, no right.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID


class SignalKind(StrEnum):
    """What was seen."""

    TOO_FAST = "too_fast"
    STRAIGHT_LINING = "straight_lining"
    NEAR_DUPLICATES = "near_duplicates"
    BURST = "burst"
    CROWD = "crowd"
    APPROVAL_PAIR = "approval_pair"


class SignalStatus(StrEnum):
    """Whether an administrator has still to look."""

    OPEN = "open"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on something is told of; few enough that chance alone seldom reaches them."""

    # Of at least so many verdicts at least this share took under a quarter of the reading time.
    verdicts: int = 20
    hasty_share: float = 0.5
    hasty_limit: float = 0.25
    # A longer pause than this is no reading.
    pause_seconds: int = 1800
    # Of at least so many scores at least this share is the same one.
    scores: int = 30
    common_share: float = 0.95
    # At least so many texts of at least so many characters resemble each other so much.
    copies: int = 3
    resemblance: float = 0.8
    characters: int = 40
    # So many within the window, and so many times what is usual.
    burst_seconds: int = 3600
    burst: int = 20
    burst_ratio: float = 5.0
    # So many different people on one conversation within the window.
    crowd: int = 8
    # So many approvals, and no more than this part of such findings is chance; or as many
    # without a refusal in both directions.
    approvals: int = 5
    false_discovery: float = 0.05
    mutual: int = 10


USUAL = Thresholds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something seen: who is concerned, and the evidence with its numbers and its threshold.

    It rests on feedback or verdicts, by their ids, of which ``least`` make it worth telling.
    """

    kind: SignalKind
    subject: tuple[str, ...]
    people: tuple[str, ...]
    evidence: Mapping[str, Any]
    rests_on: tuple[UUID, ...]
    least: float

    @property
    def key(self) -> str:
        """What tells the same thing seen again from another; no names can be read off it."""
        return hashlib.sha256("\0".join((self.kind, *self.subject)).encode()).hexdigest()

    def is_news_since(self, first: UUID) -> bool:
        """Say whether what came with ``first`` and after it is worth telling by itself."""
        return sum(one >= first for one in self.rests_on) >= self.least


def named(people: Iterable[str]) -> tuple[str, ...]:
    """Return the names once each, in their order."""
    return tuple(sorted(set(people)))
