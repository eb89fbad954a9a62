"""flask check: configuration and every remote, one line each."""

import time

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.context import config, remotes
from app.db import transaction
from app.services import readiness
from app.services.readiness import DatabaseState

_PAUSE_SECONDS = 0.5


@click.command("check")
@click.option(
    "--wait-database",
    "seconds",
    type=click.FloatRange(min=0),
    default=0.0,
    help="Wait this many seconds for the database to answer; its migrations are not asked.",
)
@with_appcontext
def check(seconds: float) -> None:
    """Check the configuration and every remote; exit code 1 where requests would fail."""
    if seconds:
        _wait(seconds)
        return
    _line("configuration", fault=None)
    database = _database()
    _line("database", fault=database.fault)
    for name, answers in _remotes().items():
        _line(name, fault=None if answers else "does not answer")
    if database.fault:
        raise SystemExit(1)


def _remotes() -> dict[str, bool]:
    """Return which of the configured remotes answer; requests go on without most of them."""
    settings, remote = config(), remotes()
    found = {"model service": remote.inference.health()}
    if settings.redis_url:
        found["redis"] = remote.cache.ping()
    if remote.keys:
        found["key set"] = remote.keys.answers()
    if settings.auth_service_url:
        found["auth service"] = remote.auth_service.answers()
    if settings.user_service_url:
        found["user profile service"] = remote.profiles.answers()
    return found


def _wait(seconds: float) -> None:
    until = time.monotonic() + seconds
    while not _database().reachable:
        if time.monotonic() > until:
            message = f"the database did not answer within {seconds:g} s"
            raise click.ClickException(message)
        time.sleep(_PAUSE_SECONDS)


def _database() -> DatabaseState:
    expected = current_app.extensions["expected_revision"]
    return readiness.database_state(transaction, expected=expected)


def _line(name: str, *, fault: str | None) -> None:
    click.echo(f"{name}: {fault or 'ok'}")
