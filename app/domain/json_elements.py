"""Records out of pieces of bytes: the elements of one JSON array, or JSON lines."""

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from app.domain.json_lines import Line, longer, split_lines

# So much of white space may stand before the first byte that says what it is.
_LONGEST_MARGIN = 1_048_576
_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')


def split_records(pieces: Iterable[bytes], *, longest: int) -> Iterator[Line]:
    """Yield the elements of an array, counted from one, or the lines where there is no array.

    What is wrong inside of an element is for its reader; what goes wrong between elements
    comes as one that nobody can read, so that nothing is missing without a word.
    """
    pieces = iter(pieces)
    head = b""
    for piece in pieces:
        head += piece
        if head.strip() or len(head) > _LONGEST_MARGIN:
            break
    head = head.removeprefix(codecs.BOM_UTF8)
    if not head.lstrip().startswith(b"["):
        yield from split_lines(chain([head], pieces), longest=longest)
        return
    elements = _Elements(longest)
    numbered = enumerate(elements.read(chain([head.lstrip()[1:]], pieces)), start=1)
    yield from (Line(number, raw) for number, raw in numbered)


class _Elements:
    """Cuts an array, whose opening bracket is off, at the commas of its own level."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._kept: bytearray | None = bytearray()
        self._depth = 1
        self._in_text = False
        # A backslash was the last byte of a piece: the first one of the next has no meaning.
        self._is_escaped = False
        self._is_first = True

    def read(self, pieces: Iterable[bytes]) -> Iterator[bytes | None]:
        """Yield each element, None for one that is too long."""
        for piece in pieces:
            yield from self._feed(piece)
        rest = self._taken()
        if rest != b"":
            # Whole or not while the end is missing; behind the end nothing can be whole.
            yield rest if self._depth or rest is None else b"]" + rest
        if self._depth:
            yield b"["

    def _feed(self, piece: bytes) -> Iterator[bytes | None]:
        start = 0
        for place in self._cuts(piece):
            self._kept = longer(self._kept, piece[start:place], self._longest)
            element, start = self._taken(), place + 1
            # An array of nothing has an end and no element before it.
            if not (self._is_first and not self._depth and element == b""):
                yield element
            self._is_first = False
        self._kept = longer(self._kept, piece[start:], self._longest)

    def _cuts(self, piece: bytes) -> Iterator[int]:
        """Yield where an element ends: at a comma of the array or at its last bracket."""
        position = 1 if self._is_escaped else 0
        self._is_escaped = False
        while found := (_INSIDE if self._in_text else _OUTSIDE).search(piece, position):
            mark, position = found.group(), found.end()
            if mark == b"\\":
                self._is_escaped = position == len(piece)
                position += 1
            elif mark == b'"':
                self._in_text = not self._in_text
            elif self._ends_element(mark):
                yield found.start()

    def _ends_element(self, mark: bytes) -> bool:
        if mark == b",":
            return self._depth == 1
        self._depth += 1 if mark in b"[{" else -1
        return self._depth == 0 and mark == b"]"

    def _taken(self) -> bytes | None:
        taken, self._kept = self._kept, bytearray()
        return None if taken is None else bytes(taken).strip()
