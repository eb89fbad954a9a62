"""flask setup-initial-data: what a new installation starts with."""

import time

import click
from flask.cli import with_appcontext

from app.cli.context import clear_errors, remotes
from app.clients.inference.base import InferenceError
from app.clients.inference.catalogue import ListedModel
from app.db import transaction
from app.domain.deadline import Deadline
from app.domain.model_id import model_id_fault
from app.services import dimensions, served_models

# The model side may be starting, too; without it everything works but the list of models.
_MODEL_SIDE_SECONDS = 3.0
_PAUSE_SECONDS = 0.25


@click.command("setup-initial-data")
@with_appcontext
def setup_initial_data() -> None:
    """Make the initial dimensions, and list what the Model Service serves.

    Any number of times; what is there stays as it is.
    """
    with clear_errors(), transaction() as session:
        made = dimensions.set_up(session)
    click.echo(f"dimensions made: {', '.join(made) or 'none, all were there'}")
    listed = _listed(Deadline.after(_MODEL_SIDE_SECONDS))
    if listed is None:
        click.echo("models made: none, the Model Service did not tell which it serves")
        return
    with clear_errors(), transaction() as session:
        found = [
            model.model_id
            for model in listed
            if served_models.register(
                session, model_id=model.model_id, context_tokens=model.context_tokens
            )
        ]
    click.echo(f"models made: {', '.join(found) or 'none, all were there'}")


def _listed(deadline: Deadline) -> list[ListedModel] | None:
    """Return what the Model Service serves, None where it does not say so in time."""
    while True:
        try:
            listed = remotes().catalogue(deadline)
        except InferenceError:
            if deadline.remaining() <= _PAUSE_SECONDS:
                return None
            time.sleep(_PAUSE_SECONDS)
        else:
            return [model for model in listed if not model_id_fault(model.model_id)]
