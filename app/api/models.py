"""Models: who may be asked, by which provider, and how they are doing."""

from dataclasses import replace
from typing import Any

from flask import Response

from app.api.blueprint import Blueprint
from app.api.context import principal, remotes
from app.api.examples.models import CHANGES, MODEL_SERVED, OPENAI_MODEL
from app.api.examples.story import page_example
from app.api.model_path import checked_model_id
from app.api.pagination import page_body, page_request
from app.api.schemas.models import ModelChangesIn, ModelIn, ModelOut, ModelsQuery
from app.api.schemas.pages import page_of
from app.api.versions import etag, seen_version
from app.db import transaction
from app.domain.access import Permission
from app.services import model_views, served_models

blueprint = Blueprint("models", __name__, description="Which provider serves which model")


@blueprint.operation("GET", "/models", needs=Permission.MODELS_READ, errors=(422,))
@blueprint.arguments(ModelsQuery, location="query")
@blueprint.response(200, page_of(ModelOut), example=page_example(MODEL_SERVED))
def list_models(query: dict[str, Any]) -> Any:
    """List the models that have a route, with health and last latency.

    A model without one may be served all the same: it is looked for at the Model Service.
    """
    with transaction() as session:
        page = served_models.list_all(session, page=page_request(query, (str,)))
    return page_body(replace(page, items=_shown(*page.items)))


@blueprint.operation("POST", "/models", needs=Permission.MODELS_WRITE, errors=(409,))
@blueprint.arguments(ModelIn, example=OPENAI_MODEL)
@blueprint.response(201, ModelOut, example=MODEL_SERVED)
def create_model(body: dict[str, Any]) -> Any:
    """Serve a model by a provider: a Model Service, or any server of the OpenAI API.

    Whoever asks it next, on any node, goes this way. Nobody is asked now.
    """
    with transaction() as session:
        made = served_models.create(
            session, principal=principal(), check=remotes().check_route, **body
        )
    return _shown(made)[0], 201, etag(made)


@blueprint.operation(
    "GET", "/models/<path:model_id>", needs=Permission.MODELS_READ, errors=(404, 422)
)
@blueprint.response(200, ModelOut, example=MODEL_SERVED)
def get_model(model_id: str) -> Any:
    """Show a model that has a route."""
    with transaction() as session:
        model = served_models.get(session, model_id=checked_model_id(model_id))
    return _shown(model)[0], 200, etag(model)


@blueprint.operation(
    "PUT", "/models/<path:model_id>", needs=Permission.MODELS_WRITE, errors=(404, 412)
)
@blueprint.arguments(ModelChangesIn, example=CHANGES)
@blueprint.response(200, ModelOut, example=MODEL_SERVED)
def change_model(body: dict[str, Any], model_id: str) -> Any:
    """Change, disable or enable a model; the next call on any node goes by what is said here.

    What is absent stays; `settings` are exchanged as a whole. A disabled model is asked by nobody.
    """
    with transaction() as session:
        changed = served_models.change(
            session,
            principal=principal(),
            check=remotes().check_route,
            model_id=checked_model_id(model_id),
            changes=body,
            seen_version=seen_version(),
        )
    return _shown(changed)[0], 200, etag(changed)


@blueprint.operation(
    "DELETE", "/models/<path:model_id>", needs=Permission.MODELS_WRITE, errors=(404, 422)
)
@blueprint.response(204)
def delete_model(model_id: str) -> Any:
    """Remove a model's route; conversations stay, and it is the Model Service's from now on."""
    with transaction() as session:
        served_models.delete(session, principal=principal(), model_id=checked_model_id(model_id))
    return Response(status=204)


def _shown(*models: Any) -> list[model_views.ModelView]:
    return model_views.views(models, principal=principal(), book=remotes().health)
