"""flask setup-initial-data: what a new installation starts with."""

import click
from flask.cli import with_appcontext

from app.cli.context import clear_errors
from app.db import transaction
from app.services import dimensions


@click.command("setup-initial-data")
@with_appcontext
def setup_initial_data() -> None:
    """Make the initial dimensions; any number of times."""
    with clear_errors(), transaction() as session:
        made = dimensions.set_up(session)
    click.echo(f"dimensions made: {', '.join(made) or 'none, all were there'}")
