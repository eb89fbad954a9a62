"""Points: what an event of the log gives and takes by the rules.

The ledger is written by ``points_for`` when the event happens, and by it again when the ledger is
rebuilt from the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.domain.point_rules import (
    CONFIRMED,
    CORRECTION,
    FEEDBACK,
    GIVEN,
    JUSTIFIED,
    MOST_JUSTIFIED,
    RULES,
    TAKEN_BACK,
    Pool,
    Rule,
    capped,
)

_OUTCOMES = {"feedback.validated": True, "feedback.rejected": False, "feedback.withdrawn": None}
_OF_VERDICTS = frozenset(
    f"feedback.{word}" for word in ("judged", "tied", "returned", "validated", "rejected")
)
# An answer to gold gives what a verdict gives, or people could tell gold by their points.
GOLD_ANSWERED = "gold.answered"
# What may give or take points; no other event needs to be looked at.
TYPES = _OF_VERDICTS | _OUTCOMES.keys() | {GOLD_ANSWERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackEvent:
    """An event about feedback: its type, who did it, and ids and small values."""

    type: str
    actor: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """A row of the ledger: who gets how many by which rule for what.

    ``full_amount`` is what it would have been without the cap of the day.
    """

    user_id: str
    rule: str
    rule_version: int = 1
    subject: str
    amount: int
    full_amount: int


# How many points of each pool somebody had on the day already.
Had = Mapping[tuple[str, Pool], int]


def decides(type_: str) -> bool:
    """Say whether the event makes an outcome, so that who judged and who wrote may gain."""
    return type_ in _OUTCOMES


def people_of(event: FeedbackEvent) -> list[str]:
    """Return everybody who may gain or lose by the event, in the order they are locked in."""
    people = {event.actor} if _gives_verdict(event) else set()
    if decides(event.type):
        people |= {event.data["author_id"], *(one["validator_id"] for one in _verdicts(event))}
    return sorted(people)


def points_for(event: FeedbackEvent, *, earned: Sequence[Points], had: Had) -> list[Points]:
    """Return what the event gives and takes, in order.

    ``earned`` is all that was given and taken for the same feedback before.
    """
    rows = [_row(GIVEN, event.actor, _of_verdict(event))] if _gives_verdict(event) else []
    if decides(event.type):
        standing = _standing(earned)
        rows += [_taken_back(one) for one in standing if not _still_holds(one, event)]
        held = {(one.rule, _thing(one)) for one in standing if _still_holds(one, event)}
        claims = [*_of_author(event), *_of_confirmed(event)]
        rows += [one for one in claims if (one.rule, _thing(one)) not in held]
    return _capped(rows, had)


def pool_of(row: Points) -> Pool | None:
    """Return the pool that a row counts towards."""
    return RULES[row.rule, row.rule_version].pool


def counts_as_verdict(row: Points) -> bool:
    """Say whether a row is for a verdict, of which each gives one."""
    return row.rule == GIVEN.id


def _gives_verdict(event: FeedbackEvent) -> bool:
    is_verdict = event.type in _OF_VERDICTS and "validation_id" in event.data
    return is_verdict or event.type == GOLD_ANSWERED


def _verdicts(event: FeedbackEvent) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = event.data.get("verdicts", ())
    return found


def _of_verdict(event: FeedbackEvent) -> str:
    name = "answer_id" if event.type == GOLD_ANSWERED else "validation_id"
    return f"validation:{event.data[name]}"


def _ground(event: FeedbackEvent) -> str:
    """Return what tells an outcome by decision from the others about the same thing."""
    decision_id = event.data.get("decision_id")
    return f"@decision:{decision_id}" if decision_id else ""


def _row(rule: Rule, user_id: str, subject: str, times: int = 1) -> Points:
    amount = rule.amount * times
    return Points(
        user_id=user_id,
        rule=rule.id,
        rule_version=rule.version,
        subject=subject,
        amount=amount,
        full_amount=amount,
    )


def _of_author(event: FeedbackEvent) -> list[Points]:
    if not _OUTCOMES[event.type]:
        return []
    data = event.data
    justified = min(data.get("justified", 0), MOST_JUSTIFIED)
    times = {FEEDBACK: 1, CORRECTION: int(data.get("has_correction", False)), JUSTIFIED: justified}
    subject = f"feedback:{data['feedback_id']}#{data['round']}{_ground(event)}"
    return [_row(rule, data["author_id"], subject, many) for rule, many in times.items() if many]


def _of_confirmed(event: FeedbackEvent) -> list[Points]:
    """Return points for who said the same; alone one decides, which confirms nothing.

    Nor does anybody confirm themselves by a decision.
    """
    verdicts, ground = _verdicts(event), _ground(event)
    if len(verdicts) < 2 and not ground:
        return []
    if ground:
        verdicts = [one for one in verdicts if one["validator_id"] != event.actor]
    return [
        _row(CONFIRMED, one["validator_id"], f"validation:{one['validation_id']}{ground}")
        for one in verdicts
        if one["is_valid"] is _OUTCOMES[event.type]
    ]


def _standing(earned: Sequence[Points]) -> list[Points]:
    """Return what hangs on an outcome and was not taken back."""
    gone = {(one.rule, one.subject, one.user_id) for one in earned}
    return [
        one
        for one in earned
        if one.rule in TAKEN_BACK
        and (TAKEN_BACK[one.rule].id, one.subject, one.user_id) not in gone
    ]


def _still_holds(row: Points, event: FeedbackEvent) -> bool:
    outcome = _OUTCOMES[event.type]
    if row.rule != CONFIRMED.id:
        return outcome is True
    said = {f"validation:{one['validation_id']}": one["is_valid"] for one in _verdicts(event)}
    return outcome is not None and said.get(_thing(row)) is outcome


def _thing(row: Points) -> str:
    """Return what a row is about, whoever decided on it."""
    return row.subject.partition("@")[0]


def _taken_back(row: Points) -> Points:
    rule = TAKEN_BACK[row.rule]
    return replace(
        row,
        rule=rule.id,
        rule_version=rule.version,
        amount=-row.amount,
        full_amount=-row.amount,
    )


def _capped(rows: Sequence[Points], had: Had) -> list[Points]:
    totals = dict(had)
    return [_counted(row, totals) for row in rows]


def _counted(row: Points, totals: dict[tuple[str, Pool], int]) -> Points:
    pool = pool_of(row)
    if pool is None:
        return row
    before = totals.get((row.user_id, pool), 0)
    amount = capped(pool, row.full_amount, before=before)
    totals[row.user_id, pool] = before + amount
    return replace(row, amount=amount)
