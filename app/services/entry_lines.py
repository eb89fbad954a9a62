"""Entries as lines of JSON that PostgreSQL makes, for exports of any size.

The database escapes texts several times as fast as rows can be brought here and dumped, so
what it says is passed on as it is.
"""

import io
from collections.abc import Generator
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.selection import Selection
from app.services import selections
from app.services.dataset_context import CONTEXT

# The first comes soon, and the others cost little to plan for each of their lines.
_FIRST_BATCH, _BATCH = 500, 5000
# Looked up in one object of all names: a join would be planned anew for every entry.
_RATINGS = """
COALESCE((SELECT '{' || string_agg((names.by_id ->> CAST(s.dimension_id AS text)) || ':'
                                   || CAST(s.score AS text), ',') || '}'
          FROM dimension_ratings s
          WHERE s.feedback_id = e.feedback_id AND s.score IS NOT NULL
            AND NOT s.refuted), '{}')
"""
_NAMES = """
(SELECT jsonb_object_agg(CAST(id AS text), CAST(to_json(name) AS text)) AS by_id FROM dimensions)
"""
_LINE = f"""
'{{"id":"' || e.id
|| '","model_id":' || CAST(to_json(e.model_id) AS text)
|| ',"prompt":' || CAST(to_json(p.content) AS text)
|| ',"response":' || CASE WHEN c.text IS NULL THEN said.text
                         ELSE CAST(to_json(c.text) AS text) END
|| ',"original_response":' || said.text
|| ',"context":' || CASE WHEN p.kind = 'prompt' AND p.context IS NULL THEN '[]'
                        ELSE CAST({CONTEXT} AS text) END
|| ',"quality_ratings":' || {_RATINGS}
|| ',"source":{{"type":"feedback","feedback_id":"' || e.feedback_id
|| '","response_id":"' || e.response_id
|| '","interaction_id":"' || e.interaction_id
|| '"}},"created_at":"'
|| to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
|| '"}}'
"""
# JSON has no control characters in it, so that with these nothing is ever quoted or escaped.
_COPY = f"""
COPY (
    SELECT {_LINE}
    FROM dataset_entries e
    JOIN prompts p ON p.id = e.prompt_id
    JOIN responses r ON r.id = e.response_id
    JOIN feedback f ON f.id = e.feedback_id
    JOIN interactions i ON i.id = e.interaction_id
    LEFT JOIN validations k ON k.id = e.correction_id
    CROSS JOIN LATERAL (SELECT CAST(to_json(r.content) AS text) AS text OFFSET 0) said
    CROSS JOIN LATERAL (SELECT COALESCE(f.correction, k.correction) AS text) c
    CROSS JOIN {_NAMES} names
    WHERE e.withdrawn_at IS NULL AND e.model_id = :model_id AND e.id < :before
      AND CONDITION
    ORDER BY e.id DESC LIMIT :limit
) TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')
"""  # noqa: S608  # Only what is a constant is put in.
_FIRST = str(UUID(int=2**128 - 1))


def iterate_lines(
    transactions: Transactions, *, selection: Selection
) -> Generator[bytes, None, None]:
    """Yield the selected entries, newest first, as whole lines, many at a time.

    Each batch is a transaction of its own, so that a slow reader holds nothing open: what
    was there at the beginning comes once, whatever is added meanwhile.
    """
    before: str | None = _FIRST
    limit = _FIRST_BATCH
    while before:
        with transactions() as session:
            lines = _batch(session, selection=selection, before=before, limit=limit)
        if lines:
            yield lines
        is_full = lines.count(b"\n") == limit
        limit = _BATCH
        before = orjson.loads(lines[lines.rindex(b"\n", 0, -1) + 1 :])["id"] if is_full else None


def _batch(session: Session, *, selection: Selection, before: str, limit: int) -> bytes:
    conditions = selections.of_entries(selection)
    values = {
        "model_id": selection.model_id,
        "before": before,
        "limit": limit,
        **selections.values_of(conditions),
    }
    statement = _COPY.replace("CONDITION", selections.joined(conditions))
    return _copied(session, statement, values)


def _copied(session: Session, statement: str, values: dict[str, Any]) -> bytes:
    """Return what COPY says; its values are put in by the driver, since it takes none."""
    connection = session.connection()
    compiled = text(statement).compile(dialect=connection.dialect)
    given = {name: str(one) if isinstance(one, UUID) else one for name, one in values.items()}
    # Workers would have to be started, and code compiled, for every batch.
    connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off")
    driver: Any = connection.connection.driver_connection
    copied = io.BytesIO()
    with driver.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(str(compiled), given), copied)
    return copied.getvalue()
