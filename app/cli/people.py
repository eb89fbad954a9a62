"""flask people: what the worker counts every hour, counted now."""

from collections.abc import Callable

import click
from flask.cli import with_appcontext

from app.cli.context import clear_errors, config
from app.db import transaction
from app.services import reliabilities, signals, vote_comparison


@click.group("people")
def group() -> None:
    """Look after what is measured of people."""


@group.command("measure")
@with_appcontext
def measure() -> None:
    """Count anew how reliable people are and how far they agree, and look for what is odd.

    The worker does so every hour; both may run at the same time. The service goes on meanwhile.
    """
    settings = config()
    with clear_errors():
        people = reliabilities.measure(
            transaction, rule=reliabilities.forgetting(settings), watch=_teller("people")
        )
        _report(f"reliability: {people} validators and raters")
        dimensions = vote_comparison.compare(
            transaction, most=settings.compared_votes, watch=_teller("dimensions")
        )
        _report(f"agreement: verdicts, and scores on {dimensions} dimensions")
        found = signals.look(transaction, days=settings.signals_days, watch=_teller("looks"))
        _report(f"signals: {found} found")


def _teller(what: str) -> Callable[[int], None]:
    """Return what tells how far the work has come, on one line beside the results."""
    return lambda number: click.echo(f"\r{number} {what}", nl=False, err=True)


def _report(line: str) -> None:
    click.echo("", err=True)
    click.echo(line)
