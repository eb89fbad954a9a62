"""Sealing: every row that stays gets its place and its leaf, and all leaves their root."""

from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.db import Transactions
from app.domain.frozen_row import framed, leaf
from app.domain.merkle import Tree
from app.models import FrozenRow
from app.services.frozen import contents

BATCH = 2000
_NEXT = text(
    """
SELECT c.number, c.source_id, c.salt, c.content, s.split
FROM dataset_version_contents c
JOIN dataset_version_splits s
    ON s.version_id = c.version_id AND s.interaction_id = c.interaction_id
WHERE c.version_id = :version_id AND c.number > :after
  AND NOT EXISTS (SELECT FROM dataset_version_drops d
                  WHERE d.version_id = c.version_id AND d.source_id = c.source_id)
ORDER BY c.number LIMIT :limit
"""
)
_LEAVES = text(
    """
SELECT position AS number, leaf FROM dataset_version_rows
WHERE version_id = :version_id AND position > :after ORDER BY position LIMIT :limit
"""
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
    values = {"version_id": version_id, "after": after, "limit": BATCH}
    found = session.execute(_NEXT, values).all()
    if found:
        session.execute(
            insert(FrozenRow),
            [
                {
                    "version_id": version_id,
                    "position": position + place,
                    "number": row.number,
                    "source_id": row.source_id,
                    "split": row.split,
                    "leaf": leaf(framed(bytes(row.content), row.split), bytes(row.salt)),
                }
                for place, row in enumerate(found)
            ],
        )
    last = found[-1].number if found else after
    return last, position + len(found), len(found) == BATCH


def tree(transactions: Transactions, *, version_id: UUID) -> Tree:
    """Return the tree over all leaves."""
    made, values = Tree(), {"version_id": version_id}
    # Leaves are small beside contents.
    for row in contents.walked(transactions, statement=_LEAVES, values=values, size=10 * BATCH):
        made.add(bytes(row.leaf))
    return made


def tidy(session: Session, *, version_id: UUID) -> None:
    """Delete what no row of the version rests on."""
    for statement in _TIDY:
        session.execute(statement, {"version_id": version_id})
