"""Messages: what people say to be answered in the background, and a conversation as messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.clients.job_queue import JobQueue
from app.domain.access import Principal
from app.domain.deadline import Deadline
from app.domain.page import Page, PageRequest, page_of
from app.domain.states import JobStatus
from app.errors import TooMany
from app.models import Job, Prompt, Response
from app.services import exchanges, idempotency, jobs, questions
from app.services.exchanges import Exchange
from app.services.idempotency import Claim
from app.services.questions import Limits, Question
from app.utils import clock

KIND = "message"
# How long a message may wait for a worker before the sweep ends its response. That loses
# nothing: once there is a worker, it makes another response.
WAITS = timedelta(days=7)
_USER, _ASSISTANT = 0, 1
_FULL_SECONDS = 10

# Of several answers the chosen one, else the newest complete one; none while nothing has come.
_MESSAGES = text(
    """
SELECT message.*, p.sequence, p.interaction_id
FROM prompts p CROSS JOIN LATERAL (
    SELECT p.id, 0 AS place, 'user' AS role, p.content, p.created_at, p.created_at AS updated_at
    UNION ALL (
        SELECT r.id, 1, 'assistant', r.content, r.created_at,
               COALESCE(r.completed_at, r.created_at)
        FROM responses r WHERE r.prompt_id = p.id AND r.content IS NOT NULL
        ORDER BY (r.id = p.chosen_response_id) DESC NULLS LAST, (r.status = 'complete') DESC,
                 r.id DESC
        LIMIT 1
    )
) message
WHERE p.interaction_id = :interaction_id AND p.sequence >= :sequence
  AND (p.sequence, message.place) > (:sequence, :place)
ORDER BY p.sequence, message.place
LIMIT :limit
"""
)
_WAITING = text(
    """
SELECT count(*) FROM jobs
WHERE kind = 'message' AND status IN ('queued', 'running')
  AND arguments ->> 'interaction_id' = :interaction_id
"""
)


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation; ``updated_at`` is when its text was there."""

    id: UUID
    interaction_id: UUID
    role: str
    content: str
    created_at: datetime
    updated_at: datetime
    key: tuple[int, int] = (0, _USER)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is to be answered; its job has the message's own id."""

    exchange: Exchange
    replayed: bool = False

    @property
    def message(self) -> Message:
        """What the person said."""
        said = self.exchange.prompt
        return Message(
            said.id, said.interaction_id, "user", said.content, said.created_at, said.created_at
        )

    @property
    def response(self) -> Any:
        """Where the answer will be."""
        return self.exchange.response

    @property
    def response_id(self) -> UUID:
        """Its id."""
        found: UUID = self.response.id
        return found

    @property
    def job_id(self) -> UUID:
        """The job that makes the answer."""
        return self.message.id


def send(
    session: Session,
    *,
    principal: Principal,
    queue: JobQueue,
    interaction_id: UUID,
    question: Question,
    limits: Limits,
    most_waiting: int,
    claim: Claim | None = None,
) -> Sent:
    """Store a message with its pending response, and defer the answering with them.

    A repeated key finds its own message; after a failure it is answered anew. Raises NotFound,
    Conflict (ended, ``model_not_served``), Invalid, and TooMany: ``most_waiting`` messages of
    the conversation wait for answers, or the budget of tokens is used up.
    """
    known = idempotency.prompt_of(session, claim=claim)
    if known:
        return _again(session, queue, known)
    opened = exchanges.open_exchange(
        session,
        principal=principal,
        interaction_id=interaction_id,
        question=question,
        due_at=clock.now() + WAITS,
        claim=claim,
    )
    # What cannot be asked now is refused now. The memory is gathered again when it is asked.
    call = questions.call_for(
        session,
        opened=opened,
        question=question,
        limits=limits,
        deadline=Deadline.after(limits.deadline_seconds),
    )
    questions.reserve(session, principal=principal, opened=opened, call=call, limits=limits)
    # The conversation's row is held: nobody else adds to the count meanwhile.
    _refuse_more(session, interaction_id, most_waiting)
    _begin(session, queue, principal, opened.exchange)
    return Sent(opened.exchange)


def another_response(session: Session, *, job: Job, due_at: datetime) -> Response:
    """Make the next response to a message, and have its job name it."""
    exchanges.hold(session, prompt_id=job.id)
    made = exchanges.add_responses(session, prompt_id=job.id, answers=1, due_at=due_at)
    job.arguments = {**(job.arguments or {}), "response_id": str(made[0].id)}
    return made[0]


def current_response(session: Session, *, job: Job) -> Response:
    """Return the response that the job of a message works at, or did last."""
    response_id = UUID((job.arguments or {})["response_id"])
    return session.get_one(Response, response_id, populate_existing=True)


def page(session: Session, *, interaction_id: UUID, page: PageRequest) -> Page:
    """Return a page of messages, oldest first; the caller has checked who may read."""
    sequence, place = page.after or (0, _ASSISTANT)
    rows = session.execute(
        _MESSAGES,
        {
            "interaction_id": interaction_id,
            "sequence": sequence,
            "place": place,
            "limit": page.limit + 1,
        },
    )
    return page_of([_message(row) for row in rows], page, lambda message: message.key)


def _begin(session: Session, queue: JobQueue, principal: Principal, exchange: Exchange) -> None:
    arguments = {
        "interaction_id": str(exchange.prompt.interaction_id),
        "response_id": str(exchange.response.id),
    }
    jobs.begin(
        session,
        queue=queue,
        kind=KIND,
        user_id=principal.id,
        arguments=arguments,
        total=1,
        id_=exchange.prompt.id,
    )


def _message(row: Any) -> Message:
    return Message(
        row.id,
        row.interaction_id,
        row.role,
        row.content,
        row.created_at,
        row.updated_at,
        (row.sequence, row.place),
    )


def _again(session: Session, queue: JobQueue, prompt_id: UUID) -> Sent:
    """Return a message that was sent before; one that was given up is begun once more."""
    job = session.get_one(Job, prompt_id, with_for_update=True)
    has_failed = job.status == JobStatus.FAILED
    if has_failed:
        response = another_response(session, job=job, due_at=clock.now() + WAITS)
        jobs.begin_again(session, queue=queue, job=job, arguments=job.arguments or {})
        session.flush()
    else:
        response = current_response(session, job=job)
    exchange = Exchange(session.get_one(Prompt, prompt_id), response)
    return Sent(exchange, replayed=not has_failed)


def _refuse_more(session: Session, interaction_id: UUID, most: int) -> None:
    waiting = session.execute(_WAITING, {"interaction_id": str(interaction_id)}).scalar_one()
    if waiting >= most:
        message = f"expected at most {most} messages of a conversation to wait for answers"
        raise TooMany(message, code="messages_waiting", retry_after=_FULL_SECONDS)
