"""What commands need of the application, and how their errors end."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from app.clients.remotes import Remotes
from app.config import Config
from app.errors import AppError


def config() -> Config:
    """Return the settings."""
    found: Config = current_app.extensions["settings"]
    return found


def remotes() -> Remotes:
    """Return the remotes."""
    found: Remotes = current_app.extensions["remotes"]
    return found


@contextmanager
def clear_errors() -> Iterator[None]:
    """End with one line and exit code 1 instead of a traceback."""
    try:
        yield
    except AppError as error:
        raise click.ClickException(error.message) from error
    except SQLAlchemyError as error:
        message = "the database does not answer, or is not migrated (flask db upgrade)"
        raise click.ClickException(message) from error
