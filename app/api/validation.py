"""Validation: giving verdicts, and their statistics."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import config, principal, remotes
from app.api.examples.feedback import VALIDATION_STATS, VERDICT
from app.api.schemas.validation import ValidationStatsOut, VerdictIn, VerdictOut
from app.db import transaction
from app.domain.access import Permission
from app.services import validation, validation_stats

blueprint = Blueprint("validation", __name__, description="Verdicts on feedback")


@blueprint.operation(
    "POST",
    "/validation/feedback/<uuid:feedback_id>",
    needs=Permission.VALIDATION_WRITE,
    errors=(404, 409),
)
@blueprint.arguments(VerdictIn, example={"is_valid": True, "notes": "Well justified."})
@blueprint.response(201, VerdictOut, example=VERDICT)
def validate_feedback(body: dict[str, Any], feedback_id: UUID) -> Any:
    """Decide on feedback.

    Nobody decides on their own feedback or on feedback on their own conversation: 403. Valid
    feedback makes an entry of the dataset.
    """
    with transaction() as session:
        return validation.validate(
            session,
            queue=remotes().queue,
            principal=principal(),
            feedback_id=feedback_id,
            tell_profiles=bool(config().user_service_url),
            **body,
        )


@blueprint.operation("GET", "/validation/stats", needs=Permission.VALIDATION_READ)
@blueprint.response(200, ValidationStatsOut, example=VALIDATION_STATS)
def get_validation_stats() -> Any:
    """Show how much is validated, by whom, how fast, and how well raters agree."""
    with transaction() as session:
        return validation_stats.stats(session)
