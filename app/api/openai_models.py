"""Models in OpenAI's form, for clients that look which there are."""

from typing import Any

from app.api.examples.completions import OPENAI_MODEL, OPENAI_MODELS
from app.api.model_path import checked_model_id
from app.api.openai_blueprint import OpenAIBlueprint
from app.api.schemas.completions import OpenAIModelOut, OpenAIModelsOut
from app.db import transaction
from app.domain.access import Permission
from app.errors import NotFound
from app.services import served_models

blueprint = OpenAIBlueprint("openai_models", __name__, description="Models in OpenAI's form")


@blueprint.operation("GET", "/v1/models", needs=Permission.MODELS_READ)
@blueprint.response(200, OpenAIModelsOut, example=OPENAI_MODELS)
def list_openai_models() -> Any:
    """List the models that have a route and are enabled, at most a thousand."""
    with transaction() as session:
        return {"object": "list", "data": list(map(_shown, served_models.list_enabled(session)))}


@blueprint.operation(
    "GET", "/v1/models/<path:model_id>", needs=Permission.MODELS_READ, errors=(400, 404)
)
@blueprint.response(200, OpenAIModelOut, example=OPENAI_MODEL)
def get_openai_model(model_id: str) -> Any:
    """Show a model that has a route and is enabled."""
    with transaction() as session:
        model = served_models.get(session, model_id=checked_model_id(model_id))
        if not model.enabled:
            raise NotFound(f"the model {model_id!r} is disabled", code="model_not_found")
        return _shown(model)


def _shown(model: Any) -> dict[str, Any]:
    return {
        "id": model.model_id,
        "object": "model",
        "created": int(model.created_at.timestamp()),
        "owned_by": model.provider,
    }
