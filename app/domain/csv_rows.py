"""Rows of CSV out of pieces of bytes, of which none is larger than it may be."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.errors import AppError, Invalid, Malformed

# The reader of the standard library has one bound for all cells of a process.
LONGEST_CELL = 1_000_000
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class Row:
    """A row by the names of its columns, and the line that it begins at; or why it is none."""

    line: int
    cells: dict[str, str] | None
    error: AppError | None = None


def read_rows(pieces: Iterable[bytes], *, longest: int) -> Iterator[Row]:
    """Yield the rows below the header; raises Invalid for a header that is none."""
    lines = _Lines(pieces, longest)
    # Strict: a quote that never closes is a fault, and not the rest of the file in a cell.
    reader = csv.reader(lines, strict=True)
    header: list[str] | None = None
    for line, cells in _read(reader, lines):
        if isinstance(cells, AppError):
            yield Row(line, None, cells)
        elif header is None:
            header = _header(cells)
        elif any(cells):
            yield _row(line, header, cells)


def _read(
    reader: Iterator[list[str]], lines: "_Lines"
) -> Iterator[tuple[int, list[str] | AppError]]:
    while True:
        lines.begin_row()
        line = lines.number + 1
        try:
            yield line, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, Malformed(f"the row is not valid CSV: {error}")
        except Malformed as error:
            yield line, error


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if len(set(names)) != len(names) or "" in names:
        message = "expected a name for each column, and each once"
        raise Invalid("the header does not fit", errors={"header": [message]})
    return names


def _row(line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        message = f"expected {len(header)} cells as in the header, found {len(cells)}"
        return Row(line, None, Malformed(message))
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return Row(line, None, Malformed("the row is not valid UTF-8"))
    return Row(line, dict(zip(header, cells, strict=True)))


class _Lines:
    """Lines of text with their ends; a row that goes on for too long is given up."""

    def __init__(self, pieces: Iterable[bytes], longest: int) -> None:
        # What is no UTF-8 becomes lone surrogates, which no row may hold.
        decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        self._pieces = (decoder.decode(piece) for piece in pieces)
        self._longest = longest
        # The last one first; None is a line that was too long to be kept.
        self._ended: list[str | None] = []
        self._begun: str | None = ""
        self._in_row = 0
        self.number = 0

    def begin_row(self) -> None:
        """Say that what comes belongs to another row."""
        self._in_row = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        while not self._ended:
            self._read_on()
        line = self._ended.pop()
        self.number += 1
        self._in_row += len(line or "")
        if line is None or self._in_row > self._longest:
            raise Malformed("the row is too long", code="line_too_long")
        return line

    def _read_on(self) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            if self._begun == "":
                raise StopIteration
            self._ended, self._begun = [self._begun], ""
            return
        first, *others = piece.split("\n")
        lines = [None if self._begun is None else self._begun + first, *others]
        self._begun = lines.pop()
        if self._begun is not None and len(self._begun) > self._longest:
            self._begun = None
        self._ended = [one if one is None else f"{one}\n" for one in reversed(lines)]
