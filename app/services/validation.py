"""Validation: a verdict on feedback, and what follows from it in the same transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain import quorum
from app.domain.access import Principal
from app.domain.seen_version import expect_seen
from app.domain.states import FeedbackStatus, VerdictWord
from app.errors import Conflict, Forbidden
from app.models import Feedback, GoldAnswer, Validation
from app.services import (
    dimension_verdicts,
    feedback,
    gold_answers,
    gold_dealing,
    outcomes,
    standings,
    trust,
    validation_places,
    verdict_effects,
)
from app.services.dimension_verdicts import DimensionVerdictView, GivenDimensionVerdict
from app.services.outcomes import Ground
from app.utils import clock

_COUNT = text(
    """
SELECT count(is_valid), coalesce(sum(weight) FILTER (WHERE is_valid), 0),
       coalesce(sum(weight) FILTER (WHERE NOT is_valid), 0)
FROM validations WHERE feedback_id = :feedback_id AND round = :round
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenVerdict:
    """What a validator says, of the whole and of single dimensions.

    The token is that of a lease, where they hold one; ``feedback_version`` is what they have
    seen, where they say so.
    """

    word: VerdictWord
    notes: str | None = None
    correction: str | None = None
    dimension_verdicts: Sequence[GivenDimensionVerdict] = ()
    lease_token: UUID | None = None
    feedback_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A stored verdict and what it led to."""

    validation: Validation | GoldAnswer
    word: VerdictWord
    dimension_verdicts: Sequence[DimensionVerdictView]
    feedback_status: str
    dataset_entry_id: UUID | None


def validate(
    session: Session,
    *,
    principal: Principal,
    feedback_id: UUID,
    given: GivenVerdict,
    seen_version: int | None = None,
    queue: JobQueue | None = None,
) -> Verdict:
    """Give a verdict; the N-th of a round decides, by default the first.

    Raises NotFound, Forbidden (one's own feedback, or on one's own conversation),
    PreconditionFailed (``seen_version``), Conflict (decided already, judged already, changed
    since it was seen, no place left, a lease that has ended) and Invalid (a dimension). Verdict,
    status, dataset entry, events and the job on ``queue`` that tells others commit together.
    """
    target = lock(session, feedback_id=feedback_id)
    refuse_own(target, principal=principal)
    _refuse_decided(session, principal, target)
    expect_seen(seen_version, present=target.version)
    given = replace(given, feedback_version=given.feedback_version or seen_version)
    if gold_answers.takes(target):
        verdict = _answer_gold(session, principal, target, given)
    else:
        verdict = _vote(session, principal, target, given, queue)
    gold_dealing.deal_ahead(session, principal=principal, model_id=target.model_id)
    return verdict


def _vote(
    session: Session,
    principal: Principal,
    target: Feedback,
    given: GivenVerdict,
    queue: JobQueue | None,
) -> Verdict:
    validation_places.take(
        session,
        target=target,
        validator_id=principal.id,
        token=given.lease_token,
        seen_version=given.feedback_version,
    )
    said = dimension_verdicts.fit(session, target=target, given=given.dimension_verdicts)
    stored = _store(session, principal, target, given)
    dimension_verdicts.store(session, validation_id=stored.id, said=said)
    ground = Ground(actor=principal.id, validation_id=stored.id, queue=queue)
    status = _status_after(session, target, given)
    if status is FeedbackStatus.PENDING:
        entry_id = None
        standings.after_verdict(session, target=target)
        outcomes.tell(session, target=target, word="judged", ground=ground)
    else:
        entry_id = _end_round(session, target, status, given, ground)
    return Verdict(
        validation=stored,
        word=given.word,
        dimension_verdicts=said,
        feedback_status=status,
        dataset_entry_id=entry_id,
    )


def _answer_gold(
    session: Session, principal: Principal, target: Feedback, given: GivenVerdict
) -> Verdict:
    _refuse_second(session, principal, target)
    gold_answers.take(
        session,
        principal=principal,
        target=target,
        token=given.lease_token,
        seen_version=given.feedback_version,
    )
    said = dimension_verdicts.fit(session, target=target, given=given.dimension_verdicts)
    plain = dimension_verdicts.plain(said)
    answered = GoldAnswer(dimension_verdicts=plain, **_said(session, principal, target, given))
    gold_answers.keep(session, target=target, answer=answered)
    return Verdict(
        validation=answered,
        word=given.word,
        dimension_verdicts=said,
        feedback_status=target.status,
        dataset_entry_id=None,
    )


def lock(session: Session, *, feedback_id: UUID) -> Feedback:
    """Return feedback that nobody else changes until the transaction ends; raises NotFound."""
    target = session.scalar(
        select(Feedback)
        .where(Feedback.id == feedback_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if target is None:
        raise feedback.missing(feedback_id)
    return target


def refuse_own(target: Feedback, *, principal: Principal) -> None:
    """Raise Forbidden for who must not judge this feedback."""
    if target.user_id == principal.id:
        raise Forbidden("nobody validates their own feedback", code="own_feedback")
    if target.owner_id == principal.id:
        raise Forbidden(
            "nobody validates feedback on their own interaction", code="own_interaction"
        )


def _refuse_decided(session: Session, principal: Principal, target: Feedback) -> None:
    if target.status != FeedbackStatus.PENDING:
        _refuse_second(session, principal, target)
        raise Conflict(
            f"expected pending feedback, found it {target.status}", code="feedback_decided"
        )


def _refuse_second(session: Session, principal: Principal, target: Feedback) -> None:
    own = validation_places.verdict_of(session, target=target, validator_id=principal.id)
    if own:
        raise validation_places.judged_already(own)


def _store(
    session: Session, principal: Principal, target: Feedback, given: GivenVerdict
) -> Validation:
    said = _said(session, principal, target, given)
    verdict = Validation(round=target.round, blind=target.blind, **said)
    session.add(verdict)
    session.flush()
    return verdict


def _said(
    session: Session, principal: Principal, target: Feedback, given: GivenVerdict
) -> dict[str, Any]:
    """Return what verdicts and answers to gold have in common, so that nobody can tell them."""
    return {
        "feedback_id": target.id,
        "validator_id": principal.id,
        "is_valid": given.word.is_valid,
        "notes": given.notes,
        "weight": trust.weight_of(session, user_id=principal.id, target=target),
        "correction": given.correction,
        "feedback_version": target.version,
        "created_at": clock.now(),
    }


def _status_after(session: Session, target: Feedback, given: GivenVerdict) -> FeedbackStatus:
    if given.word is VerdictWord.RETURNED:
        return FeedbackStatus.RETURNED
    round_ = {"feedback_id": target.id, "round": target.round}
    number, valid, invalid = session.execute(_COUNT, round_).one()
    if number < target.validators:
        return FeedbackStatus.PENDING
    return quorum.outcome(valid=valid, invalid=invalid, quorum=target.quorum)


def _end_round(
    session: Session,
    target: Feedback,
    status: FeedbackStatus,
    given: GivenVerdict,
    ground: Ground,
) -> UUID | None:
    if status is FeedbackStatus.RETURNED:
        target.return_reason = given.notes
        validation_places.close(session, target=target)
    else:
        verdict_effects.mark_refuted(session, target=target)
    return outcomes.settle(session, target=target, status=status, ground=ground)
