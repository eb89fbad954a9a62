"""Validation: giving verdicts, and their statistics."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import config, principal, remotes
from app.api.examples.feedback import JUDGING, VALIDATION_STATS, VERDICT, VERDICTS
from app.api.large_reading import large_transaction
from app.api.pagination import page_body, page_request
from app.api.schemas.pages import PageQuery
from app.api.schemas.validation import VerdictIn, VerdictOut
from app.api.schemas.validation_stats import ValidationStatsOut
from app.api.schemas.verdicts import GivenVerdictsOut
from app.api.versions import seen_version
from app.db import transaction
from app.domain.access import Permission
from app.services import validation, validation_stats, verdict_views
from app.services.validation import GivenVerdict
from app.services.verdict_views import VerdictsView

blueprint = Blueprint("validation", __name__, description="Verdicts on feedback")


@blueprint.operation(
    "POST",
    "/validation/feedback/<uuid:feedback_id>",
    needs=Permission.VALIDATION_WRITE,
    errors=(404, 409, 412),
)
@blueprint.arguments(VerdictIn, example=JUDGING)
@blueprint.response(201, VerdictOut, example=VERDICT)
def validate_feedback(given: GivenVerdict, feedback_id: UUID) -> Any:
    """Give a verdict on feedback; as many as the model's policy asks for decide, by default one.

    Nobody judges their own feedback or feedback on their own conversation: 403. A 409 is
    `verdict_exists`, `feedback_decided`, `lease_expired`, `feedback_changed` where you have seen
    another version, or `no_place_left` where others hold leases of all places. Valid feedback
    makes an entry of the dataset; what is `returned` goes back to its author at once, with the
    notes. A dimension whose verdicts are against its rating, by the same quorum, is left out of
    the entry; a correction of yours stands there where you agree and the author gave none.
    """
    with transaction() as session:
        return validation.validate(
            session,
            principal=principal(),
            feedback_id=feedback_id,
            given=given,
            seen_version=seen_version(),
            queue=remotes().queue if config().user_service_url else None,
        )


@blueprint.operation(
    "GET",
    "/validation/feedback/<uuid:feedback_id>",
    needs=Permission.FEEDBACK_READ,
    errors=(404,),
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, GivenVerdictsOut, example=VERDICTS)
def list_verdicts(query: dict[str, Any], feedback_id: UUID) -> Any:
    """Show where feedback stands and why, to its author, validators and administrators.

    The author sees the verdicts of rounds that are over, without their givers' names where they
    judged blindly. Validators see what others said at once, in blind rounds when it is decided.
    """
    page = page_request(query)
    with transaction() as session:
        found = verdict_views.on_feedback(
            session, principal=principal(), feedback_id=feedback_id, page=page
        )
    return _with_page(found)


@blueprint.operation("GET", "/validation/stats", needs=Permission.VALIDATION_READ)
@blueprint.response(200, ValidationStatsOut, example=VALIDATION_STATS)
def get_validation_stats() -> Any:
    """Show how much is validated, by whom, how fast, and how well raters agree."""
    with large_transaction() as session:
        return validation_stats.stats(session)


def _with_page(found: VerdictsView) -> dict[str, Any]:
    """Return what is shown of feedback's verdicts, with the page of them beside it."""
    around = {name: getattr(found, name) for name in found.__slots__ if name != "page"}
    return {**around, **page_body(found.page)}
