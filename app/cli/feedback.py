"""flask feedback import: what people said of answers elsewhere, out of a file."""

from typing import BinaryIO

import click
from flask.cli import with_appcontext

from app.cli.context import clear_errors, config
from app.cli.importing import conclude, pieces, tell
from app.cli.model_id import ModelId
from app.db import transaction
from app.domain.access import Permission, Role, principal_of
from app.services import feedback_imports
from app.services.feedback_intake import FeedbackImportOptions
from app.services.feedback_lines import FORMS, JSONL
from app.services.imports import ImportOptions


@click.group("feedback")
def group() -> None:
    """Bring feedback in from elsewhere."""


@group.command("import")
@click.argument("file", type=click.File("rb", lazy=True))
@click.option("--user", required=True, help="Who imports; whose conversations are made of it.")
@click.option("--format", "form", type=click.Choice(FORMS), default=JSONL, show_default=True)
@click.option("--dimension", help="What the scores of other systems are scores on.")
@click.option("--model-id", type=ModelId(), help="Of the lines that name no model.")
@click.option("--rater", help="Who rated, where a line does not say.")
@with_appcontext
def import_file(
    file: BinaryIO,
    *,
    user: str,
    form: str,
    dimension: str | None,
    model_id: str | None,
    rater: str | None,
) -> None:
    """Take in FILE, or - for the standard input; print the report as JSON."""
    consent = config().training_consent_default
    options = FeedbackImportOptions(
        form=form,
        conversations=ImportOptions(model_id=model_id, training_consent=consent),
        dimension=dimension,
        user_id=rater,
    )
    extra = [Permission.FEEDBACK_IMPORT_ALL, Permission.INTERACTIONS_IMPORT_ALL]
    with clear_errors():
        report = feedback_imports.import_feedback(
            transaction,
            principal=principal_of(subject=user, roles=[Role.USER], extra=extra),
            pieces=pieces(file),
            options=options,
            watch=tell,
        )
    conclude(report)
