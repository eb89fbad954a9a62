"""Usage: how much of the day's tokens somebody has left."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import config, principal
from app.api.examples.conversations import USAGE
from app.api.schemas.usage import DayOut
from app.db import transaction
from app.domain.access import Permission
from app.services import token_usage

blueprint = Blueprint("usage", __name__, description="What asking has cost")


@blueprint.operation("GET", "/users/me/usage", needs=Permission.INTERACTIONS_READ)
@blueprint.response(200, DayOut, example=USAGE)
def get_usage() -> Any:
    """Show one's own budget of tokens for today, and what is left of it.

    Tokens are set aside when a question is asked, and counted when its answer is over. Where
    nobody has set a budget nothing is counted; admins and API keys have none.
    """
    with transaction() as session:
        return token_usage.usage(session, principal=principal(), daily_tokens=config().daily_tokens)
