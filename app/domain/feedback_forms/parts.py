"""Parts of feedback in a line of our own form: texts, flags, scores and spans."""

from collections.abc import Iterator
from typing import Any

from app.domain.field_reader import LONGEST_TEXT, FieldReader
from app.domain.flagging import Flag, FlagReason, ReasonedFlag

Json = dict[str, Any]

_MOST = 50
_LONGEST_NAME = 100
_LONGEST_CATEGORY = 200
_LONGEST_FLAG = 2_000
LONGEST_NOTE = 20_000
_LONGEST_CONTENT = 2**31 - 1
# What this service shows beside a score; the version that holds is the present one.
_SHOWN = ("dimension_name", "dimension_version")


def text_in(reader: FieldReader, name: str, *, longest: int = LONGEST_TEXT) -> str | None:
    """Return a text; one of white space says nothing."""
    value = reader.text(name, longest=longest)
    return value if value and value.strip() else None


def flag_in(reader: FieldReader) -> Flag | None:
    """Return the flag: a text, or a reason with a note."""
    value = reader.rest.get("flag")
    if not isinstance(value, dict):
        return text_in(reader, "flag", longest=_LONGEST_FLAG)
    inner = FieldReader(reader.take("flag"))
    reason = inner.word("reason", [*FlagReason])
    note = text_in(inner, "note", longest=_LONGEST_FLAG)
    if reason is None:
        inner.faults.setdefault("reason", ["expected a reason"])
    _hand_up(reader, inner, "flag")
    return ReasonedFlag(reason=reason or "", note=note)


def ratings_in(reader: FieldReader) -> Iterator[Json]:
    """Yield scores on dimensions, which go by their id or their name."""
    for path, inner in _items(reader, "dimension_ratings"):
        for name in _SHOWN:
            inner.rest.pop(name, None)
        dimension = inner.text("dimension_id", "dimension", longest=_LONGEST_NAME)
        if dimension is None:
            inner.faults.setdefault("dimension_id", ["expected a dimension's id or name"])
        yield {
            "dimension": dimension,
            "score": _score(inner),
            "justification": text_in(inner, "justification", longest=LONGEST_NOTE),
            "correct_response": text_in(inner, "correct_response"),
            "cannot_judge": inner.flag("cannot_judge"),
            "cannot_judge_reason": text_in(inner, "cannot_judge_reason", longest=LONGEST_NOTE),
        }
        _hand_up(reader, inner, path)


def spans_in(reader: FieldReader) -> Iterator[Json]:
    """Yield parts of the response's text that feedback points at."""
    for path, inner in _items(reader, "spans"):
        text = inner.text("text")
        if text is None:
            inner.faults.setdefault("text", ["expected what stands there"])
        yield {
            "start": _place(inner, "start"),
            "end": _place(inner, "end"),
            "text": text,
            "dimension": inner.text("dimension_id", longest=_LONGEST_NAME),
            "note": text_in(inner, "note", longest=LONGEST_NOTE),
        }
        _hand_up(reader, inner, path)


def _items(reader: FieldReader, name: str) -> Iterator[tuple[str, FieldReader]]:
    values = reader.items(name)
    if len(values) > _MOST:
        reader.faults[name] = [f"expected at most {_MOST}"]
        return
    for place, value in enumerate(values):
        if isinstance(value, dict):
            yield f"{name}.{place}", FieldReader(value)
        else:
            reader.faults[f"{name}.{place}"] = ["expected an object"]


def _score(inner: FieldReader) -> Any:
    score = inner.take("score")
    is_text = isinstance(score, str) and 0 < len(score) <= _LONGEST_CATEGORY
    if score is None or is_text or isinstance(score, bool | int | float):
        return score
    inner.faults["score"] = ["expected a number, true or false, or a category"]
    return None


def _place(inner: FieldReader, name: str) -> int:
    value = inner.take(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LONGEST_CONTENT:
        inner.faults[name] = ["expected a whole number"]
        return 0
    return value


def _hand_up(reader: FieldReader, inner: FieldReader, path: str) -> None:
    unknown = {name: ["no such field"] for name, one in inner.rest.items() if one is not None}
    faults = inner.faults | unknown
    reader.faults |= {f"{path}.{name}": messages for name, messages in faults.items()}
