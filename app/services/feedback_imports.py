"""Feedback imports: what people said elsewhere, each taken in once, with where it came from."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.access import Permission, Principal
from app.domain.feedback_forms.line import Target, ToldFeedback
from app.domain.told import Refusal
from app.errors import AppError, Conflict, Invalid, NotFound
from app.models import Feedback, ImportedFeedback
from app.services import changing, feedback_views, imports, submission
from app.services.feedback_lines import read_feedback
from app.services.fitting import GivenFeedback, GivenRating
from app.services.imports import ImportOptions, ImportReport
from app.services.spans import GivenSpan

_HINT = "POST /dimensions creates one, dimension= maps scores to another"
# Who imports may rate for others what these may not have seen here: they saw it elsewhere.
_SEES = frozenset({Permission.INTERACTIONS_READ_ALL})
# What may be said more than once, a line each.
_JOINED = frozenset({"overall_comment"})
# The answer of a turn, of the last one that has any where none is named.
_ANSWER = text(
    """
SELECT r.id FROM imported_conversations c
JOIN prompts p ON p.interaction_id = c.interaction_id
JOIN responses r ON r.prompt_id = p.id
WHERE c.importer = :importer AND c.external_id = :external_id
  AND (CAST(:turn AS int) IS NULL OR p.sequence = :turn)
ORDER BY p.sequence DESC, r.id LIMIT 1
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackImportOptions:
    """What the lines are, and what holds for those that do not say.

    ``dimension`` is what scores from other systems are scores on, ``user_id`` who rated.
    """

    form: str
    conversations: ImportOptions
    dimension: str | None = None
    user_id: str | None = None


def import_feedback(
    transactions: Transactions,
    *,
    principal: Principal,
    pieces: Iterable[bytes],
    options: FeedbackImportOptions,
    watch: Callable[[ImportReport], object] = lambda _: None,
) -> ImportReport:
    """Take in every line that holds feedback; a transaction each, and none for a refusal.

    Rating locks what is rated and who rates: a batch would make people wait, and each other.
    What is committed stays, whatever comes after it. ``watch`` sees the report grow.
    """
    report = ImportReport()
    for told in read_feedback(pieces, form=options.form, dimension=options.dimension):
        try:
            if isinstance(told, Refusal):
                raise told.error
            with transactions() as session:
                is_new = _take_in(session, principal, told, options)
            report.accepted += is_new
            report.repeated += not is_new
        except AppError as error:
            report.refuse(told.line, _hinted(error))
        watch(report)
    return report


def _take_in(
    session: Session, principal: Principal, told: ToldFeedback, options: FeedbackImportOptions
) -> bool:
    """Store what is told with its origin, and say whether it is new."""
    imports.take_turns(session, importer=principal.id)
    key = (principal.id, told.source, told.external_id)
    known = session.get(ImportedFeedback, key)
    if known is not None:
        _refuse_other(known, told)
        return False
    feedback_id = _give(session, principal, told, options)
    session.add(
        ImportedFeedback(
            importer=principal.id,
            source=told.source,
            external_id=told.external_id,
            digest=told.digest,
            feedback_id=feedback_id,
            given_at=told.given_at,
        )
    )
    session.flush()
    return True


def _refuse_other(known: ImportedFeedback, told: ToldFeedback) -> None:
    if bytes(known.digest) != told.digest:
        raise Conflict(
            f"other feedback was imported as {told.external_id!r} before",
            code="external_id_taken",
        )


def _give(
    session: Session, principal: Principal, told: ToldFeedback, options: FeedbackImportOptions
) -> UUID:
    user_id = told.user_id or options.user_id
    if user_id is None:
        message = "expected it here or in the query"
        raise Invalid("the line names no rater", errors={"user_id": [message]})
    rater = Principal(user_id, permissions=_SEES)
    response_id = _response(session, principal, told.target, options)
    given = _given(told)
    try:
        return submission.submit(session, principal=rater, response_id=response_id, given=given).id
    except Conflict as error:
        if not told.adds or error.reason != "feedback_exists":
            raise
        first = UUID(error.data["feedback_id"])
        _add(session, principal, rater, first=first, told=told, given=given)
        return first


def _given(told: ToldFeedback) -> GivenFeedback:
    return GivenFeedback(
        ratings=[GivenRating(**one) for one in told.ratings],
        spans=[GivenSpan(**one) for one in told.spans],
        **told.parts,
    )


def _response(
    session: Session, principal: Principal, target: Target, options: FeedbackImportOptions
) -> UUID:
    if target.response_id is not None:
        return target.response_id
    external_id = target.conversation_id
    if target.conversation is not None:
        imports.bring(
            session,
            principal=principal,
            told=target.conversation,
            options=options.conversations,
        )
        external_id = target.conversation.external_id
    values = {"importer": principal.id, "external_id": external_id, "turn": target.turn}
    found: UUID | None = session.scalar(_ANSWER, values)
    if found is None:
        which = "" if target.turn is None else f" in turn {target.turn}"
        raise NotFound(f"you have imported no conversation {external_id!r} with an answer{which}")
    return found


def _add(
    session: Session,
    principal: Principal,
    rater: Principal,
    *,
    first: UUID,
    told: ToldFeedback,
    given: GivenFeedback,
) -> None:
    """Add to what the same person said there of the same response, one score after another."""
    origin = select(ImportedFeedback.feedback_id).where(
        ImportedFeedback.feedback_id == first,
        ImportedFeedback.importer == principal.id,
        ImportedFeedback.source == told.source,
    )
    if session.scalar(origin.limit(1)) is None:
        raise Conflict(
            f"the person has given feedback {first} for this response here",
            code="feedback_exists",
        )
    row = session.get_one(Feedback, first)
    before = feedback_views.many(session, rows=[row], reader=rater)[0]
    twice = _said_before(before, told)
    if twice:
        message = f"expected what was not said before, found {', '.join(sorted(twice))} again"
        raise Conflict(message, code="said_before")
    changes: dict[str, Any] = dict(told.parts)
    if given.ratings:
        changes["dimension_ratings"] = given.ratings
    if before.overall_comment and given.overall_comment:
        changes["overall_comment"] = f"{before.overall_comment}\n{given.overall_comment}"
    changing.change(session, principal=rater, feedback_id=first, changes=changes)


def _said_before(before: feedback_views.FeedbackView, told: ToldFeedback) -> set[str]:
    rated = chain.from_iterable(
        (one.dimension_name, str(one.dimension_id)) for one in before.dimension_ratings
    )
    again = {one["dimension"] for one in told.ratings} & set(rated)
    return again | {name for name in told.parts if name not in _JOINED and getattr(before, name)}


def _hinted(error: AppError) -> AppError:
    """Return the refusal with what to do where a dimension is missing."""
    faults = error.errors.get("dimension_ratings") if isinstance(error, Invalid) else None
    if not isinstance(faults, dict):
        return error
    for fault in faults.values():
        if isinstance(fault, dict) and "there is no" in str(fault.get("dimension_id")):
            fault["dimension_id"].append(_HINT)
    return error
