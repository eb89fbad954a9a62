"""Sealing: every row that stays gets its place and its leaf, and all leaves their root."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.merkle import Tree
from app.services import large_reads
from app.services.frozen import contents

BATCH = 2000
# A leaf is made where the contents lie, as ``app.domain.frozen_row.leaf`` makes it of framed bytes.
# Subqueries are a look into a key each; joined, they might be scans of all for every batch.
_SEAL = text(
    """
WITH taken AS MATERIALIZED (
    SELECT c.number, c.source_id, c.salt, c.content,
           (SELECT s.split FROM dataset_version_splits s
            WHERE s.version_id = c.version_id AND s.interaction_id = c.interaction_id) AS split,
           (SELECT true FROM dataset_version_drops d
            WHERE d.version_id = c.version_id AND d.source_id = c.source_id) AS dropped
    FROM dataset_version_contents c
    WHERE c.version_id = :version_id AND c.number > :after ORDER BY c.number LIMIT :limit
), sealed AS (
    INSERT INTO dataset_version_rows (version_id, position, number, source_id, split, leaf)
    SELECT :version_id, :position + row_number() OVER (ORDER BY number) - 1, number, source_id,
           split, sha256(salt || convert_to('{"content":', 'UTF8') || content
                         || convert_to(',"split":' || to_json(split) || '}', 'UTF8'))
    FROM taken WHERE dropped IS NULL
    RETURNING number
)
SELECT (SELECT count(*) FROM sealed) AS sealed, count(*) AS taken, max(number) AS last FROM taken
"""
)
_LEAVES = text(
    """
SELECT position AS number, leaf FROM dataset_version_rows
WHERE version_id = :version_id AND position > :after ORDER BY position LIMIT :limit
"""
)
# What was just written is unknown to the planner, who may take a million rows for one.
_COUNT = text(
    "ANALYZE dataset_version_contents, dataset_version_rows, dataset_version_drops,"
    " dataset_version_splits"
)
# They were needed while the version was built.
_TIDY = (
    text("DELETE FROM dataset_version_splits WHERE version_id = :version_id"),
    text(
        """
DELETE FROM dataset_version_contents c USING dataset_version_drops d
WHERE d.version_id = :version_id AND c.version_id = d.version_id AND c.source_id = d.source_id
"""
    ),
)


def seal(session: Session, *, version_id: UUID, after: int, position: int) -> tuple[int, int, bool]:
    """Seal the next batch after a number; return the last number, the place after, if more."""
    values = {"version_id": version_id, "after": after, "position": position, "limit": BATCH}
    found = session.execute(_SEAL, values).one()
    last = after if found.last is None else found.last
    return last, position + found.sealed, found.taken == BATCH


def count(session: Session) -> None:
    """Let the planner know how much there is, for statements about all rows of a version."""
    large_reads.prepare(session)
    session.execute(_COUNT)


def tree(transactions: Transactions, *, version_id: UUID) -> Tree:
    """Return the tree over all leaves."""
    made, values = Tree(), {"version_id": version_id}
    # Leaves are small beside contents.
    for row in contents.walked(transactions, statement=_LEAVES, values=values, size=10 * BATCH):
        made.add(bytes(row.leaf))
    return made


def tidy(session: Session, *, version_id: UUID) -> None:
    """Delete what no row of the version rests on."""
    large_reads.prepare(session)
    for statement in _TIDY:
        session.execute(statement, {"version_id": version_id})
