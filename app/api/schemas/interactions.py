"""Interactions and their messages, in and out."""

from typing import Any

from marshmallow import fields, post_load

from app.api.schemas.fields import (
    LONGEST_NAME,
    Flag,
    FreeObject,
    In,
    ModelId,
    Out,
    Text,
    words,
)
from app.domain.states import InteractionStatus, Rating, ResponseStatus

_SETTINGS = (
    "Yours to use; `summarise` (true or false) says whether the model sums up in the background"
    " what no longer fits into its context. "
)


class InteractionIn(In):
    """A conversation to start."""

    model_id = ModelId(required=True)
    model_version = Text(
        longest=100,
        allow_none=True,
        metadata={"description": "The version that is wanted, for the record."},
    )
    title = Text(longest=LONGEST_NAME, allow_none=True)
    system_prompt = Text(
        allow_none=True,
        metadata={"description": "What the model is told before everything in a chat."},
    )
    prompt = Text(allow_none=True, metadata={"description": "An older name of system_prompt."})
    role = Text(
        longest=100,
        allow_none=True,
        metadata={"description": "Whose instruction `prompt` is; taken for older clients."},
    )
    settings = FreeObject(about=_SETTINGS)
    metadata = FreeObject()
    training_consent = Flag(
        metadata={
            "description": "Whether models may be trained on it; the installation has a default."
        }
    )

    @post_load
    def _older_names(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        older = data.pop("prompt", None)
        data.pop("role", None)
        if older is not None and data.get("system_prompt") is None:
            data["system_prompt"] = older
        return data


class InteractionChangesIn(In):
    """What to change of a conversation; what is absent stays."""

    status = fields.String(validate=words(InteractionStatus))
    title = Text(longest=LONGEST_NAME, allow_none=True)
    system_prompt = Text(allow_none=True)
    settings = FreeObject(about=_SETTINGS)
    metadata = FreeObject()
    training_consent = Flag(
        metadata={"description": "Given or taken back under the policy that is in force now."}
    )


class InteractionOut(Out):
    """A conversation."""

    id = fields.UUID(required=True)
    user_id = fields.String(required=True, metadata={"description": "Whose conversation it is."})
    model_id = fields.String(required=True)
    model_version = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=words(InteractionStatus))
    system_prompt = fields.String(required=True, allow_none=True)
    settings = fields.Dict(required=True)
    metadata = fields.Dict(required=True, attribute="metadata_")
    training_consent = fields.Boolean(required=True)
    consent_policy = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Under which policy; null: an import, or from before."},
    )
    consent_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it was last given or taken back."},
    )
    version = fields.Integer(
        required=True, metadata={"description": "Counts up with each change; the ETag."}
    )
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it was completed or abandoned."},
    )


class InteractionWithCountOut(InteractionOut):
    """A conversation and how many messages its history has."""

    user_id = fields.String(
        required=True,
        allow_none=True,
        attribute="shown_user_id",
        metadata={"description": "null: hidden from validators who judge feedback on it blindly."},
    )
    message_count = fields.Integer(required=True)


class HistoryMessageOut(Out):
    """A message of the history; an answer names its prompt, its status and your rating."""

    id = fields.UUID(required=True)
    role = fields.String(required=True, validate=words(("user", "assistant")))
    content = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    prompt_id = fields.UUID(required=True)
    response_id = fields.UUID(required=True, allow_none=True)
    status = fields.String(
        required=True,
        allow_none=True,
        validate=words((*ResponseStatus,)),
        dump_default=None,
    )
    rating = fields.String(
        required=True,
        allow_none=True,
        validate=words(Rating),
        metadata={"description": "Your own, of an answer."},
    )
    pinned = fields.Boolean(
        required=True, metadata={"description": "Whether the model is told it with every message."}
    )


class HistoryOut(Out):
    """A page of a conversation's messages, oldest first."""

    interaction_id = fields.UUID(required=True)
    messages = fields.List(fields.Nested(HistoryMessageOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
