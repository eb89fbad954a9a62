"""flask import: finished conversations out of a file."""

from typing import BinaryIO

import click
from flask.cli import with_appcontext

from app.cli.context import clear_errors, config
from app.cli.importing import conclude, pieces, tell
from app.cli.model_id import ModelId
from app.db import transaction
from app.domain.access import Permission, Role, principal_of
from app.domain.conversation_forms import FORMS
from app.domain.json_lines import LONGEST_LINE, split_lines
from app.services import imports
from app.services.import_lines import AUTO
from app.services.imports import ImportOptions


@click.command("import")
@click.argument("file", type=click.File("rb", lazy=True))
@click.option("--user", required=True, help="Whose the conversations are, unless a line says.")
@click.option(
    "--format", "form", type=click.Choice([AUTO, *FORMS]), default=AUTO, show_default=True
)
@click.option("--model-id", type=ModelId(), help="Of the lines that name no model.")
@click.option(
    "--training-consent/--no-training-consent",
    default=None,
    help="Whether models may be trained on it; the default is TRAINING_CONSENT_DEFAULT.",
)
@with_appcontext
def import_file(
    file: BinaryIO, *, user: str, form: str, model_id: str | None, training_consent: bool | None
) -> None:
    """Take in FILE, JSON lines, or - for the standard input; print the report as JSON."""
    default = config().training_consent_default
    options = ImportOptions(
        model_id=model_id,
        form=form,
        training_consent=default if training_consent is None else training_consent,
    )
    extra = [Permission.INTERACTIONS_IMPORT_ALL]
    with clear_errors():
        report = imports.import_conversations(
            transaction,
            principal=principal_of(subject=user, roles=[Role.USER], extra=extra),
            lines=split_lines(pieces(file), longest=LONGEST_LINE),
            options=options,
            watch=tell,
        )
    conclude(report)
