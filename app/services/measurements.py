"""Measurements: when what is counted by a periodic job, or on demand, was counted last."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.measuring import Measured
from app.models import Measurement


def note(session: Session, *, what: Measured, as_of: datetime) -> None:
    """Keep that all of it was counted as of a moment; an earlier one changes nothing."""
    statement = insert(Measurement).values(what=what, as_of=as_of)
    latest = func.greatest(Measurement.as_of, statement.excluded.as_of)
    session.execute(
        statement.on_conflict_do_update(index_elements=["what"], set_={"as_of": latest})
    )


def as_of(session: Session, *, what: Measured) -> datetime | None:
    """Return when it was counted last, None where it never was."""
    return session.scalar(select(Measurement.as_of).where(Measurement.what == what))
