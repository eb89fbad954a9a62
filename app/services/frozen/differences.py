"""Differences between two versions, by entry, each with its reason."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.page import Page, PageRequest, page_of
from app.services.frozen import versions

# Both sides walk the index on source_id; what is the same in both is passed over.
_DIFFER = text(
    """
WITH a AS (
    SELECT source_id, leaf, split FROM dataset_version_rows r
    WHERE version_id = :a AND source_id > :after AND NOT EXISTS (
        SELECT FROM dataset_version_rows s
        WHERE s.version_id = :b AND s.source_id = r.source_id AND s.leaf = r.leaf)
    ORDER BY source_id LIMIT :limit
), b AS (
    SELECT source_id, leaf, split FROM dataset_version_rows r
    WHERE version_id = :b AND source_id > :after AND NOT EXISTS (
        SELECT FROM dataset_version_rows s
        WHERE s.version_id = :a AND s.source_id = r.source_id AND s.leaf = r.leaf)
    ORDER BY source_id LIMIT :limit
)
SELECT source_id, a.leaf AS leaf_a, b.leaf AS leaf_b, a.split AS split_a, b.split AS split_b
FROM a FULL JOIN b USING (source_id) ORDER BY source_id LIMIT :limit
"""
)
# What is known of rows that only one of them has: left out of the other, and what became of it.
_KNOWN = text(
    """
SELECT s.id, e.withdrawn_at, COALESCE(e.created_at, p.created_at) AS created_at,
       i.training_consent AS consents, i.erased_at,
       EXISTS (SELECT FROM dataset_version_drops d
               WHERE d.version_id = :a AND d.source_id = s.id) AS near_in_a,
       EXISTS (SELECT FROM dataset_version_drops d
               WHERE d.version_id = :b AND d.source_id = s.id) AS near_in_b
FROM unnest(CAST(:ids AS uuid[])) AS s(id)
LEFT JOIN dataset_entries e ON e.id = s.id
LEFT JOIN preferences p ON p.id = s.id
LEFT JOIN interactions i ON i.id = COALESCE(e.interaction_id, p.interaction_id)
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What happened to an entry or a preference from one version to the other, and why."""

    entry_id: UUID
    change: str
    reason: str
    from_split: str | None
    to_split: str | None


def page(session: Session, *, from_id: UUID, to_id: UUID, page: PageRequest) -> Page:
    """Return a page of what is added, removed or changed from one version to the other.

    Raises NotFound, and Conflict where one is not frozen.
    """
    older = versions.get_frozen(session, version_id=from_id)
    versions.get_frozen(session, version_id=to_id)
    after = page.after[0] if page.after else UUID(int=0)
    asked = {"a": from_id, "b": to_id, "after": after, "limit": page.limit + 1}
    rows = session.execute(_DIFFER, asked).all()
    ids = [str(row.source_id) for row in rows]
    known = {row.id: row for row in session.execute(_KNOWN, {**asked, "ids": ids})}
    found = [_difference(row, known[row.source_id], older.created_at) for row in rows]
    return page_of(found, page, lambda one: (one.entry_id,))


def _difference(row: Any, known: Any, older_at: Any) -> Difference:
    if row.leaf_a is None:
        change, reason = "added", _added(known, older_at)
    elif row.leaf_b is None:
        change, reason = "removed", _removed(known)
    else:
        change, reason = "changed", "split" if row.split_a != row.split_b else "content"
    return Difference(
        entry_id=row.source_id,
        change=change,
        reason=reason,
        from_split=row.split_a,
        to_split=row.split_b,
    )


def _added(known: Any, older_at: Any) -> str:
    if known.near_in_a:
        return "near_duplicate"
    return "new" if known.created_at and known.created_at > older_at else "selected"


def _removed(known: Any) -> str:
    if known.near_in_b:
        return "near_duplicate"
    if known.erased_at:
        return "erased"
    if known.withdrawn_at:
        return "withdrawn"
    return "consent" if known.consents is False else "not_selected"
