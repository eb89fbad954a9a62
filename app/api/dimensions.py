"""Dimensions: what people rate on."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.context import principal
from app.api.examples.feedback import ARCHIVED_DIMENSION, DIMENSION, DIMENSION_VERSION
from app.api.examples.story import page_example
from app.api.model_path import checked_model_id
from app.api.pagination import page_body, page_request
from app.api.schemas.dimensions import (
    DimensionChangesIn,
    DimensionIn,
    DimensionOut,
    DimensionsQuery,
    DimensionVersionOut,
)
from app.api.schemas.pages import PageQuery, page_of
from app.api.versions import etag, seen_version
from app.db import transaction
from app.domain.access import Permission
from app.services import dimensions, scale_versions

blueprint = Blueprint("dimensions", __name__, description="What responses are rated on")


@blueprint.operation("POST", "/dimensions", needs=Permission.DIMENSIONS_WRITE, errors=(409,))
@blueprint.arguments(DimensionIn, example={"name": "tone", "scale": {"type": "boolean"}})
@blueprint.response(201, DimensionOut, example=DIMENSION)
def create_dimension(body: dict[str, Any]) -> Any:
    """Make a dimension for one model, or for all.

    Without a scale it is rated from 1 to 5 in whole steps. One of a model's own that has the
    name of one for `all` takes its place there; `overrides` says so.
    """
    with transaction() as session:
        made = dimensions.create(session, principal=principal(), **body)
    return made, 201, etag(made)


@blueprint.operation(
    "GET",
    "/dimensions/model/<path:model_id>",
    needs=Permission.DIMENSIONS_READ,
    errors=(422,),
)
@blueprint.arguments(DimensionsQuery, location="query")
@blueprint.response(200, page_of(DimensionOut), example=page_example(DIMENSION))
def list_dimensions(query: dict[str, Any], model_id: str) -> Any:
    """List a model's own dimensions and the ones for all models."""
    page = page_request(query, (int, UUID))
    archived = query.get("archived") == "true"
    model_id = checked_model_id(model_id)
    with transaction() as session:
        found = dimensions.list_for_model(session, model_id=model_id, page=page, archived=archived)
    return page_body(found)


@blueprint.operation(
    "PUT",
    "/dimensions/<uuid:dimension_id>",
    needs=Permission.DIMENSIONS_WRITE,
    errors=(404, 409, 412),
)
@blueprint.arguments(DimensionChangesIn, example={"description": "Is it friendly?"})
@blueprint.response(200, DimensionOut, example=DIMENSION)
def update_dimension(body: dict[str, Any], dimension_id: UUID) -> Any:
    """Change a dimension.

    What is absent stays. A changed scale makes a new version; ratings keep the one they were
    given on, and a `mapping` says what old scores are on the new one.
    """
    with transaction() as session:
        changed = dimensions.update(
            session,
            principal=principal(),
            dimension_id=dimension_id,
            changes=body,
            seen_version=seen_version(),
        )
    return changed, 200, etag(changed)


@blueprint.operation(
    "GET",
    "/dimensions/<uuid:dimension_id>/versions",
    needs=Permission.DIMENSIONS_READ,
    errors=(404,),
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(DimensionVersionOut), example=page_example(DIMENSION_VERSION))
def list_dimension_versions(query: dict[str, Any], dimension_id: UUID) -> Any:
    """List the versions of a dimension's scale, the newest first."""
    page = page_request(query, (int,))
    with transaction() as session:
        found = scale_versions.page_versions(session, dimension_id=dimension_id, page=page)
    return page_body(found)


@blueprint.operation(
    "POST",
    "/dimensions/<uuid:dimension_id>/archive",
    needs=Permission.DIMENSIONS_WRITE,
    errors=(404,),
)
@blueprint.response(200, DimensionOut, example=ARCHIVED_DIMENSION)
def archive_dimension(dimension_id: UUID) -> Any:
    """Take a dimension out of use; ratings on it stay, and no new ones are taken."""
    with transaction() as session:
        found = dimensions.archive(session, principal=principal(), dimension_id=dimension_id)
    return found, 200, etag(found)


@blueprint.operation(
    "POST",
    "/dimensions/<uuid:dimension_id>/restore",
    needs=Permission.DIMENSIONS_WRITE,
    errors=(404,),
)
@blueprint.response(200, DimensionOut, example=DIMENSION)
def restore_dimension(dimension_id: UUID) -> Any:
    """Take an archived dimension into use again."""
    with transaction() as session:
        found = dimensions.restore(session, principal=principal(), dimension_id=dimension_id)
    return found, 200, etag(found)
