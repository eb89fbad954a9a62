"""Encodings of an export: one JSON array, JSON lines, or CSV that no spreadsheet executes."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from app.services.dataset import Entry

_OPTIONS = orjson.OPT_UTC_Z
# A cell that begins with one of these is a formula to a spreadsheet (OWASP ASVS 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001
_COLUMNS = (
    "id",
    "model_id",
    "prompt",
    "response",
    "original_response",
    "context",
    "quality_ratings",
    "source",
    "created_at",
)


@dataclass(frozen=True, slots=True)
class Encoder:
    """How entries become bytes."""

    mimetype: str
    encode: Callable[[Iterable[Entry]], Iterator[bytes]]


def _json_array(entries: Iterable[Entry]) -> Iterator[bytes]:
    opening = b"["
    for entry in entries:
        yield opening + orjson.dumps(entry, option=_OPTIONS)
        opening = b",\n"
    yield b"]\n" if opening != b"[" else b"[]\n"


def _json_lines(entries: Iterable[Entry]) -> Iterator[bytes]:
    for entry in entries:
        yield orjson.dumps(entry, option=_OPTIONS | orjson.OPT_APPEND_NEWLINE)


def _csv(entries: Iterable[Entry]) -> Iterator[bytes]:
    yield _csv_line(_COLUMNS)
    for entry in entries:
        fields = orjson.loads(orjson.dumps(entry, option=_OPTIONS))
        yield _csv_line([_cell(fields[column]) for column in _COLUMNS])


def _csv_line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, quoting=csv.QUOTE_ALL).writerow(cells)
    return line.getvalue().encode()


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return "'" + text if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


ENCODERS = {
    "json": Encoder("application/json", _json_array),
    "jsonl": Encoder("application/x-ndjson", _json_lines),
    "csv": Encoder("text/csv", _csv),
}
