"""flask worker: the process that does background work."""

import click
from flask import current_app
from flask.cli import with_appcontext

from app.cli.context import config, remotes
from app.db import transaction
from app.errors import ConfigurationError
from app.jobs import worker as jobs_worker
from app.services import readiness


@click.command("worker")
@with_appcontext
def worker() -> None:
    """Do background work until stopped."""
    if faults := readiness.broken_promises(transaction):
        raise click.ClickException(ConfigurationError(faults).message)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    jobs_worker.run(app, config(), remotes())
