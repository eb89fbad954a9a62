"""Deferring background work, by task name, in the transaction that causes it."""

from datetime import datetime
from typing import Any, Protocol

from procrastinate.contrib.sqlalchemy import SQLAlchemyPsycopg2Connector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy.orm import Session

DEFAULT_QUEUE = "default"
# Answers take long: what keeps the service in order must not wait behind them.
MESSAGES_QUEUE = "messages"


class JobQueue(Protocol):
    """Takes work for later."""

    def defer(
        self,
        session: Session,
        *,
        task: str,
        arguments: dict[str, Any],
        lock: str | None = None,
        queueing_lock: str | None = None,
        scheduled_at: datetime | None = None,
        queue: str = DEFAULT_QUEUE,
    ) -> None:
        """Defer ``task``; it runs once the session's transaction has committed."""


class PostgresJobQueue:
    """Inserts the job on the session's own connection: job and data commit together."""

    def __init__(self) -> None:
        # A manager of its own: replacing the app's connector would do so for all threads.
        # The connector is never opened, every query names the session's connection.
        self._manager = JobManager(SQLAlchemyPsycopg2Connector())

    def defer(
        self,
        session: Session,
        *,
        task: str,
        arguments: dict[str, Any],
        lock: str | None = None,
        queueing_lock: str | None = None,
        scheduled_at: datetime | None = None,
        queue: str = DEFAULT_QUEUE,
    ) -> None:
        """Insert the job; one that waits already under ``queueing_lock`` is enough."""
        job = Job(
            id=None,
            queue=queue,
            lock=lock,
            queueing_lock=queueing_lock,
            task_name=task,
            task_kwargs=arguments,
            scheduled_at=scheduled_at,
        )
        nested = session.begin_nested()
        try:
            self._manager.defer_job(job, connection=session.connection())
        except AlreadyEnqueued:
            nested.rollback()
        else:
            nested.commit()
