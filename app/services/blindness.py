"""Blindness: what is hidden from people who judge in blind rounds, and until when.

Whoever may judge and not decide is not told who wrote feedback, or whose conversation it is on,
until nothing there is undecided; nor what others said of it. Its author never learns who judged
it blindly. A conversation can give its owner away by what is said in it, and by its metadata:
that cannot be hidden from who has to judge an answer.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import Session

from app.domain.access import Permission, Principal
from app.domain.states import UNDECIDED, FeedbackStatus
from app.models import Feedback, Interaction, Validation


def is_judge(reader: Principal) -> bool:
    """Say whether somebody may give verdicts and has no other business with them."""
    can_judge = reader.can(Permission.VALIDATION_WRITE)
    return can_judge and not reader.can(Permission.VALIDATION_DECIDE)


def owner_of(session: Session, *, reader: Principal, interaction: Interaction) -> str | None:
    """Return whose conversation it is; None for who may have to judge feedback on it blindly."""
    if reader.id == interaction.user_id or not is_judge(reader):
        return interaction.user_id
    waits = exists().where(
        Feedback.interaction_id == interaction.id,
        Feedback.blind,
        Feedback.status.in_(UNDECIDED),
    )
    return None if session.scalar(select(waits)) else interaction.user_id


def shown_verdicts(row: Feedback, *, reader: Principal) -> Sequence[ColumnElement[bool]]:
    """Return the conditions under which verdicts on feedback are shown.

    Its author sees those of rounds that are over; who judges sees what they said themselves,
    and all when the round is not blind or the feedback is decided.
    """
    if reader.id == row.user_id:
        return [] if row.status != FeedbackStatus.PENDING else [Validation.round < row.round]
    if reader.can(Permission.VALIDATION_DECIDE) or row.status not in UNDECIDED:
        return []
    is_open = Validation.blind.is_(False) if not row.blind else ~true()
    return [or_(Validation.validator_id == reader.id, is_open)]


def judge_of(
    row: Feedback, *, reader: Principal, judge_id: str, was_blind: bool = False
) -> str | None:
    """Return who judged or decided; None for the author, where it was done blindly."""
    is_hidden = reader.id == row.user_id and (row.blind or was_blind)
    return None if is_hidden else judge_id
