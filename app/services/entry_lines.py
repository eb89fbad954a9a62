"""Entries as lines of JSON that PostgreSQL makes, for exports of any size.

The database escapes texts several times as fast as rows can be brought here and dumped, so
what it says is passed on as it is. Where each batch ends is asked for first, of an index alone,
so that several can be made at once, each by a backend of its own.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.selection import Selection
from app.services import selections
from app.services.dataset_context import CONTEXT
from app.utils.ahead import ahead

# The first comes soon; the others are as many as make about so many bytes.
_FIRST_BATCH, _BATCH, _BYTES = 500, 5000, 8 << 20
_BACKENDS = 2
_NEWEST, _OLDEST = UUID(int=2**128 - 1), UUID(int=0)
_END = text(
    """
SELECT id FROM dataset_entries WHERE model_id = :model_id AND id < :before
ORDER BY id DESC OFFSET :size - 1 LIMIT 1
"""
)
# Of few dimensions one reads all names sooner than one looks up that of every score.
_NAMES = """
SELECT id, CAST(to_json(name) AS text) || ':' AS key FROM dimensions
WHERE model_id IN ('all', :model_id)
"""
_RATINGS = """
SELECT '{' || string_agg(n.key || CAST(s.score AS text), ',') || '}'
FROM dimension_ratings s JOIN names n ON n.id = s.dimension_id
WHERE s.feedback_id = e.feedback_id AND s.score IS NOT NULL AND NOT s.refuted
"""
_LINE = f"""
concat('{{"id":"', e.id, '","model_id":', to_json(e.model_id), ',"prompt":', to_json(p.content),
    ',"response":', CASE WHEN c.text IS NULL THEN said.text ELSE CAST(to_json(c.text) AS text) END,
    ',"original_response":', said.text,
    ',"context":', CASE WHEN p.kind = 'prompt' AND p.context IS NULL THEN '[]'
                        ELSE CAST({CONTEXT} AS text) END,
    ',"quality_ratings":', COALESCE(({_RATINGS}), '{{}}'),
    ',"source":{{"type":"feedback","feedback_id":"', e.feedback_id,
    '","response_id":"', e.response_id, '","interaction_id":"', e.interaction_id,
    '"}},"created_at":"',
    to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '"}}')
"""  # Only what is a constant is put in.
_ROWS = """
FROM dataset_entries e
JOIN prompts p ON p.id = e.prompt_id
JOIN responses r ON r.id = e.response_id
JOIN feedback f ON f.id = e.feedback_id
JOIN interactions i ON i.id = e.interaction_id
LEFT JOIN validations k ON k.id = e.correction_id
CROSS JOIN LATERAL (SELECT CAST(to_json(r.content) AS text) AS text OFFSET 0) said
CROSS JOIN LATERAL (SELECT COALESCE(f.correction, k.correction) AS text) c
WHERE e.withdrawn_at IS NULL AND e.model_id = :model_id AND e.id < :before AND e.id >= :end
"""
# JSON has no control characters in it, so that with these nothing is quoted or escaped.
_AS_IT_IS = "(FORMAT csv, DELIMITER E'\\x02', QUOTE E'\\x01')"
# What a batch names lies close together: a look into a warm index each. Workers would have to be
# started, and code compiled, for every batch; and no text comes twice, to be remembered.
_SETTINGS = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;
SET LOCAL enable_memoize = off; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """A batch of entries: those whose id is less than ``before`` and at least ``end``."""

    before: UUID
    end: UUID


@dataclass(slots=True)
class _Pace:
    """How many entries make a batch, by how long the lines are that were last made."""

    size: int = _FIRST_BATCH

    def saw(self, lines: bytes) -> None:
        """Learn from a batch; one that is empty tells nothing."""
        if count := lines.count(b"\n"):
            self.size = max(_FIRST_BATCH, min(_BATCH, _BYTES * count // len(lines)))


def iterate_lines(transactions: Transactions, *, selection: Selection) -> Iterator[bytes]:
    """Yield the selected entries, newest first, as whole lines, many at a time.

    Each batch is a transaction of its own, so that a slow reader holds nothing open: what
    was there at the beginning comes once, whatever is added meanwhile. The next ones are made
    on other threads, so ``transactions`` must open on any.
    """
    tasks = _tasks(transactions, selection, _Pace())
    yield from filter(None, ahead(tasks, workers=_BACKENDS))


def _tasks(
    transactions: Transactions, selection: Selection, pace: _Pace
) -> Iterator[Callable[[], bytes]]:
    for span in _spans(transactions, selection.model_id, pace):
        yield partial(_made, transactions, selection, span, pace)


def _spans(transactions: Transactions, model_id: str, pace: _Pace) -> Iterator[_Span]:
    before = _NEWEST
    while before != _OLDEST:
        values = {"model_id": model_id, "before": before, "size": pace.size}
        with transactions() as session:
            end = session.scalar(_END, values) or _OLDEST
        yield _Span(before=before, end=end)
        before = end


def _made(transactions: Transactions, selection: Selection, span: _Span, pace: _Pace) -> bytes:
    with transactions() as session:
        lines = _lines(session, selection, span)
    pace.saw(lines)
    return lines


def _lines(session: Session, selection: Selection, span: _Span) -> bytes:
    """Return what COPY says; its values are put in by the driver, since it takes none."""
    conditions = selections.of_entries(selection)
    values = {
        "model_id": selection.model_id,
        "before": str(span.before),
        "end": str(span.end),
        **selections.values_of(conditions),
    }
    connection = session.connection()
    compiled = text(_copy(selections.joined(conditions))).compile(dialect=connection.dialect)
    connection.exec_driver_sql(_SETTINGS)
    driver: Any = connection.connection.driver_connection
    copied = io.BytesIO()
    with driver.cursor() as cursor:
        cursor.copy_expert(cursor.mogrify(str(compiled), values), copied)
    return copied.getvalue()


def _copy(condition: str) -> str:
    lines = f"""
        WITH names AS MATERIALIZED ({_NAMES})
        SELECT {_LINE} {_ROWS} AND {condition} ORDER BY e.id DESC
    """  # Only constants are put in.
    return f"COPY ({lines}) TO STDOUT {_AS_IT_IS}"
