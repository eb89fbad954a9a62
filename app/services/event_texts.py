"""Joins texts into events when they are read, so that an erased text is gone from the log too."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import inf
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Feedback, FeedbackRevision, Interaction, Prompt, Response, Validation
from app.services import dimension_verdicts

Data = dict[str, Any]
_Texts = dict[str, Any]
_COMMENT = "overall_comment"
# What a verdict leads to; where it was a decision, none is named.
_JUDGED = tuple(
    f"feedback.{word}" for word in ("judged", "validated", "rejected", "tied", "returned")
)


def with_texts(session: Session, *, events: Sequence[tuple[str, Data]]) -> list[Data]:
    """Return the data of each (type, data) in its wire form; a query per kind of text."""
    texts = {name: load(session, events) for name, load in _LOADERS.items()}
    return [_WIRE.get(type_, _as_is)(data, texts) for type_, data in events]


def _ids(events: Iterable[tuple[str, Data]], type_: str, key: str, **having: str) -> set[UUID]:
    return {
        UUID(data[key])
        for kind, data in events
        if kind == type_
        and data.get(key)
        and all(data.get(name) == value for name, value in having.items())
    }


def _prompts(session: Session, events: Sequence[tuple[str, Data]]) -> _Texts:
    ids = _ids(events, "add_message", "id", role="user")
    return _rows(session, Prompt.id, Prompt.content, ids)


def _responses(session: Session, events: Sequence[tuple[str, Data]]) -> _Texts:
    ids = _ids(events, "add_message", "id", role="assistant")
    return _rows(session, Response.id, Response.content, ids)


def _comments(session: Session, events: Sequence[tuple[str, Data]]) -> _Texts:
    """Return the comments by feedback, each with the last version it stood in, oldest first."""
    ids = _ids(events, "update_message", "feedback_id")
    if not ids:
        return {}
    replaced = FeedbackRevision.replaced
    query = (
        select(FeedbackRevision.feedback_id, FeedbackRevision.version, replaced[_COMMENT].astext)
        .where(FeedbackRevision.feedback_id.in_(ids), replaced.has_key(_COMMENT))
        .order_by(FeedbackRevision.version)
    )
    found: dict[str, list[tuple[float, Any]]] = defaultdict(list)
    for feedback_id, version, text in session.execute(query):
        found[str(feedback_id)].append((version, text))
    now = _rows(session, Feedback.id, Feedback.overall_comment, ids)
    return {key: [*found[key], (inf, text)] for key, text in now.items()}


def _verdicts(session: Session, events: Sequence[tuple[str, Data]]) -> _Texts:
    ids = {one for type_ in _JUDGED for one in _ids(events, type_, "validation_id")}
    if not ids:
        return {}
    said = dimension_verdicts.of_verdicts(session, ids=list(ids))
    rows = session.scalars(select(Validation).where(Validation.id.in_(ids)))
    return {
        str(row.id): {
            "is_valid": row.is_valid,
            "notes": row.notes,
            "correction": row.correction,
            "dimension_verdicts": dimension_verdicts.plain(said.get(row.id, [])),
        }
        for row in rows
    }


def _metadata(session: Session, events: Sequence[tuple[str, Data]]) -> _Texts:
    ids = _ids(events, "start_conversation", "id")
    return _rows(session, Interaction.id, Interaction.metadata_, ids)


def _rows(session: Session, key: Any, value: Any, ids: set[UUID]) -> _Texts:
    if not ids:
        return {}
    found = session.execute(select(key, value).where(key.in_(ids)))
    return {str(row[0]): row[1] for row in found}


def _start(data: Data, texts: dict[str, _Texts]) -> Data:
    model = {**data["model"], "metadata": texts["metadata"].get(data["id"]) or {}}
    return {**data, "model": model, "messages": []}


def _add(data: Data, texts: dict[str, _Texts]) -> Data:
    source = texts["prompts" if data["role"] == "user" else "responses"]
    content = source.get(data["id"]) or ""
    return {**data, "content": content, "rating": "", "feedback": ""}


def _update(data: Data, texts: dict[str, _Texts]) -> Data:
    told_version = data.get("feedback_version", 1)
    stood = texts["comments"].get(data.get("feedback_id", ""), ())
    comment = next((text for last, text in stood if last >= told_version), None)
    return {**data, "feedback": comment or ""}


def _judged(data: Data, texts: dict[str, _Texts]) -> Data:
    said = texts["verdicts"].get(data.get("validation_id", ""))
    return {**data, "verdict": said} if said else data


def _as_is(data: Data, _texts: dict[str, _Texts]) -> Data:
    return data


_LOADERS: dict[str, Callable[[Session, Sequence[tuple[str, Data]]], _Texts]] = {
    "prompts": _prompts,
    "responses": _responses,
    "comments": _comments,
    "metadata": _metadata,
    "verdicts": _verdicts,
}
_WIRE: dict[str, Callable[[Data, dict[str, _Texts]], Data]] = {
    "start_conversation": _start,
    "add_message": _add,
    "update_message": _update,
    **dict.fromkeys(_JUDGED, _judged),
}
