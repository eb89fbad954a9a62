"""Policy rows: what administrators say per model, with a row for ``all`` beneath."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.seen_version import stale
from app.domain.states import ALL_MODELS
from app.utils import clock


def in_force(session: Session, *, table: Any, model_id: str) -> Any:
    """Return the row that holds for a model: its own, else that for all, else None."""
    return session.scalar(
        select(table)
        .where(table.model_id.in_((model_id, ALL_MODELS)))
        .order_by(table.model_id == ALL_MODELS)
        .limit(1)
    )


def put(
    session: Session,
    *,
    table: Any,
    model_id: str,
    values: dict[str, Any],
    seen_version: int | None = None,
) -> int:
    """Make or change a model's own row and return its version.

    Raises PreconditionFailed where ``seen_version`` (0: there is none yet) is not the present one.
    """
    statement = _stored(table, model_id, values, seen_version)
    version: int | None = session.scalar(statement.returning(table.version))
    if version is None:
        own = select(table.version).where(table.model_id == model_id)
        present = session.scalar(own) or 0
        raise stale(seen_version, present=present)
    return version


def _stored(table: Any, model_id: str, values: dict[str, Any], seen_version: int | None) -> Any:
    """Return the statement that makes or changes a row; it finds none of another version."""
    new = {**values, "updated_at": clock.now()}
    bumped = {**new, "version": table.version + 1}
    insertion = insert(table).values(model_id=model_id, **new)
    if seen_version is None:
        return insertion.on_conflict_do_update(index_elements=[table.model_id], set_=bumped)
    if seen_version == 0:
        return insertion.on_conflict_do_nothing()
    return (
        update(table)
        .where(table.model_id == model_id, table.version == seen_version)
        .values(**bumped)
        .execution_options(synchronize_session=False)
    )
