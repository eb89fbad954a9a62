"""The rules that give points: each with a version, an amount, and a reason in plain words.

A rule that changes gets a new version, and the old one stays for the rows that it made.
"""

from dataclasses import dataclass
from enum import StrEnum


class Pool(StrEnum):
    """What a daily cap is on."""

    AUTHORED = "authored"
    JUDGED = "judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What gives points, in words; a rule without a pool has no daily cap."""

    id: str
    version: int = 1
    amount: int
    reason: str
    pool: Pool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """Points of a day up to ``full`` count whole, from there to ``most`` half, then nothing."""

    full: int
    most: int


CAPS = {Pool.AUTHORED: Cap(full=500, most=1000), Pool.JUDGED: Cap(full=100, most=200)}
MOST_JUSTIFIED = 5

FEEDBACK = Rule(
    id="feedback_validated",
    amount=10,
    reason="Your feedback was validated.",
    pool=Pool.AUTHORED,
)
CORRECTION = Rule(
    id="correction_validated",
    amount=10,
    reason="Your feedback was validated with a correction of the answer.",
    pool=Pool.AUTHORED,
)
JUSTIFIED = Rule(
    id="justified_ratings_validated",
    amount=2,
    reason=(
        "Your feedback was validated with scores that say why: "
        f"2 points each, for up to {MOST_JUSTIFIED}."
    ),
    pool=Pool.AUTHORED,
)
GIVEN = Rule(
    id="verdict_given",
    amount=2,
    reason="You judged the feedback of somebody else.",
    pool=Pool.JUDGED,
)
CONFIRMED = Rule(
    id="verdict_confirmed",
    amount=3,
    reason="What others, or an administrator, decided is what you had said.",
    pool=Pool.JUDGED,
)
# What hangs on an outcome is taken back when that is overturned: by the rule's counterpart.
TAKEN_BACK = {
    rule.id: Rule(
        id=f"{rule.id}_overturned",
        amount=-rule.amount,
        reason=f"The outcome was overturned, so this is taken back: {rule.reason}",
    )
    for rule in (FEEDBACK, CORRECTION, JUSTIFIED, CONFIRMED)
}
RULES = {
    (rule.id, rule.version): rule
    for rule in (FEEDBACK, CORRECTION, JUSTIFIED, GIVEN, CONFIRMED, *TAKEN_BACK.values())
}


def capped(pool: Pool, amount: int, *, before: int) -> int:
    """Return what counts of ``amount`` for who had ``before`` points of the pool that day."""
    cap = CAPS[pool]
    if before < cap.full:
        return amount
    return (amount + 1) // 2 if before < cap.most else 0


def explained(*, rule: str, version: int, amount: int, full_amount: int) -> str:
    """Return why somebody has the points of a row, in words."""
    known = RULES[rule, version]
    if amount == full_amount or not known.pool:
        return known.reason
    cap = CAPS[known.pool]
    return (
        f"{known.reason} It counts {amount} instead of {full_amount}: of what a day gives by such "
        f"rules, points above {cap.full} count half and points above {cap.most} nothing."
    )
