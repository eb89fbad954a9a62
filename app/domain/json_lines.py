"""JSON lines out of pieces of bytes, of which none is larger than it may be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LONGEST_LINE = 8_388_608


@dataclass(frozen=True, slots=True)
class Line:
    """A line, counted from one; ``raw`` is None where it was too long to be kept."""

    number: int
    raw: bytes | None


def split_lines(pieces: Iterable[bytes], *, longest: int) -> Iterator[Line]:
    """Yield the lines that hold something; at most ``longest`` bytes and a piece are kept."""
    numbered = enumerate(_split(pieces, longest), start=1)
    for number, raw in numbered:
        if raw is None or raw.strip():
            yield Line(number, raw)


def _split(pieces: Iterable[bytes], longest: int) -> Iterator[bytes | None]:
    kept: bytearray | None = bytearray()
    for piece in pieces:
        first, *others = piece.split(b"\n")
        kept = longer(kept, first, longest)
        for other in others:
            yield None if kept is None else bytes(kept)
            kept = longer(bytearray(), other, longest)
    yield None if kept is None else bytes(kept)


def longer(kept: bytearray | None, more: bytes, longest: int) -> bytearray | None:
    """Return the line with ``more``, or None once it is too long."""
    if kept is None or len(kept) + len(more) > longest:
        return None
    kept += more
    return kept
