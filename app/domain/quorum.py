"""When enough people have said enough: the rules of a round and what its verdicts lead to."""

from dataclasses import asdict, dataclass, field

from app.domain.priority import USUAL_WEIGHTS
from app.domain.states import FeedbackStatus

# With less than half of them both sides could win.
LEAST_QUORUM = 0.5
# Enough to learn from in a month, and few enough that nobody waits for it.
RANDOM_SHARE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How feedback is validated; the defaults hold where nobody said anything.

    ``priority`` has the weight of each factor, ``random_share`` says which part of the work is
    handed out by lot.
    """

    validators: int = 1
    quorum: float = LEAST_QUORUM
    blind: bool = False
    lease_seconds: int = 600
    # How often the verdict of somebody trusted counts; N stays a number of verdicts.
    trusted_weight: int = 1
    # Whether judges may not choose what they judge.
    leased_only: bool = False
    gold_share: float = 0.0
    random_share: float = RANDOM_SHARE
    priority: dict[str, float] = field(default_factory=lambda: asdict(USUAL_WEIGHTS))


def outcome(*, valid: int, invalid: int, quorum: float) -> FeedbackStatus:
    """Return what a full round leads to: the share of a side must be above ``quorum``.

    ``valid`` and ``invalid`` are the weights of the verdicts; by default each weighs 1.
    """
    whole = valid + invalid
    if valid / whole > quorum:
        return FeedbackStatus.VALIDATED
    if invalid / whole > quorum:
        return FeedbackStatus.REJECTED
    return FeedbackStatus.TIED


def is_refuted(*, against: float, whole: float, quorum: float) -> bool:
    """Say whether a part of the feedback falls: the share against it must be above ``quorum``."""
    return against / whole > quorum
