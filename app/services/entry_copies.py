"""Entries copied out of the database as lines of JSON, those between some ids at a time.

The database escapes texts several times as fast as rows can be brought here and dumped, so
what it says is passed on as it is.
"""

from collections.abc import Mapping, Sequence
from string import Template
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.selection import Selection
from app.services import selections
from app.services.dataset_context import CONTEXT

# How scores are called in a line, by the ids of their dimensions.
ScoreKeys: TypeAlias = Mapping[str, str]
# Some ids are compared sooner than one is looked up; what more dimensions are called is.
_KEYS = text(
    """
SELECT CAST(id AS text) AS id, CAST(to_json(name) AS text) || ':' AS key FROM dimensions
WHERE model_id IN ('all', :model_id) ORDER BY position, id LIMIT 50
"""
)
_LOOKED_UP = "(SELECT CAST(to_json(name) AS text) || ':' FROM dimensions WHERE id = s.dimension_id)"
# The lines of a span go out in one piece, which costs less than a piece a line.
_COPY = Template(
    r"""
COPY (
    SELECT made.lines FROM unnest(CAST(:befores AS uuid[]), CAST(:ends AS uuid[])) b(before, until)
    CROSS JOIN LATERAL (SELECT string_agg(line, '') AS lines FROM (
        SELECT concat(
            '{"id":"', e.id, '","model_id":', to_json(e.model_id), ',"prompt":', to_json(p.content),
            ',"response":',
            CASE WHEN c.text IS NULL THEN said.text ELSE CAST(to_json(c.text) AS text) END,
            ',"original_response":', said.text,
            ',"context":', CASE WHEN p.kind = 'prompt' AND p.context IS NULL THEN '[]'
                                ELSE CAST($context AS text) END,
            ',"quality_ratings":{', (
                SELECT string_agg($key || CAST(s.score AS text), ',') FROM dimension_ratings s
                WHERE s.feedback_id = e.feedback_id AND s.score IS NOT NULL AND NOT s.refuted),
            '},"source":{"type":"feedback","feedback_id":"', e.feedback_id,
            '","response_id":"', e.response_id, '","interaction_id":"', e.interaction_id,
            '"},"created_at":"',
            to_char(e.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), E'"}\n')
            AS line
        FROM dataset_entries e
        JOIN prompts p ON p.id = e.prompt_id
        JOIN responses r ON r.id = e.response_id
        JOIN feedback f ON f.id = e.feedback_id
        JOIN interactions i ON i.id = e.interaction_id
        LEFT JOIN validations k ON k.id = e.correction_id
        CROSS JOIN LATERAL (SELECT CAST(to_json(r.content) AS text) AS text OFFSET 0) said
        CROSS JOIN LATERAL (SELECT COALESCE(f.correction, k.correction) AS text) c
        WHERE e.withdrawn_at IS NULL AND e.model_id = :model_id
          AND e.id < b.before AND e.id >= b.until AND $condition
        ORDER BY e.id DESC
    ) each) made
) TO STDOUT (FORMAT binary)
"""
)
# The head of the file, which stands before the first row, and of a row of one column.
_FILE_HEAD, _ROW_HEAD, _FILE_END = 19, 6, b"\xff\xff"
# SQLSTATE of a text that is longer than texts can be, and of a statement that takes too long.
_TOO_LARGE = frozenset({"54000", "57014"})
# What a batch names lies close together: a look into a warm index each. Workers would have to be
# started, and code compiled, for every batch; and no text comes twice, to be remembered.
_SETTINGS = """
SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_seqscan = off;
SET LOCAL enable_memoize = off; SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0
"""


def score_keys(session: Session, *, model_id: str) -> ScoreKeys:
    """Return the keys of a model's dimensions, as JSON with a colon behind."""
    return {row.id: row.key for row in session.execute(_KEYS, {"model_id": model_id})}


def blocks(
    session: Session,
    *,
    selection: Selection,
    keys: ScoreKeys,
    before: UUID,
    ends: Sequence[UUID],
    most: int,
) -> list[bytes]:
    """Return the selected entries whose ids are less than ``before``, the newest first.

    Each block has the lines of those down to one of ``ends``, from where the block before it
    stops. More than ``most`` bytes and another block are not taken: there are fewer blocks
    than ends then, and the session's connection is given up. Raises TooLarge for more than the
    database can say at once.
    """
    conditions = selections.of_entries(selection)
    names, key = _named(keys)
    statement = _COPY.substitute(context=CONTEXT, key=key, condition=selections.joined(conditions))
    spans = {
        "model_id": selection.model_id,
        "befores": _array((before, *ends[:-1])),
        "ends": _array(ends),
    }
    found = _Blocks(most)
    _copy(session, statement, {**names, **spans, **selections.values_of(conditions)}, found)
    return found.taken


class TooLarge(Exception):
    """The lines between some two ids are too long for one block, or take too long to make."""


class _Enough(Exception):  # Nothing is wrong.
    """No more is taken."""


class _Blocks:
    """A file for COPY in its binary format, of a row at least, each of one column."""

    def __init__(self, most: int) -> None:
        self.taken: list[bytes] = []
        self._left = most
        self._head = _FILE_HEAD + _ROW_HEAD

    def write(self, row: bytes) -> None:
        """Take a row without its head."""
        if self._left < 0:
            raise _Enough
        if row != _FILE_END:
            self.taken.append(row[self._head :])
            self._left -= len(row)
            self._head = _ROW_HEAD


def _copy(session: Session, statement: str, values: Mapping[str, Any], to: _Blocks) -> None:
    """Let COPY say it; the values are put in by the driver, since it takes none."""
    connection = session.connection()
    connection.exec_driver_sql(_SETTINGS)
    driver: Any = connection.connection.driver_connection
    compiled = text(statement).compile(dialect=connection.dialect)
    with driver.cursor() as cursor:
        try:
            cursor.copy_expert(cursor.mogrify(str(compiled), values), to)
        except _Enough:
            session.invalidate()
        except Exception as error:
            if getattr(error, "pgcode", None) in _TOO_LARGE:
                raise TooLarge from error
            raise


def _named(keys: ScoreKeys) -> tuple[dict[str, str], str]:
    """Return the keys as values, and SQL that says which is that of a score ``s``."""
    values: dict[str, str] = {}
    cases = ["WHEN false THEN ''"]  # There must be one.
    for number, (id_, key) in enumerate(keys.items()):
        values |= {f"scored_{number}": id_, f"key_{number}": key}
        cases.append(f"WHEN s.dimension_id = CAST(:scored_{number} AS uuid) THEN :key_{number}")
    return values, f"CASE {' '.join(cases)} ELSE {_LOOKED_UP} END"


def _array(ids: Sequence[UUID]) -> str:
    return f"{{{','.join(map(str, ids))}}}"
