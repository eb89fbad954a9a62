"""Signs that a dimension tells little: evidence for whoever keeps dimensions, never a verdict."""

from dataclasses import dataclass
from enum import StrEnum

# Below so many ratings shares say little.
FEWEST = 20
_HARD, _ONE_SIDED = 0.2, 0.8


class Sign(StrEnum):
    """What may be wrong with a dimension."""

    UNUSED = "unused"
    HARD_TO_JUDGE = "hard_to_judge"
    ALL_HIGHEST = "all_highest"
    ALL_LOWEST = "all_lowest"
    ONE_SCORE = "one_score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How a dimension was used: scores, those at either end, how many different, and neither."""

    scores: int
    highest: int
    lowest: int
    different: int
    cannot_judge: int


def signs(usage: Usage) -> list[Sign]:
    """Return the signs; a dimension with few ratings has none but that it is unused."""
    asked = usage.scores + usage.cannot_judge
    if not asked:
        return [Sign.UNUSED]
    found = {
        Sign.HARD_TO_JUDGE: asked >= FEWEST and usage.cannot_judge >= _HARD * asked,
        Sign.ONE_SCORE: usage.scores >= FEWEST and usage.different == 1,
        Sign.ALL_HIGHEST: usage.scores >= FEWEST and usage.highest >= _ONE_SIDED * usage.scores,
        Sign.ALL_LOWEST: usage.scores >= FEWEST and usage.lowest >= _ONE_SIDED * usage.scores,
    }
    return [sign for sign, is_there in found.items() if is_there]
