"""flask points: the ledger, held against the event log."""

import click
import orjson
from flask.cli import with_appcontext

from app.cli.context import clear_errors, config
from app.db import lone_transactions
from app.services import point_rebuild
from app.services.point_rebuild import Rebuilt


@click.group("points")
def group() -> None:
    """Look after the ledger of points."""


@group.command("rebuild")
@click.option(
    "--check", "only_check", is_flag=True, help="Compare only; exit code 1 if it differs."
)
@with_appcontext
def rebuild(*, only_check: bool) -> None:
    """Make the points anew out of the event log, and tell what was different.

    Verdicts go on meanwhile; only at the end they wait for a moment. With --check they never
    wait, and nothing is changed.
    """
    with clear_errors(), lone_transactions(config().sqlalchemy_url) as transactions:
        found = point_rebuild.rebuild(transactions, only_check=only_check, watch=_tell)
    _report(found, only_check=only_check)
    if only_check and found.different:
        raise SystemExit(1)


def _tell(events: int) -> None:
    click.echo(f"\r{events} events", nl=False, err=True)


def _report(found: Rebuilt, *, only_check: bool) -> None:
    click.echo("", err=True)
    for one in found.examples:
        sign = "+" if one.is_missing else "-"
        click.echo(f"{sign} {one.table} {orjson.dumps(one.row).decode()}")
    done = "different" if only_check else "mended"
    click.echo(f"{found.events} events, {found.different} rows {done}")
