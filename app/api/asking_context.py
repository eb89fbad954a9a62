"""What views need to ask models: limits, providers, and the recorder of streams."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import structlog
from flask import Flask, current_app

from app.api.context import config, principal, remotes, transactions
from app.db import transactions_of
from app.errors import AppError, TooMany
from app.services import streaming
from app.services.calls import Providers
from app.services.following import Follower
from app.services.journal import Journal
from app.services.questions import Limits
from app.services.streaming import Recorder, Recording

_log = structlog.get_logger(__name__)


def register(app: Flask) -> None:
    """Give the application its stream journal."""
    app.extensions["journal"] = Journal(transactions_of(app), app.extensions["remotes"].live)


def limits(*, streams: bool = False) -> Limits:
    """Return how long a call may take, and how much of a conversation goes along."""
    return Limits.by(config(), remotes(), streams=streams)


@contextmanager
def seats(within: Limits) -> Iterator[ExitStack]:
    """Be one of the questions that the principal may have under way; raises TooMany.

    A stream may take the stack over. API keys are programs that speak for many, and ask as
    often as they like.
    """
    person, taken = principal(), remotes().seats
    with ExitStack() as held:
        if person.roles:
            leave = taken.take(person.id, seconds=within.deadline_seconds + within.grace_seconds)
            if leave is None:
                message = f"expected at most {taken.limit} questions of yours under way at a time"
                raise TooMany(message, code="too_many_at_once", limit=taken.limit)
            held.callback(leave)
        yield held


def providers() -> Providers:
    """Return who finds the provider of a target."""
    return remotes().providers


def journal() -> Journal:
    """Return the stream journal of this process."""
    found: Journal = current_app.extensions["journal"]
    return found


def recorder() -> Recorder:
    """Return who records streams, also after the request is over."""
    return Recorder(
        transactions=transactions(),
        providers=providers(),
        journal=journal(),
        storing_seconds=limits().storing_seconds,
    )


def follower() -> Follower:
    """Return who follows streams that somebody else records."""
    return Follower(transactions=transactions(), live=remotes().live)


def leaver() -> Callable[[Recording], None]:
    """Return what happens to a recording whose listener goes away, as the settings say."""
    return _cancel if config().stream_on_disconnect == "cancel" else _go_on


def _cancel(recording: Recording) -> None:
    recording.close()


def _go_on(recording: Recording) -> None:
    # Not a daemon: a stop waits for it as for any request.
    threading.Thread(target=_finish, args=(recording,), name="recording").start()


def _finish(recording: Recording) -> None:
    try:
        streaming.finish(recording)
    except AppError as error:
        # On record, and nobody is left to be told.
        _log.info("recording.failed", code=error.reason)
