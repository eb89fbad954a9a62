"""Responses: looking at one, however it ended."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.conversations import RESPONSE
from app.api.schemas.exchanges import ResponseOut
from app.db import transaction
from app.domain.access import Permission
from app.services import responses

blueprint = Blueprint("responses", __name__, description="Answers of models")


@blueprint.operation(
    "GET",
    "/responses/<uuid:response_id>",
    needs=Permission.INTERACTIONS_READ,
    errors=(404,),
)
@blueprint.response(200, ResponseOut, example=RESPONSE)
def get_response(response_id: UUID) -> Any:
    """Show a response, however it ended."""
    with transaction() as session:
        return responses.get(session, principal=principal(), response_id=response_id)
