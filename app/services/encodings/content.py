"""Content: the records of a file, as objects or as lines of JSON, whichever there are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import orjson

from app.domain.shapes.shape import Column, Record
from app.utils.iterables import batched

_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file holds, read once: ``records``, or ``lines`` as blocks of whole lines.

    ``splits`` are the same by the split they are in, for formats that keep those apart.
    """

    name: str
    columns: tuple[Column, ...]
    records: Iterable[Record] | None = None
    lines: Iterable[bytes] | None = None
    splits: "tuple[tuple[str, Content], ...]" = ()


@dataclass(slots=True)
class Tally:
    """How many records have been read so far."""

    rows: int = 0


def tallied(content: Content, *, tally: Tally) -> Content:
    """Return the content, which adds its records to a tally as they are read."""
    splits = tuple((name, tallied(one, tally=tally)) for name, one in content.splits)
    if content.lines is not None:
        return replace(content, lines=_tallied_lines(content.lines, tally), splits=splits)
    return replace(content, records=_tallied(content.records or (), tally), splits=splits)


def _tallied(records: Iterable[Record], tally: Tally) -> Iterator[Record]:
    for record in records:
        tally.rows += 1
        yield record


def _tallied_lines(blocks: Iterable[bytes], tally: Tally) -> Iterator[bytes]:
    for block in blocks:
        tally.rows += block.count(b"\n")
        yield block


def as_lines(content: Content) -> Iterator[bytes]:
    """Yield blocks of whole lines, each line a record as JSON."""
    if content.lines is not None:
        yield from content.lines
        return
    for batch in batched(content.records or (), _BATCH):
        yield b"".join(orjson.dumps(one, option=orjson.OPT_APPEND_NEWLINE) for one in batch)


def as_records(content: Content) -> Iterator[Record]:
    """Yield the records."""
    if content.records is not None:
        yield from content.records
        return
    for block in content.lines or ():
        yield from (orjson.loads(line) for line in block.split(b"\n") if line)
