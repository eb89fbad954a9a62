"""Rows of CSV that no spreadsheet executes."""

import csv
import io
from collections.abc import Iterable
from typing import Any

import orjson

# A cell that begins with one of these is a formula to a spreadsheet (OWASP ASVS 1.2.10).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")  # noqa: RUF001


def csv_rows(rows: Iterable[Iterable[Any]]) -> bytes:
    """Return rows as lines; what is nested is JSON in its cell, and null is an empty one."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([_cell(one) for one in row] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Return a cell; what begins like a formula begins with an apostrophe instead."""
    if value is None:
        return ""
    if not isinstance(value, str):
        # A number is no formula, whatever its sign.
        return orjson.dumps(value).decode()
    is_formula = value.startswith(_FORMULA) or value.lstrip().startswith(_FORMULA)
    return "'" + value if is_formula else value


def cell_text(cell: str) -> str:
    """Return what ``csv_rows`` made the cell of: without the apostrophe before a formula."""
    told = cell.removeprefix("'")
    is_formula = told.startswith(_FORMULA) or told.lstrip().startswith(_FORMULA)
    return told if is_formula else cell
