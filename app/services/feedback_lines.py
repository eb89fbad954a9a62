"""Reads the lines of imported feedback, in every form, or why a line is none."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from app.domain.csv_rows import Row, read_rows
from app.domain.feedback_forms import argilla, label_studio, langfuse, open_webui
from app.domain.feedback_forms.line import ToldFeedback, told_line
from app.domain.feedback_forms.placing import LineOrFault
from app.domain.feedback_forms.table import line_of
from app.domain.json_bounds import check_json
from app.domain.json_elements import split_records
from app.domain.json_lines import LONGEST_LINE, Line, split_lines
from app.domain.told import Refusal
from app.errors import AppError
from app.services.import_lines import object_in
from app.utils.spreadsheet import cell_text

JSONL, CSV, LANGFUSE = "jsonl", "csv", "langfuse"
_OF_OTHERS = {
    "argilla": argilla.lines_of,
    "label_studio": label_studio.lines_of,
    "open_webui": open_webui.lines_of,
    LANGFUSE: langfuse.lines_of,
}
FORMS = (JSONL, CSV, *_OF_OTHERS)
# Where the source is not said: feedback of our own form from who knows where.
_SOURCE = "import"
# A look at every value of a line that was never JSON.
_LOOK = b"\\u"


def read_feedback(
    pieces: Iterable[bytes], *, form: str, dimension: str | None
) -> Iterator[ToldFeedback | Refusal]:
    """Yield what is told; ``dimension`` is what the scores of others are scores on."""
    for number, line in _numbered(pieces, form, dimension):
        try:
            if isinstance(line, AppError):
                raise line
            source = form if form in _OF_OTHERS else _SOURCE
            yield told_line(number, line, source=source, adds=form == LANGFUSE)
        except AppError as error:
            yield Refusal(number, error)


def _numbered(
    pieces: Iterable[bytes], form: str, dimension: str | None
) -> Iterator[tuple[int, LineOrFault]]:
    if form == CSV:
        for row in read_rows(pieces, longest=LONGEST_LINE):
            yield row.line, _of_row(row)
        return
    split = split_lines if form == JSONL else split_records
    for line in split(pieces, longest=LONGEST_LINE):
        yield from ((line.number, one) for one in _of_line(line, form, dimension))


def _of_line(line: Line, form: str, dimension: str | None) -> Iterator[LineOrFault]:
    try:
        record = object_in(line.raw)
        lines_of = _OF_OTHERS.get(form)
        yield from lines_of(record, dimension=dimension) if lines_of else [record]
    except AppError as error:
        yield error


def _of_row(row: Row) -> LineOrFault:
    if row.cells is None:
        return row.error or AppError("the row cannot be read")
    try:
        line = line_of({name: cell_text(cell) for name, cell in row.cells.items()}, read=_read)
        check_json(_LOOK, line)
    except AppError as error:
        return error
    return line


def _read(cell: str) -> Any:
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell
