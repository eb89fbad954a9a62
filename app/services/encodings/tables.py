"""Parquet: a table with one fixed schema, written a group of rows at a time."""

from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow as pa
from pyarrow import parquet

from app.domain.shapes.shape import Column, Fields, Kind, ListOf, Plain, Record
from app.services.encodings.content import Content, as_records
from app.services.encodings.sink import Sink
from app.utils.iterables import batched

_GROUP = 2000
_PLAIN = {
    Plain.TEXT: pa.string(),
    Plain.NUMBER: pa.float64(),
    Plain.WHOLE: pa.int64(),
    Plain.FLAG: pa.bool_(),
    Plain.JSON: pa.string(),
}


def schema_of(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema; what has no one form is JSON in a text."""
    return pa.schema([(name, _type(kind)) for name, kind in columns])


def table(content: Content, *, codec: str = "snappy") -> Iterator[bytes]:
    """Yield a Parquet file whose pages are packed by ``codec``.

    Its head goes out at once, so that who waits sees that it comes.
    """
    schema, sink = schema_of(content.columns), Sink()
    with parquet.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression=codec) as file:
        yield sink.taken()
        for batch in batched(as_records(content), _GROUP):
            file.write_batch(_batch(batch, content.columns, schema))
            yield sink.taken()
    yield sink.taken()


def _batch(records: list[Record], columns: tuple[Column, ...], schema: pa.Schema) -> Any:
    arrays = [
        pa.array(_values(records, name, kind), type=schema.field(name).type)
        for name, kind in columns
    ]
    return pa.record_batch(arrays, schema=schema)


def _values(records: list[Record], name: str, kind: Kind) -> list[Any]:
    values = [one.get(name) for one in records]
    if kind is not Plain.JSON:
        return values
    return [None if value is None else orjson.dumps(value).decode() for value in values]


def _type(kind: Kind) -> Any:
    if isinstance(kind, ListOf):
        return pa.list_(_type(kind.item))
    if isinstance(kind, Fields):
        return pa.struct([(name, _type(inner)) for name, inner in kind.columns])
    return _PLAIN[kind]
