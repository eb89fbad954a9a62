"""Entries as lines of JSON that PostgreSQL makes, for exports of any size.

The database escapes texts several times as fast as rows can be brought here and dumped, so
what it says is passed on as it is. Of each batch the keys are asked for first: what they name is
then found by walking each index once, where a join would look up every row by itself.
"""

import io
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.selection import Selection
from app.services import selections
from app.services.dataset_context import CONTEXT

# The first comes soon; the others are as many as make about so many bytes.
_FIRST_BATCH, _BATCH, _BYTES = 500, 5000, 8 << 20
_KEYS = """
WITH batch AS MATERIALIZED (
    SELECT * FROM dataset_entries
    WHERE withdrawn_at IS NULL AND model_id = :model_id AND id < :before
    ORDER BY id DESC LIMIT :limit
), chosen AS (
    SELECT e.* FROM batch e JOIN interactions i ON i.id = e.interaction_id WHERE {condition}
)
SELECT CAST(array_agg(id) AS text) AS ids, (SELECT id FROM batch ORDER BY id LIMIT 1) AS last,
       (SELECT count(*) FROM batch) AS size
FROM chosen
"""


def _of(table: str, key: str) -> str:
    """Return the rows of a table that the entries' keys name.

    OFFSET 0 keeps them together, or the planner would look them up one by one after all.
    """
    keys = f"SELECT {key} FROM entries WHERE {key} IS NOT NULL"  # noqa: S608
    return f"(SELECT * FROM {table} WHERE id = ANY(ARRAY({keys})) OFFSET 0)"  # noqa: S608


_LINE = f"""
concat('{{"id":"', e.id, '","model_id":', to_json(e.model_id), ',"prompt":', to_json(p.content),
    ',"response":', CASE WHEN c.text IS NULL THEN said.text ELSE CAST(to_json(c.text) AS text) END,
    ',"original_response":', said.text,
    ',"context":', CASE WHEN p.kind = 'prompt' AND p.context IS NULL THEN '[]'
                        ELSE CAST({CONTEXT} AS text) END,
    ',"quality_ratings":', COALESCE(s.ratings, '{{}}'),
    ',"source":{{"type":"feedback","feedback_id":"', e.feedback_id,
    '","response_id":"', e.response_id, '","interaction_id":"', e.interaction_id,
    '"}},"created_at":"',
    to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '"}}')
"""
# JSON has no control characters in it, so that with these nothing is quoted or escaped.
_COPY = f"""
COPY (
    WITH entries AS MATERIALIZED (
        SELECT * FROM dataset_entries WHERE id = ANY(CAST(:ids AS uuid[]))
    )
    SELECT {_LINE}
    FROM entries e
    JOIN {_of("prompts", "prompt_id")} p ON p.id = e.prompt_id
    JOIN {_of("responses", "response_id")} r ON r.id = e.response_id
    JOIN {_of("feedback", "feedback_id")} f ON f.id = e.feedback_id
    JOIN {_of("interactions", "interaction_id")} i ON i.id = e.interaction_id
    LEFT JOIN {_of("validations", "correction_id")} k ON k.id = e.correction_id
    LEFT JOIN (
        SELECT feedback_id, '{{' || string_agg(
            CAST(to_json(d.name) AS text) || ':' || CAST(score AS text), ',') || '}}' AS ratings
        FROM dimension_ratings JOIN dimensions d ON d.id = dimension_id
        WHERE feedback_id = ANY(ARRAY(SELECT feedback_id FROM entries))
          AND score IS NOT NULL AND NOT refuted
        GROUP BY feedback_id OFFSET 0
    ) s ON s.feedback_id = e.feedback_id
    CROSS JOIN LATERAL (SELECT CAST(to_json(r.content) AS text) AS text OFFSET 0) said
    CROSS JOIN LATERAL (SELECT COALESCE(f.correction, k.correction) AS text) c
    ORDER BY e.id DESC
) TO STDOUT (FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')
"""  # noqa: S608  # Only what is a constant is put in.
# Workers would have to be started, and code compiled, for every batch, which is sorted in memory.
_SETTINGS = """
SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off; SET LOCAL work_mem = '32MB';
SET LOCAL enable_nestloop = off
"""
_FIRST = UUID(int=2**128 - 1)


def iterate_lines(
    transactions: Transactions, *, selection: Selection
) -> Generator[bytes, None, None]:
    """Yield the selected entries, newest first, as whole lines, many at a time.

    Each batch is a transaction of its own, so that a slow reader holds nothing open: what
    was there at the beginning comes once, whatever is added meanwhile.
    """
    before: UUID | None = _FIRST
    limit = _FIRST_BATCH
    while before:
        with transactions() as session:
            batch = _batch(session, selection=selection, before=before, limit=limit)
        if batch.lines:
            yield batch.lines
        before, limit = batch.following, batch.fitting


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """Lines, where the next begin (None at the end), and how many of their size to ask for."""

    lines: bytes
    following: UUID | None
    fitting: int


def _batch(session: Session, *, selection: Selection, before: UUID, limit: int) -> _Batch:
    conditions = selections.of_entries(selection)
    values = {
        "model_id": selection.model_id,
        "before": before,
        "limit": limit,
        **selections.values_of(conditions),
    }
    keys = session.execute(
        text(_KEYS.format(condition=selections.joined(conditions))), values
    ).one()
    lines = _copied(session, {"ids": keys.ids}) if keys.ids else b""
    size = len(lines) // max(1, lines.count(b"\n")) or 1
    return _Batch(
        lines=lines,
        following=keys.last if keys.size == limit else None,
        fitting=max(_FIRST_BATCH, min(_BATCH, _BYTES // size)),
    )


def _copied(session: Session, keys: dict[str, Any]) -> bytes:
    """Return what COPY says; its values are put in by the driver, since it takes none."""
    connection = session.connection()
    compiled = text(_COPY).compile(dialect=connection.dialect)
    connection.exec_driver_sql(_SETTINGS)
    driver: Any = connection.connection.driver_connection
    copied = io.BytesIO()
    with driver.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(str(compiled), keys), copied)
    return copied.getvalue()
