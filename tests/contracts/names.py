"""Which known things a parameter or a field of a body names, and how often."""

from collections.abc import Mapping
from typing import Any

_HOW_OFTEN = 0.75


def _named(kinds: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"dictionary": kind, "probability": _HOW_OFTEN} for name, kind in kinds.items()}


# Everywhere.
NAMED = _named(
    {
        "path.interaction_id": "interaction",
        "path.prompt_id": "prompt",
        "path.response_id": "response",
        "path.message_id": "response",
        "path.feedback_id": "feedback",
        "path.entry_id": "entry",
        "path.version_id": "version",
        "path.other_id": "version",
        "path.dimension_id": "dimension",
        "path.job_id": "job",
        "path.signal_id": "signal",
        "path.token": "lease",
        "path.user_id": "person",
        "path.model_id": "model",
        "query.model_id": "model",
        "header.If-Match": "tag",
        "header.X-Interaction-ID": "interaction",
        "body.model_id": "model",
        "body.response_id": "response",
        "body.dimension_ratings[*].dimension_id": "dimension_name",
    }
)
# Where few of them would do.
NAMED_AT = {
    "/responses/{response_id}/cancel": _named({"path.response_id": "cancelled"}),
    "/validation/feedback/{feedback_id}": _named({"path.feedback_id": "waiting"}),
    "/validation/gold/{feedback_id}": _named({"path.feedback_id": "gold"}),
    "/validation/leases/{token}": _named({"path.token": "ended"}),
    "/feedback/{feedback_id}": _named({"path.feedback_id": "own"}),
    "/feedback/{feedback_id}/withdraw": _named({"path.feedback_id": "unwanted"}),
    "/feedback/{feedback_id}/decision": _named({"path.feedback_id": "decided"}),
    "/feedback/{feedback_id}/appeal": _named({"path.feedback_id": "rejected"}),
    "/feedback/{feedback_id}/resubmit": _named({"path.feedback_id": "returned"}),
    "/v1/chat/completions": _named(
        {"body.model": "served", "body.metadata.interaction_id": "interaction"}
    ),
}
