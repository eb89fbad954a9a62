"""Formats of text: one JSON array, JSON lines, or CSV that no spreadsheet executes."""

from collections.abc import Iterator

from app.services.encodings.content import Content, as_lines, as_records
from app.utils.iterables import batched
from app.utils.spreadsheet import csv_rows

_BATCH = 200


def json_array(content: Content) -> Iterator[bytes]:
    """Yield one array with a record a line; JSON has no line breaks of its own."""
    opening = b"["
    for block in as_lines(content):
        yield opening + block[:-1].replace(b"\n", b",\n")
        opening = b",\n"
    yield b"]\n" if opening != b"[" else b"[]\n"


def json_lines(content: Content) -> Iterator[bytes]:
    """Yield a record a line."""
    return as_lines(content)


def comma_separated(content: Content) -> Iterator[bytes]:
    """Yield a line with the names, then a row a record; what is nested is JSON in its cell."""
    names = [name for name, _ in content.columns]
    yield csv_rows([names])
    for batch in batched(as_records(content), _BATCH):
        yield csv_rows([record.get(name) for name in names] for record in batch)
