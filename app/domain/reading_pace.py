"""Evidence that texts were judged faster than they can be read. It is evidence, no verdict.

Source of the pace: Trauzettel-Klosinski and Dietz, "Standardized Assessment of Reading
Performance: The New International Reading Speed Texts IReST" (2012): 863 characters a minute
on average over texts of 17 languages, with a deviation of 234 between languages. Characters,
not words, since not every script parts words by spaces.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

CHARACTERS_PER_MINUTE = 863.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPace:
    """Of ``judged`` texts, how many took less than ``limit`` of the time it takes to read them.

    A share is the time taken divided by the time to read: ``median_share`` is the middle one,
    ``fastest_share`` the smallest. None without a text.
    """

    judged: int
    hasty: int
    limit: float
    median_share: float | None
    fastest_share: float | None


def reading_seconds(characters: int) -> float:
    """Return how long an average reader takes over that many characters."""
    return characters / CHARACTERS_PER_MINUTE * 60


def reading_pace(judged: Iterable[tuple[float, int]], *, limit: float = 0.25) -> ReadingPace:
    """Return the pace over (seconds taken, characters to read); empty texts are passed over."""
    shares = [
        max(0.0, seconds) / reading_seconds(characters)
        for seconds, characters in judged
        if characters > 0
    ]
    return ReadingPace(
        judged=len(shares),
        hasty=sum(share < limit for share in shares),
        limit=limit,
        median_share=median(shares) if shares else None,
        fastest_share=min(shares, default=None),
    )
