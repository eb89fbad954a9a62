"""The worker process: procrastinate on PostgreSQL, every task inside the application."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any

import structlog
from flask import Flask
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from psycopg import AsyncConnection, OperationalError

from app.clients.remotes import Remotes
from app.config import Config
from app.jobs import contributions, memory, upkeep
from app.jobs.stalled import add_queue_upkeep

_log = structlog.get_logger(__name__)
# Passing faults: tried again five times over about an hour (5 s, 25 s, ... 52 min), then the
# job stays failed for a person.
_PASSING = RetryStrategy(max_attempts=5, exponential_wait=5)
_EVERY_HOUR = "17 * * * *"
_MISSED_BEATS = 3
_PAUSE_SECONDS = 1.0
_CONNECT_SECONDS = 5

Task = Callable[..., Any]


def make(app: Flask, config: Config, remotes: Remotes) -> App:
    """Return the task queue's application with all tasks registered."""
    queue = App(connector=PsycopgConnector(conninfo=config.database_url, timeout=_CONNECT_SECONDS))
    _add(queue, app, contributions.TASK, contributions.teller(remotes), retry=_PASSING)
    _add(queue, app, memory.TASK, memory.summariser(config, remotes))
    # The sixth field is seconds: a crash is mended within the minute.
    often = f"* * * * * */{config.upkeep_seconds}"
    overdue = _add(queue, app, "responses.end_overdue", upkeep.end_overdue)
    queue.periodic(cron=often, queueing_lock="responses.end_overdue")(overdue)
    keys = _add(queue, app, "idempotency.forget", upkeep.forgetter(config))
    queue.periodic(cron=_EVERY_HOUR, queueing_lock="idempotency.forget")(keys)
    add_queue_upkeep(queue, schedule=often, silent_seconds=_silent_seconds(config))
    return queue


def run(app: Flask, config: Config, remotes: Remotes) -> None:
    """Work until stopped; on SIGTERM what has begun is finished first.

    While the database is away it is waited for: what was in hand then is taken up again.
    """
    asyncio.run(_work_until_stopped(lambda: make(app, config, remotes), config))


async def _work_until_stopped(fresh_queue: Callable[[], App], config: Config) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
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
    """Work until stopped, or until the library gives up for want of a connection."""
    working = asyncio.create_task(
        queue.run_worker_async(
            concurrency=config.worker_concurrency,
            update_heartbeat_interval=config.upkeep_seconds,
            stalled_worker_timeout=_silent_seconds(config),
            shutdown_graceful_timeout=config.graceful_seconds,
            install_signal_handlers=False,
        )
    )
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    # For the library this means to finish what has begun.
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def _silent_seconds(config: Config) -> int:
    return _MISSED_BEATS * config.upkeep_seconds


def _add(
    queue: App,
    app: Flask,
    name: str,
    function: Task,
    retry: BaseRetryStrategy | None = None,
) -> Any:
    @wraps(function)
    def inside_application(**arguments: Any) -> None:
        with app.app_context():
            function(**arguments)

    return queue.task(name=name, queue="default", retry=retry or False)(inside_application)
