"""Label Studio: annotated tasks of a JSON export.

A task is ``{"id", "data", "annotations": [{"id", "completed_by", "result": [{"from_name",
"type", "value"}], "was_cancelled", "created_at"}], "predictions"}``. Predictions are those of
models and are left out; who skipped a task could not judge it.
Source: https://labelstud.io/guide/task_format, https://labelstud.io/tags/rating, /tags/choices,
/tags/textarea, /tags/number.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.feedback_forms.placing import (
    Json,
    LineOrFault,
    exchange_fault,
    exchange_in,
    nothing_said,
    place_answer,
    place_text,
)
from app.errors import Invalid

_SYSTEM = "label_studio"
_KINDS = ("rating", "number", "choices", "textarea")


def lines_of(record: Mapping[str, Any], *, dimension: str | None) -> Iterator[LineOrFault]:
    """Yield a line for each annotation."""
    data, metadata = record.get("data"), record.get("meta")
    annotations = record.get("annotations") or []
    if not isinstance(data, dict) or not isinstance(annotations, list):
        raise Invalid("expected a task with data and annotations", code="unknown_form")
    exchange = exchange_in(data, metadata if isinstance(metadata, dict) else {})
    if fault := exchange_fault(exchange):
        yield fault
        return
    if not annotations:
        yield nothing_said()
    for place, annotation in enumerate(annotations):
        try:
            yield {**exchange, **_line(annotation, record.get("id"), place, dimension)}
        except Invalid as error:
            yield error


def _line(annotation: Any, task_id: Any, place: int, dimension: str | None) -> Json:
    if not isinstance(annotation, dict):
        raise _misfit(f"annotations.{place}", "expected an object")
    line: Json = {"user_id": _person(annotation), "created_at": annotation.get("created_at")}
    if task_id is not None:
        line["external_id"] = f"{task_id}/{annotation.get('id', f'place {place}')}"
    if annotation.get("was_cancelled"):
        return {**line, "cannot_judge": True, "cannot_judge_reason": "skipped"}
    results = annotation.get("result")
    for result in results if isinstance(results, list) else []:
        _place(line, result, dimension)
    return line


def _person(annotation: Json) -> str | None:
    """Return who made it: the address, or the number of an account with its system's name."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        by = by.get("email") or by.get("id")
    if by is None:
        return None
    return by if isinstance(by, str) else f"{_SYSTEM}:{by}"


def _place(line: Json, result: Any, dimension: str | None) -> None:
    if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
        raise _misfit("result", "expected objects with from_name, type and value")
    name, kind = result.get("from_name"), result.get("type")
    if kind not in _KINDS or not isinstance(name, str):
        message = f"expected one of {', '.join(_KINDS)}, found {kind!r}"
        raise _misfit(f"result.{name}", message)
    said = result["value"].get("text" if kind == "textarea" else kind)
    if kind == "textarea":
        place_text(line, name, "\n".join(map(str, said)) if isinstance(said, list) else str(said))
    else:
        is_one = isinstance(said, list) and len(said) == 1
        place_answer(line, name, said[0] if is_one else said, dimension=dimension)


def _misfit(name: str, message: str) -> Invalid:
    return Invalid("the annotation does not fit its form", errors={name: [message]})
