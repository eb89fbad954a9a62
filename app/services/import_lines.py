"""Reads the lines of an import: conversations, or why a line is none."""

from collections.abc import Iterable, Iterator

import orjson

from app.domain.conversation_forms import EVENTS, form_of
from app.domain.gathering import Gathering
from app.domain.json_bounds import check_json
from app.domain.json_lines import Line
from app.domain.told import Refusal, Told, told_in
from app.errors import AppError, Invalid, Malformed

AUTO = "auto"


def read_lines(lines: Iterable[Line], *, form: str = AUTO) -> Iterator[Told | Refusal]:
    """Yield what each line tells; events are put together to conversations first."""
    gathering = Gathering()
    for line in lines:
        try:
            yield from _told(line, form, gathering)
        except AppError as error:
            yield Refusal(line.number, error)
    yield from gathering.rest()


def _told(line: Line, form: str, gathering: Gathering) -> Iterator[Told | Refusal]:
    value = object_in(line.raw)
    found = form_of(value)
    if form not in {AUTO, found}:
        raise Invalid(f"expected the form {form}, found {found}", code="unknown_form")
    if found == EVENTS:
        yield from gathering.take(line.number, value, len(line.raw or b""))
    else:
        yield told_in(line.number, value, form=found)


def object_in(raw: bytes | None) -> dict[str, object]:
    """Return the object that a line holds; raises Malformed and Invalid."""
    if raw is None:
        raise Malformed("the line is too long", code="line_too_long")
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"the line is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise Malformed(f"expected a JSON object, found {type(value).__name__}")
    check_json(raw, value)
    return value
