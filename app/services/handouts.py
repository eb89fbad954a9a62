"""Handouts: which feedback is given to whom to judge, the most worth first or drawn by lot.

A lot is a number that follows from the id's random part and from nothing that the feedback
says. A draw begins at a random number and takes the first that is free from there on: over all
draws everything that waits has the same chance.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any

from sqlalchemy import func, text
from sqlalchemy.orm import Session

from app.domain.quorum import RANDOM_SHARE
from app.domain.states import ALL_MODELS, HandoutWay
from app.models import Feedback, Handout
from app.services.policy_statements import in_force

_chance = SystemRandom()
_LOTS = 2**31
# One person's requests come one after the other; the share is read on the way.
_TAKE_TURN = text(
    f"""
SELECT pg_advisory_xact_lock(hashtextextended(:name, 0)),
       ({in_force("random_share", model_id=":model_id")}) AS random_share
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A part of what waits, and in which order it is gone through."""

    where: Sequence[Any] = field(default_factory=tuple)
    order: Sequence[Any]


_MOST_WORTH = Look(order=(Feedback.priority.desc(), Feedback.id.desc()))


def choose_way(session: Session, *, validator_id: str, model_id: str | None) -> HandoutWay:
    """Return in which way somebody is given the next, once no other request of theirs is.

    Where no model is asked for, the share is that of the policy for all.
    """
    turn = {"name": f"next:{validator_id}", "model_id": model_id or ALL_MODELS}
    said = session.execute(_TAKE_TURN, turn).one().random_share
    share = RANDOM_SHARE if said is None else said
    return HandoutWay.RANDOM if _chance.random() < share else HandoutWay.PRIORITY


def looks(way: HandoutWay) -> Sequence[Look]:
    """Return how to go through what waits; together they miss nothing."""
    if way is HandoutWay.PRIORITY:
        return [_MOST_WORTH]
    lot, start = func.uuid_hash(Feedback.id), _chance.randrange(-_LOTS, _LOTS)
    return [Look(where=[lot >= start], order=[lot]), Look(where=[lot < start], order=[lot])]


def record(session: Session, *, target: Feedback, validator_id: str, way: HandoutWay) -> None:
    """Keep that somebody was given this, and in which way it was chosen."""
    session.add(
        Handout(
            feedback_id=target.id,
            round=target.round,
            validator_id=validator_id,
            model_id=target.model_id,
            way=way,
        )
    )
