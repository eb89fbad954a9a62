"""flask api-key: keys for other services."""

import click
from flask.cli import AppGroup

from app.cli.context import clear_errors
from app.db import transaction
from app.services import api_keys

group = AppGroup("api-key", help="Make, list and revoke API keys of other services.")


@group.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="A permission; repeatable.")
def create(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key for the service NAME; it is shown this once."""
    with clear_errors(), transaction() as session:
        key = api_keys.create(session, name=name, scopes=scopes)
    click.echo(key)


@group.command("list")
def list_keys() -> None:
    """List the keys' names, scopes and states."""
    with clear_errors(), transaction() as session:
        for row in api_keys.list_all(session):
            state = f"revoked {row.revoked_at:%Y-%m-%d}" if row.revoked_at else "active"
            click.echo(f"{row.name}\t{state}\t{' '.join(row.scopes)}")


@group.command("revoke")
@click.argument("name")
def revoke(name: str) -> None:
    """Make the key of the service NAME worthless from now on."""
    with clear_errors(), transaction() as session:
        api_keys.revoke(session, name=name)
    click.echo(f"revoked {name}")
