"""Answers in the background: made by a worker, once for each message, however often it is tried.

A try that found nobody to answer leaves the response pending for the next one. A try that
never said how it ended (its worker was killed, or is so late that it counts as dead) is over:
its response is ended as ``interrupted`` with what had come of it, and the next try makes
another response to the same message, which the job then names. So the tokens of two tries are
never mixed, and whatever a late worker still brings finds its response ended.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from app.clients.inference.base import FailureCode, InferenceError
from app.domain.deadline import Deadline
from app.domain.states import OPEN_RESPONSES, JobStatus, ResponseStatus
from app.errors import AppError, Conflict, Invalid, Unavailable
from app.models import Job, Response
from app.services import endings, exchanges, messages, questions, streaming
from app.services.calls import Call
from app.services.exchanges import Exchange
from app.services.journal import Journal
from app.services.questions import Limits, Question
from app.services.streaming import Recorder
from app.utils import clock

TASK = "messages.answer"
# Tried so often, over about an hour: 3 s, 9 s, ... 36 min.
MOST_TRIES = 8
_BASE_SECONDS = 3
# Nobody was asked, so asking later may help.
NOBODY_ASKED = frozenset({"model_unavailable", "model_not_ready", "model_busy"})
_PASSING = NOBODY_ASKED | {"interrupted"}
_ANSWERED = frozenset({ResponseStatus.COMPLETE, ResponseStatus.CANCELLED})
_CUT_OFF = InferenceError("interrupted", "the worker stopped before the model's answer was stored")


class TryLater(Unavailable):
    """The answer is to be tried again ``retry_after`` seconds from now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    """One try to answer a message."""

    job_id: UUID
    exchange: Exchange
    call: Call
    actor: str

    @property
    def response_id(self) -> UUID:
        found: UUID = self.exchange.response.id
        return found


def answer(recorder: Recorder, *, limits: Limits, job_id: UUID) -> None:
    """Answer the message of a job, unless it is answered or nobody wants it any more.

    How it ended is on record with the response and the job. Raises TryLater for a fault that
    passes, until the tries are used up.
    """
    try:
        with recorder.transactions() as session:
            tried = _begin(session, job_id=job_id, limits=limits, journal=recorder.journal)
    except (Conflict, Invalid) as error:
        # It cannot even be asked: nobody serves the model any more, it no longer fits.
        fault = InferenceError(cast("FailureCode", error.reason), error.message)
        with recorder.transactions() as session:
            _give_up(session, session.get_one(Job, job_id, with_for_update=True), fault)
        return
    if tried is not None:
        _settle(recorder, tried, _recorded(recorder, tried))


def _begin(session: Session, *, job_id: UUID, limits: Limits, journal: Journal) -> _Try | None:
    """Take the job, and return what is to be tried; None where there is nothing left to do."""
    job = session.get(Job, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.status in {JobStatus.SUCCEEDED, JobStatus.FAILED} or _is_erased(job):
        return None
    # The prompt before its responses, as an erasure does: else each waits for the other.
    exchanges.hold(session, prompt_id=job.id)
    response = messages.current_response(session, job=job)
    was_cut_off = job.status == JobStatus.RUNNING
    if was_cut_off and response.status in OPEN_RESPONSES:
        journal.recover(session, response_id=response.id)
        endings.fail(session, response_id=response.id, error=_CUT_OFF)
        session.refresh(response)
    if (was_cut_off or response.status in _ANSWERED) and _is_over(session, job, response):
        return None
    job.status, job.started_at, job.error = JobStatus.RUNNING, clock.now(), None
    job.attempts += 1
    return _try(session, job, response, limits)


def _try(session: Session, job: Job, response: Response, limits: Limits) -> _Try:
    due_at = clock.now() + timedelta(seconds=limits.due_seconds)
    if response.status not in OPEN_RESPONSES:
        response = messages.another_response(session, job=job, due_at=due_at)
    response.due_at = due_at
    session.flush()
    opened = exchanges.reopen(session, prompt_id=job.id, responses=[response])
    prompt = opened.exchange.prompt
    question = Question(
        kind=prompt.kind,
        content=prompt.content,
        system_prompt=prompt.system_prompt,
        parameters=prompt.parameters,
    )
    deadline = Deadline.after(limits.deadline_seconds)
    call = questions.call_for(
        session, opened=opened, question=question, limits=limits, deadline=deadline
    )
    return _Try(job_id=job.id, exchange=opened.exchange, call=call, actor=opened.actor)


def _recorded(recorder: Recorder, tried: _Try) -> InferenceError | None:
    """Record the answer; return the fault that left the response open, if one did."""
    try:
        streaming.finish(recorder.record(tried.exchange, tried.call, actor=tried.actor))
    except InferenceError as error:
        return error
    except AppError:
        return None  # It is on record with the response.
    except Exception:
        _settle(recorder, tried, None)
        raise
    return None


def _settle(recorder: Recorder, tried: _Try, fault: InferenceError | None) -> None:
    """Put on record with the job what came of a try; raises TryLater."""
    with recorder.transactions() as session:
        wait = _settled(session, tried, fault)
    if wait is not None:
        raise TryLater("the message is to be answered later", retry_after=wait)


def _settled(session: Session, tried: _Try, fault: InferenceError | None) -> float | None:
    job = session.get_one(Job, tried.job_id, with_for_update=True, populate_existing=True)
    if _is_erased(job):
        return None
    response = messages.current_response(session, job=job)
    if job.status != JobStatus.RUNNING or response.id != tried.response_id:
        return None  # It took so long that another worker has taken over.
    if fault is None and response.status in OPEN_RESPONSES:
        endings.fail(session, response_id=response.id, error=_CUT_OFF)
        session.refresh(response)
    if _is_over(session, job, response, fault):
        return None
    job.status, job.error = JobStatus.QUEUED, _told(fault) or response.error
    return max(float(_BASE_SECONDS**job.attempts), (fault and fault.retry_after) or 0.0)


def _is_erased(job: Job) -> bool:
    """End a job of which an erasure has left nothing to be done; say whether it was one."""
    if job.arguments is None:
        job.status, job.finished_at = JobStatus.SUCCEEDED, clock.now()
        return True
    return False


def _is_over(
    session: Session, job: Job, response: Response, fault: InferenceError | None = None
) -> bool:
    """End the job of a message that is answered, or is not to be tried again; say whether."""
    if response.status in _ANSWERED:
        job.done = 1
        _end(job, JobStatus.SUCCEEDED, response, None)
        return True
    error = _told(fault) or response.error or {}
    if error.get("code") in _PASSING and job.attempts < MOST_TRIES:
        return False
    _give_up(session, job, fault)
    return True


def _give_up(session: Session, job: Job, fault: InferenceError | None) -> None:
    """Fail the job, and its response where that is open, by ``fault`` or what it failed by."""
    response: Any = messages.current_response(session, job=job)
    if fault is not None:
        response = endings.fail(session, response_id=response.id, error=fault)
    _end(job, JobStatus.FAILED, response, _told(fault) or response.error)


def _end(job: Job, status: JobStatus, response: Any, error: dict[str, Any] | None) -> None:
    job.status, job.error, job.finished_at = status, error, clock.now()
    job.result = {"response_id": str(response.id), "status": response.status}


def _told(fault: InferenceError | None) -> dict[str, Any] | None:
    return {"code": fault.code, "message": fault.message} if fault else None
