"""The dataset: entries and their provenance."""

from typing import Any
from uuid import UUID

from app.api.blueprint import Blueprint
from app.api.examples.dataset import DATASET_STATS, ENTRY, ENTRY_WITH_PROVENANCE
from app.api.examples.story import page_example
from app.api.model_path import checked_model_id
from app.api.pagination import page_body, page_request
from app.api.schemas.dataset import (
    DatasetStatsOut,
    EntryOut,
    EntryWithProvenanceOut,
)
from app.api.schemas.pages import page_of
from app.api.schemas.selection import EntriesQuery
from app.api.selecting import selection_of
from app.db import transaction
from app.domain.access import Permission
from app.services import dataset

blueprint = Blueprint("dataset", __name__, description="Training data from validated feedback")


@blueprint.operation(
    "GET",
    "/dataset/model/<path:model_id>",
    needs=Permission.DATASET_READ,
)
@blueprint.arguments(EntriesQuery, location="query")
@blueprint.response(200, page_of(EntryOut), example=page_example(ENTRY))
def list_entries(query: dict[str, Any], model_id: str) -> Any:
    """List a model's entries, or a selection of them, newest first."""
    page = page_request(query)
    selection = selection_of(query, checked_model_id(model_id))
    with transaction() as session:
        return page_body(dataset.page_entries(session, selection=selection, page=page))


@blueprint.operation(
    "GET",
    "/dataset/entry/<uuid:entry_id>",
    needs=Permission.DATASET_READ,
    errors=(404,),
)
@blueprint.response(200, EntryWithProvenanceOut, example=ENTRY_WITH_PROVENANCE)
def get_entry(entry_id: UUID) -> Any:
    """Show an entry and where it comes from."""
    with transaction() as session:
        entry, provenance = dataset.get_with_provenance(session, entry_id=entry_id)
    fields = {name: getattr(entry, name) for name in entry.__slots__}
    return {**fields, "provenance": provenance}


@blueprint.operation("GET", "/dataset/stats", needs=Permission.DATASET_READ)
@blueprint.response(200, DatasetStatsOut, example=DATASET_STATS)
def get_dataset_stats() -> Any:
    """Show how many entries there are."""
    with transaction() as session:
        return dataset.stats(session)
