"""flask feedback import: what people said of answers elsewhere, out of a file."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import BinaryIO

import click
import orjson
from flask.cli import with_appcontext

from app.cli.context import clear_errors, config
from app.db import transaction
from app.domain.access import Permission, Role, principal_of
from app.domain.model_id import model_id_fault
from app.services import feedback_imports
from app.services.feedback_imports import FeedbackImportOptions
from app.services.feedback_lines import FORMS, JSONL
from app.services.imports import ImportOptions, ImportReport

_PIECE = 65_536
_EVERY = 100


@click.group("feedback")
def group() -> None:
    """Bring feedback in from elsewhere."""


@group.command("import")
@click.argument("file", type=click.File("rb", lazy=True))
@click.option("--user", required=True, help="Who imports; whose conversations are made of it.")
@click.option("--format", "form", type=click.Choice(FORMS), default=JSONL, show_default=True)
@click.option("--dimension", help="What the scores of other systems are scores on.")
@click.option("--model-id", help="Of the lines that name no model.")
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
    fault = model_id_fault(model_id) if model_id else None
    if fault:
        raise click.BadParameter(fault, param_hint="--model-id")
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
            pieces=_pieces(file),
            options=options,
            watch=_tell,
        )
    click.echo("", err=True)
    click.echo(orjson.dumps(asdict(report)))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _tell(report: ImportReport) -> None:
    told = f"{report.accepted} accepted, {report.repeated} repeated, {report.refused_count} refused"
    if not (report.accepted + report.repeated + report.refused_count) % _EVERY:
        click.echo(f"\r{told}", nl=False, err=True)
