"""Holders: who has had rows that are erased now, and is told so."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from app.models import DatasetEntry, Erasure
from app.services import events
from app.services.erasure.fates import CONVERSATION, FEEDBACK
from app.services.erasure.rules import RULES
from app.services.erasure.statements import Roots

# Entries that an export of their model can have held: they counted when it was fetched, or a
# version that was frozen by then had taken them. What was withdrawn is seen a moment later.
# And preferences, which nobody validates, in every shape that has them.
_EXPORTS = text(
    """
UPDATE dataset_exports x SET stale_at = COALESCE(x.stale_at, now())
FROM (
    SELECT each.id, count(*) AS held FROM (
        SELECT x.id FROM dataset_exports x
        JOIN dataset_entries e ON e.model_id = x.model_id
            AND e.created_at <= COALESCE(x.finished_at, now())
            AND (e.withdrawn_at IS NULL OR e.withdrawn_at > x.created_at - interval '1 minute'
                OR EXISTS (
                    SELECT FROM dataset_versions v
                    JOIN dataset_version_rows r ON r.version_id = v.id AND r.source_id = e.id
                    WHERE v.model_id = x.model_id
                      AND v.frozen_at <= COALESCE(x.finished_at, now())))
        WHERE e.id = ANY(CAST(:entries AS uuid[]))
        UNION ALL
        SELECT x.id FROM interactions i
        JOIN prompts p ON p.interaction_id = i.id
        JOIN preferences c ON c.prompt_id = p.id
        JOIN dataset_exports x ON x.model_id = i.model_id AND x.shape <> 'entries'
            AND c.created_at <= COALESCE(x.finished_at, now())
        WHERE i.id = ANY(CAST(:conversations AS uuid[])) AND i.erased_at IS NULL
    ) each
    GROUP BY each.id
) holding
WHERE holding.id = x.id
RETURNING CAST(x.id AS text) AS id, holding.held
"""
)

VERSION = "version:"
_VERSIONS = text(
    """
SELECT DISTINCT version_id FROM dataset_version_contents WHERE owner = :person OR rater = :person
"""
)


def note(session: Session, *, job_id: UUID, roots: Roots) -> None:
    """Write down which exports held the roots' rows, before these are erased.

    Consumers of the log learn of each entry that counted until now.
    """
    entries = _entries(session, roots)
    conversations = roots.ids if roots.kind == CONVERSATION else []
    of = {"entries": [str(entry.id) for entry in entries], "conversations": conversations}
    if held := session.execute(_EXPORTS, of).all():
        row = session.get_one(Erasure, job_id, with_for_update=True, populate_existing=True)
        row.held = row.held | {one.id: row.held.get(one.id, 0) + one.held for one in held}
        session.flush()
    _tell_of(session, [entry for entry in entries if entry.withdrawn_at is None])


def note_versions(session: Session, *, erasure: Erasure) -> None:
    """Write down which frozen versions hold rows of the person, before these are erased."""
    found = session.scalars(_VERSIONS, {"person": erasure.user_id}).all()
    erasure.held = erasure.held | {f"{VERSION}{id_}": 0 for id_ in found}
    session.flush()


def _entries(session: Session, roots: Roots) -> Sequence[Any]:
    """Return the roots' entries, those that were withdrawn, too: exports can have held them.

    What an erasure has been at has no salt any more, and is not counted twice.
    """
    reach = RULES["dataset_entries"].reach[roots.kind]
    query = select(DatasetEntry.id, DatasetEntry.model_id, DatasetEntry.withdrawn_at).where(
        text(reach), or_(DatasetEntry.withdrawn_at.is_(None), DatasetEntry.salt.is_not(None))
    )
    return session.execute(query, {"ids": roots.ids}).all()


def _tell_of(session: Session, entries: Sequence[Any]) -> None:
    told = [
        (
            "dataset.entry_erased",
            f"dataset_entry:{entry.id}",
            {"entry_id": str(entry.id), "model_id": entry.model_id},
        )
        for entry in entries
    ]
    events.record_many(session, told=told, actor=None)


def tell(session: Session, *, roots: Roots) -> None:
    """Let consumers of the log know which things have been erased, to do the same with theirs."""
    words = {CONVERSATION: "interaction", FEEDBACK: "feedback"}
    if word := words.get(roots.kind):
        told = [(f"{word}.erased", f"{word}:{id_}", {"id": id_}) for id_ in roots.ids]
        events.record_many(session, told=told, actor=None)
