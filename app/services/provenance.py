"""Provenance: where feedback came from that was not given here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.models import ImportedFeedback


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The system that it was given in, by which ids there and when, and when it came in here.

    Who brought it in stays between them and the service.
    """

    source: str
    external_ids: Sequence[str]
    given_at: datetime | None
    imported_at: datetime


def of_feedback(session: Session, *, ids: Sequence[UUID]) -> dict[UUID, Provenance]:
    """Return where each feedback came from; what was given here is not among it.

    What several records of one system became tells all their ids, and the first of their times.
    """
    record = ImportedFeedback
    external_ids = func.array_agg(aggregate_order_by(record.external_id, record.external_id))
    query = (
        select(
            record.feedback_id,
            func.min(record.source).label("source"),
            external_ids.label("external_ids"),
            func.min(record.given_at).label("given_at"),
            func.min(record.created_at).label("imported_at"),
        )
        .where(record.feedback_id.in_(ids))
        .group_by(record.feedback_id)
    )
    return {
        row.feedback_id: Provenance(
            source=row.source,
            external_ids=row.external_ids,
            given_at=row.given_at,
            imported_at=row.imported_at,
        )
        for row in session.execute(query)
    }
