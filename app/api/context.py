"""What views need of the process: settings, remotes, and who is asking."""

from flask import Flask, current_app, g

from app.clients.remotes import Remotes
from app.config import Config
from app.db import Transactions, transactions_of
from app.domain.access import Principal


def provide(app: Flask, config: Config, remotes: Remotes) -> None:
    """Let views of ``app`` find the settings and the remotes."""
    app.extensions["settings"] = config
    app.extensions["remotes"] = remotes


def config() -> Config:
    """Return the settings."""
    found: Config = current_app.extensions["settings"]
    return found


def remotes() -> Remotes:
    """Return the remotes."""
    found: Remotes = current_app.extensions["remotes"]
    return found


def transactions() -> Transactions:
    """Return what opens transactions on whichever thread, also after the request is over."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    return transactions_of(app)


def principal() -> Principal:
    """Return who is asking; authentication has run before any view."""
    found: Principal = g.principal
    return found
