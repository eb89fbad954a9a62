"""Token usage: how many tokens a person's questions and answers may take on a day.

Tokens are set aside in the transaction that stores the question, and settled in the one that
ends the answer: however many ask at once, nobody gets past the budget.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.orm import Session

from app.domain.access import Principal, Role
from app.domain.token_need import TokenNeed, answer_tokens
from app.errors import TooMany
from app.models import TokenUsage
from app.services.exchanges import OpenedExchange
from app.utils import clock

# The row of the person and day decides every race; a first question of the day makes it.
_RESERVE = text(
    """
WITH usage AS (
    INSERT INTO token_usage (user_id, day, reserved, requests)
    SELECT :user_id, CAST(now() AT TIME ZONE 'UTC' AS date), :wanted, 1
    WHERE :wanted <= :budget
    ON CONFLICT (user_id, day) DO UPDATE SET
        reserved = token_usage.reserved + excluded.reserved,
        requests = token_usage.requests + 1
    WHERE token_usage.prompt_tokens + token_usage.completion_tokens + token_usage.reserved
          + excluded.reserved <= :budget
    RETURNING user_id
)
UPDATE responses SET reserved_tokens = :each, estimated_tokens = :question
FROM usage WHERE id = ANY(CAST(:response_ids AS uuid[]))
RETURNING id
"""
)
# The day is the one that the tokens were set aside on: the response's own.
_SETTLE = text(
    """
UPDATE token_usage SET
    reserved = GREATEST(0, reserved - :reserved),
    prompt_tokens = prompt_tokens + :prompt_tokens,
    completion_tokens = completion_tokens + :completion_tokens
FROM interactions
WHERE interactions.id = :interaction_id AND token_usage.user_id = interactions.user_id
  AND day = CAST(CAST(:created_at AS timestamptz) AT TIME ZONE 'UTC' AS date)
"""
)
# After these no model has run.
_NEVER_RAN = frozenset(
    {
        *("model_not_served", "model_unavailable", "model_not_ready", "model_busy"),
        *("model_context_missing", "internal"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Tokens of questions and answers that are over."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A person's day (UTC); without a budget nothing is counted, and all is None."""

    day: date
    budget: int | None = None
    used: Spent | None = None
    reserved: int | None = None
    remaining: int | None = None
    requests: int | None = None


def budget_of(principal: Principal, *, daily_tokens: int) -> int | None:
    """Return how many tokens the principal has a day, None for as many as it likes.

    Admins set the budget, and API keys are programs that speak for many: they have none.
    """
    is_bound = bool(principal.roles) and Role.ADMIN not in principal.roles
    return daily_tokens if daily_tokens and is_bound else None


def reserve(
    session: Session,
    *,
    principal: Principal,
    budget: int,
    opened: OpenedExchange,
    need: TokenNeed,
) -> None:
    """Set aside what every response of the exchange may take; raises TooMany."""
    ids = [response.id for response in opened.exchange.responses]
    wanted = need.total * len(ids)
    values = {"user_id": principal.id, "wanted": wanted, "budget": budget, "response_ids": ids}
    told = session.execute(_RESERVE, {**values, "each": need.total, "question": need.question})
    if not told.all():
        raise _exhausted(usage(session, principal=principal, daily_tokens=budget), wanted)


def settle(session: Session, *, response: Any) -> None:
    """Give back what was set aside for a response that has just ended, and count it.

    By the model side's own count, else by estimate. A failed one counts where a model may
    have run.
    """
    if response.reserved_tokens is None:
        return
    never_ran = response.error and response.error.get("code") in _NEVER_RAN
    question = 0 if never_ran and not response.content else response.estimated_tokens
    session.execute(
        _SETTLE,
        {
            "interaction_id": response.interaction_id,
            "created_at": response.created_at,
            "reserved": response.reserved_tokens,
            "prompt_tokens": _first(response.prompt_tokens, question),
            "completion_tokens": _first(
                response.completion_tokens, answer_tokens(response.content)
            ),
        },
    )


def usage(session: Session, *, principal: Principal, daily_tokens: int) -> Usage:
    """Return the principal's day so far."""
    day = clock.now().date()
    budget = budget_of(principal, daily_tokens=daily_tokens)
    if budget is None:
        return Usage(day=day)
    row = session.get(TokenUsage, (principal.id, day), populate_existing=True)
    used = Spent()
    if row:
        used = Spent(prompt_tokens=row.prompt_tokens, completion_tokens=row.completion_tokens)
    reserved = row.reserved if row else 0
    return Usage(
        day=day,
        budget=budget,
        used=used,
        reserved=reserved,
        remaining=max(0, budget - used.total - reserved),
        requests=row.requests if row else 0,
    )


def _first(counted: int | None, estimated: int | None) -> int:
    return counted if counted is not None else estimated or 0


def _exhausted(found: Usage, wanted: int) -> TooMany:
    spent = found.used.total if found.used else 0
    message = (
        f"this may take {wanted} tokens, and {found.remaining} of your {found.budget} are left "
        f"for {found.day} (UTC)"
    )
    return TooMany(
        message,
        code="token_budget_exhausted",
        retry_after=_until_midnight(),
        limit=found.budget,
        used=spent,
        reserved=found.reserved,
        wanted=wanted,
    )


def _until_midnight() -> float:
    now = clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return (midnight - now).total_seconds()


def forget_before(session: Session, *, day: date, limit: int) -> int:
    """Delete up to ``limit`` rows of days before ``day``, which no budget looks at any more."""
    old = (
        select(TokenUsage.user_id, TokenUsage.day)
        .where(TokenUsage.day < day)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("old")
    )
    gone = session.execute(
        delete(TokenUsage)
        .where(tuple_(TokenUsage.user_id, TokenUsage.day).in_(select(old)))
        .returning(TokenUsage.day)
    )
    return len(gone.all())
