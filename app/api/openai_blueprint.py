"""The blueprint of routes whose errors are in OpenAI's form."""

from collections.abc import Collection

from app.api import openai_errors
from app.api.blueprint import Blueprint


class OpenAIBlueprint(Blueprint):
    """This service's blueprint, for what official clients of OpenAI ask."""

    ERRORS = "OpenAI"

    def own_statuses(self, statuses: Collection[int]) -> set[int]:
        """Return the statuses that stand for these in OpenAI's form."""
        return {openai_errors.translated(status, "")[0] for status in statuses}
