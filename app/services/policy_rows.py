"""Policy rows: what administrators say per model, with a row for ``all`` beneath."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.domain.access import Principal
from app.domain.seen_version import stale
from app.domain.states import ALL_MODELS
from app.models import PrivacyPolicy, ValidationPolicy
from app.services import events
from app.utils import clock

# What the log calls them.
_NAMES = {ValidationPolicy: "validation_policy", PrivacyPolicy: "privacy_policy"}


def in_force(session: Session, *, table: Any, model_id: str) -> Any:
    """Return the row that holds for a model: its own, else that for all, else None."""
    return session.scalar(
        select(table)
        .where(table.model_id.in_((model_id, ALL_MODELS)))
        .order_by(table.model_id == ALL_MODELS)
        .limit(1)
    )


def origin(row: Any, *, model_id: str) -> dict[str, Any]:
    """Return whose the rules for a model are.

    ``said_for`` is who they were made for, None where nobody did; ``version`` counts what was
    said for the model itself, 0: nothing yet.
    """
    return {
        "model_id": model_id,
        "said_for": row.model_id if row else None,
        "version": row.version if row and row.model_id == model_id else 0,
    }


def put(
    session: Session,
    *,
    principal: Principal,
    table: Any,
    model_id: str,
    rules: dict[str, Any],
    seen_version: int | None = None,
    **others: Any,
) -> int:
    """Make or change a model's own row, tell the log of its rules, and return its version.

    ``others`` are columns that are no rules. Raises PreconditionFailed where ``seen_version``
    (0: there is none yet) is not the present one.
    """
    version = _put(session, table, model_id, {**rules, **others}, seen_version)
    name = _NAMES[table]
    events.record(
        session,
        type_=f"{name}.set",
        subject=f"{name}:{model_id}",
        actor=principal.id,
        data={"model_id": model_id, "version": version, **rules},
    )
    return version


def _put(
    session: Session,
    table: Any,
    model_id: str,
    values: dict[str, Any],
    seen_version: int | None,
) -> int:
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
