"""Priority: which answers want feedback, and what the order of the queue gains."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.priority import PRIORITY_REPORT, WANTED
from app.api.examples.story import page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.pages import page_of
from app.api.schemas.priority import PriorityQuery, PriorityReportOut, WantedOut, WantedQuery
from app.db import transaction
from app.domain.access import Permission
from app.services import priority_gain, wanted
from app.services.wanted import KEY

blueprint = Blueprint("priority", __name__, description="What deserves attention, and why")


@blueprint.operation("GET", "/feedback/wanted", needs=Permission.FEEDBACK_WRITE)
@blueprint.arguments(WantedQuery, location="query")
@blueprint.response(200, page_of(WantedOut), example=page_example(WANTED))
def list_wanted(query: dict[str, Any]) -> Any:
    """List the answers that most deserve your feedback, with the reasons.

    Those of your own conversations; for validators and administrators all. Answers that you
    have rated are not among them, nor ones that failed or are empty. They come in windows, the
    newest first, each in order: 200 answers, or of 20 conversations the 10 newest turns. A page
    may be empty while there is a `next_cursor`. Raters disagree, what they say is unclear, few
    have rated it or anything of the model, nothing in the window says the same, people have
    complained, it is fresh: each is named with its number.
    """
    page = page_request(query, KEY)
    with transaction() as session:
        return page_body(wanted.page_wanted(session, principal=principal(), page=page, **query))


@blueprint.operation("GET", "/validation/priority", needs=Permission.VALIDATION_READ)
@blueprint.arguments(PriorityQuery, location="query")
@blueprint.response(200, PriorityReportOut, example=PRIORITY_REPORT)
def get_priority_report(query: dict[str, Any]) -> Any:
    """Show what the order of the queue gains over work that is drawn by lot.

    A verdict counts as useful when it rejected, sent back, confirmed a correction, or another
    validator of the round said otherwise. Nothing is concluded before there are enough.
    """
    with transaction() as session:
        return priority_gain.report(session, **query)
