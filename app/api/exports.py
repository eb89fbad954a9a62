"""Exports: the dataset as files of every shape and format, and what they would hold."""

import re
from dataclasses import replace
from typing import Any

from flask import Response, stream_with_context

from app.api.blueprint import Blueprint
from app.api.context import principal, transactions
from app.api.document import references
from app.api.examples.dataset import ENTRY, PREVIEW
from app.api.large_reading import desk
from app.api.model_path import checked_model_id
from app.api.schemas.dataset import EntryOut
from app.api.schemas.previews import PreviewOut
from app.api.schemas.selection import ExportQuery, ShapeQuery
from app.api.selecting import rules_of, selection_of
from app.db import transaction
from app.domain.access import Permission
from app.services import export_log, exports, previews
from app.services.encodings import catalogue

blueprint = Blueprint("exports", __name__, description="Training data as files")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)
_FILE = {"type": "string", "format": "binary"}
_NDJSON = {"type": "string", "description": "One record a line, each as in the JSON form."}
_CSV = {"type": "string", "description": "A header line, then one row a record."}
_FILES = (
    ("application/x-ndjson", _NDJSON),
    ("text/csv", _CSV),
    ("application/vnd.apache.parquet", _FILE),
    ("application/zip", _FILE),
    ("application/gzip", _FILE),
    ("application/zstd", _FILE),
)


def files(view: Any) -> Any:
    """Say that records go out, as JSON and as files of every other format."""
    for kind, schema in _FILES:
        view = blueprint.alt_response(
            200, schema=schema, description="The file", content_type=kind
        )(view)
    return blueprint.response(
        200,
        EntryOut(many=True),
        description="The file",
        example=[ENTRY],
        headers=references("Content-Disposition"),
    )(view)


@blueprint.operation(
    "GET",
    "/dataset/model/<path:model_id>/export",
    needs=Permission.DATASET_READ,
    errors=(404,),
)
@blueprint.arguments(ExportQuery, location="query")
@files
def export_dataset(query: dict[str, Any], model_id: str) -> Response:
    """Download a model's dataset, or a selection of it, streamed, newest first.

    **Shapes** (`shape`), every key in every record:

    * `entries`: one record a validated feedback, as the list has them; the default.
    * `raw`: the same with every rating of its answer, their aggregates, and all ids. A score is
      JSON in a text (`"4"`, `"true"`), so that a column has one kind; `place` is it from 0 to 1.
    * `sft`: TRL prompt-completion; `chat`: TRL conversational; `openai_chat`: OpenAI fine-tuning;
      `sharegpt`. Targets are corrections, else answers that are liked or scored `threshold` or
      more; never one that is disliked, flagged, or scored in the lower half.
    * `preference`: TRL DPO and reward models; `openai_dpo`: OpenAI. Pairs are a correction over
      what it corrects, what most people preferred, and a better-scored answer over a worse one to
      the same question. Ties, equal texts, repetitions and contradictions are left out. `margin`
      is by how much the better one is better, from 0 to 1, and 0 where nobody said (corrections).
    * `kto`: TRL unpaired, `label` true for good answers and corrections, false for bad ones.
    * `attributes`: like HelpSteer2, a column a dimension, mapped to whole numbers 0 to 4.
    * `oasst`: Open-Assistant's message trees. `feedback_log`: `{input, response, feedback}`.

    Where there is room, records say where they come from: `prompt_id`, `interaction_id` (split by
    it), `source`, `validated` (false where preferences, which nobody validates, made it),
    `raters`, `agreement` and `sample_weight`.

    **Formats** (`format`): `json` is one array, `jsonl` one record a line, `csv` one row a record
    with nested parts as JSON in their cells; a cell that a spreadsheet would take for a formula
    begins with `'`. `parquet` has one fixed schema a shape; `hf` is a zip of a Hugging Face
    dataset folder with its card.

    Where the model's privacy policy has `pii: mask`, personal data are covered, and `masked` says
    in each record what was, where there is room; with `drop` such records are left out.
    """
    selection = selection_of(query, checked_model_id(model_id))
    content = exports.content(
        transactions(), selection=selection, shape=query["shape"], rules=rules_of(query)
    )
    about = exports.about(query["shape"])
    file = catalogue.encode(
        content, format_=query["format"], compress=query.get("compress"), about=about
    )
    return attachment(_logged(file, query, selection.model_id), selection.model_id, query["shape"])


def _logged(file: catalogue.Encoded, query: dict[str, Any], model_id: str) -> catalogue.Encoded:
    """Have it written down who fetches it."""
    pieces = export_log.logged(
        transaction,
        principal=principal(),
        model_id=model_id,
        shape=query["shape"],
        format_=query["format"],
        pieces=file.pieces,
        rows=lambda: file.tally.rows,
    )
    return replace(file, pieces=pieces)


def attachment(file: catalogue.Encoded, model_id: str, shape: str) -> Response:
    """Answer with a file as it is made, named after what it is of."""
    response = Response(stream_with_context(file.pieces), mimetype=file.mimetype)
    stem = _UNSAFE.sub("--", model_id)
    name = stem if shape == exports.ENTRIES else f"{stem}.{shape}"
    value = f'attachment; filename="{name}{file.suffix}"'
    response.headers["Content-Disposition"] = value
    return response


@blueprint.operation(
    "GET",
    "/dataset/preview/<path:model_id>",
    needs=Permission.DATASET_READ,
    errors=(404,),
)
@blueprint.arguments(ShapeQuery, location="query")
@blueprint.response(200, PreviewOut, example=PREVIEW)
def preview_export(query: dict[str, Any], model_id: str) -> Any:
    """Tell what an export would hold, from whom, and what is left out and why."""
    selection = selection_of(query, checked_model_id(model_id))
    shape, rules = query["shape"], rules_of(query)
    with desk():
        return previews.preview(transactions(), selection=selection, shape=shape, rules=rules)
