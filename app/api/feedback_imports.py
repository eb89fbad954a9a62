"""Feedback imports: what people said of answers in other systems."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import config, principal
from app.api.examples.feedback_imports import CSV_ROWS, LINES, REPORT
from app.api.schemas.feedback_imports import FeedbackImportQuery
from app.api.schemas.imports import ImportReportOut
from app.api.uploads import JSON_LINES, uploaded
from app.db import transaction
from app.domain.access import Permission
from app.services import feedback_imports
from app.services.feedback_intake import FeedbackImportOptions
from app.services.imports import ImportOptions, ImportReport

blueprint = Blueprint("feedback_imports", __name__, description="Feedback from elsewhere")
_CSV = "text/csv"
# What other systems export is often one array.
_KINDS = (*JSON_LINES, _CSV, "application/json")
_TEXT = {"type": "string", "description": "One record a line or row, each at most 8 MiB."}
_CONTENT = {kind: {"schema": _TEXT, "example": LINES} for kind in JSON_LINES}
_CONTENT[_CSV] = {"schema": _TEXT, "example": CSV_ROWS}


@blueprint.operation(
    "POST",
    "/feedback/import",
    needs=Permission.FEEDBACK_IMPORT_ALL,
    binds_own_key=True,
    streams_body=True,
)
@blueprint.arguments(FeedbackImportQuery, location="query")
@blueprint.response(200, ImportReportOut, example=REPORT)
@blueprint.doc(requestBody={"required": True, "content": _CONTENT})
def import_feedback(query: dict[str, Any]) -> ImportReport:
    """Take in feedback that was given elsewhere, streamed.

    `format` says what comes:

    * **jsonl** (one object a line) and **csv** (a header, then rows), our own form. Which response:
      `response_id`, or `conversation_id` (the external id of a conversation that you have imported)
      and `turn` (counted from 1, else the last with an answer), or the exchange itself, which is
      taken in first: `prompt` or `messages`, `response`, `model_id?`, `owner_id?` (whose it
      becomes, else yours). Who rated: `user_id`. What they said: the parts of `POST /feedback`,
      in CSV also columns `score:accuracy` and `why:accuracy`. Where from: `source`, `external_id`,
      `created_at`.
    * **argilla** (`records.to_json`), **label_studio** (JSON export), **open_webui** (exported
      feedback), **langfuse** (scores): a JSON array, sent as `application/json`, or JSON lines.
      Fields called prompt, question, instruction or input and response, answer, completion or
      output are the exchange, unless the data or metadata name a `response_id`. Answers called
      comment, correction or flag are those, like and dislike are the rating, all others scores
      on the dimension of their name, or on `dimension`. Open WebUI's rating from 1 to 10 is taken
      with `dimension` alone. Langfuse's scores go to the imported conversation of their trace, and
      those that one person gave it are put together.

    **Pending**: what comes in is validated like all other feedback, never by the import. **Once**:
    an external id (without one, the content) is taken in once per importer and source; the same
    again is `repeated`, other content refused. Batches of lines are committed, so an upload
    that broke off is simply sent again. Lines that are refused are in the report, with all
    others taken in: a dimension has to be there first, by `POST /dimensions`.
    """
    return feedback_imports.import_feedback(
        transaction,
        principal=principal(),
        pieces=uploaded(_KINDS),
        options=_options(query),
    )


def _options(query: dict[str, Any]) -> FeedbackImportOptions:
    consent = config().training_consent_default
    return FeedbackImportOptions(
        form=query["format"],
        conversations=ImportOptions(model_id=query.get("model_id"), training_consent=consent),
        dimension=query.get("dimension"),
        user_id=query.get("user_id"),
    )
