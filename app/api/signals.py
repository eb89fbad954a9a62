"""Signals: odd behaviour for administrators to look at; nothing follows from it by itself."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.people import DISMISSED, NOTE, SIGNAL
from app.api.examples.story import JUDGED, page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.pages import page_of
from app.api.schemas.people import DismissalIn, SignalOut, SignalsQuery
from app.db import transaction
from app.domain.access import Permission
from app.domain.measuring import Measured
from app.services import measurements, signals

blueprint = Blueprint("signals", __name__, description="Odd behaviour, with its evidence")
_SIGNALS = page_example(SIGNAL, as_of=JUDGED)


@blueprint.operation("GET", "/validation/signals", needs=Permission.PEOPLE_READ)
@blueprint.arguments(SignalsQuery, location="query")
@blueprint.response(200, page_of(SignalOut, is_measured=True), example=_SIGNALS)
def list_signals(query: dict[str, Any]) -> Any:
    """List what looks odd, the latest first: it is evidence, and no status, no point changes.

    `too_fast` verdicts, `straight_lining`, `near_duplicates` of texts, a `burst` of one person,
    a `crowd` on one conversation, an `approval_pair`. The worker looks every hour at the last
    `SIGNALS_DAYS`, and `flask people measure` at once; `as_of` is when.
    """
    page = page_request(query)
    with transaction() as session:
        found = signals.page(session, page=page, **query)
        as_of = measurements.as_of(session, what=Measured.SIGNALS)
    return page_body(found, as_of=as_of)


@blueprint.operation(
    "POST",
    "/validation/signals/<uuid:signal_id>/dismiss",
    needs=Permission.PEOPLE_WRITE,
    errors=(404, 409),
)
@blueprint.arguments(DismissalIn, example={"note": NOTE})
@blueprint.response(200, SignalOut, example=DISMISSED)
def dismiss_signal(body: dict[str, Any], signal_id: UUID) -> Any:
    """Say that there is nothing to a signal, and why; seen again it stays dismissed.

    It is open again where as much has come since as was needed to tell of it. Nobody dismisses
    a signal about themselves: 403.
    """
    with transaction() as session:
        return signals.dismiss(session, principal=principal(), signal_id=signal_id, **body)
