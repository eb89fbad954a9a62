"""flask receipt: what erasures signed, and whether it is genuine."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from flask.cli import AppGroup

from app.cli.context import config
from app.clients.receipts import Signer, verified
from app.domain.forgotten import mark_of

group = AppGroup("receipt", help="Check the receipts of erasures.")
_COMPACT = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


@group.command("key")
def show_key() -> None:
    """Print the public key, by which anybody can check receipts, as a JWK."""
    click.echo(json.dumps(_own_key()))


@group.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the public key; that of this installation unless said.",
)
@click.option("--person", help="Check as well that it is about the person with this id.")
def verify(file: Path, key_file: Path | None, person: str | None) -> None:
    """Say what a receipt says, if it is genuine: FILE has the job's result, or its `signed`."""
    key = json.loads(key_file.read_text(encoding="utf-8")) if key_file else _own_key()
    found = _COMPACT.search(file.read_text(encoding="utf-8"))
    content = verified(found.group(), key) if found else None
    if content is None:
        raise click.ClickException("this is no receipt that the key has signed")
    if person is not None and content["person"] != mark_of(person, UUID(content["job_id"])):
        raise click.ClickException("it is genuine, but about somebody else")
    click.echo(json.dumps(content, indent=2))


def _own_key() -> dict[str, Any]:
    key = Signer(config()).public_key()
    if key is None:
        raise click.ClickException("there is no key: set RECEIPT_KEY")
    return key
