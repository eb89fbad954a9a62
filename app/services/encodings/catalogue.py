"""The catalogue of formats: what each is called, and how content becomes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from app.services.encodings.compression import packed
from app.services.encodings.content import Content, Tally, tallied
from app.services.encodings.folder import folder
from app.services.encodings.tables import table
from app.services.encodings.texts import comma_separated, json_array, json_lines

_PACKED = {"gzip": ("application/gzip", ".gz"), "zstd": ("application/zstd", ".zst")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format; ``packs_itself`` says that compression is part of it."""

    mimetype: str
    suffix: str
    encode: Callable[..., Iterator[bytes]]
    packs_itself: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoded:
    """A file as it is made: its kind, how its name ends, its pieces, and the records in them."""

    mimetype: str
    suffix: str
    pieces: Iterator[bytes]
    tally: Tally = field(default_factory=Tally)


FORMATS = {
    "json": Format(mimetype="application/json", suffix=".json", encode=json_array),
    "jsonl": Format(mimetype="application/x-ndjson", suffix=".jsonl", encode=json_lines),
    "csv": Format(mimetype="text/csv", suffix=".csv", encode=comma_separated),
    "parquet": Format(
        mimetype="application/vnd.apache.parquet", suffix=".parquet", encode=table,
        packs_itself=True,
    ),
    "hf": Format(mimetype="application/zip", suffix=".zip", encode=folder, packs_itself=True),
}  # fmt: skip
COMPRESSIONS = tuple(_PACKED)


def encode(
    content: Content, *, format_: str, compress: str | None = None, about: str = ""
) -> Encoded:
    """Return content as a file; Parquet and folders are packed inside, all else as a whole."""
    chosen, tally = FORMATS[format_], Tally()
    make = partial(chosen.encode, about=about) if format_ == "hf" else chosen.encode
    if compress and chosen.packs_itself:
        make = partial(make, codec=compress)
    pieces = make(tallied(content, tally=tally))
    if compress is None or chosen.packs_itself:
        mimetype, suffix = chosen.mimetype, chosen.suffix
    else:
        mimetype, suffix = _PACKED[compress][0], chosen.suffix + _PACKED[compress][1]
        pieces = packed(pieces, method=compress)
    return Encoded(mimetype=mimetype, suffix=suffix, pieces=pieces, tally=tally)
