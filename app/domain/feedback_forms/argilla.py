"""Argilla: records as ``dataset.records(with_responses=True).to_json(path)`` writes them.

A record is ``{"id", "fields", "metadata", "suggestions", "responses": {question: [{"value",
"user_id"}]}, "vectors"}``; suggestions are those of models and are left out.
Source: https://docs.argilla.io/latest/reference/argilla/records/records (Record.to_dict) and
https://docs.argilla.io/latest/how_to_guides/import_export.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.feedback_forms.placing import (
    LineOrFault,
    exchange_fault,
    exchange_in,
    nothing_said,
    place_answer,
)
from app.errors import Invalid

_Answers = dict[str, list[tuple[str, Any]]]


def lines_of(record: Mapping[str, Any], *, dimension: str | None) -> Iterator[LineOrFault]:
    """Yield a line for each person who answered, with all of their answers."""
    fields, metadata = (_object(record, name) for name in ("fields", "metadata"))
    exchange = exchange_in(fields, metadata)
    if fault := exchange_fault(exchange):
        yield fault
        return
    answers = _by_person(_object(record, "responses"))
    if not answers:
        yield nothing_said()
    for user_id, given in answers.items():
        line = {**exchange, "user_id": user_id}
        if record.get("id") is not None:
            line["external_id"] = f"{record['id']}/{user_id}"
        for question, value in given:
            place_answer(line, question, _plain(value), dimension=dimension)
        yield line


def _object(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = record.get(name)
    if value is None or isinstance(value, dict):
        return value or {}
    raise Invalid("the record does not fit its form", errors={name: ["expected an object"]})


def _by_person(responses: Mapping[str, Any]) -> _Answers:
    answers: _Answers = defaultdict(list)
    for question, given in responses.items():
        for one in given if isinstance(given, list) else [given]:
            if not isinstance(one, dict) or one.get("user_id") is None:
                message = "expected objects with value and user_id"
                where = {f"responses.{question}": [message]}
                raise Invalid("the record does not fit its form", errors=where)
            answers[str(one["user_id"])].append((question, one.get("value")))
    return answers


def _plain(value: Any) -> Any:
    """Return the one label of a question that may have several, and all else as it is."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
