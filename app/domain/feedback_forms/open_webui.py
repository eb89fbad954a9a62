"""Open WebUI: feedback as an administrator exports it (Evaluations, ``/feedbacks/all/export``).

One is ``{"id", "user_id", "type", "data": {"rating": 1 or -1, "model_id", "reason", "comment",
"details": {"rating": 1 to 10}}, "meta": {"chat_id", "message_id"}, "snapshot": {"chat"},
"created_at"}``. The snapshot holds the whole tree of the chat; the branch that leads to the
message is the exchange. Which other models stood beside it is left out.
Source: https://docs.openwebui.com/features/evaluation and the models of its feedback API
(backend/open_webui/models/feedbacks.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.conversation_forms import LONGEST_TITLE
from app.domain.feedback_forms.placing import Json, LineOrFault, place_score
from app.errors import Invalid

_RATINGS = {"1": "like", "-1": "dislike"}


def lines_of(record: Mapping[str, Any], *, dimension: str | None) -> Iterator[LineOrFault]:
    """Yield the line; the detailed rating is one on ``dimension``, where that is said."""
    data, meta, snapshot = (_object(record.get(name)) for name in ("data", "meta", "snapshot"))
    branch = _branch(snapshot, str(meta.get("message_id")))
    chat = _object(snapshot.get("chat"))
    model = branch[-1].get("model") or data.get("model_id") or meta.get("model_id")
    comment = ": ".join(str(one) for one in (data.get("reason"), data.get("comment")) if one)
    line: Json = {
        "external_id": record.get("id"),
        "user_id": record.get("user_id"),
        "created_at": record.get("created_at"),
        # A chat goes on after its answer was rated: each rated answer has a branch of its own.
        "conversation_id": f"{meta.get('chat_id')}/{meta.get('message_id')}",
        "messages": [_message(one) for one in branch],
        "model_id": model,
        "owner_id": chat.get("user_id"),
        "title": str(chat.get("title") or "")[:LONGEST_TITLE],
        "rating": _RATINGS.get(str(data.get("rating"))),
        "overall_comment": comment,
    }
    details = _object(data.get("details") or record.get("details"))
    if dimension and details.get("rating") is not None:
        place_score(line, dimension, details["rating"])
    yield line


def _branch(snapshot: Json, message_id: str) -> list[Json]:
    """Return the messages from the first one to the one that was rated."""
    messages, found = _messages(snapshot), list[Json]()
    seen: set[str] = set()
    while message_id in messages and message_id not in seen:
        seen.add(message_id)
        found.append(messages[message_id])
        message_id = str(messages[message_id].get("parentId"))
    if not found:
        message = "expected the chat with the message that was rated"
        raise Invalid("there is no snapshot of the chat", errors={"snapshot": [message]})
    return found[::-1]


def _messages(snapshot: Json) -> dict[str, Json]:
    """Return the messages by id; versions of the export differ in how deep they stand."""
    chat = _object(snapshot.get("chat"))
    for holder in (_object(chat.get("chat")), chat, snapshot):
        kept = _object(holder.get("history")).get("messages")
        values = kept.values() if isinstance(kept, dict) else kept
        if values:
            return {str(one.get("id")): one for one in values if isinstance(one, dict)}
    return {}


def _message(message: Json) -> Json:
    told = {name: message.get(name) for name in ("role", "content", "timestamp")}
    return {name: one for name, one in told.items() if one is not None}


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}
