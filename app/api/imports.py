"""Imports: finished conversations from elsewhere, as JSON lines."""

from typing import Any

from app.api.blueprint import Blueprint
from app.api.context import config, principal
from app.api.examples.imports import LINES, REPORT
from app.api.schemas.imports import ImportQuery, ImportReportOut
from app.api.uploads import JSON_LINES, uploaded
from app.db import transaction
from app.domain.access import Permission
from app.domain.json_lines import LONGEST_LINE, split_lines
from app.services import imports
from app.services.imports import ImportOptions, ImportReport

blueprint = Blueprint("imports", __name__, description="Conversations from elsewhere")
_CONTENT = {
    "schema": {"type": "string", "description": "One JSON object a line, each at most 8 MiB."},
    "example": LINES,
}


@blueprint.operation(
    "POST",
    "/interactions/import",
    needs=Permission.INTERACTIONS_WRITE,
    binds_own_key=True,
    streams_body=True,
)
@blueprint.arguments(ImportQuery, location="query")
@blueprint.response(200, ImportReportOut, example=REPORT)
@blueprint.doc(requestBody={"required": True, "content": dict.fromkeys(JSON_LINES, _CONTENT)})
def import_interactions(query: dict[str, Any]) -> ImportReport:
    """Take in finished conversations, one a line, streamed.

    Each line is in one of these forms:

    * **OpenAI messages**: `{"id" or "external_id", "model" or "model_id", "messages": [{"role",
      "content", ...}], "created_at"?, "ended_at"?, "title"?, "system_prompt"?, "metadata"?,
      "status"?, "training_consent"?, "user_id"?}`; contents are texts or parts.
      Where the last message is a user's, `"responses": [{"content", "model_id"?}, ...]` are
      several answers to it, the first one first: for preferences between them.
    * **ShareGPT**: `{"id", "conversations": [{"from": "human" | "gpt" | "system", "value"}]}` and
      the other fields above.
    * **Events**: `{"type": "start_conversation" | "add_message" | "update_message" |
      "end_conversation", "data": {...}}` as `GET /events` gives them; the data may also stand
      beside the type. The events of a conversation may be spread over the file, which ends it;
      a rating `like` or `dislike` and a comment become feedback of the person whose it is.

    **Once**: an id (without one, the content) is taken in once per importer. The same again
    counts as `repeated`, other content under a known id is refused. Batches are committed as
    they come: what was taken in before an upload broke off stays, and is `repeated` when all of it
    is sent again. So an `Idempotency-Key` is accepted and not needed; nothing is kept for it.

    **Lines that are refused** are in the report, with all others taken in. `user_id` says whose a
    conversation becomes, for who has the permission `interactions:import_all`; else it is yours.

    **Messages**: each message of a user is a prompt, the last of what follows it its response if
    it is the assistant's. System messages at the beginning are the system prompt. What has no
    place of its own is kept with the prompt as it was sent: greetings before the first question,
    calls of tools and their results, parts that are no text; other fields of a line are in
    `metadata.import`. Times without a zone are taken as UTC.
    """
    consent = query.get("training_consent", str(config().training_consent_default))
    options = ImportOptions(
        model_id=query.get("model_id"), training_consent=consent.lower() == "true"
    )
    lines = split_lines(uploaded(JSON_LINES), longest=LONGEST_LINE)
    return imports.import_conversations(
        transaction, principal=principal(), lines=lines, options=options
    )
