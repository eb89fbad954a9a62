"""Langfuse: scores, as its API lists them and as its exports hold them.

A score is ``{"id", "traceId", "name", "value", "stringValue"?, "dataType", "source", "comment",
"authorUserId"?, "timestamp"}``; files of blob storage write the same names with underscores,
and an answer of the API holds many under ``data``. A trace is a conversation that was imported
under its id, unless the score's metadata name a ``response_id``. Scores that a person gave one
answer are feedback of several dimensions; those of evaluators are no person's.
Source: https://langfuse.com/docs/api-and-data-platform/features/scores-api and
.../features/blob-storage-export-fields.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.feedback_forms.placing import (
    Json,
    LineOrFault,
    exchange_in,
    place_answer,
    place_score,
    place_text,
)
from app.errors import Invalid

_THUMBS = {"user-feedback", "user_feedback", "feedback", "thumbs"}
_LIKED = {
    **dict.fromkeys(("1", "1.0", "True"), "like"),
    **dict.fromkeys(("0", "0.0", "-1", "-1.0", "False"), "dislike"),
}
_TRUE = {"True": True, "true": True, "False": False, "false": False}


def lines_of(record: Mapping[str, Any], *, dimension: str | None) -> Iterator[LineOrFault]:
    """Yield the line of a score, or those of an answer that holds many."""
    scores = record.get("data")
    for score in scores if isinstance(scores, list) else [record]:
        try:
            yield _line(_Score(score), dimension)
        except Invalid as error:
            yield error


class _Score:
    """The fields of a score, by either of their names."""

    def __init__(self, fields: Any) -> None:
        self._fields = fields if isinstance(fields, dict) else {}

    def get(self, name: str) -> Any:
        """Return a field by its name with underscores."""
        first, *others = name.split("_")
        found = self._fields.get(name)
        return self._fields.get(first + "".join(map(str.title, others))) if found is None else found

    def object(self, name: str) -> Json:
        """Return a field that is an object, empty where it is none."""
        value = self.get(name)
        return value if isinstance(value, dict) else {}


def _line(score: _Score, dimension: str | None) -> Json:
    name, trace_id = score.get("name"), score.get("trace_id")
    if not isinstance(name, str) or not name:
        raise Invalid("expected a score with a name and a value", code="unknown_form")
    if score.get("source") == "EVAL":
        raise Invalid("an evaluator gave this score, and no person", code="no_person")
    known = exchange_in(score.object("metadata"))
    line: Json = {
        "external_id": score.get("id"),
        "created_at": score.get("timestamp") or score.get("created_at"),
        "user_id": _person(score),
        **({} if "response_id" in known else {"conversation_id": trace_id}),
        **{key: known[key] for key in known.keys() & {"response_id", "conversation_id", "turn"}},
    }
    _place(line, name, score, dimension)
    return line


def _person(score: _Score) -> Any:
    """Return who gave it: who annotated, or else whose trace it is."""
    author = score.get("author_user_id") or score.object("author").get("id")
    return author or score.object("trace").get("userId") or score.get("user_id")


def _place(line: Json, name: str, score: _Score, dimension: str | None) -> None:
    value, kind, comment = _value(score), score.get("data_type"), score.get("comment")
    if kind == "CORRECTION":
        line["correction"] = value
    elif kind == "TEXT":
        place_text(line, name, str(value))
    elif name.lower() in _THUMBS and not dimension and str(value) in _LIKED:
        line["rating"] = _LIKED[str(value)]
    elif isinstance(value, str):
        place_answer(line, name, value, dimension=dimension)
    else:
        # What is said of a score belongs to it.
        place_score(line, dimension or name, value, justification=comment)
        return
    if isinstance(comment, str) and comment:
        place_text(line, "comment", comment)


def _value(score: _Score) -> Any:
    value, text = score.get("value"), score.get("string_value")
    if score.get("data_type") == "BOOLEAN":
        return _TRUE.get(str(text), value if isinstance(value, bool) else bool(value))
    is_number = score.get("data_type") in (None, "NUMERIC")  # It may be a list.
    return value if is_number or text is None else text
