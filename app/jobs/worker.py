"""The worker process: procrastinate on PostgreSQL, every task inside the application."""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import wraps
from typing import Any

import structlog
from flask import Flask
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection, OperationalError

from app.clients.job_queue import DEFAULT_QUEUE, MESSAGES_QUEUE
from app.clients.remotes import Remotes
from app.config import Config
from app.db import transactions_of
from app.jobs import (
    contributions,
    erasure,
    memory,
    messages,
    people,
    priorities,
    upkeep,
    versions,
)
from app.jobs.stalled import add_queue_upkeep
from app.utils import stopping

_log = structlog.get_logger(__name__)
# Passing faults: tried again five times over about an hour (5 s, 25 s, ... 52 min), then the
# job stays failed for a person.
_PASSING = RetryStrategy(max_attempts=5, exponential_wait=5)
_EVERY_HOUR = "17 * * * *"
# Apart from it, and from each other.
_MEASURED = "27 * * * *"
_LOOKED = "37 * * * *"
_EVERY_NIGHT = "23 3 * * *"
_MISSED_BEATS = 3
_PAUSE_SECONDS = 1.0
_CONNECT_SECONDS = 5

Task = Callable[..., Any]


def make(app: Flask, config: Config, remotes: Remotes) -> App:
    """Return the task queue's application with all tasks registered."""
    queue = App(connector=PsycopgConnector(conninfo=config.database_url, timeout=_CONNECT_SECONDS))
    _add(queue, app, contributions.TASK, contributions.teller(remotes), retry=_PASSING)
    _add(queue, app, memory.TASK, memory.summariser(config, remotes))
    answer = messages.answerer(config, remotes, transactions_of(app))
    _add(queue, app, messages.TASK, answer, retry=messages.PassingFaults(), to=MESSAGES_QUEUE)
    _add(queue, app, priorities.TASK, priorities.reweigher(), retry=_PASSING)
    _add(queue, app, erasure.TASK, erasure.eraser(config, remotes), retry=messages.PassingFaults())
    _add(queue, app, versions.TASK, versions.freezer(remotes), retry=messages.PassingFaults())
    # The sixth field is seconds: a crash is mended within the minute.
    often = f"* * * * * */{config.upkeep_seconds}"
    overdue = _add(queue, app, "responses.end_overdue", upkeep.ender(remotes.live))
    queue.periodic(cron=often, queueing_lock="responses.end_overdue")(overdue)
    keys = _add(queue, app, "idempotency.forget", upkeep.forgetter(config))
    queue.periodic(cron=_EVERY_HOUR, queueing_lock="idempotency.forget")(keys)
    read = _add(queue, app, "dataset.find_languages", upkeep.find_languages)
    queue.periodic(cron=often, queueing_lock="dataset.find_languages")(read)
    _add_people(queue, app, config)
    old = _add(queue, app, "retention.apply", upkeep.remove_old_data, retry=_PASSING)
    queue.periodic(cron=_EVERY_NIGHT, queueing_lock="retention.apply")(old)
    add_queue_upkeep(queue, schedule=often, silent_seconds=_silent_seconds(config))
    return queue


def _add_people(queue: App, app: Flask, config: Config) -> None:
    """Add the periodic tasks about people, each never twice at a time."""
    for name, cron, task in (
        (people.MEASURE, _MEASURED, people.measurer(config)),
        (people.LOOK, _LOOKED, people.looker(config)),
    ):
        queue.periodic(cron=cron, queueing_lock=name)(_add(queue, app, name, task))


def run(app: Flask, config: Config, remotes: Remotes) -> None:
    """Work until stopped; on SIGTERM what has begun is finished first.

    While the database is away it is waited for: what was in hand then is taken up again.
    """
    asyncio.run(_work_until_stopped(lambda: make(app, config, remotes), config))


async def _work_until_stopped(fresh_queue: Callable[[], App], config: Config) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    # A thread for every job, and some for the library: its own number would be less.
    loop.set_default_executor(ThreadPoolExecutor(sum(_places(config).values()) + 4))

    def stop() -> None:
        # Answers that take longer are cut, kept as far as they came, and begun anew.
        stopping.begin(
            stopping.seconds_to_run(
                graceful_seconds=config.graceful_seconds,
                longest_call_seconds=config.model_deadline_seconds,
            )
        )
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    while not stopped.is_set():
        try:
            await _reach(config.database_url)
            queue = fresh_queue()
            async with queue.open_async():
                await _work(queue, config, stopped)
        except (ConnectorException, OperationalError) as error:
            _log.warning("worker.database_unavailable", error=str(error.__cause__ or error))
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), _PAUSE_SECONDS)


async def _reach(database_url: str) -> None:
    """Fail at once where the library's pool would go on trying, ever more rarely."""
    connection = await AsyncConnection.connect(database_url, connect_timeout=_CONNECT_SECONDS)
    await connection.close()


async def _work(queue: App, config: Config, stopped: asyncio.Event) -> None:
    """Work until stopped, or until the library gives up for want of a connection.

    Answers have places of their own: what keeps the service in order never waits for them.
    """
    places = _places(config)
    working = [
        asyncio.create_task(_work_at(queue, config, name, concurrency))
        for name, concurrency in places.items()
    ]
    stop = asyncio.create_task(stopped.wait())
    await asyncio.wait({*working, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    for one in working:
        # For the library this means to finish what has begun.
        one.cancel()
    ended = await asyncio.gather(*working, return_exceptions=True)
    for error in ended:
        if isinstance(error, Exception):
            raise error


def _places(config: Config) -> dict[str, int]:
    """Return how many jobs of each queue run at a time."""
    return {
        DEFAULT_QUEUE: config.worker_concurrency,
        MESSAGES_QUEUE: config.messages_concurrency,
    }


async def _work_at(queue: App, config: Config, name: str, concurrency: int) -> None:
    await queue.run_worker_async(
        queues=[name],
        concurrency=concurrency,
        update_heartbeat_interval=config.upkeep_seconds,
        stalled_worker_timeout=_silent_seconds(config),
        shutdown_graceful_timeout=config.graceful_seconds,
        install_signal_handlers=False,
    )


def _silent_seconds(config: Config) -> int:
    return _MISSED_BEATS * config.upkeep_seconds


def _add(
    queue: App,
    app: Flask,
    name: str,
    function: Task,
    *,
    retry: BaseRetryStrategy | None = None,
    to: str = DEFAULT_QUEUE,
) -> Any:
    @wraps(function)
    def inside_application(**arguments: Any) -> None:
        with app.app_context():
            function(**arguments)

    return queue.task(name=name, queue=to, retry=retry or False)(inside_application)
