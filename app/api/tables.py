"""Tables: rows as JSON with what holds for all of them, or as CSV with the same names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response, request
from marshmallow import Schema

from app.domain.scope import MOST_ROWS
from app.utils.spreadsheet import csv_rows

_MIMETYPES = ("application/json", "text/csv")
_CSV = {"type": "string", "description": "A header line, then one row an item, same names."}
# What a route says beside its JSON; headers would be those of the JSON as well.
CSV: dict[str, Any] = {
    "schema": _CSV,
    "description": "The same items",
    "content_type": "text/csv",
}


def wants_csv(query: Mapping[str, Any]) -> bool:
    """Say whether rows go out for a spreadsheet: the query says it, or else Accept."""
    if "format" in query:
        return bool(query["format"] == "csv")
    return request.accept_mimetypes.best_match(_MIMETYPES, _MIMETYPES[0]) == "text/csv"


def table(query: Mapping[str, Any], rows: Sequence[Any], item: type[Schema], **more: Any) -> Any:
    """Return the answer: the rows as CSV, or all there is for a schema to dump."""
    shown, scope = rows[:MOST_ROWS], query["scope"]
    if wants_csv(query):
        return _as_csv(shown, item())
    return {
        "start": scope.start,
        "end": scope.end,
        "model_id": scope.model_id,
        "as_of": query["as_of"],
        "truncated": len(rows) > MOST_ROWS,
        "items": shown,
        **more,
    }


def _as_csv(rows: Iterable[Any], schema: Schema) -> Response:
    names = list(schema.fields)
    dumped = schema.dump(rows, many=True)
    body = csv_rows([names, *([row[name] for name in names] for row in dumped)])
    response = Response(body, mimetype="text/csv")
    file = f"{request.path.strip('/').replace('/', '-')}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response
