"""Encodings of an export: one JSON array, JSON lines, or CSV that no spreadsheet executes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import orjson

from app.services.dataset import Entry
from app.utils.spreadsheet import csv_rows

_OPTIONS = orjson.OPT_UTC_Z
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
    yield csv_rows([_COLUMNS])
    for entry in entries:
        fields = orjson.loads(orjson.dumps(entry, option=_OPTIONS))
        yield csv_rows([[fields[column] for column in _COLUMNS]])


ENCODERS = {
    "json": Encoder("application/json", _json_array),
    "jsonl": Encoder("application/x-ndjson", _json_lines),
    "csv": Encoder("text/csv", _csv),
}
