"""Preferences: which of several answers is better."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.feedback import PREFERENCE
from app.api.examples.story import OTHER_RESPONSE_ID, PROMPT_ID, RESPONSE_ID, page_example
from app.api.pagination import page_body, page_request
from app.api.schemas.pages import page_of
from app.api.schemas.preferences import PreferenceIn, PreferenceOut, PreferencesQuery
from app.db import transaction
from app.domain.access import Permission
from app.services import preferences

blueprint = Blueprint("preferences", __name__, description="Which of several answers is better")
_EXAMPLE = {"prompt_id": PROMPT_ID, "ranking": [[RESPONSE_ID], [OTHER_RESPONSE_ID]]}


@blueprint.operation(
    "POST", "/feedback/preferences", needs=Permission.FEEDBACK_WRITE, errors=(404, 409)
)
@blueprint.arguments(PreferenceIn, example=_EXAMPLE)
@blueprint.response(201, PreferenceOut, example=PREFERENCE)
def give_preference(body: dict[str, Any]) -> Any:
    """Rank the answers to a prompt, or compare two of them.

    A ranking goes from best to worst with ties in one group, once a person and prompt; of two,
    one is better, they tie or both are bad, once a person and pair. Again is a 409 that names
    the first.
    """
    with transaction() as session:
        given = preferences.give(session, principal=principal(), **body)
    return given, 201


@blueprint.operation("GET", "/feedback/preferences", needs=Permission.FEEDBACK_READ)
@blueprint.arguments(PreferencesQuery, location="query")
@blueprint.response(200, page_of(PreferenceOut), example=page_example(PREFERENCE))
def list_preferences(query: dict[str, Any]) -> Any:
    """List your own preferences, or everybody's as a validator, newest first."""
    page = page_request(query)
    with transaction() as session:
        found = preferences.page_preferences(session, principal=principal(), page=page, **query)
    return page_body(found)
