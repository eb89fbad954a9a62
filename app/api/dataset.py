"""The dataset: entries, their provenance, and export."""

import re
from typing import Any
from uuid import UUID

from flask import Response, stream_with_context

from app.api.blueprint import Blueprint
from app.api.document import references
from app.api.examples.dataset import DATASET_STATS, ENTRY, ENTRY_WITH_PROVENANCE
from app.api.examples.story import page_example
from app.api.export_formats import ENCODERS
from app.api.model_path import checked_model_id
from app.api.pagination import page_body, page_request
from app.api.schemas.dataset import (
    DatasetStatsOut,
    EntryOut,
    EntryWithProvenanceOut,
    ExportQuery,
)
from app.api.schemas.pages import PageQuery, page_of
from app.db import transaction
from app.domain.access import Permission
from app.services import dataset

blueprint = Blueprint("dataset", __name__, description="Training data from validated feedback")
_NDJSON = {"type": "string", "description": "One entry a line, each as in the JSON form."}
_CSV = {"type": "string", "description": "A header line, then one row an entry."}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


@blueprint.operation(
    "GET",
    "/dataset/model/<path:model_id>",
    needs=Permission.DATASET_READ,
)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_of(EntryOut), example=page_example(ENTRY))
def list_entries(query: dict[str, Any], model_id: str) -> Any:
    """List a model's entries, newest first."""
    page = page_request(query)
    with transaction() as session:
        return page_body(
            dataset.page_entries(session, model_id=checked_model_id(model_id), page=page)
        )


@blueprint.operation(
    "GET",
    "/dataset/model/<path:model_id>/export",
    needs=Permission.DATASET_READ,
)
@blueprint.arguments(ExportQuery, location="query")
@blueprint.response(
    200,
    EntryOut(many=True),
    description="The file",
    example=[ENTRY],
    headers=references("Content-Disposition"),
)
@blueprint.alt_response(
    200, schema=_NDJSON, description="The file", content_type="application/x-ndjson"
)
@blueprint.alt_response(200, schema=_CSV, description="The file", content_type="text/csv")
def export_entries(query: dict[str, Any], model_id: str) -> Response:
    """Download all of a model's entries, streamed, newest first.

    `json` is one array, `jsonl` one entry a line, `csv` one row an entry with the nested parts as
    JSON in their cells; a cell that a spreadsheet would take for a formula begins with `'`.
    """
    encoder = ENCODERS[query["format"]]
    entries = dataset.iterate_entries(transaction, model_id=checked_model_id(model_id))
    response = Response(stream_with_context(encoder.encode(entries)), mimetype=encoder.mimetype)
    name = f"{_UNSAFE.sub('--', model_id)}.{query['format']}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


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
